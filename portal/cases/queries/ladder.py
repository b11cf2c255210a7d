"""The ladder of a case: what guards look at, and lists of steps as far as somebody can see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.access.kinds import Action, Actor, Role
from portal.assistance.queries import case_ids_of_help, help_named_in, registering_help
from portal.cases.kinds import WITH_BOOK, Resolution, Source
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.commands import Command
from portal.cases.lifecycle.facts import NOT_READ, asks
from portal.cases.lifecycle.ladder import COMMANDS
from portal.cases.models import Case
from portal.cases.visibility import visible_to
from portal.clocks.days import days_of
from portal.clocks.due import due_by
from portal.discipline import queries as discipline
from portal.discipline.kinds import Ground
from portal.discipline.lifecycle import LadderFacts, Suggestion, suggest
from portal.discipline.models import DisciplinaryStep
from portal.discipline.queries import UNSETTLED
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, words
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.presets.kinds import Preset, TimeUnit, Words
from portal.presets.queries import in_force
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.lifecycle.chain import Standing
from portal.units.queries import About, chain_at, tied_units
from portal.units.queries import unit as unit_of

#: Events of the ladder: having a part in them is no part in what was found.
STEPS = frozenset(
    {
        *(EventKind.STEP_PROPOSED, EventKind.STEP_ORDERED, EventKind.STEP_ENDED),
        EventKind.STEP_LINK_REVOKED,
        *(EventKind.INTERVIEW_HELD, EventKind.COMMITMENT_SETTLED, EventKind.STEP_ANSWERED),
        EventKind.EVIDENCE_TAKEN,
        *(EventKind.DELISTING_ASKED, EventKind.DELISTING_DECIDED),
    }
)
ACTING = (Role.MEMBER, Role.LEAD, Role.DIRECTOR)
#: Whom a tie to a unit keeps from its cases.
TIED = (Role.MEMBER, Role.LEAD)
PAGE = 25
#: Of one unit or post no page shows more.
MOST = 200
#: So many cases are looked at for suggestions.
SUGGESTED = 200
#: Before all times: where proposals stand in the list by time left.
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
StepKey = tuple[datetime, UUID]
_NEWEST = (DisciplinaryStep.proposed_at.desc(), DisciplinaryStep.id)
# Made once: to make it takes two milliseconds, longer than what is asked with it.
_earlier = aliased(Case)
#: The limit that says how long before an interview its notice has to be there.
NOTICE = "interview_notice"


def ladder_facts(
    session: Session,
    case: Case,
    actor: Actor,
    preset: Preset,
    own: Sequence[Recorded],
    *,
    now: datetime,
    command: Command | None,
) -> Any:
    """Return what guards of the ladder look at; for who has no part in it nothing is read."""
    if not asks(command, COMMANDS) or not (actor.role in ACTING or actor.step_id):
        return NOT_READ
    has_steps = any("disciplinary_steps" in one.payload.get("rows", ()) for one in own)
    found = _facts(session, case, preset, now=now, has_steps=has_steps)
    return replace(found, is_barred=bool(help_used(session, case, command)))


def help_used(session: Session, case: Case, command: Command | None) -> frozenset[UUID]:
    """Return the help that somebody takes for a ground of a step, or writes into its words."""
    if not isinstance(command, s.ProposeStep | s.OrderStep):
        return frozenset()
    said = [*command.grounds, command.reason, command.skip_reason]
    said.append(getattr(command, "published", ""))
    return help_named_in(session, said, unit_id=case.unit_id, case_id=case.id)


def _facts(
    session: Session, case: Case, preset: Preset, *, now: datetime, has_steps: bool
) -> LadderFacts:
    steps = discipline.steps_of(session, case.id) if has_steps else ()
    promised = discipline.commitments_of(session, case.id) if has_steps else ()
    held = discipline.interviews_of(session, case.id) if has_steps else {}
    zone, days = preset.limits.zone, days_of(preset.calendar)
    today = now.astimezone(zone).date()
    notice = preset.limits.limits.get(NOTICE)
    chain = chain_of(session, case, now)
    return LadderFacts(
        ladder=preset.ladder,
        grounds=grounds_of(session, [case], preset, now=now)[case.id],
        steps=discipline.step_facts(steps, held.keys()),
        commitments=discipline.commitment_facts(promised),
        posts=discipline.addressees(chain, case.unit_id),
        answer_dues={
            rung.code: due_by(
                now, TimeUnit.WORKING_DAY, rung.answer_days, days, preset.limits
            ).due_at
            for rung in preset.ladder.rungs
        },
        earliest_meeting=days.after(today, notice.value) if notice else today,
        zone=zone,
        language=preset.city.default_language,
    )


def chain_of(session: Session, case: Case, moment: datetime) -> tuple[Standing, ...]:
    """Return who answers for a case at a moment."""
    unit = unit_of(session, case.unit_id) if case.unit_id else None
    about = About(
        unit_id=case.unit_id,
        sector=case.sector or (unit.sector if unit else None),
        jurisdiction=case.jurisdiction or (unit.jurisdiction if unit else None),
        township=case.township or (unit.township if unit else None),
    )
    return chain_at(session, about, moment)


def grounds_of(
    session: Session, cases: Collection[Case], preset: Preset, *, now: datetime
) -> Mapping[UUID, Mapping[Ground, int]]:
    """Return by case what was measured of each ground of a step."""
    found = discipline.measured(session, [case.id for case in cases], preset, now)
    # What was found while helping is no ground: only what was not done about it afterwards.
    for case_id in case_ids_of_help(session, found.keys()):
        found[case_id].pop(Ground.MAJOR, None)
    since = now - timedelta(days=preset.ladder.repeated_days)
    rows = session.execute(
        select(Case.id, func.count())
        .join(
            _earlier,
            and_(
                _earlier.unit_id == Case.unit_id,
                _earlier.category == Case.category,
                _earlier.id != Case.id,
                _earlier.id.not_in(registering_help()),
                _earlier.resolution == Resolution.RECTIFIED,
                _earlier.source != Source.SELF_INSPECTION,
                _earlier.closed_at >= since,
                _earlier.closed_at <= Case.opened_at,
            ),
        )
        .where(Case.id.in_([case.id for case in cases]), Case.source != Source.SELF_INSPECTION)
        .group_by(Case.id)
    )
    for case_id, count in rows:
        found[case_id][Ground.REPEATED] = count
    for case in cases:
        if case.source is Source.SELF_INSPECTION:
            # What a unit found and handed up itself is no ground against it, only what it then
            # leaves undone.
            found[case.id].pop(Ground.MAJOR, None)
    return found


def address_of_step(session: Session, step: DisciplinaryStep, now: datetime) -> str:
    """Return where mail reaches the post of a step now; "" where none does."""
    chain = chain_of(session, session.get_one(Case, step.case_id), now)
    return discipline.mail_address(session, step, chain)


def post_of(session: Session, step: DisciplinaryStep, kept: str) -> Words:
    """Return the post of a step, called what it was called then; `kept` are the words it keeps."""
    return discipline.post_name(step, kept, in_force(session, step.proposed_at))


# lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A step, its case, and the words that it refers to."""

    step: DisciplinaryStep
    case: Case
    post: Words
    reason: str
    answer: str
    effect: str


