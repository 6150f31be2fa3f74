//! The organisation: the merchant itself, as it stands on documents, and its settings. One per event store.

mod branding;
mod command;
mod decide;
mod error;
mod event;
mod settings;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::{Uuid, uuid};

pub use branding::{Branding, Logo, LogoChange, LogoType};
pub use command::OrganisationCommand;
pub use error::OrganisationError;
pub use event::{OrganisationEvent, OrganisationProfile};
pub use settings::{
    AfterDunning, Dunning, Fee, InvoiceOnAcceptance, LateFee, OrganisationSettings, PortalSettings,
    TaxRate,
};

use crate::invoice::Schedule;

/// The id of the one organisation of an event store.
pub const ORGANISATION_ID: Uuid = uuid!("0192f0c1-0000-7000-8000-0000000000a1");

/// The state that decides what an organisation command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// None until registered.
    pub registered: Option<RegisteredOrganisation>,
}

/// A registered organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisteredOrganisation {
    /// As it stands on documents.
    pub profile: OrganisationProfile,
    /// How it works.
    pub settings: OrganisationSettings,
    /// How its pages look.
    pub branding: Branding,
    /// Since when the reminders are as they are: a schedule does not reach back.
    pub reminders_since: Date,
    /// The same of the late fees.
    pub late_fees_since: Date,
}

impl RegisteredOrganisation {
    /// The stages of reminder, and since when.
    pub fn reminders(&self) -> Schedule<'_, i16> {
        Schedule {
            stages: &self.settings.reminders,
            since: self.reminders_since,
        }
    }

    /// The stages of late fee, and since when.
    pub fn late_fees(&self) -> Schedule<'_, LateFee> {
        Schedule {
            stages: &self.settings.late_fees,
            since: self.late_fees_since,
        }
    }
}

crate::aggregate::aggregate!(
    Organisation,
    "organisation",
    OrganisationCommand,
    OrganisationEvent,
    OrganisationError
);
