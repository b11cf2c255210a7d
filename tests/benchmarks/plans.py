"""A plan over 100,000 units: fixed, drawn and screened, against the SQL that reads them."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.plans import queries
from portal.plans.lifecycle import Wish
from portal.plans.services import draw_lot, make_plan, publish_plan
from portal.presets.checklists import in_force_checklists
from portal.presets.queries import in_force
from portal.units.models import Tie
from tests.benchmarks.house import House
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, ms
from tests.support.city import City

TIMES_SQL = 3
DRAWN, TIES = 500, 5_000
READ = (
    text("SELECT id FROM units"),
    text("SELECT unit_id, person_id FROM ties WHERE ended_at IS NULL"),
)
NUMBER = "03 08 15 20 26 33 11"


def measure(house: House, database: str, city: City, *, rounds: int) -> list[Figure]:
    """Draw by one number after another, each time from what stands in the database."""
    with portal_on(house, database):
        with unit_of_work(db.session()) as session:
            plan_id, took = planned(session, city)
        drawn, read = [], []
        for number in range(rounds + 1):
            read.append(timed(lambda: [db.session().execute(one).all() for one in READ]))
            drawn.append(timed(lambda: draw(plan_id, city, f"{NUMBER} {number}")))  # noqa: B023
    taken, floor = median(drawn[1:]), median(read[1:])
    return [
        Figure(
            name="plan over 100,000 units: drawn and screened, against the SQL that reads them",
            value=round(taken / floor, 2),
            unit="×",
            limit=TIMES_SQL,
            note=f"{ms(taken)} and {ms(floor)} ms; publishing, which fixes them, {ms(took)} ms",
        )
    ]


def timed(act: Any) -> float:
    """Return the seconds that something takes in a session that has read nothing."""
    db.session.remove()
    began = perf_counter()
    act()
    return perf_counter() - began


def draw(plan_id: UUID, city: City, number: str) -> None:
    """Draw as the press does, but for writing it down."""
    session = db.session()
    plan = queries.plan(session, city.actors["director"], plan_id)
    fixed = queries.published(session, plan_id)
    assert fixed is not None
    drawn, _ties, _seed = draw_lot(session, plan, fixed, number)
    assert len(drawn) == DRAWN


def planned(session: Session, city: City) -> tuple[UUID, float]:
    """Tie people to units, write a plan over all units and publish it."""
    now = datetime.now(UTC)
    preset, today = in_force(session, now), now.date()
    groups = [city.actors[name].group_id for name in ("lead", "other_lead")]
    people = [city.actors[name].person_id for name in ("lead", "member", "other_lead")]
    units = session.scalars(text("SELECT id FROM units ORDER BY id LIMIT :n"), {"n": TIES}).all()
    by = city.actors["administrator"].account_id
    session.execute(
        insert(Tie),
        [
            {"id": uuid4(), "person_id": people[n % 3], "unit_id": unit, "kind": "other",
             "declared_by": by, "declared_at": now}
            for n, unit in enumerate(units)
        ],
    )  # fmt: skip
    wish = Wish(
        kind="yearly",
        title="100,000",
        checklist=min(in_force_checklists(session, now)),
        group_ids=tuple(one for one in groups if one),
        starts_on=today,
        ends_on=today + timedelta(days=300),
        by_lot=True,
        draw_count=DRAWN,
        seed_on=today + timedelta(days=7),
    )
    director = city.actors["director"]
    plan = make_plan(session, director, wish, preset, now=now)
    began = perf_counter()
    publish_plan(session, director, plan.id, preset, now=now)
    return plan.id, perf_counter() - began
