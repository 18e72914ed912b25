"""The database itself marks what search has still to read: no way of writing can forget to."""

from django.db import migrations

# Documents' words are only read where a phrase is looked for; without them the rows are small, and thousands a page.
_SMALL_ROWS = "ALTER TABLE search_document SET (toast_tuple_target = 128)"

_FUNCTIONS = """
CREATE FUNCTION search_mark_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id, from_seq)
    SELECT conversation_id, min(seq) FROM added WHERE kind <> 'event' GROUP BY conversation_id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id, from_seq) VALUES (OLD.conversation_id, OLD.seq);
    IF TG_OP = 'UPDATE' AND (NEW.conversation_id, NEW.seq) IS DISTINCT FROM (OLD.conversation_id, OLD.seq) THEN
        INSERT INTO search_stale (conversation_id, from_seq) VALUES (NEW.conversation_id, NEW.seq);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id, from_seq)
    SELECT message.conversation_id, min(message.seq)
    FROM added JOIN conversations_message message ON message.id = added.message_id GROUP BY message.conversation_id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id, from_seq)
    SELECT conversation_id, seq FROM conversations_message
    WHERE id = OLD.message_id OR TG_OP = 'UPDATE' AND id = NEW.message_id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_conversations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id) SELECT id FROM added;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id) VALUES (OLD.id);
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_handles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id)
    SELECT id FROM conversations_conversation WHERE contact_id IN (SELECT contact_id FROM added);
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_handle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id)
    SELECT id FROM conversations_conversation
    WHERE contact_id = OLD.contact_id OR TG_OP = 'UPDATE' AND contact_id = NEW.contact_id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id) SELECT id FROM conversations_conversation WHERE contact_id = OLD.id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_mark_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (conversation_id)
    SELECT conversation.id FROM conversations_conversation conversation
    JOIN contacts_contact contact ON contact.id = conversation.contact_id WHERE contact.organisation_id = OLD.id;
    RETURN NULL;
END $$;
"""

# Table, the name of its function for many new rows (if any), for one changed or deleted row, and the columns that count.
_WATCHED = (
    ("conversations_message", "said", "message", ("text", "full_text", "subject", "kind", "conversation_id", "seq")),
    ("conversations_attachment", "files", "file", ("name", "message_id")),
    ("conversations_conversation", "conversations", "conversation", ("subject", "contact_id", "participants")),
    ("contacts_handle", "handles", "handle", ("external_id", "name", "contact_id")),
    ("contacts_contact", None, "contact", ("name", "organisation_id")),
    ("contacts_organisation", None, "organisation", ("name",)),
)


def _triggers():
    for table, many, one, columns in _WATCHED:
        if many:
            yield (
                f"CREATE TRIGGER search_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added"
                f" FOR EACH STATEMENT EXECUTE FUNCTION search_mark_{many}()"
            )
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
        yield (
            f"CREATE TRIGGER search_changed AFTER UPDATE OF {', '.join(columns)} ON {table}"
            f" FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION search_mark_{one}()"
        )
        yield (
            f"CREATE TRIGGER search_deleted AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION search_mark_{one}()"
        )


def _undo():
    for table, many, one, _columns in _WATCHED:
        for name in ("added", "changed", "deleted") if many else ("changed", "deleted"):
            yield f"DROP TRIGGER search_{name} ON {table}"
        for function in filter(None, (many, one)):
            yield f"DROP FUNCTION search_mark_{function}()"


# What is there already is read by the workers bit by bit, the newest first.
_MARK_ALL = """
INSERT INTO search_stale (conversation_id, later)
SELECT id, true FROM conversations_conversation ORDER BY last_message_at DESC NULLS LAST, id DESC
"""


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("conversations", "0006_erased"),
        ("contacts", "0002_paused_addresses"),
    ]

    operations = [
        migrations.RunSQL(_SMALL_ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(_FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL([*_triggers()], [*_undo()]),
        migrations.RunSQL(_MARK_ALL, migrations.RunSQL.noop),
    ]
