//! Payments from outside: bank debits that a provider decides later, refunds, stored payment methods, mails queued.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use support::cast::*;
use support::{Engine, Node, Store, engines, send};
use uuid::Uuid;

const OLD: &str = "whsec_of_last_year";
const NEW: &str = "whsec_of_this_year";
/// What an invoice of these tests comes to.
const TOTAL: &str = "2427.60";
const PAID: &str = "payment { id state number amount { amount } applied { amount } unapplied { amount } dated } \
                    invoices { status due { amount } reserved { amount } }";
const CREDIT: &str = "payment { unapplied { amount } refunded { amount } refunds { id state amount { amount } byProvider \
                      failureCode providerReference } } invoice { status due { amount } }";

/// A node whose clock is far from the full hour: mails are counted by the hour.
async fn node_within_an_hour(engine: Engine) -> Node {
    let settings = [("START_AT", "2026-11-22T10:10:00Z")];
    Node::with(Store::new(engine).await, &settings).await
}

async fn node_on(engine: Engine) -> Node {
    let secrets = format!("{NEW},{OLD}");
    Node::with(Store::new(engine).await, &[("WEBHOOK_SECRETS", &secrets)]).await
}

async fn invoice(node: &Node, cast: &Cast) -> String {
    let input = json!({ "customerId": cast.customer, "document": offer("10", None) });
    let drafted = done(node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "invoiceId": id });
    done(node, &cast.staff, "issueInvoice", input, "invoice { id }").await;
    id
}

fn with_token(invoice: &str, token: &str) -> Value {
    json!({ "invoices": [{ "invoiceId": invoice }], "paymentToken": token })
}

fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

fn signature(body: &str, secret: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={hex}")
}

/// Sends a notice as it stands, with that signature; answers with the status.
async fn post(node: &Node, body: &str, signature: Option<&str>) -> u16 {
    let mut request = node
        .request(Method::POST, "/webhooks/sandbox")
        .header("content-type", "application/json")
        .body(body.to_owned());
    if let Some(signature) = signature {
        request = request.header("webhook-signature", signature);
    }
    send(request).await.status.as_u16()
}

fn event(id: &str, kind: &str, data: Value) -> String {
    json!({ "id": id, "type": kind, "created": now(), "data": data }).to_string()
}

fn settles(id: &str, payment: &str) -> String {
    let data = json!({ "payment": payment, "reference": "bank-1" });
    event(id, "payment.succeeded", data)
}

fn fails(id: &str, payment: &str) -> String {
    let data = json!({ "payment": payment, "code": "NO_FUNDS", "reason": "no funds" });
    event(id, "payment.failed", data)
}

/// A notice, rightly signed.
async fn tell_of(node: &Node, body: &str) -> u16 {
    post(node, body, Some(&signature(body, NEW, now()))).await
}

/// What the log and the side tables hold, by count: nothing changes where nothing may.
async fn head(node: &Node) -> (String, String) {
    let text = |sql: &'static str| node.store.sql_text(sql);
    (
        text("SELECT CAST(count(*) AS TEXT) FROM events").await,
        text("SELECT CAST(count(*) AS TEXT) FROM provider_events").await,
    )
}

