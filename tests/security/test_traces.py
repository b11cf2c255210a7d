"""What an answer leaves in the browser: one look at every address, and the ends of a visit."""

import re
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask, g
from sqlalchemy import event

from portal.cases.models import Case
from portal.foundation.db import db
from portal.reports import lifecycle
from portal.web import headers, proxy
from tests.security.test_public_surface import fingerprints, rules_of
from tests.support.visitor import Visitor

#: All but the lists of sources, which have a test of their own (tests/unit/test_frame.py).
SENT = {
    "X-Content-Type-Options": {"nosniff"},
    "Referrer-Policy": {"same-origin"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Cross-Origin-Resource-Policy": {"same-origin"},
    "Permissions-Policy": {"camera=(), microphone=(), geolocation=(self)"},
    "X-Frame-Options": {"DENY"},
}
#: Policies of an answer: a page's, a page's with the map, a file's.
POLICY = re.compile(
    r"default-src 'none'; (?:.*; )?require-trusted-types-for 'script'; "
    r"trusted-types (?:'none'|default|portal-(?:worker|photos))"
    r"|default-src 'none'; sandbox(?:;.*)?|sandbox; .*"
)
#: What a page loads or sends by itself; a link that somebody follows is no such thing.
LOADED = re.compile(r"<(?!a\b)[a-z]+\b[^>]*\s(?:src|href|action|srcset|poster|data)=\"([^\"]*)\"")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.S)


@pytest.mark.promise(2)
def test_every_address_sends_every_header_and_loads_nothing_from_elsewhere(
    app, city, session, client_for
):
    text, place = "楼梯门被铁链锁住", "纸箱路 18 号"
    case_id = str(city.in_hand().case_id)
    reporter = Visitor(app)
    code = reporter.file(text=text, place=place)
    reporter.open(code)
    number = session.get_one(Case, city.file().case_id).number
    session.remove()
    adapter, pages, titles = app.url_map.bind("localhost"), 0, {}
    clients = (reporter.client, client_for(city.dispatcher), client_for(city.administrator))
    for rule in rules_of(app):
        filled = {name: case_id if name == "case_id" else str(uuid4()) for name in rule.arguments}
        filled |= {"number": number} if "number" in filled else {}
        for client in clients if "GET" in rule.methods else clients[:1]:
            ask = client.get if "GET" in rule.methods else client.post
            path = adapter.build(rule.endpoint, filled)
            for name in list(g):  # the fixtures' context is that of all requests
                g.pop(name)
            answer = ask(path)
            for name, allowed in SENT.items():
                assert answer.headers.get(name) in allowed, (path, name, answer.headers.get(name))
            assert POLICY.fullmatch(answer.headers["Content-Security-Policy"]), path
            kept = answer.headers["Cache-Control"]
            published = path.startswith("/open") and "Set-Cookie" not in answer.headers
            assert kept == "no-store" or (published and kept.startswith("public, ")), path
            assert "Server" not in answer.headers
            if answer.mimetype == "text/html" and answer.data:
                pages += 1
                html = answer.get_data(as_text=True)
                for address in LOADED.findall(html):
                    assert re.match(r"/(?!/)|#|data:image/|$", address), (path, address)
                if client is reporter.client and (title := TITLE.search(html)):
                    titles[path] = title[1]
    assert pages > 60
    assert len(titles) > 15
    for path, title in titles.items():
        # By chance four digits of an id may be those of the code.
        asked = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", path).replace(number, "")
        for word in (text, place, code, code[:4], number):
            assert word not in title, path
            assert word not in asked or "<" in path, path


