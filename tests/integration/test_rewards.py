"""Rewards: who decides, for whose report, what the reporter and the treasury know, once only."""

import random
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from portal.access.kinds import SYSTEM, Actor, Role
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import reward_commands as r
from portal.cases.models import Case
from portal.cases.services import lapse_rewards
from portal.foundation import secrets as keys
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.integrity import verify
from portal.measures.periods import Period, Scope
from portal.measures.rewards import rewards_behind
from portal.notices.queries import reporters_to_tell
from portal.notices.services import keep_address
from portal.presets.queries import in_force
from portal.reports.lifecycle import receipt_code
from portal.reports.models import Report
from portal.rewards.kinds import RewardState, VoucherState
from portal.rewards.lifecycle import Measure
from portal.rewards.models import Reward, Voucher
from portal.rewards.queries.vouchers import Total, Wanted, ledger, totals, whole_ledger
from portal.rewards.services import (
    Outcome,
    Payment,
    claim_voucher,
    issue_voucher,
    lapse_voucher,
    look_up,
    pay,
    shown_code,
)
from portal.sealing.services import register
from tests.integration.test_the_road import assert_row_is_replay
from tests.support import files
from tests.support.city import NOON, PLACE
from tests.support.clerk import Clerk
from tests.support.refusals import refusal
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

DAY = timedelta(days=1)
#: NOON's day and sixty more, rolled off the weekend.
LAST_DAY = date(2027, 1, 11)
CONTACT = {"name": "王小明", "phone": "138 0000 0000"}
PAID = {"method": "cash", "paid_on": NOON.date(), "receipt": "财收 2026-118"}


@pytest.fixture
def keyed(city, session):
    """The city with two custodians, so that contact details are taken."""
    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(2)):
            register(own, custodian, label=f"{number}", now=NOON)
    return city


class Rewarded:
    """A true case with a named report, and short ways to act on its reward."""

    def __init__(self, city, session, **filed):
        self.city, self.session, self.at = city, session, NOON
        self.nonce = secrets.token_bytes(16)
        self.filed = city.file(nonce=self.nonce, **{"contact": CONTACT, **filed})
        self.id = self.filed.case_id

    def verified(self, finding=Finding.TRUE):
        city = self.city
        city.accepted(self.id)
        city.dispatched(self.id)
        city.move(city.lead, c.SignFor, self.id)
        city.inspected(self.id)
        city.move(city.lead, c.Verify, self.id, finding=finding, reason="看过")
        return self

    @property
    def digits(self):
        return receipt_code(self.nonce, keys.in_use().key("receipt-derivation"))

    def reports(self):
        wanted = select(Report.id).where(Report.case_id == self.id)
        return list(self.session.scalars(wanted))

    def move(self, who, command, **fields):
        actor = who if isinstance(who, Actor) else self.city.actors[who]
        return self.city.move(actor, command, self.id, now=self.at, **fields)

    def lack(self, who, command, **fields):
        actor = who if isinstance(who, Actor) else self.city.actors[who]
        return refusal(self.city.move, actor, command, self.id, now=self.at, **fields)

    def said(self, fine=60000, **more):
        about = {"rule": "major_or_illegal", "measure": Measure(fine_fen=fine * 100)}
        return about | {"among": tuple(self.reports()), "reason": "处罚决定书 12 号"} | more

    def proposed(self, **more):
        self.move("lead", r.ProposeReward, **self.said(**more))
        return self

    def sign(self, *who):
        for one in who or ("supervisor", "director"):
            self.move(one, r.ApproveReward, reward_id=self.row.id)
        return self

    def offered(self, **more):
        return self.proposed(**more).sign()

    @property
    def reporter(self):
        return self.city.reporter(self.filed.report_id)

    def claimed(self, **more):
        self.offered(**more).move(self.reporter, r.ClaimReward)
        return self

    @property
    def row(self):
        self.session.expire_all()
        wanted = select(Reward).order_by(Reward.proposed_at.desc(), Reward.ended_at.nulls_first())
        own = wanted.where(Reward.case_id == self.id)
        return self.session.scalars(own).first()

    @property
    def voucher(self):
        return self.session.get_one(Voucher, self.row.voucher_id, populate_existing=True)

    @property
    def code(self):
        return shown_code(self.row.voucher_id)

    def pay(self, code=None, **more):
        with unit_of_work(self.session()) as own:
            payment = Payment(code=code or self.code, **PAID | more)
            return pay(own, self.city.treasurer, payment, today=NOON.date(), now=self.at)[0]


