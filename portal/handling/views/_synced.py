"""An inspection on a phone without a network: what it takes along, and what it sends later."""

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import FileStorage

from portal.cases import queries
from portal.foundation.errors import NotFound, OutOfTurn, Stale
from portal.foundation.transaction import part_of
from portal.handling.forms.kept import Kept, NotRead, Parcel, parcel_of
from portal.handling.forms.words import reason_words
from portal.handling.views import _inspecting as pages
from portal.handling.views import _piecewise as pieces
from portal.handling.views._inspecting import Walk
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened
from portal.inspections import services as inspecting
from portal.presets.checklist_kinds import Item
from portal.web.marks import place_name
from portal.web.public_forms import cleaned
from portal.web.tus import BODY_TYPE, Refused, metadata, number, offset_header
from portal.web.tus import pieces as tus_pieces
from portal.web.uploads import allowance

NAME_MAX = 255
#: How long a phone keeps what nobody came back to; what is not sent stays longer.
KEPT_FOR = timedelta(days=7)


class NotKept(Exception):
    """A photo was refused; the argument says why."""


def over_words() -> str:
    """Say that nothing can be entered any more."""
    return str(_("This inspection is over: it was recorded or thrown away by somebody."))


def pack_of(case_id: UUID) -> ResponseReturnValue:
    """Return what a phone needs of the inspection under way, for who enters into it."""
    here, lack = pages.permitted(case_id)
    walk = None if lack else pages.walk_of(here)
    if walk is None:
        return jsonify(state="over", words=over_words(), **who(here)), 409
    sheet = queries.sheet_of(here.session, here.case)
    limits = allowance(here.preset.city.settings)
    return jsonify(
        **who(here),
        state="under way",
        inspection=walk.draft.id.hex,
        case=str(here.case.id),
        number=here.case.number,
        heading=title_of(here, sheet),
        checklist=walk.checklist.name.in_language(here.language),
        address=walk.address(),
        sync=walk.address("sync", lang=None),
        files=walk.address("announce_photo", lang=None),
        facts=facts_of(here, sheet),
        items=[told(item, here.language) for item in walk.checklist.items.values()],
        answers={item: answer_of(walk, row) for item, row in walk.rows.items()},
        most_files=limits.files,
        most_bytes=limits.bytes_each,
        seconds=int(KEPT_FOR.total_seconds()),
    )


def who(here: Opened) -> dict[str, str]:
    """Return whose phone it is as long as they are signed in, and the token of the session."""
    account = here.actor.account_id
    return {"owner": account.hex if account else "", "token": generate_csrf()}


def facts_of(here: Opened, sheet: Any) -> list[list[str]]:
    """Return what somebody at the gate needs of the case; nothing of who reported it."""
    unit = sheet.units.get(here.case.unit_id)
    place = place_name(here.case.jurisdiction, here.case.township, here.preset, here.language)
    said = (
        (_("Unit"), unit.name if unit else ""),
        (_("Address"), unit.address if unit else ""),
        (_("Place"), place),
    )
    return [[name, words] for name, words in said if words]


def told(item: Item, language: str) -> dict[str, Any]:
    """Return an item in the reader's language."""
    return {
        "id": item.id,
        "name": item.name.in_language(language),
        "how": item.how.in_language(language) if item.how else "",
        "basis": "；".join(f"{one.law}{one.article}" for one in item.basis),
        "criterion": item.criterion or "",
        "major": item.major.value,
        "photo": item.photo,
    }


def answer_of(walk: Walk, row: Any) -> dict[str, Any]:
    """Return what stands for an item, as the phone's form takes it."""
    if row is None:
        return {"edits": 0, "photos": 0}
    return {
        "result": row.result.value if row.result else "",
        "place": row.place,
        "note": row.note,
        "major": "major" if row.major else "general",
        "on_spot": "y" if row.on_spot else "",
        "edits": row.edits,
        "photos": len(walk.photos.get(row.id, ())),
    }


def sync(case_id: UUID) -> ResponseReturnValue:
    """Take what a phone sends, each entry once, and tell of each what became of it."""
    here, lack = pages.permitted(case_id)
    try:
        parcel = parcel_of(request.get_json(silent=True) if request.is_json else None)
    except NotRead:
        return jsonify(state="refused"), 400
    if not parcel.is_ours():
        return jsonify(state="again"), 403
    # Read once: an answer needs the copy of the checklist alone, which nothing changes. Whether it
    # is over meanwhile, or somebody was first, is found by each entry behind its lock.
    walk = None if lack is not None else pages.walk_of(here)
    answers = {one.id.hex: became(here, walk, parcel, one) for one in parcel.entries}
    return jsonify(state="read", answers=answers)


