"""How child processes are started: they end with their parent, and never run as root."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
# Loaded here, not after the fork, where only simple things are safe.
try:
    LIBC: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True)
    if not hasattr(LIBC, "prctl"):  # outside Linux children end by the parent's care alone
        LIBC = None
except (OSError, TypeError):
    LIBC = None


def dies_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return what a child runs before its program: the kernel signals it when the parent ends."""

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return prepare


@dataclass(frozen=True)
class Identity:
    """Whom a program runs as; `uid` None is whoever we are, `mapped` is root seen as nobody."""

    uid: int | None = None
    gid: int | None = None
    mapped: bool = False

    def prepare(self, at_parents_end: int) -> Callable[[], None]:
        """Return the `preexec_fn` that takes on this identity."""
        follow = dies_with_parent(at_parents_end)

        def become() -> None:
            if self.mapped:
                enter_user_namespace(self.uid or 0, self.gid or 0)
            elif self.uid is not None and self.gid is not None:
                os.setgroups([])
                os.setgid(self.gid)
                os.setuid(self.uid)
            # After the change of identity, which clears it.
            follow()

        return become


def identity_for(folder: Path) -> Identity:
    """Return as whom a program that refuses root can own `folder`.

    An ordinary user: as that user. Root: inside a user namespace in which root's id reads as
    nobody's, so that no other account needs a way through root's folders; where the kernel
    allows none, as nobody. Whoever owns the folder already goes on owning it.
    """
    if os.geteuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody")
    owner = folder.stat().st_uid if folder.exists() else None
    if owner:
        account = pwd.getpwuid(owner)
        return Identity(account.pw_uid, account.pw_gid)
    if user_namespaces_work():
        return Identity(nobody.pw_uid, nobody.pw_gid, mapped=True)
    return Identity(nobody.pw_uid, nobody.pw_gid)


@cache
def user_namespaces_work() -> bool:
    """Return whether the kernel lets root map itself to another id."""
    nobody = pwd.getpwnam("nobody")
    mapped = Identity(nobody.pw_uid, nobody.pw_gid, mapped=True)
    try:
        trial = subprocess.run(
            ["/bin/sh", "-c", "id -u"],
            preexec_fn=mapped.prepare(signal.SIGKILL),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return trial.stdout.strip() == str(nobody.pw_uid)


def enter_user_namespace(uid: int, gid: int) -> None:
    """Let this process's own ids read as `uid` and `gid`. Raises OSError where that is barred."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if LIBC is None or LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(line)
