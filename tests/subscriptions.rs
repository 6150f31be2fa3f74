//! Plans and subscriptions over HTTP: taken, billed at once, changed as foreseen, paid or not, by whom it is allowed.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::cast::*;
use support::{Node, engines};
use uuid::Uuid;

const SUBSCRIPTION: &str = "id version state planName amount { amount } collection createdOn
    currentPeriod { number start end invoice { number } }
    periods { number start end invoice { number status total { amount } } }
    upcomingInvoice { date total { amount } document { lines { description quantity } } }
    pendingChange { planName quantity } endsOn pausedOn
    arrears { attempts retryOn invoice { id } }
    history { event }";

fn details(name: &str, price: &str, unit: &str) -> Value {
    json!({
        "name": name,
        "price": price,
        "currency": "EUR",
        "interval": { "unit": unit, "count": 1 },
        "tax": { "category": "STANDARD", "percent": "20" },
    })
}

async fn plan(node: &Node, cast: &Cast, details: Value) -> String {
    let input = json!({ "details": details });
    let created = done(node, &cast.staff, "createPlan", input, "plan { id }").await;
    created["plan"]["id"].as_str().unwrap().to_owned()
}

/// The day that many days from the organisation's today.
async fn day(node: &Node, cast: &Cast, days: i64) -> String {
    let asked = ask(node, &cast.staff, "{ organisation { today } }").await;
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let today = asked["organisation"]["today"].as_str().unwrap();
    let today = time::Date::parse(today, format).unwrap();
    let day = today + time::Duration::days(days);
    day.format(format).unwrap()
}

async fn start(node: &Node, cast: &Cast, plan: &str, more: Value) -> Value {
    let mut input = json!({ "customerId": cast.customer, "planId": plan, "collection": "OFFLINE" });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    let fields = format!("subscription {{ {SUBSCRIPTION} }}");
    let started = done(node, &cast.staff, "startSubscription", input, &fields).await;
    started["subscription"].clone()
}

