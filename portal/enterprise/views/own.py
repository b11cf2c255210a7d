"""A unit's own pages by account: what is due, self-inspections, own hazards, declarations."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.enterprise.forms import (
    BeginForm,
    ByMonth,
    DoorForm,
    FinishForm,
    HazardForm,
    ItemForm,
    TakeUpForm,
    TaskForm,
)
from portal.enterprise.views import (
    _own_files,
    _own_hazards,
    _own_months,
    _own_reports,
    _own_walk,
)
from portal.enterprise.views import _own_pages as pages
from portal.enterprise.views._own_along import of_unit
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.selfinspections import services as doing
from portal.web import along
from portal.web.pages import needs
from portal.web.tus import tus

own = Blueprint("own", __name__, url_prefix="/unit/own")


@own.get("")
@needs(Action.READ_OWN_UNIT)
def home() -> str:
    """Show what is due."""
    return render_template("enterprise/own_home.html", **pages.home())


@own.get("/books")
@needs(Action.READ_OWN_UNIT)
def books() -> str:
    """Show the task books that are out, each by the link that the unit was mailed."""
    return render_template("enterprise/own_books.html", **pages.books())


@own.get("/files/<uuid:file_id>")
@needs(Action.READ_OWN_UNIT)
def file(file_id: UUID) -> ResponseReturnValue:
    """Return a file that the unit added."""
    return _own_files.shown(file_id, pages.me().unit.id)


# a self-inspection


@own.get("/duties/<duty>")
@needs(Action.SELF_INSPECT)
def choose(duty: str) -> str:
    """Ask by which checklist a duty is done, or say that it is done in words."""
    return _own_walk.choose_page(duty, BeginForm(formdata=None))


@own.post("/duties/<duty>")
@needs(Action.SELF_INSPECT)
def begin(duty: str) -> ResponseReturnValue:
    """Begin; whoever comes second finds what is under way."""
    form, here = BeginForm(), pages.me()
    try:
        if form.validate():
            chosen = form.checklist.data or ""
            made = doing.begin(here.session, here.actor, duty, chosen, here.preset, now=here.now)
            return redirect(url_for("own.walk", inspection_id=made.id), 303)
    except Incomplete as lack:
        pages.point_at(form, lack)
    return _own_walk.choose_page(duty, form), 422


@own.get("/inspections/<uuid:inspection_id>")
@needs(Action.SELF_INSPECT)
def walk(inspection_id: UUID) -> str:
    """Show the items of what is under way, or what was recorded."""
    return _own_walk.page(inspection_id)


@own.get("/inspections/<uuid:inspection_id>/items/<item>")
@needs(Action.SELF_INSPECT)
def item(inspection_id: UUID, item: str) -> ResponseReturnValue:
    """Show one item."""
    return _own_walk.show_item(inspection_id, item)


@own.post("/inspections/<uuid:inspection_id>/items/<item>")
@needs(Action.SELF_INSPECT)
def answer(inspection_id: UUID, item: str) -> ResponseReturnValue:
    """Keep what was entered for an item."""
    return _own_walk.answer(inspection_id, item, ItemForm())


@own.get("/inspections/<uuid:inspection_id>/finish")
@needs(Action.SELF_INSPECT)
def ask_finish(inspection_id: UUID) -> ResponseReturnValue:
    """Show what would be recorded, and ask for the rest."""
    return _own_walk.ask_finish(inspection_id, FinishForm(formdata=None))


@own.post("/inspections/<uuid:inspection_id>/finish")
@needs(Action.SELF_INSPECT)
def finish(inspection_id: UUID) -> ResponseReturnValue:
    """Finish."""
    return _own_walk.finish(inspection_id, FinishForm())


@own.post("/inspections/<uuid:inspection_id>/drop")
@needs(Action.SELF_INSPECT)
def drop(inspection_id: UUID) -> ResponseReturnValue:
    """Throw what is under way away."""
    here = pages.me()
    if not FlaskForm().validate():
        return _own_walk.page(inspection_id), 422
    try:
        doing.drop(here.session, here.actor, inspection_id, now=here.now)
    except OutOfTurn as refusal:
        flash(pages.reason_words(refusal), "error")
    return redirect(url_for("own.home"), 303)


# the same on a phone without a network


@own.get("/inspections/<uuid:inspection_id>/kept")
@needs(Action.SELF_INSPECT)
def kept(inspection_id: UUID) -> ResponseReturnValue:
    """Return what a phone takes along of what is under way."""
    return along.pack_of(of_unit(inspection_id))


@own.post("/inspections/<uuid:inspection_id>/sync")
@needs(Action.SELF_INSPECT)
def sync(inspection_id: UUID) -> ResponseReturnValue:
    """Take what a phone entered without a network, each entry once."""
    return along.sync(of_unit(inspection_id))


@own.post("/inspections/<uuid:inspection_id>/files")
@needs(Action.SELF_INSPECT)
@tus
def announce_photo(inspection_id: UUID) -> ResponseReturnValue:
    """Announce a photo that comes piece by piece."""
    return along.announce(of_unit(inspection_id, is_under_way=True))


@own.route(
    "/inspections/<uuid:inspection_id>/files/<photo>",
    methods=["HEAD"],
    provide_automatic_options=False,
)
@needs(Action.SELF_INSPECT)
@tus
def photo_offset(inspection_id: UUID, photo: str) -> ResponseReturnValue:
    """Tell how much of a photo is here."""
    return along.offset_of(of_unit(inspection_id, is_under_way=True), photo)


@own.patch("/inspections/<uuid:inspection_id>/files/<photo>")
@needs(Action.SELF_INSPECT)
@tus
def more_of_photo(inspection_id: UUID, photo: str) -> ResponseReturnValue:
    """Take the next bytes of a photo."""
    return along.more(of_unit(inspection_id, is_under_way=True), photo)


# own hazards


@own.get("/hazards")
@needs(Action.READ_OWN_UNIT)
def hazards() -> str:
    """Show what the unit found itself."""
    return render_template("enterprise/own_hazards.html", **_own_hazards.listed())


@own.get("/hazards/new")
@needs(Action.SELF_INSPECT)
def new_hazard() -> str:
    """Ask what was found."""
    return _own_hazards.form_page(HazardForm(formdata=None))


@own.post("/hazards/new")
@needs(Action.SELF_INSPECT)
def enter_hazard() -> ResponseReturnValue:
    """Enter what was found."""
    return _own_hazards.entered(HazardForm())


@own.get("/hazards/<uuid:hazard_id>")
@needs(Action.READ_OWN_UNIT)
def hazard(hazard_id: UUID) -> str:
    """Show an own hazard with its tasks."""
    return _own_hazards.page(hazard_id)


@own.post("/hazards/<uuid:hazard_id>/tasks")
@needs(Action.SELF_INSPECT)
def set_task(hazard_id: UUID) -> ResponseReturnValue:
    """Say what has to be done about it."""
    return _own_hazards.task_set(hazard_id, TaskForm(prefix="new"))


@own.post("/hazards/<uuid:hazard_id>/tasks/<uuid:task_id>/done")
@needs(Action.SELF_INSPECT)
def task_done(hazard_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Say that a task is done."""
    return _own_hazards.done(hazard_id, task_id)


