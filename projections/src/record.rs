//! An event on its way into the read models: understood, and without what no read model needs.

use domain::credit_note::CreditNoteEvent;
use domain::document::Document;
use domain::estimate::EstimateEvent;
use domain::event::{DecodeError, Event, decode};
use domain::invoice::InvoiceEvent;
use eventlog::{Actor, RecordedEvent};
use uuid::Uuid;

use crate::texts;

/// A recorded event with its payload decoded.
pub(crate) struct Record {
    /// Its place in the log.
    pub(crate) position: i64,
    pub(crate) event_id: Uuid,
    /// `credit_note`, `customer`, `estimate`, `invoice`, `payment`, `plan`, `subscription` or `organisation`.
    pub(crate) aggregate_type: &'static str,
    /// The aggregate that the event is of.
    pub(crate) id: Uuid,
    /// The aggregate's version after this event.
    pub(crate) version: i64,
    /// The stored name.
    pub(crate) event_type: String,
    pub(crate) actor: Actor,
    /// Microseconds since 1970 UTC.
    pub(crate) recorded_at: i64,
    pub(crate) event: Event,
    /// The document that the event carries, as JSON. Written here, because the thread that decodes has time to spare.
    pub(crate) document: Option<String>,
    /// The words that the document is found by.
    pub(crate) text: Option<String>,
    /// The seller and the buyer that the event carries, as JSON.
    pub(crate) parties: Option<[String; 2]>,
}

impl Record {
    pub(crate) fn decode(recorded: RecordedEvent) -> Result<Self, DecodeError> {
        let event = decode(
            &recorded.aggregate_type,
            &recorded.event_type,
            &recorded.event_version,
            &recorded.payload,
        )?;
        let nanos = recorded.recorded_at.unix_timestamp_nanos();
        Ok(Self {
            position: recorded.position,
            event_id: recorded.event_id,
            aggregate_type: match event {
                Event::CreditNote(_) => "credit_note",
                Event::Customer(_) => "customer",
                Event::Estimate(_) => "estimate",
                Event::Invoice(_) => "invoice",
                Event::Organisation(_) => "organisation",
                Event::Payment(_) => "payment",
                Event::Plan(_) => "plan",
                Event::Subscription(_) => "subscription",
            },
            id: recorded.aggregate_id,
            version: recorded.sequence,
            event_type: recorded.event_type,
            actor: recorded.metadata.actor,
            recorded_at: i64::try_from(nanos / 1_000).unwrap_or(i64::MAX),
            document: document(&event).and_then(|document| serde_json::to_string(document).ok()),
            text: document(&event).map(texts::body),
            parties: parties(&event),
            event,
        })
    }
}

fn document(event: &Event) -> Option<&Document> {
    if let Event::Estimate(
        EstimateEvent::Drafted { document, .. }
        | EstimateEvent::DraftRevised { document, .. }
        | EstimateEvent::Reworked { document, .. },
    )
    | Event::Invoice(
        InvoiceEvent::Drafted { document, .. } | InvoiceEvent::DraftRevised { document, .. },
    )
    | Event::CreditNote(
        CreditNoteEvent::Drafted { document, .. } | CreditNoteEvent::DraftRevised { document, .. },
    ) = event
    {
        Some(document)
    } else {
        None
    }
}

fn parties(event: &Event) -> Option<[String; 2]> {
    if let Event::Invoice(InvoiceEvent::Issued { seller, buyer, .. })
    | Event::CreditNote(CreditNoteEvent::Issued { seller, buyer, .. }) = event
    {
        let text = |party| serde_json::to_string(party).ok();
        Some([text(seller)?, text(buyer)?])
    } else {
        None
    }
}
