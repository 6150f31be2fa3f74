//! Mutations of several steps: killed after each event they record, at whatever step, and retried under their key on
//! another node, in turn before and after the processes have seen the log. They finish and answer as the first try would have.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_graphql::{Request, Variables};
use domain::organisation::{InvoiceOnAcceptance, OrganisationSettings};
use futures::future::BoxFuture;
use projections::{Reach, Role, Viewer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, build_schema};
use crate::app::App;
use crate::idempotency::RequestKey;
use crate::process::catch_up;
use crate::process::world::{World, caught_up};

const ACCOUNT: Uuid = Uuid::from_u128(7);
const KEY: &str = "the-key";

/// What is sent: the mutation's field, its input type, its input, and the fields of the answer. None of them may be an
/// id that is made anew in every world.
struct Mutation {
    field: &'static str,
    kind: &'static str,
    input: Value,
    fields: &'static str,
}

async fn send(app: &Arc<App>, key: &str, mutation: &Mutation) -> Value {
    let Mutation {
        field,
        kind,
        input,
        fields,
    } = mutation;
    let query = format!(
        "mutation M($input: {kind}!) {{ answer: {field}(input: $input) {{ {fields} userErrors {{ code message }} }} }}"
    );
    let key = RequestKey::new(ACCOUNT, key, format!("{query}{input}")).unwrap();
    execute(app, &query, json!({ "input": input }), Some(key)).await["answer"].clone()
}

async fn ask(app: &Arc<App>, query: &str) -> Value {
    execute(app, query, json!({}), None).await
}

/// One of the staff, by way of the seam for people who look as somebody else.
fn staff() -> Caller {
    caller(Reach::Organisation(Role::Staff))
}

fn caller(reach: Reach) -> Caller {
    let viewer = Viewer {
        account_id: ACCOUNT,
        name: "Ana".into(),
        email: "ana@example.com".into(),
        reach,
    };
    Caller {
        session: None,
        viewing_as: Some(Arc::new(viewer)),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        correlation_id: Uuid::now_v7(),
    }
}

async fn execute(app: &Arc<App>, query: &str, variables: Value, key: Option<RequestKey>) -> Value {
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(staff());
    let request = match key {
        Some(key) => request.data(key),
        None => request,
    };
    let answered = build_schema(Arc::clone(app)).execute(request).await;
    assert!(answered.errors.is_empty(), "{query}: {:?}", answered.errors);
    serde_json::to_value(answered.data).unwrap()
}

/// One that is not refused.
async fn done(app: &Arc<App>, mutation: Mutation) -> Value {
    let answer = send(app, &Uuid::now_v7().to_string(), &mutation).await;
    assert_eq!(answer["userErrors"], json!([]), "{}", mutation.field);
    answer
}

/// How many events the log holds, seen from outside.
fn events(file: &Path) -> i64 {
    let db = rusqlite::Connection::open(file).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    db.query_row("SELECT count(*) FROM events", [], |row| row.get(0))
        .unwrap()
}

/// Lets work go on until it has recorded so many events, then drops it where it is: what a crash leaves behind.
async fn killed_after<T>(file: &Path, recorded: i64, work: impl Future<Output = T>) -> Option<T> {
    let stop_at = events(file) + recorded;
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        if events(file) >= stop_at {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// What a story is about: it prepares a world, says what is sent, and which query shows what came of it all.
struct Story {
    settings: fn() -> OrganisationSettings,
    prepare: for<'a> fn(&'a World) -> BoxFuture<'a, (Mutation, String)>,
    /// What happens between the crash and the retry, where it must make no difference.
    meanwhile: for<'a> fn(&'a World) -> BoxFuture<'a, ()>,
}

fn nothing(_: &World) -> BoxFuture<'_, ()> {
    Box::pin(async {})
}

