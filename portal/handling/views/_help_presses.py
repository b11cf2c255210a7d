"""What can be done about help on its page, and what a press does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.kinds import Action
from portal.access.policy import require
from portal.assistance import queries
from portal.assistance import services as assistance
from portal.assistance.kinds import Standing
from portal.assistance.queries import Help
from portal.cases.services import find_while_helping
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.handling.forms.helping import (
    AdviseForm,
    DeclineForm,
    FinishForm,
    FollowedForm,
    FoundForm,
    HelpForm,
    JudgeForm,
    RevokeForm,
    TakeForm,
    said_why,
)
from portal.handling.views._help_pages import Reader, page_of, people_of, reader
from portal.history.queries import words


@dataclass(frozen=True, slots=True)
class Press:
    """What can be done about help: its form, its name, when it is offered, what it does."""

    form: type[HelpForm]
    title: Any
    button: Any
    said: Any
    is_open: Callable[[Help, Reader], bool]
    carry: Callable[[Help, Reader, dict[str, Any]], Any]


def _under_way(one: Help, who: Reader) -> bool:
    return one.standing is Standing.UNDER_WAY


def _without_owner(one: Help, who: Reader) -> bool:
    return one.ended is None and one.owner_id is None


def _given(one: Help, who: Reader) -> bool:
    is_time = one.ask_on is not None and one.ask_on <= who.today
    return one.standing is Standing.DONE and one.helped is None and is_time


def _has_open_advice(one: Help, who: Reader) -> bool:
    return any(row.followed is None for row in queries.advice_of(db.session(), one.id))


def _take(one: Help, who: Reader, given: dict[str, Any]) -> None:
    assistance.take_up(db.session(), who.actor, one.id, **given, preset=who.preset, now=who.now)


def _decline(one: Help, who: Reader, given: dict[str, Any]) -> None:
    assistance.decline(db.session(), who.actor, one.id, **given, now=who.now)


def _advise(one: Help, who: Reader, given: dict[str, Any]) -> None:
    if not _is_said(given["advice"], queries.advice_of(db.session(), one.id)):
        assistance.advise(db.session(), who.actor, one.id, **given, now=who.now)


def _is_said(body: str, rows: Iterable[Any]) -> bool:
    """Say whether a form was sent twice: its words are here already."""
    said = words(db.session(), [row.text_id for row in rows])
    return bool(body.strip()) and body.strip() in said.values()


def _find(one: Help, who: Reader, given: dict[str, Any]) -> None:
    if not _is_said(given["found"], queries.found_while_helping(db.session(), one.id)):
        rules: dict[str, Any] = {"preset": who.preset, "now": who.now}
        find_while_helping(db.session(), who.actor, one.id, **given, **rules)


def _settle(one: Help, who: Reader, given: dict[str, Any]) -> None:
    assistance.settle_advice(db.session(), who.actor, one.id, **given, now=who.now)


def _finish(one: Help, who: Reader, given: dict[str, Any]) -> None:
    assistance.finish(db.session(), who.actor, one.id, **given, preset=who.preset, now=who.now)


def _judge(one: Help, who: Reader, given: dict[str, Any]) -> None:
    held = assistance.locked(db.session(), who.actor, one.id)
    assistance.judge(db.session(), who.actor, held, **given, today=who.today, now=who.now)


def _revoke(one: Help, who: Reader, given: dict[str, Any]) -> None:
    assistance.revoke_help_link(db.session(), who.actor, one.id, now=who.now)


PRESSES: Mapping[str, Press] = {
    "take": Press(
        TakeForm, _l("Take it up"), _l("Take it up"), _l("Taken up."), _without_owner, _take
    ),
    "decline": Press(
        DeclineForm,
        _l("Decline it"),
        _l("Decline it"),
        _l("Declined. Who asked reads why, and where else to go."),
        lambda one, who: one.ended is None,
        _decline,
    ),
    "advise": Press(
        AdviseForm, _l("Give advice"), _l("Keep the advice"), _l("Kept."), _under_way, _advise
    ),
    "find": Press(
        FoundForm,
        _l("Tell what was found"),
        _l("Keep what was found"),
        _l("Kept. It can never be a ground for a disciplinary step."),
        _under_way,
        _find,
    ),
    "finish": Press(
        FinishForm,
        _l("Say what was done"),
        _l("Say what was done"),
        _l("The help has come to its end."),
        _under_way,
        _finish,
    ),
    "follow": Press(
        FollowedForm,
        _l("Settle whether advice was followed"),
        _l("Settle it"),
        _l("Settled."),
        _has_open_advice,
        _settle,
    ),
    "judge": Press(
        JudgeForm,
        _l("Record whether it helped"),
        _l("Record it"),
        _l("Recorded."),
        _given,
        _judge,
    ),
    "revoke": Press(
        RevokeForm,
        _l("Withdraw the link"),
        _l("Withdraw the link"),
        _l("The link is withdrawn."),
        lambda one, who: one.token_hash is not None,
        _revoke,
    ),
}


def forms_of(one: Help, who: Reader, sent: HelpForm | None, move: str) -> dict[str, Any]:
    """Return what can be done now, each with its form; the one that came back in its place."""
    found: dict[str, Any] = {}
    for name, press in PRESSES.items():
        if name == move and sent is not None:
            found[name] = {"press": press, "form": sent, "is_open": press.is_open(one, who)}
        elif press.is_open(one, who):
            form = press.form(formdata=None, prefix=name)
            fit(form, one, who)
            found[name] = {"press": press, "form": form, "is_open": True}
    return found


def fit(form: HelpForm, one: Help, who: Reader) -> None:
    """Fill the lists of a form about this help."""
    own = who.actor.account_id
    form.suit(people_of(one.group_id, who), who.today, own)
    if isinstance(form, FollowedForm):
        rows = [row for row in queries.advice_of(db.session(), one.id) if row.followed is None]
        said = words(db.session(), [row.text_id for row in rows])
        form.suit_advice(
            [(row.id, f"{row.number}. {(said.get(row.text_id) or '')[:80]}") for row in rows]
        )


def shown(help_id: UUID, sent: HelpForm | None = None, move: str = "", problem: str = "") -> str:
    """Return the page of one help; `sent` is the form that came back, in its place."""

    def own(one: Help, who: Reader) -> dict[str, Any]:
        return forms_of(one, who, sent, move)

    return page_of(help_id, own, failed=move, problem=problem)


def pressed(help_id: UUID, move: str) -> ResponseReturnValue:
    """Do what was pressed; what it lacks is said at its field, with everything typed kept."""
    press, who = PRESSES.get(move), reader()
    if press is None:
        abort(404)
    one = queries.help_of(db.session(), who.actor, help_id)
    require(who.actor, Action.GIVE_HELP, one)
    form = press.form(prefix=move)
    fit(form, one, who)
    if not form.validate():
        return shown(help_id, form, move), 422
    try:
        press.carry(one, who, form.given())
    except Incomplete as lack:
        form.point_at(lack)
        return shown(help_id, form, move), 422
    except OutOfTurn as late:
        return shown(help_id, form, move, said_why(late)), 409
    flash(press.said)
    return redirect(url_for("helping.page", help_id=help_id), 303)
