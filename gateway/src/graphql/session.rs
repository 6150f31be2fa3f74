//! Signing in and out, and who is signed in.

use std::time::Duration;

use async_graphql::{Context, Enum, Object, Result, SimpleObject, Subscription};
use axum::http::header::SET_COOKIE;
use futures::{Stream, StreamExt as _};
use projections::{find_customer, list_contacts};

use super::context::{app, caller, require_viewer};
use super::error::{UserError, internal, rate_limited, unauthenticated};
use super::scalars::{DateTime, Uuid};
use crate::auth::AccountError;
use crate::auth::password::HashError;
use crate::auth::sessions::NewSession;
use crate::auth::throttle::network_of;
use crate::http::cookie;

/// What a signed-in person is to the organisation.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(name = "Role", remote = "projections::Role")]
pub enum RoleValue {
    /// Acts for one customer, and sees that customer only.
    CustomerContact,
    /// One of the merchant's people.
    Staff,
    /// Reads everything, changes nothing.
    Accountant,
    /// Staff with the organisation's settings.
    Owner,
}

/// The person who is signed in.
pub struct Viewer(projections::Viewer);

#[Object]
impl Viewer {
    /// The account signed in with.
    async fn id(&self) -> Uuid {
        self.0.account_id.into()
    }

    /// The person's name; a contact's as its customer knows it today.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        let name = &self.0.name;
        let (Some(customer), Some(contact)) = (self.0.only_customer(), self.0.contact()) else {
            return Ok(name.clone());
        };
        // Not of the request's viewer: whoever signs in asks before there is one.
        let contacts = app(ctx)?
            .reads
            .read(|db| list_contacts(db, &self.0, &[customer]))
            .map_err(internal)?;
        let own = contacts.into_iter().find(|row| row.contact_id == contact);
        Ok(own.map_or_else(|| name.clone(), |row| row.name))
    }

    /// The address signed in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What the person is to the organisation.
    async fn role(&self) -> RoleValue {
        self.0.role().into()
    }

    /// The one customer a contact acts for.
    async fn customer_id(&self) -> Option<Uuid> {
        self.0.only_customer().map(Uuid)
    }

    /// The contact of that customer that the person is; null for the organisation's people.
    async fn contact_id(&self) -> Option<Uuid> {
        self.0.contact().map(Uuid)
    }

    /// Whether one of the organisation's people looks at the portal as a customer sees it (see the header `X-View-As`).
    async fn viewing_as(&self) -> bool {
        self.0.is_viewing_as()
    }

    /// The language of the customer's documents and pages (BCP 47); null for the organisation's people.
    async fn language(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(customer) = self.0.only_customer() else {
            return Ok(None);
        };
        // Not of the request's viewer: whoever signs in asks before there is one.
        let found = app(ctx)?
            .reads
            .read(|db| find_customer(db, &self.0, customer));
        Ok(found.map_err(internal)?.map(|row| row.language))
    }
}

/// The outcome of signing in.
#[derive(SimpleObject, Default)]
pub struct SignInPayload {
    /// Who is signed in now.
    viewer: Option<Viewer>,
    /// For programs: to be sent as `Authorization: Bearer …`. Browsers have it in a cookie that scripts cannot read.
    token: Option<String>,
    /// When the sign-in ends by itself.
    expires_at: Option<DateTime>,
    /// Why nobody was signed in.
    user_errors: Vec<UserError>,
}

/// The outcome of signing out.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether somebody was signed in.
    signed_out: bool,
    /// Always empty.
    user_errors: Vec<UserError>,
}

/// The outcome of ending one's other sessions.
#[derive(SimpleObject)]
pub struct SignOutOthersPayload {
    /// How many sessions were ended.
    ended: i32,
    /// Always empty.
    user_errors: Vec<UserError>,
}

/// The outcome of changing one's password.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// Whether the password is the new one now.
    changed: bool,
    /// Why it is not.
    user_errors: Vec<UserError>,
}

/// Queries about the session.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Who is signed in; null for nobody.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        Ok(caller(ctx)?.viewer().cloned().map(Viewer))
    }
}

