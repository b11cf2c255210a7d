"""The guards of the desk and of the group's first steps, each at its edge."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from portal.access.kinds import SYSTEM, Actor, Role
from portal.accounts.models import Account, Group
from portal.accounts.queries import group_by_code
from portal.accounts.services import add_person, give_role
from portal.cases.kinds import Finding, Priority, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, ClockReading
from portal.cases.queries import clocks_of, promised_dates
from portal.cases.services import clock_row
from portal.clocks.reading import State as ClockState
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.presets.queries import in_force
from portal.reports.models import Report
from portal.units.services import declare_tie
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON

MINUTE = timedelta(minutes=1)


def refusal(act, *args, **fields):
    """Return (kind, code, field or None) of the refusal of an act."""
    with pytest.raises((Incomplete, OutOfTurn, NotAllowed, NotFound)) as error:
        act(*args, **fields)
    found = error.value
    if isinstance(found, Incomplete):
        return found.reason, found.field
    return (found.args[0], None)


def tie(session, person, unit):
    by = session.scalar(select(Account).where(Account.person_id == person))
    actor = Actor(role=Role.MEMBER, account_id=by.id, person_id=person)
    with unit_of_work(session()) as own:
        declare_tie(own, actor, person_id=person, unit_id=unit, kind="family", now=NOON)


def clocks_agree(session, case_id, *, now):
    """The cache of the clocks holds what reading them anew gives."""
    session.expire_all()
    case = session.get_one(Case, case_id)
    wanted = {
        (row["clock"], row["subject"], row["episode"]): row
        for row in (
            clock_row(case_id, reading)
            for reading in clocks_of(session(), case, in_force(session(), now), as_of=now)
            if reading.started_at is not None
        )
    }
    stored = {
        (row.clock, row.subject, row.episode): {
            name: getattr(row, name) for name in next(iter(wanted.values()))
        }
        for row in session.scalars(select(ClockReading).where(ClockReading.case_id == case_id))
    }
    for key, row in wanted.items():
        if row["state"] == "paused" and key in stored:
            # While it stands still, the day it would be due moves with the day one looks.
            row["due_at"] = stored[key]["due_at"]
    for row in (*wanted.values(), *stored.values()):
        row.pop("state")  # whether it is late depends on when one looks
        row.pop("breached")
    assert stored == wanted


def test_accepting_needs_listed_words_and_a_unit_that_exists(city):
    filed = city.file()
    for changed, code, field in (
        ({"kind": "nothing"}, "kind_missing", "kind"),
        ({"category": ""}, "category_missing", "category"),
        ({"category": "fire"}, "category_missing", "category"),
        ({"jurisdiction": "999999"}, "place_missing", "jurisdiction"),
        ({"jurisdiction": ""}, "place_missing", "jurisdiction"),
        ({"township": "no such town"}, "place_missing", "township"),
        ({"unit_id": uuid4()}, "unit_missing", "unit_id"),
    ):
        assert refusal(city.accepted, filed.case_id, **changed) == (code, field)


def test_a_township_of_another_jurisdiction_is_refused(city, session):
    places = in_force(session(), NOON).taxonomy.jurisdictions
    foreign = next(p for p in places.values() if p.code != "320412" and p.townships)
    filed = city.file()
    code = foreign.townships[0].code
    assert refusal(city.accepted, filed.case_id, township=code) == ("place_missing", "township")


def test_what_is_accepted_is_not_accepted_or_refused_again(city):
    filed = city.file()
    city.accepted(filed.case_id)
    assert refusal(city.accepted, filed.case_id) == ("already_accepted", None)
    refuse = {"reason_code": "not_work_safety", "explanation": "x"}
    assert refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse) == (
        "accepted_stands",
        None,
    )
    city.dispatched(filed.case_id, now=NOON)
    city.move(city.dispatcher, c.TakeBack, filed.case_id)
    # The press took its acceptance along, so that refusing is possible again.
    city.move(city.dispatcher, c.Refuse, filed.case_id, **refuse)


def test_blank_words_are_no_words(city):
    filed = city.file()
    blanks = ("", " ", "\n\t", "\u3000", "\u00a0")
    for blank in blanks:
        refuse = {"reason_code": "not_work_safety", "explanation": blank}
        found = refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse)
        assert found == ("reason_missing", "explanation")
    city.accepted(filed.case_id)
    for blank in blanks:
        other = {"reason": blank, "code": "insp-industry"}
        assert refusal(city.dispatched, filed.case_id, **other) == ("reason_missing", "reason")


def test_dispatching_needs_a_living_group_that_handles(city, session):
    filed = city.file()
    fields = {"group_id": city.group("insp-fire")}
    assert refusal(city.dispatched, filed.case_id) == ("not_accepted", None)
    city.accepted(filed.case_id)
    for group, code in (
        (None, "group_missing"),
        (uuid4(), "group_gone"),
        (city.group("insp-transport"), "group_gone"),  # nobody in it
        (city.group("duty-desk"), "desk_is_no_target"),
    ):
        assert refusal(city.dispatched, filed.case_id, group_id=group) == (code, "group_id")
    with unit_of_work(session()) as own:
        own.execute(update(Group).where(Group.code == "insp-fire").values(ended_on=NOON.date()))
    assert refusal(city.dispatched, filed.case_id, **fields) == ("group_gone", "group_id")


def test_what_is_proposed_needs_no_reason_and_the_explanation_is_kept(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, reason="")
    event = events_of(session(), filed.case_id)[-1]
    assert event.payload["as_proposed"] is True
    assert event.payload["routing"]["rule_id"] == "fire"


def test_taking_back_ends_with_its_last_minute(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    late, last = NOON + timedelta(minutes=10, microseconds=1), NOON + timedelta(minutes=10)
    code, _ = refusal(city.move, city.dispatcher, c.TakeBack, filed.case_id, now=late)
    assert code == "take_back_over"
    city.move(city.dispatcher, c.TakeBack, filed.case_id, now=last)
    assert session.get_one(Case, filed.case_id).dispatched_by is None


def test_only_who_sent_it_takes_it_back_and_only_unsigned(city):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    found = refusal(city.move, city.second_dispatcher, c.TakeBack, filed.case_id)
    assert found == ("not_sent_by_you", None)
    city.move(city.lead, c.SignFor, filed.case_id)
    # Signed for and passed on by the lead: assigned again, but no longer the dispatcher's.
    other = {"group_id": city.group("insp-industry"), "reason": "专业"}
    city.move(city.lead, c.Reassign, filed.case_id, **other)
    found = refusal(city.move, city.dispatcher, c.TakeBack, filed.case_id)
    assert found == ("signed_for_already", None)


def test_an_acceptance_made_before_stays_when_the_dispatch_is_taken_back(city, session):
    filed = city.file()
    city.accepted(filed.case_id, now=NOON)
    city.dispatched(filed.case_id, now=NOON + MINUTE)
    city.move(city.dispatcher, c.TakeBack, filed.case_id, now=NOON + 2 * MINUTE)
    assert session.get_one(Case, filed.case_id).accepted_at == NOON


def test_setting_aside_is_for_tomorrow_to_the_third_day(city, session):
    filed = city.file()
    for days, goes in ((0, False), (1, True), (3, True), (4, False), (-1, False)):
        until = {"until": NOON.date() + timedelta(days=days), "reason": "等回音"}
        if goes:
            city.move(city.dispatcher, c.SetAside, filed.case_id, **until)
            city.move(city.dispatcher, c.SetAside, filed.case_id, until=None, reason="")
            assert session.get_one(Case, filed.case_id).set_aside_until is None
        else:
            found = refusal(city.move, city.dispatcher, c.SetAside, filed.case_id, **until)
            assert found == ("until_missing", "until")


def test_setting_aside_moves_no_clock(city, session):
    filed = city.file()
    before = session.get_one(Case, filed.case_id).next_due_at
    until = {"until": date(2026, 11, 12), "reason": "等"}
    city.move(city.dispatcher, c.SetAside, filed.case_id, **until)
    assert session.get_one(Case, filed.case_id).next_due_at == before


@pytest.mark.trap(13)
def test_nothing_is_passed_on_without_a_named_office_a_trace_and_words(city):
    filed = city.file()
    good = {"office": "police", "handover": "公函 12 号", "explanation": "请找公安"}
    for fields, code, field in (
        ({"office": "nobody"}, "office_missing", "office"),
        ({"office": ""}, "office_missing", "office"),
        ({"handover": " "}, "handover_missing", "handover"),
        ({"explanation": " "}, "reason_missing", "explanation"),
    ):
        for command in (c.TransferOut, c.ReferAccident):
            bad = {**good, **fields}
            found = refusal(city.move, city.dispatcher, command, filed.case_id, **bad)
            assert found == (code, field)


def test_an_accident_goes_only_to_an_office_that_inquires_into_accidents(city, session):
    filed = city.file()
    good = {"office": "hotline_12345", "handover": "转单", "explanation": "请打 12345"}
    found = refusal(city.move, city.dispatcher, c.ReferAccident, filed.case_id, **good)
    assert found == ("office_missing", "office")
    city.move(city.dispatcher, c.TransferOut, filed.case_id, **good)


def test_a_refusal_says_a_listed_reason(city):
    filed = city.file()
    refuse = {"reason_code": "we_do_not_like_it", "explanation": "x"}
    found = refusal(city.move, city.dispatcher, c.Refuse, filed.case_id, **refuse)
    assert found == ("reason_unlisted", "reason_code")


# merging and splitting


def test_a_merge_needs_another_open_case_that_still_owes_its_answer(city, session):
    filed, concluded = city.file(), city.in_hand()
    city.move(city.lead, c.Verify, concluded.case_id, finding=Finding.NOT_TRUE, reason="看")
    answers = ((concluded.report_id, "无"),)
    city.move(city.lead, c.Conclude, concluded.case_id, answers=answers)
    for into, code in (
        (None, "target_missing"),
        (uuid4(), "target_missing"),
        (filed.case_id, "target_same"),
        (city.closed().case_id, "target_closed"),
        (elsewhere(city, session), "target_missing"),
        (concluded.case_id, "target_concluded"),
    ):
        found = refusal(city.move, city.dispatcher, c.Merge, filed.case_id, into_id=into)
        assert found == (code, "into_id")


def elsewhere(city, session):
    """A case of another desk, which the dispatcher of this one does not see."""
    other = group_by_code(session(), "hotline-desk")
    with unit_of_work(session()) as own:
        someone = {"name": "某", "post": "", "email": "x@example.org", "language": "zh_Hans_CN"}
        account = add_person(own, SYSTEM, now=NOON, **someone)
        since = {"starts_on": date(2026, 1, 1), "now": NOON}
        give_role(own, SYSTEM, account, Role.DISPATCHER, group=other, **since)
    filed = city.file(channel="hotline_12345", claimed_category=None, jurisdiction=None)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).desk_id == other.id
    return filed.case_id


def snapshot(session, case_id):
    """Everything that a merge may touch of a case."""
    session.expire_all()
    case = session.get_one(Case, case_id)
    skip = {"version", "next_due_at", "next_clock", "next_due_sort"}
    names = [c.name for c in Case.__table__.columns if c.name not in skip]
    return {name: getattr(case, name) for name in names} | {
        "reports": [r.id for r in case.reports],
        "due": (case.next_due_at, case.next_clock),
    }


@pytest.mark.trap(42)
@pytest.mark.parametrize("how", ["received", "set_aside", "paused", "return_asked", "messages"])
def test_merge_then_split_gives_back_what_was(city, session, how):
    first = city.file()
    if how in ("received", "set_aside", "messages"):
        second, who = city.file(), city.dispatcher
    else:
        second, who = city.in_hand(), city.lead
        city.accepted(first.case_id)
        city.dispatched(first.case_id)
    if how == "set_aside":
        until = {"until": date(2026, 11, 12), "reason": "等"}
        city.move(city.dispatcher, c.SetAside, second.case_id, **until)
    if how == "paused":
        pause = {"reason_code": "force_majeure", "reason": "台风"}
        city.move(city.lead, c.Pause, second.case_id, **pause)
    if how == "return_asked":
        city.move(city.lead, c.ReturnDispatch, second.case_id, reason="不归我们")
        city.dispatched(second.case_id)
        city.move(city.lead, c.AskReturn, second.case_id, reason="还是不归")
    if how == "messages":
        ask = {"report_id": second.report_id, "body": "怎么样了"}
        city.move(city.reporter(second.report_id), c.Ask, second.case_id, **ask)
    was, target_was = snapshot(session, second.case_id), snapshot(session, first.case_id)
    city.move(who, c.Merge, second.case_id, into_id=first.case_id)
    merged = snapshot(session, first.case_id)
    assert set(merged["reports"]) == {first.report_id, second.report_id}
    assert merged["unanswered_count"] == target_was["unanswered_count"] + was["unanswered_count"]
    clocks_agree(session, second.case_id, now=NOON)
    city.move(who, c.Split, first.case_id, report_id=second.report_id)
    assert snapshot(session, second.case_id) == was
    assert snapshot(session, first.case_id) == target_was
    for one in (first, second):
        clocks_agree(session, one.case_id, now=NOON)


@pytest.mark.trap(42)
def test_a_chain_of_merges_keeps_every_reports_own_clock_until_its_answer(city, session):
    """A into B into C: the answer in C stops the chain of all three, in every case's cache."""
    a, b, last = city.file(), city.file(), city.in_hand()
    city.move(city.dispatcher, c.Merge, a.case_id, into_id=b.case_id)
    city.move(city.dispatcher, c.Merge, b.case_id, into_id=last.case_id)
    session.expire_all()
    assert {r.id for r in session.get_one(Case, last.case_id).reports} == {
        a.report_id,
        b.report_id,
        last.report_id,
    }
    city.move(city.lead, c.Verify, last.case_id, finding=Finding.NOT_TRUE, reason="看")
    answers = tuple((one.report_id, "查过了") for one in (a, b, last))
    city.move(city.lead, c.Conclude, last.case_id, answers=answers)
    for one in (a, b, last):
        chains = session.execute(
            select(ClockReading.subject, ClockReading.stopped_at).where(
                ClockReading.case_id == one.case_id, ClockReading.clock == "chain"
            )
        ).all()
        assert (str(one.report_id), NOON) in [tuple(row) for row in chains]
        assert None not in [row.stopped_at for row in chains]
        clocks_agree(session, one.case_id, now=NOON)


