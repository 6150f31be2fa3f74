-- The event log: the only truth. Append-only; every rule below is kept by the database itself, whoever writes to it.

-- The columns up to `metadata` are the ones that postgres-es names. The three-part key must stay the PRIMARY KEY.
CREATE TABLE events (
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence > 0),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        jsonb       NOT NULL,
    metadata       jsonb       NOT NULL CHECK (metadata ->> 'event_id' IS NOT NULL
                                               AND metadata ->> 'command_id' IS NOT NULL
                                               AND metadata ->> 'command_index' IS NOT NULL),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

-- One outcome per command. A command's events are one transaction, so only its first has to be unique.
CREATE UNIQUE INDEX events_one_outcome_per_command
    ON events ((metadata ->> 'command_id'))
    WHERE metadata ->> 'command_index' = '0';

-- Events that are committed but not yet placed in the global order. Identity values are no order to read by:
-- a later one may commit first. They only tell the sequencer in which order to place what it finds.
CREATE TABLE event_inbox (
    insert_seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);

-- The last position given out. One row; its lock lets one sequencer work at a time.
CREATE TABLE event_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint  NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
INSERT INTO event_head (position) VALUES (0);

-- The one global order, without gaps.
CREATE TABLE event_log (
    position       bigint PRIMARY KEY,
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL,
    UNIQUE (aggregate_type, aggregate_id, sequence)
);

-- Document numbers given out, and the event that took each.
CREATE TABLE document_numbers (
    series         text   NOT NULL CHECK (series <> ''),
    number         bigint NOT NULL CHECK (number > 0),
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL,
    PRIMARY KEY (series, number)
);

CREATE FUNCTION events_were_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_inbox (aggregate_type, aggregate_id, sequence)
    SELECT aggregate_type, aggregate_id, sequence FROM inserted
    ORDER BY aggregate_type, aggregate_id, sequence;

    INSERT INTO document_numbers (series, number, aggregate_type, aggregate_id, sequence)
    SELECT metadata ->> 'series', (metadata ->> 'number')::bigint, aggregate_type, aggregate_id, sequence
    FROM inserted
    WHERE metadata ->> 'series' IS NOT NULL OR metadata ->> 'number' IS NOT NULL
    ORDER BY 1, 2;
    RETURN NULL;
END $$;
CREATE TRIGGER events_reach_the_inbox AFTER INSERT ON events
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION events_were_inserted();

-- Two transactions that want the same number meet at the primary key; one that wants to skip one is refused here.
CREATE FUNCTION document_number_must_be_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number IS DISTINCT FROM
       (SELECT coalesce(max(number), 0) + 1 FROM document_numbers WHERE series = NEW.series) THEN
        RAISE EXCEPTION 'number_not_next: a document number must be the next of its series'
            USING ERRCODE = 'ZN001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_numbers_leave_no_gap BEFORE INSERT ON document_numbers
    FOR EACH ROW EXECUTE FUNCTION document_number_must_be_next();

-- Places up to `batch` waiting events in the global order and answers how many it placed.
-- Safe to call from any node at any time; a transaction that commits late lands in the next call.
CREATE FUNCTION sequence_events(batch integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    placed bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM event_inbox) THEN
        RETURN 0;
    END IF;
    -- The lock first: the next statement then sees what the sequencer before us committed.
    PERFORM 1 FROM event_head FOR UPDATE;
    WITH taken AS (
        DELETE FROM event_inbox
        WHERE insert_seq IN (SELECT insert_seq FROM event_inbox ORDER BY insert_seq LIMIT batch)
        RETURNING insert_seq, aggregate_type, aggregate_id, sequence
    ), head AS (
        UPDATE event_head SET position = position + (SELECT count(*) FROM taken)
        RETURNING position
    )
    INSERT INTO event_log (position, aggregate_type, aggregate_id, sequence)
    SELECT head.position - (SELECT count(*) FROM taken) + row_number() OVER (ORDER BY taken.insert_seq),
           taken.aggregate_type, taken.aggregate_id, taken.sequence
    FROM taken CROSS JOIN head;
    GET DIAGNOSTICS placed = ROW_COUNT;
    RETURN placed;
END $$;

-- Append-only.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'ZA001';
END $$;
CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_log_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_numbers_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON document_numbers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- The inbox is emptied by the sequencer, row by row, and by nothing else.
CREATE TRIGGER event_inbox_refuses_change BEFORE UPDATE OR TRUNCATE ON event_inbox
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_head_stays BEFORE DELETE OR TRUNCATE ON event_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
