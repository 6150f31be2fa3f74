//! The walk-through, over real HTTP and on both engines: an offer is made, declined, reworked, accepted, invoiced and
//! paid; every answer is looked at from the customer's side and from the staff's.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::cast::*;
use support::{Engine, Node, engines, hear, say, send, until_heard};
use uuid::Uuid;

const MONEY: &str = "{ amount currency }";

/// Drafts and offers; answers with the estimate's id.
async fn offered(node: &Node, cast: &Cast) -> String {
    let input = json!({ "customerId": cast.customer, "document": offer("420", None) });
    let drafted = done(
        node,
        &cast.staff,
        "draftEstimate",
        input,
        "estimate { id state number total { amount } }",
    )
    .await;
    assert_eq!(drafted["estimate"]["total"]["amount"], "9258.20"); // (14 × 420 + 1900) × 1.19
    assert_eq!(drafted["estimate"]["number"], Value::Null);
    let id = drafted["estimate"]["id"].as_str().unwrap().to_owned();
    let unseen = ask(
        node,
        &cast.clara,
        &format!("{{ estimate(id: \"{id}\") {{ id }} }}"),
    )
    .await;
    assert_eq!(
        unseen["estimate"],
        Value::Null,
        "a draft is not the customer's to see"
    );
    let input = json!({ "estimateId": id });
    let offered = done(
        node,
        &cast.staff,
        "offerEstimate",
        input,
        "estimate { state number }",
    )
    .await;
    assert_eq!(offered["estimate"]["state"], "OFFERED");
    assert_eq!(offered["estimate"]["number"], "EST-00001");
    id
}

/// The offer is declined, reworked, compared, and its second revision accepted.
async fn negotiated(node: &Node, cast: &Cast) -> String {
    let id = offered(node, cast).await;
    done(
        node,
        &cast.clara,
        "markViewed",
        json!({ "estimateId": id, "revision": 1 }),
        "__typename",
    )
    .await;
    let input = json!({ "estimateId": id, "revision": 1, "reason": "Too much per truck.", "wouldAccept": "Below 400." });
    let declined = done(
        node,
        &cast.clara,
        "declineEstimate",
        input,
        "estimate { state }",
    )
    .await;
    assert_eq!(declined["estimate"]["state"], "DECLINED");

    let input = json!({ "estimateId": id, "document": offer("395", Some(1)) });
    done(
        node,
        &cast.staff,
        "reworkEstimate",
        input,
        "estimate { revision }",
    )
    .await;
    let kept = ask(node, &cast.clara, &format!("{{ estimate(id: \"{id}\") {{ revision total {{ amount }} revisions {{ revision }} }} }}")).await;
    assert_eq!(
        kept["estimate"]["revision"], 1,
        "the rework is not the customer's to see before it is offered"
    );
    assert_eq!(kept["estimate"]["total"]["amount"], "9258.20");
    assert_eq!(kept["estimate"]["revisions"], json!([{ "revision": 1 }]));
    let fields = "estimate { state revision number }";
    let again = done(
        node,
        &cast.staff,
        "reofferEstimate",
        json!({ "estimateId": id }),
        fields,
    )
    .await;
    assert_eq!(
        again["estimate"],
        json!({ "state": "OFFERED", "revision": 2, "number": "EST-00001" })
    );

    let query = format!(
        "{{ estimate(id: \"{id}\") {{ comparison {{ from to totalBefore {MONEY} totalAfter {MONEY}
           lines {{ kind before {{ unitPrice }} after {{ unitPrice }} }} }} }} }}"
    );
    let compared = ask(node, &cast.clara, &query).await["estimate"]["comparison"].clone();
    assert_eq!(
        compared["totalAfter"],
        json!({ "amount": "8841.70", "currency": "EUR" })
    );
    let changed = json!({ "kind": "CHANGED", "before": { "unitPrice": "420" }, "after": { "unitPrice": "395" } });
    assert_eq!(compared["lines"][0], changed);
    assert_eq!(compared["lines"][1]["kind"], "UNCHANGED");

    let accept =
        |revision| json!({ "estimateId": id, "revision": revision, "name": "Clara Kontos" });
    assert_eq!(
        refused(node, &cast.clara, "acceptEstimate", accept(1)).await,
        "SUPERSEDED"
    );
    assert_eq!(
        refused(node, &cast.clara, "acceptEstimate", accept(3)).await,
        "UNKNOWN_REVISION"
    );
    assert_eq!(
        refused(node, &cast.stranger, "acceptEstimate", accept(2)).await,
        "NOT_FOUND"
    );
    let accepted = done(
        node,
        &cast.clara,
        "acceptEstimate",
        accept(2),
        "estimate { state }",
    )
    .await;
    assert_eq!(accepted["estimate"]["state"], "ACCEPTED");
    id
}

/// The accepted estimate is invoiced; answers with the invoice's id.
async fn invoiced(node: &Node, cast: &Cast, estimate: &str) -> String {
    let fields = "estimate { state invoice { id number status total { amount } buyer { name } seller { name } } }";
    let converted = done(
        node,
        &cast.staff,
        "convertEstimate",
        json!({ "estimateId": estimate }),
        fields,
    )
    .await;
    let invoice = &converted["estimate"]["invoice"];
    assert_eq!(converted["estimate"]["state"], "INVOICED");
    assert_eq!(invoice["number"], "INV-00001");
    assert_eq!(invoice["status"], "UNPAID");
    assert_eq!(invoice["total"]["amount"], "8841.70");
    assert_eq!(invoice["buyer"]["name"], "Nordwind");
    assert_eq!(invoice["seller"]["name"], "Harbour & Finch");
    invoice["id"].as_str().unwrap().to_owned()
}

