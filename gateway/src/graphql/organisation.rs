//! The merchant: details for everyone signed in, settings for its owner.

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::bank::BankDetails as DomainBank;
use domain::organisation::{
    LogoChange, ORGANISATION_ID, Organisation as Aggregate, OrganisationCommand,
    OrganisationProfile, OrganisationSettings, RegisteredOrganisation,
};
use domain::party::Party as DomainParty;
use projections::{Reach, Role, find_organisation};

use super::act::{Outcome, act, find};
use super::context::{app, metadata, require_viewer};
use super::error::{UserError, forbidden, internal};
use super::money::{AddressInput, Party};
use super::scalars::{CurrencyCode, Date};
use super::settings::{PortalSettings, Settings, UpdateSettingsInput};
use crate::http::branding;

/// A bank account to transfer money to.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "BankDetailsInput")]
pub struct BankDetails {
    /// Whose account it is.
    holder: String,
    /// The bank's name.
    bank_name: Option<String>,
    /// International account number (ISO 13616); this or an account number.
    iban: Option<String>,
    /// Business identifier code (ISO 9362).
    bic: Option<String>,
    /// Account and routing number where there are no IBANs.
    account_number: Option<String>,
}

/// How the organisation's pages look.
#[derive(SimpleObject)]
pub struct Branding {
    /// The colour of buttons, `#rrggbb`; null for the pages' own.
    accent: Option<String>,
    /// Where the logo is, a path of this host that changes with the logo; null where there is none.
    logo: Option<String>,
}

/// Whether invoices can be paid online.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::process::provider::ProviderKind")]
pub enum OnlinePayments {
    /// They cannot: no payment provider is set up.
    Absent,
    /// A test provider plays a part; no money moves.
    Sandbox,
    /// Through a payment provider.
    Live,
}

/// How mail is delivered.
#[derive(SimpleObject)]
pub struct MailDelivery {
    /// Whether queued mail is delivered. Where not, it waits in the queue until mail is set up.
    configured: bool,
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

    /// Where customers transfer money to.
    async fn bank(&self) -> Option<BankDetails> {
        self.0.profile.bank.clone().map(Into::into)
    }

    /// Where its days begin and end, an IANA name: every date without a time is a date of this zone.
    async fn time_zone(&self) -> &str {
        self.0.settings.time_zone.name()
    }

    /// Today's date there.
    async fn today(&self, ctx: &Context<'_>) -> Result<Date> {
        Ok(app(ctx)?.today().into())
    }

    /// How its pages look.
    async fn branding(&self) -> Branding {
        Branding {
            accent: self.0.accent.clone(),
            logo: self.0.logo.as_deref().map(branding::path),
        }
    }

    /// Words to every customer on the first page.
    async fn banner(&self) -> Option<&str> {
        self.0.settings.banner.as_deref()
    }

    /// What customers may do in the portal.
    async fn portal(&self) -> PortalSettings {
        self.0.settings.portal.into()
    }

    /// The payment provider's own page, to which people are sent to pay or to save a payment method; a path of this host,
    /// or an address elsewhere. Null where nothing can be paid online.
    async fn payment_page<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a str>> {
        Ok(app(ctx)?.provider.hosted_page())
    }

    /// Whether invoices can be paid online; the operator names the payment provider (`PAYMENT_PROVIDER`).
    async fn online_payments(&self, ctx: &Context<'_>) -> Result<OnlinePayments> {
        Ok(app(ctx)?.provider.kind().into())
    }

    /// Whether mail leaves the house.
    async fn mail(&self, ctx: &Context<'_>) -> Result<MailDelivery> {
        Ok(MailDelivery {
            configured: app(ctx)?.delivers_mail(),
        })
    }

    /// How it works; null for customers.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Option<Settings>> {
        let own = require_viewer(ctx)?.only_customer().is_none();
        Ok(own.then(|| Settings(self.0.settings.clone())))
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
    /// Where customers transfer money to.
    bank: Option<BankDetails>,
    /// The organisation's version that was seen; where it has changed since, nothing is changed.
    expected_version: Option<u64>,
}

/// A picture.
#[derive(InputObject)]
pub struct LogoInput {
    /// `image/png`, `image/jpeg` or `image/webp`.
    content_type: String,
    /// Its bytes in base64, at most 64 KiB of them.
    data_base64: String,
}

