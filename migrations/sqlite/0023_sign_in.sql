-- Sign-in: throttles that all nodes share, devices that a person has signed in on, and secrets that the nodes share.

-- A disabled account keeps no address, so that another account may have it.
UPDATE accounts SET email = '-:' || id WHERE disabled_at IS NOT NULL;

-- Failed tries, as leaky buckets. The key is a hash: no address of a stranger is kept.
CREATE TABLE sign_in_tries (
    key      TEXT   NOT NULL PRIMARY KEY,
    empty_at BIGINT NOT NULL
);
CREATE INDEX sign_in_tries_by_end ON sign_in_tries (empty_at);

-- The token is never stored, only its SHA-256.
CREATE TABLE devices (
    token_hash TEXT   NOT NULL,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (token_hash, account_id)
);
CREATE INDEX devices_by_account ON devices (account_id, seen_at);

-- Keys that nodes make for themselves at the first start and then share.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);
