"""What the reporter reads: every sentence is bound to a fact, in every state and whatever else."""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from portal.cases.kinds import TOLD, Finding, Resolution, State
from portal.cases.lifecycle.told import Told, standing

NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)
DELAY = timedelta(seconds=60)
JUST_NOW, LONG_AGO = NOW - timedelta(seconds=59), NOW - timedelta(days=3)
CLOSED_AS = {
    Told.RECTIFIED: {Resolution.RECTIFIED},
    # Rectified: other hazards, found by the visit. What was reported was not among them.
    Told.NOT_FOUND: {Resolution.UNFOUNDED, Resolution.RECTIFIED},
    Told.NOT_FOUND_UNVISITED: {Resolution.UNFOUNDED, Resolution.RECTIFIED},
    Told.UNCLEAR: {Resolution.UNVERIFIABLE, Resolution.RECTIFIED},
    Told.REFUSED: {Resolution.REFUSED},
    Told.TRANSFERRED: {Resolution.TRANSFERRED_OUT},
    Told.WITHDRAWN: {Resolution.WITHDRAWN},
    Told.ACCIDENT: {Resolution.ACCIDENT},
    Told.TOGETHER: {Resolution.DUPLICATE},
}


def is_told_already(case):
    return case.dispatched_at is not None and NOW - case.dispatched_at >= DELAY


def may_be_true(case):
    return case.finding in (None, Finding.TRUE, Finding.PARTLY)


#: The fact that makes each sentence true, said anew.
TRUE_IF = {
    Told.RECEIVED: lambda c, f: c.accepted_at is None or not is_told_already(c),
    Told.ACCEPTED: lambda c, f: c.accepted_at is not None and not c.return_count,
    Told.MOVING: lambda c, f: c.accepted_at is not None and c.return_count > 0,
    Told.ASSIGNED: lambda c, f: c.state is State.ASSIGNED and is_told_already(c),
    Told.IN_HAND: lambda c, f: c.state is State.IN_HAND and c.verified_at is None,
    Told.VERIFIED: lambda c, f: c.verified_at is not None,
    Told.RECTIFYING: lambda c, f: c.state is State.RECTIFYING and may_be_true(c),
    Told.REVIEWING: lambda c, f: f["said_by_unit"] and not f["all_passed"] and may_be_true(c),
    Told.ON_SPOT: lambda c, f: not f["said_by_unit"] and not f["all_passed"] and may_be_true(c),
    Told.ALL_PASSED: lambda c, f: f["all_passed"] and c.state is State.REVIEWING and may_be_true(c),
    Told.RECTIFIED: lambda c, f: may_be_true(c),
    Told.ANSWERED: lambda c, f: c.concluded_at is not None and f["answered"],
    Told.NOT_FOUND: lambda c, f: c.inspected_at is not None,
    Told.NOT_FOUND_UNVISITED: lambda c, f: c.inspected_at is None,
}


def every_case():
    for (
        state,
        returned,
        reopened,
        accepted,
        dispatched,
        with_dispatch,
        concluded,
    ) in itertools.product(
        State,
        (0, 1),
        (0, 1),
        (None, LONG_AGO),
        (JUST_NOW, LONG_AGO),
        (False, True),
        (None, LONG_AGO),
    ):
        for verified, inspected, paused in itertools.product((None, LONG_AGO), repeat=3):
            endings = Resolution if state is State.CLOSED else (None,)
            findings = (Finding.TRUE, Finding.NOT_TRUE) if verified else (None,)
            for resolution, finding in itertools.product(endings, findings):
                yield SimpleNamespace(
                    state=state,
                    return_count=returned,
                    reopen_count=reopened,
                    accepted_at=accepted,
                    dispatched_at=None if state is State.RECEIVED else dispatched,
                    accepted_with_dispatch=with_dispatch and accepted is not None,
                    concluded_at=concluded,
                    verified_at=verified,
                    inspected_at=inspected,
                    paused_at=paused,
                    resolution=resolution,
                    finding=finding,
                )


@pytest.mark.trap(48)
@pytest.mark.trap(12)
def test_every_sentence_states_a_fact_that_holds():
    seen = set()
    flags = ("all_passed", "answered", "said_by_unit", "late", "withdrawn")
    for case in every_case():
        for values in itertools.product((False, True), repeat=len(flags)):
            facts = dict(zip(flags, values, strict=True))
            found = standing(case, now=NOW, delay=DELAY, **facts)
            seen.add(found.told)
            if case.state is State.CLOSED:
                assert case.resolution in CLOSED_AS[found.told], case
            else:
                assert found.told not in CLOSED_AS, case
            assert TRUE_IF.get(found.told, lambda c, f: True)(case, facts), (found.told, case)
            closed = case.state is State.CLOSED
            late = facts["late"] and not closed and case.concluded_at is None
            assert found.late is late
            assert found.paused is (case.paused_at is not None)
            assert found.reopened is (case.reopen_count > 0 and not closed)
    assert seen == set(Told) == {Told(code) for code in TOLD}


@pytest.mark.trap(12)
def test_only_rectified_is_called_fixed():
    for code, sentence in TOLD.items():
        told = str(sentence).lower()
        assert ("fixed" in told) is (code == "rectified"), told
        assert "thank" not in told


def test_a_dispatch_is_told_when_it_can_no_longer_be_undone_by_the_same_press():
    def told(age):
        case = next(c for c in every_case() if c.state is State.ASSIGNED and c.accepted_at)
        case.dispatched_at, case.accepted_with_dispatch = NOW - age, True
        facts = dict.fromkeys(
            ("all_passed", "answered", "said_by_unit", "late", "withdrawn"), False
        )
        return standing(case, now=NOW, delay=DELAY, **facts).told

    assert told(timedelta(seconds=59)) is Told.RECEIVED
    assert told(timedelta(seconds=60)) is Told.ASSIGNED
