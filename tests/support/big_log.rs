//! A big event log in little time: events written past the commands, as they would have been written.
//!
//! Used by what measures speed. Five invoices of three lines for each customer, three payments for every five invoices,
//! an open estimate for every other customer, spread over two and a half years.
#![allow(clippy::float_arithmetic)]

use std::collections::VecDeque;
use std::error::Error;
use std::path::Path;

use cqrs_es::DomainEvent;
use domain::customer::{CustomerAddresses, CustomerDetails, CustomerEvent};
use domain::document::{Document, DocumentDraft, LineDraft, Prices};
use domain::estimate::EstimateEvent;
use domain::ids::{CustomerId, InvoiceId, PaymentId};
use domain::invoice::InvoiceEvent;
use domain::money::{Currency, Money};
use domain::organisation::{
    ORGANISATION_ID, OrganisationEvent, OrganisationProfile, OrganisationSettings,
};
use domain::party::{Address, Party};
use domain::payment::{Allocation, OfflineMethod, PaymentEvent};
use domain::tax::{Tax, TaxCategory};
use rusqlite::Connection;
use rust_decimal::Decimal;
use serde::Serialize;
use time::macros::date;
use time::{Date, Duration as Days};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const INVOICES_EACH: usize = 5;
/// Invoices between an invoice and its payment.
const PAID_AFTER: usize = 2_000;
const EVENTS_PER_TRANSACTION: usize = 20_000;

/// Fills the SQLite log of an empty, migrated database. Processes find nothing left to do in it.
pub fn fill(file: &Path, customers: usize) -> Outcome<()> {
    Writer::new(file)?.fill(customers)
}

/// Writes events past the commands, as they would have been written.
struct Writer {
    db: Connection,
    events: usize,
    numbers: [u64; 3],
}

struct Invoice {
    id: Uuid,
    customer: Uuid,
    due: Money,
}

impl Writer {
    fn new(file: &Path) -> Outcome<Self> {
        let db = Connection::open(file)?;
        db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")?;
        Ok(Self {
            db,
            events: 0,
            numbers: [0; 3],
        })
    }

    fn fill(mut self, customers: usize) -> Outcome<()> {
        let ids: Vec<Uuid> = (0..customers).map(|_| Uuid::now_v7()).collect();
        self.append("organisation", ORGANISATION_ID, 1, &organisation(), None)?;
        let mut unpaid = VecDeque::new();
        for number in 0..customers * INVOICES_EACH {
            let on = date!(2024 - 01 - 01) + Days::days((number * 900 / customers / 5) as i64);
            if number % INVOICES_EACH == 0 {
                let id = ids[number / INVOICES_EACH];
                self.append("customer", id, 1, &registered(number, on), None)?;
                if number % (2 * INVOICES_EACH) == 0 {
                    self.estimate(id, number, on)?;
                }
            }
            // Customers come one after the other, and their invoices all along.
            let known = number / INVOICES_EACH + 1;
            let customer = ids[number.wrapping_mul(2_654_435_761) % known];
            unpaid.push_back(self.invoice(customer, number, on)?);
            if number % 5 < 3
                && unpaid.len() > PAID_AFTER
                && let Some(invoice) = unpaid.pop_front()
            {
                self.payment(&invoice, on)?;
            }
            if number % 5 > 2 && unpaid.len() > PAID_AFTER {
                unpaid.pop_front();
            }
        }
        self.db.execute(
            "INSERT INTO checkpoints (name, position) SELECT 'processes', max(position) FROM event_log",
            [],
        )?;
        self.db.execute_batch("COMMIT")?;
        self.db
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(Into::into)
    }

    fn invoice(&mut self, customer: Uuid, number: usize, on: Date) -> Outcome<Invoice> {
        let id = Uuid::now_v7();
        let document = document(number)?;
        let due = document.total();
        let drafted = InvoiceEvent::Drafted {
            customer_id: CustomerId(customer),
            document,
            source: None,
            on,
        };
        self.append("invoice", id, 1, &drafted, None)?;
        let issued = InvoiceEvent::Issued {
            number: format!("INV-{:05}", self.numbers[0] + 1),
            issue_date: on,
            due_date: on + Days::days(30),
            total: due,
            seller: party("Lumen Design Studio"),
            buyer: party(&format!("Customer {number} Ltd")),
        };
        self.append("invoice", id, 2, &issued, Some(0))?;
        Ok(Invoice { id, customer, due })
    }

