-- Places waiting events in the global order and reads it, in one round trip. `more_waits`: as many events were placed
-- as one call places, so others may wait. Every statement in here sees what was committed before it began.
CREATE FUNCTION read_event_log(after bigint, most bigint, batch integer)
RETURNS TABLE (
    "position"     bigint,
    aggregate_type text,
    aggregate_id   text,
    sequence       bigint,
    event_type     text,
    event_version  text,
    payload        text,
    metadata       text,
    recorded_at    timestamptz,
    more_waits     boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    placed bigint := sequence_events(batch);
BEGIN
    -- LATERAL with OFFSET 0 finds every event by its key, whatever the planner's statistics say.
    RETURN QUERY
    SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
           e.payload::text, e.metadata::text, e.recorded_at, placed >= batch
    FROM (SELECT * FROM event_log o WHERE o.position > after ORDER BY o.position LIMIT most) l
    CROSS JOIN LATERAL (
        SELECT * FROM events s
        WHERE s.aggregate_type = l.aggregate_type AND s.aggregate_id = l.aggregate_id AND s.sequence = l.sequence
        OFFSET 0) e
    ORDER BY l.position;
END $$;