@pytest.fixture
def true(keyed, session):
    return Rewarded(keyed, session).verified()


def kinds_of(session, *wanted):
    return list(session.scalars(select(Event.kind).where(Event.kind.in_(wanted))))


def test_two_others_sign_then_the_reporter_claims_and_the_code_is_paid(true, session):
    true.proposed(measure=Measure(fine_fen=6_000_000, employee=True))
    assert (true.row.state, true.row.amount) == (RewardState.PROPOSED, 10_800)
    true.sign("supervisor")
    assert (true.row.state, true.row.voucher_id) == (RewardState.SIGNED_ONCE, None)
    assert session.scalar(select(Voucher)) is None
    true.sign("director")
    assert (true.row.state, true.row.claim_until) == (RewardState.OFFERED, LAST_DAY)
    told = (true.voucher.number, true.voucher.amount, true.voucher.state)
    assert told == ("2026-J0001", 10_800, VoucherState.OFFERED)
    assert (true.voucher.decided_month, true.voucher.code_hash) == (date(2026, 11, 1), None)
    true.move(true.reporter, r.ClaimReward)
    assert true.row.claimed_at == NOON.replace(minute=0)
    assert true.voucher.code_hash != true.code.encode()
    assert true.pay() is Outcome.PAID
    assert (true.voucher.state, true.voucher.paid_on) == (VoucherState.PAID, NOON.date())
    assert session.get_one(Case, true.id).state == "in_hand"
    assert_row_is_replay(session, true.id)
    session.rollback()
    assert verify(session(), keys.in_use().key("seal-chain"), None).findings == []
    session.rollback()
    paid = session.scalar(select(Event).where(Event.kind == EventKind.REWARD_PAID))
    assert (paid.case_id, paid.role) == (None, Role.TREASURER)
    assert paid.payload["number"] == "2026-J0001"
    # Having a part in a reward is no part in what was found.
    assert true.lack("supervisor", r.ApproveReward, reward_id=true.row.id)[0] == (
        "no_reward_proposed"
    )


def test_a_proposal_says_what_it_lacks(true):
    for wrong, expected in (
        ({"rule": None}, ("reward_rule_missing", "rule")),
        ({"rule": "x"}, ("reward_rule_missing", "rule")),
        ({"measure": Measure()}, ("reward_fine_missing", "fine")),
        ({"rule": "concealed_accident"}, ("reward_accident_missing", "accident")),
        (
            {"rule": "concealed_accident", "measure": Measure(accident="major")},
            ("reward_persons_missing", "persons"),
        ),
        ({"among": ()}, ("reward_reports_missing", "among")),
        ({"among": (true.id,)}, ("reward_reports_missing", "among")),
        ({"reason": " "}, ("reason_missing", "reason")),
    ):
        assert true.lack("lead", r.ProposeReward, **true.said() | wrong) == expected, wrong


