"""The rules of rewards: amounts to the yuan, the rule of first, the voucher's code."""

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.presets.loader import folder_of, read
from portal.presets.rewarding import RewardRule, RewardRules
from portal.rewards.kinds import STEP_SENTENCES, Step
from portal.rewards.lifecycle import (
    ALPHABET,
    CODE_LENGTH,
    Filed,
    Measure,
    first_valid,
    lacking,
    reckon,
    voucher_code,
)
from portal.treasury.views._ledger import tidy
from tests.support.clocks import domain

RULES = read(folder_of("changzhou")).preset.rewards
TOLD = domain("time-limits.yaml")["rewards"]
FINES = st.integers(1, 10**11)


def reckoned(rule, **given_):
    found = RULES.rule(rule)
    assert lacking(found, Measure(**given_)) is None
    return reckon(RULES, found, Measure(**given_))


@pytest.mark.parametrize("told", domain("cases.yaml")["reward_examples"], ids=str)
def test_each_worked_amount_is_met_to_the_yuan(told):
    if told["fine"] is None:
        about = {"accident": told["concealment"], "persons": told["persons"]}
        assert reckoned("concealed_accident", **about).amount == told["amount"]
        return
    about = {"fine_fen": told["fine"] * 100, "employee": told["employee"]}
    assert reckoned("major_or_illegal", **about).amount == told["amount"]


def test_the_numbers_are_those_of_the_handbook():
    national = TOLD["national"]
    for code, told in (
        ("major_or_illegal", national["major_hazard_or_illegal_operation"]),
        ("violation", national["general_violation"]),
    ):
        rule = RULES.rule(code)
        found = (rule.percent, rule.least, rule.most)
        assert found == (told["percent_of_fine"], told["min"], told["max"])
    each = national["accident_concealment_per_person"]
    rule = RULES.rule("concealed_accident")
    assert {**rule.per_person, "max": rule.most} == {k: v for k, v in each.items() if k != "basis"}
    assert RULES.employee_percent == national["employee_uplift_percent"]["value"]
    assert RULES.uplift_over_most is national["uplift_may_exceed_max"]
    assert RULES.claim_days == national["claim_within"]["value"]
    assert RULES.anonymous is not TOLD["named_reporter_required"]
    assert set(TOLD["not_rewarded"]) < set(RULES.not_rewarded)


def test_a_rule_says_which_number_it_lacks():
    by_fine, per_person = RULES.rule("violation"), RULES.rule("concealed_accident")
    assert lacking(by_fine, Measure()) == "fine_fen"
    assert lacking(by_fine, Measure(fine_fen=0)) == "fine_fen"
    assert lacking(per_person, Measure(persons=2)) == "accident"
    assert lacking(per_person, Measure(accident="larger")) == "persons"
    assert lacking(per_person, Measure(accident="larger", persons=0)) == "persons"
    fixed = RewardRule(
        code="general",
        name=by_fine.name,
        by="fixed",
        percent=0,
        per_person={},
        least=500,
        most=2000,
    )
    for wrong in (None, 499, 2001):
        assert lacking(fixed, Measure(set_sum=wrong)) == "set_sum"
    assert reckon(RULES, fixed, Measure(set_sum=800)).amount == 800


def by_hand(fine_fen, employee):
    """The arithmetic of the handbook again, by decimals."""
    sum_ = Decimal(fine_fen) / 100 * 15 / 100
    sum_ = min(max(sum_, Decimal(3000)), Decimal(300000))
    if employee:
        sum_ = min(sum_ * 120 / 100, Decimal(300000))
    return int(sum_.quantize(Decimal(1), ROUND_HALF_UP))


@settings(max_examples=60, deadline=None)
@given(FINES, st.booleans())
def test_any_fine_gives_what_decimals_give_and_every_step_says_so(fine_fen, employee):
    found = reckoned("major_or_illegal", fine_fen=fine_fen, employee=employee)
    assert found.amount == by_hand(fine_fen, employee)
    assert 3000 <= found.amount <= 300000
    # The last step stands for the amount; no step is without a sentence.
    assert found.steps[-1][1]["gives"] == found.amount
    assert all(STEP_SENTENCES[step] for step, _values in found.steps)
    if found.steps[-1][0] is not Step.ROUNDED:
        assert all(values["gives"].denominator == 1 for _step, values in found.steps[-1:])


@settings(max_examples=40, deadline=None)
@given(FINES, FINES, st.booleans())
def test_a_higher_fine_never_gives_less(one, other, employee):
    low, high = sorted((one, other))
    amounts = [reckoned("violation", fine_fen=fen, employee=employee).amount for fen in (low, high)]
    assert amounts == sorted(amounts)


REPORTS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(REPORTS, st.randoms(use_true_random=False), st.booleans())
def test_the_first_that_can_be_rewarded_is_whatever_stands_in_which_order(told, chance, anonymous):
    filed = [
        Filed(id=UUID(int=n), is_named=named, is_reachable=reach, is_withdrawn=gone)
        for n, (named, reach, gone, _among) in enumerate(told, start=1)
    ]
    among = [one.id for one, (*_rest, is_in) in zip(filed, told, strict=True) if is_in]
    rules = _rules(anonymous=anonymous)
    expected = next(
        (
            one
            for one in filed
            if one.id in among
            and one.is_reachable
            and not one.is_withdrawn
            and (one.is_named or anonymous)
        ),
        None,
    )
    chance.shuffle(among)  # the order in which they were ticked or merged says nothing
    assert first_valid(filed, among, rules) == expected


def _rules(**other):
    names = RewardRules.__dataclass_fields__
    return RewardRules(**{name: getattr(RULES, name) for name in names} | other)


@settings(max_examples=60, deadline=None)
@given(st.uuids(), st.uuids())
def test_a_code_belongs_to_one_voucher_and_reads_back_however_it_is_typed(one, other):
    key = b"k" * 32
    code = voucher_code(one, key)
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert (code == voucher_code(other, key)) is (one == other)
    assert code != voucher_code(one, b"l" * 32)
    spaced = " ".join(code[n : n + 4] for n in range(0, CODE_LENGTH, 4)).lower()
    assert tidy(f" {spaced}\n") == code
    assert tidy(code.translate({ord(c): ord(c) + 0xFEE0 for c in ALPHABET})) == code


def test_no_receipt_code_is_a_voucher_code():
    assert len(tidy("1234 5678 9012 3456")) != CODE_LENGTH
    assert not set("01") & set(ALPHABET)
