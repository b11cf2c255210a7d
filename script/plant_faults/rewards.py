"""Faults of rewards."""

from script.plant_faults.kinds import LIFE, UNIT, WHOLE, Fault

REWARDS = f"{WHOLE}rewards.py::test_"
RULES = f"{UNIT}rewards.py::test_"
ROOM = "portal/rewards/"

FAULTS = (
    Fault(
        "one person signs twice for a reward, by two accounts",
        f"{LIFE}rewarding.py",
        "    if facts.actor.person_id == waiting.approved_by:\n",
        "    if facts.actor.account_id == waiting.approved_by:\n",
        (f"{REWARDS}nobody_signs_twice_and_nobody_signs_for_their_own",),
        traps=(15,),
    ),
    Fault(
        "who proposed a reward signs for it",
        f"{LIFE}rewarding.py",
        "    if facts.actor.person_id == waiting.proposed_by:\n",
        "    if facts.actor.account_id == waiting.proposed_by:\n",
        (f"{REWARDS}nobody_signs_twice_and_nobody_signs_for_their_own",),
    ),
    Fault(
        "a reward's code is paid twice",
        f"{ROOM}services/vouchers.py",
        "        return Outcome.PAID_BEFORE, voucher\n",
        "        pass\n",
        (f"{REWARDS}a_code_works_once_and_its_second_use_is_written_down",),
        traps=(40,),
    ),
    Fault(
        "the ledger's totals miss what left a state",
        "migrations/versions/0039_ledger_totals.py",
        "  IF TG_OP <> 'INSERT' THEN\n",
        "  IF TG_OP = 'DELETE' THEN\n",
        (f"{REWARDS}the_database_counts_the_ledger_along_and_nobody_else_can[None]",),
    ),
    Fault(
        "two counters pay one reward at the same moment",
        f"{ROOM}queries/vouchers.py",
        "    if lock:\n",
        "    if not lock:\n",
        (f"{REWARDS}of_two_counters_one_pays",),
    ),
    Fault(
        "who was merged in first is rewarded instead of who filed first",
        "portal/cases/queries/rewards.py",
        "(one.filed_at, turns.get(one.origin_case_id, 0), one.id)",
        "(one.origin_case_id != one.case_id, one.filed_at, one.id)",
        (f"{REWARDS}the_first_to_file_is_rewarded_whatever_was_merged_in_which_order",),
        traps=(42,),
    ),
    Fault(
        "a report is merged away while its reward waits to be claimed",
        f"{LIFE}guards.py",
        "    found = any(one.is_unfinished for one in facts.rewards.rewards)\n",
        "    found = any(one.waits_for_signature for one in facts.rewards.rewards)\n",
        (f"{REWARDS}no_report_moves_away_while_its_reward_waits",),
        traps=(42,),
    ),
    Fault(
        "a reward's uplift goes beyond the most",
        f"{ROOM}lifecycle.py",
        "        if sum_ > most and not rules.uplift_over_most:\n",
        "        if sum_ > most and rules.uplift_over_most:\n",
        (f"{RULES}each_worked_amount_is_met_to_the_yuan",),
    ),
    Fault(
        "half a yuan of a reward is rounded down",
        f"{ROOM}lifecycle.py",
        "(2 * sum_.numerator + sum_.denominator) // (2 * sum_.denominator)",
        "sum_.numerator // sum_.denominator",
        (f"{RULES}each_worked_amount_is_met_to_the_yuan",),
    ),
    Fault(
        "a reward that nobody claimed is paid all the same",
        f"{ROOM}services/vouchers.py",
        "voucher.state, voucher.lapsed_month = VoucherState.LAPSED, month_of(on)\n",
        "claim_voucher(session, voucher_id, on=on)\n",
        (f"{REWARDS}silence_lapses_an_offer_pays_nothing_and_moves_nothing",),
        traps=(17,),
    ),
    Fault(
        "a reward lapses on its last day",
        f"{LIFE}rewarding.py",
        "    if facts.today <= found.claim_until:\n",
        "    if facts.today < found.claim_until:\n",
        (f"{REWARDS}silence_lapses_an_offer_pays_nothing_and_moves_nothing",),
    ),
    Fault(
        "the receipt page shows a reward's code to whoever comes later",
        "portal/filing/views/rewarded.py",
        "    is_shown = shows_code and one.state is VoucherState.CLAIMED and one.voucher_id\n",
        "    is_shown = one.state is VoucherState.CLAIMED and one.voucher_id\n",
        (f"{REWARDS}the_reporter_reads_how_much_why_and_until_when_and_gets_the_code_once",),
    ),
    Fault(
        "another reporter of the case reads of the reward",
        "portal/cases/queries/told_reward.py",
        " if row.report_id == report.id]",
        "]",
        (f"{REWARDS}a_reward_is_the_affair_of_one_reporter",),
    ),
    Fault(
        "the payer's room learns of the rewards of cases",
        f"{ROOM}queries/vouchers.py",
        "from portal.rewards.models.voucher import Voucher, VoucherTotal\n",
        "from portal.rewards.models.reward import Reward\n"
        "from portal.rewards.models.voucher import Voucher, VoucherTotal\n",
        (f"{UNIT}conventions.py::test_rooms_and_slots",),
        traps=(28,),
    ),
    Fault(
        "wrong codes of rewards are looked at as fast as they come",
        "portal/treasury/views/__init__.py",
        "        rates.count(ALL, now=moment)\n",
        "        pass\n",
        (f"{REWARDS}wrong_codes_are_answered_alike_and_slowed",),
        traps=(41,),
    ),
    Fault(
        "who signed for a reward pays it in another office",
        "portal/rewards/services/vouchers.py",
        "    if actor.person_id is None or _apart(voucher.id, actor.person_id) in voucher.apart:\n",
        "    if actor.person_id is None:\n",
        (f"{WHOLE}rewards.py::test_who_decided_a_reward_never_pays_it_in_whatever_office",),
        traps=(18,),
    ),
    Fault(
        "a second account makes a treasurer of a lead",
        "portal/accounts/services/people.py",
        "        .where(Account.person_id == account.person_id, other)\n",
        "        .where(Account.id == account.id, other)\n",
        (f"{WHOLE}administration.py::test_who_pays_has_no_other_role_by_any_account",),
    ),
)
