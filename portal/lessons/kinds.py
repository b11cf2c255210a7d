"""Words of lessons that need no database."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import lazy_gettext as _l


class LessonKind(StrEnum):
    EXPERIENCE_SUMMARY = "experience_summary"
    TYPICAL_CASE = "typical_case"

    @property
    def label(self) -> str:
        return str(KIND_LABELS[self])


class LessonState(StrEnum):
    DRAFT = "draft"
    #: Waits to be read by somebody who did not write it.
    HANDED_IN = "handed_in"
    #: Read; waits for the director.
    READ = "read"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class Act(StrEnum):
    """What the history says of a lesson."""

    DRAFTED = "drafted"
    EDITED = "edited"
    HANDED_IN = "handed_in"
    SENT_BACK = "sent_back"
    READ = "read"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    JUDGED = "judged"
    SWEPT = "swept"

    @property
    def label(self) -> str:
        return str(ACT_LABELS[self])


class Like(StrEnum):
    """What a lesson shares with a case, an inspection or a unit."""

    ITEM = "item"
    CATEGORY = "category"
    SECTOR = "sector"
    SIZE = "size"
    PLACE = "place"

    @property
    def label(self) -> str:
        return str(LIKE_LABELS[self])


class Verdict(StrEnum):
    """What somebody at a case says of a lesson that was suggested there."""

    USED = "used"
    NOT_FITTING = "not_fitting"

    @property
    def label(self) -> str:
        return str(VERDICT_LABELS[self])


class Naming(StrEnum):
    """What in a draft may say who or where; in the order in which one wins where two overlap."""

    ID = "id"
    PHONE = "phone"
    PLATE = "plate"
    PERSON = "person"
    UNIT = "unit"
    ADDRESS = "address"
    REPORTER = "reporter"
    NAME = "name"
    HINT = "hint"

    @property
    def label(self) -> str:
        return str(NAMING_LABELS[self])


KIND_LABELS = {
    LessonKind.EXPERIENCE_SUMMARY: _l("Experience summary"),
    LessonKind.TYPICAL_CASE: _l("Typical case"),
}
STATE_LABELS = {
    LessonState.DRAFT: _l("Draft"),
    LessonState.HANDED_IN: _l("Waits to be read"),
    LessonState.READ: _l("Read, to be published"),
    LessonState.PUBLISHED: _l("Published lesson"),
    LessonState.WITHDRAWN: _l("Withdrawn lesson"),
}
ACT_LABELS = {
    Act.DRAFTED: _l("Drafted"),
    Act.EDITED: _l("Edited"),
    Act.HANDED_IN: _l("Handed in to be read"),
    Act.SENT_BACK: _l("Sent back with a note"),
    Act.READ: _l("Read by a second person"),
    Act.PUBLISHED: _l("Published by the director"),
    Act.WITHDRAWN: _l("Withdrawn from the public"),
    Act.JUDGED: _l("Judged at a case"),
    Act.SWEPT: _l("Swept: an inspection plan was made"),
}
LIKE_LABELS = {
    Like.ITEM: _l("same failed item"),
    Like.CATEGORY: _l("same kind of hazard"),
    Like.SECTOR: _l("same sector"),
    Like.SIZE: _l("same size class"),
    Like.PLACE: _l("same place"),
}
VERDICT_LABELS = {
    Verdict.USED: _l("Used"),
    Verdict.NOT_FITTING: _l("Not fitting"),
}
NAMING_LABELS = {
    Naming.ID: _l("Identity number"),
    Naming.PHONE: _l("Phone or other address"),
    Naming.PLATE: _l("Number plate"),
    Naming.PERSON: _l("Name of somebody of the case"),
    Naming.UNIT: _l("Name of a unit"),
    Naming.ADDRESS: _l("Address of the case"),
    Naming.REPORTER: _l("The reporter’s own words"),
    Naming.NAME: _l("Name"),
    Naming.HINT: _l("Shows where somebody belongs"),
}
#: What each kind says, in the order of its page; the glossary names them.
FIELDS: Mapping[LessonKind, tuple[str, ...]] = {
    LessonKind.EXPERIENCE_SUMMARY: ("problem", "done", "effect", "fits"),
    LessonKind.TYPICAL_CASE: ("facts", "lesson", "basis"),
}
FIELD_LABELS = {
    "title": _l("Title of the lesson"),
    "problem": _l("The problem"),
    "done": _l("What was done about it"),
    "effect": _l("The effect, in numbers"),
    "fits": _l("Where it fits"),
    "facts": _l("What happened"),
    "lesson": _l("What is to be learnt"),
    "basis": _l("Legal basis"),
}
#: What to do about what was refused; `lessons.lifecycle` and those who ask it name them.
REASONS = {
    "lesson_kind_unlisted": _l("Choose a kind of lesson."),
    "lesson_title_missing": _l("Give the lesson a title."),
    "lesson_field_missing": _l("Write this part before you hand the lesson in."),
    "lesson_effect_number": _l("Say the effect in numbers: write at least one figure."),
    "lesson_sector_unlisted": _l("Choose a sector of the list."),
    "lesson_category_unlisted": _l("Choose a kind of hazard of the list."),
    "lesson_conditions_foreign": _l("Choose conditions that the cases of the lesson show."),
    "lesson_conditions_missing": _l(
        "Choose a sector or a failed item: without one nothing looks alike."
    ),
    "lesson_case_open": _l("A lesson is drafted from closed cases only."),
    "lesson_case_unknown": _l("You see no closed case with this number: %(number)s"),
    "lesson_tied": _l(
        "You have a tie to the unit of a case, or stepped back from it: somebody else has to do it."
    ),
    "lesson_moved_on": _l("Somebody changed this lesson after you opened it. Look at it again."),
    "lesson_not_now": _l("This cannot be done with the lesson as it stands now."),
    "lesson_own": _l("You wrote on this lesson: somebody else has to read it."),
    "lesson_note_missing": _l("Write what has to be changed."),
    "lesson_reason_missing": _l("Write the reason."),
    "lesson_words_unanswered": _l(
        "Some words may still name somebody or a place. Say why the lesson is published all the "
        "same."
    ),
    "lesson_verdict_missing": _l("Choose whether the lesson was used."),
    "lesson_none_alike": _l("No unit of the register is alike enough. There is nothing to plan."),
}
#: The published definition of what is counted beside a lesson.
EFFECT = _l(
    "Used and not fitting: cases at whose page somebody said so last. Came back at its units: "
    "units of its cases where, within %(months)s months of the closing, another case of the same "
    "kind of hazard came in that was found true or partly true. Swept: units in plans made from "
    "this lesson; visited: those with a recorded inspection; had it: those where the inspection "
    "found a failed item of the lesson (any hazard, if it names no item) or became a true case "
    "of the same kind of hazard. Came back after the visit: as before, from the day of the visit "
    "on. Only cases and plans that you can see count."
)
