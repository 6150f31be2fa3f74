//! Credit notes over real HTTP and on both engines: made by staff, given to invoices, refunded, voided; seen by their
//! customers and by nobody else's.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Answer, Node, engines};
use uuid::Uuid;

/// What is asked of a credit note after each change.
const NOTE: &str =
    "creditNote { id version number status total { amount } applied { amount } refunded { amount }
                    unapplied { amount } } invoice { status due { amount } settled { amount } }";

/// Everybody who takes part, signed in.
struct Cast {
    staff: String,
    accountant: String,
    clara: String,
    stranger: String,
    customer: String,
    other_customer: String,
}

async fn send(node: &Node, token: &str, key: &str, field: &str, input: &Value) -> Answer {
    let (kind, fields) = match field {
        "saveOrganisation" => ("OrganisationInput", "organisation { version }"),
        "registerCustomer" => (
            "RegisterCustomerInput",
            "customer { id contacts { id email } }",
        ),
        "draftInvoice" => ("DraftInvoiceInput", "invoice { id }"),
        "issueInvoice" => ("IssueInvoiceInput", "invoice { id status }"),
        "voidInvoice" | "writeOffInvoice" | "reverseWriteOff" => {
            ("InvoiceReasonInput", "invoice { status }")
        }
        "recordPayment" => ("RecordPaymentInput", "payment { id number }"),
        "draftCreditNote" => ("DraftCreditNoteInput", NOTE),
        "reviseCreditNote" => ("ReviseCreditNoteInput", NOTE),
        "issueCreditNote" | "discardCreditNote" => ("CreditNoteDraftInput", NOTE),
        "allocateCreditNote" => ("AllocateCreditNoteInput", NOTE),
        "deallocateCreditNote" => ("DeallocateCreditNoteInput", NOTE),
        "refundCreditNote" => ("RefundCreditNoteInput", NOTE),
        "voidCreditNote" => ("VoidCreditNoteInput", NOTE),
        other => panic!("{other}?"),
    };
    let query = format!(
        "mutation M($input: {kind}!) {{ answer: {field}(input: $input) {{ {fields} userErrors {{ field code message }} }} }}"
    );
    node.graphql(Some(token), &query, json!({ "input": input }), Some(key))
        .await
}

async fn done(node: &Node, token: &str, field: &str, input: Value) -> Value {
    let key = Uuid::now_v7().to_string();
    let answer = send(node, token, &key, field, &input).await;
    let answer = answer.data()["answer"].clone();
    assert_eq!(answer["userErrors"], json!([]), "{field}");
    answer
}

/// The code of the refusal, and the field it names.
async fn refused(node: &Node, token: &str, field: &str, input: Value) -> (String, String) {
    let key = Uuid::now_v7().to_string();
    let answer = send(node, token, &key, field, &input).await.data()["answer"].clone();
    let error = &answer["userErrors"][0];
    let code = error["code"].as_str();
    let code = code.unwrap_or_else(|| panic!("{field} was not refused: {answer}"));
    (code.to_owned(), place_of(error))
}

/// The field that a refusal names.
fn place_of(error: &Value) -> String {
    let path = error["field"].as_array().expect("a field").iter();
    path.map(text).collect::<Vec<_>>().join(".")
}

async fn ask(node: &Node, token: &str, query: &str) -> Value {
    let answer = node.graphql(Some(token), query, json!({}), None).await;
    answer.data()
}

