"""A self-inspection on its pages: by which checklist, item by item, what is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields import SelectChoice

from portal.accounts.queries import names_of_people
from portal.attachments.queries import of_things
from portal.cases.kinds import REASONS as OF_CASES
from portal.cases.services import finish_own
from portal.enterprise.forms import BeginForm, FinishForm, ItemForm
from portal.enterprise.views import _own_files
from portal.enterprise.views._own_pages import (
    Here,
    common,
    duty_name,
    me,
    point_at,
)
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn, Stale
from portal.foundation.transaction import finish as end_unit_of_work
from portal.history.queries import words
from portal.inspections.kinds import Result
from portal.inspections.lifecycle import lacks_of
from portal.presets.checklist_kinds import Checklist, Item, Major
from portal.presets.checklists import in_force_checklists
from portal.presets.contents import checklist_of
from portal.presets.kinds import Preset
from portal.risk.score import score
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.web.filters import short_time

TONES = {Result.PASS: "ok", Result.FAIL: "bad", Result.PARTIAL: "warn"}


@dataclass(frozen=True)
class Walk:
    """A self-inspection, read whole."""

    here: Here
    row: Any
    #: None: done in words.
    checklist: Checklist | None
    answers: dict[str, Any]
    photos: dict[UUID, list[Any]]

    def address(self, page: str = "walk", **more: Any) -> str:
        return url_for(f"own.{page}", inspection_id=self.row.id, **more)

    @property
    def entered(self) -> int:
        return sum(one.edits for one in self.answers.values())


def opened(inspection_id: UUID) -> Walk:
    """Return a self-inspection of the reader's unit. Raises NotFound."""
    here = me()
    row = queries.inspection(here.session, here.actor, inspection_id)
    answers = {one.item: one for one in queries.answers_of(here.session, row.id)}
    photos = of_things(here.session, [one.id for one in answers.values()])
    checklist = checklist_of(row.checklist) if row.checklist else None
    return Walk(here, row, checklist, answers, photos)


# by which checklist


def choose_page(duty: str, form: BeginForm) -> str:
    """Ask by which checklist a duty is done. Raises NotFound for one that the unit has not."""
    here = me()
    rule = here.preset.self_inspection.duties.get(duty)
    if rule is None or not queries.has_duty(here.session, here.unit.id, rule):
        raise NotFound(duty)
    form.checklist.choices = _fitting(here) if rule.by_checklist else []
    if rule.by_checklist and form.checklist.data is None and form.checklist.choices:
        form.checklist.data = form.checklist.choices[0].value
    return render_template(
        "enterprise/own_choose.html",
        **common(here),
        form=form,
        duty=duty,
        name=rule.name.in_language(here.language),
        by_checklist=rule.by_checklist,
    )


def _fitting(here: Here) -> list[SelectChoice]:
    """Return the checklists that hold, those of the unit's sector first."""
    held = in_force_checklists(here.session, here.now).values()
    ordered = sorted(held, key=lambda one: (one.sector != here.unit.sector, one.code))
    return [
        SelectChoice(
            one.code,
            _(
                "%(name)s (version %(version)s, %(count)s items)",
                name=one.name.in_language(here.language),
                version=one.version,
                count=len(one.items),
            ),
        )
        for one in ordered
    ]


# item by item


def page(inspection_id: UUID) -> str:
    """Show the items of what is under way, or what was recorded."""
    walk = opened(inspection_id)
    template = "own_walk" if walk.row.finished_at is None else "own_made"
    return render_template(
        f"enterprise/{template}.html",
        **common(walk.here),
        walk=walk,
        name=duty_name(walk.row.duty, walk.here),
        rows=listed(walk),
        photos=_own_files.tiles([walk.row.id])[walk.row.id],
        **_said(walk),
        **progress(walk),
    )


def listed(walk: Walk) -> list[dict[str, Any]]:
    """Return every item: its number, its words, what came of it, and its page."""
    found = []
    said = words(walk.here.session, filter(None, (a.note_text_id for a in walk.answers.values())))
    tiles = _own_files.tiles([one.id for one in walk.answers.values()])
    for item in walk.checklist.items.values() if walk.checklist else ():
        row = walk.answers.get(item.id)
        result = row.result if row else None
        found.append(
            {
                "id": item.id,
                "name": item.name.in_language(walk.here.language),
                "url": walk.address("item", item=item.id),
                "result": result.label if result else _("not answered"),
                "tone": TONES.get(result) if result else None,
                "note": said.get(row.note_text_id) if row and row.note_text_id else "",
                "tiles": tiles[row.id] if row else [],
                "lack": bool(row and lacks_of(item, _answered(walk, row))),
            }
        )
    return found


def _answered(walk: Walk, row: Any) -> Any:
    return next(iter(queries.answered([row], walk.photos)), None)


