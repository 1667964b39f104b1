"""`python -m bench [NAMES...] [--pupils N] [--strict]`: the table, line for line as it is made."""

import argparse
import sys

import bench.cases
import bench.delivery
import bench.exchange
import bench.feeds
import bench.figures
import bench.imports
import bench.pages
import bench.postgres
import bench.reports
import bench.rollover
import bench.start
import bench.tick
import bench.transition
from bench.report import HEADER, Line

ALL = {
    "rollover": bench.rollover.run,
    "import": bench.imports.run,
    "figures": bench.figures.run,
    "cases": bench.cases.run,
    "transition": bench.transition.run,
    "start": bench.start.run,
    "tick": bench.tick.run,
    "delivery": bench.delivery.run,
    "exchange": bench.exchange.run,
    "pages": bench.pages.run,
    "feeds": bench.feeds.run,
    "report": bench.reports.run,
    "postgres": bench.postgres.run,
}


def main() -> int:
    """Runs what is asked for; 1 where a target is missed and --strict asks."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--pupils", type=int, default=50_000)
    parser.add_argument("--strict", action="store_true")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(ALL)
    if unknown or asked.pupils < 1_200 or asked.pupils % 20:
        parser.error(f"names are {', '.join(ALL)}; pupils a multiple of 20, at least 1200")
    print(HEADER, flush=True)
    missed: list[Line] = []
    for name in asked.names or ALL:
        for line in ALL[name](asked.pupils):
            print(line.text(), flush=True)
            if line.holds is False:
                missed.append(line)
    return 1 if missed and asked.strict else 0


if __name__ == "__main__":
    sys.exit(main())
