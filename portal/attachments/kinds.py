"""Words of attachments that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from portal.integrations.scrubber import Reason


class Purpose(StrEnum):
    """What a file was given for, and so by whom."""

    REPORT = "report"
    MESSAGE = "message"
    #: Sent by staff to one reporter, along with a message.
    SENT = "sent"
    INSPECTION = "inspection"
    ITEM = "item"
    REVIEW = "review"
    #: With the answer to a disciplinary step.
    STEP = "step"
    #: With what a unit found itself.
    OWN = "own"
    #: With what somebody reported inside a unit; the object is the report, the case is none.
    INSIDE = "inside"


#: Given by reporters: their times are those of the hour.
OF_REPORTERS = frozenset({Purpose.REPORT, Purpose.MESSAGE, Purpose.INSIDE})


class State(StrEnum):
    """What became of a file."""

    #: A clean copy is shown; the original is sealed where there were custodians.
    SHOWN = "shown"
    #: No clean copy could be made; the original is sealed and nobody here sees it.
    SEALED_ONLY = "sealed_only"
    #: Neither could be done: nothing of the file is kept, and who gave it was told.
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class Stage(StrEnum):
    """How far a file of a draft has come, as scripts are told."""

    ARRIVING = "arriving"
    BEING_CLEANED = "being_cleaned"
    CLEAN = "clean"
    SEALED_ONLY = "sealed_only"
    REFUSED = "refused"


class Area(StrEnum):
    """The two parts of the object store, swept by different rules."""

    DRAFTS = "drafts"
    KEPT = "kept"


class Part(StrEnum):
    """The two clean pictures of one file."""

    COPY = "copy"
    THUMBNAIL = "thumbnail"


STATE_LABELS = {
    State.SHOWN: _l("We removed place, time and phone model from this photo."),
    State.SEALED_ONLY: _l(
        "We can’t remove hidden data from this file. It is sealed and not shown."
        " You could send a screenshot."
    ),
    State.REFUSED: _l(
        "We can’t remove hidden data from this file and did not keep it."
        " You could send a screenshot."
    ),
}

#: What to do about a file of which no copy can be shown.
REASON_LABELS = {
    Reason.EMPTY: _l("The file is empty. Choose it again."),
    Reason.TOO_LARGE: _l("The file is too large. Choose a smaller one or send a screenshot."),
    Reason.UNREADABLE: _l("The file is damaged or protected by a password. Choose another."),
    Reason.TOO_MANY_PIXELS: _l("The picture has too many pixels. Send a smaller one."),
    Reason.TOO_MANY_PAGES: _l("The document has too many pages. Send the pages that matter."),
    Reason.ANIMATED: _l("The picture moves. Send a still picture of it."),
    Reason.TYPE_NOT_SHOWN: _l("Files of this kind can’t be shown. You could send a screenshot."),
    Reason.TIMED_OUT: _l("The file took too long to check. Send a simpler one."),
    Reason.BUSY: _l("Many files are being checked just now. Try again in a minute."),
}
