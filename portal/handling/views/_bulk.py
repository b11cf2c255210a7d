"""One move on many cases: each in a unit of work of its own, each with its own result."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from wtforms.fields import SelectChoice

from portal.access.kinds import Actor
from portal.accounts.queries import live_groups, members_of
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.services import move_case
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn, Refusal, Stale
from portal.foundation.transaction import unit_of_work
from portal.handling.forms.bulk import BulkForm
from portal.handling.forms.words import MOVES, reason_words
from portal.history.queries import event_at
from portal.presets.queries import in_force
from portal.web.language import current
from portal.web.pages import current_actor

#: A page shows fewer rows; more can't have come from it.
MOST = 200
Chosen = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: `refused` is the sentence, "" if it was done."""

    case_id: UUID
    number: str
    refused: str = ""


def chosen_of(values: Iterable[str]) -> list[Chosen]:
    """Return ids with the versions that were seen; what is no such pair is left out."""
    found: dict[UUID, int] = {}
    for value in list(values)[:MOST]:
        name, _dot, version = value.partition(".")
        try:
            found[UUID(name)] = int(version)
        except ValueError:
            continue
    return list(found.items())


def each(chosen: Sequence[Chosen], act: Callable[[Any, Actor, UUID, int], object]) -> list[Result]:
    """Do `act(session, actor, case_id, seen)` for each case; one that is refused stops none."""
    actor, session = current_actor(), db.session()
    results = []
    for case_id, seen in chosen:
        number = ""
        try:
            with unit_of_work(session):
                number = queries.case_of(session, actor, case_id).number
                act(session, actor, case_id, seen)
            results.append(Result(case_id, number))
        except Refusal as refusal:
            number = number or _("Unknown case")
            results.append(Result(case_id, number, sentence(refusal)))
    return results


def sentence(refusal: Refusal) -> str:
    """Return why one case was refused."""
    match refusal:
        case Stale():
            return str(_("Somebody changed it after you opened the list."))
        case Incomplete():
            return reason_words(refusal.reason, refusal.values)
        case OutOfTurn():
            reason, values = refusal.args
            return reason_words(reason, values)
        case NotAllowed():
            return reason_words("not_yours", {})
        case NotFound():
            return str(_("It is not there, or not yours to see."))
    return str(_("It can’t be done."))


def command_for(move: str, form: BulkForm) -> Callable[[UUID, int], c.Command]:
    """Return how to make the command of a bulk move from its form."""

    def make(case_id: UUID, seen: int) -> c.Command:
        if move == "sign_for":
            return c.SignFor(case_id=case_id, seen=seen)
        if move == "assign_handler":
            return c.AssignHandler(case_id=case_id, seen=seen, account_id=form.account_id.data)
        return c.Reassign(
            case_id=case_id,
            seen=seen,
            group_id=form.group_id.data,
            reason=form.reason.data or "",
        )

    return make


def carry_out(move: str, form: BulkForm, chosen: Sequence[Chosen]) -> str:
    """Carry out the move on each case and return the page of results."""
    make, moment = command_for(move, form), now()

    def act(session: Any, actor: Actor, case_id: UUID, seen: int) -> None:
        command = make(case_id, seen)
        if not _is_done(session, actor, command, move):
            move_case(session, actor, command, now=moment)

    return result_page(each(chosen, act), title=str(MOVES[move][0]))


def _is_done(session: Any, actor: Actor, command: c.Command, move: str) -> bool:
    """Tell whether the same press, sent twice, has done it already."""
    event = event_at(session, command.case_id, command.seen + 1)
    return (
        event is not None
        and event.account_id == actor.account_id
        and event.kind is BY_NAME[move].event
    )


def result_page(results: Sequence[Result], *, title: str, back_url: str | None = None) -> str:
    """Return the page that says of each case what became of it."""
    return render_template(
        "handling/results.html",
        heading=title,
        done=[one for one in results if not one.refused],
        refused=[one for one in results if one.refused],
        back_url=back_url or url_for("queue.next"),
    )


def ask_page(move: str, form: BulkForm, chosen: Sequence[Chosen]) -> str:
    """Return the page that asks for the group or person before a bulk move."""
    session, actor = db.session(), current_actor()
    numbers = []
    for case_id, _seen in chosen:
        try:
            numbers.append(queries.case_of(session, actor, case_id).number)
        except NotFound:
            continue
    return render_template(
        "handling/bulk.html",
        form=form,
        move=move,
        label=MOVES[move][0],
        numbers=numbers,
        kept=[("case", f"{case_id}.{seen}") for case_id, seen in chosen],
        csrf_token=generate_csrf(),
        back_url=url_for("queue.next"),
    )


def fitted(move: str) -> BulkForm:
    """Return the form of a bulk move with the groups or people to choose from."""
    form, actor, session = BulkForm(), current_actor(), db.session()
    zone = in_force(session, now()).limits.zone
    today = now().astimezone(zone).date()
    if move != "reassign":
        del form.group_id, form.reason
    else:
        form.group_id.choices = [
            SelectChoice(str(group.id), group.name(current()))
            for group in live_groups(session, on=today).values()
            if group.kind != "desk" and group.people_count and group.id != actor.group_id
        ]
    if move != "assign_handler":
        del form.account_id
    elif actor.group_id is not None:
        form.account_id.choices = [
            SelectChoice(str(account.id), account.person.name)
            for account in members_of(session, actor.group_id, on=today)
        ]
    return form