impl Story {
    fn new(prepare: for<'a> fn(&'a World) -> BoxFuture<'a, (Mutation, String)>) -> Self {
        Self {
            settings: OrganisationSettings::default,
            prepare,
            meanwhile: nothing,
        }
    }

    /// The undisturbed run, and then every interrupted one.
    async fn play(self) {
        let world = World::new((self.settings)()).await;
        let (mutation, shows) = (self.prepare)(&world).await;
        let before = events(&world.file());
        let expected = send(&world.app, KEY, &mutation).await;
        let steps = events(&world.file()) - before;
        assert!(steps > 1, "{} has one step only", mutation.field);
        let outcome = outcome(&world.app, &shows).await;
        assert_eq!(send(&world.app, KEY, &mutation).await, expected);
        for recorded in 1..=steps {
            let processes_first = recorded % 2 == 0;
            let what = (mutation.field, recorded, processes_first);
            self.interrupt(recorded, processes_first, (&expected, &outcome))
                .await
                .unwrap_or_else(|why| panic!("{what:?}: {why}"));
        }
    }

    async fn interrupt(
        &self,
        recorded: i64,
        processes_first: bool,
        (expected, outcome_of_first): (&Value, &Value),
    ) -> Result<(), String> {
        let world = World::new((self.settings)()).await;
        let (mutation, shows) = (self.prepare)(&world).await;
        let first = send(&world.app, KEY, &mutation);
        let killed = killed_after(&world.file(), recorded, first).await;
        if let Some(answer) = killed {
            return same("the answer", expected, &answer);
        }
        (self.meanwhile)(&world).await;
        let node = world.another_node().await;
        if processes_first {
            catch_up(&node).await.unwrap();
            caught_up(&node).await;
        }
        same("the retry", expected, &send(&node, KEY, &mutation).await)?;
        same(
            "what came of it",
            outcome_of_first,
            &outcome(&node, &shows).await,
        )?;
        same(
            "the next retry",
            expected,
            &send(&node, KEY, &mutation).await,
        )
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}\nexpected {expected:#}\nfound    {found:#}"))
}

/// What is shown once the processes have come to rest.
async fn outcome(app: &Arc<App>, query: &str) -> Value {
    catch_up(app).await.unwrap();
    caught_up(app).await;
    ask(app, query).await
}

const PAYMENT: &str = "payment { state number amount { amount } applied { amount } unapplied { amount } } \
                       invoices { status due { amount } } notices { code message amount { amount } }";

fn record(world: &World, amount: &str, invoices: &[(Uuid, &str)]) -> Mutation {
    let allocations: Vec<Value> = invoices
        .iter()
        .map(|(id, amount)| json!({ "invoiceId": id, "amount": amount }))
        .collect();
    Mutation {
        field: "recordPayment",
        kind: "RecordPaymentInput",
        input: json!({
            "customerId": world.customer.0, "amount": amount, "currency": "EUR", "method": "BANK_TRANSFER",
            "allocations": allocations,
        }),
        fields: PAYMENT,
    }
}

fn pay(invoices: &[Uuid], token: &str) -> Mutation {
    let invoices: Vec<Value> = invoices
        .iter()
        .map(|id| json!({ "invoiceId": id }))
        .collect();
    Mutation {
        field: "payInvoices",
        kind: "PayInvoicesInput",
        input: json!({ "invoices": invoices, "paymentToken": token, "remember": true }),
        fields: PAYMENT,
    }
}

/// The customer's balance and every payment and invoice, without ids.
fn books(world: &World) -> String {
    format!(
        "{{ customer(id: \"{}\") {{ balances {{ outstanding {{ amount }} credit {{ amount }} }} }}
           payments(first: 20) {{ nodes {{ state number amount {{ amount }} applied {{ amount }} unapplied {{ amount }} refunded {{ amount }} }} }}
           invoices(first: 20) {{ nodes {{ status number total {{ amount }} due {{ amount }} reserved {{ amount }} }} }}
           creditNotes(first: 20) {{ nodes {{ status number total {{ amount }} unapplied {{ amount }} }} }} }}",
        world.customer.0
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_a_payment_of_two_invoices_finishes_after_a_crash_at_any_step() {
    Story::new(|world| {
        Box::pin(async move {
            let (one, two) = (world.invoice(100).await, world.invoice(50).await);
            let mutation = record(world, "170.00", &[(one, "100.00"), (two, "30.00")]);
            (mutation, books(world))
        })
    })
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_two_invoices_finishes_after_a_crash_at_any_step() {
    for token in ["tok_success", "tok_card_declined"] {
        let prepare: for<'a> fn(&'a World) -> BoxFuture<'a, (Mutation, String)> = match token {
            "tok_success" => |world| Box::pin(two_paid_with(world, "tok_success")),
            _ => |world| Box::pin(two_paid_with(world, "tok_card_declined")),
        };
        Story::new(prepare).play().await;
    }
}

