"""The command line of `script/plant-faults`."""

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from unittest.mock import patch

from script.checks.machine import files_in_memory
from script.plant_faults.faults import FAULTS
from script.plant_faults.kinds import Fault
from script.plant_faults.stem import Stem

ROOT = Path(__file__).resolve().parents[2]
#: One fault's tests take no longer, else they count as not having noticed it.
SECONDS = 240
PROMISES = frozenset(range(1, 7))
#: What set-up made and git does not hold: the copies share it.
MADE = (".venv", "node_modules", "portal/static")
#: Whose faults show in a database migrated by the broken copy itself; all others share one.
MIGRATIONS = "migrations/"
#: What static files are built from: a copy broken there needs its own.
ASSETS = "portal/assets/"
#: What a failed test said, as pytest prints it on one line.
SAID = re.compile(r"^/.*:\d+: (.*)$", re.MULTILINE)
RED = 1  # pytest's code for failed tests; a run that could not begin is no test that noticed


@dataclass(frozen=True)
class Copy:
    """A copy of the tree, and what forks to run its tests."""

    tree: Path
    stem: Stem


@dataclass(frozen=True)
class Outcome:
    fault: Fault
    noticed: bool
    seconds: float
    words: str


def misfits(fault: Fault, root: Path = ROOT) -> list[str]:
    """Return why the fault no longer fits the code: its text must stand once, its tests exist."""
    path = root / fault.path
    count = path.read_text().count(fault.old) if path.exists() else 0
    found = [] if count == 1 else [f"{fault.path}: the text to break stands there {count} times"]
    for test in fault.tests:
        file, _, name = test.partition("[")[0].partition("::")
        if not (root / file).exists() or (name and f"def {name}(" not in (root / file).read_text()):
            found.append(f"no such test: {test}")
    return found


def uncovered() -> list[str]:
    """Return what tests claim to cover without a fault that shows it, and promises without one."""
    claimed: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        marks = re.findall(r"^@pytest\.mark\.trap\((\d+)\)$", path.read_text(), re.MULTILINE)
        claimed.update(map(int, marks))
    planted = {trap for fault in FAULTS for trap in fault.traps}
    kept = {promise for fault in FAULTS for promise in fault.promises}
    return [f"trap {number}: no fault is planted" for number in sorted(claimed - planted)] + [
        f"promise {number}: no fault is planted" for number in sorted(PROMISES - kept)
    ]


