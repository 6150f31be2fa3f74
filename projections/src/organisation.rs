//! The organisation as everyone signed in may see it.

use domain::organisation::{OrganisationEvent, OrganisationProfile, OrganisationSettings};
use rusqlite::Connection;
use uuid::Uuid;

use crate::record::Record;
use crate::sql::{self, Columns, Writer, json_text};

/// The merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    /// Counts its events.
    pub version: i64,
    /// As it stands on documents.
    pub profile: OrganisationProfile,
    /// How it works.
    pub settings: OrganisationSettings,
    /// The colour of its pages' buttons, `#rrggbb`.
    pub accent: Option<String>,
    /// The SHA-256 of its logo, in hexadecimal digits.
    pub logo: Option<String>,
}

/// The organisation, once registered.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_organisation(db: &Connection) -> rusqlite::Result<Option<OrganisationRow>> {
    sql::one(
        db,
        "SELECT version, profile, settings, accent, logo FROM organisation",
        &[],
        |row| {
            let mut columns = Columns::of(row);
            Ok(OrganisationRow {
                version: columns.get()?,
                profile: columns.json()?,
                settings: columns.json()?,
                accent: columns.get()?,
                logo: columns.get()?,
            })
        },
    )
}

pub(crate) fn on_organisation(
    db: &Writer<'_>,
    record: &Record,
    event: &OrganisationEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let version = record.version;
    match event {
        OrganisationEvent::Registered {
            profile,
            settings,
            on: _,
        } => db.run(
            "INSERT INTO organisation VALUES (1, ?, ?, ?, NULL, NULL)",
            &[&version, &json_text(profile)?, &json_text(settings)?],
        )?,
        OrganisationEvent::ProfileUpdated { profile, on: _ } => db.run(
            "UPDATE organisation SET version = ?, profile = ?",
            &[&version, &json_text(profile)?],
        )?,
        OrganisationEvent::SettingsUpdated { settings, on: _ } => db.run(
            "UPDATE organisation SET version = ?, settings = ?",
            &[&version, &json_text(settings)?],
        )?,
        OrganisationEvent::BrandingUpdated {
            accent,
            logo,
            on: _,
        } => db.run(
            "UPDATE organisation SET version = ?, accent = ?, logo = ?",
            &[&version, accent, &logo.as_ref().map(|logo| &logo.sha256)],
        )?,
    };
    Ok(None)
}
