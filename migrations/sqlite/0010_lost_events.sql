-- Proofs that a node's commits are durable and seen by others (`/readyz`), and events that a node had seen and the log
-- does not hold any more: a standby without the last events was promoted, or a backup was restored.

CREATE TABLE commit_proof (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    beat     BIGINT NOT NULL
);
INSERT INTO commit_proof VALUES (1, 0);

CREATE TABLE lost_events (
    position     BIGINT NOT NULL,
    subject_id   TEXT   NOT NULL,
    recorded_at  BIGINT NOT NULL,
    event_type   TEXT   NOT NULL,
    subject_type TEXT   NOT NULL,
    found_at     BIGINT NOT NULL,
    PRIMARY KEY (position, subject_id, recorded_at)
);