fn pay(invoice: &str, amount: Option<&str>, token: &str) -> Value {
    json!({ "invoices": [{ "invoiceId": invoice, "amount": amount }], "paymentToken": token })
}

const PAID: &str = "payment { id state number amount { amount } failureCode } \
                    invoices { status due { amount } settled { amount } reserved { amount } }";

async fn paid(node: &Node, cast: &Cast, invoice: &str) {
    let declined = tell(
        node,
        &cast.clara,
        "payInvoices",
        pay(invoice, Some("1000"), "tok_insufficient_funds"),
        PAID,
    )
    .await;
    assert_eq!(declined["payment"]["state"], "FAILED");
    assert_eq!(declined["userErrors"][0]["code"], "INSUFFICIENT_FUNDS");
    assert_eq!(
        declined["invoices"][0]["reserved"]["amount"], "0.00",
        "a failed payment holds nothing back"
    );

    let part = done(
        node,
        &cast.clara,
        "payInvoices",
        pay(invoice, Some("3000"), "tok_success"),
        PAID,
    )
    .await;
    assert_eq!(part["payment"]["state"], "SUCCEEDED");
    assert_eq!(part["payment"]["number"], "PAY-00001");
    assert_eq!(part["invoices"][0]["status"], "PARTIALLY_PAID");
    assert_eq!(part["invoices"][0]["due"]["amount"], "5841.70");

    let too_much = pay(invoice, Some("5841.71"), "tok_success");
    assert_eq!(
        refused(node, &cast.clara, "payInvoices", too_much).await,
        "PAYMENT_EXCEEDS_AMOUNT_DUE"
    );
    assert_eq!(
        refused(
            node,
            &cast.stranger,
            "payInvoices",
            pay(invoice, None, "tok_success")
        )
        .await,
        "NOT_FOUND"
    );

    let key = "pay-the-rest";
    let rest = tell_under(
        node,
        &cast.clara,
        key,
        "payInvoices",
        pay(invoice, None, "tok_success"),
        PAID,
    )
    .await;
    assert_eq!(
        rest["invoices"][0],
        json!({
            "status": "PAID", "due": { "amount": "0.00" }, "settled": { "amount": "8841.70" }, "reserved": { "amount": "0.00" }
        })
    );
    let again = tell_under(
        node,
        &cast.clara,
        key,
        "payInvoices",
        pay(invoice, None, "tok_success"),
        PAID,
    )
    .await;
    assert_eq!(
        again, rest,
        "the same request under the same key changes nothing"
    );
    assert_eq!(
        refused(
            node,
            &cast.clara,
            "payInvoices",
            pay(invoice, None, "tok_success")
        )
        .await,
        "ALREADY_PAID"
    );
}

async fn told_in_full(node: &Node, cast: &Cast, estimate: &str, invoice: &str) {
    let events = |of: &str| {
        format!(
            "{{ history(of: \"{of}\") {{ event actor actorRole happenedOn recordedAt payload }} }}"
        )
    };
    let names = |data: &Value| -> Vec<String> {
        let rows = data["history"].as_array().unwrap().iter();
        rows.map(|row| row["event"].as_str().unwrap().to_owned())
            .collect()
    };
    let told = ask(node, &cast.accountant, &events(estimate)).await;
    assert_eq!(
        names(&told),
        [
            "EstimateDrafted",
            "EstimateOffered",
            "EstimateViewed",
            "EstimateDeclined",
            "EstimateReworked",
            "EstimateReoffered",
            "EstimateAccepted",
            "EstimateInvoiced",
        ]
    );
    let declined = &told["history"][3];
    assert_eq!(declined["actorRole"], "customer_contact");
    assert_eq!(
        declined["payload"]["EstimateDeclined"]["would_accept"],
        "Below 400."
    );
    assert!(declined["recordedAt"].as_str().unwrap().ends_with('Z'));
    let to_customer = ask(node, &cast.clara, &events(estimate)).await;
    assert!(
        !names(&to_customer)
            .iter()
            .any(|name| name == "EstimateReworked"),
        "drafts are internal"
    );
    assert_eq!(to_customer["history"][0]["payload"], Value::Null);
    assert_eq!(
        ask(node, &cast.stranger, &events(estimate)).await["history"],
        json!([])
    );

    let told = ask(node, &cast.accountant, &events(invoice)).await;
    assert_eq!(
        names(&told),
        [
            "InvoiceDrafted",
            "InvoiceIssued",
            "InvoicePaymentReserved",
            "InvoicePaymentReleased",
            "InvoicePaymentReserved",
            "InvoicePaymentApplied",
            "InvoicePaymentReserved",
            "InvoicePaymentApplied",
            "InvoicePaid",
        ]
    );
    let query = "{ dashboard { balances { outstanding { amount } credit { amount } } overdue { count } estimatesWaiting
                   lastPayment { number } recentActivity { event } } payments { totalCount } }";
    let dashboard = ask(node, &cast.clara, query).await;
    assert_eq!(
        dashboard["dashboard"]["balances"],
        json!([]),
        "the balance is zero"
    );
    assert_eq!(dashboard["dashboard"]["lastPayment"]["number"], "PAY-00002");
    assert_eq!(dashboard["payments"]["totalCount"], 3);
}