    fn estimate(&mut self, customer: Uuid, number: usize, on: Date) -> Outcome<()> {
        let id = Uuid::now_v7();
        let drafted = EstimateEvent::Drafted {
            customer_id: CustomerId(customer),
            document: document(number)?,
            on,
        };
        self.append("estimate", id, 1, &drafted, None)?;
        let offered = EstimateEvent::Offered {
            revision: 1,
            number: format!("EST-{:05}", self.numbers[2] + 1),
            valid_until: date!(2099 - 12 - 31),
            deposit_percent: None,
            on,
        };
        self.append("estimate", id, 2, &offered, Some(2))
    }

    fn payment(&mut self, invoice: &Invoice, on: Date) -> Outcome<()> {
        let id = Uuid::now_v7();
        let recorded = PaymentEvent::Recorded {
            number: format!("PAY-{:05}", self.numbers[1] + 1),
            customer_id: CustomerId(invoice.customer),
            amount: invoice.due,
            allocations: vec![Allocation {
                invoice_id: InvoiceId(invoice.id),
                amount: invoice.due,
            }],
            method: OfflineMethod::BankTransfer,
            reference: Some("RF18 5390 0754 7034".to_owned()),
            received_on: on,
            on,
        };
        self.append("payment", id, 1, &recorded, Some(1))?;
        let applied = InvoiceEvent::PaymentApplied {
            round: 1,
            payment_id: PaymentId(id),
            amount: invoice.due,
            on,
        };
        self.append("invoice", invoice.id, 3, &applied, None)?;
        self.append("invoice", invoice.id, 4, &InvoiceEvent::Paid { on }, None)
    }

    fn append<E: DomainEvent + Serialize>(
        &mut self,
        aggregate: &str,
        id: Uuid,
        sequence: i64,
        event: &E,
        series: Option<usize>,
    ) -> Outcome<()> {
        let (event_id, command) = (Uuid::now_v7(), Uuid::now_v7());
        let mut metadata = serde_json::json!({
            "event_id": event_id, "command_id": command, "command_index": "0", "correlation_id": command,
            "actor_id": "0192f0c1-0000-7000-8000-0000000000b2", "actor_name": "Ana Ruiz", "actor_role": "staff",
            "request_hash": "0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b",
        });
        if let Some(series) = series {
            self.numbers[series] += 1;
            metadata["series"] = ["invoices", "payments", "estimates"][series].into();
            metadata["number"] = self.numbers[series].to_string().into();
        }
        self.db
            .prepare_cached(
                "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute((
                aggregate,
                id.to_string(),
                sequence,
                event.event_type(),
                event.event_version(),
                serde_json::to_value(event)?.to_string(),
                metadata.to_string(),
            ))?;
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_PER_TRANSACTION) {
            self.db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }
}

fn organisation() -> OrganisationEvent {
    OrganisationEvent::Registered {
        profile: OrganisationProfile {
            party: party("Lumen Design Studio"),
            website: Some("https://lumen.example".to_owned()),
            currency: Currency::EUR,
            bank: None,
        },
        settings: OrganisationSettings::default(),
        on: date!(2024 - 01 - 01),
    }
}

fn registered(number: usize, on: Date) -> CustomerEvent {
    CustomerEvent::Registered {
        details: CustomerDetails {
            name: format!("Customer {number} Ltd"),
            email: Some(format!("billing@customer{number}.example")),
            phone: None,
            tax_id: Some("ATU12345678".to_owned()),
            language: "en".to_owned(),
        },
        addresses: CustomerAddresses {
            billing: Some(address()),
            shipping: None,
        },
        currency: Currency::EUR,
        payment_terms_days: 30,
        on,
    }
}

pub fn document(number: usize) -> Outcome<Document> {
    let line = |description: &str, price: i64| LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: Decimal::new(25, 1),
        unit_price: Decimal::new(price, 2),
        discount: None,
        tax: Tax {
            category: TaxCategory::Standard,
            percent: Decimal::from(20),
        },
    };
    let draft = DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines: vec![
            line("Design of the spring campaign", 9_500),
            line("Photography, one day on location", 120_000),
            line("Hosting, per month", 1_900 + (number % 100) as i64),
        ],
        discount: None,
        notes: Some("Thank you for your business.".to_owned()),
        terms: None,
    };
    Ok(draft.price(&std::collections::BTreeSet::new())?)
}

fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        email: Some("office@example.com".to_owned()),
        phone: None,
        tax_id: Some("ATU12345678".to_owned()),
        address: Some(address()),
    }
}

fn address() -> Address {
    Address {
        street: "Ring 1".to_owned(),
        postal_code: Some("1010".to_owned()),
        city: "Vienna".to_owned(),
        region: None,
        country: "AT".to_owned(),
    }
}
