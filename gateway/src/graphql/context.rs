//! What a resolver may know about the request it serves.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Context, Result};
use domain::organisation::PortalSettings;
use eventlog::{Actor, Metadata};
use projections::{Reach, Viewer};
use uuid::Uuid;

use super::error::{Code, error, forbidden, internal, not_allowed, only_looking, unauthenticated};
use crate::app::App;
use crate::auth::Session;
use crate::idempotency::RequestKey;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session it was sent in, if it was.
    pub session: Option<Arc<Session>>,
    /// As whom it is answered, where one of the organisation's people looks as a customer does.
    pub viewing_as: Option<Arc<Viewer>>,
    /// The address it came from.
    pub address: IpAddr,
    /// Whether that is the address of a proxy, and of everybody who comes through it.
    pub shares_address: bool,
    /// The token of the device it was sent from, where that shows one.
    pub device: Option<String>,
    /// Goes into the metadata of every event the request causes.
    pub correlation_id: Uuid,
}

impl Caller {
    /// As whom the request is answered: who is signed in, or what that person looks as.
    pub fn viewer(&self) -> Option<&Viewer> {
        let own = self.session.as_ref().map(|session| &session.viewer);
        self.viewing_as.as_deref().or(own)
    }
}

/// The application.
pub fn app<'a>(ctx: &Context<'a>) -> Result<&'a Arc<App>> {
    ctx.data::<Arc<App>>()
        .map_err(|_| internal("no App in the GraphQL context"))
}

/// Where the request comes from.
pub fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller> {
    ctx.data::<Caller>()
        .map_err(|_| internal("no Caller in the GraphQL context"))
}

/// Who is signed in, or UNAUTHENTICATED.
pub fn require_viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    caller(ctx)?.viewer().ok_or_else(unauthenticated)
}

/// Who is signed in as one of the merchant's people, or FORBIDDEN.
pub fn require_staff<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    let viewer = require_viewer(ctx)?;
    if viewer.is_staff() {
        Ok(viewer)
    } else {
        Err(forbidden())
    }
}

/// Who is signed in, where that is staff, or a contact whom the portal settings allow this; otherwise FORBIDDEN or
/// NOT_ALLOWED.
pub fn require_allowed<'a>(
    ctx: &Context<'a>,
    allowed: impl Fn(&PortalSettings) -> bool,
) -> Result<&'a Viewer> {
    let viewer = require_viewer(ctx)?;
    if viewer.only_customer().is_none() {
        return require_staff(ctx);
    }
    if allowed(&app(ctx)?.settings().portal) {
        Ok(viewer)
    } else {
        Err(not_allowed())
    }
}

/// The idempotency key of this mutation.
pub fn request_key<'a>(ctx: &Context<'a>) -> Result<&'a RequestKey> {
    ctx.data::<RequestKey>().map_err(|_| {
        error(
            Code::IdempotencyKeyRequired,
            "send the header Idempotency-Key with every mutation",
        )
    })
}

/// The metadata of the command that a mutation's resolver sends. One that sends several commands gives each its
/// `step`; the first may be "".
pub fn metadata(ctx: &Context<'_>, step: &str) -> Result<Metadata> {
    let viewer = require_viewer(ctx)?;
    if viewer.is_viewing_as() {
        return Err(only_looking()); // The transport has refused it before; nothing is recorded in a customer's name.
    }
    let key = request_key(ctx)?;
    let field = ctx
        .path_node
        .map(|path| path.to_string_vec().join("."))
        .unwrap_or_default();
    let path = if step.is_empty() {
        field
    } else {
        format!("{field}/{step}")
    };
    Ok(Metadata {
        command_id: key.command_id(&path),
        correlation_id: caller(ctx)?.correlation_id,
        causation_id: None,
        actor: actor(viewer),
        request_hash: Some(key.request_hash().to_owned()),
        expected_version: None,
    })
}

/// The person as history will show them.
pub fn actor(viewer: &Viewer) -> Actor {
    let on_behalf_of = match viewer.reach {
        Reach::Customer { customer_id, .. } => Some(customer_id.to_string()),
        Reach::AsCustomer { .. } | Reach::Organisation(_) => None,
    };
    Actor {
        id: viewer.account_id.to_string(),
        name: viewer.name.clone(),
        role: viewer.role().name().to_owned(),
        on_behalf_of,
    }
}
