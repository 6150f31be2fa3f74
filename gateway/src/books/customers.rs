//! Importing customers: by themselves, one a row, or as invoices name them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use cqrs_es::Aggregate as _;
use domain::customer::{Customer, CustomerCommand, CustomerError, RegisterCustomer};
use domain::party::Party;
use futures::StreamExt as _;
use time::Date;
use uuid::Uuid;

use super::documents::DUPLICATE_ROW;
use super::gather::{Group, Groups};
use super::import::{Import, Known, Refused, Tally};
use super::reading::CustomerContent;
use super::refusals::{Finding, Report};
use super::sheet::Row;
use crate::progress::Bar;

/// Commands under way at once: one writes while others load and decide.
pub(super) const AT_ONCE: usize = 8;

/// Imports the customers of a file.
pub(super) async fn run(import: &Import, report: &mut Report) -> anyhow::Result<Tally> {
    let columns = &import.columns;
    let groups = Groups::by_key(&columns.sheet, &columns.customer.key)?;
    let mut tally = Tally {
        rows: groups.rows,
        blank: groups.blank,
        ..Tally::default()
    };
    let bar = Bar::counting("importing customers", "rows");
    let done = futures::stream::iter(groups)
        .map(|group: anyhow::Result<Group>| async move {
            let (rows, mut seen) = look(import, group?);
            let imported = match seen.content.take() {
                None => None,
                Some((row, content)) => match import_one(import, row, &content).await? {
                    Ok(new) => Some(new),
                    Err(finding) => {
                        seen.findings.push(*finding);
                        None
                    }
                },
            };
            anyhow::Ok((rows, seen.findings, imported))
        })
        .buffered(AT_ONCE);
    let mut done = std::pin::pin!(done);
    let mut rows_done = 0;
    while let Some(outcome) = done.next().await {
        let (rows, findings, new) = outcome?;
        match new {
            Some(new) => tally.add("customers", new),
            None => tally.refused += u64::from(findings.iter().any(|finding| finding.refused)),
        }
        report.add(&findings)?;
        rows_done += i64::try_from(rows).unwrap_or(0);
        bar.at(rows_done, i64::try_from(tally.rows).unwrap_or(i64::MAX));
    }
    Ok(tally)
}

/// What the rows of one key say.
struct Seen {
    findings: Vec<Finding>,
    /// None where something refuses the customer.
    content: Option<(Row, Box<CustomerContent>)>,
}

/// Reads the rows of a key: the same row again counts once, another one is refused.
fn look(import: &Import, group: Group) -> (usize, Seen) {
    let columns = &import.columns;
    let key_of = &columns.customer.key;
    let Group { rows, begun, more } = group;
    let count = rows.len();
    let mut seen = Seen {
        findings: vec![],
        content: None,
    };
    let Some(first) = rows.first().cloned() else {
        return (count, seen);
    };
    let key = key_of.key(&first).unwrap_or_default();
    let other = rows
        .iter()
        .find(|row| !row.says(&first))
        .map(|row| row.line);
    let unclear = begun.or(other.or(more.then_some(first.line)));
    for row in rows {
        let mut reading = columns.read(&row, &key);
        if let Some((code, reason)) = &row.broken {
            reading.refuse(key_of, code, reason);
        }
        let content = match row.broken {
            Some(_) => None,
            None => reading.customer_content(),
        };
        if let Some(other) = unclear {
            let line = if row.line == first.line {
                other
            } else {
                begun.unwrap_or(first.line)
            };
            let reason = format!("line {line} says something else under the same key");
            reading.refuse(key_of, "AMBIGUOUS", &reason);
        } else if row.line != first.line {
            reading.findings.clear();
            reading.note(key_of, "DUPLICATE_ROW", DUPLICATE_ROW);
        }
        let refused = reading.findings.iter().any(|finding| finding.refused);
        seen.findings.append(&mut reading.findings);
        if let (Some(content), false, true) = (content, refused, row.line == first.line) {
            seen.content = Some((row, Box::new(content)));
        }
    }
    (count, seen)
}

