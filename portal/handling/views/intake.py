"""Sorting: the reports that wait, one after the other or many at once."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.access.kinds import Action
from portal.handling.forms.base import as_uuid
from portal.handling.forms.bulk import PressForm
from portal.handling.views import _alarms, _deciding, _intake, _taking_down, _together
from portal.web.pages import needs

intake = Blueprint("intake", __name__, url_prefix="/staff/intake")


@intake.get("")
@needs(Action.SORT)
def waiting() -> str:
    return _intake.list_page()


@intake.get("/ready")
@needs(Action.SORT)
def ready() -> str:
    return _together.ready_page()


@intake.post("/ready")
@needs(Action.SORT)
def dispatch_ready() -> ResponseReturnValue:
    if not PressForm().validate():
        return _together.ready_page(), 422
    return _together.dispatch_all(request.form.getlist("case"))


@intake.post("/merge")
@needs(Action.SORT)
def merge() -> ResponseReturnValue:
    values, into = request.form.getlist("case"), as_uuid(request.form.get("into"))
    if not PressForm().validate() or len(values) < 2:
        return redirect(url_for("intake.waiting"), 303)
    return _together.merge_page(values) if into is None else _together.merge_all(values, into)


@intake.post("/lane")
@needs(Action.SORT)
def bring_up() -> ResponseReturnValue:
    """Bring up all that waits in the slow lane."""
    if not PressForm().validate():
        return redirect(url_for("intake.waiting", only="slow"), 303)
    return _alarms.change_lane(slow=False)


@intake.get("/alarms/<uuid:alarm_id>")
@needs(Action.SORT)
def alarm(alarm_id: UUID) -> str:
    return _alarms.page(alarm_id)


@intake.post("/alarms/<uuid:alarm_id>/lane")
@needs(Action.SORT)
def alarm_lane(alarm_id: UUID) -> ResponseReturnValue:
    if not PressForm().validate():
        return _alarms.page(alarm_id), 422
    return _alarms.change_lane(slow=request.form.get("slow") == "1", alarm_id=alarm_id)


@intake.post("/alarms/<uuid:alarm_id>/end")
@needs(Action.SORT)
def end_alarm(alarm_id: UUID) -> ResponseReturnValue:
    return _alarms.end(alarm_id)


@intake.get("/new")
@needs(Action.TAKE_DOWN)
def take_down() -> ResponseReturnValue:
    return _taking_down.new_page()


@intake.post("/new")
@needs(Action.TAKE_DOWN)
def file_for() -> ResponseReturnValue:
    return _taking_down.file_for()


@intake.get("/new/slip")
@needs(Action.TAKE_DOWN)
def slip() -> ResponseReturnValue:
    return _taking_down.slip_page()


@intake.post("/new/slip")
@needs(Action.TAKE_DOWN)
def handed_over() -> ResponseReturnValue:
    return _taking_down.handed_over()


@intake.get("/<uuid:case_id>")
@needs(Action.SORT)
def report(case_id: UUID) -> str:
    return _intake.report_page(case_id)


@intake.post("/<uuid:case_id>/<move>")
@needs(Action.SORT)
def decide(case_id: UUID, move: str) -> ResponseReturnValue:
    return _deciding.decide(case_id, move)
