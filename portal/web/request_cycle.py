"""One request, one unit of work; a GET cannot write."""

from collections.abc import Callable

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from portal.foundation.db import db
from portal.foundation.transaction import finish, forbid_writes

SAFE = {"GET", "HEAD", "OPTIONS"}


def when_kept(act: Callable[[], None]) -> None:
    """Do something once what this request wrote is committed, and never if it is not.

    For what the database can't take back, such as deleting an object that nobody needs any more.
    """
    g.setdefault("when_kept", []).append(act)


def bind(app: Flask) -> None:
    """Attach the request cycle to the app."""

    @app.before_request
    def refuse_nameless_parts() -> tuple[str, int] | None:
        # Flask-WTF answers 500 to a multipart part without a name.
        if None in request.form or None in request.files:
            return "", 400
        return None

    @app.after_request
    def end_unit_of_work(response: Response) -> Response:
        keep = response.status_code < 400
        finish(db.session(), keep=keep)
        acts = g.pop("when_kept", [])
        for act in acts if keep else ():
            act()
        return response


@event.listens_for(db.session, "after_begin")
def keep_reads_clean(session: Session, transaction: SessionTransaction, connection) -> None:  # type: ignore[no-untyped-def]
    if has_request_context() and request.method in SAFE:
        forbid_writes(connection)