async fn check_is_clean(node: &Node) {
    let (ok, said) = node.run(&["check"]).await;
    assert!(ok && said.contains("clean"), "{said}");
}

#[tokio::test]
async fn an_offer_is_declined_reworked_accepted_invoiced_and_paid() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let estimate = negotiated(&node, &cast).await;
        let invoice = invoiced(&node, &cast, &estimate).await;
        paid(&node, &cast, &invoice).await;
        told_in_full(&node, &cast, &estimate, &invoice).await;
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn two_gateways_on_one_postgresql_show_each_others_writes_within_a_second() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let one = Node::on(Engine::Postgres).await;
    let two = one.second().await;
    let cast = cast(&one).await;
    let estimate = offered(&one, &cast).await;
    let query = format!("{{ estimate(id: \"{estimate}\") {{ state }} }}");
    while ask(&two, &cast.clara, &query).await["estimate"].is_null() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let accept = json!({ "estimateId": estimate, "revision": 1, "name": "Clara" });
    done(
        &two,
        &cast.clara,
        "acceptEstimate",
        accept,
        "estimate { state }",
    )
    .await;
    invoiced_by_either(&one, &two, &cast, &estimate).await;
    // The quickest of several: one may have had to wait for the machine.
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let invoice = issued(&one, &cast, "100").await;
        let query = format!("{{ invoice(id: \"{invoice}\") {{ status }} }}");
        let written = std::time::Instant::now();
        while ask(&two, &cast.clara, &query).await["invoice"].is_null() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        quickest = quickest.min(written.elapsed());
    }
    assert!(quickest < Duration::from_secs(1), "seen after {quickest:?}");
    check_is_clean(&one).await;
    check_is_clean(&two).await;
}

/// Both nodes convert at once: there is one invoice, and no number is lost.
async fn invoiced_by_either(one: &Node, two: &Node, cast: &Cast, estimate: &str) {
    let input = json!({ "estimateId": estimate });
    let fields = "estimate { invoice { id number } }";
    let (left, right) = tokio::join!(
        tell(one, &cast.staff, "convertEstimate", input.clone(), fields),
        tell(two, &cast.staff, "convertEstimate", input, fields),
    );
    let invoice = left["estimate"]["invoice"]["id"].clone();
    assert_eq!(invoice, right["estimate"]["invoice"]["id"]);
    // The node that was second answers at once; the first one may still be issuing.
    let query = format!("{{ invoice(id: {invoice}) {{ number }} }}");
    for node in [one, two] {
        let mut number = Value::Null;
        for _ in 0..200 {
            number = ask(node, &cast.staff, &query).await["invoice"]["number"].clone();
            if !number.is_null() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(number, "INV-00001");
    }
}

/// Drafts an invoice and returns its id and version.
async fn drafted(node: &Node, cast: &Cast) -> (String, Value) {
    let lines = json!([{ "description": "Signs", "quantity": "1", "unitPrice": "10" }]);
    let input =
        json!({ "customerId": cast.customer, "document": { "currency": "EUR", "lines": lines } });
    let fields = "invoice { id version }";
    let invoice = done(node, &cast.staff, "draftInvoice", input, fields).await["invoice"].clone();
    (
        invoice["id"].as_str().unwrap().to_owned(),
        invoice["version"].clone(),
    )
}

#[tokio::test]
async fn what_one_node_acknowledged_the_other_never_calls_absent_or_shows_older() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let one = Node::on(Engine::Postgres).await;
    let two = one.second().await;
    let cast = cast(&one).await;
    for _ in 0..10 {
        let (id, version) = drafted(&one, &cast).await;
        // Found without a word of what was seen before, also by a command.
        let query = format!("{{ invoice(id: \"{id}\") {{ version }} }}");
        assert_eq!(
            ask(&two, &cast.staff, &query).await["invoice"]["version"],
            version
        );
        let (id, version) = drafted(&one, &cast).await;
        let input = json!({ "invoiceId": id, "expectedVersion": version });
        let fields = "invoice { number version }";
        let issued = done(&two, &cast.staff, "issueInvoice", input, fields).await;
        assert!(issued["invoice"]["number"].is_string(), "{issued}");
        // As new as what was seen, where that is brought along.
        let mutation = format!(
            "mutation {{ voidInvoice(input: {{ invoiceId: \"{id}\", reason: \"Twice\" }}) {{ invoice {{ status }} userErrors {{ code }} }} }}"
        );
        let key = Uuid::now_v7().to_string();
        let voided = two
            .graphql(Some(&cast.staff), &mutation, json!({}), Some(&key))
            .await;
        assert_eq!(voided.data()["voidInvoice"]["userErrors"], json!([]));
        let seen = voided.header("x-billing-position").unwrap().to_owned();
        let query = format!("{{ invoice(id: \"{id}\") {{ status }} }}");
        let request = one
            .request(reqwest::Method::POST, "/graphql")
            .bearer_auth(&cast.staff)
            .header("x-billing-position", seen)
            .json(&json!({ "query": query }));
        assert_eq!(send(request).await.data()["invoice"]["status"], "VOIDED");
    }
}

