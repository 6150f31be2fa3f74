//! Invoices and estimates beyond the walk-through, over real HTTP and on both engines: disputes, searches, the
//! conversation about an offer, and the terms that an acceptance agrees to.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use serde_json::{Value, json};
use support::cast::*;
use support::{Node, engines};
use uuid::Uuid;

async fn issued_invoice(node: &Node, cast: &Cast, price: &str) -> String {
    let input = json!({ "customerId": cast.customer, "document": offer(price, None) });
    let drafted = done(node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "invoiceId": id });
    done(node, &cast.staff, "issueInvoice", input, "__typename").await;
    id
}

async fn drafted_estimate(node: &Node, cast: &Cast, terms: Option<&str>) -> String {
    let mut document = offer("420", None);
    document["terms"] = json!(terms);
    let input = json!({ "customerId": cast.customer, "document": document });
    let drafted = done(node, &cast.staff, "draftEstimate", input, "estimate { id }").await;
    drafted["estimate"]["id"].as_str().unwrap().to_owned()
}

async fn offered_estimate(node: &Node, cast: &Cast, terms: Option<&str>) -> String {
    let id = drafted_estimate(node, cast, terms).await;
    let input = json!({ "estimateId": id });
    done(node, &cast.staff, "offerEstimate", input, "__typename").await;
    id
}

/// How many invoices a filter finds, for that person.
async fn found(node: &Node, token: &str, filter: &str) -> i64 {
    let query = format!(
        "{{ invoices(filter: {{ {filter} }}, sort: NUMBER, descending: false) {{ totalCount edges {{ node {{ id }} }} }} }}"
    );
    let invoices = ask(node, token, &query).await["invoices"].clone();
    let rows = invoices["edges"].as_array().unwrap().len();
    assert_eq!(invoices["totalCount"], json!(rows), "{filter}");
    i64::try_from(rows).unwrap()
}

async fn refused_query(node: &Node, token: &str, query: &str) -> String {
    node.graphql(Some(token), query, json!({}), None)
        .await
        .code()
}

const DISPUTE: &str =
    "dispute { id lineId amount { amount } raisedBy outcome words } invoice { disputed }";

#[tokio::test]
async fn a_customer_disputes_a_line_and_staff_settle_it() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = issued_invoice(&node, &cast, "420").await;
        let dispute = |line: Option<u32>, amount: Option<&str>| json!({ "invoiceId": invoice, "lineId": line, "reason": "Two trucks were not done.", "amount": amount });
        let field = "disputeInvoice";
        for (token, input, code) in [
            (&cast.stranger, dispute(None, None), "NOT_FOUND"),
            (&cast.clara, dispute(Some(7), None), "NO_SUCH_LINE"),
            (&cast.clara, dispute(None, Some("10000")), "OUT_OF_RANGE"),
        ] {
            assert_eq!(refused(&node, token, field, input).await, code);
        }
        let told = dispute(Some(1), Some("840.00"));
        let disputed = done(&node, &cast.clara, field, told.clone(), DISPUTE).await;
        let id = disputed["dispute"]["id"].as_str().unwrap().to_owned();
        assert_eq!(disputed["invoice"]["disputed"], true);
        assert_eq!(disputed["dispute"]["amount"]["amount"], "840.00");
        assert_eq!(
            refused(&node, &cast.clara, field, told).await,
            "DISPUTE_OPEN"
        );
        assert_eq!(found(&node, &cast.staff, "disputed: true").await, 1);
        assert_eq!(found(&node, &cast.clara, "disputed: false").await, 0);
        let open = "{ disputes(filter: { open: true }) { totalCount edges { node { id invoice { number } } } } }";
        assert_eq!(
            ask(&node, &cast.staff, open).await["disputes"]["edges"][0]["node"]["id"],
            json!(id)
        );
        assert_eq!(
            ask(&node, &cast.stranger, open).await["disputes"]["totalCount"],
            0
        );

        let settle = json!({ "invoiceId": invoice, "disputeId": id, "outcome": "UPHELD", "words": "A credit note follows." });
        let settled = done(&node, &cast.staff, "settleDispute", settle, DISPUTE).await;
        assert_eq!(settled["dispute"]["outcome"], "UPHELD");
        assert_eq!(settled["invoice"]["disputed"], false);
        let seen = format!("{{ invoice(id: \"{invoice}\") {{ disputes {{ lineId words }} }} }}");
        let seen = ask(&node, &cast.clara, &seen).await;
        let expected = json!([{ "lineId": 1, "words": "A credit note follows." }]);
        assert_eq!(seen["invoice"]["disputes"], expected);
        assert_eq!(
            ask(&node, &cast.staff, open).await["disputes"]["totalCount"],
            0
        );
    }
}