def _seen(actor: Actor) -> Select[DisciplinaryStep, Case]:
    return (
        select(DisciplinaryStep, Case)
        .join(Case, Case.id == DisciplinaryStep.case_id)
        .where(visible_to(actor, Action.READ_FILE))
    )


def steps_of_unit(session: Session, actor: Actor, unit_id: UUID) -> Sequence[Listed]:
    """Return the steps toward a unit or who answers for it, in cases that the actor can see."""
    wanted = _seen(actor).where(DisciplinaryStep.unit_id == unit_id)
    return _dressed(session, actor, wanted.order_by(*_NEWEST).limit(MOST))


def steps_of_post(session: Session, actor: Actor, addressee: str) -> Sequence[Listed]:
    """Return the steps toward one post in all cases that the actor can see, the newest first."""
    wanted = _seen(actor).where(DisciplinaryStep.addressee == addressee)
    return _dressed(session, actor, wanted.order_by(*_NEWEST).limit(MOST))


def open_steps(
    session: Session, actor: Actor, *, after: StepKey | None = None, limit: int = PAGE
) -> tuple[Sequence[Listed], StepKey | None]:
    """Return a page of the steps that have not ended, by the time left to answer, and where the
    next page begins. Proposals, which have no such time, come first: they wait for a decision.
    """
    left = func.coalesce(DisciplinaryStep.answer_due_at, FIRST)
    wanted = _seen(actor).where(DisciplinaryStep.ended_at.is_(None))
    if after is not None:
        wanted = wanted.where(tuple_(left, DisciplinaryStep.id) > tuple_(*after))
    rows = _dressed(session, actor, wanted.order_by(left, DisciplinaryStep.id).limit(limit + 1))
    shown = rows[:limit]
    last = shown[-1].step if len(rows) > limit else None
    return shown, (last.answer_due_at or FIRST, last.id) if last else None


