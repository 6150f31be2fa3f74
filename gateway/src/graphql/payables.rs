//! The invoices that a payment names: looked up as the viewer may see them, and asked whether they can be paid.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object, Result};
use domain::ids::InvoiceId;
use domain::invoice::Invoice as Aggregate;
use domain::money::{Currency, Money};
use domain::payment::Allocation;
use projections::{
    InvoiceFilter, InvoiceRow, InvoiceSort, LARGEST_PAGE, Page, Viewer, find_invoice, list_invoices,
};

use super::act::{Outcome, Refusal as _, find, query};
use super::context::{app, require_viewer};
use super::error::{UserError, bad_input, internal};
use super::invoices::{InvoiceStatus, status_of};
use super::money::Money as Amount;
use super::scalars::{CurrencyCode, Date, Decimal, Uuid};

/// The most invoices that one payment names; more would be work without end for one request.
const MOST_INVOICES: usize = 500;

/// An invoice as the page to pay hundreds of them needs it.
pub struct Payable(InvoiceRow);

#[Object]
impl Payable {
    /// The invoice's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Its number.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> InvoiceStatus {
        status_of(&self.0)
    }

    /// Whether something is due after its last day.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.is_overdue(app(ctx)?.today()))
    }

    /// Whether a dispute is open.
    async fn disputed(&self) -> bool {
        self.0.disputed
    }

    /// The last day to pay.
    async fn due_date(&self) -> Option<Date> {
        self.0.due_date.map(Date)
    }

    /// What is still to pay.
    async fn due(&self) -> Amount {
        Amount(self.0.due)
    }

    /// What payments under way have reserved.
    async fn reserved(&self) -> Amount {
        Amount(self.0.reserved)
    }
}

/// Invoices to be paid together.
pub struct PayableList {
    rows: Vec<InvoiceRow>,
    has_more: bool,
}

#[Object]
impl PayableList {
    /// The invoices, at most 500; those that the viewer may not see are left out.
    #[graphql(complexity = "1 + child_complexity * 100")]
    async fn invoices(&self) -> Vec<Payable> {
        let rows = self.rows.iter().cloned();
        rows.map(Payable).collect()
    }

    /// Whether more is due than one payment can name.
    async fn has_more(&self) -> bool {
        self.has_more
    }
}

/// Queries about what can be paid at once.
#[derive(Default)]
pub struct PayableQuery;

#[Object]
impl PayableQuery {
    /// Up to 500 invoices to be paid together: those that are named, or else everything that is due from the viewer's own
    /// customer, the oldest due date first.
    async fn payables(
        &self,
        ctx: &Context<'_>,
        invoices: Option<Vec<Uuid>>,
        currency: Option<CurrencyCode>,
    ) -> Result<PayableList> {
        let Some(named) = invoices else {
            let viewer = require_viewer(ctx)?;
            if viewer.only_customer().is_none() {
                return Err(bad_input("invoices", "name the invoices"));
            }
            let currency = currency.map(|code| code.0);
            return query(ctx, move |db, viewer| everything_due(db, viewer, currency)).await;
        };
        if named.len() > MOST_INVOICES {
            let why = format!("must have at most {MOST_INVOICES} entries");
            return Err(bad_input("invoices", why));
        }
        let rows = query(ctx, move |db, viewer| {
            let found = named.iter().map(|id| find_invoice(db, viewer, id.0));
            found.collect::<rusqlite::Result<Vec<_>>>()
        })
        .await?;
        let rows = rows.into_iter().flatten();
        Ok(PayableList {
            rows: rows
                .filter(|row| currency.is_none_or(|code| row.total.currency == code.0))
                .collect(),
            has_more: false,
        })
    }
}

/// What the viewer's customer owes, the oldest due date first.
fn everything_due(
    db: &rusqlite::Connection,
    viewer: &Viewer,
    currency: Option<Currency>,
) -> rusqlite::Result<PayableList> {
    let filter = InvoiceFilter {
        owing: true,
        currency,
        ..InvoiceFilter::default()
    };
    let mut list = PayableList {
        rows: vec![],
        has_more: true,
    };
    let mut page = Page {
        first: LARGEST_PAGE,
        after: None,
    };
    while list.has_more && list.rows.len() < MOST_INVOICES {
        let slice = list_invoices(db, viewer, &filter, (InvoiceSort::DueDate, false), &page)?;
        list.has_more = slice.has_next;
        page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        list.rows.extend(slice.rows.into_iter().map(|(_, row)| row));
    }
    Ok(list)
}

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