def _said(walk: Walk) -> dict[str, Any]:
    """Return who finished it, what was said, and what was found."""
    row = walk.row
    people = names_of_people(walk.here.session, filter(None, (row.begun_by, row.finished_by)))
    said = words(walk.here.session, filter(None, (row.statement_text_id,)))
    return {
        "begun_by": people.get(row.begun_by, ""),
        "finished_by": people.get(row.finished_by, "") if row.finished_by else "",
        "statement": said.get(row.statement_text_id) or "" if row.statement_text_id else "",
        "found": [
            {"number": number, "url": url_for("own.hazard", hazard_id=id_), "item": item}
            for id_, number, item in queries.hazards_of(walk.here.session, row.id)
        ],
    }


def progress(walk: Walk) -> dict[str, Any]:
    """Return how far it is: items answered, the score so far."""
    results = {name: row.result for name, row in walk.answers.items() if row.result}
    counts = {one: sum(result is one for result in results.values()) for one in Result}
    return {
        "done": len(results),
        "all": len(walk.checklist.items) if walk.checklist else 0,
        "counts": [(one.label, counts[one]) for one in Result if counts[one]],
        "score": score(walk.checklist, results) if walk.checklist else None,
    }


def item_of(walk: Walk, item: str) -> Item:
    """Return an item of the copy. Raises NotFound."""
    found = walk.checklist.items.get(item) if walk.checklist else None
    if found is None:
        raise NotFound(item)
    return found


def over(walk: Walk) -> ResponseReturnValue:
    """Lead whoever comes too late to what was recorded."""
    return redirect(walk.address(), 303)


def show_item(inspection_id: UUID, item: str) -> ResponseReturnValue:
    """Show one item."""
    walk = opened(inspection_id)
    asked = item_of(walk, item)
    if walk.row.finished_at is not None:
        return over(walk)
    form = ItemForm(formdata=None).suit(asked)
    if item in walk.answers:
        form.fill(walk.answers[item])
    return item_page(walk, asked, form)


def item_page(walk: Walk, item: Item, form: ItemForm, *, clash: bool = False) -> str:
    """Return the page of one item, after a clash with what another entered beside it."""
    assert walk.checklist is not None  # noqa: S101  the item is of it
    order, row = list(walk.checklist.items), walk.answers.get(item.id)
    at = order.index(item.id)
    form.seen.data = row.edits if row else 0
    return render_template(
        "enterprise/own_item.html",
        **common(walk.here),
        walk=walk,
        name=duty_name(walk.row.duty, walk.here),
        item=item,
        form=form,
        number=at + 1,
        may_be_major=item.major is not Major.NONE,
        earlier=walk.address("item", item=order[at - 1]) if at else None,
        is_last=at + 1 == len(order),
        photos=_own_files.tiles([row.id])[row.id] if row else [],
        theirs=theirs(walk, row) if clash and row else None,
        **progress(walk),
    )


def theirs(walk: Walk, row: Any) -> list[dict[str, str]]:
    """Return what a colleague entered meanwhile, by the names of the fields."""
    names = names_of_people(walk.here.session, [row.changed_by])
    by = f"{names.get(row.changed_by, '')} · {short_time(row.changed_at)}"
    return [
        {"name": _("Entered by"), "value": by},
        {"name": _("What came of it"), "value": row.result.label if row.result else "—"},
        {"name": _("Where exactly"), "value": row.place or "—"},
        {"name": _("What you saw"), "value": row.note or "—"},
    ]


def answer(inspection_id: UUID, item: str, form: ItemForm) -> ResponseReturnValue:
    """Keep what was entered for an item and go on to the next."""
    walk = opened(inspection_id)
    asked, here = item_of(walk, item), walk.here
    form.suit(asked)
    if not form.validate() or not form.is_listed():
        return item_page(walk, asked, form), 422
    try:
        refused = keep_photos(walk, asked)
        doing.enter(
            here.session, here.actor, inspection_id, item, form.entry(),
            seen=form.seen.data or 0, now=here.now,
        )  # fmt: skip
    except Stale:
        end_unit_of_work(here.session, keep=False)
        return item_page(opened(inspection_id), asked, form, clash=True), 409
    except OutOfTurn:
        end_unit_of_work(here.session, keep=False)
        return over(opened(inspection_id))
    return _onward(opened(inspection_id), asked, form, refused)


def keep_photos(walk: Walk, item: Item) -> list[str]:
    """Take the photos in and hang them on the item; return what is to be said of refused ones.

    They are kept whatever becomes of the words: photos of two people are no clash.
    """
    chosen = [file for file in request.files.getlist("files") if file.filename]
    kept, refused = hang(walk, chosen, item=item) if chosen else ([], [])
    if kept:
        end_unit_of_work(walk.here.session, keep=True)
    return refused


