"""A unit's task book behind its link, through real requests."""

import logging
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text

from portal.access.kinds import Actor, Role
from portal.cases.lifecycle import commands as c
from portal.cases.models import Objection
from portal.cases.services import link_token
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.history.queries import events_of, words
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import LinkUse, TaskBook
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.files import jpeg


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Let the pages' clock stand at NOON; `clock.at` moves it."""

    class Clock:
        at = NOON

        def __call__(self):
            return self.at

    stands = Clock()
    for room in ("enterprise.views", "web.site", "web.uploads"):
        monkeypatch.setattr(f"portal.{room}.now", stands)
    return stands


class Unit:
    """A browser with a link."""

    def __init__(self, client, token):
        self.client, self.token = client, token

    def get(self, path="", **more):
        return self.client.get(f"/unit/{self.token}{path}", **more)

    def fields(self, path):
        """Return what the form that goes to `path` holds as the page comes."""
        page = self.get(query_string={"lang": "en"}).text
        found = [
            part.split("</form>")[0]
            for part in page.split("<form")[1:]
            if f"/unit/{self.token}{path}" in part.split(">")[0]
        ]
        assert len(found) == 1, f"no form for {path}"
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
        return dict(hidden)

    def post(self, path, prefix, fields=None, **typed):
        sent = fields if fields is not None else self.fields(path)
        data = {**sent, **{f"{prefix}-{name}": value for name, value in typed.items()}}
        return self.client.post(f"/unit/{self.token}{path}?lang=en", data=data)


@pytest.fixture
def given(city):
    """A case with a task book of two items: (what filing gave, the book, its items)."""
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id, hazards=2))
    return filed, book, city.items(filed.case_id)


@pytest.fixture
def unit(app, given):
    return Unit(app.test_client(), link_token(given[1].id))


WHO = {"name": "刘工", "post": "安全员"}


def sign(unit):
    return unit.post("/sign", "sign", **WHO)


def done(unit, item, number=1, **typed):
    typed = {"statement": "链条锁已拆除", **WHO, **typed}
    return unit.post(f"/items/{item.id}/done", f"task{number}", **typed)


def test_the_page_shows_the_book_and_its_tasks(unit, given):
    page = unit.get(query_string={"lang": "en"})
    assert page.status_code == 200
    assert given[1].number in page.text
    assert page.text.count("拆除铁链</h2>") == 2
    assert "厂长" in page.text
    assert "Signing means received, not agreed." in page.text


def test_signing_is_recorded_with_name_and_post_and_shown_to_the_group(unit, given, city):
    filed, book, _items = given
    assert sign(unit).status_code == 303
    assert "刘工 · 安全员" in unit.get().text
    use = db.session.scalar(select(LinkUse))
    assert (use.act, use.task_book_id) == ("signed", book.id)
    assert words(db.session(), [use.who_text_id])[use.who_text_id] == "刘工\n安全员"
    assert events_of(db.session(), filed.case_id)[-1].role == "unit"


def test_a_second_press_of_one_button_shows_the_first_result(unit, given):
    fields = unit.fields("/sign")
    first = unit.post("/sign", "sign", fields, **WHO)
    second = unit.post("/sign", "sign", fields, **WHO)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(db.session.scalars(select(LinkUse)).all()) == 1


def test_somebody_else_cannot_sign_again(unit, given):
    fields = unit.fields("/sign")
    sign(unit)
    again = unit.post("/sign", "sign", fields, name="王某", post="经理")
    assert again.status_code == 422
    assert len(db.session.scalars(select(LinkUse)).all()) == 1


def test_an_item_is_reported_done_with_words_and_a_photo(unit, given, city):
    filed, _book, items = given
    photo = (BytesIO(jpeg()), "锁.jpg")
    answer = done(unit, items[0], photos=photo)
    assert answer.status_code == 303, answer.text
    item = city.items(filed.case_id)[0]
    assert item.state is ItemState.REPORTED
    event = events_of(db.session(), filed.case_id)[-1]
    assert [file["purpose"] for file in event.payload["files"]] == ["item"]
    assert event.payload["files"][0]["original_sha256"]
    page = unit.get(query_string={"lang": "en"}).text
    assert "链条锁已拆除" in page
    source = re.search(r'<img src="([^"]+)"', page)[1].replace("&amp;", "&")
    picture = unit.client.get(source)
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")


