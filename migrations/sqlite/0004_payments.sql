-- Payments: what a payment is charged may be stored at the provider, and be remembered once it has succeeded.

ALTER TABLE payment_intents ADD COLUMN kind TEXT NOT NULL DEFAULT 'token';
ALTER TABLE payment_intents ADD COLUMN remember BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_intents ADD COLUMN method TEXT;

-- What providers told by their webhooks, under their ids of it: kept before it is acted upon.
CREATE TABLE provider_events (
    provider    TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    payment_id  TEXT,
    notice      TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    tried_at    BIGINT NOT NULL,
    handled_at  BIGINT,
    outcome     TEXT,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX provider_events_waiting ON provider_events (provider, tried_at) WHERE handled_at IS NULL;

-- Mails to be sent; `id` derives from what caused them.
CREATE TABLE outbox (
    id         TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    reply_to   TEXT,
    subject    TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    payload    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT
);
CREATE INDEX outbox_by_time ON outbox (created_at, id);
CREATE INDEX outbox_waiting ON outbox (created_at, id) WHERE sent_at IS NULL;

-- How many mails an account has caused in an hour (counted from 1970).
CREATE TABLE mail_quota (
    account_id TEXT   NOT NULL,
    hour       BIGINT NOT NULL,
    used       BIGINT NOT NULL,
    PRIMARY KEY (account_id, hour)
);
