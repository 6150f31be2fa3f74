//! The organisation from the command line: an installation that nobody has signed in to yet can be set up and imported to.

use std::io::Write as _;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use domain::bank::BankDetails;
use domain::invalid::Invalid;
use domain::money::Currency;
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationError, OrganisationProfile,
    OrganisationSettings, RegisteredOrganisation,
};
use domain::party::{Address, Party};
use domain::zone::Zone;
use eventlog::{Actor, EventLog, ExecuteError, Metadata};
use uuid::Uuid;

use crate::app::open_log;
use crate::clock::Clock;
use crate::config::Config;

/// Commands on the organisation.
#[derive(Subcommand, Clone, Debug)]
pub enum OrganisationAction {
    /// Register the organisation, or change what is named here; the rest stays as it is.
    Set(Box<SetOrganisation>),
}

/// What to set. An empty text takes away what is there.
#[derive(Args, Clone, Debug, Default)]
pub struct SetOrganisation {
    /// The legal name, as it stands on documents; needed the first time.
    #[arg(long)]
    name: Option<String>,
    /// The currency that new documents propose (ISO 4217); needed the first time.
    #[arg(long, value_parser = currency)]
    currency: Option<Currency>,
    /// Where its days begin and end, such as Europe/Vienna; UTC when never set.
    #[arg(long)]
    time_zone: Option<String>,
    /// Where mail reaches it.
    #[arg(long)]
    email: Option<String>,
    /// Telephone.
    #[arg(long)]
    phone: Option<String>,
    /// VAT or other tax number.
    #[arg(long)]
    tax_id: Option<String>,
    /// Web site.
    #[arg(long)]
    website: Option<String>,
    /// Street and number; an address needs street, city and country.
    #[arg(long)]
    street: Option<String>,
    /// Postal code.
    #[arg(long)]
    postal_code: Option<String>,
    /// Town.
    #[arg(long)]
    city: Option<String>,
    /// State, province or region.
    #[arg(long)]
    region: Option<String>,
    /// Country (ISO 3166-1 alpha-2, such as AT).
    #[arg(long)]
    country: Option<String>,
    /// Whose bank account it is; an account needs this and an IBAN or account number.
    #[arg(long)]
    bank_holder: Option<String>,
    /// The bank's name.
    #[arg(long)]
    bank_name: Option<String>,
    /// International bank account number.
    #[arg(long)]
    iban: Option<String>,
    /// Business identifier code of the bank.
    #[arg(long)]
    bic: Option<String>,
    /// Account and routing number where there are no IBANs.
    #[arg(long)]
    account_number: Option<String>,
}

fn currency(text: &str) -> Result<Currency, String> {
    Currency::from_code(&text.to_uppercase())
        .ok_or_else(|| "must be a currency code such as EUR (ISO 4217)".to_owned())
}

/// Does what the command line says with the organisation.
pub(crate) async fn run(config: Config, action: OrganisationAction) -> anyhow::Result<()> {
    let OrganisationAction::Set(said) = action;
    let log = open_log(&config).await?;
    let done = set(&log, &said).await;
    log.close().await;
    let (known, changes) = done?;
    let mut out = std::io::stdout();
    let what = if changes == 0 { "unchanged" } else { "saved" };
    let party = &known.profile.party;
    writeln!(
        out,
        "organisation {what}: {}, {}, {}",
        party.name,
        known.profile.currency.code(),
        known.settings.time_zone.name()
    )?;
    Ok(())
}

/// Answers with the organisation as it is then, and how many events that took.
async fn set(
    log: &EventLog,
    said: &SetOrganisation,
) -> anyhow::Result<(RegisteredOrganisation, usize)> {
    let zone = said.time_zone.as_ref();
    let zone = zone.map(|name| Zone::named("timeZone", name));
    let zone = zone.transpose().map_err(OrganisationError::from);
    let zone = zone.map_err(explained)?;
    let before = log.load::<Organisation>(ORGANISATION_ID).await?.state;
    if before.registered.is_none() && (said.name.is_none() || said.currency.is_none()) {
        return Err(anyhow!(
            "there is no organisation yet: the first time it needs --name and --currency"
        ));
    }
    let settings = |known: Option<&RegisteredOrganisation>| OrganisationSettings {
        time_zone: zone.clone().unwrap_or_else(|| {
            known.map_or_else(Zone::utc, |known| known.settings.time_zone.clone())
        }),
        ..known.map_or_else(OrganisationSettings::default, |known| {
            known.settings.clone()
        })
    };
    let today = settings(before.registered.as_ref())
        .time_zone
        .date_of(Clock::system().now());
    let first = |state: &Organisation| match &state.registered {
        None => OrganisationCommand::Register {
            profile: said.over(None),
            settings: settings(None),
            on: today,
        },
        Some(known) => OrganisationCommand::UpdateProfile {
            profile: said.over(Some(&known.profile)),
            on: today,
        },
    };
    let mut changes = tell(log, first).await?;
    if zone.is_some() {
        changes += tell(log, |state| OrganisationCommand::UpdateSettings {
            settings: settings(state.registered.as_ref()),
            on: today,
        })
        .await?;
    }
    let after = log.load::<Organisation>(ORGANISATION_ID).await?.state;
    let known = after
        .registered
        .context("the organisation is not registered")?;
    Ok((known, changes))
}