def test_without_words_and_photo_the_field_says_what_lacks(unit, given):
    answer = done(unit, given[2][0], statement="  ")
    assert answer.status_code == 422
    assert "Say what shows it, or add a photo." in answer.text
    assert 'value="刘工"' in answer.text


def test_a_file_that_is_refused_keeps_words_and_names_the_file(unit, given, city):
    answer = done(unit, given[2][0], photos=(BytesIO(b""), "空.jpg"))
    assert answer.status_code == 422
    assert "空.jpg" in answer.text
    assert "链条锁已拆除" in answer.text
    assert city.items(given[0].case_id)[0].state is ItemState.WITH_UNIT


def test_an_older_tab_is_told_and_keeps_its_text(unit, given, city):
    filed, _book, items = given
    path = f"/items/{items[0].id}/done"
    old = unit.fields(path)
    done(unit, items[0])
    city.move(
        city.lead,
        c.FailReview,
        filed.case_id,
        item_id=items[0].id,
        opinion="二层平台还有三桶油漆。",
        new_due_on=(NOON + timedelta(days=3)).date(),
        on_site=True,
    )
    stale = unit.post(path, "task1", old, statement="旧页面里写的话", **WHO)
    assert stale.status_code == 409
    assert "旧页面里写的话" in stale.text
    assert "二层平台还有三桶油漆。" in stale.text
    assert city.items(filed.case_id)[0].state is ItemState.WITH_UNIT
    # The page that came back can be sent as it is.
    fresh = dict(re.findall(r'type="hidden" name="(task1-[^"]+)" value="([^"]*)"', stale.text))
    assert unit.post(path, "task1", fresh, statement="旧页面里写的话", **WHO).status_code == 303


def test_what_a_reporter_does_meanwhile_does_not_make_the_page_old(unit, given, city):
    filed, _book, items = given
    path = f"/items/{items[0].id}/done"
    fields = unit.fields(path)
    city.move(
        city.reporter(filed.report_id), c.Ask, filed.case_id, report_id=filed.report_id, body="？"
    )
    assert unit.post(path, "task1", fields, statement="做完了", **WHO).status_code == 303


def test_a_unit_objects_once_and_reads_the_ruling(unit, given, city):
    filed, book, _items = given
    assert unit.post("/object", "object", body="这不是我们的门。", **WHO).status_code == 303
    objection = db.session.scalar(select(Objection))
    assert objection.task_book_id == book.id
    assert [use.act for use in db.session.scalars(select(LinkUse))] == ["objected"]
    assert "Disagree with a finding" not in unit.get(query_string={"lang": "en"}).text
    city.move(
        city.director,
        c.DecideObjection,
        filed.case_id,
        objection_id=objection.id,
        upheld=False,
        reason="门牌与登记一致。",
    )
    page = unit.get(query_string={"lang": "en"}).text
    assert "Decided: it stays as it is." in page
    assert "门牌与登记一致。" in page


@pytest.mark.trap(15)
def test_an_upheld_objection_to_a_task_withdraws_it_by_the_same_press(unit, given, city):
    filed, book, items = given
    path = f"/items/{items[0].id}/object"
    fields, said = unit.fields(path), {"body": "这道门不是我们的。", **WHO}
    assert unit.post(path, "wrong1", fields, **said).status_code == 303
    # Sent twice it is taken once; another word on the same task is kept and not sent.
    assert unit.post(path, "wrong1", fields, **said).status_code == 303
    again = unit.post(path, "wrong1", fields, **said | {"body": "再说一次"})
    assert again.status_code == 422 and "再说一次" in again.text
    objection = db.session.scalars(select(Objection)).one()
    assert (objection.task_book_id, objection.item_id) == (book.id, items[0].id)
    page = unit.get(query_string={"lang": "en"}).text
    assert "You disagreed with this task" in page
    # The other task and the book as a whole can still be objected to.
    assert f"/items/{items[1].id}/object" in page and "Disagree with a finding" in page
    ruling = {"objection_id": objection.id, "upheld": True, "reason": "门属相邻单位。"}
    # By person: who visited decides nothing, in whatever office.
    twin = replace(city.director, person_id=city.second_member.person_id)
    with pytest.raises(OutOfTurn) as refused:
        city.move(twin, c.DecideObjection, filed.case_id, **ruling)
    assert refused.value.args[0] == "had_part"
    city.move(city.director, c.DecideObjection, filed.case_id, **ruling)
    db.session.expire_all()
    states = {item.id: item.state for item in city.items(filed.case_id)}
    assert states == {items[0].id: ItemState.WITHDRAWN, items[1].id: ItemState.WITH_UNIT}
    events = events_of(db.session, filed.case_id)[-2:]
    assert [event.kind.value for event in events] == ["objection_decided", "item_withdrawn"]
    assert {event.person_id for event in events} == {city.director.person_id}
    page = unit.get(query_string={"lang": "en"}).text
    assert "Decided: you were right." in page and "门属相邻单位。" in page
    assert_row_is_replay(db.session, filed.case_id)


