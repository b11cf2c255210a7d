"""Each page declares who may open it; the app does not start if one has not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, render_template, request, url_for

from portal.access.kinds import ANYONE, Action, Actor, Role
from portal.access.policy import may_somewhere

RULE = "__access__"
#: Pages of Flask-Security, which ask for themselves.
FOREIGN = ("security.",)
WORTH_KEEPING = 8  # characters: shorter fields are choices or numbers
#: Where the pages of people who sign in lie; all others are public and look at no session.
STAFF_PLACES = ("/staff", "/oversight", "/treasury", "/admin", "/profile", "/as", "/unit/own")


def needs(action: Action) -> Callable[[Any], Any]:
    """Declare that the page is for those who may do `action` somewhere."""

    def mark(view: Any) -> Any:
        setattr(view, RULE, action)
        return view

    return mark


def current_actor() -> Actor:
    """Return who is asking; ANYONE when nobody is signed in."""
    actor: Actor = g.get("actor", ANYONE)
    return actor


def is_public(action: Action) -> bool:
    """Say whether nobody needs to sign in for `action`."""
    return may_somewhere(ANYONE, action) or may_somewhere(Actor(role=Role.UNIT), action)


def to_sign_in() -> Any:
    """Send to the sign-in page and back; what was typed in a form is shown, lest it be lost."""
    if request.method in ("GET", "HEAD"):
        back = request.full_path.rstrip("?")
        return redirect(url_for("security.login", next=back), 303)
    words = [
        text
        for name, text in request.form.items(multi=True)
        if name != "csrf_token" and len(text) >= WORTH_KEEPING
    ]
    return render_template(
        "security/signed_out.html",
        words=words,
        login_url=url_for("security.login", next=_of_ours(request.referrer)),
    ), 401


def _of_ours(address: str | None) -> str:
    """Return a page of ours as a path with what it was asked for; "" for any other address."""
    try:
        page = urlsplit(address or "")
    except ValueError:
        return ""
    is_ours = page.netloc == request.host
    return page._replace(scheme="", netloc="").geturl() if is_ours else ""


def is_staff_page(path: str) -> bool:
    """Say whether an address lies among the pages of people who sign in."""
    return any(path == place or path.startswith(f"{place}/") for place in STAFF_PLACES)


def enforce_access(app: Flask) -> None:
    """Check the declarations now and apply them to every request."""
    undeclared = [
        name
        for name, view in app.view_functions.items()
        if name != "static" and not name.startswith(FOREIGN) and not hasattr(view, RULE)
    ]
    if undeclared:
        raise RuntimeError(f"pages without @needs: {sorted(undeclared)}")

    @app.before_request
    def refuse_outsiders() -> Any:
        view = app.view_functions.get(request.endpoint or "")
        action = getattr(view, RULE, None)
        if action is None:
            return None
        if current_actor() is ANYONE and is_staff_page(request.path):
            # A reporter may do some of these things too, but not here.
            return to_sign_in()
        if may_somewhere(current_actor(), action):
            return None
        # 404, not 403: who may not open a page need not learn that it is there.
        return abort(404)
