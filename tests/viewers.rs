//! What each viewer reads: contacts of their customer, and the organisation's people who look as a customer does.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::cast::*;
use support::{Answer, Node, engines, hear, say, send, until_heard};
use uuid::Uuid;

#[tokio::test]
async fn viewers_know_which_contact_they_are_and_what_the_customer_reads() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let query = "{ viewer { contactId viewingAs language } }";
    let seen = ask(&node, &cast.clara, query).await["viewer"].clone();
    let known = format!(
        "{{ customer(id: \"{}\") {{ contacts {{ id }} }} }}",
        cast.customer
    );
    let known = ask(&node, &cast.staff, &known).await;
    assert_eq!(seen["contactId"], known["customer"]["contacts"][0]["id"]);
    assert_eq!(
        (&seen["viewingAs"], &seen["language"]),
        (&json!(false), &json!("en"))
    );
    let nobody = json!({ "contactId": null, "viewingAs": false, "language": null });
    for token in [&cast.staff, &cast.owner, &cast.accountant] {
        assert_eq!(ask(&node, token, query).await["viewer"], nobody);
    }
}

#[tokio::test]
async fn the_dashboard_says_what_was_billed_and_paid_each_month() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let input = json!({ "customerId": cast.customer, "document": offer("420", None) });
        let drafted = done(&node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
        let id = &drafted["invoice"]["id"];
        let input = json!({ "invoiceId": id });
        done(&node, &cast.staff, "issueInvoice", input, "__typename").await;
        let input = json!({ "invoices": [{ "invoiceId": id, "amount": "9258.20" }], "paymentToken": "tok_visa" });
        done(&node, &cast.clara, "payInvoices", input, "__typename").await;
        let query = "{ organisation { today } dashboard { months { month billed { amount currency } paid { amount } } } }";
        for (token, billed) in [
            (&cast.clara, "9258.20"),
            (&cast.staff, "9258.20"),
            (&cast.accountant, "9258.20"),
            (&cast.stranger, "0.00"),
        ] {
            let seen = ask(&node, token, query).await;
            let months = seen["dashboard"]["months"].as_array().unwrap();
            assert_eq!(months.len(), 12);
            let last = &months[11];
            let today = seen["organisation"]["today"].as_str().unwrap();
            assert_eq!(last["month"], format!("{}-01", &today[..7]));
            assert_eq!(
                last["billed"],
                json!({ "amount": billed, "currency": "EUR" })
            );
            assert_eq!(last["paid"]["amount"], billed);
            let earlier = months[..11]
                .iter()
                .map(|month| month["billed"]["amount"].clone());
            assert!(earlier.into_iter().all(|billed| billed == "0.00"));
        }
        for count in [0, 25] {
            let query = format!("{{ dashboard {{ months(count: {count}) {{ month }} }} }}");
            let answer = node
                .graphql(Some(&cast.clara), &query, json!({}), None)
                .await;
            assert_eq!(answer.code(), "BAD_INPUT");
        }
    }
}

// --- As the customer sees it

/// Asks as somebody who looks at that customer's portal.
async fn ask_as(node: &Node, token: &str, customer: &str, query: &str) -> Answer {
    let request = node
        .request(Method::POST, "/graphql")
        .bearer_auth(token)
        .header("x-view-as", customer)
        .header("idempotency-key", Uuid::now_v7().to_string());
    send(request.json(&json!({ "query": query }))).await
}

const ALL: &str =
    "{ dashboard { balances { outstanding { amount } } outstandingInvoices { id viewedOn }
        recentActivity { event actor } months(count: 2) { billed { amount } } }
    invoices { totalCount edges { node { id status customer { id } } } }
    estimates { totalCount edges { node { id } } } payments { totalCount } customers { totalCount }
    creditNotes { totalCount } organisation { settings { __typename } }
    activity { edges { node { event payload } } } }";

#[tokio::test]
async fn who_looks_as_a_customer_reads_what_its_contacts_read_and_nothing_else() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let other = customer_of(&node, &cast.stranger).await;
        let own = billed(&node, &cast, &cast.customer).await;
        let theirs = billed(&node, &cast, &other).await;
        for (contact, customer) in [(&cast.clara, &cast.customer), (&cast.stranger, &other)] {
            let read = ask(&node, contact, ALL).await;
            assert_eq!(read["invoices"]["totalCount"], 1);
            for token in [&cast.staff, &cast.accountant, &cast.owner] {
                assert_eq!(ask_as(&node, token, customer, ALL).await.data(), read);
            }
        }
        let query = format!(
            "{{ own: invoice(id: \"{own}\") {{ id }} theirs: invoice(id: \"{theirs}\") {{ id }} }}"
        );
        let seen = ask_as(&node, &cast.staff, &cast.customer, &query)
            .await
            .data();
        assert_eq!(
            (&seen["own"]["id"], &seen["theirs"]),
            (&json!(own), &Value::Null)
        );
        let query = "{ viewer { name role customerId contactId viewingAs language } }";
        let seen = ask_as(&node, &cast.staff, &cast.customer, query)
            .await
            .data();
        let expected = json!({
            "name": "Test Person", "role": "CUSTOMER_CONTACT", "customerId": cast.customer, "contactId": null,
            "viewingAs": true, "language": "en",
        });
        assert_eq!(seen["viewer"], expected);
        // The next request without the header is one's own again.
        let seen = ask(&node, &cast.staff, query).await;
        assert_eq!(seen["viewer"]["viewingAs"], false);
        let outbox = "{ outbox { edges { node { id } } } }";
        assert_eq!(
            ask_as(&node, &cast.staff, &cast.customer, outbox)
                .await
                .code(),
            "FORBIDDEN"
        );
    }
}

