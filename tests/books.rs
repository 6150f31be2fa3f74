//! The books over real HTTP and from the command line: statements, ageing, and why a balance is what it is.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use serde_json::{Value, json};
use support::{Engine, Node, Store, engines};
use uuid::Uuid;

const MONEY: &str = "{ amount currency }";

/// Sends a mutation of one field and answers with that field; it must be done.
async fn done(
    node: &Node,
    token: &str,
    field: &str,
    kind: &str,
    input: Value,
    fields: &str,
) -> Value {
    let query = format!(
        "mutation M($input: {kind}!) {{ answer: {field}(input: $input) {{ {fields} userErrors {{ field code message }} }} }}"
    );
    let key = Uuid::now_v7().to_string();
    let variables = json!({ "input": input });
    let answer = node
        .graphql(Some(token), &query, variables, Some(&key))
        .await;
    let answer = answer.data()["answer"].clone();
    assert_eq!(answer["userErrors"], json!([]), "{field}");
    answer
}

async fn ask(node: &Node, token: &str, query: &str) -> Value {
    node.graphql(Some(token), query, json!({}), None)
        .await
        .data()
}

/// Registers the organisation, and answers with the owner's token.
async fn organisation(node: &Node) -> String {
    let owner = node.signed_in("owner").await;
    let address = json!({ "street": "Kai 1", "city": "Hamburg", "country": "DE" });
    let input = json!({ "name": "Harbour & Finch", "currency": "EUR", "address": address });
    done(
        node,
        &owner,
        "saveOrganisation",
        "OrganisationInput",
        input,
        "organisation { version }",
    )
    .await;
    owner
}

/// A customer with a contact: its id and the contact's token.
async fn customer(node: &Node, owner: &str, name: &str) -> (String, String) {
    let email = format!("{}@example.com", name.to_lowercase());
    let input =
        json!({ "name": name, "currency": "EUR", "contact": { "name": name, "email": email } });
    let fields = "customer { id contacts { id } }";
    let made = done(
        node,
        owner,
        "registerCustomer",
        "RegisterCustomerInput",
        input,
        fields,
    )
    .await;
    let id = made["customer"]["id"].as_str().unwrap().to_owned();
    let contact = made["customer"]["contacts"][0]["id"].as_str().unwrap();
    node.contact(&email, id.parse().unwrap(), contact.parse().unwrap())
        .await;
    (id, node.sign_in(&email).await)
}

fn document(price: &str) -> Value {
    let tax = json!({ "category": "STANDARD", "percent": "19" });
    let lines =
        json!([{ "description": "Design", "quantity": "1", "unitPrice": price, "tax": tax }]);
    json!({ "currency": "EUR", "lines": lines })
}

/// An issued invoice's id; it is due at once.
async fn invoice(node: &Node, owner: &str, customer: &str, price: &str) -> String {
    let input = json!({ "customerId": customer, "document": document(price) });
    let drafted = done(
        node,
        owner,
        "draftInvoice",
        "DraftInvoiceInput",
        input,
        "invoice { id }",
    )
    .await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "invoiceId": id, "dueDate": today() });
    done(
        node,
        owner,
        "issueInvoice",
        "IssueInvoiceInput",
        input,
        "invoice { number }",
    )
    .await;
    id
}

/// A node on whose clock it stays the same day.
async fn node_on(engine: Engine) -> Node {
    let settings = [("START_AT", "2026-11-22T10:00:00Z")];
    Node::with(Store::new(engine).await, &settings).await
}

fn today() -> String {
    in_days(0)
}

fn in_days(days: i64) -> String {
    let day = time::macros::date!(2026 - 11 - 22) + time::Duration::days(days);
    day.to_string()
}

