import psycopg
import pytest
from sqlalchemy import make_url

from portal.foundation.errors import SettingError
from portal.integrations import database_server
from portal.integrations.database_server import Found
from portal.integrations.postgres import Cluster


def test_the_test_servers_hasty_settings_would_be_refused(database):
    with database_server.connect(database.owner_url) as connection:
        connection.execute("SET synchronous_commit = off")
        with pytest.raises(SettingError, match="^DATABASE_URL leads to a server with"):
            database_server.check_server(connection)


def test_the_embedded_server_is_good(tmp_path):
    cluster = Cluster(tmp_path)
    try:
        cluster.start()
        with database_server.connect(cluster.app_url) as connection:
            database_server.check_server(connection)
            connection.execute("SET synchronous_commit = off")
            with pytest.raises(SettingError, match="synchronous_commit = off"):
                database_server.check_server(connection)
    finally:
        cluster.stop()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://portal:hunter2@127.0.0.1:1/portal",
        "postgresql://portal:hunter2@no.such.host.invalid/portal",
        "postgresql://portal:hunter2@/portal?host=/no/such/folder",
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence_without_the_password(url):
    with pytest.raises(SettingError) as caught:
        database_server.connect(make_url(url))
    words = str(caught.value)
    assert words.startswith("DATABASE_URL leads to no database")
    assert "\n" not in words
    assert "hunter2" not in words


def test_an_unknown_database_is_named(database):
    with pytest.raises(SettingError, match="nowhere"):
        database_server.connect(database.app_url.set(database="nowhere"))


def test_a_newer_schema_is_refused_and_an_older_one_is_not():
    newer = Found("0012", False, False)
    with pytest.raises(SettingError, match=r"schema 0012, newer .*0011"):
        database_server.refuse_newer(newer, "0011")
    database_server.refuse_newer(newer, "0012")
    database_server.refuse_newer(newer, "0013")
    database_server.refuse_newer(Found(None, False, False), None)


def test_a_database_tells_what_it_holds(database):
    with database_server.connect(database.superuser_url) as connection:
        connection.execute("DROP TABLE IF EXISTS alembic_version, reports CASCADE")
        assert database_server.look_into(connection) == Found(None, False, False)
        connection.execute("CREATE TABLE alembic_version AS SELECT '0007' AS version_num")
        connection.execute("CREATE TABLE reports (id int)")
        database_server.mark_as_demo(connection)
        assert database_server.look_into(connection) == Found("0007", False, True)
        connection.execute("INSERT INTO reports VALUES (1)")
        assert database_server.look_into(connection).has_reports


def test_the_owner_may_mark_a_demo_and_the_app_may_not(database):
    with database_server.connect(database.owner_url) as connection:
        database_server.mark_as_demo(connection)
    with (
        database_server.connect(database.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        database_server.mark_as_demo(connection)


def test_a_server_that_takes_any_password_is_refused(tmp_path, free_port):
    options = {"listen_addresses": "127.0.0.1", "port": str(free_port)}
    cluster = Cluster(tmp_path, options=options)
    url = make_url(f"postgresql://portal_app:right@127.0.0.1:{free_port}/portal")
    try:
        start_on(cluster, free_port)
        with pytest.raises(SettingError, match="DATABASE_URL .*any password"):
            database_server.refuse_trust(url)
        rules = cluster.data / "pg_hba.conf"
        rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with psycopg.connect(
            host=str(cluster.sockets()), port=free_port, user="postgres", autocommit=True
        ) as connection:
            connection.execute("ALTER ROLE portal_app PASSWORD 'right'")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("SELECT pg_sleep(0.5)")
        database_server.refuse_trust(url)
        database_server.connect(url).close()
    finally:
        cluster.stop()


def start_on(cluster, port):
    """Start a cluster whose socket bears another number than the embedded one's."""
    cluster.superuser = lambda database: psycopg.connect(
        host=str(cluster.sockets()), port=port, user="postgres", dbname=database, autocommit=True
    )
    cluster.start()
