"""The report's SQL. Every query reads from `seen`, the conversations that the viewer may see and the filters leave.

`%(zone)s` is the viewer's time zone and `%(step)s` hour, day or week; a bucket is where its stretch begins.
GROUPING SETS answer for everybody, each agent and each team at once: `grouped` tells which of them a row is for.
"""

NEW = """
SELECT date_trunc(%(step)s, seen.created_at, %(zone)s), count(*)
FROM seen
WHERE seen.created_at >= %(start)s AND seen.created_at < %(end)s
GROUP BY 1
"""

SAID = """
SELECT account_id, bucket, weekday, hour, count(*)
FROM (
    SELECT message.account_id,
        date_trunc(%(step)s, message.created_at, %(zone)s) AS bucket,
        extract(isodow FROM message.created_at AT TIME ZONE %(zone)s)::int AS weekday,
        extract(hour FROM message.created_at AT TIME ZONE %(zone)s)::int AS hour
    FROM conversations_message message JOIN seen ON seen.id = message.conversation_id
    WHERE message.kind = 'customer' AND NOT message.is_machine
        AND message.created_at >= %(start)s AND message.created_at < %(end)s
) said
GROUP BY GROUPING SETS ((account_id, bucket), (weekday, hour))
"""

RESOLVED = """
SELECT grouping(bucket, agent_id, team_id) AS grouped, bucket, agent_id, team_id, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT DISTINCT ON (message.conversation_id)
        date_trunc(%(step)s, message.created_at, %(zone)s) AS bucket,
        message.author_id AS agent_id, seen.team_id,
        extract(epoch FROM message.created_at - seen.created_at) AS seconds
    FROM conversations_message message JOIN seen ON seen.id = message.conversation_id
    WHERE message.kind = 'event' AND message.verb = 'resolved'
        AND message.created_at >= %(start)s AND message.created_at < %(end)s
    ORDER BY message.conversation_id, message.seq DESC
) resolved
WHERE %(agent)s::bigint IS NULL OR agent_id = %(agent)s
GROUP BY GROUPING SETS ((), (bucket), (agent_id), (team_id))
"""

FIRST_RESPONSES = """
SELECT grouping(clock.credited_to_id, seen.team_id) AS grouped, clock.credited_to_id, seen.team_id, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM clock.met_at - clock.started_at)),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM clock.met_at - clock.started_at))
FROM sla_clock clock JOIN seen ON seen.id = clock.conversation_id
WHERE clock.kind = 'first_response' AND clock.credited_to_id IS NOT NULL
    AND clock.met_at >= %(start)s AND clock.met_at < %(end)s
    AND (%(agent)s::bigint IS NULL OR clock.credited_to_id = %(agent)s)
GROUP BY GROUPING SETS ((), (clock.credited_to_id), (seen.team_id))
"""

REPLIES = """
SELECT grouping(message.author_id, seen.team_id) AS grouped, message.author_id, seen.team_id, count(*)
FROM conversations_message message JOIN seen ON seen.id = message.conversation_id
WHERE message.kind = 'reply' AND message.author_id IS NOT NULL AND message.state <> 'failed'
    AND message.created_at >= %(start)s AND message.created_at < %(end)s
    AND (%(agent)s::bigint IS NULL OR message.author_id = %(agent)s)
GROUP BY GROUPING SETS ((), (message.author_id), (seen.team_id))
"""

PROMISES = """
SELECT grouping(agent_id, team_id, kind) AS grouped, agent_id, team_id, kind,
    count(*) FILTER (WHERE breached_at IS NULL), count(*)
FROM (
    SELECT coalesce(clock.credited_to_id, seen.assignee_id) AS agent_id, seen.team_id, clock.kind, clock.breached_at
    FROM sla_clock clock JOIN seen ON seen.id = clock.conversation_id
    WHERE clock.due_at IS NOT NULL
        AND coalesce(clock.breached_at, clock.met_at) >= %(start)s
        AND coalesce(clock.breached_at, clock.met_at) < %(end)s
) promised
WHERE %(agent)s::bigint IS NULL OR agent_id = %(agent)s
GROUP BY GROUPING SETS ((), (agent_id), (team_id), (kind))
"""

# A conversation's history says when it was open: each of these events lasts until the next one.
BACKLOG = """
, ends AS (SELECT unnest(%(ends)s::timestamptz[]) AS at),
spans AS (
    SELECT message.verb, message.created_at AS since,
        lead(message.created_at) OVER (PARTITION BY message.conversation_id ORDER BY message.seq) AS until
    FROM conversations_message message JOIN seen ON seen.id = message.conversation_id
    WHERE message.kind = 'event'
        AND message.verb IN ('opened', 'reopened', 'pending', 'snoozed', 'woken', 'resolved', 'spam')
)
SELECT ends.at, count(spans.since)
FROM ends LEFT JOIN spans ON spans.verb NOT IN ('resolved', 'spam')
    AND spans.since < ends.at AND (spans.until IS NULL OR spans.until >= ends.at)
GROUP BY ends.at
"""

OVERDUE = """
SELECT seen.id, coalesce(nullif(seen.subject, ''), seen.preview), contact.name, coalesce(assignee.name, ''),
    min(clock.breached_at) AS since, count(*) OVER () AS total
FROM sla_clock clock
JOIN seen ON seen.id = clock.conversation_id
JOIN contacts_contact contact ON contact.id = seen.contact_id
LEFT JOIN people_user assignee ON assignee.id = seen.assignee_id
WHERE clock.state IN ('running', 'paused') AND clock.breached_at IS NOT NULL
GROUP BY seen.id, seen.subject, seen.preview, contact.name, assignee.name
ORDER BY since
LIMIT %(limit)s
"""