def became(here: Opened, walk: Walk | None, parcel: Parcel, one: Kept) -> dict[str, Any]:
    """Take one entry and return what became of it."""
    with suppress(NotFound):
        return already(here, parcel.inspection, one.id)
    if walk is None or walk.draft.id != parcel.inspection:
        return refused(over_words(), "over")
    item = walk.checklist.items.get(one.item)
    if item is None:
        return refused(reason_words("item_unknown", {"item": one.item}))
    try:
        if one.is_photo:
            return photo(pages.again(here), item, one)
        return answer(walk, item, one, parcel.token)
    except Stale:
        now_there = pages.again(here)
        row = now_there.rows.get(item.id)
        theirs = pages.theirs(now_there, row) if row else []
        return {"state": "clash", "theirs": theirs, "answer": answer_of(now_there, row)}
    except OutOfTurn:
        return refused(over_words(), "over")


def already(here: Opened, inspection: UUID, entry: UUID) -> dict[str, Any]:
    """Tell what was noted of an entry that was taken before. Raises NotFound."""
    known = inspecting.taken(here.session, inspection, entry)
    return {"state": "already", "edits": known.edits, "sha256": known.sha256}


def answer(walk: Walk, item: Item, one: Kept, token: str) -> dict[str, Any]:
    """Keep an answer by the same form and service as the item's page."""
    here, form = walk.here, one.form(token, item)
    if not form.validate():
        return refused(" ".join(str(said[0]) for said in form.errors.values()))
    edits = inspecting.take(
        here.session,
        sent(walk, one),
        form.entry(),
        seen=one.seen,
        after=one.after,
        now=here.now,
    )
    return {"state": "taken", "edits": edits}


def photo(walk: Walk, item: Item, one: Kept) -> dict[str, Any]:
    """Keep a photo that has come whole and is what the phone has; else it comes again."""
    here = walk.here
    data = pieces.bytes_of(here, one.id)
    if data is None or sha256(data).hexdigest() != one.sha256:
        pieces.forget(here, one.id)
        return {"state": "missing"}
    name = (cleaned(one.name) or "")[:NAME_MAX] or "photo"
    try:
        with part_of(here.session):
            claimed = inspecting.claim(here.session, sent(walk, one), now=here.now)
            if claimed is None:
                return already(here, walk.draft.id, one.id)
            kept, said = pages.hang(walk, [FileStorage(BytesIO(data), filename=name)], item=item)
            if not kept:
                raise NotKept(" ".join(said))
            claimed.sha256 = kept[0].original_sha256
    except NotKept as why:
        return refused(str(why))
    pieces.forget(here, one.id)
    return {"state": "taken", "sha256": kept[0].original_sha256}


def sent(walk: Walk, one: Kept) -> inspecting.Sent:
    """Return how an entry came."""
    here = walk.here
    return inspecting.Sent(
        id=one.id,
        inspection=walk.draft.id,
        case_id=here.case.id,
        item=one.item,
        by=pages.person(here),
        at=one.at(walk.draft.started_at, here.now),
    )


def refused(words: str, reason: str = "words") -> dict[str, Any]:
    """Say why an entry is not taken; the phone keeps it and shows the words."""
    return {"state": "refused", "reason": reason, "words": words}


def announce(case_id: UUID) -> ResponseReturnValue:
    """Announce a photo; announced again it goes on where it was."""
    here = pages.begun(case_id)
    given = metadata()
    if not Parcel(inspection=case_id, token=given.get("token", ""), entries=()).is_ours():
        raise Refused(403, "token")
    photo_id = photo_of(given.get("key", ""))
    upload = pieces.announced(here, photo_id, number("Upload-Length"))
    place = url_for("inspections.photo_offset", case_id=case_id, photo=photo_id.hex, lang=None)
    return "", 201, {"Location": place, **offset_header(upload.offset)}


def offset_of(case_id: UUID, photo: str) -> ResponseReturnValue:
    """Tell how much of a photo is here."""
    upload = pieces.held(pages.begun(case_id), photo_of(photo))
    return "", 200, {**offset_header(upload.offset), "Upload-Length": str(upload.size)}


def more(case_id: UUID, photo: str) -> ResponseReturnValue:
    """Take the next bytes of a photo; where the line broke, those that came before."""
    here, photo_id = pages.begun(case_id), photo_of(photo)
    if request.mimetype != BODY_TYPE:
        raise Refused(415, "request")
    if not 0 < (request.content_length or 0) <= pieces.PIECE:
        raise Refused(413, "too_long")
    length = request.content_length or 0
    data = b"".join(tus_pieces(request.stream, length, length))
    upload = pieces.add(here, photo_id, number("Upload-Offset"), data)
    return "", 204, offset_header(upload.offset)


def photo_of(key: str) -> UUID:
    """Return the id of a photo from an address. Raises Refused."""
    try:
        return UUID(hex=key)
    except ValueError as error:
        raise Refused(404, "missing") from error
