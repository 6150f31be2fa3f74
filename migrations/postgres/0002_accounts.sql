-- Shared, but not history: who may sign in, who is signed in, and the answers kept for idempotency keys.
-- Ids are text and instants are milliseconds since 1970 (UTC), so that one SQL text serves both engines.

CREATE TABLE accounts (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('customer_contact', 'staff', 'accountant', 'owner')),
    customer_id   TEXT,
    contact_id    TEXT,
    created_at    BIGINT NOT NULL,
    disabled_at   BIGINT,
    -- A contact acts for one customer; nobody else does.
    CHECK ((role = 'customer_contact') = (customer_id IS NOT NULL)),
    CHECK ((role = 'customer_contact') = (contact_id IS NOT NULL))
);
CREATE INDEX accounts_by_contact ON accounts (contact_id);

-- The token itself is never stored, only its SHA-256.
CREATE TABLE sessions (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The answer first given under an idempotency key, byte for byte.
CREATE TABLE idempotency (
    account_id   TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    response     BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
