"""What a worker would read for each host is in memory before there are workers."""

from __future__ import annotations

from ansible import constants

from ansible_collections.asr.mobility.plugins.plugin_utils.installers.tags import load_table
from ansible_collections.asr.mobility.plugins.plugin_utils.mobility.outcomes import error_table, table


def test_importing_an_action_reads_the_tables_and_what_ssh_can_be_told() -> None:
    from ansible_collections.asr.mobility.plugins.action import mobility_agent  # noqa: F401  # the import is the test

    assert [cached.cache_info().currsize for cached in (table, error_table)] == [1, 1]
    assert load_table.cache_info().currsize >= 1
    assert constants.config.has_configuration_definition("connection", "ssh")
