"""What a case knows of its reward; what the treasury knows, with its totals."""

from portal.rewards.models.reward import Reward
from portal.rewards.models.voucher import Voucher, VoucherTotal

__all__ = ["Reward", "Voucher", "VoucherTotal"]