async fn shown(node: &Node, cast: &Cast, payment: &str, invoice: &str) -> Value {
    let query = format!(
        "{{ payment(id: \"{payment}\") {{ state number startedFor {{ amount {{ amount }} invoice {{ id }} }} unapplied {{ amount }} applied {{ amount }} refunded {{ amount }} }}
            invoice(id: \"{invoice}\") {{ status due {{ amount }} reserved {{ amount }} }} }}"
    );
    ask(node, &cast.staff, &query).await
}

/// Waits until the node shows it; the read models follow by milliseconds.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

async fn is_clean(node: &Node) {
    let (ok, text) = node.run(&["check"]).await;
    assert!(ok, "{text}");
}

/// A bank debit under way; answers with the payment.
async fn debit(node: &Node, cast: &Cast, invoice: &str) -> String {
    let pay = with_token(invoice, "tok_bank_debit");
    let pending = done(node, &cast.clara, "payInvoices", pay, PAID).await;
    assert_eq!(pending["payment"]["state"], "PENDING");
    assert_eq!(pending["invoices"][0]["reserved"]["amount"], TOTAL);
    pending["payment"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bank_debit_is_pending_until_the_provider_decides_it() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let (first, second) = (invoice(&node, &cast).await, invoice(&node, &cast).await);
        let (settled, failed) = (
            debit(&node, &cast, &first).await,
            debit(&node, &cast, &second).await,
        );
        // A second click, with another key and another card.
        let again = with_token(&first, "tok_success");
        let code = refused(&node, &cast.clara, "payInvoices", again.clone()).await;
        assert_eq!(code, "PAYMENT_PENDING");

        assert_eq!(tell_of(&node, &settles("evt_1", &settled)).await, 200);
        assert_eq!(tell_of(&node, &fails("evt_2", &failed)).await, 200);
        until("one is paid and one is due again", async || {
            let paid = shown(&node, &cast, &settled, &first).await;
            let due = shown(&node, &cast, &failed, &second).await;
            paid["invoice"]["status"] == "PAID"
                && paid["payment"]["number"] == "PAY-00001"
                && due["payment"]["state"] == "FAILED"
                && due["invoice"]["reserved"]["amount"] == "0.00"
        })
        .await;
        let code = refused(&node, &cast.clara, "payInvoices", again).await;
        assert_eq!(code, "ALREADY_PAID");
        // What a payment was for stays known, also where nothing came of it.
        for (payment, invoice) in [(&settled, &first), (&failed, &second)] {
            let known = shown(&node, &cast, payment, invoice).await["payment"].clone();
            let target = json!([{ "amount": { "amount": TOTAL }, "invoice": { "id": invoice } }]);
            assert_eq!(known["startedFor"], target);
        }

        // The same news again, under their ids and under others, changes nothing.
        let before = head(&node).await.0;
        for body in [
            settles("evt_1", &settled),
            fails("evt_2", &failed),
            settles("evt_3", &settled),
            fails("evt_4", &failed),
        ] {
            assert_eq!(tell_of(&node, &body).await, 200);
        }
        // Money that has arrived is not taken back by a late refusal.
        assert_eq!(tell_of(&node, &fails("evt_5", &settled)).await, 200);
        assert_eq!(head(&node).await.0, before);
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn what_the_provider_has_not_signed_changes_nothing() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let invoice = invoice(&node, &cast).await;
        let payment = debit(&node, &cast, &invoice).await;
        let body = settles("evt_1", &payment);
        let right = signature(&body, NEW, now());
        let before = head(&node).await;
        for (why, signature) in [
            ("none", None),
            ("nonsense", Some("nonsense".to_owned())),
            ("another secret", Some(signature(&body, "guessed", now()))),
            ("another body", Some(signature("{}", NEW, now()))),
            ("too old", Some(signature(&body, NEW, now() - 301))),
            ("ahead", Some(signature(&body, NEW, now() + 301 + 30))),
            ("another time", Some(right.replacen("t=", "t=1", 1))),
        ] {
            let status = post(&node, &body, signature.as_deref()).await;
            assert_eq!(status, 401, "{why}");
        }
        let signed = |body: &str| signature(body, NEW, now());
        for (body, status) in [
            ("{".to_owned(), 400),
            (event("evt_2", "payment.succeeded", json!({})), 400),
            (event("evt_3", "payout.paid", json!({})), 200),
            (" ".repeat(64 * 1024 + 1), 413),
        ] {
            assert_eq!(post(&node, &body, Some(&signed(&body))).await, status);
        }
        let other = node
            .request(Method::POST, "/webhooks/other")
            .body(body.clone());
        let other = other.header("webhook-signature", right);
        assert_eq!(send(other).await.status.as_u16(), 404);
        assert_eq!(node.get("/webhooks/sandbox").await.status.as_u16(), 405);
        assert_eq!(head(&node).await, before);
        // The secret of last year is still known here, and so is one of several signatures.
        let both = signature(&body, "next year's", now());
        let old = signature(&body, OLD, now());
        let (_, old) = old.split_once(',').unwrap();
        assert_eq!(
            post(&node, &body, Some(&format!("{both},{old}"))).await,
            200
        );
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_node_without_a_secret_takes_no_notice() {
    let node = Node::start().await;
    let body = settles("evt_1", &Uuid::now_v7().to_string());
    let signature = signature(&body, "", now());
    assert_eq!(post(&node, &body, Some(&signature)).await, 401);
}

#[tokio::test]
async fn notices_come_in_any_order_and_none_is_lost() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let invoice = invoice(&node, &cast).await;
        // Of a payment that is not known here: kept, and not acted upon.
        let unknown = Uuid::now_v7().to_string();
        for _ in 0..2 {
            assert_eq!(tell_of(&node, &settles("evt_0", &unknown)).await, 202);
        }
        let payment = debit(&node, &cast, &invoice).await;
        assert_eq!(tell_of(&node, &fails("evt_1", &payment)).await, 200);
        until("the invoice is free again", async || {
            let now = shown(&node, &cast, &payment, &invoice).await;
            now["payment"]["state"] == "FAILED" && now["invoice"]["reserved"]["amount"] == "0.00"
        })
        .await;
        let other = with_token(&invoice, "tok_success");
        done(&node, &cast.clara, "payInvoices", other, PAID).await;
        // The bank had the money after all: it is ours, and the customer's credit.
        assert_eq!(tell_of(&node, &settles("evt_2", &payment)).await, 200);
        until("the late money is credit", async || {
            let late = &shown(&node, &cast, &payment, &invoice).await["payment"];
            late["state"] == "SUCCEEDED"
                && late["unapplied"]["amount"] == TOTAL
                && late["number"] == "PAY-00002"
        })
        .await;
        assert_eq!(tell_of(&node, &settles("evt_2", &payment)).await, 200);
        let query = format!(
            "{{ customer(id: \"{}\") {{ balances {{ outstanding {{ amount }} credit {{ amount }} }} }} }}",
            cast.customer
        );
        let balances = ask(&node, &cast.clara, &query).await["customer"]["balances"].clone();
        assert_eq!(balances[0]["credit"]["amount"], TOTAL);
        assert_eq!(balances[0]["outstanding"]["amount"], "0.00");
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_notice_that_was_kept_is_acted_upon_after_a_crash() {
    for engine in engines() {
        let mut node = node_on(engine).await;
        let cast = cast(&node).await;
        let invoice = invoice(&node, &cast).await;
        let payment = debit(&node, &cast, &invoice).await;
        // As a node leaves it that dies between keeping a notice and acting upon it.
        let notice = json!({
            "id": "evt_1", "at": "2026-01-01T00:00:00Z",
            "news": { "PaymentSucceeded": { "payment": payment, "reference": "bank-1" } }
        });
        let at = now() * 1_000;
        node.store
            .sql(&format!(
                "INSERT INTO provider_events (provider, event_id, payment_id, notice, received_at, tried_at)
                 VALUES ('sandbox', 'evt_1', '{payment}', '{notice}', {at}, {at})"
            ))
            .await;
        node.kill().await;
        node.restart().await;
        until("the invoice is paid", async || {
            shown(&node, &cast, &payment, &invoice).await["invoice"]["status"] == "PAID"
        })
        .await;
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn the_sandbox_is_played_with_from_the_command_line() {
    let node = node_on(Engine::Sqlite).await;
    let cast = cast(&node).await;
    let (first, second) = (invoice(&node, &cast).await, invoice(&node, &cast).await);
    let (settled, failed) = (
        debit(&node, &cast, &first).await,
        debit(&node, &cast, &second).await,
    );
    for (what, payment) in [("settle", &settled), ("fail", &failed)] {
        let (ok, said) = node
            .run(&["webhook", "send", what, payment, "--url", &node.url])
            .await;
        assert!(ok && said.contains("200"), "{said}");
    }
    until("one is paid, one is due", async || {
        shown(&node, &cast, &settled, &first).await["invoice"]["status"] == "PAID"
            && shown(&node, &cast, &failed, &second).await["payment"]["state"] == "FAILED"
    })
    .await;
}

async fn paid_by_card(node: &Node, cast: &Cast, token: &str) -> (String, String) {
    let invoice = invoice(node, cast).await;
    let pay = with_token(&invoice, token);
    let paid = done(node, &cast.clara, "payInvoices", pay, PAID).await;
    assert_eq!(paid["invoices"][0]["status"], "PAID");
    (invoice, paid["payment"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn money_is_given_back_in_part_and_whole_through_the_provider() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let (invoice, payment) = paid_by_card(&node, &cast, "tok_success").await;
        let refund = |amount: Option<&str>, invoice: Option<&str>| json!({ "paymentId": payment, "amount": amount, "reason": "not owed", "invoiceId": invoice });
        let code = refused(&node, &cast.staff, "refundPayment", refund(Some("1"), None)).await;
        assert_eq!(code, "EXCEEDS_UNAPPLIED");
        let of_invoice = |amount| refund(amount, Some(invoice.as_str()));
        for (amount, code) in [(None, "REQUIRED"), (Some("2427.61"), "EXCEEDS_UNAPPLIED")] {
            let why = refused(&node, &cast.staff, "refundPayment", of_invoice(amount)).await;
            assert_eq!(why, code);
        }
        let untouched = shown(&node, &cast, &payment, &invoice).await;
        assert_eq!(
            untouched["invoice"]["status"], "PAID",
            "all of it or nothing"
        );

        let key = Uuid::now_v7().to_string();
        for _ in 0..2 {
            let input = of_invoice(Some("1000"));
            let part = tell_under(&node, &cast.staff, &key, "refundPayment", input, CREDIT).await;
            assert_eq!(part["userErrors"], json!([]));
            assert_eq!(part["payment"]["unapplied"]["amount"], "1427.60");
            assert_eq!(part["payment"]["refunds"].as_array().unwrap().len(), 1);
            assert_eq!(part["payment"]["refunds"][0]["state"], "SUCCEEDED");
            assert_eq!(part["payment"]["refunds"][0]["byProvider"], true);
            assert_eq!(part["invoice"]["due"]["amount"], TOTAL);
        }
        let rest = done(
            &node,
            &cast.staff,
            "refundPayment",
            refund(None, None),
            CREDIT,
        )
        .await;
        assert_eq!(rest["payment"]["unapplied"]["amount"], "0.00");
        assert_eq!(rest["payment"]["refunded"]["amount"], TOTAL);

        // A bank may send it back days later: then it is credit again.
        let id = rest["payment"]["refunds"][0]["id"].as_str().unwrap();
        let data =
            json!({ "payment": payment, "refund": id, "code": "CLOSED", "reason": "closed" });
        let body = event("evt_1", "refund.failed", data);
        assert_eq!(tell_of(&node, &body).await, 200);
        until("it is credit again", async || {
            let now = shown(&node, &cast, &payment, &invoice).await;
            now["payment"]["unapplied"]["amount"] == "1000.00"
        })
        .await;
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_refund_that_the_provider_refuses_is_credit_and_one_by_hand_is_recorded() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let (invoice, payment) = paid_by_card(&node, &cast, "tok_refund_fails").await;
        let mut input = json!({
            "paymentId": payment, "amount": "27.60", "reason": "not owed", "invoiceId": invoice,
        });
        let failed = tell(&node, &cast.staff, "refundPayment", input.clone(), CREDIT).await;
        assert_eq!(failed["userErrors"][0]["code"], "ACCOUNT_CLOSED");
        assert_eq!(failed["payment"]["refunds"][0]["state"], "FAILED");
        assert_eq!(failed["payment"]["unapplied"]["amount"], TOTAL);
        input["invoiceId"] = Value::Null;
        input["byHand"] = json!(true);
        let by_hand = done(&node, &cast.staff, "refundPayment", input, CREDIT).await;
        assert_eq!(by_hand["payment"]["unapplied"]["amount"], "2400.00");
        assert_eq!(by_hand["payment"]["refunds"][1]["byProvider"], false);
        is_clean(&node).await;
    }
}

async fn method(node: &Node, cast: &Cast) -> Value {
    let query = format!(
        "{{ customer(id: \"{}\") {{ paymentMethod }} }}",
        cast.customer
    );
    ask(node, &cast.clara, &query).await["customer"]["paymentMethod"].clone()
}

#[tokio::test]
async fn a_payment_method_is_attached_by_paying_or_by_staff_and_never_added_from_the_profile() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let of =
            |customer: &str, token: &str| json!({ "customerId": customer, "paymentToken": token });
        let own = |token: &str| of(&cast.customer, token);
        let update = "updatePaymentMethod";
        let code = refused(&node, &cast.clara, update, own("tok_visa")).await;
        assert_eq!(code, "NO_PAYMENT_METHOD", "never added from the profile");
        let invoice_1 = invoice(&node, &cast).await;
        let stored = json!({ "invoices": [{ "invoiceId": invoice_1 }] });
        let code = refused(&node, &cast.clara, "payInvoices", stored.clone()).await;
        assert_eq!(code, "NO_PAYMENT_METHOD");
        assert_eq!(method(&node, &cast).await, Value::Null);

        // By paying; what fails is not remembered.
        let mut pay = with_token(&invoice_1, "tok_card_declined");
        pay["remember"] = json!(true);
        let code = refused(&node, &cast.clara, "payInvoices", pay.clone()).await;
        assert_eq!(code, "CARD_DECLINED");
        assert_eq!(method(&node, &cast).await, Value::Null);
        pay["paymentToken"] = json!("tok_mastercard");
        done(&node, &cast.clara, "payInvoices", pay, PAID).await;
        until("it is remembered", async || {
            method(&node, &cast).await == "Mastercard •••• 4444"
        })
        .await;

        // Updated by the customer, and paid with.
        done(
            &node,
            &cast.clara,
            update,
            own("tok_visa_then_declines"),
            "customer { id }",
        )
        .await;
        assert_eq!(method(&node, &cast).await, "Visa •••• 0341");
        let invoice_2 = invoice(&node, &cast).await;
        let stored = json!({ "invoices": [{ "invoiceId": invoice_2 }] });
        let code = refused(&node, &cast.clara, "payInvoices", stored.clone()).await;
        assert_eq!(code, "CARD_DECLINED");
        let attach = "attachPaymentMethod";
        done(
            &node,
            &cast.staff,
            attach,
            own("tok_visa"),
            "customer { id }",
        )
        .await;
        let paid = done(&node, &cast.clara, "payInvoices", stored, PAID).await;
        assert_eq!(paid["payment"]["state"], "SUCCEEDED");

        // Not another customer's, no unknown token, and never a card number, which is kept nowhere.
        let code = refused(&node, &cast.stranger, update, own("tok_visa")).await;
        assert_eq!(code, "NOT_FOUND");
        let code = refused(&node, &cast.staff, attach, own("tok_nonsense")).await;
        assert_eq!(code, "UNKNOWN_TOKEN");
        for (token, field) in [(&cast.clara, update), (&cast.staff, attach)] {
            let code = refused(&node, token, field, own("4242 4242 4242 4242")).await;
            assert_eq!(code, "CARD_NUMBER");
        }
        let number = with_token(&invoice(&node, &cast).await, "4242424242424242");
        let code = refused(&node, &cast.clara, "payInvoices", number).await;
        assert_eq!(code, "CARD_NUMBER");
        for sql in [
            "SELECT CAST(count(*) AS TEXT) FROM events WHERE payload LIKE '%42424242%'",
            "SELECT CAST(count(*) AS TEXT) FROM payment_intents",
        ] {
            let sql = sql.replace(
                "payload",
                if engine == Engine::Postgres {
                    "payload::text"
                } else {
                    "payload"
                },
            );
            assert_eq!(node.store.sql_text(&sql).await, "0", "{sql}");
        }
        // What was kept of a token for the provider is gone with the payment's end.
        is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_bank_debit_is_remembered_when_it_has_settled() {
    let node = node_on(Engine::Sqlite).await;
    let cast = cast(&node).await;
    let invoice = invoice(&node, &cast).await;
    let mut pay = with_token(&invoice, "tok_bank_debit");
    pay["remember"] = json!(true);
    let pending = done(&node, &cast.clara, "payInvoices", pay, PAID).await;
    let payment = pending["payment"]["id"].as_str().unwrap();
    assert_eq!(method(&node, &cast).await, Value::Null, "not before");
    assert_eq!(tell_of(&node, &settles("evt_1", payment)).await, 200);
    until("it is remembered", async || {
        method(&node, &cast).await == "Bank account •••• 3000"
    })
    .await;
}

const OUTBOX: &str = "{ outbox(first: 100) { edges { node { id kind recipient replyTo subject language payload sentAt } } } }";

async fn mails(node: &Node, cast: &Cast, kind: &str) -> Vec<Value> {
    let listed = ask(node, &cast.staff, OUTBOX).await;
    let edges = listed["outbox"]["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| edge["node"].clone())
        .filter(|mail| mail["kind"] == kind)
        .collect()
}

async fn queued(node: &Node, cast: &Cast, kind: &str, count: usize) -> Vec<Value> {
    until(kind, async || mails(node, cast, kind).await.len() == count).await;
    mails(node, cast, kind).await
}

#[tokio::test]
async fn mails_are_queued_once_across_a_crash_and_a_retry() {
    for engine in engines() {
        let mut node = node_on(engine).await;
        let cast = cast(&node).await;
        let invoice = invoice(&node, &cast).await;
        let input = json!({
            "invoiceId": invoice, "recipients": ["Books@nordwind.example", "boss@nordwind.example"],
            "message": "Please pay",
        });
        let key = Uuid::now_v7().to_string();
        let fields = "invoice { id }";
        tell_under(
            &node,
            &cast.clara,
            &key,
            "forwardInvoice",
            input.clone(),
            fields,
        )
        .await;
        let forwarded = queued(&node, &cast, "invoice_forwarded", 2).await;
        let mut to: Vec<&str> = forwarded
            .iter()
            .filter_map(|m| m["recipient"].as_str())
            .collect();
        to.sort_unstable();
        assert_eq!(to, ["books@nordwind.example", "boss@nordwind.example"]);
        let payload: Value =
            serde_json::from_str(forwarded[0]["payload"].as_str().unwrap()).unwrap();
        assert_eq!(payload["message"], "Please pay");
        assert_eq!(payload["number"], "INV-00001");
        assert_eq!(forwarded[0]["sentAt"], Value::Null);

        // The process goes back to the beginning, as after a crash it goes back a little.
        node.kill().await;
        node.store.sql("UPDATE checkpoints SET position = 0").await;
        node.store.sql("DELETE FROM idempotency").await;
        node.restart().await;
        tell_under(&node, &cast.clara, &key, "forwardInvoice", input, fields).await;
        let pay = with_token(&invoice, "tok_success");
        done(&node, &cast.clara, "payInvoices", pay, PAID).await;
        let received = queued(&node, &cast, "payment_received", 1).await;
        assert_eq!(received[0]["recipient"], "clara@nordwind.example");
        assert_eq!(mails(&node, &cast, "invoice_forwarded").await.len(), 2);

        // Staff only; one page after the other.
        for token in [&cast.clara, &cast.accountant] {
            let query = "{ outbox { edges { node { id } } } }";
            let answer = node.graphql(Some(token), query, json!({}), None).await;
            assert_eq!(answer.code(), "FORBIDDEN");
        }
        let mut seen = vec![];
        let mut after = Value::Null;
        loop {
            let query = format!(
                "{{ outbox(first: 1, after: {after}, waiting: true) {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage }} }} }}"
            );
            let page = ask(&node, &cast.staff, &query).await["outbox"].clone();
            seen.push(page["edges"][0]["node"]["id"].clone());
            after = page["edges"][0]["cursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
        is_clean(&node).await;
    }
}

async fn set_portal(node: &Node, cast: &Cast, forbidden: &[&str]) {
    let names = [
        "accept",
        "decline",
        "comment",
        "pay",
        "partPay",
        "mail",
        "review",
        "dispute",
        "forward",
        "cancelSubscription",
        "pauseSubscription",
        "changeSubscription",
        "editDetails",
        "updatePaymentMethod",
    ];
    let portal: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(!forbidden.contains(name))))
        .collect();
    let input = json!({ "portal": portal });
    done(
        node,
        &cast.owner,
        "updateSettings",
        input,
        "organisation { version }",
    )
    .await;
}

#[tokio::test]
async fn letters_and_reviews_reach_the_merchant_where_the_settings_allow_them() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let address = json!({ "street": "Kai 1", "city": "Hamburg", "country": "de" });
        let profile = json!({
            "name": "Harbour & Finch", "email": "hello@harbour.example", "currency": "EUR",
            "address": address, "expectedVersion": Value::Null,
        });
        let fields = "organisation { version }";
        done(&node, &cast.owner, "saveOrganisation", profile, fields).await;
        let mail = json!({ "subject": "Opening hours", "message": "When are you there?" });
        let review = json!({ "rating": 5, "text": "Very good", "mayBePublished": true });
        set_portal(&node, &cast, &["mail", "review", "forward", "editDetails"]).await;
        let details = json!({ "name": "N", "language": "en" });
        let no_address = json!({});
        let forward = json!({ "invoiceId": Uuid::now_v7(), "recipients": [] });
        for (field, input) in [
            ("mailMerchant", &mail),
            ("reviewMerchant", &review),
            ("forwardInvoice", &forward),
            (
                "forwardEstimate",
                &json!({ "estimateId": Uuid::now_v7(), "recipients": [] }),
            ),
            ("updateCompanyDetails", &details),
            ("updateMyDetails", &json!({ "name": "N" })),
            ("updateAddresses", &no_address),
        ] {
            assert_eq!(
                code(&node, &cast.clara, field, input).await,
                "NOT_ALLOWED",
                "{field}"
            );
        }
        set_portal(&node, &cast, &[]).await;
        assert_eq!(
            code(&node, &cast.staff, "mailMerchant", &mail).await,
            "FORBIDDEN"
        );
        for (field, input) in [("mailMerchant", mail), ("reviewMerchant", review)] {
            let sent = done(&node, &cast.clara, field, input, "sent").await;
            assert_eq!(sent["sent"], true);
        }
        let worse = json!({ "rating": 0 });
        let why = refused(&node, &cast.clara, "reviewMerchant", worse).await;
        assert_eq!(why, "OUT_OF_RANGE");
        let queued = queued(&node, &cast, "merchant_mailed", 1).await;
        assert_eq!(queued[0]["recipient"], "hello@harbour.example");
        assert_eq!(queued[0]["replyTo"], "clara@nordwind.example");
        assert_eq!(queued[0]["subject"], "Opening hours");
        let query = "{ messages { edges { node { author subject message } } }
                       reviews { edges { node { author rating text mayBePublished } } } }";
        until("both stand", async || {
            let told = ask(&node, &cast.staff, query).await;
            told["messages"]["edges"][0]["node"]["subject"] == "Opening hours"
                && told["reviews"]["edges"][0]["node"]["rating"] == 5
        })
        .await;
        let others = ask(&node, &cast.stranger, query).await;
        assert_eq!(others["messages"]["edges"], json!([]));
        assert_eq!(others["reviews"]["edges"], json!([]));
        is_clean(&node).await;
    }
}

/// The code of a request that is refused as a whole.
async fn code(node: &Node, token: &str, field: &str, input: &Value) -> String {
    let kind = field[..1].to_uppercase() + &field[1..] + "Input";
    let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ __typename }} }}");
    let key = Uuid::now_v7().to_string();
    let input = json!({ "input": input });
    let answer = node.graphql(Some(token), &query, input, Some(&key)).await;
    answer.code()
}

