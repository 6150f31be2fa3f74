//! What an earlier version wrote opens in this one: `tests/fixtures/store-52342ac/make.sh` made it with the last program
//! whose SQLite event store was sqlite-es over sqlx, and killed that program.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Node, Store};

const SETTINGS: [(&str, &str); 3] = [
    // The calendar has nothing to do that the earlier program had not done.
    ("START_AT", "2026-11-01T09:00:00Z"),
    ("SESSION_HOURS", "2160"),
    ("LIMIT_COMPLEXITY", "100000"),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/store-52342ac")
        .join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name))
        .unwrap()
        .trim()
        .to_owned()
}

fn json_of(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

#[tokio::test]
async fn what_an_earlier_version_wrote_opens_and_says_the_same() {
    let store = Store::unpacked(&fixture("store.tar.gz"));
    let mut node = Node::with(store, &SETTINGS).await;
    let session = text("session");
    let token = Some(session.as_str());
    let figures = async |node: &Node| {
        let answer = node
            .graphql(token, &text("figures.graphql"), json!({}), None)
            .await;
        assert_eq!(answer.json(), json_of("figures.json"));
    };
    figures(&node).await;

    // The answers that it kept are given again.
    let kept = json_of("kept.json");
    let again = async |node: &Node, key| {
        let query = kept["request"]["query"].as_str().unwrap();
        node.graphql(
            token,
            query,
            kept["request"]["variables"].clone(),
            Some(key),
        )
        .await
    };
    let answer = again(&node, "kept-by-52342ac").await;
    assert_eq!(answer.json(), kept["answer"]);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    figures(&node).await;
    let (clean, said) = node.run(&["check"]).await;
    assert!(clean, "{said}");

    // The books go on: the next document is a new one, and stays.
    let fresh = again(&node, "a new key").await;
    assert_eq!(fresh.code(), "BAD_INPUT", "a key has no spaces");
    let fresh = again(&node, "a-new-key").await.data();
    let id = fresh["draftInvoice"]["invoice"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(
        id,
        kept["answer"]["data"]["draftInvoice"]["invoice"]["id"]
            .as_str()
            .unwrap()
    );
    let issue = "mutation($id: UUID!) { issueInvoice(input: { invoiceId: $id }) { invoice { number } userErrors { code } } }";
    let issued = node
        .graphql(token, issue, json!({ "id": id }), Some("issued-now"))
        .await
        .data();
    let count = json_of("figures.json")["data"]["invoices"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|invoice| invoice["number"].is_string())
        .count();
    let number = issued["issueInvoice"]["invoice"]["number"]
        .as_str()
        .unwrap();
    assert!(
        number.ends_with(&format!("{:05}", count + 1)),
        "{number} after {count}"
    );
    node.kill().await;
    node.restart().await;
    let query = format!("{{ invoice(id: \"{id}\") {{ number }} }}");
    let shown = node.graphql(token, &query, json!({}), None).await.data();
    assert_eq!(shown["invoice"]["number"], number);
    let (clean, said) = node.run(&["check"]).await;
    assert!(clean, "{said}");
}
