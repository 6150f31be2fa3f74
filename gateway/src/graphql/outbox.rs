//! The mails that wait to be sent, and those that were: the queue, for staff to see. And forwarding, which fills it.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, InputObject, Object, Result};
use domain::estimate::{Estimate, EstimateCommand};
use domain::invoice::{Invoice, InvoiceCommand};
use eventlog::LogError;
use projections::{Cursor, ForeignCursor, Slice, find_estimate, find_invoice};
use time::OffsetDateTime;

use super::act::{act, find, not_found};
use super::context::{app, metadata, require_allowed, require_staff};
use super::error::{bad_input, internal};
use super::estimates::EstimatePayload;
use super::invoices::InvoicePayload;
use super::lists::{self, ListCursor, connection};
use super::quota::spend;
use super::scalars::{DateTime, Uuid};
use crate::tables::Row;

/// A mail to one recipient.
pub struct OutboxMail {
    id: uuid::Uuid,
    kind: String,
    recipient: String,
    reply_to: Option<String>,
    subject: String,
    language: String,
    payload: String,
    created_at: OffsetDateTime,
    sent_at: Option<OffsetDateTime>,
}

#[Object]
impl OutboxMail {
    /// Derives from what caused it: the same cause never queues it twice.
    async fn id(&self) -> Uuid {
        self.id.into()
    }

    /// `invoice_forwarded`, `estimate_forwarded`, `invoice_reminded`, `merchant_mailed`, `merchant_reviewed`,
    /// `estimate_offered` or `payment_received`.
    async fn kind(&self) -> &str {
        &self.kind
    }

    /// Whom it goes to.
    async fn recipient(&self) -> &str {
        &self.recipient
    }

    /// Whom an answer goes to.
    async fn reply_to(&self) -> Option<&str> {
        self.reply_to.as_deref()
    }

    /// What it is about.
    async fn subject(&self) -> &str {
        &self.subject
    }

    /// The language that its recipient reads (BCP 47).
    async fn language(&self) -> &str {
        &self.language
    }

    /// What it has to say: a JSON object whose fields its kind decides.
    async fn payload(&self) -> &str {
        &self.payload
    }

    /// When what caused it was recorded.
    async fn created_at(&self) -> DateTime {
        self.created_at.into()
    }

    /// When it was sent; null while it waits.
    async fn sent_at(&self) -> Option<DateTime> {
        self.sent_at.map(Into::into)
    }
}

/// An invoice to be sent on.
#[derive(InputObject)]
pub struct ForwardInvoiceInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// Mail addresses, 1 to 20.
    recipients: Vec<String>,
    /// Words to them.
    message: Option<String>,
}

/// An offer to be sent on.
#[derive(InputObject)]
pub struct ForwardEstimateInput {
    /// Which estimate: its newest offer is sent.
    estimate_id: Uuid,
    /// Mail addresses, 1 to 20.
    recipients: Vec<String>,
    /// Words to them.
    message: Option<String>,
}

/// Queries about the outbox.
#[derive(Default)]
pub struct OutboxQuery;

#[Object]
impl OutboxQuery {
    /// Mails, the newest first; staff only. `waiting` says whether those that are not sent yet are wanted, or the others.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn outbox(
        &self,
        ctx: &Context<'_>,
        waiting: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, OutboxMail, EmptyFields, EmptyFields>> {
        require_staff(ctx)?;
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let after = page.after.as_ref();
        let (created_at, id) = match after.map(Cursor::as_number) {
            None => (i64::MAX, uuid::Uuid::max()),
            Some(Some(place)) => place,
            Some(None) => return Err(bad_input("after", ForeignCursor.to_string())),
        };
        let sql = match waiting {
            None => NEWEST,
            Some(true) => NEWEST_WAITING,
            Some(false) => NEWEST_SENT,
        };
        let wanted = i64::try_from(page.first + 1).map_err(internal)?;
        let args = [created_at.into(), id.into(), wanted.into()];
        let rows = app(ctx)?.tables.fetch(sql, &args).await.map_err(internal)?;
        let has_next = rows.len() > page.first;
        let rows = rows.iter().take(page.first).map(read);
        let rows = rows.collect::<std::result::Result<Vec<_>, LogError>>();
        let slice = Slice {
            rows: rows.map_err(internal)?,
            has_next,
        };
        Ok(connection(slice, has_previous, EmptyFields, |mail| mail))
    }
}

