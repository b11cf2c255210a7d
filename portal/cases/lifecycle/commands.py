"""What people ask for: one frozen command for each move, named by the verb on the button."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.cases.kinds import Finding, Priority, Shows
from portal.inspections.kinds import Level, Method
from portal.inspections.lifecycle import Checked, Signature
from portal.reports.kinds import Contacted, Satisfied, Solved


@dataclass(frozen=True, kw_only=True)
class Command:
    """`seen` is the version of the case that the person had before them."""

    case_id: UUID
    seen: int
    #: A lead's reason for acting (or letting act) in spite of a tie to the unit.
    override_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Accept(Command):
    kind: str
    category: str
    jurisdiction: str
    township: str | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Dispatch(Command):
    group_id: UUID | None
    priority: Priority
    suspected_major: bool
    #: Needed where the group is not the one proposed.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Refuse(Command):
    reason_code: str
    #: What the reporter reads besides the listed reason.
    explanation: str


@dataclass(frozen=True, kw_only=True)
class TransferOut(Command):
    office: str
    #: How it was handed over: letter number, who took it.
    handover: str
    #: What the reporter reads.
    explanation: str


@dataclass(frozen=True, kw_only=True)
class ReferAccident(Command):
    office: str
    handover: str
    explanation: str


@dataclass(frozen=True, kw_only=True)
class Merge(Command):
    """The case goes into `into_id`, with its reports; their clocks stay their own."""

    into_id: UUID | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Split(Command):
    """Either a report that was merged in leaves again, or a part becomes a case of its own."""

    report_id: UUID | None = None
    part: str = ""


@dataclass(frozen=True, kw_only=True)
class Withdraw(Command):
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SignFor(Command):
    pass


@dataclass(frozen=True, kw_only=True)
class TakeBack(Command):
    pass


@dataclass(frozen=True, kw_only=True)
class ReturnDispatch(Command):
    reason: str


@dataclass(frozen=True, kw_only=True)
class AskReturn(Command):
    reason: str


@dataclass(frozen=True, kw_only=True)
class DecideReturn(Command):
    upheld: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Reassign(Command):
    group_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class AssignHandler(Command):
    account_id: UUID | None
    #: Whoever handled it leaves the group.
    hands_over: bool = False


@dataclass(frozen=True, kw_only=True)
class FoundHazard:
    description: str
    #: Put right before the inspectors left.
    fixed_on_spot: bool = False
    #: The item of a checklist that failed; "" for a free finding.
    item: str = ""
    proposed_major: bool = False


@dataclass(frozen=True, kw_only=True)
class Inspect(Command):
    visited_at: datetime | None
    inspectors: tuple[UUID, ...]
    finding: str
    hazards: tuple[FoundHazard, ...] = ()
    unit_id: UUID | None = None
    #: The id that the visit gets, where files were taken in for it already.
    inspection_id: UUID | None = None
    files: tuple[Mapping[str, Any], ...] = ()
    #: Where it was made by a checklist: the copy, and what came of its items.
    checked: Checked | None = None
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssessRisk(Command):
    hazard_id: UUID | None
    method: Method
    inputs: tuple[tuple[str, float], ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class NewItem:
    hazard_id: UUID | None
    task: str
    responsible: str
    due_on: date | None
    evidence_asked: str = ""
    #: Put right on the spot: the item is done already and waits for review.
    done: bool = False
    #: The rule that demands it, as it is cited; the order prints it.
    basis: str = ""
    #: Of a major hazard: from what it is paid, what is done if it happens all the same, and what
    #: keeps people safe until it is put right.
    funds: str = ""
    contingency: str = ""
    interim: str = ""


@dataclass(frozen=True, kw_only=True)
class IssueTaskBook(Command):
    items: tuple[NewItem, ...]
    unit_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SignTaskBook(Command):
    task_book_id: UUID
    name: str
    post: str


@dataclass(frozen=True, kw_only=True)
class ReportItemDone(Command):
    item_id: UUID | None
    name: str
    post: str
    statement: str
    #: Files that were taken in already; the event holds their ids and both hashes.
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReportInterim(Command):
    """The unit says that the interim protection stands."""

    item_id: UUID | None
    name: str
    post: str
    statement: str
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithdrawItem(Command):
    item_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class SupplementTask(Command):
    """What a task lacks since its hazard was decided to be major; the rest stays as it is."""

    item_id: UUID | None
    evidence_asked: str = ""
    funds: str = ""
    contingency: str = ""
    interim: str = ""


@dataclass(frozen=True, kw_only=True)
class AskExtension(Command):
    """More time: of the unit for a task until a day, of a member for concluding by days."""

    reason: str
    #: What is done in the time that is asked for.
    plan: str
    item_id: UUID | None = None
    new_due_on: date | None = None
    days: int | None = None
    #: Who asks at the unit; staff give neither.
    name: str = ""
    post: str = ""


@dataclass(frozen=True, kw_only=True)
class DecideExtension(Command):
    extension_id: UUID | None
    granted: bool
    reason: str
    #: How much is granted; it may be less than was asked for.
    new_due_on: date | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class DecideLevel(Command):
    hazard_id: UUID | None
    level: Level | None
    #: The standard and its item.
    criterion: str
    reason: str
    #: People of the group.
    panel: tuple[UUID, ...] = ()
    #: Others, one a line, with their office.
    experts: str = ""


@dataclass(frozen=True, kw_only=True)
class SignCheck(Command):
    """The first of the two signatures that a major hazard needs; the second passes the review."""

    item_id: UUID | None
    opinion: str
    on_site: bool = False
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PassReview(Command):
    item_id: UUID | None
    opinion: str
    on_site: bool = False
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class FailReview(Command):
    item_id: UUID | None
    opinion: str
    new_due_on: date | None
    on_site: bool = False
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verify(Command):
    finding: Finding | None
    #: What was established; with no inspection, also why it could be settled without.
    reason: str


@dataclass(frozen=True, kw_only=True)
class Conclude(Command):
    #: The answer to each reporter: (report, words).
    answers: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, kw_only=True)
class Close(Command):
    lesson_considered: bool
    #: For a withdrawn report, and where nothing was found: why no hazard remains.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Object(Command):
    body: str
    #: Set when a unit objects; the reporter's own report is known by the receipt.
    task_book_id: UUID | None = None
    #: Of a unit: the one task that it is about; None: the book as a whole.
    item_id: UUID | None = None
    #: Who objects at the unit; a reporter gives neither.
    name: str = ""
    post: str = ""


@dataclass(frozen=True, kw_only=True)
class DecideObjection(Command):
    objection_id: UUID | None
    upheld: bool
    reason: str
    #: Not only the task was wrong: what it was ordered for is no hazard.
    no_hazard: bool = False


@dataclass(frozen=True, kw_only=True)
class Reopen(Command):
    ground: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Pause(Command):
    reason_code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Resume(Command):
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Ask(Command):
    """A question: of a reporter to the group, or of the group to a reporter."""

    report_id: UUID | None
    body: str
    #: Until when staff promise to write again.
    promised_on: date | None = None
    #: Files that go along, as `AddEvidence` has them, and the id that the message then gets.
    files: tuple[dict[str, Any], ...] = ()
    message_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Answer(Command):
    report_id: UUID | None
    body: str
    #: Until when staff promise to write again.
    promised_on: date | None = None
    #: Files that go along, as `AddEvidence` has them, and the id that the message then gets.
    files: tuple[dict[str, Any], ...] = ()
    message_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AddEvidence(Command):
    """Files that were taken in already; the event holds their ids and both hashes."""

    files: tuple[dict[str, str], ...]
    report_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseFiles(Command):
    """The pictures that the reporters see from now on, all of them; what is left out is not."""

    files: tuple[tuple[UUID, Shows], ...]


@dataclass(frozen=True, kw_only=True)
class Rate(Command):
    contacted: Contacted | None
    solved: Solved | None
    satisfied: Satisfied | None


@dataclass(frozen=True, kw_only=True)
class Note(Command):
    body: str


@dataclass(frozen=True, kw_only=True)
class Recuse(Command):
    reason: str


@dataclass(frozen=True, kw_only=True)
class SetAside(Command):
    until: date | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ChangeLane(Command):
    #: Behind all others (True), or back among them.
    slow: bool


@dataclass(frozen=True, kw_only=True)
class RecordReply(Command):
    """What the office said to which the matter was handed over: an entry of `OFFICE_SAID`."""

    said: str
    reply: str


@dataclass(frozen=True, kw_only=True)
class RevokeLink(Command):
    task_book_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Breach(Command):
    """A clock ran past its due date; recorded once by the job that watches the clocks."""

    clock: str
    subject: str
    episode: int
    due_at: datetime
