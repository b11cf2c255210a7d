"""The rules of the guide that a machine can check."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from portal.administration.cli.late import Late
from portal.factory import COMMANDS
from script import translations

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
SOURCES = sorted(PORTAL.rglob("*.py"))
TEMPLATES = sorted(PORTAL.rglob("*.html"))
VIEWS = [path for path in SOURCES if {"views", "api"} & {path.stem, *path.parent.parts[-2:]}]
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+\s*=|javascript:|\bsrcdoc=", re.I
)
#: Asked of the browser by the sign-in of staff alone, so that somebody signed out gets back.
STAFF_ONLY = {("portal/web/pages.py", "to_sign_in")}
#: Looks at the address to make a number of it that leads back to nobody (ADR 0028).
TO_COUNT = {("portal/web/rates.py", "asker")}
#: Hands each chosen file to the one door: by a form of handlers, a desk, a unit, a reporter.
FILE_READERS = {
    "portal/handling/views/_along.py:choose": "taken_in",
    "portal/enterprise/views/__init__.py:_taken": "taken_in",
    "portal/enterprise/views/_own_files.py:taken": "hung",
    "portal/enterprise/views/_own_walk.py:keep_photos": "hang",
    "portal/filing/views/uploads.py:from_form": "_take_in",
    "portal/handling/views/_inspecting.py:keep_photos": "hang",
    "portal/handling/views/_moving.py:_with_files": "taken_in",
    "portal/handling/views/_taking_down.py:_scans": "taken_in",
}
#: What must survive the refusal of the request around it; nothing else may commit apart.
KEPT_APART = {
    "portal/filing/views/drafts.py:change_files",
    "portal/filing/views/drafts.py:keep",
    "portal/filing/views/drafts.py:keep_while_typing",
    "portal/filing/views/flood.py:is_answered",
    "portal/handling/views/_drafts.py:change_files",
    # that somebody tried to turn help against whom it helped
    "portal/cases/services/helping.py:keep_barred",
    # sign-in counters of staff
    "portal/web/signin.py",
    "portal/web/sessions.py",
    "portal/web/passwords.py",
}
#: Modules of many megabytes, and who loads them with itself: children, and commands.
HEAVY = {"numpy", "shapely", "PIL", "typst", "alembic"}
LOADED_BY = {
    "portal/administration/cli/demo/pictures.py",
    "portal/integrations/paper_child.py",
    "portal/integrations/scrub_child.py",
}
TRACES = {
    "remote_addr", "access_route", "user_agent", "referrer", "remote_user", "HTTP_X_FORWARDED_FOR",
    "X-Forwarded-For", "X-Real-IP", "Forwarded", "User-Agent", "Referer", "REMOTE_ADDR",
    "HTTP_USER_AGENT", "HTTP_REFERER",
}  # fmt: skip


def named(path):
    return str(path.relative_to(ROOT))


@cache
def parsed(path):
    return ast.parse(path.read_text())


def holders(pattern):
    return {named(path) for path in SOURCES if re.search(pattern, path.read_text())}


def functions(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(node):
    """The lines of a function behind its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return body[-1].end_lineno - body[0].lineno + 1


def test_rooms_and_slots():
    # A process of its own: the tool switches off every logger that is there already.
    lint = Path(sys.executable).parent / "lint-imports"
    assert subprocess.run([lint, "--no-cache"], cwd=ROOT, check=False).returncode == 0


def test_one_module_commits():
    assert holders(r"\.commit\(|\.begin_nested\(|COMMIT\b") == {"portal/foundation/transaction.py"}


def test_one_module_asks_the_time():
    # A child process and the machine's own files have no other clock.
    outside = {h for h in holders(r"time\.time\(|monotonic\(") if "/integrations/" not in h}
    assert outside == set()
    asked = r"datetime\.now\(|utcnow\(|date\.today\(|datetime\.today\("
    assert holders(asked) == {"portal/foundation/clock.py"}


def test_settings_come_from_config():
    held = holders(r"os\.environ|getenv\(")
    assert {path for path in held if "/integrations/" not in path} == set()


def test_the_outside_is_reached_through_integrations():
    reach = r"(?m)^\s*(import|from) (subprocess|socket|smtplib|urllib\.request|http\.client"
    reach += r"|httpx|requests|urllib3|obstore|asyncio|multiprocessing)\b"
    assert {path for path in holders(reach) if "/integrations/" not in path} == set()


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_says_what_it_is_and_keeps_its_size(path):
    if path.read_text().strip():
        assert ast.get_docstring(parsed(path)), "no docstring"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text())
    assert path.stem not in {"utils", "helpers", "common", "misc"} or "presets/parts" in named(path)


@pytest.mark.parametrize("path", VIEWS, ids=named)
def test_views_are_short(path):
    for node in functions(path):
        if any("route" in ast.dump(d) or "needs" in ast.dump(d) for d in node.decorator_list):
            assert body_lines(node) <= 15, f"{named(path)}:{node.lineno} {node.name}"


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_hold_no_inline_code(path):
    assert not INLINE.search(path.read_text())


def test_chinese_is_complete():
    assert translations.main(["--check"]) == 0


def test_only_listed_places_commit_apart_from_the_request():
    found = set()
    for path in SOURCES:
        if named(path) == "portal/foundation/transaction.py":
            continue
        for node in functions(path):
            if re.search(r"\bkept_apart\(", ast.unparse(node)):
                found.add(f"{named(path)}:{node.name}")
    allowed = {place for place in found if place in KEPT_APART or place.split(":")[0] in KEPT_APART}
    assert found == allowed
    assert "portal/filing/views/drafts.py:keep" in found


