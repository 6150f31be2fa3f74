//! The merchant: details for everyone signed in, settings for its owner.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::organisation::{
    ORGANISATION_ID, Organisation as Aggregate, OrganisationCommand, OrganisationSettings,
};
use projections::{Reach, Role, find_organisation};

use super::act::{act, find};
use super::context::{app, metadata, require_viewer};
use super::error::{UserError, forbidden, internal};
use super::money::Party;
use super::scalars::CurrencyCode;

/// What becomes of an accepted estimate.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::organisation::InvoiceOnAcceptance")]
pub enum InvoiceOnAcceptance {
    /// Staff convert it; the invoice is issued at once.
    ByStaff,
    /// It is converted by itself, and the invoice waits as a draft.
    Draft,
    /// It is converted by itself, and the invoice is issued.
    Issue,
}

/// The merchant.
pub struct Organisation(projections::OrganisationRow);

#[Object]
impl Organisation {
    /// Counts its changes.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Name, mail, telephone, tax id and address.
    async fn details(&self) -> Party {
        self.0.profile.party.clone().into()
    }

    /// Web site.
    async fn website(&self) -> Option<&str> {
        self.0.profile.website.as_deref()
    }

    /// The currency it proposes on new documents.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.profile.currency)
    }

    /// What becomes of an accepted estimate.
    async fn invoice_on_acceptance(&self) -> InvoiceOnAcceptance {
        self.0.settings.invoice_on_acceptance.into()
    }

    /// Days that an offer stays valid where staff name no date.
    async fn offer_valid_days(&self) -> u16 {
        self.0.settings.offer_valid_days
    }
}

/// New settings; what is left out stays.
#[derive(InputObject)]
pub struct UpdateSettingsInput {
    /// What becomes of an accepted estimate.
    invoice_on_acceptance: Option<InvoiceOnAcceptance>,
    /// Days that an offer stays valid where staff name no date, 1 to 365.
    offer_valid_days: Option<u16>,
}

/// The outcome of a change to the organisation.
#[derive(SimpleObject)]
pub struct OrganisationPayload {
    /// The organisation now.
    organisation: Option<Organisation>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

/// Queries about the organisation.
#[derive(Default)]
pub struct OrganisationQuery;

#[Object]
impl OrganisationQuery {
    /// The merchant.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Option<Organisation>> {
        Ok(find(ctx, |db, _| find_organisation(db))?.map(Organisation))
    }
}

/// Mutations of the organisation.
#[derive(Default)]
pub struct OrganisationMutation;

#[Object]
impl OrganisationMutation {
    /// Changes how the organisation works; owners only.
    async fn update_settings(
        &self,
        ctx: &Context<'_>,
        input: UpdateSettingsInput,
    ) -> Result<OrganisationPayload> {
        if require_viewer(ctx)?.reach != Reach::Organisation(Role::Owner) {
            return Err(forbidden());
        }
        let app = app(ctx)?;
        let loaded = app
            .log
            .load::<Aggregate>(ORGANISATION_ID)
            .await
            .map_err(internal)?;
        let known = loaded
            .state
            .registered
            .map(|registered| registered.settings)
            .unwrap_or_default();
        let command = OrganisationCommand::UpdateSettings {
            settings: OrganisationSettings {
                invoice_on_acceptance: input
                    .invoice_on_acceptance
                    .map_or(known.invoice_on_acceptance, Into::into),
                offer_valid_days: input.offer_valid_days.unwrap_or(known.offer_valid_days),
            },
            on: app.clock.today(),
        };
        let refused = act::<Aggregate>(ctx, ORGANISATION_ID, command, &metadata(ctx, "")?)
            .await?
            .err();
        Ok(OrganisationPayload {
            organisation: find(ctx, |db, _| find_organisation(db))?.map(Organisation),
            user_errors: refused.into_iter().collect(),
        })
    }
}