#[tokio::test]
async fn one_key_sent_to_two_nodes_at_once_has_one_meaning() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let one = Node::on(Engine::Postgres).await;
    let two = one.second().await;
    let cast = cast(&one).await;
    for _ in 0..10 {
        let (id, version) = drafted(&one, &cast).await;
        let key = Uuid::now_v7().to_string();
        let input = json!({ "invoiceId": id, "expectedVersion": version });
        let fields = "invoice { number }";
        let (left, right) = tokio::join!(
            tell_under(
                &one,
                &cast.staff,
                &key,
                "issueInvoice",
                input.clone(),
                fields
            ),
            tell_under(&two, &cast.staff, &key, "issueInvoice", input, fields),
        );
        assert_eq!(left["userErrors"], json!([]), "{left}");
        assert!(left["invoice"]["number"].is_string(), "{left}");
        assert_eq!(left, right);
    }
}

#[tokio::test]
async fn an_accepted_estimate_is_invoiced_by_itself_where_the_settings_say_so() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        done(
            &node,
            &cast.owner,
            "updateSettings",
            json!({ "invoiceOnAcceptance": "ISSUE" }),
            "organisation { settings { invoiceOnAcceptance } }",
        )
        .await;
        let estimate = offered(&node, &cast).await;
        let accept = json!({ "estimateId": estimate, "revision": 1, "name": "Clara" });
        done(
            &node,
            &cast.clara,
            "acceptEstimate",
            accept,
            "estimate { state }",
        )
        .await;
        let query =
            format!("{{ estimate(id: \"{estimate}\") {{ state invoice {{ number status }} }} }}");
        let mut seen = Value::Null;
        for _ in 0..200 {
            seen = ask(&node, &cast.clara, &query).await["estimate"].clone();
            if !seen["invoice"].is_null() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(
            seen,
            json!({ "state": "INVOICED", "invoice": { "number": "INV-00001", "status": "UNPAID" } })
        );
    }
}

#[tokio::test]
async fn an_acceptance_is_undone_until_it_is_invoiced() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let estimate = offered(&node, &cast).await;
    let accept = json!({ "estimateId": estimate, "revision": 1, "name": "Clara" });
    done(
        &node,
        &cast.clara,
        "acceptEstimate",
        accept.clone(),
        "__typename",
    )
    .await;
    let undo = json!({ "estimateId": estimate, "reason": "The wrong branch office." });
    let undone = done(
        &node,
        &cast.staff,
        "undoAcceptance",
        undo.clone(),
        "estimate { state }",
    )
    .await;
    assert_eq!(undone["estimate"]["state"], "OFFERED");
    done(&node, &cast.clara, "acceptEstimate", accept, "__typename").await;
    done(
        &node,
        &cast.staff,
        "convertEstimate",
        json!({ "estimateId": estimate }),
        "__typename",
    )
    .await;
    assert_eq!(
        refused(&node, &cast.staff, "undoAcceptance", undo).await,
        "ALREADY_INVOICED"
    );
    let withdraw = json!({ "estimateId": estimate, "reason": "No." });
    assert_eq!(
        refused(&node, &cast.staff, "withdrawEstimate", withdraw).await,
        "ALREADY_INVOICED"
    );
}

/// Drafts and issues an invoice of that amount; answers with its id.
async fn issued(node: &Node, cast: &Cast, amount: &str) -> String {
    let lines = json!([{ "description": "Signs", "quantity": "1", "unitPrice": amount }]);
    let input =
        json!({ "customerId": cast.customer, "document": { "currency": "EUR", "lines": lines } });
    let drafted = done(
        node,
        &cast.staff,
        "draftInvoice",
        input,
        "invoice { id version }",
    )
    .await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "invoiceId": id, "expectedVersion": drafted["invoice"]["version"] });
    done(
        node,
        &cast.staff,
        "issueInvoice",
        input,
        "invoice { number }",
    )
    .await;
    id
}

#[tokio::test]
async fn an_invoice_is_voided_or_written_off_and_the_write_off_taken_back() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let (first, second) = (
        issued(&node, &cast, "100").await,
        issued(&node, &cast, "50").await,
    );
    let input = |invoice: &str| json!({ "invoiceId": invoice, "reason": "A mistake." });
    let voided = done(
        &node,
        &cast.staff,
        "voidInvoice",
        input(&first),
        "invoice { status due { amount } }",
    )
    .await;
    assert_eq!(
        voided["invoice"],
        json!({ "status": "VOIDED", "due": { "amount": "0.00" } })
    );
    assert_eq!(
        refused(
            &node,
            &cast.clara,
            "payInvoices",
            pay(&first, Some("1"), "tok_success")
        )
        .await,
        "VOIDED"
    );
    let off = done(
        &node,
        &cast.staff,
        "writeOffInvoice",
        input(&second),
        "invoice { status }",
    )
    .await;
    assert_eq!(off["invoice"]["status"], "WRITTEN_OFF");
    let back = done(
        &node,
        &cast.staff,
        "reverseWriteOff",
        input(&second),
        "invoice { status due { amount } }",
    )
    .await;
    assert_eq!(
        back["invoice"],
        json!({ "status": "UNPAID", "due": { "amount": "50.00" } })
    );
    done(
        &node,
        &cast.clara,
        "payInvoices",
        pay(&second, Some("20"), "tok_success"),
        "__typename",
    )
    .await;
    assert_eq!(
        refused(&node, &cast.staff, "voidInvoice", input(&second)).await,
        "PAYMENTS_APPLIED"
    );
}

