"""The register of units: its search over 10,000 and over 1,000,000 units."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import quote
from uuid import UUID

from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.presets.kinds import Taxonomy
from portal.presets.queries import in_force
from portal.units.lifecycle.fields import UnitFields, search_grams
from tests.benchmarks.house import PORTAL, House
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, centile, interleaved, ms
from tests.benchmarks.staff import page, signed_in
from tests.support.city import City
from tests.support.staff import give_password

TIMES_FEW = 1.5
SEED = 11
HEADS = (
    "青岚禾川木槿白鹭湾星桥云栖竹影松果蓝汐麦田石榴晨帆桐叶鸣半夏雀溪山橙升平春江夜海华金永安文昌"
)
TRADES = (
    "机械有限公司",
    "化工有限公司",
    "包装有限公司",
    "纺织厂",
    "物流园",
    "饭店",
    "涂料有限公司",
)
STREETS = ("振兴路", "工业大道", "河滨路", "站前路", "青枫路", "凤栖路", "长虹巷", "花园路")
#: What people look for: from what one unit in thousands has to what nearly all have, in both
#: languages, one word and several.
WORDS = (
    "青川桥", "麦竹影", "云鹭", "白金山", "晨帆桐", "石海", "溪山橙 机械", "春江夜 振兴路",
    "有限公司", "机械", "化工", "涂料有限", "物流园", "振兴路", "工业大道 7", "路", "湖塘",
    "武进", "溧阳 饭店", "chemicals", "Wujin", "Fire safety", "Hutang 机械", "没有这家",
)  # fmt: skip


def rows(taxonomy: Taxonomy, count: int) -> Iterator[dict[str, Any]]:
    """Yield units as their table takes them; the same ones each time."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret is drawn from it
    moment = datetime.now(UTC)
    places = [(one.code, town) for one in taxonomy.jurisdictions.values() for town in one.townships]
    sectors = list(taxonomy.sectors)
    for _each in range(count):
        jurisdiction, town = chance.choice(places)
        fields = UnitFields(
            name="".join(chance.sample(HEADS, 3)) + chance.choice(TRADES),
            address=f"{town.name.zh}{chance.choice(STREETS)} {chance.randrange(1, 900)} 号",
            jurisdiction=jurisdiction,
            township=town.code,
            sector=chance.choice(sectors),
        )
        yield {
            "id": UUID(int=chance.getrandbits(128), version=4),
            "name": fields.name,
            "address": fields.address,
            "jurisdiction": fields.jurisdiction,
            "township": fields.township,
            "sector": fields.sector,
            "report_token": f"{chance.getrandbits(128):032x}",
            "grams": search_grams(fields),
            "created_at": moment,
        }


def fill(
    house: House, database: str, _city: City, *, count: int, say: Callable[[str], None]
) -> None:
    """Put so many units into the register, and let PostgreSQL look at them."""
    with unit_of_work(db.session()) as session:
        taxonomy = in_force(session, datetime.now(UTC)).taxonomy
    with house.cluster.superuser(database) as connection:
        connection.execute("DROP INDEX ix_units_grams")
        columns = ", ".join(next(rows(taxonomy, 1)))
        into = f"COPY units ({columns}) FROM STDIN".encode()
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows(taxonomy, count):
                copy.write_row(tuple(row.values()))
        say(f"{count} units are in; now their index")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("CREATE INDEX ix_units_grams ON units USING gin (grams)")
        connection.execute("VACUUM ANALYZE units")


def measure(house: House, cities: dict[str, City], *, rounds: int) -> list[Figure]:
    """Ask both registers for the same words in turn; compare what nineteen of twenty take."""
    browsers = {}
    for database, city in cities.items():
        with portal_on(house, database):
            give_password(lambda: db.session(), city.actors["lead"])
        browsers[database] = signed_in(house.serve(PORTAL, house.environment(database)), "lead")
    times: dict[str, list[float]] = {database: [] for database in browsers}
    by_word = {}
    for words in WORDS:
        asked = f"/staff/units?q={quote(words)}"
        taken = interleaved(
            {database: page(browser, asked) for database, browser in browsers.items()},
            rounds,
            warm_up=2,
        )
        for database, values in taken.items():
            times[database] += values
        by_word[words] = {database: ms(median(values)) for database, values in taken.items()}
    few, many = (centile(times[database], 0.95) for database in ("units_few", "units_many"))
    return [
        Figure(
            name="register of units: search p95, many against few",
            value=round(many / few, 2),
            unit="×",
            limit=TIMES_FEW,
            note=f"p95 {ms(many)} and {ms(few)} ms over {len(WORDS)} searches",
            detail=by_word,
        )
    ]
