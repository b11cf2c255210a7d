"""The files of a draft: announced, arriving, cleaned aside from the request, removed."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import IO, Any
from uuid import UUID

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from portal.attachments.kinds import Area
from portal.attachments.lifecycle import Damaged, StoredFile, Upload
from portal.attachments.services import (
    PIECE,
    clean,
    keep_piece,
    refuse_without_room,
    whole,
)
from portal.filing.views.drafts import change_files, draft_of, uploads_of
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.integrations.store import Missing
from portal.presets.queries import in_force
from portal.reports.lifecycle import draft_key
from portal.reports.services import lock_nonce
from portal.sealing.queries import live_keys
from portal.web.tus import Gone, pieces
from portal.web.uploads import allowance, aside, let_go_of, low_scrubber, store

#: A form's file is read at once, so its objects may be larger than what a line brings.
FORM_PIECE = 4 * 1024 * 1024


def found(uploads: Iterable[Upload], upload_id: UUID) -> Upload:
    """Return one of the files. Raises NotFound."""
    for upload in uploads:
        if upload.id == upload_id:
            return upload
    raise NotFound("upload")


def announce(nonce: bytes, *, key: str, name: str, size: int) -> tuple[Upload, datetime]:
    """Make room for a file; announced again by the same key it is the same one.

    Returns it and when the draft dies. Raises Incomplete where a limit would be broken, Gone.
    """
    limits = allowance(in_force(db.session(), now()).city.settings)
    new_id = UUID(bytes=secrets.token_bytes(16), version=4)

    def add(uploads: list[Upload]) -> list[Upload]:
        if any(upload.key == key for upload in uploads):
            return uploads
        refuse_without_room(uploads, size, limits)
        return [*uploads, Upload(id=new_id, key=key, name=name, size=size)]

    uploads, until = change_files(nonce, add)
    low_scrubber().warm()
    return next(upload for upload in uploads if upload.key == key), until


def receive(nonce: bytes, upload: Upload, stream: IO[bytes], piece: int = PIECE) -> Upload:
    """Add what a stream brings to a file, piece by piece, so that a break costs one at most.

    Raises OutOfTurn if somebody else added to it meanwhile, NotFound if it was removed, Gone.
    """
    for data in pieces(stream, upload.size - upload.offset, piece):
        longer, stale = keep_piece(upload, data, **_store(nonce))
        _change(nonce, upload, longer)
        let_go_of(stale)
        upload = longer
    return upload


def _change(nonce: bytes, old: Upload, new: Upload) -> None:
    """Put `new` into the draft where `old` stands as we knew it; else let go of what it added."""

    def swap(uploads: list[Upload]) -> list[Upload]:
        if found(uploads, old.id).pieces != old.pieces:
            raise OutOfTurn("upload")
        return [new if upload.id == old.id else upload for upload in uploads]

    try:
        change_files(nonce, swap)
    except (Gone, NotFound, OutOfTurn):
        let_go_of(set(new.objects) - set(old.objects))
        raise


def remove(nonce: bytes, upload_id: str) -> None:
    """Take a file out of the draft, however far it has come; it is no error if there is none."""
    taken: list[Upload] = []

    def without(uploads: list[Upload]) -> list[Upload]:
        taken.extend(upload for upload in uploads if str(upload.id) == upload_id)
        return [upload for upload in uploads if str(upload.id) != upload_id]

    change_files(nonce, without)
    for upload in taken:
        let_go_of(upload.objects)


def from_form(nonce: bytes) -> list[tuple[str, str]]:
    """Take in what was chosen in the form and out what was removed; return what was refused."""
    for file_id in request.form.getlist("remove"):
        remove(nonce, file_id)
    return _take_in(nonce, request.files.getlist("photos"))


def _take_in(nonce: bytes, files: Iterable[FileStorage]) -> list[tuple[str, str]]:
    """Add the files of a form to the draft; return name and reason of those that were refused.

    A refused file leaves the others alone.
    """
    refused = []
    for file in files:
        if not file.filename:
            continue
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        try:
            key = secrets.token_hex(16)
            upload, _until = announce(nonce, key=key, name=file.filename, size=size)
            receive(nonce, upload, file.stream, FORM_PIECE)
        except Incomplete as error:
            refused.append((file.filename, error.reason))
    return refused


def let_go(uploads: Iterable[Upload]) -> None:
    """Remove the objects of a draft that is no more; a report has its own by now."""
    for upload in uploads:
        let_go_of(upload.objects)


def begin_cleaning(nonce: bytes, uploads: Iterable[Upload]) -> list[UUID]:
    """Have every file that is whole cleaned, unless it is being so; return their ids."""
    raw = [upload.id for upload in uploads if upload.is_raw]
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for upload_id in raw:
        aside().ask(upload_id, partial(_clean, app, nonce, upload_id))
    return raw


def cleaned_draft(nonce: bytes) -> dict[str, Any]:
    """Have the draft's files cleaned, wait a moment for it, and return the draft as it then is."""
    draft = draft_of(nonce)
    raw = begin_cleaning(nonce, uploads_of(draft))
    if raw:
        db.session.rollback()  # whoever waits needs no connection meanwhile
        aside().wait(raw)
        draft = draft_of(nonce)
    return draft


def held_draft(nonce: bytes) -> dict[str, Any]:
    """Return the draft, locked until this request ends: no file can be added to it unseen.

    If files wait for being cleaned, it is waited a moment for that before.
    """
    lock_nonce(db.session(), nonce)
    draft = draft_of(nonce)
    if is_raw(draft):
        db.session.rollback()
        cleaned_draft(nonce)
        lock_nonce(db.session(), nonce)
        draft = draft_of(nonce)
    return draft


def is_raw(draft: dict[str, Any]) -> bool:
    """Say whether a file of the draft still waits for being cleaned."""
    return any(upload.is_raw for upload in uploads_of(draft))


def _clean(app: Flask, nonce: bytes, upload_id: UUID) -> None:
    """Clean one file, away from any request; nothing is held of the database meanwhile."""
    with app.app_context():
        upload = next((u for u in uploads_of(draft_of(nonce)) if u.id == upload_id), None)
        custodians = live_keys(db.session())
        db.session.rollback()
        if upload is None or not upload.is_raw:
            return  # removed, sent, or cleaned by another process
        with suppress(Gone, NotFound, OutOfTurn):
            _change(nonce, upload, _after_cleaning(nonce, upload, custodians))
            let_go_of(upload.objects)


def _after_cleaning(nonce: bytes, upload: Upload, custodians: Sequence[Any]) -> Upload:
    given = _store(nonce)
    try:
        data = whole(upload, store=given["store"], key=given["key"])
    except (Missing, Damaged):
        return replace(upload, pieces=())  # what can't be read has to come again
    file: StoredFile = clean(
        data,
        upload.name,
        file_id=upload.id,
        area=Area.DRAFTS,
        custodians=custodians,
        scrubber=low_scrubber(),
        **given,
    )
    return replace(upload, name="", pieces=(), file=file)


def _store(nonce: bytes) -> dict[str, Any]:
    return {
        "store": store(),
        "key": draft_key(nonce, keys.in_use().key("draft")),
        "entropy": secrets.token_bytes,
        "now": now(),
    }