#[tokio::test]
async fn recorded_money_settles_invoices_and_the_rest_is_credit() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = issued(&node, &cast, "100").await;
        let allocations = json!([{ "invoiceId": invoice }]);
        let input = json!({ "customerId": cast.customer, "amount": "130.50", "currency": "EUR", "method": "BANK_TRANSFER",
                            "reference": "RF18", "allocations": allocations });
        let fields =
            "payment { number state applied { amount } unapplied { amount } } invoices { status }";
        let recorded = done(&node, &cast.staff, "recordPayment", input, fields).await;
        assert_eq!(recorded["payment"]["applied"]["amount"], "100.00");
        assert_eq!(recorded["payment"]["unapplied"]["amount"], "30.50");
        assert_eq!(recorded["invoices"][0]["status"], "PAID");
        let balances = ask(
            &node,
            &cast.clara,
            "{ dashboard { balances { outstanding { amount } credit { amount } } } }",
        )
        .await;
        assert_eq!(
            balances["dashboard"]["balances"],
            json!([{ "outstanding": { "amount": "0.00" }, "credit": { "amount": "30.50" } }])
        );
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn credit_is_given_to_invoices_taken_back_and_refunded() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let input = json!({ "customerId": cast.customer, "amount": "80", "currency": "EUR", "method": "CASH" });
        let recorded = done(&node, &cast.staff, "recordPayment", input, "payment { id }").await;
        let payment = recorded["payment"]["id"].clone();
        let invoice = issued(&node, &cast, "100").await;
        let fields = "payment { applied { amount } unapplied { amount } refunded { amount } } invoice { status due { amount } }";
        let pair = |more: Value| {
            let mut input = json!({ "paymentId": payment, "invoiceId": invoice });
            input
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            input
        };
        let all = done(
            &node,
            &cast.staff,
            "allocatePayment",
            pair(json!({})),
            fields,
        )
        .await;
        assert_eq!(
            all["invoice"],
            json!({ "status": "PARTIALLY_PAID", "due": { "amount": "20.00" } })
        );
        assert_eq!(all["payment"]["unapplied"]["amount"], "0.00");
        let refund = |amount: &str| json!({ "paymentId": payment, "amount": amount, "reason": "Asked for." });
        assert_eq!(
            refused(&node, &cast.staff, "refundPayment", refund("1")).await,
            "EXCEEDS_UNAPPLIED"
        );
        let back = done(
            &node,
            &cast.staff,
            "deallocatePayment",
            pair(json!({ "reason": "Wrong invoice." })),
            fields,
        )
        .await;
        assert_eq!(
            back["invoice"],
            json!({ "status": "UNPAID", "due": { "amount": "100.00" } })
        );
        assert_eq!(back["payment"]["unapplied"]["amount"], "80.00");
        let part = done(
            &node,
            &cast.staff,
            "allocatePayment",
            pair(json!({ "amount": "30" })),
            fields,
        )
        .await;
        assert_eq!(part["invoice"]["due"]["amount"], "70.00");
        let refunded = done(
            &node,
            &cast.staff,
            "refundPayment",
            refund("50"),
            "payment { refunded { amount } unapplied { amount } }",
        )
        .await;
        assert_eq!(
            refunded["payment"],
            json!({ "refunded": { "amount": "50.00" }, "unapplied": { "amount": "0.00" } })
        );
        let balances = ask(
            &node,
            &cast.clara,
            "{ dashboard { balances { outstanding { amount } credit { amount } } } }",
        )
        .await;
        assert_eq!(
            balances["dashboard"]["balances"],
            json!([{ "outstanding": { "amount": "70.00" }, "credit": { "amount": "0.00" } }])
        );
        tokio::time::sleep(Duration::from_millis(300)).await; // The process has seen it all by now, and undone nothing.
        let seen = ask(
            &node,
            &cast.clara,
            &format!("{{ invoice(id: \"{invoice}\") {{ due {{ amount }} }} }}"),
        )
        .await;
        assert_eq!(seen["invoice"]["due"]["amount"], "70.00");
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn two_clicks_on_pay_now_charge_once() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = issued(&node, &cast, "100").await;
        let click = || {
            tell(
                &node,
                &cast.clara,
                "payInvoices",
                pay(&invoice, None, "tok_success"),
                PAID,
            )
        };
        let (one, two, three) = tokio::join!(click(), click(), click());
        let won = [&one, &two, &three]
            .iter()
            .filter(|answer| answer["payment"]["state"] == "SUCCEEDED")
            .count();
        assert_eq!(won, 1, "{one}\n{two}\n{three}");
        let query = format!(
            "{{ invoice(id: \"{invoice}\") {{ status settled {{ amount }} reserved {{ amount }} }} }}"
        );
        let expected = json!({ "status": "PAID", "settled": { "amount": "100.00" }, "reserved": { "amount": "0.00" } });
        assert_eq!(ask(&node, &cast.clara, &query).await["invoice"], expected);
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_write_meant_for_an_older_version_is_a_conflict() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let query = "mutation($input: UpdateCustomerDetailsInput!) { updateCustomerDetails(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "customerId": cast.customer, "expectedVersion": 1, "name": "N", "language": "en" } });
    let answer = node
        .graphql(Some(&cast.staff), query, input, Some("stale"))
        .await;
    assert_eq!(answer.code(), "CONFLICT", "{}", answer.text);
}

