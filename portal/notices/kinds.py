"""Words of notices that need no database."""

from enum import StrEnum


class NoticeState(StrEnum):
    WAITING = "waiting"
    #: Turned into deliveries, one for each receiver.
    SPREAD = "spread"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    #: Given up after the last try; the administrator sees it.
    FAILED = "failed"