@pytest.mark.trap(15)
def test_nobody_signs_twice_and_nobody_signs_for_their_own(true, city, session):
    assert true.lack("supervisor", r.ApproveReward, reward_id=None)[0] == "no_reward_proposed"
    true.proposed()
    own = {"reward_id": true.row.id}
    assert true.lack("lead", r.ApproveReward, **own)[0] == "reward_own_proposal"
    # The same person at another account, in another role.
    lead = city.lead
    twin = Actor(role=Role.DIRECTOR, account_id=lead.account_id, person_id=lead.person_id)
    assert true.lack(twin, r.ApproveReward, **own)[0] == "reward_own_proposal"
    true.sign("director")
    assert true.lack("director", r.ApproveReward, **own)[0] == "reward_signed_already"
    director = city.director
    twin = Actor(
        role=Role.LEAD,
        account_id=director.account_id,
        person_id=director.person_id,
        group_id=city.supervisor.group_id,
        group_kind=city.supervisor.group_kind,
        jurisdiction=city.supervisor.jurisdiction,
    )
    assert true.lack(twin, r.ApproveReward, **own)[0] == "reward_signed_already"
    assert true.lack("member", r.ApproveReward, **own)[0] == "case.approve_reward"
    for stranger in ("other_lead", "supervisor_elsewhere", "treasurer"):
        with pytest.raises(NotFound):
            true.move(stranger, r.ApproveReward, **own)
    assert session.scalar(select(Voucher)) is None


def test_one_of_the_two_is_of_the_role_that_the_rules_name(true, city):
    true.proposed().sign("supervisor")
    second = Actor(
        role=Role.LEAD,
        account_id=city.other_lead.account_id,
        person_id=city.other_lead.person_id,
        group_id=city.lead.group_id,
    )
    lack = true.lack(second, r.ApproveReward, reward_id=true.row.id)
    assert lack[0] == "reward_needs_role"
    assert true.sign("director").row.state is RewardState.OFFERED


def test_only_what_is_true_is_rewarded_and_by_the_named_unless_the_rules_say_else(
    keyed, session, monkeypatch
):
    early = Rewarded(keyed, session)
    with pytest.raises(NotFound):
        early.move("lead", r.ProposeReward, **early.said())
    false = early.verified(Finding.NOT_TRUE)
    assert false.lack("lead", r.ProposeReward, **false.said())[0] == "reward_not_verified"
    nameless = Rewarded(keyed, session, contact={}).verified()
    assert nameless.lack("lead", r.ProposeReward, **nameless.said())[0] == "reward_nobody"
    with_anonymous(monkeypatch, session)
    assert nameless.claimed().row.state is RewardState.CLAIMED


def with_anonymous(monkeypatch, session):
    """Let the city reward reports without contact details, too."""
    from dataclasses import replace

    from portal.presets import queries

    known = queries.in_force(session(), NOON)
    other = replace(known, rewards=replace(known.rewards, anonymous=True))
    monkeypatch.setitem(
        queries._presets, next(key for key, one in queries._presets.items() if one is known), other
    )


def test_there_is_one_reward_for_a_hazard_and_a_corrected_one_after_a_refusal(true, session):
    true.proposed()
    assert true.lack("lead", r.ProposeReward, **true.said())[0] == "reward_there_already"
    true.move("lead", r.EndReward, reward_id=true.row.id, reason="罚款写错了")
    assert true.row.ended == "withdrawn"
    true.proposed(fine=10_000)
    assert true.lack("supervisor", r.EndReward, reward_id=true.row.id, reason=" ")[0] == (
        "reason_missing"
    )
    true.move("supervisor", r.EndReward, reward_id=true.row.id, reason="依据不足")
    assert set(session.scalars(select(Reward.ended))) == {"withdrawn", "declined"}
    true.offered(fine=123_457)
    assert true.row.amount == 18_519
    assert true.lack("lead", r.ProposeReward, **true.said())[0] == "reward_there_already"
    assert true.lack("lead", r.EndReward, reward_id=true.row.id, reason="x")[0] == (
        "no_reward_proposed"
    )
    assert_row_is_replay(session, true.id)


