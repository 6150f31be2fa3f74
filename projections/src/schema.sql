-- The read models: a cache of the event log, deleted and built anew at will. Amounts are integers in minor units of
-- the row's currency, dates are YYYY-MM-DD in the organisation's time zone (`dated` of estimates, invoices, credit notes
-- and payments with the place in the log of the event that set it, which decides within a day), times are microseconds since 1970 UTC.

-- The last event that the rows say; its id tells another log, or a log restored from a backup, from this one.
CREATE TABLE checkpoint (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    event_id BLOB
);
INSERT INTO checkpoint VALUES (1, 0, NULL);

-- `logo` is the SHA-256 of the picture, which is in the log only.
CREATE TABLE organisation (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    version  INTEGER NOT NULL,
    profile  TEXT NOT NULL,
    settings TEXT NOT NULL,
    accent   TEXT,
    logo     TEXT
);

-- What ends in `_key` is folded for searches: see `domain::text::folded`.
CREATE TABLE customers (
    id                   BLOB PRIMARY KEY,
    version              INTEGER NOT NULL,
    name                 TEXT NOT NULL,
    email                TEXT,
    phone                TEXT,
    tax_id               TEXT,
    language             TEXT NOT NULL,
    currency             TEXT NOT NULL,
    payment_terms_days   INTEGER NOT NULL,
    addresses            TEXT NOT NULL,
    payment_method_kind  TEXT,
    payment_method_label TEXT,
    registered_on        TEXT NOT NULL,
    name_key             TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE contacts (
    customer_id BLOB NOT NULL,
    contact_id  BLOB NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    phone       TEXT,
    portal      TEXT NOT NULL,
    PRIMARY KEY (customer_id, contact_id)
) WITHOUT ROWID;

-- What a customer owes and has to its credit, by currency.
CREATE TABLE balances (
    customer_id BLOB NOT NULL,
    currency    TEXT NOT NULL,
    outstanding INTEGER NOT NULL,
    credit      INTEGER NOT NULL,
    PRIMARY KEY (customer_id, currency)
) WITHOUT ROWID;

-- One row for every event that moves a balance (outstanding less credit) or what is due on an invoice: the balance is
-- the sum of `balance_change`, an invoice's due the sum of its `due_change`. An event that concerns two customers has
-- a row for each. `dated` as of documents.
CREATE TABLE ledger (
    position       INTEGER NOT NULL,
    customer_id    BLOB NOT NULL,
    currency       TEXT NOT NULL,
    dated          TEXT NOT NULL,
    kind           TEXT NOT NULL,
    document_id    BLOB NOT NULL,
    balance_change INTEGER NOT NULL,
    invoice_id     BLOB,
    due_change     INTEGER NOT NULL,
    PRIMARY KEY (position, customer_id)
) WITHOUT ROWID;

-- `state`: draft, offered, accepted, declined, withdrawn, invoiced; `revision` is the newest one,
-- `offered_revision` the newest one that the customer has been offered (its total and validity stand here).
CREATE TABLE estimates (
    id               BLOB PRIMARY KEY,
    version          INTEGER NOT NULL,
    customer_id      BLOB NOT NULL,
    number           TEXT,
    state            TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    offered_revision INTEGER,
    currency         TEXT NOT NULL,
    total            INTEGER NOT NULL,
    dated            TEXT NOT NULL,
    valid_until      TEXT,
    invoice_id       BLOB,
    deposit_id       BLOB,
    number_key       TEXT
) WITHOUT ROWID;

CREATE TABLE estimate_revisions (
    estimate_id  BLOB NOT NULL,
    revision     INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    total        INTEGER NOT NULL,
    drafted_on   TEXT NOT NULL,
    offered_on   TEXT,
    valid_until  TEXT,
    viewed_on    TEXT,
    answer       TEXT,
    answered_on  TEXT,
    answered_by  TEXT,
    reason       TEXT,
    would_accept TEXT,
    document     TEXT NOT NULL,
    deposit_percent TEXT,
    agreed          TEXT,
    PRIMARY KEY (estimate_id, revision)
) WITHOUT ROWID;

-- What was said about an estimate. `kind`: offer, acceptance, refusal, withdrawal, acceptance_undone, comment.
CREATE TABLE estimate_thread (
    estimate_id  BLOB NOT NULL,
    position     INTEGER NOT NULL,
    customer_id  BLOB NOT NULL,
    kind         TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    actor_name   TEXT NOT NULL,
    actor_role   TEXT NOT NULL,
    name         TEXT,
    text         TEXT,
    would_accept TEXT,
    happened_on  TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (estimate_id, position)
) WITHOUT ROWID;

-- `state`: draft, open, paid, voided, written_off; overdue and part-paid follow from the columns and a date.
-- `deposit`: bills the deposit of its estimate. `disputed`: how many disputes are open. `reminded`, `charged`: the
-- highest stage of reminder that was sent, of late fee that was charged. `resting`: a dispute was upheld and its
-- correction is still to come.
CREATE TABLE invoices (
    id                BLOB PRIMARY KEY,
    version           INTEGER NOT NULL,
    customer_id       BLOB NOT NULL,
    number            TEXT,
    state             TEXT NOT NULL,
    currency          TEXT NOT NULL,
    total             INTEGER NOT NULL,
    net               INTEGER NOT NULL,
    tax               INTEGER NOT NULL,
    settled           INTEGER NOT NULL,
    reserved          INTEGER NOT NULL,
    due               INTEGER NOT NULL,
    dated             TEXT NOT NULL,
    due_date          TEXT NOT NULL,
    viewed_on         TEXT,
    paid_on           TEXT,
    closed_reason     TEXT,
    estimate_id       BLOB,
    estimate_revision INTEGER,
    plan_id           BLOB,
    subscription_id   BLOB,
    deposit           INTEGER NOT NULL DEFAULT 0,
    late_fee_of       BLOB,
    late_fee_stage    INTEGER,
    disputed          INTEGER NOT NULL DEFAULT 0,
    reminded          INTEGER NOT NULL DEFAULT 0,
    charged           INTEGER NOT NULL DEFAULT 0,
    fees_waived       INTEGER NOT NULL DEFAULT 0,
    resting           INTEGER NOT NULL DEFAULT 0,
    number_key        TEXT
) WITHOUT ROWID;

-- `outcome`: upheld, rejected, withdrawn; NULL while the dispute is open. `corrected`: a credit note has corrected the
-- invoice since.
CREATE TABLE disputes (
    invoice_id     BLOB NOT NULL,
    id             BLOB NOT NULL,
    customer_id    BLOB NOT NULL,
    line_id        INTEGER,
    reason         TEXT NOT NULL,
    currency       TEXT,
    amount         INTEGER,
    raised_by      TEXT NOT NULL,
    raised_by_role TEXT NOT NULL,
    dated          TEXT NOT NULL,
    outcome        TEXT,
    words          TEXT,
    settled_on     TEXT,
    corrected      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (invoice_id, id)
) WITHOUT ROWID;

-- What invoices, estimates and customers are found by; the full-text index over it is among the indexes. `id` is the
-- place in the log of the first event; `customer` is the customer's id in hexadecimal digits.
CREATE TABLE texts (
    id         INTEGER PRIMARY KEY,
    subject_id BLOB NOT NULL UNIQUE,
    customer   TEXT NOT NULL,
    number     TEXT NOT NULL,
    name       TEXT NOT NULL,
    body       TEXT NOT NULL
);

-- What an invoice says: written once with the draft, the parties added when issued.
CREATE TABLE invoice_documents (
    invoice_id BLOB PRIMARY KEY,
    document   TEXT NOT NULL,
    seller     TEXT,
    buyer      TEXT
) WITHOUT ROWID;

-- What settles invoices. `settler`: payment, credit_note; `state`: reserved, applied.
CREATE TABLE allocations (
    invoice_id BLOB NOT NULL,
    settler_id BLOB NOT NULL,
    settler    TEXT NOT NULL,
    state      TEXT NOT NULL,
    currency   TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    dated      TEXT NOT NULL,
    PRIMARY KEY (invoice_id, settler_id, settler)
) WITHOUT ROWID;

-- The invoices that a payment through a provider was started for, whatever came of it.
CREATE TABLE payment_targets (
    payment_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    currency   TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    PRIMARY KEY (payment_id, invoice_id)
) WITHOUT ROWID;

-- `state`: draft, discarded, open, closed, voided; closed is open with nothing unapplied. `invoice_id` is the invoice
-- that it corrects.
CREATE TABLE credit_notes (
    id            BLOB PRIMARY KEY,
    version       INTEGER NOT NULL,
    customer_id   BLOB NOT NULL,
    number        TEXT,
    state         TEXT NOT NULL,
    currency      TEXT NOT NULL,
    total         INTEGER NOT NULL,
    net           INTEGER NOT NULL,
    tax           INTEGER NOT NULL,
    applied       INTEGER NOT NULL,
    refunded      INTEGER NOT NULL,
    dated         TEXT NOT NULL,
    voided_reason TEXT,
    invoice_id    BLOB,
    number_key    TEXT
) WITHOUT ROWID;

-- What a credit note says: written once with the draft, the parties added when issued.
CREATE TABLE credit_note_documents (
    credit_note_id BLOB PRIMARY KEY,
    document       TEXT NOT NULL,
    seller         TEXT,
    buyer          TEXT
) WITHOUT ROWID;

-- `state`: initiated, pending, succeeded, failed, cancelled.
CREATE TABLE payments (
    id                 BLOB PRIMARY KEY,
    version            INTEGER NOT NULL,
    customer_id        BLOB NOT NULL,
    number             TEXT,
    state              TEXT NOT NULL,
    currency           TEXT NOT NULL,
    amount             INTEGER NOT NULL,
    applied            INTEGER NOT NULL,
    refunded           INTEGER NOT NULL,
    method             TEXT NOT NULL,
    reference          TEXT,
    provider_reference TEXT,
    failure_code       TEXT,
    failure_reason     TEXT,
    dated              TEXT NOT NULL
) WITHOUT ROWID;

-- `state`: under_way, succeeded, failed; what failed is not given back. `position` is the place in the log where it began.
CREATE TABLE refunds (
    payment_id         BLOB NOT NULL,
    refund_id          BLOB NOT NULL,
    customer_id        BLOB NOT NULL,
    position           INTEGER NOT NULL,
    state              TEXT NOT NULL,
    currency           TEXT NOT NULL,
    amount             INTEGER NOT NULL,
    reason             TEXT NOT NULL,
    by_provider        INTEGER NOT NULL,
    provider_reference TEXT,
    failure_code       TEXT,
    failure_reason     TEXT,
    dated              TEXT NOT NULL,
    PRIMARY KEY (payment_id, refund_id)
) WITHOUT ROWID;

-- What contacts wrote to the merchant.
CREATE TABLE messages (
    position    INTEGER PRIMARY KEY,
    customer_id BLOB NOT NULL,
    contact_id  BLOB NOT NULL,
    author      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    message     TEXT NOT NULL,
    sent_on     TEXT NOT NULL
);

-- What contacts think of the merchant: the latest of each.
CREATE TABLE reviews (
    customer_id      BLOB NOT NULL,
    contact_id       BLOB NOT NULL,
    author           TEXT NOT NULL,
    rating           INTEGER NOT NULL,
    text             TEXT,
    may_be_published INTEGER NOT NULL,
    reviewed_on      TEXT NOT NULL,
    position         INTEGER NOT NULL,
    PRIMARY KEY (customer_id, contact_id)
) WITHOUT ROWID;

CREATE TABLE plans (
    id         BLOB PRIMARY KEY,
    version    INTEGER NOT NULL,
    name       TEXT NOT NULL COLLATE NOCASE,
    archived   INTEGER NOT NULL,
    details    TEXT NOT NULL,
    created_on TEXT NOT NULL
) WITHOUT ROWID;

-- `state`: trialing, active, past_due, unpaid, paused, non_renewing, cancelled, expired; `subscription` is all that the
-- domain knows of it but what billed which period, `acts_on` the next day on which something is to be done by itself.
CREATE TABLE subscriptions (
    id           BLOB PRIMARY KEY,
    version      INTEGER NOT NULL,
    customer_id  BLOB NOT NULL,
    plan_id      BLOB NOT NULL,
    state        TEXT NOT NULL,
    dated        TEXT NOT NULL,
    acts_on      TEXT,
    subscription TEXT NOT NULL
) WITHOUT ROWID;

-- The periods that were billed; `next` is the day after the last, `invoice_id` is NULL where nothing was to pay.
CREATE TABLE subscription_periods (
    subscription_id BLOB NOT NULL,
    number          INTEGER NOT NULL,
    start           TEXT NOT NULL,
    next            TEXT NOT NULL,
    invoice_id      BLOB,
    PRIMARY KEY (subscription_id, number)
) WITHOUT ROWID;

-- One row for every event: what happened, to what, when (both clocks), by whom.
CREATE TABLE activity (
    position     INTEGER PRIMARY KEY,
    customer_id  BLOB,
    subject_type TEXT NOT NULL,
    subject_id   BLOB NOT NULL,
    sequence     INTEGER NOT NULL,
    event_type   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    actor_role   TEXT NOT NULL,
    happened_on  TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    currency     TEXT,
    amount       INTEGER,
    detail       TEXT,
    for_customer INTEGER NOT NULL
);