#[tokio::test]
async fn a_customer_takes_its_own_dispute_back_once() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = issued_invoice(&node, &cast, "420").await;
        let input = json!({ "invoiceId": invoice, "reason": "Never seen it." });
        let disputed = done(&node, &cast.clara, "disputeInvoice", input, DISPUTE).await;
        let about = |words: &str| json!({ "invoiceId": invoice, "disputeId": disputed["dispute"]["id"], "words": words });
        let field = "withdrawDispute";
        for (token, input, code) in [
            (&cast.stranger, about("Mine?"), "NOT_FOUND"),
            (&cast.clara, about(" "), "REQUIRED"),
            (
                &cast.clara,
                json!({ "invoiceId": invoice, "disputeId": Uuid::nil(), "words": "Found it." }),
                "NO_SUCH_DISPUTE",
            ),
        ] {
            assert_eq!(refused(&node, token, field, input).await, code);
        }
        for _ in 0..2 {
            let taken_back = done(&node, &cast.clara, field, about("Found it."), DISPUTE).await;
            assert_eq!(taken_back["dispute"]["outcome"], "WITHDRAWN");
            assert_eq!(taken_back["dispute"]["words"], "Found it.");
            assert_eq!(taken_back["invoice"]["disputed"], false);
        }
        let late = json!({ "invoiceId": invoice, "disputeId": disputed["dispute"]["id"], "outcome": "UPHELD", "words": "Right." });
        let late = refused(&node, &cast.staff, "settleDispute", late).await;
        assert_eq!(late, "DISPUTE_SETTLED");
    }
}

#[tokio::test]
async fn staff_record_a_dispute_on_a_business_date_of_the_past_and_nobody_of_the_future() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let invoice = issued_invoice(&node, &cast, "420").await;
    let on = |on: &str| json!({ "invoiceId": invoice, "reason": "By telephone.", "on": on });
    let late = refused(&node, &cast.staff, "disputeInvoice", on("2999-01-01")).await;
    assert_eq!(late, "TOO_LATE");
    let early = refused(&node, &cast.staff, "disputeInvoice", on("2001-01-01")).await;
    assert_eq!(early, "TOO_EARLY");
    let query =
        "mutation($input: DisputeInvoiceInput!) { disputeInvoice(input: $input) { __typename } }";
    let key = Uuid::now_v7().to_string();
    let input = json!({ "input": on("2001-01-01") });
    let answer = node
        .graphql(Some(&cast.clara), query, input, Some(&key))
        .await;
    assert_eq!(answer.code(), "BAD_INPUT", "a customer disputes today");
}

