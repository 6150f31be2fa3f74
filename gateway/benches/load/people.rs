//! People who are signed in: rows of the side tables, made directly.

use eventlog::EventLog;
use gateway::auth::Sessions;
use gateway::clock::Clock;
use gateway::tables::Tables;
use projections::{Reach, Viewer};
use uuid::Uuid;

use crate::Outcome;

/// Somebody who is signed in.
pub struct Person {
    pub viewer: Viewer,
    pub token: String,
}

/// Makes an account for each, and signs it in.
pub async fn sign_in(
    log: &EventLog,
    reaches: impl IntoIterator<Item = Reach>,
) -> Outcome<Vec<Person>> {
    let tables = Tables::new(log.clone());
    let sessions = Sessions::new(tables.clone(), Clock::system(), time::Duration::hours(1));
    let mut people = vec![];
    for reach in reaches {
        let viewer = Viewer {
            account_id: Uuid::now_v7(),
            name: "Ana Ruiz".to_owned(),
            email: format!("{}@example.com", Uuid::now_v7().simple()),
            reach,
        };
        let contact = match reach {
            Reach::Customer { contact_id, .. } => Some(contact_id),
            Reach::AsCustomer { .. } | Reach::Organisation(_) => None,
        };
        let sql = "INSERT INTO accounts (id, email, name, password_hash, role, customer_id, contact_id, created_at)
                   VALUES ($1, $2, $3, 'none', $4, $5, $6, 0)";
        let args = [
            viewer.account_id.into(),
            viewer.email.as_str().into(),
            viewer.name.as_str().into(),
            viewer.role().name().into(),
            viewer.only_customer().into(),
            contact.into(),
        ];
        tables.execute(sql, &args).await?;
        let token = sessions.start(viewer.clone()).await?.token;
        people.push(Person { viewer, token });
    }
    Ok(people)
}
