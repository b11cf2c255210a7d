"""Which version of each part holds at a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from portal.foundation.errors import SettingError
from portal.presets.contents import PARTS, Value, from_content
from portal.presets.kinds import Calendar, Preset, PresetKind, PresetSource, TimeLimitPolicy
from portal.presets.loader import OPTIONAL_KINDS, assemble
from portal.presets.models import PresetVersion


@dataclass(frozen=True, slots=True)
class VersionHead:
    """A stored version without its content."""

    id: UUID
    kind: PresetKind
    version: int
    holds_from: datetime
    digest: str
    source: PresetSource
    loaded_at: datetime
    code: str = ""


HEADS = "preset_heads"
_HEADS = select(*(getattr(PresetVersion, field.name) for field in fields(VersionHead))).order_by(
    PresetVersion.version
)
# A version never changes, so what was read once stays right in every process; an entry whose
# transaction was rolled back is never asked for again.
_values: dict[UUID, Value] = {}
_presets: dict[tuple[UUID, ...], Preset] = {}


def in_force(session: Session, at: datetime) -> Preset:
    """Return everything that holds at `at`; before the first versions, those.

    One small query; contents are read once a process. Raises SettingError if nothing is stored.
    """
    stored = heads(session)
    chosen = [head for kind in PARTS if (head := current(stored, kind, at))]
    ids = tuple(head.id for head in chosen)
    preset = _presets.get(ids)
    if preset is None:
        missing = [
            kind.value
            for kind in PARTS
            if kind not in OPTIONAL_KINDS and kind not in {head.kind for head in chosen}
        ]
        if missing:
            raise SettingError(
                f"No preset is stored for {', '.join(missing)}: run flask presets load."
            )
        found = values(session, chosen)
        preset = assemble({head.kind: found[head.id] for head in chosen})
        _presets[ids] = preset
    return preset


def all_policies(session: Session) -> tuple[TimeLimitPolicy, ...]:
    """Return every time-limit policy that holds, held or will hold, by the order of holding."""
    chosen = _timeline(heads(session), PresetKind.LIMITS)
    found = values(session, chosen)
    return tuple(cast(TimeLimitPolicy, found[head.id]) for head in chosen)


def all_calendars(session: Session) -> tuple[tuple[datetime, Calendar], ...]:
    """Return every calendar with the moment from which pages reckoned by it, by that order.

    One that holds from a day before it was loaded was not known until then.
    """
    chosen = _timeline(heads(session), PresetKind.CALENDAR)
    found = values(session, chosen)
    return tuple(
        (max(head.holds_from, head.loaded_at), cast(Calendar, found[head.id])) for head in chosen
    )


def version(session: Session, kind: PresetKind, number: int, code: str = "") -> Value | None:
    """Return one stored version, e.g. the rule set that an old explanation names."""
    for head in heads(session):
        if (head.kind, head.code, head.version) == (kind, code, number):
            return values(session, [head])[head.id]
    return None


def heads(session: Session) -> Sequence[VersionHead]:
    """Return all versions without their contents, in the order of their numbers.

    They are read once in a unit of work, which thus sees the same ones from start to end.
    """
    kept: Sequence[VersionHead] | None = session.info.get(HEADS)
    if kept is None:
        # A service asks in the middle of a change: that must not send half of it to the database.
        with session.no_autoflush:
            kept = [VersionHead(*row) for row in session.execute(_HEADS)]
        session.info[HEADS] = kept
    return kept


def forget_heads(session: Session) -> None:
    """Read anew what is stored when it is next asked for."""
    session.info.pop(HEADS, None)


@event.listens_for(Session, "after_transaction_end")
def forget_in_the_end(session: Session, transaction: SessionTransaction) -> None:
    """Let the next unit of work see what another process loaded meanwhile."""
    if transaction.parent is None or transaction.nested:
        forget_heads(session)


@event.listens_for(Session, "after_flush")
def forget_flushed(session: Session, context: UOWTransaction) -> None:
    """Let this unit of work see what it loaded itself."""
    if any(isinstance(row, PresetVersion) for row in session.new):
        forget_heads(session)


def current(
    stored: Iterable[VersionHead], kind: PresetKind, at: datetime, code: str = ""
) -> VersionHead | None:
    """Return the version of `kind` (and `code`, where there are several) that holds at `at`."""
    return _at(_timeline(stored, kind, code), at)


def values(session: Session, wanted: Iterable[VersionHead]) -> dict[UUID, Value]:
    """Return the values of versions by id, reading only those that this process does not hold."""
    wanted = list(wanted)
    missing = {head.id: head for head in wanted if head.id not in _values}
    if missing:
        query = select(PresetVersion.id, PresetVersion.content).where(PresetVersion.id.in_(missing))
        with session.no_autoflush:
            rows = session.execute(query).all()
        for row in rows:
            head = missing[row.id]
            _values[row.id] = from_content(
                head.kind, row.content, version=head.version, holds_from=head.holds_from
            )
    return {head.id: _values[head.id] for head in wanted}


def _timeline(stored: Iterable[VersionHead], kind: PresetKind, code: str = "") -> list[VersionHead]:
    """The versions of `kind` that hold at some time, in the order in which they begin.

    One that had not begun when the next was loaded never begins: the later word counts.
    """
    line: list[VersionHead] = []
    for head in stored:
        if head.kind is kind and head.code == code:
            line = [earlier for earlier in line if earlier.holds_from <= head.loaded_at]
            line.append(head)
    return line


def _at(line: Sequence[VersionHead], at: datetime) -> VersionHead | None:
    """The last of a timeline that has begun by `at`, else the first."""
    begun = [head for head in line if head.holds_from <= at]
    return begun[-1] if begun else next(iter(line), None)
