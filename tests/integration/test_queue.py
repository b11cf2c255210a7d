"""Queue, filters, pages by key, bulk moves, saved views, search."""

import re
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from flask import g
from sqlalchemy import func, select

from portal.access.kinds import Actor, Role
from portal.cases import queries
from portal.cases.kinds import Priority, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.moves import MOVES
from portal.cases.lifecycle.next_step import next_step
from portal.cases.models import Case, SavedView
from portal.cases.queries import Filter
from portal.cases.services import move_case
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.gram_statistics import Statistics
from portal.handling.views import _bulk
from portal.history.models import Event
from portal.presets.queries import in_force
from tests.integration.test_case_pages import HANDLERS, cases_in_every_state
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.stopped import StoppedClock

NUMBER = re.compile(r">(\d{4}-\d{4})</a>")


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name: Clerk(client_for(city.actors[name]))


def test_the_clause_of_the_queue_says_the_same_as_the_step_in_words(city, session):
    cases_in_every_state(city)
    reviewed = city.in_hand()
    book = city.book(reviewed.case_id, city.inspected(reviewed.case_id))
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    item = city.items(reviewed.case_id)[0]
    done = {"item_id": item.id, "name": "张", "post": "厂长", "statement": "已改"}
    city.move(unit, c.ReportItemDone, reviewed.case_id, **done)
    city.move(city.supervisor, c.PassReview, reviewed.case_id, item_id=item.id, opinion="好")
    bare = city.in_hand()
    city.inspected(bare.case_id)
    aside = city.file()
    city.move(
        city.dispatcher,
        c.SetAside,
        aside.case_id,
        until=(NOON + timedelta(days=2)).date(),
        reason="x",
    )
    today = NOON.date()
    for name in (*HANDLERS, "second_dispatcher", "supervisor_elsewhere", "other_lead"):
        actor = city.actors[name]
        seen = session.scalars(select(Case).where(queries_visible(actor))).all()
        beside = queries.dressed(session(), seen).beside
        told = {
            case.id
            for case in seen
            if next_step(case, actor, today, beside[case.id].counts).is_mine
        }
        clause = queries.needs_me(actor, today)
        found = set(session.scalars(select(Case.id).where(queries_visible(actor), clause)))
        assert told == found, name
        tally = queries.tally(session(), actor, in_force(session(), NOON), now=NOON)
        assert tally.mine == len(found), name


def queries_visible(actor):
    from portal.cases.visibility import visible_to

    return visible_to(actor)


def test_pages_by_key_drop_nothing_and_repeat_nothing(city, session):
    preset = in_force(session(), NOON)
    for number in range(13):
        filed = city.in_hand()
        if number % 4 == 0:
            city.move(city.lead, c.Pause, filed.case_id, reason_code="force_majeure", reason="台风")
    for _number in range(3):
        city.closed()
    for wanted in (Filter(), Filter(states=frozenset({"closed", "in_hand"}))):
        every = session.scalars(
            select(Case.id).where(
                queries_visible(city.lead),
                Case.state.in_(wanted.states) if wanted.states else Case.state != State.CLOSED,
            )
        ).all()
        walked, after = [], None
        while True:
            page = queries.listed(
                session(), city.lead, wanted, preset, now=NOON, after=after, limit=3
            )
            walked += [case.id for case in page.cases]
            after = page.next_key
            if after is None:
                break
        assert len(walked) == len(set(walked))
        assert set(walked) == set(every)


def test_the_queue_names_what_is_due_first_what_to_do_and_how_long(city, session, clerk, clock):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, priority=Priority.URGENT)
    calm = city.in_hand()
    clock.later(minutes=50)
    page = clerk("lead").go("/staff")
    urgent, other = (session.get_one(Case, x.case_id).number for x in (filed, calm))
    assert page.text.index(urgent) < page.text.index(other)
    assert "1 h 10 min left" in page.text
    assert "Sign for it" in page.text
    assert "2need a step from you" in page.text.replace(" need", "need")


def test_filters_live_in_the_address_and_keep_what_they_say(city, session, clerk):
    assigned, in_hand = city.file(), city.in_hand()
    city.accepted(assigned.case_id)
    city.dispatched(assigned.case_id)
    city.move(city.lead, c.Pause, in_hand.case_id, reason_code="force_majeure", reason="台风")
    city.move(
        city.reporter(in_hand.report_id),
        c.Ask,
        in_hand.case_id,
        report_id=in_hand.report_id,
        body="喂",
    )
    numbers = {
        name: session.get_one(Case, x.case_id).number
        for name, x in (("assigned", assigned), ("in_hand", in_hand))
    }
    expected = {
        "states=assigned": "assigned",
        "states=in_hand": "in_hand",
        "paused=1": "in_hand",
        "new_messages=1": "in_hand",
        "handler_me=1": "in_hand",
        "colours=none&states=assigned": "assigned",
    }
    for query, only in expected.items():
        page = clerk("lead").go(f"/staff/cases?{query}")
        main = page.html.split("<tbody")[1]
        assert set(NUMBER.findall(main)) == {numbers[only]}, query
    assert "No case fits" in clerk("lead").go("/staff/cases?states=reviewing").text
    rubbish = "states=nonsense&sources=%00&groups=%00&colours=%00&after=x~y"
    rubbish += "&groups='&jurisdictions=320412&when=zzz"
    assert clerk("lead").go(f"/staff/cases?{rubbish}").status == 200


