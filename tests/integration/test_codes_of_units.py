"""The QR code of a unit: what it fills in, what it never does, what staff see of it."""

import re

import pytest
from sqlalchemy import select

from portal.foundation.clock import now
from portal.presets.queries import in_force
from portal.reports.models import Draft, Report
from portal.routing.datum import to_gcj02
from portal.routing.places import locate
from portal.units.models import Unit
from tests.support.visitor import Visitor

FIRST = r"/report\?|/report$"


@pytest.fixture
def visitor(app, city):
    return Visitor(app)


@pytest.fixture
def unit(city, session):
    made = city.unit(
        address="纸箱路 18 号",
        jurisdiction="320412",
        contact_name="周厂长",
        contact_email="zhou@example.org",
        contact_phone="13800000000",
    )
    session.rollback()
    return session.get_one(Unit, made)


def only_report(session):
    session.rollback()
    return session.scalars(select(Report)).one()


def test_the_code_fills_in_name_address_and_district_and_no_person(
    visitor, unit, session, city, client_for
):
    visitor.get(f"/report?unit={unit.report_token}")
    shown = visitor.fields(FIRST)[1]
    assert shown["place"] == "示例包装有限公司（虚构） 纸箱路 18 号"
    assert '<option value="320412" selected' in visitor.html
    for word in ("周厂长", "zhou@example.org", "13800000000", str(unit.id)):
        assert word not in visitor.html
    assert session.scalar(select(Draft.nonce_hash)) is None  # reading keeps nothing
    visitor.send(FIRST, text="门锁着", place="一号楼后门", jurisdiction="320412")
    visitor.evidence()
    assert unit.name in visitor.text
    visitor.send("/report/send")
    report = only_report(session)
    assert (report.claimed_unit_id, report.channel) == (unit.id, "qr")
    desk = client_for(city.dispatcher)
    for address in (f"/staff/cases/{report.case_id}", f"/staff/intake/{report.case_id}"):
        page = desk.get(address).get_data(as_text=True)
        assert "Unit by whose code it came (not checked)" in page
        assert unit.name in page
    # A proposal for who settles it, settled by nobody yet.
    accept = desk.get(f"/staff/cases/{report.case_id}/accept").get_data(as_text=True)
    assert re.search(rf'value="{unit.id}" checked', accept)
    sheet = desk.get(f"/staff/cases/{report.case_id}/place").get_data(as_text=True)
    assert f"/report?unit={unit.report_token}" in sheet
    assert "<svg" in sheet.split("portal-receipt__qr")[1][:200]


def test_an_unknown_code_opens_the_plain_form_with_a_sentence(visitor, unit, session):
    for token in ("0" * 32, "x'; --", "\x00", unit.report_token + "0", str(unit.id), "码"):
        visitor.client.delete_cookie("draft")
        visitor.page = visitor.client.get("/report", query_string={"unit": token, "lang": "en"})
        assert visitor.page.status_code == 200
        assert "We do not know the code that was scanned." in visitor.text
        assert visitor.fields(FIRST)[1]["place"] == ""
    visitor.send(FIRST, text="门锁着", place="纸箱路", unit="0" * 32)
    visitor.evidence()
    visitor.send("/report/send")
    assert only_report(session).claimed_unit_id is None


def test_the_unit_can_be_left_out_and_what_was_written_stays(visitor, unit, session):
    visitor.get("/report")
    visitor.send(FIRST, text="门锁着", place="路边的井盖")
    visitor.get(f"/report?unit={unit.report_token}")
    shown = visitor.fields(FIRST)[1]
    assert (shown["text"], shown["place"]) == ("门锁着", "路边的井盖")
    visitor.send(FIRST, no_unit="y")
    visitor.get("/report")
    assert "You scanned the code of" not in visitor.text
    visitor.send(FIRST)
    visitor.evidence()
    visitor.send("/report/send")
    report = only_report(session)
    assert (report.claimed_unit_id, report.channel) == (None, "web")


def test_every_unit_has_a_code_of_its_own_that_tells_nothing(city, session):
    tokens = []
    for number in range(3):
        made = city.unit(name=f"厂 {number}")
        session.rollback()
        unit = session.get_one(Unit, made)
        assert re.fullmatch(r"[0-9a-f]{32}", unit.report_token)
        assert unit.report_token not in str(made).replace("-", "")
        tokens.append(unit.report_token)
    assert len(set(tokens)) == 3


@pytest.mark.trap(57)
def test_a_pin_put_on_chinese_tiles_is_kept_where_it_really_is_with_its_datum(
    visitor, session, city, client_for
):
    areas = in_force(session(), now()).boundaries
    ring = areas.areas[2].polygons[0][0][:-1]
    inside = sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    lon, lat = to_gcj02(*inside)
    visitor.what_where(longitude=f"{lon:.6f}", latitude=f"{lat:.6f}", datum="gcj02")
    visitor.evidence()
    visitor.send("/report/send")
    report = only_report(session)
    assert (report.lon, report.lat) == pytest.approx(inside, abs=2e-5)
    assert report.datum == "gcj02"
    assert report.jurisdiction == locate(areas, *inside)[0]
    page = client_for(city.dispatcher).get(f"/staff/cases/{report.case_id}")
    assert "put on a map in GCJ-02" in page.get_data(as_text=True)
    sheet = client_for(city.dispatcher).get(f"/staff/cases/{report.case_id}/place")
    assert f"{to_gcj02(report.lon, report.lat)[1]:.5f}" in sheet.get_data(as_text=True)


@pytest.mark.trap(57)
@pytest.mark.parametrize("datum", ["", "wgs84", "bd09", "x" * 400])
def test_what_no_map_of_ours_says_is_taken_for_wgs_84(visitor, session, datum):
    visitor.what_where(longitude="119.95", latitude="31.7", datum=datum)
    visitor.evidence()
    visitor.send("/report/send")
    report = only_report(session)
    assert (report.lon, report.lat, report.datum) == (119.95, 31.7, "wgs84")
