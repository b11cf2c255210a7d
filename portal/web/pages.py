"""Each page declares who may open it; the app does not start if one has not."""

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, g, redirect, request, url_for

from portal.access.kinds import ANYONE, Action, Actor, Role
from portal.access.policy import may_somewhere

RULE = "__access__"
#: Pages of Flask-Security, which ask for themselves.
FOREIGN = ("security.",)


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
        if action is None or may_somewhere(current_actor(), action):
            return None
        if current_actor() is ANYONE and request.method == "GET" and not is_public(action):
            return redirect(url_for("security.login", next=request.full_path), 303)
        # 404, not 403: who may not open a page need not learn that it is there.
        return abort(404)