@pytest.mark.trap(42)
@pytest.mark.parametrize("merged_last", [True, False])
def test_the_first_to_file_is_rewarded_whatever_was_merged_in_which_order(
    keyed, session, merged_last
):
    """Four reported, the first of them without a name; who filed second is the first valid one."""
    nameless = Rewarded(keyed, session, contact={})
    first = Rewarded(keyed, session)
    third = Rewarded(keyed, session)
    base = Rewarded(keyed, session)
    order = (third, nameless, first) if merged_last else (first, nameless, third)
    for one in order:
        keyed.move(keyed.dispatcher, c.Merge, one.id, into_id=base.id)
    base.verified()
    assert len(base.reports()) == 4
    base.offered()
    assert base.row.report_id == first.filed.report_id
    assert base.row.among[0] == nameless.filed.report_id
    # The others read nothing of it and can claim nothing.
    for other in (nameless, third, base):
        assert (
            refusal(keyed.move, other.reporter, r.ClaimReward, base.id, now=NOON)[0]
            == "no_reward_offered"
        )
    keyed.move(first.reporter, r.ClaimReward, base.id)
    assert base.row.state is RewardState.CLAIMED
    assert_row_is_replay(session, base.id, nameless.id, first.id, third.id)


def test_who_is_left_out_is_left_out_by_name_of_the_report(keyed, session):
    first, base = Rewarded(keyed, session), Rewarded(keyed, session)
    keyed.move(keyed.dispatcher, c.Merge, first.id, into_id=base.id)
    base.verified()
    base.offered(among=(base.filed.report_id,))
    assert base.row.report_id == base.filed.report_id


@pytest.mark.trap(42)
def test_no_report_moves_away_while_its_reward_waits(keyed, session):
    one, other = Rewarded(keyed, session).verified(), Rewarded(keyed, session)
    keyed.accepted(other.id)
    keyed.dispatched(other.id)
    keyed.move(keyed.lead, c.SignFor, other.id)
    one.proposed()
    into = {"into_id": other.id}
    assert one.lack("lead", c.Merge, **into) == ("reward_open", "")
    one.sign()
    assert one.lack("lead", c.Merge, **into) == ("reward_open", "")
    one.move(one.reporter, r.ClaimReward)
    one.move("lead", c.Merge, **into)
    # What was rewarded there is not rewarded again here.
    keyed.inspected(other.id)
    keyed.move(keyed.lead, c.Verify, other.id, finding=Finding.TRUE, reason="看过")
    assert other.lack("lead", r.ProposeReward, **other.said())[0] == "reward_there_already"


@pytest.mark.trap(17)
def test_silence_lapses_an_offer_pays_nothing_and_moves_nothing(true, session):
    true.offered()
    before = session.get_one(Case, true.id).state
    for days in (1, 40, 62):
        with unit_of_work(session()) as own:
            assert lapse_rewards(own, now=NOON + days * DAY) == 0
    true.at = NOON + 62 * DAY
    assert true.lack(SYSTEM, r.LapseReward, reward_id=true.row.id) == (
        "reward_not_over",
        "reward_id",
    )
    true.at = NOON + 63 * DAY
    assert true.lack(true.reporter, r.ClaimReward)[0] == "reward_over"
    with unit_of_work(session()) as own:
        assert lapse_rewards(own, now=true.at) == 1
    with unit_of_work(session()) as own:
        assert lapse_rewards(own, now=true.at) == 0
    assert (true.row.state, true.voucher.state) == (RewardState.LAPSED, VoucherState.LAPSED)
    assert session.get_one(Case, true.id).state == before
    assert true.lack(true.reporter, r.ClaimReward)[0] == "reward_over"
    assert true.lack("lead", r.ProposeReward, **true.said())[0] == "reward_there_already"
    with pytest.raises(NotFound):
        true.pay()
    assert_row_is_replay(session, true.id)


def test_a_report_is_not_rewarded_for_a_listed_reason_and_can_be_later(true, session):
    about = {"report_id": true.filed.report_id}
    for wrong, expected in (
        ({"report_id": None}, ("reward_report_missing", "report_id")),
        ({"why_not": "because"}, ("reward_code_missing", "why_not")),
    ):
        said = {**about, "why_not": "in_court", **wrong}
        assert true.lack("lead", r.DenyReward, **said) == expected
    true.move("lead", r.DenyReward, **about, why_not="in_court", words="法院已受理")
    assert (true.row.ended, true.row.why_not, true.row.voucher_id) == ("denied", "in_court", None)
    assert true.lack("lead", r.DenyReward, **about, why_not="in_court")[0] == (
        "reward_decided_for_all"
    )
    true.offered()
    assert true.row.state is RewardState.OFFERED
    assert_row_is_replay(session, true.id)


