"""The book of clocks of a case, and in it those of task items and their reviews."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from portal.clocks.facts import Fact, Grant, Pause
from portal.clocks.reading import CASE, CHAIN, INTERIM, ITEM, family
from portal.clocks.runs import Run, policy_at, reckon, touch
from portal.presets.kinds import Calendar, TimeLimitPolicy


class Book:
    """The clocks started so far, by family and subject, episodes in order."""

    def __init__(self, policies: tuple[TimeLimitPolicy, ...], calendar: Calendar) -> None:
        if not policies:
            raise ValueError("There is no time-limit policy.")
        self.policies = policies
        self.calendar = calendar
        self.pauses: list[Pause] = []
        self._runs: dict[tuple[str, str], list[Run]] = {}

    def all_runs(self) -> Iterator[Run]:
        for runs in self._runs.values():
            yield from runs

    def runs_of(self, kind: str, subject: str) -> list[Run]:
        """Return the episodes of a clock so far."""
        return self._runs.get((family(kind), subject), [])

    def running(self, kind: str, subject: str) -> Run | None:
        """Return the last episode if it still runs."""
        runs = self.runs_of(kind, subject)
        return runs[-1] if runs and runs[-1].is_running else None

    def start(
        self,
        kind: str,
        subject: str,
        at: datetime,
        *,
        window: bool = False,
        set_day: date | None = None,
        limit_id: str | None = None,
        start_day: date | None = None,
    ) -> Run | None:
        """Start the next episode by the policy then in force.

        None where the city has no such limit, or where an episode runs: no event restarts it.
        """
        if self.running(kind, subject):
            return None
        policy = policy_at(self.policies, at)
        limit = policy.limits.get(limit_id or kind)
        if limit is None and kind not in (CHAIN, ITEM):
            return None
        runs = self._runs.setdefault((family(kind), subject), [])
        run = Run(
            kind=kind,
            subject=subject,
            episode=max((one.episode for one in runs), default=0) + 1,
            started_at=at,
            policy=policy,
            limits=[limit] if limit is not None else [],
            window=window,
            set_day=set_day,
            start_day=start_day,
        )
        runs.append(run)
        return run

    def stop(self, kind: str, subject: str, fact: Fact) -> None:
        if (run := self.running(kind, subject)) is not None:
            run.stop(fact)

    def cancel(self, kinds: Iterable[str], fact: Fact) -> None:
        for kind in kinds:
            if (run := self.running(kind, CASE)) is not None:
                run.stop(fact, cancelled=True)

    def cancel_run(self, run: Run, fact: Fact) -> None:
        if run.is_running:
            run.stop(fact, cancelled=True)

    def drop(self, kind: str, subject: str) -> None:
        """Forget a clock that another case carries on."""
        self._runs.pop((family(kind), subject), None)

    def add_recorded(self, kind: str, subject: str, episode: int, due_at: datetime) -> None:
        """Keep a recorded breach whose clock today's rules would not have started."""
        run = Run(kind, subject, episode, due_at, policy_at(self.policies, due_at), [])
        run.recorded, run.stopped_at, run.is_cancelled = due_at, due_at, True
        self._runs.setdefault((family(kind), subject), []).insert(0, run)


class Items(Book):
    """What events do to task items: each has its own due date, and its review has one too."""

    def task_book_issued(self, fact: Fact) -> None:
        # With a task book out the dispatch can no longer be returned.
        self.cancel(("return_request",), fact)
        for item in fact.payload.get("items", ()):
            due_on = item.get("due_on")
            run = self._start_item(str(item["id"]), fact, due_on, item.get("level"))
            if item.get("interim"):
                self.start(INTERIM, str(item["id"]), fact.at)
            if run is not None and item.get("done"):
                run.stop(fact)
                self.start("review", run.subject, fact.at)

    def task_supplemented(self, fact: Fact) -> None:
        if fact.payload.get("interim"):
            self.start(INTERIM, fact.text("item") or "", fact.at)

    def interim_reported(self, fact: Fact) -> None:
        self.stop(INTERIM, fact.text("item") or "", fact)

    def item_reported(self, fact: Fact) -> None:
        item = fact.text("item") or ""
        self._start_review(item, fact.at)
        self.stop(ITEM, item, fact)
        self.start("review", item, fact.at)

    def review_passed(self, fact: Fact) -> None:
        item = fact.text("item") or ""
        self._start_review(item, fact.at)
        self.stop("review", item, fact)
        # Found put right without a word from the unit: that was the moment.
        self.stop(ITEM, item, fact)
        if (run := self.running(INTERIM, item)) is not None:
            self.cancel_run(run, fact)

    def review_failed(self, fact: Fact) -> None:
        item = fact.text("item") or ""
        self._start_review(item, fact.at)
        self.stop("review", item, fact)
        runs = self.runs_of(ITEM, item)
        if runs:
            last = runs[-1]
            level = "major" if any(limit.id == "rectify_major" for limit in last.limits) else None
            self.cancel_run(last, fact)
            self._start_item(item, fact, fact.payload.get("new_due_on"), level)

    def item_withdrawn(self, fact: Fact) -> None:
        item = fact.text("item") or ""
        self._start_review(item, fact.at)
        for kind in (ITEM, "review", INTERIM):
            if (run := self.running(kind, item)) is not None:
                self.cancel_run(run, fact)

    def extend_item(self, item: str, fact: Fact) -> None:
        run, day = self.running(ITEM, item), fact.day("new_due_on")
        if run is None or day is None:
            return
        touch(run, self.pauses, self.calendar, fact.at)
        found = reckon(run, self.pauses, self.calendar, fact.at).due
        # An extension never brings a date forward.
        if run.missed is None and (found is None or found.last_day < day):
            run.set_day, run.set_at = day, fact.at
            run.grants.append(Grant(fact.at, 0, day))

    def start_overdue_reviews(self, as_of: datetime) -> None:
        """A task whose time is over is to be reviewed, reported as done or not."""
        for run in [run for run in self.all_runs() if run.kind == ITEM and run.is_running]:
            self._start_review(run.subject, as_of)

    def _start_review(self, item: str, now: datetime) -> None:
        run = self.running(ITEM, item)
        if run is None or "review" not in run.policy.limits:
            return
        found = reckon(run, self.pauses, self.calendar, now)
        if found.due is not None and not found.is_paused and found.due.due_at < now:
            self.start("review", item, found.due.due_at, start_day=found.due.last_day)

    def _start_item(
        self, item: str, fact: Fact, due_on: str | date | None, level: str | None
    ) -> Run | None:
        day = date.fromisoformat(due_on) if isinstance(due_on, str) else due_on
        limit_id = "rectify_major" if level == "major" else "rectify_general"
        return self.start(ITEM, item, fact.at, set_day=day, limit_id=limit_id)
