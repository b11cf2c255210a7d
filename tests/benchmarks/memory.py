"""What all processes of a demo hold a minute after it started, and how long a start takes."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.browser import Browser
from tests.benchmarks.results import Figure
from tests.support.databases import ROOT

LIMIT_MB = 500
REST_SECONDS = 60
START_SECONDS, STARTS = 5, 3
JOURNEYS = 50


def children_of(pid: int) -> set[int]:
    """Return the process and all below it."""
    found, left = {pid}, [pid]
    while left:
        one = left.pop()
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                if child not in found:
                    found.add(child)
                    left.append(child)
    return found


def pss_mb(pid: int) -> float:
    """Return the process's share of memory; pages that several share are divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def name_of(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    names = [Path(word.decode(errors="replace")).name for word in command[:4] if word]
    return " ".join(names)[:40]


def measure() -> list[Figure]:
    """Start the demo in a folder of its own, use it, wait a minute, add up; start it again."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    port = free_port()
    try:
        server, _seconds = started(folder / "demo", port, "--demo")
        try:
            browser = Browser(port)
            for _ in range(JOURNEYS):
                for path in ("/", "/report", "/receipt", "/how"):
                    browser.get(path)
            time.sleep(REST_SECONDS)
            parts = {pid: pss_mb(pid) for pid in children_of(server.pid)}
            by_name: dict[str, float] = {}
            for pid, size in parts.items():
                if size:
                    by_name[name_of(pid)] = round(by_name.get(name_of(pid), 0) + size, 1)
        finally:
            stop(server)
        figures = [
            Figure(
                name="memory: all processes of the demo", value=round(sum(parts.values())),
                unit="MB", limit=LIMIT_MB,
                note=f"{len(parts)} processes, PSS, a minute after use", detail=by_name,
            ),
            starts_again(folder / "demo", "--demo"),
        ]  # fmt: skip
        stop(started(folder / "plain", port)[0])
        return [*figures, starts_again(folder / "plain")]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def starts_again(folder: Path, *options: str) -> Figure:
    """Return how long `script/server` takes from being typed to saying where the portal is."""
    times = []
    for _ in range(STARTS):
        server, seconds = started(folder, free_port(), *options)
        times.append(seconds)
        stop(server)
    return Figure(
        name=" ".join(("second start of script/server", *options)), value=round(median(times), 1),
        unit="s", limit=START_SECONDS,
        note=f"median of {STARTS}, slowest {max(times):.1f} s",
    )  # fmt: skip


def started(folder: Path, port: int, *options: str) -> tuple["subprocess.Popen[str]", float]:
    """Start `script/server` on the folder and return it with the seconds until it serves."""
    began = time.monotonic()
    server = subprocess.Popen(
        [ROOT / "script" / "server", "--port", str(port), *options],
        env={**os.environ, "PORTAL_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in server.stdout or ():
        if "Ctrl-C stops it" in line:
            return server, time.monotonic() - began
    raise SystemExit("the portal did not start: see what it said above")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def stop(server: "subprocess.Popen[str]") -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(90)
