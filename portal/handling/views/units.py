"""The register of units: list and search, one unit, its poster, changes, files taken in."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, Stale
from portal.handling.forms.units import ImportForm, UnitForm, reason_words
from portal.handling.views import _unit_files, _unit_pages
from portal.handling.views._unit_poster import poster_of
from portal.presets.queries import in_force
from portal.units.queries import fields_of, import_of
from portal.units.queries import unit as unit_of
from portal.units.services import edit_unit, register_unit
from portal.web.language import current
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import csv_response

units = Blueprint("units", __name__, url_prefix="/staff/units")


@units.get("")
@needs(Action.READ_UNITS)
def index() -> str:
    """Show the register by name, or what was searched for."""
    return render_template("handling/units.html", **_unit_pages.register_page())


@units.get("/<uuid:unit_id>")
@needs(Action.READ_UNITS)
def unit(unit_id: UUID) -> str:
    """Show a unit and those of its cases that the reader can see."""
    found = unit_of(db.session(), unit_id)
    return render_template("handling/unit.html", **_unit_pages.unit_page(found))


@units.get("/<uuid:unit_id>/poster.pdf")
@needs(Action.READ_UNITS)
def poster(unit_id: UUID) -> ResponseReturnValue:
    """Return the sheet to hang up at the unit's door."""
    return poster_of(unit_of(db.session(), unit_id))


def fitted() -> UnitForm:
    """Return the form of a unit with its lists."""
    form = UnitForm()
    form.suit(in_force(db.session(), now()), current())
    return form


@units.get("/new")
@needs(Action.MANAGE_UNITS)
def new() -> str:
    """Ask what is known of a new unit."""
    return _unit_pages.form_page(fitted())


@units.post("/new")
@needs(Action.MANAGE_UNITS)
def add() -> ResponseReturnValue:
    """Add a unit."""
    form, session, moment = fitted(), db.session(), now()
    try:
        if form.validate():
            preset = in_force(session, moment)
            made = register_unit(session, current_actor(), form.fields(), preset, now=moment)
            flash(_("The unit is in the register."))
            return redirect(url_for("units.unit", unit_id=made.id), 303)
    except Incomplete as lack:
        form.point_at(lack)
    return _unit_pages.form_page(form), 422


@units.get("/<uuid:unit_id>/edit")
@needs(Action.MANAGE_UNITS)
def edit(unit_id: UUID) -> str:
    """Ask what is to change."""
    form, found = fitted(), unit_of(db.session(), unit_id)
    form.show(fields_of(found), found.version)
    return _unit_pages.form_page(form, found)


@units.post("/<uuid:unit_id>/edit")
@needs(Action.MANAGE_UNITS)
def change(unit_id: UUID) -> ResponseReturnValue:
    """Change a unit; whoever saw an older version is shown the newer one beside their own."""
    form, found = fitted(), unit_of(db.session(), unit_id)
    try:
        if form.validate():
            _unit_pages.save(edit_unit, unit_id, form)
            flash(_("Saved."))
            return redirect(url_for("units.unit", unit_id=unit_id), 303)
    except Stale:
        return _unit_pages.clash_page(form, found), 409
    except Incomplete as lack:
        form.point_at(lack)
    return _unit_pages.form_page(form, found), 422


@units.get("/import")
@needs(Action.IMPORT_UNITS)
def ask_import() -> str:
    """Ask for a file of units."""
    return _unit_files.import_page(ImportForm())


@units.post("/import")
@needs(Action.IMPORT_UNITS)
def take_in() -> ResponseReturnValue:
    """Take a file of units in and show what came of it."""
    form = ImportForm()
    try:
        if form.validate():
            kept = _unit_files.taken(form)
            return redirect(url_for("units.imported", import_id=kept.id), 303)
    except Incomplete as lack:
        form.file.errors = [*form.file.errors, reason_words(lack.reason)]
    return _unit_files.import_page(form), 422


@units.get("/import/<uuid:import_id>")
@needs(Action.IMPORT_UNITS)
def imported(import_id: UUID) -> str:
    """Show what came of a file."""
    kept = import_of(db.session(), import_id)
    return render_template("handling/units_imported.html", **_unit_files.outcome(kept))


@units.get("/import/<uuid:import_id>/rejected.csv")
@needs(Action.IMPORT_UNITS)
def rejected(import_id: UUID) -> ResponseReturnValue:
    """Return the refused lines of a file: line, field and what to do, no value."""
    kept = import_of(db.session(), import_id)
    return csv_response("units-rejected", _unit_files.reject_rows(kept))
