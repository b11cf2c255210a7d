"""The rows of the table of moves that are about rewards. None of them moves a case."""

from portal.access.kinds import Action
from portal.cases.kinds import State
from portal.cases.lifecycle import reward_commands as r
from portal.cases.lifecycle import rewarding
from portal.cases.lifecycle.move import Move
from portal.history.kinds import EventKind

#: On closed cases too: a fine is often decided long after the answer.
ANY = frozenset(State)

MOVES_OF_REWARDS = (
    Move(
        name="propose_reward",
        command=r.ProposeReward,
        sources=ANY,
        action=Action.PROPOSE_REWARD,
        event=EventKind.REWARD_PROPOSED,
        open_if=rewarding.open_propose,
        complete_if=rewarding.needs_proposal,
        effect=rewarding.propose,
        untied=True,
    ),
    Move(
        name="approve_reward",
        command=r.ApproveReward,
        sources=ANY,
        action=Action.APPROVE_REWARD,
        event=EventKind.REWARD_APPROVED,
        open_if=rewarding.open_approve,
        complete_if=rewarding.needs_approval,
        effect=rewarding.approve,
        untied=True,
    ),
    Move(
        name="end_reward",
        command=r.EndReward,
        sources=ANY,
        action=Action.END_REWARD,
        event=EventKind.REWARD_ENDED,
        open_if=rewarding.open_end,
        complete_if=rewarding.needs_end,
        effect=rewarding.end,
        untied=True,
    ),
    Move(
        name="deny_reward",
        command=r.DenyReward,
        sources=ANY,
        action=Action.DENY_REWARD,
        event=EventKind.REWARD_DENIED,
        open_if=rewarding.open_deny,
        complete_if=rewarding.needs_denial,
        effect=rewarding.deny,
        untied=True,
    ),
    Move(
        name="claim_reward",
        command=r.ClaimReward,
        sources=ANY,
        action=Action.CLAIM_REWARD,
        event=EventKind.REWARD_CLAIMED,
        open_if=rewarding.open_claim,
        effect=rewarding.claim,
    ),
    # a timer notes a fact; nothing is paid by it
    Move(
        name="lapse_reward",
        command=r.LapseReward,
        sources=ANY,
        action=Action.LAPSE_REWARD,
        event=EventKind.REWARD_LAPSED,
        complete_if=rewarding.needs_lapse,
        effect=rewarding.lapse,
    ),
)