@pytest.mark.promise(2)
def test_each_end_of_a_visit_makes_the_browser_forget_and_none_takes_the_unsent_reports(app, city):
    for way in ("/report/leave", "/receipt/leave", "/leave"):
        visitor = Visitor(app)
        visitor.open(visitor.file())
        assert visitor.client.get_cookie("draft")
        assert visitor.client.get_cookie("receipt")
        ask = visitor.client.get if way == "/leave" else visitor.client.post
        answer = ask(way)
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies"', way
        assert visitor.client.get_cookie("draft") is None, way
        assert visitor.client.get_cookie("receipt") is None, way
        assert visitor.client.get("/receipt/report").status_code == 303
    for name in ("cross-site", "same-site"):
        visitor.what_where(text="我写的字")
        answer = visitor.client.get("/leave", headers={"Sec-Fetch-Site": name})
        assert (answer.status_code, "Clear-Site-Data" in answer.headers) == (303, False)
        visitor.get("/report")
        assert "我写的字" in visitor.html


ONION = "http://" + "a2" * 28 + ".onion"


@pytest.mark.parametrize("configured", [True, False])
def test_plain_public_pages_tell_of_the_onion_service(app, city, client_for, configured):
    if configured:
        old = app.config["PORTAL_SETTINGS"]
        app.config["PORTAL_SETTINGS"] = old.model_copy(update={"onion_url": ONION + "/"})
    client, tls = app.test_client(), {"base_url": "https://localhost"}
    for path in ("/", "/report", "/receipt", "/how", "/open"):
        told = client.get(path, **tls).headers.get("Onion-Location")
        assert told == (ONION + path if configured else None), path
    told = [
        client.get("/"),
        client.get("/", base_url="https://x.onion"),
        client.get("/unit/abc", **tls),
        client.get("/login", **tls),
        client.get("/no-such-page", **tls),
        client_for(city.dispatcher).get("/staff", **tls),
        client.get("/report", headers={"Cookie": "__Host-draft=00"}, **tls),
    ]
    assert [answer.headers.get("Onion-Location") for answer in told] == [None] * len(told)
    assert "Strict-Transport-Security" not in told[1].headers
    assert headers.is_onion("abc.onion:80") and not headers.is_onion("onion.example")


def test_production_takes_what_came_without_tls_at_its_onion_service_alone(monkeypatch):
    monkeypatch.setattr("portal.web.proxy.render_template", lambda name, **more: name)
    app, host = Flask("probe"), urlsplit(ONION).hostname
    app.config["PORTAL_SETTINGS"] = SimpleNamespace(
        proxy_hops=1, is_production=True, onion_host=host
    )
    proxy.bind(app)
    app.add_url_rule("/", view_func=lambda: "here")
    for named, scheme, status in (
        (host, "http", 200),
        (f"{host}:80", "http", 200),
        ("portal.example.org", "https", 200),
        ("portal.example.org", "http", 400),
        (host.replace("a", "b"), "http", 400),
        (f"x.{host}", "http", 400),
    ):
        told = {"X-Forwarded-Proto": scheme, "X-Forwarded-Host": named}
        assert app.test_client().get("/", headers=told).status_code == status, (named, scheme)


@pytest.mark.promise(2)
@pytest.mark.trap(41)
def test_reading_with_a_code_writes_nothing_and_wrong_codes_cost_the_same(app, city, superuser):
    visitor = Visitor(app)
    code = visitor.file()
    before = fingerprints(superuser)
    for _ in range(2):
        visitor.open(code)
        assert visitor.page.status_code == 200
        visitor.get("/receipt/report")
        visitor.client.post("/receipt/leave")
    assert fingerprints(superuser) == before
    near = code[:-1] + str((int(code[-1]) + 1) % 10)
    costs = []
    for wrong in (near, code[::-1], "0" * 16, "9" * 16, "4831092755662140"):
        with counted_statements() as statements, counted_hashes() as hashes:
            visitor.open(wrong)
        assert visitor.page.status_code == 422
        costs.append((statements, hashes, len(visitor.text)))
    assert costs[0][0]
    assert costs[0][1]
    assert all(cost == costs[0] for cost in costs)


@contextmanager
def counted_statements():
    """Every statement that the app sends, in order."""
    sent = []

    def note(connection, cursor, statement, *more):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


@contextmanager
def counted_hashes():
    """The lengths of all that is hashed under a key for receipt codes."""
    made, digest = [], lifecycle.hmac.digest

    def note(key, message, name):
        made.append(len(message))
        return digest(key, message, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle.hmac, "digest", note)
        yield made
