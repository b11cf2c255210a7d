"""A unit's task book by its link: read, sign for, report done, disagree, print."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action, Actor
from portal.assistance.kinds import Origin
from portal.assistance.lifecycle import Wish
from portal.assistance.queries import helped_behind, own_help
from portal.assistance.services import help_token, judge, token_digest
from portal.attachments.kinds import Area, Part, Purpose
from portal.attachments.queries import content
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import attach
from portal.cases.kinds import REASONS
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.queries import (
    BookItem,
    BookPage,
    StepPage,
    addressee_behind,
    book_page,
    file_of_step,
    help_asked_in_book,
    help_page,
    own_file,
    step_page,
    unit_behind,
)
from portal.cases.services import ask_for_help, move_case
from portal.discipline.kinds import GROUND_SENTENCES
from portal.enterprise.forms import (
    AnswerForm,
    AskHelpForm,
    DisagreeForm,
    DoneForm,
    JudgeHelpForm,
    MoreTimeForm,
    ProtectedForm,
    SignForm,
)
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.presets.queries import in_force
from portal.taskbooks.kinds import ItemState
from portal.web.filters import day
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.orders import OPINION, PAPERS, paper_of
from portal.web.pages import needs
from portal.web.printing import printed_task_book
from portal.web.public_forms import made
from portal.web.uploads import allowance, refusal_words, store, taken_in

enterprise = Blueprint("enterprise", __name__, url_prefix="/unit")


def _opened(token: str) -> BookPage:
    """Return the task book behind the token. Raises NotFound alike for every dead one."""
    actor = unit_behind(db.session(), token, now=now())
    assert actor.task_book_id is not None  # noqa: S101  unit_behind gives it
    return book_page(db.session(), actor, actor.task_book_id, now=now())


def _actor(token: str) -> Actor:
    return unit_behind(db.session(), token, now=now())


@enterprise.get("/<token>")
@needs(Action.READ_TASK_BOOK)
def task_book(token: str) -> ResponseReturnValue:
    return _page(token, _opened(token))


def _page(
    token: str, page: BookPage, sent: Any = None, status: int = 200, **more: Any
) -> ResponseReturnValue:
    """Show the book; `sent` is the form that came back, in the place where it was filled in."""
    forms = _forms(page, token.encode(), sent, more.pop("item_id", None))
    asked = help_asked_in_book(db.session(), _actor(token))
    more["helps"] = [(one, help_token(one.id)) for one in asked]
    body = render_template(
        "enterprise/task_book.html", token=token, page=page, form=sent, **forms, **more
    )
    return body, status


def _forms(page: BookPage, nonce: bytes, sent: Any, failed: UUID | None) -> dict[str, Any]:
    """Return the forms of the page by their kind and task; the one that came back in its place."""
    found: dict[str, dict[Any, Any]] = {
        "forms": {
            item.id: _done_form(nonce, item, stamp=item.stamp)
            for item in page.items
            if item.state is ItemState.WITH_UNIT
        },
        "times": {item.id: _time_form(nonce, item) for item in page.items if item.ask_until},
        "safe": {
            item.id: _protected_form(nonce, item)
            for item in page.items
            if item.interim and not item.interim_at and item.state is not ItemState.WITHDRAWN
        },
        "wrong": {
            item.id: _wrong_form(nonce, item)
            for item in page.items
            if page.can_object_to and item.can_object
        },
    }
    found["forms"] |= {"sign": _sign_form(nonce), "object": _object_form(nonce)}
    found["forms"] |= {} if page.is_closed else {"help": _help_form(nonce, page)}
    if sent is not None:
        kind = {MoreTimeForm: "times", ProtectedForm: "safe"}.get(type(sent), "forms")
        own = {SignForm: "sign", DisagreeForm: "object", AskHelpForm: "help"}
        place = own.get(type(sent), failed)
        if failed and isinstance(sent, DisagreeForm):
            kind, place = "wrong", failed
        found[kind][place] = sent
    return found


def _sign_form(nonce: bytes, sent: Any = None) -> Any:
    return made(SignForm, nonce, sent, prefix="sign")


def _object_form(nonce: bytes, sent: Any = None) -> Any:
    return made(DisagreeForm, nonce, sent, prefix="object")


def _help_form(nonce: bytes, page: BookPage, sent: Any = None) -> Any:
    form = made(AskHelpForm, nonce, sent, prefix="help")
    form.suit({str(one.id): f"{one.number}. {one.task[:80]}" for one in page.items})
    return form


def _wrong_form(nonce: bytes, item: BookItem, sent: Any = None) -> Any:
    return made(DisagreeForm, nonce, sent, prefix=f"wrong{item.number}")


def _done_form(nonce: bytes, item: BookItem, sent: Any = None, **data: Any) -> Any:
    return made(DoneForm, nonce, sent, prefix=f"task{item.number}", **data)


def _protected_form(nonce: bytes, item: BookItem, sent: Any = None) -> Any:
    return made(ProtectedForm, nonce, sent, prefix=f"safe{item.number}")


def _time_form(nonce: bytes, item: BookItem, sent: Any = None) -> Any:
    return made(MoreTimeForm, nonce, sent, prefix=f"time{item.number}")


def _who(form: Any) -> dict[str, Any]:
    return {"name": form.name.data or "", "post": form.post.data or ""}


def _same_person(form: Any, recorded: str) -> bool:
    """Say whether what is recorded was sent by this very form: a second press of one button."""
    return recorded == f"{(form.name.data or '').strip()} · {(form.post.data or '').strip()}"


@enterprise.post("/<token>/sign")
@needs(Action.READ_TASK_BOOK)
def sign(token: str) -> ResponseReturnValue:
    page = _opened(token)
    form = _sign_form(token.encode(), request.form)
    if form.validate() and _same_person(form, page.signed_by):
        return _back(token)
    command = c.SignTaskBook(**_on(page), task_book_id=page.id, **_who(form))
    return _moved(token, page, form, command)


@enterprise.post("/<token>/object")
@needs(Action.READ_TASK_BOOK)
def object_to(token: str) -> ResponseReturnValue:
    page = _opened(token)
    form = _object_form(token.encode(), request.form)
    body = form.body.data or ""
    if form.validate() and any(body.strip() == told.body for told in page.objections_to(None)):
        return _back(token)
    command = c.Object(**_on(page), task_book_id=page.id, body=body, **_who(form))
    return _moved(token, page, form, command)


@enterprise.post("/<token>/items/<uuid:item_id>/object")
@needs(Action.READ_TASK_BOOK)
def object_to_item(token: str, item_id: UUID) -> ResponseReturnValue:
    """Take what the unit says against one task; sent twice it is taken once."""
    page = _opened(token)
    form = _wrong_form(token.encode(), page.item(item_id), request.form)
    body = form.body.data or ""
    if form.validate() and any(body.strip() == one.body for one in page.objections_to(item_id)):
        return _back(token, item_id)
    said: dict[str, Any] = {"task_book_id": page.id, "item_id": item_id, "body": body}
    return _moved(token, page, form, c.Object(**_on(page), **said, **_who(form)), item_id)


@enterprise.post("/<token>/items/<uuid:item_id>/done")
@needs(Action.READ_TASK_BOOK)
def report_done(token: str, item_id: UUID) -> ResponseReturnValue:
    page = _opened(token)
    item = page.item(item_id)
    form = _done_form(token.encode(), item, request.form)
    if form.validate() and item.stamp != form.stamp.data:
        return _stale(token, page, form, item)
    return _with_files(token, page, item, form, c.ReportItemDone)


@enterprise.post("/<token>/items/<uuid:item_id>/protected")
@needs(Action.READ_TASK_BOOK)
def protected(token: str, item_id: UUID) -> ResponseReturnValue:
    page = _opened(token)
    item = page.item(item_id)
    form = _protected_form(token.encode(), item, request.form)
    if form.validate() and item.interim_at and _same_person(form, item.interim_by):
        return _back(token, item_id)
    return _with_files(token, page, item, form, c.ReportInterim)


def _with_files(
    token: str,
    page: BookPage,
    item: BookItem,
    form: Any,
    command: type[c.ReportItemDone | c.ReportInterim],
) -> ResponseReturnValue:
    """Carry out what the unit says of a task with what shows it; one refused file stops it."""
    if not form.validate():
        return _page(token, page, form, 422, item_id=item.id)
    files, refused = _taken(
        form.photos.name, case_id=page.case_id, thing_id=item.id, purpose=Purpose.ITEM
    )
    if refused:
        db.session.rollback()
        return _page(token, _opened(token), form, 422, item_id=item.id, refused=refused)
    said: dict[str, Any] = {**_on(page), **_who(form), "item_id": item.id, "files": files}
    said["statement"] = form.statement.data or ""
    return _moved(token, page, form, command(**said), item.id)


@enterprise.post("/<token>/items/<uuid:item_id>/more-time")
@needs(Action.READ_TASK_BOOK)
def ask_time(token: str, item_id: UUID) -> ResponseReturnValue:
    page = _opened(token)
    item = page.item(item_id)
    form = _time_form(token.encode(), item, request.form)
    reason, plan = form.reason.data or "", form.plan.data or ""
    pending = [one for one in item.asked_time if one.granted is None]
    if form.validate() and any(one.reason == reason.strip() for one in pending):
        return _back(token, item_id)
    asked = {"item_id": item_id, "new_due_on": form.new_due_on.data, "reason": reason, "plan": plan}
    return _moved(token, page, form, c.AskExtension(**_on(page), **_who(form), **asked), item_id)


def _on(page: BookPage | StepPage) -> dict[str, Any]:
    return {"case_id": page.case_id, "seen": page.case_version}


def _stale(token: str, page: BookPage, form: Any, item: BookItem) -> ResponseReturnValue:
    """Show the item as it is now, with what was written still in its place."""
    statement = (form.statement.data or "").strip()
    if item.statement == statement and _same_person(form, item.reported_by):
        return _back(token, item.id)
    # The next press must carry what is on the page now.
    form.stamp.data = item.stamp
    form.form_errors.append(
        _("This task changed after you opened the page. Look at it again, then send once more.")
    )
    return _page(token, page, form, 409, item_id=item.id)


def _back(token: str, item_id: UUID | None = None) -> ResponseReturnValue:
    anchor = f"item-{item_id}" if item_id else None
    return redirect(url_for("enterprise.task_book", token=token, _anchor=anchor), 303)


def _taken(name: str, **place: Any) -> tuple[tuple[dict[str, Any], ...], list[tuple[str, str]]]:
    """Take in the files of a field for a thing of the case; one that is refused stops them all."""
    settings = in_force(db.session(), now()).city.settings
    key, limits = keys.in_use().key("attachments"), allowance(settings)
    chosen = request.files.getlist(name)
    stored, refused = taken_in(db.session(), chosen, area=Area.KEPT, key=key, limits=limits)
    if refused:
        return (), [(name, refusal_words(reason)) for name, reason in refused]
    rows = attach(db.session(), stored, **place, entropy=keys.entropy, now=now())
    return tuple(facts_of_file(row) for row in rows), []


def _moved(
    token: str, page: BookPage, form: Any, command: c.Command, item_id: UUID | None = None
) -> ResponseReturnValue:
    """Carry out a unit's move; what is lacking is said at the field, with the text kept."""
    if not form.validate():
        return _page(token, page, form, 422, item_id=item_id)
    try:
        move_case(db.session(), _actor(token), command, now=now())
    except (Incomplete, OutOfTurn) as error:
        db.session.rollback()
        name = getattr(error, "field", "")
        if name in form:
            form[name].errors = [_said(error)]
        else:
            form.form_errors.append(_said(error))
        return _page(token, _opened(token), form, error.status, item_id=item_id)
    return _back(token, item_id)


