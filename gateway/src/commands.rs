//! What `billing` does besides serving.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Instant;

use anyhow::{Context as _, bail};
use projections::{Reach, Role};
use tokio::runtime::Handle;

use crate::app::open_log;
use crate::auth::{Accounts, NewAccount};
use crate::clock::Clock;
use crate::config::{Config, CreateAccount, RoleName};
use crate::graphql;
use crate::lost;
use crate::process::parking::Parking;
use crate::progress::Bar;
use crate::tables::Tables;

/// Builds the read models anew from the event log beside the served ones; a node that runs takes them over.
pub(crate) async fn rebuild(config: Config) -> anyhow::Result<()> {
    let log = open_log(&config).await?;
    let folder = config.read_models();
    let started = Instant::now();
    let position = tokio::task::spawn_blocking(move || {
        let bar = Bar::new("rebuilding the read models");
        projections::rebuild(&log, &Handle::current(), &folder, &|at, head| {
            bar.at(at, head)
        })
    })
    .await??;
    let seconds = started.elapsed();
    writeln!(
        std::io::stdout(),
        "rebuilt from {position} events in {seconds:.1?}"
    )?;
    Ok(())
}

/// Proves that the event log is whole up to its head and that the read models equal it.
pub(crate) async fn check(config: Config) -> anyhow::Result<()> {
    let log = open_log(&config).await?;
    let folder = config.read_models();
    let tables = Tables::new(log.clone());
    let parked = Parking::new(tables.clone()).count().await?;
    let lost = lost::list(&tables).await?;
    let beside = log.check().await?;
    let report = tokio::task::spawn_blocking(move || {
        let bar = Bar::new("checking the read models");
        projections::check(&log, &Handle::current(), &folder, &|at| bar.at(at, at))
    })
    .await??;
    let mut out = std::io::stdout().lock();
    for difference in &report.named {
        writeln!(out, "{difference}")?;
    }
    for finding in &beside {
        writeln!(out, "{finding}")?;
    }
    for event in &lost {
        writeln!(out, "not in the log any more: {event}")?;
    }
    let (rows, position, head) = (report.rows, report.position, report.head);
    if report.differences > 0 {
        bail!(
            "{} of {rows} rows differ from what {position} events make",
            report.differences
        );
    }
    if !beside.is_empty() {
        bail!(
            "the order, numbers or index of the event log differ from its events ({} findings)",
            beside.len()
        );
    }
    if parked > 0 {
        bail!(
            "{rows} rows are what {position} events make, but {parked} events are set aside (see the log)"
        );
    }
    writeln!(out, "clean: {rows} rows are what {position} events make")?;
    if head > position {
        let behind = head - position;
        writeln!(
            out,
            "the read models are {behind} events behind the log's {head}, which can all be read"
        )?;
    }
    Ok(())
}

/// Prints the GraphQL schema.
pub(crate) fn schema() -> anyhow::Result<()> {
    std::io::stdout()
        .write_all(graphql::sdl().as_bytes())
        .context("the schema could not be written")
}

/// Creates an account and prints its id.
pub(crate) async fn create_account(config: Config, create: CreateAccount) -> anyhow::Result<()> {
    let reach = match (create.role, create.customer, create.contact) {
        (RoleName::CustomerContact, Some(customer_id), Some(contact_id)) => Reach::Customer {
            customer_id,
            contact_id,
        },
        (RoleName::CustomerContact, _, _) => bail!("a contact needs --customer and --contact"),
        (RoleName::Staff | RoleName::Accountant | RoleName::Owner, Some(_), _)
        | (RoleName::Staff | RoleName::Accountant | RoleName::Owner, _, Some(_)) => {
            bail!("--customer and --contact are for contacts only")
        }
        (RoleName::Staff, None, None) => Reach::Organisation(Role::Staff),
        (RoleName::Accountant, None, None) => Reach::Organisation(Role::Accountant),
        (RoleName::Owner, None, None) => Reach::Organisation(Role::Owner),
    };
    if std::io::stdin().is_terminal() {
        write!(std::io::stderr(), "password (it is shown as you type): ")?;
    }
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("no password on standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let log = open_log(&config).await?;
    let accounts = Accounts::new(Tables::new(log.clone()))?;
    let account = NewAccount {
        email: create.email,
        name: create.name,
        password,
        reach,
    };
    let created = accounts.create(account, Clock::system().now()).await;
    log.close().await;
    writeln!(std::io::stdout(), "{}", created?.account_id).context("the id could not be written")
}
