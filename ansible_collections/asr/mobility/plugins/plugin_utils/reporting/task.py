# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins share: validated arguments in, one masked result out, errors turned into it here only."""

from __future__ import annotations

import abc
import contextlib
import time
import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.forks import read_ahead
from ansible_collections.asr.mobility.plugins.plugin_utils.reporting.masking import mask, secret_values
from ansible_collections.asr.mobility.plugins.plugin_utils.target.posix import PosixTarget

Result = dict[str, t.Any]
read_ahead()  # this import happens before the workers are forked


class MobilityTask(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """An action that refuses async, validates against its module's specification and answers in plain JSON types.

    A subclass sets specification (the module's ARGUMENT_SPEC) and writes answer(arguments, task_vars) -> dict.
    """

    specification: t.ClassVar[t.Mapping[str, t.Any]]
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = True

    @abc.abstractmethod
    def answer(self, arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Result:
        """Do the work; raise MobilityError for every "no"."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Called by Ansible for each host."""
        if self._task.async_val:
            return failure(_async_refused())
        super().run(tmp, task_vars)
        begun = time.monotonic()
        try:
            result = self.answer(self._validated(), task_vars or {})
        except MobilityError as error:
            result = failure(error)
        result["duration"] = round(time.monotonic() - begun, 3)
        return t.cast(Result, mask(result, self.secrets()))

    def secrets(self) -> frozenset[str]:
        """What must be in no result, asked for when the result is there; a subclass may know of more."""
        return secret_values(self.specification["argument_spec"], self._task.args)

    @contextlib.contextmanager
    def target(self) -> t.Iterator[PosixTarget]:
        """The host. What cannot be tidied up at the end is a warning and never hides the result."""
        target = PosixTarget(self)
        try:
            yield target
        finally:
            try:
                target.close()
            except (MobilityError, AnsibleError) as error:
                self._display.warning(f"An upload directory was not removed; a later task removes it. {error}")

    def _validated(self) -> t.Mapping[str, t.Any]:
        """The options with their types and defaults. ActionBase's own check would fail without a reason."""
        validation = ArgumentSpecValidator(**self.specification).validate(dict(self._task.args))
        if validation.error_messages:
            raise _options_refused(validation.error_messages)
        return t.cast("t.Mapping[str, t.Any]", validation.validated_parameters)


def failure(error: MobilityError) -> Result:
    """The failed result of a domain error, with whatever facts it was given on its way."""
    return {
        **error.facts,
        "failed": True,
        "changed": bool(error.facts.get("changed")),
        "msg": f"Found {error.found}; expected {error.expected}. {error.remedy}",
        "reason": error.reason.value,
        "found": error.found,
        "expected": error.expected,
        "remedy": error.remedy,
    }


def _options_refused(complaints: t.Sequence[str]) -> MobilityError:
    return MobilityError(
        Reason.INVALID_ARGUMENT,
        found="; ".join(complaints),
        expected="options as the module documents them",
        remedy="Correct the options of the task; ansible-doc shows what the module takes.",
    )


def _async_refused() -> MobilityError:
    return MobilityError(
        Reason.ASYNC_NOT_SUPPORTED,
        found="the async keyword",
        expected="a task without async",
        remedy="Remove it: it is not needed, because the installer runs detached from the connection.",
    )
