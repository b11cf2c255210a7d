"""A form that brought more than is taken: its words are read all the same, its files are not."""

import io
from typing import Any

from flask import Request, current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_input_stream

#: How many times the limit is read to find the words; whoever sends more gets them by going back.
READ_ON = 4
#: Of words alone; those of a form that is taken come to a tenth of it at most.
WORDS_BYTES = 5_000_000


class Nowhere(io.BytesIO):
    """Takes a file and keeps nothing of it."""

    def write(self, data: Any) -> int:
        return len(data)


def words_of(request: Request) -> MultiDict[str, str]:
    """Return the fields of a request whose body was refused as too large; empty if in vain."""
    limit = current_app.config["MAX_CONTENT_LENGTH"] or 0
    length = request.content_length or 0
    if not 0 < length <= READ_ON * limit:
        return MultiDict()
    parser = FormDataParser(
        stream_factory=lambda *given, **named: Nowhere(),
        max_form_memory_size=WORDS_BYTES,
        max_form_parts=current_app.config["MAX_FORM_PARTS"],
    )
    stream = get_input_stream(request.environ, max_content_length=READ_ON * limit)
    try:
        _rest, form, _files = parser.parse(
            stream, request.mimetype, length, request.mimetype_params
        )
    except (HTTPException, ValueError, OSError):
        return MultiDict()
    return form
