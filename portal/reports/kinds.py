"""Words of reports that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Sender(StrEnum):
    REPORTER = "reporter"
    STAFF = "staff"


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

#: Bounds of the report's text in characters (code points).
TEXT_MIN = 2
TEXT_MAX = 5000
PLACE_MAX = 500
MESSAGE_MAX = 5000
