"""What remove_directory leaves where it cannot remove everything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.asr.mobility.plugins.plugin_utils.failure import MobilityError, Reason
from unit.target.conftest import MakeCase


def test_of_a_mount_point_the_empty_directory_stays(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    staging = Path(case.staging)
    staging.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", case.staging], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr}")
    try:
        case.target.make_private_directory(case.staging)
        (staging / "file").touch()
        case.target.remove_directory(case.staging)
        assert list(staging.iterdir()) == []
        case.target.make_private_directory(case.staging)
        case.target.remove_directory(case.staging)
    finally:
        subprocess.run(["umount", case.staging], check=True)


def test_a_mount_below_the_directory_is_an_error(make_case: MakeCase, shell: str) -> None:
    case = make_case(shell)
    case.target.make_private_directory(case.staging)
    below = Path(case.staging, "below")
    below.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(below)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr}")
    try:
        with pytest.raises(MobilityError) as caught:
            case.target.remove_directory(case.staging)
        assert caught.value.reason is Reason.SCRIPT_FAILED
    finally:
        subprocess.run(["umount", str(below)], check=True)
