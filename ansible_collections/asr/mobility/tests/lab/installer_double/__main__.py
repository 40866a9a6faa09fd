"""Command line of the generator: ``python -m lab.installer_double --help``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.installer_double.archive import build
from lab.installer_double.faults import FAULTS
from lab.installer_double.spec import COMPRESSIONS, CONFIGS, DoubleSpec
from lab.installer_double.traps import TRAPS


def parser() -> argparse.ArgumentParser:
    tables = [f"  {name:34} {fault.meaning}" for name, fault in FAULTS.items()]
    tables += ["", "traps:", *(f"  {trap.name:34} {trap.fact}" for trap in TRAPS.values())]
    made = argparse.ArgumentParser(
        prog="python -m lab.installer_double",
        description="Write an archive that behaves like a Mobility service installer.",
        epilog="\n".join(["faults:", *tables]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", default=DoubleSpec.version, help="four numbers, as in the file name")
    made.add_argument("--tag", default=DoubleSpec.tag)
    made.add_argument("--date", default=DoubleSpec.date, help="ddMonYYYY")
    made.add_argument("--build", type=int, help="build of a version that ends in .0.0")
    made.add_argument("--output", type=Path, required=True, metavar="DIR")
    made.add_argument("--compression", choices=COMPRESSIONS, default=DoubleSpec.compression)
    made.add_argument("--config", choices=CONFIGS, default=DoubleSpec.config)
    made.add_argument("--fault", action="append", default=[], metavar="NAME")
    made.add_argument("--without-trap", action="append", default=[], metavar="NAME")
    made.add_argument("--kernel", action="append", default=[], metavar="RELEASE")
    made.add_argument("--payload-size", type=int, default=0, metavar="MiB")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    made = parser()
    given = made.parse_args(arguments)
    try:
        spec = DoubleSpec(
            version=given.version,
            tag=given.tag,
            date=given.date,
            build=given.build,
            compression=given.compression,
            config=given.config,
            faults=tuple(given.fault),
            without_traps=tuple(given.without_trap),
            kernels=tuple(given.kernel),
            payload_size=given.payload_size,
        )
        print(build(spec, given.output))
    except ValueError as error:
        made.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
