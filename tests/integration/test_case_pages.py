"""The case page and the page of every move, as somebody without script uses them."""

import re
from dataclasses import MISSING, fields
from datetime import timedelta
from io import BytesIO

import pytest

from portal.access.kinds import Actor, Role
from portal.cases import queries
from portal.cases.kinds import REASONS, STEPS, Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.moves import MOVES
from portal.cases.models import Case
from portal.cases.services import link_token, move_case
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import finish
from portal.handling.forms.moves import MOVE_FORMS, ONE_PRESS
from portal.handling.forms.words import EFFECTS, PANEL
from portal.handling.forms.words import MOVES as WORDS
from portal.handling.views._timeline import EVENTS
from portal.history.kinds import EventKind
from portal.history.queries import events_of
from portal.units.services import declare_tie
from tests.support import files
from tests.support.city import NOON, TEXT
from tests.support.clerk import Clerk
from tests.support.scene import Scene
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

HANDLERS = ("lead", "member", "supervisor", "other_member", "director", "auditor", "dispatcher")
MOVE_LINK = re.compile(r'(?:href|action)="/staff/cases/[0-9a-f-]{36}/([a-z_]+)[?"]')
#: What units, reporters and timers do: no page of staff; and a button of the ladder.
NOT_STAFF = {
    "take_evidence",
    "withdraw", "object", "rate", "sign_task_book", "report_item_done", "report_interim", "breach",
    "claim_reward", "lapse_reward",
}  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name: Clerk(client_for(city.actors[name]))


def blank(command, case_id, seen):
    """A command of which nothing is filled in."""
    empty = {"str": "", "bool": False, "tuple": ()}
    values = {"case_id": case_id, "seen": seen}
    for one in fields(command):
        if one.name in values or one.default is not MISSING:
            continue
        kind = str(one.type)
        values[one.name] = next((v for k, v in empty.items() if kind.startswith(k)), None)
    if command is c.AssessRisk:
        values["method"] = "matrix"
    return command(**values)


def is_open_to(session, actor, move, case_id, now):
    """Ask the service itself: what it only finds incomplete is open."""
    seen = session.get_one(Case, case_id).version
    try:
        move_case(session(), actor, blank(move.command, case_id, seen), now=now)
    except Incomplete:
        return True
    except (OutOfTurn, NotAllowed, NotFound):
        return False
    finally:
        finish(session(), keep=False)
    return True


def cases_in_every_state(city):
    """Walk one case into each state, and into what matters besides."""
    received, assigned, in_hand = city.file(), city.file(), city.in_hand()
    city.accepted(assigned.case_id)
    city.dispatched(assigned.case_id)
    rectifying, reviewing = city.in_hand(), city.in_hand()
    for filed in (rectifying, reviewing):
        book = city.book(filed.case_id, city.inspected(filed.case_id, hazards=2))
        unit = Actor(role=Role.UNIT, task_book_id=book.id)
        items = city.items(filed.case_id)
        for item in items if filed is reviewing else items[:1]:
            done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "已改"}
            city.move(unit, c.ReportItemDone, filed.case_id, **done)
    closed = city.closed()
    objected = city.closed()
    city.move(city.reporter(objected.report_id), c.Object, objected.case_id, body="没去二楼")
    asked = city.in_hand()
    city.move(city.lead, c.ReturnDispatch, asked.case_id, reason="不归我们管")
    city.dispatched(asked.case_id)
    city.move(city.lead, c.AskReturn, asked.case_id, reason="还是不归我们管")
    answered = city.in_hand()
    verified = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    city.move(city.lead, c.Verify, answered.case_id, **verified)
    city.move(city.lead, c.Pause, answered.case_id, reason_code="force_majeure", reason="台风")
    back = city.in_hand()
    city.move(city.lead, c.ReturnDispatch, back.case_id, reason="不归我们管")
    city.dispatched(back.case_id)
    ending = city.in_hand()
    city.move(city.lead, c.Verify, ending.case_id, **verified)
    city.move(city.lead, c.Conclude, ending.case_id, answers=((ending.report_id, "没有"),))
    away = city.file()
    given = {"office": "ecology", "handover": "函", "explanation": "归他们管"}
    city.move(city.dispatcher, c.TransferOut, away.case_id, **given)
    found = [
        back,
        away,
        ending,
        received,
        assigned,
        in_hand,
        rectifying,
        reviewing,
        closed,
        objected,
        asked,
        answered,
    ]
    return [*(filed.case_id for filed in found), on_the_ladder(city)]


