"""The measures that are published. Each docstring is the definition that pages and CSV show."""

from collections.abc import Mapping
from uuid import UUID

from portal.cases.kinds import Finding, Resolution, What
from portal.measures import stages
from portal.measures.asked import Asked
from portal.measures.counts import Share
from portal.measures.flow import Flow
from portal.measures.promises import Judgements
from portal.measures.rewards import RewardFigures
from portal.measures.stages import WITH_LIMIT
from portal.measures.times import StageTimes
from portal.measures.waiting import Waiting
from portal.reports.kinds import Contacted, Satisfied, Solved


def waiting_now(asked: Asked) -> Waiting:
    """Cases that wait for their answer now, and how long they have waited.

    Counted: every case that is neither concluded nor closed, whenever it was received, imported
    ones too if they came in as work. Whole days since the day of the first report. Half of them
    have waited at most the median, nine in ten at most the 90th percentile. Late: something that
    we owe is past its date, from the decision on acceptance to the answer. Source: the cases as
    they stand and their clocks.
    """
    return asked.waiting


def time_to_answer(asked: Asked) -> StageTimes:
    """Time from the reporter's click to the answer, as median and 90th percentile in days.

    Counted: cases received in the period that a report began. The time never pauses and never
    starts over, not by a return, a merge or a new category; a refusal with its reason is an
    answer. A report that was merged counts from its own click to the answer that it got where it
    went. One that was withdrawn counts like any other; if it never gets an answer it goes on
    waiting. Cases still waiting count as "at least so long" (Kaplan–Meier), so that quick answers
    alone can't make it look fast. "Not reached" while too many still wait. Imported cases are
    not counted. Source: the clock "whole road".
    """
    return asked.times[stages.WHOLE.id]


def time_to_acceptance(asked: Asked) -> StageTimes:
    """Time from receiving a report to the decision whether we take it on.

    Counted: cases received in the period. Refusing and transferring are decisions too. Median and
    90th percentile in the unit of the limit; the day on which it begins does not count. Open
    cases, and those merged before a decision, count as "at least so long" (Kaplan–Meier).
    Imported cases are not counted. Source: the clock of the decision on acceptance.
    """
    return asked.times[stages.ACCEPTANCE.id]


def time_to_dispatch(asked: Asked) -> StageTimes:
    """Time from accepting a case to giving it to a group for the first time.

    Counted: cases received in the period and accepted. Median and 90th percentile in the unit of
    the limit; the day on which it begins does not count. Cases not dispatched yet, or ended
    before, count as "at least so long" (Kaplan–Meier). Imported cases are not counted. Source:
    the clock of the dispatch.
    """
    return asked.times[stages.DISPATCH.id]


def time_to_signing(asked: Asked) -> StageTimes:
    """Time from the first dispatch until a group signs for the case.

    Counted: cases received in the period and dispatched. Returns and reassignments do not start
    it over. Median and 90th percentile in the unit of the limit; the day on which it begins does
    not count. Cases not signed for yet, or ended before, count as "at least so long"
    (Kaplan–Meier). Imported cases are not counted. Source: the clocks of signing for.
    """
    return asked.times[stages.SIGN_FOR.id]


def time_to_first_answer(asked: Asked) -> StageTimes:
    """Time from the first dispatch until a person writes something of substance to the reporter.

    Counted: cases received in the period, begun by a report, and dispatched. An automatic receipt
    is no answer. Median and 90th percentile in the unit of the limit; the day on which it begins
    does not count. Cases still without, or ended before, count as "at least so long"
    (Kaplan–Meier). Imported cases are not counted. Source: the clock of the first response.
    """
    return asked.times[stages.FIRST_RESPONSE.id]


def time_to_visit(asked: Asked) -> StageTimes:
    """Time from the first dispatch to the first visit on site, in days.

    Counted: cases received in the period and dispatched. Cases not visited yet, or closed without
    a visit, count as "at least so long" (Kaplan–Meier). There is no limit for all visits; the
    limit for verifying includes the visit. Imported cases are not counted. Source: the clock of
    signing for, and the date of the first visit.
    """
    return asked.times[stages.VISIT.id]


