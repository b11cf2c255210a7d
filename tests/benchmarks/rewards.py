"""The ledger of 50,000 rewards: a page of it, first and deep, against that of a thousand."""

from collections.abc import Callable
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from flask import g, request
from sqlalchemy import insert

from portal.access.kinds import Actor
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.rewards.kinds import VoucherState
from portal.rewards.models import Voucher
from portal.rewards.queries.vouchers import OF_A_YEAR
from tests.benchmarks.house import House
from tests.benchmarks.preparation import app_on
from tests.benchmarks.results import Figure, ms
from tests.support.city import City

#: As the queue of many cases against that of few.
TIMES_FEW = 1.5
YEARS = (2024, 2025, 2026)


def fill(house: House, database: str, count: int) -> Callable[[City], None]:
    """Return what puts so many vouchers into a database, of three years and two states."""

    def filled(_city: City) -> None:
        states = (VoucherState.OFFERED, VoucherState.LAPSED)
        with unit_of_work(db.session()) as session:
            rows = [
                {
                    "id": uuid4(),
                    "number": f"{year}-J{number:04d}",
                    "place": year * OF_A_YEAR + number,
                    "amount": 200 + number % 3000,
                    "state": states[number % 2],
                    "decided_month": date(year, 1 + number % 12, 1),
                    "lapsed_month": date(year, 1 + number % 12, 1) if number % 2 else None,
                }
                for year in YEARS
                for number in range(1, count // len(YEARS) + 1)
            ]
            session.execute(insert(Voucher), rows)
        with house.cluster.superuser(database) as connection:
            connection.execute("VACUUM ANALYZE vouchers")

    return filled


def measure(house: House, cities: dict[str, City], *, rounds: int) -> list[Figure]:
    """Ask for the first page and one far behind, of few and of many, turn by turn."""
    few, many = (
        _pages(house, database, cities[database].treasurer)
        for database in ("few_rewards", "rewards")
    )
    taken: dict[str, list[float]] = {}
    for _round in range(rounds + 1):
        for name, pages in (("few", few), ("many", many)):
            for what, page in pages.items():
                began = perf_counter()
                page()
                taken.setdefault(f"{name} {what}", []).append(perf_counter() - began)
    found = {name: median(times[1:]) for name, times in taken.items()}
    return [
        Figure(
            name=f"ledger of 50,000 rewards: {what}, against that of a thousand",
            value=round(found[f"many {what}"] / found[f"few {what}"], 2),
            unit="×",
            limit=TIMES_FEW,
            note=f"{ms(found[f'many {what}'])} and {ms(found[f'few {what}'])} ms",
        )
        for what in ("first page", "a page far behind")
    ]


def _pages(house: House, database: str, treasurer: Actor) -> dict[str, Callable[[], Any]]:
    app = app_on(house, database)

    def sign_in() -> None:
        if "portal.actor" in request.environ:
            g.actor = request.environ["portal.actor"]

    app.before_request_funcs.setdefault(None, []).insert(0, sign_in)
    client = app.test_client()
    client.environ_base["portal.actor"] = treasurer
    behind = YEARS[0] * OF_A_YEAR + 200

    def page(address: str) -> Callable[[], None]:
        def asked() -> None:
            assert client.get(address).status_code == 200

        return asked

    return {
        "first page": page("/treasury"),
        "a page far behind": page(f"/treasury?after={behind}"),
    }
