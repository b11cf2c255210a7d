"""Resumable uploads by tus 1.0.0: core, creation (with upload), termination, expiration.

Who holds the form's nonce may add files to its draft: the nonce comes in the metadata with the
form's token, later in a header or the draft's cookie. No session, and nothing of who asks.
"""

import base64
import binascii
from collections.abc import Callable
from email.utils import format_datetime
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, get_template_attribute, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal.access.kinds import Action
from portal.attachments.kinds import REASON_LABELS, Stage
from portal.attachments.lifecycle import Upload
from portal.filing.forms import SendForm
from portal.filing.views import filing
from portal.filing.views.drafts import Gone, draft_of, uploads_of
from portal.filing.views.uploads import announce, begin_cleaning, found, receive, remove
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.presets.queries import in_force
from portal.reports.lifecycle import NONCE_BYTES, nonce_of
from portal.reports.queries import by_nonce
from portal.web.cookies import DRAFT, read_cookie
from portal.web.pages import needs
from portal.web.public_forms import cleaned, made
from portal.web.uploads import allowance, refusal_words

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration"
BODY_TYPE = "application/offset+octet-stream"
NAME_MAX = 255
STATUS = {"file_too_large": 413, "files_too_large_in_all": 413}
SENTENCES = {
    "version": _l("This page is of another version of the portal. Load it again."),
    "request": _l("The file did not come as it should. Please try again."),
    "token": _l(
        "This page had been open for too long. Load it again; what you wrote is still there."
    ),
    "sent": _l("This report was sent already. You can add files with your code."),
    "cleared": _l("What you had written was cleared. Begin a new report."),
    "missing": _l("This file is not here any more. Choose it again."),
    "offset": _l("Another page is sending this file just now."),
    "too_long": _l("More came than the file was said to have. Choose it again."),
}


class Refused(Exception):
    """The answer is a status and a reason of `SENTENCES` or of a file's refusal."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def tus(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Speak tus around a view: its version both ways, and each refusal as a reason in words."""

    @wraps(view)
    def answer(**values: Any) -> ResponseReturnValue:
        try:
            if request.headers.get("Tus-Resumable") != VERSION:
                raise Refused(412, "version")
            response = make_response(view(**values))
        except (Refused, Incomplete, Gone, NotFound, OutOfTurn) as error:
            response = _refusal(error)
        response.headers["Tus-Resumable"] = VERSION
        return response

    return answer


def _refusal(error: Exception) -> Response:
    if isinstance(error, Incomplete):
        status, reason = STATUS.get(error.reason, error.status), error.reason
    elif isinstance(error, Refused | Gone):
        status, reason = error.status, error.args[-1]
    else:
        is_missing = isinstance(error, NotFound)
        status, reason = (404, "missing") if is_missing else (409, "offset")
    words = SENTENCES.get(reason) or refusal_words(reason)
    response = make_response(jsonify(reason=reason, words=str(words)), status)
    if status == 412:
        response.headers["Tus-Version"] = VERSION
    return response


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
    given = _metadata()
    nonce = nonce_of(given.get("nonce")) or _refuse(403, "token")
    form = made(SendForm, nonce, MultiDict({"csrf_token": given.get("token", "")}))
    if not form.validate():
        raise Refused(403, "token")
    key, name = given.get("key", ""), (cleaned(given.get("filename")) or "")[:NAME_MAX]
    if not nonce_of(key):
        raise Refused(400, "request")
    upload, until = announce(nonce, key=key, name=name, size=_number("Upload-Length"))
    if request.mimetype == BODY_TYPE and upload.offset == 0:
        upload = _received(nonce, upload)
    begin_cleaning(nonce, [upload])
    place = url_for("filing.file_offset", upload=upload.id.hex)
    headers = {"Location": place, "Upload-Expires": format_datetime(until, usegmt=True)}
    return "", 201, {**headers, **_offset(upload)}


@filing.route("/report/files/<upload>", methods=["HEAD"], provide_automatic_options=False)
@needs(Action.FILE)
@tus
def file_offset(upload: str) -> ResponseReturnValue:
    """Tell how much of a file is here."""
    _nonce, here = _own(upload)
    return "", 200, {**_offset(here), "Upload-Length": str(here.size)}


@filing.route("/report/files/<upload>", methods=["PATCH"], provide_automatic_options=False)
@needs(Action.FILE)
@tus
def more_of_file(upload: str) -> ResponseReturnValue:
    """Take the next bytes of a file; with the last it becomes one of the draft's."""
    nonce, here = _own(upload)
    if request.mimetype != BODY_TYPE:
        raise Refused(415, "request")
    if _number("Upload-Offset") != here.offset:
        raise Refused(409, "offset")
    if (request.content_length or 0) > here.size - here.offset:
        raise Refused(413, "too_long")
    here = _received(nonce, here)
    begin_cleaning(nonce, [here])
    return "", 204, _offset(here)


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


def _received(nonce: bytes, upload: Upload) -> Upload:
    """Take what the line brings; however slow it is, it holds nothing of the database meanwhile."""
    db.session.rollback()
    return receive(nonce, upload, request.stream)


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
    if not draft and by_nonce(db.session(), nonce) is not None:
        raise Gone("sent")
    return nonce, found(uploads_of(draft), upload_id)


def _metadata() -> dict[str, str]:
    """Return what `Upload-Metadata` says. Raises Refused."""
    given: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _space, value = pair.strip().partition(" ")
        try:
            given[name] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "request") from error
    return given


def _number(header: str) -> int:
    """Return the number in a header. Raises Refused."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= NONCE_BYTES):
        raise Refused(400, "request")
    return int(text)


def _offset(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.offset)}


def _refuse(status: int, reason: str) -> Any:
    raise Refused(status, reason)
