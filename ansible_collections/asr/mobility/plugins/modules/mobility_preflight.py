#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_preflight.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_preflight
short_description: Check whether a host can take the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Checks, without changing anything and before anything is copied, what installing or upgrading the Mobility service
    needs. C(docs/preflight.md) of the collection lists the checks.
  - M(asr.mobility.mobility_agent) makes the same checks itself when it has something to install or to upgrade.
    This module shows them beforehand, and those besides that need a server or an appliance to be named.
  - A check whose facts the host does not tell is V(unknown). It does not make the task fail.
extends_documentation_fragment:
  - asr.mobility.attributes.info
  - asr.mobility.attributes.staging
  - asr.mobility.attributes.checks
options:
  enforce:
    description: Whether the task fails when a check fails.
    type: bool
    default: true
  version:
    description:
      - The version that is about to be installed, as C(major.minor) or with all four numbers, in quotes.
      - Without it kernels are looked up in the newest list, and the distance of an upgrade is unknown.
    type: str
  stack:
    description: The way of registration the agent is meant for. A clock that is off fails for V(classic) only.
    type: str
    choices: [modernized, classic]
    default: modernized
  platform:
    description: The platform that will be passed to the installer.
    type: str
    choices: [VmWare, Azure, AzureStackHub]
    default: VmWare
  role:
    description: V(agent) for a machine to protect, V(master_target) for a classic master target server.
    type: str
    choices: [agent, master_target]
    default: agent
  kernels:
    description:
      - Kernel releases to look up besides, as C(uname -r) would say them, to learn whether a host may be patched to
        them.
      - The answers are in RV(kernels); they do not make the task fail.
    type: list
    elements: str
    default: []
  configuration_server:
    description: Name or address of the configuration server that the host must reach.
    type: str
  port:
    description: Port of the configuration server or the appliance. Port 9443 is tried as well.
    type: int
    default: 443
  appliance:
    description: Names or addresses of one appliance; the host must reach it at one of them.
    type: list
    elements: str
    default: []
  endpoints:
    description: Further names or addresses with a port that the host must reach, such as C(vault.example.com:443).
    type: list
    elements: str
    default: []
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: See which hosts are not ready
  asr.mobility.mobility_preflight:
    version: "9.66"
    enforce: false
  register: preflight

- name: May these hosts be patched to this kernel?
  asr.mobility.mobility_preflight:
    kernels:
      - 5.15.0-130-generic
    enforce: false
  register: patching

- name: Stop hosts whose agent would not know the kernel
  ansible.builtin.fail:
    msg: "{{ item.reason }}"
  loop: "{{ patching.kernels }}"
  when: item.support != 'supported'

- name: Check the way to an appliance as well
  asr.mobility.mobility_preflight:
    appliance: [asr-appliance.example.com, 192.0.2.10]
    endpoints: [contoso-vault.vault.azure.net:443]

- name: Go on although Secure Boot is on
  asr.mobility.mobility_preflight:
    skip_checks: [secure_boot]
"""

RETURN = r"""
fit:
  description: Whether no check failed.
  returned: when the host could be probed
  type: bool
  sample: true
checks:
  description: One entry per check, the same checks for every host.
  returned: when the host could be probed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the check.
      type: str
      sample: space
    status:
      description: V(pass), V(warn), V(fail), V(unknown) or V(skipped).
      type: str
      sample: pass
    found:
      description: What was found.
      type: str
      sample: 5200 MiB
    required:
      description: What is required.
      type: str
      sample: 1024 MiB
    remedy:
      description: What to do when it fails or warns.
      type: str
      sample: Free space on /.
  sample:
    - {name: root, status: pass, found: "uid 0", required: "uid 0", remedy: ""}
reason:
  description: V(prerequisite_failed), also where the task does not fail for it.
  returned: when a check failed
  type: str
  sample: prerequisite_failed
found:
  description: What the failed checks found.
  returned: when a check failed
  type: str
  sample: "secure_boot: Secure Boot enabled"
expected:
  description: What they require.
  returned: when a check failed
  type: str
  sample: "secure_boot: Secure Boot disabled"
remedy:
  description: What to do, and how to override them.
  returned: when a check failed
  type: str
  sample: Disable Secure Boot in the firmware settings of the machine.
kernels:
  description: One entry per kernel of O(kernels).
  returned: when the host could be probed
  type: list
  elements: dict
  contains:
    kernel:
      description: The release that was asked for.
      type: str
      sample: 5.15.0-130-generic
    support:
      description: V(supported), V(unsupported) or V(unknown).
      type: str
      sample: supported
    reason:
      description: Why.
      type: str
      sample: 5.15.0-130-generic is in UBUNTU-22.04-64 of 9.66.7643.1
    list:
      description: The list or rule that decided; empty when there is none.
      type: str
      sample: UBUNTU-22.04-64 of 9.66.7643.1
  sample: []
host:
  description: What the checks are about.
  returned: when the host could be probed
  type: dict
  contains:
    os_name:
      description: The operating system.
      type: str
      sample: Ubuntu 22.04.5 LTS
    tag:
      description: Microsoft's tag of it, which names the installer.
      type: str
      sample: UBUNTU-22.04-64
    kernel_running:
      description: The running kernel.
      type: str
      sample: 5.15.0-130-generic
    kernel_next:
      description: The kernel of the next boot, when plain files tell it.
      type: str
      sample: 5.15.0-131-generic
    agent_version:
      description: Version of the installed agent.
      type: str
      sample: 9.62.7172.0
  sample: {tag: UBUNTU-22.04-64, kernel_running: 5.15.0-130-generic}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.check_options import CHECK_OPTIONS
from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        **CHECK_OPTIONS,
        "enforce": {"type": "bool", "default": True},
        "version": {"type": "str"},
        "stack": {"type": "str", "choices": ["modernized", "classic"], "default": "modernized"},
        "platform": {"type": "str", "choices": ["VmWare", "Azure", "AzureStackHub"], "default": "VmWare"},
        "role": {"type": "str", "choices": ["agent", "master_target"], "default": "agent"},
        "kernels": {"type": "list", "elements": "str", "default": []},
        "configuration_server": {"type": "str"},
        "port": {"type": "int", "default": 443},
        "appliance": {"type": "list", "elements": "str", "default": []},
        "endpoints": {"type": "list", "elements": "str", "default": []},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_preflight is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
