"""Accounts of units; self-inspections, own hazards with their tasks, monthly declarations."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"

RESULTS = ("pass", "partial", "fail", "not_applicable", "not_checked")
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
    allow(
        "events",
        "kind",
        "ck_events_eventkind",
        *("self_inspection_changed", "declared", "declaration_near", "declaration_late"),
    )
    allow("preset_versions", "kind", "ck_preset_versions_presetkind", "selfinspection")
    allow("attachments", "purpose", "ck_attachments_purpose", "own")
    allow("cases", "source", "ck_cases_source", "self_inspection")
    _accounts()
    _inspections()
    _hazards()
    _declarations()


def _accounts() -> None:
    op.add_column("memberships", sa.Column("unit_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_unit_id"), "memberships", "units", ["unit_id"], ["id"]
    )
    op.create_index(op.f("ix_memberships_unit_id"), "memberships", ["unit_id"])
    op.create_check_constraint(
        op.f("ck_memberships_unit_where_needed"),
        "memberships",
        "(role = 'unit') = (unit_id IS NOT NULL)",
    )


def _inspections() -> None:
    op.create_table(
        "self_schedules",
        column("unit_id", sa.Uuid()),
        column("from_on", sa.Date()),
        moment("enrolled_at"),
        column("enrolled_by", sa.Uuid(), nullable=True),
        refers("self_schedules", "unit_id", "units"),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_self_schedules")),
    )
    table = "self_inspections"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("duty", sa.Text()),
        column("period", sa.Text()),
        column("checklist", postgresql.JSONB(none_as_null=True), nullable=True),
        moment("begun_at"),
        column("begun_by", sa.Uuid()),
        moment("finished_at", nullable=True),
        column("finished_by", sa.Uuid(), nullable=True),
        words("statement_text_id", nullable=True),
        check(table, "finished_by_whom", "(finished_at IS NULL) = (finished_by IS NULL)"),
        check(table, "said_when_finished", "finished_at IS NOT NULL OR statement_text_id IS NULL"),
        refers(table, "unit_id", "units"),
        refers(table, "statement_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_inspections")),
    )
    op.create_index(
        "uq_self_inspections_under_way",
        table,
        ["unit_id", "duty"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_self_inspections_unit_id", table, ["unit_id", "finished_at"])
    table = "self_answers"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("inspection_id", sa.Uuid()),
        column("item", sa.Text()),
        column("result", one_of("result", RESULTS), nullable=True),
        column("note", sa.Text()),
        column("place", sa.Text()),
        column("major", sa.Boolean()),
        column("edits", sa.Integer()),
        moment("changed_at"),
        column("changed_by", sa.Uuid()),
        words("note_text_id", nullable=True),
        refers(table, "inspection_id", "self_inspections", ondelete="CASCADE"),
        refers(table, "note_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_answers")),
        sa.UniqueConstraint("inspection_id", "item", name=op.f("uq_self_answers_inspection_id")),
    )
    op.create_index(op.f("ix_self_answers_inspection_id"), table, ["inspection_id"])


def _hazards() -> None:
    table = "self_hazards"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("unit_id", sa.Uuid()),
        column("number", sa.Integer()),
        column("inspection_id", sa.Uuid(), nullable=True),
        column("item", sa.Text(), nullable=True),
        column("category", sa.Text()),
        words("text_id"),
        column("major", sa.Boolean()),
        moment("entered_at"),
        column("entered_by", sa.Uuid()),
        moment("put_right_at", nullable=True),
        column("case_id", sa.Uuid(), nullable=True),
        moment("handed_at", nullable=True),
        check(table, "handed_with_case", "(case_id IS NULL) = (handed_at IS NULL)"),
        refers(table, "unit_id", "units"),
        refers(table, "inspection_id", "self_inspections"),
        refers(table, "text_id", "texts"),
        refers(table, "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_hazards")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_self_hazards_unit_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_self_hazards_case_id")),
    )
    op.create_index("ix_self_hazards_unit_id_entered_at", table, ["unit_id", "entered_at"])
    table = "self_tasks"
    op.create_table(
        table,
        column("id", sa.Uuid()),
        column("hazard_id", sa.Uuid()),
        column("number", sa.Integer()),
        words("text_id"),
        words("who_text_id"),
        column("due_on", sa.Date()),
        moment("set_at"),
        moment("done_at", nullable=True),
        column("done_by", sa.Uuid(), nullable=True),
        words("done_text_id", nullable=True),
        check(table, "done_by_whom", "(done_at IS NULL) = (done_by IS NULL)"),
        refers(table, "hazard_id", "self_hazards"),
        refers(table, "text_id", "texts"),
        refers(table, "who_text_id", "texts"),
        refers(table, "done_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_tasks")),
        sa.UniqueConstraint("hazard_id", "number", name=op.f("uq_self_tasks_hazard_id")),
    )
    op.create_index(op.f("ix_self_tasks_hazard_id"), table, ["hazard_id"])
    # When a unit entered a hazard, set a date or did it decides what counts for it.
    fence(
        "self_hazards",
        "UPDATE OF id, unit_id, number, inspection_id, item, category, text_id, major, entered_at,"
        " entered_by OR DELETE OR TRUNCATE",
    )
    fence(
        "self_tasks",
        "UPDATE OF id, hazard_id, number, text_id, who_text_id, due_on, set_at OR DELETE"
        " OR TRUNCATE",
    )


def _declarations() -> None:
    table = "declarations"
    op.create_table(
        table,
        column("unit_id", sa.Uuid()),
        column("month", sa.Date()),
        column("id", sa.Uuid()),
        column("is_nil", sa.Boolean()),
        column("found_count", sa.Integer()),
        column("right_count", sa.Integer()),
        column("due_on", sa.Date()),
        column("is_late", sa.Boolean()),
        words("who_text_id"),
        column("signer", one_of("signer", SIGNERS)),
        moment("signed_at"),
        column("signed_by", sa.Uuid()),
        check(table, "first_of_month", "extract(day from month) = 1"),
        check(table, "nil_found_nothing", "NOT is_nil OR found_count = 0"),
        check(table, "else_found_something", "is_nil OR found_count > 0"),
        check(table, "nil_by_no_one_who_left", "NOT is_nil OR signer <> 'left'"),
        refers(table, "unit_id", "units"),
        refers(table, "who_text_id", "texts"),
        sa.PrimaryKeyConstraint("unit_id", "month", name=op.f("pk_declarations")),
        sa.UniqueConstraint("id", name=op.f("uq_declarations_id")),
    )
    op.create_index("ix_declarations_month_is_nil", table, ["month", "is_nil"])
    # A signed act that later finds point back to: nobody makes another of it.
    fence(table, "UPDATE OR DELETE OR TRUNCATE")
    op.create_table(
        "declaration_reminders",
        column("unit_id", sa.Uuid()),
        column("month", sa.Date()),
        column("is_late", sa.Boolean()),
        moment("at"),
        refers("declaration_reminders", "unit_id", "units"),
        sa.PrimaryKeyConstraint(
            "unit_id", "month", "is_late", name=op.f("pk_declaration_reminders")
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
