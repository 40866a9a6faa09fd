#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_health; plugins/action/mobility_health.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_health
short_description: See whether the daemons of the Azure Site Recovery Mobility service stay alive
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - The first look waits until both daemons run and returns which processes they are.
  - The second look, given the first in O(since), fails when one of them is gone or another process has taken its
    place, as in a restart loop.
  - It is meant for registered agents. An agent that was never registered does not run.
extends_documentation_fragment:
  - asr.mobility.attributes.info
  - asr.mobility.attributes.staging
options:
  since:
    description: The result of the first look. Without it this is the first look.
    type: dict
  after:
    description: How many seconds must lie between the two looks. The second one waits for the rest of them.
    type: int
    default: 180
  patience:
    description: How many seconds the first look waits for the daemons to come up.
    type: int
    default: 60
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: See that the agent runs
  asr.mobility.mobility_health:
  register: first

- name: See that it still does three minutes later
  asr.mobility.mobility_health:
    since: "{{ first }}"
    after: 180
"""

RETURN = r"""
healthy:
  description: Whether the daemons run and, at the second look, are the same.
  returned: always
  type: bool
  sample: true
daemons:
  description: The oldest process of each daemon, as start time and process id.
  returned: success
  type: dict
  sample: {appservice: "5120 812", svagents: "5100 801"}
looked_at:
  description: When the controller had the answer, in seconds since 1970.
  returned: success
  type: float
  sample: 1795554000.5
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "since": {"type": "dict"},
        "after": {"type": "int", "default": 180},
        "patience": {"type": "int", "default": 60},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_health is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
