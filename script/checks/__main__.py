"""The command line of `script/test`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from script.checks import machine

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NO_TESTS = 5  # pytest's code for a run without a test: a failure
Check = tuple[str, Sequence[str | Path]]
# One more than there are cores: a third of the time a test waits, for a child, a browser, a date.
WORKERS = 3
# What each of them takes: tests/support/shares.py.
SHARED = ("-n", str(WORKERS))
PYTEST: tuple[str | Path, ...] = (BIN / "pytest", "-q", *SHARED, "-rs", "--durations=15")
# What asks for no database, or starts a server of its own, would only run a second time. So would
# pages: what their forms write is written on PostgreSQL 15 by the tests of every move, and what is
# typed by those of hostile strings (docs/adr/0062-what-runs-where-and-in-which-order.md).
OWN_SERVER = ("supervisor", "postgres", "backup", "mailbox")
NOT_ON_15 = (
    "tests/security/test_every_form.py",
    *(f"tests/integration/test_{name}.py" for name in OWN_SERVER),
)
ON_POSTGRES_15 = (
    *("tests/integration", "tests/security", "--asking-for=server"),
    *(f"--ignore={name}" for name in NOT_ON_15),
)


def static_checks() -> list[Check]:
    """Return the checks that need no database, in order."""
    python = sys.executable
    return [
        ("format", (BIN / "ruff", "format", "--check", "--quiet", ".")),
        ("lint", (BIN / "ruff", "check", "--quiet", ".")),
        ("types", (BIN / "mypy", "portal", "config.py", "wsgi.py", "script")),
        ("templates' lint", (BIN / "djlint", "portal/templates", "--lint", "--quiet")),
        ("import contracts", (BIN / "lint-imports", "--no-cache")),
        ("catalogues", (python, "script/translations.py", "--check")),
        ("migrations' order", (python, "-m", "script.checks.migrations")),
    ]


def run(name: str, command: Sequence[str | Path], results: list[tuple[str, bool, float]]) -> None:
    """Run one check and note whether it held and how long it took."""
    print(f"── {name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    results.append((name, code == 0, time.monotonic() - started))
    if code == NO_TESTS and "pytest" in str(command[0]):
        print("pytest ran no test, which counts as a failure", flush=True)


@contextmanager
def servers_15(count: int) -> Iterator[str]:
    """Give the addresses, by commas, of so many PostgreSQL 15 of our own.

    One for each worker: on a shared one the transactions of other tests would hold back seals.
    """
    with ExitStack() as stack:
        yield ",".join(stack.enter_context(server_15()) for _ in range(count))


@contextmanager
def server_15() -> Iterator[str]:
    """Give the address of a PostgreSQL 15 of our own for the time of the tests."""
    from portal.integrations.postgres import Cluster
    from tests.support.databases import HASTY

    programs = machine.postgres_15()
    assert programs is not None  # noqa: S101 - `provide` saw it
    folder = Path(tempfile.mkdtemp(prefix="portal-15-"))
    cluster = Cluster(folder, programs=programs, options=HASTY)
    try:
        cluster.start()
        url = cluster.url("postgres", "postgres")
        yield url.render_as_string(hide_password=False)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run all checks and tests, tell each one's time, fail if any failed."""
    parser = argparse.ArgumentParser(prog="script/test", description=main.__doc__)
    parser.add_argument(
        "--postgres15",
        action="store_true",
        help="the tests of database and access on PostgreSQL 15",
    )
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    given = parser.parse_args()
    lacking = machine.provide()
    if lacking:
        print(lacking, file=sys.stderr)
        return 1
    results: list[tuple[str, bool, float]] = []
    if given.postgres15:
        with machine.files_in_memory(), servers_15(WORKERS) as addresses:
            os.environ["TEST_DATABASE_URL"] = addresses
            run("tests on PostgreSQL 15", (*PYTEST, *(given.pytest or ON_POSTGRES_15)), results)
    else:
        for name, command in static_checks():
            run(name, command, results)
        with machine.files_in_memory():
            run("tests", (*PYTEST, *given.pytest), results)
    print("── all checks")
    for name, held, seconds in results:
        print(f"{'ok    ' if held else 'FAILED'} {seconds:7.1f} s  {name}")
    return 0 if all(held for _, held, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
