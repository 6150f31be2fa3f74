//! What happened → mails to be sent. They are queued here, exactly once, beside the log; sending them is another's work,
//! which finds here to whom, about what, in which language, and what it has to say.
//!
//! A mail's id derives from the event that caused it and from its place among that event's mails, so that an event that
//! is reacted to again, on whatever node, queues nothing twice. Nothing is queued for what was only recorded long after
//! it happened, as imported books are.

use anyhow::Context as _;
use domain::customer::{Contact, Customer, CustomerEvent, Registered};
use domain::estimate::{Estimate, EstimateEvent};
use domain::event::{Event, decode};
use domain::ids::CustomerId;
use domain::invoice::{DraftedInvoice, Invoice, InvoiceEvent};
use domain::organisation::{ORGANISATION_ID, Organisation};
use domain::payment::{Payment, PaymentEvent};
use eventlog::RecordedEvent;
use serde_json::{Value, json};
use time::{Date, Duration};
use uuid::Uuid;

use crate::app::App;

/// What happened longer before it was recorded is history, of which nobody is told by mail.
const HISTORY: Duration = Duration::days(30);

/// Why a mail is sent; also the name of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invoice, to people who were named.
    InvoiceForwarded,
    /// An offer, to people who were named.
    EstimateForwarded,
    /// The customer is reminded of an invoice.
    InvoiceReminded,
    /// A contact's letter to the merchant.
    MerchantMailed,
    /// A contact's review of the merchant.
    MerchantReviewed,
    /// An estimate was offered, or offered anew.
    EstimateOffered,
    /// Money came in.
    PaymentReceived,
}

impl Kind {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvoiceForwarded => "invoice_forwarded",
            Self::EstimateForwarded => "estimate_forwarded",
            Self::InvoiceReminded => "invoice_reminded",
            Self::MerchantMailed => "merchant_mailed",
            Self::MerchantReviewed => "merchant_reviewed",
            Self::EstimateOffered => "estimate_offered",
            Self::PaymentReceived => "payment_received",
        }
    }
}

/// A mail to be queued, to each of its recipients on its own: none learns of the others.
struct Mail {
    kind: Kind,
    recipients: Vec<String>,
    reply_to: Option<String>,
    subject: String,
    language: String,
    payload: Value,
}

/// Queues the mails that an event sets off, if it does. Doing it again changes nothing.
pub(super) async fn queue(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    if !matches!(
        event.event_type.as_str(),
        "InvoiceForwarded"
            | "EstimateForwarded"
            | "InvoiceReminded"
            | "CustomerMerchantMailed"
            | "CustomerMerchantReviewed"
            | "EstimateOffered"
            | "EstimateReoffered"
            | "PaymentRecorded"
            | "PaymentSucceeded"
            | "PaymentArrivedLate"
    ) {
        return Ok(());
    }
    let Some(mail) = mail_of(app, event).await? else {
        return Ok(());
    };
    if mail.recipients.is_empty() {
        let (kind, cause) = (mail.kind.name(), event.event_id);
        tracing::warn!(kind, %cause, "a mail has nobody to go to: no address is known");
    }
    for (index, recipient) in mail.recipients.iter().enumerate() {
        insert(app, event, &mail, index, recipient).await?;
    }
    Ok(())
}

async fn insert(
    app: &App,
    event: &RecordedEvent,
    mail: &Mail,
    index: usize,
    recipient: &str,
) -> anyhow::Result<()> {
    let id = Uuid::new_v5(&event.event_id, format!("mail/{index}").as_bytes());
    let sql =
        "INSERT INTO outbox (id, kind, recipient, reply_to, subject, language, payload, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let payload = mail.payload.to_string();
    let args = [
        id.into(),
        mail.kind.name().into(),
        recipient.into(),
        mail.reply_to.clone().into(),
        mail.subject.as_str().into(),
        mail.language.as_str().into(),
        payload.as_str().into(),
        event.recorded_at.into(),
    ];
    app.tables.execute(sql, &args).await?;
    Ok(())
}