#[tokio::test]
async fn only_the_organisations_people_look_and_only_as_a_customer_that_is_there() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let query = "{ viewer { role } }";
    for (token, customer, status, code) in [
        (&cast.clara, cast.customer.clone(), 403, "FORBIDDEN"),
        (&cast.stranger, cast.customer.clone(), 403, "FORBIDDEN"),
        (&cast.staff, Uuid::now_v7().to_string(), 404, "NOT_FOUND"),
        (&cast.staff, "nordwind".to_owned(), 400, "BAD_INPUT"),
        (&cast.staff, String::new(), 400, "BAD_INPUT"),
    ] {
        let answer = ask_as(&node, token, &customer, query).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{customer}"
        );
    }
    let nobody = node
        .request(Method::POST, "/graphql")
        .header("x-view-as", &cast.customer);
    let nobody = send(nobody.json(&json!({ "query": query }))).await;
    assert_eq!(nobody.data()["viewer"], Value::Null);
}

#[tokio::test]
async fn who_looks_as_a_customer_does_nothing_but_sign_out() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let invoice = billed(&node, &cast, &cast.customer).await;
    let last = "{ activity(first: 1) { edges { node { position } } } }";
    let before = ask(&node, &cast.owner, last).await;
    let schema = "{ __schema { mutationType { fields { name } } } }";
    let schema = ask(&node, &cast.owner, schema).await;
    let names = schema["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap();
    assert!(names.len() > 50);
    for name in names.iter().map(|field| field["name"].as_str().unwrap()) {
        if name == "signOut" {
            continue;
        }
        for query in [
            format!("mutation {{ {name} {{ __typename }} }}"),
            format!("mutation {{ signOut {{ signedOut }} x: {name} {{ __typename }} }}"),
            format!("mutation {{ ...F }} fragment F on Mutation {{ {name} {{ __typename }} }}"),
        ] {
            let answer = ask_as(&node, &cast.owner, &cast.customer, &query).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{query}");
            assert!(
                answer
                    .message()
                    .starts_with("you are looking at the portal")
            );
        }
    }
    let viewed = format!(
        "mutation {{ markViewed(input: {{ invoiceId: \"{invoice}\" }}) {{ __typename }} }}"
    );
    let answer = ask_as(&node, &cast.staff, &cast.customer, &viewed).await;
    assert_eq!(answer.code(), "FORBIDDEN");
    let read = format!("{{ invoice(id: \"{invoice}\") {{ number dueDate }} }}");
    ask_as(&node, &cast.staff, &cast.customer, &read)
        .await
        .data();
    assert_eq!(
        ask(&node, &cast.owner, last).await,
        before,
        "looking leaves no trace"
    );
    let out = "mutation { signOut { signedOut } }";
    let out = ask_as(&node, &cast.staff, &cast.customer, out).await.data();
    assert_eq!(out["signOut"]["signedOut"], true);
    let gone = node.graphql(Some(&cast.staff), last, json!({}), None).await;
    assert_eq!(gone.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_looks_as_a_customer_follows_that_customers_news_only() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let other = customer_of(&node, &cast.stranger).await;
    let connect = async |token: &str, customer: Value| {
        let mut socket = node.socket(&[]).await.unwrap();
        let payload = json!({ "authorization": format!("Bearer {token}"), "viewAs": customer });
        say(
            &mut socket,
            json!({ "type": "connection_init", "payload": payload }),
        )
        .await;
        let heard = hear(&mut socket).await;
        (socket, heard)
    };
    for (token, customer) in [
        (&cast.clara, json!(cast.customer)),
        (&cast.staff, json!(Uuid::now_v7())),
        (&cast.staff, json!(7)),
    ] {
        let (_socket, heard) = connect(token, customer).await;
        assert!(heard.is_err(), "{heard:?}");
    }
    let (mut socket, heard) = connect(&cast.staff, json!(cast.customer)).await;
    assert_eq!(heard.unwrap()["type"], "connection_ack");
    let query = "subscription { documentChanged { id event } }";
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
    say(&mut socket, subscribe).await;
    until_heard(&mut socket, || billed(&node, &cast, &cast.customer)).await;
    billed(&node, &cast, &other).await;
    let own = billed(&node, &cast, &cast.customer).await;
    let heard = hear(&mut socket).await.unwrap();
    assert_eq!(
        heard["payload"]["data"]["documentChanged"],
        json!({ "id": own, "event": "InvoiceIssued" })
    );
}
