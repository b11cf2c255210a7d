"""An inspection on a phone without a network: what it takes along, and what it sends later.

The same for an inspection of a case and for a unit's own check; what differs between them is what
each door says of itself (`Along`). That an entry counts once is seen to by `inspections.services`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal.attachments.lifecycle import Allowance
from portal.foundation.errors import NotFound, OutOfTurn, Stale
from portal.foundation.transaction import part_of
from portal.inspections import services as inspecting
from portal.presets.checklist_kinds import Checklist, Item
from portal.web import pieces
from portal.web.parcels import Kept, NotRead, Parcel, parcel_of
from portal.web.public_forms import cleaned
from portal.web.tus import BODY_TYPE, Refused, metadata, number, offset_header
from portal.web.tus import pieces as tus_pieces

NAME_MAX = 255
#: How long a phone keeps what nobody came back to; what is not sent stays longer.
KEPT_FOR = timedelta(days=7)


class NotTaken(Exception):
    """An answer or a photo is refused; the argument says why."""


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """An inspection under way, read whole."""

    id: UUID
    checklist: Checklist
    started: datetime
    rows: Mapping[str, Any]
    photos: Mapping[UUID, Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Along(ABC):
    """What a phone takes along, as its door knows it: whose it is, its words, its own services."""

    session: Session
    account: UUID | None
    person: UUID
    now: datetime
    language: str
    limits: Allowance
    #: What its addresses name: a case, or a check of a unit's own.
    of: UUID
    #: To which of the two its entries belong.
    case_id: UUID | None = None
    unit_id: UUID | None = None

    @abstractmethod
    def address(self, page: str, **more: Any) -> str:
        """Return the address of one of its own pages."""

    @abstractmethod
    def over_words(self) -> str:
        """Say that nothing can be entered any more."""

    @abstractmethod
    def under_way(self) -> UnderWay | None:
        """Read what is under way, anew each time; None: it is over."""

    @abstractmethod
    def told(self) -> dict[str, Any]:
        """Return its number, its heading, and what somebody at the gate needs to know."""

    @abstractmethod
    def fields(self, row: Any) -> dict[str, str]:
        """Return what stands for an item, as the form of the phone's page takes it."""

    @abstractmethod
    def theirs(self, row: Any) -> list[dict[str, str]]:
        """Return what somebody else entered, by the names of the fields."""

    @abstractmethod
    def read(self, item: Item, kept: Kept, token: str) -> inspecting.Entry:
        """Read an answer by the form of the item's own page. Raises NotTaken."""

    @abstractmethod
    def enter(
        self, found: UnderWay, item: str, entry: inspecting.Entry, *, seen: int, at: datetime
    ) -> int:
        """Keep an answer as the item's page does. Raises Stale, OutOfTurn."""

    @abstractmethod
    def hang(self, found: UnderWay, item: Item, file: FileStorage) -> tuple[list[Any], list[str]]:
        """Hang a photo on an item; return what is kept, and what is said of what is not."""

    @property
    def sender(self) -> pieces.Sender:
        return pieces.Sender(
            session=self.session, account=self.account, of=self.of, limits=self.limits, now=self.now
        )

    def sent(self, found: UnderWay, one: Kept) -> inspecting.Sent:
        """Return how an entry came."""
        return inspecting.Sent(
            id=one.id,
            inspection=found.id,
            item=one.item,
            by=self.person,
            case_id=self.case_id,
            unit_id=self.unit_id,
        )


def pack_of(along: Along) -> ResponseReturnValue:
    """Return what a phone needs of what is under way, for who enters into it."""
    found = along.under_way()
    account = along.account
    who = {"owner": account.hex if account else "", "token": generate_csrf()}
    if found is None:
        return jsonify(state="over", words=along.over_words(), **who), 409
    return jsonify(
        **who,
        state="under way",
        inspection=found.id.hex,
        work=str(along.of),
        pack=along.address("kept", lang=None),
        sync=along.address("sync", lang=None),
        files=along.address("announce_photo", lang=None),
        address=along.address("walk"),
        checklist=found.checklist.name.in_language(along.language),
        **along.told(),
        items=[_asked(item, along.language) for item in found.checklist.items.values()],
        answers={item: _answer(along, found, row) for item, row in found.rows.items()},
        most_files=along.limits.files,
        most_bytes=along.limits.bytes_each,
        seconds=int(KEPT_FOR.total_seconds()),
    )


def _asked(item: Item, language: str) -> dict[str, Any]:
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


def _answer(along: Along, found: UnderWay, row: Any) -> dict[str, Any]:
    """Return what stands for an item, with how often it was changed."""
    if row is None:
        return {"edits": 0, "photos": 0}
    return {
        **along.fields(row),
        "edits": row.edits,
        "photos": len(found.photos.get(row.id, ())),
    }


