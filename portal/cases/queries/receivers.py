"""Who is told: each receiver of the preset's table as the people it means for one case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import GroupKind, Role
from portal.accounts.models import Account, Membership
from portal.accounts.queries import holders_of, holds_on, live_groups, people_at_unit
from portal.assistance.models import Assistance
from portal.cases.kinds import Priority
from portal.cases.models import Case, ClockReading
from portal.cases.queries.ladder import chain_of
from portal.discipline.models import DisciplinaryStep
from portal.discipline.queries import mail_address
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, events_of, one_event
from portal.inspections.models import Inspection
from portal.notices.kinds import Told
from portal.notices.models import Notice, Reminder
from portal.notices.queries import told_of
from portal.presets.kinds import Receiver
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.queries import people_tied_to, unit

HANDLING = (Role.MEMBER, Role.LEAD)
#: Events that brought a case to a group's people; taking it back is told to whom they were told.
BROUGHT = frozenset({EventKind.DISPATCHED, EventKind.REASSIGNED, EventKind.HANDLER_ASSIGNED})


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the resolvers look at."""

    session: Session
    case: Case
    on: date
    #: The event that is told, and those before it; None and all for a reminder.
    event: Recorded | None
    before: Sequence[Recorded]

    @property
    def group_id(self) -> UUID | None:
        """The group that had the case when it happened: the one it then left, if it left one."""
        told = [self.event] if self.event is not None else []
        return _group_after([*self.before, *told]) or _group_after(self.before)

    @property
    def item_id(self) -> UUID | None:
        named = self.event.payload.get("item") if self.event is not None else None
        return UUID(str(named)) if named else None


def is_red(case: Case) -> bool:
    """Say whether the case may wake people: urgent, or suspected to be major."""
    return case.priority is Priority.URGENT or case.suspected_major


def told_by(session: Session, notice: Notice, case: Case, *, on: date) -> Told:
    """Return who is to be told of a notice. Never who did it, nobody with a tie to the unit."""
    events = events_of(session, case.id)
    found_here = (event for event in events if event.seq == notice.event_seq)
    # What must not be seen in a case stands in none; the notice says which one it became.
    event = next(found_here, None) or one_event(session, notice.event_seq)
    scene = _Scene(session, case, on, event, [e for e in events if e.seq < event.seq])
    receiver = Receiver(notice.receiver)
    if receiver is Receiver.UNIT:
        return _unit_of(scene)
    if receiver is Receiver.ADDRESSEE:
        return _addressee_of(scene)
    if receiver is Receiver.MEMBERS and event.kind in BROUGHT and _has_left(scene):
        return Told(all_excused=True)
    found = RESOLVERS[receiver](scene)
    excused = event.kind is EventKind.TAKEN_BACK and not found
    return _without(scene, found, event.person_id, excused=excused)


def told_of_alarm(session: Session, notice: Notice, *, on: date) -> Told:
    """Return the people of the desk at which a mass event came in."""
    event = one_event(session, notice.event_seq)
    desk = UUID(str(event.payload["desk"]))
    people = _working_in(session, desk, (Role.DISPATCHER,), on)
    return Told(tuple(account.id for account in people))


def told_of_help(session: Session, notice: Notice, *, on: date) -> Told:
    """Return who of the group that gives help hears of it: its owner, else its leads; nobody with
    a tie to the unit.
    """
    event = one_event(session, notice.event_seq)
    one = session.get_one(Assistance, UUID(str(event.payload["help"])))
    leads = _working_in(session, one.group_id, (Role.LEAD,), on)
    people = leads
    if Receiver(notice.receiver) is Receiver.HANDLER:
        own = _working_in(session, one.group_id, HANDLING, on)
        people = [account for account in own if account.id == one.owner_id] or leads
    barred = people_tied_to(session, one.unit_id) if one.unit_id else frozenset()
    free = tuple(account.id for account in people if account.person_id not in barred)
    return Told(free, all_excused=bool(people))


