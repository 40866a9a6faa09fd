# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a host and know that it did: what a boot leaves behind is compared, never how long it took."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible.errors import AnsibleError

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.readiness import is_at_work
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.refusals import unread_run
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import HostState
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, Script, Target
from ansible_collections.asr.mobility.plugins.plugin_utils.target.shell_library import library, parse_facts

_PAUSE = 3  # seconds between two looks at a host that is restarting
_OVER = (RunPhase.FINISHED, RunPhase.DEAD)


class Restartable(Target, t.Protocol):
    """A target whose open connection can be let go of, because the host it leads to is going to restart."""

    def reconnect(self) -> None:
        """The next script opens a new connection."""


Connect = t.Callable[[], t.ContextManager[Restartable]]  # a new target object, closed at its end


def check_may_reboot(observed: HostState) -> None:
    """Refuse what may leave a host that cannot boot: images not put back, or an installer cut off at them."""
    if observed.initrd_in_doubt:
        raise MobilityError(
            Reason.INITRD_NOT_RESTORED,
            found="an installer could not put the initrd images of this host back",
            expected="a host that can boot",
            remedy="Do not restart it before its initrd images have been made anew.",
        )
    if observed.run.phase in _OVER:  # it may have ended 163, or in the middle of an initrd image
        raise unread_run(observed)
    ours = "our own installation run" if is_at_work(observed) else None
    busy = ours or observed.other_installer
    if busy:
        raise MobilityError(
            Reason.RUN_IN_PROGRESS,
            found=f"{busy} is still at work",
            expected="a host on which no installer works before it is restarted",
            remedy="Wait for it to end, then run again.",
        )


def reboot(connect: Connect, timeout: int) -> None:
    """Restart the host and wait until it shows another boot; reboot_failed when it did not within the time."""
    until = time.monotonic() + timeout
    with connect() as target:
        before = _mark(target)
        with contextlib.suppress(AnsibleError, MobilityError):  # the connection may end before the answer comes
            _ask(target)
        target.reconnect()
    while _mark_of(connect) in (None, before):
        if time.monotonic() + _PAUSE >= until:
            raise _not_back(timeout)
        time.sleep(_PAUSE)


def _ask(target: Target) -> None:
    target.run(Script(name="reboot", text=library("process", "reboot")))


def _mark(target: Target) -> str:
    script = Script(name="boot_mark", text=library("process", "boot_mark"), read_only=True, any_user=True)
    return parse_facts(target.run(script).output)["mark"]


def _mark_of(connect: Connect) -> str | None:
    """None while the host cannot be reached, or is just going down."""
    try:
        with connect() as target:
            return _mark(target)
    except (AnsibleError, MobilityError):
        return None


def _not_back(timeout: int) -> MobilityError:
    return MobilityError(
        Reason.REBOOT_FAILED,
        found=f"the same boot as before, or no answer, for {timeout} seconds",
        expected="a host that restarts and answers again",
        remedy="Look at the host's console; raise asr_mobility_reboot_timeout when it only needs longer.",
    )
