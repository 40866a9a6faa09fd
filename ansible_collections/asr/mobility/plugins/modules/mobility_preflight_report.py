#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_preflight_report.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_preflight_report
short_description: Write what the checks found on every host as one JSON document
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Writes one document on the controller from the results of M(asr.mobility.mobility_preflight) on every host of the
    play. C(docs/preflight.schema.json) of the collection describes it.
  - The file is replaced at once, is readable by its owner only, and holds no value of a secret variable or option.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  path:
    description: Where to write it on the controller. The directory must exist.
    type: path
    required: true
  variable:
    description:
      - Name of the variable in which each host has its result.
      - Without it, the document says that the run has begun, and is put down to see that it can be.
    type: str
seealso:
  - module: asr.mobility.mobility_preflight
  - module: asr.mobility.mobility_report
"""

EXAMPLES = r"""
- name: Keep what the checks found
  asr.mobility.mobility_preflight_report:
    path: /srv/evidence/preflight.json
    variable: preflight_result
  run_once: true
"""

RETURN = r"""
path:
  description: The file that was written.
  returned: always
  type: str
  sample: /srv/evidence/preflight.json
totals:
  description: The number of hosts, and of hosts with each outcome.
  returned: always
  type: dict
  sample: {hosts: 3, fit: 2, unfit: 1, failed: 0, unreachable: 0, not_attempted: 0}
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "path": {"type": "path", "required": True},
        "variable": {"type": "str"},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_preflight_report is carried out by its action plugin on the controller; "
        "it cannot run as a module."
    )


if __name__ == "__main__":
    main()
