"""Inside reports on a unit's pages: the door, the list, one of them, and what the unit does."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.access.policy import may
from portal.attachments.kinds import Part, State
from portal.attachments.queries import attachment, content, of_things
from portal.cases.services import take_up_inside
from portal.enterprise.forms import AnswerInsideForm, DoorForm, RejectForm, SayForm, TakeUpForm
from portal.enterprise.views._own_pages import Here, common, me, point_at, reason_words
from portal.enterprise.views._own_walk import category_choices
from portal.foundation import secrets as keys
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import finish as end_unit_of_work
from portal.reports.lifecycle import said_answers
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.kinds import InsideState
from portal.selfinspections.queries import InsideRow, InsideShow, InsideView, Said
from portal.web.filters import plain_day, short_time
from portal.web.marks import category_name
from portal.web.uploads import store

SHOWN = {
    InsideShow.WAITING: _l("Waits for an answer"),
    InsideShow.LATE: _l("Late"),
    InsideShow.DONE: _l("Answered, rejected or made an own hazard"),
}
TONES = {
    InsideState.WAITING: "warn",
    InsideState.TAKEN_UP: "info",
    InsideState.ANSWERED: "ok",
    InsideState.REJECTED: None,
}


# the list


def listed() -> dict[str, Any]:
    """Return a page of the unit's inside reports: what is late first, unless another is asked."""
    here = me()
    counts = queries.inside_counts(here.session, here.actor, here.preset, now=here.now)
    asked = request.args.get("show") or ""
    first = InsideShow.LATE if counts[InsideShow.LATE] else InsideShow.WAITING
    show = InsideShow(asked) if asked in set(InsideShow) else first
    typed = request.args.get("after") or ""
    after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None
    rows, following = queries.inside_list(
        here.session, here.actor, show, here.preset, after=after, now=here.now
    )
    return {
        **common(here),
        "door": queries.door_of(here.session, here.unit.id),
        "days": here.preset.self_inspection.inside_days,
        "shown": str(SHOWN[show]),
        "counts": [
            {
                "number": counts[one],
                "text": str(SHOWN[one]),
                "url": url_for("own.reports", show=one.value),
                "tone": "bad" if one is InsideShow.LATE and counts[one] else None,
                "current": one is show,
            }
            for one in InsideShow
        ],
        "rows": [_row(one, here) for one in rows],
        "next_url": url_for("own.reports", show=show.value, after=following) if following else None,
        "first_url": url_for("own.reports", show=show.value) if after else None,
    }


def _row(one: InsideRow | InsideView, here: Here) -> dict[str, Any]:
    return {
        "number": one.number,
        "words": one.words or _("(erased)"),
        "kind": category_name(one.category, here.preset, here.language) if one.category else "",
        "url": url_for("own.report", report_id=one.id),
        "day": plain_day(one.day),
        "due": plain_day(one.due_on),
        "state": _("late") if one.is_late else one.state.label,
        "tone": "bad" if one.is_late else TONES[one.state],
        "waits": one.state is InsideState.WAITING,
    }


# the door


def door_page(form: DoorForm) -> str:
    """Ask who reads inside reports, or show how it stands."""
    here = me()
    return render_template(
        "enterprise/own_door.html",
        **common(here),
        form=form,
        door=queries.door_of(here.session, here.unit.id),
        takes_part=queries.since(here.session, here.unit.id) is not None,
        days=here.preset.self_inspection.inside_days,
        may_switch=may(here.actor, Action.SWITCH_INSIDE),
    )


def opened(form: DoorForm) -> ResponseReturnValue:
    """Switch inside reports on, or change who reads them."""
    here = me()
    if not form.validate():
        return door_page(form), 422
    given = {name: form[name].data or "" for name in ("readers", "name", "post")}
    try:
        doing.open_door(here.session, here.actor, here.preset, **given, now=here.now)
    except Incomplete as lack:
        end_unit_of_work(here.session, keep=False)
        point_at(form, lack)
        return door_page(form), 422
    except OutOfTurn as refusal:
        end_unit_of_work(here.session, keep=False)
        form.form_errors.append(reason_words(refusal))
        return door_page(form), 409
    flash(_("Inside reports are switched on."))
    return redirect(url_for("own.reports"), 303)


def closed() -> ResponseReturnValue:
    """Switch them off."""
    here = me()
    if not FlaskForm().validate():
        return door_page(DoorForm(formdata=None)), 422
    doing.close_door(here.session, here.actor, now=here.now)
    flash(_("Inside reports are switched off. Those that came in still wait for an answer."))
    return redirect(url_for("own.reports"), 303)


# one of them


def _forms(sent: dict[str, Any]) -> dict[str, Any]:
    kinds: tuple[tuple[str, Any], ...] = (
        ("say", SayForm),
        ("answer", AnswerInsideForm),
        ("reject", RejectForm),
    )
    return {name: sent.get(name) or kind(formdata=None, prefix=name) for name, kind in kinds}


def page(report_id: UUID, problem: str = "", **sent: Any) -> str:
    """Show an inside report; the form that came back in its place."""
    here = me()
    found = queries.inside_view(here.session, here.actor, report_id, here.preset, now=here.now)
    files = of_things(here.session, [found.id])[found.id]
    return render_template(
        "enterprise/own_report.html",
        **common(here),
        one=_row(found, here),
        found=found,
        answers=_answers(found, here),
        tiles=[_tile(found.id, row) for row in files],
        rows=[_said(one, here) for one in found.thread],
        answered=short_time(found.answered_at, here.now) if found.answered_at else "",
        forms=_forms(sent),
        sent=next(iter(sent.values()), None),
        problem=problem,
        hazard_url=url_for("own.hazard", hazard_id=found.hazard_id) if found.hazard_id else None,
    )


