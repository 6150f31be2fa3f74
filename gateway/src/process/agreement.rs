//! Whatever is done with invoices, payments and credit notes, in whatever order, while the processes follow: balances,
//! amounts due, allocations, the parts of credit, statements and ageing agree, with each other, with the aggregates and
//! with sums over the log that know nothing of allocations; on every day, and rebuilt as well as live.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.
#![allow(clippy::wildcard_enum_match_arm)] // What else an event may say moves no account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration as Wait;

use clap::Parser as _;
use cqrs_es::Aggregate;
use domain::credit_note::{
    CreditNote, CreditNoteCommand, CreditNoteError, CreditNoteEvent, DraftCreditNote,
};
use domain::credit_note::{CreditNoteSource, DraftedCreditNote};
use domain::customer::{
    Customer, CustomerAddresses, CustomerCommand, CustomerDetails, RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::event::{Event, decode};
use domain::ids::{CreditNoteId, CustomerId, InvoiceId, PaymentId, RefundId};
use domain::invoice::{
    DraftInvoice, DraftedInvoice, Invoice, InvoiceCommand, InvoiceEvent, Settler,
};
use domain::money::{Currency, Money};
use domain::numbering::Series;
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationProfile, OrganisationSettings,
};
use domain::party::Party;
use domain::payment::{
    Allocation, InitiatePayment, OfflineMethod, Payment, PaymentCommand, PaymentEvent, Progress,
    RecordPayment, RefundPayment, Started,
};
use domain::tax::Tax;
use eventlog::{Actor, ExecuteError, Executed, Metadata};
use projections::{
    InvoiceFilter, InvoiceRow, InvoiceSort, InvoiceState, LARGEST_PAGE, LedgerFilter, Page, Reach,
    Role, Viewer, find_credit_note, find_payment, list_accounts, list_allocations_of,
    list_allocations_to, list_balances, list_credit, list_invoices, list_ledger, sum_ageing,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use time::{Date, Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::intents::Intent;
use super::issuing::{IssueError, issue_credit_note, issue_invoice};
use super::{crediting, refunds, settlement};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Cli;
use crate::process::sandbox::Sandbox;

const START: OffsetDateTime = datetime!(2024-02-20 10:00 UTC);
const CUSTOMERS: [Currency; 3] = [Currency::EUR, Currency::EUR, Currency::JPY];

/// Something that somebody does. Which of the things there are is meant, a number says; how much, percent of what would
/// be possible, and more.
#[derive(Clone, Debug)]
enum Op {
    Invoice {
        who: usize,
        minor: i64,
    },
    Record {
        who: usize,
        minor: i64,
        days_ago: i64,
        to: Vec<usize>,
        percent: i64,
    },
    Pay {
        invoice: usize,
        percent: i64,
        token: usize,
    },
    Decide {
        payment: usize,
        well: bool,
    },
    Credit {
        who: usize,
        minor: i64,
        issue: bool,
    },
    Correct {
        invoice: usize,
    },
    /// Two whole credit notes of it, and it is voided or written off, all at once.
    AtOnce {
        invoice: usize,
        void: bool,
    },
    Give {
        from: usize,
        to: usize,
        percent: i64,
        now: bool,
    },
    TakeBack {
        from: usize,
        now: bool,
    },
    Refund {
        from: usize,
        percent: i64,
    },
    VoidInvoice {
        invoice: usize,
    },
    WriteOff {
        invoice: usize,
    },
    Reverse {
        invoice: usize,
    },
    VoidNote {
        note: usize,
    },
}

const TOKENS: [&str; 4] = [
    "tok_success",
    "tok_card_declined",
    "tok_bank_debit",
    "tok_refund_fails",
];

fn ops() -> impl Strategy<Value = Op> {
    let which = || 0_usize..40;
    let percent = || prop_oneof![3 => Just(100_i64), 4 => 1_i64..100, 1 => 101_i64..130];
    let minor = || 1_i64..60_000;
    prop_oneof![
        5 => (0_usize..3, minor()).prop_map(|(who, minor)| Op::Invoice { who, minor }),
        3 => (0_usize..3, minor(), 0_i64..9, prop::collection::vec(which(), 0..3), percent()).prop_map(
            |(who, minor, days_ago, to, percent)| Op::Record { who, minor, days_ago, to, percent }
        ),
        4 => (which(), percent(), 0_usize..4)
            .prop_map(|(invoice, percent, token)| Op::Pay { invoice, percent, token }),
        2 => (which(), any::<bool>()).prop_map(|(payment, well)| Op::Decide { payment, well }),
        3 => (0_usize..3, minor(), prop::bool::weighted(0.8))
            .prop_map(|(who, minor, issue)| Op::Credit { who, minor, issue }),
        2 => which().prop_map(|invoice| Op::Correct { invoice }),
        2 => (which(), any::<bool>()).prop_map(|(invoice, void)| Op::AtOnce { invoice, void }),
        7 => (which(), which(), percent(), any::<bool>())
            .prop_map(|(from, to, percent, now)| Op::Give { from, to, percent, now }),
        3 => (which(), any::<bool>()).prop_map(|(from, now)| Op::TakeBack { from, now }),
        3 => (which(), percent()).prop_map(|(from, percent)| Op::Refund { from, percent }),
        1 => which().prop_map(|invoice| Op::VoidInvoice { invoice }),
        2 => which().prop_map(|invoice| Op::WriteOff { invoice }),
        2 => which().prop_map(|invoice| Op::Reverse { invoice }),
        1 => which().prop_map(|note| Op::VoidNote { note }),
    ]
}

/// How often each event has happened, in all runs together: that things agree says little where nothing was done.
static HAPPENED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Runs of the property; more with PROPTEST_CASES.
const RUNS: u32 = 10;
/// The most rounds of them.
const MOST_ROUNDS: usize = 20;

#[test]
fn the_books_agree_whatever_is_done() {
    let runs = std::env::var("PROPTEST_CASES").ok();
    let config = ProptestConfig {
        cases: runs.and_then(|runs| runs.parse().ok()).unwrap_or(RUNS),
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = prop::collection::vec((ops(), 0_i64..4), 20..60);
    // Chance may leave something out; then it is played again, by a runner that has not had its runs yet.
    for _ in 0..MOST_ROUNDS {
        let played = TestRunner::new(config.clone()).run(&steps, |steps| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { play(Business::open().await, steps).await });
            Ok(())
        });
        if let Err(failure) = played {
            panic!("{failure}");
        }
        if missing().is_empty() {
            return;
        }
    }
    panic!("never happened: {:?}", missing());
}

/// What should have happened at least once, and has not.
fn missing() -> Vec<&'static str> {
    let happened = HAPPENED.lock().unwrap();
    [
        "InvoicePaymentApplied",
        "InvoiceCreditApplied",
        "InvoiceWrittenOff",
        "PaymentFailed",
        "CreditNoteRefunded",
        "InvoiceCreditUnapplied",
        "InvoiceCorrectionReserved",
        "InvoiceCorrected",
    ]
    .into_iter()
    .filter(|event| !happened.contains_key(*event))
    .collect()
}