@pytest.mark.parametrize("missing", ["name", "post", "body"])
def test_an_objection_needs_person_and_words(unit, missing):
    typed = {"body": "不对", **WHO, missing: ""}
    assert unit.post("/object", "object", **typed).status_code == 422


@pytest.mark.parametrize("path", ["/sign", "/object"])
def test_a_form_without_its_token_changes_nothing(unit, given, path):
    answer = unit.post(path, path[1:], {}, body="x", **WHO)
    assert answer.status_code == 422
    assert db.session.scalar(select(LinkUse)) is None


def test_a_token_of_another_link_is_refused(unit, given, city, app):
    other = city.in_hand()
    book = city.book(other.case_id, city.inspected(other.case_id))
    fields = Unit(app.test_client(), link_token(book.id)).fields("/sign")
    assert unit.post("/sign", "sign", fields, **WHO).status_code == 422


def test_one_book_s_link_does_not_reach_another_book_of_the_same_case(unit, given, city):
    filed, _book, _items = given
    later = NOON + timedelta(hours=1)
    second = city.book(filed.case_id, city.inspected(filed.case_id, now=later), now=later)
    item = next(i for i in city.items(filed.case_id) if i.task_book_id == second.id)
    fields = unit.fields("/sign")
    answer = unit.post(f"/items/{item.id}/done", "task1", fields, statement="x", **WHO)
    assert answer.status_code == 404
    elsewhere = Actor(role=Role.UNIT, task_book_id=given[1].id)
    with pytest.raises(Incomplete):
        city.move(elsewhere, c.ReportItemDone, filed.case_id, item_id=item.id, statement="x", **WHO)
    with pytest.raises(Incomplete):
        city.move(elsewhere, c.SignTaskBook, filed.case_id, task_book_id=second.id, **WHO)
    with pytest.raises(Incomplete):
        city.move(elsewhere, c.Object, filed.case_id, task_book_id=second.id, body="x", **WHO)


@pytest.mark.trap(40)
def test_wrong_revoked_and_expired_links_answer_alike(unit, given, city, app, clock):
    filed, book, _items = given
    client = app.test_client()

    def answer(token, path=""):
        got = client.get(f"/unit/{token}{path}?lang=en")
        return got.status_code, got.text.replace(token, "TOKEN"), sorted(got.headers.keys())

    assert unit.get().status_code == 200
    wrong = answer("0" * 32)
    assert wrong[0] == 404
    city.move(city.lead, c.RevokeLink, filed.case_id, task_book_id=book.id, reason="丢了")
    assert answer(unit.token) == wrong
    assert answer(unit.token, "/print")[0] == 404
    assert answer("x" * 5000)[0] == 404
    assert answer("任务书")[0] == 404
    other = city.in_hand()
    dead = city.book(other.case_id, city.inspected(other.case_id))
    token = link_token(dead.id)
    city.move(
        city.lead,
        c.ReferAccident,
        other.case_id,
        office="emergency_bureau",
        handover="函 1 号",
        explanation="事故",
    )
    clock.at = NOON + timedelta(days=30) - timedelta(seconds=1)
    assert client.get(f"/unit/{token}").status_code == 200
    clock.at = NOON + timedelta(days=30)
    assert answer(token) == wrong


