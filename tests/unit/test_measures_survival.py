"""Kaplan–Meier against a published example; medians that open cases can't flatter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.funnel import limits_of
from portal.measures.survival import curve, quantile, share_by

#: Remission in weeks under 6-MP (Freireich and others, 1963), the example of most textbooks:
#: (weeks, patients with a relapse, patients censored), and the published estimates.
SIX_MP = {
    6: (3, 1), 7: (1, 0), 9: (0, 1), 10: (1, 1), 11: (0, 1), 13: (1, 0), 16: (1, 0), 17: (0, 1),
    19: (0, 1), 20: (0, 1), 22: (1, 0), 23: (1, 0), 25: (0, 1), 32: (0, 2), 34: (0, 1), 35: (0, 1),
}  # fmt: skip
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
AT_RISK = {6: 21, 7: 17, 10: 15, 13: 12, 16: 11, 22: 7, 23: 6}


def test_the_estimate_equals_the_published_example():
    steps = curve(SIX_MP)
    assert {step.time: round(step.share, 3) for step in steps} == PUBLISHED
    assert {step.time: step.at_risk for step in steps} == AT_RISK
    assert quantile(steps, 0.5) == 23
    assert quantile(steps, 0.9) is None
    assert round(share_by(steps, 15), 3) == 0.310
    assert share_by(steps, 5) == 0.0


def test_the_band_holds_the_estimate_and_widens():
    steps = curve(SIX_MP)
    assert all(step.low < step.share < step.high for step in steps)
    assert steps[-1].high - steps[-1].low > steps[0].high - steps[0].low


def test_a_median_on_the_very_half_is_reached():
    assert quantile(curve({3: (1, 0), 5: (1, 0), 9: (0, 2)}), 0.5) == 5
    assert quantile(curve({1: (1, 0), 2: (1, 0), 3: (1, 0), 4: (1, 0)}), 0.5) == 2


@pytest.mark.trap(10)
def test_one_quick_and_ninety_nine_open_do_not_read_fast():
    assert quantile(curve({0: (1, 0), 40: (0, 99)}), 0.5) is None


def test_nothing_gives_no_time():
    assert quantile(curve({}), 0.5) is None


counts = st.dictionaries(
    st.integers(0, 40), st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12
)


@given(counts)
def test_a_case_that_has_waited_longest_never_makes_a_median_shorter(found):
    before = quantile(curve(found), 0.5)
    longest = max(found)
    events, censored = found[longest]
    after = quantile(curve({**found, longest: (events, censored + 1)}), 0.5)
    assert after is None or (before is not None and after >= before)


@given(counts)
def test_shares_fall_from_one_and_never_rise(found):
    shares = [1.0, *(step.share for step in curve(found))]
    assert all(0.0 <= later <= earlier for earlier, later in zip(shares, shares[1:], strict=False))


def test_the_funnel_is_wide_for_few_and_narrow_for_many():
    few, many = limits_of(88, 100, 10), limits_of(88, 100, 500)
    assert few.low998 <= few.low95 < 0.88 < few.high95 <= few.high998 == 1.0
    assert many.high95 - many.low95 < few.high95 - few.low95
    # By hand: 10 throws of 0.5; P(0) + P(1) = 11/1024 is under 2.5 %, with P(2) it is 5.5 %.
    assert limits_of(1, 2, 10).low95 == 0.2


@pytest.mark.trap(11)
def test_a_group_that_kept_all_is_never_outside_where_the_city_nearly_did():
    assert limits_of(128, 129, 14).high998 == 1.0
