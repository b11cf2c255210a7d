"""Checklists: what holds and held, to read and to take along; the editor of their drafts."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.administration.forms.checklists import (
    DraftForm,
    EndForm,
    FileForm,
    HeadForm,
    ItemForm,
    NewForm,
    PublishForm,
)
from portal.administration.views import _checklist_pages as pages
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, Stale
from portal.presets import checklists as store
from portal.presets.entries import PresetError
from portal.web.language import current
from portal.web.pages import current_actor, needs

checklists = Blueprint("checklists", __name__, url_prefix="/admin/rules/checklists")
READ = needs(Action.READ_CHECKLISTS)
EDIT = needs(Action.EDIT_CHECKLISTS)


def here(code: str) -> str:
    """Return the address of a draft."""
    return url_for("checklists.draft", code=code)


def author() -> UUID:
    """Return who writes."""
    person = current_actor().person_id
    assert person is not None  # noqa: S101  only people can open these pages
    return person


@checklists.get("")
@READ
def index() -> str:
    """Show the checklists that hold, those to come, and what is being written."""
    return render_template("administration/checklists.html", **pages.index_page())


@checklists.get("/<code>")
@READ
def checklist(code: str) -> str:
    """Show a version, the newest by default."""
    number = request.args.get("version", type=int)
    found = store.checklist(db.session(), code, number)
    return pages.reading(found)


@checklists.post("/<code>/end")
@EDIT
def end(code: str) -> ResponseReturnValue:
    """Take a checklist out of use from a day on."""
    form, found = EndForm(), store.checklist(db.session(), code)
    try:
        if form.validate():
            pages.end_or_resume(code, form, ended=True)
            return redirect(url_for("checklists.checklist", code=code), 303)
    except Stale:
        return pages.reading(found, form, clash=True), 409
    return pages.reading(found, form), 422


@checklists.post("/<code>/resume")
@EDIT
def resume(code: str) -> ResponseReturnValue:
    """Take a checklist back into use, at once."""
    form = DraftForm()
    try:
        if form.validate():
            pages.end_or_resume(code, form, ended=False)
    except Stale:
        flash(_("Somebody changed this checklist meanwhile. This is how it stands now."), "error")
    return redirect(url_for("checklists.checklist", code=code), 303)


@checklists.get("/<code>/yaml")
@READ
def export(code: str) -> ResponseReturnValue:
    """Return a version as the file that a preset's folder or the import takes."""
    found = store.checklist(db.session(), code, request.args.get("version", type=int))
    named = f'attachment; filename="{found.code}-{found.version}.yaml"'
    response = Response(store.as_yaml(found), mimetype="text/yaml")
    response.headers["Content-Disposition"] = named
    return response


@checklists.get("/new")
@EDIT
def new() -> str:
    """Ask for a new checklist."""
    return pages.new_page(NewForm())


@checklists.post("/new")
@EDIT
def add() -> ResponseReturnValue:
    """Begin a checklist that was not there."""
    form = NewForm().suit(pages.preset(), current())
    try:
        if form.validate():
            given = (form.code.data, form.zh.data, form.en.data, form.sector.data)
            store.add_draft(db.session(), *given, by=author(), now=now())
            return redirect(here(form.code.data), 303)
    except Incomplete as lack:
        pages.put_at_field(form, lack)
    return pages.new_page(form), 422


@checklists.get("/import")
@EDIT
def ask_file() -> str:
    """Ask for a checklist as a file."""
    return render_template("administration/checklist_file.html", form=FileForm())


@checklists.post("/import")
@EDIT
def take_in() -> ResponseReturnValue:
    """Take a file in as a draft, or say in which line it is wrong."""
    form, wrong = FileForm(), None
    try:
        if form.validate():
            return redirect(here(pages.from_file(form, author())), 303)
    except Incomplete as lack:
        pages.put_at_field(form, lack)
    except PresetError as fault:
        wrong = fault
    return render_template("administration/checklist_file.html", form=form, wrong=wrong), 422


