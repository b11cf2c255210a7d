"""The restore drill: a city is backed up and stands again on another machine, history and all."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select, text

import config
from config import flask_config, load_keyring, load_settings
from portal.attachments.kinds import Part
from portal.attachments.models import Attachment
from portal.attachments.queries import content
from portal.factory import create_app
from portal.foundation import secrets
from portal.foundation.db import db
from portal.history.models import Text
from portal.integrations.postgres import running
from portal.jobs.tasks import seal_history
from portal.web.uploads import store
from tests.support.files import jpeg
from tests.support.visitor import Visitor

ROOT = Path(config.__file__).parent
TEXT = "二楼的楼梯门被铁链锁住，里面有三十个人上班。"


@pytest.fixture
def flask():
    """Run a command as an operator does; returns what it printed as JSON."""

    def run(data_dir, *words, **addresses):
        clean = {n: v for n, v in os.environ.items() if not n.startswith(("PORTAL_", "DATABASE_"))}
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "flask", "--app", "wsgi", *map(str, words), "--json"],
            cwd=ROOT,
            env={**clean, **addresses, "PORTAL_DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.promise(6)
def test_a_city_is_restored_on_an_empty_machine(app, city, database, settings, flask, tmp_path):
    city.closed()
    visitor = Visitor(app, language="zh_Hans_CN")
    visitor.what_where(text=TEXT)
    visitor.evidence([("门.jpg", jpeg())])
    visitor.send("/report/send")
    code = visitor.code
    seal_history(0)
    city.file()  # not sealed when the backup is made
    count = text("SELECT count(*) FROM events")
    events = db.session.scalar(count)
    db.session.remove()

    there = {
        "DATABASE_URL": database.app_url.render_as_string(hide_password=False),
        "DATABASE_OWNER_URL": database.owner_url.render_as_string(hide_password=False),
    }
    offline = tmp_path / "offline.key"
    public = flask(settings.data_dir, "backup", "key", offline, **there)["public"]
    saved = tmp_path / "saved"
    flask(settings.data_dir, "backup", "create", saved, "--public-key", public, **there)

    new = tmp_path / "new machine"
    flask(new, "backup", "restore", saved, "--private-key", offline)
    found = flask(new, "history", "verify")
    assert found["findings"] == []
    assert (found["events"], found["unsealed"]) == (events, 0)

    old = secrets.in_use()
    try:
        lives_on(new, code)
    finally:
        secrets.use(old)
    again = flask(new, "history", "verify")
    assert again["findings"] == []
    assert again["events"] == again["sealed"] > events


def lives_on(folder, code):
    """The receipt opens, words and photo are there; what is filed now is sealed as ever."""
    settings = load_settings({"PORTAL_DATA_DIR": str(folder)})
    with running(folder) as cluster:
        urls = (cluster.app_url, cluster.owner_url)
        keyring = load_keyring(settings, may_create=False)
        app = create_app({**flask_config(settings, urls, keyring), "TESTING": True})
        with app.app_context():
            visitor = Visitor(app, language="zh_Hans_CN")
            visitor.open(code)
            assert visitor.fields("/receipt/message")
            assert db.session.scalar(select(Text).where(Text.body == TEXT)) is not None
            photo = db.session.scalars(select(Attachment)).one()
            key = keyring.key("attachments")
            data, media_type = content(photo, store=store(), key=key, part=Part.COPY)
            assert (data[:2], media_type) == (b"\xff\xd8", "image/jpeg")
            assert visitor.file(text="又一处隐患，在三楼。") != code
            seal_history(60)
            db.session.remove()
            db.engine.dispose()
