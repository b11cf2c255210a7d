"""The embedded database, with real processes."""

import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from portal.foundation.errors import SettingError
from portal.integrations import postgres
from portal.integrations.postgres import Cluster, running

ROOT = Path(postgres.__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from portal.integrations import child
from portal.integrations.postgres import running
if sys.argv[2:]:
    child.dies_with_parent = lambda number: lambda: None
with running(Path(sys.argv[1])) as cluster:
    print("ready", cluster.process.pid if cluster.process else 0, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("p") / "data"


def query(cluster, statement):
    with psycopg.connect(host=str(cluster.sockets()), user="portal_app", dbname="portal") as own:
        return own.execute(statement).fetchone()[0]


class Holder:
    """Another process that uses the database of `folder`."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.server_pid = int(self.process.stdout.readline().split()[1])

    def end(self):
        self.process.communicate("over\n", timeout=60)


def runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"\nState:\tZ" not in Path(f"/proc/{pid}/status").read_bytes()


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_it_is_made_started_and_stopped(folder):
    with running(folder) as cluster:
        pid = cluster.process.pid
        assert query(cluster, "SELECT current_user::text") == "portal_app"
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert query(cluster, f"SHOW {name}") == "on"
        assert query(cluster, "SHOW listen_addresses") == ""
        assert query(cluster, "SHOW server_encoding") == "UTF8"
    assert not runs(pid)


def test_no_other_user_reaches_the_socket(folder):
    with running(folder) as cluster:
        sockets = cluster.sockets()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_the_app_may_make_no_table(folder):
    with running(folder) as cluster, pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(cluster, "CREATE TABLE mine (id int)")


def test_a_second_process_uses_the_first_ones_and_leaves_it_running(folder):
    with running(folder) as cluster:
        holder = Holder(folder)
        assert holder.server_pid == 0, "it started none of its own"
        holder.end()
        assert query(cluster, "SELECT 1") == 1


def test_who_started_it_waits_for_the_others(folder):
    first = Holder(folder)
    with running(folder) as cluster:
        assert cluster.process is None
        first.process.stdin.write("over\n")
        first.process.stdin.flush()
        time.sleep(0.5)
        assert query(cluster, "SELECT 1") == 1
    until(lambda: first.process.poll() is not None)
    assert not runs(first.server_pid)
    first.process.communicate()


def test_it_ends_with_a_killed_parent_and_starts_again(folder):
    holder = Holder(folder)
    assert runs(holder.server_pid)
    holder.process.kill()
    holder.process.communicate()
    until(lambda: not runs(holder.server_pid))
    with running(folder) as cluster:
        assert query(cluster, "SELECT 1") == 1


def test_a_start_right_after_a_kill_waits_for_the_old_server(folder):
    for _ in range(3):
        holder = Holder(folder)
        with running(folder) as cluster, cluster.superuser("portal") as connection:
            # Much to write down makes its end last.
            connection.execute("DROP TABLE IF EXISTS much")
            connection.execute("CREATE TABLE much AS SELECT generate_series(1, 300000) n")
        holder.process.kill()
        holder.process.communicate()
        with running(folder) as cluster:
            assert cluster.running_pid() == cluster.process.pid != holder.server_pid
            assert query(cluster, "SELECT 1") == 1


def test_an_orphan_is_ended_by_the_next_start(folder):
    """Where the kernel does not tell a child of its parent's end."""
    holder = Holder(folder, "orphan")
    holder.process.kill()
    holder.process.communicate()
    time.sleep(0.5)
    assert runs(holder.server_pid)
    with running(folder) as cluster:
        assert not runs(holder.server_pid)
        assert query(cluster, "SELECT 1") == 1


def test_confirmed_rows_survive_a_kill_of_the_server(folder):
    cluster = Cluster(folder)
    with running(folder):
        pass
    cluster.start()
    try:
        with cluster.superuser("portal") as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        cluster.process.send_signal(signal.SIGKILL)
        until(lambda: not cluster.is_alive())
        cluster.start()
        with cluster.superuser("portal") as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    finally:
        cluster.stop()


def test_a_child_that_outlives_a_killed_server_keeps_no_new_one_from_starting(tmp_path):
    """One that is busy does not see that its server is gone; a stopped one never does."""
    cluster = Cluster(tmp_path / "data")
    cluster.start()
    try:
        busy = cluster.superuser("postgres")
        straggler = busy.execute("SELECT pg_backend_pid()").fetchone()[0]
        os.kill(straggler, signal.SIGSTOP)
        cluster.process.send_signal(signal.SIGKILL)
        until(lambda: not cluster.is_alive())
        cluster.start()
        assert query(cluster, "SELECT 1") == 1
        assert not runs(straggler)
    finally:
        with suppress(ProcessLookupError):
            os.kill(straggler, signal.SIGKILL)
        cluster.stop()


@pytest.mark.parametrize("name", ["长" * 40, "a,b", "with space % and 'quote'"])
def test_any_name_of_a_data_folder_will_do(tmp_path, name):
    with running(tmp_path / name) as cluster:
        assert query(cluster, "SELECT 1") == 1
        assert len(os.fsencode(cluster.sockets())) < 100
        engine_host = cluster.app_url.render_as_string()
        assert engine_host.startswith("postgresql+psycopg://portal_app@/portal?host=")


def test_an_interrupted_first_start_leaves_nothing_in_the_way(tmp_path):
    draft = tmp_path / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18")
    with running(tmp_path) as cluster:
        assert query(cluster, "SELECT 1") == 1


def test_files_of_another_major_version_are_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(SettingError, match=r"PostgreSQL 17.*18.*backup"), running(tmp_path):
        pass


@pytest.mark.parametrize("path", ["/proc/portal", "file/below"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(SettingError, match=r"PORTAL_DATA_DIR can't be written.*give a folder"),
        running(tmp_path / path),
    ):
        pass
