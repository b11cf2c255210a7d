"""Plans of inspections: what was planned, what was fixed, the draw, the units to be visited."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"

KINDS = ("yearly", "special", "follow_up", "unannounced")
FIXED = (
    "id, kind, title, checklist, group_ids, starts_on, ends_on, wanted, picked, draw_count, "
    "people_each, seed_on, made_at, made_by"
)


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def column(name: str, kind: object, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=nullable)  # type: ignore[arg-type]


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return column(name, sa.DateTime(timezone=True), nullable=nullable)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def fence(table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {when} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def upgrade() -> None:
    allow("events", "kind", "ck_events_eventkind", "plan_changed")
    ids = postgresql.ARRAY(sa.Uuid())
    kind = sa.Enum(*KINDS, name="plankind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "plans",
        column("id", sa.Uuid()),
        column("kind", kind),
        column("title", sa.Text()),
        column("checklist", sa.Text()),
        column("group_ids", ids),
        column("starts_on", sa.Date()),
        column("ends_on", sa.Date()),
        column("wanted", postgresql.JSONB()),
        column("picked", ids),
        column("draw_count", sa.Integer(), nullable=True),
        column("people_each", sa.Integer()),
        column("seed_on", sa.Date(), nullable=True),
        moment("made_at"),
        column("made_by", sa.Uuid()),
        moment("dropped_at", nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_plans_ends_after_start")),
        sa.CheckConstraint("cardinality(group_ids) > 0", name=op.f("ck_plans_has_a_group")),
        sa.CheckConstraint(
            "(draw_count IS NULL) = (seed_on IS NULL) AND (draw_count > 0) IS NOT FALSE",
            name=op.f("ck_plans_draw_is_whole"),
        ),
        sa.CheckConstraint("people_each >= 2", name=op.f("ck_plans_two_inspectors")),
        refers("plans", "made_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_made_at"), "plans", ["made_at"])
    op.create_table(
        "plan_publications",
        column("plan_id", sa.Uuid()),
        moment("published_at"),
        column("published_by", sa.Uuid()),
        column("population", ids),
        column("population_hash", sa.Text()),
        column("people", postgresql.JSONB()),
        column("people_hash", sa.Text()),
        column("source", postgresql.JSONB(none_as_null=True), nullable=True),
        refers("plan_publications", "plan_id", "plans"),
        refers("plan_publications", "published_by", "accounts"),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_publications")),
    )
    op.create_table(
        "plan_draws",
        column("plan_id", sa.Uuid()),
        column("number", sa.Text()),
        column("seed", sa.Text()),
        moment("drawn_at"),
        column("drawn_by", sa.Uuid()),
        column("ties", postgresql.JSONB()),
        refers("plan_draws", "plan_id", "plans"),
        refers("plan_draws", "drawn_by", "accounts"),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_draws")),
    )
    op.create_table(
        "plan_units",
        column("plan_id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("position", sa.Integer()),
        column("group_id", sa.Uuid(), nullable=True),
        column("inspectors", ids),
        column("left_out", ids),
        column("case_id", sa.Uuid(), nullable=True),
        moment("begun_at", nullable=True),
        column("begun_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(case_id IS NULL) = (begun_at IS NULL)", name=op.f("ck_plan_units_begun_with_case")
        ),
        refers("plan_units", "plan_id", "plans"),
        refers("plan_units", "unit_id", "units"),
        refers("plan_units", "group_id", "groups"),
        refers("plan_units", "case_id", "cases"),
        sa.PrimaryKeyConstraint("plan_id", "unit_id", name=op.f("pk_plan_units")),
        sa.UniqueConstraint("case_id", name=op.f("uq_plan_units_case_id")),
    )
    op.create_index(
        "ix_plan_units_plan_id_position", "plan_units", ["plan_id", "position"], unique=True
    )
    op.create_index(op.f("ix_plan_units_unit_id"), "plan_units", ["unit_id"])
    # Whoever could change what was fixed or drawn could choose who is visited.
    fence("plan_publications", "UPDATE OR DELETE OR TRUNCATE")
    fence("plan_draws", "UPDATE OR DELETE OR TRUNCATE")
    fence("plans", f"UPDATE OF {FIXED} OR DELETE OR TRUNCATE")
    fence(
        "plan_units",
        "UPDATE OF plan_id, unit_id, position, inspectors, left_out OR DELETE OR TRUNCATE",
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