def _said(error: Incomplete | OutOfTurn) -> str:
    """Return what to do about a refusal; the case's own state is no business of the unit."""
    late = isinstance(error, OutOfTurn) and str(error.args[0]).startswith("extension_")
    if isinstance(error, Incomplete) or late:
        reason, given = (
            (error.reason, error.values) if isinstance(error, Incomplete) else error.args[:2]
        )
        values = {name: day(it) if isinstance(it, date) else it for name, it in given.items()}
        return str(REASONS[reason]) % values
    if error.args[0] == "objection_open":
        return str(REASONS["objection_open"])
    return str(_("This can’t be done here any more. Load the page again to see how it stands."))


@enterprise.get("/<token>/print")
@needs(Action.READ_TASK_BOOK)
def print_task_book(token: str) -> ResponseReturnValue:
    back_url = url_for("enterprise.task_book", token=token)
    return printed_task_book(_opened(token), token, back_url=back_url)


@enterprise.get("/<token>/<kind>.pdf")
@needs(Action.READ_TASK_BOOK)
def paper(token: str, kind: str) -> ResponseReturnValue:
    """Return the order, or the opinion of its checks, as a PDF."""
    page = _opened(token)
    if kind not in PAPERS or (kind == OPINION and not page.rounds):
        abort(404)
    return paper_of(kind, page, token, in_force(db.session(), now()))