@checklists.post("/<code>/draft/begin")
@EDIT
def begin(code: str) -> ResponseReturnValue:
    """Begin a draft from the newest version."""
    if DraftForm().validate():
        store.begin_draft(db.session(), code, by=author(), now=now())
    return redirect(here(code), 303)


@checklists.get("/<code>/draft")
@EDIT
def draft(code: str) -> str:
    """Show the draft with its items, what it lacks, and how it is published."""
    return pages.draft_page(store.draft_of(db.session(), code))


@checklists.post("/<code>/draft")
@EDIT
def press(code: str) -> ResponseReturnValue:
    """Move an item, take it out, or throw the draft away."""
    form = DraftForm()
    try:
        if form.validate():
            return redirect(pages.pressed(code, form.seen.data or 0, author()), 303)
    except Stale:
        flash(_("Somebody changed the draft meanwhile. This is how it stands now."), "error")
    return redirect(here(code), 303)


@checklists.get("/<code>/draft/head")
@EDIT
def head(code: str) -> str:
    """Show name, sector and scoring of the draft."""
    found = store.draft_of(db.session(), code)
    form = HeadForm(formdata=None).suit(pages.preset(), current())
    form.fill(found.content)
    return pages.head_page(form, found)


@checklists.post("/<code>/draft/head")
@EDIT
def change_head(code: str) -> ResponseReturnValue:
    """Change name, sector and scoring of the draft."""
    form = HeadForm().suit(pages.preset(), current())
    try:
        if form.validate():
            seen = form.seen.data or 0
            store.change_draft(db.session(), code, form.write, seen=seen, by=author(), now=now())
            return redirect(here(code), 303)
    except Stale:
        return pages.head_page(form, store.draft_of(db.session(), code), clash=True), 409
    return pages.head_page(form, store.draft_of(db.session(), code)), 422


@checklists.get("/<code>/draft/items/new")
@EDIT
def new_item(code: str) -> str:
    """Ask for a new item."""
    return pages.item_page(ItemForm(formdata=None), store.draft_of(db.session(), code))


@checklists.get("/<code>/draft/items/<item>")
@EDIT
def item(code: str, item: str) -> str:
    """Show an item of the draft."""
    found, form = store.draft_of(db.session(), code), ItemForm(formdata=None)
    stored = pages.item_of(found.content, item)
    if stored is None:
        raise NotFound(item)
    form.fill(stored)
    return pages.item_page(form, found, item)


@checklists.post("/<code>/draft/items/new")
@EDIT
def add_item(code: str) -> ResponseReturnValue:
    """Add an item at the end."""
    return written(code, "")


@checklists.post("/<code>/draft/items/<item>")
@EDIT
def keep_item(code: str, item: str) -> ResponseReturnValue:
    """Change an item where it stands."""
    return written(code, item)


def written(code: str, item: str) -> ResponseReturnValue:
    """Write an item into the draft; a new one where `item` is empty."""
    form, found = ItemForm(), store.draft_of(db.session(), code)
    try:
        if form.validate():
            pages.keep_item(form, found, item, author())
            return redirect(f"{here(code)}#item-{form.id.data}", 303)
    except Stale:
        return pages.item_page(form, found, item, clash=True), 409
    except Incomplete as lack:
        pages.put_at_field(form, lack)
    return pages.item_page(form, found, item), 422


@checklists.post("/<code>/draft/publish")
@EDIT
def publish(code: str) -> ResponseReturnValue:
    """Make the draft a version that never changes again."""
    form, found = PublishForm(), store.draft_of(db.session(), code)
    try:
        if form.validate():
            number = pages.publish(code, form, author())
            flash(_("Published as version %(version)s.", version=number))
            return redirect(url_for("checklists.checklist", code=code, version=number), 303)
    except Stale:
        return pages.draft_page(found, form, clash=True), 409
    except Incomplete as lack:
        pages.put_at_field(form, lack)
    return pages.draft_page(found, form), 422