@pytest.mark.trap(40)
def test_a_code_works_once_and_its_second_use_is_written_down(true, session):
    true.claimed()
    for wrong, code in (
        ({"method": "cheque"}, "pay_method_missing"),
        ({"paid_on": NOON.date() + DAY}, "pay_day_wrong"),
        ({"paid_on": date(2026, 10, 31)}, "pay_day_wrong"),
        ({"receipt": " "}, "pay_receipt_missing"),
    ):
        assert refusal(true.pay, **wrong)[0] == code
    assert true.pay() is Outcome.PAID
    at = true.voucher.paid_at
    true.at = NOON + DAY
    assert true.pay(receipt="另一张") is Outcome.PAID_BEFORE
    with unit_of_work(session()) as own:
        found = look_up(own, true.city.treasurer, true.code, now=true.at)
        assert found.state is VoucherState.PAID
    assert true.voucher.paid_at == at
    again = kinds_of(session, EventKind.REWARD_PAID, EventKind.VOUCHER_REUSED)
    assert sorted(again) == ["reward_paid", "voucher_reused", "voucher_reused"]
    for who in ("lead", "director", "administrator", "auditor"):
        actor = true.city.actors[who]
        assert refusal(look_up, session(), actor, true.code, now=NOON)[0] == "reward.pay"


def test_who_decided_a_reward_never_pays_it_in_whatever_office(true):
    """By person, and by what the voucher holds alone: the treasury has no way to the reward."""
    true.claimed()
    payment = Payment(code=true.code, **PAID)
    for who in ("lead", "supervisor", "director"):
        later = replace(true.city.treasurer, person_id=true.city.actors[who].person_id)
        with unit_of_work(true.session()) as own:
            found = refusal(pay, own, later, payment, today=NOON.date(), now=NOON)
        assert found == ("pay_own_decision", "method"), who
    held = true.voucher.apart
    assert len(set(held)) == 3
    people = {one.person_id.bytes for one in true.city.actors.values() if one.person_id}
    assert not people & set(held), "nobody is read from it"
    assert true.pay() is Outcome.PAID


def test_of_two_counters_one_pays(true, app):
    """The second types the code while the first one's payment is not committed yet."""
    from threading import Thread

    from portal.foundation.db import db

    true.claimed()
    code, treasurer, outcomes = true.code, true.city.treasurer, []
    true.session.rollback()

    def second_counter():
        with app.app_context():
            with unit_of_work(db.session()) as own:
                payment = Payment(code=code, **PAID | {"receipt": "乙"})
                outcomes.append(pay(own, treasurer, payment, today=NOON.date(), now=NOON)[0])
            db.session.remove()

    other = Thread(target=second_counter)
    with unit_of_work(true.session()) as own:
        payment = Payment(code=code, **PAID)
        assert pay(own, treasurer, payment, today=NOON.date(), now=NOON)[0] is Outcome.PAID
        own.flush()
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive(), "it waits for the first"
    other.join()
    assert outcomes == [Outcome.PAID_BEFORE]


def test_the_database_itself_refuses_a_second_live_reward_and_a_signature_of_ones_own(
    true, superuser
):
    true.offered()
    row = true.row
    for change in (
        "UPDATE rewards SET confirmed_by = proposed_by",
        "UPDATE rewards SET approved_by = confirmed_by",
        "UPDATE vouchers SET paid_at = now()",
        "INSERT INTO rewards SELECT gen_random_uuid(), case_id, report_id, among, rules_version,"
        " rule, fine_fen, accident, persons, set_sum, employee, amount, reason_text_id,"
        " proposed_at, proposed_by FROM rewards",
    ):
        with pytest.raises(Exception, match="violates|more target"), superuser.begin() as own:
            own.execute(text(change))
    assert true.row.id == row.id


