//! Statements of account, and why a balance is what it is.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use domain::money::Currency;
use projections::{
    AccountRow, BalanceRow, LedgerFilter, LedgerRow, find_customer, list_accounts, list_balances,
    list_ledger,
};

use super::act::{find, query};
use super::context::require_viewer;
use super::customers::{Customer, customer_of};
use super::error::bad_input;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::opaque;
use super::scalars::{CurrencyCode, Date, DateTime, Uuid};

/// What moved a balance, or an amount due.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::LedgerKind")]
pub enum LedgerKind {
    /// An invoice was issued.
    InvoiceIssued,
    /// An invoice never was due.
    InvoiceVoided,
    /// What was due was given up.
    InvoiceWrittenOff,
    /// What was given up is due again.
    WriteOffReversed,
    /// Money came in.
    PaymentReceived,
    /// Money was given back, or is on its way back.
    PaymentRefunded,
    /// It did not go back, or came back.
    RefundReturned,
    /// Money that had come in settles an invoice: due falls, the balance stays.
    PaymentApplied,
    /// It settles the invoice no longer: due rises, the balance stays.
    PaymentUnapplied,
    /// A credit note was issued.
    CreditNoteIssued,
    /// A credit note never was owed.
    CreditNoteVoided,
    /// Money was given back for a credit note.
    CreditNoteRefunded,
    /// A credit note settles an invoice: due falls, the balance stays.
    CreditApplied,
    /// It settles the invoice no longer: due rises, the balance stays.
    CreditUnapplied,
}

/// One movement of a customer's account.
pub struct LedgerEntry(LedgerRow);

#[Object]
impl LedgerEntry {
    /// Tells it from every other entry, for this viewer.
    async fn id(&self) -> String {
        let (row, kind) = (&self.0, self.0.kind);
        opaque::hide(&format!("{} {kind:?} {:?}", row.position, row.invoice_id))
    }

    /// The event's place in the log; null for contacts.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let is_contact = require_viewer(ctx)?.only_customer().is_some();
        Ok((!is_contact).then_some(self.0.position))
    }

    /// What it was.
    async fn kind(&self) -> LedgerKind {
        self.0.kind.into()
    }

    /// When it happened: the business date.
    async fn happened_on(&self) -> Date {
        self.0.happened_on.into()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.0.recorded_at.into()
    }

    /// The document that moved it.
    async fn document_id(&self) -> Uuid {
        self.0.document_id.into()
    }

    /// That document's number.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// The invoice whose amount due changed.
    async fn invoice_id(&self) -> Option<Uuid> {
        self.0.invoice_id.map(Uuid)
    }

    /// That invoice's number.
    async fn invoice_number(&self) -> Option<&str> {
        self.0.invoice_number.as_deref()
    }

    /// By how much the customer owes more; less than nothing where it owes less.
    async fn amount(&self) -> Money {
        Money(self.0.change)
    }

    /// By how much more is due on the invoice.
    async fn due_change(&self) -> Money {
        Money(self.0.due_change)
    }

    /// What the customer owes after it, net of credit.
    async fn balance(&self) -> Money {
        Money(self.0.balance)
    }

    /// Who did it, by the name of that time.
    async fn actor(&self) -> &str {
        &self.0.actor_name
    }

    /// `customer_contact`, `staff`, `accountant`, `owner` or `system`.
    async fn actor_role(&self) -> &str {
        &self.0.actor_role
    }

    /// The reason that was given; what the merchant's people say among themselves is not told to contacts.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

type Entries = Connection<ListCursor, LedgerEntry, EmptyFields, EmptyFields>;

/// A customer's account over some days.
#[derive(SimpleObject)]
pub struct Statement {
    /// Whose.
    customer: Customer,
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// By currency.
    accounts: Vec<Account>,
}

/// A customer's account in one currency over some days.
pub struct Account {
    row: AccountRow,
    filter: LedgerFilter,
}

#[Object]
impl Account {
    /// The one currency of its amounts.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.filter.currency)
    }

    /// What the customer owed before the first day, net of credit.
    async fn opening(&self) -> Money {
        Money(self.row.opening)
    }

    /// What was added to it within the days.
    async fn charged(&self) -> Money {
        Money(self.row.charged)
    }

    /// What was taken from it within the days, as an amount less than nothing.
    async fn credited(&self) -> Money {
        Money(self.row.credited)
    }

    /// What the customer owed after the last day: opening, charged and credited together.
    async fn closing(&self) -> Money {
        Money(self.row.closing)
    }

    /// The movements in the order they happened, each with the balance after it.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn movements(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Entries> {
        entries(ctx, self.filter, first, after).await
    }
}