@pytest.mark.trap(42)
def test_one_report_of_a_chain_of_merges_leaves_alone(city, session):
    a, b, last = city.file(), city.file(), city.file()
    city.move(city.dispatcher, c.Merge, a.case_id, into_id=b.case_id)
    city.move(city.dispatcher, c.Merge, b.case_id, into_id=last.case_id)
    city.move(city.dispatcher, c.Split, last.case_id, report_id=a.report_id)
    session.expire_all()
    states = [session.get_one(Case, one.case_id).state for one in (a, b, last)]
    assert states == [State.RECEIVED, State.CLOSED, State.RECEIVED]
    reports = session.get_one(Case, last.case_id).reports
    assert {r.id for r in reports} == {b.report_id, last.report_id}
    for one in (a, b, last):
        clocks_agree(session, one.case_id, now=NOON)


def test_a_merged_case_comes_back_by_splitting_and_not_by_reopening(city, session):
    goes, stays = city.file(), city.file()
    city.move(city.dispatcher, c.Merge, goes.case_id, into_id=stays.case_id)
    reopen = {"ground": "new_evidence", "reason": "x"}
    found = refusal(city.move, city.director, c.Reopen, goes.case_id, **reopen)
    assert found == ("merged_elsewhere", None)


def test_a_report_leaves_only_the_case_that_it_came_into(city):
    one, other = city.file(), city.file()
    for report in (one.report_id, other.report_id, uuid4()):
        found = refusal(city.move, city.dispatcher, c.Split, one.case_id, report_id=report)
        assert found == ("report_missing", "report_id")
    found = refusal(city.move, city.dispatcher, c.Split, one.case_id, part=" ")
    assert found == ("part_missing", "part")