#[tokio::test]
async fn a_contact_causes_at_most_twenty_mails_an_hour_on_all_nodes_together() {
    for engine in engines() {
        let node = node_within_an_hour(engine).await;
        let other = if engine == Engine::Postgres {
            Some(node.second().await)
        } else {
            None
        };
        let nodes = [&node, other.as_ref().unwrap_or(&node)];
        let cast = cast(&node).await;
        let invoice = invoice(&node, &cast).await;
        let to = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("p{n}@example.com")).collect();
            json!({ "invoiceId": invoice, "recipients": all })
        };
        let fields = "invoice { id }";
        // The other node sees the invoice a moment later.
        let seen = format!("{{ invoice(id: \"{invoice}\") {{ id }} }}");
        while ask(nodes[1], &cast.clara, &seen).await["invoice"].is_null() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // Refused, and not counted.
        let why = refused(&node, &cast.clara, "forwardInvoice", to(21)).await;
        assert_eq!(why, "BAD_COUNT");
        let mail = json!({ "subject": "Hello", "message": "Are you there?" });
        for n in 0..3 {
            done(nodes[n % 2], &cast.clara, "forwardInvoice", to(5), fields).await;
            done(
                nodes[n % 2],
                &cast.clara,
                "mailMerchant",
                mail.clone(),
                "sent",
            )
            .await;
        }
        assert_eq!(
            code(nodes[1], &cast.clara, "forwardInvoice", &to(3)).await,
            "RATE_LIMITED"
        );
        done(nodes[0], &cast.clara, "forwardInvoice", to(2), fields).await;
        assert_eq!(
            code(nodes[0], &cast.clara, "mailMerchant", &mail).await,
            "RATE_LIMITED"
        );
        // Staff are not counted, and neither are others.
        done(nodes[0], &cast.staff, "forwardInvoice", to(20), fields).await;
        done(nodes[0], &cast.stranger, "mailMerchant", mail, "sent").await;
    }
}

