//! The model: what was asked under which key, what was acknowledged, and what the books must therefore say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::caller::{Caller, Heard};
use crate::finds::{Finds, Kind};

/// Errors that say what is the matter and that the same request may be sent again under its key.
const TYPED: [&str; 4] = ["UNAVAILABLE", "TIMEOUT", "RECORDED_NOT_VISIBLE", "CONFLICT"];
/// How long an undecided mutation is sent again, and how long the read models may take to show everything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mutation that must succeed.
#[derive(Clone, Debug)]
pub enum Deed {
    Draft {
        customer: String,
        total: i64,
    },
    Issue {
        invoice: String,
        total: i64,
    },
    Pay {
        customer: String,
        invoice: String,
        applied: i64,
        extra: i64,
        due: i64,
    },
}

/// What an answer means, whatever happened since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub id: String,
    pub number: Option<String>,
    pub amount: String,
}

#[derive(Clone, Debug)]
struct Act {
    key: String,
    deed: Deed,
    acknowledged: bool,
    meaning: Option<Meaning>,
    wrong: usize,
}

/// The acts of one event store.
pub struct Books {
    customers: Vec<String>,
    acts: Mutex<Vec<Act>>,
    finds: Arc<Finds>,
    label: String,
    may_break: AtomicBool,
}

pub fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl Deed {
    fn name(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draftInvoice",
            Self::Issue { .. } => "issueInvoice",
            Self::Pay { .. } => "recordPayment",
        }
    }

    fn query(&self) -> &'static str {
        match self {
            Self::Draft { .. } => {
                "mutation($input: DraftInvoiceInput!) { draftInvoice(input: $input) {
                   invoice { id number status total { amount } due { amount } } userErrors { code message } } }"
            }
            Self::Issue { .. } => {
                "mutation($input: IssueInvoiceInput!) { issueInvoice(input: $input) {
                   invoice { id number status total { amount } due { amount } } userErrors { code message } } }"
            }
            Self::Pay { .. } => {
                "mutation($input: RecordPaymentInput!) { recordPayment(input: $input) {
                   payment { id number state amount { amount } applied { amount } }
                   invoices { id due { amount } } userErrors { code message } } }"
            }
        }
    }

    fn variables(&self, key: &str) -> Value {
        let input = match self {
            Self::Draft { customer, total } => {
                let tax = json!({ "category": "STANDARD", "percent": "19" });
                let line = json!({ "description": key, "quantity": "1", "unitPrice": money(total / 119 * 100), "tax": tax });
                json!({ "customerId": customer, "document": { "currency": "EUR", "lines": [line] } })
            }
            Self::Issue { invoice, .. } => json!({ "invoiceId": invoice }),
            Self::Pay {
                customer,
                invoice,
                applied,
                extra,
                ..
            } => json!({
                "customerId": customer, "amount": money(applied + extra), "currency": "EUR", "method": "BANK_TRANSFER",
                "reference": key, "allocations": [{ "invoiceId": invoice, "amount": money(*applied) }],
            }),
        };
        json!({ "input": input })
    }

    /// What the answer means, if it is one.
    fn meaning(&self, payload: &Value) -> Result<Meaning, String> {
        let (of, amount) = match self {
            Self::Draft { .. } | Self::Issue { .. } => ("invoice", "total"),
            Self::Pay { .. } => ("payment", "amount"),
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let row = &payload[of];
        match (text(&row["id"]), text(&row[amount]["amount"])) {
            (Some(id), Some(amount)) => {
                // A draft's number comes later: a retry may be told it.
                let number = text(&row["number"]).filter(|_| !matches!(self, Self::Draft { .. }));
                Ok(Meaning { id, number, amount })
            }
            _ => Err(format!("success without a {of}: {payload}")),
        }
    }

    /// Whether the first answer says what has just become so.
    fn is_true(&self, payload: &Value) -> bool {
        let (invoice, payment) = (&payload["invoice"], &payload["payment"]);
        match self {
            Self::Draft { total, .. } => {
                invoice["status"] == "DRAFT" && invoice["total"]["amount"] == money(*total)
            }
            Self::Issue { invoice: id, total } => {
                invoice["id"] == *id
                    && invoice["status"] == "UNPAID"
                    && invoice["number"].is_string()
                    && invoice["total"]["amount"] == money(*total)
                    && invoice["due"]["amount"] == money(*total)
            }
            Self::Pay {
                invoice: id,
                applied,
                extra,
                due,
                ..
            } => {
                payment["state"] == "SUCCEEDED"
                    && payment["number"].is_string()
                    && payment["amount"]["amount"] == money(applied + extra)
                    && payment["applied"]["amount"] == money(*applied)
                    && payload["invoices"]
                        == json!([{ "id": id, "due": { "amount": money(*due) } }])
            }
        }
    }
}

