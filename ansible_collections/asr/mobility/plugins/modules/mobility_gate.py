#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_gate; plugins/action/mobility_gate.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_gate
short_description: Decide whether the next wave of hosts may be touched
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Looks at the results of the wave before the present batch and says whether the run goes on.
  - It does not after a canary host that failed or could not be reached, and not when more than
    O(max_fail_percentage) of a wave did.
  - It runs on the controller only and never fails because of that, so that the playbook comes to its summary.
    What to do with the answer is the business of the playbook.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  variable:
    description: Name of the variable in which each host has its result.
    type: str
    required: true
  max_fail_percentage:
    description:
      - How many percent of the hosts of a wave may fail or be unreachable.
      - Without it any number may, except among the canary hosts.
    type: float
seealso:
  - module: asr.mobility.mobility_waves
notes:
  - The result of M(asr.mobility.mobility_waves) is read from the variable C(asr_mobility_waves), and the answer for the
    wave before from C(asr_mobility_gate), so register both under these names.
"""

EXAMPLES = r"""
- name: Decide whether this wave may start
  asr.mobility.mobility_gate:
    variable: install_result
    max_fail_percentage: 20
  run_once: true
  register: asr_mobility_gate

- name: Leave this wave as it is when the run was stopped
  ansible.builtin.meta: end_batch
  when: not asr_mobility_gate.proceed
"""

RETURN = r"""
proceed:
  description: Whether the hosts of this batch may be touched.
  returned: always
  type: bool
  sample: false
reason:
  description: V(canary_failed) or V(too_many_failed); nothing when the run goes on.
  returned: always
  type: str
  sample: canary_failed
msg:
  description: One sentence about it.
  returned: always
  type: str
  sample: "Not touched, because the run was stopped: 1 of 2 canary hosts failed: web1"
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "variable": {"type": "str", "required": True},
        "max_fail_percentage": {"type": "float"},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_gate is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
