"""Every refusal and fault as a page in the reader's language; no traceback reaches a person."""

import logging
import re
import secrets

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from portal.foundation.db import db
from portal.foundation.errors import Refusal
from portal.foundation.transaction import is_clash
from portal.web.oversize import words_of

log = logging.getLogger("portal")
PAGES = frozenset({400, 403, 404, 405, 409, 413, 422, 429, 500, 503})
#: What is typed there is a password or an address: asked again, never shown.
DOORS = frozenset({"security", "signin"})
#: Words, as against codes, numbers and tokens: those go along unseen.
WORDS = re.compile(r"\s|[^\x00-\x7f]")


def page(status: int, **values: object) -> tuple[str, int]:
    """Return the page for a status; what has none of its own gets that of its kind."""
    if status not in PAGES:
        status = 400 if status < 500 else 500
    return render_template(f"errors/{status}.html", **values), status


def typed(*, oversize: bool = False) -> dict[str, object]:
    """Return what a form brought, so that a fault's page can send it again.

    Of each field name, value and whether it is words that their writer wants to see.
    """
    if request.method != "POST" or request.blueprint in DOORS:
        return {}
    form = words_of(request) if oversize else request.form
    return {
        "typed": [
            (name, value, bool(WORDS.search(value)))
            for name, value in form.items(multi=True)
            if name and value
        ],
        "had_files": oversize or any(file.filename for file in request.files.values()),
        "again_url": request.full_path.rstrip("?"),
    }


def without_words(record: logging.LogRecord) -> bool:
    """Keep of Flask's own traceback the class alone: our line names the place, and no words."""
    if record.exc_info:
        kind = record.exc_info[0]
        record.msg, record.args = "%s", (kind.__name__ if kind else "fault",)
        record.exc_info = record.exc_text = None
    return True


def bind(app: Flask) -> None:
    """Attach the handlers."""
    app.logger.addFilter(without_words)

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> ResponseReturnValue:
        return page(error.status, error=error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        # What goes wrong after the view, at the commit, comes in Flask's own wrapping.
        cause = getattr(error, "original_exception", None)
        if isinstance(cause, OperationalError | InterfaceError):
            return away(cause)
        if cause is not None:
            return fault(cause)
        body, status = page(error.code, **(typed(oversize=True) if error.code == 413 else {}))
        headers = {"Retry-After": "30"} if status in {429, 503} else {}
        if status == 405 and (allowed := error.get_response().headers.get("Allow")):
            headers["Allow"] = allowed
        return body, status, headers

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(NoConnection)
    def away(error: DBAPIError | NoConnection) -> ResponseReturnValue:
        db.session.rollback()
        if isinstance(error, DBAPIError) and is_clash(error):
            return page(409)
        log.error("database away: %s", type(getattr(error, "orig", error)).__name__)
        # The frame of staff pages asks the database who they are.
        g.pop("actor", None)
        body, status = page(503, **typed())
        return body, status, {"Retry-After": "30"}

    @app.errorhandler(Exception)
    def fault(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        # The number is made here and leads to nobody: it only finds the line in the log.
        number = secrets.token_hex(2).upper()
        # The class and the place, never the message: it may hold what somebody typed.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        log.error("fault %s: %s at %s in %s", number, type(error).__name__, where, request.endpoint)
        return page(500, number=number, **typed())