def test_the_figure_counts_offers_by_what_became_of_them(keyed, session):
    """Five by hand: paid after three days, claimed, lapsed, open; the last a day too late."""
    paid, claimed, lapsed, offered, late = (Rewarded(keyed, session).verified() for _n in range(5))
    for one in (paid, claimed):
        one.claimed()
    for one in (lapsed, offered):
        one.offered()
    late.at = NOON + DAY
    late.offered()
    paid.at = NOON + 3 * DAY
    paid_on = paid.at.date()
    with unit_of_work(session()) as own:
        payment = Payment(code=paid.code, **PAID | {"paid_on": paid_on})
        pay(own, keyed.treasurer, payment, today=paid_on, now=paid.at)
    lapsed.at = NOON + 63 * DAY
    lapsed.move(SYSTEM, r.LapseReward, reward_id=lapsed.row.id)
    now = NOON + 70 * DAY
    scope = Scope(period=Period(NOON, NOON + DAY))
    asked = Asked(session(), scope, in_force(session(), now), now)
    found = published.rewards(asked)
    told = (found.offered, found.claimed, found.paid, found.lapsed, found.median)
    assert told == (4, 2, 1, 1, None)
    for what, count in (("offered", 4), ("claimed", 2), ("paid", 1), ("lapsed", 1)):
        assert len(session.execute(rewards_behind(what, scope)).all()) == count
    with pytest.raises(NotFound):
        rewards_behind("proposed", scope)


# the pages


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def staffed(app, client_for, clock):
    with each_request_alone(app):
        yield lambda actor: Clerk(client_for(actor))


def opened(app, reward):
    visitor = Visitor(app)
    visitor.open(reward.digits)
    return visitor


def words_of(page):
    return re.sub(r"\s+", " ", page.text)


def test_the_reporter_reads_how_much_why_and_until_when_and_gets_the_code_once(
    true, app, clock, session
):
    page = opened(app, true)
    assert "Your reward" not in words_of(page)
    true.proposed(measure=Measure(fine_fen=6_000_000, employee=True)).sign("supervisor")
    page = opened(app, true)
    assert "reward of" not in words_of(page)  # not before the second signature
    true.sign("director")
    page = opened(app, true)
    told = words_of(page)
    assert "A reward of 10,800 yuan is offered to you." in told
    assert "until the end of Monday 11 January 2027" in told
    assert "15 per cent of the fine of 60,000 yuan: 9,000 yuan" in told
    assert "20 per cent more for an employee of the unit: 10,800 yuan" in told
    assert "Fetching it may be seen" in told
    page.send("/receipt/claim")
    code = true.code
    spoken = f"{code[:4]} {code[4:8]} {code[8:]}"
    assert spoken in words_of(page)
    assert "They are shown for an hour on this device" in words_of(page)
    # Pressed twice, and reloaded within the hour: the same page.
    page.get("/receipt/report")
    assert spoken in words_of(page)
    # Another device with the receipt code, or the same one later, is not shown it.
    for later in (NOON, NOON + 2 * timedelta(hours=1)):
        clock.at = later
        other = opened(app, true)
        assert "You claimed your reward of 10,800 yuan" in words_of(other)
        assert code[:4] not in other.html
    true.pay()
    assert "Your reward of 10,800 yuan was paid." in words_of(opened(app, true))


def test_a_reward_is_the_affair_of_one_reporter(keyed, session, app, clock):
    first, base = Rewarded(keyed, session), Rewarded(keyed, session)
    keyed.move(keyed.dispatcher, c.Merge, first.id, into_id=base.id)
    key = keys.in_use().key("notice-address")
    with unit_of_work(session()) as own:
        for one in (first, base):
            keep_address(own, one.filed.report_id, "me@example.org", "en", key=key)
    base.verified()
    with unit_of_work(session()) as own:
        own.execute(text("UPDATE reporter_addresses SET has_news = false"))
    base.offered()
    assert list(reporters_to_tell(session())) == [first.filed.report_id]
    told = words_of(opened(app, base))
    assert "reward of" not in told
    assert "9,000" not in told
    assert "9,000 yuan is offered" in words_of(opened(app, first))
    base.move("lead", r.DenyReward, report_id=base.filed.report_id, why_not="in_court")
    told = words_of(opened(app, base))
    assert "Your report is not rewarded. The reason: It is before a court" in told
    assert "9,000" not in told


