"""Search: tables beside the messages, functions that fill them, triggers that keep them true; what was there is read in."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

# Words are compared folded (companies/migrations/0004): small letters, no accents. Plain is one step further: ä, ae and
# a are one letter. A text's vector holds each word plain and its three stems; whoever searches asks for any of them.
_WORDS = """
CREATE FUNCTION memo_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $f$
  SELECT replace(replace(replace($1, 'ae', 'a'), 'oe', 'o'), 'ue', 'u')
$f$;
CREATE FUNCTION memo_search_vector(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $f$
  SELECT strip(to_tsvector('pg_catalog.simple', plain) || to_tsvector('pg_catalog.german', plain)
    || to_tsvector('pg_catalog.swedish', plain) || to_tsvector('pg_catalog.english', plain))
  FROM (
    SELECT public.memo_plain(public.memo_fold(translate(left($1, 12000), '<>=+|^~`$', '         '))) OFFSET 0
  ) AS text(plain)
$f$;
CREATE FUNCTION memo_search_words(inbox bigint[], vectors tsvector[]) RETURNS void LANGUAGE sql AS $f$
  INSERT INTO conversations_searchword (inbox_id, word)
  SELECT DISTINCT one.inbox_id, one.word FROM (
    SELECT inbox_id, unnest(tsvector_to_array(vector)) AS word FROM unnest(inbox, vectors) AS given(inbox_id, vector)
  ) AS one
  WHERE one.inbox_id IS NOT NULL AND one.word ~ '^[[:alpha:]]{3,40}$' AND NOT EXISTS (
    SELECT 1 FROM conversations_searchword AS known WHERE known.inbox_id = one.inbox_id AND known.word = one.word)
  ORDER BY 1, 2 ON CONFLICT DO NOTHING
$f$;
"""
_FILL = """
CREATE FUNCTION memo_search_lines(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $f$
DECLARE
  nothing text;
BEGIN
  -- Whoever edits or deletes one of them now is waited for, and waits: nothing old is read in.
  PERFORM 1 FROM conversations_message WHERE id = ANY(wanted) ORDER BY id FOR SHARE;
  INSERT INTO conversations_searchshelf AS known (inbox_id, cards, bucket, first_at, last_at)
  SELECT head.inbox_id, false, (message.id >> 17)::int, min(message.created_at), max(message.created_at)
  FROM conversations_message AS message JOIN conversations_conversationhead AS head USING (conversation_id)
  WHERE message.id = ANY(wanted) AND head.inbox_id IS NOT NULL GROUP BY 1, 3 ORDER BY 1, 3
  ON CONFLICT (inbox_id, cards, bucket) DO UPDATE SET first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at)
  WHERE excluded.first_at < known.first_at OR excluded.last_at > known.last_at;
  WITH stored AS (
    INSERT INTO conversations_searchline AS line
      (message_id, conversation_id, seq, shelf_id, user_id, has_file, internal, created_at, vector)
    SELECT message.id, message.conversation_id, message.seq, shelf.id, message.user_id, files.names IS NOT NULL,
      head.kind = 'internal', message.created_at, memo_search_vector(concat_ws(' ', message.body, files.names))
    FROM conversations_message AS message JOIN conversations_conversationhead AS head USING (conversation_id)
    LEFT JOIN conversations_searchshelf AS shelf
      ON shelf.inbox_id = head.inbox_id AND NOT shelf.cards AND shelf.bucket = (message.id >> 17)::int
    LEFT JOIN LATERAL (
      SELECT string_agg(name, ' ') AS names FROM conversations_attachment WHERE message_id = message.id
    ) AS files ON true
    WHERE message.id = ANY(wanted) AND message.deleted_at IS NULL
    ON CONFLICT (message_id) DO UPDATE SET shelf_id = excluded.shelf_id, has_file = excluded.has_file,
      user_id = excluded.user_id, vector = excluded.vector
    RETURNING line.conversation_id, line.vector
  )
  SELECT memo_search_words(array_agg(head.inbox_id), array_agg(stored.vector))
  FROM stored JOIN conversations_conversationhead AS head USING (conversation_id) INTO nothing;
END
$f$;
CREATE FUNCTION memo_search_cards(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $f$
DECLARE
  nothing text;
BEGIN
  INSERT INTO conversations_searchshelf (inbox_id, cards, bucket, first_at, last_at)
  SELECT head.inbox_id, true, (head.conversation_id >> 14)::int, min(head.last_activity), max(head.last_activity)
  FROM conversations_conversationhead AS head
  WHERE head.conversation_id = ANY(wanted) AND head.inbox_id IS NOT NULL GROUP BY 1, 3 ORDER BY 1, 3
  ON CONFLICT DO NOTHING;
  WITH stored AS (
    INSERT INTO conversations_searchcard AS card (conversation_id, shelf_id, internal, vector)
    SELECT talk.id, shelf.id, talk.kind = 'internal', memo_search_vector(concat_ws(' ', talk.subject, visitor.name, visitor.called,
      visitor.email, customer.first_name, customer.last_name, customer.email, customer.works_for, people.names))
    FROM conversations_conversation AS talk JOIN conversations_conversationhead AS head ON head.conversation_id = talk.id
    LEFT JOIN customers_visitor AS visitor ON visitor.id = talk.visitor_id
    LEFT JOIN customers_customer AS customer ON customer.id = coalesce(talk.customer_id, visitor.customer_id)
    LEFT JOIN conversations_searchshelf AS shelf
      ON shelf.inbox_id = head.inbox_id AND shelf.cards AND shelf.bucket = (talk.id >> 14)::int
    LEFT JOIN LATERAL (
      SELECT string_agg(concat_ws(' ', person.first_name, person.last_name), ' ') AS names
      FROM conversations_participant AS part JOIN accounts_user AS person ON person.id = part.user_id
      WHERE part.conversation_id = talk.id AND part.left_at IS NULL AND part.following
    ) AS people ON true
    WHERE talk.id = ANY(wanted) ORDER BY talk.id
    ON CONFLICT (conversation_id) DO UPDATE SET shelf_id = excluded.shelf_id, vector = excluded.vector
    WHERE card.vector <> excluded.vector OR card.shelf_id IS DISTINCT FROM excluded.shelf_id
    RETURNING card.conversation_id, card.vector
  )
  SELECT memo_search_words(array_agg(head.inbox_id), array_agg(stored.vector))
  FROM stored JOIN conversations_conversationhead AS head USING (conversation_id) INTO nothing;
END
$f$;
"""
_KEEP = """
CREATE FUNCTION memo_search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  IF NEW.deleted_at IS NOT NULL THEN
    DELETE FROM conversations_searchline WHERE message_id = NEW.id;
  ELSE
    PERFORM memo_search_lines(ARRAY[NEW.id]);
  END IF;
  RETURN NULL;
END
$f$;
CREATE TRIGGER search_message AFTER UPDATE OF body, deleted_at ON conversations_message FOR EACH ROW
  WHEN (OLD.body <> NEW.body OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
  EXECUTE FUNCTION memo_search_message_changed();
CREATE FUNCTION memo_search_subject_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  PERFORM memo_search_cards(ARRAY[NEW.id]);
  RETURN NULL;
END
$f$;
CREATE TRIGGER search_subject AFTER UPDATE OF subject, visitor_id, customer_id ON conversations_conversation
  FOR EACH ROW WHEN ((OLD.subject, OLD.visitor_id, OLD.customer_id)
    IS DISTINCT FROM (NEW.subject, NEW.visitor_id, NEW.customer_id))
  EXECUTE FUNCTION memo_search_subject_changed();
CREATE FUNCTION memo_search_visitor_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  PERFORM memo_search_cards(ARRAY(SELECT id FROM conversations_conversation WHERE visitor_id = NEW.id));
  RETURN NULL;
END
$f$;
CREATE TRIGGER search_visitor AFTER UPDATE OF name, called, email, customer_id ON customers_visitor FOR EACH ROW
  WHEN ((OLD.name, OLD.called, OLD.email, OLD.customer_id)
    IS DISTINCT FROM (NEW.name, NEW.called, NEW.email, NEW.customer_id))
  EXECUTE FUNCTION memo_search_visitor_changed();
CREATE FUNCTION memo_search_customer_changed() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  PERFORM memo_search_cards(ARRAY(
    SELECT talk.id FROM conversations_conversation AS talk WHERE talk.customer_id = NEW.id UNION
    SELECT talk.id FROM conversations_conversation AS talk JOIN customers_visitor AS visitor
      ON visitor.id = talk.visitor_id WHERE visitor.customer_id = NEW.id));
  RETURN NULL;
END
$f$;
CREATE TRIGGER search_customer AFTER UPDATE OF first_name, last_name, email, works_for ON customers_customer
  FOR EACH ROW WHEN ((OLD.first_name, OLD.last_name, OLD.email, OLD.works_for)
    IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.email, NEW.works_for))
  EXECUTE FUNCTION memo_search_customer_changed();
"""
_OUT = """
DROP TRIGGER search_customer ON customers_customer;
DROP TRIGGER search_visitor ON customers_visitor;
DROP TRIGGER search_subject ON conversations_conversation;
DROP TRIGGER search_message ON conversations_message;
DROP FUNCTION memo_search_customer_changed, memo_search_visitor_changed, memo_search_subject_changed,
  memo_search_message_changed, memo_search_cards, memo_search_lines, memo_search_words, memo_search_vector, memo_plain;
"""
_READ_IN = """
SELECT memo_search_lines(array_agg(id)) FROM conversations_message GROUP BY id / 5000;
SELECT memo_search_cards(array_agg(id)) FROM conversations_conversation GROUP BY id / 5000;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("channels_app", "0001_initial"),
        ("conversations", "0004_labels"),
        ("companies", "0004_directory"),
        ("customers", "0004_works_for"),
        ("accounts", "0002_addresses"),
    ]

    operations = [
        BtreeGinExtension(),
        migrations.CreateModel(
            name="SearchShelf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cards", models.BooleanField()),
                ("bucket", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "inbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.inbox",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchLine",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="conversations.message",
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("user_id", models.BigIntegerField(null=True)),
                ("has_file", models.BooleanField()),
                ("internal", models.BooleanField()),
                ("created_at", models.DateTimeField()),
                ("vector", django.contrib.postgres.search.SearchVectorField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "shelf",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.searchshelf",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchCard",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="conversations.conversation",
                    ),
                ),
                ("internal", models.BooleanField()),
                ("vector", django.contrib.postgres.search.SearchVectorField()),
                (
                    "shelf",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.searchshelf",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=40)),
                (
                    "inbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.inbox",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="searchshelf",
            constraint=models.UniqueConstraint(fields=("inbox", "cards", "bucket"), name="shelf_once"),
        ),
        migrations.AddIndex(
            model_name="searchline",
            index=models.Index(fields=["conversation", "message"], name="line_of_conversation"),
        ),
        migrations.AddIndex(
            model_name="searchline",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["shelf", "vector"], name="line_words"
            ),
        ),
        migrations.AddIndex(
            model_name="searchcard",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["shelf", "vector"], name="card_words"
            ),
        ),
        migrations.AddIndex(
            model_name="searchword",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("inbox"),
                django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"),
                fastupdate=False,
                name="word_inside",
            ),
        ),
        migrations.AddConstraint(
            model_name="searchword",
            constraint=models.UniqueConstraint(fields=("inbox", "word"), name="word_once"),
        ),
        migrations.RunSQL(_WORDS + _FILL + _KEEP, _OUT),
        migrations.RunSQL(_READ_IN, migrations.RunSQL.noop),
    ]