#[tokio::test]
async fn a_statement_an_explanation_and_the_ageing_agree_with_the_balance() {
    for engine in engines() {
        let node = node_on(engine).await;
        let owner = organisation(&node).await;
        let accountant = node.signed_in("accountant").await;
        let (acme, ana) = customer(&node, &owner, "Acme").await;
        let (bolt, bob) = customer(&node, &owner, "Bolt").await;
        let first = invoice(&node, &owner, &acme, "100").await;
        let lost = invoice(&node, &owner, &acme, "10").await;
        invoice(&node, &owner, &bolt, "7").await;
        let input = json!({
            "customerId": acme, "amount": "200", "currency": "EUR", "method": "CASH",
            "receivedOn": in_days(-2), "allocations": [{ "invoiceId": first, "amount": "19" }]
        });
        done(
            &node,
            &owner,
            "recordPayment",
            "RecordPaymentInput",
            input,
            "payment { number }",
        )
        .await;
        let input = json!({ "invoiceId": lost, "reason": "we gave up on them" });
        done(
            &node,
            &owner,
            "writeOffInvoice",
            "InvoiceReasonInput",
            input,
            "__typename",
        )
        .await;

        let entries = format!(
            "edges {{ node {{ kind happenedOn recordedAt number invoiceNumber amount {MONEY} dueChange {MONEY}
               balance {MONEY} actor actorRole detail }} cursor }} pageInfo {{ hasNextPage endCursor }}"
        );
        let statement = format!(
            "{{ statement(customerId: \"{acme}\", from: \"{}\", to: \"{}\") {{ customer {{ name }} accounts {{ currency
               opening {MONEY} charged {MONEY} credited {MONEY} closing {MONEY} movements {{ {entries} }} }} }} }}",
            today(),
            today()
        );
        let told = ask(&node, &accountant, &statement).await["statement"].clone();
        let account = &told["accounts"][0];
        assert_eq!(
            account["opening"],
            json!({ "amount": "-200.00", "currency": "EUR" })
        );
        assert_eq!(account["charged"]["amount"], "130.90");
        assert_eq!(account["credited"]["amount"], "-11.90");
        assert_eq!(account["closing"]["amount"], "-81.00");
        let lines: Vec<(String, String, String)> = account["movements"]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let entry = &edge["node"];
                (
                    text(&entry["kind"]),
                    text(&entry["number"]),
                    text(&entry["balance"]["amount"]),
                )
            })
            .collect();
        let expected = [
            ("INVOICE_ISSUED", "INV-00001", "-81.00"),
            ("INVOICE_ISSUED", "INV-00002", "-69.10"),
            ("INVOICE_WRITTEN_OFF", "INV-00002", "-81.00"),
        ];
        assert_eq!(
            lines,
            expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
        );
        assert!(told.to_string().contains("we gave up on them"));
        // A contact is told the same of its own, but not what the merchant's people say among themselves.
        let own = ask(
            &node,
            &ana,
            &statement.replace(&format!("customerId: \"{acme}\", "), ""),
        )
        .await;
        let own = own["statement"].clone();
        assert_eq!(own["accounts"][0]["closing"], account["closing"]);
        assert!(!own.to_string().contains("we gave up on them"));
        assert_eq!(ask(&node, &bob, &statement).await["statement"], Value::Null);

        explained(&node, &acme, [&accountant, &ana, &bob], &entries).await;
        aged(&node, &acme, [&accountant, &ana, &bob]).await;
        let (clean, said) = node.run(&["check"]).await;
        assert!(clean, "{said}");
    }
}

async fn explained(node: &Node, acme: &str, [accountant, ana, bob]: [&String; 3], entries: &str) {
    let query = format!(
        "{{ explainBalance(customerId: \"{acme}\") {{ balances {{ outstanding {MONEY} credit {MONEY} balance {MONEY}
           events {{ {entries} }} }} }} }}"
    );
    for token in [accountant, ana] {
        let told = ask(node, token, &query).await["explainBalance"]["balances"][0].clone();
        assert_eq!(told["outstanding"]["amount"], "100.00");
        assert_eq!(told["credit"]["amount"], "181.00");
        assert_eq!(told["balance"]["amount"], "-81.00");
        let events = told["events"]["edges"].as_array().unwrap();
        let kinds: Vec<&str> = events
            .iter()
            .map(|edge| edge["node"]["kind"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "PAYMENT_RECEIVED",
                "INVOICE_ISSUED",
                "INVOICE_ISSUED",
                "PAYMENT_APPLIED",
                "INVOICE_WRITTEN_OFF"
            ]
        );
        assert_eq!(
            events.last().unwrap()["node"]["balance"]["amount"],
            "-81.00"
        );
        assert_eq!(events[0]["node"]["happenedOn"], in_days(-2));
        // By the database's clock, which is not the node's.
        let recorded = events[0]["node"]["recordedAt"].as_str().unwrap();
        let hour_ago = time::OffsetDateTime::now_utc() - time::Duration::hours(1);
        assert!(recorded > &*hour_ago.date().to_string(), "{recorded}");
        assert_eq!(events[0]["node"]["actorRole"], "owner");
        assert_eq!(events[3]["node"]["amount"]["amount"], "0.00");
        assert_eq!(events[3]["node"]["dueChange"]["amount"], "-19.00");
        assert_eq!(events[3]["node"]["invoiceNumber"], "INV-00001");
        // Two at a time it is the same.
        let two = query.replace("events {", "events(first: 2) {");
        let page = ask(node, token, &two).await["explainBalance"]["balances"][0]["events"].clone();
        assert_eq!(page["pageInfo"]["hasNextPage"], true);
        let after = page["pageInfo"]["endCursor"].as_str().unwrap();
        let rest = query.replace("events {", &format!("events(after: \"{after}\") {{"));
        let rest = ask(node, token, &rest).await["explainBalance"]["balances"][0]["events"].clone();
        assert_eq!(rest["edges"].as_array().unwrap().as_slice(), &events[2..]);
    }
    assert_eq!(ask(node, bob, &query).await["explainBalance"], Value::Null);
}