impl Books {
    pub fn new(customers: &[String], finds: &Arc<Finds>, label: &str) -> Arc<Self> {
        Arc::new(Self {
            customers: customers.to_vec(),
            acts: Mutex::default(),
            finds: Arc::clone(finds),
            label: label.to_owned(),
            may_break: AtomicBool::new(false),
        })
    }

    pub fn find(&self, kind: Kind, what: impl std::fmt::Display) {
        self.finds.add(kind, format!("{}: {what}", self.label));
    }

    pub fn tried(&self, what: &'static str, count: usize) {
        self.finds.tried(what, count);
    }

    /// From now on a connection may break, because the node is killed; or no longer.
    pub fn may_break(&self, may: bool) {
        self.may_break.store(may, Ordering::SeqCst);
    }

    pub fn customers(&self) -> &[String] {
        &self.customers
    }

    /// Sends a new mutation; what it means, if it was acknowledged.
    pub async fn perform(&self, at: &Caller, key: String, deed: Deed) -> Option<Meaning> {
        let n = self.open(key, deed);
        self.send(at, n, true).await
    }

    /// Sends a new mutation to two nodes at once under one key. Either may say that it is not available; then it is
    /// asked again. Both must mean the same.
    pub async fn perform_twice(
        &self,
        a: &Caller,
        b: &Caller,
        key: String,
        deed: Deed,
    ) -> Option<Meaning> {
        let n = self.open(key, deed);
        let (one, two) = tokio::join!(self.send(a, n, false), self.send(b, n, false));
        let one = if one.is_none() {
            self.settle_one(a, n).await
        } else {
            one
        };
        let two = if two.is_none() {
            self.settle_one(b, n).await
        } else {
            two
        };
        one.or(two)
    }

    fn open(&self, key: String, deed: Deed) -> usize {
        let mut acts = self.acts.lock().unwrap();
        acts.push(Act {
            key,
            deed,
            acknowledged: false,
            meaning: None,
            wrong: 0,
        });
        acts.len() - 1
    }

    fn act(&self, n: usize) -> Act {
        self.acts.lock().unwrap()[n].clone()
    }

    async fn send(&self, at: &Caller, n: usize, alone: bool) -> Option<Meaning> {
        let Act { key, deed, .. } = self.act(n);
        let said = at
            .send(deed.query(), deed.variables(&key), Some(&key))
            .await;
        for late in at.late.lock().unwrap().drain(..) {
            self.find(Kind::Late, late);
        }
        let name = deed.name();
        match said {
            Heard::Answer(payload) => return self.acknowledged(n, &payload, alone),
            Heard::Error { code, .. } if TYPED.contains(&code.as_str()) => {}
            Heard::Error { code, message } if code == "INTERNAL" => {
                self.find(Kind::Untyped, format!("{name} {key}: {code}: {message}"));
            }
            Heard::Error { code, message } => {
                self.acts.lock().unwrap()[n].wrong += 1;
                self.find(Kind::Untrue, format!("{name} {key}: {code}: {message}"));
            }
            Heard::Nonsense(text) => self.find(Kind::Untyped, format!("{name} {key}: {text}")),
            Heard::Nothing(_) if self.may_break.load(Ordering::SeqCst) => {}
            Heard::Nothing(why) => self.find(Kind::Untyped, format!("{name} {key}: {why}")),
        }
        None
    }