/// What changes of how the organisation's pages look; what is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateBrandingInput {
    /// The colour of buttons, `#rrggbb`, dark enough for white text (a contrast of 4.5 to 1); null for the pages' own.
    accent: MaybeUndefined<String>,
    /// The new logo.
    logo: Option<LogoInput>,
    /// Whether there shall be no logo any more.
    #[graphql(default)]
    remove_logo: bool,
    /// The organisation's version that was seen; where it has changed since, nothing is changed.
    expected_version: Option<u64>,
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
            bank: input.bank.map(Into::into),
        }
    }
}

impl From<DomainBank> for BankDetails {
    fn from(bank: DomainBank) -> Self {
        let DomainBank {
            holder,
            bank_name,
            iban,
            bic,
            account_number,
        } = bank;
        Self {
            holder,
            bank_name,
            iban,
            bic,
            account_number,
        }
    }
}

impl From<BankDetails> for DomainBank {
    fn from(bank: BankDetails) -> Self {
        let BankDetails {
            holder,
            bank_name,
            iban,
            bic,
            account_number,
        } = bank;
        Self {
            holder,
            bank_name,
            iban,
            bic,
            account_number,
        }
    }
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
        let (on, expected) = (app(ctx)?.today(), input.expected_version);
        let profile = OrganisationProfile::from(input);
        let command = match registered(ctx).await? {
            Some(_) => OrganisationCommand::UpdateProfile { profile, on },
            None => OrganisationCommand::Register {
                profile,
                settings: OrganisationSettings::default(),
                on,
            },
        };
        let refused = send(ctx, command, expected).await?.err();
        payload(ctx, refused)
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
        let expected = input.expected_version;
        let settings = match input.over(known) {
            Ok(settings) => settings,
            Err(refusal) => return payload(ctx, Some(refusal)),
        };
        let command = OrganisationCommand::UpdateSettings {
            settings,
            on: app(ctx)?.today(),
        };
        let refused = send(ctx, command, expected).await?.err();
        payload(ctx, refused)
    }

    /// Changes how the organisation's pages look; owners only.
    async fn update_branding(
        &self,
        ctx: &Context<'_>,
        input: UpdateBrandingInput,
    ) -> Result<OrganisationPayload> {
        require_owner(ctx)?;
        let logo = match (input.logo, input.remove_logo) {
            (None, false) => LogoChange::Keep,
            (None, true) => LogoChange::Remove,
            (Some(logo), false) => LogoChange::Put {
                content_type: logo.content_type,
                base64: logo.data_base64,
            },
            (Some(_), true) => {
                let message = "a new logo and none at once: leave one out";
                let refusal = UserError::new(&["input", "removeLogo"], "CONTRADICTION", message);
                return payload(ctx, Some(refusal));
            }
        };
        let accent = match input.accent {
            MaybeUndefined::Undefined => registered(ctx)
                .await?
                .and_then(|registered| registered.branding.accent),
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(accent) => Some(accent),
        };
        let command = OrganisationCommand::UpdateBranding {
            accent,
            logo,
            on: app(ctx)?.today(),
        };
        let refused = send(ctx, command, input.expected_version).await?.err();
        payload(ctx, refused)
    }
}

fn require_owner(ctx: &Context<'_>) -> Result<()> {
    match require_viewer(ctx)?.reach {
        Reach::Organisation(Role::Owner) => Ok(()),
        Reach::Organisation(Role::Staff | Role::Accountant | Role::CustomerContact)
        | Reach::Customer { .. }
        | Reach::AsCustomer { .. } => Err(forbidden()),
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

async fn send(
    ctx: &Context<'_>,
    command: OrganisationCommand,
    expected_version: Option<u64>,
) -> Outcome<()> {
    let meta = metadata(ctx, "")?.expecting(expected_version);
    let done = act::<Aggregate>(ctx, ORGANISATION_ID, command, &meta).await?;
    // The next request on this node works by what was just set.
    app(ctx)?.refresh_settings().await.map_err(internal)?;
    Ok(done.map(|_| ()))
}

fn payload(ctx: &Context<'_>, refused: Option<UserError>) -> Result<OrganisationPayload> {
    Ok(OrganisationPayload {
        organisation: find(ctx, |db, _| find_organisation(db))?.map(Organisation),
        user_errors: refused.into_iter().collect(),
    })
}
