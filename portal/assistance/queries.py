"""Reading help: one, lists as far as somebody may know of them, what is behind a link."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.assistance.kinds import HelpEnd, Origin
from portal.assistance.lifecycle import ANSWER, LINK_DAYS, named, quotes
from portal.assistance.models import (
    Assistance,
    AssistanceAdvice,
    AssistanceCase,
    AssistanceFinding,
)
from portal.assistance.visibility import readable
from portal.clocks.due import Due, due
from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_about, words
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.queries import tied_units

PAGE = 50
#: Of one unit or case no page shows more.
MOST = 100
#: After all days: where what waits for nobody stands.
NEVER = date(9999, 12, 31)
#: What reading returns; rooms above name it so and need not know the tables.
Help = Assistance
Advice = AssistanceAdvice
Found = AssistanceFinding
_IS_WAITING = and_(Assistance.ended.is_(None), Assistance.answered_at.is_(None))
_IS_UNDER_WAY = and_(Assistance.ended.is_(None), Assistance.answered_at.is_not(None))
_IS_UNJUDGED = and_(Assistance.ended == HelpEnd.DONE, Assistance.helped.is_(None))
#: On which day somebody has to do something next.
NEXT_ON: ColumnElement[date] = case(
    (_IS_WAITING, func.coalesce(Assistance.answer_due_on, literal(NEVER, Date))),
    (_IS_UNDER_WAY, func.coalesce(Assistance.done_by, literal(NEVER, Date))),
    (_IS_UNJUDGED, func.coalesce(Assistance.ask_on, literal(NEVER, Date))),
    else_=literal(NEVER, Date),
)
STATES: Mapping[str, ColumnElement[bool]] = {
    "waiting": _IS_WAITING,
    "under_way": _IS_UNDER_WAY,
    "to_ask": _IS_UNJUDGED,
    "done": Assistance.ended == HelpEnd.DONE,
    "declined": Assistance.ended == HelpEnd.DECLINED,
    "not_wanted": Assistance.ended == HelpEnd.NOT_WANTED,
}
_IS_OPEN = or_(_IS_WAITING, _IS_UNDER_WAY, _IS_UNJUDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list asks for; "" asks nothing. Without a state: all that still waits for somebody."""

    state: str = ""
    kind: str = ""
    origin: str = ""
    place: str = ""
    mine: UUID | None = None
    #: Asked for or offered from, and before.
    since: datetime | None = None
    until: datetime | None = None


def _seen(session: Session, actor: Actor) -> ColumnElement[bool]:
    return readable(actor, _barred(session, actor))


def _barred(session: Session, actor: Actor) -> Collection[UUID]:
    is_tied = actor.role in (Role.MEMBER, Role.LEAD)
    return tied_units(session, actor.person_id) if is_tied else ()


def help_of(session: Session, actor: Actor, help_id: UUID, *, lock: bool = False) -> Assistance:
    """Return help of which the actor may know. Raises NotFound."""
    wanted = select(Assistance).where(Assistance.id == help_id, _seen(session, actor))
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(help_id)
    return found


def help_list(
    session: Session, actor: Actor, wanted: Wanted, *, after: UUID | None = None
) -> Sequence[Assistance]:
    """Return a page of help, by the day on which somebody has to do something next."""
    asked = [_seen(session, actor), STATES.get(wanted.state, _IS_OPEN)]
    if wanted.state == "all":
        asked.pop()
    for column, value in (
        (Assistance.kind, wanted.kind),
        (Assistance.origin, wanted.origin),
        (Assistance.jurisdiction, wanted.place),
        (Assistance.owner_id, wanted.mine),
    ):
        if value:
            asked.append(column == value)
    if wanted.since is not None and wanted.until is not None:
        asked += [Assistance.made_at >= wanted.since, Assistance.made_at < wanted.until]
    last = session.get(Assistance, after) if after else None
    if last is not None:
        asked.append(_behind(session, last))
    order = (NEXT_ON, Assistance.made_at.desc(), Assistance.id)
    return session.scalars(select(Assistance).where(*asked).order_by(*order).limit(PAGE)).all()


def _behind(session: Session, last: Assistance) -> ColumnElement[bool]:
    day: date = session.scalars(select(NEXT_ON).where(Assistance.id == last.id)).one()
    same = and_(Assistance.made_at == last.made_at, Assistance.id > last.id)
    later = or_(Assistance.made_at < last.made_at, same)
    next_on = NEXT_ON
    return or_(next_on > day, and_(next_on == day, later))


def help_of_unit(session: Session, actor: Actor, unit_id: UUID) -> Sequence[Assistance]:
    """Return the help for a unit of which the actor may know, the newest first."""
    wanted = select(Assistance).where(Assistance.unit_id == unit_id, _seen(session, actor))
    return session.scalars(wanted.order_by(Assistance.made_at.desc()).limit(MOST)).all()


def help_of_case(session: Session, actor: Actor, case_id: UUID) -> Sequence[Assistance]:
    """Return the help about a case of which the actor may know, the newest first."""
    own = select(AssistanceCase.assistance_id).where(AssistanceCase.case_id == case_id)
    found = select(AssistanceFinding.assistance_id).where(AssistanceFinding.case_id == case_id)
    about = or_(Assistance.id.in_(own), Assistance.id.in_(found))
    wanted = select(Assistance).where(about, _seen(session, actor))
    return session.scalars(wanted.order_by(Assistance.made_at.desc()).limit(MOST)).all()