/// Why a customer's balance is what it is.
#[derive(SimpleObject)]
pub struct BalanceExplanation {
    /// Whose.
    customer: Customer,
    /// By currency.
    balances: Vec<ExplainedBalance>,
}

/// Why a balance is what it is.
pub struct ExplainedBalance {
    customer_id: uuid::Uuid,
    row: BalanceRow,
}

#[Object]
impl ExplainedBalance {
    /// Due on issued invoices.
    async fn outstanding(&self) -> Money {
        Money(self.row.outstanding)
    }

    /// What came in and is neither applied nor given back.
    async fn credit(&self) -> Money {
        Money(self.row.credit)
    }

    /// Outstanding less credit: what the amounts of all events add up to.
    async fn balance(&self) -> Money {
        let net = self.row.outstanding.amount - self.row.credit.amount;
        Money(domain::money::Money::rounded(net, self.currency()))
    }

    /// Every event that made it, in the order they happened: who, when, which document, and the sum so far.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Entries> {
        let filter = LedgerFilter {
            customer_id: self.customer_id,
            currency: self.currency(),
            from: None,
            to: None,
            applications: true,
        };
        entries(ctx, filter, first, after).await
    }
}

impl ExplainedBalance {
    fn currency(&self) -> Currency {
        self.row.outstanding.currency
    }
}

async fn entries(
    ctx: &Context<'_>,
    filter: LedgerFilter,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Entries> {
    let page = lists::page(first, after.as_deref())?;
    let has_previous = page.after.is_some();
    let slice = query(ctx, move |db, viewer| {
        list_ledger(db, viewer, &filter, &page)
    })
    .await?;
    Ok(connection(slice, has_previous, EmptyFields, LedgerEntry))
}

/// Whose account is asked for: a contact's own where none is named.
pub(super) fn whose(ctx: &Context<'_>, customer_id: Option<Uuid>) -> Result<uuid::Uuid> {
    let own = require_viewer(ctx)?.only_customer();
    let asked = customer_id.map(|id| id.0);
    asked
        .or(own)
        .ok_or_else(|| bad_input("customerId", "name the customer"))
}

/// Queries about customers' accounts.
#[derive(Default)]
pub struct StatementQuery;

#[Object]
impl StatementQuery {
    /// A customer's account over the days from `from` to `to`, both included: opening balance, movements, closing
    /// balance. A contact's own where no customer is named; null where there is none that the viewer may see.
    #[graphql(complexity = "1 + child_complexity * 2")]
    async fn statement(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<Uuid>,
        from: Date,
        to: Date,
        currency: Option<CurrencyCode>,
    ) -> Result<Option<Statement>> {
        if to < from {
            return Err(bad_input("to", "must not be before from"));
        }
        let customer_id = whose(ctx, customer_id)?;
        let Some(customer) = customer_of(ctx, customer_id)? else {
            return Ok(None);
        };
        let days = (Some(from.0), Some(to.0));
        let rows = query(ctx, move |db, viewer| {
            list_accounts(db, viewer, customer_id, days.0, days.1)
        })
        .await?;
        let accounts = rows.into_iter().map(|row| Account {
            filter: LedgerFilter {
                customer_id,
                currency: row.closing.currency,
                from: days.0,
                to: days.1,
                applications: false,
            },
            row,
        });
        let wanted =
            |account: &Account| currency.is_none_or(|only| only.0 == account.filter.currency);
        Ok(Some(Statement {
            customer,
            from,
            to,
            accounts: accounts.filter(wanted).collect(),
        }))
    }

    /// Why a customer's balance is what it is: the events that made it. A contact's own where no customer is named;
    /// null where there is none that the viewer may see.
    #[graphql(complexity = "1 + child_complexity * 2")]
    async fn explain_balance(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<Uuid>,
    ) -> Result<Option<BalanceExplanation>> {
        let customer_id = whose(ctx, customer_id)?;
        let Some(row) = find(ctx, |db, viewer| find_customer(db, viewer, customer_id))? else {
            return Ok(None);
        };
        let balances = find(ctx, |db, viewer| list_balances(db, viewer, &[customer_id]))?;
        let balances = balances
            .into_iter()
            .map(|(customer_id, row)| ExplainedBalance { customer_id, row });
        Ok(Some(BalanceExplanation {
            customer: Customer(row),
            balances: balances.collect(),
        }))
    }
}