@enterprise.get("/<token>/files/<uuid:file_id>")
@needs(Action.READ_TASK_BOOK)
def file(token: str, file_id: UUID) -> ResponseReturnValue:
    return _shown(own_file(db.session(), _actor(token), file_id))


def _shown(row: Any) -> ResponseReturnValue:
    """Return the clean copy of a file, or its small picture."""
    key = keys.in_use().key("attachments")
    part = Part.THUMBNAIL if "small" in request.args else Part.COPY
    body, media_type = content(row, store=store(), key=key, part=part)
    response = make_response(body)
    response.mimetype = media_type
    return response


# Help: asked for within a task book, followed and judged by a link of its own


@enterprise.post("/<token>/help")
@needs(Action.READ_TASK_BOOK)
def ask_help(token: str) -> ResponseReturnValue:
    """Take what a unit asks for; sent twice it is taken once."""
    page = _opened(token)
    form = _help_form(token.encode(), page, request.form)
    if not form.validate():
        return _page(token, page, form, 422)
    body, asked = form.wanted.data.strip(), help_asked_in_book(db.session(), _actor(token))
    if any(one.wanted == body for one in asked):
        return redirect(url_for("enterprise.task_book", token=token, _anchor="help"), 303)
    return _help_asked(token, page, form)


def _help_asked(token: str, page: BookPage, form: Any) -> ResponseReturnValue:
    session, moment = db.session(), now()
    item_id = next((one.id for one in page.items if str(one.id) == form.item_id.data), None)
    about = {"kind": form.kind.data, "wanted": form.wanted.data or "", **_who(form)}
    wish = Wish(origin=Origin.ASKED, item_id=item_id, **about)
    try:
        ask_for_help(session, _actor(token), wish, in_force(session, moment), now=moment)
    except (Incomplete, OutOfTurn) as error:
        db.session.rollback()
        form.form_errors.append(_said(error))
        return _page(token, _opened(token), form, error.status)
    return redirect(url_for("enterprise.task_book", token=token, _anchor="help"), 303)


