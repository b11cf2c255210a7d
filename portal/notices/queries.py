"""Reading the outbox."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery


def delivery_counts(session: Session) -> Mapping[DeliveryState, int]:
    """Return how many mails wait, were sent and were given up."""
    rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    found = {DeliveryState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in DeliveryState}
