-- Imported documents keep the number they have: whether one stands on another document already is looked up here.
CREATE INDEX events_by_invoice_number ON events (payload -> 'InvoiceIssued' ->> 'number')
    WHERE event_type = 'InvoiceIssued';
CREATE INDEX events_by_credit_note_number ON events (payload -> 'CreditNoteIssued' ->> 'number')
    WHERE event_type = 'CreditNoteIssued';
