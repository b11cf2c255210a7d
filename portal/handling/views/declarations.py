"""What units declare and find themselves: the list of a month, one unit, accounts, blind spots."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.accounts.services import end_at_unit
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.handling.forms.declarations import InviteForm
from portal.handling.views import _blind_spots, _own_units, _unit_pages
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import csv_response

declarations = Blueprint("declarations", __name__, url_prefix="/staff")


@declarations.get("/self-inspection")
@needs(Action.READ_SELF_INSPECTIONS)
def index() -> str:
    """Show the units that have not declared a month, or have."""
    return render_template("handling/declarations.html", **_own_units.month_page())


@declarations.get("/units/<uuid:unit_id>/self-inspection")
@needs(Action.READ_SELF_INSPECTIONS)
def unit(unit_id: UUID) -> str:
    """Show what a unit found and declared, and who there has an account."""
    return _own_units.unit_page(unit_id, InviteForm(formdata=None))


@declarations.get("/units/<uuid:unit_id>/self-inspection/<uuid:inspection_id>")
@needs(Action.READ_SELF_INSPECTIONS)
def inspection(unit_id: UUID, inspection_id: UUID) -> str:
    """Show a self-inspection as the unit recorded it."""
    return _own_units.record_page(unit_id, inspection_id)


@declarations.get("/units/<uuid:unit_id>/own-files/<uuid:file_id>")
@needs(Action.READ_SELF_INSPECTIONS)
def file(unit_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Return a file that a unit added to what it found."""
    return _own_units.file_of(unit_id, file_id)


@declarations.post("/units/<uuid:unit_id>/accounts")
@needs(Action.INVITE_UNITS)
def invite(unit_id: UUID) -> ResponseReturnValue:
    """Give somebody at a unit an account: a mail with a link that works once goes out."""
    form = InviteForm()
    try:
        if form.validate():
            _own_units.invited(unit_id, form)
            flash(_("Invited. A mail with a link that works once is on its way."))
            return redirect(url_for("declarations.unit", unit_id=unit_id), 303)
    except Incomplete as lack:
        form.point_at(lack)
    return _own_units.unit_page(unit_id, form), 422


@declarations.post("/units/<uuid:unit_id>/accounts/<uuid:account_id>/mail")
@needs(Action.INVITE_UNITS)
def mail_again(unit_id: UUID, account_id: UUID) -> ResponseReturnValue:
    """Send the link that sets the password again; earlier ones are dead then."""
    if not FlaskForm().validate():
        return _own_units.unit_page(unit_id, InviteForm(formdata=None)), 422
    _own_units.mailed_again(unit_id, account_id)
    flash(_("A mail with a new link is on its way."))
    return redirect(url_for("declarations.unit", unit_id=unit_id), 303)


@declarations.post("/units/<uuid:unit_id>/accounts/<uuid:account_id>/end")
@needs(Action.INVITE_UNITS)
def end(unit_id: UUID, account_id: UUID) -> ResponseReturnValue:
    """End an account of a unit at once."""
    if not FlaskForm().validate():
        return _own_units.unit_page(unit_id, InviteForm(formdata=None)), 422
    today = _unit_pages.today()
    end_at_unit(db.session(), current_actor(), unit_id, account_id, today=today, now=now())
    flash(_("The account is ended."))
    return redirect(url_for("declarations.unit", unit_id=unit_id), 303)


@declarations.get("/blind-spots")
@needs(Action.READ_BLIND_SPOTS)
def blind_spots() -> str:
    """Show by kind what the public found and self-inspection did not."""
    return render_template("handling/blind_spots.html", **_blind_spots.counts_page())


@declarations.get("/blind-spots/cases")
@needs(Action.READ_BLIND_SPOTS)
def blind_cases() -> str:
    """Show the cases behind a number."""
    return render_template("handling/blind_cases.html", **_blind_spots.cases_page())


@declarations.get("/blind-spots.csv")
@needs(Action.READ_BLIND_SPOTS)
def blind_csv() -> ResponseReturnValue:
    """Return the cases behind a number as CSV, with the definition."""
    return csv_response("blind-spots", _blind_spots.sheet())