/// Sends a command, made of the newest state; answers with the number of its events.
async fn tell(
    log: &EventLog,
    make: impl Fn(&Organisation) -> OrganisationCommand + Send + Sync,
) -> anyhow::Result<usize> {
    let actor = Actor {
        id: "command-line".to_owned(),
        name: "Command line".to_owned(),
        role: "system".to_owned(),
        on_behalf_of: None,
    };
    let meta = Metadata::new(Uuid::now_v7(), actor);
    let make = |state: &Organisation, _| Ok(make(state));
    match log
        .execute_with::<Organisation, _>(ORGANISATION_ID, &meta, make)
        .await
    {
        Ok(done) => Ok(done.events.len()),
        Err(ExecuteError::Refused(refusal)) => Err(explained(refusal)),
        Err(error) => Err(error.into()),
    }
}

/// The refusal with the option that it is about.
fn explained(refusal: OrganisationError) -> anyhow::Error {
    match refusal {
        OrganisationError::Invalid(Invalid { field, rule }) => {
            anyhow!("--{}: {rule}", option(&field))
        }
        OrganisationError::NotRegistered | OrganisationError::AlreadyRegistered => refusal.into(),
    }
}

/// The option for a field as the domain calls it.
fn option(field: &str) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    let mut option = if last == "holder" { "bank-" } else { "" }.to_owned();
    for char in last.chars() {
        if char.is_ascii_uppercase() {
            option.push('-');
        }
        option.push(char.to_ascii_lowercase());
    }
    option
}

impl SetOrganisation {
    /// The profile with what is said over what is known.
    fn over(&self, known: Option<&OrganisationProfile>) -> OrganisationProfile {
        let party = known.map(|known| known.party.clone()).unwrap_or_default();
        let address = self.address_over(party.address.clone());
        OrganisationProfile {
            party: Party {
                name: self.name.clone().unwrap_or(party.name),
                email: self.email.clone().or(party.email),
                phone: self.phone.clone().or(party.phone),
                tax_id: self.tax_id.clone().or(party.tax_id),
                address,
            },
            website: self
                .website
                .clone()
                .or_else(|| known.and_then(|known| known.website.clone())),
            currency: self
                .currency
                .or(known.map(|known| known.currency))
                .unwrap_or(Currency::EUR),
            bank: self.bank_over(known.and_then(|known| known.bank.clone())),
        }
    }

    fn address_over(&self, known: Option<Address>) -> Option<Address> {
        let known = known.unwrap_or_default();
        let address = Address {
            street: self.street.clone().unwrap_or(known.street),
            postal_code: self.postal_code.clone().or(known.postal_code),
            city: self.city.clone().unwrap_or(known.city),
            region: self.region.clone().or(known.region),
            country: self.country.clone().unwrap_or(known.country),
        };
        let says = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let says_more = says(&address.postal_code) || says(&address.region);
        let is_empty = [&address.street, &address.city, &address.country]
            .iter()
            .all(|text| text.is_empty());
        (says_more || !is_empty).then_some(address)
    }

    fn bank_over(&self, known: Option<BankDetails>) -> Option<BankDetails> {
        let known = known.unwrap_or_default();
        let bank = BankDetails {
            holder: self.bank_holder.clone().unwrap_or(known.holder),
            bank_name: self.bank_name.clone().or(known.bank_name),
            iban: self.iban.clone().or(known.iban),
            bic: self.bic.clone().or(known.bic),
            account_number: self.account_number.clone().or(known.account_number),
        };
        let texts = [&bank.bank_name, &bank.iban, &bank.bic, &bank.account_number];
        let is_empty = texts
            .iter()
            .all(|text| text.as_ref().is_none_or(String::is_empty));
        (!is_empty || !bank.holder.is_empty()).then_some(bank)
    }
}
