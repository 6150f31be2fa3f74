//! The invoices that a payment names: looked up as the viewer may see them, and asked whether they can be paid.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Result};
use domain::ids::InvoiceId;
use domain::invoice::Invoice as Aggregate;
use domain::money::{Currency, Money};
use domain::payment::Allocation;
use projections::{InvoiceRow, find_invoice};

use super::act::{Outcome, Refusal as _, find};
use super::context::{app, require_viewer};
use super::error::{UserError, internal};
use super::scalars::{Decimal, Uuid};

/// The most invoices that one payment names; more would be work without end for one request.
const MOST_INVOICES: usize = 100;

/// What of a payment is for an invoice.
#[derive(InputObject, Clone)]
pub struct AllocationInput {
    /// Which invoice.
    pub(super) invoice_id: Uuid,
    /// How much, in the invoice's currency; left out, all that is due.
    pub(super) amount: Option<Decimal>,
}

/// The invoices of one payment: of one customer, in one currency.
pub(super) struct Payables {
    pub(super) customer_id: uuid::Uuid,
    pub(super) currency: Currency,
    pub(super) allocations: Vec<Allocation>,
}

impl Payables {
    /// What is to be paid in all.
    pub(super) fn sum(&self) -> Money {
        let sum = self.allocations.iter().map(|part| part.amount.amount).sum();
        Money::rounded(sum, self.currency)
    }
}

/// Looks up what is to be paid. `of` is whose invoices they have to be and in which currency; left out, those of the
/// first. `list` is the name of the list in the input, for refusals.
pub(super) async fn payables(
    ctx: &Context<'_>,
    list: &str,
    inputs: &[AllocationInput],
    of: Option<(uuid::Uuid, Currency)>,
) -> Outcome<Payables> {
    if inputs.len() > MOST_INVOICES || (inputs.is_empty() && of.is_none()) {
        let why = format!("must have between 1 and {MOST_INVOICES} entries");
        return Ok(Err(UserError::new(&["input", list], "BAD_COUNT", why)));
    }
    let (mut of, mut seen, mut allocations) =
        (of, HashSet::new(), Vec::with_capacity(inputs.len()));
    for (index, input) in inputs.iter().enumerate() {
        let refused = |code: &str, why: &str| {
            UserError::new(&["input", "invoiceId"], code, why).at(list, index)
        };
        if !seen.insert(input.invoice_id) {
            return Ok(Err(refused(
                "DUPLICATE",
                "must not name the same invoice twice",
            )));
        }
        let Some(row) = find(ctx, |db, viewer| {
            find_invoice(db, viewer, input.invoice_id.0)
        })?
        else {
            return Ok(Err(refused("NOT_FOUND", "there is no such invoice")));
        };
        if *of.get_or_insert((row.customer_id, row.total.currency))
            != (row.customer_id, row.total.currency)
        {
            let why = "all invoices of one payment are of one customer and in one currency";
            return Ok(Err(refused("MIXED_INVOICES", why)));
        }
        match allocation(ctx, &row, input).await? {
            Ok(allocation) => allocations.push(allocation),
            Err(refusal) => return Ok(Err(refusal.at(list, index))),
        }
    }
    Ok(match of {
        Some((customer_id, currency)) => Ok(Payables {
            customer_id,
            currency,
            allocations,
        }),
        None => Err(UserError::new(
            &["input", list],
            "REQUIRED",
            "name at least one invoice",
        )),
    })
}

async fn allocation(
    ctx: &Context<'_>,
    row: &InvoiceRow,
    input: &AllocationInput,
) -> Result<std::result::Result<Allocation, UserError>> {
    let amount = match input.amount {
        Some(Decimal(amount)) => Money {
            amount,
            currency: row.total.currency,
        },
        None => row.due,
    };
    let part = amount.amount < row.due.amount;
    let customer = require_viewer(ctx)?.only_customer().is_some();
    if part && customer && !app(ctx)?.settings().portal.part_pay {
        let why = "invoices are paid in whole here";
        return Ok(Err(UserError::new(
            &["input", "amount"],
            "PART_PAYMENT_NOT_ALLOWED",
            why,
        )));
    }
    let invoice = app(ctx)?
        .log
        .load::<Aggregate>(row.id)
        .await
        .map_err(internal)?
        .state;
    Ok(match invoice.check_payable(amount) {
        Ok(()) => Ok(Allocation {
            invoice_id: InvoiceId(row.id),
            amount,
        }),
        Err(refusal) => Err(refusal.user_error()),
    })
}