async fn cast(node: &Node) -> Cast {
    let owner = node.signed_in("owner").await;
    let address = json!({ "street": "Kai 1", "city": "Hamburg", "country": "de" });
    let input = json!({ "name": "Harbour & Finch", "currency": "EUR", "address": address });
    done(node, &owner, "saveOrganisation", input).await;
    let staff = node.signed_in("staff").await;
    let mut people = vec![];
    for (name, email) in [
        ("Nordwind", "clara@nordwind.example"),
        ("Stranger", "eve@stranger.example"),
    ] {
        let contact = json!({ "name": email, "email": email });
        let input = json!({ "name": name, "currency": "EUR", "billingAddress": address, "contact": contact });
        let customer = done(node, &staff, "registerCustomer", input).await["customer"].clone();
        let id = |value: &Value| value.as_str().unwrap().parse().unwrap();
        node.contact(
            email,
            id(&customer["id"]),
            id(&customer["contacts"][0]["id"]),
        )
        .await;
        people.push((node.sign_in(email).await, text(&customer["id"])));
    }
    let (stranger, other_customer) = people.pop().unwrap();
    let (clara, customer) = people.pop().unwrap();
    Cast {
        accountant: node.signed_in("accountant").await,
        staff,
        clara,
        stranger,
        customer,
        other_customer,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn line(description: &str, quantity: &str, price: &str) -> Value {
    let tax = json!({ "category": "STANDARD", "percent": "20" });
    json!({ "description": description, "quantity": quantity, "unitPrice": price, "tax": tax })
}

fn document(lines: &[Value]) -> Value {
    json!({ "currency": "EUR", "lines": lines })
}

/// An issued invoice over these lines, 20 % of tax on them.
async fn invoice(node: &Node, cast: &Cast, customer: &str, lines: &[Value]) -> String {
    let input = json!({ "customerId": customer, "document": document(lines) });
    let drafted = done(node, &cast.staff, "draftInvoice", input).await;
    let id = text(&drafted["invoice"]["id"]);
    done(
        node,
        &cast.staff,
        "issueInvoice",
        json!({ "invoiceId": id }),
    )
    .await;
    id
}

/// An issued credit note over that much before tax.
async fn credit_note(node: &Node, cast: &Cast, customer: &str, net: &str) -> String {
    let document = document(&[line("Goodwill", "1", net)]);
    let input = json!({ "customerId": customer, "document": document });
    let drafted = done(node, &cast.staff, "draftCreditNote", input).await;
    let id = text(&drafted["creditNote"]["id"]);
    done(
        node,
        &cast.staff,
        "issueCreditNote",
        json!({ "creditNoteId": id }),
    )
    .await;
    id
}

fn to(note: &str, invoice: &str, amount: Option<&str>) -> Value {
    json!({ "creditNoteId": note, "invoiceId": invoice, "amount": amount })
}

/// What is outstanding and credited.
async fn sums(node: &Node, token: &str, customer: &str) -> (String, String) {
    let query = format!(
        "{{ customer(id: \"{customer}\") {{ balances {{ outstanding {{ amount }} credit {{ amount }} }} }} }}"
    );
    let balance = ask(node, token, &query).await["customer"]["balances"][0].clone();
    (
        text(&balance["outstanding"]["amount"]),
        text(&balance["credit"]["amount"]),
    )
}

/// The same where nothing happens meanwhile, and that the parts of the credit, which are read after it, add up to it.
async fn balance(node: &Node, token: &str, customer: &str) -> (String, String) {
    let (outstanding, credit) = sums(node, token, customer).await;
    let query = format!(
        "{{ customer(id: \"{customer}\") {{
           credit {{ amount {{ amount }} payment {{ number }} creditNote {{ number }} number }} }} }}"
    );
    let customer = ask(node, token, &query).await["customer"].clone();
    let parts = customer["credit"].as_array().unwrap();
    let cents = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
    let sum: i64 = parts
        .iter()
        .map(|part| cents(&text(&part["amount"]["amount"])))
        .sum();
    assert_eq!(sum, cents(&credit), "{customer}");
    for part in parts {
        let named = [&part["payment"], &part["creditNote"]];
        let numbers: Vec<&Value> = named
            .iter()
            .filter(|by| !by.is_null())
            .map(|by| &by["number"])
            .collect();
        assert_eq!(numbers, [&part["number"]], "{part}");
    }
    (outstanding, credit)
}