def test_a_saved_view_is_a_name_for_an_address_and_nobody_else_s(city, session, clerk):
    page = clerk("lead").go("/staff/cases?states=in_hand&paused=1")
    page.send("/views", name="停着的")
    assert "停着的" in page.text
    link = next(href for href, words in page.read.links if words == "停着的")
    assert "states=in_hand" in link
    assert "paused=1" in link
    assert "停着的" not in clerk("member").go("/staff/cases").text
    view = session.scalars(select(SavedView)).one()
    clerk("member").client.post(f"/staff/views/{view.id}/drop")
    assert "停着的" in page.go("/staff/cases").text
    page.send(f"/{view.id}/drop")
    assert "停着的" not in page.text


@pytest.mark.trap(16)
def test_bulk_does_each_by_itself_and_says_of_each_what_became_of_it(city, session, clerk):
    filed = [city.file() for _number in range(4)]
    for one in filed:
        city.accepted(one.case_id)
        city.dispatched(one.case_id)
    page = clerk("lead").go("/staff")
    boxes = [f"{one.case_id}.3" for one in filed]
    # One is changed by somebody else, one is gone to another group, one is no case at all.
    city.move(city.lead, c.Note, filed[0].case_id, body="x")
    city.move(
        city.lead, c.Reassign, filed[1].case_id, group_id=city.group("insp-industry"), reason="工贸"
    )
    boxes.append("00000000-0000-0000-0000-000000000000.1")
    page.send("/bulk", button=("move", "sign_for"), case=boxes)
    assert "Done: 2. Not done: 3." in page.text
    assert "Somebody changed it after you opened the list." in page.text
    states = []
    for one in filed:
        session.expire_all()
        states.append(session.get_one(Case, one.case_id).state)
    assert states == [State.ASSIGNED, State.ASSIGNED, State.IN_HAND, State.IN_HAND]
    # Sent again: what was done stays done and is told as done; nothing happens twice.
    data = {"case": boxes, "move": "sign_for"}
    again = page.client.post("/staff/bulk", data=data, headers={"Accept-Language": "en"})
    assert "Done: 2. Not done: 3." in again.get_data(as_text=True)
    session.expire_all()
    assert [session.get_one(Case, one.case_id).version for one in filed[2:]] == [4, 4]


@pytest.mark.trap(15)
@pytest.mark.promise(3)
def test_every_door_to_a_move_has_the_gate_of_the_move(city, session, clerk):
    """Service, page and bulk refuse the same cases for the same reason and write nothing."""
    signed, closed, waiting = city.in_hand(), city.closed(), city.file()
    industry = {"group_id": str(city.group("insp-industry")), "reason": "工贸"}
    gates = [
        ("lead", "sign_for", c.SignFor, {}, signed, OutOfTurn),
        ("lead", "sign_for", c.SignFor, {}, closed, OutOfTurn),
        ("lead", "sign_for", c.SignFor, {}, waiting, NotFound),
        ("lead", "reassign", c.Reassign, industry, closed, OutOfTurn),
        ("lead", "reassign", c.Reassign, {**industry, "reason": " "}, signed, Incomplete),
        ("member", "reassign", c.Reassign, industry, signed, NotAllowed),
        ("supervisor", "sign_for", c.SignFor, {}, signed, NotAllowed),
        ("other_lead", "sign_for", c.SignFor, {}, signed, NotFound),
    ]
    everything = select(func.count()).select_from(Event)
    before = session.scalar(everything)
    session.rollback()
    for name, move, command, fields, filed, error in gates:
        where = (name, move, error)
        values = {k: UUID(v) if k == "group_id" else v for k, v in fields.items()}
        with pytest.raises(error):
            city.move(city.actors[name], command, filed.case_id, **values)
        version = city.version(filed.case_id)
        session.rollback()
        client = clerk(name).go("/staff").client
        page = {"seen": version, "step": "send", **fields}
        alone = client.post(f"/staff/cases/{filed.case_id}/{move}", data=page)
        assert alone.status_code in (403, 404, 409, 422), where
        many = {"case": [f"{filed.case_id}.{version}"], "move": move, "step": "send", **fields}
        bulk = client.post("/staff/bulk", data=many)
        told = bulk.get_data(as_text=True)
        assert "Not done: 1." in told or bulk.status_code >= 400, where
        session.rollback()
        assert city.version(filed.case_id) == version, where
    # What has no bulk action has none by writing its name into the form either.
    ready = {"case": [f"{signed.case_id}.{city.version(signed.case_id)}"], "step": "send"}
    for move in {one.name for one in MOVES} - {"sign_for", "assign_handler", "reassign"}:
        answer = clerk("lead").client.post("/staff/bulk", data={**ready, "move": move})
        assert answer.status_code == 404, move
    session.rollback()
    assert session.scalar(everything) == before


