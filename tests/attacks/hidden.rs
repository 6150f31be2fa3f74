//! What is not a contact's looks as if it were not there: every query and every mutation that takes an id is asked for
//! things of others, and for things that nobody has, and must answer the same.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::Node;
use crate::support::cast::*;

/// The types of the schema by name.
struct Schema(BTreeMap<String, Value>);

const TYPES: &str = "{ __schema { types { name kind enumValues { name }
    inputFields { name defaultValue ...T } fields { name args { name defaultValue ...T } type { ...R } } } } }
    fragment T on __InputValue { type { ...R } }
    fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    async fn of(node: &Node, token: &str) -> Self {
        let answer = ask(node, token, TYPES).await;
        let types = answer["__schema"]["types"].as_array().unwrap().clone();
        Self(
            types
                .into_iter()
                .map(|one| (one["name"].as_str().unwrap().to_owned(), one))
                .collect(),
        )
    }

    fn fields(&self, of: &str) -> Vec<Value> {
        self.0[of]["fields"].as_array().unwrap().clone()
    }

    /// A value of a type. Every id is taken from `ids`, by the path of its field.
    fn value(&self, kind: &Value, path: &str, ids: &mut dyn FnMut(&str) -> String) -> Value {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&kind["ofType"], path, ids),
            "LIST" => json!([self.value(&kind["ofType"], path, ids)]),
            "ENUM" => self.0[kind["name"].as_str().unwrap()]["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let mut object = Map::new();
                let name = kind["name"].as_str().unwrap();
                for field in self.0[name]["inputFields"].as_array().unwrap() {
                    let name = field["name"].as_str().unwrap();
                    let must =
                        field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null();
                    if must || holds_id(self, &field["type"], 0) {
                        let path = format!("{path}.{name}");
                        object.insert(name.to_owned(), self.value(&field["type"], &path, ids));
                    }
                }
                Value::Object(object)
            }
            _ => match kind["name"].as_str().unwrap() {
                "UUID" => json!(ids(path)),
                "Int" => json!(1),
                "Boolean" => json!(true),
                "Decimal" => json!("1"),
                "Date" => json!("2026-06-01"),
                "CurrencyCode" => json!("EUR"),
                "String" if path.to_lowercase().contains("mail") => json!("someone@example.com"),
                "String" => json!("some text"),
                other => panic!("{path}: no value of {other} is known here"),
            },
        }
    }

    /// What is asked of an answer: nothing of the thing itself but that it is there.
    fn selection(&self, kind: &Value) -> &'static str {
        let mut kind = kind;
        while !kind["ofType"].is_null() {
            kind = &kind["ofType"];
        }
        let Some(fields) = self.0[kind["name"].as_str().unwrap()]["fields"].as_array() else {
            return "";
        };
        let has = |name: &str| fields.iter().any(|field| field["name"] == name);
        match (has("userErrors"), has("nodes")) {
            (true, _) => "{ __typename userErrors { field code message } }",
            (_, true) => "{ nodes { __typename } }",
            _ => "{ __typename }",
        }
    }
}

/// Whether a type holds an id somewhere.
fn holds_id(schema: &Schema, kind: &Value, depth: usize) -> bool {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" | "LIST" => holds_id(schema, &kind["ofType"], depth),
        "SCALAR" => kind["name"] == "UUID",
        "INPUT_OBJECT" if depth < 4 => {
            let fields = &schema.0[kind["name"].as_str().unwrap()]["inputFields"];
            let fields = fields.as_array().unwrap().iter();
            fields
                .into_iter()
                .any(|field| holds_id(schema, &field["type"], depth + 1))
        }
        _ => false,
    }
}