def told_of_month(session: Session, notice: Notice, *, on: date) -> Told:
    """Return the people with an account at the unit that has a month to declare, or to answer."""
    unit_id = UUID(str(one_event(session, notice.event_seq).payload["unit"]))
    people = people_at_unit(session, unit_id, on=on)
    # Whose last account was ended stands in the list of late declarations: no failure of mail.
    return Told(tuple(account.id for account in people), all_excused=True)


def still_due(session: Session, reminder: Reminder) -> bool:
    """Say whether what a reminder is about still waits: its clock has not stopped."""
    row = session.get(
        ClockReading, (reminder.case_id, reminder.clock, reminder.subject, reminder.episode)
    )
    return row is not None and row.stopped_at is None and row.due_at is not None


def told_of_due(session: Session, case: Case, clock: str, subject: str, *, on: date) -> Told:
    """Return whom to remind of a due date: the desk, who rules, who checks, else who handles."""
    scene = _Scene(session, case, on, None, events_of(session, case.id))
    if clock in ("return_decision", "objection_review"):
        found = _arbiter(scene)
    elif clock == "review":
        found = _reviewers_of(scene, UUID(subject))
    elif case.group_id is None:
        found = _desk(scene)
    else:
        found = _handler(scene)
    told = _without(scene, found, None, excused=False)
    if clock not in ("item", "interim_protection"):
        return told
    book = _unit_of(scene, UUID(subject))
    return Told(told.accounts, book.unit_id, book.task_book_id)


def _without(
    scene: _Scene, found: Iterable[Account], person_id: UUID | None, *, excused: bool
) -> Told:
    """Leave out whoever did it, and who must not handle the case."""
    case = scene.case
    barred = {*case.recused, *case.hidden_from}
    if case.unit_id is not None:
        barred |= people_tied_to(scene.session, case.unit_id)
    free = [account for account in found if account.person_id not in barred]
    others = [account for account in free if account.person_id != person_id or person_id is None]
    ids = tuple(dict.fromkeys(account.id for account in others))
    return Told(ids, all_excused=excused or bool(free))


def _group_after(events: Iterable[Recorded]) -> UUID | None:
    group = None
    for event in events:
        columns: Mapping[str, object] = event.payload.get("set", {})
        if "group_id" in columns:
            group = UUID(str(columns["group_id"])) if columns["group_id"] else None
    return group


def _has_left(scene: _Scene) -> bool:
    """Say whether the case left the group again before it was told, as over a quiet night."""
    return scene.case.group_id != scene.group_id


def _in_group(scene: _Scene, group_id: UUID | None, roles: Sequence[Role]) -> list[Account]:
    if group_id is None or group_id in scene.case.hidden_from:
        return []
    return _working_in(scene.session, group_id, roles, scene.on)


def _working_in(session: Session, group_id: UUID, roles: Sequence[Role], on: date) -> list[Account]:
    rows = session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.group_id == group_id,
            Membership.role.in_(roles),
            holds_on(on),
            Account.active,
        )
        .order_by(Account.id)
    )
    return list(dict.fromkeys(rows))


def _members(scene: _Scene) -> list[Account]:
    if scene.event is not None and scene.event.kind is EventKind.TAKEN_BACK:
        return _told_before(scene)
    return _in_group(scene, scene.group_id, HANDLING)


def _told_before(scene: _Scene) -> list[Account]:
    """Return those who were told that the case came; nobody if that was stopped in time."""
    told: set[UUID] = set()
    for event in reversed(scene.before):
        if event.kind in BROUGHT:
            told |= told_of(scene.session, event.seq)
        if event.kind is EventKind.DISPATCHED:
            break
    wanted = select(Account).where(Account.id.in_(told), Account.active).order_by(Account.id)
    return list(scene.session.scalars(wanted))


def _lead(scene: _Scene) -> list[Account]:
    return _in_group(scene, scene.group_id, (Role.LEAD,))


def _handler(scene: _Scene) -> list[Account]:
    """Return who handles it, else the leads: nobody yet, gone, stepped back or tied."""
    case = scene.case
    people = _in_group(scene, scene.group_id, HANDLING)
    own = [account for account in people if account.id == case.handler_id]
    barred = set(case.recused)
    if case.unit_id is not None:
        barred |= people_tied_to(scene.session, case.unit_id)
    return [account for account in own if account.person_id not in barred] or _lead(scene)


