"""What all processes of a demo hold a minute after it started: the sum of their PSS."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.benchmarks.browser import Browser
from tests.benchmarks.results import Figure
from tests.support.databases import ROOT

LIMIT_MB = 500
REST_SECONDS = 60
READY_WITHIN = 600
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
    """Start the demo in a folder of its own, use it, wait a minute, add up, stop it."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    server = subprocess.Popen(
        [
            ROOT / ".venv" / "bin" / "python",
            "-m",
            "script.supervisor",
            "--demo",
            "--port",
            str(port),
        ],
        cwd=ROOT,
        env={**os.environ, "PORTAL_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, server)
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
        server.send_signal(signal.SIGTERM)
        server.wait(90)
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Figure(
            name="memory: all processes of the demo", value=round(sum(parts.values())), unit="MB",
            limit=LIMIT_MB, note=f"{len(parts)} processes, PSS, a minute after use", detail=by_name,
        )
    ]  # fmt: skip


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            Browser(port).get("/")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the demo did not start: see what it said above")
