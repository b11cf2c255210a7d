"""The published tables copied by hand from the design, never worked out from the code.

A change of who may do what, or of a move, is made here too, on purpose and in the same commit.
"""

# Who may do what (§2): role → rule → actions. What is not here is refused.
PUBLIC = "case.file receipt.read task_book.read step.read help.follow public.read"
GROUP = (
    "case.sign_for case.return_dispatch case.ask_return case.inspect case.decide_level "
    "case.assess_risk "
    "case.issue_task_book case.ask case.answer case.add_evidence case.release_files case.note "
    "case.recuse "
    "case.revoke_link case.ask_delisting case.supplement_task"
)
REVIEW = "case.read case.read_file case.sign_check case.pass_review case.fail_review"
# On the ladder; the preset says besides which steps a role may propose and order.
LADDER = "case.propose_step case.answer_step case.revoke_step_link"
LADDER_LEADING = (
    "case.order_step case.end_step case.hold_interview case.settle_commitment case.take_evidence"
)
REWARDING = "case.approve_reward case.end_reward"
STAFF = "profile.edit account.use"
REGISTER = "unit.read unit.manage group.read"
POLICY = {
    "reporter": {
        "always": PUBLIC,
        "own_report": "case.read case.withdraw case.ask case.answer case.add_evidence case.rate "
        "case.object case.tell_safety case.claim_reward",
        "own_inside": "inside_report.read inside_report.say inside_report.take_outside",
    },
    "unit": {
        "always": PUBLIC,
        "for_a_unit": "account.use unit.read_own self_inspection.do self_inspection.declare "
        "self_inspection.hand_up inside_report.switch inside_report.read inside_report.say "
        "inside_report.answer",
        "own_link": "case.read",
        "own_step": "case.answer_step",
        "own_help": "help.judge",
        "own_task_book": "help.ask case.sign_task_book case.report_item_done "
        "case.report_interim case.ask_extension case.object",
    },
    "dispatcher": {
        "always": f"{PUBLIC} {STAFF} intake.take_down lesson.read {REGISTER}",
        "own_desk": "case.read case.read_file intake.sort case.accept case.dispatch case.refuse "
        "case.take_back case.record_reply alarm.end lesson.judge",
        "own_desk_while_received": "case.set_aside case.change_lane case.note case.ask case.answer "
        "case.transfer_out case.refer_accident case.merge case.split",
    },
    "member": {
        "always": f"{PUBLIC} {STAFF} case.open checklists.read plan.read unit.invite "
        "self_inspection.read lesson.read lesson.read_drafts lesson.review help.read help.offer "
        f"{REGISTER}",
        "watches": "coverage.read",
        "own_group": f"{GROUP} case.ask_extension help.give lesson.judge",
        "own_group_or_supervises": f"{REVIEW} {LADDER} lesson.draft",
        "supervises_another": "case.accept_work",
    },
    "lead": {
        "always": f"{PUBLIC} {STAFF} case.open checklists.read plan.read plan.manage "
        "unit.invite self_inspection.read lesson.read lesson.read_drafts lesson.review "
        f"lesson.sweep help.read help.offer {REGISTER}",
        "watches": "coverage.read",
        "own_group": f"{GROUP} help.give case.record_reply case.transfer_out case.refer_accident "
        "case.merge case.split "
        "case.reassign case.assign_handler case.withdraw_item case.verify case.conclude "
        "case.close case.reopen case.pause case.resume case.decide_extension "
        "case.propose_reward case.deny_reward lesson.judge",
        "own_group_or_supervises": f"{REVIEW} {LADDER} {LADDER_LEADING} {REWARDING} lesson.draft",
        "supervises_another": "case.decide_return case.decide_objection case.accept_work",
    },
    "director": {
        "always": f"{PUBLIC} {STAFF} case.read case.read_file case.decide_return "
        "case.decide_objection case.sign_check case.pass_review case.fail_review "
        "case.accept_work case.decide_delisting case.reopen case.note measures.read unit.read "
        f"group.read checklists.read plan.read plan.manage help.read coverage.read {LADDER} "
        f"{LADDER_LEADING} {REWARDING} self_inspection.read blind_spots.read "
        "lesson.read lesson.read_drafts lesson.draft lesson.review lesson.publish lesson.sweep"
    },
    "custodian": {"always": f"{PUBLIC} {STAFF}"},
    "auditor": {
        "always": f"{PUBLIC} {STAFF} case.read case.read_file measures.read rules.read "
        "unit.read group.read checklists.read plan.read help.read coverage.read lesson.read "
        "lesson.read_drafts self_inspection.read blind_spots.read"
    },
    "administrator": {
        "always": f"{PUBLIC} {STAFF} case.import accounts.manage rules.read system.read "
        f"{REGISTER} unit.import checklists.read checklists.edit"
    },
    "treasurer": {"always": f"{PUBLIC} {STAFF} ledger.read reward.pay"},
    "system": {"always": f"{PUBLIC} case.read case.breach case.lapse_reward alarm.raise alarm.end"},
}

