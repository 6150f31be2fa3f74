//! What has happened to the organisation.

use serde::{Deserialize, Serialize};
use time::Date;

use super::branding::Logo;
use super::settings::OrganisationSettings;
use crate::bank::BankDetails;
use crate::money::Currency;
use crate::party::Party;

/// A fact about the organisation; `on` is the business date in its time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
#[allow(
    clippy::large_enum_variant,
    reason = "events live shortly, in small vectors"
)]
pub enum OrganisationEvent {
    /// It was registered.
    #[serde(rename = "OrganisationRegistered")]
    Registered {
        profile: OrganisationProfile,
        settings: OrganisationSettings,
        on: Date,
    },
    /// It stands differently on documents issued from now on.
    #[serde(rename = "OrganisationProfileUpdated")]
    ProfileUpdated {
        profile: OrganisationProfile,
        on: Date,
    },
    /// It works differently from now on.
    #[serde(rename = "OrganisationSettingsUpdated")]
    SettingsUpdated {
        settings: OrganisationSettings,
        on: Date,
    },
    /// Its pages look different from now on.
    #[serde(rename = "OrganisationBrandingUpdated")]
    BrandingUpdated {
        accent: Option<String>,
        logo: Option<Logo>,
        on: Date,
    },
}

/// The merchant as it stands on documents and pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationProfile {
    /// Name, mail, telephone, tax id and address.
    pub party: Party,
    /// Web site, as written.
    pub website: Option<String>,
    /// The currency it proposes on new documents.
    pub currency: Currency,
    /// Where customers transfer money to.
    pub bank: Option<BankDetails>,
}

impl cqrs_es::DomainEvent for OrganisationEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "OrganisationRegistered",
            Self::ProfileUpdated { .. } => "OrganisationProfileUpdated",
            Self::SettingsUpdated { .. } => "OrganisationSettingsUpdated",
            Self::BrandingUpdated { .. } => "OrganisationBrandingUpdated",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
