"""Help as far as cases are concerned: asked for within a task, about cases, opening one.

What help holds itself is the room `assistance`; from here it has its number, and what the
actor may see.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.accounts.queries import group
from portal.assistance import lifecycle as rules
from portal.assistance import services as assistance
from portal.assistance.kinds import Origin
from portal.assistance.lifecycle import Whom, Wish
from portal.assistance.queries import Help
from portal.cases.kinds import Source, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries.facts import case_of
from portal.cases.queries.ladder import help_used
from portal.cases.queries.search import case_numbered
from portal.cases.services.starting import Start, duty_desk, start_case
from portal.cases.services.writing import next_number
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import kept_apart
from portal.history.kinds import EventKind
from portal.inspections.kinds import Level
from portal.presets.kinds import Preset
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.queries import people_tied_to, unit, units_called

#: As which a major hazard comes in that was found while helping.
KIND, CHANNEL = "hazard", "help"
#: Why a step is refused that takes help for its ground; a try is kept.
HELP_BARRED = "help_no_evidence"


def ask_for_help(
    session: Session, actor: Actor, wish: Wish, preset: Preset, *, now: datetime, tell: bool = True
) -> Help:
    """Let a unit ask by the link of its task book, within one of its tasks or for all.

    Raises NotFound; OutOfTurn once the case is closed or no group has it; Incomplete.
    """
    book = session.get_one(TaskBook, actor.task_book_id)
    case = case_of(session, actor, book.case_id)
    require(actor, Action.ASK_HELP, case)
    if case.state is State.CLOSED or case.group_id is None:
        raise OutOfTurn("link_revoked", {})
    if wish.item_id is not None:
        own = select(TaskItem.id).where(TaskItem.id == wish.item_id)
        if session.scalar(own.where(TaskItem.task_book_id == book.id)) is None:
            raise Incomplete("item_id", "item_missing")
    helped = unit(session, book.unit_id)
    return assistance.begin(
        session,
        actor,
        replace(wish, origin=Origin.ASKED, case_ids=(case.id,)),
        Whom(
            unit_id=helped.id,
            jurisdiction=helped.jurisdiction or case.jurisdiction,
            township=helped.township or case.township,
        ),
        number=_number(session, preset, now),
        group_id=case.group_id,
        preset=preset,
        now=now,
        tell=tell,
    )


def write_down_help(
    session: Session,
    actor: Actor,
    wish: Wish,
    preset: Preset,
    *,
    unit_name: str,
    place: tuple[str, str | None] | None,
    case_numbers: Sequence[str],
    now: datetime,
    owner_id: UUID | None = None,
    plan: str = "",
    done_by: date | None = None,
) -> Help:
    """Write down what a unit or township asked of the actor's group, or offer help.

    Raises NotAllowed, and Incomplete naming the field.
    """
    require(actor, Action.OFFER_HELP)
    assert actor.group_id is not None  # noqa: S101  members and leads have one
    whom = _whom(session, preset, unit_name, place)
    if whom.unit_id and actor.person_id in people_tied_to(session, whom.unit_id):
        raise Incomplete("of_unit", "help_tied")
    about = tuple(_case(session, actor, line) for line in case_numbers)
    return assistance.begin(
        session,
        actor,
        replace(wish, case_ids=about),
        whom,
        number=_number(session, preset, now),
        group_id=actor.group_id,
        preset=preset,
        now=now,
        owner_id=owner_id,
        plan=plan,
        done_by=done_by,
    )


def _whom(
    session: Session, preset: Preset, unit_name: str, place: tuple[str, str | None] | None
) -> Whom:
    if unit_name and place:
        raise Incomplete("place", "help_both_given")
    if not unit_name:
        if place is None:
            raise Incomplete("of_unit", "help_whom_missing")
        district = preset.taxonomy.jurisdictions.get(place[0])
        towns = {town.code for town in district.townships} if district else set()
        if district is None or place[1] not in {None, *towns}:
            raise Incomplete("place", "help_place_unlisted")
        return Whom(unit_id=None, jurisdiction=place[0], township=place[1])
    ids = units_called(session, unit_name)
    if len(ids) != 1:
        raise Incomplete("of_unit", "help_unit_twice" if ids else "help_unit_unknown")
    found = unit(session, ids[0])
    return Whom(unit_id=found.id, jurisdiction=found.jurisdiction, township=found.township)


def _case(session: Session, actor: Actor, line: str) -> UUID:
    found = case_numbered(session, actor, line)
    if found is None:
        raise Incomplete("cases", "help_case_unknown", line=line[:60])
    return found.id


def _number(session: Session, preset: Preset, now: datetime) -> str:
    year = now.astimezone(preset.limits.zone).year
    return f"{year}-H{next_number(session, 'help', year):04d}"


def find_while_helping(
    session: Session,
    actor: Actor,
    help_id: UUID,
    *,
    level: str | None,
    found: str,
    right_by: date | None,
    preset: Preset,
    now: datetime,
    tell: bool = True,
) -> UUID | None:
    """Keep what was found while helping; of a major hazard return the case that registers it.

    Help is no inspection: a general hazard is left to the unit for a time. A major one is
    registered all the same, since people's lives come first. Raises NotFound, NotAllowed,
    OutOfTurn, Incomplete.
    """
    one = assistance.locked(session, actor, help_id)
    rules.check_under_way(one.facts)
    today = now.astimezone(preset.limits.zone).date()
    latest = assistance.latest_day(preset, now, rules.FINDING)
    is_level = rules.check_finding(level, found, right_by, today, latest)
    case_id = None
    if is_level is Level.MAJOR:
        case_id = _register(session, actor, one, found, preset, now, tell=tell)
    assistance.note_finding(
        session,
        actor,
        one,
        level=is_level,
        found=found,
        right_by=right_by,
        case_id=case_id,
        now=now,
    )
    return case_id


def _register(
    session: Session,
    actor: Actor,
    one: Help,
    found: str,
    preset: Preset,
    now: datetime,
    *,
    tell: bool,
) -> UUID:
    """Open the case of a major hazard, in the hands of the group that helps."""
    require(actor, Action.OPEN)
    where = unit(session, one.unit_id) if one.unit_id else None
    own = group(session, actor.group_id)
    start = Start(
        id=uuid4(),
        source=Source.HELP,
        kind=KIND,
        channel=CHANNEL,
        jurisdiction=one.jurisdiction,
        township=one.township,
        sector=where.sector if where else None,
        unit_id=one.unit_id,
        desk_id=duty_desk(session, preset, now),
        opened_at=now,
        summary=found,
        state=State.IN_HAND,
        also={
            "group_id": actor.group_id,
            "handler_id": actor.account_id,
            "suspected_major": True,
            "accepted_at": now,
            "signed_for_at": now,
            "ever_signed": True,
        },
    )
    # Nothing here leads back to the help: the events of a case may become evidence.
    facts = {"in_hand": True, "group": own.code if own else None}
    start_case(session, actor, EventKind.OPENED, start, preset, now=now, facts=facts, tell=tell)
    return start.id


def keep_barred(session: Session, actor: Actor, command: c.Command, *, now: datetime) -> None:
    """Keep, whatever becomes of the request, that help was to be turned against whom it helped."""
    case = session.get(Case, command.case_id)
    used = help_used(session, case, command) if case is not None else frozenset()
    if not used:
        return
    with kept_apart(session) as own:
        move = type(command).__name__
        assistance.bar(own, actor, used, case_id=command.case_id, move=move, now=now)
