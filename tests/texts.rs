//! What people type, over real HTTP and on both engines: every text field of every mutation refuses what hides
//! something, takes what is invisible for nothing, and keeps one-line texts on one line; dates, currencies, cursors and
//! mail addresses within their rules.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use serde_json::{Value, json};
use support::cast::*;
use support::{Node, engines};

/// A mutation with a text field: who sends it, its name, its input without the field, where the field stands, whether
/// it must be given.
struct Field {
    token: String,
    mutation: &'static str,
    input: Value,
    path: &'static str,
    required: bool,
}

impl Field {
    fn with(&self, text: &str) -> Value {
        let mut input = self.input.clone();
        let mut place = &mut input;
        for part in self.path.split('.') {
            place = match part.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[part],
            };
        }
        *place = json!(text);
        input
    }

    async fn refusal(&self, node: &Node, text: &str) -> Value {
        let input = self.with(text);
        let answer = tell(node, &self.token, self.mutation, input, "__typename").await;
        answer["userErrors"][0].clone()
    }

    /// The field as a refusal names it.
    fn named(&self) -> Value {
        let parts = self.path.split('.').map(str::to_owned);
        json!(
            std::iter::once("input".to_owned())
                .chain(parts)
                .collect::<Vec<_>>()
        )
    }
}

