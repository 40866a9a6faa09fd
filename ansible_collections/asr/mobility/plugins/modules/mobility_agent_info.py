#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_agent_info.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_agent_info
short_description: Show the state of the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Returns everything that one probe sees of a host and its Mobility service, with types.
  - Whether the agent is registered is told with the evidence for it. It is never derived from a service that runs.
extends_documentation_fragment:
  - asr.mobility.attributes.info
  - asr.mobility.attributes.staging
options:
  agent_config_input:
    description:
      - Also ask the installed agent for the text that the appliance needs to make a registration file for this machine.
      - It runs C(AzureRcmCli --getagentconfiginput) on the target.
    type: bool
    default: false
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: Look at the agent
  asr.mobility.mobility_agent_info:
  register: mobility

- name: Show which hosts are not registered
  ansible.builtin.debug:
    msg: "{{ inventory_hostname }} is not registered"
  when: mobility.agent.registration != 'ok'
"""

RETURN = r"""
agent:
  description: The Mobility service on the host.
  returned: always
  type: dict
  contains:
    presence:
      description: V(absent), V(installed), V(half_installed), V(half_removed) or V(record_corrupt).
      type: str
      sample: installed
    version:
      description: Version with its build.
      type: str
      sample: 9.66.7567.0
    tag:
      description: The operating system tag that the agent was built for.
      type: str
      sample: DEBIAN12-64
    install_dir:
      description: Where it is installed.
      type: str
      sample: /usr/local/ASR
    registration:
      description: V(ok), V(no) or V(unknown).
      type: str
      sample: ok
    registration_evidence:
      description: The facts that RV(agent.registration) was derived from.
      type: dict
      sample: {CSType: CSPrime}
    stack:
      description: V(modernized) or V(classic), of a registered agent.
      type: str
      sample: modernized
    host_id:
      description: The identity under which the agent is registered.
      type: str
      sample: 8d3c6f4e-9f5b-4c8e-a6b3-0f6d2a1f7c11
    daemons:
      description: For each daemon whether it runs.
      type: dict
      sample: {appservice: true, svagents: true}
    running:
      description: Whether both daemons run.
      type: bool
      sample: true
    driver_loaded:
      description: Whether the kernel driver is loaded.
      type: bool
      sample: true
    driver_installed:
      description: Whether there is a driver for the running kernel.
      type: bool
      sample: true
    package:
      description: The rpm package of the agent, where it is one and the database knows it.
      type: str
      sample: InMageVx-9.66.0.0-1
    migrating:
      description: What an upgrade has prepared a change of, V(stack) or V(platform). The agent is stopped until then.
      type: list
      elements: str
      sample: []
    replicating:
      description: Whether the data movers of the agent work, which they do for a protected machine.
      type: bool
      sample: false
  sample: {presence: installed, version: 9.66.7567.0, registration: ok, running: true}
host:
  description: The host as far as the Mobility service is concerned.
  returned: always
  type: dict
  contains:
    os_name:
      description: The operating system in its own words.
      type: str
      sample: Debian GNU/Linux 12 (bookworm)
    tag:
      description: The tag of the installer that fits, or none when the operating system is not supported.
      type: str
      sample: DEBIAN12-64
    kernel_running:
      description: The kernel that runs.
      type: str
      sample: 6.1.0-28-amd64
    kernel_next:
      description: The kernel of the next start, as far as it can be told.
      type: str
      sample: 6.1.0-29-amd64
    package_database:
      description:
        - Why the rpm database could not be asked for the agent, V(rpm-database-broken), V(rpm-query-hangs) or
          V(package-manager-at-work). It is asked only where there are traces of an agent.
      type: str
      sample: rpm-database-broken
    initrd_in_doubt:
      description: Whether an installer could not put the initrd images back. The host must not be restarted then.
      type: bool
      sample: false
    bios_id:
      description: The BIOS identity of the machine.
      type: str
      sample: 4c4c4544-0042-3510-8051-b4c04f4e3232
  sample: {tag: DEBIAN12-64, architecture: x86_64}
run:
  description: A run of this collection that is under way or was left behind.
  returned: always
  type: dict
  sample: {phase: none}
agent_config_input:
  description: The text for the appliance.
  returned: when O(agent_config_input=true) and the agent is installed
  type: str
  sample: eyJCaW9zSWQiOiAiLi4uIn0=
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "agent_config_input": {"type": "bool", "default": False},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_agent_info is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