/// Waits until a node shows the credit note issued.
async fn eventually(node: &Node, token: &str, note: &str) {
    let query = format!("{{ creditNote(id: \"{note}\") {{ number }} }}");
    for _ in 0..200 {
        if ask(node, token, &query).await["creditNote"]["number"] != Value::Null {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{note} is not shown");
}

async fn check_is_clean(node: &Node) {
    let (clean, said) = node.run(&["check"]).await;
    assert!(clean, "{said}");
}

#[tokio::test]
async fn an_invoice_is_credited_for_what_it_says_at_most() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let bill = invoice(&node, &cast, &cast.customer, &[line("Hours", "3", "50")]).await;
        let credit = |quantity: &str| json!({ "invoiceId": bill, "lines": [{ "lineId": 1, "quantity": quantity }] });
        let mut drafts = vec![];
        for quantity in ["2", "2", "1"] {
            let drafted = done(&node, &cast.staff, "draftCreditNote", credit(quantity)).await;
            drafts.push(json!({ "creditNoteId": drafted["creditNote"]["id"] }));
        }
        done(&node, &cast.staff, "issueCreditNote", drafts[0].clone()).await;
        // What is left is 60 euros: neither a draft of before nor a new one may be over more.
        let refusal = async |field: &str, input: Value| {
            let key = Uuid::now_v7().to_string();
            let answer = send(&node, &cast.staff, &key, field, &input).await.data();
            answer["answer"]["userErrors"][0].clone()
        };
        let refused = refusal("issueCreditNote", drafts[1].clone()).await;
        assert_eq!(refused["code"], "EXCEEDS_INVOICE");
        assert_eq!(
            refused["message"],
            "only 60.00 EUR of the invoice is not credited yet"
        );
        let refused = refusal("draftCreditNote", credit("1.01")).await;
        assert_eq!(refused["code"], "EXCEEDS_INVOICE");
        let preview = "query($input: DraftCreditNoteInput!) { previewCreditNote(input: $input) {
            document { total { amount } } userErrors { code } } }";
        for (quantity, total, codes) in [
            ("1.01", Value::Null, json!([{ "code": "EXCEEDS_INVOICE" }])),
            ("1", json!({ "total": { "amount": "60.00" } }), json!([])),
        ] {
            let input = json!({ "input": credit(quantity) });
            let answer = node.graphql(Some(&cast.staff), preview, input, None).await;
            let previewed = &answer.data()["previewCreditNote"];
            assert_eq!(
                (&previewed["document"], &previewed["userErrors"]),
                (&total, &codes)
            );
        }
        done(&node, &cast.staff, "issueCreditNote", drafts[2].clone()).await;
        let refused = refusal("draftCreditNote", credit("0.01")).await;
        assert_eq!(refused["code"], "EXCEEDS_INVOICE");
        let dollars = json!({ "currency": "USD", "lines": [line("Goodwill", "1", "10")] });
        let refused = refusal(
            "draftCreditNote",
            json!({ "invoiceId": bill, "document": dollars }),
        )
        .await;
        assert_eq!(
            (&refused["code"], place_of(&refused).as_str()),
            (&json!("WRONG_CURRENCY"), "input.document.currency")
        );
        // What is voided was not credited.
        let back = json!({ "creditNoteId": drafts[2]["creditNoteId"], "invoiceId": bill, "reason": "By mistake." });
        done(&node, &cast.staff, "deallocateCreditNote", back).await;
        let void = json!({ "creditNoteId": drafts[2]["creditNoteId"], "reason": "By mistake." });
        done(&node, &cast.staff, "voidCreditNote", void).await;
        done(&node, &cast.staff, "draftCreditNote", credit("1")).await;
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_credit_note_corrects_an_invoice_and_settles_others() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let lines = [line("Hours", "3", "50"), line("Stamps", "10", "1")];
        let first = invoice(&node, &cast, &cast.customer, &lines).await;
        let second = invoice(&node, &cast, &cast.customer, &lines[1..]).await;

        let input = json!({ "invoiceId": first, "lines": [{ "lineId": 1, "quantity": "2" }], "notes": "Two hours were travel." });
        let drafted =
            done(&node, &cast.staff, "draftCreditNote", input).await["creditNote"].clone();
        assert_eq!(
            (&drafted["status"], &drafted["number"]),
            (&json!("DRAFT"), &Value::Null)
        );
        assert_eq!(drafted["total"]["amount"], "120.00");
        let note = text(&drafted["id"]);
        assert_eq!(
            balance(&node, &cast.staff, &cast.customer).await,
            ("204.00".into(), "0.00".into())
        );
        let issued = done(
            &node,
            &cast.staff,
            "issueCreditNote",
            json!({ "creditNoteId": note }),
        )
        .await;
        assert_eq!(issued["creditNote"]["number"], "CN-00001");
        // It is applied to what it corrects.
        assert_eq!(issued["creditNote"]["status"], "CLOSED");
        assert_eq!(
            balance(&node, &cast.clara, &cast.customer).await,
            ("84.00".into(), "0.00".into())
        );
        let back =
            json!({ "creditNoteId": note, "invoiceId": first, "reason": "Meant for others too." });
        done(&node, &cast.staff, "deallocateCreditNote", back).await;
        assert_eq!(
            balance(&node, &cast.clara, &cast.customer).await,
            ("204.00".into(), "120.00".into())
        );

        let to_second = done(
            &node,
            &cast.staff,
            "allocateCreditNote",
            to(&note, &second, None),
        )
        .await;
        assert_eq!(
            to_second["invoice"],
            json!({ "status": "PAID", "due": { "amount": "0.00" }, "settled": { "amount": "12.00" } })
        );
        let to_first = done(
            &node,
            &cast.staff,
            "allocateCreditNote",
            to(&note, &first, Some("100")),
        )
        .await;
        assert_eq!(to_first["invoice"]["due"]["amount"], "92.00");
        assert_eq!(to_first["creditNote"]["unapplied"]["amount"], "8.00");
        let more = to(&note, &first, Some("8.01"));
        assert_eq!(
            refused(&node, &cast.staff, "allocateCreditNote", more)
                .await
                .0,
            "EXCEEDS_UNAPPLIED"
        );
        assert_eq!(
            balance(&node, &cast.clara, &cast.customer).await,
            ("92.00".into(), "8.00".into())
        );

        what_the_customer_sees(&node, &cast, [&note, &first, &second]).await;
        taken_back_and_refunded(&node, &cast, &note, &first).await;
        check_is_clean(&node).await;
    }
}

