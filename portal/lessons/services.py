"""Each act on a lesson: the change and its event; who may see the lesson is the caller's to say."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.kinds import EventKind, TextKind
from portal.history.services import TextRef, keep_texts, new_text, record
from portal.lessons import queries
from portal.lessons.kinds import Act, LessonKind, LessonState, Like, Verdict
from portal.lessons.lifecycle import (
    OPEN_IN,
    REASON_MOST,
    Draft,
    Lists,
    Names,
    check,
    check_whole,
    conditions_of,
    unanswered,
)
from portal.lessons.models import Lesson, LessonCase, LessonSweep, LessonUse, LessonWording


def draft(
    session: Session,
    actor: Actor,
    given: Draft,
    case_ids: Collection[UUID],
    lists: Lists,
    *,
    now: datetime,
) -> Lesson:
    """Write a lesson down. Raises Incomplete naming the field."""
    check(given, lists)
    assert actor.account_id is not None  # noqa: S101  the policy lets only people in
    texts = _texts(wording=(TextKind.LESSON, given.wording.as_body()))
    keep_texts(session, [row for row in texts.values()])
    made = Lesson(
        id=uuid4(),
        kind=LessonKind(given.kind),
        state=LessonState.DRAFT,
        version=1,
        **_columns(given),
        text_id=texts["wording"]["id"],
        group_id=actor.group_id,
        drafted_at=now,
        drafted_by=actor.account_id,
        changed_at=now,
    )
    session.add(made)
    session.flush()
    session.add_all(LessonCase(lesson_id=made.id, case_id=one) for one in sorted(set(case_ids)))
    _add_wording(session, actor, made, 1, now)
    _tell(session, actor, made, Act.DRAFTED, now, texts, cases=sorted(set(case_ids)))
    return made


def edit(
    session: Session, actor: Actor, one: Lesson, given: Draft, lists: Lists, *, now: datetime
) -> None:
    """Write a new wording; whoever read the one before has to read again."""
    require_open(one, "edit")
    check(given, lists)
    texts = _texts(wording=(TextKind.LESSON, given.wording.as_body()))
    keep_texts(session, [row for row in texts.values()])
    one.kind = LessonKind(given.kind)
    for name, value in _columns(given).items():
        setattr(one, name, value)
    one.text_id = texts["wording"]["id"]
    one.state, one.read_by = LessonState.DRAFT, None
    _moved(one, now)
    _add_wording(session, actor, one, one.version, now)
    _tell(session, actor, one, Act.EDITED, now, texts)


def hand_in(session: Session, actor: Actor, one: Lesson, *, now: datetime) -> int:
    """Ask for a second reader; return the event. Raises Incomplete for what is lacking."""
    require_open(one, "hand_in")
    said = queries.wordings(session, [one])[one.id]
    check_whole(one.kind, said, conditions_of(one.conditions))
    one.state = LessonState.HANDED_IN
    _moved(one, now)
    return _tell(session, actor, one, Act.HANDED_IN, now)


def send_back(session: Session, actor: Actor, one: Lesson, note: str, *, now: datetime) -> int:
    """Give a lesson back to its author, with what has to be changed; return the event."""
    require_open(one, "send_back")
    if one.state is LessonState.HANDED_IN:
        require_other(session, actor, one)
    texts = _texts(note=(TextKind.REASON, _said(note, "note", "lesson_note_missing")))
    keep_texts(session, [row for row in texts.values()])
    one.state, one.read_by, one.note_text_id = LessonState.DRAFT, None, texts["note"]["id"]
    _moved(one, now)
    return _tell(session, actor, one, Act.SENT_BACK, now, texts)


def read(session: Session, actor: Actor, one: Lesson, *, now: datetime) -> int:
    """Say as the second person that this wording can be published; return the event."""
    require_open(one, "read")
    require_other(session, actor, one)
    one.state, one.read_by = LessonState.READ, actor.person_id
    _moved(one, now)
    return _tell(session, actor, one, Act.READ, now)


def publish(
    session: Session, actor: Actor, one: Lesson, names: Names, in_spite: str, *, now: datetime
) -> int:
    """Publish a lesson that was read; return the event.

    Raises Incomplete where words may still name somebody and nobody says why they may stay.
    """
    require_open(one, "publish")
    left = unanswered(queries.wordings(session, [one])[one.id], names)
    texts: dict[str, dict[str, Any]] = {}
    if left:
        reason = _said(in_spite, "in_spite", "lesson_words_unanswered")
        texts = _texts(in_spite=(TextKind.REASON, reason))
        keep_texts(session, [row for row in texts.values()])
        one.in_spite_text_id = texts["in_spite"]["id"]
    one.state, one.published_at, one.published_by = LessonState.PUBLISHED, now, actor.person_id
    _moved(one, now)
    return _tell(session, actor, one, Act.PUBLISHED, now, texts, unanswered=len(left))


def withdraw(session: Session, actor: Actor, one: Lesson, reason: str, *, now: datetime) -> int:
    """Take a lesson back from the public for good; return the event."""
    require_open(one, "withdraw")
    texts = _texts(reason=(TextKind.REASON, _said(reason, "reason", "lesson_reason_missing")))
    keep_texts(session, [row for row in texts.values()])
    one.state, one.withdrawn_at, one.withdrawn_by = LessonState.WITHDRAWN, now, actor.person_id
    one.withdrawn_text_id = texts["reason"]["id"]
    _moved(one, now)
    return _tell(session, actor, one, Act.WITHDRAWN, now, texts)


def judge(
    session: Session, actor: Actor, one: Lesson, case_id: UUID, verdict: str, *, now: datetime
) -> None:
    """Keep whether a lesson was used at a case; the last word counts."""
    require_open(one, "judge")
    if verdict not in set(Verdict):
        raise Incomplete("verdict", "lesson_verdict_missing")
    said = {"verdict": Verdict(verdict), "said_at": now, "said_by": actor.person_id}
    row = upsert(LessonUse).values(lesson_id=one.id, case_id=case_id, **said)
    session.execute(row.on_conflict_do_update(index_elements=["lesson_id", "case_id"], set_=said))
    _tell(session, actor, one, Act.JUDGED, now, case=case_id, verdict=Verdict(verdict))


def keep_sweep(
    session: Session,
    actor: Actor,
    one: Lesson,
    plan_id: UUID,
    why: Mapping[UUID, Collection[Like]],
    *,
    now: datetime,
) -> None:
    """Keep that a plan visits units that look alike, and what each shared."""
    require_open(one, "sweep")
    told = {str(unit): [like.value for like in likes] for unit, likes in why.items()}
    session.add(
        LessonSweep(
            plan_id=plan_id, lesson_id=one.id, why=told, swept_at=now, swept_by=actor.person_id
        )
    )
    _tell(session, actor, one, Act.SWEPT, now, plan=plan_id, units=len(told))


def is_published(one: Lesson) -> bool:
    """Say whether everybody may read it now."""
    return one.state is LessonState.PUBLISHED


def require_open(one: Lesson, act: str) -> None:
    """Raise OutOfTurn for what cannot be done with a lesson as it stands."""
    if one.state not in OPEN_IN[act]:
        raise OutOfTurn("lesson_not_now")


def require_other(session: Session, actor: Actor, one: Lesson) -> None:
    """Raise OutOfTurn for somebody who wrote on the lesson: judged by person, not account."""
    if actor.person_id in queries.writers(session, one.id):
        raise OutOfTurn("lesson_own")


def _columns(given: Draft) -> dict[str, Any]:
    return {
        "language": given.language,
        "category": given.category,
        "sector": given.sector,
        "conditions": given.conditions.as_data(),
    }


def _said(words: str, field: str, reason: str) -> str:
    if not words.strip():
        raise Incomplete(field, reason)
    return words.strip()[:REASON_MOST]


def _moved(one: Lesson, now: datetime) -> None:
    one.version += 1
    one.changed_at = now


def _texts(**said: tuple[TextKind, str]) -> dict[str, dict[str, Any]]:
    return {name: new_text(None, kind, body) for name, (kind, body) in said.items()}


def _add_wording(session: Session, actor: Actor, one: Lesson, number: int, now: datetime) -> None:
    session.add(
        LessonWording(
            id=uuid4(),
            lesson_id=one.id,
            number=number,
            text_id=one.text_id,
            written_at=now,
            written_by=actor.person_id,
        )
    )


def _tell(
    session: Session,
    actor: Actor,
    one: Lesson,
    act: Act,
    now: datetime,
    texts: Mapping[str, dict[str, Any]] | None = None,
    **more: Any,
) -> int:
    """Record what was done: codes and commitments, no words."""
    refs = {name: TextRef(row["id"], row["commitment"]) for name, row in (texts or {}).items()}
    facts = {"lesson": one.id, "act": act, "state": one.state, "version": one.version, **more}
    session.flush()
    return record(
        session,
        actor,
        EventKind.LESSON_CHANGED,
        at=now,
        payload={**facts, **({"texts": refs} if refs else {})},
    )
