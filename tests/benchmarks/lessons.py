"""The look-alike sweep: 10,000 lessons held against 100,000 units, and one with its list."""

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.cases.queries.alike import alike_units, reach, units_asked
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.lessons.kinds import LessonKind, LessonState
from portal.lessons.lifecycle import Conditions, Wording, conditions_of
from portal.lessons.models import Lesson
from portal.presets.checklists import in_force_checklists
from portal.presets.queries import in_force
from tests.benchmarks.house import House
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, ms
from tests.support.city import City

TIMES_SQL = 3
SEED = 12
SIZES = text(
    "UPDATE units SET size = (ARRAY['large', 'medium', 'small', 'micro'])"
    "[1 + (get_byte(uuid_send(id), 0) % 4)]"
)


def measure(house: House, database: str, city: City, *, lessons: int, rounds: int) -> list[Figure]:
    """Sweep all lessons at once, and one of them with the list of its units."""
    with portal_on(house, database):
        with unit_of_work(db.session()) as session:
            session.execute(SIZES)
            fill(session, city, lessons)
        all_at_once = [taken(lambda: everything(city)) for _round in range(rounds + 1)]
        one = [taken(lambda: a_single_one(city)) for _round in range(rounds + 1)]
    return [
        figure("look-alike sweep of 10,000 lessons over 100,000 units", all_at_once[1:]),
        figure("look-alike sweep of one lesson over 100,000 units, with its list", one[1:]),
    ]


def figure(name: str, rounds: list[tuple[float, float]]) -> Figure:
    took, floor = median(one for one, _read in rounds), median(read for _one, read in rounds)
    return Figure(
        name=f"{name}, against the SQL that reads them",
        value=round(took / floor, 2),
        unit="×",
        limit=TIMES_SQL,
        note=f"{ms(took)} and {ms(floor)} ms",
    )


def taken(act: Any) -> tuple[float, float]:
    """Return the seconds of an act and of the statements that read what it looks at, each in a
    session that has read nothing.
    """
    work, read = act()
    found = []
    for one in (work, read):
        db.session.remove()
        began = perf_counter()
        one(db.session())
        found.append(perf_counter() - began)
    return found[0], found[1]


def everything(city: City) -> tuple[Any, Any]:
    director = city.actors["director"]

    def work(session: Session) -> None:
        assert reach(session, director, in_force(session, datetime.now(UTC)))

    def read(session: Session) -> None:
        session.execute(units_asked(session, director)).all()
        session.scalars(select(Lesson).where(Lesson.state == LessonState.PUBLISHED)).all()

    return work, read


def a_single_one(city: City) -> tuple[Any, Any]:
    director = city.actors["director"]
    newest = select(Lesson).order_by(Lesson.changed_at.desc()).limit(1)

    def work(session: Session) -> None:
        one = session.scalars(newest).one()
        assert alike_units(session, director, one, in_force(session, datetime.now(UTC)))

    def read(session: Session) -> None:
        one = session.scalars(newest).one()
        session.execute(units_asked(session, director, conditions_of(one.conditions))).all()

    return work, read


def fill(session: Session, city: City, count: int) -> None:
    """Publish so many lessons with conditions of every kind; the same ones each time."""
    now = datetime.now(UTC)
    chance, preset = random.Random(SEED), in_force(session, now)  # noqa: S311  nothing secret
    places = [t.code for one in preset.taxonomy.jurisdictions.values() for t in one.townships]
    items = [
        f"{one.code}/{item}"
        for one in in_force_checklists(session, now).values()
        for item in one.items
    ]
    sectors = list(preset.taxonomy.sectors)
    text_id = _wording(session, city, now)
    rows = [
        {
            "id": UUID(int=chance.getrandbits(128), version=4),
            "kind": LessonKind.TYPICAL_CASE,
            "state": LessonState.PUBLISHED,
            "version": 4,
            "language": "zh_Hans_CN",
            "conditions": Conditions(
                sectors=frozenset(chance.sample(sectors, chance.choice((1, 1, 2)))),
                items=frozenset(chance.sample(items, chance.randrange(4))),
                sizes=frozenset(chance.sample(["large", "small", "micro"], chance.randrange(3))),
                places=frozenset(chance.sample(places, chance.randrange(3))),
            ).as_data(),
            "text_id": text_id,
            "drafted_at": now,
            "drafted_by": city.actors["lead"].account_id,
            "changed_at": now + timedelta(seconds=number),
            "read_by": city.actors["member"].person_id,
            "published_at": now,
            "published_by": city.actors["director"].person_id,
        }
        for number in range(count)
    ]
    session.execute(insert(Lesson), rows)


def _wording(session: Session, city: City, now: datetime) -> UUID:
    body = Wording(title="锁住的门", said={"facts": "门锁住了"}).as_body()
    row = new_text(None, TextKind.LESSON, body, uuid4())
    keep_texts(session, [row])
    told = {"texts": {"wording": TextRef(row["id"], row["commitment"])}}
    record(session, city.actors["lead"], EventKind.LESSON_CHANGED, at=now, payload=told)
    kept: UUID = row["id"]
    return kept
