"""Files that a unit adds to what it found itself: taken in by the one door, shown to it again."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.attachments.kinds import Area, Part, Purpose, State
from portal.attachments.queries import attachment, content, of_things
from portal.attachments.queries import facts as facts_of_file
from portal.attachments.services import attach
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.queries import in_force
from portal.web.uploads import allowance, refusal_words, store, taken_in


def taken(name: str, *, unit_id: UUID, thing_id: UUID) -> tuple[list[dict[str, Any]], list[str]]:
    """Take in the files of a field for a thing of the unit.

    Returns what the event holds of those that were taken, and what to do about the others.
    """
    rows, refused = hung(request.files.getlist(name), unit_id=unit_id, thing_id=thing_id)
    return [facts_of_file(row) for row in rows], refused


def hung(
    files: Iterable[FileStorage], *, unit_id: UUID, thing_id: UUID, already: Sequence[Any] = ()
) -> tuple[list[Any], list[str]]:
    """Take files in and hang them on a thing of the unit, beside those that hang there already.

    Returns them, and what to do about those that were refused, which stop no other.
    """
    session, moment = db.session(), now()
    limits = allowance(in_force(session, moment).city.settings)
    key = keys.in_use().key("attachments")
    stored, refused = taken_in(
        session, files, area=Area.KEPT, key=key, limits=limits, already=already
    )
    said = [_("%(file)s: %(reason)s", file=name, reason=refusal_words(r)) for name, r in refused]
    place: dict[str, Any] = {"case_id": unit_id, "purpose": Purpose.OWN, "thing_id": thing_id}
    rows = attach(session, stored, **place, entropy=keys.entropy, now=moment) if stored else []
    return list(rows), said


def tiles(thing_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the pictures of things as tiles, by thing."""
    found = of_things(db.session(), thing_ids)
    return {thing: [_tile(row) for row in rows] for thing, rows in found.items()}


def _tile(row: Any) -> dict[str, Any]:
    tile: dict[str, Any] = {"title": _("Photo %(number)s", number=row.position)}
    tile["sealed"] = row.state is not State.SHOWN
    if row.state is State.SHOWN:
        tile["url"] = url_for("own.file", file_id=row.id)
        tile["thumb_url"] = url_for("own.file", file_id=row.id, part="thumbnail")
    return tile


def shown(file_id: UUID, unit_id: UUID) -> ResponseReturnValue:
    """Return the clean copy of a unit's own file. Raises NotFound for one of anything else."""
    row = attachment(db.session(), file_id, case_id=unit_id)
    part = Part.THUMBNAIL if request.args.get("part") == "thumbnail" else Part.COPY
    key = keys.in_use().key("attachments")
    body, media_type = content(row, store=store(), key=key, part=part)
    response = make_response(body)
    response.mimetype = media_type
    return response