def _helped(token: str) -> Actor:
    return helped_behind(db.session(), token_digest(token), now=now())


def _shown_help(token: str, form: Any, status: int = 200) -> ResponseReturnValue:
    page = help_page(db.session(), _helped(token), now=now())
    where = place_name(page.jurisdiction, page.township, in_force(db.session(), now()), current())
    about: dict[str, Any] = {"token": token, "page": page, "form": form}
    return render_template("enterprise/help.html", whom=page.unit or where, **about), status


@enterprise.get("/help/<token>")
@needs(Action.FOLLOW_HELP)
def help_of(token: str) -> ResponseReturnValue:
    return _shown_help(token, made(JudgeHelpForm, token.encode()))


@enterprise.post("/help/<token>/judge")
@needs(Action.FOLLOW_HELP)
def judge_help(token: str) -> ResponseReturnValue:
    """Take what those who were helped say of it, once."""
    form, moment = made(JudgeHelpForm, token.encode(), request.form), now()
    if not form.validate():
        return _shown_help(token, form, 422)
    said = {"helped": form.helped.data, "said": form.said.data or "", **_who(form), "source": ""}
    today = moment.astimezone(in_force(db.session(), moment).limits.zone).date()
    try:
        one = own_help(db.session(), actor := _helped(token), lock=True)
        judge(db.session(), actor, one, **said, today=today, now=moment)
    except (Incomplete, OutOfTurn) as error:
        form.form_errors.append(_said(error))
        return _shown_help(token, form, error.status)
    return redirect(url_for("enterprise.help_of", token=token), 303)


