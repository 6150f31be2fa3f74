-- Where processes are in the log, and the payment tokens that the provider has not decided yet (never in the log).

CREATE TABLE checkpoints (
    name     TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

CREATE TABLE payment_intents (
    payment_id TEXT NOT NULL PRIMARY KEY,
    token      TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
