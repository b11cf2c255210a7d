"""Plans of inspections: all, a new one, one with its units, its draw, and the visits."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.cases.services import begin_visit
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.handling.forms.plans import DrawForm, reason_words
from portal.handling.views import _plan_pages
from portal.plans.services import drop_plan, make_plan, publish_plan
from portal.web.pages import current_actor, needs
from portal.web.spreadsheet import csv_response

plans = Blueprint("plans", __name__, url_prefix="/staff")


@plans.get("/plans")
@needs(Action.READ_PLANS)
def index() -> str:
    """Show the plans that the reader may know of."""
    return render_template("handling/plans.html", **_plan_pages.all_of_them())


@plans.get("/plans/new")
@needs(Action.MANAGE_PLANS)
def new() -> str:
    """Ask what is to be inspected."""
    return _plan_pages.form_page(_plan_pages.fresh())


@plans.post("/plans/new")
@needs(Action.MANAGE_PLANS)
def make() -> ResponseReturnValue:
    """Write a plan down."""
    form, session, moment = _plan_pages.fitted(), db.session(), now()
    try:
        if form.validate():
            preset = _plan_pages.reader().preset
            made = make_plan(session, current_actor(), form.wish(), preset, now=moment)
            flash(_("The plan is written. Nothing is fixed before it is published."))
            return redirect(url_for("plans.plan", plan_id=made.id), 303)
    except Incomplete as lack:
        form.point_at(lack)
    return _plan_pages.form_page(form), 422


@plans.get("/plans/<uuid:plan_id>")
@needs(Action.READ_PLANS)
def plan(plan_id: UUID) -> str:
    """Show a plan: how far it is, its units, and how it was drawn."""
    return _plan_pages.page(plan_id, DrawForm(formdata=None))


@plans.post("/plans/<uuid:plan_id>/publish")
@needs(Action.MANAGE_PLANS)
def publish(plan_id: UUID) -> ResponseReturnValue:
    """Fix units and people."""
    return _plan_pages.pressed(plan_id, publish_plan, _("Published. Units and people are fixed."))


@plans.post("/plans/<uuid:plan_id>/drop")
@needs(Action.MANAGE_PLANS)
def drop(plan_id: UUID) -> ResponseReturnValue:
    """Give up a plan that is not published."""
    return _plan_pages.pressed(plan_id, drop_plan, _("The plan is dropped."))


@plans.post("/plans/<uuid:plan_id>/draw")
@needs(Action.MANAGE_PLANS)
def draw(plan_id: UUID) -> ResponseReturnValue:
    """Draw by the published number; a second draw is refused and kept in the history."""
    form = DrawForm()
    try:
        if form.validate():
            return _plan_pages.drawn(plan_id, form)
    except Incomplete as lack:
        form.number.errors = [reason_words(lack)]
    return _plan_pages.page(plan_id, form), 422


@plans.get("/plans/<uuid:plan_id>/draw.csv")
@needs(Action.READ_PLANS)
def draw_csv(plan_id: UUID) -> ResponseReturnValue:
    """Return what was fixed and drawn, so that anybody can draw it again."""
    return csv_response("plan", _plan_pages.sheet(plan_id))


@plans.post("/plans/<uuid:plan_id>/units/<uuid:unit_id>/visit")
@needs(Action.OPEN)
def visit(plan_id: UUID, unit_id: UUID) -> ResponseReturnValue:
    """Begin the visit of a unit: its case opens, and the inspection by the plan's checklist."""
    back = url_for("plans.plan", plan_id=plan_id)
    try:
        if FlaskForm().validate():
            case_id = begin_visit(db.session(), current_actor(), plan_id, unit_id, now=now())
            return redirect(url_for("inspections.walk", case_id=case_id), 303)
    except OutOfTurn as refusal:
        flash(reason_words(refusal), "error")
    return redirect(back, 303)