def _desk(scene: _Scene) -> list[Account]:
    return _in_group(scene, scene.case.desk_id, (Role.DISPATCHER,))


def _dispatcher(scene: _Scene) -> list[Account]:
    """Return who dispatched it last, else everybody at its desk."""
    desk = _desk(scene)
    for event in reversed(scene.before):
        if event.kind is EventKind.DISPATCHED:
            return [account for account in desk if account.id == event.account_id] or desk
    return desk


def _supervision(scene: _Scene) -> UUID | None:
    """Return the group that watches over the case's jurisdiction."""
    if scene.case.jurisdiction is None:
        return None
    for group in live_groups(scene.session, on=scene.on).values():
        supervises = group.kind is GroupKind.SUPERVISION
        if supervises and group.jurisdiction == scene.case.jurisdiction:
            return group.id
    return None


def _directors(scene: _Scene) -> list[Account]:
    return list(holders_of(scene.session, Role.DIRECTOR, on=scene.on))


def _arbiter(scene: _Scene) -> list[Account]:
    """Return who rules: the supervision group's leads; the director if that group is a party."""
    watching = _supervision(scene)
    leads = [] if watching == scene.group_id else _in_group(scene, watching, (Role.LEAD,))
    return leads or _directors(scene)


def _reviewers(scene: _Scene) -> list[Account]:
    return _reviewers_of(scene, scene.item_id)


def _reviewers_of(scene: _Scene, item_id: UUID | None) -> list[Account]:
    """Return who may check the item: not who inspected or ordered; if nobody else, a director."""
    visits = scene.session.scalars(
        select(Inspection.inspectors).where(Inspection.case_id == scene.case.id)
    )
    had_part = {person for visit in visits for person in visit}
    had_part |= set(
        scene.session.scalars(
            select(TaskBook.issued_by)
            .join(TaskItem, TaskItem.task_book_id == TaskBook.id)
            .where(TaskItem.id == item_id)
        )
    )
    nearby = _in_group(scene, scene.group_id, HANDLING)
    nearby += _in_group(scene, _supervision(scene), HANDLING)
    free = [account for account in dict.fromkeys(nearby) if account.person_id not in had_part]
    directors = _directors(scene) if not free else []
    return free or [account for account in directors if account.person_id not in had_part]


def _unit_of(scene: _Scene, item_id: UUID | None = None) -> Told:
    """Return the unit whose task book it is; nobody if it has no address or the link is dead."""
    item_id = item_id or scene.item_id
    book_id = scene.event.payload.get("book") if scene.event is not None else None
    if book_id is None and item_id is not None:
        item = scene.session.get(TaskItem, item_id)
        book_id = item.task_book_id if item is not None else None
    book = scene.session.get(TaskBook, UUID(str(book_id))) if book_id else None
    if book is None or book.token_hash is None:
        return Told(all_excused=True)
    if not unit(scene.session, book.unit_id).contact_email:
        return Told()
    return Told(unit_id=book.unit_id, task_book_id=book.id)


def _addressee_of(scene: _Scene) -> Told:
    """Return the post that a step is about; a paper goes to one that no mail reaches."""
    named = scene.event.payload.get("step") if scene.event is not None else None
    step = scene.session.get(DisciplinaryStep, UUID(str(named))) if named else None
    if scene.event is None or step is None or not step.token_hash or step.ordered_at is None:
        return Told(all_excused=True)
    chain = chain_of(scene.session, scene.case, scene.event.at)
    if not mail_address(scene.session, step, chain):
        return Told(all_excused=True)
    return Told(step_id=step.id)


RESOLVERS: Mapping[Receiver, Callable[[_Scene], list[Account]]] = {
    Receiver.MEMBERS: _members,
    Receiver.LEAD: _lead,
    Receiver.HANDLER: _handler,
    Receiver.DISPATCHER: _dispatcher,
    Receiver.REVIEWERS: _reviewers,
    Receiver.ARBITER: _arbiter,
    Receiver.DIRECTOR: _directors,
}
