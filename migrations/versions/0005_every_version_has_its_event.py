"""Every version of a case has its own event, and a counter of numbers only goes up.

Before, two changes in one transaction needed an event for the last of them alone.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

FENCES = """
CREATE OR REPLACE FUNCTION case_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  caches CONSTANT text[] := ARRAY['next_due_at', 'next_clock', 'next_due_sort'];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - caches = to_jsonb(OLD) - caches THEN
      RETURN NULL;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'case %: changed without an event', NEW.id;
    END IF;
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM events
    WHERE case_id = NEW.id AND case_version = NEW.version AND to_state = NEW.state
  ) THEN
    RAISE EXCEPTION 'case %: version % in state % is in no event', NEW.id, NEW.version, NEW.state;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION only_upwards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.series, NEW.year) = (OLD.series, OLD.year) AND NEW.next > OLD.next
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'number_counters only goes up';
END $$;
CREATE TRIGGER number_counters_only_upwards BEFORE UPDATE OR DELETE ON number_counters
  FOR EACH ROW EXECUTE FUNCTION only_upwards();
"""


def upgrade() -> None:
    op.execute(FENCES)


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
