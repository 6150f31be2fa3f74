//! Figures of the books for the command line, and for whoever checks them against another computation.

use std::fmt::Write as _;
use std::io::Write as _;

use projections::{
    AgeingRow, LARGEST_PAGE, Page, Reach, Role, TurnoverRow, Viewer, count_customers,
    find_customer, list_ageing, list_turnover, read_beside, sum_ageing, sum_balances,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use time::Date;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::cli::{ReportCommand, ReportFormat};
use crate::app::open_log;
use crate::config::Config;
use crate::progress::Bar;

/// Prints a report.
pub(super) async fn run(config: Config, command: ReportCommand) -> anyhow::Result<()> {
    let (figures, format) = match command {
        ReportCommand::Ageing { as_of, format } => {
            (read(&config, move |db| ageing(db, as_of)).await?, format)
        }
        ReportCommand::Balances { format } => (read(&config, balances).await?, format),
    };
    let text = match format {
        ReportFormat::Json => format!("{figures}\n"),
        ReportFormat::Text => text(&figures),
    };
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

/// Whoever runs the program on the machine sees everything, and changes nothing.
pub(super) fn operator() -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: "Command line".to_owned(),
        email: String::new(),
        reach: Reach::Organisation(Role::Accountant),
    }
}

/// Runs a query on the read models, beside whoever serves them.
pub(super) async fn read<T: Send + 'static>(
    config: &Config,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let log = open_log(config).await?;
    let (folder, of_log) = (config.read_models(), log.clone());
    let answer = tokio::task::spawn_blocking(move || {
        let bar = Bar::new("building the read models");
        let progress = |at, head| bar.at(at, head);
        read_beside(&of_log, &Handle::current(), &folder, &progress, query)
    });
    let answer = answer.await?;
    log.close().await;
    Ok(answer?)
}

fn ageing(db: &Connection, as_of: Date) -> rusqlite::Result<Value> {
    let viewer = operator();
    let totals = sum_ageing(db, &viewer, as_of, None)?;
    let mut customers = vec![];
    let mut page = Page {
        first: LARGEST_PAGE,
        after: None,
    };
    loop {
        let slice = list_ageing(db, &viewer, as_of, None, &page)?;
        page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        for (_, row) in slice.rows {
            let customer = find_customer(db, &viewer, row.customer_id)?;
            customers.push(json!({
                "id": row.customer_id,
                "name": customer.map(|customer| customer.name),
                "amounts": row.ageing.iter().map(aged).collect::<Vec<Value>>(),
            }));
        }
        if !slice.has_next {
            break;
        }
    }
    Ok(json!({
        "asOf": as_of.to_string(),
        "totals": totals.iter().map(aged).collect::<Vec<Value>>(),
        "customers": customers,
    }))
}

fn aged(row: &AgeingRow) -> Value {
    json!({
        "currency": row.due.currency.code(),
        "current": row.current.amount.to_string(),
        "days1To30": row.to_30.amount.to_string(),
        "days31To60": row.to_60.amount.to_string(),
        "days61To90": row.to_90.amount.to_string(),
        "daysOver90": row.over_90.amount.to_string(),
        "due": row.due.amount.to_string(),
        "credit": row.credit.amount.to_string(),
    })
}

fn balances(db: &Connection) -> rusqlite::Result<Value> {
    let viewer = operator();
    let balances = sum_balances(db, &viewer)?.into_iter().map(|row| {
        json!({
            "currency": row.outstanding.currency.code(),
            "outstanding": row.outstanding.amount.to_string(),
            "credit": row.credit.amount.to_string(),
        })
    });
    let turnover = list_turnover(db, &viewer)?;
    Ok(json!({
        "customers": count_customers(db, &viewer, None)?,
        "balances": balances.collect::<Vec<Value>>(),
        "movements": turnover.iter().map(moved).collect::<Vec<Value>>(),
    }))
}

fn moved(row: &TurnoverRow) -> Value {
    json!({
        "currency": row.change.currency.code(),
        "kind": row.kind.name(),
        "count": row.count,
        "amount": row.change.amount.to_string(),
        "dueChange": row.due_change.amount.to_string(),
    })
}

/// A value as indented lines for people: lists one entry a line, names before values.
fn text(value: &Value) -> String {
    let mut out = String::new();
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            match value {
                Value::Array(entries) => {
                    let _ = writeln!(out, "{name}:");
                    for entry in entries {
                        let _ = writeln!(out, "  {}", line(entry));
                    }
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => {
                    let _ = writeln!(out, "{name}: {}", line(value));
                }
            }
        }
    }
    out
}

fn line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", line(value)));
            parts.collect::<Vec<_>>().join("  ")
        }
        Value::Array(entries) => entries.iter().map(line).collect::<Vec<_>>().join("; "),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
