//! What settles invoices, and what makes up a customer's credit: payments and credit notes alike.

use async_graphql::{Context, Object, Result};
use domain::invoice::Settler;
use projections::{AllocationRow, CreditRow, find_credit_note, find_invoice, find_payment};

use super::act::find;
use super::credit_notes::CreditNote;
use super::invoices::Invoice;
use super::money::Money;
use super::payments::Payment;
use super::scalars::Date;

/// What of a payment or a credit note is allocated to an invoice.
pub struct Allocation(pub AllocationRow);

#[Object]
impl Allocation {
    /// How much.
    async fn amount(&self) -> Money {
        Money(self.0.amount)
    }

    /// True once it settles the invoice, false while the payment is under way.
    async fn applied(&self) -> bool {
        self.0.applied
    }

    /// When.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// The invoice.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let id = self.0.invoice_id;
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }

    /// The payment, where it is one.
    async fn payment(&self, ctx: &Context<'_>) -> Result<Option<Payment>> {
        payment_of(ctx, self.0.settler)
    }

    /// The credit note, where it is one.
    async fn credit_note(&self, ctx: &Context<'_>) -> Result<Option<CreditNote>> {
        credit_note_of(ctx, self.0.settler)
    }
}

/// A payment or a credit note with something that is neither applied nor given back.
pub struct UnappliedCredit(pub CreditRow);

#[Object]
impl UnappliedCredit {
    /// How much is unapplied.
    async fn amount(&self) -> Money {
        Money(self.0.amount)
    }

    /// The payment's or credit note's number.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// When the money came in, or the credit note was issued.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// The payment, where it is one.
    async fn payment(&self, ctx: &Context<'_>) -> Result<Option<Payment>> {
        payment_of(ctx, self.0.settler)
    }

    /// The credit note, where it is one.
    async fn credit_note(&self, ctx: &Context<'_>) -> Result<Option<CreditNote>> {
        credit_note_of(ctx, self.0.settler)
    }
}

fn payment_of(ctx: &Context<'_>, settler: Settler) -> Result<Option<Payment>> {
    match settler {
        Settler::Payment(id) => {
            Ok(find(ctx, |db, viewer| find_payment(db, viewer, id.0))?.map(Payment))
        }
        Settler::CreditNote(_) => Ok(None),
    }
}

fn credit_note_of(ctx: &Context<'_>, settler: Settler) -> Result<Option<CreditNote>> {
    match settler {
        Settler::CreditNote(id) => {
            Ok(find(ctx, |db, viewer| find_credit_note(db, viewer, id.0))?.map(CreditNote))
        }
        Settler::Payment(_) => Ok(None),
    }
}
