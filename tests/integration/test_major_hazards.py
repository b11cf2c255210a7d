"""A major hazard: decided by named people, and put right only when two people have seen it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import clocks_of, needs_me, sheet_of
from portal.cases.services import link_token
from portal.inspections.kinds import Level
from portal.presets.queries import in_force
from portal.taskbooks.kinds import ItemState
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, OF_MAJOR
from tests.support.clerk import Clerk
from tests.support.refusals import UNIT, refusal, reported, unit_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def test_named_people_decide_on_a_level_and_who_found_it_not_alone(city, session):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    found_it = (city.member.person_id, city.second_member.person_id)
    both = (city.lead.person_id, city.member.person_id)
    good = {
        "hazard_id": hazard,
        "level": Level.MAJOR,
        "criterion": "GB 35181-2025 第 6 章",
        "reason": "楼上住人",
        "panel": both,
    }
    for changed, code, field in (
        ({"hazard_id": uuid4()}, "hazard_missing", "hazard_id"),
        ({"level": None}, "level_missing", "level"),
        ({"level": Level.GENERAL}, "level_same", "level"),
        ({"criterion": " "}, "criterion_missing", "criterion"),
        ({"panel": both[:1]}, "panel_too_small", "panel"),
        ({"panel": (both[0], both[0])}, "panel_too_small", "panel"),
        ({"panel": (both[0], city.director.person_id)}, "panel_elsewhere", "panel"),
        ({"panel": found_it}, "panel_found_it", "panel"),
        ({"reason": ""}, "reason_missing", "reason"),
    ):
        found = refusal(city.move, city.lead, c.DecideLevel, filed.case_id, **good | changed)
        assert found == (code, field)
    # An expert from outside agrees with those who found it.
    expert = {"panel": found_it, "experts": "王工，消防救援支队\n"}
    city.move(city.member, c.DecideLevel, filed.case_id, **good | expert)
    session.expire_all()
    sheet = sheet_of(session(), session.get_one(Case, filed.case_id))
    decision = sheet.levels[hazard]
    assert sheet.hazards[0].level is decision.level is Level.MAJOR
    assert set(decision.panel) == set(found_it)
    assert sheet.text(decision.experts_text_id) == "王工，消防救援支队"
    # Of the two limits of finding out whether it is true the stricter holds from its old start.
    case, preset = sheet.case, in_force(session(), NOON)
    clocks = clocks_of(session(), case, preset, as_of=NOON)
    verification = next(one for one in clocks if one.kind.startswith("verification"))
    assert verification.limit.id == "verification_major"
    # Back to general it goes by the same way only.
    back = good | {"level": Level.GENERAL, "panel": both[:1]}
    assert refusal(city.move, city.lead, c.DecideLevel, filed.case_id, **back)[0] == (
        "panel_too_small"
    )


@pytest.mark.trap(15, 18)
def test_two_people_sign_after_a_check_on_site(city, session):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    book = city.book(filed.case_id, [hazard])
    reported(city, filed.case_id, book)
    item = city.items(filed.case_id)[0]
    city.levelled(hazard, filed.case_id)
    passing = {"item_id": item.id, "opinion": "看到已拆", "on_site": True}

    def refused(who, command, **changed):
        return refusal(city.move, who, command, filed.case_id, **passing | changed)

    assert refused(city.supervisor, c.PassReview) == ("first_signature", "item_id")
    assert refused(city.supervisor, c.SignCheck, on_site=False) == ("major_on_site", "on_site")
    assert refused(city.supervisor, c.SignCheck, opinion="")[0] == "evidence_missing"
    assert refused(city.member, c.SignCheck)[0] == "own_work"
    city.move(city.supervisor, c.SignCheck, filed.case_id, **passing)
    assert refused(city.director, c.SignCheck)[0] == "nothing_to_sign"
    # The same person in another office, with another account.
    twin = replace(city.director, person_id=city.supervisor.person_id)
    for one in (city.supervisor, twin):
        assert refused(one, c.PassReview) == ("same_signature", "item_id")
    assert city.items(filed.case_id)[0].state is ItemState.REPORTED
    # A fail throws the first signature away: the next check is signed for anew.
    fail = {**passing, "new_due_on": NOON.date() + DAY}
    city.move(city.director, c.FailReview, filed.case_id, **fail)
    reported(city, filed.case_id, book)
    assert refused(city.director, c.PassReview)[0] == "first_signature"
    city.move(city.director, c.SignCheck, filed.case_id, **passing)
    city.move(city.supervisor, c.PassReview, filed.case_id, **passing)
    assert city.items(filed.case_id)[0].state is ItemState.PASSED
    assert_row_is_replay(session, filed.case_id)


def test_a_book_for_a_major_hazard_is_whole_and_its_protection_has_a_clock(city, session, app):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    city.levelled(hazard, filed.case_id)
    for name, code in (
        ("evidence_asked", "proof_missing"),
        ("funds", "funds_missing"),
        ("contingency", "contingency_missing"),
        ("interim", "interim_missing"),
    ):
        found = refusal(city.book, filed.case_id, [hazard], **OF_MAJOR | {name: " "})
        assert found == (code, f"items-0-{name}")
    book = city.book(filed.case_id, [hazard], **OF_MAJOR)
    item = city.items(filed.case_id)[0]

    def protection(now):
        session.expire_all()
        case = session.get_one(Case, filed.case_id)
        found = clocks_of(session(), case, in_force(session(), now), as_of=now)
        return next(one for one in found if one.kind == "interim_protection")

    assert protection(NOON).due_at == NOON + DAY
    assert protection(NOON + DAY + MINUTE).breach
    page = app.test_client().get(f"/unit/{link_token(book.id)}?lang=en").text
    assert all(words in page for words in OF_MAJOR.values())
    safe = {"item_id": item.id, "statement": "三楼已清空", **UNIT}
    assert refusal(
        city.move, unit_of(book), c.ReportInterim, filed.case_id, **safe | {"post": ""}
    ) == (
        "post_missing",
        "post",
    )
    city.move(unit_of(book), c.ReportInterim, filed.case_id, **safe, now=NOON + 2 * MINUTE)
    assert protection(NOON + DAY + MINUTE).stopped_at == NOON + 2 * MINUTE
    again = refusal(city.move, unit_of(book), c.ReportInterim, filed.case_id, **safe)
    assert again == ("no_interim", "item_id")
    assert_row_is_replay(session, filed.case_id)


def test_a_task_that_went_out_before_its_hazard_was_major_is_made_whole(city, session, client_for):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    book = city.book(filed.case_id, [hazard], evidence_asked="验收单")
    member, whole = city.member, OF_MAJOR | {"evidence_asked": ""}
    item = {"item_id": city.items(filed.case_id)[0].id}
    early = refusal(city.move, member, c.SupplementTask, filed.case_id, **item, **whole)
    assert early[0] == "nothing_lacking"
    city.levelled(hazard, filed.case_id)
    shown = Clerk(client_for(member)).go(f"/staff/cases/{filed.case_id}").text
    assert "missing: funds, contingency plan, interim protection" in shown.replace(" and ", ", ")
    needed = select(Case.id).where(needs_me(member, NOON.date()))
    assert filed.case_id in session.scalars(needed).all()
    for name, code in (("funds", "funds_missing"), ("interim", "interim_missing")):
        lack = refusal(
            city.move, member, c.SupplementTask, filed.case_id, **item, **whole | {name: " "}
        )
        assert lack == (code, name)
    later = NOON + DAY
    city.move(member, c.SupplementTask, filed.case_id, **item, **whole, now=later)
    again = refusal(city.move, member, c.SupplementTask, filed.case_id, **item, **whole)
    assert again[0] == "nothing_lacking"
    case = session.get_one(Case, filed.case_id, populate_existing=True)
    clocks = clocks_of(session(), case, in_force(session(), later), as_of=later)
    protection = next(one for one in clocks if one.kind == "interim_protection")
    assert (protection.started_at, protection.due_at) == (later, later + DAY)
    safe = {**item, "statement": "三楼已清空", **UNIT, "now": later + MINUTE}
    city.move(unit_of(book), c.ReportInterim, filed.case_id, **safe)
    # What the task said already stays as it was.
    sheet = sheet_of(session(), session.get_one(Case, filed.case_id, populate_existing=True))
    row = sheet.items[book.id][0]
    assert sheet.text(row.evidence_text_id) == "验收单"
    assert sheet.text(row.funds_text_id) == OF_MAJOR["funds"]
    assert_row_is_replay(session, filed.case_id)