def time_to_verification(asked: Asked) -> StageTimes:
    """Time from signing for a case until the group knows whether the report is true.

    Counted: cases received in the period and signed for. Pauses are not taken out of the time,
    though they move the due date. Median and 90th percentile in the unit of the limit; the day on
    which it begins does not count. Cases not verified yet, or ended before, count as "at least so
    long" (Kaplan–Meier). Imported cases are not counted. Source: the clocks of verification.
    """
    return asked.times[stages.VERIFICATION.id]


def time_to_conclusion(asked: Asked) -> StageTimes:
    """Time from accepting a case until the reporter has the answer (concluded).

    Counted: cases received in the period and accepted; refused, transferred and merged ones have
    a decision and an end, but no conclusion. Pauses are not taken out of the time, though they
    move the due date. Cases not concluded yet, or ended before, count as "at least so long"
    (Kaplan–Meier). A case that was reopened counts by its first conclusion. Imported cases are
    not counted. Source: the clock of the whole handling.
    """
    return asked.times[stages.CONCLUSION.id]


def time_to_closure(asked: Asked) -> StageTimes:
    """Time from the conclusion (the reporter has the answer) to closing the case, in days.

    Counted: cases received in the period that stand concluded. Cases not closed yet count as "at
    least so long" (Kaplan–Meier). There is no limit. Imported cases are not counted. Source: the
    dates of the case.
    """
    return asked.times[stages.CLOSURE.id]


def share_on_time(asked: Asked) -> Mapping[str, Share]:
    """Done in time, of those whose time was over, for each limit.

    Counted: cases received in the period whose due date has passed by now, done or not, each once
    for a limit. In time: done by the end of the last day, and no due date of this limit was ever
    missed in the case: closing, merging, returning and reopening take no miss away. What is done
    before its date counts only once the date has passed, so that quick cases don't flatter the
    rate. What ended before its date without being done is not counted. 0 of 0 has no value.
    Imported cases are not counted. Source: the clocks.
    """
    return {
        stage.id: Share(asked.times[stage.id].on_time, asked.times[stage.id].due)
        for stage in WITH_LIMIT
    }


def promises_kept(asked: Asked) -> Mapping[What, Judgements]:
    """Dates that reporters were told, and how many of them were kept.

    Counted: every date that the page of a reporter's code gave, or that staff wrote beside a
    message, whose day lies in the period and is over. A date for which a later one was told counts
    all the same, and so does the later one. Kept: what was promised came by the end of that day;
    what came before counts only once the day is over. Fell away: the reporter withdrew, or another
    office has it; these count neither as kept nor as not kept. Imported cases are not counted.
    Worked out once an hour. Source: the events of the cases, with the limits and calendars as they
    were known.
    """
    return asked.promises


def rewards(asked: Asked) -> RewardFigures:
    """Rewards that were offered in the period, and what became of them by now.

    Counted: rewards by the day of the second signature. Claimed: by the reporter, paid or not.
    Lapsed: not claimed within the days that the rules give. The median is the time from the second
    signature to the day of payment in days; what is not paid counts as longer than it has waited.
    What was proposed and not approved, and decisions against a reward, are not counted. Source: the
    rewards and their vouchers as they stand.
    """
    return asked.rewards


def self_found(asked: Asked) -> Share | None:
    """Hazards that units found themselves, of all hazards at units that take part in
    self-inspection.

    Of them: own hazards that were entered in the period before others knew. Others know of a kind
    at a unit from the hour after a report of it came in, or from the day on which a visit was
    announced or began, until that case is closed, unless it was found untrue; what the unit enters
    in between counts in neither number. Of all: these, and every hazard that inspectors recorded
    in the period, at a unit that took part by then, in a case that began with a report or an
    inspection. A hazard that the unit handed up counts once, as its own. Kept to the district of
    the unit and to the kind of hazard; a group or a suspicion narrows neither number, so that with
    them nothing is shown. A percentage stands there from ten hazards on. Source: what units entered
    and inspectors recorded, as it stands.
    """
    return asked.self_found


