#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_registration.

The logic is in plugins/action/mobility_registration.py. Read from there: plugin_utils/lifecycle/registration.py is
the whole story (observe, plan, check the way, apply, verify), registration_plan.py decides, mobility/registration/
knows the product, target/ talks to the host.
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_registration
short_description: Register the Mobility service with an appliance or a configuration server
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Registers the installed Mobility service of Azure Site Recovery with an appliance (modernized) or with a
    configuration server (classic), or takes its registration back.
  - The state of the host decides, not the exit code of the configurator.
    Success means that the host was probed again, is registered, and both daemons of the agent run.
  - A registration stops the agent, so everything that can be refused is refused before. The file must be made for this
    host and must be valid, and every name and port must be reached from the host.
  - When a registered agent could not be registered anew, what was there before is put back and the agent is started
    again. The message says so.
  - The configurator runs detached from the connection. When the connection or the controller is lost, run the task
    again. It follows the same run.
  - An agent that is registered where it should be is left alone. A passphrase that has changed on the configuration
    server is noticed, and the agent registered again. A registered agent that does not run is started.
extends_documentation_fragment:
  - asr.mobility.attributes
  - asr.mobility.attributes.staging
options:
  state:
    description:
      - V(present) registers the agent.
      - V(absent) takes the registration back, whatever its stack, and leaves the agent installed and stopped.
    type: str
    choices: [present, absent]
    default: present
  stack:
    description:
      - V(modernized) registers with an appliance, by O(config) or O(config_path).
      - V(classic) registers with O(configuration_server), by O(passphrase) or O(passphrase_file).
    type: str
    choices: [modernized, classic]
    default: modernized
  config:
    description:
      - Content of the configuration file that the appliance has made for this machine.
      - It holds a private key. Take it from a vaulted variable or a lookup, never write it into a playbook.
    type: str
  config_path:
    description:
      - The same as a file on the controller, which may be encrypted with Ansible Vault.
      - A byte order mark at its beginning is dropped on the way, because the agent does not take a file with one.
    type: path
  credential_less:
    description:
      - Whether the appliance has no credentials for this machine. Only for V(stack=modernized).
      - A registration keeps what it was made with.
    type: bool
    default: false
  configuration_server:
    description: Name or address of the configuration server.
    type: str
  port:
    description: Port of the configuration server.
    type: int
    default: 443
  external_ip:
    description: IPv4 address under which the configuration server sees this machine, when it is behind a translation.
    type: str
  passphrase:
    description:
      - Passphrase of the configuration server.
      - Take it from a vaulted variable or a lookup, never write it into a playbook.
    type: str
  passphrase_file:
    description: The same as a file on the controller, which may be encrypted with Ansible Vault.
    type: path
  allow_move:
    description:
      - Whether an agent that is registered elsewhere may be moved. Without it that is refused.
      - Needed as well for an agent with a HostId of which the host does not tell whether and where it is registered.
      - Disable replication of the machine before it is moved.
    type: bool
    default: false
  endpoints:
    description: Further names or addresses with a port that the host must reach, such as C(vault.example.com:443).
    type: list
    elements: str
    default: []
  check_reachability:
    description:
      - Whether the host tries every name and port before anything is stopped.
      - These are the addresses in the file, or the configuration server, at their own port and at 9443, and
        O(endpoints). One of several addresses of an appliance is enough.
    type: bool
    default: true
  same_identity_as:
    description:
      - Other hosts that have the same HostId or BIOS id. When there are any, the registration is refused.
      - The role C(register) finds them in the play.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - How many seconds to wait for the configurator.
      - The configurator is never ended by this module. When the time is over the task fails with the reason
        V(still_running), and the next task follows the run.
    type: int
    default: 900
requirements:
  - "On the target: sh, bash and sha256sum, and what the Mobility service itself needs."
  - "On the controller: the Python library cryptography, to read how long a configuration file is valid."
seealso:
  - module: asr.mobility.mobility_agent
  - module: asr.mobility.mobility_agent_info