macro_rules! newest {
    ($condition:literal) => {
        concat!(
            "SELECT id, kind, recipient, reply_to, subject, language, payload, created_at, sent_at FROM outbox
             WHERE (created_at, id) < ($1, $2) ",
            $condition,
            " ORDER BY created_at DESC, id DESC LIMIT $3"
        )
    };
}
const NEWEST: &str = newest!("");
const NEWEST_WAITING: &str = newest!("AND sent_at IS NULL");
const NEWEST_SENT: &str = newest!("AND sent_at IS NOT NULL");

fn read(row: &Row) -> std::result::Result<(Cursor, OutboxMail), LogError> {
    let id = row.id("id")?;
    let created_at: i64 = row.get("created_at")?;
    let sent_at: Option<i64> = row.get("sent_at")?;
    let mail = OutboxMail {
        id,
        kind: row.get("kind")?,
        recipient: row.get("recipient")?,
        reply_to: row.get("reply_to")?,
        subject: row.get("subject")?,
        language: row.get("language")?,
        payload: row.get("payload")?,
        created_at: row.instant("created_at")?,
        sent_at: sent_at.map(|_| row.instant("sent_at")).transpose()?,
    };
    Ok((Cursor::of_number(created_at, id), mail))
}

/// Mutations that fill the outbox.
#[derive(Default)]
pub struct OutboxMutation;

#[Object]
impl OutboxMutation {
    /// Sends an invoice on to other people. Contacts may cause at most 20 mails an hour by forwarding and by letters, counted
    /// by their recipients; beyond, RATE_LIMITED says when there is room again.
    async fn forward_invoice(
        &self,
        ctx: &Context<'_>,
        input: ForwardInvoiceInput,
    ) -> Result<InvoicePayload> {
        require_allowed(ctx, |portal| portal.forward)?;
        let id = input.invoice_id.0;
        if find(ctx, |db, viewer| find_invoice(db, viewer, id))?.is_none() {
            return super::invoices::payload(ctx, id, Some(not_found("invoiceId")));
        }
        let mails = input.recipients.len();
        let command = InvoiceCommand::Forward {
            recipients: input.recipients,
            message: input.message,
            on: app(ctx)?.today(),
        };
        let meta = metadata(ctx, "")?;
        spend::<Invoice>(ctx, id, &command, &meta, mails).await?;
        let refused = act::<Invoice>(ctx, id, command, &meta).await?.err();
        super::invoices::payload(ctx, id, refused)
    }

    /// Sends the newest offer of an estimate on to other people; counted as `forwardInvoice` is.
    async fn forward_estimate(
        &self,
        ctx: &Context<'_>,
        input: ForwardEstimateInput,
    ) -> Result<EstimatePayload> {
        require_allowed(ctx, |portal| portal.forward)?;
        let id = input.estimate_id.0;
        if find(ctx, |db, viewer| find_estimate(db, viewer, id))?.is_none() {
            return super::estimates::payload(ctx, id, Some(not_found("estimateId")));
        }
        let mails = input.recipients.len();
        let command = EstimateCommand::Forward {
            recipients: input.recipients,
            message: input.message,
            on: app(ctx)?.today(),
        };
        let meta = metadata(ctx, "")?;
        spend::<Estimate>(ctx, id, &command, &meta, mails).await?;
        let refused = act::<Estimate>(ctx, id, command, &meta).await?.err();
        super::estimates::payload(ctx, id, refused)
    }
}
