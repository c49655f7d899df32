"""The audit log is append-only in the database itself; the log's guard knows the two ways of forgetting."""

from django.db import migrations

GUARD = """
CREATE FUNCTION companies_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasing text := coalesce(current_setting('memo.erasing', true), '');
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF erasing = 'company' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- A user's row goes: the line stays, without the reference.
    IF NEW.actor_user_id IS NULL
        AND to_jsonb(NEW) - 'actor_user_id' = to_jsonb(OLD) - 'actor_user_id' THEN
        RETURN NEW;
    END IF;
    -- A person is erased: names and address go, what happened and when stays.
    IF erasing = 'person' AND (NEW.actor_user_id IS NULL OR NEW.actor_user_id = OLD.actor_user_id)
        AND to_jsonb(NEW) - ARRAY['actor_user_id', 'actor', 'subject', 'ip', 'data']
          = to_jsonb(OLD) - ARRAY['actor_user_id', 'actor', 'subject', 'ip', 'data'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON companies_auditentry
    FOR EACH ROW EXECUTE FUNCTION companies_audit_guard();
"""
OPEN = """
DROP TRIGGER audit_append_only ON companies_auditentry;
DROP FUNCTION companies_audit_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0004_directory"),
    ]

    operations = [migrations.RunSQL(GUARD, OPEN)]