"""

EXAMPLES = r"""
- name: Register with an appliance, by the file that it made for this host
  asr.mobility.mobility_registration:
    config_path: "/srv/asr/config/{{ inventory_hostname }}.json"

- name: Register with an appliance, by a file from a secret store
  asr.mobility.mobility_registration:
    config: "{{ lookup('community.hashi_vault.vault_kv2_get', 'asr/' ~ inventory_hostname).secret.config }}"
    endpoints:
      - contoso-vault.vault.azure.net:443

- name: Register with a configuration server
  asr.mobility.mobility_registration:
    stack: classic
    configuration_server: cs.example.com
    passphrase: "{{ vaulted_passphrase }}"

- name: Move to another configuration server
  asr.mobility.mobility_registration:
    stack: classic
    configuration_server: cs2.example.com
    passphrase_file: /srv/asr/cs2.passphrase
    allow_move: true

- name: Take the registration back
  asr.mobility.mobility_registration:
    state: absent
"""

RETURN = r"""
before:
  description: The agent as it was found. See RV(after) for the keys.
  returned: when the host could be probed
  type: dict
  sample: {presence: installed, registration: "no"}
after:
  description: The agent as the last probe found it; in check mode, as the plan would leave it.
  returned: when the host could be probed
  type: dict
  contains:
    registration:
      description: V(ok), V(no) or V(unknown).
      type: str
      sample: ok
    stack:
      description: V(modernized) or V(classic), of a registered agent.
      type: str
      sample: modernized
    host_id:
      description: The identity under which the agent is registered.
      type: str
      sample: 8d3c6f4e-9f5b-4c8e-a6b3-0f6d2a1f7c11
    configuration_server:
      description: Classic, the configuration server.
      type: str
      sample: cs.example.com
    running:
      description: Whether both daemons of the agent run.
      type: bool
      sample: true
  sample: {presence: installed, registration: ok, stack: modernized, running: true}
steps:
  description: The steps that were carried out, or would be in check mode.
  returned: when there is a plan
  type: list
  elements: str
  sample: [register]
exit_code:
  description: Exit code of the configurator. It only explains; RV(after) decides.
  returned: when the configurator ran
  type: int
  sample: 0
installer_errors:
  description: What the configurator wrote into its JSON error file.
  returned: when the configurator ran
  type: list
  elements: dict
  sample: []
reboot_required:
  description: Whether the host should be restarted. A registration never asks for it.
  returned: when the host could be probed
  type: bool
  sample: false
reason:
  description: Why the task failed; one word of a closed list.
  returned: on failure
  type: str
  sample: endpoint_unreachable
found:
  description: What was found.
  returned: on failure
  type: str
  sample: "the appliance asr-appliance at 192.0.2.10:443: the connection was refused"
expected:
  description: What was expected instead.
  returned: on failure
  type: str
  sample: a connection from the host to each of them
remedy:
  description: What to do.
  returned: on failure
  type: str
  sample: Open the way for names and ports, or check the names. The agent was not touched.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "stack": {"type": "str", "choices": ["modernized", "classic"], "default": "modernized"},
        "config": {"type": "str", "no_log": True},
        "config_path": {"type": "path"},
        "credential_less": {"type": "bool", "default": False},
        "configuration_server": {"type": "str"},
        "port": {"type": "int", "default": 443},
        "external_ip": {"type": "str"},
        "passphrase": {"type": "str", "no_log": True},
        "passphrase_file": {"type": "path", "no_log": False},
        "allow_move": {"type": "bool", "default": False},
        "endpoints": {"type": "list", "elements": "str", "default": []},
        "check_reachability": {"type": "bool", "default": True},
        "same_identity_as": {"type": "list", "elements": "str", "default": []},
        "timeout": {"type": "int", "default": 900},
    },
    "mutually_exclusive": [["config", "config_path"], ["passphrase", "passphrase_file"]],
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_registration is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