# The road (§4): move, from, to (- stays or follows from the items), event. The permission of a
# move is `case.<move>`.
OPEN = "received assigned in_hand rectifying reviewing"
WORK = "in_hand rectifying reviewing"
ANY = f"{OPEN} closed"
MOVES = [
    ("accept", "received", "-", "accepted"),
    ("dispatch", "received", "assigned", "dispatched"),
    ("refuse", "received", "closed", "refused"),
    ("transfer_out", OPEN, "closed", "transferred_out"),
    ("refer_accident", OPEN, "closed", "accident_referred"),
    ("record_reply", "closed", "-", "office_replied"),
    ("merge", OPEN, "closed", "merged"),
    ("split", OPEN, "-", "split"),
    ("set_aside", "received", "-", "set_aside"),
    ("change_lane", "received", "-", "lane_changed"),
    ("take_back", "assigned", "received", "taken_back"),
    ("sign_for", "assigned", "in_hand", "signed_for"),
    ("return_dispatch", "assigned in_hand", "received", "returned"),
    ("ask_return", "assigned in_hand", "-", "return_asked"),
    ("decide_return", "assigned in_hand", "-", "return_decided"),
    ("reassign", "assigned in_hand", "assigned", "reassigned"),
    ("assign_handler", f"assigned {WORK}", "-", "handler_assigned"),
    ("inspect", WORK, "-", "inspected"),
    ("report_interim", "rectifying reviewing", "-", "interim_reported"),
    ("supplement_task", "rectifying reviewing", "-", "task_supplemented"),
    ("decide_level", OPEN, "-", "level_decided"),
    ("assess_risk", OPEN, "-", "risk_assessed"),
    ("issue_task_book", WORK, "-", "task_book_issued"),
    ("sign_task_book", "rectifying reviewing", "-", "task_book_signed"),
    ("report_item_done", "rectifying reviewing", "-", "item_reported"),
    ("withdraw_item", "rectifying reviewing", "-", "item_withdrawn"),
    ("ask_extension", WORK, "-", "extension_asked"),
    ("decide_extension", WORK, "-", "extension_decided"),
    ("sign_check", "rectifying reviewing", "-", "check_signed"),
    ("pass_review", "rectifying reviewing", "-", "review_passed"),
    ("fail_review", "rectifying reviewing", "-", "review_failed"),
    ("verify", WORK, "-", "verified"),
    ("conclude", WORK, "-", "concluded"),
    ("close", "in_hand reviewing", "closed", "closed"),
    ("withdraw", OPEN, "-", "withdrawn"),
    ("object", ANY, "-", "objected"),
    ("decide_objection", ANY, "-", "objection_decided"),
    ("reopen", "closed", "-", "reopened"),
    ("pause", OPEN, "-", "paused"),
    ("resume", OPEN, "-", "resumed"),
    ("ask", ANY, "-", "asked"),
    ("answer", ANY, "-", "answered"),
    ("add_evidence", ANY, "-", "evidence_added"),
    ("release_files", ANY, "-", "files_released"),
    ("rate", ANY, "-", "rated"),
    ("note", ANY, "-", "noted"),
    ("recuse", f"assigned {WORK}", "-", "recused"),
    ("revoke_link", ANY, "-", "link_revoked"),
    ("propose_step", ANY, "-", "step_proposed"),
    ("order_step", ANY, "-", "step_ordered"),
    ("answer_step", ANY, "-", "step_answered"),
    ("end_step", ANY, "-", "step_ended"),
    ("revoke_step_link", ANY, "-", "step_link_revoked"),
    ("hold_interview", ANY, "-", "interview_held"),
    ("settle_commitment", ANY, "-", "commitment_settled"),
    ("take_evidence", ANY, "-", "evidence_taken"),
    ("accept_work", ANY, "-", "work_accepted"),
    ("ask_delisting", ANY, "-", "delisting_asked"),
    ("decide_delisting", ANY, "-", "delisting_decided"),
    ("propose_reward", ANY, "-", "reward_proposed"),
    ("approve_reward", ANY, "-", "reward_approved"),
    ("end_reward", ANY, "-", "reward_ended"),
    ("deny_reward", ANY, "-", "reward_denied"),
    ("claim_reward", ANY, "-", "reward_claimed"),
    ("lapse_reward", ANY, "-", "reward_lapsed"),
    ("breach", ANY, "-", "breached"),
]

#: Where a move without a target in the table can lead: what follows from the items or the ruling.
DERIVED = set(WORK.split())
LEADS_TO = {
    "issue_task_book": DERIVED,
    "report_item_done": DERIVED,
    "withdraw_item": DERIVED,
    "pass_review": DERIVED,
    "fail_review": DERIVED,
    "decide_return": {"received", "assigned", "in_hand"},
    "reopen": {"in_hand", "received"},
}


def rules():
    """Return (role, action) → name of the rule."""
    return {
        (role, action): rule
        for role, by_rule in POLICY.items()
        for rule, actions in by_rule.items()
        for action in actions.split()
    }


def legal_steps():
    """Return every (event, from, to) that the table allows, splits of merged cases aside."""
    steps = set()
    for name, sources, target, event in MOVES:
        for source in sources.split():
            for to in {target} if target != "-" else LEADS_TO.get(name, {source}):
                steps.add((event, source, to))
    return steps
