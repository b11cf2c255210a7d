"""What staff type is kept until it is sent; what they photographed comes with the visit."""

import io

import pytest
from sqlalchemy import func, select

from portal.access.kinds import Actor, Role
from portal.attachments.kinds import Purpose, State
from portal.attachments.models import Attachment
from portal.attachments.queries import facts
from portal.attachments.services import attach
from portal.cases.kinds import State as CaseState
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.queries import events_of
from portal.inspections.models import Inspection
from portal.reports.models import Draft
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock
from tests.unit.test_attachment_records import FILE


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name: Clerk(client_for(city.actors[name]))


@pytest.fixture
def filed(city):
    return city.in_hand()


def typing(clerk, case, move, **typed):
    """Send what the page's script would send while somebody types."""
    clerk.go(f"/staff/cases/{case}/{move}")
    form = clerk.form(f"/{move}")
    data = {**dict(form.fields), **typed}
    return clerk.client.post(f"/staff/cases/{case}/{move}/draft", data=data).status_code


def drafts(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Draft))


def test_what_was_typed_into_a_move_stands_there_again_for_its_writer_alone(clerk, filed, session):
    member, other = clerk("member"), clerk("second_member")
    typed = {"finding": "二楼的门被铁链锁住", "hazards-0-description": "出口被锁"}
    assert typing(member, filed.case_id, "inspect", **typed) == 204
    member.go(f"/staff/cases/{filed.case_id}/inspect")
    fields = dict(member.form("/inspect").fields)
    assert {name: fields[name] for name in typed} == typed
    assert "did not send it" in member.text
    other.go(f"/staff/cases/{filed.case_id}/inspect")
    assert dict(other.form("/inspect").fields)["finding"] == ""
    assert "did not send it" not in other.text
    assert drafts(session) == 1


def test_the_draft_is_unreadable_in_the_database(clerk, filed, session):
    typing(clerk("member"), filed.case_id, "note", body="只给自己看的话")
    session.rollback()
    assert "只给自己看的话".encode() not in session.scalars(select(Draft)).one().body


def test_a_reply_begun_on_the_case_page_is_there_again_and_gone_once_sent(clerk, filed, session):
    member = clerk("member").go(f"/staff/cases/{filed.case_id}")
    data = {"body": "我们明天去看。", "seen": dict(member.form("/answer").fields)["seen"]}
    path = f"/staff/cases/{filed.case_id}/answer/draft"
    assert member.client.post(path, data=data).status_code == 204
    member.go(f"/staff/cases/{filed.case_id}")
    assert dict(member.form("/answer").fields)["body"] == "我们明天去看。"
    member.send("/answer")
    member.send("/answer", button=("step", "send"))
    assert member.status == 200, member.text[:300]
    assert drafts(session) == 0
    member.go(f"/staff/cases/{filed.case_id}")
    assert dict(member.form("/answer").fields)["body"] == ""


def test_a_refusal_begun_beside_a_report_is_there_again_and_gone_once_sent(clerk, city, session):
    filed = city.file()
    desk, address = clerk("dispatcher"), f"/staff/intake/{filed.case_id}"
    typed = {
        **dict(desk.go(address).form("/refuse").fields),
        "explanation": "不归我们管，请打 12345。",
    }
    path = f"/staff/cases/{filed.case_id}/refuse/draft"
    assert f'data-save-url="{path}"' in desk.html
    assert desk.client.post(path, data=typed).status_code == 204
    fields = dict(desk.go(address).form("/refuse").fields)
    assert fields["explanation"] == typed["explanation"]
    assert "did not send it" in desk.text
    desk.send("/refuse", reason_code="not_work_safety")
    assert session.get_one(Case, filed.case_id).state is CaseState.CLOSED
    assert drafts(session) == 0


def test_a_save_on_its_way_when_the_move_was_sent_brings_nothing_back(clerk, filed, session):
    member = clerk("member").go(f"/staff/cases/{filed.case_id}/note")
    late = {**dict(member.form("/note").fields), "body": "记一笔"}
    member.send("/note", body="记一笔")
    assert member.status == 200
    path = f"/staff/cases/{filed.case_id}/note/draft"
    assert member.client.post(path, data=late).status_code == 410
    assert drafts(session) == 0