async fn two_paid_with(world: &World, token: &str) -> (Mutation, String) {
    let invoices = [world.invoice(100).await, world.invoice(50).await];
    (pay(&invoices, token), books(world))
}

/// A payment over so many euros that nothing is done with yet.
async fn credit(world: &World, amount: &str) -> Value {
    let mut mutation = record(world, amount, &[]);
    mutation.fields = "payment { id }";
    done(&world.app, mutation).await["payment"]["id"].clone()
}

async fn note(world: &World, amount: &str) -> Value {
    let draft = Mutation {
        field: "draftCreditNote",
        kind: "DraftCreditNoteInput",
        input: json!({ "customerId": world.customer.0, "document": document(amount) }),
        fields: "creditNote { id }",
    };
    let id = done(&world.app, draft).await["creditNote"]["id"].clone();
    let issue = Mutation {
        field: "issueCreditNote",
        kind: "CreditNoteDraftInput",
        input: json!({ "creditNoteId": id }),
        fields: "creditNote { id }",
    };
    done(&world.app, issue).await;
    id
}

fn document(price: &str) -> Value {
    let tax = json!({ "category": "ZERO_RATED", "percent": "0" });
    json!({
        "currency": "EUR",
        "lines": [{ "description": "Signs", "quantity": "1", "unitPrice": price, "tax": tax }],
    })
}

const CREDIT: &str =
    "payment { state applied { amount } unapplied { amount } } invoice { status due { amount } }";
const NOTE: &str = "creditNote { status applied { amount } unapplied { amount } } invoice { status due { amount } }";

fn allocate(payment: &Value, invoice: Uuid, amount: &str) -> Mutation {
    Mutation {
        field: "allocatePayment",
        kind: "AllocatePaymentInput",
        input: json!({ "paymentId": payment, "invoiceId": invoice, "amount": amount }),
        fields: CREDIT,
    }
}

