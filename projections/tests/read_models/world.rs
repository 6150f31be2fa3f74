//! Commands in short, and the people and things that the tests are about.

use cqrs_es::Aggregate;
use domain::credit_note::{
    CreditNote, CreditNoteCommand, CreditNoteSource, DraftCreditNote, IssueCreditNote,
};
use domain::customer::{
    AddContact, ContactDetails, Customer, CustomerAddresses, CustomerCommand, CustomerDetails,
    RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::estimate::{DraftEstimate, Estimate, EstimateCommand, OfferEstimate};
use domain::ids::{ContactId, CustomerId};
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, InvoiceSource, IssueInvoice};
use domain::money::{Currency, Money};
use domain::numbering::{NumberSeries, Series};
use domain::party::{Address, Party};
use domain::payment::{Allocation, OfflineMethod, Payment, PaymentCommand, RecordPayment};
use domain::tax::{Tax, TaxCategory};
use eventlog::{Actor, EventLog, ExecuteError, Executed, Metadata};
use projections::{Page, Reach, Role, Viewer};
use time::{Date, Duration, macros::date};
use uuid::Uuid;

/// The n-th of March 2025, and on into April.
pub(crate) fn day(n: i64) -> Date {
    date!(2025 - 02 - 28) + Duration::days(n)
}

pub(crate) fn eur(cents: i64) -> Money {
    Money::from_minor(cents, Currency::EUR)
}

pub(crate) fn staff() -> Viewer {
    viewer(Reach::Organisation(Role::Staff))
}

pub(crate) fn contact_of(customer_id: Uuid) -> Viewer {
    let contact_id = Uuid::nil();
    viewer(Reach::Customer {
        customer_id,
        contact_id,
    })
}

fn viewer(reach: Reach) -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: "Somebody".to_owned(),
        email: "somebody@example.com".to_owned(),
        reach,
    }
}

pub(crate) fn first(first: usize) -> Page {
    Page { first, after: None }
}

pub(crate) fn by_staff() -> Metadata {
    let actor = Actor {
        id: "u-1".to_owned(),
        name: "Sam Staff".to_owned(),
        role: "staff".to_owned(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

pub(crate) fn address(city: &str) -> Address {
    Address {
        street: "Ring 1".to_owned(),
        postal_code: Some("1010".to_owned()),
        city: city.to_owned(),
        region: None,
        country: "AT".to_owned(),
    }
}

pub(crate) fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        email: Some("office@example.com".to_owned()),
        phone: None,
        tax_id: None,
        address: Some(address("Vienna")),
    }
}

/// A draft of one line at that many minor units, taxed at 20 percent.
pub(crate) fn draft_in(currency: Currency, minor: i64) -> DocumentDraft {
    let line = LineDraft {
        line_id: None,
        description: "Design".to_owned(),
        quantity: 1.into(),
        unit_price: Money::from_minor(minor, currency).amount,
        discount: None,
        tax: Tax {
            category: TaxCategory::Standard,
            percent: 20.into(),
        },
    };
    DocumentDraft {
        currency,
        prices: Prices::TaxExclusive,
        lines: vec![line],
        discount: None,
        notes: Some("Thank you.".to_owned()),
        terms: None,
    }
}

/// A draft of one line at that many euros before tax.
pub(crate) fn draft(euros: i64) -> DocumentDraft {
    draft_in(Currency::EUR, euros * 100)
}

pub(crate) fn contact_details(name: &str) -> ContactDetails {
    ContactDetails {
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase()),
        phone: None,
    }
}

/// Commands to a log.
pub(crate) struct World<'a>(pub(crate) &'a EventLog);

