"""Where a report is: district and town from one list, a pin from the map, and what is asked."""

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.foundation.clock import now
from portal.presets.queries import in_force
from portal.reports.models import Draft, Report
from portal.routing.places import locate
from tests.support import files
from tests.support.visitor import Visitor


@pytest.fixture
def visitor(app, city):
    return Visitor(app)


def only_report(session):
    session.rollback()
    return session.scalars(select(Report)).one()


def points(session):
    """Return a point surely in one district with its code, one on a border, and one outside."""
    areas = in_force(session(), now()).boundaries
    ring = areas.areas[0].polygons[0][0]
    inside = (
        sum(x for x, _ in ring[:-1]) / (len(ring) - 1),
        sum(y for _, y in ring[:-1]) / (len(ring) - 1),
    )
    border = next(
        p for area in areas.areas for s in area.polygons for p in s[0] if len(locate(areas, *p)) > 1
    )
    assert len(locate(areas, *inside)) == 1
    return inside, locate(areas, *inside)[0], border


def pinned(visitor, point, **typed):
    lon, lat = point
    return visitor.what_where(longitude=f"{lon:.6f}", latitude=f"{lat:.6f}", **typed)


def test_a_town_that_is_chosen_settles_the_district_too(visitor, session, city):
    district = next(
        j for j in in_force(session(), now()).taxonomy.jurisdictions.values() if j.townships
    )
    town = district.townships[-1]
    visitor.check(jurisdiction=town.code)
    assert f"{district.name.en} {town.name.en}" in visitor.text
    visitor.send("/report/send")
    report = only_report(session)
    assert (report.jurisdiction, report.township) == (district.code, town.code)
    case = session.get_one(Case, report.case_id)
    assert (case.jurisdiction, case.township) == (district.code, town.code)


def test_a_place_that_is_not_on_the_list_is_refused_at_its_field(visitor, session):
    visitor.what_where(jurisdiction="999999")
    assert visitor.page.status_code == 422
    assert 'href="#jurisdiction"' in visitor.html
    assert "Choose a district or town from the list." in visitor.text


def test_a_pin_tells_the_district_and_is_kept_in_wgs_84(visitor, session):
    point, code, _border = points(session)
    pinned(visitor, point)
    assert visitor.page.request.path == "/report/evidence"
    visitor.evidence()
    visitor.send("/report/send")
    report = only_report(session)
    assert report.jurisdiction == code
    assert (report.lon, report.lat) == pytest.approx(point, abs=1e-5)
    assert report.datum == "wgs84"


def test_the_reporters_own_choice_holds_against_the_pin(visitor, session):
    point, code, _border = points(session)
    other = next(c for c in in_force(session(), now()).taxonomy.jurisdictions if c != code)
    pinned(visitor, point, jurisdiction=other)
    visitor.evidence()
    visitor.send("/report/send")
    assert only_report(session).jurisdiction == other


@pytest.mark.parametrize("where", ["border", "outside"])
def test_a_pin_in_two_districts_or_in_none_asks_once(visitor, session, where):
    _inside, _code, border = points(session)
    point = border if where == "border" else (121.5, 31.2)
    pinned(visitor, point)
    assert visitor.page.status_code == 422
    said = "near a border" if where == "border" else "outside the city"
    assert said in visitor.text
    assert 'href="#jurisdiction"' in visitor.html
    _, shown = visitor.fields(r"/report\?|/report$")
    assert shown["text"] and float(shown["longitude"]) == pytest.approx(point[0], abs=1e-5)
    visitor.send(r"/report\?|/report$", jurisdiction="unsure")
    assert visitor.page.request.path == "/report/evidence"
    visitor.evidence()
    assert "Left to us" in visitor.text
    visitor.send("/report/send")
    report = only_report(session)
    assert report.jurisdiction is None
    assert report.lon == pytest.approx(point[0], abs=1e-5)


@pytest.mark.trap(43)
@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [("", ""), ("119.9", ""), ("abc", "31"), ("nan", "nan"), ("inf", "1"), ("999", "31")],
)
def test_what_is_no_point_on_earth_is_no_pin(visitor, session, longitude, latitude):
    visitor.what_where(longitude=longitude, latitude=latitude)
    visitor.evidence()
    visitor.send("/report/send")
    assert only_report(session).lon is None


def test_a_pin_can_be_left_out_again_without_script(visitor, session):
    point, _code, _border = points(session)
    pinned(visitor, point)
    visitor.get("/report")
    assert "Leave the pin out" in visitor.text
    visitor.send(r"/report\?|/report$", no_pin="y")
    visitor.evidence()
    visitor.send("/report/send")
    assert only_report(session).lon is None


def test_the_map_is_loaded_only_when_asked_for_and_what_is_typed_stays(visitor):
    visitor.get("/report")
    assert "map." not in visitor.html.split("</head>")[0]
    assert visitor.page.headers["Content-Security-Policy"].endswith("trusted-types 'none'")
    visitor.send(r"/report\?|/report$", text="", place="纸箱路", map="1")
    assert visitor.page.status_code == 200
    _, shown = visitor.fields(r"/report\?|/report$")
    assert shown["place"] == "纸箱路"
    assert "/static/map." in visitor.html
    policy = visitor.page.headers["Content-Security-Policy"]
    assert policy.endswith("trusted-types default")
    assert "error" not in visitor.html.split("<h1")[0].lower().split("<main")[1]


