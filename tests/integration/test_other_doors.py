"""Web form, printed form, telephone and letter: one definition, and a slip with the code."""

import io
import json
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import func, select

from portal.attachments.models import Attachment
from portal.cases.models import Case
from portal.cases.queries import clocks_of
from portal.filing.forms import EvidenceForm, NoticeForm, WhatWhereForm
from portal.filing.views.paper import form_words
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.handling.forms.taking_down import take_down_form
from portal.history.models import Event
from portal.integrations.paper import typeset
from portal.notices.kinds import AddressState
from portal.notices.queries import reporter_address
from portal.presets.kinds import NOT_SURE
from portal.presets.queries import in_force
from portal.reports.kinds import REPORT_FIELDS, Door, Shape
from portal.reports.models import Report
from portal.sealing.services import register
from portal.web.questions import ANSWER, asked, with_questions
from portal.web.report_fields import fields_in, inputs_of
from tests.support import files
from tests.support.city import NOON
from tests.support.visitor import Forms, Visitor

#: What a form needs besides what it asks.
OWN = {"csrf_token", "turn", "no_pin", "no_unit", "sought", "nonce", "channel", "arrived_on"}
# Asked only of who scanned the code of a unit that takes inside reports: no other door has one.
OWN |= {"way", "about_management"}
#: A kind that asks something besides.
KIND = "fire.exit_blocked"


@pytest.fixture
def desk(app, city, client_for, monkeypatch):
    """A dispatcher before the form, and the time as NOON."""
    for module in ("handling.views._taking_down", "filing.views.follow", "filing.views.opened"):
        monkeypatch.setattr(f"portal.{module}.now", lambda: NOON)
    return client_for(city.actors["dispatcher"])


@pytest.fixture
def sealable(app, city, session):
    """Two custodians, so that a contact can be sealed."""
    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(2)):
            register(own, custodian, label=f"{number}", now=NOON)


def blank(desk):
    page = desk.get("/staff/intake/new?lang=en").get_data(as_text=True)
    (fields,) = [f for a, f in Forms(page).forms.items() if a.startswith("/staff/intake/new")]
    return page, fields


def file(desk, fields=None, **typed):
    whole = {"channel": "hotline_12350", "text": "楼梯堵住了", "place": "纸箱路 18 号"}
    data = {**(fields or blank(desk)[1]), **whole, **typed}
    return desk.post("/staff/intake/new?lang=en", data=data, content_type="multipart/form-data")


def code_on(desk):
    page = desk.get("/staff/intake/new/slip?lang=en").get_data(as_text=True)
    found = re.search(r'id="portal-code"[^>]*>(.*?)</p>', page, re.S)
    return re.sub(r"\D", "", re.sub(r"<[^>]*>", "", found[1])) if found else None


@pytest.mark.trap(51)
def test_all_doors_ask_for_the_same_fields(app, city, sealable):
    """But for those that a door can't ask for: the list names each with its reason."""
    page = app.test_client().get("/report/offline?lang=en").text
    with app.test_request_context():
        preset = in_force(db.session(), NOON)
        second = with_questions(EvidenceForm, asked(preset, {"category": KIND}), "en")
        staff = take_down_form(preset, "en", KIND)
        held = {
            Door.WEB: fields_in(WhatWhereForm) | fields_in(second) | fields_in(NoticeForm),
            Door.STAFF: fields_in(staff),
            Door.PAPER: {field["name"] for field in form_words(preset, "en")["fields"]},
            Door.OFFLINE: {field.name for field in REPORT_FIELDS if stands_in(page, field)},
        }
        inputs = {name for field in REPORT_FIELDS for name in inputs_of(field)}
        for kind in (WhatWhereForm, second, NoticeForm, staff):
            names = {n for n in dir(kind) if hasattr(getattr(kind, n), "field_class")}
            assert {n for n in names - OWN if not n.startswith(ANSWER)} <= inputs, kind
    assert set(held) == set(Door)
    for door, names in held.items():
        assert names == {field.name for field in REPORT_FIELDS if field.is_at(door)}, door
    assert all(reason for field in REPORT_FIELDS for reason in field.without.values())


def stands_in(page, field):
    if field.shape is Shape.QUESTIONS:
        return f'name="{ANSWER}' in page
    return all(f'name="{name}"' in page for name in inputs_of(field))


def test_a_desk_asks_what_the_kind_asks_and_keeps_datum_and_address(desk, city, session):
    fields = blank(desk)[1]
    typed = {"category": KIND, "latitude": "31.7", "longitude": "119.95", "datum": "gcj02"}
    page = file(desk, fields, ask="1", **typed).get_data(as_text=True)
    (fields,) = [f for a, f in Forms(page).forms.items() if a.startswith("/staff/intake/new")]
    assert fields["text"] == "楼梯堵住了" and f'name="{ANSWER}' in page
    assert session().scalar(select(func.count()).select_from(Report)) == 0
    asked_name = re.search(rf'name="({ANSWER}\w+)"', page)[1]
    said = {**typed, asked_name: NOT_SURE}
    # An address that can't be written to is said at its field, and nothing typed is lost.
    page = file(desk, fields, address="nobody", **said).get_data(as_text=True)
    assert "Type an address like" in page and 'value="nobody"' in page
    assert file(desk, fields, address="me@example.org", **said).status_code == 303
    report = session().scalar(select(Report))
    assert report.answers_text_id is not None
    assert report.datum == "gcj02" and 1e-3 < abs(report.lon - 119.95) < 1e-2
    assert reporter_address(session(), report.id) is AddressState.KEPT


