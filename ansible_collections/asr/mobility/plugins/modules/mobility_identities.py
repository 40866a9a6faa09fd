#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and arguments of mobility_identities; plugins/action/mobility_identities.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_identities
short_description: Find hosts of a play that show the same identity
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Compares the HostId of the agent and the BIOS id of every host of the play that was looked at so far.
  - Machines that were cloned with an installed agent share the HostId and cannot both be protected.
  - It runs on the controller only.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  variable:
    description: Name of the variable in which each host has its result of M(asr.mobility.mobility_agent_info).
    type: str
    required: true
seealso:
  - module: asr.mobility.mobility_agent_info
"""

EXAMPLES = r"""
- name: Look at every host
  asr.mobility.mobility_agent_info:
  register: seen

- name: Find machines that were cloned
  asr.mobility.mobility_identities:
    variable: seen
  run_once: true
  register: identities
"""

RETURN = r"""
shared:
  description: For each host that shares an identity the others that show it, at most ten of them.
  returned: always
  type: dict
  sample: {web1: [web2], web2: [web1]}
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "variable": {"type": "str", "required": True},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_identities is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