async fn fields(node: &Node, cast: &Cast) -> Vec<Field> {
    let (staff, owner, clara) = (&cast.staff, &cast.owner, &cast.clara);
    let customer = &cast.customer;
    let drafting = json!({ "customerId": customer, "document": offer("420", None) });
    let drafted = done(
        node,
        staff,
        "draftEstimate",
        drafting.clone(),
        "estimate { id }",
    )
    .await;
    let estimate = json!({ "estimateId": drafted["estimate"]["id"], "revision": 1 });
    let of_estimate = json!({ "estimateId": drafted["estimate"]["id"] });
    done(
        node,
        staff,
        "offerEstimate",
        of_estimate.clone(),
        "__typename",
    )
    .await;
    let invoice = json!({ "invoiceId": billed(node, cast, customer).await });
    let money =
        json!({ "customerId": customer, "amount": "10", "currency": "EUR", "method": "CASH" });
    let paid = done(
        node,
        staff,
        "recordPayment",
        money.clone(),
        "payment { id }",
    )
    .await;
    let refund = json!({ "paymentId": paid["payment"]["id"], "byHand": true });
    let credit = json!({ "customerId": customer, "document": offer("1", None) });
    let contacts = ask(
        node,
        staff,
        &format!("{{ customer(id: \"{customer}\") {{ contacts {{ id }} }} }}"),
    )
    .await;
    let contact = json!({ "name": "Ann", "email": "ann@example.com", "phone": "1" });
    let address = json!({ "street": "Kai 1", "city": "Hamburg", "country": "de" });
    let registering =
        json!({ "name": "Acme", "currency": "EUR", "contact": contact, "billingAddress": address });
    let details = json!({ "customerId": customer, "name": "Acme", "language": "en" });
    let plan = json!({ "details": { "name": "Plus", "price": "10", "currency": "EUR",
                                    "interval": { "unit": "MONTH", "count": 1 } } });
    let organisation = json!({ "name": "Harbour", "currency": "EUR", "address": address, "bank": { "holder": "H", "accountNumber": "1" } });
    let rate = json!({ "taxRates": [{ "name": "Full", "category": "STANDARD", "percent": "19" }] });
    let with_contact = |id: Option<&Value>| {
        let mut input = json!({ "customerId": customer, "contact": contact });
        if let Some(id) = id {
            input["contactId"] = id.clone();
        }
        input
    };
    let updated = with_contact(Some(&contacts["customer"]["contacts"][0]["id"]));
    let company = json!({ "name": "Acme", "language": "en" });
    let addresses = json!({ "billingAddress": address });
    let mut of_customer = addresses.clone();
    of_customer["customerId"] = json!(customer);
    let mail = json!({ "subject": "Hello", "message": "There" });
    let to_one = json!(["bob@example.com"]);
    let forward = |of: &Value| {
        let mut input = of.clone();
        input["recipients"] = to_one.clone();
        input
    };
    let all: [(&str, &'static str, &Value, &'static [(&'static str, bool)]); 28] = [
        (
            staff,
            "registerCustomer",
            &registering,
            &[
                ("name", true),
                ("email", false),
                ("phone", false),
                ("taxId", false),
                ("language", true),
                ("contact.name", true),
                ("contact.email", true),
                ("contact.phone", false),
                ("billingAddress.street", true),
                ("billingAddress.city", true),
                ("billingAddress.postalCode", false),
                ("billingAddress.region", false),
            ],
        ),
        (
            staff,
            "updateCustomerDetails",
            &details,
            &[("name", true), ("email", false), ("phone", false)],
        ),
        (
            staff,
            "updateCustomerAddresses",
            &of_customer,
            &[("billingAddress.street", true)],
        ),
        (
            staff,
            "addContact",
            &with_contact(None),
            &[("contact.name", true), ("contact.email", true)],
        ),
        (
            staff,
            "updateContact",
            &updated,
            &[("contact.name", true), ("contact.phone", false)],
        ),
        (
            staff,
            "draftEstimate",
            &drafting,
            &[
                ("document.lines.0.description", true),
                ("document.notes", false),
                ("document.terms", false),
            ],
        ),
        (
            staff,
            "draftInvoice",
            &drafting,
            &[
                ("document.lines.1.description", true),
                ("document.notes", false),
            ],
        ),
        (
            staff,
            "draftCreditNote",
            &credit,
            &[
                ("document.lines.0.description", true),
                ("document.terms", false),
            ],
        ),
        (clara, "acceptEstimate", &estimate, &[("name", true)]),
        (
            clara,
            "declineEstimate",
            &json!({ "estimateId": estimate["estimateId"], "revision": 1, "reason": "No" }),
            &[("reason", true), ("wouldAccept", false)],
        ),
        (clara, "commentOnEstimate", &of_estimate, &[("text", true)]),
        (staff, "withdrawEstimate", &of_estimate, &[("reason", true)]),
        (
            staff,
            "forwardEstimate",
            &forward(&of_estimate),
            &[("message", false), ("recipients.0", true)],
        ),
        (
            clara,
            "forwardInvoice",
            &forward(&invoice),
            &[("message", false), ("recipients.0", true)],
        ),
        (staff, "voidInvoice", &invoice, &[("reason", true)]),
        (staff, "writeOffInvoice", &invoice, &[("reason", true)]),
        (clara, "disputeInvoice", &invoice, &[("reason", true)]),
        (staff, "waiveLateFees", &invoice, &[("reason", true)]),
        (staff, "recordPayment", &money, &[("reference", false)]),
        (staff, "refundPayment", &refund, &[("reason", true)]),
        (
            staff,
            "createPlan",
            &plan,
            &[
                ("details.name", true),
                ("details.description", false),
                ("details.terms", false),
            ],
        ),
        (
            owner,
            "saveOrganisation",
            &organisation,
            &[
                ("name", true),
                ("email", false),
                ("phone", false),
                ("taxId", false),
                ("website", false),
                ("bank.holder", true),
                ("bank.bankName", false),
                ("bank.accountNumber", true),
                ("address.city", true),
            ],
        ),
        (
            owner,
            "updateSettings",
            &rate,
            &[
                ("banner", false),
                ("taxRates.0.name", true),
                ("timeZone", true),
            ],
        ),
        (
            clara,
            "mailMerchant",
            &mail,
            &[("subject", true), ("message", true)],
        ),
        (
            clara,
            "reviewMerchant",
            &json!({ "rating": 5 }),
            &[("text", false)],
        ),
        (
            clara,
            "updateMyDetails",
            &json!({ "name": "Clara" }),
            &[("name", true), ("phone", false)],
        ),
        (
            clara,
            "updateCompanyDetails",
            &company,
            &[("name", true), ("taxId", false)],
        ),
        (
            clara,
            "updateAddresses",
            &addresses,
            &[("billingAddress.city", true)],
        ),
    ];
    all.into_iter()
        .flat_map(|(token, mutation, input, paths)| {
            paths.iter().map(move |(path, required)| Field {
                token: token.to_owned(),
                mutation,
                input: input.clone(),
                path: *path,
                required: *required,
            })
        })
        .collect()
}

#[tokio::test]
async fn every_text_of_every_mutation_refuses_what_hides_something() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let mut wrong = vec![];
        for field in fields(&node, &cast).await {
            let name = format!("{} {}", field.mutation, field.path);
            for (text, code) in [
                ("Elm\u{202E}dtL", "DIRECTION_CONTROL"),
                ("Elm\u{2067}Ltd", "DIRECTION_CONTROL"),
                ("Elm\u{E000}", "NOT_A_CHARACTER"),
                ("Elm\u{E0041}", "NOT_A_CHARACTER"),
                ("Elm\u{378}", "NOT_A_CHARACTER"),
                ("Elm\u{1B}[2J", "CONTROL_CHARACTER"),
            ] {
                let refusal = field.refusal(&node, text).await;
                if refusal["code"] != code || refusal["field"] != field.named() {
                    wrong.push(format!("{name} {text:?}: {refusal}"));
                }
            }
            if !field.required {
                continue;
            }
            for text in [
                "\u{200B}",
                "\u{200B}\u{2060}\u{FEFF}",
                "\u{3164}",
                "\u{2800}",
                "\u{AD}\r\n",
            ] {
                let refusal = field.refusal(&node, text).await;
                if refusal["code"] != "REQUIRED" {
                    wrong.push(format!("{name} {text:?}: {refusal}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{engine:?}:\n{}", wrong.join("\n"));
        let cards = ask(
            &node,
            &cast.staff,
            "{ outbox { edges { node { recipient } } } }",
        )
        .await;
        assert!(!cards.to_string().contains("bob@example.com"), "{cards}");
    }
}

#[tokio::test]
async fn texts_are_kept_in_their_normal_form_and_found_by_it() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let mail = json!({ "subject": "x\r\nBcc: eve@example.com", "message": "a\r\nb\u{200B}" });
        done(&node, &cast.clara, "mailMerchant", mail, "__typename").await;
        let kept = ask(
            &node,
            &cast.staff,
            "{ messages { edges { node { subject message } } } }",
        )
        .await;
        let expected = json!({ "subject": "x Bcc: eve@example.com", "message": "a\nb" });
        assert_eq!(kept["messages"]["edges"][0]["node"], expected);
        let outbox = ask(
            &node,
            &cast.staff,
            "{ outbox { edges { node { subject } } } }",
        )
        .await;
        assert!(!outbox.to_string().contains("\\r"), "{outbox}");

        let input = json!({ "name": " Mu\u{308}ller\u{200B}\t &\r\nSöhne ", "currency": "EUR" });
        let fields = "customer { id name }";
        let customer = done(&node, &cast.staff, "registerCustomer", input, fields).await;
        assert_eq!(customer["customer"]["name"], "Müller & Söhne");
        let mut document = offer("1", None);
        document["notes"] = json!("ΟΔΥΣΣΕΥΣ, Straße");
        let input = json!({ "customerId": customer["customer"]["id"], "document": document });
        let drafted = done(&node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
        let id = drafted["invoice"]["id"].clone();
        done(
            &node,
            &cast.staff,
            "issueInvoice",
            json!({ "invoiceId": id }),
            "__typename",
        )
        .await;
        for name in ["MÜ", "mu\u{308}", "müller &  s", "MÜLLER & SÖHNE"] {
            let found = ask(
                &node,
                &cast.staff,
                &format!("{{ customers(text: {name:?}) {{ totalCount }} }}"),
            )
            .await;
            assert_eq!(found["customers"]["totalCount"], 1, "{name}");
        }
        for filter in [
            "text: \"MÜLLER\"",
            "text: \"οδυσσευς\"",
            "text: \"STRASSE\"",
            "number: \"inv-0\"",
            "number: \"INV\"",
        ] {
            let query =
                format!("{{ invoices(filter: {{ {filter} }}) {{ edges {{ node {{ id }} }} }} }}");
            let found = ask(&node, &cast.staff, &query).await;
            assert_eq!(
                found["invoices"]["edges"],
                json!([{ "node": { "id": id } }]),
                "{filter}"
            );
        }
    }
}

#[tokio::test]
async fn dates_and_currencies_keep_within_their_rules() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let (staff, customer) = (&cast.staff, &cast.customer);
        let settings = json!({ "currencies": ["EUR"] });
        done(&node, &cast.owner, "updateSettings", settings, "__typename").await;
        let code = async |mutation, input| refused(&node, staff, mutation, input).await;
        let money = |currency: &str, day: &str| json!({ "customerId": customer, "amount": "10", "currency": currency, "method": "CASH", "receivedOn": day });
        assert_eq!(
            code("recordPayment", money("EUR", "0001-01-01")).await,
            "TOO_EARLY"
        );
        assert_eq!(
            code("recordPayment", money("EUR", "9999-12-31")).await,
            "TOO_LATE"
        );
        assert_eq!(
            code("recordPayment", money("CHF", "2024-01-31")).await,
            "CURRENCY_NOT_BILLED"
        );
        let input = json!({ "customerId": customer, "document": offer("10", None) });
        let drafted = done(
            &node,
            staff,
            "draftInvoice",
            input.clone(),
            "invoice { id }",
        )
        .await;
        let mut invoice = json!({ "invoiceId": drafted["invoice"]["id"], "dueDate": "9999-12-31" });
        assert_eq!(code("issueInvoice", invoice.clone()).await, "TOO_LATE");
        invoice["dueDate"] = json!("0001-01-01");
        assert_eq!(code("issueInvoice", invoice.clone()).await, "TOO_EARLY");
        let drafted = done(&node, staff, "draftEstimate", input, "estimate { id }").await;
        let estimate =
            json!({ "estimateId": drafted["estimate"]["id"], "validUntil": "9999-12-31" });
        assert_eq!(code("offerEstimate", estimate).await, "TOO_LATE");
        let plan = |currency: &str| {
            json!({ "details": { "name": "Plus", "price": "10", "currency": currency,
                                 "interval": { "unit": "MONTH", "count": 1 } } })
        };
        assert_eq!(code("createPlan", plan("USD")).await, "CURRENCY_NOT_BILLED");
        let plan =
            done(&node, staff, "createPlan", plan("EUR"), "plan { id }").await["plan"].clone();
        let start = |key: &str, day: &str| json!({ "customerId": customer, "planId": plan["id"], "collection": "OFFLINE", key: day });
        assert_eq!(
            code("startSubscription", start("start", "0001-01-01")).await,
            "TOO_EARLY"
        );
        assert_eq!(
            code("startSubscription", start("start", "9999-12-31")).await,
            "TOO_LATE"
        );
        assert_eq!(
            code("startSubscription", start("endsBefore", "9999-12-31")).await,
            "TOO_LATE"
        );
        let mut document = offer("10", None);
        document["currency"] = json!("USD");
        let input = json!({ "customerId": customer, "document": document });
        for mutation in ["draftEstimate", "draftInvoice", "draftCreditNote"] {
            assert_eq!(
                code(mutation, input.clone()).await,
                "CURRENCY_NOT_BILLED",
                "{mutation}"
            );
        }
        let query = "query($input: DocumentInput!) { previewDocument(input: $input) { userErrors { code field } } }";
        let preview = node
            .graphql(Some(staff), query, json!({ "input": document }), None)
            .await;
        let refusal = json!([{ "code": "CURRENCY_NOT_BILLED", "field": ["input", "currency"] }]);
        assert_eq!(preview.data()["previewDocument"]["userErrors"], refusal);
        let input = json!({ "name": "Acme", "currency": "USD" });
        assert_eq!(code("registerCustomer", input).await, "CURRENCY_NOT_BILLED");

        // A plan in a currency that is billed, but not to this customer; then in one that is billed no more.
        let both = json!({ "currencies": ["EUR", "GBP"] });
        done(&node, &cast.owner, "updateSettings", both, "__typename").await;
        let plus = json!({ "details": { "name": "Plus", "price": "10", "currency": "GBP",
                                        "interval": { "unit": "MONTH", "count": 1 } } });
        let plan =
            done(&node, staff, "createPlan", plus, "plan { id }").await["plan"]["id"].clone();
        let start = json!({ "customerId": customer, "planId": plan, "collection": "OFFLINE" });
        assert_eq!(
            code("startSubscription", start.clone()).await,
            "WRONG_CURRENCY"
        );
        let one = json!({ "currencies": ["EUR"] });
        done(&node, &cast.owner, "updateSettings", one, "__typename").await;
        assert_eq!(
            code("startSubscription", start).await,
            "CURRENCY_NOT_BILLED"
        );
    }
}

#[tokio::test]
async fn lists_take_only_cursors_of_their_own_and_credit_notes_no_empty_list() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let invoice = billed(&node, &cast, &cast.customer).await;
        let cursor = async |list: &str| {
            let query = format!("{{ answer: {list} {{ edges {{ cursor }} }} }}");
            let found = ask(&node, &cast.staff, &query).await;
            found["answer"]["edges"][0]["cursor"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let by_number = cursor("invoices(sort: NUMBER, first: 1)").await;
        let by_date = cursor("invoices(first: 1)").await;
        let by_name = cursor("customers(first: 1)").await;
        for (list, foreign, own) in [
            (
                "invoices(sort: NUMBER, after: $after)",
                &by_date,
                &by_number,
            ),
            (
                "invoices(sort: TOTAL, after: $after)",
                &by_number,
                &cursor("invoices(sort: TOTAL, first: 1)").await,
            ),
            ("invoices(after: $after)", &by_name, &by_date),
            ("customers(after: $after)", &by_number, &by_name),
            ("outbox(after: $after)", &by_number, &String::new()),
        ] {
            let query =
                format!("query($after: String) {{ answer: {list} {{ edges {{ cursor }} }} }}");
            let ask = async |after: &str| {
                node.graphql(Some(&cast.staff), &query, json!({ "after": after }), None)
                    .await
            };
            assert_eq!(ask(foreign).await.code(), "BAD_INPUT", "{list}");
            if !own.is_empty() {
                assert!(ask(own).await.json().get("errors").is_none(), "{list}");
            }
        }
        let input = json!({ "invoiceId": invoice, "lines": [] });
        assert_eq!(
            refused(&node, &cast.staff, "draftCreditNote", input).await,
            "BAD_COUNT"
        );
        let series = |prefix: &str| json!({ "prefix": prefix, "digits": 5, "yearly": false });
        let input = json!({ "series": { "estimates": series("EST"), "invoices": series("INV"),
                                        "creditNotes": series("pay"), "payments": series("PAY") } });
        assert_eq!(
            refused(&node, &cast.owner, "updateSettings", input).await,
            "DUPLICATE"
        );
        for email in ["bas@ba$.example", "a..b@example.com", "a@1.2.3.4"] {
            let contact = json!({ "name": "Ann", "email": email });
            let input = json!({ "customerId": cast.customer, "contact": contact });
            assert_eq!(
                refused(&node, &cast.staff, "addContact", input).await,
                "NOT_AN_EMAIL",
                "{email}"
            );
        }
    }
}