def _dressed(
    session: Session, actor: Actor, wanted: Select[DisciplinaryStep, Case]
) -> Sequence[Listed]:
    rows = session.execute(wanted).all()
    ids = {
        text_id
        for step, _case in rows
        for text_id in (
            *(step.post_text_id, step.reason_text_id),
            *(step.answer_text_id, step.effect_text_id),
        )
        if text_id
    }
    said = words(session, ids)
    barred = tied_units(session, actor.person_id) if actor.role in TIED else frozenset()
    return [
        Listed(
            step=step,
            case=case,
            post=post_of(session, step, said.get(step.post_text_id) or ""),
            reason=said.get(step.reason_text_id) or "",
            answer=(said.get(step.answer_text_id) or "") if step.answer_text_id else "",
            effect=(said.get(step.effect_text_id) or "") if step.effect_text_id else "",
        )
        for step, case in rows
        # A tie keeps from the contents of a case, and so from what was held against its unit.
        if case.unit_id not in barred and actor.person_id not in case.recused
    ]


def suggestions(
    session: Session, actor: Actor, preset: Preset, *, now: datetime, limit: int = SUGGESTED
) -> Sequence[tuple[Case, Suggestion]]:
    """Return what the rules suggest in open cases that the actor can see, the highest rung first.

    Looks at cases with a task out, those first that are due first; so many and no more.
    """
    today = now.astimezone(preset.limits.zone).date()
    late = exists().where(
        TaskItem.case_id == Case.id,
        or_(
            and_(TaskItem.state == ItemState.WITH_UNIT, TaskItem.due_on < today),
            and_(TaskItem.state.in_(UNSETTLED), TaskItem.failed_count > 0),
        ),
    )
    unsigned = exists().where(TaskBook.case_id == Case.id, TaskBook.signed_at.is_(None))
    major = exists().where(Hazard.case_id == Case.id, Hazard.level == Level.MAJOR)
    cases = session.scalars(
        select(Case)
        .where(visible_to(actor, Action.READ_FILE), Case.state.in_(WITH_BOOK))
        .where(or_(late, unsigned, major))
        .order_by(Case.next_due_sort, Case.id)
        .limit(limit)
    ).all()
    barred = tied_units(session, actor.person_id) if actor.role in TIED else frozenset()
    cases = [one for one in cases if one.unit_id not in barred]
    grounds = grounds_of(session, cases, preset, now=now)
    steps: dict[UUID, list[DisciplinaryStep]] = {}
    wanted = select(DisciplinaryStep).where(DisciplinaryStep.case_id.in_(grounds.keys()))
    for row in session.scalars(wanted.order_by(DisciplinaryStep.number)):
        steps.setdefault(row.case_id, []).append(row)
    found = []
    for case in cases:
        own = discipline.step_facts(steps.get(case.id, ()), ())
        suggested = suggest(preset.ladder, grounds[case.id], own, now)
        if suggested is not None:
            found.append((case, suggested))
    return sorted(found, key=lambda pair: -preset.ladder.rank(pair[1].rung))
