#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_report; plugins/action/mobility_report.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_report
short_description: Write what happened on every host as one JSON document
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Writes one document for a run on the controller. C(docs/report.schema.json) of the collection describes it.
  - The file is replaced at once, is readable by its owner only, and holds no value of a secret variable or option.
  - It is written in check mode too; C(check_mode) in it tells.
extends_documentation_fragment:
  - asr.mobility.attributes.info
options:
  path:
    description: Where to write it on the controller. The directory must exist.
    type: path
    required: true
  procedure:
    description: What the run does, as the document shows it.
    type: str
    required: true
  variable:
    description:
      - Name of the variable in which each host has its result.
      - Without it the run has only begun. Every host is then not attempted, so that a document that is found
        later is never that of an earlier run.
    type: str
seealso:
  - module: asr.mobility.mobility_summary
"""

EXAMPLES = r"""
- name: Write the evidence for the pipeline
  asr.mobility.mobility_report:
    path: /srv/evidence/run.json
    procedure: install
    variable: install_result
  run_once: true
"""

RETURN = r"""
path:
  description: The file that was written.
  returned: always
  type: str
  sample: /srv/evidence/run.json
totals:
  description: The number of hosts, and of hosts with each outcome.
  returned: always
  type: dict
  sample: {hosts: 2, changed: 1, unchanged: 1}
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "path": {"type": "path", "required": True},
        "procedure": {"type": "str", "required": True},
        "variable": {"type": "str"},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_report is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
