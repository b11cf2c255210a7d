"""The files of a case as tiles: what they are, from whom, and for what they were given."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.attachments.kinds import OF_REPORTERS, Part, Purpose, State
from portal.attachments.lifecycle import Damaged
from portal.attachments.queries import content, of_case, of_things
from portal.cases.queries import Sheet
from portal.foundation import secrets
from portal.foundation.errors import NotFound
from portal.integrations.looks import are_alike, look_of
from portal.integrations.store import StoreError
from portal.web.filters import day_part, short_day
from portal.web.language import listed
from portal.web.uploads import store

if TYPE_CHECKING:
    from portal.handling.views._opened import Opened

#: What is looked through for the same picture: the unit's, and what staff took before and after.
COMPARED = frozenset({Purpose.ITEM, Purpose.INSPECTION, Purpose.REVIEW})


def tiles(here: "Opened", sheet: Sheet) -> list[dict[str, Any]]:
    """Return the evidence: clean copies, and what is only sealed."""
    return tiles_of(here, sheet, of_case(here.session, here.case.id))


def compared(here: "Opened", sheet: Sheet) -> list[dict[str, Any]]:
    """Return the evidence for whoever judges by it: a picture that was given twice says so."""
    return _compared(here, sheet, list(of_case(here.session, here.case.id)))


def by_task(here: "Opened", sheet: Sheet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return for whoever checks the pictures of each task, before beside after, and all others.

    Before: what was taken of the hazard where it was found. After: what the unit gave and what a
    check took.
    """
    files = list(of_case(here.session, here.case.id))
    tile = dict(zip((one.id for one in files), _compared(here, sheet, files), strict=True))
    hazards = {hazard.id: hazard for hazard in sheet.hazards}
    tasks, used = [], set[UUID]()
    for task in (task for rows in sheet.items.values() for task in rows):
        hazard = hazards.get(task.hazard_id)
        before = [one.id for one in files if hazard and _shows(one, hazard, sheet)]
        after = [one.id for one in files if one.thing_id == task.id]
        if before or after:
            name = str(_("Task %(number)s", number=task.number))
            pair = {"before": [tile[one] for one in before], "after": [tile[one] for one in after]}
            tasks.append({"name": name, **pair})
            used |= {*before, *after}
    return tasks, [tile[one.id] for one in files if one.id not in used]


def _shows(file: Any, hazard: Any, sheet: Sheet) -> bool:
    """Say whether a picture was taken of a hazard: of its item, or else on its visit."""
    if file.purpose is not Purpose.INSPECTION:
        return False
    if hazard.item is None:
        return bool(file.thing_id == hazard.inspection_id)
    return bool(sheet.items_checked.get(file.thing_id) == hazard.item)


def _compared(here: "Opened", sheet: Sheet, files: Sequence[Any]) -> list[dict[str, Any]]:
    found = tiles_of(here, sheet, files)
    same = _same_pictures(files)
    for file, tile in zip(files, found, strict=True):
        names = [
            _("%(what)s, file %(number)s", what=given_for(one, sheet), number=one.position)
            for one in same.get(file.id, ())
        ]
        if names:
            tile["warning"] = _("Looks the same as: %(files)s", files=listed(names))
    return found


def _same_pictures(files: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Return for each picture of the unit the others that look like it, of staff or the unit."""
    # What a reporter gave is left out: the unit never had it.
    shown = [one for one in files if one.state is State.SHOWN and one.purpose in COMPARED]
    if not any(one.purpose is Purpose.ITEM for one in shown):
        return {}
    key = secrets.in_use().key("attachments")
    looks = {}
    for one in shown:
        # The page is there also where the store has lost a picture.
        with suppress(Damaged, StoreError, NotFound):
            looks[one.id] = look_of(content(one, store=store(), key=key, part=Part.THUMBNAIL)[0])
    seen = [one for one in shown if one.id in looks]
    return {
        one.id: [two for two in seen if two is not one and are_alike(looks[one.id], looks[two.id])]
        for one in seen
        if one.purpose is Purpose.ITEM
    }


def along(here: "Opened", sheet: Sheet) -> dict[UUID, list[dict[str, Any]]]:
    """Return as tiles what went along with each message of the threads, by message."""
    found = of_things(here.session, [message.id for message in sheet.messages])
    return {message: tiles_of(here, sheet, files) for message, files in found.items()}


def tiles_of(here: "Opened", sheet: Sheet, files: Iterable[Any]) -> list[dict[str, Any]]:
    """Return these files of a case as tiles."""
    found = []
    for file in files:
        tile: dict[str, Any] = {
            "title": _("File %(number)s", number=file.position),
            "text": _("%(what)s · %(day)s", what=given_for(file, sheet), day=_day(file)),
            "sealed": file.state is not State.SHOWN,
        }
        if file.state is State.SHOWN:
            where = {"case_id": here.case.id, "file_id": file.id}
            tile["url"] = url_for("cases.file", **where)
            tile["thumb_url"] = url_for("cases.file", **where, part="thumbnail")
            tile["alt"] = _(
                "%(what)s, file %(number)s", what=given_for(file, sheet), number=file.position
            )
        else:
            tile["text"] = _(
                "%(given)s: not shown, hidden data could not be removed", given=tile["text"]
            )
        found.append(tile)
    return found


def pictures(here: "Opened", sheet: Sheet) -> list[tuple[UUID, str]]:
    """Return what a reporter may be shown, named as the tiles are: never what a reporter gave."""
    return [
        (file.id, _("%(what)s, file %(number)s", what=given_for(file, sheet), number=file.position))
        for file in of_case(here.session, here.case.id)
        if file.report_id is None
        and file.state is State.SHOWN
        # What an addressee says to a step is no business of who reported.
        and file.purpose is not Purpose.STEP
    ]


def _day(file: Any) -> str:
    of_reporter = file.purpose in OF_REPORTERS
    return day_part(file.created_at) if of_reporter else short_day(file.created_at)


def given_for(file: Any, sheet: Sheet) -> str:
    """Return where a file comes from, so that a reviewer can tell before from after."""
    if file.purpose is Purpose.SENT:
        return str(_("Sent to the reporter"))
    if file.report_id:
        return str(_("Reporter"))
    listings = {one.id: one.number for one in sheet.listings}
    if file.thing_id in listings:
        return str(_("Listed hazard %(number)s", number=listings[file.thing_id]))
    if file.purpose in (Purpose.ITEM, Purpose.REVIEW):
        numbers = {item.id: item.number for rows in sheet.items.values() for item in rows}
        number = (numbers.get(file.thing_id) if file.thing_id else None) or "?"
        if file.purpose is Purpose.REVIEW:
            return str(_("Check of task %(number)s", number=number))
        return str(_("Unit, task %(number)s", number=number))
    if file.purpose is Purpose.STEP:
        return str(_("With the answer to a step of the ladder"))
    visits = {visit.id: visit for visit in sheet.inspections}
    visit = visits.get(file.thing_id) if file.thing_id else None
    if visit is not None:
        return str(_("Visit of %(day)s", day=short_day(visit.visited_at)))
    if file.thing_id in sheet.items_checked:
        return str(_("Inspection, item %(item)s", item=sheet.items_checked[file.thing_id]))
    return str(_("Added by staff"))