def test_what_others_did_since_is_shown_when_a_kept_text_is_sent(clerk, filed, city):
    member = clerk("member")
    typing(member, filed.case_id, "note", body="门还锁着")
    city.move(city.second_member, c.Note, filed.case_id, body="我刚打过电话")
    member.go(f"/staff/cases/{filed.case_id}/note")
    member.send("/note")
    assert member.status == 409
    assert "我刚打过电话" in member.text
    assert dict(member.form("/note").fields)["body"] == "门还锁着"


def test_a_kept_text_can_be_forgotten(clerk, filed, session):
    member = clerk("member")
    typing(member, filed.case_id, "note", body="门还锁着")
    member.go(f"/staff/cases/{filed.case_id}/note")
    member.send("/note/draft", button=("drop", "1"))
    assert member.status == 200
    assert dict(member.form("/note").fields)["body"] == ""
    assert drafts(session) == 0


def test_who_may_not_see_a_case_keeps_no_draft_there(clerk, filed, session):
    outsider = clerk("other_member")
    path = f"/staff/cases/{filed.case_id}/note/draft"
    assert outsider.client.post(path, data={"body": "x"}).status_code == 404
    assert drafts(session) == 0


# Photos of a visit


def visit(clerk, city, case, content, **typed):
    clerk.go(f"/staff/cases/{case}/inspect")
    people = [str(city.actors[who].person_id) for who in ("member", "second_member")]
    data = {
        **dict(clerk.form("/inspect").fields),
        "inspectors": people,
        "finding": "楼梯门上有铁链",
        "files": [(io.BytesIO(body), name) for name, body in content],
        **typed,
    }
    answer = clerk.client.post(
        f"/staff/cases/{case}/inspect",
        data=data,
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    return clerk._seen(answer)


def test_photos_of_a_visit_are_cleaned_and_stand_in_its_event_and_on_the_page(
    clerk, filed, city, session
):
    member = clerk("member")
    visit(member, city, filed.case_id, [("IMG.jpg", files.jpeg(exif=files.exif()))])
    assert member.status == 200, member.text[:400]
    session.rollback()
    row = session.scalars(select(Attachment)).one()
    inspection = session.scalars(select(Inspection)).one()
    assert (row.purpose, row.thing_id, row.state) == (
        Purpose.INSPECTION,
        inspection.id,
        State.SHOWN,
    )
    told = [e for e in events_of(session, filed.case_id) if e.kind is EventKind.INSPECTED]
    assert told[-1].payload["files"][0]["copy_sha256"] == row.copy_sha256
    assert "Visit of 11-10" in member.text
    shown = member.client.get(f"/staff/cases/{filed.case_id}/files/{row.id}")
    assert shown.mimetype == "image/jpeg"
    assert b"SecretPhone" not in shown.data


def test_a_visit_that_lacks_something_takes_no_photo_in_and_keeps_the_words(
    clerk, filed, city, app, session
):
    member = clerk("member")
    visit(member, city, filed.case_id, [("a.jpg", files.jpeg())], inspectors=[])
    assert member.status == 422
    assert dict(member.form("/inspect").fields)["finding"] == "楼梯门上有铁链"
    assert "Files have to be chosen again." in member.text
    assert list(app.extensions["portal-store"].listing("kept")) == []


def test_a_refused_photo_is_named_at_its_field_and_nothing_is_recorded(
    clerk, filed, city, app, session
):
    member = clerk("member")
    visit(member, city, filed.case_id, [("a.jpg", files.jpeg()), ("leer.jpg", b"")])
    assert member.status == 422
    assert "leer.jpg: The file is empty." in member.text
    assert 'href="#files"' in member.html
    session.rollback()
    assert session.scalars(select(Inspection)).all() == []
    assert list(app.extensions["portal-store"].listing("kept")) == []


def test_who_checks_a_task_sees_what_the_unit_sent_for_it(clerk, filed, city, session):
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    item = city.items(filed.case_id)[0]
    with unit_of_work(session()) as own:
        rows = attach(
            own,
            [FILE],
            case_id=filed.case_id,
            purpose=Purpose.ITEM,
            thing_id=item.id,
            entropy=lambda n: b"\1" * n,
            now=NOON,
        )
        given = tuple(facts(row) for row in rows)
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "", "files": given}
    city.move(unit, c.ReportItemDone, filed.case_id, **done)
    watcher = clerk("supervisor").go(f"/staff/cases/{filed.case_id}/pass_review")
    assert watcher.status == 200
    assert f"Unit, task {item.number}" in watcher.text