async fn play(mut business: Business, steps: Vec<(Op, i64)>) {
    let following = tokio::spawn(super::follow_log(Arc::clone(&business.app)));
    for (op, days) in steps {
        business.now += Duration::days(days);
        business.clock.set(business.now);
        business.step(op).await;
    }
    business.come_to_rest().await;
    business.assert_agreement().await;
    business.app.stop();
    following.await.unwrap();
    business.app.close().await;
}

struct Business {
    app: Arc<App>,
    clock: Clock,
    now: OffsetDateTime,
    customers: Vec<CustomerId>,
    invoices: Vec<InvoiceId>,
    payments: Vec<PaymentId>,
    notes: Vec<CreditNoteId>,
    _dir: tempfile::TempDir,
}

fn meta() -> Metadata {
    let actor = Actor {
        id: "t".into(),
        name: "T".into(),
        role: "staff".into(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

fn viewer() -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: "A".into(),
        email: "a@example.com".into(),
        reach: Reach::Organisation(Role::Accountant),
    }
}

fn draft(currency: Currency, minor: i64) -> DocumentDraft {
    DocumentDraft {
        currency,
        prices: Prices::TaxExclusive,
        lines: vec![LineDraft {
            line_id: None,
            description: "Signs".into(),
            quantity: 1.into(),
            unit_price: Money::from_minor(minor, currency).amount,
            discount: None,
            tax: Tax::NONE,
        }],
        discount: None,
        notes: None,
        terms: None,
    }
}

/// A correction is refused for what the invoice says, and for nothing else.
fn assert_not_corrected(refused: &IssueError<CreditNoteError>) {
    match refused {
        IssueError::Refused(
            CreditNoteError::ExceedsInvoice { .. }
            | CreditNoteError::InvoiceVoided
            | CreditNoteError::InvoiceWrittenOff,
        ) => {}
        other => panic!("{other}"),
    }
}

fn pick<T: Copy>(all: &[T], index: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[index % all.len()])
}

fn share(whole: Money, percent: i64) -> Money {
    Money::from_minor((whole.minor() * percent / 100).max(1), whole.currency)
}

