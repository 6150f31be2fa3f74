//! Two nodes on one event store, a clock, and the customers of the scripts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use cqrs_es::Aggregate;
use domain::credit_note::{CreditNote, CreditNoteSource};
use domain::customer::{
    AttachedBy, Customer, CustomerAddresses, CustomerCommand, CustomerDetails,
    PaymentMethodDetails, PaymentMethodKind, RegisterCustomer,
};
use domain::ids::{CustomerId, PlanId};
use domain::invoice::{Invoice, InvoiceSource, SubscriptionBilling};
use domain::money::{Currency, Money};
use domain::numbering::Series;
use domain::organisation::{
    AfterDunning, Dunning, ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationProfile,
    OrganisationSettings,
};
use domain::party::Party;
use domain::payment::{Allocation, OfflineMethod, Payment, PaymentCommand, RecordPayment};
use domain::plan::PlanDetails;
use domain::schedule::{Interval, IntervalUnit};
use domain::subscription::{
    CancelSubscription, ChangeSubscription, Collection, End, StartSubscription, Started,
    Subscription, SubscriptionCommand, Terms, When,
};
use domain::tax::{Tax, TaxCategory};
use eventlog::{Actor, ExecuteError, Metadata};
use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::Cli;
use gateway::process::sandbox::Sandbox;
use gateway::process::{catch_up, renewing, schedule};
use projections::{
    InvoiceFilter, InvoiceRow, InvoiceSort, Page, Reach, Role, Viewer, list_invoices,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::expected::{Bill, civil, day};
use crate::scripts::{Ends, PLANS, Script, Step, Unit};
use crate::support::{Engine, Store};

pub(crate) struct World {
    pub(crate) clock: Clock,
    nodes: [Arc<App>; 2],
    _dirs: [tempfile::TempDir; 2],
    _store: Arc<Store>,
}

/// Noon of a day in UTC, which is the organisation's zone here.
pub(crate) fn noon_of(days: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(days).unwrap() * 86_400 + 43_200)
}

fn date(days: i64) -> Date {
    let (year, month, date) = civil(days);
    let month = time::Month::try_from(u8::try_from(month).unwrap()).unwrap();
    Date::from_calendar_date(year.try_into().unwrap(), month, date.try_into().unwrap()).unwrap()
}

fn days(date: Date) -> i64 {
    let (year, month, of_month) = date.to_calendar_date();
    day(year.into(), u8::from(month).into(), of_month.into())
}

fn cents(money: Money) -> i64 {
    assert_eq!(money.currency, Currency::EUR);
    i64::try_from(money.amount.mantissa()).unwrap()
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

fn of(kind: &str, number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{kind}/{number}").as_bytes())
}

fn staff() -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: "T".into(),
        email: String::new(),
        reach: Reach::Organisation(Role::Staff),
    }
}

fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        ..Party::default()
    }
}

fn card(name: &str) -> PaymentMethodDetails {
    PaymentMethodDetails {
        kind: PaymentMethodKind::Card,
        label: name.to_owned(),
        provider: "sandbox".to_owned(),
        reference: format!("pm_sandbox_{name}_1"),
    }
}