async fn mail_of(app: &App, event: &RecordedEvent) -> anyhow::Result<Option<Mail>> {
    let decoded = decode(
        &event.aggregate_type,
        &event.event_type,
        &event.event_version,
        &event.payload,
    )?;
    let id = event.aggregate_id;
    if let Event::Invoice(InvoiceEvent::Forwarded {
        recipients,
        message,
        ..
    }) = decoded
    {
        let by = event.metadata.actor.name.clone();
        return forwarded(app, id, recipients, message, by).await;
    }
    if let Event::Estimate(EstimateEvent::Forwarded {
        revision,
        recipients,
        message,
        ..
    }) = decoded
    {
        let by = event.metadata.actor.name.clone();
        return offer_forwarded(app, id, revision, recipients, (message, by)).await;
    }
    if let Event::Invoice(InvoiceEvent::Reminded { stage, on }) = decoded
        && !is_history(event, on)
    {
        return reminded(app, id, stage).await;
    }
    if let Event::Estimate(
        EstimateEvent::Offered {
            revision,
            valid_until,
            on,
            ..
        }
        | EstimateEvent::Reoffered {
            revision,
            valid_until,
            on,
            ..
        },
    ) = decoded
        && !is_history(event, on)
    {
        return offered(app, id, revision, valid_until).await;
    }
    if let Event::Payment(
        PaymentEvent::Recorded {
            number,
            received_on: on,
            ..
        }
        | PaymentEvent::Succeeded { number, on, .. }
        | PaymentEvent::ArrivedLate { number, on, .. },
    ) = &decoded
        && !is_history(event, *on)
    {
        return received(app, id, number, *on).await;
    }
    if let Event::Customer(event) = decoded {
        return to_merchant(app, CustomerId(id), event).await;
    }
    Ok(None)
}

fn is_history(event: &RecordedEvent, on: Date) -> bool {
    event.recorded_at.date() - on > HISTORY
}

async fn forwarded(
    app: &App,
    id: Uuid,
    recipients: Vec<String>,
    message: Option<String>,
    by: String,
) -> anyhow::Result<Option<Mail>> {
    let invoice = invoice(app, id).await?;
    let Some(customer) = customer(app, invoice.customer_id).await? else {
        return Ok(None);
    };
    let merchant = merchant(app).await?;
    let number = number_of(&invoice);
    let mut payload = told_of(id, &invoice);
    payload["message"] = message.into();
    payload["forwardedBy"] = by.clone().into();
    Ok(Some(Mail {
        kind: Kind::InvoiceForwarded,
        recipients,
        subject: format!("{by} sends you invoice {number} of {}", merchant.name),
        reply_to: merchant.email,
        language: customer.details.language,
        payload,
    }))
}

async fn offer_forwarded(
    app: &App,
    id: Uuid,
    revision: u32,
    recipients: Vec<String>,
    (message, by): (Option<String>, String),
) -> anyhow::Result<Option<Mail>> {
    let estimate = app.log.load::<Estimate>(id).await?.state.drafted;
    let estimate = estimate.context("a forwarded estimate is drafted")?;
    let Some(customer) = customer(app, estimate.customer_id).await? else {
        return Ok(None);
    };
    let merchant = merchant(app).await?;
    let number = estimate.number.clone().unwrap_or_default();
    let document = estimate.document_of(revision);
    Ok(Some(Mail {
        kind: Kind::EstimateForwarded,
        recipients,
        subject: format!("{by} sends you estimate {number} of {}", merchant.name),
        reply_to: merchant.email,
        language: customer.details.language,
        payload: json!({
            "estimateId": id, "number": number, "revision": revision,
            "total": document.map(|document| document.total()), "message": message,
            "forwardedBy": by,
        }),
    }))
}

async fn reminded(app: &App, id: Uuid, stage: u16) -> anyhow::Result<Option<Mail>> {
    let invoice = invoice(app, id).await?;
    let Some(customer) = customer(app, invoice.customer_id).await? else {
        return Ok(None);
    };
    let merchant = merchant(app).await?;
    let mut payload = told_of(id, &invoice);
    payload["stage"] = stage.into();
    Ok(Some(Mail {
        kind: Kind::InvoiceReminded,
        recipients: addresses(&customer),
        subject: format!(
            "Reminder of invoice {} of {}",
            number_of(&invoice),
            merchant.name
        ),
        reply_to: merchant.email,
        language: customer.details.language,
        payload,
    }))
}

async fn offered(
    app: &App,
    id: Uuid,
    revision: u32,
    valid_until: Date,
) -> anyhow::Result<Option<Mail>> {
    let estimate = app.log.load::<Estimate>(id).await?.state.drafted;
    let estimate = estimate.context("an offered estimate is drafted")?;
    let Some(customer) = customer(app, estimate.customer_id).await? else {
        return Ok(None);
    };
    let merchant = merchant(app).await?;
    let total = estimate
        .document_of(revision)
        .map(|document| document.total());
    let number = estimate.number.clone().unwrap_or_default();
    let again = if revision > 1 { " (new offer)" } else { "" };
    Ok(Some(Mail {
        kind: Kind::EstimateOffered,
        recipients: addresses(&customer),
        subject: format!("Estimate {number} of {}{again}", merchant.name),
        reply_to: merchant.email,
        language: customer.details.language,
        payload: json!({
            "estimateId": id, "number": number, "revision": revision, "total": total,
            "validUntil": valid_until,
        }),
    }))
}

