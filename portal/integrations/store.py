"""The object store: a folder by default, anything that speaks S3 when that is outgrown.

What is stored is encrypted already; names are random and say nothing.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from portal.foundation.clock import floored_to_hour

Entropy = Callable[[int], bytes]


class StoreError(Exception):
    """The store does not answer, or refused: nothing was stored."""


class Missing(StoreError):
    """There is no object of that name."""


class ObjectStore:
    """Objects by name: written once, whole or not at all, on the disk when `put` returns."""

    def __init__(self, store: Any, folder: Path | None, *, at_once: bool = True) -> None:
        self._store = store
        #: None if the objects lie elsewhere, where durability is the other side's promise.
        self._folder = folder
        self._at_once = at_once

    @classmethod
    def in_folder(cls, folder: Path, *, at_once: bool = True) -> "ObjectStore":
        """Open a folder of this machine, made if need be and readable by its owner alone.

        Without `at_once` nobody is told that an object is safe before `write_down_all`.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(LocalStore(folder), folder, at_once=at_once)

    @classmethod
    def at_url(cls, url: str, options: Mapping[str, str]) -> "ObjectStore":
        """Open `s3://bucket/path` and the like; `options` as obstore names them.

        An answer is waited for ten seconds, three tries in all.
        """
        retries: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
        client: Any = {"timeout": "10s", "connect_timeout": "5s"}
        chosen: Any = dict(options)
        return cls(from_url(url, config=chosen, client_options=client, retry_config=retries), None)

    def put(self, area: str, data: bytes, *, entropy: Entropy, now: datetime) -> str:
        """Store an object under a new random name in `area` and return the name.

        When this returns it survives a power cut. In a folder, the file's times are the start of
        the hour of `now`: an exact one would tell when a reporter was there. Raises StoreError.
        """
        name = self._new_name(area, entropy)
        with _translated():
            self._store.put(name, data, mode="create")
        self._settle(name, now)
        return name

    def copy(self, name: str, area: str, *, entropy: Entropy, now: datetime) -> str:
        """Store the same bytes under a new name, without reading them here. See `put`."""
        new = self._new_name(area, entropy)
        with _translated():
            self._store.copy(name, new, overwrite=False)
        self._settle(new, now)
        return new

    def get(self, name: str) -> bytes:
        """Return an object. Raises Missing, StoreError."""
        with _translated():
            return bytes(self._store.get(name).bytes())

    def delete(self, name: str) -> None:
        """Remove an object; it is no error if there is none. Raises StoreError."""
        # A folder's time would tell when the last object went.
        before = [(parent, _times(parent)) for parent in self._parents(name)]
        try:
            with _translated():
                self._store.delete(name)
        except Missing:
            return
        if self._folder is not None:
            for parent, times in before:
                self._write_down(parent)
                os.utime(parent, ns=times)

    def listing(self, area: str) -> Iterator[tuple[str, datetime]]:
        """Yield name and time of each object of an area, those half written included."""
        if self._folder is None:
            with _translated():
                for batch in self._store.list(prefix=area):
                    yield from ((item["path"], item["last_modified"]) for item in batch)
            return
        # The library's listing hides what a killed `put` leaves behind, `name#1`.
        for path in sorted(self._folder.glob(f"{area}/*/*")):
            try:
                changed = path.stat().st_mtime
            except FileNotFoundError:
                continue  # somebody else was faster
            yield str(path.relative_to(self._folder)), datetime.fromtimestamp(changed, UTC)

    def remove_older(
        self,
        area: str,
        *,
        before: datetime,
        keep: Callable[[list[str]], set[str]] = lambda names: set(),
    ) -> int:
        """Remove the objects of an area last stored before a moment, and return how many.

        `keep` is given names, a thousand at a time, and returns those to leave alone.
        """
        old = [name for name, changed in self.listing(area) if changed < before]
        removed = 0
        for start in range(0, len(old), 1000):
            names = old[start : start + 1000]
            kept = keep(names)
            for name in names:
                if name not in kept:
                    self._remove_file(name)
                    removed += 1
        return removed

    def _remove_file(self, name: str) -> None:
        if self._folder is None:
            self.delete(name)
        else:  # the library refuses the name of a leftover
            (self._folder / name).unlink(missing_ok=True)

    def _new_name(self, area: str, entropy: Entropy) -> str:
        name = entropy(16).hex()
        # In 256 folders: some file systems get slow with a million files in one.
        name = f"{area}/{name[:2]}/{name}"
        if self._folder is not None:
            with _translated():
                for parent in (self._folder / area, (self._folder / name).parent):
                    parent.mkdir(mode=0o700, exist_ok=True)
        return name

    def _settle(self, name: str, now: datetime) -> None:
        """Take times and rights from the file, then wait until it is on the disk."""
        if self._folder is None:
            return
        path, hour = self._folder / name, floored_to_hour(now).timestamp()
        with _translated():
            path.chmod(0o600)
            os.utime(path, (hour, hour))
            self._write_down(path)
            for parent in self._parents(name):
                self._write_down(parent)  # the library never does, and only then it is there
                os.utime(parent, (hour, hour))

    def _parents(self, name: str) -> list[Path]:
        """Return the folders from the object's own up to the root; none if it lies elsewhere."""
        if self._folder is None:
            return []
        folder = (self._folder / name).parent
        return [parent for parent in (folder, folder.parent, self._folder) if parent.exists()]

    @staticmethod
    def write_down_all() -> None:
        """Wait until everything that was put is on the disk."""
        os.sync()

    def _write_down(self, path: Path) -> None:
        """Wait until a file, or the names in a folder, are on the disk."""
        if not self._at_once:
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _times(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_atime_ns, found.st_mtime_ns


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise Missing("no such object") from error
    except (BaseError, OSError) as error:
        raise StoreError(type(error).__name__) from error