# The link of a disciplinary step


def _addressed(token: str) -> StepPage:
    """Return the step behind the token. Raises NotFound alike for every dead one."""
    actor = addressee_behind(db.session(), token, now=now())
    assert actor.step_id is not None  # noqa: S101  addressee_behind gives it
    return step_page(db.session(), actor, actor.step_id, now=now())


def _step_form(token: str, sent: Any = None) -> Any:
    return made(AnswerForm, token.encode(), sent)


def _step_page(
    token: str, page: StepPage, form: Any, status: int = 200, refused: Any = ()
) -> ResponseReturnValue:
    said = [str(GROUND_SENTENCES[ground]) % {"count": count} for ground, count in page.grounds]
    about: dict[str, Any] = {"token": token, "page": page, "form": form, "grounds": said}
    return render_template("enterprise/step.html", **about, refused=refused), status


@enterprise.get("/steps/<token>")
@needs(Action.READ_STEP)
def step(token: str) -> ResponseReturnValue:
    return _step_page(token, _addressed(token), _step_form(token))


@enterprise.post("/steps/<token>/answer")
@needs(Action.READ_STEP)
def answer_step(token: str) -> ResponseReturnValue:
    """Take the one answer: what was sent twice is shown, what came too late stays in its field."""
    page, form = _addressed(token), _step_form(token, request.form)
    if not form.validate():
        return _step_page(token, page, form, 422)
    body = form.body.data or ""
    if page.answered_at and page.answer == body.strip() and _same_person(form, page.answered_by):
        return redirect(url_for("enterprise.step", token=token), 303)
    files, refused = _files_of_answer(page, form.photos.name)
    if refused:
        db.session.rollback()
        return _step_page(token, _addressed(token), form, 422, refused)
    command = s.AnswerStep(**_on(page), step_id=page.id, body=body, files=files, **_who(form))
    return _answered(token, form, command)


def _files_of_answer(
    page: StepPage, name: str
) -> tuple[tuple[dict[str, Any], ...], list[tuple[str, str]]]:
    """Take in what was chosen; nothing is taken in for an answer that cannot be given any more."""
    if not page.can_answer:
        return (), []
    return _taken(name, case_id=page.case_id, thing_id=page.id, purpose=Purpose.STEP)


def _answered(token: str, form: Any, command: s.AnswerStep) -> ResponseReturnValue:
    actor = addressee_behind(db.session(), token, now=now())
    try:
        move_case(db.session(), actor, command, now=now())
    except (Incomplete, OutOfTurn) as error:
        db.session.rollback()
        words = str(REASONS[error.reason]) if isinstance(error, Incomplete) else _said(error)
        values = getattr(error, "values", {})
        shown = {key: day(value) for key, value in values.items() if key == "due"}
        form.form_errors.append(words % shown if shown else words)
        return _step_page(token, _addressed(token), form, error.status)
    return redirect(url_for("enterprise.step", token=token), 303)


@enterprise.get("/steps/<token>/files/<uuid:file_id>")
@needs(Action.READ_STEP)
def step_file(token: str, file_id: UUID) -> ResponseReturnValue:
    actor = addressee_behind(db.session(), token, now=now())
    return _shown(file_of_step(db.session(), actor, file_id))