impl World<'_> {
    pub(crate) async fn tell<A>(&self, id: Uuid, command: A::Command) -> u64
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        self.try_to::<A>(id, command).await.unwrap().version
    }

    pub(crate) async fn try_to<A>(
        &self,
        id: Uuid,
        command: A::Command,
    ) -> Result<Executed<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        self.0.execute::<A>(id, command, &by_staff()).await
    }

    async fn numbered<A: Aggregate<Services = ()>>(
        &self,
        id: Uuid,
        series: Series,
        command: impl Fn(String) -> A::Command + Send + Sync,
    ) {
        let numbers = NumberSeries::default().numbers(series, day(1));
        let make = |_: &A, _: u64, number: u64| Ok(command(numbers.text(number)));
        let meta = by_staff();
        let numbered = self.0.execute_numbered(id, &numbers.name, &meta, make);
        numbered.await.unwrap();
    }

    pub(crate) async fn register(&self, id: Uuid, name: &str, currency: Currency) {
        let command = RegisterCustomer {
            details: CustomerDetails {
                name: name.to_owned(),
                email: Some("billing@example.com".to_owned()),
                phone: None,
                tax_id: None,
                language: "en".to_owned(),
            },
            addresses: CustomerAddresses {
                billing: Some(address("Graz")),
                shipping: None,
            },
            currency,
            payment_terms_days: 30,
            on: day(1),
        };
        self.tell::<Customer>(id, CustomerCommand::Register(command))
            .await;
    }

    pub(crate) async fn add_contact(&self, customer: Uuid, contact: Uuid, name: &str) {
        let command = AddContact {
            contact_id: ContactId(contact),
            details: contact_details(name),
            on: day(1),
        };
        self.tell::<Customer>(customer, CustomerCommand::AddContact(command))
            .await;
    }

    pub(crate) async fn draft_estimate(&self, id: Uuid, customer: Uuid, euros: i64) {
        self.draft_estimate_saying(id, customer, draft(euros)).await;
    }

    pub(crate) async fn draft_estimate_saying(
        &self,
        id: Uuid,
        customer: Uuid,
        draft: DocumentDraft,
    ) {
        let command = DraftEstimate {
            customer_id: CustomerId(customer),
            draft,
            on: day(2),
        };
        self.tell::<Estimate>(id, EstimateCommand::Draft(command))
            .await;
    }

    pub(crate) async fn offer(&self, id: Uuid, on: Date) {
        let command = |number| {
            EstimateCommand::Offer(OfferEstimate {
                number,
                valid_until: on + Duration::days(30),
                deposit_percent: None,
                on,
            })
        };
        self.numbered::<Estimate>(id, Series::Estimates, command)
            .await;
    }

    pub(crate) async fn draft_invoice(&self, id: Uuid, customer: Uuid, draft: DocumentDraft) {
        self.draft_invoice_from(id, customer, draft, None).await;
    }

    pub(crate) async fn draft_invoice_from(
        &self,
        id: Uuid,
        customer: Uuid,
        draft: DocumentDraft,
        source: Option<InvoiceSource>,
    ) {
        let command = DraftInvoice {
            customer_id: CustomerId(customer),
            draft,
            source,
            on: day(3),
        };
        self.tell::<Invoice>(id, InvoiceCommand::Draft(command))
            .await;
    }

    pub(crate) async fn issue(&self, id: Uuid, on: Date, due_date: Date) {
        let command = |number| {
            InvoiceCommand::Issue(IssueInvoice {
                number,
                due_date,
                seller: party("Lumen Studio"),
                buyer: party("Acme"),
                on,
            })
        };
        self.numbered::<Invoice>(id, Series::Invoices, command)
            .await;
    }

    /// An invoice over that many minor units before tax, issued.
    pub(crate) async fn invoice(&self, id: Uuid, customer: Uuid, currency: Currency, minor: i64) {
        self.draft_invoice(id, customer, draft_in(currency, minor))
            .await;
        self.issue(id, day(4), day(34)).await;
    }

    pub(crate) async fn draft_credit_note(
        &self,
        id: Uuid,
        customer: Uuid,
        draft: DocumentDraft,
        source: Option<CreditNoteSource>,
    ) {
        let command = DraftCreditNote {
            customer_id: CustomerId(customer),
            draft,
            source,
            on: day(3),
        };
        self.tell::<CreditNote>(id, CreditNoteCommand::Draft(command))
            .await;
    }

    pub(crate) async fn issue_credit_note(&self, id: Uuid, on: Date) {
        let command = |number| {
            CreditNoteCommand::Issue(IssueCreditNote {
                number,
                seller: party("Lumen Studio"),
                buyer: party("Acme"),
                creditable: None,
                on,
            })
        };
        self.numbered::<CreditNote>(id, Series::CreditNotes, command)
            .await;
    }

    /// A credit note over that many minor units before tax, issued.
    pub(crate) async fn credit_note(
        &self,
        id: Uuid,
        customer: Uuid,
        currency: Currency,
        minor: i64,
    ) {
        self.draft_credit_note(id, customer, draft_in(currency, minor), None)
            .await;
        self.issue_credit_note(id, day(13)).await;
    }

    pub(crate) async fn record(
        &self,
        id: Uuid,
        customer: Uuid,
        amount: Money,
        allocations: Vec<Allocation>,
    ) {
        let command = |number| {
            PaymentCommand::Record(RecordPayment {
                number,
                customer_id: CustomerId(customer),
                amount,
                allocations: allocations.clone(),
                method: OfflineMethod::Cheque,
                reference: Some("no. 17".to_owned()),
                received_on: day(5),
                on: day(6),
            })
        };
        self.numbered::<Payment>(id, Series::Payments, command)
            .await;
    }

    pub(crate) async fn succeed(&self, id: Uuid) {
        let command = |number| PaymentCommand::Succeed {
            number,
            provider_reference: "pi_1".to_owned(),
            on: day(8),
        };
        self.numbered::<Payment>(id, Series::Payments, command)
            .await;
    }
}
