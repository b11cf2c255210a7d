"""Listing for supervision: ordered as a step, published, accepted by another body, struck off."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from portal.cases.kinds import Finding, Resolution
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.next_step import next_step
from portal.cases.models import Case
from portal.cases.queries import clocks_of, dressed, needs_me
from portal.cases.services import record_breaches
from portal.discipline.kinds import End, ListingEnd
from portal.discipline.models import DisciplinaryStep
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.inspections.kinds import Level
from portal.presets.queries import in_force
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, OF_MAJOR, PLACE, TEXT
from tests.support.clerk import Clerk
from tests.support.files import jpeg
from tests.support.refusals import refusal, reported

DAY = timedelta(days=1)
WORDS = "员工宿舍疏散楼梯被锁闭"


class Road:
    """A case whose hazard is major, with its task book out, and short ways to act on it."""

    def __init__(self, city, session):
        self.city, self.session = city, session
        self.filed = city.in_hand()
        self.id = self.filed.case_id
        self.hazard = city.inspected(self.id)[0]
        city.levelled(self.hazard, self.id)
        self.book = city.book(self.id, [self.hazard], **OF_MAJOR)
        self.item = city.items(self.id)[0].id

    def signed(self):
        """The unit reports it done; the lead signs first, the supervisor passes it."""
        reported(self.city, self.id, self.book)
        seen = {"item_id": self.item, "opinion": "看到已拆", "on_site": True}
        self.city.move(self.city.lead, c.SignCheck, self.id, **seen)
        self.city.move(self.city.supervisor, c.PassReview, self.id, **seen)

    def answered(self):
        self.city.move(self.city.lead, c.Verify, self.id, finding=Finding.TRUE, reason="属实")
        answers = ((self.filed.report_id, "已整改"),)
        self.city.move(self.city.lead, c.Conclude, self.id, answers=answers)

    def case(self):
        return self.session.get_one(Case, self.id, populate_existing=True)

    def lack(self, who, command, **fields):
        return refusal(self.city.move, who, command, self.id, **fields)

    def waits_for(self, who):
        """Return the next step for somebody, and whether their list has it by SQL too."""
        case, today = self.case(), NOON.date()
        counts = dressed(self.session(), [case]).beside[case.id].counts
        is_listed = self.session.query(Case).filter(Case.id == self.id, needs_me(who, today))
        step = next_step(case, who, today, counts)
        assert step.is_mine is (is_listed.first() is not None)
        return step.code


@pytest.fixture
def road(city, session):
    return Road(city, session)


@pytest.mark.trap(15, 18, 31)
def test_a_listed_hazard_is_accepted_by_another_body_before_anything_ends(road, app):
    city, lead, director = road.city, road.city.lead, road.city.director
    listing = city.listed(road.id, road.hazard)
    assert (listing.number, listing.until_on) == ("2026-L0001", (NOON + 60 * DAY).date())
    on = {"listing_id": listing.id}
    said = {**on, "body": "市应急管理局", "people": "钱处长", "opinion": "合格", "passed": True}
    said |= {"accepted_on": NOON.date()}
    # Nothing of it before the check on site was signed for by two.
    assert road.lack(director, s.AcceptWork, **said)[0] == "nothing_to_accept"
    road.signed()
    road.answered()
    assert road.waits_for(lead) == "acceptance"
    close = {"lesson_considered": True}
    assert road.lack(lead, c.Close, **close)[0] == "acceptance_first"
    asked = {**on, "proof": "前后照片"}
    assert road.lack(city.member, s.AskDelisting, **asked)[0] == "accept_before_delisting"
    # By person: who found, ordered or checked it accepts nothing, in whatever office.
    for worked in (city.member, city.second_member, lead, city.supervisor):
        twin = replace(director, person_id=worked.person_id)
        assert road.lack(twin, s.AcceptWork, **said)[0] == "accepts_own_work"
    for changed, code in (
        ({"listing_id": None}, "listing_missing"),
        ({"body": " "}, "body_missing"),
        ({"people": ""}, "accepter_missing"),
        ({"people": "钱处长\nsecond_member"}, "accepter_worked"),
        ({"passed": None}, "accepted_missing"),
        ({"accepted_on": (NOON - DAY).date()}, "accepted_on_wrong"),
        ({"accepted_on": (NOON + DAY).date()}, "accepted_on_wrong"),
        ({"opinion": ""}, "acceptance_words"),
    ):
        assert road.lack(director, s.AcceptWork, **said | changed)[0] == code
    # A body that says no leaves it where it was.
    city.move(director, s.AcceptWork, road.id, **said | {"passed": False})
    assert road.lack(lead, c.Close, **close)[0] == "acceptance_first"
    city.move(director, s.AcceptWork, road.id, **said)
    assert road.waits_for(lead) == "close"
    # Only striking off ends the step as done; it is asked for by one and decided by another.
    step = road.session.get_one(DisciplinaryStep, listing.step_id)
    done = {"step_id": step.id, "end": "done", "effect": "已整改"}
    assert road.lack(director, s.EndStep, **done)[0] == "delist_first"
    assert road.lack(city.member, s.AskDelisting, **asked | {"proof": ""})[0] == "evidence_missing"
    city.move(city.member, s.AskDelisting, road.id, **asked)
    assert road.waits_for(director) == "decide_delisting"
    twin = replace(director, person_id=city.member.person_id)
    decided = {**on, "granted": True, "reason": "验收合格"}
    assert road.lack(twin, s.DecideDelisting, **decided)[0] == "own_delisting"
    city.move(director, s.DecideDelisting, road.id, **decided | {"granted": False})
    city.move(city.member, s.AskDelisting, road.id, **asked)
    city.move(director, s.DecideDelisting, road.id, **decided)
    assert city.listing(road.id).ended is ListingEnd.DELISTED
    road.session.refresh(step)
    assert (step.ended, step.ended_by) == (End.DONE, director.person_id)
    city.move(lead, c.Close, road.id, **close)
    assert road.case().resolution is Resolution.RECTIFIED
    assert_row_is_replay(road.session, road.id)


@pytest.mark.trap(28)
def test_the_public_list_says_the_unit_and_the_hazard_and_nothing_of_a_report(
    road, app, monkeypatch
):
    moment = [NOON]
    for room in ("oversight.views.listed", "web.site"):
        monkeypatch.setattr(f"portal.{room}.now", lambda: moment[0])
    client = app.test_client()

    def seen(address="/open/listed?lang=en"):
        answer = client.get(address)
        assert answer.status_code == 200
        return answer.text

    assert "No hazard is listed now." in seen()
    assert "/open/listed" in client.get("/open?lang=en").text
    city = road.city
    city.listed(road.id, road.hazard, published=f"{WORDS}=1+1")
    page = seen()
    for words in (WORDS, "示例包装有限公司（虚构）", "2026-L0001", "To be put right"):
        assert words in page, words
    number = road.case().number
    for page in (seen(), seen("/open/listed.csv?lang=zh_Hans_CN")):
        assert not any(words in page for words in (TEXT[:8], PLACE[:5], number, str(road.id)))
    moment[0] = NOON + 61 * DAY
    assert "Overdue" in seen()
    road.signed()
    city.accept_work(road.id)
    assert "Put right, to be struck off" in seen()
    listing = city.listing(road.id)
    asked = {"listing_id": listing.id, "proof": "前后照片"}
    city.move(city.member, s.AskDelisting, road.id, **asked)
    decided = {"listing_id": listing.id, "granted": True, "reason": "合格"}
    city.move(city.director, s.DecideDelisting, road.id, **decided)
    assert "Left the list" in seen() and "Struck off" in seen()
    moment[0] = NOON + 366 * DAY
    assert WORDS not in seen()


def test_the_papers_of_an_acceptance_say_what_they_belong_to(road, client_for):
    road.city.listed(road.id, road.hazard)
    road.signed()
    clerk = Clerk(client_for(road.city.director)).go(f"/staff/cases/{road.id}/accept_work")
    said = {"body": "市应急管理局", "people": "钱处长", "passed": "yes", "opinion": "现场验收合格"}
    clerk.send("/accept_work", **said, files=(BytesIO(jpeg()), "意见.jpg"))
    for words in ("Listed hazard 2026-L0001", "Work accepted", "现场验收合格", "钱处长"):
        assert words in clerk.text, words


def test_a_listing_has_its_own_time_and_its_lateness_stays(road):
    city, director = road.city, road.city.director
    for changed, lack in (
        ({"hazard_id": None}, ("listing_hazard", "hazard_id")),
        ({"until_on": NOON.date()}, ("listing_until", "until_on")),
        ({"until_on": (NOON + 366 * DAY).date()}, ("listing_until", "until_on")),
        ({"published": " "}, ("listing_words", "published")),
    ):
        assert refusal(city.listed, road.id, road.hazard, **changed) == lack
    listing = city.listed(road.id, road.hazard, days=10)
    assert refusal(city.listed, road.id, road.hazard)[0] in ("step_open_already", "listing_hazard")
    # Made general again, it would leave the list by another door.
    general = {"hazard_id": road.hazard, "level": Level.GENERAL, "criterion": "第六条"}
    panel = {"panel": (city.lead.person_id, city.member.person_id), "reason": "不住人"}
    assert road.lack(city.lead, c.DecideLevel, **general, **panel) == ("listed_level", "level")
    late = NOON + 12 * DAY
    with unit_of_work(road.session()) as own:
        record_breaches(own, late)
    breached = [one for one in events_of(road.session(), road.id) if one.kind == "breached"]
    assert "listing" in {one.payload["clock"] for one in breached}

    def reading(at):
        found = clocks_of(road.session(), road.case(), in_force(road.session(), at), as_of=at)
        return next(one for one in found if one.kind == "listing")

    assert (reading(late).subject, reading(late).state) == (str(listing.id), "overdue")
    wrong = {"step_id": listing.step_id, "end": "withdrawn", "effect": "认定有误"}
    city.move(director, s.EndStep, road.id, **wrong, now=late)
    assert city.listing(road.id).ended is ListingEnd.WITHDRAWN
    assert (reading(late).state, reading(late).breach) == ("cancelled", True)
    assert_row_is_replay(road.session, road.id)
