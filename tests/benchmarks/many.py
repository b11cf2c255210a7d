"""Very many cases: some walked along the road by the real services, then copied in other words.

A copy has ids, numbers, words, salts, commitments and leaves of its own and lies some weeks
later or earlier; its clocks are read anew by the real `readings`. A sample is checked against the
portal's own leaf and replay when all is there.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import rfc8785
from psycopg import sql
from sqlalchemy import select

from portal.access.kinds import Actor
from portal.cases.kinds import Finding, Priority, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.promises import as_fact
from portal.cases.lifecycle.replay import replay
from portal.cases.models import Case
from portal.cases.services import clock_row, file_report, move_case
from portal.clocks.readings import readings
from portal.foundation.db import db
from portal.foundation.grams import grams
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event, Text
from portal.history.services import as_json, leaf_hash
from portal.inspections.models import Inspection
from portal.presets.kinds import Preset
from portal.presets.queries import all_policies, in_force
from portal.reports.lifecycle import File
from portal.reports.models import Report
from tests.benchmarks.house import House
from tests.support.city import City

UUIDS = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TOKENS = re.compile(
    rf"{UUIDS}|\b[0-9a-f]{{64}}\b|\d{{4}}-\d\d-\d\dT[\d:.]+Z|\b\d{{4}}-\d{{4,}}\b(?!-)"
)
WEEK = timedelta(days=7)
#: How many weeks back closed cases reach, and open ones.
WEEKS_CLOSED, WEEKS_OPEN = 100, 6
WORKING = ("in_hand", "in_hand", "visited", "assigned")
ENDED = ("closed", "closed", "closed", "closed", "closed", "closed", "refused")
SAMPLE = 60
WHERE = (
    "一车间",
    "二车间",
    "仓库",
    "配电房",
    "宿舍楼",
    "冷库",
    "锅炉房",
    "装卸台",
    "楼梯间",
    "地下室",
)
WHAT = (
    "安全出口被锁", "灭火器过期", "气瓶倒放", "电线私拉乱接", "粉尘积得很厚", "叉车无证驾驶",
    "脚手架松动",
    "可燃气体报警器关着", "消防栓没有水", "液氨有味道", "行车限位失灵", "有限空间没有通风",
)  # fmt: skip
HOW = (
    "已经好几个月", "昨天晚上看到的", "工人都知道", "没有人管", "检查时临时打开", "里面住着人",
    "门口堆满纸箱",
    "旁边就是幼儿园", "夜班时最明显", "说过几次没有用", "每天都这样", "上周刚出过事",
)  # fmt: skip
SYLLABLES = "春江花月夜海东升平安泰和兴隆永昌盛达通利源丰宏伟业鑫瑞祥云龙金华美佳新远大成功"


@dataclass
class Model:
    """One case that the services made, with its rows as plain data."""

    events: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    rows: dict[str, list[dict[str, Any]]]
    is_open: bool
    is_waiting: bool
    #: Event rows as text with places for what differs: canonical form and payload.
    shapes: list[tuple["Shape", "Shape"]] = field(default_factory=list)


class Shape:
    """A text cut at its ids, hashes, times and numbers, to be filled with others."""

    def __init__(self, text: str) -> None:
        self.parts: list[str] = []
        self.keys: list[str] = []
        at = 0
        for found in TOKENS.finditer(text):
            self.parts.append(text[at : found.start()])
            self.keys.append(found[0])
            at = found.end()
        self.tail = text[at:]

    def filled(self, new: Mapping[str, str]) -> str:
        get = new.get
        pieces = [piece for pair in zip(self.parts, self.keys, strict=True)
                  for piece in (pair[0], get(pair[1], pair[1]))]  # fmt: skip
        return "".join(pieces) + self.tail


def walk(city: City, preset: Preset, begin: datetime, seed: int, until: str) -> UUID:
    """Walk one report along the road to `until` by the real services; return its case."""
    chance = random.Random(seed)  # noqa: S311  data for a bench
    categories = list(preset.taxonomy.categories)
    category = categories[seed * 7 % len(categories)]
    place = list(preset.taxonomy.jurisdictions)[seed % len(preset.taxonomy.jurisdictions)]
    moment = begin
    session = city.session

    def later(hours: float) -> datetime:
        nonlocal moment
        moment += timedelta(hours=hours * chance.uniform(0.5, 2))
        return moment

    def move(actor: Actor, kind: type[c.Command], /, **fields: Any) -> None:
        with unit_of_work(session) as own:
            own.expire_all()
            command = kind(case_id=case_id, seen=city.version(case_id), **fields)
            move_case(own, actor, command, now=moment, tell=False)

    with unit_of_work(session) as own:
        filed = file_report(
            own,
            Actor(role="reporter"),  # type: ignore[arg-type]
            File(text=sentence(chance), place=place_words(chance), jurisdiction=place,
                 claimed_category=category),
            nonce=chance.randbytes(16), now=moment,
        )  # fmt: skip
    case_id = filed.case_id
    if until == "waiting":
        return case_id
    later(6)
    if until == "refused":
        reason = next(iter(preset.taxonomy.refusal_reasons))
        move(city.dispatcher, c.Refuse, reason_code=reason, explanation="不属于安全生产。")
        return case_id
    move(city.dispatcher, c.Accept, kind="hazard", category=category, jurisdiction=place)
    later(1)
    fire = seed % 3 != 0
    lead, members = (
        (city.lead, (city.member, city.second_member))
        if fire
        else (city.other_lead, (city.other_member, city.other_lead))
    )
    move(
        city.dispatcher, c.Dispatch,
        group_id=lead.group_id, priority=Priority.URGENT if seed % 5 == 0 else Priority.NORMAL,
        suspected_major=False, reason="就近",
    )  # fmt: skip
    if until == "assigned":
        return case_id
    later(5)
    move(lead, c.SignFor)
    if until == "in_hand":
        return case_id
    later(30)
    move(
        members[0], c.Inspect,
        visited_at=moment, finding="现场查看，没有发现。",
        inspectors=tuple(one.person_id for one in members if one.person_id), hazards=(),
    )  # fmt: skip
    if until == "visited":
        return case_id
    later(20)
    move(lead, c.Verify, finding=Finding.NOT_TRUE, reason="现场查看")
    later(10)
    answers = ((filed.report_id, "我们到现场看了，没有发现您说的情况。"),)
    move(lead, c.Conclude, answers=answers)
    later(2)
    move(lead, c.Close, lesson_considered=True, reason="无隐患")
    return case_id


def sentence(chance: random.Random) -> str:
    unit = "".join(chance.choices(SYLLABLES, k=3))
    seen, one, other = chance.choice(WHAT), chance.choice(HOW), chance.choice(HOW)
    return f"{unit}公司{chance.choice(WHERE)}{seen}，{one}，{other}。"


def place_words(chance: random.Random) -> str:
    road = "".join(chance.choices(SYLLABLES, k=2))
    return f"{road}路 {chance.randrange(1, 400)} 号{chance.choice(WHERE)}"


def models_of(case_ids: Sequence[UUID]) -> Iterator[Model]:
    """Read what the services made of these cases."""
    session = db.session()
    for case_id in case_ids:
        rows = {
            model.__tablename__: [
                columns_of(row) for row in session.scalars(
                    select(model).where((model.id if model is Case else model.case_id) == case_id)
                )
            ]
            for model in (Case, Report, Inspection)
        }  # fmt: skip
        events = [
            columns_of(row)
            for row in session.scalars(
                select(Event).where(Event.case_id == case_id).order_by(Event.case_version)
            )
        ]
        texts = [
            columns_of(row) for row in session.scalars(select(Text).where(Text.case_id == case_id))
        ]
        state = rows["cases"][0]["state"]
        model = Model(events, texts, rows, state != State.CLOSED, state == State.RECEIVED)
        for event in events:
            entry = {
                "at": as_json(event["at"]), "case": str(event["case_id"]),
                "version": event["case_version"], "kind": str(event["kind"]),
                "from": event["from_state"], "to": event["to_state"], "role": str(event["role"]),
                "account": as_json(event["account_id"]), "person": as_json(event["person_id"]),
                "payload": event["payload"],
            }  # fmt: skip
            payload = json.dumps(event["payload"], ensure_ascii=False)
            model.shapes.append((Shape(rfc8785.dumps(entry).decode()), Shape(payload)))
        yield model


def columns_of(row: Any) -> dict[str, Any]:
    left_out = {"next_due_sort", "tx", "seq"} if not isinstance(row, Event) else {"tx"}
    return {
        column.key: getattr(row, column.key)
        for column in row.__table__.columns
        if column.key not in left_out
    }


class Copier:
    """Makes copies of models and puts them into the database by COPY."""

    def __init__(self, connection: Any, preset: Preset, policies: Any, now: datetime) -> None:
        self.connection = connection
        self.preset, self.policies, self.now = preset, policies, now
        self.chance = random.Random(2026)  # noqa: S311
        self.clock_cache: dict[tuple[int, int], Any] = {}
        self.rows: dict[str, list[Sequence[Any]]] = {}
        self.columns: dict[str, list[str]] = {}
        self.number = 10_000

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        if table not in self.columns:
            self.columns[table] = list(row)
            self.rows[table] = []
        self.rows[table].append(list(row.values()))

    def flush(self) -> None:
        for table, rows in self.rows.items():
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, self.columns[table]))
            )
            with self.connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            rows.clear()

    def uuid(self) -> UUID:
        return UUID(bytes=self.chance.randbytes(16), version=4)

    def copy(self, model: Model, weeks: int) -> None:
        """Put in one copy of the model, `weeks` weeks away from it."""
        shift = WEEK * weeks
        self.number += 1
        ids: dict[UUID, UUID] = {}
        new: dict[str, str] = {}

        def renamed(old: UUID) -> UUID:
            if old not in ids:
                ids[old] = self.uuid()
                new[str(old)] = str(ids[old])
            return ids[old]

        for rows in model.rows.values():
            for row in rows:
                renamed(row["id"])
        bodies: list[str] = []
        for text in model.texts:
            body = self.body(text)
            bodies.append(body)
            salt = self.chance.randbytes(16)
            commitment = hashlib.sha256(salt + body.encode()).digest()
            new[text["commitment"].hex()] = commitment.hex()
            self.put("texts", {
                "id": renamed(text["id"]), "case_id": ids[text["case_id"]], "kind": text["kind"],
                "salt": salt, "body": body, "commitment": commitment,
            })  # fmt: skip
        number = f"2025-{self.number}"
        new[model.rows["cases"][0]["number"]] = number
        found, nearest, times = self.clocks(model, weeks)
        new |= times

        def moved(key: str, value: Any) -> Any:
            if key == "number" and isinstance(value, str):
                return number
            if isinstance(value, UUID):
                return ids.get(value, value)
            if isinstance(value, datetime):
                return value + shift
            if isinstance(value, bytes):
                return self.chance.randbytes(len(value))
            return value

        for table, rows in model.rows.items():
            for row in rows:
                fresh = {key: moved(key, value) for key, value in row.items()}
                if table == "cases":
                    fresh |= {"next_due_at": nearest[0], "next_clock": nearest[1]}
                self.put(table, fresh)
        for event, (canonical, payload) in zip(model.events, model.shapes, strict=True):
            leaf = hashlib.sha256(b"\x00" + canonical.filled(new).encode()).digest()
            self.put("events", {
                "at": event["at"] + shift, "case_id": ids[event["case_id"]],
                "case_version": event["case_version"], "kind": event["kind"],
                "from_state": event["from_state"], "to_state": event["to_state"],
                "role": event["role"], "account_id": event["account_id"],
                "person_id": event["person_id"], "payload": payload.filled(new), "leaf": leaf,
            })  # fmt: skip
        case_id = ids[model.events[0]["case_id"]]
        for reading in found:
            row = clock_row(case_id, reading)
            row["subject"] = new.get(row["subject"], row["subject"])
            self.put("clock_readings", row)
        self.put("case_search", {"case_id": case_id, "grams": grams(number, *bodies)})

    def body(self, text: Mapping[str, Any]) -> str:
        makers: dict[str, Callable[[random.Random], str]] = {
            "report": sentence, "place": place_words,
        }  # fmt: skip
        make = makers.get(str(text["kind"]))
        return make(self.chance) if make else str(text["body"])

    def clocks(self, model: Model, weeks: int) -> tuple[Any, tuple[Any, Any], dict[str, str]]:
        """Return the readings of the model some weeks away, the nearest, and its times as text."""
        key = (id(model), weeks)
        if key not in self.clock_cache:
            shift = WEEK * weeks
            facts = []
            for event in model.events:
                fact = as_fact(Event(**event))
                facts.append(type(fact)(
                    kind=fact.kind, at=fact.at + shift, seq=fact.seq,
                    payload=fact.payload, case_id=fact.case_id,
                ))  # fmt: skip
            found = [
                reading
                for reading in readings(facts, self.policies, self.preset.calendar, as_of=self.now)
                if reading.started_at is not None
            ]
            running = [r for r in found if r.is_open and r.due_at is not None and not r.window]
            nearest = min(running, key=lambda r: (r.due_at, r.kind), default=None)
            pair = (nearest.due_at, nearest.kind) if nearest else (None, None)
            keys = {
                key
                for shapes in model.shapes
                for shape in shapes
                for key in shape.keys
                if "T" in key
            }
            times = {key: as_json(datetime.fromisoformat(key) + shift) for key in keys}
            self.clock_cache[key] = (found, pair, times)
        return self.clock_cache[key]


def fill(house: House, database: str, city: City, *, cases: int, open_cases: int, waiting: int,
         say: Callable[[str], None]) -> None:  # fmt: skip
    """Fill the database; run inside the portal's app context on it."""
    session = db.session()
    city.session = session
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    preset, policies = in_force(session, now), all_policies(session)
    session.rollback()
    monday = (now - timedelta(days=now.weekday())).replace(hour=1)
    made: dict[str, list[UUID]] = {}
    number = 0
    for until, count, back in (
        ("waiting", 14, 4), ("refused", 7, 8), ("assigned", 7, 4), ("in_hand", 14, 4),
        ("visited", 7, 4), ("closed", 42, 8),
    ):  # fmt: skip
        for _ in range(count):
            number += 1
            begin = monday - WEEK * back + timedelta(days=number % 5, hours=number * 5 % 9)
            made.setdefault(until, []).append(walk(city, preset, begin, number, until))
    models = {until: list(models_of(ids)) for until, ids in made.items()}
    session.rollback()
    connection = house.cluster.superuser(database)
    connection.execute("SET session_replication_role = replica")
    connection.execute("DROP INDEX ix_case_search_grams")
    copier = Copier(connection, preset, policies, now)
    chance = random.Random(7)  # noqa: S311
    left = {
        "waiting": waiting - len(made["waiting"]),
        "working": open_cases - waiting - sum(len(made[one]) for one in set(WORKING)),
        "ended": cases - open_cases - sum(len(made[one]) for one in set(ENDED)),
    }
    plan = (
        [("waiting", -3, 4)] * left["waiting"]
        + [(chance.choice(WORKING), -WEEKS_OPEN, 2) for _ in range(left["working"])]
        + [(chance.choice(ENDED), -WEEKS_CLOSED, 4) for _ in range(left["ended"])]
    )
    chance.shuffle(plan)
    for done, (until, first, last) in enumerate(plan, 1):
        copier.copy(chance.choice(models[until]), chance.randrange(first, last))
        if done % 4000 == 0:
            copier.flush()
        if done % 40_000 == 0:
            say(f"{database}: {done:,} of {len(plan):,} cases")
    copier.flush()
    connection.execute("SET session_replication_role = origin")
    connection.execute("CREATE INDEX ix_case_search_grams ON case_search USING gin (grams)")
    say(f"{database}: vacuum and statistics")
    connection.execute("VACUUM (ANALYZE)")
    connection.close()
    check(chance)


def check(chance: random.Random) -> None:
    """Stop unless leaves, commitments and columns of a sample are what the portal makes of them."""
    session = db.session()
    ids = list(session.scalars(select(Case.id).order_by(Case.number.desc()).limit(5000)))
    for case_id in chance.sample(ids, min(SAMPLE, len(ids))):
        events = list(
            session.scalars(
                select(Event).where(Event.case_id == case_id).order_by(Event.case_version)
            )
        )
        for event in events:
            fields = {key: getattr(event, key) for key in (
                "at", "case_id", "case_version", "kind", "from_state", "to_state", "role",
                "account_id", "person_id", "payload",
            )}  # fmt: skip
            if leaf_hash(**fields) != event.leaf:
                raise SystemExit(f"event {event.seq}: its leaf is not its own")
            for text in event.payload["texts"].values():
                row = session.get_one(Text, UUID(text["id"]))
                if row.commitment.hex() != text["commitment"]:
                    raise SystemExit(f"text {row.id}: not what its event committed to")
        row = session.get_one(Case, case_id)
        told = replay(events).case
        for name, value in told.items():
            if as_json(getattr(row, name)) != value:
                raise SystemExit(f"case {row.number}: {name} is not what its events give")
    session.rollback()