#[tokio::test]
async fn each_role_may_do_what_is_its_own() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let draft = "mutation($input: DraftInvoiceInput!) { draftInvoice(input: $input) { userErrors { code } } }";
    let lines = json!([{ "description": "Signs", "quantity": "1", "unitPrice": "1" }]);
    let input = json!({ "input": { "customerId": cast.customer, "document": { "currency": "EUR", "lines": lines } } });
    for (index, token) in [&cast.clara, &cast.accountant].into_iter().enumerate() {
        let key = format!("role-{index}");
        assert_eq!(
            node.graphql(Some(token), draft, input.clone(), Some(&key))
                .await
                .code(),
            "FORBIDDEN"
        );
    }
    assert_eq!(
        node.graphql(None, draft, input, Some("role-x"))
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    let settings =
        "mutation { updateSettings(input: { offerValidDays: 3 }) { userErrors { code } } }";
    assert_eq!(
        node.graphql(Some(&cast.staff), settings, json!({}), Some("role-s"))
            .await
            .code(),
        "FORBIDDEN"
    );
    let customers = ask(
        &node,
        &cast.clara,
        "{ customers { totalCount edges { node { name } } } }",
    )
    .await;
    assert_eq!(
        customers["customers"]["totalCount"], 1,
        "a contact sees its own customer only"
    );
}

#[tokio::test]
async fn refusals_name_the_field_of_the_input() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let mut document = offer("420", None);
    document["lines"][1]["quantity"] = json!("0");
    let input = json!({ "customerId": cast.customer, "document": document });
    let answer = tell(
        &node,
        &cast.staff,
        "draftEstimate",
        input,
        "estimate { id }",
    )
    .await;
    assert_eq!(answer["estimate"], Value::Null);
    assert_eq!(
        answer["userErrors"],
        json!([{
            "field": ["input", "document", "lines", "1", "quantity"], "code": "ZERO", "message": "must not be zero"
        }])
    );
}

#[tokio::test]
async fn a_customer_is_registered_with_its_contact_or_refused_with_it() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let input = |email: &str| json!({ "name": "Newcomer", "currency": "EUR", "contact": { "name": "N", "email": email } });
    let fields = "customer { name contacts { email } }";
    let wrong = tell_under(
        &node,
        &cast.staff,
        "newcomer",
        "registerCustomer",
        input("nonsense"),
        fields,
    )
    .await;
    assert_eq!(wrong["customer"], Value::Null);
    assert_eq!(
        wrong["userErrors"][0]["field"],
        json!(["input", "contact", "email"])
    );
    let right = tell_under(
        &node,
        &cast.staff,
        "newcomer",
        "registerCustomer",
        input("n@newcomer.example"),
        fields,
    )
    .await;
    assert_eq!(
        right["customer"]["contacts"],
        json!([{ "email": "n@newcomer.example" }])
    );
}

#[tokio::test]
async fn an_open_page_hears_of_changes_it_may_know_and_of_no_others() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let estimate = offered(&node, &cast).await;
        let mut own = node.signed_in_socket(&cast.clara).await;
        let mut other = node.signed_in_socket(&cast.stranger).await;
        for socket in [&mut own, &mut other] {
            let query = "subscription { documentChanged { id event version } }";
            say(
                socket,
                json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }),
            )
            .await;
        }
        let theirs = customer_of(&node, &cast.stranger).await;
        until_heard(&mut own, || billed(&node, &cast, &cast.customer)).await;
        until_heard(&mut other, || billed(&node, &cast, &theirs)).await;
        let input = json!({ "estimateId": estimate, "document": offer("395", Some(1)) });
        done(&node, &cast.staff, "reworkEstimate", input, "__typename").await;
        done(
            &node,
            &cast.staff,
            "reofferEstimate",
            json!({ "estimateId": estimate }),
            "__typename",
        )
        .await;
        let heard = hear(&mut own).await.unwrap();
        let change = &heard["payload"]["data"]["documentChanged"];
        assert_eq!(
            change["event"], "EstimateReoffered",
            "the internal rework is not told: {heard}"
        );
        assert_eq!(change["id"], json!(estimate));
        let silence = tokio::time::timeout(Duration::from_millis(500), hear(&mut other)).await;
        assert!(silence.is_err(), "the stranger heard {silence:?}");
    }
}

