"""A large desk, made inside the database: conversations with ten messages each, as two years leave them behind.

Texts come from a pool, each customer's message with an order number of its own. What search goes by is put together
from the words of the pool's texts, which the real code cut; `check` compares some of it with what the real code makes
of the same conversations.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model

from bench.desk_texts import bodies, names

POOL = 60_000
TEAMS, AGENTS = 20, 60
_FUNCTIONS = """
CREATE FUNCTION bench_chance(id bigint, salt integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (hashint8extended(id, salt) & 1048575) / 1048576.0 $$;
CREATE AGGREGATE bench_join (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '', parallel = safe);
"""
# One row a conversation, from which everything else follows. The newest 3% are the work in hand.
_ROWS = """
CREATE UNLOGGED TABLE bench_row AS
SELECT chances.*, pool.language, pool.first, pool.number,
    CASE WHEN team_chance < 0.02 THEN NULL ELSE (%(teams)s)[team_rank] END AS team_id,
    CASE WHEN status IN ('open', 'pending') AND bench_chance(id, 7) < 0.35 THEN NULL
        ELSE (%(agents)s)[team_rank + %(team_count)s * (agent_chance * 2.99)::integer] END AS assignee_id
FROM (
    SELECT id, 1 + floor(bench_chance(id, 1) * %(contacts)s)::bigint AS contact_id,
        (%(accounts)s)[1 + id %% array_length(%(accounts)s, 1)] AS account_id,
        now() - interval '5 hours' - (1 - power(id / %(size)s, 0.8)) * interval '730 days' AS opened,
        bench_chance(id, 2) AS team_chance,
        1 + floor(power(bench_chance(id, 3), 2) * %(team_count)s)::integer AS team_rank,
        bench_chance(id, 4) AS agent_chance, bench_chance(id, 5) AS language_chance,
        CASE WHEN id > 0.97 * %(size)s THEN CASE WHEN bench_chance(id, 6) < 0.5 THEN 'open'
                WHEN bench_chance(id, 6) < 0.6 THEN 'pending' WHEN bench_chance(id, 6) < 0.65 THEN 'snoozed'
                ELSE 'resolved' END
            WHEN bench_chance(id, 6) < 0.002 THEN 'open' WHEN bench_chance(id, 6) < 0.02 THEN 'spam'
            ELSE 'resolved' END AS status
    FROM generate_series(1, %(size)s) id
) chances
JOIN (
    SELECT body_language AS language, min(body) AS first, count(*) AS number FROM bench_pool GROUP BY body_language
) pool ON floor(language_chance * %(pool)s) BETWEEN pool.first - 1 AND pool.first + pool.number - 2
ORDER BY id
"""
# Opened, asked, acknowledged, then asked and answered, with two notes.
_KINDS = "ARRAY['event','customer','automatic','reply','customer','note','reply','customer','reply','note']"
_LINES = f"""
bench_row CROSS JOIN LATERAL (
    SELECT seq, ({_KINDS})[seq] AS kind,
        first + floor(bench_chance(id * 10 + seq, 8) * number)::integer AS body_wanted
    FROM generate_series(1, 10) seq
) line LEFT JOIN bench_pool ON body = body_wanted AND kind <> 'event'
"""
_ORDER_NUMBER = "'r' || bench_row.id || 'x' || seq"
_TEXT = "concat(text, CASE WHEN kind = 'customer' THEN ' R' || bench_row.id || 'x' || seq END)"
_HAS_FILE = "bench_chance(bench_row.id, 9) < 0.1"
_DOCUMENTS = f"""
INSERT INTO search_document (conversation_id, part, first_seq, last_seq, moment, words)
SELECT bench_row.id, 0, 0, 10, moment, body.words || bench_name.words || array_to_tsvector(
    ARRAY[bench_row.id::text, 'u' || contact_id, 'mail' || contact_id %% 50, 'example',
        'u' || contact_id || 'mail' || contact_id %% 50 || 'example',
        '=d' || floor(extract(epoch FROM moment) / 86400), '=b' || floor(extract(epoch FROM moment) / 86400 / 32)]
    || body.numbers || CASE WHEN {_HAS_FILE}
        THEN ARRAY['invoice', bench_row.id::text, 'pdf', 'invoice' || bench_row.id || 'pdf'] ELSE '{{}}' END)
FROM bench_row CROSS JOIN LATERAL (SELECT opened + interval '200 minutes' AS moment) last
CROSS JOIN LATERAL (
    SELECT bench_join(pool.words ORDER BY seq) AS words,
        array_agg({_ORDER_NUMBER}) FILTER (WHERE ({_KINDS})[seq] = 'customer') AS numbers
    FROM generate_series(2, 10) seq
    JOIN bench_pool pool ON pool.body = first + floor(bench_chance(bench_row.id * 10 + seq, 8) * number)::integer
) body
JOIN bench_name ON name_id = contact_id %% %s
"""


def make(size: int) -> None:
    """Fill an empty, migrated database with `size` conversations and what belongs to them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # neither references nor marks for the search
        cursor.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET synchronous_commit = off")
        cursor.execute(_FUNCTIONS)
        people = _make_people()
        pooled_names = _make_pools(cursor)
        contacts = max(10, size * 6 // 10)
        _make_contacts(cursor, contacts, pooled_names)
        cursor.execute(_ROWS, people | {"size": size, "contacts": contacts, "pool": POOL, "team_count": TEAMS})
        cursor.execute("ANALYZE bench_row")
        _make_conversations(cursor)
        _make_messages(cursor)
        with _without_indexes(cursor, "search_document"):
            cursor.execute(_DOCUMENTS, [pooled_names])
        cursor.execute("DROP TABLE bench_row, bench_pool, bench_name; DROP AGGREGATE bench_join (tsvector)")
        cursor.execute("SET session_replication_role = DEFAULT")
        for command in ("VACUUM ANALYZE", "CHECKPOINT"):
            cursor.execute(command)


def _make_people() -> dict[str, list[int]]:
    """Teams, three agents for each, of whom every one is in another team too; a supervisor; accounts."""
    from csplatform.gateway.models import ChannelAccount
    from csplatform.people.models import Role, Team, User

    teams = [Team.objects.create(name=f"Team {number:02}") for number in range(TEAMS)]
    agents = [User.objects.create_user(f"agent{n}@desk.example", name=f"Agent {n:02}") for n in range(AGENTS)]
    for number, agent in enumerate(agents):
        agent.teams.set([teams[number % TEAMS], teams[(number * 7 + 3) % TEAMS]])
    User.objects.create_user("supervisor@desk.example", name="Supervisor", role=Role.SUPERVISOR)
    accounts = [
        ChannelAccount.objects.create(channel=channel, name=f"{channel} {n}", address=f"{channel}{n}@shop.example")
        for n in range(2)
        for channel in ("email", "webchat", "telegram")
    ]
    return {name: [row.pk for row in rows] for name, rows in
            (("teams", teams), ("agents", agents), ("accounts", accounts))}  # fmt: skip


def _make_pools(cursor: Any) -> int:
    """Store texts and names with what the real code makes of them; returns how many names there are."""
    from csplatform.search.documents import words_of

    cursor.execute(
        "CREATE UNLOGGED TABLE bench_pool (body integer PRIMARY KEY, body_language text, text text, words tsvector)"
    )
    cursor.execute("CREATE UNLOGGED TABLE bench_name (name_id integer PRIMARY KEY, name text, words tsvector)")
    texts = sorted(bodies(POOL), key=lambda body: body.language)
    with cursor.copy("COPY bench_pool FROM STDIN") as copy:
        for number, body in enumerate(texts, 1):
            copy.write_row((number, body.language, body.text, words_of([body.text])))
    people = list(names())
    with cursor.copy("COPY bench_name FROM STDIN") as copy:
        for number, name in enumerate(people):
            copy.write_row((number, name, words_of([name])))
    cursor.execute("ANALYZE bench_pool, bench_name")
    return len(people)


def _make_contacts(cursor: Any, number: int, pooled_names: int) -> None:
    from csplatform.contacts.models import Contact, Handle

    source = f"generate_series(1, {number}) n JOIN bench_name ON name_id = n % {pooled_names}"
    _fill(cursor, Contact, source, {"id": "n", "name": "name", "created_at": "now()", "updated_at": "now()"})
    handle = {"id": "n", "contact": "n", "account": "(SELECT min(id) FROM gateway_channelaccount)", "kind": "'email'"}
    handle |= {"external_id": "'u' || n || '@mail' || n % 50 || '.example'", "name": "name"}
    _fill(cursor, Handle, source, handle | {"created_at": "now()", "updated_at": "now()"})


def _make_conversations(cursor: Any) -> None:
    from csplatform.conversations.models import Conversation, Tag

    values = {name: name for name in ("id", "contact", "account", "team", "assignee", "language", "status")}
    values |= {name: f"{name}_id" for name in ("contact", "account", "team", "assignee")}
    values |= {"handle": "contact_id", "last_seq": "10", "revision": "10", "created_at": "opened"}
    values |= {"subject": "left(text, 60)", "preview": "left(text, 160)", "last_customer_message_at": "opened"}
    values["owner_kind"] = "CASE WHEN assignee_id IS NULL THEN 'queue' ELSE 'agent' END"
    values["updated_at"] = values["last_message_at"] = "opened + interval '200 minutes'"
    values["resolved_at"] = "CASE WHEN status = 'resolved' THEN opened + interval '220 minutes' END"
    wakes = "now() + bench_chance(bench_row.id, 10) * interval '5 days'"
    values["snoozed_until"] = f"CASE WHEN status = 'snoozed' THEN {wakes} END"
    waits = "status = 'open' AND bench_chance(bench_row.id, 11) < {}"
    values["waiting_since"] = f"CASE WHEN {waits.format(0.7)} THEN opened + interval '200 minutes' END"
    due = "now() + (bench_chance(bench_row.id, 12) - 0.2) * interval '3 days'"
    values["next_deadline_at"] = f"CASE WHEN {waits.format(0.8)} THEN {due} END"
    body = "first + floor(bench_chance(bench_row.id * 10 + 2, 8) * number)::integer"
    with _without_indexes(cursor, "conversations_conversation"):
        _fill(cursor, Conversation, f"bench_row JOIN bench_pool ON body = {body}", values)
    tags = [Tag.objects.create(name=name).pk for name in ("refund", "delivery", "物流", "vip", "bug", "invoice")]
    cursor.execute(
        "INSERT INTO conversations_conversation_tags (conversation_id, tag_id)"
        " SELECT id, (%s)[1 + id %% %s] FROM bench_row WHERE bench_chance(id, 13) < 0.2",
        [tags, len(tags)],
    )


def _make_messages(cursor: Any) -> None:
    from csplatform.conversations.models import Attachment, Message

    outside = "kind IN ('customer', 'automatic', 'reply')"
    moment = "opened + seq * interval '20 minutes'"
    values = {"id": "bench_row.id * 10 + seq - 10", "conversation": "bench_row.id", "seq": "seq", "revision": "seq"}
    values |= {"kind": "kind", "key": "gen_random_uuid()", "text": _TEXT, "created_at": moment, "updated_at": moment}
    values |= {"author": "CASE WHEN kind IN ('reply', 'note') THEN assignee_id END", "sent_at": moment}
    values |= {
        "account": f"CASE WHEN {outside} THEN account_id END",
        "handle": f"CASE WHEN {outside} THEN contact_id END",
    }
    values |= {"language": "COALESCE(body_language, '')", "verb": "CASE WHEN kind = 'event' THEN 'opened' ELSE '' END"}
    values["state"] = "CASE WHEN kind IN ('reply', 'automatic') THEN 'delivered' ELSE '' END"
    values["external_id"] = f"CASE WHEN kind = 'customer' THEN {_ORDER_NUMBER} || '@mail.example' ELSE '' END"
    with _without_indexes(cursor, "conversations_message"):
        _fill(cursor, Message, _LINES, values)
    file = {"id": "id", "message": "id * 10 - 6", "key": "gen_random_uuid()", "name": "'invoice-' || id || '.pdf'"}
    file |= {"content_type": "'application/pdf'", "created_at": "opened", "updated_at": "opened", "error": "'gone'"}
    _fill(cursor, Attachment, f"bench_row WHERE {_HAS_FILE}", file)


def _fill(cursor: Any, model: type[Model], source: str, values: Mapping[str, str]) -> None:
    """Insert a row of `model` for each of `source`; fields without a value get their default."""
    fields = model._meta.local_concrete_fields
    table = model._meta.db_table
    columns, expressions, defaults = [], [], []
    for field in fields:
        columns.append(f'"{field.column}"')
        if field.name in values:
            expressions.append(f"({values[field.name]})".replace("%", "%%"))
        else:
            expressions.append("%s")
            defaults.append(field.get_db_prep_save(field.get_default(), connection))
    select = f"SELECT {', '.join(expressions)} FROM {source.replace('%', '%%')}"
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {select}", defaults)
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


@contextmanager
def _without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Drop what makes inserting slow, and build it again at the end: all but primary keys."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'",
        [table],
    )
    constraints: Sequence[tuple[str, str]] = cursor.fetchall()
    for name, _ in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(
        "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    )
    indexes: Sequence[tuple[str, str]] = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def check(size: int) -> None:
    """Make some documents as the platform does, and raise where they differ from what was put together here."""
    from csplatform.search.models import Document
    from csplatform.search.services import catch_up

    ids = list(range(1, size, size // 100))
    documents = Document.objects.filter(conversation__in=ids)
    before = dict(documents.values_list("conversation_id", "words"))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO search_stale (conversation_id) SELECT unnest(%s::bigint[])", [ids])
    while catch_up():
        pass
    for conversation_id, words in documents.values_list("conversation_id", "words"):
        ours, theirs = _words(before[conversation_id]), _words(words)
        if len(ours ^ theirs) > 6:  # a subject may end in the middle of a word
            raise RuntimeError(f"the documents of #{conversation_id} differ: {sorted(ours ^ theirs)}")


def _words(vector: str) -> set[str]:
    return {lexeme.split(":")[0] for lexeme in vector.split(" ")}
