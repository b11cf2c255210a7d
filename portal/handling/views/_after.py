"""After a move: where to go, and the notice that says what changed, what is next, the way back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Role
from portal.cases import queries
from portal.cases.kinds import STEPS
from portal.cases.lifecycle.commands import TakeBack
from portal.cases.lifecycle.next_step import NOTHING, Step, next_step
from portal.cases.lifecycle.replay import replay
from portal.foundation.errors import NotFound
from portal.handling.views._opened import Opened
from portal.handling.views._timeline import sentence
from portal.history.kinds import EventKind
from portal.history.queries import events_of

#: `did` in the address names the case and the version that the move gave it.
DID = "did"


def step_words(step: Step) -> str:
    """Return what a case waits for, in words."""
    return str(STEPS[step.code]) % {"count": step.count}


def onward(here: Opened, version: int) -> ResponseReturnValue:
    """Go to the case, or to the queue where the move took it out of sight."""
    did = f"{here.case.id}.{version}"
    try:
        queries.case_of(here.session, here.actor, here.case.id, action=Action.READ_FILE)
    except NotFound:
        return redirect(url_for("queue.next", did=did), 303)
    return redirect(url_for("cases.case", case_id=here.case.id, did=did), 303)


def notice(session: Any, actor: Any, here: Opened | None = None) -> Mapping[str, Any] | None:
    """Return the notice of the move that the address names; only for whoever made it."""
    case_part, _dot, version = request.args.get(DID, "").partition(".")
    try:
        case_id, number = UUID(case_part), int(version)
    except ValueError:
        return None
    act = queries.own_act(session, actor, case_id, number)
    if act is None:
        return None
    if here is None or here.case.id != case_id:
        return {"text": _("%(number)s: done. It has left your list.", number=act.number)}
    return _told(here, act.event, number)


def _told(here: Opened, event: Any, version: int) -> Mapping[str, Any]:
    named = queries.named_by(here.session, [event])
    said = sentence(event, named, here.groups, here.preset, here.language)
    values = {"number": here.case.number, "what": said, "step": next_words(here)}
    text = _("%(number)s: %(what)s. Next: %(step)s.", **values)
    return {"text": text, "undo": undo(here, event, version)}


def next_words(here: Opened) -> str:
    """Return what is next on the case in the eyes of whoever looks at it."""
    # What a dispatcher waits for can be told by the columns alone.
    counts = NOTHING
    if here.actor.role is not Role.DISPATCHER:
        counts = queries.dressed(here.session, [here.case]).beside[here.case.id].counts
    return step_words(next_step(here.case, here.actor, here.today, counts))


def undo(here: Opened, event: Any, version: int) -> Mapping[str, Any] | None:
    """Return the button 收回, while the move can be undone by another one."""
    if here.case.version != version:
        return None
    hidden = {"seen": version}
    if event.kind is EventKind.DISPATCHED:
        if not here.is_open(TakeBack(case_id=here.case.id, seen=version)):
            return None
        move, note = "take_back", _("Within 60 seconds nobody has been told.")
    elif event.kind is EventKind.SET_ASIDE and event.payload.get("until"):
        move, note = "set_aside", ""
        hidden["until"] = ""  # type: ignore[assignment]
    elif event.kind is EventKind.HANDLER_ASSIGNED:
        before = [one for one in events_of(here.session, here.case.id) if one.seq < event.seq]
        former = replay(before).case.get("handler_id")
        if not former:
            return None
        move, note = "assign_handler", ""
        hidden["account_id"] = former
    else:
        return None
    return {
        "url": url_for("cases.carry_out", case_id=here.case.id, move=move),
        "csrf_token": generate_csrf(),
        "hidden": hidden,
        "note": note,
    }