/// The customer sees its credit note, what it corrects and settles, and its history; others see nothing.
async fn what_the_customer_sees(node: &Node, cast: &Cast, [note, first, second]: [&str; 3]) {
    let query = format!(
        "{{ creditNote(id: \"{note}\") {{ number seller {{ name }} buyer {{ name }} invoice {{ id }}
             document {{ notes lines {{ description quantity }} }}
             allocations {{ applied amount {{ amount }} invoice {{ id }} creditNote {{ id }} payment {{ id }} }} }}
           invoice(id: \"{first}\") {{ creditNotes {{ id }} allocations {{ amount {{ amount }} creditNote {{ number }} payment {{ id }} }} }}
           other: invoice(id: \"{second}\") {{ creditNotes {{ id }} }}
           creditNotes(filter: {{ status: [OPEN], number: \"CN\" }}) {{ totalCount edges {{ node {{ id }} }} }}
           history(of: \"{note}\") {{ subjectType event number }} }}"
    );
    let seen = ask(node, &cast.clara, &query).await;
    let shown = &seen["creditNote"];
    assert_eq!(shown["seller"]["name"], "Harbour & Finch");
    assert_eq!(shown["buyer"]["name"], "Nordwind");
    assert_eq!(shown["invoice"]["id"], *first);
    let line = json!([{ "description": "Hours", "quantity": "2" }]);
    assert_eq!(
        shown["document"],
        json!({ "notes": "Two hours were travel.", "lines": line })
    );
    assert_eq!(shown["allocations"].as_array().unwrap().len(), 2);
    assert_eq!(shown["allocations"][0]["creditNote"]["id"], *note);
    assert_eq!(shown["allocations"][0]["payment"], Value::Null);
    assert_eq!(seen["invoice"]["creditNotes"], json!([{ "id": note }]));
    let allocation = json!([{ "amount": { "amount": "100.00" }, "creditNote": { "number": "CN-00001" }, "payment": null }]);
    assert_eq!(seen["invoice"]["allocations"], allocation);
    assert_eq!(seen["other"]["creditNotes"], json!([]));
    assert_eq!(seen["creditNotes"]["totalCount"], 1);
    let issued = json!([{ "subjectType": "CREDIT_NOTE", "event": "CreditNoteIssued", "number": "CN-00001" }]);
    assert_eq!(
        seen["history"], issued,
        "what staff do to a draft, and allocations, are internal"
    );

    let hidden = ask(node, &cast.stranger, &query).await;
    assert_eq!(hidden["creditNote"], Value::Null);
    assert_eq!(
        hidden["creditNotes"],
        json!({ "totalCount": 0, "edges": [] })
    );
    assert_eq!(hidden["history"], json!([]));
    let own = format!(
        "{{ customer(id: \"{}\") {{ credit {{ number }} }} }}",
        cast.customer
    );
    assert_eq!(
        ask(node, &cast.stranger, &own).await["customer"],
        Value::Null
    );
    let read = ask(node, &cast.accountant, &query).await;
    assert_eq!(read["creditNote"]["number"], "CN-00001");
}

async fn taken_back_and_refunded(node: &Node, cast: &Cast, note: &str, invoice: &str) {
    let refund = |amount: Option<&str>| json!({ "creditNoteId": note, "amount": amount, "reason": "By transfer." });
    let void = json!({ "creditNoteId": note, "reason": "A slip." });
    assert_eq!(
        refused(node, &cast.staff, "voidCreditNote", void.clone())
            .await
            .0,
        "CREDIT_USED"
    );
    assert_eq!(
        refused(node, &cast.staff, "refundCreditNote", refund(Some("8.01")))
            .await
            .0,
        "EXCEEDS_UNAPPLIED"
    );
    let back =
        json!({ "creditNoteId": note, "invoiceId": invoice, "reason": "Meant for the next one." });
    let taken = done(node, &cast.staff, "deallocateCreditNote", back.clone()).await;
    assert_eq!(taken["invoice"]["due"]["amount"], "192.00");
    assert_eq!(taken["creditNote"]["unapplied"]["amount"], "108.00");
    done(node, &cast.staff, "deallocateCreditNote", back).await; // Again changes nothing.
    let part = done(node, &cast.staff, "refundCreditNote", refund(Some("8"))).await;
    assert_eq!(part["creditNote"]["refunded"]["amount"], "8.00");
    assert_eq!(
        balance(node, &cast.clara, &cast.customer).await,
        ("192.00".into(), "100.00".into())
    );
    let again = done(
        node,
        &cast.staff,
        "allocateCreditNote",
        to(note, invoice, Some("60")),
    )
    .await;
    assert_eq!(again["invoice"]["due"]["amount"], "132.00");
    let rest = done(node, &cast.staff, "refundCreditNote", refund(None)).await;
    assert_eq!(rest["creditNote"]["status"], "CLOSED");
    assert_eq!(
        refused(node, &cast.staff, "voidCreditNote", void).await.0,
        "CREDIT_USED"
    );
    let voided = json!({ "invoiceId": invoice, "reason": "A slip." });
    assert_eq!(
        refused(node, &cast.staff, "voidInvoice", voided).await.0,
        "CREDITED"
    );
    tokio::time::sleep(Duration::from_millis(300)).await; // The process has seen it all by now, and undone nothing.
    assert_eq!(
        balance(node, &cast.clara, &cast.customer).await,
        ("132.00".into(), "0.00".into())
    );
}

#[tokio::test]
async fn a_draft_is_staffs_own_until_it_is_issued_and_what_is_voided_is_no_credit() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let input = json!({ "customerId": cast.customer, "document": document(&[line("Goodwill", "1", "10")]) });
    let drafted =
        done(&node, &cast.staff, "draftCreditNote", input.clone()).await["creditNote"].clone();
    let id = text(&drafted["id"]);
    let seen = |token: &str| {
        let (node, query) = (
            &node,
            format!(
                "{{ creditNote(id: \"{id}\") {{ status voidedReason }} history(of: \"{id}\") {{ event }} }}"
            ),
        );
        let token = token.to_owned();
        async move { ask(node, &token, &query).await }
    };
    assert_eq!(
        seen(&cast.clara).await,
        json!({ "creditNote": null, "history": [] })
    );
    let revise = |version: u64, price: &str| {
        let document = document(&[line("Goodwill", "1", price)]);
        json!({ "creditNoteId": id, "expectedVersion": version, "document": document })
    };
    let revised = done(&node, &cast.staff, "reviseCreditNote", revise(1, "20")).await;
    assert_eq!(revised["creditNote"]["total"]["amount"], "24.00");
    let key = Uuid::now_v7().to_string();
    let stale = send(
        &node,
        &cast.staff,
        &key,
        "reviseCreditNote",
        &revise(1, "30"),
    )
    .await;
    assert_eq!(stale.code(), "CONFLICT");
    let wrong = refused(&node, &cast.staff, "reviseCreditNote", revise(2, "-1")).await;
    assert_eq!(
        wrong,
        (
            "OUT_OF_RANGE".to_owned(),
            "input.document.lines.0.unitPrice".to_owned()
        )
    );

    done(
        &node,
        &cast.staff,
        "issueCreditNote",
        json!({ "creditNoteId": id }),
    )
    .await;
    assert_eq!(seen(&cast.clara).await["creditNote"]["status"], "OPEN");
    assert_eq!(
        refused(&node, &cast.staff, "reviseCreditNote", revise(3, "30"))
            .await
            .0,
        "ALREADY_ISSUED"
    );
    let discard = json!({ "creditNoteId": id });
    assert_eq!(
        refused(&node, &cast.staff, "discardCreditNote", discard)
            .await
            .0,
        "ALREADY_ISSUED"
    );
    assert_eq!(balance(&node, &cast.clara, &cast.customer).await.1, "24.00");
    done(
        &node,
        &cast.staff,
        "voidCreditNote",
        json!({ "creditNoteId": id, "reason": "A slip." }),
    )
    .await;
    assert_eq!(balance(&node, &cast.clara, &cast.customer).await.1, "0.00");
    assert_eq!(
        seen(&cast.clara).await["creditNote"],
        json!({ "status": "VOIDED", "voidedReason": "A slip." })
    );
    let refund = json!({ "creditNoteId": id, "amount": "1", "reason": "By transfer." });
    assert_eq!(
        refused(&node, &cast.staff, "refundCreditNote", refund)
            .await
            .0,
        "VOIDED"
    );

    let drafted = done(&node, &cast.staff, "draftCreditNote", input).await["creditNote"].clone();
    let id = json!({ "creditNoteId": drafted["id"] });
    let discarded = done(&node, &cast.staff, "discardCreditNote", id.clone()).await;
    assert_eq!(discarded["creditNote"]["status"], "DISCARDED");
    assert_eq!(
        refused(&node, &cast.staff, "issueCreditNote", id).await.0,
        "DISCARDED"
    );
    let next = credit_note(&node, &cast, &cast.customer, "5").await;
    let number = format!("{{ creditNote(id: \"{next}\") {{ number }} }}");
    let number = ask(&node, &cast.staff, &number).await["creditNote"]["number"].clone();
    assert_eq!(number, "CN-00002", "what is discarded has taken no number");
    check_is_clean(&node).await;
}

async fn preview(node: &Node, token: &str, input: Value) -> Answer {
    let query = "query($input: DraftCreditNoteInput!) { previewCreditNote(input: $input) {
        document { net { amount } tax { amount } total { amount } } userErrors { code field }
    } }";
    node.graphql(Some(token), query, json!({ "input": input }), None)
        .await
}

/// What drafting this would come to.
async fn previewed(node: &Node, token: &str, input: Value) -> Value {
    preview(node, token, input).await.data()["previewCreditNote"].clone()
}

#[tokio::test]
async fn what_a_credit_note_would_come_to_is_what_its_draft_comes_to_also_with_discounts() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let mut hours = line("Hours", "3", "50");
        hours["discount"] = json!({ "amount": "10" });
        let mut said = document(&[hours, line("Stamps", "7", "1.15")]);
        said["discount"] = json!({ "amount": "20" });
        let draft = json!({ "customerId": cast.customer, "document": said });
        let bill = done(&node, &cast.staff, "draftInvoice", draft).await["invoice"]["id"].clone();
        let issue = json!({ "invoiceId": bill });
        done(&node, &cast.staff, "issueInvoice", issue).await;

        for picks in [
            json!([{ "lineId": 1, "quantity": "2" }]),
            json!([{ "lineId": 1, "quantity": "1" }, { "lineId": 2, "quantity": "3" }]),
            Value::Null,
        ] {
            let input = json!({ "invoiceId": bill, "lines": picks });
            let shown = previewed(&node, &cast.staff, input.clone()).await["document"].clone();
            let drafted = done(&node, &cast.staff, "draftCreditNote", input).await;
            assert_eq!(shown["total"], drafted["creditNote"]["total"], "{picks}");
            assert_ne!(shown["total"], Value::Null, "{picks}");
        }
        // 2 of 3 hours: 100.00 less 6.67 of 10; of 148.05 in lines that is 93.33, which share 12.61 of 20.
        let two = json!({ "invoiceId": bill, "lines": [{ "lineId": 1, "quantity": "2" }] });
        let shown = previewed(&node, &cast.staff, two).await;
        assert_eq!(shown["document"]["net"]["amount"], "80.72");
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn refuses_what_cannot_be_credited_or_allocated() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let (ours, theirs) = (&cast.customer, &cast.other_customer);
    let own = document(&[line("Goodwill", "1", "10")]);
    let bill = invoice(&node, &cast, ours, &[line("Hours", "3", "50")]).await;
    let draft = json!({ "customerId": ours, "document": own });
    let draft = done(&node, &cast.staff, "draftInvoice", draft).await["invoice"]["id"].clone();
    let pick = |id: u32, quantity: &str| json!([{ "lineId": id, "quantity": quantity }]);
    for (input, code, field) in [
        (json!({}), "AMBIGUOUS", "input"),
        (json!({ "customerId": ours }), "AMBIGUOUS", "input"),
        (
            json!({ "invoiceId": bill, "lines": pick(1, "1"), "document": own }),
            "AMBIGUOUS",
            "input",
        ),
        (
            json!({ "customerId": Uuid::nil(), "document": own }),
            "NOT_FOUND",
            "input.customerId",
        ),
        (
            json!({ "invoiceId": Uuid::nil() }),
            "NOT_FOUND",
            "input.invoiceId",
        ),
        (
            json!({ "invoiceId": bill, "customerId": theirs }),
            "NOT_FOUND",
            "input.invoiceId",
        ),
        (json!({ "invoiceId": draft }), "NOT_ISSUED", ""),
        (
            json!({ "invoiceId": bill, "lines": pick(2, "1") }),
            "NOT_FOUND",
            "input.lines.0.lineId",
        ),
        (
            json!({ "invoiceId": bill, "lines": pick(1, "3.5") }),
            "OUT_OF_RANGE",
            "input.lines.0.quantity",
        ),
        (
            json!({ "customerId": ours, "document": document(&[]) }),
            "BAD_COUNT",
            "input.document.lines",
        ),
    ] {
        let told = refused(&node, &cast.staff, "draftCreditNote", input.clone()).await;
        assert_eq!(told, (code.to_owned(), field.to_owned()), "{input}");
        let shown = previewed(&node, &cast.staff, input.clone()).await;
        let why = &shown["userErrors"][0];
        assert_eq!((text(&why["code"]), place_of(why)), told, "{input}");
        assert_eq!(shown["document"], Value::Null, "{input}");
    }
    let free = json!({ "invoiceId": bill, "document": document(&[line("Goodwill", "1", "0")]) });
    let nothing =
        done(&node, &cast.staff, "draftCreditNote", free).await["creditNote"]["id"].clone();
    let issue = json!({ "creditNoteId": nothing });
    assert_eq!(
        refused(&node, &cast.staff, "issueCreditNote", issue)
            .await
            .0,
        "TOTAL_NOT_POSITIVE"
    );

    let note = credit_note(&node, &cast, ours, "200").await;
    let foreign = invoice(&node, &cast, theirs, &[line("Hours", "1", "50")]).await;
    let nobodys = Uuid::nil().to_string();
    for (input, code) in [
        (to(&note, &foreign, None), "NOT_FOUND"),
        (to(&note, &nobodys, None), "NOT_FOUND"),
        (to(&nobodys, &bill, None), "NOT_FOUND"),
        (
            to(&note, &bill, Some("180.01")),
            "PAYMENT_EXCEEDS_AMOUNT_DUE",
        ),
        (to(&note, &bill, Some("0")), "NOT_POSITIVE"),
        (to(&note, &bill, Some("0.001")), "TOO_MANY_DECIMALS"),
        (to(&text(&nothing), &bill, Some("1")), "NOT_ISSUED"),
        (to(&note, &text(&draft), Some("1")), "NOT_ISSUED"),
    ] {
        assert_eq!(
            refused(&node, &cast.staff, "allocateCreditNote", input.clone())
                .await
                .0,
            code,
            "{input}"
        );
    }
    let back = json!({ "creditNoteId": note, "invoiceId": bill, "reason": "A slip." });
    assert_eq!(
        refused(&node, &cast.staff, "deallocateCreditNote", back)
            .await
            .0,
        "CREDIT_NOT_APPLIED"
    );
    contacts_change_nothing(&node, &cast, &note, &bill).await;
    check_is_clean(&node).await;
}