def times_by_group(asked: Asked) -> Mapping[UUID | None, Mapping[str, StageTimes]]:
    """Times and shares in time for each group, defined as over all cases.

    A case counts for the group that has it, or had it last; so does what an earlier group missed.
    Groups differ in what they are given: small differences are mostly chance, and no rank follows
    from them. Cases at a desk have no group.
    """
    return asked.groups


def received(asked: Asked) -> int:
    """Cases received in the period.

    Counted: reports by their day of filing, what staff opened, and parts split off. Reports merged
    later are counted. Imported cases are not.
    """
    return asked.counts.numbers["received"]


def accepted(asked: Asked) -> Share:
    """Accepted, of the cases received in the period."""
    return asked.counts.share("accepted", "received")


def refused(asked: Asked) -> Share:
    """Not taken on, of the cases received in the period, as they stand now.

    A refusal that was reopened does not count any more.
    """
    return asked.counts.share("ended.refused", "received")


def refusals_by_reason(asked: Asked) -> Mapping[str, int]:
    """Refused cases received in the period, by the reason of the last refusal."""
    return asked.counts.refusals


def returned(asked: Asked) -> Share:
    """Sent back by a group at least once, of the cases received in the period and dispatched."""
    return asked.counts.share("returned", "dispatched")


def reopened(asked: Asked) -> Share:
    """Reopened at least once, of the cases received in the period that had been closed."""
    return asked.counts.share("reopened", "ended")


def ended_by_resolution(asked: Asked) -> Mapping[Resolution, int]:
    """Closed cases received in the period, by how they ended.

    Fixed means that another person checked it; every other end leaves open whether the danger is
    gone.
    """
    return {one: asked.counts.numbers[f"ended.{one.value}"] for one in Resolution}


def found_true(asked: Asked) -> Mapping[Finding, int]:
    """Cases received in the period by what the group found out, where it has verified."""
    return {one: asked.counts.numbers[f"found.{one.value}"] for one in Finding}


def contacted(asked: Asked) -> Mapping[Contacted, int]:
    """What reporters said to "were you contacted?".

    Counted: cases received in the period whose first report was rated; of several ratings the last
    within the days for objecting. Ratings from before this was asked count in neither. How many of
    those answered have rated stands beside it: those who do not answer may think otherwise.
    """
    return {one: asked.counts.numbers[f"contacted.{one.value}"] for one in Contacted}


def solved(asked: Asked) -> Mapping[Solved, int]:
    """What reporters said to "is the problem solved?".

    Counted: cases received in the period whose first report was rated; of several ratings the last
    within the days for objecting. How many of those answered have rated stands beside it: those
    who do not answer may think otherwise.
    """
    return {one: asked.counts.numbers[f"solved.{one.value}"] for one in Solved}


def satisfied(asked: Asked) -> Mapping[Satisfied, int]:
    """What reporters said to "how was it handled?".

    Counted: cases received in the period whose first report was rated; of several ratings the last
    within the days for objecting. How many of those answered have rated stands beside it: those
    who do not answer may think otherwise.
    """
    return {one: asked.counts.numbers[f"satisfied.{one.value}"] for one in Satisfied}


def flow(asked: Asked) -> Flow:
    """Open before + received + reopened − closed = open after.

    Counted: turns, not cases: one that closes twice in the period counts twice. Received: filed in
    the period, opened by staff, split off, or imported as work still to be done. Reopened: taken
    up again after it was closed, also by undoing a merge. Open: not closed. Open after follows
    from the events; beside it stands the count of the cases as they were, and what is left over,
    which has to be 0. Source: the events; for the second count the dates of the cases.
    """
    return asked.flow