def on_the_ladder(city):
    """A case with a commitment of one interview, and another that was not held yet."""
    case_id = Scene(None, city, None, None).promised()
    said = {"rung": "interview", "link": "authority", "grounds": ("failed",), "reason": "请来"}
    said |= {"skip_reason": "再次未通过", "meeting_on": (NOON + timedelta(days=9)).date()}
    city.move(city.director, s.OrderStep, case_id, step_id=None, **said)
    return case_id


@pytest.mark.trap(15)
def test_the_page_offers_exactly_what_the_service_takes(city, session, clerk):
    states = set()
    for case_id in cases_in_every_state(city):
        states.add(session.get_one(Case, case_id).state)
        for name in HANDLERS:
            page = clerk(name).go(f"/staff/cases/{case_id}")
            if page.status == 404:
                offered = set()
            else:
                panel = page.html.split('class="portal-moves"')[1].split("</section>")[0]
                offered = set(MOVE_LINK.findall(panel))
            taken = {
                move.name
                for move in MOVES
                if move.name not in NOT_STAFF
                and is_open_to(session, city.actors[name], move, case_id, NOON)
            }
            assert offered == taken, (name, session.get_one(Case, case_id).state)
    assert states == set(State)


def test_every_move_of_staff_has_a_form_and_words():
    known = {move.name for move in MOVES} - NOT_STAFF
    assert known == set(MOVE_FORMS) == set(WORDS) == set(EFFECTS) == set(PANEL)
    assert len(PANEL) == len(set(PANEL))
    assert set(EventKind) == set(EVENTS)


def test_every_open_move_has_a_page_and_an_empty_one_is_sent_back_with_the_reason(
    city, session, clerk
):
    walked = set()
    for case_id in cases_in_every_state(city):
        for name in HANDLERS:
            page = clerk(name).go(f"/staff/cases/{case_id}")
            for move in {m for m in MOVE_FORMS if f"/{case_id}/{m}" in page.html} - walked:
                form = clerk(name).go(f"/staff/cases/{case_id}/{move}")
                if form.status == 409:
                    continue
                assert form.status == 200, (name, move)
                walked.add(move)
                if move in {*ONE_PRESS, "split", "resume", "assign_handler"}:
                    continue
                empty = {"seen": str(session.get_one(Case, case_id).version)}
                answer = form.client.post(f"/staff/cases/{case_id}/{move}", data=empty)
                assert answer.status_code == 422, (name, move)
                told = answer.get_data(as_text=True)
                assert "govuk-error-summary" in told, (name, move)
    # There is no picture to show: tests/integration/test_released_pictures.py walks there. Nobody
    # asked for time, nothing is major: tests/security/test_every_form.py walks there.
    elsewhere = {"set_aside", "dispatch", "release_files", "decide_extension", "sign_check"}
    elsewhere |= {"supplement_task", "accept_work", "ask_delisting", "decide_delisting"}
    # No report here has contact details, so none is rewarded: tests/integration/test_rewards.py
    elsewhere |= {"propose_reward", "approve_reward", "end_reward"}
    assert walked | elsewhere >= set(MOVE_FORMS) - {"split"}


