# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host's worker would read and compile for itself, done once before Ansible forks the workers.

Ansible imports an action plugin in its main process and then forks one worker a host and task; a worker inherits what
is in memory and throws away what it reads itself. With many hosts the tables and the plugin that reaches the host cost
more processor time on the controller than everything else a converged host is asked.
"""

from __future__ import annotations

import functools

from ansible.plugins.loader import connection_loader, shell_loader

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import load_table
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.observe import ProbeQuery, probe_script
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import error_table, table

_PLUGINS = ((connection_loader, "ssh"), (shell_loader, "sh"))  # by the names they have when nobody names them


@functools.cache
def read_ahead() -> None:
    """Fill the caches that this collection and Ansible keep; a worker that finds them filled reads nothing."""
    load_table()
    table()
    error_table()
    probe_script(ProbeQuery(staging="/"))
    for loader, name in _PLUGINS:
        loader.get(name, class_only=True)