/// Asks until it is so: what follows from the log follows within moments.
async fn until(node: &Node, token: &str, query: &str, so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask(node, token, query).await;
        if so(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{query}: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn subscription(id: &str) -> String {
    format!("{{ subscription(id: \"{id}\") {{ {SUBSCRIPTION} }} }}")
}

/// The subscription once it has that many periods with an invoice that is issued.
async fn invoiced(node: &Node, token: &str, id: &str, periods: usize) -> Value {
    let all = |answer: &Value| {
        let periods_now = answer["subscription"]["periods"].as_array().unwrap();
        let issued = periods_now
            .iter()
            .filter(|p| p["invoice"]["number"].is_string());
        issued.count() == periods
    };
    let answer = until(node, token, &subscription(id), all).await;
    answer["subscription"].clone()
}

async fn allow(node: &Node, cast: &Cast, allowed: bool) {
    let mut portal = serde_json::Map::new();
    for name in [
        "accept",
        "decline",
        "comment",
        "pay",
        "partPay",
        "mail",
        "review",
        "dispute",
        "forward",
        "editDetails",
        "updatePaymentMethod",
    ] {
        portal.insert(name.to_owned(), json!(true));
    }
    for name in [
        "cancelSubscription",
        "pauseSubscription",
        "changeSubscription",
    ] {
        portal.insert(name.to_owned(), json!(allowed));
    }
    let fields = "organisation { version }";
    let input = json!({ "portal": portal });
    done(node, &cast.owner, "updateSettings", input, fields).await;
}

async fn clean(node: &Node) {
    let (ok, text) = node.run(&["check"]).await;
    assert!(ok, "{text}");
}

#[tokio::test]
async fn an_offline_subscription_is_found_and_paid_among_the_invoices() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let gold = plan(&node, &cast, details("Gold", "30", "WEEK")).await;
        // Begun three weeks ago: four periods are due, and billed at once, in their order.
        let from = day(&node, &cast, -21).await;
        let more = json!({ "start": from, "quantity": "2" });
        let begun = start(&node, &cast, &gold, more).await;
        let id = begun["id"].as_str().unwrap();
        let now = invoiced(&node, &cast.clara, id, 4).await;
        assert_eq!(now["state"], "ACTIVE");
        assert_eq!(now["amount"]["amount"], "60.00");
        let numbers: Vec<&Value> = now["periods"].as_array().unwrap().iter().collect();
        for (index, period) in numbers.iter().enumerate() {
            assert_eq!(period["number"], index + 1);
            assert_eq!(
                period["start"],
                day(&node, &cast, 7 * index as i64 - 21).await
            );
            assert_eq!(
                period["end"],
                day(&node, &cast, 7 * index as i64 - 15).await
            );
            assert_eq!(
                period["invoice"]["number"],
                format!("INV-0000{}", index + 1)
            );
            assert_eq!(period["invoice"]["total"]["amount"], "72.00");
        }
        assert_eq!(now["upcomingInvoice"]["date"], day(&node, &cast, 7).await);
        assert_eq!(now["upcomingInvoice"]["total"]["amount"], "72.00");

        let found = format!(
            "{{ invoices(filter: {{ planId: \"{gold}\", status: UNPAID }}, descending: false) {{
                totalCount edges {{ node {{ id planId subscription {{ id }} document {{ lines {{ description quantity }} }} }} }} }} }}"
        );
        let invoices = ask(&node, &cast.clara, &found).await["invoices"].clone();
        assert_eq!(invoices["totalCount"], 4);
        let first = &invoices["edges"][0]["node"];
        assert_eq!(
            (&first["planId"], &first["subscription"]["id"]),
            (&json!(gold), &json!(id))
        );
        let line = &first["document"]["lines"][0];
        let (start, end) = (day(&node, &cast, -21).await, day(&node, &cast, -15).await);
        assert_eq!(line["description"], format!("Gold, {start} to {end}"));
        assert_eq!(line["quantity"], "2");
        let pay =
            json!({ "invoices": [{ "invoiceId": first["id"] }], "paymentToken": "tok_success" });
        let paid = done(
            &node,
            &cast.clara,
            "payInvoices",
            pay,
            "invoices { status }",
        )
        .await;
        assert_eq!(paid["invoices"][0]["status"], "PAID");
        assert_eq!(
            ask(&node, &cast.clara, &found).await["invoices"]["totalCount"],
            3
        );
        // Of another customer there is nothing to be seen.
        assert_eq!(
            ask(&node, &cast.stranger, &found).await["invoices"]["totalCount"],
            0
        );
        assert_eq!(
            ask(&node, &cast.stranger, &subscription(id)).await["subscription"],
            json!(null)
        );
        let all = "{ subscriptions { totalCount } plans { totalCount } }";
        let answer = ask(&node, &cast.stranger, all).await;
        assert_eq!(answer["subscriptions"]["totalCount"], 0);
        assert_eq!(answer["plans"]["totalCount"], 1);
        clean(&node).await;
    }
}

