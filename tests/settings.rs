//! The organisation's settings: set by its owner, seen by whom they concern, kept to by the server.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use serde_json::{Value, json};
use support::cast::*;
use support::{Node, engines};
use uuid::Uuid;

const PORTAL: [&str; 15] = [
    "accept",
    "decline",
    "comment",
    "pay",
    "partPay",
    "useCredit",
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

/// Everything allowed but these.
fn portal_without(forbidden: &[&str]) -> Value {
    let allowed = PORTAL.map(|name| (name.to_owned(), json!(!forbidden.contains(&name))));
    json!({ "portal": Value::Object(allowed.into_iter().collect()) })
}

async fn set(node: &Node, cast: &Cast, input: Value) {
    let fields = "organisation { version }";
    done(node, &cast.owner, "updateSettings", input, fields).await;
}

/// The code of a request that is refused as a whole.
async fn forbidden(node: &Node, token: &str, field: &str, kind: &str, input: Value) -> String {
    let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ __typename }} }}");
    let key = Uuid::now_v7().to_string();
    let answer = node
        .graphql(Some(token), &query, json!({ "input": input }), Some(&key))
        .await;
    answer.code()
}

async fn issued_invoice(node: &Node, cast: &Cast) -> (String, String) {
    let input = json!({ "customerId": cast.customer, "document": offer("10", None) });
    let drafted = done(node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let fields = "invoice { number }";
    let issued = done(
        node,
        &cast.staff,
        "issueInvoice",
        json!({ "invoiceId": id }),
        fields,
    )
    .await;
    (id, issued["invoice"]["number"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_the_portal_settings_forbid_is_refused_to_customers_and_to_nobody_else() {
    for engine in engines() {
        let node = Node::on(engine).await;
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
        let estimate = drafted["estimate"]["id"].as_str().unwrap();
        let input = json!({ "estimateId": estimate });
        done(
            &node,
            &cast.staff,
            "offerEstimate",
            input,
            "estimate { id }",
        )
        .await;
        let (invoice, _) = issued_invoice(&node, &cast).await;
        let (clara, staff) = (&cast.clara, &cast.staff);

        set(&node, &cast, portal_without(&["accept", "decline", "pay"])).await;
        let accept = json!({ "estimateId": estimate, "revision": 1, "name": "Clara" });
        let decline = json!({ "estimateId": estimate, "revision": 1, "reason": "no" });
        let pay = json!({ "invoices": [{ "invoiceId": invoice }], "paymentToken": "tok_success" });
        for (field, kind, input) in [
            ("acceptEstimate", "AcceptEstimateInput", &accept),
            ("declineEstimate", "DeclineEstimateInput", &decline),
            ("payInvoices", "PayInvoicesInput", &pay),
        ] {
            let code = forbidden(&node, clara, field, kind, input.clone()).await;
            assert_eq!(code, "NOT_ALLOWED", "{field}");
        }
        let fields = "estimate { state }";
        let declined = done(&node, staff, "declineEstimate", decline, fields).await;
        assert_eq!(declined["estimate"]["state"], "DECLINED");

        set(&node, &cast, portal_without(&["partPay"])).await;
        let part = json!({
            "invoices": [{ "invoiceId": invoice, "amount": "1" }],
            "paymentToken": "tok_success",
        });
        let code = refused(&node, clara, "payInvoices", part).await;
        assert_eq!(code, "PART_PAYMENT_NOT_ALLOWED");
        let paid = done(&node, clara, "payInvoices", pay, "invoices { status }").await;
        assert_eq!(paid["invoices"][0]["status"], "PAID");
        let (ok, text) = node.run(&["check"]).await;
        assert!(ok, "{text}");
    }
}

#[tokio::test]
async fn numbers_are_written_as_the_settings_say_and_count_on() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let plain = |prefix: &str| json!({ "prefix": prefix, "digits": 5, "yearly": false });
        assert_eq!(issued_invoice(&node, &cast).await.1, "INV-00001");
        let mut series = json!({
            "estimates": plain("EST"),
            "invoices": { "prefix": "HF", "digits": 3, "yearly": false },
            "creditNotes": plain("CN"),
            "payments": plain("PAY"),
        });
        set(&node, &cast, json!({ "series": series })).await;
        assert_eq!(issued_invoice(&node, &cast).await.1, "HF-002");
        series["invoices"]["yearly"] = json!(true);
        set(&node, &cast, json!({ "series": series })).await;
        let asked = ask(&node, &cast.staff, "{ organisation { today } }").await;
        let year = asked["organisation"]["today"].as_str().unwrap()[..4].to_owned();
        assert_eq!(
            issued_invoice(&node, &cast).await.1,
            format!("HF-{year}-001")
        );
        assert_eq!(
            issued_invoice(&node, &cast).await.1,
            format!("HF-{year}-002")
        );
        // Back again: the old series goes on where it was, so no number comes twice.
        series["invoices"]["yearly"] = json!(false);
        set(&node, &cast, json!({ "series": series })).await;
        assert_eq!(issued_invoice(&node, &cast).await.1, "HF-003");
        series["invoices"]["prefix"] = json!("PAY");
        let input = json!({ "series": series });
        let answer = tell(&node, &cast.owner, "updateSettings", input, "__typename").await;
        let error = &answer["userErrors"][0];
        assert_eq!(error["code"], "DUPLICATE");
        assert_eq!(
            error["field"],
            json!(["input", "series", "payments", "prefix"])
        );
    }
}

#[tokio::test]
async fn only_currencies_that_are_billed_in_are_given_to_new_customers() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let input = json!({ "currencies": ["EUR"], "paymentTermsDays": 7 });
    set(&node, &cast, input).await;
    let new = |currency: &str| json!({ "name": "New Ltd", "currency": currency });
    let code = refused(&node, &cast.staff, "registerCustomer", new("USD")).await;
    assert_eq!(code, "CURRENCY_NOT_BILLED");
    let fields = "customer { paymentTermsDays }";
    let done = done(&node, &cast.staff, "registerCustomer", new("EUR"), fields).await;
    assert_eq!(done["customer"]["paymentTermsDays"], 7);
}

#[tokio::test]
async fn all_settings_are_kept_and_customers_see_what_concerns_them() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let version = "organisation { version }";
        let known = ask(&node, &cast.owner, &format!("{{ {version} }}")).await;
        let known = known["organisation"]["version"].as_i64().unwrap();
        let input = json!({
            "expectedVersion": known,
            "invoiceOnAcceptance": "DRAFT",
            "offerValidDays": 14,
            "timeZone": "pacific/auckland",
            "taxRates": [{ "name": "GST", "category": "STANDARD", "percent": "15" }],
            "depositPercent": "30",
            "reminders": [-3, 7],
            "lateFees": [
                { "afterDays": 10, "fixed": "40", "currency": "EUR" },
                { "afterDays": 30, "percent": "1.5" },
            ],
            "dunning": { "retryAfterDays": [2, 5], "then": "CANCEL" },
            "banner": "Closed until Monday.",
        });
        done(&node, &cast.owner, "updateSettings", input.clone(), version).await;
        // Whoever saw the settings before that change does not undo it unseen.
        let query = "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { __typename } }";
        let key = Uuid::now_v7().to_string();
        let stale = json!({ "input": { "expectedVersion": known, "offerValidDays": 3 } });
        let answer = node
            .graphql(Some(&cast.owner), query, stale, Some(&key))
            .await;
        assert_eq!(answer.code(), "CONFLICT");

        let all = "{ organisation { timeZone banner portal { mail cancelSubscription } settings {
            invoiceOnAcceptance offerValidDays depositPercent reminders taxRates { name category percent }
            lateFees { afterDays percent fixed currency } dunning { retryAfterDays then } } } }";
        let seen = ask(&node, &cast.accountant, all).await["organisation"].clone();
        assert_eq!(seen["timeZone"], "Pacific/Auckland");
        assert_eq!(seen["settings"]["lateFees"][0]["fixed"], "40.00");
        assert_eq!(seen["settings"]["lateFees"][1]["percent"], "1.5");
        for field in [
            "invoiceOnAcceptance",
            "offerValidDays",
            "reminders",
            "dunning",
            "taxRates",
            "depositPercent",
        ] {
            assert_eq!(seen["settings"][field], input[field], "{field}");
        }
        let seen = ask(&node, &cast.clara, all).await["organisation"].clone();
        assert_eq!(seen["banner"], "Closed until Monday.");
        assert_eq!(
            seen["portal"],
            json!({ "mail": true, "cancelSubscription": false })
        );
        assert_eq!(seen["settings"], Value::Null);

        let gone = json!({ "depositPercent": null, "banner": null });
        let fields = "organisation { banner settings { depositPercent offerValidDays } }";
        let seen = done(&node, &cast.owner, "updateSettings", gone, fields).await;
        let expected =
            json!({ "banner": null, "settings": { "depositPercent": null, "offerValidDays": 14 } });
        assert_eq!(seen["organisation"], expected);

        let wrong = json!({ "lateFees": [{ "afterDays": 1 }] });
        assert_eq!(
            refused(&node, &cast.owner, "updateSettings", wrong).await,
            "ONE_KIND_OF_FEE"
        );
        let wrong = json!({ "timeZone": "Mars/Olympus" });
        assert_eq!(
            refused(&node, &cast.owner, "updateSettings", wrong).await,
            "NOT_A_TIME_ZONE"
        );
        let (ok, text) = node.run(&["check"]).await;
        assert!(ok, "{text}");
    }
}

#[tokio::test]
async fn bank_details_are_checked_and_shown_to_customers() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let with = |iban: &str| {
        let bank = json!({ "holder": "Harbour & Finch", "iban": iban, "bic": "cobadeffxxx" });
        json!({ "name": "Harbour & Finch", "currency": "EUR", "bank": bank })
    };
    let fields = "organisation { version }";
    let answer = tell(&node, &cast.owner, "saveOrganisation", with("DE00"), fields).await;
    assert_eq!(
        answer["userErrors"][0]["field"],
        json!(["input", "bank", "iban"])
    );
    let good = with("DE89 3704 0044 0532 0130 00");
    done(&node, &cast.owner, "saveOrganisation", good, fields).await;
    let seen = ask(&node, &cast.clara, "{ organisation { bank { iban bic } } }").await;
    let expected = json!({ "iban": "DE89370400440532013000", "bic": "COBADEFFXXX" });
    assert_eq!(seen["organisation"]["bank"], expected);
}
