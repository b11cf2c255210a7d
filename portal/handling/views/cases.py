"""The case page, why its dates are what they are, its files, and the page of every move."""

from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.access.policy import require
from portal.attachments.kinds import Part
from portal.attachments.queries import attachment, content
from portal.cases.queries import book_page
from portal.cases.services import link_token, mark_present
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.views import _after, _moving, _place, _sheet, _tasks
from portal.handling.views._opened import opened
from portal.handling.views._presence import presence_words
from portal.web.maps import tiles_of_map
from portal.web.orders import OPINION, PAPERS, paper_of
from portal.web.pages import current_actor, needs
from portal.web.printing import printed_task_book
from portal.web.uploads import store

cases = Blueprint("cases", __name__, url_prefix="/staff/cases")


@cases.get("/<uuid:case_id>")
@needs(Action.READ_FILE)
def case(case_id: UUID) -> str:
    here = opened(case_id)
    notice = _after.notice(here.session, here.actor, here)
    return render_template("handling/case.html", notice_of=notice, **_sheet.context(here))


@cases.get("/<uuid:case_id>/clocks")
@needs(Action.READ_FILE)
def clocks(case_id: UUID) -> str:
    here = opened(case_id)
    return render_template(
        "handling/clocks.html",
        case=here.case,
        sheets=_sheet.clock_sheets(here),
        ledgers=_sheet.ledgers(here),
        clocks=here,
    )


@cases.get("/<uuid:case_id>/files/<uuid:file_id>")
@needs(Action.READ_FILE)
def file(case_id: UUID, file_id: UUID) -> ResponseReturnValue:
    here = opened(case_id)
    if here.is_barred:
        abort(404)
    row = attachment(here.session, file_id, case_id=here.case.id)
    part = Part.THUMBNAIL if request.args.get("part") == "thumbnail" else Part.COPY
    key = secrets.in_use().key("attachments")
    data, media_type = content(row, store=store(), key=key, part=part)
    return Response(data, mimetype=media_type, headers={"Content-Disposition": "inline"})


@cases.get("/<uuid:case_id>/task-books/<uuid:book_id>/print")
@needs(Action.ISSUE_TASK_BOOK)
def print_task_book(case_id: UUID, book_id: UUID) -> str:
    """Show the paper with the unit's link: only to those who could hand the task book out."""
    here = opened(case_id)
    require(here.actor, Action.ISSUE_TASK_BOOK, here.case)
    page = book_page(here.session, here.actor, book_id, now=here.now)
    if here.is_barred or page.case_id != here.case.id or not page.has_link:
        abort(404)
    back_url = url_for("cases.case", case_id=here.case.id)
    return printed_task_book(page, link_token(page.id), back_url=back_url)


@cases.get("/<uuid:case_id>/task-books/<uuid:book_id>/<kind>.pdf")
@needs(Action.ISSUE_TASK_BOOK)
def paper(case_id: UUID, book_id: UUID, kind: str) -> ResponseReturnValue:
    """Return the order or the opinion with the unit's link: to those who could hand it out."""
    here = opened(case_id)
    require(here.actor, Action.ISSUE_TASK_BOOK, here.case)
    page = book_page(here.session, here.actor, book_id, now=here.now)
    lacks = kind not in PAPERS or (kind == OPINION and not page.rounds)
    if here.is_barred or page.case_id != here.case.id or not page.has_link or lacks:
        abort(404)
    names = _tasks.checked_by(here, book_id) if kind == OPINION else ()
    return paper_of(kind, page, link_token(page.id), here.preset, names)


@cases.get("/<uuid:case_id>/place")
@needs(Action.READ_FILE)
def place(case_id: UUID) -> str:
    """Show where it is: each pin in both datums and on the map, and each unit's code to print."""
    here = opened(case_id)
    if here.is_barred:
        abort(404)
    return render_template("handling/place.html", **_place.context(here), tiles=tiles_of_map())


@cases.post("/<uuid:case_id>/presence")
@needs(Action.READ_FILE)
def presence(case_id: UUID) -> ResponseReturnValue:
    form = FlaskForm()
    if not form.validate():
        return jsonify(text=""), 422
    version = mark_present(db.session(), current_actor(), case_id, now=now())
    return jsonify(text=presence_words(case_id, version))


@cases.get("/<uuid:case_id>/<move>")
@needs(Action.READ_FILE)
def move(case_id: UUID, move: str) -> ResponseReturnValue:
    return _moving.asked_for(case_id, move)


@cases.post("/<uuid:case_id>/<move>")
@needs(Action.READ_FILE)
def carry_out(case_id: UUID, move: str) -> ResponseReturnValue:
    return _moving.sent(case_id, move)


@cases.post("/<uuid:case_id>/<move>/draft")
@needs(Action.READ_FILE)
def save(case_id: UUID, move: str) -> ResponseReturnValue:
    return _moving.saved(case_id, move)
