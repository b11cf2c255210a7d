"""What the random walks watch for: a fault for each of the five promises that they keep."""

from script.plant_faults.kinds import LIFE, ROAD, WHOLE, Fault

WALKS = f"{WHOLE}random_walks.py::test_what_must_hold_on_every_road_holds_on_random_ones"

FAULTS = (
    Fault(
        "walks: a column changes that the event does not tell",
        ROAD,
        '            "set": changes.set,\n            "rows": written,',
        '            "set": {k: v for k, v in changes.set.items() if k != "finding"},\n'
        '            "rows": written,',
        (f"{WALKS}[answered_as_not_true]",),
        promises=(5,),
    ),
    Fault(
        "walks: signing for jumps to a state of its own",
        f"{LIFE}moves.py",
        "        target=State.IN_HAND,\n        action=Action.SIGN_FOR,",
        "        target=State.REVIEWING,\n        action=Action.SIGN_FOR,",
        (f"{WALKS}[in_hand]",),
        promises=(3,),
    ),
    Fault(
        "walks: who ordered it checks it",
        f"{LIFE}levels.py",
        "person == item.ordered_by or person in facts.inspectors)",
        "person is None)",
        # A walk comes by it with luck; the guard's own test every time.
        (
            "tests/integration/test_guards_of_ending.py::"
            "test_who_ordered_it_does_not_review_it_and_a_review_needs_a_reported_task",
        ),
        traps=(18,),
    ),
    Fault(
        "walks: put right, though nobody looked",
        f"{LIFE}closing.py",
        "    waiting = len(facts.open_items)\n",
        "    waiting = 0\n",
        (f"{WALKS}[reported]",),
        traps=(15,),
    ),
    Fault(
        "walks: what ends in the end was never late",
        "portal/clocks/runs.py",
        "    is_late = is_late or (due_at is not None and until > due_at)",
        "    is_late = (is_late or (due_at is not None and until > due_at)) and run.is_running",
        (f"{WALKS}[late]",),
        traps=(9,),
    ),
    Fault(
        "walks: the chain ends when the group knows",
        "portal/clocks/replay.py",
        "        if self.reports and not self.is_concluded:",
        "        self._stop_chains(fact, self.reports)\n"
        "        if self.reports and not self.is_concluded:",
        (f"{WALKS}[reported]",),
        traps=(45,),
    ),
)
