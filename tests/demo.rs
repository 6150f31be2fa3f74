//! The demonstration organisation looks like a business at work, and its books agree.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{Node, Store, engines};

async fn ask(node: &Node, email: &str, query: &str) -> Value {
    let answer = node.try_sign_in(email, "harbour-demo-2026").await;
    let token = answer.data()["signIn"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = node.graphql(Some(&token), query, json!({}), None).await;
    assert!(answer.json().get("errors").is_none(), "{}", answer.text);
    answer.data()
}

fn values(connection: &Value, field: &str) -> BTreeSet<String> {
    let edges = connection["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| {
            let value = &edge["node"][field];
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn the_demonstration_shows_something_of_everything_and_its_books_agree() {
    for engine in engines() {
        let store = Store::new(engine).await;
        let pages = tempfile::tempdir().unwrap();
        std::fs::write(pages.path().join("index.html"), "__BOOT__").unwrap();
        let folder = pages.path().to_str().unwrap();
        let mut node = Node::with(store, &[("DEMO", "true"), ("PORTAL_DIR", folder)]).await;
        let told = node.get("/").await.json();
        assert_eq!(told["demo"]["password"], "harbour-demo-2026");
        let first = json!({ "label": "customer", "email": "customer@demo.example" });
        assert_eq!(told["demo"]["accounts"][0], first);
        assert_eq!(told["demo"]["accounts"].as_array().unwrap().len(), 4);
        let all = "{ estimates(first: 50) { edges { node { state expired } } }
            invoices(first: 100) { edges { node { status overdue disputed } } }
            subscriptions(first: 50) { edges { node { state collection } } } }";
        let seen = ask(&node, "staff@demo.example", all).await;
        let states = set(&[
            "ACCEPTED",
            "DECLINED",
            "DRAFT",
            "INVOICED",
            "OFFERED",
            "WITHDRAWN",
        ]);
        assert_eq!(values(&seen["estimates"], "state"), states);
        assert_eq!(
            values(&seen["estimates"], "expired"),
            set(&["false", "true"])
        );
        let statuses = values(&seen["invoices"], "status");
        for status in ["UNPAID", "PARTIALLY_PAID", "PAID", "VOIDED", "WRITTEN_OFF"] {
            assert!(statuses.contains(status), "{status} is not in {statuses:?}");
        }
        assert_eq!(values(&seen["invoices"], "overdue").len(), 2);
        assert_eq!(values(&seen["invoices"], "disputed").len(), 2);
        let states = set(&["ACTIVE", "NON_RENEWING", "PAST_DUE", "PAUSED"]);
        assert_eq!(values(&seen["subscriptions"], "state"), states);
        assert_eq!(values(&seen["subscriptions"], "collection").len(), 2);

        let own = "{ dashboard { balances { outstanding { amount } credit { amount } } }
            explainBalance { balances { balance { amount } } } }";
        let seen = ask(&node, "customer@demo.example", own).await;
        let amount = |value: &Value| -> i64 {
            let text = value["amount"].as_str().unwrap().replace('.', "");
            text.parse().unwrap()
        };
        let balance = &seen["dashboard"]["balances"][0];
        let (owed, credit) = (amount(&balance["outstanding"]), amount(&balance["credit"]));
        assert!(owed > 0 && credit > 0);
        let explained = &seen["explainBalance"]["balances"][0]["balance"];
        assert_eq!(amount(explained), owed - credit);

        // A second start adds nothing to the story.
        let count = "{ customers(first: 1) { totalCount } payments(first: 1) { totalCount } }";
        let before = ask(&node, "staff@demo.example", count).await;
        node.stop().await;
        node.restart().await;
        assert_eq!(ask(&node, "staff@demo.example", count).await, before);
        let (ok, text) = node.run(&["check"]).await;
        assert!(ok, "{text}");
    }
}