def help_of_book(session: Session, unit_id: UUID, case_id: UUID) -> Sequence[Assistance]:
    """Return the help for a unit about a case, the newest first; for the unit itself."""
    own = select(AssistanceCase.assistance_id).where(AssistanceCase.case_id == case_id)
    wanted = select(Assistance).where(Assistance.unit_id == unit_id, Assistance.id.in_(own))
    order = (Assistance.made_at.desc(), Assistance.id)
    return session.scalars(wanted.order_by(*order).limit(MOST)).all()


def cases_about(session: Session, help_id: UUID) -> Sequence[UUID]:
    """Return the cases that help is about."""
    wanted = select(AssistanceCase.case_id).where(AssistanceCase.assistance_id == help_id)
    return session.scalars(wanted.order_by(AssistanceCase.case_id)).all()


def advice_of(session: Session, help_id: UUID) -> Sequence[AssistanceAdvice]:
    """Return the advice that was given, in its order."""
    wanted = select(AssistanceAdvice).where(AssistanceAdvice.assistance_id == help_id)
    return session.scalars(wanted.order_by(AssistanceAdvice.number)).all()


def found_while_helping(session: Session, help_id: UUID) -> Sequence[AssistanceFinding]:
    """Return what was found while helping, in its order."""
    wanted = select(AssistanceFinding).where(AssistanceFinding.assistance_id == help_id)
    return session.scalars(wanted.order_by(AssistanceFinding.number)).all()


def acts_of(session: Session, help_id: UUID) -> Sequence[Recorded]:
    """Return what the history says of help, oldest first."""
    return events_about(session, EventKind.HELP_CHANGED, "help", help_id)


def answer_due(preset: Preset, made_at: datetime) -> Due | None:
    """Return when what was asked for has to be answered, with how it was counted."""
    limit = preset.limits.limits.get(ANSWER)
    return due(made_at, limit, preset.calendar, preset.limits) if limit else None


def why_answer_due(session: Session, one: Assistance) -> Due | None:
    """Return how the day for the answer was counted, by the rules of the day on which it was
    asked for; None for an offer.
    """
    if one.origin is not Origin.ASKED or one.answer_due_on is None:
        return None
    return answer_due(in_force(session, one.made_at), one.made_at)


def helped_behind(session: Session, digest: bytes, *, now: datetime) -> Actor:
    """Return whoever is helped, by the digest of their link's token.

    Raises NotFound alike for one that never was, was withdrawn, or died so many days after help
    that was judged, declined or not wanted.
    """
    one = session.scalar(select(Assistance).where(Assistance.token_hash == digest))
    days = in_force(session, now).limits.windows.get(LINK_DAYS)
    over = None if one is None else one.judged_at
    if one is not None and one.ended in (HelpEnd.DECLINED, HelpEnd.NOT_WANTED):
        over = one.ended_at
    is_dead = over and days is not None and over + timedelta(days=days) <= now
    if one is None or is_dead:
        raise NotFound("link")
    return Actor(role=Role.UNIT, help_id=one.id)


def own_help(session: Session, actor: Actor, *, lock: bool = False) -> Assistance:
    """Return the help that the actor's link is of. Raises NotFound."""
    wanted = select(Assistance).where(Assistance.id == actor.help_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("link")
    return found


# never evidence


def registering_help() -> Select[UUID | None]:
    """Return the query of the cases that register what was found while helping."""
    found = AssistanceFinding.case_id
    return select(found).where(found.is_not(None))


def case_ids_of_help(session: Session, case_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the cases that register what was found while helping."""
    wanted = select(AssistanceFinding.case_id).where(AssistanceFinding.case_id.in_(list(case_ids)))
    return frozenset(one for one in session.scalars(wanted) if one is not None)


def help_named_in(
    session: Session, texts: Iterable[str], *, unit_id: UUID | None, case_id: UUID
) -> frozenset[UUID]:
    """Return the help that texts name by number or address, or of which they hold whole words:
    what was asked for, found, advised or said of it, for this unit or about this case.
    """
    texts = [one for one in texts if one]
    if not texts:
        return frozenset()
    numbers, ids = named(texts)
    part_of = select(AssistanceAdvice.assistance_id).where(AssistanceAdvice.id.in_(ids))
    found_in = select(AssistanceFinding.assistance_id).where(AssistanceFinding.id.in_(ids))
    meant: list[ColumnElement[bool]] = [Assistance.number.in_(numbers)]
    if ids:
        meant += [Assistance.id.in_(ids), Assistance.id.in_(part_of), Assistance.id.in_(found_in)]
    by_name = (
        set(session.scalars(select(Assistance.id).where(or_(*meant)))) if numbers or ids else set()
    )
    return frozenset(by_name | _quoted(session, texts, unit_id, case_id))


def _quoted(
    session: Session, texts: Collection[str], unit_id: UUID | None, case_id: UUID
) -> set[UUID]:
    about = select(AssistanceCase.assistance_id).where(AssistanceCase.case_id == case_id)
    near: ColumnElement[bool] = Assistance.id.in_(about)
    if unit_id is not None:
        near = or_(near, Assistance.unit_id == unit_id)
    rows = session.scalars(select(Assistance).where(near)).all()
    if not rows:
        return set()
    said: dict[UUID, UUID] = {}
    for one in rows:
        for text_id in (
            one.wanted_text_id,
            one.opinion_text_id,
            one.end_text_id,
            one.judged_text_id,
        ):
            if text_id is not None:
                said[text_id] = one.id
    ids = [one.id for one in rows]
    for part in (AssistanceAdvice, AssistanceFinding):
        pairs = select(part.text_id, part.assistance_id).where(part.assistance_id.in_(ids))
        said |= {text_id: of for text_id, of in session.execute(pairs)}
    bodies = words(session, said)
    return {
        said[text_id]
        for text_id, body in bodies.items()
        if body and any(quotes(text, [body]) for text in texts)
    }
