//! The organisation's decisions.

use super::{
    Branding, Organisation, OrganisationCommand, OrganisationError, OrganisationEvent,
    OrganisationProfile, RegisteredOrganisation,
};
use crate::invalid::{Invalid, optional_website};
use crate::money;

type Decision = Result<Vec<OrganisationEvent>, OrganisationError>;

impl Organisation {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: OrganisationCommand) -> Decision {
        let registered = self.registered.as_ref();
        match command {
            OrganisationCommand::Register {
                profile,
                settings,
                on,
            } => {
                let profile = checked_profile(&profile)?;
                let settings = settings.checked()?;
                match registered {
                    None => Ok(vec![OrganisationEvent::Registered {
                        profile,
                        settings,
                        on,
                    }]),
                    Some(known) if known.profile == profile && known.settings == settings => {
                        Ok(vec![])
                    }
                    Some(_) => Err(OrganisationError::AlreadyRegistered),
                }
            }
            OrganisationCommand::UpdateProfile { profile, on } => {
                let known = registered.ok_or(OrganisationError::NotRegistered)?;
                let profile = checked_profile(&profile)?;
                let same = known.profile == profile;
                Ok(if same {
                    vec![]
                } else {
                    vec![OrganisationEvent::ProfileUpdated { profile, on }]
                })
            }
            OrganisationCommand::UpdateSettings { settings, on } => {
                let known = registered.ok_or(OrganisationError::NotRegistered)?;
                let settings = settings.checked()?;
                let same = known.settings == settings;
                Ok(if same {
                    vec![]
                } else {
                    vec![OrganisationEvent::SettingsUpdated { settings, on }]
                })
            }
            OrganisationCommand::UpdateBranding { accent, logo, on } => {
                let known = registered.ok_or(OrganisationError::NotRegistered)?;
                let branding = known.branding.changed(accent.as_deref(), &logo)?;
                Ok(if known.branding == branding {
                    vec![]
                } else {
                    let Branding { accent, logo } = branding;
                    vec![OrganisationEvent::BrandingUpdated { accent, logo, on }]
                })
            }
        }
    }

    pub(crate) fn apply_event(&mut self, event: OrganisationEvent) {
        match (event, &mut self.registered) {
            (
                OrganisationEvent::Registered {
                    profile,
                    settings,
                    on,
                },
                registered,
            ) => {
                *registered = Some(RegisteredOrganisation {
                    profile,
                    settings,
                    branding: Branding::default(),
                    reminders_since: on,
                    late_fees_since: on,
                });
            }
            (OrganisationEvent::ProfileUpdated { profile, .. }, Some(known)) => {
                known.profile = profile
            }
            (OrganisationEvent::SettingsUpdated { settings, on }, Some(known)) => {
                if known.settings.reminders != settings.reminders {
                    known.reminders_since = on;
                }
                if known.settings.late_fees != settings.late_fees {
                    known.late_fees_since = on;
                }
                known.settings = settings
            }
            (
                OrganisationEvent::BrandingUpdated {
                    accent,
                    logo,
                    on: _,
                },
                Some(known),
            ) => {
                known.branding = Branding { accent, logo };
            }
            (
                OrganisationEvent::ProfileUpdated { .. }
                | OrganisationEvent::BrandingUpdated { .. }
                | OrganisationEvent::SettingsUpdated { .. },
                None,
            ) => {}
        }
    }
}

fn checked_profile(profile: &OrganisationProfile) -> Result<OrganisationProfile, Invalid> {
    Ok(OrganisationProfile {
        party: profile.party.checked()?,
        website: optional_website("website", profile.website.as_deref())?,
        currency: money::payable("currency", profile.currency)?,
        bank: match &profile.bank {
            Some(bank) => Some(bank.checked().map_err(|e| e.within("bank"))?),
            None => None,
        },
    })
}
