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
  - Checks, without changing anything and before anything is copied, what installing the Mobility service needs.
  - M(asr.mobility.mobility_agent) makes the same checks itself when it has something to install.
    This module shows them beforehand.
extends_documentation_fragment:
  - asr.mobility.attributes.info
  - asr.mobility.attributes.staging
options:
  enforce:
    description: Whether the task fails when a check fails.
    type: bool
    default: true
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: See which hosts are not ready
  asr.mobility.mobility_preflight:
    enforce: false
  register: preflight
"""

RETURN = r"""
fit:
  description: Whether no check failed.
  returned: always
  type: bool
  sample: true
checks:
  description: One entry per check.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the check.
      type: str
      sample: space
    status:
      description: V(pass), V(warn), V(fail) or V(unknown).
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
      description: What to do when it fails.
      type: str
      sample: Free space on /.
  sample:
    - {name: root, status: pass, found: "uid 0", required: "uid 0", remedy: ""}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "enforce": {"type": "bool", "default": True},
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
