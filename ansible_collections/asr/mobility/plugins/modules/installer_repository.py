#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/installer_repository.py does the work.

Read on in plugin_utils/installers/repository: mirror.py (the story), transfer.py (resuming a download), claim.py (two
controllers, one directory), contents.py (what counts as whole) and index.py (what is told of it).
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: installer_repository
short_description: Build or refresh a directory with the installers of the Mobility service
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Keeps a directory on the controller that holds installers for many operating systems.
  - As O(asr.mobility.mobility_agent#module:installer_path) it serves every host of an inventory; each gets the file
    that fits.
  - The installers are downloaded from a list of links, or copied from a folder that was copied off an appliance or a
    configuration server.
  - A file gets its name in the directory only when it was proven. Length, beginning, archive and, where there is one,
    SHA-256 must be right. An error page or half a file is never kept.
  - An interrupted download is gone on with by the next run. Several controllers may fill one directory at a time.
  - Beside the installers stand C(SHA256SUMS), C(INDEX.md) and C(index.json). The next run proves every file by the sums
    and downloads nothing that is right. Other files of the directory are left alone, and nothing is ever removed.
extends_documentation_fragment:
  - asr.mobility.attributes
options:
  path:
    description: The directory on the controller. One that is missing is made.
    type: path
    required: true
  links:
    description:
      - File with one address of an installer a line; C(#) begins a line that says nothing.
      - Without it, and without O(source), the list that comes with the collection is used.
    type: path
  source:
    description:
      - Folder with installers on the controller, such as a copy of C(E:\Software\Agents) of an appliance or of
        C(home\svsystems\pushinstallsvc\repository) of a configuration server.
      - The files that a C(SHA256SUMS) in it names must have these sums.
    type: path
  tags:
    description:
      - Tags of the operating systems whose installers are mirrored, such as V(RHEL8-64).
      - Without them those of O(needed_tags), or all when that is empty too.
      - One without an installer in the source fails the task.
    type: list
    elements: str
    default: []
  versions:
    description:
      - Versions to mirror, V(major.minor) or four numbers.
      - Without them the newest of each tag.
      - One that no installer of these tags has fails the task.
    type: list
    elements: str
    default: []
  needed_tags:
    description:
      - Tags that the inventory has, as M(asr.mobility.mobility_agent_info) tells them. What the directory lacks of them
        is told in the result and in the index.
    type: list
    elements: str
    default: []
  checksums:
    description:
      - Path or URL of a file of SHA-256 sums that names every installer to be mirrored.
      - It is needed with O(allow_http=true) and with O(validate_certs=false).
      - A URL must be an https one, and the certificate of its server is verified whatever O(validate_certs) says.
    type: str
  allow_http:
    description: Whether addresses without https are allowed. A redirect from https to http never is.
    type: bool
    default: false
  installer_proxy:
    description:
      - Proxy for the downloads, such as C(http://proxy.example.com:3128). Without it that of the environment is used.
      - A user name or password in it is refused.
    type: str
  url_username:
    description:
      - User name for the server of O(links), which may also hold the O(checksums). Those of the collection's own list
        never get to see it.
    type: str
  url_password:
    description: Password for the server of O(links).
    type: str
  login_host:
    description:
      - The host that gets O(url_username) and O(url_password), with its port where the addresses have one.
      - It is needed when the addresses of O(links) and O(checksums) name more than one host. The others are asked
        without the login.
    type: str
  validate_certs:
    description: Whether the certificates of the servers are verified.
    type: bool
    default: true
  timeout:
    description: How many seconds a server may stay silent.
    type: int
    default: 60
  attempts:
    description: How often a download is tried before the file counts as failed. Each try goes on where the last ended.
    type: int
    default: 5
attributes:
  action:
    description: Runs on the controller. No host is touched.
  async:
    description: Supports the C(async) keyword. An interrupted run is gone on with by the next one.
  check_mode:
    description: Can run in check mode and tell what would be downloaded. No server is asked.
  diff_mode:
    description: Returns the names of the installers before and after.
  idempotent:
    description: A second run with the same options downloads and writes nothing.
  platform:
    description: Where it runs, which is the controller.
seealso:
  - module: asr.mobility.mobility_agent
"""

EXAMPLES = r"""
- name: Mirror the newest installer of every operating system
  asr.mobility.installer_repository:
    path: /srv/asr/installers

- name: Mirror what the inventory needs, in two versions
  asr.mobility.installer_repository:
    path: /srv/asr/installers
    needed_tags: [RHEL8-64, UBUNTU-22.04-64]
    versions: ["9.66", "9.65"]

- name: Take over what was copied off the appliance
  asr.mobility.installer_repository:
    path: /srv/asr/installers
    source: /srv/asr/from-appliance/Agents
"""

RETURN = r"""
path:
  description: The directory.
  returned: always
  type: str
  sample: /srv/asr/installers
mirrored:
  description: File names that were brought by this run, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz]
kept:
  description: File names that were asked for and already there.
  returned: success
  type: list
  elements: str
  sample: []
failed_files:
  description: File name and what went wrong, for each file that could not be brought. The others are brought.
  returned: always
  type: dict
  sample: {}
installers:
  description: Every installer of the directory, as in C(index.json).
  returned: success
  type: list
  elements: dict
  contains:
    tag:
      description: Tag of the operating system.
      type: str
      sample: RHEL8-64
    version:
      description: Version of the agent.
      type: str
      sample: 9.66.7567.1
    date:
      description: Day of the release.
      type: str
      sample: "2025-09-20"
    file:
      description: Name of the file.
      type: str
      sample: Microsoft-ASR_UA_9.66.7567.1_RHEL8-64_GA_20Sep2025_release.tar.gz
    size:
      description: Bytes.
      type: int
      sample: 130023424
    sha256:
      description: SHA-256 of the file.
      type: str
      sample: 0b5d2e5f9c0a4a1b9a7e5c8d3f2e1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f
  sample: []
versions:
  description: The versions that are there for each tag, the newest first.
  returned: success
  type: dict
  sample: {RHEL8-64: [9.66.7567.1]}
needed:
  description: The tags of the inventory, as given.
  returned: success
  type: list
  elements: str
  sample: [RHEL8-64]
lacking:
  description: Tags of the inventory without an installer in the directory, and why.
  returned: success
  type: dict
  sample: {RHEL10-64: the source has no installer for it}
not_on_configuration_servers:
  description: Tags whose installers no configuration server carries; on it they are put in place by hand.
  returned: success
  type: list
  elements: str
  sample: [DEBIAN7-64, RHEL5-64]
damaged:
  description: Files with an installer's name that are none, and what is wrong with them.
  returned: success
  type: dict
  sample: {}
reason:
  description: Why the task failed, a word that scripts may rely on.
  returned: failure
  type: str
  sample: download_failed
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "argument_spec": {
        "path": {"type": "path", "required": True},
        "links": {"type": "path"},
        "source": {"type": "path"},
        "tags": {"type": "list", "elements": "str", "default": []},
        "versions": {"type": "list", "elements": "str", "default": []},
        "needed_tags": {"type": "list", "elements": "str", "default": []},
        "checksums": {"type": "str"},
        "allow_http": {"type": "bool", "default": False},
        "installer_proxy": {"type": "str"},
        "url_username": {"type": "str"},
        "url_password": {"type": "str", "no_log": True},
        "login_host": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 60},
        "attempts": {"type": "int", "default": 5},
    },
    "mutually_exclusive": [["links", "source"]],
    "required_together": [["url_username", "url_password"]],
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="installer_repository is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
