"""`script/server` without its set-up: real parts, killed one by one."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from portal.integrations.database_server import newest_revision
from portal.integrations.postgres import running
from tests.support.databases import upgrade
from tests.support.running import ROOT, Running, command, environment

PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "9f2c7ab81d5e4630b7a8c2d19e0f5a64",
    "PROXY_HOPS": "1",
    "PORTAL_BASE_URL": "https://hazards.example.org",
}

GIVE = """INSERT INTO procrastinate_jobs (task_name, queue_name, args)
    VALUES ('sweep', 'default', '{"timestamp": 0}') RETURNING id"""


def refusal(*arguments, folder, **more):
    """Start, see it refused, return the one sentence."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"[^\n]+\.\n", done.stderr), done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    portal = Running(tmp_path_factory.mktemp("s") / "data", port)
    portal.start()
    yield portal
    if portal.process.poll() is None:
        portal.stop()
    assert portal.tree() == set()


def test_each_killed_part_comes_back(portal):
    checks = {
        "granian": portal.answers,
        "postgres": portal.database_answers,
        "mailbox": portal.mailbox_answers,
    }
    portal.until(lambda: set(checks) <= set(portal.parts()))
    for name, answers in checks.items():
        pid = portal.parts()[name]
        os.kill(pid, signal.SIGKILL)
        portal.until(lambda name=name, pid=pid: portal.parts().get(name, pid) != pid)
        portal.until(answers)
    portal.until(portal.answers)


def test_a_worker_works_on_after_the_database_was_away(portal):
    """Its process ends with code 0 when the database goes: only its end says that it must begin."""

    given = []

    def one_is_done():
        # Each by itself: one that was under way when the database went rests before its next try.
        if len(given) < (time.monotonic() - started) / 2:
            given.extend(portal.sql(GIVE)[0])
        left = portal.sql("SELECT id FROM procrastinate_jobs WHERE task_name = 'sweep'")
        return not set(given) <= {id for (id,) in left}

    portal.until(lambda: "jobs" in portal.parts())
    os.kill(portal.parts()["postgres"], signal.SIGKILL)
    portal.until(portal.database_answers)
    started = time.monotonic()
    portal.until(one_is_done, 90)


def test_a_killed_web_server_leaves_no_worker_behind(portal):
    master = portal.parts()["granian"]
    workers = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if path.exists() and path.read_text().rsplit(")", 1)[1].split()[1] == str(master)
    ]
    assert workers
    os.kill(master, signal.SIGKILL)
    portal.until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    portal.until(portal.answers)


def test_a_flask_command_works_beside_it(portal):
    done = portal.flask("db", "current")
    assert done.returncode == 0, done.stderr
    assert portal.database_answers(), "it left the server's database running"


def test_a_second_server_on_its_folder_is_refused(portal, free_port):
    words = refusal("--port", free_port, folder=portal.folder)
    assert words.startswith("PORTAL_DATA_DIR is in use by another script/server")


def test_a_port_in_use_is_refused(portal, tmp_path):
    words = refusal("--port", portal.port, folder=tmp_path / "other")
    assert words.startswith(f"PORTAL_PORT {portal.port} is in use")
    assert not (tmp_path / "other").exists()


def test_killed_it_takes_all_with_it_and_starts_again(portal):
    portal.sql("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
    # What the preparation would mend, it mends, though the last start had left nothing to do.
    portal.sql("UPDATE groups SET code = 'renamed' WHERE code = 'hotline-desk'")
    portal.process.kill()
    portal.process.wait()
    portal.until(lambda: not portal.tree())
    portal.start()
    portal.until(portal.database_answers)
    assert portal.sql("SELECT n FROM kept") == [(1,)]
    portal.sql("DROP TABLE kept")
    assert portal.sql("SELECT count(*) FROM groups WHERE code = 'hotline-desk'") == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_stops_all_in_order_and_the_next_start_prepares_nothing(portal, number):
    assert portal.stop(number) == 0
    assert portal.tree() == set()
    assert not (portal.folder / "run" / "mail.port").exists()
    log = (portal.folder / "logs" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")
    prepared = portal.log.read_text().count("presets load")
    portal.start()
    assert portal.log.read_text().count("presets load") == prepared


@pytest.mark.parametrize("path", ["/proc/portal", "file/below"])
def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path, path, free_port):
    (tmp_path / "file").write_text("")
    words = refusal("--port", free_port, folder=tmp_path / path)
    assert words.startswith("PORTAL_DATA_DIR can't be written")


def test_a_wrong_database_is_refused(tmp_path, free_port):
    url = "postgresql://portal:hunter2@127.0.0.1:1/portal"
    words = refusal("--port", free_port, folder=tmp_path, DATABASE_URL=url)
    assert words.startswith("DATABASE_URL leads to no database")
    assert "hunter2" not in words


def test_a_missing_secret_in_production_is_refused(tmp_path):
    words = refusal(folder=tmp_path, **{**PRODUCTION, "SECRET_KEY": ""})
    assert words.startswith("SECRET_KEY must be set")


def test_no_demo_in_production(tmp_path):
    assert refusal("--demo", folder=tmp_path, **PRODUCTION).startswith("PORTAL_ENV is production")


def test_a_host_that_is_not_ours_is_refused(tmp_path, free_port):
    words = refusal("--host", "192.0.2.1", "--port", free_port, folder=tmp_path)
    assert words.startswith("PORTAL_HOST 192.0.2.1")


def test_a_newer_schema_is_refused(tmp_path, free_port):
    folder = tmp_path / "data"
    with running(folder) as cluster, cluster.superuser("portal") as connection:
        connection.execute("CREATE TABLE alembic_version AS SELECT '9999' AS version_num")
        connection.execute("GRANT SELECT ON alembic_version TO PUBLIC")
    words = refusal("--port", free_port, folder=folder)
    assert "schema 9999, newer than this version" in words


def test_real_reports_are_refused_by_the_demo(tmp_path, free_port):
    folder = tmp_path / "data"
    newest = newest_revision(ROOT / "migrations" / "versions")
    with running(folder) as cluster:
        if newest is not None:
            upgrade(cluster.owner_url)
        with cluster.superuser("portal") as connection:
            # A stand-in with a row: the rule must hold however a report looks.
            connection.execute("DROP TABLE IF EXISTS reports CASCADE")
            connection.execute("CREATE TABLE reports AS SELECT 1 AS id")
            connection.execute("GRANT SELECT ON reports TO PUBLIC")
    done = subprocess.run(
        command("--demo", "--port", free_port),
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 1
    assert "leads to real reports" in done.stderr
    assert not (folder / "demo").exists()
