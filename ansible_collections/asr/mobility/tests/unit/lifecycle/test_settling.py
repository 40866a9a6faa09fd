"""Daemons may come up some seconds after an upgrade; a task that looked once would call a good upgrade a failure."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle import converge
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import AgentState, Presence

RUNNING = AgentState(
    presence=Presence.INSTALLED,
    version=AgentVersion(9, 66, 7567, 0),
    install_dir="/usr/local/ASR",
    daemons={"svagents": True, "appservice": True},
)
STARTING = replace(RUNNING, daemons={"svagents": False, "appservice": True})


class Host:
    """A host that shows one state after the other, and a clock that only moves while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *agents: AgentState) -> None:
        self.agents = list(agents)
        self.looks = 0
        self.now = 0.0
        monkeypatch.setattr(converge, "observe", self.observe)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def observe(self, target: object, query: object) -> SimpleNamespace:
        self.looks += 1
        agent = self.agents.pop(0) if len(self.agents) > 1 else self.agents[0]
        return SimpleNamespace(agent=agent)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def settle(promised: AgentState | None) -> AgentState:
    story: Any = SimpleNamespace(target=None, procedure=SimpleNamespace(query=None))
    return converge._settled(story, promised)


def test_daemons_that_come_up_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, STARTING, STARTING, RUNNING)
    assert settle(RUNNING) == RUNNING
    assert host.looks == 3


def test_daemons_that_stay_down_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, STARTING)
    assert settle(RUNNING) == STARTING
    assert 30 <= host.now < 40


def test_a_wrong_version_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, replace(STARTING, version=AgentVersion(9, 62, 7172, 0)))
    settle(RUNNING)
    assert host.looks == 1


@pytest.mark.parametrize("promised", [None, STARTING], ids=["nothing-promised", "no-daemons-promised"])
def test_without_a_promise_of_running_daemons_one_look_is_enough(
    monkeypatch: pytest.MonkeyPatch, promised: AgentState | None
) -> None:
    host = Host(monkeypatch, STARTING)
    settle(promised)
    assert host.looks == 1