/// Mutations of the session.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs a person in: the answer sets the session's cookie and holds its token. Needs no idempotency key.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        email: String,
        password: String,
    ) -> Result<SignInPayload> {
        let app = app(ctx)?;
        let viewer = match check_password(ctx, &email, password).await? {
            Ok(viewer) => viewer,
            Err(refusal) => {
                return Ok(SignInPayload {
                    user_errors: vec![refusal],
                    ..Default::default()
                });
            }
        };
        let NewSession { token, session } = app.sessions.start(viewer).await.map_err(internal)?;
        ctx.insert_http_header(SET_COOKIE, cookie::set(&app.config, &token));
        Ok(SignInPayload {
            viewer: Some(Viewer(session.viewer.clone())),
            token: Some(token),
            expires_at: Some(session.expires_at.into()),
            user_errors: Vec::new(),
        })
    }

    /// Signs out: the token and the cookie are worth nothing afterwards. Needs no idempotency key.
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<SignOutPayload> {
        let app = app(ctx)?;
        let session = caller(ctx)?.session.as_ref();
        if let Some(session) = session {
            app.sessions.end(session).await.map_err(internal)?;
        }
        ctx.insert_http_header(SET_COOKIE, cookie::clear(&app.config));
        Ok(SignOutPayload {
            signed_out: session.is_some(),
            user_errors: Vec::new(),
        })
    }

    /// Ends every other session of the same account, on all devices.
    async fn sign_out_others(&self, ctx: &Context<'_>) -> Result<SignOutOthersPayload> {
        let session = caller(ctx)?.session.as_ref().ok_or_else(unauthenticated)?;
        let ended = app(ctx)?
            .sessions
            .end_others(session)
            .await
            .map_err(internal)?;
        Ok(SignOutOthersPayload {
            ended: i32::try_from(ended).unwrap_or(i32::MAX),
            user_errors: Vec::new(),
        })
    }

    /// Changes one's own password and ends every other session. Needs no idempotency key (and is never kept under
    /// one, because what is kept would help to guess the password).
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        current_password: String,
        new_password: String,
    ) -> Result<ChangePasswordPayload> {
        let app = app(ctx)?;
        let refused = |refusal| ChangePasswordPayload {
            changed: false,
            user_errors: vec![refusal],
        };
        let viewer = require_viewer(ctx)?;
        if let Err(refusal) = check_password(ctx, &viewer.email, current_password).await? {
            return Ok(refused(refusal));
        }
        match app
            .accounts
            .set_password(viewer.account_id, new_password)
            .await
        {
            Ok(()) => {}
            Err(AccountError::Invalid { message, .. }) => {
                return Ok(refused(UserError::new(
                    &["newPassword"],
                    "WEAK_PASSWORD",
                    message,
                )));
            }
            Err(error) => return Err(internal(error)),
        }
        if let Some(session) = &caller(ctx)?.session {
            app.sessions.end_others(session).await.map_err(internal)?;
        }
        Ok(ChangePasswordPayload {
            changed: true,
            user_errors: Vec::new(),
        })
    }
}

/// Live news about the session.
#[derive(Default)]
pub struct SessionSubscription;

#[Subscription]
impl SessionSubscription {
    /// The time at the server, at once and then every half minute: shows that the connection lives.
    async fn server_time(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = DateTime> + use<>> {
        require_viewer(ctx)?;
        let clock = app(ctx)?.clock.clone();
        let ticks = futures::stream::unfold(Duration::ZERO, move |wait| {
            let clock = clock.clone();
            async move {
                tokio::time::sleep(wait).await;
                Some((clock.now().into(), Duration::from_secs(30)))
            }
        });
        Ok(ticks.boxed())
    }
}

/// Every try counts, by address and by account, whatever it is an alias of; a rightful one is taken back.
async fn check_password(
    ctx: &Context<'_>,
    email: &str,
    password: String,
) -> Result<Result<projections::Viewer, UserError>> {
    let app = app(ctx)?;
    let network = network_of(caller(ctx)?.address);
    let account = email.trim().to_lowercase();
    let too_often = |wait| {
        metrics::counter!("billing_sign_ins_total", "outcome" => "throttled").increment(1);
        rate_limited("too many sign-in attempts; wait a while", wait)
    };
    app.tries_by_address.count(&network).map_err(too_often)?;
    app.tries_by_email.count(&account).map_err(too_often)?;
    match app.accounts.verify(email, password).await {
        Ok(Some(viewer)) => {
            app.tries_by_address.forgive(&network);
            app.tries_by_email.forgive(&account);
            metrics::counter!("billing_sign_ins_total", "outcome" => "accepted").increment(1);
            Ok(Ok(viewer))
        }
        Ok(None) => {
            metrics::counter!("billing_sign_ins_total", "outcome" => "refused").increment(1);
            tracing::info!(%network, "a sign-in was refused");
            Ok(Err(UserError::new(
                &[],
                "WRONG_CREDENTIALS",
                "the e-mail address or the password is wrong",
            )))
        }
        Err(AccountError::Hash(HashError::Busy)) => Err(rate_limited(
            "too many sign-ins at this moment",
            Duration::from_secs(2),
        )),
        Err(error) => Err(internal(error)),
    }
}

impl From<projections::Viewer> for Viewer {
    fn from(viewer: projections::Viewer) -> Self {
        Self(viewer)
    }
}
