"""What the pages of checklists show, and what their presses do to a draft."""

from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm

from portal.access.kinds import Action
from portal.access.policy import may
from portal.administration.forms.checklists import (
    KNOWN_WORDS,
    EndForm,
    FileForm,
    HeadForm,
    ItemForm,
    NewForm,
    PublishForm,
)
from portal.administration.views.rules import tabs as of_rules
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.presets import checklists as store
from portal.presets.checklist_kinds import WEIGHTS, Checklist, Major
from portal.presets.kinds import Preset, PresetSource
from portal.presets.queries import in_force
from portal.web.language import current
from portal.web.pages import current_actor

#: More than any checklist has.
BYTES_MOST = 500_000
REASONS = {
    "checklist_there": _l("There is a checklist with this code. Change that one."),
    "checklist_draft_there": _l(
        "This checklist has a draft already. Publish it or throw it away first."
    ),
    "checklist_not_whole": _l("The draft is not whole yet: see above."),
    "item_there": _l("Another item has this number."),
    "too_many_items": _l("A checklist has at most 300 items."),
    "file_missing": _l("Choose a file."),
    "file_too_large": _l("The file is too large."),
    "file_not_text": _l("The file is not written in UTF-8."),
}
MAJOR_TAGS = {
    Major.NONE: "",
    Major.CANDIDATE: _l("failing may be major"),
    Major.LISTED: _l("failing is listed as major"),
}


def put_at_field(form: FlaskForm, lack: Incomplete) -> None:
    """Write the sentence of a refusal at its field."""
    field = form[lack.field]
    field.errors = [*field.errors, REASONS[lack.reason]]


def preset() -> Preset:
    return in_force(db.session(), now())


def may_edit() -> bool:
    return may(current_actor(), Action.EDIT_CHECKLISTS)


def sector_name(code: str) -> str:
    """Return the sector's name; its code where the preset has it no more."""
    name = preset().taxonomy.sectors.get(code)
    return name.in_language(current()) if name else code


def tabs() -> list[dict[str, Any]]:
    """Return the links between the pages of rules; [] for who reads checklists alone."""
    return of_rules("checklists") if may(current_actor(), Action.READ_RULES) else []


def index_page() -> dict[str, Any]:
    """Return what the list of checklists shows."""
    session, moment = db.session(), now()
    holding = store.in_force_checklists(session, moment)
    return {
        "tabs": tabs(),
        "may_edit": may_edit(),
        "rows": [_row(one) for one in holding.values()],
        "ended": [_row(one) for one in store.out_of_use(session)],
        "drafts": [
            {"code": one.code, "name": _name(one.content), "at": one.changed_at}
            for one in (store.drafts(session) if may_edit() else [])
        ],
    }


def _row(one: Checklist) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "sector": sector_name(one.sector),
        "items": ngettext("%(num)s item", "%(num)s items", len(one.items)),
        "version": one.version,
        "from": one.holds_from,
    }


def _name(content: dict[str, Any]) -> str:
    return str(content["zh"] if current().startswith("zh") else content["en"])


def reading_page(found: Checklist, form: EndForm | None = None) -> dict[str, Any]:
    """Return what the page of one version shows."""
    session, moment = db.session(), now()
    newest = store.checklist(session, found.code)
    today = moment.astimezone(preset().city.zone).date()
    form = form or EndForm(formdata=None, data={"holds_from": today})
    form.seen.data = newest.version
    versions = store.versions_of(session, found.code)
    holding = store.in_force_checklists(session, moment).get(found.code)
    return {
        "checklist": found,
        "newest": newest,
        "form": form,
        "sector": sector_name(found.sector),
        "majors": MAJOR_TAGS,
        "known": KNOWN_WORDS,
        "grades": ", ".join(f"{one.code} ≥ {one.start:g}" for one in found.scoring.grades),
        "holding": holding.version if holding else None,
        "versions": [
            {"head": one, "by_hand": one.source is PresetSource.PORTAL} for one in versions
        ],
        "may_edit": may_edit(),
        "has_draft": may_edit() and store.has_draft(session, found.code),
    }


def reading(found: Checklist, form: EndForm | None = None, *, clash: bool = False) -> str:
    """Return the page of one version."""
    shown = reading_page(found, form)
    return render_template("administration/checklist.html", **shown, clash=clash)


def end_or_resume(code: str, form: Any, *, ended: bool) -> None:
    """Take a checklist out of use or back into it. Raises NotFound, Stale."""
    moment, zone = now(), preset().city.zone
    day = form.holds_from.data if ended else None
    store.end_or_resume(
        db.session(),
        code,
        preset(),
        ended=ended,
        seen=form.seen.data or 0,
        holds_from=datetime.combine(day, time(), zone) if day else moment,
        now=moment,
        record=remembering(moment),
    )
    flash(_("It is taken out of use from that day on.") if ended else _("It is in use again."))


def new_page(form: NewForm) -> str:
    form.suit(preset(), current())
    return render_template("administration/checklist_new.html", form=form)


