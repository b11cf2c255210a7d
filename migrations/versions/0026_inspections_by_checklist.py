"""Inspections by checklist: the copy, the answers, what is under way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"


def one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def result() -> sa.Enum:
    return one_of("pass", "partial", "fail", "not_applicable", "not_checked", name="result")


def upgrade() -> None:
    op.add_column(
        "inspections", sa.Column("checklist", postgresql.JSONB(none_as_null=True), nullable=True)
    )
    op.add_column("hazards", sa.Column("item", sa.Text(), nullable=True))
    op.add_column(
        "hazards",
        sa.Column("proposed_major", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "inspection_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("result", result(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_inspection_answers_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_inspection_answers_inspection_id")
        ),
        sa.ForeignKeyConstraint(
            ["text_id"], ["texts.id"], name=op.f("fk_inspection_answers_text_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_answers")),
        sa.UniqueConstraint(
            "inspection_id", "item", name=op.f("uq_inspection_answers_inspection_id")
        ),
    )
    # What was recorded of a visit is evidence: the answers and the copy by which they are read.
    op.execute(
        "CREATE TRIGGER inspection_answers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON inspection_answers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER inspections_keep_their_copy BEFORE UPDATE OF checklist ON inspections"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "inspection_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("checklist", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_inspection_drafts_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_drafts")),
        sa.UniqueConstraint("case_id", name=op.f("uq_inspection_drafts_case_id")),
    )
    op.create_table(
        "draft_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("result", result(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("major", sa.Boolean(), nullable=False),
        sa.Column("on_spot", sa.Boolean(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["inspection_drafts.id"],
            name=op.f("fk_draft_answers_draft_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_answers")),
        sa.UniqueConstraint("draft_id", "item", name=op.f("uq_draft_answers_draft_id")),
    )
    op.create_index("ix_draft_answers_draft_id", "draft_answers", ["draft_id"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
