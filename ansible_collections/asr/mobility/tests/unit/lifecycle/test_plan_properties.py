# Copyright (c) 2026, the asr.mobility contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every host, however strange: generated states, wishes and offers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.version import AgentVersion, VersionSpec
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.manifest import write_manifest
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.model import (
    Change,
    Desired,
    Offer,
    Plan,
    StepName,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.plan import Sizes, needs_offer, plan
from ansible_collections.asr.mobility.plugins.plugin_utils.lifecycle.upgrade import allowed_changes
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import shortfalls
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.state import (
    AgentState,
    Filesystem,
    HostState,
    Presence,
    Registration,
    Stack,
)
from ansible_collections.asr.mobility.plugins.plugin_utils.target.contract import RunPhase, RunStatus
from unit.lifecycle.states import host, offer

versions = st.builds(
    AgentVersion,
    st.integers(8, 10),
    st.integers(0, 12),
    st.integers(0, 2).map(lambda number: number * 100),
    st.integers(0, 1),
)
specs = st.builds(VersionSpec, st.integers(8, 10), st.integers(0, 12)) | versions.map(
    lambda found: VersionSpec(found.major, found.minor, found.build, found.revision)
)
tags = st.sampled_from(["DEBIAN12-64", "DEBIAN11-64", "RHEL9-64"])
platforms = st.sampled_from(["VmWare", "Azure", "AzureStackHub"])
roles = st.sampled_from(["agent", "master_target"])
stacks = st.sampled_from(list(Stack))
directories = st.sampled_from(["/usr/local/ASR", "/opt/ASR", "/opt", "/usr/local/ASR/ASR"])
daemons = st.fixed_dictionaries({"svagents": st.booleans(), "appservice": st.booleans()})
strange_manifests = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["install", "upgrade", "uninstall", ""]),
        "version": versions.map(str) | st.text(max_size=5),
        "tag": tags,
    },
)
agents = st.builds(
    AgentState,
    presence=st.sampled_from(list(Presence)),
    version=st.none() | versions,
    tag=st.none() | tags,
    install_dir=st.none() | directories,
    platform=st.none() | platforms,
    role=st.none() | roles,
    stack=st.none() | stacks,
    registration=st.sampled_from(list(Registration)),
    daemons=daemons,
    record_backup=st.booleans(),
    record_is_stale=st.booleans(),
).map(lambda agent: replace(agent, version=None) if agent.presence is Presence.ABSENT else agent)
wishes = st.builds(
    Desired,
    stack=stacks,
    platform=platforms,
    role=roles,
    install_dir=directories,
    version=st.none() | specs,
    latest=st.booleans(),
    allow_change=st.frozensets(st.sampled_from(list(Change))),
    started=st.booleans(),
)
offers = st.builds(Offer, st.just("file"), versions, tags, st.booleans())
manifests = strange_manifests | st.builds(
    write_manifest, st.sampled_from([StepName.INSTALL, StepName.UPGRADE]), offers, wishes, agents
)
healthy_agents = st.builds(
    AgentState,
    presence=st.just(Presence.INSTALLED),
    version=versions,
    tag=st.just("DEBIAN12-64"),
    install_dir=st.just("/usr/local/ASR"),
    platform=platforms,
    role=roles,
    stack=stacks,
    registration=st.just(Registration.OK),
    daemons=st.just({"svagents": True, "appservice": True}),
)
filesystems = st.builds(
    Filesystem,
    path=st.just("/"),
    free_bytes=st.integers(0, 1 << 42),
    device=st.sampled_from(["/dev/sda1", "/dev/sdb1", "overlay"]),
    kind=st.sampled_from(["ext4", "tmpfs", ""]),
    noexec=st.booleans(),
    read_only=st.booleans(),
)
strange_hosts = st.builds(
    replace,
    st.just(host()),
    uid=st.sampled_from([0, 0, 0, 1000, -1]),
    architecture=st.sampled_from(["x86_64", "x86_64", "aarch64", ""]),
    tag=st.none() | tags,
    agent=agents,
    filesystems=st.dictionaries(st.sampled_from(["root", "prefix", "staging", "upload"]), filesystems),
    tools=st.dictionaries(st.sampled_from(["bash", "tar"]), st.booleans()),
    run=st.builds(RunStatus, st.sampled_from(list(RunPhase)), manifests),
    other_installer=st.none() | st.just("./install"),
)
fit_hosts = st.builds(
    replace,
    st.just(host()),
    agent=agents,
    run=st.builds(RunStatus, st.sampled_from([RunPhase.NONE, RunPhase.DEAD, RunPhase.FINISHED]), manifests),
)
hosts = strange_hosts | fit_hosts
sizes = st.none() | st.builds(
    Sizes, st.none() | st.integers(0, 1 << 32), st.none() | st.integers(0, 1 << 34), st.booleans()
)