/// Things of one customer: by the name that fields of inputs have for their kind.
type Things = BTreeMap<&'static str, String>;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// One thing of every kind, of the customer of whoever has this token; drafts are among them that no contact sees.
async fn things_of(node: &Node, cast: &Cast, token: &str) -> Things {
    let customer = customer_of(node, token).await;
    let mut things = Things::new();
    let viewer = ask(node, token, "{ viewer { contactId } }").await;
    things.insert("contactId", text(&viewer["viewer"]["contactId"]));
    let billed = billed(node, cast, &customer).await;
    let staff = &cast.staff;
    let document = json!({ "customerId": customer, "document": offer("420", None) });
    let draft = done(
        node,
        staff,
        "draftInvoice",
        document.clone(),
        "invoice { id }",
    )
    .await;
    things.insert("invoiceDraft", text(&draft["invoice"]["id"]));
    let draft = done(
        node,
        staff,
        "draftEstimate",
        document.clone(),
        "estimate { id }",
    )
    .await;
    things.insert("estimateDraft", text(&draft["estimate"]["id"]));
    let offered = done(node, staff, "draftEstimate", document, "estimate { id }").await;
    let input = json!({ "estimateId": offered["estimate"]["id"] });
    done(node, staff, "offerEstimate", input, "__typename").await;
    things.insert("estimateId", text(&offered["estimate"]["id"]));
    let input = json!({ "customerId": customer, "amount": "10", "currency": "EUR", "method": "BANK_TRANSFER" });
    let paid = done(node, staff, "recordPayment", input, "payment { id }").await;
    things.insert("paymentId", text(&paid["payment"]["id"]));
    let input = json!({ "customerId": customer, "invoiceId": billed });
    let note = done(node, staff, "draftCreditNote", input, "creditNote { id }").await;
    things.insert("creditNoteDraft", text(&note["creditNote"]["id"]));
    let details = json!({ "name": format!("Plan {customer}"), "price": "10", "currency": "EUR",
        "interval": { "unit": "MONTH", "count": 1 } });
    let input = json!({ "details": details });
    let plan = done(node, staff, "createPlan", input, "plan { id }").await["plan"]["id"].clone();
    let input = json!({ "customerId": customer, "planId": plan, "collection": "OFFLINE" });
    let fields = "subscription { id }";
    let taken = done(node, staff, "startSubscription", input, fields).await;
    things.insert("subscriptionId", text(&taken["subscription"]["id"]));
    things.insert("planId", text(&plan));
    things.insert("invoiceId", billed);
    things.insert("customerId", customer);
    things
}

/// The own thing that a field means by its name.
fn own(things: &Things, path: &str) -> String {
    let name = path.rsplit('.').next().unwrap();
    let found = things.get(name).or_else(|| {
        let singular = name.strip_suffix('s').unwrap_or(name);
        things.get(format!("{singular}Id").as_str())
    });
    found.cloned().unwrap_or_else(|| Uuid::now_v7().to_string())
}

/// Every path of an id in the arguments of a field.
fn paths(schema: &Schema, args: &[Value]) -> Vec<String> {
    let mut found = vec![];
    for arg in args {
        if holds_id(schema, &arg["type"], 0) {
            schema.value(&arg["type"], arg["name"].as_str().unwrap(), &mut |path| {
                found.push(path.to_owned());
                Uuid::nil().to_string()
            });
        }
    }
    found
}

