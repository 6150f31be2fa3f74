//! The demonstration organisation: a small studio at work for more than a year, made through the same commands as
//! everything else, on a stage whose clock goes through that time day by day: what the calendar and the processes did
//! meanwhile (renewals, reminders, fees, collections) they did by themselves.
//!
//! Every command's id derives from its place in the story, so that a start that was cut short is simply told again.

#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "cents are written as 240_00"
)]

mod cast;
mod deeds;
mod stage;
mod story;

use domain::organisation::{ORGANISATION_ID, Organisation};
use projections::{Reach, Role};
use uuid::{Uuid, uuid};

use self::stage::Stage;
use crate::app::App;
use crate::auth::NewAccount;

/// The password of every demonstration account.
pub(crate) const PASSWORD: &str = "harbour-demo-2026";
/// The demonstration accounts: what each is for, and the address to sign in with.
pub(crate) const SIGN_INS: [(&str, &str); 4] = [
    ("customer", "customer@demo.example"),
    ("staff", "staff@demo.example"),
    ("accountant", "accountant@demo.example"),
    ("owner", "owner@demo.example"),
];

const STORY: Uuid = uuid!("0192f0c1-0000-7000-8000-00000000d390");
const NAME: &str = "demo";

/// Makes the demonstration organisation, unless this event store has it or another organisation already; says whether
/// the store holds it now.
pub(crate) async fn make(app: &App) -> anyhow::Result<bool> {
    let made = app
        .tables
        .fetch_one(
            "SELECT position FROM checkpoints WHERE name = $1",
            &[NAME.into()],
        )
        .await?;
    let organisation = app.log.load::<Organisation>(ORGANISATION_ID).await?;
    let is_ours = organisation
        .state
        .registered
        .is_none_or(|known| known.profile == cast::profile());
    if made.is_some() || !is_ours {
        return Ok(made.is_some());
    }
    let stage = Stage::set(&app.config, app.today(), story::LENGTH).await?;
    story::tell(&stage).await?;
    stage.close().await?;
    app.refresh_settings().await?;
    accounts(app).await?;
    let sql = "INSERT INTO checkpoints (name, position) VALUES ($1, 1) ON CONFLICT DO NOTHING";
    app.tables.execute(sql, &[NAME.into()]).await?;
    Ok(true)
}

/// The id of something in the story.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&STORY, name.as_bytes())
}

async fn accounts(app: &App) -> anyhow::Result<()> {
    let people = [
        (
            "Clara Kontos",
            Reach::Customer {
                customer_id: id("lighthouse"),
                contact_id: id("lighthouse/contact"),
            },
        ),
        ("Sam Finch", Reach::Organisation(Role::Staff)),
        ("Ada Brandt", Reach::Organisation(Role::Accountant)),
        ("Olga Harbour", Reach::Organisation(Role::Owner)),
    ];
    for ((_, email), (name, reach)) in SIGN_INS.into_iter().zip(people) {
        if app.accounts.find_by_email(email).await?.is_some() {
            continue;
        }
        let account = NewAccount {
            email: email.to_owned(),
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            reach,
        };
        app.accounts.create(account, app.clock.now()).await?;
    }
    Ok(())
}
