#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_summary; plugins/action/mobility_summary.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_summary
short_description: Show one line per host about the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Collects the results that earlier tasks registered on every host of the play and shows them as a table.
  - It runs on the controller only, so it also works when every host failed or could not be reached.
  - Identities that more than one host claims are pointed out.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  kind:
    description:
      - What the play did. With V(status) the results are those of M(asr.mobility.mobility_agent_info), with V(logs)
        those of M(asr.mobility.mobility_logs), with V(preflight) those of M(asr.mobility.mobility_preflight),
        otherwise those of a module that changes a host.
    type: str
    choices: [install, update, uninstall, register, status, logs, preflight]
    required: true
  variable:
    description:
      - Name of the variable in which each host has its result.
      - A host with the variable C(asr_mobility_failure) is shown with that failure. One that
        M(asr.mobility.mobility_gate) kept from being touched is shown as not attempted.
    type: str
    required: true
  enforce:
    description: Whether a host that is not fit by its checks is in trouble. It matters for V(preflight) only.
    type: bool
    default: true
seealso:
  - module: asr.mobility.mobility_agent
  - module: asr.mobility.mobility_agent_info
"""

EXAMPLES = r"""
- name: Summary of the installation
  asr.mobility.mobility_summary:
    kind: install
    variable: install_result
  run_once: true
"""

RETURN = r"""
msg:
  description: The lines of the table.
  returned: always
  type: list
  elements: str
  sample:
    - "host  result     agent         registration  note"
    - "web1  installed  9.66.7567.0   no"
troubled:
  description: Message of every host that failed, could not be reached, was not attempted or is not fit.
  returned: always
  type: dict
  sample: {web2: "Failed to connect to the host via ssh"}
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "kind": {
            "type": "str",
            "choices": ["install", "update", "uninstall", "register", "status", "logs", "preflight"],
            "required": True,
        },
        "variable": {"type": "str", "required": True},
        "enforce": {"type": "bool", "default": True},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_summary is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
