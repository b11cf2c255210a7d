"""Checklists: versions beside those of the preset's other parts, and drafts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"

KINDS = (
    "city",
    "limits",
    "calendar",
    "taxonomy",
    "routing",
    "notices",
    "ladder",
    "boundaries",
    "ladder",
    "checklist",
)


def upgrade() -> None:
    # The fence of the table (nothing stored ever changes) holds for checklists as it stands.
    op.add_column(
        "preset_versions", sa.Column("code", sa.Text(), server_default="", nullable=False)
    )
    op.drop_constraint("uq_preset_versions_kind", "preset_versions")
    op.create_unique_constraint(
        op.f("uq_preset_versions_kind"), "preset_versions", ["kind", "code", "version"]
    )
    op.drop_constraint("ck_preset_versions_presetkind", "preset_versions")
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint(
        op.f("ck_preset_versions_presetkind"), "preset_versions", f"kind IN ({listed})"
    )
    op.create_table(
        "checklist_drafts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_checklist_drafts")),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
