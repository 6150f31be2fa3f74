//! Importing customers: by themselves, one a row, or as invoices name them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cqrs_es::Aggregate as _;
use domain::customer::{Customer, CustomerCommand, CustomerError, RegisterCustomer};
use domain::party::Party;
use futures::StreamExt as _;
use time::Date;
use uuid::Uuid;

use super::documents::CustomerContent;
use super::import::{Import, Known, Refused, Tally};
use super::refusals::{Finding, Report};
use super::sheet::{Row, Survey};
use crate::progress::Bar;

/// Commands under way at once: one writes while others load and decide.
pub(super) const AT_ONCE: usize = 8;

/// Imports the customers of a file.
pub(super) async fn run(import: &Import, report: &mut Report) -> anyhow::Result<Tally> {
    let columns = &import.columns;
    let mut survey = Survey::of(&columns.sheet, &columns.customer.key, false)?;
    let mut tally = Tally {
        rows: survey.rows,
        ..Tally::default()
    };
    let bar = Bar::counting("importing customers", "rows");
    let rows = columns
        .sheet
        .rows()?
        .map(|row| Ok(survey_row(import, &mut survey, row?)));
    let done = futures::stream::iter(rows)
        .map(|seen: anyhow::Result<Seen>| async move {
            match seen? {
                Seen::Customer(row, content) => import_one(import, row, &content).await,
                Seen::Said(findings) => Ok((findings, None)),
            }
        })
        .buffered(AT_ONCE);
    let mut done = std::pin::pin!(done);
    let mut rows_done = 0;
    while let Some(outcome) = done.next().await {
        let (findings, new) = outcome?;
        match new {
            Some(new) => tally.add("customers", new),
            None => tally.refused += u64::from(findings.iter().any(|finding| finding.refused)),
        }
        report.add(&findings)?;
        rows_done += 1;
        bar.at(rows_done, i64::try_from(tally.rows).unwrap_or(i64::MAX));
    }
    Ok(tally)
}

enum Seen {
    Customer(Row, Box<CustomerContent>),
    Said(Vec<Finding>),
}

fn survey_row(import: &Import, survey: &mut Survey, row: Row) -> Seen {
    let columns = &import.columns;
    let key_of = &columns.customer.key;
    let key = key_of.text(&row).unwrap_or_default();
    let mut reading = columns.read(&row, &key);
    if let Some((code, reason)) = &row.broken {
        reading.refuse(key_of, code, reason);
        return Seen::Said(reading.findings);
    }
    let content = columns.customer_content(&mut reading);
    if survey.is_unclear(&key) {
        reading.refuse(
            key_of,
            "AMBIGUOUS",
            "another row says something else under the same key",
        );
    } else if !key.is_empty() && !survey.take(&key) {
        reading.note(
            key_of,
            "DUPLICATE_ROW",
            "the same row stands in the file before; once is enough",
        );
        return Seen::Said(reading.findings);
    }
    let findings = reading.findings;
    match content {
        Some(content) if !findings.iter().any(|finding| finding.refused) => {
            Seen::Customer(row, Box::new(content))
        }
        Some(_) | None => Seen::Said(findings),
    }
}

/// Answers with what to report, and whether the customer is new where it is not refused.
async fn import_one(
    import: &Import,
    row: Row,
    content: &CustomerContent,
) -> anyhow::Result<(Vec<Finding>, Option<bool>)> {
    let (command, meta) = registration(import, content, None);
    let known = import.known(&meta).await?;
    let refused = match known {
        Known::Same => None,
        Known::Other => Some(Refused::changed()),
        Known::No => register(import, content, command, &meta).await?.err(),
    };
    let Some(refused) = refused else {
        return Ok((vec![], Some(known == Known::No)));
    };
    let finding = Finding {
        line: row.line,
        document: content.key.clone(),
        ..import
            .columns
            .finding(&row, &refused.field, (&refused.code, &refused.reason))
    };
    Ok((vec![finding], None))
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
        on: on.unwrap_or(import.today),
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

/// The customers that invoices name: each is registered with the first that names it, unless it is there.
#[derive(Default)]
pub(super) struct Named(Mutex<HashMap<Uuid, Party>>);

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
        let seen = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
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
        if let Ok((party, _)) = &found {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert(id, party.clone());
        }
        Ok(found)
    }
}
