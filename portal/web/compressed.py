"""Pages sent compressed, to whom nothing about the answer's length can betray anything.

The length of a compressed page tells what it repeats: whoever watches the line and has a word of
their own put into the page learns of its secrets, try by try (BREACH). So only a first visit is
compressed: a browser that sent no cookie has no session, no draft and no receipt, and the token
and nonce in its page are drawn anew for each answer. That is the visit that counts most on a slow
line. A proxy's compression is in the same danger: docs/examples/nginx.conf switches it off.
"""

import gzip

import brotli
from flask import Flask, Response, request

#: Below that it would not pay.
LEAST = 1000
#: A millisecond for the form's page; the highest level takes fifty for a twentieth less.
BROTLI, GZIP = 4, 6
TYPES = frozenset({"text/html", "application/atom+xml"})


def bind(app: Flask) -> None:
    """Compress what may be. To be bound before all that still changes an answer."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """Return the answer, compressed by what the browser takes if it came without a cookie."""
    if response.mimetype not in TYPES or request.method not in ("GET", "HEAD"):
        return response
    response.vary.add("Accept-Encoding")
    is_known = "Cookie" in request.headers or "Authorization" in request.headers
    if is_known or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    page = response.get_data()
    if len(page) >= LEAST:
        if request.accept_encodings["br"]:
            response.set_data(brotli.compress(page, quality=BROTLI))
            response.content_encoding = "br"
        elif request.accept_encodings["gzip"]:
            response.set_data(gzip.compress(page, GZIP, mtime=0))
            response.content_encoding = "gzip"
    return response