#[tokio::test]
async fn invoices_and_estimates_are_found_by_words_amounts_and_dates() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        issued_invoice(&node, &cast, "420").await; // 9258.20
        issued_invoice(&node, &cast, "10").await; // 2427.60
        for (filter, staff, clara, stranger) in [
            ("text: \"fleet brand\"", 2, 2, 0),
            ("text: \"nordwind\"", 2, 2, 0),
            ("text: \"INV-00002\"", 1, 1, 0),
            ("text: \"leet\"", 0, 0, 0),
            (
                "currency: \"EUR\", amountFrom: \"2427.60\", amountTo: \"2427.60\"",
                1,
                1,
                0,
            ),
            ("currency: \"USD\"", 0, 0, 0),
            ("dueFrom: \"2001-01-01\", dueTo: \"2999-01-01\"", 2, 2, 0),
            ("dueTo: \"2001-01-01\"", 0, 0, 0),
            (
                "text: \"design\", status: UNPAID, currency: \"EUR\", amountFrom: \"5000\"",
                1,
                1,
                0,
            ),
        ] {
            assert_eq!(found(&node, &cast.staff, filter).await, staff, "{filter}");
            assert_eq!(found(&node, &cast.clara, filter).await, clara, "{filter}");
            assert_eq!(
                found(&node, &cast.stranger, filter).await,
                stranger,
                "{filter}"
            );
        }
        let long = "x".repeat(101);
        for filter in [
            "text: \"x\"".to_owned(),
            format!("text: \"{long}\""),
            format!("number: \"{long}\""),
            "amountFrom: \"1\"".to_owned(),
            "currency: \"EUR\", amountFrom: \"1.001\"".to_owned(),
        ] {
            let query = format!("{{ invoices(filter: {{ {filter} }}) {{ totalCount }} }}");
            assert_eq!(
                refused_query(&node, &cast.staff, &query).await,
                "BAD_INPUT",
                "{filter}"
            );
        }
        let estimate = offered_estimate(&node, &cast, None).await;
        drafted_estimate(&node, &cast, None).await;
        let query = "{ estimates(filter: { text: \"fleet\", expiringWithinDays: 60 }, sort: VALID_UNTIL) { edges { node { id } } } }";
        let listed = ask(&node, &cast.staff, query).await["estimates"]["edges"].clone();
        assert_eq!(listed, json!([{ "node": { "id": estimate } }]));
        let soon = query.replace("60", "3");
        let listed = ask(&node, &cast.staff, &soon).await["estimates"]["edges"].clone();
        assert_eq!(listed, json!([]), "it is valid for thirty days");
    }
}

fn said(entry: &Value) -> (&str, &str, Option<&str>) {
    let entry = &entry["node"];
    let (kind, side) = (entry["kind"].as_str(), entry["side"].as_str());
    (kind.unwrap(), side.unwrap(), entry["text"].as_str())
}

#[tokio::test]
async fn both_sides_talk_about_an_offer_in_one_thread() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let id = offered_estimate(&node, &cast, None).await;
        let comment = |text: &str| json!({ "estimateId": id, "text": text });
        let field = "commentOnEstimate";
        done(
            &node,
            &cast.clara,
            field,
            comment("Is travel included?"),
            "__typename",
        )
        .await;
        done(&node, &cast.staff, field, comment("It is."), "__typename").await;
        let input =
            json!({ "estimateId": id, "revision": 1, "reason": "Too dear.", "wouldAccept": "400" });
        done(&node, &cast.clara, "declineEstimate", input, "__typename").await;
        let thread = format!(
            "{{ estimate(id: \"{id}\") {{ thread {{ edges {{ node {{ kind side by text wouldAccept revision }} }} }} }} }}"
        );
        let seen = ask(&node, &cast.clara, &thread).await["estimate"]["thread"]["edges"].clone();
        let told: Vec<_> = seen.as_array().unwrap().iter().map(said).collect();
        let expected = [
            ("OFFER", "STAFF", None),
            ("COMMENT", "CUSTOMER", Some("Is travel included?")),
            ("COMMENT", "STAFF", Some("It is.")),
            ("REFUSAL", "CUSTOMER", Some("Too dear.")),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            ask(&node, &cast.staff, &thread).await["estimate"]["thread"]["edges"],
            seen
        );
        assert_eq!(
            ask(&node, &cast.stranger, &thread).await["estimate"],
            Value::Null
        );
        let stranger = refused(&node, &cast.stranger, field, comment("Hello.")).await;
        assert_eq!(stranger, "NOT_FOUND");
        let draft = drafted_estimate(&node, &cast, None).await;
        let early = json!({ "estimateId": draft, "text": "Hm." });
        assert_eq!(
            refused(&node, &cast.staff, field, early).await,
            "NEVER_OFFERED"
        );
    }
}

