#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_reboot; plugins/action/mobility_reboot.py does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_reboot
short_description: Restart a host that needs it, without Python there
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Restarts the host in an orderly way and waits until it shows another boot and answers again.
  - It is refused while an installer works on the host, because one that is cut off while it makes the initial ramdisk
    can leave a host that does not boot, and where an installer could not put the initrd images back.
extends_documentation_fragment:
  - asr.mobility.attributes
  - asr.mobility.attributes.staging
options:
  timeout:
    description: How many seconds the host may take.
    type: int
    default: 900
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: Restart when the installation asks for it
  asr.mobility.mobility_reboot:
  when: install_result.reboot_required
"""

RETURN = r"""
rebooted:
  description: Whether the host was restarted; not in check mode.
  returned: success
  type: bool
  sample: true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "timeout": {"type": "int", "default": 900},
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_reboot is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