def test_a_part_that_is_split_off_wins_no_time(city, session):
    """Split before the acceptance, the part's decision is due when the whole's was."""
    filed = city.file()
    due = session.get_one(Case, filed.case_id).next_due_at
    later = NOON + timedelta(days=2)
    city.move(city.dispatcher, c.Split, filed.case_id, part="另一处配电箱", now=later)
    part = session.scalar(select(Case).where(Case.split_from == filed.case_id))
    assert (part.state, part.next_clock, part.next_due_at) == (State.RECEIVED, "acceptance", due)
    assert_row_is_replay(session, part.id)
    clocks_agree(session, part.id, now=later)


# at the group


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


def visit(city, *people, **more):
    return {
        "visited_at": NOON,
        "inspectors": tuple(one.person_id for one in people),
        "finding": "查了",
        **more,
    }


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


@pytest.mark.promise(2)
def test_what_a_reporter_does_is_stored_no_finer_than_the_hour(city, session, superuser):
    """Every time in the database that the act wrote, wherever it stands."""
    filed = city.in_hand()
    odd = NOON.replace(minute=37, second=11, microsecond=123456) + timedelta(hours=1)
    reporter = city.reporter(filed.report_id)
    ask = {"report_id": filed.report_id, "body": "在吗"}
    city.move(reporter, c.Ask, filed.case_id, now=odd, **ask)
    city.move(reporter, c.Withdraw, filed.case_id, now=odd, reason="算了")
    another = city.file(now=odd)
    assert another.is_new
    session.rollback()
    with superuser.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'"
            )
        ).all()
        for table, column in columns:
            if table.startswith("procrastinate"):
                continue
            found = connection.execute(
                text(
                    f"SELECT count(*) FROM {table} "
                    f"WHERE date_trunc('minute', {column}) = date_trunc('minute', :odd)"
                ),
                {"odd": odd},
            ).scalar()
            assert found == 0, f"{table}.{column} tells the minute"
        events = connection.execute(text("SELECT payload::text FROM events")).scalars().all()
    assert not [payload for payload in events if ":37:11" in payload]