async fn contacts_change_nothing(node: &Node, cast: &Cast, note: &str, bill: &str) {
    for (field, input) in [
        ("draftCreditNote", json!({ "invoiceId": bill })),
        ("issueCreditNote", json!({ "creditNoteId": note })),
        (
            "refundCreditNote",
            json!({ "creditNoteId": note, "reason": "Please." }),
        ),
        (
            "voidCreditNote",
            json!({ "creditNoteId": note, "reason": "Please." }),
        ),
    ] {
        for token in [&cast.clara, &cast.accountant] {
            let key = Uuid::now_v7().to_string();
            let answer = send(node, token, &key, field, &input).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{field}");
        }
    }
    for token in [&cast.clara, &cast.accountant] {
        let answer = preview(node, token, json!({ "invoiceId": bill })).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }
}

#[tokio::test]
async fn two_credit_notes_at_once_never_settle_more_than_is_due() {
    for engine in engines() {
        let one = Node::on(engine).await;
        let two = one.second().await;
        let cast = cast(&one).await;
        let bill = invoice(&one, &cast, &cast.customer, &[line("Hours", "1", "100")]).await;
        let mut notes = vec![];
        for _ in 0..4 {
            notes.push(credit_note(&one, &cast, &cast.customer, "70").await); // 84 euros each, 120 are due.
        }
        for note in &notes {
            eventually(&two, &cast.staff, note).await;
        }
        let allocate = |node, note: &str| {
            let (token, input, key) = (
                cast.staff.clone(),
                to(note, &bill, Some("84")),
                Uuid::now_v7().to_string(),
            );
            async move {
                send(node, &token, &key, "allocateCreditNote", &input)
                    .await
                    .data()["answer"]
                    .clone()
            }
        };
        let answers = tokio::join!(
            allocate(&one, &notes[0]),
            allocate(&two, &notes[1]),
            allocate(&one, &notes[2]),
            allocate(&two, &notes[3])
        );
        let answers = [answers.0, answers.1, answers.2, answers.3];
        let took = answers
            .iter()
            .filter(|answer| answer["userErrors"] == json!([]))
            .count();
        assert_eq!(took, 1, "{answers:?}");
        // What was refused is unapplied again, at the latest when the processes have seen it.
        for _ in 0..400 {
            if sums(&one, &cast.staff, &cast.customer).await == ("36.00".into(), "252.00".into()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for note in &notes {
            let refund = json!({ "creditNoteId": note, "reason": "By transfer." });
            let answer = send(
                &one,
                &cast.staff,
                &Uuid::now_v7().to_string(),
                "refundCreditNote",
                &refund,
            )
            .await;
            let closed = &answer.data()["answer"]["creditNote"];
            assert_eq!(
                closed["status"], "CLOSED",
                "nothing stays allocated to an invoice that refused it: {closed}"
            );
        }
        assert_eq!(
            balance(&one, &cast.staff, &cast.customer).await,
            ("36.00".into(), "0.00".into())
        );
        check_is_clean(&one).await;
    }
}

#[tokio::test]
async fn the_same_request_again_makes_one_credit_note_and_one_allocation() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        let cast = cast(&node).await;
        let bill = invoice(&node, &cast, &cast.customer, &[line("Hours", "1", "100")]).await;
        let draft = json!({ "invoiceId": bill });
        let mut ids = vec![];
        for _ in 0..2 {
            let answer = send(&node, &cast.staff, "draft", "draftCreditNote", &draft)
                .await
                .data();
            ids.push(text(&answer["answer"]["creditNote"]["id"]));
        }
        assert_eq!(ids[0], ids[1]);
        let note = ids.remove(0);
        let issue = json!({ "creditNoteId": note });
        let allocate = to(&note, &bill, Some("50"));
        let refund = json!({ "creditNoteId": note, "amount": "20", "reason": "By transfer." });
        for round in 0..2 {
            for (key, field, input) in [
                ("issue", "issueCreditNote", &issue),
                ("allocate", "allocateCreditNote", &allocate),
                ("refund", "refundCreditNote", &refund),
            ] {
                let answer =
                    send(&node, &cast.staff, key, field, input).await.data()["answer"].clone();
                assert_eq!(answer["userErrors"], json!([]), "{field}");
            }
            assert_eq!(
                balance(&node, &cast.clara, &cast.customer).await,
                ("70.00".into(), "50.00".into())
            );
            if round == 0 {
                node.kill().await; // A crash: the answers may not have been kept, the commands are.
                node.restart().await;
            }
        }
        let all = ask(
            &node,
            &cast.staff,
            "{ creditNotes { totalCount edges { node { number refunded { amount } } } } }",
        )
        .await;
        let one = json!([{ "node": { "number": "CN-00001", "refunded": { "amount": "20.00" } } }]);
        assert_eq!(all["creditNotes"], json!({ "totalCount": 1, "edges": one }));
        check_is_clean(&node).await;
    }
}

