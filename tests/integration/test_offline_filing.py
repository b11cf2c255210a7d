"""The form without a network, seen by the portal: nobody's page, and a report that comes later."""

import json
import re
import secrets
from uuid import uuid4

import pytest
from nacl.public import PrivateKey
from sqlalchemy import select

from portal.cases.models import Case
from portal.filing.forms import EvidenceForm, WhatWhereForm
from portal.foundation.clock import now
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.reports.lifecycle import is_answer
from portal.reports.models import Report
from portal.sealing.envelope import Custodian
from portal.sealing.services import register
from portal.web.public_forms import made
from portal.web.questions import name_of
from tests.support.city import PLACE, TEXT
from tests.support.staff import each_request_alone
from tests.support.visitor import Visitor

#: Fields of the form that this page lacks, and why.
LACKING = {
    "turn": "the order of saves on the server",
    "sought": "the portal searches",
    "latitude": "the map needs the network",
    "longitude": "the map needs the network",
    "no_pin": "the map needs the network",
    "datum": "the map needs the network",
    "csrf_token": "asked for when it is sent",
    "way": "whether a unit takes inside reports needs the network: it goes outside",
    "about_management": "asked with it",
}


class Device:
    """What the page's script does, without the page."""

    def __init__(self, app, nonce=None):
        self.client, self.nonce = app.test_client(), nonce or secrets.token_hex(16)

    def begin(self, **more):
        return self.client.post("/report/begin", json={"nonce": self.nonce}, **more)

    def send(self, token=None, **typed):
        token = token or self.begin().json["token"]
        data = {"text": TEXT, "place": PLACE, "nonce": self.nonce, "csrf_token": token, **typed}
        answer = self.client.post("/report/kept?lang=en", data=data)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        return answer


@pytest.fixture
def device(app, city):
    return Device(app)


def test_the_page_asks_what_the_form_asks(app, city, session):
    """One definition: a field that is added to the form is missed here until the page has it."""
    two_keys(session)
    html = app.test_client().get("/report/offline").get_data(as_text=True)
    shown = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', html))
    with app.test_request_context():
        forms = [made(kind, bytes(16)) for kind in (WhatWhereForm, EvidenceForm)]
    assert {name for name in shown if not name.startswith("q_")} == (
        {field.name for form in forms for field in form} - set(LACKING)
    )
    # And what is asked of each kind, where that kind is chosen.
    preset = in_force(session(), now())
    for code, kind in preset.taxonomy.categories.items():
        part = re.search(rf'<template data-offline-about="{code}">(.*?)</template>', html, re.S)
        names = re.findall(r'name="(q_\w+)"', part[1]) if part else []
        assert set(names) == {name_of(one) for one in kind.questions}, code


@pytest.mark.promise(2)
def test_the_page_is_nobodys_and_lies_in_no_cache_of_http(app, city):
    visitor = Visitor(app)
    plain = app.test_client().get("/report/offline?lang=en")
    visitor.what_where(text="WORDS-OF-MINE")
    own = visitor.get("/report/offline")
    assert own.data == plain.data
    assert own.headers["Cache-Control"] == "no-store"
    assert not re.search(r'name="(nonce|csrf_token)"|[0-9a-f]{32}', visitor.html)


def test_what_was_kept_is_filed_once_and_every_repeat_shows_its_code(device, session):
    kinds = in_force(session(), now()).taxonomy.categories.values()
    kind, question = next(
        (kind.code, one) for kind in kinds for one in kind.questions if is_answer(one, "yes")
    )
    answer = {"category": kind, name_of(question): "yes"}
    first = device.send(relation="worker", jurisdiction="320412", **answer)
    assert first.json["state"] == "sent"
    assert re.fullmatch(r"\d{16}", first.json["code"])
    assert first.json["notes"][0].startswith("We decide by ")
    again = device.send(text="Changed since", changed="1")
    assert again.json["code"] == first.json["code"]
    assert again.json["notes"][1:] == [
        "It had arrived before you changed it. Add with your code what you changed."
    ]
    report = session.scalars(select(Report)).one()
    assert (report.jurisdiction, report.relation) == ("320412", "worker")
    assert (report.claimed_category, report.answers_text_id is not None) == (kind, True)
    visitor = Visitor(device.client.application)
    visitor.open(first.json["code"])
    assert "Where your report stands" in visitor.text


