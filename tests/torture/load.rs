//! Who works on the books: several people at once, each on invoices of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::books::{Books, Deed};
use crate::caller::Caller;
use crate::dice::Dice;
use crate::support::cast::done;
use crate::support::{Engine, Node, Store};

/// An organisation with two customers and nothing else, to begin from; nobody runs on it.
pub struct Scene {
    pub store: Arc<Store>,
    pub token: String,
    pub customers: Vec<String>,
}

/// The settings of every node.
pub fn settings<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    static LOG: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("RUST_LOG").unwrap_or_else(|_| "off".to_owned()));
    let mut settings = vec![("RUST_LOG", LOG.as_str()), ("LIMIT_COMPLEXITY", "1000000")];
    settings.extend(more);
    settings
}

impl Scene {
    pub async fn on(engine: Engine) -> Self {
        Self::at(Store::new(engine).await).await
    }

    pub async fn at(store: Arc<Store>) -> Self {
        let mut node = Node::with(Arc::clone(&store), &settings(&[])).await;
        let owner = node.signed_in("owner").await;
        let token = node.signed_in("staff").await;
        let address =
            json!({ "street": "Kai 1", "city": "Hamburg", "postalCode": "20457", "country": "de" });
        let input = json!({ "name": "Harbour & Finch", "currency": "EUR", "address": address });
        done(&node, &owner, "saveOrganisation", input, "__typename").await;
        let mut customers = vec![];
        for name in ["Nordwind", "Stranger Ltd"] {
            let input = json!({ "name": name, "currency": "EUR", "billingAddress": address });
            let customer = done(&node, &token, "registerCustomer", input, "customer { id }").await;
            customers.push(customer["customer"]["id"].as_str().unwrap().to_owned());
        }
        assert!(node.stop().await);
        Self {
            store,
            token,
            customers,
        }
    }
}

/// One of several people at work.
pub struct Worker {
    books: Arc<Books>,
    pub at: Caller,
    dice: Dice,
    mine: Vec<Mine>,
}

struct Mine {
    id: String,
    customer: String,
    total: i64,
    issued: bool,
    paid: i64,
}

impl Worker {
    pub fn crew(count: u64, books: &Arc<Books>, at: &Caller, dice: &Dice) -> Vec<Self> {
        let worker = |n| Self {
            books: Arc::clone(books),
            at: at.clone(),
            dice: dice.fork(1000 + n),
            mine: vec![],
        };
        (0..count).map(worker).collect()
    }

    /// Whether it was acknowledged.
    pub async fn step(&mut self) -> bool {
        let key = self.dice.id().to_string();
        if self.mine.is_empty() || self.dice.one_in(3) {
            let customer = self.dice.pick(&[0, 1]);
            let customer = self.books.customers()[customer].clone();
            let total = 119 * i64::try_from(self.dice.between(1, 5000)).unwrap();
            let deed = Deed::Draft {
                customer: customer.clone(),
                total,
            };
            let drafted = self.books.perform(&self.at, key, deed).await;
            let acknowledged = drafted.is_some();
            self.mine.extend(drafted.map(|meaning| Mine {
                id: meaning.id,
                customer,
                total,
                issued: false,
                paid: 0,
            }));
            return acknowledged;
        }
        let which = usize::try_from(self.dice.between(0, self.mine.len() as u64 - 1)).unwrap();
        // Left alone for ever where it is not acknowledged: what the next step would be is not known.
        let mut invoice = self.mine.swap_remove(which);
        let deed = if invoice.issued {
            let due = invoice.total - invoice.paid;
            let applied = if due > 1 && self.dice.one_in(2) {
                due / 2
            } else {
                due
            };
            invoice.paid += applied;
            let extra = if self.dice.one_in(4) { 1000 } else { 0 };
            let (customer, id) = (invoice.customer.clone(), invoice.id.clone());
            Deed::Pay {
                customer,
                invoice: id,
                applied,
                extra,
                due: due - applied,
            }
        } else {
            invoice.issued = true;
            Deed::Issue {
                invoice: invoice.id.clone(),
                total: invoice.total,
            }
        };
        let done = self.books.perform(&self.at, key, deed).await.is_some();
        if done && invoice.paid < invoice.total {
            self.mine.push(invoice);
        }
        done
    }
}

/// All work until each has done so many steps, or until they are told to stop; how many steps were acknowledged and
/// how many were not.
pub async fn work(crew: &mut [Worker], steps: usize, stop: &AtomicBool) -> (usize, usize) {
    let each = crew.iter_mut().map(async |worker| {
        let (mut done, mut failed) = (0, 0);
        while done + failed < steps && !stop.load(Ordering::SeqCst) {
            if worker.step().await {
                done += 1;
            } else {
                failed += 1;
                // A person does not press the button a thousand times a second.
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
        (done, failed)
    });
    let all = futures::future::join_all(each).await;
    all.into_iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

pub fn never() -> AtomicBool {
    AtomicBool::new(false)
}
