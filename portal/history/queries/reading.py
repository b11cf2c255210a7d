"""Reading events and the words they refer to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.foundation.once import forget, keep, known, once
from portal.history.kinds import EventKind
from portal.history.models import Event, Seal, Text

#: What reading history returns; rooms above name it so and need not know the table.
Recorded = Event
KeptWords = Text
_OF_CASE = (
    select(Event).where(Event.case_id == bindparam("case", type_=Uuid)).order_by(Event.case_version)
)


def events_of(session: Session, case_id: UUID) -> Sequence[Event]:
    """Return the case's events, oldest first. The caller has loaded the case."""

    def ask() -> Sequence[Event]:
        return session.scalars(_OF_CASE, {"case": case_id}).all()

    # Rooms below know no cases: whoever locks one calls `forget_events`.
    return once(session, _key(case_id), ask, of=(Event,))


def _key(case_id: UUID) -> tuple[str, UUID]:
    return "events", case_id


def read_events(session: Session, case_id: UUID) -> Sequence[Event] | None:
    """Return the case's events if this unit of work has read them and they still hold."""
    found: Sequence[Event] | None = known(session, _key(case_id))
    return found


def keep_events(session: Session, case_id: UUID, events: Sequence[Event]) -> None:
    """Let `events_of` answer with these: those read before, and the one just written."""
    keep(session, _key(case_id), events, of=(Event,))


def forget_events(session: Session) -> None:
    """Read events anew: a lock on a case may have waited for somebody who added some."""
    forget(session, [Event.__tablename__])


def words(session: Session, text_ids: Iterable[UUID]) -> Mapping[UUID, str | None]:
    """Return the words behind `text_ids`; None stands for what was lawfully erased."""
    wanted = set(text_ids)
    if not wanted:
        return {}
    rows = session.execute(select(Text.id, Text.body).where(Text.id.in_(wanted)))
    return {text_id: body for text_id, body in rows}


def bodies_of(session: Session, case_ids: Iterable[UUID]) -> list[str]:
    """Return everything that was written in these cases and not erased."""
    wanted = select(Text.body).where(Text.case_id.in_(list(case_ids)), Text.body.is_not(None))
    return [body for body in session.scalars(wanted) if body is not None]


def events_of_many(session: Session, case_ids: Iterable[UUID]) -> Sequence[Event]:
    """Return the events of several cases in the order of writing."""
    return session.scalars(
        select(Event).where(Event.case_id.in_(list(case_ids))).order_by(Event.seq)
    ).all()


def starts_of(session: Session, case_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Return the number of the event that started each case: the order in which they came."""
    wanted = select(Event.case_id, Event.seq).where(
        Event.case_id.in_(list(case_ids)), Event.case_version == 1
    )
    return {case_id: seq for case_id, seq in session.execute(wanted) if case_id}


def unsealed_count(session: Session) -> int:
    """Return how many events no seal covers yet."""
    sealed = select(Seal.position).where(Seal.event_seq == Event.seq)
    found = session.scalar(select(func.count()).select_from(Event).where(~sealed.exists()))
    return int(found or 0)


def breaches_of(
    session: Session, case_ids: Iterable[UUID]
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Return the breaches recorded of these cases: the case, and what the event says of it."""
    wanted = select(Event.case_id, Event.payload).where(
        Event.kind == EventKind.BREACHED, Event.case_id.in_(list(case_ids))
    )
    return [(case_id, payload) for case_id, payload in session.execute(wanted) if case_id]


def cases_moved_by(
    account_id: UUID, kinds: Iterable[EventKind], *, since: Any
) -> Select[UUID | None]:
    """Return the query of the cases on which an account's event of one of `kinds` stands, from
    `since` on: part of a larger one."""
    return select(Event.case_id).where(
        Event.kind.in_(list(kinds)), Event.at >= since, Event.account_id == account_id
    )


def sealed_among(session: Session, seqs: Iterable[int]) -> frozenset[int]:
    """Return those of the events that are sealed."""
    wanted = select(Seal.event_seq).where(Seal.event_seq.in_(list(seqs)))
    return frozenset(session.scalars(wanted))


def event_at(session: Session, case_id: UUID, version: int) -> Event | None:
    """Return the event that gave a case this version."""
    return session.scalar(
        select(Event).where(Event.case_id == case_id, Event.case_version == version)
    )


def newest_of(*cases: Any) -> ScalarSelect[int]:
    """Return, for a query with these columns of cases, the place of the newest event of any."""
    among = or_(*(Event.case_id == column for column in cases))
    return select(func.max(Event.seq)).where(among).scalar_subquery()


def one_event(session: Session, seq: int) -> Event:
    """Return the event with this number, which something refers to."""
    return session.get_one(Event, seq)


def events_about(session: Session, kind: EventKind, key: str, value: UUID) -> Sequence[Event]:
    """Return the events of a kind, of no case, that name a thing in their payload, oldest first."""
    names_it = Event.payload[key].astext == str(value)
    wanted = select(Event).where(Event.kind == kind, names_it)
    return session.scalars(wanted.order_by(Event.seq)).all()
