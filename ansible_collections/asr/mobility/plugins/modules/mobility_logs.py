#!/usr/bin/python
# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and argument specification; plugins/action/mobility_logs.py does the work.

Read on in plugin_utils/lifecycle/support_bundle.py (the story), plugin_utils/mobility/logs.py (what is gathered and how
it is kept) and plugin_utils/mobility/redaction.py (what is taken out).
"""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mobility_logs
short_description: Collect the logs of the Azure Site Recovery Mobility service without their secrets
version_added: "0.1.0"
author:
  - the asr.mobility contributors (@asr-mobility)
description:
  - Gathers the logs of the agent and its installer, the words of a few programs (kernel modules, units, disks) and what
    a run of this collection has printed, and keeps them on the controller as one archive for each host.
  - Of each file its end is taken, and everything together is bounded. What was cut is listed.
  - Secrets are taken out before the archive is kept. Passwords, keys, tokens, signatures, certificates and user names
    in addresses are found by what they look like; the rest of such a line goes with them. The passphrase of the
    configuration server is replaced on the host, wherever it stands (needs C(awk) there).
  - Private keys, certificates, the passphrase file and the registration file are never gathered.
  - An agent need not be installed. A program or file that is missing is left out. Nothing stays on the host.
extends_documentation_fragment:
  - asr.mobility.attributes
options:
  dest:
    description:
      - Directory on the controller for the archives. One that is missing is made with mode 0700.
      - The name of an archive is the inventory's name of the host and the time (UTC).
    type: path
    default: asr-mobility-logs
  max_size:
    description: Most of all files together, in MiB. The most telling files come first.
    type: int
    default: 50
  max_file_size:
    description: Most of one file, in MiB; its end is taken.
    type: int
    default: 5
  staging_dir:
    description:
      - Directory on the target in which this collection works. The output of a run in it is gathered too.
      - The logs are gathered beside it, in a directory of the same name with C(-logs) at its end, which is removed.
    type: str
    default: /var/lib/asr-mobility
attributes:
  diff_mode:
    support: none
  idempotent:
    description: Each run keeps another archive. The target is not changed.
    support: none
seealso:
  - module: asr.mobility.mobility_agent_info
"""

EXAMPLES = r"""
- name: Collect the logs of a host whose installation failed
  asr.mobility.mobility_logs:
    dest: /srv/asr/logs
    max_size: 20
"""

RETURN = r"""
path:
  description: The archive on the controller (mode 0600); none in check mode.
  returned: success
  type: str
  sample: /srv/asr/logs/web1-20261124T203000Z.tar.gz
files:
  description: What is in it, as in its C(manifest.json); empty in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name in the archive.
      type: str
      sample: files/var/log/ua_install.log
    source:
      description: Name on the host, or C(command:) and the name of what was run.
      type: str
      sample: /var/log/ua_install.log
    size:
      description: Bytes in the archive.
      type: int
      sample: 18231
    size_on_host:
      description: Bytes on the host.
      type: int
      sample: 18240
    truncated:
      description: Whether only its end was taken.
      type: bool
      sample: false
    masked:
      description: How many secrets were taken out.
      type: int
      sample: 1
    sha256:
      description: SHA-256 of it as it is in the archive.
      type: str
      sample: 0b5d2e5f9c0a4a1b9a7e5c8d3f2e1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f
  sample: []
sources:
  description: What was there to gather, on the host.
  returned: success
  type: list
  elements: str
  sample: [/var/log/ua_install.log, "command:modules"]
cut:
  description: One line for each file that was cut or left out, and why.
  returned: success
  type: list
  elements: str
  sample: ["/var/log/svagents_curr_1.log: its last bytes, of 73400320"]
masked:
  description: How many secrets were taken out in all.
  returned: success
  type: int
  sample: 3
reason:
  description: Why the task failed, a word that scripts may rely on.
  returned: failure
  type: str
  sample: no_space
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.asr.mobility.plugins.module_utils.staging_options import STAGING_OPTIONS

ARGUMENT_SPEC = {
    "argument_spec": {
        "dest": {"type": "path", "default": "asr-mobility-logs"},
        "max_size": {"type": "int", "default": 50},
        "max_file_size": {"type": "int", "default": 5},
        "staging_dir": STAGING_OPTIONS["staging_dir"],
    },
}


def main() -> None:
    """Say why this file does nothing on a target: the work is done by the action plugin on the controller."""
    module = AnsibleModule(supports_check_mode=True, **ARGUMENT_SPEC)
    module.fail_json(
        msg="mobility_logs is carried out by its action plugin on the controller; it cannot run as a module."
    )


if __name__ == "__main__":
    main()