@pytest.mark.parametrize(("language", "name"), [("zh", "武进区"), ("en", "Wujin District")])
def test_the_boundaries_are_named_in_the_readers_language(visitor, language, name):
    visitor.language = language
    features = visitor.get("/report/boundaries").get_json()["features"]
    assert len(features) == 7
    assert name in [one["properties"]["name"] for one in features]


def objects(app, area):
    return [name for name, _at in app.extensions["portal-store"].listing(area)]


def test_after_sending_the_drafts_own_files_are_gone_and_the_reports_are_there(visitor, app):
    visitor.what_where()
    visitor.evidence([("a.jpg", files.jpeg())])
    assert objects(app, "drafts")
    visitor.send("/report/send")
    assert visitor.code
    assert objects(app, "drafts") == []
    assert len(objects(app, "kept")) >= 2


def test_a_report_that_could_not_be_sent_leaves_the_drafts_files(visitor, app, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor.what_where()
    visitor.evidence([("a.jpg", files.jpeg())])

    def broken(*args, **more):
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr("portal.filing.views.report.drop_draft", broken)
        visitor.send("/report/send")
    assert visitor.page.status_code == 500
    assert objects(app, "drafts")
    visitor.get("/report/check")
    visitor.send("/report/send")
    assert visitor.code
    assert objects(app, "drafts") == []


# While typing


def save(visitor, **typed):
    _, fields = visitor.fields(r"/report\?|/report$")
    data = {**fields, **typed}
    return visitor.client.post("/report/draft", data=data, base_url=visitor.base)


def test_what_is_being_typed_is_kept_and_comes_back(visitor):
    visitor.get("/report")
    assert save(visitor, text="楼", place="", turn="5").status_code == 204
    again = Visitor(visitor.client.application)
    again.client = visitor.client
    again.get("/report")
    assert again.fields(r"/report\?|/report$")[1]["text"] == "楼"


def test_a_slow_save_never_undoes_a_later_one(visitor):
    visitor.get("/report")
    save(visitor, text="第二次", turn="20")
    assert save(visitor, text="第一次", turn="10").status_code == 409
    visitor.get("/report")
    assert visitor.fields(r"/report\?|/report$")[1]["text"] == "第二次"


def test_a_save_that_comes_after_the_sending_leaves_no_draft(visitor, session):
    visitor.get("/report")
    _, fields = visitor.fields(r"/report\?|/report$")
    visitor.send(r"/report\?|/report$", text="门被锁住", place="纸箱路", turn="10")
    visitor.evidence()
    visitor.send("/report/send")
    late = {**fields, "text": "门被锁住", "place": "纸箱路", "turn": "99"}
    answer = visitor.client.post("/report/draft", data=late, base_url=visitor.base)
    assert answer.status_code == 410  # the page says so
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.promise(2)
def test_a_save_that_comes_after_the_clearing_brings_nothing_back(visitor, session):
    """Leaving the field saves, the press clears: the save may come second."""
    visitor.get("/report")
    _, fields = visitor.fields(r"/report\?|/report$")
    save(visitor, text="门被锁住", turn="10")
    visitor.get("/report")
    visitor.send("/report/clear")
    late = {**fields, "text": "门被锁住", "place": "纸箱路", "turn": "11"}
    answer = visitor.client.post("/report/draft", data=late, base_url=visitor.base)
    assert answer.status_code == 410  # the page says so
    assert "Set-Cookie" not in answer.headers
    # What is left holds no word: a kept draft has at least the keys of its form.
    session.rollback()
    assert session.scalar(select(func.octet_length(Draft.body))) < 70
    visitor.get("/report")
    again = visitor.fields(r"/report\?|/report$")[1]
    assert again["text"] == ""
    assert again["nonce"] != fields["nonce"]
    # Nor does a cookie that came back with the answer of a save before it.
    visitor.client.set_cookie("draft", fields["nonce"])
    visitor.get("/report")
    again = visitor.fields(r"/report\?|/report$")[1]
    assert (again["text"], again["nonce"] == fields["nonce"]) == ("", False)


def test_a_save_without_the_forms_token_keeps_nothing(visitor, session):
    visitor.get("/report")
    assert save(visitor, text="门被锁住", csrf_token="x").status_code == 422
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_a_save_while_a_page_is_filled_in_keeps_the_files_of_the_draft(visitor, app):
    visitor.what_where()
    visitor.evidence([("a.jpg", files.jpeg())], more="1")
    assert "1 file is kept" in visitor.text
    _, fields = visitor.fields("/report/evidence")
    data = {**fields, "relation": "worker", "turn": "5"}
    assert visitor.client.post("/report/draft", data=data, base_url=visitor.base).status_code == 204
    visitor.get("/report/evidence")
    assert "1 file is kept" in visitor.text
    assert visitor.fields("/report/evidence")[1]["relation"] == "worker"