async fn aged(node: &Node, acme: &str, [accountant, ana, bob]: [&String; 3]) {
    let amounts = "currency current { amount } days1To30 { amount } days31To60 { amount } days61To90 { amount }
                   daysOver90 { amount } due { amount } credit { amount }";
    let query = |on: &str| {
        format!(
            "{{ ageing(asOf: \"{on}\") {{ totals {{ {amounts} }} customers {{ edges {{ node {{ customer {{ name }} amounts {{ {amounts} }} }} }} }} }} }}"
        )
    };
    let told = ask(node, accountant, &query(&in_days(31))).await["ageing"].clone();
    assert_eq!(told["totals"][0]["days31To60"]["amount"], "108.33");
    assert_eq!(told["totals"][0]["credit"]["amount"], "181.00");
    let customers = told["customers"]["edges"].as_array().unwrap();
    let names: Vec<&str> = customers
        .iter()
        .map(|edge| edge["node"]["customer"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Acme", "Bolt"]);
    let yesterday = ask(node, accountant, &query(&in_days(-1))).await["ageing"].clone();
    assert_eq!(yesterday["totals"][0]["due"]["amount"], "0.00");
    assert_eq!(yesterday["totals"][0]["credit"]["amount"], "200.00");
    let own = ask(node, ana, &query(&in_days(1))).await["ageing"].clone();
    assert_eq!(own["totals"][0]["days1To30"]["amount"], "100.00");
    assert_eq!(own["customers"]["edges"].as_array().unwrap().len(), 1);
    let of_acme = query(&today()).replace("asOf", &format!("customerId: \"{acme}\", asOf"));
    let none = ask(node, bob, &of_acme).await["ageing"].clone();
    assert_eq!(
        (&none["totals"], &none["customers"]["edges"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn a_preview_is_what_the_draft_becomes() {
    let node = node_on(Engine::Sqlite).await;
    let owner = organisation(&node).await;
    let (acme, ana) = customer(&node, &owner, "Acme").await;
    let priced = "lines { lineId quantity unitPrice amount { amount } } net { amount } tax { amount } total { amount currency }
                  taxes { category percent taxable { amount } amount { amount } }";
    let query = format!(
        "query Q($input: DocumentInput!) {{ previewDocument(input: $input) {{ document {{ {priced} }} userErrors {{ field code }} }} }}"
    );
    let preview = async |token: &str, document: Value| {
        node.graphql(Some(token), &query, json!({ "input": document }), None)
            .await
    };
    let told = preview(&owner, document("99.995")).await.data()["previewDocument"].clone();
    assert_eq!(
        told["document"]["total"],
        json!({ "amount": "119.00", "currency": "EUR" })
    );
    let input = json!({ "customerId": acme, "document": document("99.995") });
    let fields = format!("invoice {{ document {{ {priced} }} }}");
    let drafted = done(
        &node,
        &owner,
        "draftInvoice",
        "DraftInvoiceInput",
        input,
        &fields,
    )
    .await;
    assert_eq!(told["document"], drafted["invoice"]["document"]);
    let told = preview(&owner, document("-1")).await.data()["previewDocument"].clone();
    let refusal =
        json!([{ "field": ["input", "lines", "0", "unitPrice"], "code": "OUT_OF_RANGE" }]);
    assert_eq!(
        (&told["document"], &told["userErrors"]),
        (&Value::Null, &refusal)
    );
    assert_eq!(preview(&ana, document("1")).await.code(), "FORBIDDEN");
}
