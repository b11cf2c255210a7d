"""People who sign in by the pages themselves, each with a browser of their own."""

import re
from contextlib import contextmanager
from typing import Any

from flask import g
from flask_security import hash_password

from portal.access.kinds import SYSTEM, Actor
from portal.accounts.models import Account
from portal.accounts.services import set_password
from portal.foundation.transaction import unit_of_work
from tests.support.city import NOON

PASSWORD = "correct horse battery staple"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def give_password(session: Any, actor: Actor, password: str = PASSWORD) -> str:
    """Give somebody a password; return the address of the account."""
    with unit_of_work(session()) as own:
        account = own.get(Account, actor.account_id)
        assert account is not None
        set_password(own, SYSTEM, account, password_hash=hash_password(password), now=NOON)
        return str(account.email)


class Browser:
    """A test client that sends the token of the form that it saw last."""

    def __init__(self, app: Any, **environ: Any) -> None:
        self.client = app.test_client()
        self.client.environ_base.update(environ)
        self.token = ""

    def get(self, address: str, **more: Any) -> Any:
        return self.seen(self.client.get(address, **more))

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        data = {"csrf_token": self.token, **(data or {})}
        return self.seen(self.client.post(address, data=data, **more))

    def seen(self, answer: Any) -> Any:
        found = TOKEN.search(answer.get_data(as_text=True)) if answer.is_json is False else None
        self.token = found[1] if found else self.token
        return answer

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> Any:
        self.get("/login")
        return self.post("/login", {"email": email, "password": password, **more})


@contextmanager
def each_request_alone(app: Any) -> Any:
    """Let nothing of one request reach the next: tests share the context of the app."""

    def forget() -> None:
        for name in list(g):
            g.pop(name)

    app.before_request_funcs.setdefault(None, []).insert(0, forget)
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.before_request_funcs[None].remove(forget)
