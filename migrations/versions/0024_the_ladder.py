"""Disciplinary steps, interviews and what was promised there; mails to whom a step is toward."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

RUNGS = (
    "remind",
    "urge",
    "supervise",
    "notify_criticism",
    "warn",
    "interview",
    "list_for_supervision",
    "propose_accountability",
)
LINKS = ("main_responsible_person", "safety_officer", "authority", "grid", "township", "district")
ENDS = ("done", "lapsed", "withdrawn", "declined")
COMMITMENTS = ("open", "kept", "broken")


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


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    allow(
        "events",
        "kind",
        "ck_events_eventkind",
        *("step_proposed", "step_ordered", "step_answered", "step_ended"),
        *("step_link_revoked", "interview_held", "commitment_settled"),
    )
    allow("preset_versions", "kind", "ck_preset_versions_presetkind", "ladder")
    allow("attachments", "purpose", "ck_attachments_purpose", "step")
    table = "disciplinary_steps"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rung", one_of("step", RUNGS), nullable=False),
        sa.Column("ladder_version", sa.Integer(), nullable=False),
        sa.Column("link", one_of("link", LINKS), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("post_text_id", sa.Uuid(), nullable=False),
        sa.Column("grounds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_text_id", sa.Uuid(), nullable=False),
        sa.Column("skip_text_id", sa.Uuid(), nullable=True),
        moment("proposed_at", nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        moment("ordered_at"),
        sa.Column("ordered_by", sa.Uuid(), nullable=True),
        sa.Column("meeting_on", sa.Date(), nullable=True),
        moment("answer_due_at"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        moment("answered_at"),
        sa.Column("arrived_on", sa.Date(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("answered_by_text_id", sa.Uuid(), nullable=True),
        sa.Column("answer_text_id", sa.Uuid(), nullable=True),
        moment("ended_at"),
        sa.Column("ended", one_of("end", ENDS), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("effect_text_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended IS NULL)", name=op.f(f"ck_{table}_ended_how")
        ),
        sa.CheckConstraint(
            "answered_at IS NULL OR ordered_at IS NOT NULL",
            name=op.f(f"ck_{table}_answers_an_order"),
        ),
        refers(table, "case_id", "cases"),
        refers(table, "unit_id", "units"),
        *(
            refers(table, f"{name}_text_id", "texts")
            for name in ("post", "reason", "skip", "answered_by", "answer", "effect")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("case_id", "number", name=op.f(f"uq_{table}_case_id")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{table}_token_hash")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    op.create_index(op.f(f"ix_{table}_unit_id"), table, ["unit_id"])
    op.create_index(f"ix_{table}_addressee", table, ["addressee"])
    op.create_index(
        f"ix_{table}_open",
        table,
        ["answer_due_at", "id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    table = "interviews"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        moment("held_at", nullable=False),
        moment("until_at", nullable=False),
        sa.Column("place_text_id", sa.Uuid(), nullable=False),
        sa.Column("people_text_id", sa.Uuid(), nullable=False),
        sa.Column("record_text_id", sa.Uuid(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        moment("recorded_at", nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("until_at >= held_at", name=op.f(f"ck_{table}_ends_after_start")),
        refers(table, "step_id", "disciplinary_steps"),
        refers(table, "case_id", "cases"),
        *(refers(table, f"{name}_text_id", "texts") for name in ("place", "people", "record")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("step_id", name=op.f(f"uq_{table}_step_id")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    table = "commitments"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", one_of("commitment", COMMITMENTS), nullable=False),
        moment("settled_at"),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_text_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f(f"ck_{table}_settled_when")
        ),
        refers(table, "step_id", "disciplinary_steps"),
        refers(table, "case_id", "cases"),
        refers(table, "text_id", "texts"),
        refers(table, "settled_text_id", "texts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("step_id", "number", name=op.f(f"uq_{table}_step_id")),
    )
    op.create_index(op.f(f"ix_{table}_case_id"), table, ["case_id"])
    op.add_column("deliveries", sa.Column("step_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deliveries_step_id"), "deliveries", "disciplinary_steps", ["step_id"], ["id"]
    )
    for cause in ("notice_id", "reminder_id", "digest_day"):
        op.create_index(
            f"uq_deliveries_{cause}_step_id", "deliveries", [cause, "step_id"], unique=True
        )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
