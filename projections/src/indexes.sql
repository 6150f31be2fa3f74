-- Made when a new file has caught up: loading first and indexing once is several times faster. No statistics are
-- gathered, so that a query has the same plan in every file; where two indexes would do, the query names its own.
CREATE INDEX customers_by_name ON customers (name, id);
CREATE INDEX estimates_by_customer ON estimates (customer_id, dated);
CREATE INDEX estimates_by_date ON estimates (dated);
CREATE INDEX estimates_by_number ON estimates (number) WHERE number IS NOT NULL;
CREATE INDEX estimates_by_state ON estimates (state, dated);
CREATE INDEX invoices_by_customer ON invoices (customer_id, dated);
CREATE INDEX invoices_by_date ON invoices (dated);
CREATE INDEX invoices_by_due_date ON invoices (due_date, id);
CREATE INDEX invoices_by_total ON invoices (total, id);
CREATE INDEX invoices_by_number ON invoices (number) WHERE number IS NOT NULL;
CREATE INDEX invoices_by_state ON invoices (state, dated);
CREATE INDEX invoices_owing ON invoices (due_date, id, currency, due) WHERE due > 0;
CREATE INDEX invoices_owed_by ON invoices (customer_id, due_date, currency, due) WHERE due > 0;
CREATE INDEX allocations_by_payment ON allocations (payment_id);
CREATE INDEX payments_by_customer ON payments (customer_id, dated);
CREATE INDEX payments_by_date ON payments (dated);
CREATE INDEX refunds_under_way ON refunds (position) WHERE state = 'under_way';
CREATE INDEX messages_by_customer ON messages (customer_id, position);
CREATE INDEX reviews_by_customer ON reviews (customer_id, position);
CREATE INDEX reviews_by_position ON reviews (position);
CREATE INDEX balances_owing ON balances (currency, outstanding, credit) WHERE outstanding <> 0 OR credit <> 0;
CREATE INDEX activity_by_customer ON activity (customer_id, position, for_customer);
CREATE INDEX activity_by_subject ON activity (subject_id, position);
