"""Two transactions that really meet: the second is seen waiting before the first goes on."""

import threading
import time
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.foundation.transaction import unit_of_work

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = :name AND wait_event_type = 'Lock'
"""


def wait_for_waiters(superuser, count=1, seconds=10):
    """Return once `count` transactions wait for a lock; fail if they never do."""
    end = time.monotonic() + seconds
    with superuser.connect() as connection:
        while time.monotonic() < end:
            query = text(WAITING), {"name": superuser.url.database}
            if connection.execute(*query).scalar() >= count:
                return
            connection.rollback()
            time.sleep(0.01)
    raise AssertionError("the two transactions never met")


class Apart(threading.Thread):
    """An act in a transaction and an app context of its own; holds its outcome."""

    def __init__(self, app, engine, act):
        super().__init__(daemon=True)
        self.app, self.engine, self.act = app, engine, act
        self.outcome = None
        self.start()

    def run(self):
        try:
            with self.app.app_context(), Session(self.engine) as own, unit_of_work(own):
                self.outcome = self.act(own)
        except Exception as error:  # the test looks at it
            self.outcome = error

    def result(self):
        self.join(20)
        assert not self.is_alive(), "still waiting"
        return self.outcome


@contextmanager
def held(engine, act):
    """Do `act` and hold its transaction open for the block; commit when the block ends."""
    with Session(engine) as session, unit_of_work(session):
        act(session)
        session.flush()
        yield
