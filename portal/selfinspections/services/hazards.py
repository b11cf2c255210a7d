"""A unit's own hazards: entered, given tasks, put right, handed up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.access.policy import require
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.history.kinds import TextKind
from portal.presets.kinds import Preset
from portal.selfinspections.kinds import Act
from portal.selfinspections.models import SelfHazard, SelfTask
from portal.selfinspections.services.writing import keep_words, own_person, own_unit, tell
from portal.units.models import Unit

#: Tasks of one hazard, and characters of its words.
TASKS_MOST, WORDS_MOST = 20, 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A hazard that was entered just now, and what a case of it would say."""

    id: UUID
    unit_id: UUID
    category: str
    words: str
    major: bool


def enter_hazard(
    session: Session,
    actor: Actor,
    preset: Preset,
    *,
    words: str,
    category: str,
    major: bool,
    inspection_id: UUID | None = None,
    item: str | None = None,
    now: datetime,
) -> Found:
    """Enter a hazard that the unit found; the time is the server's and never changes.

    Raises NotAllowed, Incomplete naming the field.
    """
    require(actor, Action.SELF_INSPECT)
    unit_id = own_unit(actor)
    if not words.strip():
        raise Incomplete("words", "self_words_missing")
    if category not in preset.taxonomy.categories:
        raise Incomplete("category", "self_category_unlisted")
    # Two who enter at once, or one who declares meanwhile, wait for each other here.
    wait_for_unit(session, unit_id)
    texts = keep_words(session, {"hazard": (TextKind.HAZARD, words.strip())})
    number = 1 + (
        session.scalar(select(func.max(SelfHazard.number)).where(SelfHazard.unit_id == unit_id))
        or 0
    )
    row = SelfHazard(
        id=uuid4(),
        unit_id=unit_id,
        number=number,
        inspection_id=inspection_id,
        item=item,
        category=category,
        text_id=texts["hazard"].id,
        major=major,
        entered_at=now,
        entered_by=own_person(actor),
    )
    session.add(row)
    session.flush()  # its tasks and its case refer to it
    about: dict[str, Any] = {"hazard": row.id, "number": number, "category": category}
    about |= {"major": major, "inspection": inspection_id, "item": item, "texts": texts}
    tell(session, actor, unit_id, Act.HAZARD_ENTERED, now=now, **about)
    return Found(row.id, unit_id, category, words.strip(), major)


def set_task(
    session: Session,
    actor: Actor,
    hazard_id: UUID,
    *,
    task: str,
    who: str,
    due_on: date | None,
    today: date,
    now: datetime,
) -> SelfTask:
    """Say what has to be done about an own hazard, who does it and until when.

    Sent twice it is set once. Raises NotFound, OutOfTurn if the hazard is put right already,
    Incomplete naming the field.
    """
    hazard = own_hazard(session, actor, hazard_id)
    task, who = task.strip(), who.strip()
    if not task:
        raise Incomplete("task", "self_task_missing")
    if not who:
        raise Incomplete("who", "self_who_missing")
    if due_on is None:
        raise Incomplete("due_on", "self_day_missing")
    if due_on < today:
        raise Incomplete("due_on", "self_day_past")
    if hazard.put_right_at is not None:
        raise OutOfTurn("self_right_already")
    wanted = select(func.count()).select_from(SelfTask).where(SelfTask.hazard_id == hazard_id)
    number = 1 + (session.scalar(wanted) or 0)
    if number > TASKS_MOST:
        raise Incomplete("task", "self_task_missing")
    said = {"task": (TextKind.TASK, task), "who": (TextKind.WHO, who)}
    texts = keep_words(session, said)
    row = SelfTask(
        id=uuid4(),
        hazard_id=hazard_id,
        number=number,
        text_id=texts["task"].id,
        who_text_id=texts["who"].id,
        due_on=due_on,
        set_at=now,
    )
    session.add(row)
    session.flush()
    about = {"hazard": hazard_id, "task": row.id, "due_on": due_on, "texts": texts}
    tell(session, actor, hazard.unit_id, Act.TASK_SET, now=now, **about)
    return row


def report_done(
    session: Session,
    actor: Actor,
    hazard_id: UUID,
    task_id: UUID,
    *,
    statement: str,
    files: Sequence[dict[str, Any]] = (),
    now: datetime,
) -> SelfTask:
    """Say that a task is done, in words or with what shows it; with the last the hazard is right.

    A second press changes nothing. Raises NotFound, Incomplete.
    """
    hazard = own_hazard(session, actor, hazard_id)
    task = session.get(SelfTask, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.hazard_id != hazard_id:
        raise NotFound(task_id)
    if task.done_at is not None:
        return task
    if not statement.strip() and not files:
        raise Incomplete("statement", "self_done_missing")
    texts = keep_words(session, {"done": (TextKind.STATEMENT, statement.strip())})
    task.done_at, task.done_by = now, own_person(actor)
    task.done_text_id = texts["done"].id if "done" in texts else None
    session.flush()
    left = select(SelfTask.id).where(SelfTask.hazard_id == hazard_id, SelfTask.done_at.is_(None))
    if session.scalars(left).first() is None:
        hazard.put_right_at = now
        session.flush()
    about = {"hazard": hazard_id, "task": task.id, "files": list(files), "texts": texts}
    is_right = hazard.put_right_at is not None
    tell(session, actor, hazard.unit_id, Act.TASK_DONE, now=now, **about, put_right=is_right)
    return task


def mark_handed_up(
    session: Session, actor: Actor, hazard: SelfHazard, case_id: UUID, *, now: datetime
) -> None:
    """Keep which case a hazard became; whoever makes the case calls this in the same change."""
    hazard.case_id, hazard.handed_at = case_id, now
    session.flush()
    tell(
        session, actor, hazard.unit_id, Act.HANDED_UP, now=now, hazard=hazard.id, case=case_id
    )  # fmt: skip


def own_hazard(session: Session, actor: Actor, hazard_id: UUID) -> SelfHazard:
    """Return a hazard of the actor's unit, locked. Raises NotAllowed, NotFound."""
    require(actor, Action.SELF_INSPECT)
    unit_id = own_unit(actor)
    row = session.get(SelfHazard, hazard_id, with_for_update=True, populate_existing=True)
    if row is None or row.unit_id != unit_id:
        raise NotFound(hazard_id)
    return row


def wait_for_unit(session: Session, unit_id: UUID) -> None:
    """Wait for who enters a hazard of the unit or declares a month of it at the same time."""
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())
