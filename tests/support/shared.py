"""The shared data folder, for tests that can use it where it is."""

from pathlib import Path


def shared_data() -> Path | None:
    """Return the folder `../shared/data` beside the project, None where there is none."""
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return folder if folder.is_dir() else None