/// Asks a field with one id in the place of `path`, and own things everywhere else. The id itself is cut out of the
/// answer.
async fn answer(
    node: &Node,
    token: &str,
    schema: &Schema,
    field: (&str, &Value),
    place: (&str, &str),
    things: &Things,
) -> String {
    let (kind, field) = field;
    let (path, id) = place;
    let name = field["name"].as_str().unwrap();
    let args = field["args"].as_array().unwrap();
    let (mut declared, mut passed, mut variables) = (vec![], vec![], Map::new());
    for arg in args {
        let must = arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null();
        if !must && !holds_id(schema, &arg["type"], 0) {
            continue;
        }
        let arg_name = arg["name"].as_str().unwrap();
        let value = schema.value(&arg["type"], arg_name, &mut |at| {
            if at == path {
                id.to_owned()
            } else {
                own(things, at)
            }
        });
        declared.push(format!("${arg_name}: {}", written(&arg["type"])));
        passed.push(format!("{arg_name}: ${arg_name}"));
        variables.insert(arg_name.to_owned(), value);
    }
    let selection = schema.selection(&field["type"]);
    let query = format!(
        "{kind} ({}) {{ {name}({}) {selection} }}",
        declared.join(", "),
        passed.join(", ")
    );
    let key = Uuid::now_v7().to_string();
    let key = (kind == "mutation").then_some(key.as_str());
    let answer = node
        .graphql(Some(token), &query, Value::Object(variables), key)
        .await;
    assert!(
        !answer.text.contains("INTERNAL"),
        "{name} {path}: {}",
        answer.text
    );
    let about_types = answer.text.contains("Invalid value") || answer.text.contains("Unknown");
    assert!(!about_types, "{name} {path}: {query}: {}", answer.text);
    answer.text.replace(id, "ID")
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

async fn allow_everything(node: &Node, cast: &Cast, schema: &Schema) {
    let fields = schema.0["PortalSettingsInput"]["inputFields"]
        .as_array()
        .unwrap();
    let fields = fields.iter().map(|field| text(&field["name"]));
    let all: Map<String, Value> = fields.map(|name| (name, json!(true))).collect();
    let input = json!({ "portal": all });
    done(node, &cast.owner, "updateSettings", input, "__typename").await;
}

#[tokio::test]
async fn what_is_not_ones_own_answers_as_what_is_not_there() {
    let node = Node::start_with(&[("LIMIT_DEPTH", "30"), ("LIMIT_COMPLEXITY", "1000000")]).await;
    let cast = cast(&node).await;
    let schema = Schema::of(&node, &cast.staff).await;
    allow_everything(&node, &cast, &schema).await;
    let own = things_of(&node, &cast, &cast.clara).await;
    let foreign = things_of(&node, &cast, &cast.stranger).await;
    let input = json!({ "planId": foreign["planId"] });
    done(&node, &cast.staff, "archivePlan", input, "__typename").await;
    let mut hidden: BTreeMap<String, String> = foreign
        .clone()
        .into_iter()
        .map(|(k, v)| (format!("foreign {k}"), v))
        .collect();
    for name in ["invoiceDraft", "estimateDraft", "creditNoteDraft"] {
        hidden.insert(format!("own {name}"), own[name].clone());
    }
    let (mut asked, mut differing) = (0, vec![]);
    for (kind, of) in [("query", "Query"), ("mutation", "Mutation")] {
        for field in schema.fields(of) {
            let name = text(&field["name"]);
            for path in paths(&schema, field["args"].as_array().unwrap()) {
                let nobodys = Uuid::now_v7().to_string();
                let field = (kind, &field);
                let place = (path.as_str(), nobodys.as_str());
                let expected = answer(&node, &cast.clara, &schema, field, place, &own).await;
                for (what, id) in &hidden {
                    asked += 1;
                    let place = (path.as_str(), id.as_str());
                    let found = answer(&node, &cast.clara, &schema, field, place, &own).await;
                    if found != expected {
                        differing.push(format!("{name} {path} {what}:\n  {found}\n  {expected}"));
                    }
                }
            }
        }
    }
    assert!(asked > 500, "only {asked} were asked");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[tokio::test]
async fn a_contact_does_not_learn_how_much_goes_on_elsewhere() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    billed(&node, &cast, &cast.customer).await;
    let query = "{ activity(first: 2) { nodes { id position } pageInfo { endCursor hasNextPage } }
        explainBalance { balances { events(first: 5) { nodes { id position } pageInfo { endCursor } } } }
        invoices(first: 5) { pageInfo { endCursor } } dashboard { recentActivity { id position } } }";
    let seen = ask(&node, &cast.clara, query).await;
    let is_blank = |nodes: &Value| {
        let nodes = nodes.as_array().unwrap();
        assert!(!nodes.is_empty());
        nodes
            .iter()
            .all(|one| one["position"].is_null() && one["id"].is_string())
    };
    assert!(is_blank(&seen["activity"]["nodes"]));
    assert!(is_blank(
        &seen["explainBalance"]["balances"][0]["events"]["nodes"]
    ));
    assert!(is_blank(&seen["dashboard"]["recentActivity"]));
    // The same place in the log has another cursor for everybody, and takes nobody else further.
    let activity = ask(&node, &cast.staff, query).await["activity"].clone();
    assert!(activity["nodes"][0]["position"].is_i64());
    let after = async |token: &str, cursor: &Value| {
        let query = format!("{{ activity(first: 2, after: {cursor}) {{ nodes {{ id }} }} }}");
        node.graphql(Some(token), &query, json!({}), None).await
    };
    let own = after(&cast.clara, &seen["activity"]["pageInfo"]["endCursor"]).await;
    assert!(
        !own.data()["activity"]["nodes"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let other = after(&cast.clara, &activity["pageInfo"]["endCursor"]).await;
    assert_eq!(other.code(), "BAD_INPUT");
    for cursor in [
        &seen["activity"]["pageInfo"]["endCursor"],
        &seen["invoices"]["pageInfo"]["endCursor"],
    ] {
        use base64::Engine as _;
        let cursor = cursor.as_str().unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(cursor)
            .unwrap();
        assert!(String::from_utf8(bytes).is_err(), "{cursor} can be read");
    }
    // Another node on the same store takes it as well.
    let second = node.second().await;
    let query = format!(
        "{{ activity(first: 2, after: {}) {{ nodes {{ id }} }} }}",
        seen["activity"]["pageInfo"]["endCursor"]
    );
    let answer = second
        .graphql(Some(&cast.clara), &query, json!({}), None)
        .await;
    assert_eq!(answer.data()["activity"], own.data()["activity"]);
}
