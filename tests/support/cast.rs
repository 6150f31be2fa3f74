//! The people of the end-to-end stories, and how they ask and tell.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Node;

/// Everybody who takes part, signed in at one node.
pub struct Cast {
    pub owner: String,
    pub staff: String,
    pub accountant: String,
    pub clara: String,
    pub stranger: String,
    pub customer: String,
}

/// The id in an answer.
pub fn id_of(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// Sends a mutation of one field and answers with that field; errors stop the test.
pub async fn tell(node: &Node, token: &str, field: &str, input: Value, fields: &str) -> Value {
    tell_under(
        node,
        token,
        &Uuid::now_v7().to_string(),
        field,
        input,
        fields,
    )
    .await
}

/// The same under a key of one's own.
pub async fn tell_under(
    node: &Node,
    token: &str,
    key: &str,
    field: &str,
    input: Value,
    fields: &str,
) -> Value {
    let mut chars = field.chars();
    let capital = chars.next().unwrap().to_uppercase().to_string() + chars.as_str();
    let kind = match field {
        "reworkEstimate" | "reviseEstimateDraft" => "ReviseEstimateInput".to_owned(),
        "reofferEstimate" => "OfferEstimateInput".to_owned(),
        "withdrawEstimate" | "undoAcceptance" => "EstimateReasonInput".to_owned(),
        "voidInvoice" | "writeOffInvoice" | "reverseWriteOff" => "InvoiceReasonInput".to_owned(),
        "saveOrganisation" => "OrganisationInput".to_owned(),
        "pauseSubscription"
        | "resumeSubscription"
        | "reactivateSubscription"
        | "cancelSubscriptionChange" => "SubscriptionInput".to_owned(),
        _ => format!("{capital}Input"),
    };
    let query = format!(
        "mutation M($input: {kind}!) {{ answer: {field}(input: $input) {{ {fields} userErrors {{ field code message }} }} }}"
    );
    let answer = node
        .graphql(Some(token), &query, json!({ "input": input }), Some(key))
        .await;
    assert!(
        answer.json().get("errors").is_none(),
        "{field}: {}",
        answer.text
    );
    answer.data()["answer"].clone()
}

/// The same, not refused.
pub async fn done(node: &Node, token: &str, field: &str, input: Value, fields: &str) -> Value {
    let answer = tell(node, token, field, input, fields).await;
    assert_eq!(answer["userErrors"], json!([]), "{field}");
    answer
}

/// The same, refused; answers with the code.
pub async fn refused(node: &Node, token: &str, field: &str, input: Value) -> String {
    let answer = tell(node, token, field, input, "__typename").await;
    answer["userErrors"][0]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{field} was not refused: {answer}"))
        .to_owned()
}

/// Asks a query.
pub async fn ask(node: &Node, token: &str, query: &str) -> Value {
    let answer = node.graphql(Some(token), query, json!({}), None).await;
    assert!(
        answer.json().get("errors").is_none(),
        "{query}: {}",
        answer.text
    );
    answer.data()
}

/// The document of an offer; with `line_id`, that of the next revision.
pub fn offer(unit_price: &str, line_id: Option<u32>) -> Value {
    let tax = json!({ "category": "STANDARD", "percent": "19" });
    json!({
        "currency": "EUR",
        "lines": [
            { "lineId": line_id, "description": "Fleet branding", "quantity": "14", "unitPrice": unit_price, "tax": tax },
            { "lineId": line_id.map(|id| id + 1), "description": "Design", "quantity": "1", "unitPrice": "1900", "tax": tax },
        ],
    })
}

/// An organisation and two customers, their people signed in.
pub async fn cast(node: &Node) -> Cast {
    let owner = node.signed_in("owner").await;
    let staff = node.signed_in("staff").await;
    let accountant = node.signed_in("accountant").await;
    let address =
        json!({ "street": "Kai 1", "city": "Hamburg", "postalCode": "20457", "country": "de" });
    let input = json!({ "name": "Harbour & Finch", "currency": "EUR", "address": address });
    done(
        node,
        &owner,
        "saveOrganisation",
        input,
        "organisation { version }",
    )
    .await;
    let mut tokens = vec![];
    for (name, email) in [
        ("Nordwind", "clara@nordwind.example"),
        ("Stranger Ltd", "eve@stranger.example"),
    ] {
        let contact = json!({ "name": email, "email": email });
        let input = json!({ "name": name, "currency": "EUR", "billingAddress": address, "contact": contact });
        let fields = "customer { id contacts { id email } }";
        let customer =
            done(node, &staff, "registerCustomer", input, fields).await["customer"].clone();
        let contact = id_of(&customer["contacts"][0]["id"]);
        node.contact(email, id_of(&customer["id"]), contact).await;
        tokens.push((
            node.sign_in(email).await,
            customer["id"].as_str().unwrap().to_owned(),
        ));
    }
    let (stranger, _) = tokens.pop().unwrap();
    let (clara, customer) = tokens.pop().unwrap();
    Cast {
        owner,
        staff,
        accountant,
        clara,
        stranger,
        customer,
    }
}

/// An invoice that is issued to the customer and a draft that no contact sees; the issued one's id.
pub async fn billed(node: &Node, cast: &Cast, customer: &str) -> String {
    let input = json!({ "customerId": customer, "document": offer("420", None) });
    done(
        node,
        &cast.staff,
        "draftInvoice",
        input.clone(),
        "__typename",
    )
    .await;
    let drafted = done(node, &cast.staff, "draftInvoice", input, "invoice { id }").await;
    let id = drafted["invoice"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "invoiceId": id });
    done(node, &cast.staff, "issueInvoice", input, "__typename").await;
    id
}

/// The customer that somebody is a contact of.
pub async fn customer_of(node: &Node, token: &str) -> String {
    let viewer = ask(node, token, "{ viewer { customerId } }").await;
    viewer["viewer"]["customerId"].as_str().unwrap().to_owned()
}
