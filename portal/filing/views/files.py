"""Resumable uploads by tus 1.0.0: core, creation (with upload), termination, expiration.

Who holds the form's nonce may add files to its draft: the nonce comes in the metadata with the
form's token, later in a header or the draft's cookie. No session, and nothing of who asks.
"""

from email.utils import format_datetime
from typing import Any
from uuid import UUID

from flask import get_template_attribute, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.access.kinds import Action
from portal.attachments.kinds import REASON_LABELS, Stage
from portal.attachments.lifecycle import Upload
from portal.filing.forms import SendForm
from portal.filing.views import filing
from portal.filing.views.drafts import draft_of, is_sent, uploads_of
from portal.filing.views.uploads import announce, begin_cleaning, found, receive, remove
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.presets.queries import in_force
from portal.reports.lifecycle import nonce_of
from portal.web.cookies import DRAFT, read_cookie
from portal.web.pages import needs
from portal.web.public_forms import cleaned, made
from portal.web.tus import BODY_TYPE, VERSION, Gone, Refused, metadata, number, offset_header, tus
from portal.web.uploads import allowance

EXTENSIONS = "creation,creation-with-upload,termination,expiration"
NAME_MAX = 255


@filing.route("/report/files", methods=["OPTIONS"], provide_automatic_options=False)
@filing.route("/report/files/<upload>", methods=["OPTIONS"], provide_automatic_options=False)
@needs(Action.FILE)
def files_can(upload: str = "") -> ResponseReturnValue:
    """Tell what this server speaks and takes."""
    limits = allowance(in_force(db.session(), now()).city.settings)
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(limits.bytes_each),
    }
    return "", 204, headers


@filing.post("/report/files", provide_automatic_options=False)
@needs(Action.FILE)
@tus
def add_file() -> ResponseReturnValue:
    """Announce a file, and take what comes of it along with that."""
    given = metadata()
    nonce = nonce_of(given.get("nonce")) or _refuse(403, "token")
    form = made(SendForm, nonce, MultiDict({"csrf_token": given.get("token", "")}))
    if not form.validate():
        raise Refused(403, "token")
    key, name = given.get("key", ""), (cleaned(given.get("filename")) or "")[:NAME_MAX]
    if not nonce_of(key):
        raise Refused(400, "request")
    upload, until = announce(nonce, key=key, name=name, size=number("Upload-Length"))
    if request.mimetype == BODY_TYPE and upload.offset == 0:
        upload = receive(nonce, upload, request.stream)
    begin_cleaning(nonce, [upload])
    place = url_for("filing.file_offset", upload=upload.id.hex)
    headers = {"Location": place, "Upload-Expires": format_datetime(until, usegmt=True)}
    return "", 201, {**headers, **offset_header(upload.offset)}


@filing.route("/report/files/<upload>", methods=["HEAD"], provide_automatic_options=False)
@needs(Action.FILE)
@tus
def file_offset(upload: str) -> ResponseReturnValue:
    """Tell how much of a file is here."""
    _nonce, here = _own(upload)
    return "", 200, {**offset_header(here.offset), "Upload-Length": str(here.size)}


@filing.route("/report/files/<upload>", methods=["PATCH"], provide_automatic_options=False)
@needs(Action.FILE)
@tus
def more_of_file(upload: str) -> ResponseReturnValue:
    """Take the next bytes of a file; with the last it becomes one of the draft's."""
    nonce, here = _own(upload)
    if request.mimetype != BODY_TYPE:
        raise Refused(415, "request")
    if number("Upload-Offset") != here.offset:
        raise Refused(409, "offset")
    if (request.content_length or 0) > here.size - here.offset:
        raise Refused(413, "too_long")
    here = receive(nonce, here, request.stream)
    begin_cleaning(nonce, [here])
    return "", 204, offset_header(here.offset)


@filing.delete("/report/files/<upload>", provide_automatic_options=False)
@needs(Action.FILE)
@tus
def drop_file(upload: str) -> ResponseReturnValue:
    """Forget a file, however far it has come."""
    nonce, here = _own(upload)
    remove(nonce, str(here.id))
    return "", 204


@filing.get("/report/files", provide_automatic_options=False)
@needs(Action.FILE)
def list_files() -> ResponseReturnValue:
    """Tell scripts how far each file of the draft has come."""
    nonce = _nonce()
    uploads = uploads_of(draft_of(nonce)) if nonce else []
    if nonce:
        begin_cleaning(nonce, uploads)
    return jsonify(files=[_told(upload) for upload in uploads])


def _told(upload: Upload) -> dict[str, Any]:
    upload_words = get_template_attribute("filing/parts.html", "upload_words")
    is_here = upload.stage is not Stage.ARRIVING
    return {
        "id": str(upload.id),
        "key": upload.key,
        "name": upload.name,
        "size": upload.size,
        "offset": upload.offset,
        "state": upload.stage.value,
        "words": upload_words(upload, REASON_LABELS).striptags() if is_here else "",
        "location": url_for("filing.file_offset", upload=upload.id.hex),
    }


def _nonce() -> bytes | None:
    return nonce_of(request.headers.get("Upload-Nonce")) or nonce_of(read_cookie(DRAFT))


def _own(upload: str) -> tuple[bytes, Upload]:
    """Return the nonce and the file of this address. Raises NotFound, Gone where it was sent."""
    nonce = _nonce()
    try:
        upload_id = UUID(hex=upload)
    except ValueError as error:
        raise NotFound("upload") from error
    if nonce is None:
        raise NotFound("upload")
    draft = draft_of(nonce)
    if not draft and is_sent(db.session(), nonce):
        raise Gone("sent")
    return nonce, found(uploads_of(draft), upload_id)


def _refuse(status: int, reason: str) -> Any:
    raise Refused(status, reason)
