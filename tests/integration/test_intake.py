"""Sorting: one decision and the next report at once; many at once; two at one report."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from portal.cases import queries
from portal.cases.kinds import Priority, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.queries import events_of
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.clerk import Clerk, query_of
from tests.support.stopped import StoppedClock

#: A category of orange risk that nobody calls urgent, and a district with its rule.
QUIET = {"claimed_category": "fire.extinguisher_missing", "jurisdiction": "320412"}
#: What is said of a rule that sends to a group which is no more.
GONE = "A routing rule names the group Inspection Group 5 (Fire Safety), which no longer exists."


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def clerk(client_for, city, clock):
    return lambda name="dispatcher": Clerk(client_for(city.actors[name]))


@pytest.fixture
def quiet(session, city):
    """Fields of a report that is neither hot nor like any other: made by a number."""
    preset = in_force(session(), NOON)
    hot = queries.hot_categories(preset)
    category = next(
        code
        for code, one in preset.taxonomy.categories.items()
        if code not in hot and one.sector == "fire"
    )

    def fields(number):
        own = "".join(chr(0x4E00 + (number * 37 + step * 101) % 5000) for step in range(30))
        return {
            "text": own,
            "place": own[::-1][:12],
            "claimed_category": category,
            "jurisdiction": "320412",
        }

    return fields


def fresh(session, case_id):
    session.expire_all()
    return session.get_one(Case, case_id)


@pytest.mark.parametrize("order", queries.ORDERS)
def test_the_next_report_follows_the_visible_order_twenty_times(
    city, session, clerk, quiet, order, clock
):
    taxonomy = in_force(session(), NOON).taxonomy
    districts = list(taxonomy.jurisdictions)
    for number in range(21):
        fields = quiet(number)
        if number % 5 == 0:
            fields["claimed_category"] = "fire.exit_blocked"
        if number % 7 != 3:
            fields["jurisdiction"] = districts[number % len(districts)]
        # Several fall due on one day: the ties must keep their order too.
        city.file(now=NOON - timedelta(days=number % 4, hours=number % 3), **fields)
    page = clerk().go(f"/staff/intake?order={order}")
    shown = [link.partition("?")[0] for link in page.links if "/staff/intake/" in link]
    shown = list(dict.fromkeys(link for link in shown if len(link) > 40))
    assert len(shown) == 21
    page.go(f"{shown[0]}?order={order}")
    for expected in shown[1:]:
        here = page.address.partition("?")[0]
        number = fresh(session, here.rpartition("/")[2]).number
        assert number in page.text
        page.send("/set_aside?behind", until="2026-11-12", reason="明天再看")
        assert page.status == 200, page.text[:200]
        assert page.address.partition("?")[0] == expected
        assert query_of(page.address).get("order", "due") == order
    page.send("/set_aside?behind", until="2026-11-12", reason="明天再看")
    assert page.address.startswith("/staff/intake?")
    assert "That was the last one in this order" in page.text


def test_reports_that_come_in_meanwhile_do_not_turn_the_order(city, session, clerk, quiet):
    ids = [city.file(now=NOON - timedelta(days=4 - n), **quiet(n)).case_id for n in range(4)]
    page = clerk().go(f"/staff/intake/{ids[0]}?order=oldest")
    city.file(now=NOON - timedelta(days=9), **quiet(50))
    for expected in ids[1:]:
        page.send("/set_aside?behind", until="2026-11-12", reason="明天再看")
        assert f"/staff/intake/{expected}" in page.address
        assert query_of(page.address)["order"] == "oldest"


def test_one_press_accepts_and_dispatches_as_proposed_and_opens_the_next(
    city, session, clerk, quiet
):
    first, second = city.file(), city.file(**quiet(1))
    page = clerk().go(f"/staff/intake/{first.case_id}")
    number = fresh(session, second.case_id).number
    assert f"Opens the next: {number}" in page.text
    page.send("/sort?")
    assert f"/staff/intake/{second.case_id}" in page.address
    case = fresh(session, first.case_id)
    assert (case.state, case.group_id) == (State.ASSIGNED, city.group("insp-fire"))
    assert case.priority is Priority.URGENT
    last = events_of(session, first.case_id)[-2:]
    assert [event.kind for event in last] == [EventKind.ACCEPTED, EventKind.DISPATCHED]
    assert last[0].at == last[1].at
    assert last[1].payload["as_proposed"] is True


def test_a_category_that_leads_elsewhere_is_shown_before_anything_is_sent(
    city, session, clerk, quiet
):
    filed = city.file(**quiet(1))
    page = clerk().go(f"/staff/intake/{filed.case_id}")
    dust = next(
        code
        for code, one in in_force(session(), NOON).taxonomy.categories.items()
        if one.sector == "dust"
    )
    page.send("/sort?", category=dust)
    assert page.status == 422
    assert "the rules propose another group" in page.text
    assert "Accept and give to Inspection Group 3" in page.text
    assert fresh(session, filed.case_id).accepted_at is None
    page.send("/sort?")
    case = fresh(session, filed.case_id)
    assert (case.group_id, case.category) == (city.group("insp-industry"), dust)


def test_another_group_needs_a_reason_and_nothing_is_kept_without_it(city, session, clerk):
    filed = city.file()
    page = clerk().go(f"/staff/intake/{filed.case_id}")
    page.send("/sort?", group_id=city.group("insp-industry"))
    assert page.status == 422
    assert fresh(session, filed.case_id).version == 1
    page.send("/sort?", reason="单位是工贸企业")
    assert fresh(session, filed.case_id).group_id == city.group("insp-industry")


def test_refusing_takes_one_form_and_the_reporter_reads_its_words(city, session, clerk, quiet):
    filed, other = city.file(), city.file(**quiet(2))
    page = clerk().go(f"/staff/intake/{filed.case_id}")
    page.send("/refuse", reason_code="not_work_safety")
    assert page.status == 422
    assert "Write the reason" in page.text
    page.send("/refuse", explanation="这是邻里纠纷，请打 12345。")
    assert f"/staff/intake/{other.case_id}" in page.address
    assert fresh(session, filed.case_id).resolution is Resolution.REFUSED


def test_same_matter_is_one_press_and_each_reporter_keeps_a_clock(city, session, clerk, quiet):
    first = city.file()
    second = city.file(text="楼梯门被铁链锁住，三楼宿舍住了二十多人", now=NOON)
    third = city.file(**quiet(3))
    page = clerk().go(f"/staff/intake/{second.case_id}")
    assert "likely" in page.text
    page.send("/merge")
    assert f"/staff/intake/{third.case_id}" in page.address
    merged = fresh(session, second.case_id)
    assert (merged.merged_into, merged.resolution) == (first.case_id, Resolution.DUPLICATE)
    assert {r.id for r in session.get_one(Case, first.case_id).reports} == {
        first.report_id,
        second.report_id,
    }


def test_what_is_set_aside_leaves_keeps_its_date_and_returns_by_itself(
    city, session, clerk, clock, quiet
):
    filed, _other = city.file(**quiet(1)), city.file(**quiet(2))
    due = fresh(session, filed.case_id).next_due_at
    page = clerk().go(f"/staff/intake/{filed.case_id}")
    page.send("/set_aside?behind", until="2026-11-12", reason="等电话")
    assert fresh(session, filed.case_id).next_due_at == due
    number = session.get_one(Case, filed.case_id).number
    waiting = page.go("/staff/intake")
    assert number not in [words for _href, words in waiting.read.links]
    assert "Set aside 1" in waiting.text
    clock.later(days=2)
    waiting.go("/staff/intake")
    assert number in [words for _href, words in waiting.read.links]


@pytest.mark.trap(1)
@pytest.mark.trap(25)
def test_a_rule_whose_group_is_gone_is_said_where_the_report_is_sorted(city, session, clerk):
    """The report is at the desk, not nowhere; whoever sorts it reads which rule is broken."""
    first = city.file()
    whole = clerk().go(f"/staff/intake/{first.case_id}")
    assert GONE not in whole.text
    with unit_of_work(session()) as own:
        own.execute(text("UPDATE groups SET ended_on = '2026-01-01' WHERE code = 'insp-fire'"))
    later = city.file(now=NOON)
    assert fresh(session, later.case_id).desk_id == city.group("duty-desk")
    page = clerk().go(f"/staff/intake/{later.case_id}")
    assert GONE in page.text
    assert str(later.case_id) in clerk().go("/staff/intake").html


@pytest.mark.trap(16)
def test_a_press_sent_twice_is_one_decision_and_leads_to_the_same_next(city, session, clerk, quiet):
    first, second = city.file(), city.file(**quiet(1))
    city.file(**quiet(2))
    one, again = clerk(), clerk()
    for page in (one, again):
        page.go(f"/staff/intake/{first.case_id}")
    one.send("/sort?")
    again.send("/sort?")
    assert (one.status, again.status) == (200, 200)
    assert one.address == again.address
    assert f"/staff/intake/{second.case_id}" in one.address
    kinds = [event.kind for event in events_of(session, first.case_id)]
    assert kinds.count(EventKind.DISPATCHED) == 1


def test_two_dispatchers_at_once_make_one_decision_and_the_other_is_told(
    city, session, client_for, superuser, clock
):
    filed = city.file()
    pages = [
        Clerk(client_for(city.dispatcher)).go(f"/staff/intake/{filed.case_id}"),
        Clerk(client_for(city.second_dispatcher)).go(f"/staff/intake/{filed.case_id}"),
    ]
    forms = [page.form("/sort?") for page in pages]
    answers = [None, None]
    session.rollback()

    def press(number):
        fields = dict(forms[number].fields)
        client = pages[number].client
        address = forms[number].action.partition("#")[0]
        answers[number] = client.post(address, data=fields).status_code

    with superuser.connect() as holder, superuser.connect() as looker:
        holder.execute(text("SELECT 1 FROM cases WHERE id = :id FOR UPDATE"), {"id": filed.case_id})
        both = [threading.Thread(target=press, args=(number,)) for number in (0, 1)]
        for one in both:
            one.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        for _try in range(400):
            if looker.execute(text(waiting)).scalar_one() >= 2:
                break
            looker.rollback()
            both[0].join(0.02)
        else:
            pytest.fail("the two never met")
        holder.rollback()
        for one in both:
            one.join(20)
    assert sorted(answers) == [303, 409]
    kinds = [event.kind for event in events_of(session, filed.case_id)]
    assert kinds == [EventKind.FILED, EventKind.ACCEPTED, EventKind.DISPATCHED]


def test_what_can_go_as_proposed_goes_each_by_itself_and_the_rest_says_why(
    city, session, clerk, quiet
):
    plain = [city.file(**quiet(n)) for n in range(4)]
    hot = city.file(place="别的地方乙丙丁", text="出口堵了")
    unsaid = city.file(**{**quiet(7), "claimed_category": None})
    twins = [city.file(**quiet(8)), city.file(**quiet(8))]
    page = clerk().go("/staff/intake/ready")
    offered = {
        value.partition(".")[0] for name, value in page.form("/ready").fields if name == "case"
    }
    assert offered == {str(filed.case_id) for filed in plain}
    assert "It may be major or is urgent: read it first." in page.text
    assert "Category or district is not said." in page.text
    assert page.text.count("It looks like another case.") == 2
    # Between page and press one was decided by somebody else, and one got a look-alike.
    city.accepted(plain[0].case_id, category=quiet(0)["claimed_category"])
    city.file(**quiet(1))
    page.send("/ready")
    assert "Done: 2. Not done: 2." in page.text
    assert "Somebody changed it after you opened the list." in page.text
    states = [fresh(session, filed.case_id).state for filed in plain]
    assert states == [State.RECEIVED, State.RECEIVED, State.ASSIGNED, State.ASSIGNED]
    for filed in (hot, unsaid, *twins):
        assert fresh(session, filed.case_id).state is State.RECEIVED


def test_several_are_merged_into_the_one_that_was_chosen(city, session, clerk, quiet):
    ids = [city.file(**quiet(n)).case_id for n in range(3)]
    page = clerk().go("/staff/intake")
    boxes = [f"{case_id}.1" for case_id in ids]
    page.send("/merge", case=boxes)
    page.send("/merge", into=ids[1])
    assert "Done: 2. Not done: 0." in page.text
    assert [fresh(session, case_id).merged_into for case_id in ids] == [ids[1], None, ids[1]]
    page.client.post("/staff/intake/merge", data={"case": boxes, "into": str(ids[1])})
    assert [fresh(session, case_id).version for case_id in ids] == [2, 3, 2]


def test_a_report_that_waits_no_more_offers_no_press(city, session, clerk):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    page = clerk().go(f"/staff/intake/{filed.case_id}")
    assert page.status == 200
    assert not any("/sort?" in form.action for form in page.read.forms)


def test_another_desk_s_report_is_not_there(city, session, clerk):
    filed = city.file()
    for name in ("lead", "auditor", "administrator", "director"):
        assert clerk(name).go("/staff/intake").status == 404
        assert clerk(name).go(f"/staff/intake/{filed.case_id}").status == 404


def test_a_hot_report_stands_on_top_in_a_group_of_its_own(city, session, clerk, quiet):
    later = city.file(now=NOON)
    sooner = city.file(now=NOON - timedelta(days=3), **quiet(1))
    page = clerk().go("/staff/intake")
    numbers = [words for href, words in page.read.links if "/staff/intake/" in href]
    order = [fresh(session, filed.case_id).number for filed in (later, sooner)]
    assert [number for number in numbers if number in order] == order
    assert page.text.index("May be major, urgent") < page.text.index("Others")


def test_counts_of_the_pills_are_what_the_lists_behind_them_hold(city, session, clerk, quiet):
    city.file()
    for number in range(3):
        city.file(now=NOON - timedelta(days=12 * (number == 0)), **quiet(number))
    aside = city.file(**quiet(9))
    city.move(
        city.dispatcher,
        c.SetAside,
        aside.case_id,
        until=(NOON + timedelta(days=1)).date(),
        reason="x",
    )
    back = city.in_hand()
    city.move(city.lead, c.ReturnDispatch, back.case_id, reason="不归我们")
    seen = queries.window(
        session(), city.dispatcher, queries.Sorting(), in_force(session(), NOON), now=NOON
    ).counts
    for only in queries.ONLY:
        part = queries.window(
            session(),
            city.dispatcher,
            queries.Sorting(only=only),
            in_force(session(), NOON),
            now=NOON,
            limit=50,
        )
        assert len(part.listed.cases) == seen[only], only
    assert seen["late"] == 1
    assert seen["aside"] == 1
    assert seen["returned"] == 1
    total = session.scalars(select(Case.id).where(Case.state == State.RECEIVED)).all()
    assert seen["all"] + seen["aside"] == len(total)
