"""Two tables: what a case knows of its reward, and what the treasury knows."""

from portal.rewards.models.reward import Reward
from portal.rewards.models.voucher import Voucher

__all__ = ["Reward", "Voucher"]
