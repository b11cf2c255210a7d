"""Somebody leaves a group: what they handle goes to others at once, or nothing happens at all."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from portal.access.kinds import Role
from portal.accounts.models import Account, Membership
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.services import Successors, close_account, leave_role, move_case
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.units.services import declare_tie
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.meeting import Apart, held, wait_for_waiters
from tests.support.stopped import StoppedClock

TODAY = NOON.date()
DAY = timedelta(days=1)
PORTAL = Path(__file__).parents[2] / "portal"


@pytest.fixture
def clerk(client_for, city, monkeypatch):
    StoppedClock(monkeypatch, NOON)
    return lambda name: Clerk(client_for(city.actors[name]))


@pytest.fixture
def cases(city):
    """Three cases that the member handles, and one of the lead's."""
    found = [city.in_hand().case_id for _each in range(4)]
    for case_id in found[:3]:
        city.move(city.lead, c.AssignHandler, case_id, account_id=city.member.account_id)
    city.session.rollback()
    return found


def role_of(session, actor):
    found = session.scalar(select(Membership.id).where(Membership.account_id == actor.account_id))
    session.rollback()
    return found


def leaving(city, session, to, *, ends_on=TODAY, who="member"):
    """What ends a role, to be done in a session of its own."""
    role, boss = role_of(session, city.actors[who]), city.administrator

    def act(own):
        return leave_role(own, boss, role, ends_on=ends_on, to=to, today=TODAY, now=NOON)

    return act


def end(city, session, to=None, **more):
    act = leaving(city, session, to or Successors(), **more)
    with unit_of_work(session()) as own:
        act(own)


def everything(city, name):
    return Successors({city.group("insp-fire"): city.actors[name].account_id})


def handlers(session, cases):
    session.expire_all()
    found = [session.get_one(Case, case_id).handler_id for case_id in cases]
    session.rollback()
    return found


def ends_on(session, city, who="member"):
    wanted = select(Membership.ends_on).where(Membership.account_id == city.actors[who].account_id)
    session.rollback()
    return session.scalar(wanted)


def test_who_leaves_hands_every_case_over_and_each_event_says_so(city, session, cases):
    """One for all, another for a single case; the lead's own stays where it is."""
    lead, second = city.lead.account_id, city.second_member.account_id
    to = Successors({city.group("insp-fire"): second}, {cases[1]: lead})
    told = "SELECT count(*) FROM notices WHERE event = 'handler_assigned'"
    before = session.scalar(text(told))
    end(city, session, to)
    assert handlers(session, cases) == [second, lead, second, lead]
    assert ends_on(session, city) == TODAY
    events = session.scalars(
        select(Event).where(Event.kind == "handler_assigned", Event.role == Role.ADMINISTRATOR)
    ).all()
    assert {one.case_id for one in events} == set(cases[:3])
    for one in events:
        assert (one.account_id, one.payload["left"]) == (city.administrator.account_id, True)
    assert session.scalar(text(told)) == before + 3, "whoever takes over is told"
    assert_row_is_replay(session, *cases)


def test_a_refused_hand_over_changes_nothing(city, session, cases):
    unit = city.unit()
    tied = city.in_hand(unit_id=unit).case_id
    city.move(city.lead, c.AssignHandler, tied, account_id=city.member.account_id)
    cases.append(tied)
    with unit_of_work(session()) as own:
        who = {"person_id": city.second_member.person_id, "unit_id": unit, "kind": "family"}
        declare_tie(own, city.administrator, **who, now=NOON)
    group, second = city.group("insp-fire"), city.second_member.account_id
    stands = handlers(session, cases)
    for to, reason in (
        (Successors(), "successor_missing"),
        (Successors({}, {cases[0]: second, cases[1]: second}), "successor_missing"),
        (everything(city, "member"), "successor_leaves"),
        (everything(city, "other_lead"), "successor_elsewhere"),
        (Successors({group: second}), "successor_tied"),
    ):
        with pytest.raises(Incomplete) as refused:
            end(city, session, to)
        assert refused.value.reason == reason
        assert refused.value.values["number"]
        assert handlers(session, cases) == stands, reason
        assert ends_on(session, city) is None, reason
    end(city, session, Successors({group: second}, {tied: city.lead.account_id}))
    assert_row_is_replay(session, *cases)


