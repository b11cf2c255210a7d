"""Whether a start would find anything to prepare: all that the preparation depends on, as a hash.

The preparation comes to the same end whenever it finds the same code, settings, preset, schema,
versions and groups, and at its end there is nothing left for it to do.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from config import ROOT, Settings
from portal.integrations.database_server import Connection, Found

#: What `presets load` and its groups compare the folder with.
STORED = """
SELECT 'preset', kind || ' ' || code, version::text, digest, source, holds_from::text
FROM preset_versions
UNION ALL SELECT 'group', code, '', '', '', '' FROM groups
ORDER BY 1, 2, 3
"""


def proof(settings: Settings, found: Found, connection: Connection, read: str) -> str:
    """Return the hash for a database whose schema is the newest.

    `read` is what `contents` gave before a preparation: what was edited while it ran counts at the
    next start.
    """
    state = hashlib.sha256(read.encode())
    for part in (
        (sys.version, settings.preset, settings.environment, settings.data_dir),
        (found, settings.demo_mark.exists(), settings.demo_codes.exists()),
        *connection.execute(STORED.encode()).fetchall(),
    ):
        state.update(repr([str(word) for word in part]).encode())
    return state.hexdigest()


def contents(settings: Settings) -> str:
    """Return the hash of all that a preparation runs or reads."""
    named = ROOT / Path(settings.preset).expanduser()
    state = hashlib.sha256()
    for folder in (ROOT, named):
        for path in sources(folder):
            content = path.read_bytes()
            state.update(f"{path}\0{len(content)}\0".encode() + content)
    return state.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """Yield the files of the project's own folder that a preparation reads or runs, or a preset's.

    Built-in presets are part of the code.
    """
    if folder != ROOT:
        for pattern in ("*", "checklists/*"):
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())
        return
    yield from (ROOT / "config.py", ROOT / "wsgi.py")
    for name in ("portal", "migrations", "script/supervisor"):
        for path in sorted((ROOT / name).rglob("*")):
            if path.suffix in (".py", ".yaml", ".geojson", ".sql", ".ini") and path.is_file():
                yield path
