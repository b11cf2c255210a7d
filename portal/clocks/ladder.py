"""Clocks of the ladder: answers of addressees, commitments of interviews, listed hazards.

Their days are set with the step, so no limit counts them; they run whether the case does or not.
"""

from dataclasses import replace

from portal.clocks.facts import Fact
from portal.clocks.items import Items
from portal.clocks.reading import ANSWER, COMMITMENT, LISTING
from portal.clocks.runs import reckon


class OnLadder(Items):
    """What the events of disciplinary steps do to clocks."""

    def step_ordered(self, fact: Fact) -> None:
        # Steps from before these clocks say no day: they have none.
        if (day := fact.day("answer_until")) is not None:
            self.start(ANSWER, fact.text("step") or "", fact.at, set_day=day)
        if (listing := fact.text("listing")) is not None:
            self.start(LISTING, listing, fact.at, set_day=fact.day("listed_until"))

    def step_answered(self, fact: Fact) -> None:
        run = self.running(ANSWER, fact.text("step") or "")
        if run is None:
            return
        due = reckon(run, self.pauses, self.calendar, fact.at).due
        if fact.payload.get("in_time") and due is not None:
            # A paper that arrived in time is written down whenever somebody comes to it.
            fact = replace(fact, at=min(fact.at, due.due_at))
        run.stop(fact)

    def interview_held(self, fact: Fact) -> None:
        for promised in fact.payload.get("promised", ()):
            day = Fact(fact.kind, fact.at, fact.seq, promised).day("due_on")
            self.start(COMMITMENT, str(promised["id"]), fact.at, set_day=day)

    def commitment_settled(self, fact: Fact) -> None:
        self.stop(COMMITMENT, fact.text("commitment") or "", fact)

    def step_ended(self, fact: Fact) -> None:
        ended = [(ANSWER, fact.text("step")), (LISTING, fact.text("listing"))]
        ended += [(COMMITMENT, str(one)) for one in fact.payload.get("unsettled", ())]
        for kind, subject in ended:
            if (run := self.running(kind, subject or "")) is not None:
                self.cancel_run(run, fact)

    def work_accepted(self, fact: Fact) -> None:
        if fact.payload.get("accepted"):
            self.stop(LISTING, fact.text("listing") or "", fact)

    def delisting_decided(self, fact: Fact) -> None:
        # Nobody waits for the addressee's answer any more.
        run = self.running(ANSWER, fact.text("step") or "")
        if run is not None:
            self.cancel_run(run, fact)