def test_what_is_gone_from_the_lists_is_left_to_the_desk_and_said(device, session):
    gone = {"category": "gone", "jurisdiction": "999999", "relation": "cousin", "q_gone": "yes"}
    answer = device.send(**gone)
    assert [one.split()[1] for one in answer.json["notes"][1:]] == ["kind", "place", "it", "answer"]
    report = session.scalars(select(Report)).one()
    assert (report.jurisdiction, report.claimed_category, report.relation) == (None, None, None)
    assert session.get(Case, report.case_id) is not None


def test_what_is_refused_says_why_and_is_taken_once_it_is_put_right(device, session):
    answer = device.send(text=" ", place="x" * 501)
    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "text": "Write what you saw, two characters at least.",
        "place": "Write at most 500 characters about the place.",
    }
    assert device.send().json["state"] == "sent"
    assert len(session.scalars(select(Report)).all()) == 1


def test_contact_details_that_cannot_be_sealed_are_not_kept_and_that_is_said(device):
    assert "could not be sealed" in device.send(phone="13800000000").json["notes"][-1]


def test_in_a_rush_it_is_taken_all_the_same_and_says_that_it_waits(device, monkeypatch):
    monkeypatch.setattr("portal.filing.views.flood.lane_unasked", lambda *given, **named: True)
    rush, decision = device.send().json["notes"]
    assert rush.startswith("Very many reports are coming in just now.")
    assert decision.startswith("We decide by ")


@pytest.mark.promise(2)
def test_another_site_plants_no_nonce(device, app, city, session):
    """It gets no token by a form, no answer that it may read, and no browser holds its nonce."""
    for given in (
        {"data": {"nonce": device.nonce}},
        {"data": json.dumps({"nonce": device.nonce}), "content_type": "text/plain"},
        {"json": {"nonce": device.nonce}, "headers": {"Origin": "https://elsewhere.example"}},
        {"json": {"nonce": device.nonce}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"json": {"nonce": "00"}},
        {"json": [device.nonce]},
        {"data": b"{", "content_type": "application/json"},
    ):
        answer = device.client.post("/report/begin", **given)
        assert answer.status_code == 400, given
        assert "Set-Cookie" not in answer.headers
    preflight = device.client.options(
        "/report/begin",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    begun = device.begin()
    for answer in (preflight, begun):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Set-Cookie" not in answer.headers
    # A token is good for its own nonce alone.
    other = Device(app)
    assert other.send(token=begun.json["token"]).status_code == 403
    assert session.scalars(select(Report)).all() == []


def test_the_worker_is_new_when_the_form_is_and_else_the_same(app, city, session):
    client = app.test_client()
    answer = client.get("/report/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/report"
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/report/worker.js", headers={"Accept-Language": "en"}).data != b""
    before = shell(answer)
    assert shell(client.get("/report/worker.js")) == before
    assert all(client.get(address).status_code == 200 for address in before["pages"].values())
    app.extensions.pop("portal-shell-report")
    assert shell(client.get("/report/worker.js")) == before  # another process says the same
    two_keys(session)
    assert shell(client.get("/report/worker.js"))["version"] != before["version"]


def two_keys(session):
    """Two custodians, so that contact details can be sealed."""
    with unit_of_work(session()) as own:
        for number in (1, 2):
            private = PrivateKey.generate()
            register(
                own, Custodian(uuid4(), bytes(private.public_key)), label=str(number), now=now()
            )


def shell(answer):
    """What the worker keeps."""
    line = answer.get_data(as_text=True).split("\n", 1)[0]
    return json.loads(line.removeprefix("const SHELL = ").removesuffix(";"))


def test_the_manifest_names_the_form_in_the_readers_language(app, city, session):
    names = in_force(session(), now()).city.name
    for short, language in (("zh", "zh_Hans_CN"), ("en", "en")):
        with each_request_alone(app):
            answer = app.test_client().get(f"/report/manifest.webmanifest?lang={short}")
        assert answer.mimetype == "application/manifest+json"
        assert answer.json["name"] == names.in_language(language)
        assert answer.json["start_url"] == f"/report/offline?lang={short}"
        assert answer.json["start_url"].startswith(answer.json["scope"])
        for icon in answer.json["icons"]:
            assert app.test_client().get(icon["src"]).mimetype == "image/png"
