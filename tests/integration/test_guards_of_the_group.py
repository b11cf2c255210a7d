"""The guards of a group's first steps, of ties and of stepping back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import clocks_of
from portal.foundation.errors import NotAllowed
from portal.history.queries import events_of
from portal.presets.queries import in_force
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.refusals import refusal, tie, visit


def test_a_second_return_is_asked_for_and_ruled_on_by_somebody_else(city, session):
    filed = city.in_hand()
    ask = {"reason": "不归"}
    assert refusal(city.move, city.lead, c.AskReturn, filed.case_id, **ask)[0] == "return_first"
    city.move(city.lead, c.ReturnDispatch, filed.case_id, reason="不归")
    city.dispatched(filed.case_id)
    found = refusal(city.move, city.lead, c.ReturnDispatch, filed.case_id, reason="x")
    assert found == ("return_once", None)
    city.move(city.lead, c.AskReturn, filed.case_id, **ask)
    assert refusal(city.move, city.lead, c.AskReturn, filed.case_id, **ask)[0] == "return_pending"
    for command, fields in (
        (c.SignFor, {}),
        (c.Reassign, {"group_id": city.group("insp-industry"), "reason": "x"}),
    ):
        assert refusal(city.move, city.lead, command, filed.case_id, **fields)[0] == (
            "return_pending"
        )
    ruling = {"upheld": True, "reason": "是"}
    assert refusal(city.move, city.director, c.DecideReturn, filed.case_id, **ruling)[0] == (
        "not_yours"
    )
    with pytest.raises(NotAllowed):
        city.move(city.lead, c.DecideReturn, filed.case_id, **ruling)
    city.move(city.supervisor, c.DecideReturn, filed.case_id, **ruling)
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.return_count, case.group_id) == (State.RECEIVED, 2, None)
    assert_row_is_replay(session, filed.case_id)


def test_the_director_rules_where_the_supervision_group_is_the_returner(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, "sup-wujin")
    city.move(city.supervisor, c.ReturnDispatch, filed.case_id, reason="x")
    city.dispatched(filed.case_id, "sup-wujin")
    city.move(city.supervisor, c.AskReturn, filed.case_id, reason="x")
    ruling = {"upheld": False, "reason": "留下"}
    with pytest.raises(NotAllowed):
        city.move(city.supervisor, c.DecideReturn, filed.case_id, **ruling)
    city.move(city.director, c.DecideReturn, filed.case_id, **ruling)
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.return_asked_at) == (State.ASSIGNED, None)


def test_returning_ends_with_the_limit_and_with_the_task_book(city, session):
    filed = city.in_hand()
    due = next(
        r.due_at
        for r in clocks_of(
            session(), session.get_one(Case, filed.case_id), in_force(session(), NOON), as_of=NOON
        )
        if r.kind == "return_request"
    )
    after = due + timedelta(seconds=1)
    found = refusal(city.move, city.lead, c.ReturnDispatch, filed.case_id, reason="x", now=after)
    assert found == ("return_over", None)
    city.book(filed.case_id, city.inspected(filed.case_id))
    item = city.items(filed.case_id)[0]
    city.move(city.lead, c.WithdrawItem, filed.case_id, item_id=item.id, reason="x")
    found = refusal(city.move, city.lead, c.ReturnDispatch, filed.case_id, reason="x")
    assert found == ("book_issued", None)


def test_a_return_at_its_last_moment_goes_through(city, session):
    filed = city.in_hand()
    case = session.get_one(Case, filed.case_id)
    found = clocks_of(session(), case, in_force(session(), NOON), as_of=NOON)
    due = next(r.due_at for r in found if r.kind == "return_request")
    city.move(city.lead, c.ReturnDispatch, filed.case_id, reason="x", now=due)


def test_no_task_book_goes_out_while_a_return_waits_for_its_ruling(city):
    filed = city.in_hand()
    city.move(city.lead, c.ReturnDispatch, filed.case_id, reason="x")
    city.dispatched(filed.case_id)
    city.move(city.lead, c.SignFor, filed.case_id)
    hazards = city.inspected(filed.case_id)
    city.move(city.lead, c.AskReturn, filed.case_id, reason="x")
    assert refusal(city.book, filed.case_id, hazards)[0] == "return_pending"


def test_reassigning_needs_another_living_group(city):
    filed = city.in_hand()
    for group, code in (
        (None, "group_missing"),
        (city.group("insp-fire"), "group_same"),
        (uuid4(), "group_gone"),
        (city.group("duty-desk"), "desk_is_no_target"),
        (city.group("insp-transport"), "group_gone"),
    ):
        fields = {"group_id": group, "reason": "x"}
        found = refusal(city.move, city.lead, c.Reassign, filed.case_id, **fields)
        assert found == (code, "group_id")


def test_a_handler_is_a_member_of_the_group(city):
    filed = city.in_hand()
    for account, code in (
        (None, "handler_missing"),
        (uuid4(), "handler_elsewhere"),
        (city.other_member.account_id, "handler_elsewhere"),
        (city.dispatcher.account_id, "handler_elsewhere"),
    ):
        found = refusal(city.move, city.lead, c.AssignHandler, filed.case_id, account_id=account)
        assert found == (code, "account_id")


# ties and stepping back


def test_a_tie_bars_the_person_until_the_lead_overrides_it_with_a_reason(city, session):
    unit = city.unit()
    filed = city.file()
    city.accepted(filed.case_id, unit_id=unit)
    city.dispatched(filed.case_id)
    tie(session, city.member.person_id, unit)
    tie(session, city.lead.person_id, unit)
    assert refusal(city.move, city.member, c.SignFor, filed.case_id)[0] == "tie"
    # A member's own word opens nothing.
    found = refusal(city.move, city.member, c.SignFor, filed.case_id, override_reason="我可以")
    assert found[0] == "tie"
    found = refusal(city.move, city.lead, c.SignFor, filed.case_id, override_reason=" ")
    assert found == ("tie", "override_reason")
    city.move(city.lead, c.SignFor, filed.case_id, override_reason="别无他人")
    event = events_of(session(), filed.case_id)[-1]
    assert "override" in event.payload["texts"]


def test_naming_a_tied_inspector_is_the_leads_to_override(city, session):
    unit = city.unit()
    filed = city.file()
    city.accepted(filed.case_id, unit_id=unit)
    city.dispatched(filed.case_id)
    city.move(city.lead, c.SignFor, filed.case_id)
    tie(session, city.second_member.person_id, unit)
    both = visit(city, city.member, city.second_member)
    for who in (city.member, city.lead):
        found = refusal(city.move, who, c.Inspect, filed.case_id, **both)
        assert found == ("tie", "override_reason")
    found = refusal(city.move, city.member, c.Inspect, filed.case_id, **both, override_reason="行")
    assert found == ("tie", "override_reason")
    city.move(city.lead, c.Inspect, filed.case_id, **both, override_reason="别无他人")


def test_a_tie_counts_from_the_act_that_names_the_unit(city, session):
    unit = city.unit()
    tie(session, city.member.person_id, unit)
    filed = city.in_hand()
    both = visit(city, city.member, city.second_member, unit_id=unit)
    assert refusal(city.move, city.member, c.Inspect, filed.case_id, **both)[0] == "tie"


def test_who_stepped_back_stays_away_and_a_tied_person_can_step_back(city, session):
    unit = city.unit()
    filed = city.file()
    city.accepted(filed.case_id, unit_id=unit)
    city.dispatched(filed.case_id)
    tie(session, city.member.person_id, unit)
    assert refusal(city.move, city.member, c.Recuse, filed.case_id, reason=" ")[0] == (
        "reason_missing"
    )
    city.move(city.member, c.Recuse, filed.case_id, reason="亲戚在那里")
    found = refusal(city.move, city.member, c.Recuse, filed.case_id, reason="x")
    assert found == ("recused_already", None)
    city.move(city.lead, c.Recuse, filed.case_id, reason="x")
    assert refusal(city.move, city.lead, c.SignFor, filed.case_id)[0] == "tie"
    assert set(session.get_one(Case, filed.case_id).recused) == {
        city.member.person_id,
        city.lead.person_id,
    }
