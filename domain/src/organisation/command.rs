//! What can be asked of the organisation.

use time::Date;

use super::branding::LogoChange;
use super::event::OrganisationProfile;
use super::settings::OrganisationSettings;

/// A command to the organisation; `on` is the business date in its time zone.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time is decided")]
pub enum OrganisationCommand {
    /// Register it, once.
    Register {
        /// As it stands on documents.
        profile: OrganisationProfile,
        /// How it works.
        settings: OrganisationSettings,
        /// Business date.
        on: Date,
    },
    /// Change how it stands on documents issued from now on.
    UpdateProfile {
        /// The whole profile as it shall be.
        profile: OrganisationProfile,
        /// Business date.
        on: Date,
    },
    /// Change how it works.
    UpdateSettings {
        /// All settings as they shall be.
        settings: OrganisationSettings,
        /// Business date.
        on: Date,
    },
    /// Change how its pages look.
    UpdateBranding {
        /// The colour of buttons, `#rrggbb`; None for the pages' own.
        accent: Option<String>,
        /// What becomes of the logo.
        logo: LogoChange,
        /// Business date.
        on: Date,
    },
}