#[tokio::test]
async fn terms_are_agreed_to_and_kept_word_for_word() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let id = offered_estimate(&node, &cast, Some("Payable in 14 days.")).await;
        let accept = |terms: bool| json!({ "estimateId": id, "revision": 1, "name": "Clara Kontos", "termsAccepted": terms });
        let without = refused(&node, &cast.clara, "acceptEstimate", accept(false)).await;
        assert_eq!(without, "TERMS_NOT_ACCEPTED");
        let fields = "estimate { revisions { answeredBy agreed { total { amount } deposit { amount } terms } } }";
        let accepted = done(&node, &cast.clara, "acceptEstimate", accept(true), fields).await;
        let agreed = json!({
            "answeredBy": "Clara Kontos",
            "agreed": { "total": { "amount": "9258.20" }, "deposit": null, "terms": "Payable in 14 days." },
        });
        assert_eq!(accepted["estimate"]["revisions"], json!([agreed]));
    }
}

async fn set(node: &Node, cast: &Cast, settings: Value) {
    let fields = "organisation { version }";
    done(node, &cast.owner, "updateSettings", settings, fields).await;
}

/// Asks until the answer is there: what follows from an event takes a moment.
async fn ask_until(
    node: &Node,
    token: &str,
    query: &str,
    is_there: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..500 {
        let answer = ask(node, token, query).await;
        if is_there(&answer) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("in vain: {query}");
}

const PREVIEW: &str = "agreed { total { amount } deposit { amount } terms } \
    invoice { isDeposit issued dueDate document { total { amount } lines { description } } } userErrors { code }";

#[tokio::test]
async fn a_deposit_is_foretold_billed_paid_and_taken_off() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        set(
            &node,
            &cast,
            json!({ "invoiceOnAcceptance": "ISSUE", "depositPercent": "30" }),
        )
        .await;
        let id = offered_estimate(&node, &cast, None).await;
        let shown = format!(
            "{{ estimate(id: \"{id}\") {{ revisions {{ depositPercent deposit {{ amount }} }} }} }}"
        );
        let shown = ask(&node, &cast.clara, &shown).await["estimate"]["revisions"][0].clone();
        let deposit = json!({ "depositPercent": "30", "deposit": { "amount": "2777.46" } });
        assert_eq!(shown, deposit, "the customer sees it before it accepts");

        let preview = |revision| {
            format!(
                "{{ previewAcceptance(estimateId: \"{id}\", revision: {revision}) {{ {PREVIEW} }} }}"
            )
        };
        let refused = ask(&node, &cast.clara, &preview(2)).await;
        assert_eq!(
            refused["previewAcceptance"]["userErrors"][0]["code"],
            "UNKNOWN_REVISION"
        );
        let stranger = ask(&node, &cast.stranger, &preview(1)).await;
        assert_eq!(
            stranger["previewAcceptance"]["userErrors"][0]["code"],
            "NOT_FOUND"
        );
        let told = ask(&node, &cast.clara, &preview(1)).await["previewAcceptance"].clone();
        assert_eq!(told["agreed"]["total"]["amount"], "9258.20");
        let planned = told["invoice"].clone();
        assert_eq!(
            (&planned["isDeposit"], &planned["issued"]),
            (&json!(true), &json!(true))
        );

        let accept = json!({ "estimateId": id, "revision": 1, "name": "Clara Kontos" });
        done(&node, &cast.clara, "acceptEstimate", accept, "__typename").await;
        let billed = format!(
            "{{ estimate(id: \"{id}\") {{ state depositInvoice {{ id isDeposit status dueDate document {{ total {{ amount }} lines {{ description }} }} }} }} }}"
        );
        let billed = ask_until(&node, &cast.clara, &billed, |answer| {
            answer["estimate"]["depositInvoice"] != Value::Null
        })
        .await["estimate"]
            .clone();
        assert_eq!(billed["state"], "ACCEPTED");
        let invoice = &billed["depositInvoice"];
        assert_eq!(invoice["document"], planned["document"]);
        assert_eq!(invoice["dueDate"], planned["dueDate"]);
        assert_eq!(invoice["isDeposit"], true);
        let undo = json!({ "estimateId": id, "reason": "A slip." });
        let refused = tell(&node, &cast.staff, "undoAcceptance", undo, "__typename").await;
        assert_eq!(refused["userErrors"][0]["code"], "DEPOSIT_BILLED");

        let pay =
            json!({ "invoices": [{ "invoiceId": invoice["id"] }], "paymentToken": "tok_success" });
        done(&node, &cast.clara, "payInvoices", pay, "__typename").await;
        let last = format!(
            "{{ estimate(id: \"{id}\") {{ state invoice {{ total {{ amount }} status document {{ lines {{ description amount {{ amount }} }} }} }} }} }}"
        );
        let last = ask_until(&node, &cast.clara, &last, |answer| {
            answer["estimate"]["invoice"] != Value::Null
        })
        .await["estimate"]["invoice"]
            .clone();
        assert_eq!(last["total"]["amount"], "6480.74"); // 9258.20 − 2777.46
        let taken_off = &last["document"]["lines"][2];
        let text = taken_off["description"].as_str().unwrap();
        assert!(
            text.starts_with("Less deposit, invoice INV-00001"),
            "{text}"
        );
        assert_eq!(taken_off["amount"]["amount"], "-2334.00");
    }
}