@given(hosts, wishes, st.none() | offers, sizes)
def test_a_plan_is_steps_or_one_refusal_and_never_crashes(
    observed: HostState, desired: Desired, offered: Offer | None, known: Sizes | None
) -> None:
    found = plan(observed, desired, offered, known)
    if found.refusal is not None:
        assert not found.steps
        assert found.refusal.found
        assert found.refusal.remedy
    else:
        assert found.promised is not None
    assert len([step for step in found.steps if step.name in (StepName.INSTALL, StepName.UPGRADE)]) <= 1


@given(hosts, wishes, st.none() | offers)
def test_no_plan_lowers_a_version(observed: HostState, desired: Desired, offered: Offer | None) -> None:
    installed = observed.agent.version
    found = plan(observed, desired, offered)
    programs_are_gone = observed.agent.presence is Presence.HALF_REMOVED and observed.agent.record_is_stale
    if installed is None or not found.changes or observed.agent.presence is Presence.HALF_INSTALLED:
        return
    if programs_are_gone:  # what is installed afresh replaces nothing
        return
    assert found.promised is not None
    assert found.promised.version is not None
    assert not installed.newer_than(found.promised.version)


@given(healthy_agents, wishes, st.none() | offers)
def test_a_registered_agent_is_touched_only_for_a_newer_version_that_was_asked_for(
    agent: AgentState, desired: Desired, offered: Offer | None
) -> None:
    found = plan(host(agent), desired, offered)
    if not found.changes:
        assert found.refusal is not None or found.promised == agent
        return
    assert offered is not None
    assert agent.version is not None
    if not allowed_changes(agent, desired):  # each of them was asked for by name, whatever the version
        assert offered.version.newer_than(agent.version)
        assert offered.exact or desired.latest or desired.version is not None
    assert not agent.version.newer_than(offered.version)
    assert agent.stack is desired.stack or Change.STACK in desired.allow_change
    same_platform = agent.platform == desired.platform or (agent.platform, desired.platform) == (
        "Azure",
        "AzureStackHub",
    )
    assert same_platform or Change.PLATFORM in desired.allow_change
    assert agent.role == desired.role


def after(observed: HostState, found: Plan) -> HostState:
    """The host when every step has worked."""
    assert found.promised is not None
    return replace(observed, agent=found.promised, run=RunStatus())


@given(hosts, wishes, offers)
def test_the_plan_of_the_promised_state_is_empty(observed: HostState, desired: Desired, offered: Offer) -> None:
    found = plan(observed, desired, offered)
    if found.refusal is not None or any(step.name is StepName.ADOPT_RUN for step in found.steps):
        return
    again = plan(after(observed, found), desired, offered)
    assert again.refusal is None
    assert not again.steps
    assert again.promised == found.promised
    assert shortfalls(again.promised or AgentState(), found.promised or AgentState()) == []


@given(hosts, wishes, offers)
def test_when_no_offer_is_needed_a_directory_changes_nothing_of_the_plan(
    observed: HostState, desired: Desired, offered: Offer
) -> None:
    offered = replace(offered, exact=False)
    fits = desired.version is None or desired.version.accepts(offered.version)
    if not fits or needs_offer(observed, desired, source_is_exact=False):
        return
    with_offer, without_offer = plan(observed, desired, offered), plan(observed, desired, None)
    assert with_offer.steps == without_offer.steps
    assert (with_offer.refusal is None) is (without_offer.refusal is None)
    if with_offer.refusal is not None and without_offer.refusal is not None:
        assert with_offer.refusal.reason is without_offer.refusal.reason


@settings(max_examples=30)
@given(st.sampled_from(["9.66.7567.1", "9.63.0.0", "9.50.6409.0"]), directories.filter(lambda path: path != "/opt"))
def test_a_fresh_installation_converges(number: str, directory: str) -> None:
    desired = Desired(install_dir=directory)
    found = plan(host(), desired, offer(number))
    assert (found.refusal is None) is (directory != "/usr/local/ASR/ASR")
    if found.refusal is None:
        assert plan(after(host(), found), desired, offer(number)).steps == ()
