#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_proxy.py does the work.

Read on in plugin_utils/lifecycle/proxy.py (the story), then plugin_utils/mobility/proxy.py (facts and decisions).
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_proxy
short_description: Set the proxy of the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Writes the proxy into the file of the agent, C(ProxyInfo.conf), section C([proxy]). Comments, other keys and other
    sections stay as they are.
  - The file is the one that the agent's C(drscout.conf) names in C(ProxySettingsPath), otherwise
    C(/usr/local/InMage/config/ProxyInfo.conf). It is replaced as a whole and keeps its mode and owner; a new one has
    mode 0600.
  - The file may be written before the agent is installed. A missing directory is then made.
  - The Mobility service works with proxies without authentication only. A user name or password in the address is
    refused, and one that is found in the file is removed without being shown.
  - A file that is right costs one short command on the host.
extends_documentation_fragment:
  - asr.mobility.attributes
  - asr.mobility.attributes.staging
options:
  state:
    description:
      - V(present) sets the proxy, V(absent) removes the keys O(address), O(port) and O(bypass).
      - The file is removed when nothing else stands in it.
    type: str
    choices: [present, absent]
    default: present
  address:
    description: The proxy as C(http://) and a host name or IPv4 address. Required with O(state=present).
    type: str
  port:
    description: Port of the proxy. Required with O(state=present).
    type: int
  bypass:
    description:
      - Host names, domains and addresses that are reached without the proxy. A domain stands for every name below it;
        wildcards are not supported by the agent.
      - An empty list removes the key. Without this option the list in the file stays as it is.
    type: list
    elements: str
  restart:
    description:
      - Whether an agent that runs is restarted after a change, with its own C(bin/stop) and C(bin/start). The task
        fails when its daemons do not run afterwards.
      - Without it RV(restart_needed) tells that the running agent still uses the old settings.
    type: bool
    default: false
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: Let the agent reach Azure through the proxy
  asr.mobility.mobility_proxy:
    address: http://proxy.example.com
    port: 3128
    bypass:
      - appliance.example.com
      - 192.0.2.10
    restart: true

- name: Use no proxy any more
  asr.mobility.mobility_proxy:
    state: absent
"""

RETURN = r"""
path:
  description: The file.
  returned: when the host was looked at
  type: str
  sample: /usr/local/InMage/config/ProxyInfo.conf
agent_installed:
  description: Whether an agent is installed.
  returned: when the host was looked at
  type: bool
  sample: true
before:
  description: The settings before; a user name or password in them is left out.
  returned: when the host was looked at
  type: dict
  contains:
    address:
      description: Address of the proxy.
      type: str
      sample: http://old.example.com
    port:
      description: Its port.
      type: int
      sample: 8080
    bypass:
      description: What is reached without it.
      type: list
      elements: str
      sample: []
  sample: {address: "http://old.example.com", port: 8080, bypass: []}
after:
  description: The settings now, in check mode those that would be written; the keys are those of RV(before).
  returned: when the host was looked at
  type: dict
  sample: {address: "http://proxy.example.com", port: 3128, bypass: [appliance.example.com]}
restart_needed:
  description: Whether an agent runs that has read the old settings. It is not known to read the file again by itself.
  returned: when the host was looked at
  type: bool
  sample: false
restarted:
  description: Whether this task restarted the agent.
  returned: when the host was looked at
  type: bool
  sample: true
reason:
  description: Why the task failed, a word that scripts may rely on.
  returned: failure
  type: str
  sample: path_unsafe
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "address": {"type": "str"},
        "port": {"type": "int"},
        "bypass": {
            "type": "list",
            "elements": "str",
            "no_log": False,
        },  # the word holds "pass", the hosts are no secret
        "restart": {"type": "bool", "default": False},
    },
    "required_if": [("state", "present", ("address", "port"))],
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_proxy is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