#[tokio::test]
async fn customers_keep_their_own_details_and_not_their_mail_addresses() {
    for engine in engines() {
        let node = node_on(engine).await;
        let cast = cast(&node).await;
        let fields = "customer { version name email phone taxId language billingAddress { city } \
                      shippingAddress { city } contacts { name email phone } }";
        let mine = json!({ "name": "Clara N.", "phone": "+49 40 1" });
        let told = done(&node, &cast.clara, "updateMyDetails", mine, fields).await;
        let contact = &told["customer"]["contacts"][0];
        assert_eq!(contact["name"], "Clara N.");
        assert_eq!(contact["email"], "clara@nordwind.example");
        let version = told["customer"]["version"].as_u64().unwrap();

        let company = |version: u64, tax_id: &str| {
            json!({
                "expectedVersion": version, "name": "Nordwind AG", "taxId": tax_id,
                "language": "de-DE",
            })
        };
        let field = "updateCompanyDetails";
        let why = refused(&node, &cast.clara, field, company(version, "DE12345")).await;
        assert_eq!(why, "NOT_A_VAT_ID");
        let input = company(version, "de 123 456 789");
        let told = done(&node, &cast.clara, field, input, fields).await;
        assert_eq!(told["customer"]["taxId"], "DE123456789");
        assert_eq!(told["customer"]["name"], "Nordwind AG");
        let stale = code(&node, &cast.clara, field, &company(version, "DE987654321")).await;
        assert_eq!(stale, "CONFLICT");

        let billing = json!({ "street": "Elbe 2", "city": "Altona", "country": "DE" });
        let input = json!({ "billingAddress": billing, "shippingAddress": Value::Null });
        let told = done(&node, &cast.clara, "updateAddresses", input, fields).await;
        assert_eq!(told["customer"]["billingAddress"]["city"], "Altona");

        // Another customer's are not there; staff name whose.
        let mut others = company(1, "DE123456789");
        others["customerId"] = json!(cast.customer);
        let why = refused(&node, &cast.stranger, field, others.clone()).await;
        assert_eq!(why, "NOT_FOUND");
        others["expectedVersion"] = Value::Null;
        others["name"] = json!("Nordwind SE");
        let told = done(&node, &cast.staff, field, others, fields).await;
        assert_eq!(told["customer"]["name"], "Nordwind SE");
        is_clean(&node).await;
    }
}

