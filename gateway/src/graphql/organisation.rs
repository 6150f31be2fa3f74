//! The merchant: details for everyone signed in, settings for its owner.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::organisation::{
    ORGANISATION_ID, Organisation as Aggregate, OrganisationCommand, OrganisationProfile,
    OrganisationSettings, RegisteredOrganisation,
};
use domain::party::Party as DomainParty;
use projections::{Reach, Role, find_organisation};

use super::act::{act, find};
use super::context::{app, metadata, require_viewer};
use super::error::{UserError, forbidden, internal};
use super::money::{AddressInput, Party};
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

/// The merchant as it shall stand on documents issued from now on.
#[derive(InputObject)]
pub struct OrganisationInput {
    /// The legal name.
    name: String,
    /// Where mail reaches it.
    email: Option<String>,
    /// Telephone, as written.
    phone: Option<String>,
    /// VAT or other tax number.
    tax_id: Option<String>,
    /// The address.
    address: Option<AddressInput>,
    /// Web site, as written.
    website: Option<String>,
    /// The currency it proposes on new documents.
    currency: CurrencyCode,
}

impl From<OrganisationInput> for OrganisationProfile {
    fn from(input: OrganisationInput) -> Self {
        Self {
            party: DomainParty {
                name: input.name,
                email: input.email,
                phone: input.phone,
                tax_id: input.tax_id,
                address: input.address.map(Into::into),
            },
            website: input.website,
            currency: input.currency.0,
        }
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
    /// Registers the organisation, or changes how it stands on documents issued from now on; owners only.
    async fn save_organisation(
        &self,
        ctx: &Context<'_>,
        input: OrganisationInput,
    ) -> Result<OrganisationPayload> {
        require_owner(ctx)?;
        let (on, profile) = (app(ctx)?.clock.today(), OrganisationProfile::from(input));
        let command = match registered(ctx).await? {
            Some(_) => OrganisationCommand::UpdateProfile { profile, on },
            None => OrganisationCommand::Register {
                profile,
                settings: OrganisationSettings::default(),
                on,
            },
        };
        send(ctx, command).await
    }

    /// Changes how the organisation works; owners only.
    async fn update_settings(
        &self,
        ctx: &Context<'_>,
        input: UpdateSettingsInput,
    ) -> Result<OrganisationPayload> {
        require_owner(ctx)?;
        let known = registered(ctx)
            .await?
            .map(|registered| registered.settings)
            .unwrap_or_default();
        let command = OrganisationCommand::UpdateSettings {
            settings: OrganisationSettings {
                invoice_on_acceptance: input
                    .invoice_on_acceptance
                    .map_or(known.invoice_on_acceptance, Into::into),
                offer_valid_days: input.offer_valid_days.unwrap_or(known.offer_valid_days),
            },
            on: app(ctx)?.clock.today(),
        };
        send(ctx, command).await
    }
}

fn require_owner(ctx: &Context<'_>) -> Result<()> {
    match require_viewer(ctx)?.reach {
        Reach::Organisation(Role::Owner) => Ok(()),
        Reach::Organisation(Role::Staff | Role::Accountant | Role::CustomerContact)
        | Reach::Customer { .. } => Err(forbidden()),
    }
}

async fn registered(ctx: &Context<'_>) -> Result<Option<RegisteredOrganisation>> {
    let loaded = app(ctx)?
        .log
        .load::<Aggregate>(ORGANISATION_ID)
        .await
        .map_err(internal)?;
    Ok(loaded.state.registered)
}

async fn send(ctx: &Context<'_>, command: OrganisationCommand) -> Result<OrganisationPayload> {
    let refused = act::<Aggregate>(ctx, ORGANISATION_ID, command, &metadata(ctx, "")?)
        .await?
        .err();
    Ok(OrganisationPayload {
        organisation: find(ctx, |db, _| find_organisation(db))?.map(Organisation),
        user_errors: refused.into_iter().collect(),
    })
}