#[tokio::test]
async fn a_killed_node_carries_on_where_it_was() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = issued(&node, &cast, "100").await;
        let key = "killed";
        let before = tell_under(
            &node,
            &cast.clara,
            key,
            "payInvoices",
            pay(&invoice, None, "tok_success"),
            PAID,
        )
        .await;
        node.kill().await;
        node.restart().await;
        let after = tell_under(
            &node,
            &cast.clara,
            key,
            "payInvoices",
            pay(&invoice, None, "tok_success"),
            PAID,
        )
        .await;
        assert_eq!(
            before["payment"]["id"], after["payment"]["id"],
            "the retry gets the first outcome"
        );
        assert_eq!(after["invoices"][0]["status"], "PAID");
        let payments = ask(&node, &cast.clara, "{ payments { totalCount } }").await;
        assert_eq!(payments["payments"]["totalCount"], 1);
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_rebuilt_read_model_is_taken_over_while_the_service_answers() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let invoice = issued(&node, &cast, "100").await;
    let (ok, said) = node.run(&["rebuild"]).await;
    assert!(ok, "{said}");
    let query = format!("{{ invoice(id: \"{invoice}\") {{ status }} }}");
    for _ in 0..40 {
        assert_eq!(
            ask(&node, &cast.clara, &query).await["invoice"]["status"],
            "UNPAID"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    done(
        &node,
        &cast.clara,
        "payInvoices",
        pay(&invoice, None, "tok_success"),
        "__typename",
    )
    .await;
    assert_eq!(
        ask(&node, &cast.clara, &query).await["invoice"]["status"],
        "PAID"
    );
    check_is_clean(&node).await;
}

#[tokio::test]
async fn a_refused_mutation_may_be_corrected_under_the_same_key() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let invoice = issued(&node, &cast, "100").await;
    let key = "corrected";
    let wrong = tell_under(
        &node,
        &cast.clara,
        key,
        "payInvoices",
        pay(&invoice, Some("101"), "tok_success"),
        PAID,
    )
    .await;
    assert_eq!(wrong["userErrors"][0]["code"], "PAYMENT_EXCEEDS_AMOUNT_DUE");
    let right = tell_under(
        &node,
        &cast.clara,
        key,
        "payInvoices",
        pay(&invoice, Some("100"), "tok_success"),
        PAID,
    )
    .await;
    assert_eq!(right["invoices"][0]["status"], "PAID");
    let query = "mutation($input: PayInvoicesInput!) { payInvoices(input: $input) { userErrors { code } } }";
    let other = json!({ "input": pay(&invoice, Some("7"), "tok_success") });
    let reused = node
        .graphql(Some(&cast.clara), query, other, Some(key))
        .await;
    assert_eq!(reused.code(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn numbers_beyond_their_type_are_refused_by_name() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    for (query, variables) in [
        ("{ invoices(first: 3000000000) { totalCount } }", json!({})),
        (
            "query($first: Int) { invoices(first: $first) { totalCount } }",
            json!({ "first": 99_999_999_999_i64 }),
        ),
        ("{ invoices(first: 0) { totalCount } }", json!({})),
        ("{ invoices(first: 101) { totalCount } }", json!({})),
        (
            "{ invoices(after: \"nonsense\") { totalCount } }",
            json!({}),
        ),
    ] {
        let answer = node
            .graphql(Some(&cast.clara), query, variables, None)
            .await;
        assert_eq!(answer.code(), "BAD_INPUT", "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_node_killed_while_it_takes_payments_charges_each_once() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        let cast = cast(&node).await;
        let mut invoices = vec![];
        for _ in 0..8 {
            invoices.push(issued(&node, &cast, "100").await);
        }
        let query = "mutation($input: PayInvoicesInput!) { payInvoices(input: $input) { invoices { status } userErrors { code } } }";
        let sent = invoices.iter().map(|invoice| {
            let input = json!({ "query": query, "variables": { "input": pay(invoice, None, "tok_success") } });
            let request = node.request(reqwest::Method::POST, "/graphql").json(&input);
            let request = request.header("idempotency-key", invoice).bearer_auth(&cast.clara);
            tokio::spawn(request.send())
        });
        let sent: Vec<_> = sent.collect();
        tokio::time::sleep(Duration::from_millis(12)).await;
        node.kill().await;
        for request in sent {
            let _ = request.await; // Some were answered, some were cut off: that is the point.
        }
        node.restart().await;
        for invoice in &invoices {
            let input = json!({ "input": pay(invoice, None, "tok_success") });
            let answer = node
                .graphql(Some(&cast.clara), query, input, Some(invoice))
                .await;
            assert_eq!(
                answer.data()["payInvoices"]["invoices"][0]["status"],
                "PAID",
                "{}",
                answer.text
            );
        }
        let query = "{ payments(filter: { states: [SUCCEEDED] }) { totalCount }
                       dashboard { balances { outstanding { amount } credit { amount } } } }";
        let seen = ask(&node, &cast.clara, query).await;
        assert_eq!(seen["payments"]["totalCount"], 8);
        assert_eq!(seen["dashboard"]["balances"], json!([]));
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_removed_contact_is_out_and_cannot_come_back() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let query = format!(
        "{{ customer(id: \"{}\") {{ contacts {{ id }} }} }}",
        cast.customer
    );
    let contact = ask(&node, &cast.clara, &query).await["customer"]["contacts"][0]["id"].clone();
    let input = json!({ "customerId": cast.customer, "contactId": contact });
    done(&node, &cast.staff, "removeContact", input, "__typename").await;
    let mut seen = json!({});
    for _ in 0..200 {
        seen = node
            .graphql(Some(&cast.clara), "{ viewer { id } }", json!({}), None)
            .await
            .data();
        if seen["viewer"].is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(seen["viewer"], Value::Null, "the session is over");
    let again = node
        .try_sign_in("clara@nordwind.example", support::PASSWORD)
        .await;
    assert_eq!(
        again.data()["signIn"]["userErrors"][0]["code"],
        "WRONG_CREDENTIALS"
    );
}

#[tokio::test]
async fn the_feed_tells_the_customer_what_it_may_know_as_it_happens() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let mut feed = node.signed_in_socket(&cast.clara).await;
    let query =
        "subscription { activityAdded { subjectId event actor number amount { amount } payload } }";
    say(
        &mut feed,
        json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }),
    )
    .await;
    until_heard(&mut feed, || issued(&node, &cast, "100")).await;
    let invoice = issued(&node, &cast, "100").await;
    let number = format!("{{ invoice(id: \"{invoice}\") {{ number }} }}");
    let number = ask(&node, &cast.clara, &number).await["invoice"]["number"].clone();
    let heard = hear(&mut feed).await.unwrap();
    let activity = &heard["payload"]["data"]["activityAdded"];
    assert_eq!(
        activity["event"], "InvoiceIssued",
        "the draft is internal: {heard}"
    );
    assert_eq!(
        (&activity["subjectId"], &activity["number"]),
        (&json!(invoice), &number)
    );
    assert_eq!(activity["payload"], Value::Null);
}

#[tokio::test]
async fn two_nodes_taking_overlapping_payments_charge_each_invoice_once() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let one = Node::on(Engine::Postgres).await;
    let two = one.second().await;
    let cast = cast(&one).await;
    for _ in 0..6 {
        let (a, b) = (
            issued(&one, &cast, "100").await,
            issued(&one, &cast, "50").await,
        );
        let both = json!({ "invoices": [{ "invoiceId": a }, { "invoiceId": b }], "paymentToken": "tok_success" });
        let seen = format!("{{ invoice(id: \"{b}\") {{ id }} }}");
        while ask(&two, &cast.clara, &seen).await["invoice"].is_null() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let (left, right) = tokio::join!(
            tell(&one, &cast.clara, "payInvoices", both.clone(), PAID),
            tell(
                &two,
                &cast.clara,
                "payInvoices",
                pay(&b, None, "tok_success"),
                PAID
            ),
        );
        let won = [&left, &right]
            .iter()
            .filter(|answer| answer["payment"]["state"] == "SUCCEEDED")
            .count();
        assert!(won <= 1, "{left}\n{right}");
    }
    // What was charged settles an invoice, and nothing stays reserved, once both nodes' processes have seen it all.
    let query = "{ payments(first: 100, filter: { states: [SUCCEEDED] }) { edges { node { open: unapplied { amount } } } }
                   invoices(first: 100) { edges { node { open: reserved { amount } } } } }";
    let is_settled = |seen: &Value| {
        let lists = [&seen["payments"]["edges"], &seen["invoices"]["edges"]];
        let mut rows = lists.iter().flat_map(|rows| rows.as_array().unwrap());
        rows.all(|row| row["node"]["open"]["amount"] == "0.00")
    };
    let started = std::time::Instant::now();
    loop {
        let seen = ask(&one, &cast.clara, query).await;
        if is_settled(&seen) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{seen}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    check_is_clean(&one).await;
    check_is_clean(&two).await;
}

