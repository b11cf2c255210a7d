"""Files that a unit adds to what it found itself: taken in by the one door, shown to it again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

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
    """Take in the files of a field for a thing of the unit; one that is refused stops them all.

    Returns what the event holds of them, or what to do about those that were refused.
    """
    session, moment = db.session(), now()
    key, limits = (
        keys.in_use().key("attachments"),
        allowance(in_force(session, moment).city.settings),
    )
    chosen = request.files.getlist(name)
    stored, refused = taken_in(session, chosen, area=Area.KEPT, key=key, limits=limits)
    if refused:
        return [], [f"{file}: {refusal_words(reason)}" for file, reason in refused]
    place: dict[str, Any] = {"case_id": unit_id, "purpose": Purpose.OWN, "thing_id": thing_id}
    rows = attach(session, stored, **place, entropy=keys.entropy, now=moment)
    return [facts_of_file(row) for row in rows], []


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
