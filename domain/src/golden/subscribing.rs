//! The examples of plans and subscriptions.

use super::*;
use crate::plan::PlanDetails;
use crate::schedule::{Interval, IntervalUnit, Period};
use crate::subscription::{Bill, Cleared, Collection, End, Terms};

fn details() -> PlanDetails {
    PlanDetails {
        name: text("Gold"),
        description: Some(text("Everything, and answers within the hour")),
        price: eur(30_00),
        interval: Interval {
            unit: IntervalUnit::Month,
            count: 1,
        },
        trial_days: 14,
        setup_fee: Some(eur(15_00)),
        tax: vat("20"),
        terms: Some(text("Cancel any time.")),
    }
}

pub(super) fn plan() -> Vec<PlanEvent> {
    vec![
        PlanEvent::Created {
            details: details(),
            on: ON,
        },
        PlanEvent::Updated {
            details: details(),
            on: LATER,
        },
        PlanEvent::Archived { on: LATER },
    ]
}

pub(super) fn subscription() -> Vec<SubscriptionEvent> {
    let invoice_id = InvoiceId(id(4));
    let terms = || Terms {
        plan_id: PlanId(id(7)),
        plan: details(),
        quantity: dec("2"),
    };
    let period = Period {
        number: 1,
        start: date!(2025 - 03 - 15),
        next: date!(2025 - 04 - 15),
    };
    let document = || terms().period_document(period).unwrap();
    let reason = || Some(text("too dear"));
    vec![
        SubscriptionEvent::Started {
            customer_id: CustomerId(id(1)),
            terms: terms(),
            start: ON,
            anchor: period.start,
            collection: Collection::Automatic,
            end: Some(End::AfterPeriods(12)),
            on: ON,
        },
        SubscriptionEvent::Renewed {
            plan_id: PlanId(id(7)),
            period,
            invoice_id,
            document: document(),
            on: LATER,
        },
        SubscriptionEvent::Changed {
            terms: terms(),
            period: Some(period),
            bill: Some(Bill::Invoice {
                invoice_id,
                period,
                document: document(),
            }),
            on: LATER,
        },
        SubscriptionEvent::ChangeScheduled {
            terms: terms(),
            on: LATER,
        },
        SubscriptionEvent::ScheduledChangeCancelled { on: LATER },
        SubscriptionEvent::Paused { on: LATER },
        SubscriptionEvent::Resumed {
            next: date!(2025 - 05 - 01),
            on: LATER,
        },
        SubscriptionEvent::CancellationScheduled {
            reason: reason(),
            ends_on: period.next,
            on: LATER,
        },
        SubscriptionEvent::Reactivated { on: LATER },
        SubscriptionEvent::Cancelled {
            reason: reason(),
            bill: Some(Bill::CreditNote {
                credit_note_id: CreditNoteId(id(8)),
                period,
                document: document(),
            }),
            on: LATER,
        },
        SubscriptionEvent::Expired { on: LATER },
        SubscriptionEvent::CollectionFailed {
            invoice_id,
            attempt: 1,
            code: text("INSUFFICIENT_FUNDS"),
            retry_on: Some(LATER),
            on: ON,
        },
        SubscriptionEvent::MarkedUnpaid { on: LATER },
        SubscriptionEvent::ArrearsCleared {
            invoice_id,
            cleared: Cleared::Paid,
            on: LATER,
        },
    ]
}
