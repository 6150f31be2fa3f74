//! Stored events of every aggregate: their one way back from JSON, whatever version they were written in.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::credit_note::CreditNoteEvent;
use crate::customer::CustomerEvent;
use crate::estimate::EstimateEvent;
use crate::invoice::InvoiceEvent;
use crate::organisation::OrganisationEvent;
use crate::payment::PaymentEvent;
use crate::plan::PlanEvent;
use crate::subscription::SubscriptionEvent;

/// An event of any aggregate.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "one at a time is decoded and handled"
)]
pub enum Event {
    /// Of a credit note.
    CreditNote(CreditNoteEvent),
    /// Of a customer.
    Customer(CustomerEvent),
    /// Of an estimate.
    Estimate(EstimateEvent),
    /// Of an invoice.
    Invoice(InvoiceEvent),
    /// Of the organisation.
    Organisation(OrganisationEvent),
    /// Of a payment.
    Payment(PaymentEvent),
    /// Of a plan.
    Plan(PlanEvent),
    /// Of a subscription.
    Subscription(SubscriptionEvent),
}

/// A stored event that this version of the program cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The aggregate's type is unknown.
    #[error("unknown aggregate type {0}")]
    UnknownAggregate(String),
    /// The version is not one that this program knows: a later program wrote it.
    #[error("{event_type} version {event_version} is unknown to this program")]
    UnknownVersion {
        /// The stored type.
        event_type: String,
        /// The stored version.
        event_version: String,
    },
    /// The payload does not fit its type and version.
    #[error("{event_type} version {event_version} cannot be read: {source}")]
    Malformed {
        /// The stored type.
        event_type: String,
        /// The stored version.
        event_version: String,
        /// What serde says.
        source: serde_json::Error,
    },
}

/// Reads a stored event.
///
/// # Errors
/// [`DecodeError`] where the log holds what this version does not know.
pub fn decode(
    aggregate_type: &str,
    event_type: &str,
    event_version: &str,
    payload: &str,
) -> Result<Event, DecodeError> {
    let stored = Stored {
        event_type,
        event_version,
        payload,
    };
    match aggregate_type {
        "credit_note" => stored.read().map(Event::CreditNote),
        "customer" => stored.read().map(Event::Customer),
        "estimate" => stored.read().map(Event::Estimate),
        "invoice" => stored.read().map(Event::Invoice),
        "organisation" => stored.read().map(Event::Organisation),
        "payment" => stored.read().map(Event::Payment),
        "plan" => stored.read().map(Event::Plan),
        "subscription" => stored.read().map(Event::Subscription),
        unknown => Err(DecodeError::UnknownAggregate(unknown.to_owned())),
    }
}

struct Stored<'a> {
    event_type: &'a str,
    event_version: &'a str,
    payload: &'a str,
}

impl Stored<'_> {
    fn read<E: DeserializeOwned>(&self) -> Result<E, DecodeError> {
        let read = if self.event_version == current_version(self.event_type) {
            serde_json::from_str(self.payload)
        } else if is_upcast(self.event_type, self.event_version) {
            serde_json::from_str(self.payload)
                .map(|payload| upcast(self.event_type, self.event_version, payload))
                .and_then(serde_json::from_value)
        } else {
            return Err(DecodeError::UnknownVersion {
                event_type: self.event_type.to_owned(),
                event_version: self.event_version.to_owned(),
            });
        };
        read.map_err(|source| DecodeError::Malformed {
            event_type: self.event_type.to_owned(),
            event_version: self.event_version.to_owned(),
            source,
        })
    }
}

/// The version in which an event of that stored type is written today.
pub fn current_version(event_type: &str) -> &'static str {
    match event_type {
        "CustomerRegistered"
        | "EstimateOffered"
        | "EstimateReoffered"
        | "EstimateAccepted"
        | "OrganisationRegistered"
        | "OrganisationProfileUpdated"
        | "OrganisationSettingsUpdated" => "2",
        _ => "1",
    }
}

/// Whether [`upcast`] lifts that version to the current one.
fn is_upcast(event_type: &str, event_version: &str) -> bool {
    event_version == "1" && current_version(event_type) == "2"
}

/// Lifts a stored payload to the version written today; one event stays one event.
///
/// - `CustomerRegistered` 1 had no language: customers registered then read English.
/// - `OrganisationRegistered`, `OrganisationProfileUpdated` and `OrganisationSettingsUpdated` 1 had no bank details
///   and two settings only: the organisation worked by UTC, with plain number series, and allowed what there was.
/// - `EstimateOffered` and `EstimateReoffered` 1 asked for no deposit.
/// - `EstimateAccepted` 1 did not keep what was agreed to.
pub fn upcast(event_type: &str, event_version: &str, mut payload: Value) -> Value {
    if event_version != "1" {
        return payload;
    }
    let mut add = |at: &str, missing: Value| {
        let place = payload.pointer_mut(&format!("/{event_type}{at}"));
        if let (Some(place), Value::Object(missing)) =
            (place.and_then(Value::as_object_mut), missing)
        {
            for (key, value) in missing {
                place.entry(key).or_insert(value);
            }
        }
    };
    match event_type {
        "CustomerRegistered" => add("/details", json!({ "language": "en" })),
        "OrganisationRegistered" => {
            add("/profile", json!({ "bank": null }));
            add("/settings", first_settings());
        }
        "OrganisationProfileUpdated" => add("/profile", json!({ "bank": null })),
        "EstimateOffered" | "EstimateReoffered" => add("", json!({ "deposit_percent": null })),
        "EstimateAccepted" => add("", json!({ "agreed": null })),
        "OrganisationSettingsUpdated" => add("/settings", first_settings()),
        _ => {}
    }
    payload
}

/// The settings that version 1 took for granted; never changed, whatever new organisations begin with.
fn first_settings() -> Value {
    let plain = |prefix: &str| json!({ "prefix": prefix, "digits": 5, "yearly": false });
    json!({
        "time_zone": "UTC",
        "payment_terms_days": 30,
        "currencies": [],
        "tax_rates": [],
        "series": {
            "estimates": plain("EST"),
            "invoices": plain("INV"),
            "credit_notes": plain("CN"),
            "payments": plain("PAY"),
        },
        "portal": {
            "accept": true, "decline": true, "comment": true, "pay": true, "part_pay": true, "mail": true,
            "review": true, "dispute": true, "forward": true, "cancel_subscription": false,
            "pause_subscription": false, "change_subscription": false, "edit_details": true,
            "update_payment_method": true,
        },
        "deposit_percent": null,
        "reminders": [],
        "late_fees": [],
        "dunning": { "retry_after_days": [1, 3, 7], "then": "MarkUnpaid" },
        "banner": null,
    })
}
