"""Which cases an actor can see: the policy's rules, said in SQL."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from sqlalchemy import ColumnElement, false, func, not_, or_, select, true

from portal.access.kinds import Action, Actor, GroupKind
from portal.access.policy import (
    POLICY,
    Rule,
    always,
    for_a_unit,
    own_desk,
    own_desk_while_received,
    own_group,
    own_group_or_supervises,
    own_help,
    own_inside,
    own_link,
    own_report,
    own_step,
    own_task_book,
    supervises,
    supervises_another,
    watches,
)
from portal.cases.kinds import State
from portal.cases.models import Case
from portal.discipline.models import DisciplinaryStep
from portal.reports.models import Report
from portal.taskbooks.models import TaskBook

# `== None` would become IS NULL and show what belongs to nobody to those who belong nowhere:
# each twin says false() where the actor's side is empty.


def _is_shown(actor: Actor) -> ColumnElement[bool]:
    hidden = [one for one in (actor.group_id, actor.person_id) if one is not None]
    if not hidden:
        return true()
    # Almost no case is hidden from anybody: to see that an array is empty costs a tenth.
    is_open = func.cardinality(Case.hidden_from) == 0
    return or_(is_open, not_(Case.hidden_from.overlap(hidden)))


def _own_desk(actor: Actor) -> ColumnElement[bool]:
    if actor.group_id is None:
        return false()
    return (Case.desk_id == actor.group_id) & _is_shown(actor)


def _own_group(actor: Actor) -> ColumnElement[bool]:
    if actor.group_id is None:
        return false()
    return (Case.group_id == actor.group_id) & _is_shown(actor)


def _supervises(actor: Actor) -> ColumnElement[bool]:
    if actor.group_kind is not GroupKind.SUPERVISION or actor.jurisdiction is None:
        return false()
    return (Case.jurisdiction == actor.jurisdiction) & _is_shown(actor)


def _own_report(actor: Actor) -> ColumnElement[bool]:
    if actor.report_id is None:
        return false()
    return Case.id == select(Report.case_id).where(Report.id == actor.report_id).scalar_subquery()


def _own_task_book(actor: Actor) -> ColumnElement[bool]:
    if actor.task_book_id is None:
        return false()
    return (
        Case.id
        == select(TaskBook.case_id).where(TaskBook.id == actor.task_book_id).scalar_subquery()
    )


def _own_step(actor: Actor) -> ColumnElement[bool]:
    if actor.step_id is None:
        return false()
    step = select(DisciplinaryStep.case_id).where(DisciplinaryStep.id == actor.step_id)
    return Case.id == step.scalar_subquery()


IN_SQL: Mapping[Rule, Callable[[Actor], ColumnElement[bool]]] = {
    always: lambda actor: true(),
    own_desk: _own_desk,
    own_desk_while_received: lambda a: _own_desk(a) & (Case.state == State.RECEIVED),
    own_group: _own_group,
    supervises: _supervises,
    watches: lambda a: true() if watches(a, None) else false(),
    own_group_or_supervises: lambda a: _own_group(a) | _supervises(a),
    # coalesce: a case without a group is not the actor's own.
    supervises_another: lambda a: _supervises(a) & not_(func.coalesce(_own_group(a), false())),
    own_report: _own_report,
    own_task_book: _own_task_book,
    own_step: _own_step,
    # A link of help leads to no case.
    own_help: lambda a: false(),
    own_link: lambda a: or_(_own_task_book(a), _own_step(a)),
    # No case is read by it: what is a unit's own lies in `selfinspections`.
    for_a_unit: lambda a: true() if for_a_unit(a, None) else false(),
    own_inside: lambda a: true() if own_inside(a, None) else false(),
}


@lru_cache(maxsize=1024)
def visible_to(actor: Actor, action: Action = Action.READ) -> ColumnElement[bool]:
    """Return the WHERE clause that keeps the cases to which `actor` may do `action`.

    Made once: it depends on nothing but the two.
    """
    rule = POLICY.get((actor.role, action))
    return false() if rule is None else IN_SQL[rule](actor)