    fn acknowledged(&self, n: usize, payload: &Value, alone: bool) -> Option<Meaning> {
        let mut acts = self.acts.lock().unwrap();
        let act = &mut acts[n];
        let (name, key) = (act.deed.name(), act.key.clone());
        let wrong = if payload["userErrors"] != json!([]) {
            format!("{name} {key} is refused: {}", payload["userErrors"])
        } else {
            act.acknowledged = true;
            match act.deed.meaning(payload) {
                Err(why) => format!("{name} {key}: {why}"),
                Ok(meaning) => match &act.meaning {
                    Some(first) if *first == meaning => return Some(meaning),
                    Some(first) => format!("{name} {key} meant {first:?} at first, now {payload}"),
                    None => {
                        act.meaning = Some(meaning.clone());
                        if !alone || act.deed.is_true(payload) {
                            return Some(meaning);
                        }
                        drop(acts);
                        self.find(Kind::Untrue, format!("{name} {key} answered {payload}"));
                        return Some(meaning);
                    }
                },
            }
        };
        act.wrong += 1;
        drop(acts);
        self.find(Kind::Untrue, wrong);
        None
    }

    async fn settle_one(&self, at: &Caller, n: usize) -> Option<Meaning> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.send(at, n, true).await;
            if found.is_some() || self.act(n).wrong > 2 {
                return found;
            }
            if Instant::now() > deadline {
                let Act { key, deed, .. } = self.act(n);
                let name = deed.name();
                self.find(Kind::Broken, format!("{name} {key} is never acknowledged"));
                self.acts.lock().unwrap()[n].wrong = usize::MAX / 2;
                return None;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Sends again whatever is undecided, until it is acknowledged.
    pub async fn settle(&self, at: &Caller) {
        let open: Vec<usize> = {
            let acts = self.acts.lock().unwrap();
            let open = acts.iter().enumerate();
            open.filter(|(_, act)| act.meaning.is_none() && act.wrong <= 2)
                .map(|(n, _)| n)
                .collect()
        };
        self.tried("retries of what was undecided", open.len());
        let each = open.into_iter().map(|n| self.settle_one(at, n));
        futures::stream::iter(each)
            .buffer_unordered(8)
            .collect::<Vec<_>>()
            .await;
    }

    /// Sends acknowledged mutations again under their keys, every `one_in`-th; they must mean what they meant.
    pub async fn replay(&self, at: &Caller, one_in: usize) {
        let known: Vec<usize> = {
            let acts = self.acts.lock().unwrap();
            let known = acts.iter().enumerate();
            known
                .filter(|(n, act)| act.meaning.is_some() && n % one_in == 0)
                .map(|(n, _)| n)
                .collect()
        };
        self.tried("replays", known.len());
        for n in known {
            self.send(at, n, false).await;
        }
    }

    /// How many are acknowledged.
    pub fn count(&self) -> usize {
        self.acts
            .lock()
            .unwrap()
            .iter()
            .filter(|act| act.acknowledged)
            .count()
    }

    /// Where the acts of now end; see [`Books::forget_from`].
    pub fn mark(&self) -> usize {
        self.acts.lock().unwrap().len()
    }

    /// History no longer holds what was acknowledged from this act on: another one goes on without it.
    pub fn forget_from(&self, mark: usize) -> Vec<(String, Meaning)> {
        let lost = self.acts.lock().unwrap().split_off(mark);
        lost.into_iter()
            .filter_map(|act| Some((act.deed.name().to_owned(), act.meaning?)))
            .collect()
    }

    /// Compares what the node shows with what was acknowledged, once it shows as much as it will.
    pub async fn verify(&self, at: &Caller) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let wrong = match self.see(at).await {
                Ok(seen) => self.compare(&seen),
                Err(heard) => vec![(Kind::Broken, format!("the books cannot be read: {heard:?}"))],
            };
            if wrong.is_empty() {
                break;
            }
            if Instant::now() > deadline {
                for (kind, what) in wrong {
                    self.find(kind, what);
                }
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn see(&self, at: &Caller) -> Result<Seen, Heard> {
        let invoices = "query($after: String) { invoices(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
            nodes { id number status total { amount } settled { amount } due { amount } document { lines { description } } } } }";
        let payments = "query($after: String) { payments(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
            nodes { id number state amount { amount } applied { amount } unapplied { amount } reference } } }";
        let mut balances = BTreeMap::new();
        for customer in &self.customers {
            let query = "query($id: UUID!) { customer(id: $id) { balances { outstanding { amount } credit { amount } } } }";
            match at.ask(query, json!({ "id": customer })).await {
                Heard::Answer(answer) => {
                    balances.insert(customer.clone(), answer["balances"].clone())
                }
                other @ (Heard::Error { .. } | Heard::Nonsense(_) | Heard::Nothing(_)) => {
                    return Err(other);
                }
            };
        }
        Ok(Seen {
            invoices: all(at, invoices).await?,
            payments: all(at, payments).await?,
            balances,
        })
    }

    fn compare(&self, seen: &Seen) -> Vec<(Kind, String)> {
        let acts = self.acts.lock().unwrap();
        let mut wrong = vec![];
        let invoices = by_key(&seen.invoices, |row| {
            row["document"]["lines"][0]["description"].clone()
        });
        let payments = by_key(&seen.payments, |row| row["reference"].clone());
        let ours: BTreeSet<&str> = acts.iter().map(|act| act.key.as_str()).collect();
        for key in invoices
            .keys()
            .chain(payments.keys())
            .filter(|key| !ours.contains(key.as_str()))
        {
            wrong.push((
                Kind::Doubled,
                format!("there is a document of nobody's: {key}"),
            ));
        }
        let mut settled: BTreeMap<&str, i64> = BTreeMap::new();
        let mut unsure: BTreeSet<&str> = BTreeSet::new();
        for act in acts.iter() {
            if let Deed::Pay {
                invoice, applied, ..
            } = &act.deed
            {
                *settled.entry(invoice).or_default() += applied;
                if !act.acknowledged {
                    unsure.insert(invoice);
                }
            }
        }
        // What is undecided may have settled it, or not.
        let settled = |invoice: &str| {
            (!unsure.contains(invoice)).then(|| settled.get(invoice).copied().unwrap_or(0))
        };
        let by_id: BTreeMap<&str, &Value> = seen
            .invoices
            .iter()
            .map(|row| (row["id"].as_str().unwrap(), row))
            .collect();
        for act in acts.iter() {
            wrong.extend(compare_act(act, &invoices, &payments, &by_id, settled));
        }
        for (series, rows) in [("INV-", &seen.invoices), ("PAY-", &seen.payments)] {
            wrong.extend(gap(series, rows).map(|what| (Kind::Gap, what)));
        }
        if acts.iter().all(|act| act.acknowledged) {
            wrong.extend(self.compare_balances(&acts, seen));
        }
        wrong
    }

    fn compare_balances(&self, acts: &[Act], seen: &Seen) -> Vec<(Kind, String)> {
        let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
        for act in acts {
            if let (Deed::Draft { customer, .. }, Some(meaning)) = (&act.deed, &act.meaning) {
                owner.insert(&meaning.id, customer);
            }
        }
        for act in acts {
            match &act.deed {
                Deed::Draft { .. } => {}
                Deed::Issue { invoice, total } => match owner.get(invoice.as_str()) {
                    Some(customer) => sums.entry(customer).or_default().0 += total,
                    None => return vec![],
                },
                Deed::Pay {
                    customer,
                    applied,
                    extra,
                    ..
                } => {
                    let sum = sums.entry(customer).or_default();
                    sum.0 -= applied;
                    sum.1 += extra;
                }
            }
        }
        let mut wrong = vec![];
        for (customer, balances) in &seen.balances {
            let (outstanding, credit) = sums.get(customer.as_str()).copied().unwrap_or_default();
            let want = json!([{ "outstanding": { "amount": money(outstanding) }, "credit": { "amount": money(credit) } }]);
            let nothing = outstanding == 0 && credit == 0 && *balances == json!([]);
            if *balances != want && !nothing {
                wrong.push((
                    Kind::Lost,
                    format!("the balance is {balances} and not {want}"),
                ));
            }
        }
        wrong
    }
}

