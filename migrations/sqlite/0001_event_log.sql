-- The event log: the only truth. Append-only; every rule below is kept by the database itself, whoever writes to it.

-- The columns up to `metadata` are the ones that sqlite-es names. The three-part key must stay the PRIMARY KEY.
-- SQLite's clock counts milliseconds; recorded_at is kept in microseconds since 1970-01-01 UTC, as PostgreSQL's is.
CREATE TABLE events (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL CHECK (json_valid(payload)),
    metadata       TEXT    NOT NULL CHECK (json_valid(metadata)
                                           AND metadata ->> 'event_id' IS NOT NULL
                                           AND metadata ->> 'command_id' IS NOT NULL
                                           AND metadata ->> 'command_index' IS NOT NULL),
    recorded_at    INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000),
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT;

-- One outcome per command. A command's events are one transaction, so only its first has to be unique.
CREATE UNIQUE INDEX events_one_outcome_per_command
    ON events (metadata ->> 'command_id')
    WHERE metadata ->> 'command_index' = '0';

-- The one global order. Writers take turns and a rollback takes its positions back, so it has no gaps.
CREATE TABLE event_log (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    UNIQUE (aggregate_type, aggregate_id, sequence)
) STRICT;

-- Document numbers given out, and the event that took each.
CREATE TABLE document_numbers (
    series         TEXT    NOT NULL CHECK (series <> ''),
    number         INTEGER NOT NULL CHECK (number > 0),
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_take_their_position AFTER INSERT ON events
BEGIN
    INSERT INTO event_log (aggregate_type, aggregate_id, sequence)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence);
END;

CREATE TRIGGER events_take_their_number AFTER INSERT ON events
WHEN NEW.metadata ->> 'series' IS NOT NULL OR NEW.metadata ->> 'number' IS NOT NULL
BEGIN
    INSERT INTO document_numbers (series, number, aggregate_type, aggregate_id, sequence)
    VALUES (NEW.metadata ->> 'series', CAST(NEW.metadata ->> 'number' AS INTEGER),
            NEW.aggregate_type, NEW.aggregate_id, NEW.sequence);
END;

CREATE TRIGGER document_numbers_leave_no_gap BEFORE INSERT ON document_numbers
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM document_numbers WHERE series = NEW.series)
BEGIN
    SELECT RAISE(ABORT, 'number_not_next: a document number must be the next of its series');
END;

-- Append-only.
CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'append_only: events are never changed'); END;
CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'append_only: events are never deleted'); END;
CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log
BEGIN SELECT RAISE(ABORT, 'append_only: the event order is never changed'); END;
CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log
BEGIN SELECT RAISE(ABORT, 'append_only: the event order is never deleted'); END;
CREATE TRIGGER document_numbers_refuse_update BEFORE UPDATE ON document_numbers
BEGIN SELECT RAISE(ABORT, 'append_only: document numbers are never changed'); END;
CREATE TRIGGER document_numbers_refuse_delete BEFORE DELETE ON document_numbers
BEGIN SELECT RAISE(ABORT, 'append_only: document numbers are never deleted'); END;

-- INSERT OR REPLACE deletes the row in its way without firing DELETE triggers, so a row in the way is refused first.
CREATE TRIGGER events_refuse_replacement BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE aggregate_type = NEW.aggregate_type
                                    AND aggregate_id = NEW.aggregate_id AND sequence = NEW.sequence)
  OR EXISTS (SELECT 1 FROM events WHERE rowid = NEW.rowid)
  OR (NEW.metadata ->> 'command_index' = '0'
      AND EXISTS (SELECT 1 FROM events WHERE metadata ->> 'command_index' = '0'
                                         AND metadata ->> 'command_id' = NEW.metadata ->> 'command_id'))
BEGIN SELECT RAISE(ABORT, 'already_recorded: this event or command is recorded already'); END;
CREATE TRIGGER event_log_refuses_replacement BEFORE INSERT ON event_log
WHEN EXISTS (SELECT 1 FROM event_log WHERE position = NEW.position)
  OR EXISTS (SELECT 1 FROM event_log WHERE aggregate_type = NEW.aggregate_type
                                       AND aggregate_id = NEW.aggregate_id AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'already_recorded: this event or position is in the order already'); END;
