"""How fast the whole history is verified: `flask history verify` in one process."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from portal.foundation import secrets
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.services import keep_newest, seal_pending
from portal.measures.integrity import verify
from tests.benchmarks.house import House
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure

DATABASE = "history_run"


def measure(house: House, source: str, *, rounds: int) -> list[Figure]:
    """Seal a copy of the cases and verify it some times; nothing may be altered."""
    house.copy_database(source, DATABASE)
    times, found = [], None
    with portal_on(house, DATABASE), TemporaryDirectory() as folder:
        key = secrets.in_use().key("seal-chain")
        with unit_of_work(db.session()) as session:
            seal_pending(session, key, all_present=True)
        with unit_of_work(db.session()) as session:
            head = keep_newest(session, Path(folder) / "head")
        for _ in range(rounds):
            started = time.perf_counter()
            with unit_of_work(db.session()) as session:
                found = verify(session, key, head)
            times.append(time.perf_counter() - started)
            # The copies were made without the messages that their models exchanged.
            if any(one.kind != "row_missing" for one in found.findings):
                raise SystemExit(f"the history does not fit: {found.findings[:3]}")
    events = found.events if found else 0
    return [
        Figure(
            name="history verify", value=round(events / median(times)), unit="events/s",
            note=f"{events:,} events, seals, texts and columns in {median(times):.1f} s",
        )
    ]  # fmt: skip
