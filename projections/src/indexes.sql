-- Made when a new file has caught up: loading first and indexing once is several times faster. No statistics are
-- gathered, so that a query has the same plan in every file; where two indexes would do, the query names its own.
CREATE INDEX customers_by_name ON customers (name_key, id);
CREATE INDEX estimates_by_customer ON estimates (customer_id, dated);
CREATE INDEX estimates_by_date ON estimates (dated);
CREATE INDEX estimates_numbered ON estimates (number_key) WHERE number_key IS NOT NULL;
CREATE INDEX estimates_by_state ON estimates (state, dated);
CREATE INDEX estimates_by_validity ON estimates (coalesce(valid_until, '9999-12-31'), id);
CREATE INDEX estimates_waiting ON estimates (coalesce(valid_until, '9999-12-31'), id) WHERE state = 'offered';
CREATE INDEX invoices_by_customer ON invoices (customer_id, dated);
CREATE INDEX invoices_by_date ON invoices (dated);
CREATE INDEX invoices_by_due_date ON invoices (due_date, id);
CREATE INDEX invoices_by_total ON invoices (total, id);
CREATE INDEX invoices_by_number ON invoices (coalesce(number, ''), id);
CREATE INDEX invoices_numbered ON invoices (number_key) WHERE number_key IS NOT NULL;
CREATE INDEX invoices_by_due ON invoices (due, id);
CREATE INDEX invoices_by_currency ON invoices (currency, dated);
CREATE INDEX invoices_disputed ON invoices (dated) WHERE disputed > 0;
CREATE INDEX invoices_by_state ON invoices (state, dated);
CREATE INDEX invoices_owing ON invoices (due_date, id, currency, due, reminded, charged) WHERE due > 0;
CREATE INDEX invoices_owed_by ON invoices (customer_id, due_date, currency, due) WHERE due > 0;
CREATE INDEX invoices_by_plan ON invoices (plan_id, dated) WHERE plan_id IS NOT NULL;
CREATE INDEX invoices_by_subscription ON invoices (subscription_id, dated) WHERE subscription_id IS NOT NULL;
CREATE INDEX allocations_by_settler ON allocations (settler_id);
CREATE INDEX credit_notes_by_customer ON credit_notes (customer_id, dated);
CREATE INDEX credit_notes_by_date ON credit_notes (dated);
CREATE INDEX credit_notes_by_invoice ON credit_notes (invoice_id, dated) WHERE invoice_id IS NOT NULL;
CREATE INDEX credit_notes_numbered ON credit_notes (number_key) WHERE number_key IS NOT NULL;
CREATE INDEX credit_notes_open ON credit_notes (customer_id, dated) WHERE state = 'open';
CREATE INDEX disputes_by_customer ON disputes (customer_id, dated);
CREATE INDEX disputes_by_date ON disputes (dated);
CREATE INDEX disputes_open ON disputes (dated) WHERE outcome IS NULL;
CREATE INDEX payments_by_customer ON payments (customer_id, dated);
CREATE INDEX payments_by_date ON payments (dated);
CREATE INDEX refunds_under_way ON refunds (position) WHERE state = 'under_way';
CREATE INDEX messages_by_customer ON messages (customer_id, position);
CREATE INDEX reviews_by_customer ON reviews (customer_id, position);
CREATE INDEX reviews_by_position ON reviews (position);
CREATE INDEX payments_with_credit ON payments (customer_id, dated)
    WHERE state = 'succeeded' AND amount > applied + refunded;
CREATE INDEX balances_owing ON balances (currency, outstanding, credit) WHERE outstanding <> 0 OR credit <> 0;
CREATE INDEX plans_by_name ON plans (archived, name, id);
CREATE INDEX subscriptions_by_customer ON subscriptions (customer_id, dated);
CREATE INDEX subscriptions_by_date ON subscriptions (dated);
CREATE INDEX subscriptions_by_state ON subscriptions (state, dated);
CREATE INDEX subscriptions_by_plan ON subscriptions (plan_id, dated);
CREATE INDEX subscriptions_acting ON subscriptions (acts_on, id) WHERE acts_on IS NOT NULL;
CREATE INDEX activity_by_customer ON activity (customer_id, position, for_customer);
CREATE INDEX activity_by_subject ON activity (subject_id, position);
CREATE INDEX ledger_by_customer ON ledger (customer_id, currency, dated, balance_change);
CREATE INDEX ledger_by_currency ON ledger (currency, dated, kind, balance_change) WHERE balance_change <> 0;
CREATE INDEX ledger_by_invoice ON ledger (customer_id, currency, invoice_id, dated, due_change) WHERE due_change <> 0;

-- The words of `texts`. It keeps no copy of them; the triggers tell it what changes from here on.
CREATE VIRTUAL TABLE search USING fts5 (customer, number, name, body, content = 'texts', content_rowid = 'id',
                                        columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO search (search) VALUES ('rebuild');
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO search (rowid, customer, number, name, body)
    VALUES (new.id, new.customer, new.number, new.name, new.body);
END;
CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN
    INSERT INTO search (search, rowid, customer, number, name, body)
    VALUES ('delete', old.id, old.customer, old.number, old.name, old.body);
    INSERT INTO search (rowid, customer, number, name, body)
    VALUES (new.id, new.customer, new.number, new.name, new.body);
END;
