"""The events of a case walked through in order: which starts, stops or moves which clock."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from portal.clocks.facts import Fact, Grant, Pause
from portal.clocks.ladder import OnLadder
from portal.clocks.reading import ANSWER, CASE, CHAIN, COMMITMENT, LISTING, Reading, family
from portal.clocks.runs import Run, granted, read, touch
from portal.presets.kinds import Calendar, TimeLimitPolicy

#: Clocks of one dispatch: another dispatch gets its own.
OF_DISPATCH = ("sign_for", "first_response", "return_request", "urgent_on_site")
#: What goes on when a case ends.
OUTLIVES_THE_CASE = frozenset(
    {CHAIN, "objection", "objection_review", "office_reply", ANSWER, COMMITMENT, LISTING}
)


class Replay(OnLadder):
    """The clocks of one case.

    Each method named after an event says what that event does. An event that finds nothing to
    start or stop changes nothing: guards are the table of moves' part, not this one's.
    """

    def __init__(
        self,
        policies: Sequence[TimeLimitPolicy],
        calendar: Calendar,
        case_id: str | None,
        own_reports: Collection[str] | None = None,
    ) -> None:
        super().__init__(tuple(policies), calendar)
        self.case_id = case_id
        self.own_reports = own_reports
        #: The reports of the case in the order of filing, and of them those filed in other cases.
        self.reports: dict[str, datetime] = {}
        self.filed_elsewhere: dict[str, list[str]] = {}
        self.is_accepted = self.is_signed = self.is_verified = False
        self.is_concluded = self.is_merged = False
        self.is_urgent = self.may_be_major = False
        self.level: str | None = None
        #: What the last dispatch and the last acceptance started, for taking them back.
        self.by_dispatch: list[Run] = []
        self.by_accept: list[Run] = []
        self.elsewhere: list[Fact] = []

    def walk(self, facts: Iterable[Fact]) -> None:
        """Take in the events, which must be in the order of `seq`."""
        for fact in facts:
            if fact.case_id == self.case_id or self.case_id is None:
                if (step := STEPS.get(fact.kind)) is not None:
                    step(self, fact)
            else:
                self.happened_elsewhere(fact)

    def readings(self, as_of: datetime) -> tuple[Reading, ...]:
        """Read every clock as it stands."""
        self.start_overdue_reviews(as_of)
        return tuple(read(run, self.pauses, self.calendar, as_of) for run in self.all_runs())

    def readings_of(self, families: Collection[str], as_of: datetime) -> tuple[Reading, ...]:
        """Read the clocks of some families as they stand; none of those of task items."""
        return tuple(
            read(run, self.pauses, self.calendar, as_of)
            for run in self.all_runs()
            if family(run.kind) in families
        )

    # The intake

    def filed(self, fact: Fact) -> None:
        self._start_chain(fact)
        if (arrived := fact.moment("arrived_at")) is not None:
            # Taken down by somebody: how long it lay there is a limit of its own.
            self.start("register", CASE, arrived)
            self.stop("register", CASE, fact)
        self.opened(fact)

    def opened(self, fact: Fact) -> None:
        if fact.payload.get("in_hand"):
            # A group began it by a visit of its own: nothing waits to be sorted or signed for.
            self.is_accepted = self.is_signed = True
            self._start_handling(fact)
            self._start_verification(fact)
            return
        if fact.text("from") is not None:
            self._start_part(fact)
        if not self.runs_of("acceptance", CASE):
            self.start("acceptance", CASE, fact.at)

    def imported(self, fact: Fact) -> None:
        # An imported log is history; only what came in as work waits for a dispatcher.
        if fact.payload.get("state") == "received":
            self.opened(fact)

    def accepted(self, fact: Fact) -> None:
        self.stop("acceptance", CASE, fact)
        # The start of handling_total is the first acceptance: no later sorting moves it.
        if not self.is_accepted:
            self.is_accepted = True
            started = (self.start("dispatch", CASE, fact.at), self._start_handling(fact))
            self.by_accept = [run for run in started if run is not None]

    def dispatched(self, fact: Fact) -> None:
        self.stop("dispatch", CASE, fact)
        self.cancel(OF_DISPATCH, fact)
        self.is_urgent = fact.payload.get("priority") == "urgent"
        self.may_be_major = bool(fact.payload.get("suspected_major"))
        started = [
            self.start(self._sign_for(), CASE, fact.at),
            self.start("return_request", CASE, fact.at, window=True),
        ]
        if self.reports:
            started.append(self.start("first_response", CASE, fact.at))
        if self.is_urgent:
            started.append(self.start("urgent_on_site", CASE, fact.at))
        self.by_dispatch = [run for run in started if run is not None]

    def taken_back(self, fact: Fact) -> None:
        for run in self.by_dispatch:
            self.cancel_run(run, fact)
        self._go_on("dispatch", "dispatched")
        self.by_dispatch = []
        if fact.payload.get("acceptance_too") and self.is_accepted:
            for run in self.by_accept:
                self.cancel_run(run, fact)
            self._go_on("acceptance", "accepted")
            self.is_accepted, self.by_accept = False, []

    def refused(self, fact: Fact) -> None:
        self._end_with_answer(fact, may_object=True)

    def transferred_out(self, fact: Fact) -> None:
        self._end_with_answer(fact, may_object=True)
        self.start("office_reply", CASE, fact.at)

    def accident_referred(self, fact: Fact) -> None:
        self._end_with_answer(fact, may_object=False)
        self.start("office_reply", CASE, fact.at)

    def office_replied(self, fact: Fact) -> None:
        # An office that says it is not its matter has not taken it over: it is asked for on.
        if fact.payload.get("said") != "not_theirs":
            self.stop("office_reply", CASE, fact)

    def merged(self, fact: Fact) -> None:
        into = fact.text("into")
        # The case that takes another in goes on as before.
        if into is None or into == self.case_id:
            return
        self.is_merged = True
        self._cancel_all(fact)

    def split(self, fact: Fact) -> None:
        if self.is_merged:
            # Undone: what the merge ended goes on as if it had not been.
            self.is_merged = False
            self.start_overdue_reviews(fact.at)
            for run in self.all_runs():
                # An episode that another has followed since stays ended: two must not run at once.
                is_last = run is self.runs_of(run.kind, run.subject)[-1]
                if run.stopped_by == "merged" and is_last:
                    run.go_on()
            return
        if (origin := fact.text("from")) is not None:
            # From here on only an answer that names them answers the reports that came along.
            stayed = self.filed_elsewhere.get(origin, [])
            came = {str(report) for report in fact.payload.get("reports", stayed)}
            self.filed_elsewhere[origin] = [one for one in stayed if one not in came]
            self._start_part(fact)
            return
        for report in fact.payload.get("reports", ()):
            # It is answered in the part that was split off.
            self.reports.pop(str(report), None)
            self.drop(CHAIN, str(report))

    # The group

    def signed_for(self, fact: Fact) -> None:
        self.stop("sign_for", CASE, fact)
        self.is_signed = True
        if not self.is_verified:
            self._start_verification(fact)

    def returned(self, fact: Fact) -> None:
        self.stop("return_request", CASE, fact)
        self._back_to_the_desk(fact)

    def return_asked(self, fact: Fact) -> None:
        self.stop("return_request", CASE, fact)
        self.start("return_decision", CASE, fact.at)

    def return_decided(self, fact: Fact) -> None:
        self.stop("return_decision", CASE, fact)
        if fact.payload.get("upheld"):
            self._back_to_the_desk(fact)

    def reassigned(self, fact: Fact) -> None:
        # The new group signs anew. What the case owes, also its verification, goes on: a lead
        # could otherwise win time by passing the case on.
        self.cancel(("sign_for",), fact)
        self.start(self._sign_for(), CASE, fact.at)

    def inspected(self, fact: Fact) -> None:
        if (run := self.running("urgent_on_site", CASE)) is None:
            return
        touch(run, self.pauses, self.calendar, fact.at)
        run.stop(fact)
        # Being there counts, not writing it down; but what is written down when the limit has
        # passed undoes no miss.
        visited = fact.moment("visited_at")
        if visited is not None and run.missed is None:
            run.stopped_at = min(max(visited, run.started_at), fact.at)

    def level_decided(self, fact: Fact) -> None:
        if self.level != "major":  # one major hazard among several is enough
            self.level = fact.text("level") or self.level
        run = self.running("verification", CASE)
        if run is None or fact.payload.get("keep_limit"):
            return
        # The start stays, and of the two limits the stricter holds.
        touch(run, self.pauses, self.calendar, fact.at)
        limit = run.policy.limits.get(self._verification())
        if limit is not None and limit not in run.limits:
            run.limits.append(limit)

    def verified(self, fact: Fact) -> None:
        self.is_verified = True
        self.stop("verification", CASE, fact)
        if self.reports and not self.is_concluded:
            self.start("feedback", CASE, fact.at)

    def answered(self, fact: Fact) -> None:
        if fact.payload.get("substantive") and fact.payload.get("by_person"):
            self.stop("first_response", CASE, fact)
        if fact.payload.get("final") and (report := fact.text("report")) is not None:
            self._answer(fact, [report], may_object=True)

    def concluded(self, fact: Fact) -> None:
        self.is_concluded = True
        for kind in ("first_response", "handling_total", "feedback"):
            self.stop(kind, CASE, fact)
        self.cancel(("return_request",), fact)
        named = fact.payload.get("reports")
        self._answer(fact, list(self.reports) if named is None else named, may_object=True)

    def closed(self, fact: Fact) -> None:
        self._end_pause(fact.at)
        self._cancel_all(fact)

    def reopened(self, fact: Fact) -> None:
        self.cancel(("office_reply",), fact)
        self.is_verified = self.is_concluded = self.is_merged = False
        for report in self.reports:
            if (window := self.running("objection", report)) is not None:
                self.cancel_run(window, fact)
            # A first chain that still waits for its answer simply goes on.
            self.start(CHAIN, report, fact.at)
        if self.is_signed:
            self._start_handling(fact)
            self._start_verification(fact)
        elif self.is_accepted:
            self._start_handling(fact)
            self.start("dispatch", CASE, fact.at)
        else:
            self.start("acceptance", CASE, fact.at)

    # At any time

    def objected(self, fact: Fact) -> None:
        if (report := fact.text("report")) is not None:
            self.stop("objection", report, fact)
        self.start("objection_review", fact.text("objection") or CASE, fact.at)

    def objection_decided(self, fact: Fact) -> None:
        self.stop("objection_review", fact.text("objection") or CASE, fact)

    def paused(self, fact: Fact) -> None:
        if self.pauses and self.pauses[-1].resumed_at is None:
            return
        for run in self.all_runs():
            if run.is_pausable():
                touch(run, self.pauses, self.calendar, fact.at)
        self.pauses.append(Pause(fact.at, None, fact.text("reason") or ""))

    def resumed(self, fact: Fact) -> None:
        self._end_pause(fact.at)

    def extension_decided(self, fact: Fact) -> None:
        if not fact.payload.get("granted"):
            return
        if (item := fact.text("item")) is not None:
            self.extend_item(item, fact)
            return
        run = self.running(fact.text("clock") or "handling_total", CASE)
        if run is None:
            return
        touch(run, self.pauses, self.calendar, fact.at)
        value = granted(run, int(fact.payload.get("value") or 0))
        if run.missed is None and value:
            run.grants.append(Grant(fact.at, value))

    def breached(self, fact: Fact) -> None:
        """The history's own record of a breach: no later policy or calendar takes it away."""
        kind, subject = fact.text("clock") or "", fact.text("subject") or CASE
        episode = int(fact.payload.get("episode") or 1)
        due_at = fact.moment("due_at") or fact.at
        if kind == "review":
            # It runs since the task's date passed, though no event says so.
            self._start_review(subject, fact.at)
        for run in self.runs_of(kind, subject):
            if run.episode == episode:
                run.recorded = due_at
                return
        self.add_recorded(kind, subject, episode, due_at)

    def happened_elsewhere(self, fact: Fact) -> None:
        """Another case's events tell this one only when its reports came in and were answered."""
        self.elsewhere.append(fact)
        filed = self.filed_elsewhere.setdefault(fact.case_id or "", [])
        if fact.kind == "filed":
            report = fact.text("report")
            if report is not None and (self.own_reports is None or report in self.own_reports):
                self._start_chain(fact)
                filed.append(report)
        elif fact.kind == "concluded":
            self._stop_chains(fact, fact.payload.get("reports", filed))
        elif fact.kind in ("refused", "transferred_out", "accident_referred"):
            self._stop_chains(fact, filed)
        elif fact.kind == "answered" and fact.payload.get("final"):
            self._stop_chains(fact, [fact.text("report")])

    # How it is done

    def _start_chain(self, fact: Fact) -> None:
        report = fact.text("report")
        if report is not None and report not in self.reports:
            # What came by letter is waited for since it came, not since it was taken down.
            since = fact.moment("arrived_at") or fact.at
            self.reports[report] = since
            self.start(CHAIN, report, since)

    def _start_handling(self, fact: Fact) -> Run | None:
        return self.start("handling_total", CASE, fact.at)

    def _start_verification(self, fact: Fact) -> None:
        self.start(self._verification(), CASE, fact.at)

    def _verification(self) -> str:
        is_major = self.level == "major" or (self.level is None and self.may_be_major)
        return "verification_major" if is_major else "verification"

    def _sign_for(self) -> str:
        return "sign_for_urgent" if self.is_urgent else "sign_for"

    def _start_part(self, fact: Fact) -> None:
        """A part that was split off from a case not yet accepted waits since that was filed."""
        began = fact.at
        theirs = [one for one in self.elsewhere if one.case_id == fact.text("from")]
        if theirs and not any(one.kind == "accepted" for one in theirs):
            began = min([one.at for one in theirs if one.kind == "filed"], default=began)
        if not self.runs_of("acceptance", CASE):
            self.start("acceptance", CASE, began)

    def _back_to_the_desk(self, fact: Fact) -> None:
        self.cancel((*OF_DISPATCH, "verification", "return_decision"), fact)
        self.is_signed = self.is_verified = False
        self.start("dispatch", CASE, fact.at)

    def _end_with_answer(self, fact: Fact, *, may_object: bool) -> None:
        # Each of these is a decision on acceptance, where there was none yet.
        self.stop("acceptance", CASE, fact)
        self._end_pause(fact.at)
        self._answer(fact, list(self.reports), may_object=may_object)
        self._cancel_all(fact)

    def _answer(self, fact: Fact, reports: Iterable[object], *, may_object: bool) -> None:
        for report in map(str, reports):
            was_waiting = self.running(CHAIN, report) is not None
            self.stop(CHAIN, report, fact)
            if may_object and (was_waiting or fact.kind == "concluded"):
                self.start("objection", report, fact.at, window=True)

    def _stop_chains(self, fact: Fact, reports: Iterable[object]) -> None:
        for report in reports:
            self.stop(CHAIN, str(report), fact)

    def _go_on(self, kind: str, stopped_by: str) -> None:
        runs = self.runs_of(kind, CASE)
        if runs and runs[-1].stopped_by == stopped_by:
            runs[-1].go_on()

    def _end_pause(self, at: datetime) -> None:
        if self.pauses and self.pauses[-1].resumed_at is None:
            last = self.pauses[-1]
            self.pauses[-1] = Pause(last.paused_at, max(at, last.paused_at), last.reason)

    def _cancel_all(self, fact: Fact) -> None:
        self.start_overdue_reviews(fact.at)
        for run in self.all_runs():
            if family(run.kind) not in OUTLIVES_THE_CASE:
                self.cancel_run(run, fact)


STEPS: dict[str, Callable[[Replay, Fact], None]] = {
    name: getattr(Replay, name)
    for name in (
        "filed", "opened", "imported", "accepted", "dispatched", "refused", "transferred_out",
        "office_replied", "accident_referred", "merged", "split", "signed_for", "taken_back",
        "returned", "return_asked", "return_decided", "reassigned", "inspected", "level_decided",
        "task_book_issued", "item_reported", "item_withdrawn", "extension_decided",
        "interim_reported", "task_supplemented",
        "review_passed", "review_failed", "verified", "concluded", "closed", "objected",
        "objection_decided", "reopened", "paused", "resumed", "answered", "breached",
        "step_ordered", "step_answered", "step_ended", "interview_held", "commitment_settled",
        "work_accepted", "delisting_decided",
    )
}  # fmt: skip
STEPS["asked"] = Replay.answered