/// Two nodes of one store, one of them killed: see `flow.rs` for what else two nodes do.
#[tokio::test]
async fn a_notice_told_to_two_nodes_at_once_counts_once() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let one = Arc::new(node_on(Engine::Postgres).await);
    let two = one.second().await;
    let cast = cast(&one).await;
    let invoice = invoice(&one, &cast).await;
    let payment = debit(&one, &cast, &invoice).await;
    let body = settles("evt_1", &payment);
    let told = tokio::join!(tell_of(&one, &body), tell_of(&two, &body));
    assert_eq!(told, (200, 200));
    let sql = "SELECT CAST(count(*) AS TEXT) FROM events WHERE event_type = 'PaymentSucceeded'";
    assert_eq!(one.store.sql_text(sql).await, "1");
    until("it is paid", async || {
        shown(&two, &cast, &payment, &invoice).await["invoice"]["status"] == "PAID"
    })
    .await;
    is_clean(&one).await;
}

#[tokio::test]
async fn an_offer_is_forwarded_as_the_customer_sees_it() {
    for engine in engines() {
        let node = node_within_an_hour(engine).await;
        let cast = cast(&node).await;
        let input = json!({ "customerId": cast.customer, "document": offer("420", None) });
        let drafted = done(
            &node,
            &cast.staff,
            "draftEstimate",
            input,
            "estimate { id }",
        )
        .await;
        let id = drafted["estimate"]["id"].clone();
        let to = |recipients: Value| json!({ "estimateId": id, "recipients": recipients, "message": "Shall we?" });
        let both = to(json!(["Boss@nordwind.example", "books@nordwind.example"]));
        let field = "forwardEstimate";
        assert_eq!(
            refused(&node, &cast.clara, field, both.clone()).await,
            "NOT_FOUND"
        );
        assert_eq!(
            refused(&node, &cast.staff, field, both.clone()).await,
            "NEVER_OFFERED"
        );
        let input = json!({ "estimateId": id });
        done(&node, &cast.staff, "offerEstimate", input, "__typename").await;
        let mut document = offer("300", Some(1));
        document["notes"] = json!("Only a draft");
        let input = json!({ "estimateId": id, "document": document });
        done(&node, &cast.staff, "reworkEstimate", input, "__typename").await;
        assert_eq!(
            refused(&node, &cast.stranger, field, both.clone()).await,
            "NOT_FOUND"
        );
        assert_eq!(
            refused(&node, &cast.clara, field, to(json!([]))).await,
            "BAD_COUNT"
        );
        done(&node, &cast.clara, field, both, "estimate { id }").await;
        let feed = "{ dashboard { recentActivity { event } } }";
        let feed = ask(&node, &cast.clara, feed).await;
        assert_eq!(
            feed["dashboard"]["recentActivity"][0]["event"],
            "EstimateForwarded"
        );
        let mails = queued(&node, &cast, "estimate_forwarded", 2).await;
        for mail in &mails {
            let payload: Value = serde_json::from_str(mail["payload"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&payload["revision"], &payload["number"]),
                (&json!(1), &json!("EST-00001"))
            );
            assert_eq!(
                payload["total"]["amount"], "9258.20",
                "what was offered, not the draft"
            );
            assert_eq!(payload["message"], "Shall we?");
        }
        // The same 20 mails an hour as of invoices.
        let crowd = |count: usize| {
            let people = (0..count).map(|n| format!("p{n}@nordwind.example"));
            to(people.collect::<Vec<_>>().into())
        };
        assert_eq!(
            code(&node, &cast.clara, field, &crowd(19)).await,
            "RATE_LIMITED"
        );
        done(&node, &cast.clara, field, crowd(18), "__typename").await;
        done(&node, &cast.staff, field, crowd(20), "__typename").await;
    }
}

