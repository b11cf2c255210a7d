"""The checks of `script/test` notice what they are for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import config
from script import set_up
from script.checks import __main__ as checks
from script.checks import machine, migrations

ROOT = Path(config.__file__).parent
GOOD = """
revision = {number!r}
down_revision = {before!r}
def upgrade(): pass
def downgrade():
    raise NotImplementedError("no way back")
"""


def write(folder, number, before, name=None, **changes):
    text = GOOD.format(number=number, before=before)
    for old, new in changes.items():
        text = text.replace(old, new)
    (folder / (name or f"{number}_step.py")).write_text(text)


def test_a_row_of_migrations_is_good(tmp_path):
    write(tmp_path, "0001", None)
    write(tmp_path, "0002", "0001")
    assert migrations.faults(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"raise NotImplementedError": "print"}, "downgrade must raise"),
        ({"down_revision = '0001'": "down_revision = None"}, "down_revision"),
        ({"revision = '0002'": "revision = '0003'"}, "revision"),
        ({"name": "0003_step.py"}, "should be called 0002_"),
        ({"name": "0001_twin.py"}, "should be called"),
    ],
    ids=str,
)
def test_a_fault_in_the_row_is_named(tmp_path, change, complaint):
    write(tmp_path, "0001", None)
    write(tmp_path, "0002", "0001", **change)
    assert any(complaint in fault for fault in migrations.faults(tmp_path))


def test_a_failed_check_is_noted_and_the_next_still_runs(capfd):
    results = []
    checks.run("bad", [sys.executable, "-c", "raise SystemExit(3)"], results)
    checks.run("good", [sys.executable, "-c", ""], results)
    assert [(name, held) for name, held, _ in results] == [("bad", False), ("good", True)]


def test_what_the_machine_lacks_is_named_with_its_package(monkeypatch):
    need = machine.Need("a browser", "chromium", lambda: False)
    monkeypatch.setattr(machine, "NEEDS", (need,))
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    assert "a browser (Debian: chromium)" in machine.provide()


def test_a_step_is_done_once_and_again_after_a_change(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(set_up, "STAMPS", tmp_path / "stamps")
    done = []
    for value in ("a", "a", "b"):
        set_up.step("it", "Doing it", value, lambda: done.append(1), tmp_path)
    assert len(done) == 2
    set_up.step("it", "Doing it", "b", lambda: done.append(1), tmp_path / "gone")
    assert len(done) == 3


def test_an_interrupted_step_is_done_again(tmp_path, monkeypatch):
    monkeypatch.setattr(set_up, "STAMPS", tmp_path / "stamps")
    set_up.step("it", "Doing it", "a", lambda: None, tmp_path)

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        set_up.step("it", "Doing it", "b", interrupted, tmp_path)
    assert not set_up.current("it", "a")


def test_the_locks_hold_hashes_and_name_no_registry():
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        pins = text.count("==")
        assert 0 < pins <= text.count("--hash=sha256:"), lock.name
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        assert not name or entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_direct_front_end_packages_are_pinned():
    given = json.loads((ROOT / "package.json").read_text())
    versions = {**given["dependencies"], **given["devDependencies"]}.values()
    assert all(version[0].isdigit() for version in versions)


def test_the_end_of_a_run_tells_traps_and_what_was_left_out(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.trap(3)\n@pytest.mark.trap(7)\ndef test_a(): pass\n"
        "@pytest.mark.trap(9)\ndef test_b(): assert 0\n"
        "@pytest.mark.trap(7)\n@pytest.mark.parametrize('n', [0, 1])\n"
        "def test_c(n): pytest.skip('needs the shared data folder')\n"
    )
    for parallel in ([], ["-n", "2"]):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "tests.support.coverage_of_traps"),
                *("--rootdir", tmp_path, "-o", "markers=trap(n): x", *parallel, tmp_path),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert "traps covered: 2 of 58: 3, 7" in done.stdout, done.stdout
        assert "left out: 2 tests: needs the shared data folder" in done.stdout


def test_a_trap_that_does_not_exist_stops_the_run(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.trap(59)\ndef test_a(): pass\n"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.support.coverage_of_traps"),
            *("--rootdir", tmp_path, "-o", "markers=trap(n): x", tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "there is no trap 59" in done.stdout + done.stderr


def test_the_programs_that_no_test_runs_still_find_what_they_import():
    command = "import tests.benchmarks.__main__, tests.pictures"
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True)
