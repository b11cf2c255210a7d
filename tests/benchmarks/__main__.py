"""The command line of script/bench."""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks import (
    declarations,
    first_page,
    first_paint,
    history,
    inspecting,
    lessons,
    memory,
    personal,
    photos,
    plans,
    rewards,
    staff,
    submit,
    units,
)
from tests.benchmarks.house import House, house
from tests.benchmarks.many import fill
from tests.benchmarks.preparation import app_on, prepared
from tests.benchmarks.results import Figure, table, write_json
from tests.benchmarks.where_it_goes import profile
from tests.support.city import City


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def anonymous_submit(built: House, quick: bool) -> list[Figure]:
    prepared(built, "submits")
    return submit.measure(built, "submits", rounds=40 if quick else 300)


def filled(built: House, quick: bool) -> dict[str, City]:
    """Make the databases of few and of many cases; return the people of each."""
    sizes = {"few": (2_000, 1_000), "many": (20_000, 4_000) if quick else (200_000, 20_000)}
    cities = {}
    for database, (cases, open_cases) in sizes.items():
        cities[database] = prepared(
            built,
            database,
            partial(
                fill, built, database, cases=cases, open_cases=open_cases, waiting=400, say=say
            ),
        )
    return cities


def servers(built: House, quick: bool) -> staff.Servers:
    """Start portal and floor on many cases, and the portal on few."""
    return staff.serve(built, filled(built, quick))


def staff_pages(built: House, quick: bool) -> list[Figure]:
    return staff.measure(servers(built, quick), rounds=20 if quick else 100)


def oversight_page(built: House, quick: bool) -> list[Figure]:
    return staff.oversight(servers(built, quick), rounds=20 if quick else 60)


def verified_history(built: House, quick: bool) -> list[Figure]:
    filled(built, quick)
    return history.measure(built, "few", rounds=3)


def first_public_page(built: House, quick: bool) -> list[Figure]:
    prepared(built, "submits")
    return first_page.measure(built, "submits")


def slow_phone(built: House, quick: bool) -> list[Figure]:
    prepared(built, "submits")
    return first_paint.measure(built, "submits", rounds=5 if quick else 15)


def photos_of_a_crowd(built: House, quick: bool) -> list[Figure]:
    prepared(built, "submits")
    figures = photos.cleaning(rounds=5 if quick else 15)
    return [*figures, *photos.crowd(built, "submits", rounds=100 if quick else 300)]


def personal_data(built: House, quick: bool) -> list[Figure]:
    return personal.measure(rounds=1 if quick else 3)


def register_of_units(built: House, quick: bool) -> list[Figure]:
    sizes = {"units_few": 10_000, "units_many": 100_000 if quick else 1_000_000}
    cities = {
        database: prepared(
            built, database, partial(units.fill, built, database, count=count, say=say)
        )
        for database, count in sizes.items()
    }
    return units.measure(built, cities, rounds=5 if quick else 20)


def plan_of_many(built: House, quick: bool) -> list[Figure]:
    count = 20_000 if quick else 100_000
    fill_units = partial(units.fill, built, "plans", count=count, say=say)
    city = prepared(built, "plans", fill_units)
    return plans.measure(built, "plans", city, rounds=5 if quick else 15)


def ledger_of_rewards(built: House, quick: bool) -> list[Figure]:
    sizes = {"few_rewards": 1_000, "rewards": 10_000 if quick else 50_000}
    cities = {
        name: prepared(built, name, rewards.fill(built, name, count))
        for name, count in sizes.items()
    }
    return rewards.measure(built, cities, rounds=20 if quick else 100)


def sweep_of_lessons(built: House, quick: bool) -> list[Figure]:
    count = 20_000 if quick else 100_000
    fill_units = partial(units.fill, built, "lessons", count=count, say=say)
    city = prepared(built, "lessons", fill_units)
    many = 2_000 if quick else 10_000
    return lessons.measure(built, "lessons", city, lessons=many, rounds=3 if quick else 9)


def late_declarations(built: House, quick: bool) -> list[Figure]:
    count = 20_000 if quick else 100_000
    fill_units = partial(declarations.fill, built, "declarations", count=count, say=say)
    city = prepared(built, "declarations", fill_units)
    return declarations.measure(built, "declarations", city, rounds=10 if quick else 30)


def inspection_of_a_phone(built: House, quick: bool) -> list[Figure]:
    city = prepared(built, "inspecting")
    return inspecting.measure(built, city, "inspecting", rounds=1 if quick else 3)


MEASUREMENTS: dict[str, Callable[[House, bool], list[Figure]]] = {
    "submit": anonymous_submit,
    "staff": staff_pages,
    "oversight": oversight_page,
    "history": verified_history,
    "first-page": first_public_page,
    "photos": photos_of_a_crowd,
    "phone": slow_phone,
    "personal": personal_data,
    "units": register_of_units,
    "plans": plan_of_many,
    "rewards": ledger_of_rewards,
    "lessons": sweep_of_lessons,
    "declarations": late_declarations,
    "inspecting": inspection_of_a_phone,
}


def show_profile(built: House, file: Path) -> None:
    """Print where a submit's time goes, and write the whole tree to a file."""
    prepared(built, "submits")
    # No context around it: each request has its own session, as it has in a server.
    shares, tree = profile(app_on(built, "submits"), 100)
    for name, share in shares:
        print(f"{share:5.1f} %  {name}")
    file.write_text(tree)


def main() -> int:
    """Measure, print the table, and return 0 only if every figure keeps its limit."""
    parser = argparse.ArgumentParser(prog="script/bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="little data, few rounds")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="only this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep and reuse the data")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="profile a submit instead")
    parser.add_argument(
        "--memory", action="store_true", help="also a demo's memory and second starts"
    )
    given = parser.parse_args()
    figures: list[Figure] = []
    with house(given.keep) as built:
        if given.profile:
            show_profile(built, given.profile)
            return 0
        for name in given.only or MEASUREMENTS:
            say(name)
            figures += MEASUREMENTS[name](built, given.quick)
            built.held.pop_all().close()
    if given.memory:
        say("memory and starts")
        figures += memory.measure()
    print(table(figures))
    if given.json:
        write_json(given.json, figures, {"quick": given.quick, "only": given.only})
    return 0 if all(figure.is_good for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