@pytest.mark.trap(49)
def test_somebody_who_calls_is_asked_in_order_and_nothing_of_the_staff_is_filled_in(
    desk, city, sealable
):
    page, fields = blank(desk)
    here = [field for field in REPORT_FIELDS if field.is_at(Door.STAFF)]
    places = [page.index(f'name="{name}"') for field in here for name in inputs_of(field)]
    assert places == sorted(places)
    here = [field for field in here if field.shape is not Shape.QUESTIONS]  # of the kind: later
    assert all(str(field.asked) in page.replace("&#39;", "'") for field in here)
    filled = {name for name, value in fields.items() if value and name not in OWN}
    assert filled == set()
    # An error brings back what was typed, and still adds nothing.
    page = file(desk, fields, text="", name="王 <b>").get_data(as_text=True)
    back = next(f for a, f in Forms(page).forms.items() if a.startswith("/staff/intake/new"))
    assert (back["name"], back["phone"], back["place"]) == ("王 <b>", "", "纸箱路 18 号")
    assert back["nonce"] == fields["nonce"]


def test_the_slip_holds_a_code_that_opens_the_report_and_is_gone_when_handed_over(
    app, desk, city, session
):
    _page, fields = blank(desk)
    assert file(desk, fields).headers["Location"].startswith("/staff/intake/new/slip")
    code = code_on(desk)
    file(desk, fields)
    assert code_on(desk) == code, "sent twice: one report, one code"
    assert session().scalar(select(func.count()).select_from(Report)) == 1
    assert "We decide by" in Visitor(app).open(code).get_data(as_text=True)
    event = session().scalar(select(Event).where(Event.kind == "filed"))
    assert event.account_id == city.actors["dispatcher"].account_id
    report = session().scalar(select(Report))
    assert (report.channel, report.contact_id) == ("hotline_12350", None)

    desk.post("/staff/intake/new/slip")
    assert code_on(desk) is None
    # The same matter once more is taken as well, under a code of its own.
    file(desk)
    assert code_on(desk) not in (None, code)


def test_a_letter_waits_since_it_arrived_and_its_scan_goes_along(desk, city, session):
    scan = (io.BytesIO(files.jpeg()), "letter.jpg")
    arrived = (NOON - timedelta(days=4)).date()
    file(desk, channel="letter", arrived_on=arrived.isoformat(), photos=scan)
    assert code_on(desk)
    report = session().scalar(select(Report))
    case = session().get_one(Case, report.case_id)
    readings = {
        r.kind: r for r in clocks_of(session(), case, in_force(session(), NOON), as_of=NOON)
    }
    zone = in_force(session(), NOON).limits.zone
    assert readings["chain"].why.started_at.astimezone(zone).date() == arrived
    # Taken down on the second working day after it came: one was allowed.
    assert readings["register"].breach
    # The decision counts from when it was taken down, as the limits have it.
    assert readings["acceptance"].why.start_day == NOON.date()
    assert session().scalar(select(func.count()).select_from(Attachment)) == 1
    for impossible in ("2027-01-01", "2024-01-01"):
        page = file(desk, channel="letter", arrived_on=impossible)
        assert page.status_code == 422
        assert "not in the future" in page.get_data(as_text=True)


def test_only_a_desk_takes_reports_down(client_for, city):
    for name in ("member", "lead", "director", "auditor", "administrator"):
        assert client_for(city.actors[name]).get("/staff/intake/new").status_code == 404
    nonce = secrets.token_hex(16)
    assert (
        client_for(city.actors["dispatcher"]).get(f"/staff/intake/new/slip?n={nonce}").status_code
        == 303
    )


@pytest.mark.trap(51)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_printed_form_holds_the_same_fields_and_says_who_sees_them(app, city, language):
    visitor = Visitor(app, language=language)
    visitor.get("/how")
    (link,) = re.findall(r'href="(/report/form\.pdf[^"]*)"', visitor.html)
    visitor.get("/report")  # the words of the web form, to compare
    page = visitor.text
    answer = visitor.client.get(link)
    assert answer.mimetype == "application/pdf"
    text = "".join(
        sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(answer.data)
    )
    bare = re.sub(r"\s", "", text)
    for label in ("您看到了什么危险？", "在哪里？") if language == "zh" else ("Where is it?",):
        assert re.sub(r"\s", "", label) in bare
        assert label in page
    assert ("审计人员" if language == "zh" else "Auditors") in bare
    with app.test_request_context(f"/?lang={language}"):
        words = form_words(in_force(db.session(), NOON), "en" if language == "en" else "zh_Hans_CN")
    on_paper = [field.name for field in REPORT_FIELDS if field.is_at(Door.PAPER)]
    assert [field["name"] for field in words["fields"]] == on_paper
    assert all(re.sub(r"\s", "", field["label"]) in bare for field in words["fields"])


def test_a_character_that_the_font_lacks_is_printed_by_its_code(app, city):
    with app.test_request_context("/"):
        words = form_words(in_force(db.session(), NOON), "zh_Hans_CN")
    template = Path(app.root_path) / "templates" / "filing" / "report_form.typ"
    words["foot"] = "平台😀𠀀"
    pdf = typeset(str(template), json.dumps(words))
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "平台〔U+1F600〕〔U+20000〕" in text