def sync(along: Along) -> ResponseReturnValue:
    """Take what a phone sends, each entry once, and tell of each what became of it."""
    try:
        parcel = parcel_of(request.get_json(silent=True) if request.is_json else None)
    except NotRead:
        return jsonify(state="refused"), 400
    if not parcel.is_ours():
        return jsonify(state="again"), 403
    # Read once: an answer needs the copy of the checklist alone, which nothing changes. Whether it
    # is over meanwhile, or somebody was first, is found by each entry behind its lock.
    found = along.under_way()
    answers = {one.id.hex: _became(along, found, parcel, one) for one in parcel.entries}
    return jsonify(state="read", answers=answers)


def _became(along: Along, found: UnderWay | None, parcel: Parcel, one: Kept) -> dict[str, Any]:
    """Take one entry and return what became of it."""
    with suppress(NotFound):
        return _already(along, parcel.inspection, one.id)
    if found is None or found.id != parcel.inspection:
        return _refused(along.over_words(), "over")
    item = found.checklist.items.get(one.item)
    if item is None:
        return _refused(_("Item %(item)s is not on the checklist.", item=one.item))
    try:
        if one.is_photo:
            return _photo(along, found, item, one)
        return _taken(along, found, item, one, parcel.token)
    except NotTaken as why:
        return _refused(str(why))
    except Stale:
        now_there = along.under_way()
        row = now_there.rows.get(item.id) if now_there else None
        if now_there is None or row is None:
            return _refused(along.over_words(), "over")
        answer = _answer(along, now_there, row)
        return {"state": "clash", "theirs": along.theirs(row), "answer": answer}
    except OutOfTurn:
        return _refused(along.over_words(), "over")


def _already(along: Along, inspection: UUID, entry: UUID) -> dict[str, Any]:
    """Tell what was noted of an entry that was taken before. Raises NotFound."""
    known = inspecting.taken(along.session, inspection, entry)
    if (known.case_id, known.unit_id) != (along.case_id, along.unit_id):
        raise NotFound(entry)
    return {"state": "already", "edits": known.edits, "sha256": known.sha256}


def _taken(along: Along, found: UnderWay, item: Item, one: Kept, token: str) -> dict[str, Any]:
    """Keep an answer by the same form and service as the item's page."""
    entry = along.read(item, one, token)
    at = one.at(found.started, along.now)
    edits = inspecting.take(
        along.session,
        along.sent(found, one),
        lambda seen: along.enter(found, item.id, entry, seen=seen, at=at),
        seen=one.seen,
        after=one.after,
        now=along.now,
    )
    return {"state": "taken", "edits": edits}


def _photo(along: Along, found: UnderWay, item: Item, one: Kept) -> dict[str, Any]:
    """Keep a photo that has come whole and is what the phone has; else it comes again."""
    data = pieces.bytes_of(along.sender, one.id)
    if data is None or sha256(data).hexdigest() != one.sha256:
        pieces.forget(along.sender, one.id)
        return {"state": "missing"}
    name = (cleaned(one.name) or "")[:NAME_MAX] or "photo"
    with part_of(along.session):
        claimed = inspecting.claim(along.session, along.sent(found, one), now=along.now)
        if claimed is None:
            return _already(along, found.id, one.id)
        kept, said = along.hang(found, item, FileStorage(BytesIO(data), filename=name))
        if not kept:
            raise NotTaken(" ".join(said))
        claimed.sha256 = kept[0].original_sha256
    pieces.forget(along.sender, one.id)
    return {"state": "taken", "sha256": kept[0].original_sha256}


def _refused(words: str, reason: str = "words") -> dict[str, Any]:
    """Say why an entry is not taken; the phone keeps it and shows the words."""
    return {"state": "refused", "reason": reason, "words": words}


def announce(along: Along) -> ResponseReturnValue:
    """Announce a photo; announced again it goes on where it was."""
    given = metadata()
    if not Parcel(inspection=along.of, token=given.get("token", ""), entries=()).is_ours():
        raise Refused(403, "token")
    photo_id = _photo_id(given.get("key", ""))
    upload = pieces.announced(along.sender, photo_id, number("Upload-Length"))
    place = along.address("photo_offset", photo=photo_id.hex, lang=None)
    return "", 201, {"Location": place, **offset_header(upload.offset)}


def offset_of(along: Along, photo: str) -> ResponseReturnValue:
    """Tell how much of a photo is here."""
    upload = pieces.held(along.sender, _photo_id(photo))
    return "", 200, {**offset_header(upload.offset), "Upload-Length": str(upload.size)}


def more(along: Along, photo: str) -> ResponseReturnValue:
    """Take the next bytes of a photo; where the line broke, those that came before."""
    photo_id = _photo_id(photo)
    if request.mimetype != BODY_TYPE:
        raise Refused(415, "request")
    if not 0 < (request.content_length or 0) <= pieces.PIECE:
        raise Refused(413, "too_long")
    length = request.content_length or 0
    data = b"".join(tus_pieces(request.stream, length, length))
    upload = pieces.add(along.sender, photo_id, number("Upload-Offset"), data)
    return "", 204, offset_header(upload.offset)


def _photo_id(key: str) -> UUID:
    """Return the id of a photo from an address. Raises Refused."""
    try:
        return UUID(hex=key)
    except ValueError as error:
        raise Refused(404, "missing") from error
