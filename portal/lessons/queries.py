"""Reading lessons, their words and what was done with them; the caller sees to who may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from portal.foundation.errors import NotFound
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_about, words
from portal.lessons.kinds import LessonKind, LessonState, Verdict
from portal.lessons.lifecycle import Wording, wording_of
from portal.lessons.models import Lesson, LessonCase, LessonSweep, LessonUse, LessonWording

PAGE = 25
#: What reading returns; rooms above name it so and need not know the tables.
StandingLesson = Lesson
Sweep = LessonSweep
_LOCKED = select(Lesson).where(Lesson.id == bindparam("lesson", type_=Uuid)).with_for_update()
IS_PUBLIC = Lesson.state == LessonState.PUBLISHED
Key = tuple[datetime, UUID]


def lesson(session: Session, lesson_id: UUID, *, lock: bool = False) -> Lesson:
    """Return a lesson, whatever its state. Raises NotFound."""
    found = session.get(Lesson, lesson_id)
    if found is None:
        raise NotFound(lesson_id)
    if lock:
        session.scalars(_LOCKED, {"lesson": lesson_id}).one()
        session.refresh(found)
    return found


def wordings(session: Session, lessons: Collection[Lesson]) -> Mapping[UUID, Wording]:
    """Return what lessons say, by lesson."""
    said = words(session, [one.text_id for one in lessons])
    return {one.id: wording_of(said.get(one.text_id)) for one in lessons}


def said_of(session: Session, one: Lesson) -> dict[str, str]:
    """Return the note, the reasons: what was said of a lesson besides what it says."""
    ids = {
        "note": one.note_text_id,
        "in_spite": one.in_spite_text_id,
        "withdrawn": one.withdrawn_text_id,
    }
    said = words(session, [text_id for text_id in ids.values() if text_id])
    return {name: (said.get(text_id) or "") if text_id else "" for name, text_id in ids.items()}


def writers(session: Session, lesson_id: UUID) -> Sequence[UUID]:
    """Return the people who wrote on a lesson, the first first."""
    rows = session.scalars(
        select(LessonWording.written_by)
        .where(LessonWording.lesson_id == lesson_id)
        .order_by(LessonWording.number)
    )
    return list(dict.fromkeys(rows))


def case_ids(session: Session, lesson_id: UUID) -> Sequence[UUID]:
    """Return the cases from which a lesson was drafted."""
    wanted = select(LessonCase.case_id).where(LessonCase.lesson_id == lesson_id)
    return session.scalars(wanted.order_by(LessonCase.case_id)).all()


def verdicts_of(session: Session, case_id: UUID) -> Mapping[UUID, Verdict]:
    """Return what was last said at a case, by lesson."""
    wanted = select(LessonUse.lesson_id, LessonUse.verdict).where(LessonUse.case_id == case_id)
    return {lesson_id: verdict for lesson_id, verdict in session.execute(wanted)}


def sweeps_of(session: Session, lesson_id: UUID) -> Sequence[LessonSweep]:
    """Return the sweeps of a lesson, oldest first."""
    wanted = select(LessonSweep).where(LessonSweep.lesson_id == lesson_id)
    return session.scalars(wanted.order_by(LessonSweep.swept_at, LessonSweep.plan_id)).all()


def sweep_behind(session: Session, plan_id: UUID) -> LessonSweep | None:
    """Return the sweep that made a plan; None: it was made otherwise."""
    return session.get(LessonSweep, plan_id)


def acts_of(session: Session, lesson_id: UUID) -> Sequence[Recorded]:
    """Return what the history says of a lesson, oldest first."""
    return events_about(session, EventKind.LESSON_CHANGED, "lesson", lesson_id)


# What the public reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """What is published of a lesson: no case, no unit, nobody's name, none of a case's files."""

    id: UUID
    kind: LessonKind
    language: str
    title: str
    #: By field.
    said: Mapping[str, str]
    category: str | None
    sector: str | None
    #: The group that wrote it; None: the office of the director.
    group_id: UUID | None
    published_at: datetime

    @property
    def lang(self) -> str:
        """The language as HTML names it."""
        return "zh-Hans" if self.language.startswith("zh") else self.language


def public_lessons(
    session: Session, *, sector: str = "", after: Key | None = None, limit: int = PAGE
) -> Sequence[Public]:
    """Return published lessons, the newest first; one that was withdrawn is none of them."""
    wanted = select(Lesson).where(IS_PUBLIC)
    if sector:
        wanted = wanted.where(Lesson.sector == sector)
    if after is not None:
        wanted = wanted.where(tuple_(Lesson.published_at, Lesson.id) < tuple_(*after))
    order = (Lesson.published_at.desc(), Lesson.id.desc())
    rows = session.scalars(wanted.order_by(*order).limit(limit)).all()
    said = wordings(session, rows)
    return [_public(one, said[one.id]) for one in rows]


def public_lesson(session: Session, lesson_id: UUID) -> Public | None:
    """Return a published lesson; None: it was withdrawn. Raises NotFound for what never was out."""
    found = lesson(session, lesson_id)
    if found.state is LessonState.WITHDRAWN:
        return None
    if found.state is not LessonState.PUBLISHED:
        raise NotFound(lesson_id)
    return _public(found, wordings(session, [found])[found.id])


def _public(one: Lesson, said: Wording) -> Public:
    assert one.published_at is not None  # noqa: S101  the database sees to it
    return Public(
        id=one.id,
        kind=one.kind,
        language=one.language,
        title=said.title,
        said={name: words for name, words in said.said.items() if words},
        category=one.category,
        sector=one.sector,
        group_id=one.group_id,
        published_at=one.published_at,
    )


def waiting(session: Session, state: LessonState) -> int:
    """Return how many lessons are in a state."""
    return session.scalar(select(func.count()).where(Lesson.state == state)) or 0