def from_file(form: FileForm, by: UUID) -> str:
    """Take the file in and return its code. Raises Incomplete, PresetError."""
    raw = form.file.data.read(BYTES_MOST + 1) if form.file.data else b""
    if not raw:
        raise Incomplete("file", "file_missing")
    if len(raw) > BYTES_MOST:
        raise Incomplete("file", "file_too_large")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Incomplete("file", "file_not_text") from None
    # Not the name of the person's own file: it says nothing that helps.
    name = "YAML"
    part = store.draft_from_file(db.session(), text, preset(), file=name, by=by, now=now())
    flash(_("Taken in as a draft. Nothing holds before it is published."))
    return part.code


def draft_page(found: Any, form: PublishForm | None = None, *, clash: bool = False) -> str:
    """Return the page of a draft."""
    today = now().astimezone(preset().city.zone).date()
    form = form or PublishForm(formdata=None, data={"holds_from": today})
    form.seen.data = found.edits
    items = found.content["items"]
    return render_template(
        "administration/checklist_draft.html",
        draft=found,
        form=form,
        clash=clash,
        name=_name(found.content),
        sector=sector_name(found.content["sector"]),
        items=[
            {**one, "name": _name(one), "tag": MAJOR_TAGS[Major(one["major"])]} for one in items
        ],
        points=_(
            "%(sum)s of %(all)s points given out", sum=store.given_out(found.content), all=WEIGHTS
        ),
        lacks=[_lack(code, number) for code, number in store.lacks(found.content)],
        is_new=not store.versions_of(db.session(), found.code),
    )


def _lack(code: str, number: Decimal) -> str:
    if code == "no_items":
        return str(_("It has no items yet."))
    return str(
        _("The items have %(sum)s points together; they need %(all)s.", sum=number, all=WEIGHTS)
    )


def head_page(form: HeadForm, found: Any, *, clash: bool = False) -> str:
    form.seen.data = found.edits
    return render_template(
        "administration/checklist_head.html",
        form=form,
        draft=found,
        clash=clash,
        name=_name(found.content),
    )


def item_of(content: dict[str, Any], item: str) -> dict[str, Any] | None:
    """Return an item of a draft by its number."""
    return next((one for one in content["items"] if one["id"] == item), None)


def item_page(form: ItemForm, found: Any, item: str = "", *, clash: bool = False) -> str:
    form.seen.data = found.edits
    return render_template(
        "administration/checklist_item.html",
        form=form,
        draft=found,
        item=item,
        clash=clash,
        name=_name(found.content),
    )


def keep_item(form: ItemForm, found: Any, item: str, by: UUID) -> None:
    """Write the item into the draft. Raises Stale, Incomplete if its number is taken."""
    items = found.content["items"]
    if form.id.data != item and item_of(found.content, form.id.data or ""):
        raise Incomplete("id", "item_there")
    if not item and len(items) >= store.ITEMS_MAX:
        raise Incomplete("id", "too_many_items")

    def change(content: dict[str, Any]) -> None:
        written = form.item()
        if item and item_of(content, item):
            content["items"] = [written if one["id"] == item else one for one in content["items"]]
        else:
            content["items"].append(written)

    seen = form.seen.data or 0
    store.change_draft(db.session(), found.code, change, seen=seen, by=by, now=now())


def pressed(code: str, seen: int, by: UUID) -> str:
    """Do what the button of a draft says and return where to go. Raises Stale."""
    session, step = db.session(), request.form.get("step", "")
    if step == "drop":
        store.drop_draft(session, code, seen=seen)
        flash(_("The draft is gone. What was published stays."))
        return url_for("checklists.index")
    what, _space, item = step.partition(" ")
    store.change_draft(
        session, code, lambda content: _shift(content, what, item), seen=seen, by=by, now=now()
    )
    there = url_for("checklists.draft", code=code)
    return there if what == "out" else f"{there}#item-{item}"


def _shift(content: dict[str, Any], what: str, item: str) -> None:
    """Move an item up or down by one, or take it out; what is not there stays as it is."""
    items = content["items"]
    at = next((place for place, one in enumerate(items) if one["id"] == item), None)
    if at is None:
        return
    if what == "out":
        del items[at]
    to = {"up": at - 1, "down": at + 1}.get(what, at)
    if what in ("up", "down") and 0 <= to < len(items):
        items[at], items[to] = items[to], items[at]


def remembering(moment: datetime) -> Callable[[str, dict[str, Any]], None]:
    """Return what writes the act of whoever presses into the history."""

    def remember(kind: str, payload: dict[str, Any]) -> None:
        record(db.session(), current_actor(), EventKind(kind), at=moment, payload=payload)

    return remember


def publish(code: str, form: PublishForm, by: UUID) -> int:
    """Publish the draft and return the number of its version. Raises Stale, Incomplete."""
    session, moment, rules = db.session(), now(), preset()
    begins = datetime.combine(form.holds_from.data, time(), rules.city.zone)
    return store.publish(
        session,
        code,
        rules,
        seen=form.seen.data or 0,
        holds_from=begins,
        by=by,
        now=moment,
        record=remembering(moment),
    )