#[tokio::test]
async fn a_customers_credit_is_what_is_unapplied_of_payments_and_credit_notes() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let bill = invoice(&node, &cast, &cast.customer, &[line("Hours", "1", "100")]).await;
    let allocations = json!([{ "invoiceId": bill, "amount": "70" }]);
    let input = json!({ "customerId": cast.customer, "amount": "100", "currency": "EUR", "method": "CASH", "allocations": allocations });
    done(&node, &cast.staff, "recordPayment", input).await;
    let note = credit_note(&node, &cast, &cast.customer, "50").await;
    done(
        &node,
        &cast.staff,
        "allocateCreditNote",
        to(&note, &bill, None),
    )
    .await;
    assert_eq!(
        balance(&node, &cast.clara, &cast.customer).await,
        ("0.00".into(), "40.00".into())
    );
    let query = format!(
        "{{ customer(id: \"{}\") {{ credit {{ number amount {{ amount }} payment {{ method }} creditNote {{ status }} }} }}
           invoice(id: \"{bill}\") {{ status allocations {{ amount {{ amount }} payment {{ number }} creditNote {{ number }} }} }} }}",
        cast.customer
    );
    let seen = ask(&node, &cast.clara, &query).await;
    let parts = json!([
        { "number": "PAY-00001", "amount": { "amount": "30.00" }, "payment": { "method": "cash" }, "creditNote": null },
        { "number": "CN-00001", "amount": { "amount": "10.00" }, "payment": null, "creditNote": { "status": "OPEN" } },
    ]);
    assert_eq!(seen["customer"]["credit"], parts);
    assert_eq!(seen["invoice"]["status"], "PAID");
    let mut settled: Vec<String> = seen["invoice"]["allocations"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    settled.sort();
    let expected = [
        json!({ "amount": { "amount": "50.00" }, "payment": null, "creditNote": { "number": "CN-00001" } }),
        json!({ "amount": { "amount": "70.00" }, "payment": { "number": "PAY-00001" }, "creditNote": null }),
    ];
    assert_eq!(settled, expected.map(|allocation| allocation.to_string()));
    check_is_clean(&node).await;
}
