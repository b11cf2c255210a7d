"""What a unit found itself, on its pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from portal.cases.queries import number_of_own
from portal.cases.services import enter_own_hazard
from portal.cases.services import hand_up as hand_case_up
from portal.enterprise.forms import HazardForm, OwnDoneForm, TaskForm
from portal.enterprise.views import _own_files
from portal.enterprise.views._own_pages import Here, common, me, point_at, reason_words
from portal.enterprise.views._own_walk import category_choices
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import finish as end_unit_of_work
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.kinds import HazardState
from portal.selfinspections.queries import OwnHazard
from portal.web.filters import plain_day, short_time
from portal.web.marks import category_name

TONES = {
    HazardState.NO_TASK: "warn",
    HazardState.BEING_PUT_RIGHT: "info",
    HazardState.OVERDUE: "bad",
    HazardState.PUT_RIGHT: "ok",
}


def listed() -> dict[str, Any]:
    """Return a page of what was found, the newest first."""
    here = me()
    found, following = queries.hazards(
        here.session, here.actor, here.unit.id, here.preset, after=_key(), now=here.now
    )
    after = f"{following[0].isoformat()}~{following[1]}" if following else None
    return {
        **common(here),
        "rows": [_row(one, here) for one in found],
        "next_url": url_for("own.hazards", after=after) if after else None,
        "first_url": url_for("own.hazards") if request.args.get("after") else None,
    }


def _key() -> queries.HazardKey | None:
    moment, _tilde, id_ = (request.args.get("after") or "").partition("~")
    try:
        found = datetime.fromisoformat(moment)
        return (found, UUID(id_)) if found.tzinfo else None
    except ValueError:
        return None


def _row(one: OwnHazard, here: Here) -> dict[str, Any]:
    return {
        "number": one.number,
        "words": one.words,
        "kind": category_name(one.category, here.preset, here.language),
        "url": url_for("own.hazard", hazard_id=one.id),
        "when": short_time(one.entered_at, here.now),
        "state": one.state.label,
        "tone": TONES[one.state],
        "major": one.major,
        "handed": one.handed_at is not None,
    }


def form_page(form: HazardForm) -> str:
    """Ask what was found."""
    here = me()
    form.category.choices = category_choices(here.preset, here.language)
    return render_template("enterprise/own_hazard_form.html", **common(here), form=form)


def entered(form: HazardForm) -> ResponseReturnValue:
    """Enter what was found, with its photos."""
    here = me()
    form.category.choices = category_choices(here.preset, here.language)
    if not form.validate():
        return form_page(form), 422
    said: dict[str, Any] = {"said": form.words.data or "", "category": form.category.data or ""}
    try:
        made = enter_own_hazard(
            here.session, here.actor, here.preset,
            **said, major=bool(form.major.data), now=here.now,
        )  # fmt: skip
    except Incomplete as lack:
        point_at(form, lack)
        return form_page(form), 422
    _files, refused = _own_files.taken("photos", unit_id=here.unit.id, thing_id=made)
    if refused:
        form.photos.errors = refused
        return form_page(form), 422
    flash(_("Entered. Now say who does what until when."))
    return redirect(url_for("own.hazard", hazard_id=made), 303)


def page(
    hazard_id: UUID,
    task_form: Any = None,
    done_form: Any = None,
    failed: UUID | None = None,
    problem: str = "",
) -> str:
    """Show an own hazard with its tasks; the form that came back in its place."""
    here = me()
    found = queries.hazard(here.session, here.actor, hazard_id, here.preset, now=here.now)
    tiles = _own_files.tiles([found.id, *(one.id for one in found.tasks)])
    sent = done_form or task_form or (HandForm(formdata=None))
    return render_template(
        "enterprise/own_hazard.html",
        **common(here),
        one=_row(found, here),
        found=found,
        photos=tiles[found.id],
        tasks=[
            {
                "number": task.number,
                "task": task.task,
                "who": task.who,
                "due": plain_day(task.due_on),
                "is_late": task.done_at is None and task.due_on < here.today,
                "done": short_time(task.done_at, here.now) if task.done_at else "",
                "said": task.done,
                "tiles": tiles[task.id],
                "url": url_for("own.task_done", hazard_id=found.id, task_id=task.id),
                "form": done_form if task.id == failed else _done_form(task.number, fresh=True),
                "open": task.id == failed,
            }
            for task in found.tasks
        ],
        task_form=task_form or TaskForm(formdata=None, prefix="new"),
        sent=sent,
        problem=problem,
        case_number=number_of_own(here.session, here.actor, found.case_id),
        inside_number=queries.from_inside(here.session, [found.id]).get(found.id),
    )


class HandForm(FlaskForm):
    """A press alone."""


def _done_form(number: int, *, fresh: bool = False) -> OwnDoneForm:
    prefix = f"task{number}"
    return OwnDoneForm(formdata=None, prefix=prefix) if fresh else OwnDoneForm(prefix=prefix)


def task_set(hazard_id: UUID, form: TaskForm) -> ResponseReturnValue:
    """Set a task."""
    here = me()
    queries.hazard(here.session, here.actor, hazard_id, here.preset, now=here.now)
    given = {"task": form.task.data or "", "who": form.who.data or "", "due_on": form.due_on.data}
    try:
        if form.validate():
            doing.set_task(
                here.session, here.actor, hazard_id, **given, today=here.today, now=here.now
            )
            return redirect(url_for("own.hazard", hazard_id=hazard_id), 303)
    except Incomplete as lack:
        point_at(form, lack)
    except OutOfTurn as refusal:
        form.form_errors.append(reason_words(refusal))
        return page(hazard_id, task_form=form), 409
    return page(hazard_id, task_form=form), 422


def done(hazard_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Say that a task is done, with what shows it."""
    here = me()
    found = queries.hazard(here.session, here.actor, hazard_id, here.preset, now=here.now)
    task = next((one for one in found.tasks if one.id == task_id), None)
    form = _done_form(task.number if task else 0)
    if task is None or not form.validate():
        return page(hazard_id, done_form=form, failed=task_id), 422
    files, refused = _own_files.taken(form.photos.name, unit_id=here.unit.id, thing_id=task_id)
    if refused:
        form.photos.errors = refused
        return page(hazard_id, done_form=form, failed=task_id), 422
    said: dict[str, Any] = {"statement": form.statement.data or "", "files": files}
    try:
        doing.report_done(here.session, here.actor, hazard_id, task_id, **said, now=here.now)
    except Incomplete as lack:
        point_at(form, lack)
        return page(hazard_id, done_form=form, failed=task_id), 422
    return redirect(url_for("own.hazard", hazard_id=hazard_id), 303)


def handed_up(hazard_id: UUID) -> ResponseReturnValue:
    """Hand it up: it becomes a case; a second press changes nothing."""
    here, form = me(), HandForm()
    if not form.validate():
        return page(hazard_id), 422
    try:
        hand_case_up(here.session, here.actor, hazard_id, now=here.now)
    except OutOfTurn as refusal:
        end_unit_of_work(here.session, keep=False)
        return page(hazard_id, problem=reason_words(refusal)), 409
    flash(_("Handed up. The work-safety office decides who handles it."))
    return redirect(url_for("own.hazard", hazard_id=hazard_id), 303)