#[tokio::test]
async fn an_offer_may_ask_for_a_deposit_of_its_own_or_for_none() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    set(&node, &cast, json!({ "depositPercent": "30" })).await;
    let fields = "estimate { revisions { depositPercent } }";
    for (percent, shown) in [("0", Value::Null), ("12.50", json!("12.5"))] {
        let id = drafted_estimate(&node, &cast, None).await;
        let input = json!({ "estimateId": id, "depositPercent": percent });
        let offered = done(&node, &cast.staff, "offerEstimate", input, fields).await;
        assert_eq!(offered["estimate"]["revisions"][0]["depositPercent"], shown);
    }
    let id = drafted_estimate(&node, &cast, None).await;
    let input = json!({ "estimateId": id, "depositPercent": "101" });
    let answer = tell(&node, &cast.staff, "offerEstimate", input, "__typename").await;
    assert_eq!(
        answer["userErrors"][0]["field"],
        json!(["input", "depositPercent"])
    );
}

#[tokio::test]
async fn reminders_and_late_fees_are_told_of_and_waived() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let fee = json!({ "afterDays": 5, "percent": "10" });
        set(&node, &cast, json!({ "reminders": [5], "lateFees": [fee] })).await;
        let invoice = issued_invoice(&node, &cast, "420").await;
        let query = format!(
            "{{ invoice(id: \"{invoice}\") {{ dueDate upcomingReminder {{ stage on }} upcomingLateFee {{ stage on amount {{ amount }} }} }} }}"
        );
        let told = ask(&node, &cast.clara, &query).await["invoice"].clone();
        assert_eq!(told["upcomingReminder"]["stage"], 1);
        assert_eq!(told["upcomingLateFee"]["amount"]["amount"], "925.82");
        assert_eq!(
            told["upcomingLateFee"]["on"],
            told["upcomingReminder"]["on"]
        );

        let preview = |as_of: &str| {
            format!(
                "{{ previewLateFees(asOf: \"{as_of}\") {{ invoice {{ id }} stage day amount {{ amount }} }} }}"
            )
        };
        let day = told["upcomingLateFee"]["on"].as_str().unwrap().to_owned();
        let due = told["dueDate"].as_str().unwrap().to_owned();
        let fees = ask(&node, &cast.staff, &preview(&day)).await["previewLateFees"].clone();
        let expected = json!([{ "invoice": { "id": invoice }, "stage": 1, "day": day, "amount": { "amount": "925.82" } }]);
        assert_eq!(fees, expected);
        let none = ask(&node, &cast.staff, &preview(&due)).await["previewLateFees"].clone();
        assert_eq!(none, json!([]));
        assert_eq!(
            refused_query(&node, &cast.clara, &preview(&day)).await,
            "FORBIDDEN"
        );

        let waive = json!({ "invoiceId": invoice, "reason": "Goodwill." });
        done(&node, &cast.staff, "waiveLateFees", waive, "__typename").await;
        let told = ask(&node, &cast.clara, &query).await["invoice"].clone();
        assert_eq!(told["upcomingLateFee"], Value::Null);
        assert_eq!(told["upcomingReminder"]["stage"], 1);
        let fees = ask(&node, &cast.staff, &preview(&day)).await["previewLateFees"].clone();
        assert_eq!(fees, json!([]));
    }
}