impl Business {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().display().to_string();
        let url = format!("sqlite:{data}/billing.db");
        let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
        let clock = Clock::manual(START);
        let app = App::open_with(cli.config, Box::new(Sandbox), clock.clone())
            .await
            .unwrap();
        let mut business = Self {
            app,
            clock,
            now: START,
            customers: vec![],
            invoices: vec![],
            payments: vec![],
            notes: vec![],
            _dir: dir,
        };
        business.register().await;
        business
    }

    async fn register(&mut self) {
        let profile = OrganisationProfile {
            party: Party {
                name: "P".into(),
                ..Party::default()
            },
            website: None,
            currency: Currency::EUR,
            bank: None,
        };
        let register = OrganisationCommand::Register {
            profile,
            settings: OrganisationSettings::default(),
            on: self.today(),
        };
        self.tell::<Organisation>(ORGANISATION_ID, register).await;
        for currency in CUSTOMERS {
            let id = CustomerId(Uuid::now_v7());
            let register = CustomerCommand::Register(RegisterCustomer {
                details: CustomerDetails {
                    name: "C".into(),
                    language: "en".into(),
                    ..CustomerDetails::default()
                },
                addresses: CustomerAddresses::default(),
                currency,
                payment_terms_days: 14,
                on: self.today(),
            });
            self.tell::<Customer>(id.0, register).await;
            self.customers.push(id);
        }
    }

    fn today(&self) -> Date {
        self.app.today()
    }

    /// None where the aggregate refuses.
    async fn tell<A>(&self, id: Uuid, command: A::Command) -> Option<Executed<A>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        loop {
            match self
                .app
                .log
                .execute::<A>(id, command.clone(), &meta())
                .await
            {
                Ok(done) => return Some(done),
                Err(ExecuteError::Refused(_)) => return None,
                Err(ExecuteError::Conflict) => {} // The processes write too.
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn step(&mut self, op: Op) {
        match op {
            Op::Invoice { who, minor } => self.invoice(who, minor).await,
            Op::Record {
                who,
                minor,
                days_ago,
                to,
                percent,
            } => {
                self.record(who, minor, days_ago, &to, percent).await;
            }
            Op::Pay {
                invoice,
                percent,
                token,
            } => self.pay(invoice, percent, token).await,
            Op::Decide { payment, well } => self.decide(payment, well).await,
            Op::Credit { who, minor, issue } => {
                let draft = draft(CUSTOMERS[who], minor);
                self.credit(self.customers[who], draft, None, issue).await;
            }
            Op::Correct { invoice } => self.correct(invoice).await,
            Op::AtOnce { invoice, void } => self.at_once(invoice, void).await,
            Op::Give {
                from,
                to,
                percent,
                now,
            } => self.give(from, to, percent, now).await,
            Op::TakeBack { from, now } => self.take_back(from, now).await,
            Op::Refund { from, percent } => self.refund(from, percent).await,
            Op::VoidInvoice { invoice } => {
                self.close(invoice, |reason, on| InvoiceCommand::Void { reason, on })
                    .await;
            }
            Op::WriteOff { invoice } => {
                self.close(invoice, |reason, on| InvoiceCommand::WriteOff {
                    reason,
                    on,
                })
                .await;
            }
            Op::Reverse { invoice } => {
                self.close(invoice, |reason, on| InvoiceCommand::ReverseWriteOff {
                    reason,
                    on,
                })
                .await;
            }
            Op::VoidNote { note } => {
                let (reason, on) = ("A slip.".to_owned(), self.today());
                if let Some(id) = pick(&self.notes, note) {
                    let void = CreditNoteCommand::Void { reason, on };
                    self.tell::<CreditNote>(id.0, void).await;
                }
            }
        }
    }

    async fn invoice(&mut self, who: usize, minor: i64) {
        let id = InvoiceId(Uuid::now_v7());
        let draft = InvoiceCommand::Draft(DraftInvoice {
            customer_id: self.customers[who],
            draft: draft(CUSTOMERS[who], minor),
            source: None,
            on: self.today(),
        });
        self.tell::<Invoice>(id.0, draft).await.unwrap();
        issue_invoice(&self.app, id.0, None, &meta()).await.unwrap();
        self.invoices.push(id);
    }

    async fn record(&mut self, who: usize, minor: i64, days_ago: i64, to: &[usize], percent: i64) {
        let (on, currency) = (self.today(), CUSTOMERS[who]);
        let mut left = Money::from_minor(minor, currency);
        let mut allocations: Vec<Allocation> = vec![];
        for index in to {
            let Some(invoice_id) = pick(&self.invoices, *index) else {
                continue;
            };
            let state = self.state_of_invoice(invoice_id).await;
            let known = allocations.iter().any(|part| part.invoice_id == invoice_id);
            let due = state.amount_due().minor() * percent / 100;
            let amount = Money::from_minor(due.min(left.minor()), currency);
            if state.customer_id == self.customers[who] && !known && amount.is_positive() {
                left = Money::from_minor(left.minor() - amount.minor(), currency);
                allocations.push(Allocation { invoice_id, amount });
            }
        }
        let id = PaymentId(Uuid::now_v7());
        let command = RecordPayment {
            number: String::new(),
            customer_id: self.customers[who],
            amount: Money::from_minor(minor, currency),
            allocations,
            method: OfflineMethod::BankTransfer,
            reference: None,
            received_on: on - Duration::days(days_ago),
            on,
        };
        self.numbered(id, |number| {
            PaymentCommand::Record(RecordPayment {
                number,
                ..command.clone()
            })
        })
        .await;
        self.payments.push(id);
    }

    async fn numbered(
        &self,
        id: PaymentId,
        command: impl Fn(String) -> PaymentCommand + Send + Sync,
    ) {
        let numbers = self.app.numbers(Series::Payments, self.today());
        let make = |_: &Payment, _: u64, number: u64| Ok(command(numbers.text(number)));
        let log = &self.app.log;
        match log
            .execute_numbered::<Payment, _>(id.0, &numbers.name, &meta(), make)
            .await
        {
            Ok(_) | Err(ExecuteError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Through the provider: it succeeds, is declined, or stays pending. Who asks twice at once may be refused.
    async fn pay(&mut self, invoice: usize, percent: i64, token: usize) {
        let Some(invoice_id) = pick(&self.invoices, invoice) else {
            return;
        };
        let state = self.state_of_invoice(invoice_id).await;
        let amount = share(state.amount_due(), percent);
        let id = PaymentId(Uuid::now_v7());
        let command = PaymentCommand::Initiate(InitiatePayment {
            customer_id: state.customer_id,
            amount,
            allocations: vec![Allocation { invoice_id, amount }],
            provider: "sandbox".into(),
            on: self.today(),
        });
        let intent = Intent::token(TOKENS[token], false);
        let intents = &self.app.intents;
        intents.put(id.0, &intent, self.now).await.unwrap();
        self.tell::<Payment>(id.0, command).await.unwrap();
        self.payments.push(id);
        if matches!(token, 0 | 2) {
            settlement::settle(&self.app, id, Uuid::nil())
                .await
                .unwrap();
        }
    }

    /// What was pending succeeds or fails; what had failed may come late.
    async fn decide(&self, payment: usize, well: bool) {
        let mut open = vec![];
        for id in &self.payments {
            let state = self.state_of_payment(*id).await;
            if matches!(state.progress, Progress::Pending | Progress::Failed { .. }) {
                open.push(*id);
            }
        }
        let Some(id) = pick(&open, payment) else {
            return;
        };
        let on = self.today();
        if well {
            self.numbered(id, |number| PaymentCommand::Succeed {
                number,
                provider_reference: "ref".into(),
                on,
            })
            .await;
        } else {
            let fail = PaymentCommand::Fail {
                code: "NO".into(),
                reason: "No.".into(),
                on,
            };
            self.tell::<Payment>(id.0, fail).await;
        }
    }

    async fn credit(
        &mut self,
        customer_id: CustomerId,
        draft: DocumentDraft,
        source: Option<CreditNoteSource>,
        issue: bool,
    ) {
        let id = CreditNoteId(Uuid::now_v7());
        let command = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id,
            draft,
            source,
            on: self.today(),
        });
        self.tell::<CreditNote>(id.0, command).await.unwrap();
        if issue {
            match issue_credit_note(&self.app, id.0, &meta()).await {
                Ok(_) => {}
                Err(other) => assert_not_corrected(&other),
            }
        }
        self.notes.push(id);
    }

    async fn correct(&mut self, invoice: usize) {
        let Some(invoice_id) = pick(&self.invoices, invoice) else {
            return;
        };
        let state = self.state_of_invoice(invoice_id).await;
        let draft = domain::credit_note::copy_lines(&state.document, &[]).unwrap();
        let source = Some(CreditNoteSource::Invoice { invoice_id });
        self.credit(state.customer_id, draft, source, true).await;
    }

    async fn at_once(&mut self, invoice: usize, void: bool) {
        let Some(invoice_id) = pick(&self.invoices, invoice) else {
            return;
        };
        let state = self.state_of_invoice(invoice_id).await;
        let mut drafts = vec![];
        for _ in 0..2 {
            let draft = domain::credit_note::copy_lines(&state.document, &[]).unwrap();
            let source = Some(CreditNoteSource::Invoice { invoice_id });
            self.credit(state.customer_id, draft, source, false).await;
            drafts.extend(self.notes.last().copied());
        }
        let (reason, on) = ("Reason.".to_owned(), self.today());
        let close = if void {
            InvoiceCommand::Void { reason, on }
        } else {
            InvoiceCommand::WriteOff { reason, on }
        };
        let (one, two) = (meta(), meta());
        let (first, _, second) = tokio::join!(
            issue_credit_note(&self.app, drafts[0].0, &one),
            self.tell::<Invoice>(invoice_id.0, close),
            issue_credit_note(&self.app, drafts[1].0, &two),
        );
        assert!(first.is_err() || second.is_err(), "both are issued");
        for refused in [first, second].into_iter().filter_map(Result::err) {
            assert_not_corrected(&refused);
        }
    }

    /// Payments and credit notes in one row.
    fn settlers(&self) -> Vec<Settler> {
        let payments = self.payments.iter().map(|id| Settler::Payment(*id));
        let notes = self.notes.iter().map(|id| Settler::CreditNote(*id));
        payments.chain(notes).collect()
    }

    /// Those with something unapplied.
    async fn givers(&self) -> Vec<Settler> {
        let mut givers = vec![];
        for settler in self.settlers() {
            if !self.unapplied(settler).await.1.is_zero() {
                givers.push(settler);
            }
        }
        givers
    }

    async fn invoices_of_customer(&self, customer: CustomerId) -> Vec<InvoiceId> {
        let mut own = vec![];
        for id in &self.invoices {
            if self.state_of_invoice(*id).await.customer_id == customer {
                own.push(*id);
            }
        }
        own
    }

    /// Credit goes to an invoice of the same customer, here and now or by the process.
    async fn give(&self, from: usize, to: usize, percent: i64, now: bool) {
        let Some(settler) = pick(&self.givers().await, from) else {
            return;
        };
        let (customer, unapplied) = self.unapplied(settler).await;
        let Some(invoice_id) = pick(&self.invoices_of_customer(customer).await, to) else {
            return;
        };
        let to = self.state_of_invoice(invoice_id).await;
        let most = unapplied.minor().min(to.amount_due().minor().max(1));
        let amount = share(Money::from_minor(most, unapplied.currency), percent);
        let on = self.today();
        match settler {
            Settler::Payment(id) => {
                let allocation = Allocation { invoice_id, amount };
                let allocate = PaymentCommand::Allocate { allocation, on };
                self.tell::<Payment>(id.0, allocate).await;
                if now {
                    settlement::settle(&self.app, id, Uuid::nil())
                        .await
                        .unwrap();
                }
            }
            Settler::CreditNote(id) => {
                let allocate = CreditNoteCommand::Allocate {
                    invoice_id,
                    amount,
                    on,
                };
                self.tell::<CreditNote>(id.0, allocate).await;
                if now {
                    crediting::apply(&self.app, id, Uuid::nil()).await.unwrap();
                }
            }
        }
    }

    async fn unapplied(&self, settler: Settler) -> (CustomerId, Money) {
        match settler {
            Settler::Payment(id) => {
                let state = self.state_of_payment(id).await;
                match state.progress {
                    Progress::Succeeded => (state.customer_id, state.unapplied()),
                    _ => (state.customer_id, Money::zero(state.amount.currency)),
                }
            }
            Settler::CreditNote(id) => {
                let state = self.state_of_note(id).await;
                (state.customer_id, state.unapplied())
            }
        }
    }

    /// What is allocated, to which invoice.
    async fn allocations(&self) -> Vec<(Settler, InvoiceId)> {
        let mut found = vec![];
        for settler in self.settlers() {
            let invoices: Vec<InvoiceId> = match settler {
                Settler::Payment(id) => {
                    let state = self.state_of_payment(id).await;
                    state.allocations.invoices().collect()
                }
                Settler::CreditNote(id) => {
                    let issued = self.state_of_note(id).await.issued;
                    let issued = issued.into_iter();
                    issued
                        .flat_map(|issued| issued.allocations.invoices().collect::<Vec<_>>())
                        .collect()
                }
            };
            found.extend(invoices.into_iter().map(|invoice| (settler, invoice)));
        }
        found
    }

    /// Off one of the invoices that it settles; the end of the allocation comes here and now or by the process.
    async fn take_back(&self, from: usize, now: bool) {
        let Some((settler, invoice_id)) = pick(&self.allocations().await, from) else {
            return;
        };
        let (reason, on) = ("Meant for another.".to_owned(), self.today());
        let unapply = match settler {
            Settler::Payment(payment_id) => InvoiceCommand::UnapplyPayment {
                payment_id,
                reason: reason.clone(),
                on,
            },
            Settler::CreditNote(credit_note_id) => InvoiceCommand::UnapplyCredit {
                credit_note_id,
                reason: reason.clone(),
                on,
            },
        };
        let Some(done) = self.tell::<Invoice>(invoice_id.0, unapply).await else {
            return;
        };
        if done.events.is_empty() || !now {
            return;
        }
        let issued = done.state.drafted.unwrap().issued.unwrap();
        let unapplied = settlement::Unapplied {
            invoice_id,
            amount: issued.taken_back[&settler],
            sequence: done.version,
            reason,
            on,
        };
        let app = &self.app;
        let ended = match settler {
            Settler::Payment(id) => {
                settlement::end_allocation(app, id, unapplied, Uuid::nil()).await
            }
            Settler::CreditNote(id) => {
                crediting::end_allocation(app, id, unapplied, Uuid::nil()).await
            }
        };
        ended.unwrap();
    }

    async fn refund(&self, from: usize, percent: i64) {
        let Some(settler) = pick(&self.givers().await, from) else {
            return;
        };
        let (_, unapplied) = self.unapplied(settler).await;
        let (refund_id, amount) = (RefundId(Uuid::now_v7()), share(unapplied, percent));
        let (reason, on) = ("Asked for.".to_owned(), self.today());
        match settler {
            Settler::CreditNote(id) => {
                let refund = CreditNoteCommand::Refund {
                    refund_id,
                    amount,
                    reason,
                    on,
                };
                self.tell::<CreditNote>(id.0, refund).await;
            }
            Settler::Payment(id) => {
                let refund = RefundPayment {
                    refund_id,
                    amount,
                    reason,
                    on,
                };
                let by_provider = self.state_of_payment(id).await.provider.is_some();
                let command = if by_provider {
                    PaymentCommand::InitiateRefund(refund)
                } else {
                    PaymentCommand::Refund(refund)
                };
                self.tell::<Payment>(id.0, command).await;
            }
        }
    }

    async fn close(&self, invoice: usize, command: impl FnOnce(String, Date) -> InvoiceCommand) {
        if let Some(id) = pick(&self.invoices, invoice) {
            let reason = format!("Reason {}.", Uuid::now_v7());
            self.tell::<Invoice>(id.0, command(reason, self.today()))
                .await;
        }
    }

    async fn state_of_invoice(&self, id: InvoiceId) -> DraftedInvoice {
        let loaded = self.app.log.load::<Invoice>(id.0).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    async fn state_of_payment(&self, id: PaymentId) -> Started {
        let loaded = self.app.log.load::<Payment>(id.0).await.unwrap();
        loaded.state.started.unwrap()
    }

    async fn state_of_note(&self, id: CreditNoteId) -> DraftedCreditNote {
        let loaded = self.app.log.load::<CreditNote>(id.0).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    /// Waits until the processes have carried everything as far as it goes; what waits for a provider, the sweep does.
    async fn come_to_rest(&self) {
        for id in &self.payments {
            settlement::settle(&self.app, *id, Uuid::nil())
                .await
                .unwrap();
            refunds::give_back(&self.app, *id, Uuid::nil())
                .await
                .unwrap();
        }
        let mut unsettled = vec![];
        for _ in 0..3_000 {
            unsettled = self.unsettled().await;
            if unsettled.is_empty() {
                self.shown().await;
                assert_eq!(self.app.process_fault(), None);
                assert_eq!(self.app.parking.count().await.unwrap(), 0);
                return;
            }
            tokio::time::sleep(Wait::from_millis(25)).await;
        }
        panic!("never came to rest: {unsettled:?}");
    }

    async fn shown(&self) {
        let head = self.app.log.head().await.unwrap();
        for _ in 0..3_000 {
            if self.app.reads.position() >= head {
                return;
            }
            tokio::time::sleep(Wait::from_millis(10)).await;
        }
        panic!("the read models are not at {head}");
    }

    /// Where a payment or credit note and an invoice still say different things.
    async fn unsettled(&self) -> Vec<String> {
        let mut given: BTreeMap<(InvoiceId, Settler), Money> = BTreeMap::new();
        let mut waiting: Vec<PaymentId> = vec![];
        for id in &self.payments {
            let state = self.state_of_payment(*id).await;
            let settler = Settler::Payment(*id);
            match state.progress {
                Progress::Succeeded => {
                    let given_to = |to| Some(((to, settler), state.allocations.to(to)?));
                    given.extend(state.allocations.invoices().filter_map(given_to));
                }
                Progress::Initiated | Progress::Submitted | Progress::Pending => waiting.push(*id),
                Progress::Failed { .. } | Progress::Cancelled => {}
            }
        }
        for id in &self.notes {
            if let Some(issued) = self.state_of_note(*id).await.issued {
                let settler = Settler::CreditNote(*id);
                let given_to = |to| Some(((to, settler), issued.allocations.to(to)?));
                given.extend(issued.allocations.invoices().filter_map(given_to));
            }
        }
        let mut taken: BTreeMap<(InvoiceId, Settler), Money> = BTreeMap::new();
        let mut different = vec![];
        for id in &self.invoices {
            let issued = self.state_of_invoice(*id).await.issued.unwrap();
            taken.extend(
                issued
                    .applied
                    .iter()
                    .map(|(by, amount)| ((*id, *by), *amount)),
            );
            let pending = self.state_of_invoice(*id).await;
            if pending.reserved().is_zero() && !pending.pending_corrections().is_empty() {
                different.push(format!("corrections of {id} are pending"));
            }
            for note in issued.corrections.keys() {
                let of_note = self.state_of_note(*note).await.issued;
                if of_note.is_none_or(|of_note| of_note.voided) {
                    different.push(format!("{note} keeps a correction on {id}"));
                }
            }
            let kept = issued.reserved.keys().filter(|by| !waiting.contains(by));
            different.extend(kept.map(|by| format!("{by} keeps a reservation on {id}")));
        }
        for (key, amount) in &given {
            if taken.get(key) != Some(amount) {
                different.push(format!(
                    "{key:?} gives {amount}, taken: {:?}",
                    taken.get(key)
                ));
            }
        }
        for key in taken.keys().filter(|key| !given.contains_key(key)) {
            different.push(format!("{key:?} is taken, but not given"));
        }
        different
    }
}

/// What moved accounts, by customer and currency: the date, and by how much more is owed in minor units. From the log
/// alone, and without a look at any allocation: money and credit notes are worth the same wherever they are applied.
#[derive(Default)]
struct Book {
    moved: BTreeMap<(Uuid, Currency), Vec<(Date, i64)>>,
    whose: BTreeMap<Uuid, Uuid>,
    worth: BTreeMap<Uuid, Money>,
}

impl Book {
    async fn of(app: &App) -> Self {
        let mut book = Self::default();
        for event in app.log.tail(0, 100_000).await.unwrap() {
            let mut happened = HAPPENED.lock().unwrap();
            *happened.entry(event.event_type.clone()).or_default() += 1;
            let decoded = decode(
                &event.aggregate_type,
                &event.event_type,
                &event.event_version,
                &event.payload,
            );
            match decoded.unwrap() {
                Event::Invoice(said) => book.on_invoice(event.aggregate_id, said),
                Event::Payment(said) => book.on_payment(event.aggregate_id, said),
                Event::CreditNote(said) => book.on_credit_note(event.aggregate_id, said),
                _ => {}
            }
        }
        book
    }

    fn add(&mut self, id: Uuid, on: Date, currency: Currency, minor: i64) {
        let key = (self.whose[&id], currency);
        self.moved.entry(key).or_default().push((on, minor));
    }

    fn owes(&mut self, id: Uuid, on: Date, amount: Money) {
        self.add(id, on, amount.currency, amount.minor());
    }

    fn credits(&mut self, id: Uuid, on: Date, amount: Money) {
        self.add(id, on, amount.currency, -amount.minor());
    }

    fn on_invoice(&mut self, id: Uuid, event: InvoiceEvent) {
        match event {
            InvoiceEvent::Drafted { customer_id, .. } => {
                self.whose.insert(id, customer_id.0);
            }
            InvoiceEvent::Issued {
                total, issue_date, ..
            } => {
                self.worth.insert(id, total);
                self.owes(id, issue_date, total);
            }
            InvoiceEvent::Voided { on, .. } => self.credits(id, on, self.worth[&id]),
            InvoiceEvent::WrittenOff { amount, on, .. } => self.credits(id, on, amount),
            InvoiceEvent::WriteOffReversed { amount, on, .. } => self.owes(id, on, amount),
            _ => {}
        }
    }

    fn on_payment(&mut self, id: Uuid, event: PaymentEvent) {
        match event {
            PaymentEvent::Initiated {
                customer_id,
                amount,
                ..
            } => {
                self.whose.insert(id, customer_id.0);
                self.worth.insert(id, amount);
            }
            PaymentEvent::Recorded {
                customer_id,
                amount,
                received_on,
                ..
            } => {
                self.whose.insert(id, customer_id.0);
                self.credits(id, received_on, amount);
            }
            PaymentEvent::Succeeded { on, .. } | PaymentEvent::ArrivedLate { on, .. } => {
                self.credits(id, on, self.worth[&id]);
            }
            PaymentEvent::Refunded { amount, on, .. }
            | PaymentEvent::RefundInitiated { amount, on, .. } => self.owes(id, on, amount),
            PaymentEvent::RefundFailed { amount, on, .. } => self.credits(id, on, amount),
            _ => {}
        }
    }

    fn on_credit_note(&mut self, id: Uuid, event: CreditNoteEvent) {
        match event {
            CreditNoteEvent::Drafted { customer_id, .. } => {
                self.whose.insert(id, customer_id.0);
            }
            CreditNoteEvent::Issued {
                total, issue_date, ..
            } => {
                self.worth.insert(id, total);
                self.credits(id, issue_date, total);
            }
            CreditNoteEvent::Refunded { amount, on, .. } => self.owes(id, on, amount),
            CreditNoteEvent::Voided { on, .. } => self.owes(id, on, self.worth[&id]),
            _ => {}
        }
    }

    /// What a customer owes at the end of a day, net of credit.
    fn owed(&self, customer: Uuid, currency: Currency, upto: Date) -> i64 {
        let all = self.moved.get(&(customer, currency));
        let upto = all.into_iter().flatten().filter(|(on, _)| *on <= upto);
        upto.map(|(_, minor)| minor).sum()
    }
}

fn all() -> Page {
    Page {
        first: LARGEST_PAGE,
        after: None,
    }
}

impl Business {
    fn read<T>(&self, query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>) -> T {
        self.app.reads.read(query).unwrap()
    }

    async fn assert_agreement(&self) {
        let book = Book::of(&self.app).await;
        for id in &self.invoices {
            self.assert_invoice(*id).await;
        }
        for settler in self.settlers() {
            self.assert_settler(settler).await;
        }
        for (customer, currency) in self.customers.iter().zip(CUSTOMERS) {
            self.assert_balance(&book, customer.0, currency);
            self.assert_statement(&book, customer.0, currency);
        }
        self.assert_ageing(&book);
        self.assert_rebuilt().await;
    }

    fn invoices_of(&self, customer: Uuid) -> Vec<InvoiceRow> {
        let filter = InvoiceFilter {
            customer_id: Some(customer),
            ..InvoiceFilter::default()
        };
        let sort = (InvoiceSort::Dated, false);
        let slice = self.read(|db| list_invoices(db, &viewer(), &filter, sort, &all()));
        assert!(!slice.has_next);
        slice.rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The row says what the aggregate says, and its allocations add up to what is settled and reserved.
    async fn assert_invoice(&self, id: InvoiceId) {
        let state = self.state_of_invoice(id).await;
        let rows = self.invoices_of(state.customer_id.0);
        let row = rows.into_iter().find(|row| row.id == id.0).unwrap();
        let shown = (row.due, row.settled, row.reserved);
        let said = (state.amount_due(), state.settled(), state.reserved());
        assert_eq!(shown, said, "{id}");
        let sum = |applied| {
            let parts = self.read(|db| list_allocations_to(db, &viewer(), &[id.0]));
            let parts = parts.iter().filter(|part| part.applied == applied);
            parts.map(|part| part.amount.minor()).sum::<i64>()
        };
        assert_eq!(
            (sum(true), sum(false)),
            (row.settled.minor(), row.reserved.minor())
        );
        self.assert_corrections(id, &state).await;
        let rest = row.total.minor() - row.settled.minor();
        match row.state {
            InvoiceState::Open | InvoiceState::Paid => assert_eq!(row.due.minor(), rest),
            InvoiceState::Voided => assert!(row.settled.is_zero() && row.due.is_zero()),
            InvoiceState::WrittenOff => assert!(rest > 0 && row.due.is_zero()),
            InvoiceState::Draft | InvoiceState::Discarded => panic!("it is issued"),
        }
    }

    /// It is credited for what it says at most, by just the credit notes that are issued for it; for nothing once voided.
    async fn assert_corrections(&self, id: InvoiceId, state: &DraftedInvoice) {
        let mut sum = 0;
        for note in &self.notes {
            let note = self.state_of_note(*note).await;
            let corrects = note.source.and_then(CreditNoteSource::invoice_id) == Some(id);
            let stands = note.issued.as_ref().is_some_and(|issued| !issued.voided);
            if corrects && stands {
                sum += note.document.total().minor();
            }
        }
        assert_eq!(state.credited().minor(), sum, "{id}");
        assert!(sum <= state.document.total().minor());
        let voided = state.issued.as_ref().unwrap().standing == domain::invoice::Standing::Voided;
        assert!(!voided || sum == 0);
    }

    /// Its allocations add up to what is applied; applied, refunded and unapplied are all of it.
    async fn assert_settler(&self, settler: Settler) {
        let (id, whole, [applied, refunded, unapplied]) = match settler {
            Settler::Payment(id) => {
                let row = self.read(|db| find_payment(db, &viewer(), id.0)).unwrap();
                let ours = self.state_of_payment(id).await.progress == Progress::Succeeded;
                let whole = if ours { row.amount.minor() } else { 0 };
                (id.0, whole, [row.applied, row.refunded, row.unapplied()])
            }
            Settler::CreditNote(id) => {
                let row = self
                    .read(|db| find_credit_note(db, &viewer(), id.0))
                    .unwrap();
                let issued = self.state_of_note(id).await.issued;
                let stands = issued.is_some_and(|issued| !issued.voided);
                let whole = if stands { row.total.minor() } else { 0 };
                (id.0, whole, [row.applied, row.refunded, row.unapplied()])
            }
        };
        let sum = applied.minor() + refunded.minor() + unapplied.minor();
        assert_eq!(sum, whole, "{settler:?}");
        assert_eq!(self.unapplied(settler).await.1, unapplied, "{settler:?}");
        let parts = self.read(|db| list_allocations_of(db, &viewer(), &[id]));
        let parts = parts.iter().filter(|part| part.applied);
        let sum: i64 = parts.map(|part| part.amount.minor()).sum();
        assert_eq!(sum, applied.minor(), "{settler:?}");
    }

    /// Outstanding is what is due, credit is what is unapplied, and their difference what the log makes it.
    fn assert_balance(&self, book: &Book, customer: Uuid, currency: Currency) {
        let balances = self.read(|db| list_balances(db, &viewer(), &[customer]));
        assert!(balances.len() <= 1, "{balances:?}");
        let (outstanding, credit) = balances.first().map_or((0, 0), |(_, row)| {
            assert_eq!(row.credit.currency, currency);
            (row.outstanding.minor(), row.credit.minor())
        });
        let due: i64 = self
            .invoices_of(customer)
            .iter()
            .map(|row| row.due.minor())
            .sum();
        assert_eq!(outstanding, due);
        let parts = self.read(|db| list_credit(db, &viewer(), customer));
        assert!(parts.iter().all(|part| part.amount.is_positive()));
        let sum: i64 = parts.iter().map(|part| part.amount.minor()).sum();
        assert_eq!(credit, sum, "{parts:?}");
        assert_eq!(
            outstanding - credit,
            book.owed(customer, currency, self.today())
        );
    }

    /// On every day: what came before and what happened since is what there is in the end.
    fn assert_statement(&self, book: &Book, customer: Uuid, currency: Currency) {
        let end = self.today();
        let account = |from: Option<Date>, to: Option<Date>| {
            let rows = self.read(|db| list_accounts(db, &viewer(), customer, from, to));
            let row = rows
                .into_iter()
                .find(|row| row.closing.currency == currency);
            row.map_or([0; 4], |row| {
                [row.opening, row.charged, row.credited, row.closing].map(Money::minor)
            })
        };
        let in_the_end = book.owed(customer, currency, end);
        let mut day = START.date() - Duration::days(10);
        while day <= end {
            let expected = book.owed(customer, currency, day);
            let [opening, charged, credited, closing] = account(None, Some(day));
            assert_eq!((opening, closing), (0, expected), "upto {day}");
            assert_eq!(charged + credited, closing);
            let since = account(Some(day + Duration::DAY), Some(end));
            assert_eq!(since[0], expected, "since {day}");
            assert_eq!(since[0] + since[1] + since[2], in_the_end, "since {day}");
            assert_eq!(since[3], in_the_end);
            self.assert_movements(customer, currency, day, [expected, in_the_end]);
            day += Duration::days(3);
        }
    }

    /// The movements after a day lead, row by row, from what was owed then to what is owed now.
    fn assert_movements(&self, customer: Uuid, currency: Currency, day: Date, ends: [i64; 2]) {
        let filter = LedgerFilter {
            customer_id: customer,
            currency,
            from: Some(day + Duration::DAY),
            to: None,
            applications: true,
        };
        let (mut page, mut balance) = (all(), ends[0]);
        loop {
            let slice = self.read(|db| list_ledger(db, &viewer(), &filter, &page));
            for (_, row) in &slice.rows {
                assert!(row.happened_on > day);
                balance += row.change.minor();
                assert_eq!(row.balance.minor(), balance, "{row:?}");
            }
            page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
            if !slice.has_next {
                break;
            }
        }
        assert_eq!(balance, ends[1]);
    }

    /// On every day ageing adds up to the accounts; today it is what is due and what is unapplied.
    fn assert_ageing(&self, book: &Book) {
        let end = self.today();
        let mut day = START.date() - Duration::days(10);
        while day <= end {
            for currency in [Currency::EUR, Currency::JPY] {
                let rows = self.read(|db| sum_ageing(db, &viewer(), day, None));
                let row = rows.iter().find(|row| row.due.currency == currency);
                let aged = row.map_or(0, |row| row.due.minor() - row.credit.minor());
                let owed = self.customers.iter().zip(CUSTOMERS);
                let owed = owed.filter(|(_, own)| *own == currency);
                let owed: i64 = owed.map(|(id, _)| book.owed(id.0, currency, day)).sum();
                assert_eq!(aged, owed, "{currency:?} on {day}");
            }
            day += Duration::days(5);
        }
        let rows = self.read(|db| sum_ageing(db, &viewer(), end, None));
        let balances = self.read(|db| projections::sum_balances(db, &viewer()));
        for balance in balances {
            let currency = balance.credit.currency;
            let row = rows.iter().find(|row| row.due.currency == currency);
            let aged = row.map(|row| (row.due, row.credit));
            assert_eq!(aged, Some((balance.outstanding, balance.credit)));
        }
    }

    async fn assert_rebuilt(&self) {
        let (log, folder) = (self.app.log.clone(), self.app.config.read_models());
        let runtime = tokio::runtime::Handle::current();
        let checking = move || projections::check(&log, &runtime, &folder, &|_| {});
        let report = tokio::task::spawn_blocking(checking)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(report.differences, 0, "{:?}", report.named);
    }
}