def test_after_closing_the_page_reads_and_takes_nothing(unit, given, city):
    filed, _book, items = given
    sign_fields = unit.fields("/sign")
    fields = unit.fields(f"/items/{items[0].id}/done")
    city.move(
        city.lead,
        c.ReferAccident,
        filed.case_id,
        office="emergency_bureau",
        handover="函 1 号",
        explanation="事故",
    )
    page = unit.get(query_string={"lang": "en"}).text
    assert "Report this task done" not in page
    assert "Sign for it" not in page
    late = unit.post(f"/items/{items[0].id}/done", "task1", fields, statement="迟到的话", **WHO)
    assert late.status_code == 409
    assert "迟到的话" in late.text
    assert unit.post("/sign", "sign", sign_fields, **WHO).status_code == 409


def test_the_address_of_a_link_is_not_sent_on_and_not_kept_by_caches(unit):
    headers = unit.get().headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


def test_a_fault_does_not_write_the_token_to_the_log(unit, caplog, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError(f"broken at {unit.token}")

    # Whatever another test of this process did to the loggers that all share.
    own = logging.Logger("own")
    own.addHandler(caplog.handler)
    monkeypatch.setattr("portal.web.refusals.log", own)
    monkeypatch.setattr("portal.enterprise.views.book_page", broken)
    assert unit.get().status_code == 500
    assert "fault" in caplog.text
    assert unit.token not in caplog.text


def test_opening_the_link_writes_nothing(unit, superuser):
    count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
    with superuser.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        before = connection.scalar(text(count))
        for _ in range(3):
            unit.get()
            unit.get("/print")
        assert connection.scalar(text(count)) == before
    assert db.session.scalar(select(LinkUse)) is None


def test_the_check_code_changes_with_tasks_and_dates_only(unit, given, city):
    filed, _book, items = given

    def code():
        return re.search(r"Check code (\d{4} \d{4})", unit.get(query_string={"lang": "en"}).text)[1]

    before = code()
    assert before in unit.get("/print", query_string={"lang": "en"}).text
    done(unit, items[0])
    assert code() == before
    city.move(
        city.lead,
        c.FailReview,
        filed.case_id,
        item_id=items[0].id,
        opinion="还差",
        new_due_on=(NOON + timedelta(days=3)).date(),
        on_site=True,
    )
    assert code() != before


def test_the_paper_carries_the_public_address_whatever_host_was_asked(unit, app):
    page = unit.get("/print", headers={"Host": "evil.example"}).text
    assert "evil.example" not in page
    assert f"{app.config['PORTAL_SETTINGS'].public_url}/unit/{unit.token}" in page


HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE cases; --",
    "{{ 7*7 }}",
    "\u202eevil\u202c",
    "a\x00b",
    "𠀀𠮷" * 3,
    "%(name)s %s %d",
    "=HYPERLINK(1)",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "\r\nBcc: x@example.org",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_come_back_as_words(unit, given, city, hostile):
    filed, _book, items = given
    answer = unit.post(
        f"/items/{items[0].id}/done", "task1", statement=hostile, name=hostile, post=hostile
    )
    assert answer.status_code == 303, answer.text
    page = unit.get(query_string={"lang": "en"}).text
    assert "<script>alert" not in page
    item = city.items(filed.case_id)[0]
    kept = words(db.session(), [item.statement_text_id])[item.statement_text_id]
    assert kept == hostile.replace("\x00", "\ufffd").replace("\r\n", "\n").strip()


def test_a_link_acts_as_the_unit_even_for_signed_in_staff(client_for, city, given):
    unit = Unit(client_for(city.lead), link_token(given[1].id))
    sign(unit)
    assert events_of(db.session(), given[0].case_id)[-1].role == "unit"
    assert events_of(db.session(), given[0].case_id)[-1].account_id is None


def test_the_database_holds_the_link_only_as_a_hash(unit, given, superuser):
    with superuser.connect() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        for table in tables:
            rows = connection.scalars(text(f'SELECT t::text FROM "{table}" t')).all()
            assert not any(unit.token in row for row in rows), table
    assert db.session.scalar(select(TaskBook.token_hash).where(TaskBook.id == given[1].id))
