"""`health`: exits 0 only when the portal can serve."""

import click

from portal.administration.cli.output import Answer, told
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.web.readiness import readiness


@click.command("health")
@told
def health() -> Answer:
    """Check database, schema and job worker."""
    checks = readiness(db.session(), now=now())
    return Answer(
        {"checks": [{"name": one.name, "ok": one.ok, "words": one.words} for one in checks]},
        [f"{'ok' if one.ok else 'not ok'}: {one.words}" for one in checks],
        all(one.ok for one in checks),
    )
