"""Every refusal and fault as a page in the reader's language; no traceback reaches a person."""

import logging
import secrets

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.foundation.db import db
from portal.foundation.errors import Refusal

log = logging.getLogger("portal")
PAGES = frozenset({400, 403, 404, 405, 409, 413, 422, 429, 500, 503})


def page(status: int, **values: object) -> tuple[str, int]:
    """Return the page for a status; what has none of its own gets that of its kind."""
    if status not in PAGES:
        status = 400 if status < 500 else 500
    return render_template(f"errors/{status}.html", **values), status


def bind(app: Flask) -> None:
    """Attach the handlers."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> ResponseReturnValue:
        return page(error.status, error=error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        body, status = page(error.code)
        headers = {"Retry-After": "30"} if status in {429, 503} else {}
        if status == 405 and (allowed := error.get_response().headers.get("Allow")):
            headers["Allow"] = allowed
        return body, status, headers

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def away(error: DBAPIError) -> ResponseReturnValue:
        db.session.rollback()
        log.error("database away: %s", type(error.orig).__name__)
        body, status = page(503)
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
        return page(500, number=number)
