//! Balances, amounts due and allocations against sums from the aggregates' own state.

use std::collections::BTreeMap;

use domain::allocation::Part;
use domain::credit_note::{CreditNote, CreditNoteCommand, DraftedCreditNote};
use domain::ids::{CreditNoteId, CustomerId, InvoiceId, PaymentId, RefundId};
use domain::invoice::{Invoice, InvoiceCommand, Settler, Standing};
use domain::money::{Currency, Money};
use domain::payment::{
    Allocation, InitiatePayment, Payment, PaymentCommand, Progress, RefundPayment,
};
use eventlog::ExecuteError;
use projections::*;
use uuid::Uuid;

use crate::testbed::{Node, Testbed};
use crate::world::{World, day, draft_in, eur, staff};

const STEPS: usize = 280;
const SEEDS: [u64; 2] = [1, 20_250_301];
const CUSTOMERS: [(Uuid, Currency); 3] = [
    (Uuid::from_u128(1), Currency::EUR),
    (Uuid::from_u128(2), Currency::JPY),
    (Uuid::from_u128(3), Currency::EUR),
];

/// SplitMix64: the same sequence for the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn amount(&mut self, most: i64) -> i64 {
        1 + self.roll(usize::try_from(most.max(1)).unwrap()) as i64
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.roll(all.len())])
    }
}

/// Business that goes its random way. Whether a command is refused does not matter: what is shown must be true.
struct Business<'a> {
    world: World<'a>,
    dice: Dice,
    invoices: Vec<Uuid>,
    payments: Vec<Uuid>,
    credit_notes: Vec<Uuid>,
    done: BTreeMap<&'static str, usize>,
}

pub(crate) async fn balances_agree_with_the_aggregates(bed: Testbed) {
    let node = bed.node().await;
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut invoices, mut payments, mut credit_notes) = (vec![], vec![], vec![]);
    for seed in SEEDS {
        let mut business = Business {
            world: World(&node.log),
            dice: Dice(seed),
            invoices,
            payments,
            credit_notes,
            done,
        };
        for step in 0..STEPS {
            business.step().await;
            if step % 40 == 39 {
                assert_true(&node, &business, &format!("seed {seed}, step {step}")).await;
            }
        }
        Business {
            invoices,
            payments,
            credit_notes,
            done,
            ..
        } = business;
    }
    for kind in [
        "release",
        "unapply",
        "refund",
        "refund failed",
        "refund succeeded",
        "refund under way",
        "late",
        "void",
        "write off",
        "reverse",
        "settle",
        "allocate",
        "give credit",
        "take credit back",
        "refund credit",
        "void credit",
        "close credit",
    ] {
        assert!(
            done.contains_key(kind),
            "never took effect: {kind}; {done:?}"
        );
    }
    node.assert_clean().await;
}