@contextmanager
def copies(count: int) -> Iterator[Queue[Copy]]:
    """Give copies of the tree, to be taken and put back."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    # Compiled catalogues are made by set-up; byte code of the tests was made when they ran last.
    made = [*(ROOT / "portal").rglob("*.mo"), *(ROOT / "tests").rglob("*.pyc")]
    names += [str(path.relative_to(ROOT)) for path in made]
    home = Path(tempfile.mkdtemp(prefix="planted-faults-"))
    free: Queue[Copy] = Queue()
    stems: list[Stem] = []
    try:
        for number in range(count):
            tree = home / str(number)
            for name in names:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
            for name in MADE:
                if (ROOT / name).exists():
                    (tree / name).symlink_to((ROOT / name).resolve())
            # A broken file looks newer than its byte code here; all others need no compiling.
            compileall.compile_dir(tree / "portal", quiet=1)
            compileall.compile_dir(tree / "tests" / "support", quiet=1)
            stems.append(Stem())
            free.put(Copy(tree, stems[-1]))
        yield free
    finally:
        for stem in stems:
            stem.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """Give what says where one PostgreSQL for all runs is; each makes its databases in it, as
    copies of one that was migrated once.
    """
    from portal.integrations.postgres import Cluster
    from tests.support.databases import HASTY, migrated_server

    folder = Path(tempfile.mkdtemp(prefix="planted-pg-"))
    cluster = Cluster(folder, options=HASTY)
    try:
        cluster.start()
        address = cluster.url("postgres", "postgres").render_as_string(hide_password=False)
        where = {"TEST_DATABASE_URL": address}
        with patch.dict(os.environ, where), migrated_server("all") as made:
            yield {**where, "TEST_MIGRATED": made.template}
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run(
    tests: Iterable[str], copy: Copy, where: dict[str, str], name: str, seconds: int
) -> tuple[int, str]:
    """Run tests in a copy; return pytest's code and what it said, each failed test on a line."""
    basetemp = copy.tree.parent / f"{copy.tree.name}-tmp"
    options = ("-q", "-rfE", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist")
    settings = {
        **where,
        "PYTEST_XDIST_WORKER": name,
        # Byte code of a broken text may look as old as that of the whole one: none is written.
        "PYTHONDONTWRITEBYTECODE": "1",
        # Wide enough that no name of a test is cut.
        "COLUMNS": "400",
    }
    arguments = (*options, f"--basetemp={basetemp}", *tests)
    return copy.stem.run(arguments, copy.tree, settings, seconds)


def still_green(tests: Iterable[str], words: str) -> list[str]:
    """Return those of the tests, or files, of which no test failed."""
    red = re.findall(r"^(?:FAILED|ERROR) (\S+::\S+)", words, re.MULTILINE)

    def is_red(test: str) -> bool:
        return any(one == test or one.startswith((f"{test}::", f"{test}[")) for one in red)

    return [test for test in tests if not is_red(test)]


@contextmanager
def own_static_files(tree: Path) -> Iterator[None]:
    """Give a copy static files of its own while its scripts or styles are broken."""
    shared = tree / "portal/static"
    subprocess.run([sys.executable, "script/build_static.py"], cwd=tree, check=True)
    try:
        yield
    finally:
        shutil.rmtree(shared)
        shared.symlink_to((ROOT / "portal/static").resolve())


def planted(fault: Fault, number: int, trees: "Queue[Copy]", where: dict[str, str]) -> Outcome:
    """Break one copy, run the tests that claim the fault, mend the copy."""
    copy = trees.get()
    tree = copy.tree
    begun = time.monotonic()
    path = tree / fault.path
    text = path.read_text()
    if fault.path.startswith(MIGRATIONS):
        where = {"TEST_DATABASE_URL": where["TEST_DATABASE_URL"]}
    try:
        path.write_text(text.replace(fault.old, fault.new))
        with own_static_files(tree) if fault.path.startswith(ASSETS) else nullcontext():
            code, words = run(fault.tests, copy, where, f"fault{number}", SECONDS)
        green = still_green(fault.tests, words)
        noticed = code == RED and not green
        words = "\n".join([*(f"still green: {test}" for test in green), words[-4000:]])
    except TimeoutError:
        noticed, words = False, f"not done after {SECONDS} s"
    finally:
        path.write_text(text)
        trees.put(copy)
    return Outcome(fault, noticed, time.monotonic() - begun, words)


def whole(
    faults: Sequence[Fault],
    trees: "Queue[Copy]",
    where: dict[str, str],
    pool: ThreadPoolExecutor,
    jobs: int,
) -> bool:
    """Say whether all these tests hold while nothing is broken; else they would notice nothing."""
    files: dict[str, list[str]] = {}
    for test in sorted({test for fault in faults for test in fault.tests}):
        files.setdefault(test.partition("::")[0], []).append(test)
    shares = [[test for one in list(files)[n::jobs] for test in files[one]] for n in range(jobs)]

    def held(number: int) -> bool:
        copy = trees.get()
        try:
            code, words = run(shares[number], copy, where, f"whole{number}", SECONDS * 5)
        finally:
            trees.put(copy)
        if code:
            print(words[-3000:], flush=True)
        return code == 0

    return all(list(pool.map(held, [n for n in range(jobs) if shares[n]])))


def line(outcome: Outcome) -> str:
    """Return the row of the table: what became of it, seconds, traps, promises, name."""
    fault = outcome.fault
    covers = [f"trap {n}" for n in fault.traps] + [f"promise {n}" for n in fault.promises]
    mark = "noticed" if outcome.noticed else "SURVIVES"
    return f"{mark:8} {outcome.seconds:6.1f} s  {', '.join(covers):28}  {fault.name}"


def main() -> int:
    """Plant every fault, print what became of each; 1 if one is not noticed or not planted."""
    parser = argparse.ArgumentParser(prog="script/plant-faults", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="only whether each fault still fits")
    parser.add_argument("--list", action="store_true", help="name the faults")
    parser.add_argument("--only", default="", metavar="WORD", help="those whose name holds it")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at once")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="every N-th, from the K-th")
    parser.add_argument(
        "--trust", action="store_true", help="the tests were just seen to hold without a fault"
    )
    parser.add_argument("--say", action="store_true", help="show what the failing tests said")
    given = parser.parse_args()
    first, _, step = given.part.partition("/")
    chosen = [fault for fault in FAULTS if given.only in fault.name][int(first) - 1 :: int(step)]
    if given.list:
        for fault in chosen:
            print(f"{fault.name}: traps {fault.traps}, promises {fault.promises}")
        return 0
    bad = [f"{fault.name}: {words}" for fault in chosen for words in misfits(fault)]
    if not given.only and given.part == "1/1":
        bad += uncovered()
    for words in bad:
        print(f"does not fit: {words}")
    if given.check or bad:
        return 1 if bad else 0
    survivors = []
    begun = time.monotonic()
    with (
        files_in_memory(),
        server() as where,
        copies(given.jobs) as trees,
        ThreadPoolExecutor(given.jobs) as pool,
    ):
        if not given.trust:
            if not whole(chosen, trees, where, pool, given.jobs):
                return 1
            spent = time.monotonic() - begun
            print(f"whole    {spent:6.1f} s  the tests hold without a fault", flush=True)
        runs = [
            pool.submit(planted, fault, number, trees, where) for number, fault in enumerate(chosen)
        ]
        for one in runs:
            outcome = one.result()
            print(line(outcome), flush=True)
            if given.say:
                print("\n".join(f"    {one}" for one in SAID.findall(outcome.words)), flush=True)
            if not outcome.noticed:
                survivors.append(outcome)
    for outcome in survivors:
        print(f"── {outcome.fault.name} ({outcome.fault.path})\n{outcome.words}")
    print(
        f"{len(chosen) - len(survivors)} faults noticed, {len(survivors)} not, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