@pytest.mark.trap(28)
def test_the_treasury_sees_amounts_and_nothing_of_a_case(true, staffed, session):
    true.claimed()
    case = session.get_one(Case, true.id)
    clerk = staffed(true.city.treasurer).go("/as")
    assert clerk.address.startswith("/treasury")
    assert "2026-J0001" in clerk.text
    assert "9,000" in clerk.text
    pages = [clerk.html]
    clerk.send("/treasury/code", code=true.code.lower())
    assert "Claimed, not paid" in clerk.text
    pages.append(clerk.html)
    clerk.send("/treasury/pay", method="cash", receipt="财收 118")
    assert "Reward 2026-J0001 is paid: 9,000 yuan." in clerk.text
    pages.append(clerk.html)
    clerk.send("/treasury/code", code=true.code)
    assert "It is not paid again." in clerk.text
    pages.append(clerk.html)
    pages.append(clerk.go("/treasury/ledger.csv").html)
    assert "财收 118" in pages[-1]
    for page in pages:
        for secret in (case.number, PLACE, str(case.id), "60,000", "60000", "320412", "武进"):
            assert secret not in page, secret
    # Nothing in a row of the treasury leads to a case: no column of it does.
    refers = {key.column.table.name for key in Voucher.__table__.foreign_keys}
    assert refers == {"texts"}
    assert kinds_of(session, EventKind.VOUCHER_REUSED) == ["voucher_reused"]


def test_a_treasurer_has_no_other_page(true, staffed, session):
    true.claimed()
    number = session.get_one(Case, true.id).number
    clerk = staffed(true.city.treasurer)
    for path in (
        *("/staff/cases", "/staff/ladder", f"/staff/cases/{true.id}", f"/staff/search?q={number}"),
        *("/oversight", "/oversight/figures", "/admin/people", "/staff/units", "/staff/plans"),
    ):
        assert clerk.go(path).status == 404, path
    for who in ("lead", "director", "auditor", "administrator", "dispatcher"):
        for path in ("/treasury", "/treasury/ledger.csv"):
            assert staffed(true.city.actors[who]).go(path).status == 404, (who, path)


@pytest.mark.trap(41)
def test_wrong_codes_are_answered_alike_and_slowed(true, staffed, clock):
    true.offered()
    clerk = staffed(true.city.treasurer).go("/treasury")
    answers = set()
    for wrong in (true.code, true.digits, "ABCD", "7K4M2P8X9R3A"):  # offered, not claimed yet
        clerk.send("/treasury/code", code=wrong)
        assert clerk.status == 422
        answers.add(re.search(r"No reward can be paid by this code[^<]*", clerk.html)[0])
    assert len(answers) == 1
    true.move(true.reporter, r.ClaimReward)
    for _more in range(6):
        clerk.send("/treasury/code", code="7K4M2P8X9R3A")
    for code in ("7K4M2P8X9R3A", true.code):
        clerk.send("/treasury/code", code=code)
        assert clerk.status == 429
        assert "Try again in a minute" in clerk.text
    clock.at = NOON + timedelta(minutes=3)
    clerk.send("/treasury/code", code=true.code)
    assert clerk.status == 200


def issue(own, voucher, **given):
    issue_voucher(own, voucher, **given, on=NOON.date(), decided_by=[uuid4(), uuid4(), uuid4()])