def hang(walk: Walk, files: Sequence[Any], *, item: Item) -> tuple[list[Any], list[str]]:
    """Hang photos on the item; return them and what is said of refused ones.

    Raises OutOfTurn if it is over.
    """
    here = walk.here
    row = doing.row_of(here.session, here.actor, walk.row.id, item.id, now=here.now)
    there = walk.photos.get(row.id, ())
    return _own_files.hung(files, unit_id=here.unit.id, thing_id=row.id, already=there)


def _onward(walk: Walk, item: Item, form: ItemForm, refused: list[str]) -> ResponseReturnValue:
    """Go where the press wanted, unless something lacks: then the item says so, and is kept."""
    if refused:
        # What was typed is kept: only the file is asked for again.
        form.files.errors = refused
        end_unit_of_work(walk.here.session, keep=True)
        return item_page(opened(walk.row.id), item, form), 422
    lack = lacks_of(item, _answered(walk, walk.answers[item.id]))
    if lack and request.form.get("step") != "stay":
        form.form_errors.append(str(OF_CASES[lack]) % {"item": item.id})
        end_unit_of_work(walk.here.session, keep=True)
        return item_page(opened(walk.row.id), item, form), 422
    assert walk.checklist is not None  # noqa: S101  the item is of it
    order = list(walk.checklist.items)
    following = order[(order.index(item.id) + 1) % len(order)]
    step = request.form.get("step")
    if step == "stay":
        return redirect(walk.address("item", item=item.id), 303)
    if step == "list" or following == order[0]:
        return redirect(walk.address(), 303)
    return redirect(walk.address("item", item=following), 303)


# the end


def ask_finish(inspection_id: UUID, form: FinishForm) -> ResponseReturnValue:
    """Show what would be recorded, and ask for the rest."""
    walk = opened(inspection_id)
    return over(walk) if walk.row.finished_at is not None else finish_page(walk, form)


def finish_page(walk: Walk, form: FinishForm) -> str:
    """Return the page that asks for the end."""
    form.entered.data = walk.entered
    form.category.choices = category_choices(walk.here.preset, walk.here.language)
    rows = listed(walk)
    failed = sum(one.result is Result.FAIL for one in walk.answers.values())
    return render_template(
        "enterprise/own_finish.html",
        **common(walk.here),
        walk=walk,
        name=duty_name(walk.row.duty, walk.here),
        form=form,
        failed=ngettext(
            "%(num)s item failed: it becomes an own hazard.",
            "%(num)s items failed: each becomes an own hazard.",
            failed,
        )
        if failed
        else "",
        lacking=[one for one in rows if one["lack"]],
        unanswered=[one for one in rows if one["id"] not in walk.answers],
        photos=_own_files.tiles([walk.row.id])[walk.row.id],
        **progress(walk),
    )


def finish(inspection_id: UUID, form: FinishForm) -> ResponseReturnValue:
    """Finish what is under way."""
    walk = opened(inspection_id)
    here = walk.here
    form.category.choices = category_choices(here.preset, here.language)
    if not form.validate():
        return finish_page(walk, form), 422
    said = {"statement": form.statement.data or "", "category": form.category.data or ""}
    given: dict[str, Any] = {**said, "seen": form.entered.data or 0, "photos": walk.photos}
    try:
        _files, refused = _own_files.taken("photos", unit_id=here.unit.id, thing_id=walk.row.id)
        if refused:
            # The others are kept: only this one is asked for again.
            form.photos.errors = refused
            end_unit_of_work(here.session, keep=True)
            return finish_page(opened(inspection_id), form), 422
        finish_own(here.session, here.actor, inspection_id, here.preset, now=here.now, **given)
    except Incomplete as lack:
        end_unit_of_work(here.session, keep=False)
        point_at(form, lack)
        return finish_page(opened(inspection_id), form), 422
    except Stale:
        end_unit_of_work(here.session, keep=False)
        form.form_errors.append(_("Somebody entered something meanwhile. Look again, then finish."))
        return finish_page(opened(inspection_id), form), 409
    except OutOfTurn:
        end_unit_of_work(here.session, keep=False)
        return over(opened(inspection_id))
    flash(_("The self-inspection is recorded."))
    return redirect(walk.address(), 303)


def category_choices(preset: Preset, language: str) -> list[SelectChoice]:
    """Return the kinds of hazard that are a matter of work safety, under their sectors."""
    taxonomy = preset.taxonomy
    found = [SelectChoice("", _("Choose"))]
    for code, category in taxonomy.categories.items():
        if not category.office:
            sector = taxonomy.sectors[category.sector].in_language(language)
            found.append(SelectChoice(code, f"{sector} › {category.name.in_language(language)}"))
    return found