fn terms(plan: usize, quantity: i64) -> Terms {
    let sketch = &PLANS[plan];
    let euros = |cents| Money::from_minor(cents, Currency::EUR);
    let unit = match sketch.unit {
        Unit::Days => IntervalUnit::Day,
        Unit::Weeks => IntervalUnit::Week,
        Unit::Months => IntervalUnit::Month,
        Unit::Years => IntervalUnit::Year,
    };
    Terms {
        plan_id: PlanId(of("plan", plan)),
        plan: PlanDetails {
            name: format!("Plan {plan}"),
            description: None,
            price: euros(sketch.cents),
            interval: Interval {
                unit,
                count: sketch.count.try_into().unwrap(),
            },
            trial_days: sketch.trial.try_into().unwrap(),
            setup_fee: (sketch.fee > 0).then(|| euros(sketch.fee)),
            tax: match sketch.tax {
                0 => Tax::NONE,
                percent => Tax {
                    category: TaxCategory::Standard,
                    percent: percent.into(),
                },
            },
            terms: None,
        },
        quantity: rust_decimal::Decimal::new(quantity, 3),
    }
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let store = Store::new(engine).await;
        let clock = Clock::manual(noon_of(day(2024, 1, 1)));
        let (one, other) = (node(&store, &clock).await, node(&store, &clock).await);
        let world = Self {
            clock,
            nodes: [one.0, other.0],
            _dirs: [one.1, other.1],
            _store: store,
        };
        let register = OrganisationCommand::Register {
            profile: OrganisationProfile {
                party: party("Lumen"),
                website: None,
                currency: Currency::EUR,
                bank: None,
            },
            settings: OrganisationSettings {
                dunning: Dunning {
                    retry_after_days: vec![3, 7, 14],
                    then: AfterDunning::MarkUnpaid,
                },
                ..OrganisationSettings::default()
            },
            on: world.nodes[0].today(),
        };
        world
            .execute::<Organisation>(ORGANISATION_ID, register)
            .await;
        for node in &world.nodes {
            node.refresh_settings().await.unwrap();
        }
        world
    }

    /// The organisation keeps its days by that time zone.
    pub(crate) async fn move_to(&self, zone: &str) {
        let settings = OrganisationSettings {
            time_zone: domain::zone::Zone::named("timeZone", zone).unwrap(),
            ..(*self.nodes[0].settings()).clone()
        };
        let update = OrganisationCommand::UpdateSettings {
            settings,
            on: self.nodes[0].today(),
        };
        self.execute::<Organisation>(ORGANISATION_ID, update).await;
        for node in &self.nodes {
            node.refresh_settings().await.unwrap();
        }
    }

    async fn execute<A>(&self, id: Uuid, command: A::Command)
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        let log = &self.nodes[0].log;
        log.execute::<A>(id, command, &meta()).await.unwrap();
    }

    pub(crate) async fn register(&self, number: usize, script: &Script) {
        let id = of("customer", number);
        let register = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: format!("Customer {number}"),
                language: "en".into(),
                ..CustomerDetails::default()
            },
            addresses: CustomerAddresses::default(),
            currency: Currency::EUR,
            payment_terms_days: 14,
            on: self.nodes[0].today(),
        });
        self.execute::<Customer>(id, register).await;
        if script.automatic {
            let attach = CustomerCommand::AttachPaymentMethod {
                method: card("visa"),
                by: AttachedBy::Staff,
                on: self.nodes[0].today(),
            };
            self.execute::<Customer>(id, attach).await;
        }
    }

    pub(crate) async fn start(&self, number: usize, script: &Script) {
        let command = SubscriptionCommand::Start(StartSubscription {
            customer_id: CustomerId(of("customer", number)),
            terms: terms(script.plan, script.quantity),
            start: date(script.start),
            collection: if script.automatic {
                Collection::Automatic
            } else {
                Collection::Offline
            },
            end: match script.ends {
                Ends::Never => None,
                Ends::AfterPeriods(most) => Some(End::AfterPeriods(most.try_into().unwrap())),
                Ends::Before(day) => Some(End::Before(date(day))),
            },
            on: self.nodes[0].today(),
        });
        self.execute::<Subscription>(of("subscription", number), command)
            .await;
    }

    /// Does the step as the mutation does: what is due comes first. Answers with whether it was accepted.
    pub(crate) async fn tell(&self, number: usize, script: &Script, step: &Step) -> bool {
        let node = &self.nodes[number % 2];
        let (id, on) = (of("subscription", number), node.today());
        let change = |plan, quantity, when| {
            SubscriptionCommand::Change(ChangeSubscription {
                terms: terms(plan, quantity),
                when,
                bill_id: Uuid::now_v7(),
                on,
            })
        };
        let cancel = |when| {
            SubscriptionCommand::Cancel(CancelSubscription {
                when,
                credit: true,
                reason: None,
                bill_id: Uuid::now_v7(),
                on,
            })
        };
        let command = match *step {
            Step::ChangeNow(plan, quantity) => change(plan, quantity, When::Now),
            Step::ChangeLater(plan, quantity) => change(plan, quantity, When::PeriodEnd),
            Step::Pause => SubscriptionCommand::Pause { on },
            Step::Resume => SubscriptionCommand::Resume { on },
            Step::CancelNow => cancel(When::Now),
            Step::CancelLater => cancel(When::PeriodEnd),
            Step::Reactivate => SubscriptionCommand::Reactivate { on },
            Step::CardFails => return self.put_card(number, "card_declined").await,
            Step::CardIsGood => {
                self.put_card(number, "visa").await;
                self.quiet().await;
                return script.automatic && self.pay_by_hand(number).await;
            }
        };
        renewing::bring_up_to_date(node, id, on, None)
            .await
            .unwrap();
        match node.log.execute::<Subscription>(id, command, &meta()).await {
            Ok(_) => true,
            Err(ExecuteError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn put_card(&self, number: usize, name: &str) -> bool {
        let update = CustomerCommand::UpdatePaymentMethod {
            method: card(name),
            on: self.nodes[0].today(),
        };
        self.execute::<Customer>(of("customer", number), update)
            .await;
        true
    }

    /// Pays what is open, and is not about to be collected again, as a transfer that staff record.
    async fn pay_by_hand(&self, number: usize) -> bool {
        let node = &self.nodes[0];
        let state = self.state(number).await;
        for invoice in self.invoices(number).await {
            let arrears = state.arrears.get(&domain::ids::InvoiceId(invoice.id));
            let tried_again = arrears.is_some_and(|known| known.retry_on.is_some());
            if invoice.due.is_zero() || (tried_again && !state.unpaid) {
                continue;
            }
            let on = node.today();
            let numbers = node.numbers(Series::Payments, on);
            let make = |_: &Payment, _: u64, n: u64| {
                Ok(PaymentCommand::Record(RecordPayment {
                    number: numbers.text(n),
                    customer_id: CustomerId(of("customer", number)),
                    amount: invoice.due,
                    allocations: vec![Allocation {
                        invoice_id: domain::ids::InvoiceId(invoice.id),
                        amount: invoice.due,
                    }],
                    method: OfflineMethod::BankTransfer,
                    reference: None,
                    received_on: on,
                    on,
                }))
            };
            let (id, meta) = (Uuid::now_v7(), meta());
            let recorded = node
                .log
                .execute_numbered::<Payment, _>(id, &numbers.name, &meta, make);
            recorded.await.unwrap();
        }
        self.quiet().await;
        true
    }

    /// Runs the scheduler and what follows: on one node or the other, twice, on both at once, or cut off in the middle.
    pub(crate) async fn run(&self, today: i64) {
        let [one, other] = &self.nodes;
        match today % 7 {
            0 => {
                tokio::join!(run(one), run(other));
            }
            1 => {
                run(one).await;
                run(one).await;
            }
            2 => {
                let cut_off = Duration::from_millis(u64::try_from(today % 5).unwrap());
                if tokio::time::timeout(cut_off, run(one)).await.is_err() {
                    run(other).await;
                }
            }
            3 | 5 => run(other).await,
            _ => run(one).await,
        }
    }

    /// Everything that is due is done, and what follows from it.
    pub(crate) async fn finish(&self) {
        for _ in 0..2 {
            for node in &self.nodes {
                run(node).await;
            }
        }
        self.quiet().await;
    }

    /// Nothing is left to react to, and both nodes show it.
    async fn quiet(&self) {
        for node in &self.nodes {
            catch_up(node).await.unwrap();
        }
        for node in &self.nodes {
            shown(node).await;
        }
    }

    pub(crate) async fn state(&self, number: usize) -> Started {
        let id = of("subscription", number);
        let loaded = self.nodes[0].log.load::<Subscription>(id).await.unwrap();
        loaded.state.started.unwrap()
    }

    async fn invoices(&self, number: usize) -> Vec<InvoiceRow> {
        let filter = InvoiceFilter {
            subscription_id: Some(of("subscription", number)),
            ..InvoiceFilter::default()
        };
        let mut all = vec![];
        let mut after = None;
        loop {
            let page = Page {
                first: 100,
                after: after.take(),
            };
            let sort = (InvoiceSort::Dated, false);
            let listed = self.nodes[0]
                .reads
                .read(|db| list_invoices(db, &staff(), &filter, sort, &page))
                .unwrap();
            after = listed.rows.last().map(|(cursor, _)| cursor.clone());
            all.extend(listed.rows.into_iter().map(|(_, row)| row));
            if !listed.has_next {
                return all;
            }
        }
    }

    /// How many of its invoices have something due.
    pub(crate) async fn unpaid(&self, number: usize) -> usize {
        let invoices = self.invoices(number).await;
        invoices.iter().filter(|row| !row.due.is_zero()).count()
    }

    /// Everything that was issued, from the log: by subscription's number, and how often.
    pub(crate) async fn bills(&self) -> BTreeMap<(usize, Bill), u32> {
        let log = &self.nodes[0].log;
        let numbers: BTreeMap<Uuid, usize> = (0..100).map(|n| (of("subscription", n), n)).collect();
        let mut found: BTreeMap<(usize, Bill), u32> = BTreeMap::new();
        let mut position = 0;
        loop {
            let events = log.tail(position, 1_000).await.unwrap();
            let Some(last) = events.last() else {
                return found;
            };
            position = last.position;
            for event in events {
                let bill = match event.event_type.as_str() {
                    "InvoiceIssued" => self.invoice(event.aggregate_id).await,
                    "CreditNoteIssued" => self.credit_note(event.aggregate_id).await,
                    _ => continue,
                };
                let (subscription, bill) = bill;
                *found.entry((numbers[&subscription], bill)).or_default() += 1;
            }
        }
    }

    async fn invoice(&self, id: Uuid) -> (Uuid, Bill) {
        let loaded = self.nodes[0].log.load::<Invoice>(id).await.unwrap();
        let drafted = loaded.state.drafted.unwrap();
        let total = cents(drafted.document.total());
        let Some(InvoiceSource::Subscription {
            subscription_id,
            period,
            period_start,
            period_end,
            kind,
            ..
        }) = drafted.source
        else {
            panic!("{id} is no subscription's");
        };
        let number = i64::from(period);
        let bill = match kind {
            SubscriptionBilling::Period => {
                Bill::Period(number, days(period_start), days(period_end), total)
            }
            SubscriptionBilling::Change => Bill::Change(number, total),
        };
        (subscription_id.0, bill)
    }

    async fn credit_note(&self, id: Uuid) -> (Uuid, Bill) {
        let loaded = self.nodes[0].log.load::<CreditNote>(id).await.unwrap();
        let drafted = loaded.state.drafted.unwrap();
        let Some(CreditNoteSource::Subscription {
            subscription_id, ..
        }) = drafted.source
        else {
            panic!("{id} is no subscription's");
        };
        let total = cents(drafted.document.total());
        (subscription_id.0, Bill::Credit(total))
    }

    /// The read models add up to what was billed, and say what the log says.
    pub(crate) async fn assert_sums(&self, bills: &BTreeMap<(usize, Bill), u32>) {
        let billed = bills.keys().map(|(_, bill)| match bill {
            Bill::Period(_, _, _, cents) | Bill::Change(_, cents) => *cents,
            Bill::Credit(_) => 0,
        });
        let mut invoiced = 0;
        for number in 0..100 {
            let invoices = self.invoices(number).await;
            invoiced += invoices.iter().map(|row| cents(row.total)).sum::<i64>();
        }
        assert_eq!(invoiced, billed.sum::<i64>());
        for node in &self.nodes {
            let log = node.log.clone();
            let folder = node.config.read_models();
            let report = tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Handle::current();
                projections::check(&log, &runtime, &folder, &|_| ())
            });
            let report = report.await.unwrap().unwrap();
            assert_eq!(report.differences, 0, "{:?}", report.named);
        }
    }

    pub(crate) async fn close(&self) {
        for node in &self.nodes {
            node.stop();
            node.close().await;
        }
    }
}

async fn node(store: &Store, clock: &Clock) -> (Arc<App>, tempfile::TempDir) {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let dir = dir.unwrap();
    let data = dir.path().display().to_string();
    let url = &store.database_url;
    let cli = Cli::parse_from(["billing", "--database-url", url, "--data-dir", &data]);
    let app = App::open_with(cli.config, Box::new(Sandbox), clock.clone()).await;
    (app.unwrap(), dir)
}

async fn run(node: &Arc<App>) {
    shown(node).await;
    schedule::run_due(node).await.unwrap();
    catch_up(node).await.unwrap();
}

/// Waits until the node's read models show the whole log.
async fn shown(node: &App) {
    let head = node.log.head().await.unwrap();
    while node.reads.position() < head {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
