"""What those who are helped read of it: by the link of the help, and on the unit's task book.

Each value is named here, one by one: a new column never reaches the page by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.accounts.queries import GroupFacts, live_groups
from portal.assistance import queries
from portal.assistance.kinds import Followed, Helped, HelpKind, Origin, Standing
from portal.assistance.queries import Help
from portal.history.queries import words
from portal.inspections.kinds import Level
from portal.presets.queries import in_force
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.queries import unit


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAsked:
    """Help as it stands on the task book within which it was asked for."""

    id: UUID
    number: str
    kind: HelpKind
    standing: Standing
    wanted: str
    #: The number of the task; None: for all of them.
    task: int | None
    asked_at: datetime
    answer_due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceGiven:
    number: int
    words: str
    followed: Followed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundThere:
    number: int
    words: str
    level: Level
    right_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """Help as those read it who are helped."""

    id: UUID
    number: str
    kind: HelpKind
    origin: Origin
    standing: Standing
    unit: str
    jurisdiction: str | None
    township: str | None
    group: GroupFacts | None
    who: str
    wanted: str
    made_at: datetime
    answer_due_on: date | None
    plan: str
    done_by: date | None
    ended_at: datetime | None
    #: What was done, or why it is not given.
    end: str
    elsewhere: str
    expert: str
    opinion: str
    advice: Sequence[AdviceGiven]
    findings: Sequence[FoundThere]
    ask_on: date | None
    can_judge: bool
    helped: Helped | None
    judged_at: datetime | None
    judged_by: str
    said: str


def help_asked_in_book(session: Session, actor: Actor) -> Sequence[HelpAsked]:
    """Return the help that the unit asked for by the link of its task book, oldest first."""
    book = session.get_one(TaskBook, actor.task_book_id)
    found = [
        one
        for one in reversed(queries.help_of_book(session, book.unit_id, book.case_id))
        if one.by_link
    ]
    said = words(session, [one.wanted_text_id for one in found])
    return [
        HelpAsked(
            id=one.id,
            number=one.number,
            kind=one.kind,
            standing=one.standing,
            wanted=said.get(one.wanted_text_id) or "",
            task=session.get_one(TaskItem, one.item_id).number if one.item_id else None,
            asked_at=one.made_at,
            answer_due_on=one.answer_due_on,
        )
        for one in found
    ]


def help_page(session: Session, actor: Actor, *, now: datetime) -> HelpPage:
    """Return the page of the help that the actor's link is of. Raises NotFound."""
    one = queries.own_help(session, actor)
    preset = in_force(session, now)
    today = now.astimezone(preset.limits.zone).date()
    advice, found = queries.advice_of(session, one.id), queries.found_while_helping(session, one.id)
    parts = [*(row.text_id for row in advice), *(row.text_id for row in found)]
    said = words(session, [*_texts(one), *parts])

    def text(text_id: UUID | None) -> str:
        return (said.get(text_id) or "") if text_id else ""

    def person(text_id: UUID | None) -> str:
        return " · ".join(text(text_id).split("\n"))

    is_time = one.ask_on is not None and one.ask_on <= today
    return HelpPage(
        id=one.id,
        number=one.number,
        kind=one.kind,
        origin=one.origin,
        standing=one.standing,
        unit=unit(session, one.unit_id).name if one.unit_id else "",
        jurisdiction=one.jurisdiction,
        township=one.township,
        group=live_groups(session, on=today).get(one.group_id),
        who=person(one.who_text_id),
        wanted=text(one.wanted_text_id),
        made_at=one.made_at,
        answer_due_on=one.answer_due_on,
        plan=text(one.plan_text_id),
        done_by=one.done_by,
        ended_at=one.ended_at,
        end=text(one.end_text_id),
        elsewhere=text(one.elsewhere_text_id),
        expert=text(one.expert_text_id),
        opinion=text(one.opinion_text_id),
        advice=[
            AdviceGiven(number=row.number, words=text(row.text_id), followed=row.followed)
            for row in advice
        ],
        findings=[
            FoundThere(
                number=row.number,
                words=text(row.text_id),
                level=row.level,
                right_by=row.right_by,
            )
            for row in found
        ],
        ask_on=one.ask_on,
        can_judge=one.standing is Standing.DONE and one.helped is None and is_time,
        helped=one.helped,
        judged_at=one.judged_at,
        judged_by=person(one.judged_who_text_id),
        said=text(one.judged_text_id),
    )


def _texts(one: Help) -> list[UUID]:
    named = ("who", "wanted", "plan", "end", "elsewhere", "expert", "opinion")
    found = [getattr(one, f"{name}_text_id") for name in named]
    found += [one.judged_who_text_id, one.judged_text_id]
    return [text_id for text_id in found if text_id is not None]