/// With ENVIRONMENT=production, and this provider where one is named.
fn in_production(provider: Option<&'static str>) -> Vec<(&'static str, &'static str)> {
    let named = provider.map(|name| ("PAYMENT_PROVIDER", name));
    [("ENVIRONMENT", "production")]
        .into_iter()
        .chain(named)
        .collect()
}

#[tokio::test]
async fn in_production_nothing_is_paid_online_until_a_provider_is_named() {
    for engine in engines() {
        let node = Node::with(Store::new(engine).await, &in_production(None)).await;
        let cast = cast(&node).await;
        let query = "{ organisation { paymentPage onlinePayments mail { configured } } }";
        for token in [&cast.clara, &cast.staff] {
            let told = ask(&node, token, query).await["organisation"].clone();
            assert_eq!(
                told,
                json!({ "paymentPage": null, "onlinePayments": "ABSENT", "mail": { "configured": false } })
            );
        }
        let invoice = invoice(&node, &cast).await;
        let events = head(&node).await;
        let method = json!({ "customerId": cast.customer, "paymentToken": "tok_visa" });
        for (token, field, input) in [
            (&cast.clara, "payInvoices", with_token(&invoice, "tok_visa")),
            (&cast.staff, "payInvoices", with_token(&invoice, "tok_visa")),
            (
                &cast.clara,
                "payInvoices",
                json!({ "invoices": [{ "invoiceId": invoice }] }),
            ),
            (&cast.staff, "attachPaymentMethod", method.clone()),
            (&cast.clara, "updatePaymentMethod", method),
        ] {
            let code = refused(&node, token, field, input).await;
            assert_eq!(code, "NO_PAYMENT_PROVIDER", "{field}");
        }
        assert_eq!(head(&node).await, events, "nothing came of it");
        for path in ["/sandbox/checkout", "/sandbox/checkout/done"] {
            assert_eq!(node.get(path).await.status.as_u16(), 404, "{path}");
        }
        for provider in ["none", "sandbox"] {
            let path = format!("/webhooks/{provider}");
            let answer = send(node.request(Method::POST, &path).body("{}")).await;
            assert_eq!(answer.status.as_u16(), 404, "{path}");
        }
    }
}