async fn received(app: &App, id: Uuid, number: &str, on: Date) -> anyhow::Result<Option<Mail>> {
    let payment = app.log.load::<Payment>(id).await?.state.started;
    let payment = payment.context("a payment that came in is started")?;
    let Some(customer) = customer(app, payment.customer_id).await? else {
        return Ok(None);
    };
    let merchant = merchant(app).await?;
    let invoices: Vec<Uuid> = payment
        .first_allocations
        .iter()
        .map(|a| a.invoice_id.0)
        .collect();
    Ok(Some(Mail {
        kind: Kind::PaymentReceived,
        recipients: addresses(&customer),
        subject: format!(
            "{} has received your payment of {}",
            merchant.name, payment.amount
        ),
        reply_to: merchant.email,
        language: customer.details.language,
        payload: json!({
            "paymentId": id, "number": number, "amount": payment.amount, "on": on,
            "invoiceIds": invoices,
        }),
    }))
}

async fn to_merchant(
    app: &App,
    id: CustomerId,
    event: CustomerEvent,
) -> anyhow::Result<Option<Mail>> {
    let (Some(customer), merchant) = (customer(app, id).await?, merchant(app).await?) else {
        return Ok(None);
    };
    // A contact who was removed meanwhile: the letter is the customer's all the same.
    let contact = |id| customer.contacts.get(&id);
    let name = |contact: Option<&Contact>| match contact {
        Some(contact) => contact.details.name.clone(),
        None => customer.details.name.clone(),
    };
    let (kind, contact, subject, mut payload) = match event {
        CustomerEvent::MerchantMailed {
            contact_id,
            subject,
            message,
            ..
        } => {
            let payload = json!({ "message": message });
            (Kind::MerchantMailed, contact(contact_id), subject, payload)
        }
        CustomerEvent::MerchantReviewed {
            contact_id, review, ..
        } => {
            let contact = contact(contact_id);
            let subject = format!("{} gives {} of 5", name(contact), review.rating);
            let payload = serde_json::to_value(&review)?;
            (Kind::MerchantReviewed, contact, subject, payload)
        }
        CustomerEvent::Registered { .. }
        | CustomerEvent::DetailsUpdated { .. }
        | CustomerEvent::AddressesUpdated { .. }
        | CustomerEvent::PaymentTermsUpdated { .. }
        | CustomerEvent::ContactAdded { .. }
        | CustomerEvent::ContactUpdated { .. }
        | CustomerEvent::ContactRemoved { .. }
        | CustomerEvent::PortalInvited { .. }
        | CustomerEvent::PortalJoined { .. }
        | CustomerEvent::PortalRevoked { .. }
        | CustomerEvent::PaymentMethodAttached { .. }
        | CustomerEvent::PaymentMethodUpdated { .. } => return Ok(None),
    };
    payload["customerId"] = json!(id);
    payload["customer"] = customer.details.name.clone().into();
    payload["from"] = name(contact).into();
    Ok(Some(Mail {
        kind,
        subject,
        recipients: merchant.email.into_iter().collect(),
        reply_to: contact.map(|contact| contact.details.email.clone()),
        language: "en".to_owned(),
        payload,
    }))
}

fn told_of(id: Uuid, invoice: &DraftedInvoice) -> Value {
    let issued = invoice.issued.as_ref();
    json!({
        "invoiceId": id, "number": number_of(invoice), "total": invoice.document.total(),
        "due": invoice.amount_due(), "dueDate": issued.map(|issued| issued.due_date),
    })
}

fn number_of(invoice: &DraftedInvoice) -> String {
    let issued = invoice.issued.as_ref();
    issued
        .map(|issued| issued.number.clone())
        .unwrap_or_default()
}

/// Where a customer's mails go: its own address, or else those of its people.
fn addresses(customer: &Registered) -> Vec<String> {
    match &customer.details.email {
        Some(email) => vec![email.clone()],
        None => {
            let contacts = customer.contacts.values();
            contacts
                .map(|contact| contact.details.email.clone())
                .collect()
        }
    }
}

async fn invoice(app: &App, id: Uuid) -> anyhow::Result<DraftedInvoice> {
    let invoice = app.log.load::<Invoice>(id).await?.state.drafted;
    invoice.context("the invoice is not there")
}

/// None where nobody is registered under the id: then there is nobody to write to.
async fn customer(app: &App, id: CustomerId) -> anyhow::Result<Option<Registered>> {
    let loaded = app.log.load::<Customer>(id.0).await?;
    Ok(loaded.state.registered)
}

/// The merchant's name and address for mail.
async fn merchant(app: &App) -> anyhow::Result<domain::party::Party> {
    let organisation = app.log.load::<Organisation>(ORGANISATION_ID).await?;
    let registered = organisation.state.registered;
    Ok(registered
        .map(|known| known.profile.party)
        .unwrap_or_default())
}
