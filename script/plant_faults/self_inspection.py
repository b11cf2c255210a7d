"""Faults of self-inspection: what counts for a unit, who signs, whose things are whose."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

WAYS = f"{WHOLE}self_inspection.py::test_"
RULES = f"{UNIT}self_inspection.py::test_"
LIFE = "portal/selfinspections/lifecycle.py"

FAULTS = (
    Fault(
        "what was entered after a report counts as found by the unit",
        LIFE,
        "    return entered_at < limit\n",
        "    return entered_at < limit or matter.by_report\n",
        (
            f"{RULES}the_hour_of_a_report_counts_for_the_unit_and_the_moment_of_an_announcement_does_not",
            f"{RULES}what_was_entered_afterwards_never_helps",
        ),
    ),
    Fault(
        "a report alone accuses a unit of having concealed",
        LIFE,
        "verdict=Verdict.CONCEALED if matter.is_true else Verdict.NIL",
        "verdict=Verdict.CONCEALED",
        (f"{RULES}a_return_of_nothing_found_accuses_nobody_before_the_report_is_found_true",),
    ),
    Fault(
        "somebody who has left signs that nothing was found",
        "portal/selfinspections/services/declaring.py",
        "    if kind == NIL and signer is Signer.LEFT:\n",
        "    if False:\n",
        (f"{WAYS}a_return_of_nothing_found_by_a_post_that_left_is_refused_and_others_are_marked",),
    ),
    Fault(
        "a post that ended still holds",
        LIFE,
        "(latest.until_on is None or latest.until_on > today)",
        "(latest.until_on is None or latest.until_on != today)",
        (f"{RULES}the_chain_says_how_whoever_signs_stands_to_it",),
    ),
    Fault(
        "nothing found is declared though own hazards were entered",
        "portal/selfinspections/services/declaring.py",
        "    if kind == NIL and found:\n",
        "    if False:\n",
        (f"{WAYS}a_month_is_declared_once_truly_and_when_it_is_over",),
    ),
    Fault(
        "a unit reads what another found",
        "portal/selfinspections/queries/own.py",
        "        return may(actor, Action.READ_OWN_UNIT) and actor.unit_id == unit_id\n",
        "        return may(actor, Action.READ_OWN_UNIT)\n",
        (f"{WAYS}nothing_of_another_unit_exists_for_a_unit",),
        traps=(39,),
    ),
    Fault(
        "an account of a unit lives on after it was ended",
        "portal/accounts/services/of_units.py",
        "    return set_active(session, actor, membership.account, active=False, now=now)\n",
        "    return membership.account\n",
        (f"{WAYS}who_is_invited_signs_in_by_a_link_that_works_once_and_sees_the_own_unit_alone",),
        traps=(40,),
    ),
    Fault(
        "what a unit handed up becomes a ground against it",
        "portal/cases/queries/ladder.py",
        "            found[case.id].pop(Ground.MAJOR, None)\n",
        "            pass\n",
        (f"{WAYS}a_hazard_handed_up_waits_at_the_desk_and_is_no_ground_against_the_unit",),
    ),
)