def test_a_case_walks_from_the_desk_to_its_end_by_pages_alone(city, session, clerk, clock):
    filed = city.file()
    case_id = filed.case_id
    desk, lead, member = clerk("dispatcher"), clerk("lead"), clerk("member")
    desk.go(f"/staff/intake/{case_id}").send("/sort?")
    assert desk.status == 200, desk.text[:300]
    clock.later(hours=2)
    lead.go(f"/staff/cases/{case_id}").send("/sign_for")
    assert "Signed for. Next: Visit and record it" in lead.text
    # A visit: a second row for a hazard by the button, two of the group as inspectors.
    clock.later(days=1)
    people = [str(city.actors[who].person_id) for who in ("member", "second_member")]
    member.go(f"/staff/cases/{case_id}/inspect")
    seen_there = {"inspectors": people, "finding": "二楼门被锁"}
    first = {"hazards-0-description": "出口被铁链锁住"}
    member.send("/inspect", button=("step", "add hazards"), **seen_there, **first)
    assert member.status == 200
    # Where and by which rule belong to a hazard; typed alone they are asked to say of what.
    where = {"hazards-1-where": "三楼东侧", "hazards-1-basis": "消防法第二十八条"}
    member.send("/inspect", **where)
    assert member.status == 422
    assert "三楼东侧" in member.html
    member.send("/inspect", **where, **{"hazards-1-description": "通道堆了纸卷"})
    assert "hazards found: 2" in member.text
    assert "三楼东侧：通道堆了纸卷 消防法第二十八条" in member.text
    member.go(f"/staff/cases/{case_id}/assess_risk")
    hazard = member.form("/assess_risk")
    chosen = session.scalars(Hazards(case_id)).first()
    member.send("/assess_risk", hazard_id=chosen.id, matrix_L="4", matrix_S="5", reason="有人住")
    assert "Red · severe risk" in member.text
    assert hazard.names >= {"matrix_L", "matrix_S", "lec_L", "lec_E", "lec_C"}
    # A task book to a unit that nobody knew: shown first, then sent by one press.
    member.go(f"/staff/cases/{case_id}/issue_task_book")
    tasks = {
        "items-0-task": "拆除铁链",
        "items-0-responsible": "厂长",
        "items-1-task": "清走纸卷",
        "items-1-responsible": "仓库主管",
        "unit_name": "甲子包装（虚构）",
        "unit_email": "unit@example.org",
    }
    days = dict(member.form("/issue_task_book").fields)
    assert days["items-0-due_on"] < days["items-1-due_on"] == "2026-11-26"
    member.send("/issue_task_book", **tasks)
    assert session.get_one(Case, case_id).task_books == []
    assert "甲子包装（虚构）" in member.text, member.text[:900]
    assert "清走纸卷" in member.text
    member.send("/issue_task_book", button=("step", "send"))
    assert member.status == 200, member.text[:300]
    session.expire_all()
    case = session.get_one(Case, case_id)
    assert case.state is State.RECTIFYING
    unit = Actor(role=Role.UNIT, task_book_id=case.task_books[0].id)
    for item in city.items(case_id):
        done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "已改"}
        city.move(unit, c.ReportItemDone, case_id, **done, now=clock.later(hours=3))
    # Somebody else checks: who inspected and ordered is told why not.
    own = clerk("member").go(f"/staff/cases/{case_id}/pass_review")
    assert own.status == 409
    assert str(REASONS["own_work"]) in own.text
    watcher = clerk("supervisor")
    for item in city.items(case_id):
        watcher.go(f"/staff/cases/{case_id}/pass_review")
        seen = {"item_id": item.id, "opinion": "看过现场", "on_site": "y"}
        photo = (BytesIO(files.jpeg()), "复查.jpg")
        watcher.send("/pass_review", **seen, files=photo)
        assert watcher.status == 200, watcher.text[:300]
    assert "Check of task 1" in watcher.text
    assert "Check of task 2" in watcher.text
    lead.go(f"/staff/cases/{case_id}/verify")
    lead.send("/verify", finding="verified_true", reason="属实")
    lead.go(f"/staff/cases/{case_id}/conclude")
    lead.send("/conclude", **{f"answer-{filed.report_id}": "门已改成推杆门，有人复查过。"})
    assert "门已改成推杆门" in lead.text
    lead.send("/conclude", button=("step", "send"))
    lead.go(f"/staff/cases/{case_id}/close").send("/close", lesson_considered="y")
    assert "checked by someone who did not do the work" in lead.text
    lead.send("/close", button=("step", "send"))
    session.expire_all()
    assert session.get_one(Case, case_id).resolution is Resolution.RECTIFIED


def Hazards(case_id):  # noqa: N802 - a query, read like a table
    from sqlalchemy import select

    from portal.inspections.models import Hazard

    return select(Hazard).where(Hazard.case_id == case_id).order_by(Hazard.number)


def test_what_reaches_somebody_outside_is_shown_before_it_goes(city, session, clerk):
    filed = city.in_hand()
    desk = clerk("lead").go(f"/staff/cases/{filed.case_id}/answer")
    before = session.get_one(Case, filed.case_id).version
    desk.send("/answer", body="我们明天去看")
    assert (desk.status, "Check before it goes out" in desk.text) == (200, True)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).version == before
    desk.send("/answer", button=("step", "edit"))
    assert dict(desk.form("/answer").fields)["body"] == "我们明天去看"
    desk.send("/answer").send("/answer", button=("step", "send"))
    session.expire_all()
    assert session.get_one(Case, filed.case_id).version == before + 1


