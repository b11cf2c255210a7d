"""Ties of other people to units: declared and ended by an administrator."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from portal.access.kinds import Action
from portal.accounts import queries as accounts
from portal.administration.forms import put_at_field
from portal.administration.forms.people import PressForm
from portal.administration.forms.profile import UNITS_SHOWN, FindUnitForm, TieForm
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.units.queries import units_like
from portal.units.services import declare_tie, end_tie
from portal.web.pages import current_actor, needs

ties = Blueprint("ties", __name__, url_prefix="/admin/people")
MANAGE = needs(Action.MANAGE_PEOPLE)


def tie_page(form: TieForm, who: Any = None) -> str:
    """Return the page that finds a unit and asks for the tie; `who` is None for one's own."""
    find = FindUnitForm(request.args)
    words = (find.q.data or "").strip() if find.validate() else ""
    found = units_like(db.session(), words, limit=UNITS_SHOWN) if words else []
    form.unit_id.choices = [
        SelectChoice(unit.id, f"{unit.name} · {unit.address}".rstrip(" ·")) for unit in found
    ]
    return render_template("administration/tie.html", form=form, find=find, found=found, who=who)


@ties.get("/<uuid:account_id>/ties/new")
@MANAGE
def new(account_id: UUID) -> str:
    """Find the unit, then say what ties this person to it."""
    return tie_page(TieForm(), accounts.account(db.session(), account_id))


@ties.post("/<uuid:account_id>/ties/new")
@MANAGE
def declare(account_id: UUID) -> ResponseReturnValue:
    """Declare a tie of somebody else."""
    form, who = TieForm(), accounts.account(db.session(), account_id)
    try:
        if form.validate():
            declare_tie(
                db.session(),
                current_actor(),
                person_id=who.person_id,
                unit_id=form.unit_id.data,
                kind=form.kind.data,
                now=now(),
            )
            flash(_("Declared. Cases of this unit are handled by others from now on."))
            return redirect(url_for("people.person", account_id=account_id), 303)
    except Incomplete as refusal:
        put_at_field(form, refusal)
    return tie_page(form, who), 422


@ties.post("/<uuid:account_id>/ties/<uuid:tie_id>/end")
@MANAGE
def end(account_id: UUID, tie_id: UUID) -> ResponseReturnValue:
    """End a tie."""
    if PressForm().validate():
        end_tie(db.session(), current_actor(), tie_id, now=now())
        flash(_("The tie is ended."))
    return redirect(url_for("people.person", account_id=account_id), 303)
