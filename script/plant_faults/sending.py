"""Faults of what is said before sending, of the other doors, and of what units receive."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

BEFORE = f"{WHOLE}before_sending.py::"

FAULTS = (
    Fault(
        "a number in Chinese numerals is nobody's",
        "portal/personal/numbers.py",
        "    for form in dict.fromkeys((plain, spoken)):\n",
        "    for form in (plain,):\n",
        (
            f"{UNIT}personal.py::test_on_sentences_that_no_rule_was_made_for_the_promised_shares_are_kept",
        ),
        promises=(2,),
    ),
    Fault(
        "a name is pointed out again and again",
        "portal/filing/views/checking.py",
        '    return {name: without(find(draft.get(name) or ""), answered) for name in FREE}\n',
        '    return {name: without(find(draft.get(name) or ""), ()) for name in FREE}\n',
        (f"{BEFORE}test_what_may_tell_who_somebody_is_is_marked_and_asked_about_once",),
        promises=(2,),
    ),
    Fault(
        "who reads a report is not told of all",
        "portal/access/audience.py",
        "        if action is Action.READ_FILE:\n",
        "        if action is Action.READ_FILE and role is not Role.AUDITOR:\n",
        (f"{BEFORE}test_who_will_see_what_is_what_the_policy_says",),
        promises=(2,),
    ),
)
