#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification of mobility_agent.

The logic is in plugins/action/mobility_agent.py. Read from there: plugin_utils/lifecycle/converge.py is the whole story
(observe, plan, apply, verify), plan.py decides, mobility/ knows the product, target/ talks to the host.
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_agent
short_description: Install, upgrade or remove the Azure Site Recovery Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Installs, upgrades or removes the Mobility service of Azure Site Recovery on VMware VMs and physical servers.
  - Nothing is needed on the target but a POSIX shell, tar and the tools that the Mobility service itself needs.
    No Python is used there.
  - The state of the host decides, not the exit code of the installer.
    Success means that the host was probed again and shows the agent, or shows none.
  - The installer runs detached from the connection. When the connection or the controller is lost, run the task again.
    It follows the same run.
  - Before something is installed or upgraded the host is checked, as M(asr.mobility.mobility_preflight) does. A host
    that fails is refused before anything is transferred, also in check mode; O(skip_checks) overrides a check.
  - The module does not register the agent. After a fresh installation the agent does not run yet.
extends_documentation_fragment:
  - asr.mobility.attributes
  - asr.mobility.attributes.staging
  - asr.mobility.attributes.checks
options:
  state:
    description:
      - V(present) installs the agent when it is absent.
      - An installed agent is upgraded when O(version) asks for a newer one, or when the source names one newer file.
        A directory as a source never upgrades an installed agent by itself.
      - V(latest) also upgrades to the highest version that the source has for the operating system of the host.
        A source that has nothing newer is fine, one that has nothing at all is an error.
      - V(absent) removes the agent. The order is to disable replication in the vault, to unregister the agent, to
        remove it, and to restart the host before it is protected again.
      - A removal that found the driver in use leaves half an agent behind. Restart the host, then run the task again
        with an installer of that version as the source. It runs the uninstaller of the archive.
    type: str
    choices: [present, latest, absent]
    default: present
  allow_change:
    description:
      - What an upgrade may change of an installed agent. Without it such an upgrade is refused.
      - V(stack) prepares a registered classic agent for the modernized stack. It is stopped until it is registered
        there. Both versions must be 9.50 or later.
      - V(platform) turns an agent for C(VmWare) into one for C(Azure). It is stopped until it is registered.
      - V(registration) accepts that the installer removes a version with a faulty driver first, its registration
        included. This concerns 9.47 and early 9.48 on some kernels.
    type: list
    elements: str
    choices: [stack, platform, registration]
    default: []
  started:
    description:
      - Whether the daemons of a registered agent are started when they do not run.
      - Without it such an agent is left as it is, with a warning.
    type: bool
    default: false
  force:
    description:
      - Remove the agent although the machine is known to be protected.
      - Also work on a host that was told not to be restarted because its initrd images could not be put back.
    type: bool
    default: false
  protected:
    description:
      - For O(state=absent), whether the machine is a protected item, as the vault knows it.
      - Without it a machine whose data movers work counts as protected.
    type: bool
  remove_leftovers:
    description:
      - For O(state=absent), whether to remove what the uninstaller leaves behind as well. These are logs, the empty
        directories of the product, and programs without a record that an interrupted installation has left.
      - Saved initrd images are never removed.
    type: bool
    default: false
  version:
    description:
      - The version to have, as C(major.minor) or with all four numbers of the installer's file name.
      - Write it in quotes. Without them YAML reads C(9.60) as the number 9.6.
      - Without it, the highest version that the source has for the operating system of the host.
      - A version that is lower than the installed one is refused.
    type: str
  stack:
    description: The way of registration the agent is meant for, C(CSPrime) or C(CSLegacy) in the installer's words.
    type: str
    choices: [modernized, classic]
    default: modernized
  platform:
    description: The platform passed to the installer. V(VmWare) is right for physical servers too.
    type: str
    choices: [VmWare, Azure, AzureStackHub]
    default: VmWare
  role:
    description: V(agent) for a machine to protect, V(master_target) for a classic master target server.
    type: str
    choices: [agent, master_target]
    default: agent
  installer_path:
    description:
      - Installer file, or directory with installer files, on the controller.
      - One of O(installer_path), O(installer_url) and O(installer_remote_path) is required unless O(state=absent).
      - From a directory the file for the host's operating system with the highest version is taken.
    type: path
  installer_url:
    description:
      - Installer file, or directory listing with installer files, on an HTTP or HTTPS server. O(checksum) is required.
      - The target downloads the file with curl or wget. When it has neither, when O(url_password) is set, or when
        O(validate_certs=false), the controller downloads it once and copies it to the target.
      - A user name or password in the URL is refused, because command texts appear in verbose output.
    type: str
  installer_remote_path:
    description: Installer file, or directory with installer files, on the target.
    type: str
  checksum:
    description:
      - The SHA-256 of the installer, as C(sha256:HEX) or C(HEX), or the path or URL of a file with lines of checksum
        and file name as C(sha256sum) writes it.
      - Required for O(installer_url).
    type: str
  installer_proxy:
    description:
      - Proxy for the download, such as C(http://proxy.example.com:3128).
      - A user name or password in it is refused.
    type: str
  url_username:
    description: User name for the server of O(installer_url). The controller then downloads the file.
    type: str
  url_password:
    description: Password for the server of O(installer_url). It never leaves the controller.
    type: str
  validate_certs:
    description: Whether the certificate of an HTTPS server is verified. A download on the target always verifies it.
    type: bool
    default: true
  timeout:
    description:
      - How many seconds to wait for the installer.
      - The installer is never ended by this module. When the time is over the task fails with the reason
        V(still_running), and the next task follows the run.
    type: int
    default: 3600
requirements:
  - "On the target: sh, tar, gzip, sha256sum, and what the installer itself needs."
  - "On the target: xz, for an installer that is packed so and does not come from the controller, which packs it again."
seealso:
  - module: asr.mobility.mobility_agent_info
  - module: asr.mobility.mobility_preflight
"""

EXAMPLES = r"""
- name: Install the newest agent of a directory on the controller
  asr.mobility.mobility_agent:
    installer_path: /srv/asr/installers

- name: Install one version from a web server near the targets
  asr.mobility.mobility_agent:
    version: "9.66"
    installer_url: https://mirror.example.com/asr/
    checksum: https://mirror.example.com/asr/SHA256SUMS

- name: Upgrade to the newest agent of a directory
  asr.mobility.mobility_agent:
    state: latest
    installer_path: /srv/asr/installers

- name: Prepare a classic agent for the modernized stack
  asr.mobility.mobility_agent:
    state: latest
    stack: modernized
    allow_change: [stack]
    installer_path: /srv/asr/installers

- name: Remove the agent and everything it leaves behind
  asr.mobility.mobility_agent:
    state: absent
    remove_leftovers: true

- name: Install for a configuration server from a share mounted on the target
  asr.mobility.mobility_agent:
    stack: classic
    installer_remote_path: /mnt/asr
"""

RETURN = r"""
before:
  description: The agent as it was found. See RV(after) for the keys.
  returned: when the host could be probed
  type: dict
  sample: {presence: absent}
after:
  description: The agent as the second probe found it; in check mode, as the plan would leave it.
  returned: when the host could be probed
  type: dict
  contains:
    presence:
      description: V(absent), V(installed), V(half_installed), V(half_removed) or V(record_corrupt).
      type: str
      sample: installed
    version:
      description: Version of the agent with its build.
      type: str
      sample: 9.66.7567.0
    registration:
      description: V(ok), V(no) or V(unknown).
      type: str
      sample: "no"
    running:
      description: Whether both daemons of the agent run.
      type: bool
      sample: false
  sample: {presence: installed, version: 9.66.7567.0, registration: "no", running: false}
steps:
  description: The steps that were carried out, or would be in check mode.
  returned: when there is a plan
  type: list
  elements: str
  sample: [install]
installer:
  description: The installer file that was chosen.
  returned: when one was needed
  type: str
  sample: Microsoft-ASR_UA_9.66.7567.1_DEBIAN12-64_GA_20Sep2025_release.tar.gz
exit_code:
  description: Exit code of the installer. It only explains; RV(after) decides.
  returned: when the installer ran
  type: int
  sample: 0
installer_errors:
  description: What the installer wrote into its JSON error file.
  returned: when it wrote something
  type: list
  elements: dict
  sample: []
reboot_required:
  description: Whether the host should be restarted for the change to take full effect.
  returned: when the host could be probed
  type: bool
  sample: false
reboot_reason:
  description: Why a restart is recommended or required.
  returned: when RV(reboot_required) is true
  type: str
  sample: The new driver is loaded by the next restart.
reason:
  description: Why the task failed; one word of a closed list.
  returned: on failure
  type: str
  sample: no_space
found:
  description: What was found.
  returned: on failure
  type: str
  sample: 120 MiB free on /dev/sda1 (/var/lib/asr-mobility)
expected:
  description: What was expected instead.
  returned: on failure
  type: str
  sample: 1200 MiB
remedy:
  description: What to do.
  returned: on failure
  type: str
  sample: Free space on /dev/sda1, or set staging_dir to a larger file system.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.check_options import CHECK_OPTIONS
from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        **STAGING_OPTIONS,
        **CHECK_OPTIONS,
        "state": {"type": "str", "choices": ["present", "latest", "absent"], "default": "present"},
        "version": {"type": "str"},
        "allow_change": {
            "type": "list",
            "elements": "str",
            "choices": ["stack", "platform", "registration"],
            "default": [],
        },
        "started": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "protected": {"type": "bool"},
        "remove_leftovers": {"type": "bool", "default": False},
        "stack": {"type": "str", "choices": ["modernized", "classic"], "default": "modernized"},
        "platform": {"type": "str", "choices": ["VmWare", "Azure", "AzureStackHub"], "default": "VmWare"},
        "role": {"type": "str", "choices": ["agent", "master_target"], "default": "agent"},
        "installer_path": {"type": "path"},
        "installer_url": {"type": "str"},
        "installer_remote_path": {"type": "str"},
        "checksum": {"type": "str"},
        "installer_proxy": {"type": "str"},
        "url_username": {"type": "str"},
        "url_password": {"type": "str", "no_log": True},
        "validate_certs": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 3600},
    },
    "required_if": [
        ["state", "present", ["installer_path", "installer_url", "installer_remote_path"], True],
        ["state", "latest", ["installer_path", "installer_url", "installer_remote_path"], True],
    ],
    "mutually_exclusive": [["installer_path", "installer_url", "installer_remote_path"]],
    "required_together": [["url_username", "url_password"]],
    "required_by": {"url_password": "installer_url"},
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_agent is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
