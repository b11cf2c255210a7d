"""Real logs come in as cases: one event `imported` each, in batches of many rows a statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, String, Table, Uuid, bindparam, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.accounts.queries import live_groups
from portal.cases import queries
from portal.cases.kinds import Resolution, Source, State
from portal.cases.models import Case, CaseSearch, ImportRow
from portal.cases.services.starting import Start, first_columns
from portal.cases.services.writing import CLOCK_READINGS, clock_rows, nearest, next_number
from portal.clocks.reading import Reading
from portal.foundation.grams import grams
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_event, new_text, record_many
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.routing.matters import matter_of

CHANNEL = "imported"
#: Stands between grams; none holds it, since they are cut from words.
BETWEEN = " "
_CASES = cast(Table, Case.__table__)
_SEARCH = cast(Table, CaseSearch.__table__)
_ROWS = cast(Table, ImportRow.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One row of a foreign log, in our codes. With `closed_at` it comes in closed."""

    #: Names the row within its source for ever: a second import knows it by that.
    key: str
    opened_at: datetime
    closed_at: datetime | None = None
    resolution: Resolution | None = None
    summary: str
    place: str = ""
    kind: str = "hazard"
    category: str | None = None
    jurisdiction: str | None = None


def import_cases(
    session: Session, actor: Actor, source: str, rows: Sequence[Imported], *, now: datetime
) -> int:
    """Take in a batch of a log as cases and return how many were new.

    A row whose key came in before under the same `source` is passed over. Each case gets the one
    event `imported`, told `now`, with the times of the log in what it sets. Nobody is told. What
    comes in open waits for the dispatcher, from now on. Raises NotAllowed.
    """
    require(actor, Action.IMPORT)
    preset = in_force(session, now)
    fresh = _claimed(session, source, rows)
    batch = _Batch(session, preset, actor, source, now)
    zone = preset.limits.zone
    by_year = sorted(fresh, key=lambda item: item[1].opened_at.astimezone(zone).year)
    for year, group in groupby(by_year, key=lambda item: item[1].opened_at.astimezone(zone).year):
        batch.add(year, list(group))
    batch.write()
    return len(fresh)


def _claimed(
    session: Session, source: str, rows: Iterable[Imported]
) -> list[tuple[UUID, Imported]]:
    """Claim the keys that nobody imported yet; who imports the same now waits for the other."""
    wanted = {row.key: (uuid4(), row) for row in reversed(list(rows))}
    if not wanted:
        return []
    # Two arrays, not a row of VALUES each: SQLAlchemy would compile every one of those anew.
    claims = select(
        literal(source),
        func.unnest(literal(list(wanted), ARRAY(String))),
        func.unnest(literal([case_id for case_id, _row in wanted.values()], ARRAY(Uuid))),
    )
    claimed = session.scalars(
        upsert(_ROWS)
        .from_select(["source", "key", "case_id"], claims)
        .on_conflict_do_nothing()
        .returning(_ROWS.c.key)
    )
    taken = set(claimed)
    return [pair for key, pair in reversed(wanted.items()) if key in taken]


class _Batch:
    """The rows of all tables of a batch, gathered and written by one statement each."""

    def __init__(
        self, session: Session, preset: Preset, actor: Actor, source: str, now: datetime
    ) -> None:
        self.session, self.preset, self.actor = session, preset, actor
        self.source, self.now = source, now
        today = now.astimezone(preset.limits.zone).date()
        self._groups = list(live_groups(session, on=today).values())
        self._by_code = {group.code: group for group in self._groups}
        self._desks: dict[tuple[str | None, str | None, str], UUID] = {}
        self._cases: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._readings: list[dict[str, Any]] = []
        self._grams: list[dict[str, Any]] = []

    def add(self, year: int, fresh: Sequence[tuple[UUID, Imported]]) -> None:
        """Add the rows of one year, which share a counter of numbers."""
        first = next_number(self.session, "case", year, len(fresh))
        for place, (case_id, row) in enumerate(fresh):
            self._add(case_id, f"{year}-{first + place:04d}", row)

    def _add(self, case_id: UUID, number: str, row: Imported) -> None:
        texts = {"summary": new_text(case_id, TextKind.SUMMARY, row.summary)}
        if row.place:
            texts["place"] = new_text(case_id, TextKind.PLACE, row.place)
        state = State.CLOSED if row.closed_at else State.RECEIVED
        columns = first_columns(self._start(case_id, row, state), number, texts["summary"]["id"])
        facts = {
            "source": self.source,
            "state": state,
            "opened_at": row.opened_at,
            "closed_at": row.closed_at,
        }
        clocks = self._clocks(case_id, facts) if state is State.RECEIVED else ()
        self._texts += texts.values()
        self._cases.append(
            {"id": case_id, "version": 1, "state": state, **columns, **nearest(clocks)}
        )
        self._readings += clock_rows(case_id, clocks).values()
        found = grams(number, row.summary, row.place)
        self._grams.append({"case_id": case_id, "joined": BETWEEN.join(found)})
        self._events.append(
            new_event(
                self.actor,
                EventKind.IMPORTED,
                at=self.now,
                case_id=case_id,
                case_version=1,
                to_state=state,
                payload={
                    **facts,
                    "set": columns,
                    "rows": {},
                    "texts": {
                        key: TextRef(text["id"], text["commitment"]) for key, text in texts.items()
                    },
                },
            )
        )

    def _start(self, case_id: UUID, row: Imported, state: State) -> Start:
        known = self.preset.taxonomy.categories.get(row.category or "")
        return Start(
            id=case_id,
            source=Source.IMPORT,
            kind=row.kind,
            channel=CHANNEL,
            jurisdiction=row.jurisdiction,
            category=row.category,
            sector=known.sector if known else None,
            desk_id=self._desk(row),
            opened_at=row.opened_at,
            state=state,
            also={"closed_at": row.closed_at, "resolution": row.resolution},
        )

    def _desk(self, row: Imported) -> UUID:
        """Return the desk that the rules name for such a row, else the duty desk."""
        asked = (row.jurisdiction, row.category, row.kind)
        if asked not in self._desks:
            matter = matter_of(
                self.preset.taxonomy,
                at=self.now.astimezone(self.preset.limits.zone),
                jurisdiction=row.jurisdiction,
                category=row.category,
                kind=row.kind,
                channel=CHANNEL,
            )
            target = self._by_code.get(queries.proposal(matter, self.preset, self._groups).to)
            if target is None or target.kind != "desk":
                target = self._by_code[self.preset.routing.rules[-1].to]
            self._desks[asked] = target.id
        return self._desks[asked]

    def _clocks(self, case_id: UUID, facts: Mapping[str, Any]) -> tuple[Reading, ...]:
        return queries.first_clocks(
            self.session,
            case_id,
            EventKind.IMPORTED,
            {**facts, "state": str(facts["state"])},
            calendar=self.preset.calendar,
            now=self.now,
            by=self.actor.role,
        )

    def write(self) -> None:
        """Write all that was gathered; texts and cases first, since the others refer to them."""
        if not self._cases:
            return
        keep_texts(self.session, self._texts)
        self.session.execute(insert(_CASES), self._cases)
        record_many(self.session, self._events)
        if self._readings:
            self.session.execute(insert(CLOCK_READINGS), self._readings)
        # One string a row: writing out arrays of hundreds took as long as storing them.
        split = func.string_to_array(bindparam("joined", type_=String), BETWEEN)
        self.session.execute(insert(_SEARCH).values(grams=split), self._grams)
