"""Faults of the ladder of disciplinary steps."""

from script.plant_faults.kinds import LIFE, UNIT, WHOLE, Fault

STEPS = f"{WHOLE}ladder.py::test_"
RULES = f"{UNIT}ladder.py::test_"

FAULTS = (
    Fault(
        "the evidence against somebody is taken out and nobody sees it",
        "portal/handling/views/_bundle.py",
        "    move_case(here.session, here.actor, taken, now=here.now)\n",
        "",
        (f"{STEPS}the_evidence_says_who_said_what_can_be_checked_and_holds_no_reporters_words",),
        traps=(34,),
    ),
    Fault(
        "who proposed accountability orders it",
        f"{LIFE}ladder.py",
        "    if rung.two_people and own:\n",
        "    if rung.two_people and proposed is None:\n",
        (f"{STEPS}who_may_do_what_is_the_presets_and_a_rung_left_out_needs_a_reason",),
        traps=(18,),
    ),
    Fault(
        "a forwarded link answers another step of the case",
        f"{LIFE}ladder.py",
        "if step.id == own and step.has_link]",
        "if step.has_link]",
        (f"{STEPS}a_link_answers_its_own_step_once_and_dies",),
        traps=(40,),
    ),
    Fault(
        "a step lapses while its addressee can still answer",
        f"{LIFE}ladder.py",
        '    if step.can_be_answered(facts.read_at):\n        return Lack("answer_time_runs"',
        '    if False:\n        return Lack("answer_time_runs"',
        (f"{STEPS}the_answer_has_its_time_and_silence_moves_nothing",),
        traps=(17,),
    ),
    Fault(
        "a case that ends takes its open steps along",
        f"{LIFE}moves_of_steps.py",
        "ANY = frozenset(State)\n",
        "ANY = frozenset(State) - {State.CLOSED}\n",
        (f"{STEPS}a_case_that_ends_leaves_its_steps_open_and_deletes_none",),
        traps=(19,),
    ),
    Fault(
        "what was ordered already is suggested again",
        "portal/discipline/lifecycle.py",
        "ladder.rungs[top + 1 :]",
        "ladder.rungs[max(top, 0) :]",
        (f"{RULES}only_what_a_fact_grounds_is_suggested_and_the_mildest_of_it",),
    ),
    Fault(
        "the ladder of a unit is shown to those who must not know of the case",
        "portal/cases/queries/ladder.py",
        "        .where(visible_to(actor, Action.READ_FILE))\n    )",
        "    )",
        (f"{STEPS}a_ladder_is_seen_by_who_can_see_the_case_and_by_no_one_else",),
        traps=(39,),
    ),
    Fault(
        "an interview ends though nobody said whether its commitments were kept",
        f"{LIFE}ladder.py",
        "if one.step_id == step.id and one.state is Commitment.OPEN",
        "if one.step_id == step.id and one.state is Commitment.BROKEN",
        (f"{STEPS}an_interview_has_its_notice_its_record_and_commitments_kept_or_broken",),
    ),
    Fault(
        "the evidence that leaves the house holds what was written to reporters",
        "portal/cases/queries/bundle.py",
        "    return told or event.role is Role.REPORTER\n",
        "    return event.role is Role.REPORTER\n",
        (f"{STEPS}the_evidence_says_who_said_what_can_be_checked_and_holds_no_reporters_words",),
        traps=(28,),
    ),
    Fault(
        "the evidence puts one handler's words into another's mouth",
        "portal/handling/views/_bundle.py",
        "    if proof.event.role is Role.UNIT:\n",
        "    if proof.event.role is Role.MEMBER:\n",
        (f"{STEPS}the_evidence_says_who_said_what_can_be_checked_and_holds_no_reporters_words",),
        traps=(31,),
    ),
)