@pytest.mark.promise(5)
def test_a_reporters_word_in_the_running_hour_takes_no_event_from_the_clocks(city, session):
    """Its time is the hour's start, before the acceptance: the clocks must not forget that."""
    filed = city.file(now=NOON)
    accepted_at = NOON + timedelta(minutes=40)
    city.accepted(filed.case_id, now=accepted_at)
    assert session.get_one(Case, filed.case_id).next_clock == "dispatch"
    at = NOON + timedelta(minutes=50)
    ask = {"report_id": filed.report_id, "body": "在吗"}
    city.move(city.reporter(filed.report_id), c.Ask, filed.case_id, now=at, **ask)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).next_clock == "dispatch"
    clocks_agree(session, filed.case_id, now=at)


def test_a_reporter_objects_in_the_hour_of_the_answer(city, session):
    at = NOON + timedelta(minutes=20)
    filed = city.closed(now=at)
    objecting = {"body": "没有看"}
    city.move(city.reporter(filed.report_id), c.Object, filed.case_id, now=at + MINUTE, **objecting)
    clocks_agree(session, filed.case_id, now=at + MINUTE)


def test_a_refused_report_was_decided_in_time_and_answered(city, session):
    filed = city.file()
    refuse = {"reason_code": "not_work_safety", "explanation": "请打 12345"}
    city.move(city.dispatcher, c.Refuse, filed.case_id, **refuse)
    report = session.get_one(Report, filed.report_id)
    assert (report.answered_at, session.get_one(Case, filed.case_id).resolution) == (
        NOON,
        Resolution.REFUSED,
    )
    case = session.get_one(Case, filed.case_id)
    chain = next(
        r
        for r in clocks_of(session(), case, in_force(session(), NOON), as_of=NOON)
        if r.kind == "chain"
    )
    assert chain.stopped_at == NOON
    assert chain.state is not ClockState.RUNNING
    assert promised_dates(session(), report, now=NOON).decision is None


def test_the_priority_is_one_of_the_listed(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id, priority=Priority.URGENT, suspected_major=True)
    case = session.get_one(Case, filed.case_id)
    assert (case.priority, case.suspected_major, case.next_clock) == (
        Priority.URGENT,
        True,
        "sign_for_urgent",
    )
    assert SYSTEM.account_id is None
