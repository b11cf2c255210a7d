"""The kind by a word, and the questions that follow: asked, checked, kept, shown, not shown."""

import json
import re

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from portal.cases.lifecycle import commands as c
from portal.cases.services import link_token
from portal.filing.forms import EvidenceForm
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete
from portal.history.models import Event, Text
from portal.presets.kinds import Question, QuestionKind, Words
from portal.presets.queries import in_force
from portal.reports.models import Draft, Report
from portal.web.questions import NOT_LISTED, name_of, with_questions
from tests.support.visitor import Visitor

FIRST = r"/report\?|/report$"
#: A word that stands nowhere else.
CANARY = "QZ-夹层东侧"


@pytest.fixture
def visitor(app, city):
    return Visitor(app)


def only_report(session):
    session.rollback()
    return session.scalars(select(Report)).one()


def open_codes(visitor):
    """The kinds that stand open on the page, in their order."""
    part = visitor.html.split("data-find-open")[1].split("data-find-rest")[0]
    return [piece.split('"')[0] for piece in part.split('value="')[1:]]


def test_a_word_finds_the_kind_without_script_and_what_is_typed_stays(visitor, session):
    visitor.get("/report")
    visitor.send(FIRST, text="", place="纸箱路", sought="電瓶車", find="1")
    assert visitor.page.status_code == 200
    assert re.search(r"\d+ kinds? fits?", visitor.text)
    assert open_codes(visitor)[:2] == ["", "ebike.indoor_charging"]
    assert visitor.fields(FIRST)[1]["place"] == "纸箱路"
    visitor.send(FIRST, text="楼道里充电", category="ebike.indoor_charging")
    visitor.evidence()
    visitor.send("/report/send")
    report = only_report(session)
    assert report.claimed_category == "ebike.indoor_charging"
    words = session.scalars(select(Text.body)).all()
    assert not [body for body in words if body and "電瓶車" in body]  # no part of the report


def test_a_word_that_was_not_looked_for_yet_is_looked_for_once_and_never_stops_anybody(visitor):
    visitor.what_where(sought="lift")
    assert visitor.page.request.path == "/report"
    assert open_codes(visitor)[1] == "special.elevator"
    visitor.send(FIRST)
    assert visitor.page.request.path == "/report/evidence"
    other = Visitor(visitor.client.application)
    other.what_where(sought="xq zzz")  # nothing is found: nothing to look at
    assert other.page.request.path == "/report/evidence"


def test_nothing_found_says_so_and_offers_the_common_kinds(visitor):
    visitor.get("/report")
    visitor.send(FIRST, sought="xq zzz", find="1")
    assert "No kind fits these words." in visitor.text
    assert len(open_codes(visitor)) == 9


def test_the_pages_script_gets_the_same_kinds_and_nothing_is_kept(visitor, session):
    visitor.get("/report")
    _address, fields = visitor.fields(FIRST)
    asked = {**fields, "sought": "workers without ropes on a roof"}
    answer = visitor.client.post("/report/kinds?lang=en", data=asked, base_url=visitor.base)
    assert answer.get_json()["codes"][0] == "con.no_ppe"
    assert "fit" in answer.get_json()["said"]
    assert "Set-Cookie" not in answer.headers
    for lacking in ({"csrf_token": "x"}, {"nonce": ""}):
        refused = visitor.client.post(
            "/report/kinds", data={**asked, **lacking}, base_url=visitor.base
        )
        assert refused.status_code == 422
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_answers_are_kept_under_the_taxonomys_version_and_shown_to_handlers_alone(
    visitor, session, city, client_for
):
    visitor.what_where(category="fire.dorm_in_workshop")
    assert "About how many people are usually there?" in visitor.text
    visitor.send(
        "/report/evidence", q_people_count="约 ２０ 人", q_night_day="night", q_floor=CANARY
    )
    assert visitor.page.status_code == 422
    assert "Write a whole number" in visitor.text
    assert visitor.fields("/report/evidence")[1]["q_floor"] == CANARY
    visitor.send("/report/evidence", q_people_count="２０")
    for line in ("At night", "２０", CANARY):
        assert line in visitor.text
    visitor.send("/report/send")
    report = only_report(session)
    version = in_force(session(), now()).taxonomy.version
    body = session.scalar(select(Text.body).where(Text.id == report.answers_text_id))
    assert json.loads(body) == {
        "taxonomy": version,
        "category": "fire.dorm_in_workshop",
        "answers": {"people_count": "２０", "night_day": "night", "floor": CANARY},
    }
    # Words stand in no event: what is erased must be gone.
    events = session.scalars(select(Event.payload)).all()
    assert CANARY not in json.dumps(events, ensure_ascii=False)
    case_id = report.case_id
    for page in (f"/staff/cases/{case_id}", f"/staff/intake/{case_id}"):
        text = client_for(city.dispatcher).get(page).get_data(as_text=True)
        assert "At night" in text, page
        assert CANARY in text, page