def _answers(found: InsideView, here: Here) -> list[tuple[str, str]]:
    if found.answers is None:
        return []
    _version, category, given = found.answers
    known = here.preset.taxonomy.categories.get(category)
    return said_answers(known.questions if known else [], given, here.language)


def _said(one: Said, here: Here) -> dict[str, Any]:
    # Of the reporter's the day alone: the hour would tell who was there.
    when = short_time(one.at, here.now) if one.by_unit else plain_day(_local(one, here))
    return {
        "who": _("The unit") if one.by_unit else _("The reporter"),
        "when": when,
        "text": one.words or _("(erased)"),
        "side": "me" if one.by_unit else "them",
    }


def _local(one: Said, here: Here) -> Any:
    return one.at.astimezone(here.preset.limits.zone).date()


def _tile(report_id: UUID, row: Any) -> dict[str, Any]:
    tile: dict[str, Any] = {"title": _("Photo %(number)s", number=row.position)}
    tile["sealed"] = row.state is not State.SHOWN
    if row.state is State.SHOWN:
        here = {"report_id": report_id, "file_id": row.id}
        tile["url"] = url_for("own.report_file", **here)
        tile["thumb_url"] = url_for("own.report_file", **here, part="thumbnail")
    return tile


def file_of(report_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Return the clean copy of a file that came with a report. Raises NotFound for any other."""
    here = me()
    found = queries.inside_view(here.session, here.actor, report_id, here.preset, now=here.now)
    row = attachment(here.session, file_id, case_id=found.id)
    part = Part.THUMBNAIL if request.args.get("part") == "thumbnail" else Part.COPY
    body, media_type = content(row, store=store(), key=keys.in_use().key("attachments"), part=part)
    response = make_response(body)
    response.mimetype = media_type
    return response


def _done(
    report_id: UUID, name: str, form: Any, act: Callable[[Here], Any], told: str
) -> ResponseReturnValue:
    """Carry out what the unit does; what is lacking is said at the field, with the words kept."""
    here = me()
    queries.inside_view(here.session, here.actor, report_id, here.preset, now=here.now)
    if not form.validate():
        return page(report_id, **{name: form}), 422
    try:
        act(here)
    except Incomplete as lack:
        end_unit_of_work(here.session, keep=False)
        point_at(form, lack)
        return page(report_id, **{name: form}), 422
    except OutOfTurn as refusal:
        end_unit_of_work(here.session, keep=False)
        return page(report_id, reason_words(refusal), **{name: form}), 409
    flash(told)
    return redirect(url_for("own.report", report_id=report_id), 303)


def said(report_id: UUID) -> ResponseReturnValue:
    """Write to the reporter."""
    form = SayForm(prefix="say")

    def act(here: Here) -> None:
        doing.say(here.session, here.actor, report_id, form.body.data or "", now=here.now)

    return _done(report_id, "say", form, act, _("Sent. The reporter reads it with the code."))


def answered(report_id: UUID) -> ResponseReturnValue:
    """Answer."""
    form = AnswerInsideForm(prefix="answer")

    def act(here: Here) -> None:
        doing.answer(here.session, here.actor, report_id, form.words.data or "", now=here.now)

    return _done(report_id, "answer", form, act, _("Answered. The reporter reads it."))


def rejected(report_id: UUID) -> ResponseReturnValue:
    """Say why nothing is done."""
    form = RejectForm(prefix="reject")

    def act(here: Here) -> None:
        doing.reject(here.session, here.actor, report_id, form.words.data or "", now=here.now)

    return _done(report_id, "reject", form, act, _("Rejected. The reporter reads why."))


def take_up_page(report_id: UUID, form: TakeUpForm, problem: str = "") -> str:
    """Ask how the unit puts it, as a hazard of its own."""
    here = me()
    found = queries.inside_view(here.session, here.actor, report_id, here.preset, now=here.now)
    form.category.choices = category_choices(here.preset, here.language)
    if form.category.data is None and found.category:
        form.category.data = found.category
    return render_template(
        "enterprise/own_take_up.html",
        **common(here),
        one=_row(found, here),
        found=found,
        form=form,
        problem=problem,
    )


def taken_up(report_id: UUID, form: TakeUpForm) -> ResponseReturnValue:
    """Make it a hazard of the unit's own."""
    here = me()
    form.category.choices = category_choices(here.preset, here.language)
    if not form.validate():
        return take_up_page(report_id, form), 422
    given: dict[str, Any] = {"said": form.words.data or "", "category": form.category.data or ""}
    given["major"] = bool(form.major.data)
    try:
        hazard = take_up_inside(
            here.session, here.actor, here.preset, report_id, **given, now=here.now
        )
    except Incomplete as lack:
        end_unit_of_work(here.session, keep=False)
        point_at(form, lack)
        return take_up_page(report_id, form), 422
    except OutOfTurn as refusal:
        end_unit_of_work(here.session, keep=False)
        return take_up_page(report_id, form, reason_words(refusal)), 409
    flash(_("Entered. Now say who does what until when."))
    return redirect(url_for("own.hazard", hazard_id=hazard), 303)
