"""What the pages of an inspection under way show, and what their presses do."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from wtforms.fields import SelectChoice

from portal.accounts.queries import names_of_people
from portal.attachments.kinds import Area, Purpose, State
from portal.attachments.queries import facts as file_facts
from portal.attachments.queries import of_things
from portal.attachments.services import attach
from portal.cases import queries
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Lack
from portal.cases.lifecycle.gate import not_open
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.services import move_case
from portal.foundation import secrets as keyrings
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn, Stale
from portal.foundation.transaction import finish
from portal.handling.forms.inspecting import AnswerForm, ChooseForm, FinishForm
from portal.handling.forms.words import reason_words
from portal.handling.views._after import onward
from portal.handling.views._lessons_at import suggested
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened, at_case, opened
from portal.inspections import services as inspecting
from portal.inspections.kinds import Result
from portal.inspections.lifecycle import HIGH, WIDE, Checked, failed, lacking
from portal.inspections.queries import answers_of, draft_of
from portal.presets.checklist_kinds import Checklist, Item, Major
from portal.presets.checklists import in_force_checklists
from portal.presets.contents import checklist_of
from portal.risk.score import score
from portal.units.services import add_unit
from portal.web.filters import short_time
from portal.web.uploads import allowance, refusal_words, taken_in

TONES = {Result.PASS: "ok", Result.FAIL: "bad", Result.PARTIAL: "warn"}


@dataclass(frozen=True)
class Walk:
    """An inspection under way, read whole."""

    here: Opened
    draft: Any
    checklist: Checklist
    rows: dict[str, Any]
    photos: dict[UUID, list[Any]]

    @property
    def checked(self) -> Checked:
        """What would be recorded now."""
        found = inspecting.answered(self.rows.values(), self.photos)
        return Checked(copy=self.draft.checklist, answers=tuple(found))

    def address(self, page: str = "walk", **more: Any) -> str:
        return address_of(self.here.case.id, page, **more)


def address_of(case_id: UUID, page: str, **more: Any) -> str:
    """Return the address of a page of an inspection by checklist."""
    return url_for(f"inspections.{page}", case_id=case_id, **more)


def begun(case_id: UUID) -> Opened:
    """Open the case for who may inspect it. Raises NotAllowed, and OutOfTurn if it is not open."""
    here, lack = permitted(case_id)
    if lack is not None:
        raise OutOfTurn(lack.reason, lack.values)
    return here


def permitted(case_id: UUID) -> tuple[Opened, Lack | None]:
    """Open the case for who may inspect it, and tell why not now. Raises NotAllowed."""
    here = opened(case_id)
    if not here.may("inspect"):
        raise NotAllowed("inspect")
    # What a whole case page reads would be read again for each piece of each photo.
    visit = c.Inspect(case_id=case_id, seen=0, visited_at=None, inspectors=(), finding="")
    facts = here.facts_for(visit)
    if here.is_barred_by(facts):
        abort(404)
    return here, not_open(BY_NAME["inspect"], facts)


def walk_of(here: Opened) -> Walk | None:
    """Return the inspection that is under way; None: there is none."""
    draft = draft_of(here.session, here.case.id)
    if draft is None:
        return None
    rows = {row.item: row for row in answers_of(here.session, draft.id)}
    photos = of_things(here.session, [row.id for row in rows.values()])
    return Walk(here, draft, checklist_of(draft.checklist), rows, photos)


def person(here: Opened) -> UUID:
    """Return who inspects."""
    who = here.actor.person_id
    assert who is not None  # noqa: S101  only people inspect
    return who


def common(here: Opened) -> dict[str, Any]:
    sheet = queries.sheet_of(here.session, here.case)
    return {
        "case": here.case,
        "heading": title_of(here, sheet),
        "case_url": url_for("cases.case", case_id=here.case.id),
        "csrf_token": generate_csrf(),
    }


def fitting(here: Opened, form: ChooseForm) -> dict[str, Checklist]:
    """Offer the checklists that hold, those of the case's sector first; return them by code."""
    held = in_force_checklists(here.session, here.now)
    category = here.preset.taxonomy.categories.get(here.case.category or "")
    sector = category.sector if category else None
    ordered = sorted(held.values(), key=lambda one: (one.sector != sector, one.code))
    form.code.choices = [
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
    if form.code.data is None and ordered and ordered[0].sector == sector:
        form.code.data = ordered[0].code
    return held


def choose_page(here: Opened, form: ChooseForm) -> str:
    """Return the page that asks by which checklist."""
    fitting(here, form)
    return render_template(
        "handling/inspection_choose.html",
        **common(here),
        form=form,
        free_url=url_for("cases.move", case_id=here.case.id, move="inspect"),
    )


def begin(here: Opened, form: ChooseForm) -> bool:
    """Begin by the checklist that was chosen; False if none was."""
    held = fitting(here, form)
    if not form.validate():
        return False
    chosen = held[form.code.data]
    inspecting.begin(here.session, here.case.id, chosen, by=person(here), now=here.now)
    return True


def list_page(walk: Walk) -> str:
    """Return the page with all items and what came of them."""
    return render_template(
        "handling/inspection.html",
        **common(walk.here),
        walk=walk,
        rows=listed(walk),
        lessons=suggested(walk.here),
        **progress(walk),
    )


def listed(walk: Walk) -> list[dict[str, Any]]:
    """Return every item: its number, its words, what came of it, and its page."""
    language = walk.here.language
    found = []
    for item in walk.checklist.items.values():
        row = walk.rows.get(item.id)
        result = row.result if row else None
        found.append(
            {
                "id": item.id,
                "name": item.name.in_language(language),
                "url": walk.address("item", item=item.id),
                "result": result.label if result else _("not answered"),
                "tone": TONES.get(result) if result else None,
                "open": result is None,
                "photos": len(walk.photos.get(row.id, ())) if row else 0,
            }
        )
    return found


def progress(walk: Walk) -> dict[str, Any]:
    """Return how far it is: items answered, points checked, what is open."""
    answered = {name: row.result for name, row in walk.rows.items() if row.result}
    found = score(walk.checklist, answered)
    count = {one: sum(result is one for result in answered.values()) for one in Result}
    return {
        "done": len(answered),
        "all": len(walk.checklist.items),
        "unanswered": [item for item in walk.checklist.items if item not in answered],
        "counts": [(one.label, count[one]) for one in Result if count[one]],
        "score": found,
    }


def item_of(walk: Walk, item: str) -> Item:
    """Return an item of the copy. Raises NotFound."""
    found = walk.checklist.items.get(item)
    if found is None:
        raise NotFound(item)
    return found


def item_page(walk: Walk, item: Item, form: AnswerForm, *, clash: bool = False) -> str:
    """Return the page of one item, after a clash with what somebody else entered beside it."""
    order = list(walk.checklist.items)
    at, row = order.index(item.id), walk.rows.get(item.id)
    form.seen.data = row.edits if row else 0
    return render_template(
        "handling/inspection_item.html",
        **common(walk.here),
        walk=walk,
        item=item,
        form=form,
        number=at + 1,
        **progress(walk),
        may_be_major=item.major is not Major.NONE,
        earlier=walk.address("item", item=order[at - 1]) if at else None,
        is_last=at + 1 == len(order),
        photos=tiles(walk, row),
        theirs=theirs(walk.here, row) if clash and row else None,
    )


def tiles(walk: Walk, row: Any) -> list[dict[str, Any]]:
    """Return the photos of an item as tiles."""
    found = []
    for file in walk.photos.get(row.id, ()) if row else ():
        title = _("Photo %(number)s", number=file.position)
        tile: dict[str, Any] = {"title": title, "sealed": file.state is not State.SHOWN}
        if file.state is State.SHOWN:
            where = {"case_id": walk.here.case.id, "file_id": file.id}
            tile["url"] = url_for("cases.file", **where)
            tile["thumb_url"] = url_for("cases.file", **where, part="thumbnail")
        found.append(tile)
    return found


def theirs(here: Opened, row: Any) -> list[dict[str, str]]:
    """Return what somebody else entered meanwhile, by the names of the fields."""
    names = names_of_people(here.session, [row.changed_by])
    return [
        {
            "name": _("Entered by"),
            "value": f"{names.get(row.changed_by, '')} · {short_time(row.changed_at)}",
        },
        {"name": _("What came of it"), "value": row.result.label if row.result else "—"},
        {"name": _("Where exactly"), "value": row.place or "—"},
        {"name": _("What you saw"), "value": row.note or "—"},
    ]


def answer(here: Opened, item: str) -> ResponseReturnValue:
    """Keep what was entered for an item and go on to the next."""
    walk, form = walk_of(here), AnswerForm()
    if walk is None:
        return over_page(here)
    asked = item_of(walk, item)
    form.suit(asked)
    if not form.validate():
        return item_page(walk, asked, form), 422
    refused = keep_photos(walk, asked, form)
    who, seen = person(here), form.seen.data or 0
    try:
        inspecting.enter(
            here.session, walk.draft.id, item, form.entry(), seen=seen, by=who, now=here.now
        )
    except Stale:
        finish(here.session, keep=False)
        return item_page(again(here), asked, form, clash=True), 409
    except OutOfTurn:
        finish(here.session, keep=False)
        return over_page(here)
    if refused:
        # What was typed is kept: only the file is asked for again.
        finish(here.session, keep=True)
        form.files.errors = [*form.files.errors, *refused]
        return item_page(again(here), asked, form), 422
    return redirect(onward_from(walk, item), 303)


def again(here: Opened) -> Walk:
    """Read the inspection anew. Raises OutOfTurn if it is over."""
    walk = walk_of(here)
    if walk is None:
        raise OutOfTurn(inspecting.OVER)
    return walk


def onward_from(walk: Walk, item: str) -> str:
    """Return where a press goes: the next item, the list, or the same item again."""
    step, order = request.form.get("step", ""), list(walk.checklist.items)
    if step == "stay":
        return walk.address("item", item=item)
    at = order.index(item) + 1
    if step == "list" or at == len(order):
        return walk.address()
    return walk.address("item", item=order[at])


def keep_photos(walk: Walk, item: Item, form: AnswerForm) -> list[str]:
    """Take the photos in and hang them on the item; return what is to be said of refused ones.

    They are kept whatever becomes of the words: photos of two people are no clash.
    """
    if not form.files_chosen:
        return []
    kept, refused = hang(walk, form.files_chosen, item=item)
    if kept:
        finish(walk.here.session, keep=True)
    return refused


def hang(walk: Walk, files: Sequence[Any], *, item: Item) -> tuple[list[Any], list[str]]:
    """Take photos in and hang them on the item; return them and what is said of refused ones."""
    here, row = walk.here, walk.rows.get(item.id)
    kept: list[Any] = []
    stored, refused = taken_in(
        here.session,
        files,
        area=Area.KEPT,
        key=keyrings.in_use().key("attachments"),
        limits=allowance(here.preset.city.settings),
        already=walk.photos.get(row.id, []) if row else [],
    )
    if stored:
        row = inspecting.row_of(here.session, walk.draft.id, item.id, by=person(here), now=here.now)
        kept = attach(
            here.session,
            stored,
            case_id=here.case.id,
            purpose=Purpose.INSPECTION,
            thing_id=row.id,
            entropy=secrets.token_bytes,
            now=here.now,
        )
    said = [_("%(file)s: %(reason)s", file=name, reason=refusal_words(r)) for name, r in refused]
    return kept, said


def over_page(here: Opened) -> ResponseReturnValue:
    """Say that the inspection was recorded or thrown away meanwhile, with what was typed."""
    typed = [value for name in ("place", "note", "finding") if (value := request.form.get(name))]
    page = render_template("handling/inspection_over.html", **common(here), typed=typed)
    return page, 409


def drop(here: Opened) -> ResponseReturnValue:
    """Throw away what was entered. Photos stay with the case, as evidence with an event."""
    walk = walk_of(here)
    if walk is None:
        return over_page(here)
    inspecting.drop(here.session, walk.draft.id)
    files = [file for many in walk.photos.values() for file in many]
    if files:
        command = c.AddEvidence(
            case_id=here.case.id,
            seen=here.case.version,
            files=tuple(map(file_facts, files)),
        )
        move_case(here.session, here.actor, command, now=here.now)
    return redirect(url_for("cases.case", case_id=here.case.id), 303)


def finish_page(walk: Walk, form: FinishForm, at: Any, *, changed: bool = False) -> str:
    """Return the page that records the inspection: what it lacks, what comes of it, the form."""
    form.entered.data = inspecting.edits_of(walk.rows.values())
    form.seen.data = walk.here.case.version
    language, checked = walk.here.language, walk.checked
    return render_template(
        "handling/inspection_finish.html",
        **common(walk.here),
        walk=walk,
        form=form,
        changed=changed,
        wide=WIDE,
        high=HIGH,
        **progress(walk),
        lacks=[
            {
                "text": reason_words(code, {"item": item}),
                "url": walk.address("item", item=item) if item else walk.address(),
            }
            for item, code in lacking(checked)
        ],
        hazards=[
            {
                "item": item.id,
                "name": item.name.in_language(language),
                "note": answer.note,
                "place": answer.place,
                "major": answer.major,
                "on_spot": answer.on_spot,
            }
            for item, answer in failed(checked)
        ],
    )


def record(here: Opened) -> ResponseReturnValue:
    """Record the inspection: one move, with all that was entered."""
    walk = walk_of(here)
    if walk is None:
        return over_page(here)
    at, form = at_case(here, queries.sheet_of(here.session, here.case)), FinishForm()
    form.suit(at)
    step = request.form.get("step", "")
    if step == "add hazards":
        form.hazards.append_entry()
    if step in ("add hazards", "find"):
        return finish_page(walk, form, at)
    if not form.validate():
        return finish_page(walk, form, at), 422
    try:
        version = _record(walk, form, at)
    except Incomplete as lack:
        finish(here.session, keep=False)
        sentence = str(reason_words(lack.reason, lack.values))
        form.point_at(lack.field, sentence)
        return finish_page(again(here), form, at), 422
    except Stale:
        finish(here.session, keep=False)
        now_here = begun(here.case.id)
        return finish_page(again(now_here), form, at, changed=True), 409
    return onward(here, version)


def _record(walk: Walk, form: FinishForm, at: Any) -> int:
    here, command = walk.here, form.command(at)
    files = [file for many in walk.photos.values() for file in many]
    checked = inspecting.finish_with(
        here.session, walk.draft.id, seen=form.entered.data or 0, photos=walk.photos
    )
    unit = form.new_unit()
    if unit is not None:
        added = add_unit(here.session, here.actor, unit, now=here.now)
        command = replace(command, unit_id=added.id)
    command = replace(
        command,
        checked=checked,
        inspection_id=walk.draft.id,
        files=tuple(map(file_facts, files)),
    )
    return int(move_case(here.session, here.actor, command, now=here.now).version)
