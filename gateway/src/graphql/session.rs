//! Signing in and out, and who is signed in.

use std::net::IpAddr;
use std::time::Duration;

use async_graphql::{Context, Enum, Object, Result, SimpleObject, Subscription};
use axum::http::header::SET_COOKIE;
use futures::{Stream, StreamExt as _};
use projections::find_customer;

use super::context::{app, caller, require_viewer};
use super::error::{UserError, internal, rate_limited, unauthenticated};
use super::scalars::{DateTime, Uuid};
use crate::auth::password::{HashError, Lane};
use crate::auth::sessions::NewSession;
use crate::auth::throttle::{Allowance, Bucket, network_of};
use crate::auth::{AccountError, Session};
use crate::http::cookie;

/// Tries of one account on a device that it has signed in on.
const ON_A_DEVICE: Allowance = Allowance {
    name: "device",
    burst: 10,
    every: Duration::from_secs(60),
};
/// Tries of one account from one network, on devices that are not known.
const FROM_A_NETWORK: Allowance = Allowance {
    name: "account from network",
    burst: 10,
    every: Duration::from_secs(60),
};
/// Tries of one account from anywhere, on devices that are not known.
const FROM_ANYWHERE: Allowance = Allowance {
    name: "account",
    burst: 100,
    every: Duration::from_secs(30),
};
/// Tries of any account from one network, on devices that are not known.
const OF_A_NETWORK: Allowance = Allowance {
    name: "network",
    burst: 100,
    every: Duration::from_secs(10),
};
/// Tries of somebody who is signed in and changes the password.
const OF_A_SESSION: Allowance = Allowance {
    name: "session",
    burst: 10,
    every: Duration::from_secs(60),
};
/// Sign-ins of one network under way at once.
const AT_ONCE: usize = 4;

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

    /// The person's name.
    async fn name(&self) -> &str {
        &self.0.name
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
    /// Signs a person in: the answer sets the session's cookie and holds its token. A session that the request was sent
    /// in ends. Needs no idempotency key.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        email: String,
        password: String,
    ) -> Result<SignInPayload> {
        let app = app(ctx)?;
        let tried = Try::of_sign_in(ctx, &email).await?;
        let viewer = match check_password(ctx, &email, password, tried).await? {
            Ok(viewer) => viewer,
            Err(refusal) => {
                return Ok(SignInPayload {
                    user_errors: vec![refusal],
                    ..Default::default()
                });
            }
        };
        let NewSession { token, session } = app.sessions.start(viewer).await.map_err(internal)?;
        let caller = caller(ctx)?;
        if let Some(replaced) = &caller.session {
            app.sessions.end(replaced).await.map_err(internal)?;
        }
        let account = session.viewer.account_id;
        let device = app.devices.remember(account, caller.device.as_deref());
        let device = device.await.map_err(internal)?;
        ctx.append_http_header(SET_COOKIE, cookie::set(&app.config, &token));
        ctx.append_http_header(SET_COOKIE, cookie::set_device(&app.config, &device));
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
        let session = caller(ctx)?.session.as_ref().ok_or_else(unauthenticated)?;
        let (viewer, tried) = (&session.viewer, Try::of_session(session));
        if let Err(refusal) = check_password(ctx, &viewer.email, current_password, tried).await? {
            return Ok(refused(refusal));
        }
        match app.accounts.set_password(viewer, new_password).await {
            Ok(()) => {}
            Err(AccountError::Weak(why)) => {
                let why = UserError::new(&["newPassword"], why.code(), why.to_string());
                return Ok(refused(why));
            }
            Err(error) => return Err(internal(error)),
        }
        app.sessions.end_others(session).await.map_err(internal)?;
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

/// The buckets that a try is counted in, and whose it is taken for.
struct Try {
    buckets: Vec<Bucket>,
    lane: Lane,
    /// Where there may only be so many at once.
    network: Option<IpAddr>,
}

impl Try {
    /// A sign-in. On a device that the account has signed in on, a person's tries are counted apart from everybody
    /// else's, so that no stranger's guesses keep them out.
    async fn of_sign_in(ctx: &Context<'_>, email: &str) -> Result<Self> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let account = email.trim().to_lowercase();
        if let Some(device) = &caller.device
            && app
                .devices
                .knows(device, &account)
                .await
                .map_err(internal)?
        {
            return Ok(Self {
                buckets: vec![Bucket::new(ON_A_DEVICE, &[&account, device])],
                lane: Lane::Known,
                network: None,
            });
        }
        let network = network_of(caller.address);
        let from = network.to_string();
        let mut buckets = vec![
            Bucket::new(FROM_A_NETWORK, &[&account, &from]),
            Bucket::new(FROM_ANYWHERE, &[&account]),
        ];
        if !caller.shares_address {
            buckets.push(Bucket::new(OF_A_NETWORK, &[&from]));
        }
        Ok(Self {
            buckets,
            lane: Lane::Stranger,
            network: (!caller.shares_address).then_some(network),
        })
    }

    /// Somebody who is signed in shows the password once more: counted for this session alone.
    fn of_session(session: &Session) -> Self {
        Self {
            buckets: vec![Bucket::new(OF_A_SESSION, &[session.key()])],
            lane: Lane::Known,
            network: None,
        }
    }
}

/// Every try counts, whatever it is an alias of; a rightful one is taken back.
async fn check_password(
    ctx: &Context<'_>,
    email: &str,
    password: String,
    tried: Try,
) -> Result<Result<projections::Viewer, UserError>> {
    let app = app(ctx)?;
    let busy = || rate_limited("too many sign-ins at this moment", Duration::from_secs(2));
    let place = tried
        .network
        .map(|network| app.trying.take(network, AT_ONCE).ok_or_else(busy))
        .transpose()?;
    let counted = app.tries.count(&tried.buckets).await.map_err(internal)?;
    counted.map_err(|wait| {
        metrics::counter!("billing_sign_ins_total", "outcome" => "throttled").increment(1);
        rate_limited("too many sign-in attempts; wait a while", wait)
    })?;
    let verified = app.accounts.verify(email, password, tried.lane).await;
    drop(place);
    match verified {
        Ok(Some(viewer)) => {
            app.tries.forgive(&tried.buckets).await.map_err(internal)?;
            metrics::counter!("billing_sign_ins_total", "outcome" => "accepted").increment(1);
            Ok(Ok(viewer))
        }
        Ok(None) => {
            metrics::counter!("billing_sign_ins_total", "outcome" => "refused").increment(1);
            let network = network_of(caller(ctx)?.address);
            tracing::info!(%network, "a sign-in was refused");
            Ok(Err(UserError::new(
                &[],
                "WRONG_CREDENTIALS",
                "the e-mail address or the password is wrong",
            )))
        }
        Err(AccountError::Hash(HashError::Busy)) => {
            // No password was looked at.
            app.tries.forgive(&tried.buckets).await.map_err(internal)?;
            Err(busy())
        }
        Err(error) => Err(internal(error)),
    }
}

impl From<projections::Viewer> for Viewer {
    fn from(viewer: projections::Viewer) -> Self {
        Self(viewer)
    }
}
