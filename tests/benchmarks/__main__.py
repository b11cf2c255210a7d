"""The command line of script/bench."""

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks import submit
from tests.benchmarks.house import house
from tests.benchmarks.preparation import prepare
from tests.benchmarks.results import Figure, table, write_json

NAMES = ("submit",)


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, print the table, and return 0 only if every figure keeps its limit."""
    parser = argparse.ArgumentParser(prog="script/bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="little data, few rounds")
    parser.add_argument("--only", choices=NAMES, action="append", help="measure only this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    given = parser.parse_args()
    wanted = given.only or NAMES
    figures: list[Figure] = []
    with house() as built:
        if "submit" in wanted:
            say("submit: preparing")
            prepare(built, "few")
            say("submit: measuring")
            figures += submit.measure(built, "few", rounds=40 if given.quick else 200)
    print(table(figures))
    if given.json:
        write_json(given.json, figures, {"quick": given.quick, "only": given.only})
    return 0 if all(figure.is_good for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
