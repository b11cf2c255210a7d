"""Words of self-inspections that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Act(StrEnum):
    """What the history says of a unit's own work."""

    ENROLLED = "enrolled"
    BEGUN = "begun"
    FINISHED = "finished"
    DROPPED = "dropped"
    HAZARD_ENTERED = "hazard_entered"
    TASK_SET = "task_set"
    TASK_DONE = "task_done"
    HANDED_UP = "handed_up"
    INSIDE_OPENED = "inside_opened"
    INSIDE_CLOSED = "inside_closed"
    INSIDE_FILED = "inside_filed"
    INSIDE_SAID = "inside_said"
    INSIDE_ANSWERED = "inside_answered"
    INSIDE_REJECTED = "inside_rejected"
    INSIDE_TAKEN_UP = "inside_taken_up"
    INSIDE_TAKEN_OUTSIDE = "inside_taken_outside"

    @property
    def label(self) -> str:
        return str(ACT_LABELS[self])


class Standing(StrEnum):
    """How a duty stands in one of its periods."""

    DONE = "done"
    UNDER_WAY = "under_way"
    OPEN = "open"
    MISSED = "missed"

    @property
    def label(self) -> str:
        return str(STANDING_LABELS[self])


class HazardState(StrEnum):
    """How an own hazard stands; it follows from its tasks."""

    NO_TASK = "no_task"
    BEING_PUT_RIGHT = "being_put_right"
    OVERDUE = "overdue"
    PUT_RIGHT = "put_right"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class Way(StrEnum):
    """Who gets what somebody at a unit reports."""

    #: The work-safety office, as every report.
    OUTSIDE = "outside"
    #: The unit itself, and nobody else until it is taken outside.
    INSIDE = "inside"


class AboutManagement(StrEnum):
    """Whether a report is about those who would read it at the unit."""

    NO = "no"
    YES = "yes"
    NOT_SURE = "not_sure"


class InsideState(StrEnum):
    """What a unit did with an inside report. That it was taken outside is no state of it."""

    WAITING = "waiting"
    #: It became a hazard of the unit's own.
    TAKEN_UP = "taken_up"
    ANSWERED = "answered"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return str(INSIDE_LABELS[self])


class Signer(StrEnum):
    """What the unit's chain of responsibility says of whoever signs a declaration."""

    #: The post that answers today.
    HOLDS = "holds"
    #: It answered earlier and no longer does.
    LEFT = "left"
    #: The chain names somebody else.
    OTHER = "other"
    #: The chain names nobody.
    UNNAMED = "unnamed"

    @property
    def label(self) -> str:
        return str(SIGNER_LABELS[self])


class Verdict(StrEnum):
    """How what a unit found itself stands to a report about the same kind of hazard there."""

    FOUND = "found"
    PUT_RIGHT = "put_right"
    RECURRING = "recurring"
    OVERDUE = "overdue"
    TOO_LATE = "too_late"
    CONCEALED = "concealed"
    NIL = "nil"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return str(VERDICT_LABELS[self])


#: Of these the unit is credited: it knew before anybody told it, and saw to it.
CREDITED = frozenset({Verdict.FOUND, Verdict.PUT_RIGHT})

