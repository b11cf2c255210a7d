"""The reporter's own reward as the receipt page tells of it."""

from typing import Any

from portal.cases.queries import FollowUp
from portal.presets.kinds import Preset
from portal.rewards.kinds import VoucherState
from portal.rewards.services import shown_code
from portal.web.language import current
from portal.web.rewards import arithmetic


def told(found: FollowUp, preset: Preset, *, shows_code: bool) -> dict[str, Any] | None:
    """Return what `filing/reward.html` takes; None: nothing was decided.

    `shows_code`: this browser claimed it within the hour. No other page shows the code again.
    """
    one = found.reward
    if one is None:
        return None
    listed = preset.rewards.not_rewarded.get(one.why_not or "")
    is_shown = shows_code and one.state is VoucherState.CLAIMED and one.voucher_id
    return {
        "state": one.state.value if one.state else "none",
        "amount": one.amount,
        "steps": arithmetic(one.reckoned),
        "until": one.until,
        "why_not": listed.in_language(current()) if listed else "",
        "words": one.words,
        "code": shown_code(one.voucher_id) if is_shown and one.voucher_id else "",
        "can_claim": "claim_reward" in found.can,
    }