/// Answers with whether the customer is new, or with why it is refused.
async fn import_one(
    import: &Import,
    row: Row,
    content: &CustomerContent,
) -> anyhow::Result<Result<bool, Box<Finding>>> {
    let (command, meta) = registration(import, content, None);
    let known = import.known(&meta).await?;
    let refused = match known {
        Known::Same => None,
        Known::Other => Some(Refused::changed()),
        Known::No => register(import, content, command, &meta).await?.err(),
    };
    let Some(refused) = refused else {
        return Ok(Ok(known == Known::No));
    };
    let columns = &import.columns;
    let finding = columns.finding(&row, &refused.field, (&refused.code, &refused.reason));
    Ok(Err(Box::new(Finding {
        document: content.key.clone(),
        ..finding
    })))
}

/// The command that registers a customer. `on` is the business date where the file names none.
fn registration(
    import: &Import,
    content: &CustomerContent,
    on: Option<Date>,
) -> (CustomerCommand, eventlog::Metadata) {
    let on = content.registered.or(on);
    let said = serde_json::json!([
        &content.details,
        &content.addresses,
        content.currency.code(),
        content.payment_terms_days,
        content.registered.map(|on| on.to_string()),
    ]);
    let meta = import.meta(&format!("customer/{}", content.key), &said.to_string());
    let command = CustomerCommand::Register(RegisterCustomer {
        details: content.details.clone(),
        addresses: content.addresses.clone(),
        currency: content.currency,
        payment_terms_days: content.payment_terms_days,
        on: on.unwrap_or(import.columns.house.today),
    });
    (command, meta)
}

/// Registers a customer, or only says what would come of it; answers with how it stands on documents.
async fn register(
    import: &Import,
    content: &CustomerContent,
    command: CustomerCommand,
    meta: &eventlog::Metadata,
) -> anyhow::Result<Result<Party, Refused>> {
    let id = import.customer_id(&content.key);
    let mut customer = Customer::default();
    match customer.decide(command.clone()) {
        Ok(events) => events.into_iter().for_each(|event| customer.apply(event)),
        Err(refusal) => return Ok(Err(Refused::by(&refusal))),
    }
    if !import.dry_run
        && let Err(refused) = import.send::<Customer>(id, command, meta).await?
    {
        return Ok(Err(refused));
    }
    Ok(customer
        .registered
        .map(|known| known.as_party())
        .ok_or_else(|| Refused::by(&CustomerError::NotRegistered)))
}

/// The most customers that are kept at hand: a file may name any number of them.
const AT_HAND: usize = 10_000;

/// The customers that invoices name: each is registered with the first that names it, unless it is there.
#[derive(Default)]
pub(super) struct Named(Mutex<Parties>);

#[derive(Default)]
struct Parties {
    at_hand: HashMap<Uuid, Party>,
    /// Those that a dry run would have registered, and the log therefore does not know.
    would_be_known: HashSet<Uuid>,
}

impl Named {
    /// The customer as it stands on documents; `on` is when it is registered where it is not yet. Answers too whether
    /// it is new.
    pub(super) async fn find(
        &self,
        import: &Import,
        content: &CustomerContent,
        on: Date,
    ) -> anyhow::Result<Result<(Party, bool), Refused>> {
        let id = import.customer_id(&content.key);
        let seen = {
            let parties = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            parties.at_hand.get(&id).cloned()
        };
        if let Some(party) = seen {
            return Ok(Ok((party, false)));
        }
        let known = import.log.load::<Customer>(id).await?.state.registered;
        let found = match known {
            Some(known) => Ok((known.as_party(), false)),
            None => {
                let (command, meta) = registration(import, content, Some(on));
                let registered = register(import, content, command, &meta).await?;
                registered.map(|party| (party, true))
            }
        };
        let Ok((party, mut is_new)) = found else {
            return Ok(found);
        };
        let mut parties = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if parties.at_hand.len() >= AT_HAND {
            parties.at_hand.clear();
        }
        parties.at_hand.insert(id, party.clone());
        if is_new && import.dry_run {
            is_new = parties.would_be_known.insert(id);
        }
        Ok(Ok((party, is_new)))
    }
}