#[tokio::test]
async fn a_change_does_what_its_preview_said_to_the_cent() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let gold = plan(&node, &cast, details("Gold", "30.01", "MONTH")).await;
        let year = plan(&node, &cast, details("Gold by the year", "299.99", "YEAR")).await;
        let begun = start(
            &node,
            &cast,
            &gold,
            json!({ "start": day(&node, &cast, -9).await }),
        )
        .await;
        let id = begun["id"].as_str().unwrap();
        invoiced(&node, &cast.staff, id, 1).await;
        for (bills, plan, quantity, periods) in
            [(2, &gold, "3", 1), (3, &year, "1.5", 2), (4, &year, "2", 2)]
        {
            let input = json!({ "subscriptionId": id, "planId": plan, "quantity": quantity, "when": "NOW" });
            let preview = "query($input: ChangeSubscriptionInput!) { previewSubscriptionChange(input: $input) {
                outcome effectiveOn document { total { amount } lines { description amount { amount } } }
                upcomingInvoice { date total { amount } } userErrors { code } } }";
            let asked = node
                .graphql(Some(&cast.staff), preview, json!({ "input": input }), None)
                .await;
            let foreseen = asked.data()["previewSubscriptionChange"].clone();
            assert_eq!(foreseen["userErrors"], json!([]));
            assert_eq!(foreseen["outcome"], "INVOICE");
            let fields = format!("subscription {{ {SUBSCRIPTION} }}");
            let changed = done(&node, &cast.staff, "changeSubscription", input, &fields).await;
            let now = &changed["subscription"];
            assert_eq!(now["periods"].as_array().unwrap().len(), periods);
            assert_eq!(
                now["upcomingInvoice"]["date"],
                foreseen["upcomingInvoice"]["date"]
            );
            assert_eq!(
                now["upcomingInvoice"]["total"],
                foreseen["upcomingInvoice"]["total"]
            );
            // Not by `totalCount`, which is read after the list: a bill may have come between the two.
            let of_it = format!(
                "{{ invoices(filter: {{ subscriptionId: \"{id}\" }}, descending: true) {{
                    edges {{ node {{ number document {{ total {{ amount }} lines {{ description amount {{ amount }} }} }} }} }} }} }}"
            );
            let there = |answer: &Value| {
                let known = answer["invoices"]["edges"].as_array().unwrap();
                known.len() == bills && known.iter().all(|bill| bill["node"]["number"].is_string())
            };
            let answer = until(&node, &cast.staff, &of_it, there).await;
            let document = &answer["invoices"]["edges"][0]["node"]["document"];
            assert_eq!(*document, foreseen["document"]);
        }
        // Less of it is credited.
        let input = json!({ "subscriptionId": id, "quantity": "1", "when": "NOW" });
        let preview =
            "query($input: ChangeSubscriptionInput!) { previewSubscriptionChange(input: $input) {
            outcome document { total { amount } } } }";
        let variables = json!({ "input": input });
        let asked = node
            .graphql(Some(&cast.staff), preview, variables, None)
            .await;
        let foreseen = asked.data()["previewSubscriptionChange"].clone();
        assert_eq!(foreseen["outcome"], "CREDIT_NOTE");
        let fields = "subscription { id }";
        done(&node, &cast.staff, "changeSubscription", input, fields).await;
        let notes = "{ creditNotes { edges { node { number total { amount } } } } }";
        let issued =
            |answer: &Value| answer["creditNotes"]["edges"][0]["node"]["number"].is_string();
        let answer = until(&node, &cast.clara, notes, issued).await;
        let note = &answer["creditNotes"]["edges"][0]["node"];
        assert_eq!(note["total"], foreseen["document"]["total"]);
        // What waits for the next period bills nothing today, and can be given up.
        let input = json!({ "subscriptionId": id, "planId": gold, "when": "PERIOD_END" });
        let fields = "subscription { pendingChange { planName quantity } upcomingInvoice { total { amount } } }";
        let waiting = done(&node, &cast.staff, "changeSubscription", input, fields).await;
        assert_eq!(waiting["subscription"]["pendingChange"]["planName"], "Gold");
        assert_eq!(
            waiting["subscription"]["upcomingInvoice"]["total"]["amount"],
            "36.01"
        );
        let input = json!({ "subscriptionId": id });
        let kept = done(
            &node,
            &cast.staff,
            "cancelSubscriptionChange",
            input,
            fields,
        )
        .await;
        assert_eq!(kept["subscription"]["pendingChange"], json!(null));
        clean(&node).await;
    }
}

#[tokio::test]
async fn what_cannot_be_collected_is_past_due_until_it_is_paid() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let gold = plan(&node, &cast, details("Gold", "30", "MONTH")).await;
        let begun = start(&node, &cast, &gold, json!({ "collection": "AUTOMATIC" })).await;
        let id = begun["id"].as_str().unwrap();
        let past_due = |answer: &Value| answer["subscription"]["state"] == "PAST_DUE";
        let answer = until(&node, &cast.clara, &subscription(id), past_due).await;
        let arrears = &answer["subscription"]["arrears"][0];
        assert_eq!(arrears["attempts"], 1);
        let invoice = arrears["invoice"]["id"].clone();
        let pay = json!({ "invoices": [{ "invoiceId": invoice }], "paymentToken": "tok_success" });
        done(
            &node,
            &cast.clara,
            "payInvoices",
            pay,
            "invoices { status }",
        )
        .await;
        let active = |answer: &Value| answer["subscription"]["state"] == "ACTIVE";
        let answer = until(&node, &cast.clara, &subscription(id), active).await;
        assert_eq!(answer["subscription"]["arrears"], json!([]));
        let told: Vec<&str> = answer["subscription"]["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["event"].as_str().unwrap())
            .collect();
        let expected = [
            "SubscriptionStarted",
            "SubscriptionRenewed",
            "SubscriptionCollectionFailed",
            "SubscriptionArrearsCleared",
        ];
        assert_eq!(told, expected);
        clean(&node).await;
    }
}

