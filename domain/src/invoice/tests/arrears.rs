//! Reminders and late fees: what is due by schedule, and what the commands say to it.

use proptest::prelude::*;

use super::disputes::disputed;
use super::*;
use crate::organisation::{Fee, LateFee};

const FEE: InvoiceId = InvoiceId(uuid::Uuid::from_u128(41));

/// 100 euros, issued on the 2nd, due on the 16th.
const OWED: Arrears = Arrears {
    issue_date: time::macros::date!(2025 - 03 - 02),
    due_date: time::macros::date!(2025 - 03 - 16),
    owed: Money {
        amount: rust_decimal::Decimal::ONE_HUNDRED,
        currency: Currency::EUR,
    },
    disputed: false,
    bears_fees: true,
    reminded: 0,
    charged: 0,
};

fn since<Stage>(stages: &[Stage], n: i64) -> Schedule<'_, Stage> {
    Schedule {
        stages,
        since: day(n),
    }
}

fn reminder(stage: u16, n: i64) -> Option<DueReminder> {
    Some(DueReminder { stage, day: day(n) })
}

const REMINDERS: [i16; 3] = [-3, 5, 14];

#[test]
fn each_stage_of_reminder_has_its_day() {
    let reminders = || since(&REMINDERS, 1);
    for (today, reminded, due, next) in [
        (12, 0, None, reminder(1, 13)),
        (13, 0, reminder(1, 13), reminder(1, 13)),
        (14, 1, None, reminder(2, 21)),
        (21, 1, reminder(2, 21), reminder(2, 21)),
        (30, 3, None, None),
    ] {
        let arrears = Arrears { reminded, ..OWED };
        assert_eq!(arrears.reminder_on(reminders(), day(today)), due, "{today}");
        let from = arrears.reminder_from(reminders(), day(today));
        assert_eq!(from, next, "{today}");
    }
}

#[test]
fn after_days_without_a_node_only_the_newest_reminder_is_sent() {
    let due = OWED.reminder_on(since(&REMINDERS, 1), day(60));
    assert_eq!(due, reminder(3, 30));
    let sent = Arrears {
        reminded: 3,
        ..OWED
    };
    assert_eq!(sent.reminder_on(since(&REMINDERS, 1), day(60)), None);
}

#[test]
fn a_schedule_does_not_reach_back() {
    assert_eq!(OWED.reminder_on(since(&REMINDERS, 22), day(25)), None);
    assert_eq!(
        OWED.reminder_from(since(&REMINDERS, 22), day(25)),
        reminder(3, 30)
    );
    // Twenty days before the due date it was not issued yet.
    assert_eq!(OWED.reminder_on(since(&[-20], 1), day(5)), None);
    let fees = [percent(5, 10), percent(14, 10)];
    let due = OWED.fees_on(since(&fees, 22), day(60));
    assert_eq!(due.iter().map(|fee| fee.stage).collect::<Vec<_>>(), [2]);
}

#[test]
fn nothing_is_done_about_what_is_disputed_or_not_owed() {
    let fees = [percent(5, 10)];
    for arrears in [
        Arrears {
            disputed: true,
            ..OWED
        },
        Arrears {
            owed: eur(0),
            ..OWED
        },
    ] {
        assert_eq!(arrears.reminder_from(since(&REMINDERS, 1), day(60)), None);
        assert_eq!(arrears.fee_from(since(&fees, 1)), None);
    }
    let waived = Arrears {
        bears_fees: false,
        ..OWED
    };
    assert_eq!(waived.fee_from(since(&fees, 1)), None);
    assert!(waived.reminder_on(since(&REMINDERS, 1), day(60)).is_some());
}

fn percent(after_days: u16, percent: i64) -> LateFee {
    LateFee {
        after_days,
        fee: Fee::Percent(percent.into()),
    }
}

fn fixed(after_days: u16, amount: Money) -> LateFee {
    LateFee {
        after_days,
        fee: Fee::Fixed(amount),
    }
}

#[test]
fn every_stage_of_late_fee_that_is_due_is_charged_also_late() {
    let fees = [fixed(5, eur(40_00)), fixed(7, usd(40_00)), percent(14, 2)];
    let due = OWED.fees_on(since(&fees, 1), day(60));
    let due: Vec<_> = due.iter().map(|f| (f.stage, f.day, f.amount)).collect();
    // Stage 2 is in dollars, and the invoice in euros.
    assert_eq!(due, [(1, day(21), eur(40_00)), (3, day(30), eur(2_00))]);
    let charged = Arrears { charged: 1, ..OWED };
    let next = charged.fee_from(since(&fees, 1)).unwrap();
    assert_eq!((next.stage, next.day), (3, day(30)));
    assert_eq!(charged.fees_on(since(&fees, 1), day(29)), []);
}

#[test]
fn a_percentage_is_rounded_half_away_from_zero_and_may_come_to_nothing() {
    let fee_on = |cents| {
        let arrears = Arrears {
            owed: eur(cents),
            ..OWED
        };
        arrears
            .fee_from(since(&[percent(1, 5)], 1))
            .map(|f| f.amount)
    };
    assert_eq!(fee_on(2_10), Some(eur(11)));
    assert_eq!(fee_on(9), None);
}

// ChargeLateFee and WaiveLateFees

