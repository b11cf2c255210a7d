"""Faults of plans: the draw, who is drawn, who may know."""

from script.plant_faults.kinds import WHOLE, Fault

PLANS = f"{WHOLE}plans.py::test_"
DRAW = "tests/unit/test_draw.py::test_"

FAULTS = (
    Fault(
        "a plan can be drawn until the outcome pleases",
        "portal/plans/services.py",
        "    if queries.draw_of(session, plan_id):\n",
        "    if False:\n",
        (f"{PLANS}units_and_people_are_fixed_before_the_number_and_drawn_once",),
    ),
    Fault(
        "somebody with a tie is drawn for the unit",
        "portal/risk/draw.py",
        "            if person in tied:\n",
        "            if person in tied and left_out:\n",
        (f"{DRAW}nobody_tied_is_drawn_and_whoever_is_passed_over_is_told",),
    ),
    Fault(
        "the draw hangs on the order in which units are given",
        "portal/risk/draw.py",
        "    return _hash(sorted(ids))\n",
        "    return _hash(ids)\n",
        (f"{DRAW}the_order_in_which_things_are_given_changes_nothing",),
    ),
    Fault(
        "a number is taken that was known before the units were fixed",
        "portal/plans/lifecycle.py",
        "    if seed_on is None or seed_on <= today:\n",
        "    if seed_on is None or seed_on < today:\n",
        (f"{PLANS}the_number_must_lie_ahead_and_a_lead_plans_for_the_own_group",),
    ),
    Fault(
        "everybody reads of unannounced visits",
        "portal/plans/queries.py",
        "    is_open = (Plan.kind != PlanKind.UNANNOUNCED) & _IS_PUBLISHED\n",
        "    is_open = _IS_PUBLISHED\n",
        (f"{PLANS}unannounced_visits_exist_only_for_whom_they_concern",),
        traps=(39,),
    ),
    Fault(
        "whoever has a tie begins the visit there",
        "portal/cases/services/visits.py",
        '        raise OutOfTurn("plan_tied")\n',
        "        pass\n",
        (f"{PLANS}a_visit_is_begun_by_whom_the_plan_names_once_and_not_before_its_day",),
    ),
    Fault(
        "the coverage tells of visits that the reader must not know of",
        "portal/cases/queries/coverage.py",
        "        .where(Case.unit_id.is_not(None), visible_to(actor, Action.READ_FILE))\n",
        "        .where(Case.unit_id.is_not(None), visible_to(actor, Action.READ_FILE) | true())\n",
        (f"{WHOLE}coverage.py::test_a_visit_that_the_reader_must_not_know_of_counts_as_none",),
        traps=(39,),
    ),
    Fault(
        "a warning of a second visit tells of plans that the reader must not know of",
        "portal/cases/queries/burden.py",
        "        .where(Plan.starts_on <= until, Plan.ends_on >= since, readable_plans(actor))\n",
        "        .where(Plan.starts_on <= until, Plan.ends_on >= since)\n",
        (f"{PLANS}a_second_visit_close_by_is_pointed_out_before_it_is_planned",),
        traps=(39,),
    ),
)