@pytest.mark.trap(56)
def test_a_colleague_was_faster_and_the_text_survives_with_a_way_to_send_it(city, session, clerk):
    filed = city.in_hand()
    slow = clerk("lead").go(f"/staff/cases/{filed.case_id}/verify")
    city.move(city.member, c.Note, filed.case_id, body="门卫说晚上才锁")
    words = "我写了很久的认定\n第二行 <b>&"
    slow.send("/verify", finding="not_true", reason=words)
    assert slow.status == 409
    assert "member changed this case after you opened it" in slow.text
    assert "门卫说晚上才锁" in slow.text
    kept = dict(slow.form("/verify").fields)
    assert kept["reason"].replace("\r\n", "\n") == words
    assert kept["finding"] == "not_true"
    session.expire_all()
    assert session.get_one(Case, filed.case_id).verified_at is None
    slow.send("/verify")
    session.expire_all()
    assert session.get_one(Case, filed.case_id).finding is Finding.NOT_TRUE


def test_a_move_that_closed_meanwhile_keeps_the_text_to_copy_and_offers_no_way_to_send(
    city, session, clerk
):
    filed = city.in_hand()
    slow = clerk("member").go(f"/staff/cases/{filed.case_id}/return_dispatch")
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看过")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "没有"),))
    city.move(city.lead, c.Close, filed.case_id, lesson_considered=True, reason="无")
    slow.send("/return_dispatch", reason="不归我们")
    assert slow.status == 409
    assert "不归我们" in slow.html
    assert slow.form("/return_dispatch").buttons == []


def test_sending_twice_is_one_event_and_the_second_gets_the_first_ones_page(city, session, clerk):
    filed = city.in_hand()
    first = clerk("member").go(f"/staff/cases/{filed.case_id}/note")
    again = clerk("member").go(f"/staff/cases/{filed.case_id}/note")
    first.send("/note", body="同一条备注")
    again.send("/note", body="同一条备注")
    assert (first.status, again.status) == (200, 200)
    assert first.address == again.address
    other = clerk("member").go(f"/staff/cases/{filed.case_id}/note")
    city.move(city.member, c.Note, filed.case_id, body="另一条")
    other.send("/note", body="不同的备注")
    # Another text of the same person is no repeat: nothing typed is swallowed.
    assert other.status == 409
    assert "不同的备注" in other.html
    kinds = [event.kind for event in events_of(session, filed.case_id)]
    assert kinds.count(EventKind.NOTED) == 2


def test_the_token_of_a_form_is_asked_for_and_stands_in_the_way_of_nothing(
    city, session, clerk, app
):
    filed = city.in_hand()
    app.config["WTF_CSRF_ENABLED"] = True
    with each_request_alone(app):
        first, again, slow = (
            clerk("member").go(f"/staff/cases/{filed.case_id}/note") for _number in range(3)
        )
        bare = first.client.post(
            f"/staff/cases/{filed.case_id}/note", data={"body": "x", "seen": "4"}
        )
        assert bare.status_code == 422
        first.send("/note", body="同一条备注")
        again.send("/note", body="同一条备注")
        assert (first.status, again.status) == (200, 200), again.text[:300]
        slow.send("/note", body="另一条备注")
        assert slow.status == 409
        assert "CSRF" not in slow.text
        assert slow.form("/note").names == {"csrf_token", "seen", "body"}
        slow.send("/note")
        assert slow.status == 200
    kinds = [event.kind for event in events_of(session, filed.case_id)]
    assert kinds.count(EventKind.NOTED) == 2


def test_a_move_that_takes_the_case_out_of_sight_ends_in_the_queue_with_a_notice(city, clerk):
    filed = city.in_hand()
    member = clerk("member").go(f"/staff/cases/{filed.case_id}/return_dispatch")
    member.send("/return_dispatch", reason="不归我们管")
    assert member.address.startswith("/staff?did=")
    assert "has left your list" in member.text
    # Only whoever did it is told: an address says nothing to others.
    stranger = clerk("other_lead").go(member.address)
    assert stranger.status == 200
    assert "has left your list" not in stranger.text


