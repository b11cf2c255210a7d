"""Words of notices that need no database."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l


class NoticeState(StrEnum):
    WAITING = "waiting"
    #: Turned into deliveries, one for each receiver.
    SPREAD = "spread"
    CANCELLED = "cancelled"
    #: It should have reached somebody and there is nobody: the administrator sees it.
    NOBODY = "nobody"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    #: Given up after the last try; the administrator sees it.
    FAILED = "failed"
    #: What it would have told is over.
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return str(DELIVERY_LABELS[self])


class AddressState(StrEnum):
    """What became of the address to which a reporter wished to be written."""

    KEPT = "kept"
    #: The reporter wished no more.
    STOPPED = "stopped"
    #: The case was closed.
    CLOSED = "closed"
    #: Nothing got through for a day; the address was erased.
    UNREACHED = "unreached"


class LetterKind(StrEnum):
    """The forms of mail; none holds a word of a case."""

    CASE = "case"
    TAKEN_BACK = "taken_back"
    TASK_BOOK = "task_book"
    STEP = "step"
    REMINDER = "reminder"
    UNIT_REMINDER = "unit_reminder"
    DIGEST = "digest"
    MASS_EVENT = "mass_event"
    HELP = "help"
    LESSON = "lesson"
    DECLARATION = "declaration"
    INSIDE = "inside"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is to be told: accounts, or a unit by its task book."""

    accounts: Collection[UUID] = ()
    unit_id: UUID | None = None
    task_book_id: UUID | None = None
    #: The post toward which this disciplinary step is taken, by its link.
    step_id: UUID | None = None
    #: Somebody would have been told but for a rule (it was their own act): no failure.
    all_excused: bool = False


DELIVERY_LABELS = {
    DeliveryState.WAITING: _l("Waits to be sent"),
    DeliveryState.SENT: _l("Sent"),
    DeliveryState.FAILED: _l("Could not be sent"),
    DeliveryState.CANCELLED: _l("No longer needed"),
}

#: Subjects carry no content: no number, unit or place.
SUBJECTS = {
    LetterKind.CASE: _l("A case needs you"),
    LetterKind.TAKEN_BACK: _l("A case was taken back"),
    LetterKind.TASK_BOOK: _l("A task book for you"),
    LetterKind.STEP: _l("A notice for you"),
    LetterKind.REMINDER: _l("A case is about to be due"),
    LetterKind.UNIT_REMINDER: _l("A task is about to be due"),
    LetterKind.DIGEST: _l("Your cases this morning"),
    LetterKind.MASS_EVENT: _l("Many reports at once"),
    LetterKind.HELP: _l("Help needs you"),
    LetterKind.LESSON: _l("A lesson needs you"),
    LetterKind.DECLARATION: _l("A month is to be declared"),
    LetterKind.INSIDE: _l("Something at your unit needs an answer"),
    #: Who looks over a shoulder must not learn that somebody reported.
    LetterKind.REPORTER: _l("There is something new"),
}
SENTENCES = {
    LetterKind.CASE: _l("A case needs you. Please open it here:"),
    LetterKind.TAKEN_BACK: _l(
        "A case that was sent to your group has been taken back. You need not do anything."
    ),
    LetterKind.TASK_BOOK: _l(
        "There is something new in a task book for your unit. Please open it here, sign for it and "
        "report each task when it is done. Signing means received, not agreed."
    ),
    LetterKind.STEP: _l(
        "There is a notice of the work safety office for your post, or something new about one. "
        "Please open it here. It says until when you can answer:"
    ),
    LetterKind.REMINDER: _l("A date of a case is near or has come. Please open it here:"),
    LetterKind.UNIT_REMINDER: _l(
        "The date of a task for your unit is near or has come. Please open the task book here:"
    ),
    LetterKind.DIGEST: _l("This waits for you this morning:"),
    LetterKind.MASS_EVENT: _l(
        "Many reports about the same place or unit have come in at your desk. Please open them "
        "here:"
    ),
    LetterKind.HELP: _l(
        "Somebody asks your group for help, or says whether it helped. Please open it here:"
    ),
    LetterKind.LESSON: _l(
        "There is something new about a lesson that you wrote, or can read or publish. Please open "
        "it here:"
    ),
    LetterKind.DECLARATION: _l(
        "The monthly declaration of your unit is due soon, or was not made in time. Please sign in "
        "and make it here:"
    ),
    LetterKind.INSIDE: _l(
        "Somebody reported something to your unit itself, and it waits for an answer. Please sign "
        "in and read it here:"
    ),
    LetterKind.REPORTER: _l(
        "You asked to be told when there is something new. There is. You know where to look, and "
        "there you can also stop these messages."
    ),
}