fn allocate_note(note: &Value, invoice: Uuid, amount: &str) -> Mutation {
    Mutation {
        field: "allocateCreditNote",
        kind: "AllocateCreditNoteInput",
        input: json!({ "creditNoteId": note, "invoiceId": invoice, "amount": amount }),
        fields: NOTE,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn allocating_again_to_the_same_invoice_finishes_after_a_crash_at_any_step() {
    Story::new(|world| {
        Box::pin(async move {
            let (invoice, payment) = (world.invoice(100).await, credit(world, "40.00").await);
            done(&world.app, allocate(&payment, invoice, "10.00")).await;
            (allocate(&payment, invoice, "10.00"), books(world))
        })
    })
    .play()
    .await;
    Story::new(|world| {
        Box::pin(async move {
            let (invoice, note) = (world.invoice(100).await, note(world, "40.00").await);
            done(&world.app, allocate_note(&note, invoice, "10.00")).await;
            (allocate_note(&note, invoice, "10.00"), books(world))
        })
    })
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_an_allocation_back_finishes_after_a_crash_at_any_step() {
    Story::new(|world| {
        Box::pin(async move {
            let (invoice, payment) = (world.invoice(100).await, credit(world, "40.00").await);
            done(&world.app, allocate(&payment, invoice, "10.00")).await;
            done(&world.app, allocate(&payment, invoice, "15.00")).await;
            let deallocate = Mutation {
                field: "deallocatePayment",
                kind: "DeallocatePaymentInput",
                input: json!({ "paymentId": payment, "invoiceId": invoice, "reason": "Meant for another." }),
                fields: CREDIT,
            };
            (deallocate, books(world))
        })
    })
    .play()
    .await;
    Story::new(|world| {
        Box::pin(async move {
            let (invoice, note) = (world.invoice(100).await, note(world, "40.00").await);
            done(&world.app, allocate_note(&note, invoice, "10.00")).await;
            done(&world.app, allocate_note(&note, invoice, "15.00")).await;
            let deallocate = Mutation {
                field: "deallocateCreditNote",
                kind: "DeallocateCreditNoteInput",
                input: json!({ "creditNoteId": note, "invoiceId": invoice, "reason": "Meant for another." }),
                fields: NOTE,
            };
            (deallocate, books(world))
        })
    })
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunding_what_settled_an_invoice_finishes_after_a_crash_at_any_step() {
    Story::new(|world| Box::pin(refunded(world, "tok_success", false)))
        .play()
        .await;
    Story::new(|world| Box::pin(refunded(world, "tok_success", true)))
        .play()
        .await;
}

async fn refunded(world: &World, token: &str, by_hand: bool) -> (Mutation, String) {
    let invoice = world.invoice(100).await;
    let mut paid = pay(&[invoice], token);
    paid.fields = "payment { id }";
    let payment = done(&world.app, paid).await["payment"]["id"].clone();
    let refund = Mutation {
        field: "refundPayment",
        kind: "RefundPaymentInput",
        input: json!({
            "paymentId": payment, "invoiceId": invoice, "amount": "60.00", "reason": "Too much.", "byHand": by_hand,
        }),
        fields: CREDIT,
    };
    (refund, books(world))
}

async fn plan(world: &World, price: &str) -> Value {
    let create = Mutation {
        field: "createPlan",
        kind: "CreatePlanInput",
        input: json!({ "details": {
            "name": "Gold", "price": price, "currency": "EUR", "interval": { "unit": "MONTH", "count": 1 },
            "tax": { "category": "ZERO_RATED", "percent": "0" },
        } }),
        fields: "plan { id }",
    };
    done(&world.app, create).await["plan"]["id"].clone()
}

const SUBSCRIPTION: &str =
    "subscription { state planName amount { amount } currentPeriod { number start } }";

fn start(world: &World, plan: &Value, start: &str) -> Mutation {
    Mutation {
        field: "startSubscription",
        kind: "StartSubscriptionInput",
        input: json!({
            "customerId": world.customer.0, "planId": plan, "start": start, "collection": "OFFLINE",
        }),
        fields: SUBSCRIPTION,
    }
}

/// No plan is offered any more.
fn archived(world: &World) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        let plans = ask(&world.app, "{ plans(first: 10) { nodes { id } } }").await;
        for plan in plans["plans"]["nodes"].as_array().unwrap() {
            let archive = Mutation {
                field: "archivePlan",
                kind: "ArchivePlanInput",
                input: json!({ "planId": plan["id"] }),
                fields: "plan { id }",
            };
            done(&world.app, archive).await;
        }
    })
}

/// The same where the change is recorded: before that it may well be refused, for only due periods were billed.
fn archived_once_changed(world: &World) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        if world.count("SubscriptionChanged").await > 0 {
            archived(world).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_a_subscription_finishes_after_a_crash_at_any_step_also_where_the_plan_is_gone() {
    let story = Story::new(|world| {
        Box::pin(async move {
            let plan = plan(world, "10.00").await;
            (start(world, &plan, "2025-01-01"), books(world))
        })
    });
    Story {
        meanwhile: archived,
        ..story
    }
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_subscription_finishes_after_a_crash_at_any_step_also_where_the_plan_is_gone() {
    let story = Story::new(|world| {
        Box::pin(async move {
            let (cheap, dear) = (plan(world, "10.00").await, plan(world, "20.00").await);
            let mut begin = start(world, &cheap, "2024-12-31");
            begin.fields = "subscription { id }";
            let subscription = done(&world.app, begin).await["subscription"]["id"].clone();
            world.day(45); // Periods are due that the change bills first.
            let change = Mutation {
                field: "changeSubscription",
                kind: "ChangeSubscriptionInput",
                input: json!({ "subscriptionId": subscription, "planId": dear, "when": "NOW" }),
                fields: SUBSCRIPTION,
            };
            (change, books(world))
        })
    });
    Story {
        meanwhile: archived_once_changed,
        ..story
    }
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_a_customer_with_a_contact_finishes_after_a_crash_at_any_step() {
    Story::new(|world| {
        Box::pin(async move {
            let register = Mutation {
                field: "registerCustomer",
                kind: "RegisterCustomerInput",
                input: json!({
                    "name": "Elm Ltd", "language": "en", "currency": "EUR",
                    "contact": { "name": "Elia Elm", "email": "elia@elm.example" },
                }),
                fields: "customer { name contacts { name email } }",
            };
            (register, books(world))
        })
    })
    .play()
    .await;
}

// What went otherwise than asked though the money is recorded.

#[tokio::test(flavor = "multi_thread")]
async fn what_an_invoice_does_not_take_is_a_notice_and_the_money_is_recorded() {
    let world = World::new(OrganisationSettings::default()).await;
    let invoice = world.invoice(100).await;
    let mutation = record(&world, "100.00", &[(invoice, "100.00")]);
    let first = send(&world.app, KEY, &mutation);
    assert_eq!(killed_after(&world.file(), 1, first).await, None);
    // Another payment is first.
    done(&world.app, record(&world, "80.00", &[(invoice, "80.00")])).await;
    let node = world.another_node().await;
    for _ in 0..2 {
        let answer = send(&node, KEY, &mutation).await;
        assert_eq!(answer["userErrors"], json!([]), "{answer}");
        assert_eq!(answer["payment"]["state"], "SUCCEEDED");
        assert_eq!(answer["payment"]["unapplied"]["amount"], "100.00");
        let notice = json!([{ "code": "NOT_APPLIED", "message": "only 20.00 EUR is due", "amount": { "amount": "100.00" } }]);
        assert_eq!(answer["notices"], notice);
        catch_up(&node).await.unwrap();
    }
}

/// Recordings at once: each answers either that it is refused and recorded nothing, or that the money is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_recordings_at_once_each_is_refused_whole_or_recorded() {
    let world = World::new(OrganisationSettings::default()).await;
    let (mut recorded, mut notices) = (0, 0);
    for round in 0..40 {
        let invoice = world.invoice(100).await;
        let tries = (0..3).map(|n| {
            let (app, mutation) = (
                Arc::clone(&world.app),
                record(&world, "100.00", &[(invoice, "100.00")]),
            );
            tokio::spawn(async move { send(&app, &format!("{round}/{n}"), &mutation).await })
        });
        let answers = futures::future::join_all(tries).await;
        let answers: Vec<Value> = answers.into_iter().map(Result::unwrap).collect();
        for answer in &answers {
            let refused = answer["userErrors"] != json!([]);
            assert_eq!(refused, answer["payment"].is_null(), "{answer}");
            recorded += usize::from(!refused);
            notices += answer["notices"].as_array().unwrap().len();
            if !refused {
                let noticed = answer["notices"] != json!([]);
                let unapplied = if noticed { "100.00" } else { "0.00" };
                assert_eq!(answer["payment"]["unapplied"]["amount"], unapplied);
            }
        }
        let applied = answers
            .iter()
            .filter(|a| a["payment"]["applied"]["amount"] == "100.00" && a["notices"] == json!([]));
        assert_eq!(applied.count(), 1, "{answers:?}");
    }
    catch_up(&world.app).await.unwrap();
    assert_eq!(world.count("PaymentRecorded").await, recorded);
    assert_eq!(world.count("InvoicePaymentApplied").await, 40);
    assert_eq!(recorded, 40 + notices);
}

/// Allocations at once from one payment to one invoice add up, up to what there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn allocations_to_one_invoice_at_once_add_up() {
    let world = World::new(OrganisationSettings::default()).await;
    for round in 0..10 {
        let invoice = world.invoice(100).await;
        let payment = credit(&world, "35.00").await;
        let tries = (0..4).map(|n| {
            let (app, mutation) = (Arc::clone(&world.app), allocate(&payment, invoice, "10.00"));
            tokio::spawn(async move { send(&app, &format!("{round}/{n}"), &mutation).await })
        });
        let answers = futures::future::join_all(tries).await;
        let taken = answers.into_iter().map(Result::unwrap);
        let taken = taken
            .filter(|answer| answer["userErrors"] == json!([]))
            .count();
        assert_eq!(taken, 3, "35.00 is enough for three of them");
        catch_up(&world.app).await.unwrap();
        caught_up(&world.app).await;
        let shown = ask(
            &world.app,
            &format!("{{ invoice(id: \"{invoice}\") {{ due {{ amount }} }} }}"),
        )
        .await;
        assert_eq!(shown["invoice"]["due"]["amount"], "70.00");
    }
}

/// Where the settings leave everything to staff, as the stories about estimates want it.
fn by_staff() -> OrganisationSettings {
    OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::ByStaff,
        ..OrganisationSettings::default()
    }
}

/// An estimate over 1,000.00 with a deposit of 40 %, accepted; its deposit invoice waits as a draft.
async fn accepted(world: &World) -> Value {
    let draft = Mutation {
        field: "draftEstimate",
        kind: "DraftEstimateInput",
        input: json!({ "customerId": world.customer.0, "document": document("1000.00") }),
        fields: "estimate { id }",
    };
    let id = done(&world.app, draft).await["estimate"]["id"].clone();
    let offer = Mutation {
        field: "offerEstimate",
        kind: "OfferEstimateInput",
        input: json!({ "estimateId": id, "depositPercent": "40" }),
        fields: "estimate { id }",
    };
    done(&world.app, offer).await;
    let accept = Mutation {
        field: "acceptEstimate",
        kind: "AcceptEstimateInput",
        input: json!({ "estimateId": id, "revision": 1, "name": "Ann" }),
        fields: "estimate { id }",
    };
    done(&world.app, accept).await;
    catch_up(&world.app).await.unwrap();
    caught_up(&world.app).await;
    id
}

fn convert(estimate: &Value, version: Option<&Value>, deposit: Option<&str>) -> Mutation {
    Mutation {
        field: "convertEstimate",
        kind: "ConvertEstimateInput",
        input: json!({ "estimateId": estimate, "expectedVersion": version, "deposit": deposit }),
        fields: "estimate { state invoice { status total { amount } } depositInvoice { status total { amount } } }",
    }
}

async fn version(world: &World, estimate: &Value) -> Value {
    let query = format!("{{ estimate(id: {estimate}) {{ version }} }}");
    ask(&world.app, &query).await["estimate"]["version"].clone()
}

async fn to_convert(world: &World, deposit: &'static str) -> (Mutation, String) {
    let estimate = accepted(world).await;
    let version = version(world, &estimate).await;
    (
        convert(&estimate, Some(&version), Some(deposit)),
        books(world),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn converting_with_the_deposit_issued_first_finishes_after_a_crash_at_any_step() {
    let story = Story::new(|world| Box::pin(to_convert(world, "ISSUE")));
    let settings = by_staff;
    Story { settings, ..story }.play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn converting_with_the_deposit_dropped_finishes_after_a_crash_at_any_step() {
    let story = Story::new(|world| Box::pin(to_convert(world, "DROP")));
    let settings = by_staff;
    Story { settings, ..story }.play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_that_is_still_a_draft_is_never_skipped_in_silence() {
    for (deposit, totals) in [
        ("ISSUE", ("600.00", Some("400.00"))),
        ("DROP", ("1000.00", None)),
    ] {
        let world = World::new(by_staff()).await;
        let estimate = accepted(&world).await;
        let undecided = send(&world.app, "undecided", &convert(&estimate, None, None)).await;
        assert_eq!(undecided["userErrors"][0]["code"], "DEPOSIT_NOT_ISSUED");
        assert_eq!(undecided["estimate"]["state"], "ACCEPTED");
        let stale = convert(&estimate, Some(&json!(1)), Some(deposit));
        let stale = code_of(&world.app, &stale, staff()).await;
        assert_eq!(stale, "CONFLICT", "and the deposit is as it was");
        let converted = done(&world.app, convert(&estimate, None, Some(deposit))).await;
        let found = &converted["estimate"];
        assert_eq!(found["invoice"]["total"]["amount"], totals.0);
        let issued = found["depositInvoice"]["total"]["amount"].as_str();
        assert_eq!(issued, totals.1, "{found}");
        if issued.is_some() {
            assert_eq!(found["depositInvoice"]["status"], "UNPAID");
        }
        catch_up(&world.app).await.unwrap();
    }
}

/// The code of a refusal, or DONE.
async fn code_of(app: &Arc<App>, mutation: &Mutation, by: Caller) -> String {
    let Mutation {
        field, kind, input, ..
    } = mutation;
    let query = format!(
        "mutation M($input: {kind}!) {{ answer: {field}(input: $input) {{ userErrors {{ code }} }} }}"
    );
    let key = Uuid::now_v7().to_string();
    let key = RequestKey::new(ACCOUNT, &key, query.clone()).unwrap();
    let request = Request::new(query)
        .variables(Variables::from_json(json!({ "input": input })))
        .data(by)
        .data(key);
    let answered = build_schema(Arc::clone(app)).execute(request).await;
    let Some(error) = answered.errors.first() else {
        let answer = serde_json::to_value(answered.data).unwrap();
        let code = answer.pointer("/answer/userErrors/0/code");
        return code
            .map_or("DONE", |code| code.as_str().unwrap())
            .to_owned();
    };
    let code = error.extensions.as_ref().unwrap().get("code").unwrap();
    code.clone()
        .into_json()
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_uses_its_own_customers_credit_where_the_settings_allow_it() {
    let mut forbidding = OrganisationSettings::default();
    forbidding.portal.use_credit = false;
    for (settings, own) in [
        (OrganisationSettings::default(), "DONE"),
        (forbidding, "NOT_ALLOWED"),
    ] {
        let world = World::new(settings).await;
        let invoice = world.invoice(100).await;
        let (payment, note) = (credit(&world, "40.00").await, note(&world, "15.00").await);
        caught_up(&world.app).await;
        let contact_id = Uuid::now_v7();
        let of = |customer_id| {
            caller(Reach::Customer {
                customer_id,
                contact_id,
            })
        };
        for mutation in [
            allocate(&payment, invoice, "40.00"),
            allocate_note(&note, invoice, "15.00"),
        ] {
            let stranger = code_of(&world.app, &mutation, of(Uuid::now_v7())).await;
            assert_ne!(stranger, "DONE");
            let code = code_of(&world.app, &mutation, of(world.customer.0)).await;
            assert_eq!(code, own);
        }
        let due = if own == "DONE" { 4_500 } else { 10_000 };
        let shown = world.load(domain::ids::InvoiceId(invoice)).await.unwrap();
        assert_eq!(shown.amount_due().minor(), due);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_costs_nothing_takes_no_number_and_a_price_is_billed_again() {
    let world = World::new(OrganisationSettings::default()).await;
    let (free, dear) = (plan(&world, "0.00").await, plan(&world, "20.00").await);
    let mut begin = start(&world, &free, "2025-01-01");
    begin.fields = "subscription { id upcomingInvoice { total { amount } } periods { number invoice { id } } }";
    let begun = done(&world.app, begin).await["subscription"].clone();
    assert_eq!(begun["upcomingInvoice"], Value::Null);
    catch_up(&world.app).await.unwrap();
    assert_eq!(world.count("SubscriptionRenewed").await, 3);
    assert_eq!(world.count("InvoiceDrafted").await, 0);
    let change = Mutation {
        field: "changeSubscription",
        kind: "ChangeSubscriptionInput",
        input: json!({ "subscriptionId": begun["id"], "planId": dear, "when": "PERIOD_END" }),
        fields: "subscription { upcomingInvoice { date total { amount } } }",
    };
    let changed = done(&world.app, change).await["subscription"].clone();
    let upcoming = json!({ "date": "2025-04-01", "total": { "amount": "20.00" } });
    assert_eq!(changed["upcomingInvoice"], upcoming);
    let day = world.day(31);
    crate::process::renewing::renew_due(&world.app, day)
        .await
        .unwrap();
    catch_up(&world.app).await.unwrap();
    caught_up(&world.app).await;
    let id = &begun["id"];
    let shown = ask(
        &world.app,
        &format!("{{ subscription(id: {id}) {{ periods {{ number invoice {{ number total {{ amount }} }} }} }} }}"),
    )
    .await;
    let period = |number, invoice| json!({ "number": number, "invoice": invoice });
    let first = json!({ "number": "INV-00001", "total": { "amount": "20.00" } });
    assert_eq!(
        shown["subscription"]["periods"],
        json!([
            period(1, Value::Null),
            period(2, Value::Null),
            period(3, Value::Null),
            period(4, first)
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_plan_that_began_long_ago_is_billed_in_part_by_the_request_and_then_by_the_calendar()
 {
    let world = World::new(OrganisationSettings::default()).await;
    let create = Mutation {
        field: "createPlan",
        kind: "CreatePlanInput",
        input: json!({ "details": {
            "name": "Daily", "price": "1.00", "currency": "EUR", "interval": { "unit": "DAY", "count": 1 },
        } }),
        fields: "plan { id }",
    };
    let daily = done(&world.app, create).await["plan"]["id"].clone();
    let mut begin = start(&world, &daily, "2025-01-01");
    begin.fields = "subscription { id currentPeriod { number } }";
    let begun = done(&world.app, begin).await["subscription"].clone();
    assert_eq!(begun["currentPeriod"]["number"], 12);
    let cancel = Mutation {
        field: "cancelSubscription",
        kind: "CancelSubscriptionInput",
        input: json!({ "subscriptionId": begun["id"], "when": "NOW" }),
        fields: "subscription { currentPeriod { number } }",
    };
    let refused = send(&world.app, "cancel", &cancel).await;
    assert_eq!(refused["userErrors"][0]["code"], "RENEWAL_DUE");
    assert_eq!(refused["subscription"]["currentPeriod"]["number"], 24);
    let today = world.app.today();
    crate::process::renewing::renew_due(&world.app, today)
        .await
        .unwrap();
    assert_eq!(world.count("SubscriptionRenewed").await, 60);
    caught_up(&world.app).await;
    done(&world.app, cancel).await;
}

async fn note_draft(world: &World, amount: &str) -> Value {
    let draft = Mutation {
        field: "draftCreditNote",
        kind: "DraftCreditNoteInput",
        input: json!({ "customerId": world.customer.0, "document": document(amount) }),
        fields: "creditNote { id }",
    };
    done(&world.app, draft).await["creditNote"]["id"].clone()
}

fn issue_and_apply(note: &Value, invoice: Uuid, amount: Option<&str>) -> Mutation {
    Mutation {
        field: "issueAndApplyCreditNote",
        kind: "IssueAndApplyCreditNoteInput",
        input: json!({ "creditNoteId": note, "invoiceId": invoice, "amount": amount }),
        fields: "creditNote { status number applied { amount } unapplied { amount } } invoice { status due { amount } } \
                 notices { code amount { amount } }",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issuing_and_applying_a_credit_note_finishes_after_a_crash_at_any_step() {
    Story::new(|world| {
        Box::pin(async move {
            let (invoice, note) = (world.invoice(100).await, note_draft(world, "40.00").await);
            (issue_and_apply(&note, invoice, None), books(world))
        })
    })
    .play()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_note_that_cannot_be_applied_is_not_issued_and_one_that_is_issued_says_so() {
    let world = World::new(OrganisationSettings::default()).await;
    let (invoice, note) = (world.invoice(30).await, note_draft(&world, "40.00").await);
    for (amount, code) in [
        ("30.01", "PAYMENT_EXCEEDS_AMOUNT_DUE"),
        ("40.01", "EXCEEDS_UNAPPLIED"),
    ] {
        let mutation = issue_and_apply(&note, invoice, Some(amount));
        assert_eq!(code_of(&world.app, &mutation, staff()).await, code);
    }
    assert_eq!(world.count("CreditNoteIssued").await, 0);
    // Killed once it is issued; then a payment is first.
    let mutation = issue_and_apply(&note, invoice, Some("30.00"));
    let first = send(&world.app, KEY, &mutation);
    assert_eq!(killed_after(&world.file(), 1, first).await, None);
    done(&world.app, record(&world, "30.00", &[(invoice, "30.00")])).await;
    let node = world.another_node().await;
    let answer = send(&node, KEY, &mutation).await;
    assert_eq!(answer["userErrors"], json!([]));
    assert_eq!(answer["creditNote"]["status"], "OPEN");
    assert_eq!(answer["creditNote"]["unapplied"]["amount"], "40.00");
    assert_eq!(answer["notices"][0]["amount"]["amount"], "30.00");
}