def test_no_answer_reaches_the_unit(city, app):
    filed = city.file(claimed_category="fire.dorm_in_workshop", answers={"floor": CANARY})
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    city.move(city.lead, c.SignFor, filed.case_id)
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    unit = app.test_client().get(f"/unit/{link_token(book.id)}").get_data(as_text=True)
    assert "示例包装有限公司" in unit
    assert CANARY not in unit


def test_answers_to_questions_of_a_kind_that_was_given_up_are_not_sent(visitor, session):
    visitor.what_where(category="fire.dorm_in_workshop")
    visitor.send("/report/evidence", q_floor=CANARY, q_night_day="unsure")
    visitor.get("/report")
    visitor.send(FIRST, category="special.elevator")
    assert "On which floor" not in visitor.text
    visitor.send("/report/evidence", q_injured="unsure")
    assert "Not sure" in visitor.text
    visitor.send("/report/send")
    report = only_report(session)
    body = session.scalar(select(Text.body).where(Text.id == report.answers_text_id))
    assert json.loads(body)["answers"] == {"injured": "unsure"}


def test_an_answer_that_no_page_offers_is_refused_by_form_and_service(visitor, city):
    visitor.what_where(category="special.elevator")
    visitor.send("/report/evidence", q_injured="perhaps")
    assert visitor.page.status_code == 422
    assert 'href="#q_injured"' in visitor.html
    for answers in ({"injured": "perhaps"}, {"floor": "三楼"}, {"injured": ""}):
        with pytest.raises(Incomplete):
            city.file(claimed_category="special.elevator", answers=answers)


def test_a_page_whose_draft_has_died_keeps_its_answers(visitor, session):
    visitor.what_where(category="special.elevator")
    _address, fields = visitor.fields("/report/evidence")
    session.execute(Draft.__table__.delete())
    session.commit()
    visitor.post("/report/evidence", {**fields, "q_injured": "yes"})
    visitor.get("/report")
    assert visitor.fields(FIRST)[1]["category"] == "special.elevator"
    visitor.send(FIRST, text="电梯困人", place="纸箱路")
    assert visitor.fields("/report/evidence")[1]["q_injured"] == "yes"


@pytest.mark.trap(23)
@pytest.mark.parametrize("count", [2, 8, 9, 10, 11, 99, 200])
def test_a_question_with_any_number_of_answers_takes_each_and_no_other(app, count):
    options = {f"o{number}": Words(f"第{number}", f"No. {number}") for number in range(count)}
    one = Question(
        code="which", kind=QuestionKind.CHOICE, name=Words("哪个", "Which"), options=options
    )
    with app.test_request_context():
        kind = with_questions(EvidenceForm, [one], "en")

        def sent(value):
            data = MultiDict({name_of(one): value, "relation": ""})
            form = kind(data, meta={"csrf": False})
            form.relation.choices = [("", "")]
            return form

        for value in (*options, "unsure", ""):
            form = sent(value)
            assert form.validate(), (value, form.errors)
            assert form[name_of(one)].data == value
        for value in (f"o{count}", "o", "0", "None", "o0 "):
            form = sent(value)
            assert not form.validate(), value
            assert form.errors[name_of(one)] == [str(NOT_LISTED)]


@pytest.mark.trap(23)
def test_what_is_required_is_asked_for_however_many_kinds_and_places_there_are(visitor):
    """Both lists are longer than nine: text and place are asked for all the same."""
    preset = in_force(_session(), now())
    assert len(preset.taxonomy.categories) > 60
    for code in list(preset.taxonomy.categories)[:: len(preset.taxonomy.categories) // 6]:
        visitor.what_where(text="", place="", category=code)
        assert visitor.page.status_code == 422
        assert 'href="#text"' in visitor.html
        assert 'href="#place"' in visitor.html


def _session():
    return db.session()


def test_every_kind_has_one_question_to_three(visitor, app):
    preset = in_force(_session(), now())
    for category in preset.taxonomy.categories.values():
        assert 1 <= len(category.questions) <= 3, category.code