#[tokio::test]
async fn contacts_do_with_their_own_what_the_settings_allow() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let gold = plan(&node, &cast, details("Gold", "30", "MONTH")).await;
        let begun = start(&node, &cast, &gold, json!({})).await;
        let id = begun["id"].as_str().unwrap();
        let one = json!({ "subscriptionId": id });
        let more = json!({ "subscriptionId": id, "quantity": "2", "when": "PERIOD_END" });
        let end = json!({ "subscriptionId": id, "when": "PERIOD_END" });
        let credit = json!({ "subscriptionId": id, "when": "NOW", "creditUnused": true });
        let steps = [
            (
                "changeSubscription",
                "ChangeSubscriptionInput",
                &more,
                "ACTIVE",
            ),
            (
                "cancelSubscriptionChange",
                "SubscriptionInput",
                &one,
                "ACTIVE",
            ),
            ("pauseSubscription", "SubscriptionInput", &one, "PAUSED"),
            ("resumeSubscription", "SubscriptionInput", &one, "ACTIVE"),
            (
                "cancelSubscription",
                "CancelSubscriptionInput",
                &end,
                "NON_RENEWING",
            ),
            (
                "reactivateSubscription",
                "SubscriptionInput",
                &one,
                "ACTIVE",
            ),
        ];
        allow(&node, &cast, false).await;
        for (field, kind, input, _) in &steps {
            let code = code_of(&node, &cast.clara, field, kind, input).await;
            assert_eq!(code, "NOT_ALLOWED", "{field}");
        }
        allow(&node, &cast, true).await;
        for (field, _, input, state) in &steps {
            let input = (*input).clone();
            let code = refused(&node, &cast.stranger, field, input.clone()).await;
            assert_eq!(code, "NOT_FOUND", "{field}");
            let fields = "subscription { state }";
            let now = done(&node, &cast.clara, field, input, fields).await;
            assert_eq!(now["subscription"]["state"], *state, "{field}");
        }
        // Only staff give money back.
        let kind = "CancelSubscriptionInput";
        let code = code_of(&node, &cast.clara, "cancelSubscription", kind, &credit).await;
        assert_eq!(code, "FORBIDDEN");
        let fields = "subscription { state upcomingInvoice { date } }";
        let over = done(&node, &cast.staff, "cancelSubscription", credit, fields).await;
        assert_eq!(over["subscription"]["state"], "CANCELLED");
        assert_eq!(over["subscription"]["upcomingInvoice"], json!(null));
        let code = refused(&node, &cast.clara, "resumeSubscription", one).await;
        assert_eq!(code, "SUBSCRIPTION_CANCELLED");
        clean(&node).await;
    }
}

async fn code_of(node: &Node, token: &str, field: &str, kind: &str, input: &Value) -> String {
    let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ __typename }} }}");
    let key = Uuid::now_v7().to_string();
    let input = json!({ "input": input });
    let answer = node.graphql(Some(token), &query, input, Some(&key)).await;
    answer.code()
}

