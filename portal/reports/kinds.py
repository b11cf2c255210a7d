"""Words of reports that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from portal.presets.kinds import NOT_SURE


class Sender(StrEnum):
    REPORTER = "reporter"
    STAFF = "staff"


class Contacted(StrEnum):
    """The reporter's answer to "were you contacted?"; counts for the response rate."""

    YES = "yes"
    NO = "no"

    @property
    def label(self) -> str:
        return str(CONTACTED_LABELS[self])


class Solved(StrEnum):
    """The reporter's answer to "is the problem solved?"; counts for the resolution rate."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"

    @property
    def label(self) -> str:
        return str(SOLVED_LABELS[self])


class Satisfied(StrEnum):
    """The reporter's answer to "how was it handled?"; counts for the satisfaction rate."""

    SATISFIED = "satisfied"
    BASICALLY = "basically"
    NOT = "not"

    @property
    def label(self) -> str:
        return str(SATISFIED_LABELS[self])


CONTACTED_LABELS = {Contacted.YES: _l("Yes, I was"), Contacted.NO: _l("No, I was not")}
SOLVED_LABELS = {
    Solved.YES: _l("Yes, it is solved"),
    Solved.PARTLY: _l("In part"),
    Solved.NO: _l("No"),
}
SATISFIED_LABELS = {
    Satisfied.SATISFIED: _l("Satisfied"),
    Satisfied.BASICALLY: _l("Basically satisfied"),
    Satisfied.NOT: _l("Not satisfied"),
}

#: What the matter is to the reporter; never asked for, never checked.
RELATION_LABELS = {
    "worker": _l("I work there"),
    "neighbour": _l("I live or work nearby"),
    "customer": _l("I am a customer or visitor"),
    "passer_by": _l("I passed by"),
}

#: Answers that questions have in common.
ANSWER_LABELS = {"yes": _l("Yes"), "no": _l("No"), NOT_SURE: _l("Not sure")}
#: Bounds of an answer in words and of one in figures.
ANSWER_MAX = 200
NUMBER_MAX = 1_000_000

#: Bounds of the report's text in characters (code points).
TEXT_MIN = 2
TEXT_MAX = 5000
PLACE_MAX = 500
MESSAGE_MAX = 5000
