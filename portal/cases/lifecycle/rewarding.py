"""The moves about rewards: their guards and their effects."""

from typing import Any

from portal.cases.kinds import Finding, State
from portal.cases.lifecycle import reward_commands as r
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import reason as words_of
from portal.cases.lifecycle.effects import with_override
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.guards import blank
from portal.history.kinds import TextKind
from portal.rewards.kinds import RewardEnd, RewardState
from portal.rewards.lifecycle import Filed, RewardRow, first_valid, lacking, reckon

#: The field of a form, and why its value will not do, by the field of a measure.
WANTED = {
    "fine_fen": ("fine", "reward_fine_missing"),
    "accident": ("accident", "reward_accident_missing"),
    "persons": ("persons", "reward_persons_missing"),
    "set_sum": ("set_sum", "reward_sum_wrong"),
}
#: Columns of a row that later moves fill.
LATER = (
    *("approved_at", "approved_by", "approved_as", "confirmed_at", "confirmed_by", "claim_until"),
    *("voucher_id", "claimed_at", "lapsed_at", "ended_at", "ended", "ended_by", "end_text_id"),
    "why_not",
)


def _waiting(facts: Facts) -> RewardRow | None:
    """The proposal that waits for a signature; there is never more than one."""
    own = (one for one in facts.rewards.rewards if one.case_id == facts.case.id)
    return next((one for one in own if one.waits_for_signature), None)


def _all_reports(facts: Facts) -> tuple[Any, ...]:
    return tuple(one.id for one in facts.rewards.filed)


# guards


def open_propose(facts: Facts) -> Lack | None:
    if facts.case.finding not in (Finding.TRUE, Finding.PARTLY):
        return Lack("reward_not_verified")
    if facts.rewards.live is not None:
        return Lack("reward_there_already")
    able = first_valid(facts.rewards.filed, _all_reports(facts), facts.rewards.rules)
    return None if able else Lack("reward_nobody")


def needs_proposal(facts: Facts, command: r.ProposeReward) -> Lack | None:
    rule = facts.rewards.rules.rule(command.rule)
    if rule is None:
        return Lack("reward_rule_missing", "rule")
    missing = lacking(rule, command.measure)
    if missing is not None:
        field, code = WANTED[missing]
        bounds = {"least": rule.least, "most": rule.most} if missing == "set_sum" else {}
        return Lack(code, field, bounds)
    if not command.among or not set(command.among) <= set(_all_reports(facts)):
        return Lack("reward_reports_missing", "among")
    if _first(facts, command) is None:
        return Lack("reward_nobody", "among")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def _first(facts: Facts, command: r.ProposeReward) -> Filed | None:
    return first_valid(facts.rewards.filed, command.among, facts.rewards.rules)


def open_approve(facts: Facts) -> Lack | None:
    waiting, rules = _waiting(facts), facts.rewards.rules
    if waiting is None:
        return Lack("no_reward_proposed")
    if facts.actor.role not in rules.may_approve:
        return Lack("reward_not_yours")
    if facts.actor.person_id == waiting.proposed_by:
        return Lack("reward_own_proposal")
    if waiting.approved_by is None:
        return None
    if facts.actor.person_id == waiting.approved_by:
        return Lack("reward_signed_already")
    signed = {waiting.approved_as, str(facts.actor.role)}
    if rules.one_of_them and not signed & rules.one_of_them:
        return Lack("reward_needs_role")
    return None


def needs_approval(facts: Facts, command: r.ApproveReward) -> Lack | None:
    return _is_meant(facts, command.reward_id)


def _is_meant(facts: Facts, reward_id: Any) -> Lack | None:
    waiting = _waiting(facts)
    is_it = waiting is not None and waiting.id == reward_id
    return None if is_it else Lack("reward_missing", "reward_id")


def open_end(facts: Facts) -> Lack | None:
    waiting = _waiting(facts)
    if waiting is None:
        return Lack("no_reward_proposed")
    own = facts.actor.person_id == waiting.proposed_by
    able = own or facts.actor.role in facts.rewards.rules.may_approve
    return None if able else Lack("reward_not_yours")


def needs_end(facts: Facts, command: r.EndReward) -> Lack | None:
    lack = _is_meant(facts, command.reward_id)
    if lack is not None:
        return lack
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def open_deny(facts: Facts) -> Lack | None:
    if facts.case.finding is None and facts.case.state is not State.CLOSED:
        return Lack("reward_not_verified")
    return None if _deniable(facts) else Lack("reward_decided_for_all")


def _deniable(facts: Facts) -> set[Any]:
    return {one.id for one in facts.rewards.undecided}


def needs_denial(facts: Facts, command: r.DenyReward) -> Lack | None:
    if command.report_id not in _deniable(facts):
        return Lack("reward_report_missing", "report_id")
    listed = command.why_not in facts.rewards.rules.not_rewarded
    return None if listed else Lack("reward_code_missing", "why_not")


def _own(facts: Facts) -> RewardRow | None:
    """The reporter's own offer, whatever became of it."""
    mine = [one for one in facts.rewards.rewards if one.report_id == facts.actor.report_id]
    return next((one for one in mine if one.ended is None and one.claim_until), None)