fn charge(stage: u16, fee: Fee) -> InvoiceCommand {
    InvoiceCommand::ChargeLateFee {
        stage,
        fee,
        fee_invoice_id: FEE,
        on: day(21),
    }
}

pub(super) fn charge_forty() -> InvoiceCommand {
    charge(1, Fee::Fixed(eur(40_00)))
}

fn charged(cents: i64) -> InvoiceEvent {
    InvoiceEvent::LateFeeCharged {
        stage: 1,
        amount: eur(cents),
        fee_invoice_id: FEE,
        on: day(21),
    }
}

pub(super) fn waive() -> InvoiceCommand {
    InvoiceCommand::WaiveLateFees {
        reason: "goodwill".to_owned(),
        on: day(20),
    }
}

fn waived() -> InvoiceEvent {
    InvoiceEvent::LateFeesWaived {
        reason: "goodwill".to_owned(),
        on: day(20),
    }
}

#[test]
fn charges_a_late_fee_once() {
    open([]).when(charge_forty()).once([charged(40_00)]);
    let ten = Fee::Percent(dec("10"));
    open([applied(P, 50_00)])
        .when(charge(1, ten))
        .once([charged(5_00)]);
    open([reserved(P, 50_00)])
        .when(charge(1, ten))
        .once([charged(5_00)]);
    let again = InvoiceCommand::ChargeLateFee {
        stage: 1,
        fee: ten,
        fee_invoice_id: InvoiceId(id(42)),
        on: day(22),
    };
    open([charged(40_00)])
        .when(again)
        .refused(InvoiceError::FeeCharged);
}

#[test]
fn refuses_a_late_fee_where_none_is_owed() {
    for (past, refusal) in [
        (vec![applied(P, 100_00), paid()], InvoiceError::AlreadyPaid),
        (vec![voided()], InvoiceError::Voided),
        (vec![written_off(100_00)], InvoiceError::WrittenOff),
        (vec![disputed(1, None)], InvoiceError::Disputed),
        (vec![waived()], InvoiceError::LateFeesWaived),
        (vec![reserved(P, 100_00)], InvoiceError::NoFee),
    ] {
        let ten = Fee::Percent(dec("10"));
        open(past).when(charge(1, ten)).refused(refusal);
    }
    open([])
        .when(charge(1, Fee::Fixed(usd(1))))
        .refused(InvoiceError::NoFee);
    let stage = Invalid::new("stage", Rule::NotPositive);
    open([]).when(charge(0, Fee::Fixed(eur(1)))).refused(stage);
}

#[test]
fn refuses_a_late_fee_on_the_last_day_to_pay() {
    let early = InvoiceCommand::ChargeLateFee {
        stage: 1,
        fee: Fee::Fixed(eur(1)),
        fee_invoice_id: FEE,
        on: day(16),
    };
    open([]).when(early).refused(InvoiceError::NotOverdue);
}

#[test]
fn refuses_a_fee_on_a_fee() {
    let source = InvoiceSource::LateFee {
        invoice_id: InvoiceId(id(1)),
        stage: 1,
    };
    invoice([drafted_from(Some(source), &euros(100)), issued()])
        .when(charge_forty())
        .refused(InvoiceError::FeeOnAFee);
}

#[test]
fn waives_late_fees_once_for_a_reason() {
    open([]).when(waive()).once([waived()]);
    let blank = InvoiceCommand::WaiveLateFees {
        reason: String::new(),
        on: day(20),
    };
    open([]).when(blank).refused(required("reason"));
}

fn history() -> impl Strategy<Value = Vec<InvoiceEvent>> {
    let past = prop_oneof![
        Just(applied(P, 60_00)),
        Just(reserved(Q, 40_00)),
        Just(disputed(1, None)),
        Just(waived()),
        Just(charged(1_00)),
        (1_u16..4).prop_map(|stage| InvoiceEvent::Reminded { stage, on: day(17) }),
        Just(written_off(100_00)),
    ];
    proptest::collection::vec(past, 0..4)
}

proptest! {
    /// What the schedule finds due is what the commands then do, to the cent.
    #[test]
    fn what_is_foretold_is_what_happens(past in history(), today in 10_i64..80) {
        let stages = [percent(5, 10), fixed(14, eur(15_00)), fixed(20, usd(1_00))];
        let mut invoice = state([drafted(), issued()].into_iter().chain(past));
        let arrears = invoice.drafted.as_ref().unwrap().arrears();
        let foretold = arrears.map_or(vec![], |a| a.fees_on(since(&stages, 1), day(today)));
        for due in foretold {
            let events = invoice.decide(InvoiceCommand::ChargeLateFee {
                stage: due.stage,
                fee: due.fee,
                fee_invoice_id: InvoiceId(id(u128::from(due.stage))),
                on: day(today),
            });
            let [InvoiceEvent::LateFeeCharged { stage, amount, .. }] = events.as_deref().unwrap()
            else { panic!("{events:?}") };
            prop_assert_eq!((*stage, *amount), (due.stage, due.amount));
            for event in events.unwrap() { invoice.apply_event(event) }
        }
        if let Some(due) = arrears.and_then(|a| a.reminder_on(since(&REMINDERS, 1), day(today))) {
            let events = invoice.decide(InvoiceCommand::Remind { stage: due.stage, on: day(today) });
            prop_assert_eq!(events.unwrap().len(), 1);
        }
    }
}
