"""kill -9 between any two steps: never a row without its objects, never a draft lost."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.attachments import queries, services
from portal.attachments.kinds import Area
from portal.foundation.transaction import unit_of_work
from portal.integrations.scrubber import Scrubber
from portal.integrations.store import ObjectStore
from portal.sealing.queries import sealed_item
from tests.support import files

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
DRAFT_KEY, KEY = b"d" * 32, b"s" * 32
#: What happens while one photo is sent, in order; the process dies before the step.
STEPS = ("put 1", "put 2", "copy 1", "rows", "commit", "end")

SENDER = """
import json, os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from uuid import UUID
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from portal.attachments import services
from portal.attachments.lifecycle import StoredFile
from portal.foundation.transaction import unit_of_work
from portal.integrations.store import ObjectStore

url, folder, last, record, case_id = sys.argv[1:]

def step(name):
    if name == last:
        os.kill(os.getpid(), signal.SIGKILL)

class Dying(ObjectStore):
    puts = copies = 0
    def put(self, *given, **more):
        Dying.puts += 1
        step(f"put {Dying.puts}")
        return super().put(*given, **more)
    def copy(self, *given, **more):
        Dying.copies += 1
        step(f"copy {Dying.copies}")
        return super().copy(*given, **more)

with Session(create_engine(url)) as session, unit_of_work(session):
    event.listen(session, "before_flush", lambda *given: step("rows"))
    event.listen(session, "before_commit", lambda *given: step("commit"))
    services.adopt(
        session, [StoredFile.from_json(json.loads(record))], case_id=UUID(case_id),
        report_id=UUID(case_id), store=Dying.in_folder(Path(folder)), draft_key=b"d" * 32,
        key=b"s" * 32, entropy=os.urandom, now=datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC),
    )
step("end")
"""


@pytest.mark.parametrize("last", STEPS)
def test_a_kill_while_sending_leaves_no_row_without_its_objects(session, tmp_path, last):
    store = ObjectStore.in_folder(tmp_path / "objects")
    draft = services.take_in(
        files.jpeg(),
        "x.jpg",
        area=Area.DRAFTS,
        custodians=[custodian for custodian, _ in files.custodians()],
        store=store,
        scrubber=Scrubber(),
        key=DRAFT_KEY,
        entropy=os.urandom,
        now=NOON,
    )
    case_id = uuid4()
    url = session.get_bind().url.render_as_string(hide_password=False)
    record = json.dumps(draft.as_json())
    folder = str(tmp_path / "objects")
    ended = subprocess.run(
        [sys.executable, "-c", SENDER, url, folder, last, record, str(case_id)], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    rows = queries.of_case(session, case_id)
    assert len(rows) == (1 if last == "end" else 0)
    session.rollback()
    if last != "end":
        with unit_of_work(session):
            services.adopt(
                session,
                [draft],
                case_id=case_id,
                report_id=case_id,
                store=store,
                draft_key=DRAFT_KEY,
                key=KEY,
                entropy=os.urandom,
                now=NOON,
            )
    with unit_of_work(session):
        services.sweep(session, store, draft_life=timedelta(), now=NOON + timedelta(days=2))
    (row,) = queries.of_case(session, case_id)
    assert queries.content(row, store=store, key=KEY)[0].startswith(b"\xff\xd8")
    assert store.get(sealed_item(session, row.sealed_item_id).store_name)
    assert len(list(store.listing(Area.KEPT))) == 3
    assert list(store.listing(Area.DRAFTS)) == []
