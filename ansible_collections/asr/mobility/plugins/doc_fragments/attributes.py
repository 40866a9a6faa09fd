# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that every module of the collection shares: what check mode, diff and the target may expect."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragments asr.mobility.attributes and asr.mobility.attributes.info."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Runs on the controller; the target only runs short shell scripts that it is given.
    support: full
  async:
    description: Supports the C(async) keyword. It is not needed, the installer runs detached from the connection.
    support: none
  check_mode:
    description: Can run in check mode and tell what would be done without changing the target.
    support: full
  diff_mode:
    description: Returns the state before and the state that the plan leads to.
    support: full
  idempotent:
    description: A second run with the same options on an unchanged host changes nothing.
    support: full
  platform:
    description: Operating systems of the target. No Python is needed there.
    support: full
    platforms: posix
"""

    INFO = r"""
options: {}
attributes:
  action:
    description: Runs on the controller; the target only runs short shell scripts that it is given.
    support: full
  async:
    description: Supports the C(async) keyword. A probe takes less than a second.
    support: none
  check_mode:
    description: Can run in check mode. The module changes nothing.
    support: full
  diff_mode:
    description: Returns details on what has changed. The module changes nothing.
    support: none
  idempotent:
    description: The module changes nothing.
    support: full
  platform:
    description: Operating systems of the target. No Python is needed there.
    support: full
    platforms: posix
"""

    STAGING = r"""
options:
  staging_dir:
    description:
      - Directory on the target, owned by root, in which an installer is staged and run.
      - It must lie on a disk (not tmpfs) on which programs may be executed. It is removed when the run is over.
      - A later task finds an earlier run there, so use the same directory for every task of a host.
    type: str
    default: /var/lib/asr-mobility
  install_dir:
    description:
      - Directory into which the Mobility service is installed. It must be C(/usr/local/ASR) or end in C(/ASR),
        because the installer appends C(/ASR) to any other path.
      - An agent that is already installed stays where it is.
    type: str
    default: /usr/local/ASR
"""

    CHECKS = r"""
options:
  skip_checks:
    description:
      - Names of checks that are not made, because you know better. C(docs/preflight.md) of the collection lists them.
      - A check that the installer repeats may still make it end without having done anything.
    type: list
    elements: str
    default: []
  kernel_lists:
    description:
      - Directory on the controller with lists of supported kernels in the layout in which Microsoft publishes them,
        C(<agent version>/<tag>_supported_kernels.txt).
      - They are added to those that come with the collection, and win for the same version and tag.
    type: path
"""
