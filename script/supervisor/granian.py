"""Granian with the portal's modules loaded before it forks its workers, which so share them.

Loaded only: no app, no connection and no thread is there before the fork. What is loaded is frozen,
so that no collection of garbage writes to the pages and makes each worker a copy of its own.
"""

import gc

from granian.cli import entrypoint

#: Objects between two collections: one page makes thousands, hardly any of them in circles.
COLLECT_AFTER = 20_000


def main() -> None:
    """Load the modules and become granian, with its own command line."""
    import portal.factory  # noqa: F401  nothing of it is used here

    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