/// A value that fits an argument's type, as the schema describes it.
fn sample(types: &Value, of: &Value) -> Value {
    match (of["kind"].as_str().unwrap(), of["name"].as_str()) {
        ("NON_NULL", _) => sample(types, &of["ofType"]),
        ("LIST", _) => json!([sample(types, &of["ofType"])]),
        (_, Some("String")) => json!("text"),
        (_, Some("Boolean")) => json!(true),
        (_, Some("Decimal")) => json!("1"),
        (_, Some("Date")) => json!("2026-01-31"),
        (_, Some("CurrencyCode")) => json!("EUR"),
        (_, Some("UUID")) => json!(Uuid::now_v7()),
        ("ENUM", Some(name)) => named(types, name)["enumValues"][0]["name"].clone(),
        ("INPUT_OBJECT", Some(name)) => {
            let fields = named(types, name)["inputFields"].as_array().unwrap().iter();
            let required = fields.filter(|field| field["type"]["kind"] == "NON_NULL");
            let values = required.map(|field| {
                (
                    field["name"].as_str().unwrap().to_owned(),
                    sample(types, &field["type"]),
                )
            });
            Value::Object(values.collect())
        }
        (_, _) => json!(1),
    }
}

fn named<'a>(types: &'a Value, name: &str) -> &'a Value {
    types
        .as_array()
        .unwrap()
        .iter()
        .find(|kind| kind["name"] == name)
        .unwrap()
}

const SCHEMA: &str = "{ __schema {
    mutationType { fields { name args { name type { kind name ofType { kind name } } } } }
    types { name enumValues { name }
            inputFields { name type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

#[tokio::test]
async fn every_mutation_is_refused_to_everybody_it_is_not_for() {
    let node = Node::start_with(&[("LIMIT_DEPTH", "20")]).await;
    let cast = cast(&node).await;
    let schema = ask(&node, &cast.staff, SCHEMA).await["__schema"].clone();
    let own = ["signIn", "signOut", "signOutOthers", "changePassword"];
    let contacts = [
        "acceptEstimate",
        "declineEstimate",
        "payInvoices",
        "markViewed",
        "updatePaymentMethod",
        "commentOnEstimate",
        "disputeInvoice",
        "withdrawDispute",
        "changeSubscription",
        "cancelSubscriptionChange",
        "pauseSubscription",
        "resumeSubscription",
        "cancelSubscription",
        "reactivateSubscription",
        "forwardInvoice",
        "forwardEstimate",
        "mailMerchant",
        "reviewMerchant",
        "updateMyDetails",
        "updateCompanyDetails",
        "updateAddresses",
        "allocatePayment",
        "allocateCreditNote",
    ];
    let owners = ["saveOrganisation", "updateSettings", "updateBranding"];
    for field in schema["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        if own.contains(&name) {
            continue;
        }
        let kind = field["args"][0]["type"]["ofType"]["name"].as_str().unwrap();
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        );
        let input = json!({ "input": sample(&schema["types"], &field["args"][0]["type"]) });
        let mut expected = vec![(None, "UNAUTHENTICATED")];
        if !contacts.contains(&name) {
            expected.push((Some(&cast.clara), "FORBIDDEN"));
        }
        if name != "markViewed" {
            expected.push((Some(&cast.accountant), "FORBIDDEN"));
        }
        if owners.contains(&name) {
            expected.push((Some(&cast.staff), "FORBIDDEN"));
        }
        for (token, code) in expected {
            let key = Uuid::now_v7().to_string();
            let answer = node
                .graphql(token.map(String::as_str), &query, input.clone(), Some(&key))
                .await;
            assert_eq!(answer.code(), code, "{name}: {}", answer.text);
        }
    }
}