ACT_LABELS = {
    Act.ENROLLED: _l("Takes part in self-inspection"),
    Act.BEGUN: _l("Self-inspection begun"),
    Act.FINISHED: _l("Self-inspection finished"),
    Act.DROPPED: _l("Self-inspection thrown away"),
    Act.HAZARD_ENTERED: _l("Own hazard entered"),
    Act.TASK_SET: _l("Own task set"),
    Act.TASK_DONE: _l("Own task done"),
    Act.HANDED_UP: _l("Own hazard handed up"),
    Act.INSIDE_OPENED: _l("Inside reports switched on"),
    Act.INSIDE_CLOSED: _l("Inside reports switched off"),
    Act.INSIDE_FILED: _l("Inside report filed"),
    Act.INSIDE_SAID: _l("Message on an inside report"),
    Act.INSIDE_ANSWERED: _l("Inside report answered"),
    Act.INSIDE_REJECTED: _l("Inside report rejected"),
    Act.INSIDE_TAKEN_UP: _l("Inside report made an own hazard"),
    Act.INSIDE_TAKEN_OUTSIDE: _l("Inside report taken outside"),
}
INSIDE_LABELS = {
    InsideState.WAITING: _l("Waits for an answer"),
    InsideState.TAKEN_UP: _l("Made an own hazard"),
    InsideState.ANSWERED: _l("Answered by the unit"),
    InsideState.REJECTED: _l("Rejected by the unit"),
}
STANDING_LABELS = {
    Standing.DONE: _l("Done"),
    Standing.UNDER_WAY: _l("Under way"),
    Standing.OPEN: _l("To do"),
    Standing.MISSED: _l("Missed"),
}
STATE_LABELS = {
    HazardState.NO_TASK: _l("No task set yet"),
    HazardState.BEING_PUT_RIGHT: _l("Being put right"),
    HazardState.OVERDUE: _l("A task is late"),
    HazardState.PUT_RIGHT: _l("Put right by the unit"),
}
SIGNER_LABELS = {
    Signer.HOLDS: _l("The post that answers for the unit signed"),
    Signer.LEFT: _l("Signed by a post that no longer answers for the unit"),
    Signer.OTHER: _l("Signed by another post than the chain names"),
    Signer.UNNAMED: _l("The chain named nobody that day"),
}
VERDICT_LABELS = {
    Verdict.FOUND: _l("The unit had found it"),
    Verdict.PUT_RIGHT: _l("The unit had found it and put it right"),
    Verdict.RECURRING: _l("It came back after the unit put it right"),
    Verdict.OVERDUE: _l("The unit had found it, and its own date has passed"),
    Verdict.TOO_LATE: _l("The unit entered it only afterwards"),
    Verdict.CONCEALED: _l("The unit had declared that nothing was found"),
    Verdict.NIL: _l("Declared as nothing found; the report is not verified"),
    Verdict.NOTHING: _l("The unit had entered nothing of this kind"),
}
#: Why, with the times that decided it.
VERDICT_REASONS = {
    Verdict.FOUND: _l(
        "Entered on %(entered)s, before the report came in (%(known)s), and its task was not late. "
        "Counts for the unit: true, already known."
    ),
    Verdict.PUT_RIGHT: _l(
        "Entered on %(entered)s, before the report came in (%(known)s), and put right on %(right)s."
        " Counts for the unit."
    ),
    Verdict.RECURRING: _l(
        "Entered on %(entered)s and put right on %(right)s; the report that came in later "
        "(%(known)s) was found true."
    ),
    Verdict.OVERDUE: _l(
        "Entered on %(entered)s; the unit’s own task was due on %(due)s and not done when the "
        "report came in (%(known)s)."
    ),
    Verdict.TOO_LATE: _l(
        "Entered on %(entered)s, after it was known from elsewhere (%(known)s): not counted as "
        "found by the unit itself."
    ),
    Verdict.CONCEALED: _l(
        "On %(declared)s the unit signed that nothing was found in %(month)s; the report that came "
        "in later (%(known)s) was found true."
    ),
    Verdict.NIL: _l(
        "On %(declared)s the unit signed that nothing was found in %(month)s. Whether the report "
        "is true is not known yet."
    ),
    Verdict.NOTHING: _l(
        "The unit entered no hazard of this kind and signed no return of nothing found before the "
        "report came in (%(known)s)."
    ),
}
#: What to do about what was refused; `lifecycle` and `services` name them.
REASONS = {
    "self_checklist_missing": _l("Choose a checklist of the list."),
    "self_over": _l("This self-inspection was finished or thrown away meanwhile."),
    "self_statement_missing": _l("Write what was done."),
    "self_lacking": _l("Some items lack something. Each says what."),
    "self_words_missing": _l("Write what is dangerous, and where."),
    "self_category_unlisted": _l("Choose a kind of hazard of the list."),
    "self_task_missing": _l("Write what has to be done."),
    "self_who_missing": _l("Write who does it."),
    "self_day_missing": _l("Say until which day."),
    "self_day_past": _l("This day has passed already."),
    "self_done_missing": _l("Write what was done, or add a photo that shows it."),
    "self_right_already": _l(
        "This hazard is put right already. If it came back, enter it as a new one."
    ),
    "self_handed_already": _l("This hazard was handed up already."),
    "month_not_over": _l("This month is not over yet."),
    "month_not_owed": _l("For this month nothing has to be declared."),
    "month_declared": _l("This month is declared already. A declaration is never changed."),
    "nil_with_finds": _l(
        "In this month own hazards were entered: it can’t be declared that nothing was found."
    ),
    "finds_without": _l(
        "In this month no own hazard was entered. Enter it first, or declare that nothing was "
        "found."
    ),
    "kind_missing": _l("Choose what is declared."),
    "signer_missing": _l("Write name and post of whoever signs."),
    "signer_left": _l(
        "By the unit’s chain of responsibility this post no longer answers for the unit. Whoever "
        "answers now signs; if the chain is not right, the group corrects it."
    ),
    "confirm_missing": _l("Confirm that the declaration is true."),
    "inside_not_in": _l("Only a unit that takes part in self-inspection can take inside reports."),
    "inside_readers_missing": _l("Write which posts read the reports."),
    "inside_closed": _l(
        "The unit takes no inside reports any more. Nothing was sent: look again who gets it."
    ),
    "inside_message_missing": _l("Write a message."),
    "inside_answer_missing": _l("Write the answer that the reporter reads."),
    "inside_reason_missing": _l("Write why nothing is done. The reporter reads it."),
    "inside_over": _l("This was answered or rejected already."),
    "inside_hazard_already": _l("This was made an own hazard already."),
    "inside_outside_already": _l(
        "This was taken outside before. Follow it with the code that was shown then."
    ),
}
