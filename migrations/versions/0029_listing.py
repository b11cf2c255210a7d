"""Hazards listed for supervision, and their acceptance by another body."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

ENDS = ("delisted", "withdrawn")


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    kinds = ("work_accepted", "delisting_asked", "delisting_decided")
    allow("events", "kind", "ck_events_eventkind", *kinds)
    table = "listings"
    end = sa.Enum(*ENDS, name="listingend", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("published_text_id", sa.Uuid(), nullable=False),
        moment("listed_at", nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        moment("accepted_at"),
        moment("asked_at"),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_text_id", sa.Uuid(), nullable=True),
        moment("ended_at"),
        sa.Column("ended", end, nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended IS NULL)", name=op.f(f"ck_{table}_ended_how")
        ),
        sa.CheckConstraint(
            "ended <> 'delisted' OR accepted_at IS NOT NULL",
            name=op.f(f"ck_{table}_accepted_first"),
        ),
        refers(table, "case_id", "cases"),
        refers(table, "step_id", "disciplinary_steps"),
        refers(table, "hazard_id", "hazards"),
        refers(table, "unit_id", "units"),
        refers(table, "published_text_id", "texts"),
        refers(table, "asked_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("step_id", name=op.f(f"uq_{table}_step_id")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    op.create_index(f"ix_{table}_ended_at", table, ["ended_at"])
    table = "acceptances"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("body_text_id", sa.Uuid(), nullable=False),
        sa.Column("people_text_id", sa.Uuid(), nullable=False),
        sa.Column("opinion_text_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        moment("recorded_at", nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        refers(table, "case_id", "cases"),
        refers(table, "listing_id", "listings"),
        *(refers(table, f"{name}_text_id", "texts") for name in ("body", "people", "opinion")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    op.create_index(op.f(f"ix_{table}_listing_id"), table, ["listing_id"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