@pytest.mark.trap(39)
def test_what_cannot_be_seen_is_not_listed_not_found_and_not_opened(city, session, clerk):
    filed = city.in_hand()
    number = session.get_one(Case, filed.case_id).number
    addresses = [
        f"/staff/cases/{filed.case_id}{tail}"
        for tail in ("", "/clocks", "/note", "/verify", f"/files/{filed.report_id}")
    ]
    for name in ("other_member", "supervisor_elsewhere", "administrator"):
        stranger = clerk(name)
        for address in addresses:
            assert stranger.go(address).status == 404, (name, address)
        posted = stranger.client.post(f"/staff/cases/{filed.case_id}/note", data={"body": "x"})
        told = stranger.client.post(f"/staff/cases/{filed.case_id}/presence")
        assert (posted.status_code, told.status_code) == (404, 404)
        for list_of in ("/staff/cases", "/staff", f"/staff/search?q={number}"):
            assert number not in stranger.go(list_of).text.replace(f"Search: {number}", "")
        assert number not in stranger.go("/staff/search?q=铁链").text
    for name in ("lead", "member", "supervisor", "director", "auditor", "dispatcher"):
        insider = clerk(name)
        assert insider.go(addresses[0]).status == 200, name
        assert number in insider.go("/staff/cases").text, name
        assert number in insider.go("/staff/search?q=铁链").text, name
        assert insider.go(f"/staff/search?q={number}").address == addresses[0], name


def test_reporters_and_units_never_get_the_file_of_staff(city, session, client_for, clock):
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    for actor in (city.reporter(filed.report_id), Actor(role=Role.UNIT, task_book_id=book.id)):
        answer = client_for(actor).get(f"/staff/cases/{filed.case_id}")
        assert answer.status_code == 404


def test_a_tie_hides_the_words_and_bars_the_work_until_a_lead_gives_a_reason(city, session, clerk):
    filed = city.in_hand()
    unit = city.unit()
    city.move(
        city.member,
        c.Inspect,
        filed.case_id,
        visited_at=NOON,
        inspectors=(city.member.person_id, city.second_member.person_id),
        finding="看到铁链",
        hazards=(c.FoundHazard(description="铁链"),),
        unit_id=unit,
    )
    for name in ("member", "lead"):
        who = city.actors[name]
        declare_tie(session(), who, person_id=who.person_id, unit_id=unit, kind="family", now=NOON)
    finish(session(), keep=True)
    tied = clerk("member").go(f"/staff/cases/{filed.case_id}")
    assert tied.status == 200
    assert "铁链" not in tied.html
    assert TEXT[:6] not in tied.html
    assert clerk("member").go(f"/staff/cases/{filed.case_id}/issue_task_book").status == 409
    lead = clerk("lead").go(f"/staff/cases/{filed.case_id}/verify")
    lead.send("/verify", finding="not_true", reason="看过")
    assert lead.status == 422
    assert str(REASONS["tie"]) in lead.text
    lead.send("/verify", override_reason="组里只有我在")
    assert lead.status == 200
    assert "铁链" in clerk("second_member").go(f"/staff/cases/{filed.case_id}").html


def test_who_else_has_it_open_is_told_to_the_others_and_forgotten_soon(city, clerk, clock):
    filed = city.in_hand()
    address = f"/staff/cases/{filed.case_id}"
    lead, member = clerk("lead"), clerk("member")
    assert "also has this open" not in lead.go(address).text
    member.go(address)
    told = member.client.post(f"{address}/presence", data={"seen": "4"})
    assert told.get_json() == {"text": ""}
    assert "member also has this open" in lead.go(address).text
    assert "member" in lead.client.post(f"{address}/presence").get_json()["text"]
    # The one who reads an older version is told while reading.
    city.move(city.lead, c.Note, filed.case_id, body="x")
    told = member.client.post(f"{address}/presence", data={"seen": "4"}).get_json()["text"]
    assert "changed this while you read" in told
    clock.later(minutes=3)
    assert "also has this open" not in lead.go(address).text


def test_a_get_of_any_staff_page_writes_nothing(city, session, clerk, superuser):
    case_ids = cases_in_every_state(city)
    with superuser.connect() as connection:
        count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        before = connection.exec_driver_sql(count).scalar()
        for case_id in case_ids:
            for name in HANDLERS:
                assert clerk(name).go(f"/staff/cases/{case_id}").status in (200, 404)
                assert clerk(name).go(f"/staff/cases/{case_id}/clocks").status in (200, 404)
        assert connection.exec_driver_sql(count).scalar() == before