def test_the_last_of_a_group_with_open_cases_does_not_leave(city, session, cases):
    end(city, session, everything(city, "lead"))
    end(city, session, who="second_member")
    for more in ({}, {"ends_on": TODAY + DAY}):
        with pytest.raises(Incomplete) as refused:
            end(city, session, who="lead", **more)
        assert (refused.value.field, refused.value.reason) == ("ends_on", "nobody_left")
    with pytest.raises(Incomplete), unit_of_work(session()) as own:
        account = city.lead.account_id
        close_account(own, city.administrator, account, today=TODAY, now=NOON)
    assert session.get_one(Account, account).active


def test_a_later_end_moves_nothing_until_somebody_does(city, session, cases, clerk):
    """Silence never moves a case: the lead, the group's page and administrators are shown it."""
    stands = handlers(session, cases)
    end(city, session, ends_on=TODAY + 2 * DAY)
    assert handlers(session, cases) == stands
    with unit_of_work(session()) as own:  # the days pass
        own.get_one(Membership, role_of(session, city.member)).ends_on = TODAY
    lead, group = clerk("lead"), city.group("insp-fire")
    assert "3 open cases of your group name a handler who has left" in lead.go("/staff").text
    listed = next(link for link in lead.links if "left=1" in link)
    assert lead.go(listed).html.count("data-row") - 1 <= 3
    assert {one for one in lead.links if "/staff/cases/" in one} == {
        f"/staff/cases/{case_id}" for case_id in cases[:3]
    }
    assert "3 open cases whose handler has left" in lead.go(f"/staff/groups/{group}").text
    admin, account = clerk("administrator"), city.member.account_id
    for page in ("/admin/people/groups/", f"/admin/people/groups/{group}"):
        admin.go(page)
        assert f"/admin/people/{account}/hand-over" in admin.links, page
    admin.go(f"/admin/people/{account}/hand-over")
    admin.send("hand-over", **{f"to_{group.hex}": city.second_member.account_id})
    assert admin.status == 200
    assert handlers(session, cases[:3]) == [city.second_member.account_id] * 3
    assert "handler who has left" not in lead.go("/staff").text


def test_an_administrator_says_on_the_page_who_takes_over_and_reads_no_case(
    city, session, cases, clerk
):
    admin, role = clerk("administrator"), role_of(session, city.member)
    group, lead = city.group("insp-fire"), str(city.lead.account_id)
    numbers = session.scalars(select(Case.number).where(Case.id.in_(cases[:3]))).all()
    session.rollback()
    page = admin.go(f"/admin/people/roles/{role}/end")
    assert all(number in page.text for number in numbers)
    assert "锁" not in page.text
    admin.send("/end")
    assert admin.status == 422
    assert "Say who takes over" in admin.text
    assert handlers(session, cases[:1]) == [city.member.account_id]
    admin.send(
        "/end", **{f"to_{group.hex}": lead, f"case_{cases[1].hex}": city.second_member.account_id}
    )
    assert admin.status == 200
    assert handlers(session, cases[:3]) == [
        city.lead.account_id, city.second_member.account_id, city.lead.account_id
    ]  # fmt: skip
    assert "Handed over to lead" in clerk("lead").go(f"/staff/cases/{cases[0]}").text
    assert admin.go(f"/staff/cases/{cases[0]}/assign_handler").status == 404


