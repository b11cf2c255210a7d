"""Reports that workers make inside their unit."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

STATES = ("waiting", "taken_up", "answered", "rejected")
SIGNERS = ("holds", "left", "other", "unnamed")


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def column(name: str, kind: object, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=nullable)  # type: ignore[arg-type]


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return column(name, sa.DateTime(timezone=True), nullable=nullable)


def words(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return column(name, sa.Uuid(), nullable=nullable)


def refers(table: str, name: str, to: str, **more: str) -> sa.ForeignKeyConstraint:
    label = op.f(f"fk_{table}_{name}")
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=label, **more)  # type: ignore[arg-type]


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def fence(table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {when} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def upgrade() -> None:
    allow("events", "kind", "ck_events_eventkind", "inside_waiting", "inside_late")
    allow("attachments", "purpose", "ck_attachments_purpose", "inside")
    table = "inside_doors"
    op.create_table(
        table,
        column("unit_id", sa.Uuid()),
        words("readers_text_id"),
        words("who_text_id"),
        column("signer", one_of("signer", SIGNERS)),
        moment("opened_at"),
        column("opened_by", sa.Uuid()),
        moment("closed_at", nullable=True),
        refers(table, "unit_id", "units"),
        refers(table, "readers_text_id", "texts"),
        refers(table, "who_text_id", "texts"),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_inside_doors")),
    )
    _reports()
    table = "inside_messages"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("report_id", sa.Uuid()),
        column("by_unit", sa.Boolean()),
        words("text_id"),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        moment("at"),
        column("person_id", sa.Uuid(), nullable=True),
        refers(table, "report_id", "inside_reports"),
        refers(table, "text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inside_messages")),
        sa.UniqueConstraint("seq", name=op.f("uq_inside_messages_seq")),
    )
    op.create_index(op.f("ix_inside_messages_report_id"), table, ["report_id"])
    fence(table, "UPDATE OR DELETE OR TRUNCATE")


def _reports() -> None:
    table = "inside_reports"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("number", sa.Integer()),
        words("text_id"),
        words("place_text_id"),
        words("answers_text_id", nullable=True),
        column("category", sa.Text(), nullable=True),
        column("language", sa.Text()),
        column("channel", sa.Text()),
        column("relation", sa.Text(), nullable=True),
        column("jurisdiction", sa.Text(), nullable=True),
        column("township", sa.Text(), nullable=True),
        column("lon", sa.Float(), nullable=True),
        column("lat", sa.Float(), nullable=True),
        column("datum", sa.Text(), nullable=True),
        moment("filed_at"),
        column("due_on", sa.Date()),
        column("nonce_hash", sa.LargeBinary()),
        column("receipt_hash", sa.LargeBinary()),
        column("state", one_of("insidestate", STATES)),
        moment("answered_at", nullable=True),
        column("answered_by", sa.Uuid(), nullable=True),
        words("answer_text_id", nullable=True),
        column("hazard_id", sa.Uuid(), nullable=True),
        moment("outside_at", nullable=True),
        column("outside_report_id", sa.Uuid(), nullable=True),
        moment("told_at", nullable=True),
        moment("late_told_at", nullable=True),
        check(
            table,
            "point_whole",
            "(lon IS NULL) = (lat IS NULL) AND (lon IS NULL) = (datum IS NULL)",
        ),
        check(table, "answered_when", "(state = 'waiting') = (answered_at IS NULL)"),
        check(table, "taken_up_as", "state <> 'taken_up' OR hazard_id IS NOT NULL"),
        check(table, "outside_as_report", "(outside_at IS NULL) = (outside_report_id IS NULL)"),
        refers(table, "unit_id", "units"),
        refers(table, "text_id", "texts"),
        refers(table, "place_text_id", "texts"),
        refers(table, "answers_text_id", "texts"),
        refers(table, "answer_text_id", "texts"),
        refers(table, "hazard_id", "self_hazards"),
        refers(table, "outside_report_id", "reports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inside_reports")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_inside_reports_unit_id")),
        sa.UniqueConstraint("nonce_hash", name=op.f("uq_inside_reports_nonce_hash")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_inside_reports_receipt_hash")),
        sa.UniqueConstraint("hazard_id", name=op.f("uq_inside_reports_hazard_id")),
        sa.UniqueConstraint("outside_report_id", name=op.f("uq_inside_reports_outside_report_id")),
    )
    op.create_index(
        "ix_inside_reports_waiting",
        table,
        ["due_on"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    # What was said, when, and until when the unit answers: nobody makes another of it.
    fence(
        table,
        "UPDATE OF id, unit_id, number, text_id, place_text_id, answers_text_id, category, filed_at,"
        " due_on, nonce_hash, receipt_hash OR DELETE OR TRUNCATE",
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
