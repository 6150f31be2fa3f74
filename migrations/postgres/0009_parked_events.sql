-- Events that a process could not digest: set aside, so that what follows them goes on, and tried again until they are.

CREATE TABLE parked_events (
    position   BIGINT NOT NULL PRIMARY KEY,
    event_type TEXT   NOT NULL,
    fault      TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    parked_at  BIGINT NOT NULL,
    next_at    BIGINT NOT NULL
);
CREATE INDEX parked_events_by_next_try ON parked_events (next_at);