#[tokio::test]
async fn a_payment_of_a_provider_that_is_gone_is_given_back_by_hand() {
    for engine in engines() {
        let store = Store::new(engine).await;
        let mut node = Node::with(Arc::clone(&store), &in_production(Some("sandbox"))).await;
        let cast = cast(&node).await;
        let told = ask(&node, &cast.clara, "{ organisation { onlinePayments } }").await;
        assert_eq!(told["organisation"]["onlinePayments"], "SANDBOX");
        let (invoice, payment) = paid_by_card(&node, &cast, "tok_visa").await;
        assert!(node.stop().await);

        let node = Node::with(store, &in_production(None)).await;
        let refund = |by_hand| json!({ "paymentId": payment, "amount": "10", "reason": "not owed", "invoiceId": invoice, "byHand": by_hand });
        let code = refused(&node, &cast.staff, "refundPayment", refund(false)).await;
        assert_eq!(code, "NO_PAYMENT_PROVIDER");
        let untouched = shown(&node, &cast, &payment, &invoice).await;
        assert_eq!(untouched["invoice"]["status"], "PAID");
        let back = done(&node, &cast.staff, "refundPayment", refund(true), CREDIT).await;
        assert_eq!(back["payment"]["refunded"]["amount"], "10.00");
    }
}