def open_claim(facts: Facts) -> Lack | None:
    own = _own(facts)
    if own is None or own.claim_until is None or own.case_id != facts.case.id:
        return Lack("no_reward_offered")
    if own.state is RewardState.CLAIMED:
        return Lack("reward_claimed")
    over = own.state is RewardState.LAPSED or facts.today > own.claim_until
    return Lack("reward_over", values={"day": own.claim_until}) if over else None


def needs_lapse(facts: Facts, command: r.LapseReward) -> Lack | None:
    found = facts.rewards.reward(command.reward_id)
    if found is None or found.state is not RewardState.OFFERED or found.claim_until is None:
        return Lack("no_reward_offered", "reward_id")
    if facts.today <= found.claim_until:
        return Lack("reward_not_over", "reward_id", {"day": found.claim_until})
    return None


# effects


def propose(facts: Facts, command: r.ProposeReward, new_id: NewId) -> Changes:
    rules = facts.rewards.rules
    rule, first = rules.rule(command.rule), _first(facts, command)
    assert rule is not None  # noqa: S101  seen to before
    assert first is not None  # noqa: S101  seen to before
    given, reward = command.measure, new_id()
    amount = reckon(rules, rule, given).amount
    row = {
        **_begun(facts, first.id, rules.version),
        # In the order of filing, each once.
        "among": [one.id for one in facts.rewards.filed if one.id in command.among],
        "rule": rule.code,
        "fine_fen": given.fine_fen,
        "accident": given.accident,
        "persons": given.persons,
        "set_sum": given.set_sum,
        "employee": given.employee,
        "amount": amount,
        "reason_text_id": TextOf("reason"),
    }
    return Changes(
        words=with_override(command, words_of(command.reason)),
        rows=[Row("rewards", reward, row)],
        facts={"reward": reward, "amount": amount},
    )


def _begun(facts: Facts, report_id: Any, version: int) -> dict[str, Any]:
    return {
        "report_id": report_id,
        "rules_version": version,
        "proposed_at": facts.now,
        "proposed_by": facts.actor.person_id,
        **{name: None for name in LATER},
    }


def approve(facts: Facts, command: r.ApproveReward, new_id: NewId) -> Changes:
    waiting = _waiting(facts)
    assert waiting is not None  # noqa: S101
    about = {"reward": waiting.id, "amount": waiting.amount}
    words = with_override(command, [])
    if waiting.approved_by is None:
        signed = {
            "approved_at": facts.now,
            "approved_by": facts.actor.person_id,
            "approved_as": str(facts.actor.role),
        }
        rows = [Row("rewards", waiting.id, signed, is_new=False)]
        return Changes(words=words, rows=rows, facts={**about, "offered": False})
    offered = {
        "confirmed_at": facts.now,
        "confirmed_by": facts.actor.person_id,
        "claim_until": facts.rewards.claim_until,
        "voucher_id": new_id(),
    }
    return Changes(
        words=words,
        rows=[Row("rewards", waiting.id, offered, is_new=False)],
        facts={**about, "offered": True, "news_for": waiting.report_id},
    )


def end(facts: Facts, command: r.EndReward, new_id: NewId) -> Changes:
    waiting = _waiting(facts)
    assert waiting is not None  # noqa: S101
    own = facts.actor.person_id == waiting.proposed_by
    how = RewardEnd.WITHDRAWN if own else RewardEnd.DECLINED
    row = {
        "ended_at": facts.now,
        "ended": how,
        "ended_by": facts.actor.person_id,
        "end_text_id": TextOf("reason"),
    }
    return Changes(
        words=with_override(command, words_of(command.reason)),
        rows=[Row("rewards", waiting.id, row, is_new=False)],
        facts={"reward": waiting.id, "reward_end": how},
    )


def deny(facts: Facts, command: r.DenyReward, new_id: NewId) -> Changes:
    reward = new_id()
    said = command.words.strip()
    words = [Words("reason", TextKind.REASON, said)] if said else []
    row = {
        **_begun(facts, command.report_id, facts.rewards.rules.version),
        "among": [command.report_id],
        **{name: None for name in ("rule", "fine_fen", "accident", "persons", "set_sum")},
        "employee": False,
        "amount": None,
        "reason_text_id": TextOf("reason") if said else None,
        "ended_at": facts.now,
        "ended": RewardEnd.DENIED,
        "ended_by": facts.actor.person_id,
        "why_not": command.why_not,
    }
    return Changes(
        words=with_override(command, words),
        rows=[Row("rewards", reward, row)],
        facts={"reward": reward, "why_not": command.why_not, "news_for": command.report_id},
    )


def claim(facts: Facts, command: r.ClaimReward, new_id: NewId) -> Changes:
    own = _own(facts)
    assert own is not None  # noqa: S101
    row = Row("rewards", own.id, {"claimed_at": facts.now}, is_new=False)
    return Changes(rows=[row], facts={"reward": own.id, "amount": own.amount})


def lapse(facts: Facts, command: r.LapseReward, new_id: NewId) -> Changes:
    row = Row("rewards", command.reward_id, {"lapsed_at": facts.now}, is_new=False)
    found = facts.rewards.reward(command.reward_id)
    amount = found.amount if found else None
    return Changes(rows=[row], facts={"reward": command.reward_id, "amount": amount})


#: Commands whose guard or effect looks at rewards.
COMMANDS = (
    *(r.ProposeReward, r.ApproveReward, r.EndReward, r.DenyReward),
    *(r.ClaimReward, r.LapseReward),
)