#[tokio::test]
async fn plans_are_kept_by_staff_and_change_no_subscription_that_runs() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let mut wrong = details("", "30", "MONTH");
        let input = json!({ "details": wrong });
        let answer = tell(&node, &cast.staff, "createPlan", input, "plan { id }").await;
        assert_eq!(
            answer["userErrors"][0]["field"],
            json!(["input", "details", "name"])
        );
        wrong["name"] = json!("Gold");
        let gold = plan(&node, &cast, wrong).await;
        let begun = start(&node, &cast, &gold, json!({})).await;
        let id = begun["id"].as_str().unwrap();
        let input = json!({ "planId": gold, "details": details("Gold Plus", "45", "MONTH") });
        let fields = "plan { name price { amount } version }";
        let updated = done(&node, &cast.staff, "updatePlan", input, fields).await;
        assert_eq!(updated["plan"]["price"]["amount"], "45.00");
        let kept = ask(&node, &cast.clara, &subscription(id)).await;
        assert_eq!(kept["subscription"]["planName"], "Gold");
        assert_eq!(kept["subscription"]["amount"]["amount"], "30.00");
        // Archived, it is offered to nobody, and runs on where it runs.
        let input = json!({ "planId": gold });
        done(
            &node,
            &cast.staff,
            "archivePlan",
            input,
            "plan { archived }",
        )
        .await;
        let offered = format!("{{ plan(id: \"{gold}\") {{ name }} plans {{ totalCount }} }}");
        let seen = ask(&node, &cast.clara, &offered).await;
        assert_eq!(
            (&seen["plan"], &seen["plans"]["totalCount"]),
            (&json!(null), &json!(0))
        );
        let input = json!({ "customerId": cast.customer, "planId": gold, "collection": "OFFLINE" });
        let code = refused(&node, &cast.staff, "startSubscription", input).await;
        assert_eq!(code, "PLAN_ARCHIVED");
        let input = json!({ "subscriptionId": id, "quantity": "2", "when": "PERIOD_END" });
        done(
            &node,
            &cast.staff,
            "changeSubscription",
            input,
            "subscription { id }",
        )
        .await;
        clean(&node).await;
    }
}

#[tokio::test]
async fn started_once_under_its_key_also_after_a_crash() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        let cast = cast(&node).await;
        let gold = plan(&node, &cast, details("Gold", "30", "DAY")).await;
        let key = Uuid::now_v7().to_string();
        let from = day(&node, &cast, -2).await;
        let input = json!({
            "customerId": cast.customer, "planId": gold, "collection": "OFFLINE", "start": from,
        });
        let fields = "subscription { id }";
        let field = "startSubscription";
        let first = tell_under(&node, &cast.staff, &key, field, input.clone(), fields).await;
        node.kill().await;
        node.restart().await;
        let again = tell_under(&node, &cast.staff, &key, field, input, fields).await;
        assert_eq!(first, again);
        let id = again["subscription"]["id"].as_str().unwrap();
        invoiced(&node, &cast.staff, id, 3).await;
        let other = node.second().await;
        let count = format!("{{ invoices(filter: {{ planId: \"{gold}\" }}) {{ totalCount }} }}");
        let all = |answer: &Value| answer["invoices"]["totalCount"] == 3;
        until(&other, &cast.staff, &count, all).await;
        clean(&node).await;
    }
}

#[tokio::test]
async fn the_dashboard_of_a_customer_names_the_subscription_that_is_billed_next() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let query = "{ dashboard { nextSubscriptionInvoice { id upcomingInvoice { date } } } }";
        let next = async |token: &str| {
            ask(&node, token, query).await["dashboard"]["nextSubscriptionInvoice"].clone()
        };
        assert_eq!(next(&cast.clara).await, Value::Null);
        let yearly = plan(&node, &cast, details("Hosting", "1200", "YEAR")).await;
        let monthly = plan(&node, &cast, details("Care", "100", "MONTH")).await;
        let far = start(&node, &cast, &yearly, json!({})).await;
        assert_eq!(next(&cast.clara).await["id"], far["id"]);
        let near = start(&node, &cast, &monthly, json!({})).await;
        let named = next(&cast.clara).await;
        assert_eq!(named["id"], near["id"]);
        assert_eq!(
            named["upcomingInvoice"]["date"],
            near["upcomingInvoice"]["date"]
        );
        for token in [&cast.staff, &cast.stranger] {
            assert_eq!(next(token).await, Value::Null);
        }
        let input = json!({ "subscriptionId": near["id"] });
        done(&node, &cast.staff, "pauseSubscription", input, "__typename").await;
        assert_eq!(
            next(&cast.clara).await["id"],
            far["id"],
            "time stands still for the other"
        );
    }
}
