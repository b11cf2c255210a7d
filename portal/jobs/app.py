"""The worker's App: it holds the tasks; queueing goes through `foundation.queue`."""

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from sqlalchemy import URL

from portal.foundation.libpq import libpq_address

#: A job that fails is tried again after growing pauses, so often, then parked and shown.
TRIES = 8
LONGEST_PAUSE_SECONDS = 3600
#: What was missed while no worker ran is made up for within a day.
MAX_DELAY_SECONDS = 86_400
#: Without a database for so long the worker gives in and is started anew: one whose database went
#: for good would else outlive it by half a minute.
ANSWERED_WITHIN = 5.0


class Patient(BaseRetryStrategy):
    """Wait two minutes, four, eight … before the next try."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= TRIES:
            return None
        pause = min(60 * 2 ** (job.attempts + 1), LONGEST_PAUSE_SECONDS)
        return RetryDecision(retry_in={"seconds": pause})


# Without an address: the app and its settings are there only when the worker runs.
jobs_app = App(connector=PsycopgConnector(), periodic_defaults={"max_delay": MAX_DELAY_SECONDS})


def connector(url: URL) -> PsycopgConnector:
    """Return the asynchronous connector, as a worker needs it, to the database of `url`."""
    return PsycopgConnector(
        conninfo=libpq_address(url), min_size=1, max_size=4, timeout=ANSWERED_WITHIN
    )