/// So many invoices of the customer, issued; several at once.
async fn invoices(node: &Node, cast: &Cast, count: usize) -> Vec<String> {
    let mut all = vec![];
    while all.len() < count {
        let some = (all.len()..count.min(all.len() + 10)).map(|_| invoice(node, cast));
        all.extend(futures::future::join_all(some).await);
    }
    all
}

#[tokio::test]
async fn one_payment_settles_everything_that_is_due_up_to_five_hundred_invoices() {
    const FIELDS: &str = "hasMore invoices { id number status overdue disputed dueDate due { amount currency } reserved { amount currency } }";
    for engine in engines() {
        // A slow machine may take long to look at five hundred invoices.
        let patient = [("LIMIT_REQUEST_SECONDS", "120")];
        let node = Node::with(Store::new(engine).await, &patient).await;
        let cast = cast(&node).await;
        let mut all = invoices(&node, &cast, 501).await;
        let query = format!("{{ payables(currency: \"EUR\") {{ {FIELDS} }} }}");
        let due = ask(&node, &cast.clara, &query).await["payables"].clone();
        let ids: Vec<&str> = due["invoices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!((ids.len(), &due["hasMore"]), (500, &json!(true)));
        let pay = |ids: &[&str]| {
            let parts: Vec<_> = ids.iter().map(|id| json!({ "invoiceId": id })).collect();
            json!({ "invoices": parts, "paymentToken": "tok_visa" })
        };
        let every: Vec<&str> = all.iter().map(String::as_str).collect();
        let code = refused(&node, &cast.clara, "payInvoices", pay(&every)).await;
        assert_eq!(code, "BAD_COUNT");
        let fields = "payment { id amount { amount } }";
        let paid = done(&node, &cast.clara, "payInvoices", pay(&ids), fields).await;
        assert_eq!(paid["payment"]["amount"]["amount"], "1213800.00");
        // The answer does not wait for all of them; the process goes on.
        let payment = paid["payment"]["id"].as_str().unwrap();
        let stands = format!("{{ payment(id: \"{payment}\") {{ state applied {{ amount }} }} }}");
        until("all of it is applied", async || {
            let left = ask(&node, &cast.clara, &query).await["payables"]["invoices"].clone();
            left.as_array().unwrap().len() == 1
        })
        .await;
        let seen = ask(&node, &cast.clara, &stands).await["payment"].clone();
        assert_eq!(
            (&seen["state"], &seen["applied"]["amount"]),
            (&json!("SUCCEEDED"), &json!("1213800.00"))
        );

        let left = ask(&node, &cast.clara, &query).await["payables"].clone();
        all.retain(|id| !ids.contains(&id.as_str()));
        assert_eq!(left["hasMore"], false);
        assert_eq!(left["invoices"].as_array().unwrap().len(), 1);
        assert_eq!(left["invoices"][0]["id"], all[0].as_str());
        // By name, whatever their state; what is not the viewer's is left out.
        let query =
            format!("query Q($ids: [UUID!]!) {{ payables(invoices: $ids) {{ {FIELDS} }} }}");
        for (token, seen) in [(&cast.clara, 500), (&cast.stranger, 0)] {
            let answer = node
                .graphql(Some(token), &query, json!({ "ids": ids }), None)
                .await;
            let listed = answer.data()["payables"]["invoices"].clone();
            assert_eq!(listed.as_array().unwrap().len(), seen, "{}", answer.text);
        }
        let (clean, said) = node.run(&["check"]).await;
        assert!(clean, "{said}");
    }
}
