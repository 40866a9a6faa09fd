#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_driver.py does the work.

Read on in plugin_utils/lifecycle/driver.py (the story), then plugin_utils/mobility/driver_package.py and
plugin_utils/mobility/driver_health.py (facts and decisions).
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_driver
short_description: Show or renew the kernel driver of the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Brings the drivers of one of Microsoft's driver packages to a host whose kernel the agent does not know yet, for the
    running kernel and for the one of the next start. Without a package it only shows the driver.
  - Each kernel is judged by the driver that lies there afterwards, never by an exit code. A driver that lies there
    already costs one short command on the host.
  - Where no driver is loaded Microsoft's C(hotfix_install.sh) loads it, with the agent stopped. Where one is loaded
    that script does nothing, so the file is put in place without it, and RV(reboot_required) says that a restart loads
    it.
  - The initrd images of the kernels are made anew with the agent's own program.
  - Packages go with agents of their own major and minor version only. An agent need not be installed.
extends_documentation_fragment:
  - asr.mobility.attributes
  - asr.mobility.attributes.staging
options:
  package_path:
    description: The driver package (C(.tar.gz)) on the controller.
    type: path
  package_remote_path:
    description: The driver package on the target.
    type: str
  script_path:
    description:
      - Directory on the controller with C(hotfix_install.sh) and C(OS_details.sh), as Microsoft publishes them in the
        folder C(MobilityAgent) of C(Azure/Azure-SiteRecovery). They are not part of this collection.
      - Needed where a driver must be loaded.
    type: path
  version:
    description:
      - The version under which the package was published, four numbers as in C(9.66.7604.1). Its file does not tell it.
      - With it the agent's version is checked, and the installed driver's version is known.
    type: str
  timeout:
    description: Seconds to wait. A run that takes longer goes on and is followed by the next task.
    type: int
    default: 1800
seealso:
  - module: asr.mobility.mobility_agent
  - name: Kernel modules of the Mobility service
    description: Microsoft's packages, one link for each distribution.
    link: https://github.com/Azure/Azure-SiteRecovery/blob/main/MobilityAgent/KernelModuleDownloadLinks.md
"""

EXAMPLES = r"""
- name: Show the driver
  asr.mobility.mobility_driver:
  register: driver

- name: Bring the driver for a new kernel
  asr.mobility.mobility_driver:
    package_path: /srv/asr/DriversPackage_UBUNTU22.tar.gz
    script_path: /srv/asr/hotfix
    version: 9.66.7604.1
"""

RETURN = r"""
before:
  description: The driver before.
  returned: when the host could be probed
  type: dict
  contains:
    loaded:
      description: Whether a driver is loaded.
      type: bool
      sample: true
    loaded_version:
      description: Version of the loaded driver as it tells it, the build last. None when it is not known.
      type: str
      sample: 9.66.1.7567
    installed_version:
      description: Version of the driver that the next start loads, where it can be told. None when it is not known.
      type: str
      sample: 9.66.1.7604
    health:
      description:
        - V(ok), V(reboot_pending) (another driver is loaded than the installed one), V(faulty) (Microsoft names the
          version as faulty) or V(unknown).
      type: str
      sample: reboot_pending
    kernels:
      description: The running kernel and the one of the next start.
      type: list
      elements: dict
      contains:
        release:
          description: The kernel, as C(uname -r) tells it.
          type: str
          sample: 6.1.0-28-amd64
        role:
          description: V(running), V(next) or V(both).
          type: str
          sample: both
        driver:
          description:
            - V(current) (the package's), V(missing), V(other) (than the package's), V(for_the_script) (only Microsoft's
              script can choose one), V(not_in_package); without a package V(present) or V(absent).
          type: str
          sample: current
        sha256:
          description: SHA-256 of the driver that is there.
          type: str
          sample: 0b5d2e5f9c0a4a1b9a7e5c8d3f2e1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f
      sample: []
    resync_possible:
      description: Whether nothing published speaks against triggering a resync on the host.
      type: bool
      sample: false
    resync_hindrance:
      description: What does, in words.
      type: str
      sample: "the agent has build 7567, and a resync needs build 7759 or later: upgrade it first"
  sample: {loaded: true, health: ok}
after:
  description: The driver now; in check mode as it was. The keys are those of RV(before).
  returned: when the host could be probed
  type: dict
  sample: {loaded: true, health: ok}
placed:
  description: The kernels that got a driver, in check mode those that would get one.
  returned: when the host could be probed
  type: list
  elements: str
  sample: [6.1.0-28-amd64]
reboot_required:
  description: Whether a restart is needed to load the installed driver.
  returned: when the host could be probed
  type: bool
  sample: false
reboot_reason:
  description: Why.
  returned: when RV(reboot_required) is true
  type: str
  sample: Another driver is loaded than the one that is installed; a restart loads that.
exit_code:
  description: Exit code of the run; it only explains.
  returned: when something was carried out
  type: int
  sample: 0
reason:
  description: Why the task failed, a word that scripts may rely on.
  returned: failure
  type: str
  sample: driver_not_in_package
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        "package_path": {"type": "path"},
        "package_remote_path": {"type": "str"},
        "script_path": {"type": "path"},
        "version": {"type": "str"},
        "timeout": {"type": "int", "default": 1800},
    },
    "mutually_exclusive": [("package_path", "package_remote_path")],
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_driver is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