@pytest.mark.promise(2)
def test_every_file_goes_through_one_door():
    """Who reads a form's files hands them to the scrubber alone, and rows come of it alone."""
    door = {"portal/attachments/services.py"}
    assert holders(r"(?<!class )\bStoredFile\(") == door
    assert holders(r"(?<!class )\bAttachment\(") == door
    assert holders(r"\bscrubber\.scrub\(") == door
    assert holders(r"\bstore\(?\)?\.put\(") == door
    found = {
        f"{named(path)}:{node.name}": ast.unparse(node)
        for path in SOURCES
        if re.search(r"files\.getlist|files_chosen", path.read_text())
        for node in functions(path)
        if re.search(r"\bfiles\.getlist\(|\bform\.files_chosen,", ast.unparse(node))
    }
    assert found.keys() == FILE_READERS.keys()
    for place, door_called in FILE_READERS.items():
        assert re.search(rf"\b{door_called}\(", found[place]), place
    # Whatever else looks at them asks only whether there are any.
    others = holders(r"request\.files\b") - {place.split(":")[0] for place in FILE_READERS}
    assert others == {
        "portal/filing/views/follow.py",
        "portal/web/refusals.py",
        "portal/web/request_cycle.py",
    }
    # A field of a kind that none of these reads would be lost without a word.
    fields = re.findall(r"(\w+) = \w*FileField\(", "".join(path.read_text() for path in SOURCES))
    # `picture` shows how a field looks; `file` is a table of units, read by line and not kept.
    assert set(fields) == {"files", "photos", "picture", "file"}


def traces_in(path):
    """Return the functions that look at what tells who or where a visitor is."""
    found = set()
    for node in functions(path):
        for inner in ast.walk(node):
            name = inner.attr if isinstance(inner, ast.Attribute) else None
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                name = inner.value
            if name in TRACES:
                found.add((named(path), node.name))
    return found


@pytest.mark.promise(2)
def test_no_code_looks_at_who_or_where_a_visitor_is():
    found = set().union(*(traces_in(path) for path in SOURCES))
    assert found - STAFF_ONLY - TO_COUNT == set()


@pytest.mark.promise(2)
def test_what_stands_for_an_address_only_goes_into_a_count():
    """`asker()` is written nowhere but as an argument of `Rates`: `rates.count(asker(), …)`."""
    for path in SOURCES:
        tree = parsed(path)
        counted = {
            id(node.args[0])
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"count", "seen"}
            and node.args
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "asker":
                assert id(node) in counted, (named(path), node.lineno)
            assert getattr(node, "attr", "") != "asker", (named(path), node.lineno)


@pytest.mark.promise(2)
def test_the_scan_for_traces_finds_them(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.unit.test_conventions.ROOT", tmp_path)
    path = tmp_path / "views.py"
    path.write_text(
        "def a():\n    return request.remote_addr\n"
        "def b():\n    return request.headers['User-Agent']\n"
        "def c():\n    return request.headers['Host']\n"
    )
    assert {name for _path, name in traces_in(path)} == {"a", "b"}


def test_no_words_of_people_become_code_or_markup():
    banned = r"render_template_string|\beval\(|\bexec\(|pickle\.|yaml\.load\(|\|\s*safe\b"
    # A link of our own inside a sentence.
    allowed = {"portal/templates/errors/503.html", "portal/templates/components/frame.html"}
    held = holders(banned) | {named(t) for t in TEMPLATES if re.search(banned, t.read_text())}
    assert held - allowed == set()
    marked = holders(r"\bMarkup\(")
    assert marked <= {
        "portal/filing/views/report.py",
        "portal/web/parts.py",
        "portal/web/filters.py",
        "portal/web/fields.py",
        "portal/web/language.py",
    } | {h for h in marked if "noqa: S704" in (ROOT / h).read_text()}


def test_direct_dependencies_are_pinned_in_the_lock():
    wanted = {
        re.split(r"[\[=<>~ ;]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.in").read_text().splitlines()
        if line.strip() and not line.startswith(("#", "-"))
    }
    locked = (ROOT / "requirements.txt").read_text().lower()
    assert {name for name in wanted if not re.search(rf"(?m)^{re.escape(name)}==", locked)} == set()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["strict"] is True


def test_a_web_process_loads_nothing_heavy_before_somebody_asks_for_it():
    """Each of three processes would keep it, whoever looks at maps and papers or not."""
    found = set()
    for path in SOURCES:
        for node in parsed(path).body:
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if HEAVY & {name.partition(".")[0] for name in names}:
                found.add(named(path))
    assert found == LOADED_BY


def test_operations_lists_every_command_and_no_other():
    page = (ROOT / "docs" / "operations.md").read_text()
    table = page.split("## Commands")[1].split("\n## ")[0]
    listed = set()
    for words in re.findall(r"`([a-z]+ [^`]+)`", table):
        group, _, names = words.partition(" ")
        listed |= {f"{group} {name}" for name in names.split("\\|")}
    listed |= {"health"} & set(re.findall(r"`([a-z]+)`", table))
    found = set()
    late = Late("portal", COMMANDS)
    for name in COMMANDS:
        command = late.imported(name)
        assert command.name == name
        names = getattr(command, "commands", None)
        found |= {f"{command.name} {name}" for name in names} if names else {command.name}
    assert listed == found