@pytest.mark.parametrize("year", [None, 2025, 2026, 2024])
def test_the_database_counts_the_ledger_along_and_nobody_else_can(keyed, session, year):
    """Through every state, an undone change, and a try to write the totals as the app."""
    drawn = random.Random(year or 1)  # noqa: S311
    numbers = {2025: 0, 2026: 0}
    for _round in range(4):
        with suppress(ZeroDivisionError), unit_of_work(session()) as own:
            for _voucher in range(12):
                voucher, of = uuid4(), drawn.choice([2025, 2026])
                numbers[of] += 1
                amount = drawn.randrange(1, 300_000)
                issue(own, voucher, year=of, number=numbers[of], amount=amount)
                drawn.choice([claim_voucher, lapse_voucher, lambda *_, **__: None])(
                    own, voucher, on=NOON.date()
                )
            if _round == 2:
                raise ZeroDivisionError  # nothing of this round is kept
    counted: dict[VoucherState, Total] = {state: Total(0, 0) for state in VoucherState}
    for one in whole_ledger(session(), keyed.treasurer, Wanted(year=year)):
        was = counted[one.voucher.state]
        counted[one.voucher.state] = Total(was.count + 1, was.amount + one.voucher.amount)
    assert totals(session(), keyed.treasurer, Wanted(year=year)) == counted
    with pytest.raises(ProgrammingError, match="permission denied"):
        session().execute(text("UPDATE voucher_totals SET amount = amount + 1"))
    session().rollback()


def test_the_ledger_filters_pages_and_counts(keyed, session, staffed):
    with unit_of_work(session()) as own:
        for number in range(1, 61):
            voucher = uuid4()
            year = 2025 if number <= 5 else 2026
            issue(own, voucher, year=year, number=number, amount=100 * number)
            if number % 2:
                claim_voucher(own, voucher, on=NOON.date())
            elif number % 10 == 0:
                lapse_voucher(own, voucher, on=NOON.date())
    treasurer, found, after = keyed.treasurer, [], None
    while True:
        rows, after = ledger(session(), treasurer, Wanted(), after=after)
        found += [one.voucher.number for one in rows]
        if after is None:
            break
    assert len(found) == len(set(found)) == 60
    assert found == sorted(found, reverse=True)
    only = Wanted(states=frozenset({VoucherState.LAPSED}), year=2026)
    assert [e.voucher.amount for e in whole_ledger(session(), treasurer, only)] == [
        6000, 5000, 4000, 3000, 2000, 1000,
    ]  # fmt: skip
    clerk = staffed(treasurer).go("/treasury?state=lapsed&year=2026")
    assert "2026-J0060" in clerk.text
    assert "2026-J0059" not in clerk.text
    clerk.go("/treasury")
    assert "2026-J0035" not in clerk.text
    (onward,) = [link for link in clerk.links if "after=" in link]
    assert "2026-J0035" in clerk.go(onward).text
    for rubbish in ("year=٢٠٢٦", "after=x&state=x", "year=9999", f"after={'9' * 30}"):
        assert clerk.go(f"/treasury?{rubbish}").status == 200


def test_a_lead_and_two_others_decide_on_the_pages(true, staffed):
    lead = staffed(true.city.lead).go(f"/staff/cases/{true.id}/propose_reward")
    given = SimpleNamespace(rule="major_or_illegal", fine="六万")
    lead.send("/propose_reward", rule=given.rule, fine=given.fine, reason="处罚决定书")
    assert lead.status == 422
    assert "Give the fine that was decided" in lead.text
    lead.send("/propose_reward", rule=given.rule, fine="60,000", reason="处罚决定书")
    assert "9,000 yuan" in lead.text
    for who in ("supervisor", "director"):
        clerk = staffed(true.city.actors[who])
        clerk.go(f"/staff/cases/{true.id}/approve_reward")
        assert "15 per cent of the fine of 60,000 yuan" in clerk.text
        clerk.send("/approve_reward")
    assert true.row.state is RewardState.OFFERED
    page = lead.go(f"/staff/cases/{true.id}").text
    assert "Can be claimed" in page
    assert true.voucher.number not in page
