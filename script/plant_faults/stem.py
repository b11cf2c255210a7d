"""A process that has loaded what no fault breaks, and forks for each run of tests.

To load the libraries takes two thirds of the time of a short test; the portal's own modules and the
tests are read by the child, from the copy that it runs in.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Prints the names of all libraries that the portal and its tests load, in the order of loading.
PROBE = """
import sys
import portal.factory, portal.jobs.tasks, tests.conftest, tests.browser.conftest, tests.support.town
print(*sys.modules)
"""
#: Modules of ours, which a child loads from its copy.
OWN = frozenset({"__main__", "config", "portal", "script", "tests"})
LOOK_EVERY_SECONDS = 0.02


class Stem:
    """A stem as seen by who asks it for runs: one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "script.plant_faults.stem"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, arguments: Sequence[str], tree: Path, environ: Mapping[str, str], seconds: int
    ) -> tuple[int, str]:
        """Run pytest in a copy; return its code and what it said. Raises TimeoutError."""
        said = tree.parent / f"{tree.name}.out"
        asked = {
            "arguments": list(arguments),
            "tree": str(tree),
            "environ": dict(environ),
            "seconds": seconds,
            "said": str(said),
        }
        assert self._process.stdin is not None  # noqa: S101  asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = json.loads(self._process.stdout.readline())
        if code is None:
            raise TimeoutError
        return int(code), said.read_text(errors="replace")

    def stop(self) -> None:
        """Let it end."""
        self._process.communicate()


def load_libraries() -> None:
    """Load what is no module of ours."""
    named = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in named.stdout.split():
        if not is_own(name):
            with suppress(ImportError):  # a name that is no module's own
                importlib.import_module(name)


def is_own(name: str) -> bool:
    return name.partition(".")[0] in OWN


def become(asked: dict[str, Any]) -> int:
    """Run the tests, as a new process would."""
    os.setsid()
    with Path(asked["said"]).open("wb") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(asked["tree"])
    os.environ.update(asked["environ"])
    sys.path[0] = asked["tree"]
    for name in [name for name in sys.modules if is_own(name) and name != "__main__"]:
        del sys.modules[name]
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    import pytest

    sys.argv = ["pytest", *asked["arguments"]]
    return int(pytest.main(asked["arguments"]))


def ended(child: int, seconds: float) -> int | None:
    """Return the code of a child, None if it had to be ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(LOOK_EVERY_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main() -> int:
    """Fork for every line that asks for a run, and answer with its code."""
    load_libraries()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            return become(asked)
        print(json.dumps(ended(child, asked["seconds"])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
