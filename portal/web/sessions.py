"""Sessions of staff, kept on the server: the cookie holds a random id and nothing else.

Before somebody has signed in there is no row: what the sign-in form needs (its token, a message)
travels in a short signed cookie of the same name. Pages that never look at the session, which are
all public ones, neither read nor set a cookie.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.access.kinds import Role
from portal.accounts import queries
from portal.accounts.models import StaffSession
from portal.accounts.services import Limits, end_session, keep_session, start_session
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import kept_apart
from portal.presets.kinds import Settings
from portal.presets.queries import in_force
from portal.web.cookies import drop_cookie, read_cookie, set_cookie

COOKIE = "staff"
USER = "_user_id"
#: A sign-in form may lie open for so long.
FORM_SECONDS = 12 * 60 * 60
#: How stale the row may grow before a request writes it anew.
FRESH_FOR = timedelta(minutes=1)


@dataclass
class Held:
    """What was found behind the cookie: the data, and the row if somebody is signed in."""

    data: dict[str, Any] = field(default_factory=dict)
    row: StaffSession | None = None


def present() -> "Session":
    """Return this request's session itself, not Flask's stand-in for it."""
    held: Any = flask_session
    session: Session = held._get_current_object()
    return session


class Session(SessionMixin):
    """A session that is not looked up before somebody asks what it holds."""

    def __init__(self, load: Callable[[], Held]) -> None:
        self._load = load
        self._held: Held | None = None
        self.modified = False
        self.accessed = False

    @property
    def held(self) -> Held:
        if self._held is None:
            self._held = self._load()
        self.accessed = True
        return self._held

    def __getitem__(self, key: str) -> Any:
        return self.held.data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.held.data[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.held.data[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.held.data)

    def __len__(self) -> int:
        return len(self.held.data)


class StaffSessions(SessionInterface):
    """Reads and writes sessions. A write is a unit of work of its own, after the request's."""

    def open_session(self, app: Flask, request: Request) -> Session:
        return Session(lambda: self.find(app))

    def find(self, app: Flask) -> Held:
        """Return what the request's cookie stands for; nothing for a dead or foreign one."""
        kind, _, value = (read_cookie(COOKIE) or "").partition(".")
        if kind == "form":
            try:
                data = signer(app).loads(value, max_age=FORM_SECONDS)
            except BadSignature:
                return Held()
            return Held(data) if isinstance(data, dict) and USER not in data else Held()
        if kind == "id" and value:
            found = queries.staff_session(db.session(), hashed(value), now=now())
            if found is not None:
                row, g.session_account = found
                # A copy, lest the request's own unit of work write or expire it.
                db.session.expunge(row)
                return Held(dict(row.data), row)
        return Held()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, Session)  # noqa: S101  made by open_session
        if not session.accessed:
            return
        response.vary.add("Cookie")
        row, user = session.held.row, session.get(USER)
        if user is None:
            self.save_form(app, session, response)
        elif row is not None and row.data.get(USER) == user:
            self.save_row(session, row)
        else:
            self.begin(session, user, response)

    def save_form(self, app: Flask, session: Session, response: Response) -> None:
        """Keep what nobody signed in holds in the cookie; end the row of who signed out."""
        row = session.held.row
        if row is not None:
            with kept_apart(db.session()) as own:
                end_session(own, row.id_hash)
            response.headers["Clear-Site-Data"] = '"cache", "cookies"'
            drop_cookie(response, COOKIE)
        elif session.modified:
            value = "form." + str(signer(app).dumps(plain(session)))
            set_cookie(response, COOKIE, value, seconds=FORM_SECONDS)

    def save_row(self, session: Session, row: StaffSession) -> None:
        """Write what changed; opening a page keeps the session alive, a script's poll does not."""
        moment = now()
        # Later than it may be, too: another role has another limit.
        off = abs(row.idle_until - moment - idle_now())
        if not (session.modified or (is_activity() and off > FRESH_FOR)):
            return
        with kept_apart(db.session()) as own:
            idle = limits(own, moment).idle
            keep_session(own, row.id_hash, plain(session), idle=idle, now=moment)

    def begin(self, session: Session, user: str, response: Response) -> None:
        """Begin a session under a new id; the one before, if any, is dead."""
        token, moment = secrets.token_urlsafe(32), now()
        with kept_apart(db.session()) as own:
            if session.held.row is not None:
                end_session(own, session.held.row.id_hash)
            account = queries.account_by_generation(own, user)
            if account is None:
                return
            start_session(
                own,
                account.id,
                hashed(token),
                plain(session),
                limits=limits(own, moment),
                now=moment,
            )
        # No end of its own: it goes with the browser, the server decides when it is dead.
        set_cookie(response, COOKIE, f"id.{token}", seconds=None)


def limits(session: Any, moment: datetime) -> Limits:
    """Return how long a session lives for the role acted in."""
    settings: Settings = in_force(session, moment).city.settings
    actor = g.get("actor")
    is_admin = actor is not None and actor.role is Role.ADMINISTRATOR
    minutes = settings.session_idle_minutes_admin if is_admin else settings.session_idle_minutes
    return Limits(timedelta(minutes=minutes), timedelta(hours=settings.session_hours))


def idle_now() -> timedelta:
    """Return the idle limit in force, without a query where the request has asked already."""
    found: timedelta | None = g.get("session_idle")
    return found if found is not None else limits(db.session(), now()).idle


def is_activity() -> bool:
    """Say whether a person did this, as far as the browser tells: a page or a form, no poll."""
    return request.method != "GET" or request.headers.get("Sec-Fetch-Dest", "document") != "empty"


def hashed(token: str) -> bytes:
    """Return what the database holds of a session id or another random token."""
    return hashlib.sha256(token.encode()).digest()


def signer(app: Flask) -> URLSafeTimedSerializer:
    """Return what signs the cookie of the sign-in form."""
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="sign-in-form")


def plain(session: Session) -> dict[str, Any]:
    """Return what the session holds as JSON data; sentences in the language of the request."""
    data: dict[str, Any] = json.loads(json.dumps(session.held.data, default=str))
    return data
