//! What a customer pays with without being asked: attached by staff or by paying, put in another's place by the customer,
//! never added from the profile (the owner's rule). Card numbers never come here: the provider's page takes them, and
//! gives a token.

use async_graphql::{Context, InputObject, Object, Result};
use domain::customer::{
    AttachedBy, Customer as Aggregate, CustomerCommand, CustomerError, PaymentMethodDetails,
};
use domain::ids::CustomerId;
use projections::find_customer;

use super::act::{Outcome, Refusal as _, act, find, not_found};
use super::context::{app, metadata, require_allowed, require_staff};
use super::customers::{CustomerPayload, payload};
use super::error::{UserError, internal};
use super::payments::is_retry;
use super::scalars::Uuid;
use crate::process::collecting::stored_method;
use crate::process::provider::{ProviderKind, Storing};

/// The most characters of a provider's token.
const LONGEST_TOKEN: usize = 500;
/// How long the provider may take to answer.
const PROVIDER_WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// What a customer shall pay with from now on.
#[derive(InputObject)]
pub struct AttachPaymentMethodInput {
    /// Which customer.
    customer_id: Uuid,
    /// What the provider's page gave for the card or account; in the sandbox one of its test tokens.
    payment_token: String,
}

/// What shall take the place of the attached payment method.
#[derive(InputObject)]
pub struct UpdatePaymentMethodInput {
    /// Whose.
    customer_id: Uuid,
    /// What the provider's page gave for the card or account; in the sandbox one of its test tokens.
    payment_token: String,
}

/// Mutations of payment methods.
#[derive(Default)]
pub struct PaymentMethodMutation;

#[Object]
impl PaymentMethodMutation {
    /// Attaches what a customer pays with without being asked, on the customer's word; staff only.
    async fn attach_payment_method(
        &self,
        ctx: &Context<'_>,
        input: AttachPaymentMethodInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let (customer, on) = (input.customer_id.0, app(ctx)?.today());
        let attach = |method| CustomerCommand::AttachPaymentMethod {
            method,
            by: AttachedBy::Staff,
            on,
        };
        let refused = store(ctx, customer, &input.payment_token, attach).await?;
        payload(ctx, customer, refused.err())
    }

    /// Puts another card or account in the place of the attached one. Refused with NO_PAYMENT_METHOD where none is
    /// attached: the first one is attached by paying, or by staff.
    async fn update_payment_method(
        &self,
        ctx: &Context<'_>,
        input: UpdatePaymentMethodInput,
    ) -> Result<CustomerPayload> {
        require_allowed(ctx, |portal| portal.update_payment_method)?;
        let (app, customer) = (app(ctx)?, input.customer_id.0);
        if let Err(refused) = require_provider(ctx)? {
            return payload(ctx, customer, Some(refused));
        }
        if find(ctx, |db, viewer| find_customer(db, viewer, customer))?.is_some() {
            let known = stored_method(app, CustomerId(customer)).await;
            if let Err(refusal @ CustomerError::NoPaymentMethod) = known.map_err(internal)? {
                return payload(ctx, customer, Some(refusal.user_error()));
            }
        }
        let on = app.today();
        let update = |method| CustomerCommand::UpdatePaymentMethod { method, on };
        let refused = store(ctx, customer, &input.payment_token, update).await?;
        payload(ctx, customer, refused.err())
    }
}

/// Has the provider keep what the token stands for, and records what it says of it.
async fn store(
    ctx: &Context<'_>,
    customer: uuid::Uuid,
    token: &str,
    command: impl FnOnce(PaymentMethodDetails) -> CustomerCommand,
) -> Outcome<()> {
    if let Err(refused) = require_provider(ctx)? {
        return Ok(Err(refused));
    }
    if find(ctx, |db, viewer| find_customer(db, viewer, customer))?.is_none() {
        return Ok(Err(not_found("customerId")));
    }
    if let Err(refused) = check_token(token) {
        return Ok(Err(refused));
    }
    let (app, meta) = (app(ctx)?, metadata(ctx, "")?);
    if is_retry(ctx, &meta).await? {
        return Ok(Ok(())); // It is recorded: the provider need not be there.
    }
    // Another request under the same key, such as one with another card, stores another one.
    let request = meta.request_hash.as_deref().unwrap_or_default();
    let key = uuid::Uuid::new_v5(&meta.command_id, format!("store/{request}").as_bytes());
    let stored = match tokio::time::timeout(PROVIDER_WITHIN, app.provider.store(key, token)).await {
        Ok(Ok(Storing::Stored(stored))) => stored,
        Ok(Ok(Storing::Refused(refusal))) => {
            return Ok(Err(refused(&refusal.code, refusal.reason)));
        }
        Ok(Err(_)) | Err(_) => {
            let why = "the payment provider gives no answer; try again later";
            return Ok(Err(refused("PROVIDER_UNAVAILABLE", why)));
        }
    };
    let method = PaymentMethodDetails {
        kind: stored.kind,
        label: stored.label,
        provider: app.provider.name().to_owned(),
        reference: stored.reference,
    };
    let done = act::<Aggregate>(ctx, customer, command(method), &meta).await?;
    Ok(done.map(|_| ()))
}

/// Refuses whatever needs a payment provider where none is set up.
pub(super) fn require_provider(ctx: &Context<'_>) -> Outcome<()> {
    Ok(match app(ctx)?.provider.kind() {
        ProviderKind::Sandbox | ProviderKind::Live => Ok(()),
        ProviderKind::Absent => {
            let why = "no payment provider is set up (PAYMENT_PROVIDER)";
            Err(UserError::new(&["input"], "NO_PAYMENT_PROVIDER", why))
        }
    })
}

/// Whether this can be a provider's token. What looks like a card number is refused before anything of it is kept.
pub(super) fn check_token(token: &str) -> std::result::Result<(), UserError> {
    if is_card_number(token) {
        let why = "this looks like a card number: enter it on the provider's page, never here";
        return Err(refused("CARD_NUMBER", why));
    }
    if token.trim().is_empty() || token.len() > LONGEST_TOKEN {
        return Err(refused(
            "BAD_TOKEN",
            "must be the token that the provider gave",
        ));
    }
    Ok(())
}

fn refused(code: &str, why: impl Into<String>) -> UserError {
    UserError::new(&["input", "paymentToken"], code, why)
}

/// Thirteen to nineteen digits whose check digit fits (ISO/IEC 7812-1, Luhn), however they are grouped.
fn is_card_number(text: &str) -> bool {
    let bare = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.'));
    let Some(digits) = bare.map(|c| c.to_digit(10)).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let weighted = digits.iter().rev().enumerate();
    let sum: u32 = weighted
        .map(|(place, digit)| match (place % 2, 2 * digit) {
            (0, _) => *digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_card_numbers_however_they_are_grouped() {
        for number in [
            "4242424242424242",
            "4242 4242 4242 4242",
            " 4242-4242-4242-4242 ",
            "378282246310005",
            "4222222222222",
            "6304000000000000000",
        ] {
            assert!(is_card_number(number), "{number}");
        }
        for other in [
            "4242424242424241",
            "424242424242",
            "42424242424242424242",
            "tok_4242424242424242",
            "",
            "pm_1",
        ] {
            assert!(!is_card_number(other), "{other}");
        }
    }
}