def test_every_page_is_whole_in_chinese(city, client_for, clock):
    for case_id in cases_in_every_state(city):
        page = Clerk(client_for(city.lead), "zh").go(f"/staff/cases/{case_id}")
        if page.status == 404:
            continue
        # What is left of Latin letters is data of this test or marks.
        inner = page.html.split("<main")[1].split(">", 1)[1].split("</main>")[0]
        content = re.sub(r"<[^>]+>", " ", inner)
        words = set(re.findall(r"[A-Za-z]{4,}", content)) - {"lead", "member", "director"}
        words -= {"supervisor", "dispatcher", "second_member", "second", "unit", "Enter"}
        assert not words, words


def test_the_next_step_in_words_is_a_move_that_is_open(city, session):
    from portal.cases.lifecycle.next_step import next_step

    today = NOON.date()
    for case_id in cases_in_every_state(city):
        case = session.get_one(Case, case_id)
        counts = queries.dressed(session(), [case]).beside[case_id].counts
        for name in HANDLERS:
            step = next_step(case, city.actors[name], today, counts)
            assert step.code in STEPS
            if step.move:
                move = next(one for one in MOVES if one.name == step.move)
                is_open = is_open_to(session, city.actors[name], move, case_id, NOON)
                # Handlers look at what is reported; the one who ordered it is told so by the panel.
                assert is_open or step.move == "pass_review", (name, case.state, step)


def test_take_back_stands_on_the_notice_and_undoes_the_press(city, session, clerk, clock):
    filed = city.file()
    other = city.file(text="另一件事", place="别处")
    desk = clerk("dispatcher").go(f"/staff/intake/{filed.case_id}")
    place_before = [link for link in desk.links if "/staff/intake/" in link and "?" not in link]
    due = session.get_one(Case, filed.case_id).next_due_at
    desk.send("/sort?")
    assert f"/staff/intake/{other.case_id}" in desk.address
    assert "Within 60 seconds nobody has been told" in desk.text
    clock.later(seconds=30)
    desk.send("/take_back")
    assert f"/staff/intake/{filed.case_id}" in desk.address
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.group_id, case.accepted_at) == (State.RECEIVED, None, None)
    assert case.next_due_at == due
    after = [link for link in desk.links if "/staff/intake/" in link and "?" not in link]
    assert after == place_before
    clock.later(minutes=11)
    desk.go(f"/staff/intake/{filed.case_id}").send("/sort?")
    clock.later(minutes=11)
    assert "Take back" not in desk.go(desk.address).text.split("Proposal")[0]


def test_the_timeline_numbers_every_event_and_says_who(city, session, clerk):
    filed = city.in_hand()
    page = clerk("lead").go(f"/staff/cases/{filed.case_id}")
    for event in events_of(session, filed.case_id):
        assert f"#{event.seq}" in page.text
    assert "not sealed yet" in page.text


def test_the_paper_with_the_units_link_is_for_those_who_may_hand_it_out(client_for, city, clock):
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    address = f"/staff/cases/{filed.case_id}/task-books/{book.id}/print"
    link = f"/unit/{link_token(book.id)}"

    def shown(name):
        page = client_for(city.actors[name]).get(f"/staff/cases/{filed.case_id}").text
        return address in page

    for name in ("lead", "member"):
        answer = client_for(city.actors[name]).get(address)
        assert answer.status_code == 200
        assert link in answer.text
        assert shown(name)
    for name in ("supervisor", "other_member", "director", "auditor", "dispatcher"):
        answer = client_for(city.actors[name]).get(address)
        assert answer.status_code in (403, 404), name
        assert link not in answer.text
    assert not shown("auditor")
    assert not shown("supervisor")
    other = city.in_hand()
    elsewhere = f"/staff/cases/{other.case_id}/task-books/{book.id}/print"
    assert client_for(city.member).get(elsewhere).status_code == 404
    city.move(city.lead, c.RevokeLink, filed.case_id, task_book_id=book.id, reason="已寄错人")
    assert client_for(city.member).get(address).status_code == 404
    assert not shown("member")
