"""A note in the data folder that tells when the last backup was made."""

import json
from datetime import datetime
from pathlib import Path

from portal.foundation.secrets import replace_file

NOTE = "last-backup.json"


def note_backup(data_dir: Path, *, target: Path, at: datetime) -> None:
    """Remember that a backup was made."""
    content = {"at": at.isoformat(), "target": str(target)}
    replace_file(data_dir / NOTE, json.dumps(content).encode())


def last_backup(data_dir: Path) -> datetime | None:
    """Return when the last backup was made; None if no note tells."""
    try:
        return datetime.fromisoformat(json.loads((data_dir / NOTE).read_text())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