impl Business<'_> {
    async fn step(&mut self) {
        match self.dice.roll(27) {
            16 | 17 => self.credit().await,
            18..=22 => self.give_credit().await,
            23 | 24 => self.take_credit_back().await,
            25 => self.refund_credit().await,
            26 => self.void_credit().await,
            0 | 1 => self.issue().await,
            2 => self.record().await,
            3 | 4 => self.initiate().await,
            5 | 6 => self.settle().await,
            7 | 8 => self.allocate().await,
            9 => self.unapply().await,
            10 | 11 => self.refund().await,
            12 => self.arrive_late().await,
            13 => {
                self.close("void", |reason, on| InvoiceCommand::Void { reason, on })
                    .await
            }
            14 => {
                self.close("write off", |reason, on| InvoiceCommand::WriteOff {
                    reason,
                    on,
                })
                .await;
            }
            _ => {
                self.close("reverse", |reason, on| InvoiceCommand::ReverseWriteOff {
                    reason,
                    on,
                })
                .await;
            }
        }
    }

    fn took_effect(&mut self, kind: &'static str) {
        *self.done.entry(kind).or_default() += 1;
    }

    async fn invoice(&mut self, id: Uuid, command: InvoiceCommand) -> bool {
        match self.world.try_to::<Invoice>(id, command).await {
            Ok(executed) => !executed.events.is_empty(),
            Err(ExecuteError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn payment(&mut self, id: Uuid, command: PaymentCommand) -> bool {
        match self.world.try_to::<Payment>(id, command).await {
            Ok(executed) => !executed.events.is_empty(),
            Err(ExecuteError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn state_of_invoice(&self, id: Uuid) -> domain::invoice::DraftedInvoice {
        let loaded = self.world.0.load::<Invoice>(id).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    async fn state_of_payment(&self, id: Uuid) -> domain::payment::Started {
        let loaded = self.world.0.load::<Payment>(id).await.unwrap();
        loaded.state.started.unwrap()
    }

    async fn issue(&mut self) {
        let (customer, currency) = self.dice.one_of(&CUSTOMERS).unwrap();
        let id = Uuid::now_v7();
        let amount = self.dice.amount(50_000);
        self.world.invoice(id, customer, currency, amount).await;
        self.invoices.push(id);
    }

    async fn record(&mut self) {
        let (customer, currency) = self.dice.one_of(&CUSTOMERS).unwrap();
        let id = Uuid::now_v7();
        let amount = Money::from_minor(self.dice.amount(80_000), currency);
        self.world.record(id, customer, amount, vec![]).await;
        self.payments.push(id);
    }

    async fn initiate(&mut self) {
        let Some(invoice) = self.dice.one_of(&self.invoices) else {
            return;
        };
        let state = self.state_of_invoice(invoice).await;
        let free = state.amount_due().minor() - state.reserved().minor();
        if free <= 0 {
            return;
        }
        let id = Uuid::now_v7();
        let amount = Money::from_minor(self.dice.amount(free), state.document.currency);
        let start = InitiatePayment {
            customer_id: state.customer_id,
            amount,
            allocations: vec![Allocation {
                invoice_id: InvoiceId(invoice),
                amount,
            }],
            provider: "stripe".to_owned(),
            on: day(7),
        };
        assert!(self.payment(id, PaymentCommand::Initiate(start)).await);
        let reserve = InvoiceCommand::ReservePayment {
            payment_id: PaymentId(id),
            amount,
            on: day(7),
        };
        assert!(self.invoice(invoice, reserve).await);
        self.payments.push(id);
    }

    /// A payment under way succeeds and is applied, or fails and is released.
    async fn settle(&mut self) {
        let Some(id) = self.dice.one_of(&self.payments) else {
            return;
        };
        let state = self.state_of_payment(id).await;
        if state.progress != Progress::Initiated {
            return;
        }
        let (invoice, Part { amount, .. }) = state.allocations.parts().next().unwrap();
        if self.dice.roll(3) == 0 {
            let fail = PaymentCommand::Fail {
                code: "no".to_owned(),
                reason: "no".to_owned(),
                on: day(8),
            };
            assert!(self.payment(id, fail).await);
            let release = InvoiceCommand::ReleasePayment {
                payment_id: PaymentId(id),
                on: day(8),
            };
            assert!(self.invoice(invoice.0, release).await);
            self.took_effect("release");
        } else {
            self.world.succeed(id).await;
            let apply = InvoiceCommand::ApplyPayment {
                round: 1,
                payment_id: PaymentId(id),
                amount,
                on: day(8),
            };
            assert!(self.invoice(invoice.0, apply).await);
            self.took_effect("settle");
        }
    }

    /// Money of a payment that failed comes after all.
    async fn arrive_late(&mut self) {
        let mut failed = vec![];
        for id in &self.payments {
            let progress = self.state_of_payment(*id).await.progress;
            if matches!(progress, Progress::Failed { .. }) {
                failed.push(*id);
            }
        }
        if let Some(id) = self.dice.one_of(&failed) {
            self.world.succeed(id).await;
            self.took_effect("late");
        }
    }

    /// Credit goes to an invoice of the same customer.
    async fn allocate(&mut self) {
        let (Some(id), Some(invoice)) = (
            self.dice.one_of(&self.payments),
            self.dice.one_of(&self.invoices),
        ) else {
            return;
        };
        let payment = self.state_of_payment(id).await;
        let to = self.state_of_invoice(invoice).await;
        let free = to.amount_due().minor() - to.reserved().minor();
        let most = payment.unapplied().minor().min(free);
        let again = payment.allocations.to(InvoiceId(invoice)).is_some();
        if payment.progress != Progress::Succeeded
            || payment.customer_id != to.customer_id
            || most <= 0
            || again
        {
            return;
        }
        let amount = Money::from_minor(self.dice.amount(most), to.document.currency);
        let allocate = PaymentCommand::Allocate {
            allocation: Allocation {
                invoice_id: InvoiceId(invoice),
                amount,
            },
            on: day(9),
        };
        assert!(self.payment(id, allocate).await);
        let apply = InvoiceCommand::ApplyPayment {
            round: payment.allocations.rounds(InvoiceId(invoice)) + 1,
            payment_id: PaymentId(id),
            amount,
            on: day(9),
        };
        assert!(self.invoice(invoice, apply).await);
        self.took_effect("allocate");
    }

    async fn unapply(&mut self) {
        let Some(id) = self.dice.one_of(&self.payments) else {
            return;
        };
        let state = self.state_of_payment(id).await;
        let Some(invoice) = state.allocations.invoices().next() else {
            return;
        };
        let reason = || "taken back".to_owned();
        let unapply = InvoiceCommand::UnapplyPayment {
            payment_id: PaymentId(id),
            reason: reason(),
            on: day(10),
        };
        if state.progress == Progress::Succeeded && self.invoice(invoice.0, unapply).await {
            let deallocate = PaymentCommand::Deallocate {
                invoice_id: invoice,
                amount: None,
                reason: reason(),
                on: day(10),
            };
            assert!(self.payment(id, deallocate).await);
            self.took_effect("unapply");
        }
    }

    async fn refund(&mut self) {
        let mut with_credit = vec![];
        for id in &self.payments {
            let state = self.state_of_payment(*id).await;
            if state.progress == Progress::Succeeded && state.unapplied().is_positive() {
                with_credit.push(*id);
            }
        }
        let Some(id) = self.dice.one_of(&with_credit) else {
            return;
        };
        let state = self.state_of_payment(id).await;
        let unapplied = state.unapplied();
        let amount = self.dice.amount(unapplied.minor());
        let refund_id = RefundId(Uuid::now_v7());
        let refund = RefundPayment {
            refund_id,
            amount: Money::from_minor(amount, unapplied.currency),
            reason: "asked for".to_owned(),
            on: day(11),
        };
        if state.provider.is_none() {
            if self.payment(id, PaymentCommand::Refund(refund)).await {
                self.took_effect("refund");
            }
        } else if self
            .payment(id, PaymentCommand::InitiateRefund(refund))
            .await
        {
            self.decide_refund(id, refund_id).await;
        }
    }

    /// The provider says no, or yes, or nothing yet.
    async fn decide_refund(&mut self, id: Uuid, refund_id: RefundId) {
        let (kind, decision) = match self.dice.roll(3) {
            0 => (
                "refund failed",
                PaymentCommand::FailRefund {
                    refund_id,
                    code: "no".to_owned(),
                    reason: "no".to_owned(),
                    on: day(12),
                },
            ),
            1 => (
                "refund succeeded",
                PaymentCommand::SucceedRefund {
                    refund_id,
                    provider_reference: "re".to_owned(),
                    on: day(12),
                },
            ),
            _ => return self.took_effect("refund under way"),
        };
        assert!(self.payment(id, decision).await);
        self.took_effect(kind);
    }

    async fn credit_note(&mut self, id: Uuid, command: CreditNoteCommand) -> bool {
        match self.world.try_to::<CreditNote>(id, command).await {
            Ok(executed) => !executed.events.is_empty(),
            Err(ExecuteError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn state_of_credit_note(&self, id: Uuid) -> DraftedCreditNote {
        let loaded = self.world.0.load::<CreditNote>(id).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    /// One in four stays a draft.
    async fn credit(&mut self) {
        let (customer, currency) = self.dice.one_of(&CUSTOMERS).unwrap();
        let (id, amount) = (Uuid::now_v7(), self.dice.amount(40_000));
        let draft = draft_in(currency, amount);
        self.world
            .draft_credit_note(id, customer, draft, None)
            .await;
        if self.dice.roll(4) > 0 {
            self.world.issue_credit_note(id, day(13)).await;
        }
        self.credit_notes.push(id);
    }

    async fn give_credit(&mut self) {
        let (Some(id), Some(invoice)) = (
            self.dice.one_of(&self.credit_notes),
            self.dice.one_of(&self.invoices),
        ) else {
            return;
        };
        let note = self.state_of_credit_note(id).await;
        let to = self.state_of_invoice(invoice).await;
        let most = note.unapplied().minor();
        if note.customer_id != to.customer_id || most <= 0 {
            return;
        }
        // Sometimes more than the invoice takes: then it is refused, and taken back.
        let amount = Money::from_minor(self.dice.amount(most), to.document.currency);
        let allocate = CreditNoteCommand::Allocate {
            invoice_id: InvoiceId(invoice),
            amount,
            on: day(14),
        };
        if !self.credit_note(id, allocate).await {
            return;
        }
        let credit_note_id = CreditNoteId(id);
        let made = note.issued.map(|issued| issued.allocations);
        let round = made.unwrap().rounds(InvoiceId(invoice)) + 1;
        let apply = InvoiceCommand::ApplyCredit {
            round,
            credit_note_id,
            amount,
            on: day(14),
        };
        if self.invoice(invoice, apply).await {
            self.took_effect("give credit");
        } else {
            let reason = "refused".to_owned();
            let refuse = InvoiceCommand::RefuseCredit {
                credit_note_id,
                round,
                reason,
                on: day(14),
            };
            assert!(self.invoice(invoice, refuse).await);
            let back = self.deallocate_credit(id, InvoiceId(invoice), Some(amount));
            assert!(back.await);
        }
    }

    /// Takes an amount back, or all of it.
    async fn deallocate_credit(
        &mut self,
        id: Uuid,
        invoice_id: InvoiceId,
        amount: Option<Money>,
    ) -> bool {
        let deallocate = CreditNoteCommand::Deallocate {
            invoice_id,
            amount,
            reason: "taken back".to_owned(),
            on: day(15),
        };
        self.credit_note(id, deallocate).await
    }

    async fn take_credit_back(&mut self) {
        let Some(id) = self.dice.one_of(&self.credit_notes) else {
            return;
        };
        let state = self.state_of_credit_note(id).await;
        let allocations = state.issued.map(|issued| issued.allocations);
        let Some(invoice) = allocations.and_then(|all| all.invoices().next()) else {
            return;
        };
        let unapply = InvoiceCommand::UnapplyCredit {
            credit_note_id: CreditNoteId(id),
            reason: "taken back".to_owned(),
            on: day(15),
        };
        if self.invoice(invoice.0, unapply).await {
            assert!(self.deallocate_credit(id, invoice, None).await);
            self.took_effect("take credit back");
        }
    }

    async fn refund_credit(&mut self) {
        let Some(id) = self.dice.one_of(&self.credit_notes) else {
            return;
        };
        let unapplied = self.state_of_credit_note(id).await.unapplied();
        let whole = self.dice.roll(2) == 0;
        let part = self.dice.amount(unapplied.minor());
        let amount = if whole { unapplied.minor() } else { part };
        let refund = CreditNoteCommand::Refund {
            refund_id: RefundId(Uuid::now_v7()),
            amount: Money::from_minor(amount, unapplied.currency),
            reason: "asked for".to_owned(),
            on: day(16),
        };
        if self.credit_note(id, refund).await {
            self.took_effect(if whole {
                "close credit"
            } else {
                "refund credit"
            });
        }
    }

    async fn void_credit(&mut self) {
        let Some(id) = self.dice.one_of(&self.credit_notes) else {
            return;
        };
        let void = CreditNoteCommand::Void {
            reason: "never owed".to_owned(),
            on: day(17),
        };
        if self.credit_note(id, void).await {
            self.took_effect("void credit");
        }
    }

    async fn close(
        &mut self,
        kind: &'static str,
        command: impl Fn(String, time::Date) -> InvoiceCommand,
    ) {
        let Some(id) = self.dice.one_of(&self.invoices) else {
            return;
        };
        let reason = format!("{kind} {}", self.dice.roll(1_000));
        if self.invoice(id, command(reason, day(12))).await {
            self.took_effect(kind);
        }
    }
}

/// By customer and currency: outstanding and credit in minor units.
type Sums = BTreeMap<(Uuid, &'static str), (i64, i64)>;

/// What was applied, by settler, in minor units.
type Applied = BTreeMap<Settler, i64>;

/// Compares every row about money with the aggregates.
async fn assert_true(node: &Node, business: &Business<'_>, when: &str) {
    node.caught_up().await;
    let (mut sums, mut applied) = (Sums::new(), Applied::new());
    for id in &business.invoices {
        assert_invoice(node, business, *id, (&mut sums, &mut applied), when).await;
    }
    let mut parts: Vec<(Settler, Uuid, Money)> = vec![];
    for id in &business.payments {
        let state = business.state_of_payment(*id).await;
        let settler = Settler::Payment(PaymentId(*id));
        let row = node.read(|db| find_payment(db, &staff(), *id)).unwrap();
        let settled = applied.get(&settler).copied().unwrap_or(0);
        assert_eq!(row.applied.minor(), settled, "{when}: payment {id}");
        assert_eq!(row.refunded, state.refunded(), "{when}: payment {id}");
        if state.progress == Progress::Succeeded {
            assert_eq!(row.unapplied(), state.unapplied(), "{when}: payment {id}");
        } else {
            assert!(row.unapplied().is_zero());
        }
        parts.push((settler, row.customer_id, row.unapplied()));
    }
    for id in &business.credit_notes {
        let state = business.state_of_credit_note(*id).await;
        let settler = Settler::CreditNote(CreditNoteId(*id));
        let row = node.read(|db| find_credit_note(db, &staff(), *id)).unwrap();
        let settled = applied.get(&settler).copied().unwrap_or(0);
        assert_eq!(row.applied.minor(), settled, "{when}: credit note {id}");
        assert_eq!(row.refunded, state.refunded(), "{when}: credit note {id}");
        assert_eq!(
            row.unapplied(),
            state.unapplied(),
            "{when}: credit note {id}"
        );
        let standing = match state.standing() {
            domain::credit_note::Standing::Draft => CreditNoteState::Draft,
            domain::credit_note::Standing::Discarded => CreditNoteState::Discarded,
            domain::credit_note::Standing::Open => CreditNoteState::Open,
            domain::credit_note::Standing::Closed => CreditNoteState::Closed,
            domain::credit_note::Standing::Voided => CreditNoteState::Voided,
        };
        assert_eq!(row.state, standing, "{when}: credit note {id}");
        parts.push((settler, row.customer_id, row.unapplied()));
    }
    for (_, customer, unapplied) in &parts {
        let key = (*customer, unapplied.currency.code());
        sums.entry(key).or_default().1 += unapplied.minor();
    }
    assert_credit(node, parts, when);
    assert_balances(node, sums, when);
}

async fn assert_invoice(
    node: &Node,
    business: &Business<'_>,
    id: Uuid,
    (sums, applied): (&mut Sums, &mut Applied),
    when: &str,
) {
    let state = business.state_of_invoice(id).await;
    let issued = state.issued.as_ref().unwrap();
    let row = node.read(|db| find_invoice(db, &staff(), id)).unwrap();
    let figures = (row.due, row.settled, row.reserved);
    let expected = (state.amount_due(), state.settled(), state.reserved());
    assert_eq!(figures, expected, "{when}: invoice {id}");
    let standing = match issued.standing {
        Standing::Voided => InvoiceState::Voided,
        Standing::WrittenOff => InvoiceState::WrittenOff,
        Standing::Open if state.amount_due().is_zero() => InvoiceState::Paid,
        Standing::Open => InvoiceState::Open,
    };
    assert_eq!(row.state, standing, "{when}: invoice {id}");
    assert_eq!(row.paid_on.is_some(), standing == InvoiceState::Paid);

    let rows = node.read(|db| list_allocations_to(db, &staff(), &[id]));
    let shown: BTreeMap<(Settler, bool), Money> = rows
        .iter()
        .map(|row| ((row.settler, row.applied), row.amount))
        .collect();
    assert_eq!(shown.len(), rows.len());
    let settled = issued.applied.iter();
    let settled = settled.map(|(by, amount)| ((*by, true), *amount));
    let reserved = issued.reserved.iter();
    let reserved = reserved.map(|(by, amount)| ((Settler::Payment(*by), false), *amount));
    let expected: BTreeMap<_, _> = settled.chain(reserved).collect();
    assert_eq!(shown, expected, "{when}: allocations to {id}");
    for (settler, amount) in &issued.applied {
        *applied.entry(*settler).or_default() += amount.minor();
    }
    let key = (row.customer_id, row.due.currency.code());
    sums.entry(key).or_default().0 += row.due.minor();
}

/// The parts of each customer's credit are just what is unapplied.
fn assert_credit(node: &Node, parts: Vec<(Settler, Uuid, Money)>, when: &str) {
    for (customer, _) in CUSTOMERS {
        let shown = node.read(|db| list_credit(db, &staff(), customer));
        assert!(shown.is_sorted_by_key(|row| row.dated), "{when}");
        let shown: BTreeMap<Settler, Money> =
            shown.iter().map(|row| (row.settler, row.amount)).collect();
        let own = parts.iter().filter(|(_, of, _)| *of == customer);
        let expected: BTreeMap<Settler, Money> = own
            .filter(|(_, _, unapplied)| !unapplied.is_zero())
            .map(|(settler, _, unapplied)| (*settler, *unapplied))
            .collect();
        assert_eq!(shown, expected, "{when}: credit of {customer}");
    }
}

fn assert_balances(node: &Node, sums: Sums, when: &str) {
    let customers = CUSTOMERS.map(|(id, _)| id);
    let listed = node.read(|db| list_balances(db, &staff(), &customers));
    let shown: Sums = listed
        .iter()
        .map(|(customer, row)| {
            let key = (*customer, row.outstanding.currency.code());
            (key, (row.outstanding.minor(), row.credit.minor()))
        })
        .collect();
    assert_eq!(shown, sums, "{when}");
    let mut by_currency: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for ((_, currency), (outstanding, credit)) in &sums {
        let sum = by_currency.entry(currency).or_default();
        *sum = (sum.0 + outstanding, sum.1 + credit);
    }
    by_currency.retain(|_, sum| *sum != (0, 0));
    let summed = node.read(|db| sum_balances(db, &staff()));
    let summed: BTreeMap<&str, (i64, i64)> = summed
        .iter()
        .map(|row| {
            let currency = row.outstanding.currency.code();
            (currency, (row.outstanding.minor(), row.credit.minor()))
        })
        .collect();
    assert_eq!(summed, by_currency, "{when}");
    crate::ledger::assert_adds_up(node, &customers, when);
}

/// Nothing in the log forbids that an invoice takes a payment of somebody else, or one that has not come yet.
pub(crate) async fn credit_is_the_payers_and_only_of_money_that_came(bed: Testbed) {
    let node = bed.node().await;
    let world = World(&node.log);
    let [(payer, _), _, (debtor, _)] = CUSTOMERS;
    let (invoice, cheque, card) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    world.invoice(invoice, debtor, Currency::EUR, 10_000).await;
    world.record(cheque, payer, eur(9_000), vec![]).await;
    let apply = |payment, cents| InvoiceCommand::ApplyPayment {
        round: 1,
        payment_id: PaymentId(payment),
        amount: eur(cents),
        on: day(9),
    };
    world.tell::<Invoice>(invoice, apply(cheque, 5_000)).await;
    let balances = || {
        let listed = node.read(|db| list_balances(db, &staff(), &[payer, debtor]));
        let figures = listed.iter();
        let figures = figures.map(|(_, row)| (row.outstanding.minor(), row.credit.minor()));
        figures.collect::<Vec<_>>()
    };
    node.caught_up().await;
    assert_eq!(balances(), [(0, 4_000), (7_000, 0)]);

    let start = InitiatePayment {
        customer_id: CustomerId(payer),
        amount: eur(3_000),
        allocations: vec![Allocation {
            invoice_id: InvoiceId(invoice),
            amount: eur(3_000),
        }],
        provider: "stripe".to_owned(),
        on: day(7),
    };
    world
        .tell::<Payment>(card, PaymentCommand::Initiate(start))
        .await;
    world.tell::<Invoice>(invoice, apply(card, 2_000)).await;
    node.caught_up().await;
    assert_eq!(
        balances(),
        [(0, 4_000), (5_000, 0)],
        "the money has not come"
    );
    world.succeed(card).await;
    node.caught_up().await;
    assert_eq!(balances(), [(0, 5_000), (5_000, 0)]);
    crate::ledger::assert_adds_up(&node, &[payer, debtor], "with another's payment");
    node.assert_clean().await;
}
