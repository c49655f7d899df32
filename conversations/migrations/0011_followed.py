"""Whether what one follows is still open, beside the following itself: the open ones of a long life are found at once.

The database keeps it: at every change of a conversation's state, and when somebody comes to one that is closed.
"""

from django.db import migrations, models
from django.db.models import Q

_KEEP = """
CREATE FUNCTION memo_followed_state() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  UPDATE conversations_participant
  SET closed_at = CASE WHEN NEW.status = 'open' THEN NULL ELSE coalesce(NEW.closed_at, NEW.last_activity) END
  WHERE conversation_id = NEW.conversation_id AND user_id IS NOT NULL;
  RETURN NULL;
END $f$;
CREATE TRIGGER followed_state AFTER UPDATE OF status, closed_at ON conversations_conversationhead FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR OLD.closed_at IS DISTINCT FROM NEW.closed_at)
  EXECUTE FUNCTION memo_followed_state();
CREATE TRIGGER followed_begun AFTER INSERT ON conversations_conversationhead FOR EACH ROW
  WHEN (NEW.status <> 'open') EXECUTE FUNCTION memo_followed_state();

CREATE FUNCTION memo_followed_since() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  -- The lock waits for somebody who is just closing it: they could not see this row.
  SELECT CASE WHEN status = 'open' THEN NULL ELSE coalesce(closed_at, last_activity) END INTO NEW.closed_at
  FROM conversations_conversationhead WHERE conversation_id = NEW.conversation_id FOR SHARE;
  RETURN NEW;
END $f$;
CREATE TRIGGER followed_since BEFORE INSERT ON conversations_participant FOR EACH ROW
  WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION memo_followed_since();

UPDATE conversations_participant AS seat SET closed_at = coalesce(head.closed_at, head.last_activity)
FROM conversations_conversationhead AS head
WHERE head.conversation_id = seat.conversation_id AND head.status <> 'open' AND seat.user_id IS NOT NULL;
"""
_OUT = """
DROP TRIGGER followed_state ON conversations_conversationhead;
DROP TRIGGER followed_begun ON conversations_conversationhead;
DROP TRIGGER followed_since ON conversations_participant;
DROP FUNCTION memo_followed_state();
DROP FUNCTION memo_followed_since();
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0010_saved_views")]

    operations = [
        migrations.AddField("participant", "closed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(_KEEP, _OUT),
        # What the update above left to be checked must be done before an index can be made.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", migrations.RunSQL.noop),
        migrations.AddIndex(
            "participant",
            models.Index(
                fields=["user", "conversation"],
                condition=Q(following=True, left_at=None, closed_at=None),
                name="participant_open",
            ),
        ),
    ]