def test_what_a_refused_case_had_written_goes_and_the_others_stay(city, session, app):
    filed = [city.in_hand() for _number in range(3)]
    chosen = [(one.case_id, city.version(one.case_id)) for one in filed]
    broken = filed[1].case_id

    def act(own, actor, case_id, seen):
        move_case(own, actor, c.Note(case_id=case_id, seen=seen, body="成批"), now=NOON)
        if case_id == broken:
            raise Incomplete("reason", "reason_missing")

    with app.test_request_context(method="POST"):
        g.actor = city.member
        results = _bulk.each(chosen, act)
    assert [bool(one.refused) for one in results] == [False, True, False]
    session.rollback()
    session.expire_all()
    versions = [session.get_one(Case, one.case_id).version for one in filed]
    assert versions == [chosen[0][1] + 1, chosen[1][1], chosen[2][1] + 1]


def test_bulk_names_a_handler_and_reassigns_with_one_reason(city, session, clerk):
    filed = [city.in_hand() for _number in range(2)]
    boxes = [f"{one.case_id}.{city.version(one.case_id)}" for one in filed]
    page = (
        clerk("lead")
        .go("/staff/cases")
        .send("/bulk", button=("move", "assign_handler"), case=boxes)
    )
    page.send("/bulk", button=("step", "send"), account_id=city.second_member.account_id)
    session.expire_all()
    assert {session.get_one(Case, one.case_id).handler_id for one in filed} == {
        city.second_member.account_id
    }
    boxes = [f"{one.case_id}.{city.version(one.case_id)}" for one in filed]
    page.go("/staff/cases").send("/bulk", button=("move", "reassign"), case=boxes)
    page.send(
        "/bulk", button=("step", "send"), group_id=city.group("insp-industry"), reason="工贸企业"
    )
    assert "Done: 2. Not done: 0." in page.text
    # A member has no such move; the door is the service, not the button.
    told = clerk("member").client.post(
        "/staff/bulk",
        data={"move": "reassign", "step": "send", "case": boxes, "reason": "x"},
    )
    assert "not yours to see" in told.get_data(as_text=True) or told.status_code == 404


def test_search_finds_one_and_two_chinese_characters_english_units_and_numbers(
    city, session, clerk
):
    chain = city.file()
    gas = city.file(text="LPG cylinders beside the stove", place="Bingchen Restaurant")
    unit = city.unit("丁未家具有限公司（虚构）")
    city.accepted(gas.case_id, unit_id=unit)
    numbers = {
        "chain": session.get_one(Case, chain.case_id).number,
        "gas": session.get_one(Case, gas.case_id).number,
    }
    expected = {
        "链": "chain",
        "铁链": "chain",
        "铁链 宿舍": "chain",
        "ＬＰＧ": "gas",
        "stove": "gas",
        "Bingchen": "gas",
        "丁未": "gas",
        "纸箱路": "chain",
    }
    for words, name in expected.items():
        page = clerk("dispatcher").go(f"/staff/search?q={words}")
        listed = set(NUMBER.findall(page.html.split("<h1")[1]))
        assert listed == {numbers[name]}, words
    for words in ("没有这回事", "链锁门窗户", "", "%", "'; --", "\u0000x"):
        page = clerk("dispatcher").go(f"/staff/search?q={words}")
        assert page.status == 200, words
    exact = clerk("dispatcher").go(f"/staff/search?q={numbers['gas']}")
    assert exact.address == f"/staff/cases/{gas.case_id}"


def test_search_walks_its_pages_the_newest_first_whichever_way_it_goes(city, session, monkeypatch):
    ids = [city.file(now=NOON + timedelta(hours=n)).case_id for n in range(7)]
    module = import_module("portal.cases.queries.search")
    common = Statistics(NOON, {"铁链": 1.0}, {}, 9000.0)
    # Below and above the number at which it changes its way, and where it need not count.
    for limit, known in ((1000, None), (3, None), (1000, common)):
        monkeypatch.setattr(module, "SORTED_UP_TO", limit)
        if known is not None:
            monkeypatch.setattr(module, "gram_statistics", lambda session, now: common)
            monkeypatch.setattr(module, "_LOOKED_AT", None)
        walked, after = [], None
        while True:
            page = queries.search(
                session(), city.dispatcher, "铁链", now=NOON, after=after, limit=2
            )
            walked += [case.id for case in page.cases]
            after = page.next_key
            if after is None:
                break
        assert walked == ids[::-1]


def test_login_lands_on_the_first_useful_page_of_each_role(city, clerk):
    assert clerk("dispatcher").go("/staff").address == "/staff/intake"
    for name in ("member", "lead", "director"):
        assert clerk(name).go("/staff").address == "/staff"
    assert clerk("administrator").go("/staff/cases").status == 404
