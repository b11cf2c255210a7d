"""tus 1.0.0 for every door where files arrive in parts: its version, refusals, headers.

Whose the file is and where its bytes go is the door's own affair.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from functools import wraps
from typing import IO, Any

from flask import Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.foundation.errors import Incomplete, NotFound, OutOfTurn, Refusal
from portal.web.uploads import refusal_words

VERSION = "1.0.0"
#: Of a size or an offset.
DIGITS_MAX = 16
BODY_TYPE = "application/offset+octet-stream"
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


class Gone(Refusal):
    """The form was sent or cleared: nothing more can be added to it. The argument says which."""

    status = 410


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


def metadata() -> dict[str, str]:
    """Return what `Upload-Metadata` says. Raises Refused."""
    given: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _space, value = pair.strip().partition(" ")
        try:
            given[name] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "request") from error
    return given


def number(header: str) -> int:
    """Return the number in a header. Raises Refused."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise Refused(400, "request")
    return int(text)


def pieces(stream: IO[bytes], most: int, piece: int) -> Iterator[bytes]:
    """Yield what comes; where the line breaks in the middle, what came before it."""
    held = bytearray()
    while most > len(held):
        try:
            data = stream.read(min(piece, most) - len(held))
        except Exception:  # each server has its own for a line that broke
            data = b""
        held += data
        if held and (not data or len(held) >= min(piece, most)):
            yield bytes(held)
            most -= len(held)
            held.clear()
        if not data:
            return


def offset_header(offset: int) -> dict[str, str]:
    """Return how much of a file is here, as tus says it."""
    return {"Upload-Offset": str(offset)}
