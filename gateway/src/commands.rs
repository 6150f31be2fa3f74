//! What `billing` does besides serving.

use std::io::{BufRead as _, Write as _};

use anyhow::{Context as _, bail};
use projections::{Reach, Role};

use crate::app::App;
use crate::auth::NewAccount;
use crate::config::{Config, CreateAccount, RoleName};
use crate::graphql;

/// Builds the read models anew from the event log.
pub(crate) async fn rebuild(_config: Config) -> anyhow::Result<()> {
    bail!("rebuild is not built yet")
}

/// Proves that the event log is whole and that the read models equal it.
pub(crate) async fn check(_config: Config) -> anyhow::Result<()> {
    bail!("check is not built yet")
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
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("no password on standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let app = App::open(config).await?;
    let account = NewAccount {
        email: create.email,
        name: create.name,
        password,
        reach,
    };
    let created = app.accounts.create(account, app.clock.now()).await;
    app.close().await;
    writeln!(std::io::stdout(), "{}", created?.account_id).context("the id could not be written")
}
