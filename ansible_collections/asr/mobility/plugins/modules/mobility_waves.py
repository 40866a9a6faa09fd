#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_waves; plugins/action/mobility_waves.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_waves
short_description: Plan in which waves the hosts of a play are worked on
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Orders the hosts of the play in waves, the hosts of a canary group first and by themselves.
  - The result serves the keywords C(hosts) and C(serial) of a later play, and M(asr.mobility.mobility_gate) between its
    batches.
  - It runs on the controller only.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  canary:
    description:
      - Name of the inventory group whose hosts go first.
      - Hosts of the group that are not in the play are left out.
    type: str
  serial:
    description:
      - How many hosts go together, each a number or a percentage such as V(25%) of the hosts that are no canaries.
      - The last one is repeated. Without any, all hosts that are no canaries go together.
    type: list
    elements: str
    default: []
  max_fail_percentage:
    description: What M(asr.mobility.mobility_gate) will be told; checked here, before anything is touched.
    type: float
seealso:
  - module: asr.mobility.mobility_gate
"""

EXAMPLES = r"""
- name: Plan the waves
  asr.mobility.mobility_waves:
    canary: first_to_go
    serial: ["10", "25%"]
  run_once: true
  register: asr_mobility_waves
"""

RETURN = r"""
waves:
  description: The waves in their order.
  returned: always
  type: list
  elements: dict
  contains:
    number:
      description: Counted from 1.
      type: int
      sample: 1
    hosts:
      description: The hosts of the wave.
      type: list
      elements: str
      sample: [web1]
    canary:
      description: Whether these are the canary hosts.
      type: bool
      sample: true
hosts:
  description: All hosts in the order of the waves.
  returned: always
  type: list
  elements: str
  sample: [web1, db1, db2]
sizes:
  description: The sizes of the waves.
  returned: always
  type: list
  elements: int
  sample: [1, 2]
started:
  description: When the run began, in UTC.
  returned: always
  type: str
  sample: "2026-11-24T21:00:00Z"
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "canary": {"type": "str"},
        "serial": {"type": "list", "elements": "str", "default": []},
        "max_fail_percentage": {"type": "float"},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_waves is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
