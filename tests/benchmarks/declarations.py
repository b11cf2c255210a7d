"""The list of late declarations over 100,000 units, against SQL written by hand."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

from sqlalchemy import text

from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.selfinspections import queries
from portal.selfinspections.queries import Show
from portal.units.queries import Wanted
from tests.benchmarks import units
from tests.benchmarks.house import House
from tests.benchmarks.plans import timed
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, ms
from tests.support.city import City

TIMES_SQL = 2
MONTH = date(2026, 10, 1)
#: The first page by name and how many there are: what the page shows.
BY_HAND = (
    text("""SELECT u.id, u.name, u.jurisdiction, u.township, u.sector FROM units u
        JOIN self_schedules s ON s.unit_id = u.id AND s.from_on < '2026-11-01'
        LEFT JOIN declarations d ON d.unit_id = u.id AND d.month = '2026-10-01'
        WHERE d.id IS NULL AND (u.size IS NULL OR u.size IN ('large', 'medium', 'small'))
        ORDER BY u.name, u.id LIMIT 51"""),
    text("""SELECT count(*) FILTER (WHERE d.id IS NULL), count(d.id),
            count(d.id) FILTER (WHERE d.is_nil), count(d.id) FILTER (WHERE d.signer <> 'holds')
        FROM units u JOIN self_schedules s ON s.unit_id = u.id AND s.from_on < '2026-11-01'
        LEFT JOIN declarations d ON d.unit_id = u.id AND d.month = '2026-10-01'
        WHERE u.size IS NULL OR u.size IN ('large', 'medium', 'small')"""),
)
#: Nine of ten units have declared.
DECLARED = """WITH picked AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM units),
    words AS (SELECT id FROM texts LIMIT 1)
    INSERT INTO declarations (unit_id, month, id, is_nil, found_count, right_count, due_on, is_late,
        who_text_id, signer, signed_at, signed_by)
    SELECT picked.id, '2026-10-01', gen_random_uuid(), n % 3 <> 0, CASE WHEN n % 3 = 0 THEN 2 ELSE 0
        END, 0, '2026-11-10', false, words.id, 'holds', now(), gen_random_uuid()
    FROM picked, words WHERE n % 10 <> 0"""
WORDS = """INSERT INTO texts (id, kind, salt, body, commitment)
    VALUES (gen_random_uuid(), 'who', '\\x00', 'x', '\\x00')"""
TAKE_PART = """INSERT INTO self_schedules (unit_id, from_on, enrolled_at)
    SELECT id, '2026-09-01', now() FROM units"""


def fill(
    house: House, database: str, city: City, *, count: int, say: Callable[[str], None]
) -> None:
    """Put so many units into the register, let all take part and nine of ten declare."""
    units.fill(house, database, city, count=count, say=say)
    with house.cluster.superuser(database) as connection:
        for statement in (TAKE_PART, WORDS, DECLARED, "VACUUM ANALYZE"):
            connection.execute(statement.encode())


def measure(house: House, database: str, city: City, *, rounds: int) -> list[Figure]:
    """Ask for the first page and the counts as the page does, and by hand, in turn."""
    director, ours, by_hand = city.actors["director"], [], []

    def page() -> Any:
        session = db.session()
        preset = in_force(session, datetime.now(UTC))
        given = (session, director, MONTH)
        found = queries.of_month(*given, Show.MISSING, Wanted(), preset)
        return found, queries.counts_of_month(*given, Wanted(), preset)

    with portal_on(house, database):
        with unit_of_work(db.session()):
            found, counts = page()
            rows = [db.session().execute(one).all() for one in BY_HAND]
            assert [row.unit_id for row in found.rows] == [row.id for row in rows[0][:50]]
            assert list(counts.values()) == list(rows[1][0])
        for _each in range(rounds):
            by_hand.append(timed(lambda: [db.session().execute(one).all() for one in BY_HAND]))
            ours.append(timed(page))
    taken, floor = median(ours), median(by_hand)
    asked = counts[Show.MISSING] + counts[Show.DECLARED]
    return [
        Figure(
            name="late declarations among many units: a page and its counts, against SQL by hand",
            value=round(taken / floor, 2),
            unit="×",
            limit=TIMES_SQL,
            note=f"{ms(taken)} and {ms(floor)} ms over {asked} units that take part",
        )
    ]