/// What a node shows.
struct Seen {
    invoices: Vec<Value>,
    payments: Vec<Value>,
    balances: BTreeMap<String, Value>,
}

/// All rows of a list, page by page.
async fn all(at: &Caller, query: &str) -> Result<Vec<Value>, Heard> {
    let (mut rows, mut after) = (vec![], Value::Null);
    loop {
        let page = match at.ask(query, json!({ "after": after })).await {
            Heard::Answer(page) => page,
            other @ (Heard::Error { .. } | Heard::Nonsense(_) | Heard::Nothing(_)) => {
                return Err(other);
            }
        };
        rows.extend(page["nodes"].as_array().into_iter().flatten().cloned());
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(rows);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

type Rows<'a> = BTreeMap<String, Vec<&'a Value>>;

fn by_key(rows: &[Value], key: impl Fn(&Value) -> Value) -> Rows<'_> {
    let mut by_key = Rows::new();
    for row in rows {
        by_key
            .entry(key(row).as_str().unwrap_or("without a key").to_owned())
            .or_default()
            .push(row);
    }
    by_key
}

fn compare_act(
    act: &Act,
    invoices: &Rows<'_>,
    payments: &Rows<'_>,
    by_id: &BTreeMap<&str, &Value>,
    settled: impl Fn(&str) -> Option<i64>,
) -> Vec<(Kind, String)> {
    let none = vec![];
    let name = format!("{} {}", act.deed.name(), act.key);
    let rows = match &act.deed {
        Deed::Draft { .. } => invoices.get(&act.key).unwrap_or(&none).clone(),
        Deed::Pay { .. } => payments.get(&act.key).unwrap_or(&none).clone(),
        Deed::Issue { invoice, .. } => {
            let row = by_id.get(invoice.as_str());
            row.filter(|row| row["number"].is_string())
                .copied()
                .into_iter()
                .collect()
        }
    };
    if rows.len() > 1 {
        return vec![(
            Kind::Doubled,
            format!("{name} took effect {} times", rows.len()),
        )];
    }
    let Some(row) = rows.first() else {
        return if act.acknowledged {
            vec![(
                Kind::Lost,
                format!("{name} was acknowledged: {:?}", act.meaning),
            )]
        } else {
            vec![]
        };
    };
    let mut wrong = vec![];
    if let Some(meaning) = &act.meaning {
        let same = row["id"] == meaning.id
            && meaning
                .number
                .as_ref()
                .is_none_or(|number| row["number"] == *number);
        if !same {
            wrong.push((
                Kind::Untrue,
                format!("{name} was answered with {meaning:?}, and {row} is there"),
            ));
        }
    }
    let want = match &act.deed {
        Deed::Draft { total, .. } => Some(("total", *total)),
        Deed::Issue { invoice, .. } => settled(invoice).map(|settled| ("settled", settled)),
        Deed::Pay { applied, .. } => Some(("applied", *applied)),
    };
    if let Some((field, want)) = want
        && act.acknowledged
        && row[field]["amount"] != money(want)
    {
        wrong.push((
            Kind::Lost,
            format!("{name}: {field} is not {} in {row}", money(want)),
        ));
    }
    wrong
}

/// What is wrong with the numbers of a series, of which the documents have all.
fn gap(series: &str, rows: &[Value]) -> Option<String> {
    let mut numbers: Vec<usize> = rows
        .iter()
        .filter_map(|row| row["number"].as_str()?.strip_prefix(series)?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let right = numbers
        .iter()
        .enumerate()
        .all(|(n, number)| n + 1 == *number);
    (!right).then(|| {
        format!(
            "{series} has numbers that are not 1 to {}: {numbers:?}",
            numbers.len()
        )
    })
}