def test_a_closed_account_leaves_no_case_behind_in_any_group(city, session, cases, app, clerk):
    """Through the page and by command, where one successor is named for each group."""
    admin, account = clerk("administrator"), city.member.account_id
    admin.go(f"/admin/people/{account}/active")
    admin.send("/active")
    assert admin.status == 422
    assert session.get_one(Account, account).active
    session.rollback()

    def disable(*words):
        given = ["accounts", "disable", "member@example.org", *words]
        return app.test_cli_runner().invoke(args=given)

    assert "Say with --to or --case who takes over" in disable().stderr
    assert disable("--to", "second_member@example.org").exit_code == 0
    assert handlers(session, cases[:3]) == [city.second_member.account_id] * 3
    assert not session.get_one(Account, account).active


def test_handing_over_opens_no_other_way_to_a_case(city, session, cases):
    """Only who ends roles hands over, only by ending them, and no job does.

    The road itself has the other move that follows: a ruling that ends a task.
    """
    for who in ("lead", "director", "auditor"):
        with pytest.raises(NotAllowed), unit_of_work(session()) as own:
            leave_role(
                own, city.actors[who], role_of(session, city.member), ends_on=TODAY,
                to=everything(city, "lead"), today=TODAY, now=NOON,
            )  # fmt: skip
    with pytest.raises(NotFound):
        city.move(city.administrator, c.AssignHandler, cases[0], account_id=city.lead.account_id)
    holders = {
        str(path.relative_to(PORTAL))
        for path in PORTAL.rglob("*.py")
        if re.search(r"follows=|\b(leave_role|close_account|hand_over_left)\(", path.read_text())
    }
    assert holders == {
        "cases/services/handing_over.py",
        "cases/services/road.py",
        "administration/cli/accounts.py",
        "administration/cli/demo/cast.py",
        "administration/views/people.py",
    }
    enders = {
        str(path.relative_to(PORTAL))
        for path in PORTAL.rglob("*.py")
        if re.search(r"\bend_role\(|active=False", path.read_text())
    }
    # Whoever acts for a unit handles no case: there is nothing to hand over.
    own = {"accounts/services/of_units.py"}
    assert enders - own == {"accounts/services/people.py", "cases/services/handing_over.py"}


@pytest.fixture
def meet(app, database, superuser):
    """Let `second` meet `first` at a lock; returns what became of the second."""
    engine = create_engine(database.app_url)

    def run(first, second):
        with held(engine, first):
            other = Apart(app, engine, second)
            wait_for_waiters(superuser)
        return other.result()

    yield run
    engine.dispose()


@pytest.mark.parametrize("first", ["end", "case"])
@pytest.mark.parametrize("way", ["assigned", "signed"])
def test_a_case_that_comes_while_somebody_leaves_has_an_owner(
    city, session, cases, meet, first, way
):
    """Whoever waits sees what the other did: the case goes elsewhere, or the end is asked anew."""
    member = city.member
    if way == "assigned":
        coming, actor, given = cases[3], city.lead, {"account_id": member.account_id}
        command = c.AssignHandler
    else:
        filed = city.file()
        city.accepted(filed.case_id)
        city.dispatched(filed.case_id)
        coming, actor, given, command = filed.case_id, member, {}, c.SignFor
    seen = city.version(coming)
    ending = leaving(city, session, everything(city, "second_member"))

    def case(own):
        return move_case(own, actor, command(case_id=coming, seen=seen, **given), now=NOON)

    outcome = meet(*((ending, case) if first == "end" else (case, ending)))
    if first == "end":
        assert isinstance(outcome, Incomplete if way == "assigned" else NotAllowed), outcome
        assert ends_on(session, city) == TODAY
    else:
        assert isinstance(outcome, OutOfTurn), outcome
        assert outcome.args[0] == "came_meanwhile"
        assert ends_on(session, city) is None
        end(city, session, everything(city, "second_member"))
    assert member.account_id not in handlers(session, [*cases, coming])
    assert_row_is_replay(session, *cases, coming)