@own.post("/hazards/<uuid:hazard_id>/hand-up")
@needs(Action.HAND_UP)
def hand_up(hazard_id: UUID) -> ResponseReturnValue:
    """Hand it up: it becomes a case."""
    return _own_hazards.handed_up(hazard_id)


# declarations


@own.get("/declarations")
@needs(Action.READ_OWN_UNIT)
def declarations() -> str:
    """Show the months: to declare, declared."""
    return render_template("enterprise/own_months.html", **_own_months.months())


@own.get("/declarations/<month>")
@needs(Action.DECLARE)
def ask_month(month: str) -> str:
    """Ask for the declaration of a month, or show it."""
    return _own_months.page(month, ByMonth(formdata=None))


@own.post("/declarations/<month>")
@needs(Action.DECLARE)
def declare(month: str) -> ResponseReturnValue:
    """Declare a month."""
    return _own_months.declared(month, ByMonth())


# inside reports


@own.get("/reports")
@needs(Action.READ_INSIDE)
def reports() -> str:
    """Show what was reported to the unit itself."""
    return render_template("enterprise/own_reports.html", **_own_reports.listed())


@own.get("/reports/door")
@needs(Action.SWITCH_INSIDE)
def door() -> str:
    """Ask who reads inside reports, or show how it stands."""
    return _own_reports.door_page(DoorForm(formdata=None))


@own.post("/reports/door")
@needs(Action.SWITCH_INSIDE)
def open_door() -> ResponseReturnValue:
    """Switch inside reports on."""
    return _own_reports.opened(DoorForm())


@own.post("/reports/door/close")
@needs(Action.SWITCH_INSIDE)
def close_door() -> ResponseReturnValue:
    """Switch them off."""
    return _own_reports.closed()


@own.get("/reports/<uuid:report_id>")
@needs(Action.READ_INSIDE)
def report(report_id: UUID) -> str:
    """Show an inside report."""
    return _own_reports.page(report_id)


@own.get("/reports/<uuid:report_id>/files/<uuid:file_id>")
@needs(Action.READ_INSIDE)
def report_file(report_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Return a file that came with it."""
    return _own_reports.file_of(report_id, file_id)


@own.post("/reports/<uuid:report_id>/message")
@needs(Action.SAY_INSIDE)
def say(report_id: UUID) -> ResponseReturnValue:
    """Write to the reporter."""
    return _own_reports.said(report_id)


@own.post("/reports/<uuid:report_id>/answer")
@needs(Action.ANSWER_INSIDE)
def answer_report(report_id: UUID) -> ResponseReturnValue:
    """Answer it."""
    return _own_reports.answered(report_id)


@own.post("/reports/<uuid:report_id>/reject")
@needs(Action.ANSWER_INSIDE)
def reject(report_id: UUID) -> ResponseReturnValue:
    """Say why nothing is done."""
    return _own_reports.rejected(report_id)


@own.get("/reports/<uuid:report_id>/hazard")
@needs(Action.ANSWER_INSIDE)
def ask_take_up(report_id: UUID) -> str:
    """Ask how the unit puts it, as a hazard of its own."""
    return _own_reports.take_up_page(report_id, TakeUpForm(formdata=None))


@own.post("/reports/<uuid:report_id>/hazard")
@needs(Action.ANSWER_INSIDE)
def take_up(report_id: UUID) -> ResponseReturnValue:
    """Make it a hazard of the unit's own."""
    return _own_reports.taken_up(report_id, TakeUpForm())
