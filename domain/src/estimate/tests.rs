//! The estimate's commands: what each brings about, and what refuses it.

use super::*;
use crate::document::DocumentDraft;
use crate::invalid::{Invalid, Rule};
use crate::money::Currency;
use crate::tax::Tax;
use crate::testing::{
    assert_every_refusal_is_tested, day, dec, draft as euros, eur, given, id, line, priced,
};

const CUSTOMER: CustomerId = CustomerId(uuid::Uuid::from_u128(1));
const INVOICE: InvoiceId = InvoiceId(uuid::Uuid::from_u128(2));
const DEPOSIT: InvoiceId = InvoiceId(uuid::Uuid::from_u128(3));

// What has happened, each once: drafted at 100, offered until the 20th, reworked to 90, offered until the 30th.

fn drafted() -> EstimateEvent {
    EstimateEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(&euros(100)),
        on: day(1),
    }
}

fn offered() -> EstimateEvent {
    EstimateEvent::Offered {
        revision: 1,
        number: "EST-00001".to_owned(),
        valid_until: day(20),
        deposit_percent: None,
        on: day(2),
    }
}

/// Offered at a deposit of that many percent.
fn offered_with(percent: i64) -> EstimateEvent {
    EstimateEvent::Offered {
        revision: 1,
        number: "EST-00001".to_owned(),
        valid_until: day(20),
        deposit_percent: Some(percent.into()),
        on: day(2),
    }
}

fn agreed(cents: i64) -> Option<Agreed> {
    Some(Agreed {
        total: eur(cents),
        deposit: None,
        terms: None,
    })
}

fn accepted(revision: u32) -> EstimateEvent {
    EstimateEvent::Accepted {
        revision,
        name: "Ann".to_owned(),
        agreed: agreed(100_00),
        on: day(3),
    }
}

fn declined() -> EstimateEvent {
    EstimateEvent::Declined {
        revision: 1,
        reason: "too dear".to_owned(),
        would_accept: Some("90".to_owned()),
        on: day(3),
    }
}

fn withdrawn() -> EstimateEvent {
    EstimateEvent::Withdrawn {
        revision: 1,
        reason: "sold out".to_owned(),
        on: day(3),
    }
}

fn undone() -> EstimateEvent {
    EstimateEvent::AcceptanceUndone {
        revision: 1,
        reason: "by mistake".to_owned(),
        on: day(4),
    }
}

fn invoiced() -> EstimateEvent {
    EstimateEvent::Invoiced {
        revision: 1,
        invoice_id: INVOICE,
        on: day(5),
    }
}

/// Reworked to that many euros: its one line is a new one.
fn reworked(price: i64) -> EstimateEvent {
    let mut document = priced(&euros(price));
    document.lines[0].line_id = 2;
    EstimateEvent::Reworked {
        revision: 2,
        document,
        on: day(4),
    }
}

fn reoffered() -> EstimateEvent {
    EstimateEvent::Reoffered {
        revision: 2,
        number: "EST-00001".to_owned(),
        valid_until: day(30),
        deposit_percent: None,
        on: day(5),
    }
}

fn viewed(revision: u32) -> EstimateEvent {
    EstimateEvent::Viewed {
        revision,
        on: day(3),
    }
}

// What is asked.

fn draft(price: i64) -> EstimateCommand {
    EstimateCommand::Draft(DraftEstimate {
        customer_id: CUSTOMER,
        draft: euros(price),
        on: day(1),
    })
}

fn revise(draft: DocumentDraft) -> EstimateCommand {
    EstimateCommand::ReviseDraft { draft, on: day(2) }
}

fn offer_until(valid_until: Date) -> OfferEstimate {
    OfferEstimate {
        number: "EST-00001".to_owned(),
        valid_until,
        deposit_percent: None,
        on: day(2),
    }
}

fn offer() -> EstimateCommand {
    EstimateCommand::Offer(offer_until(day(20)))
}

fn reoffer() -> EstimateCommand {
    EstimateCommand::Reoffer(OfferEstimate {
        on: day(5),
        ..offer_until(day(30))
    })
}

fn accept_as(revision: u32, name: &str, on: Date) -> EstimateCommand {
    EstimateCommand::Accept(AcceptEstimate {
        revision,
        name: name.to_owned(),
        terms_accepted: false,
        on,
    })
}

fn accept(revision: u32) -> EstimateCommand {
    accept_as(revision, " Ann ", day(3))
}

fn decline_for(revision: u32, reason: &str) -> EstimateCommand {
    EstimateCommand::Decline(DeclineEstimate {
        revision,
        reason: reason.to_owned(),
        would_accept: Some("90".to_owned()),
        on: day(3),
    })
}

fn decline(revision: u32) -> EstimateCommand {
    decline_for(revision, "too dear")
}

fn rework(draft: DocumentDraft) -> EstimateCommand {
    EstimateCommand::Rework { draft, on: day(4) }
}

fn withdraw(reason: &str) -> EstimateCommand {
    EstimateCommand::Withdraw {
        reason: reason.to_owned(),
        on: day(3),
    }
}

fn undo(reason: &str) -> EstimateCommand {
    EstimateCommand::UndoAcceptance {
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn bill_deposit(invoice_id: InvoiceId) -> EstimateCommand {
    EstimateCommand::BillDeposit {
        invoice_id,
        on: day(4),
    }
}

fn release_deposit(invoice_id: InvoiceId) -> EstimateCommand {
    EstimateCommand::ReleaseDeposit {
        invoice_id,
        on: day(6),
    }
}

fn comment_by(side: Side, text: &str) -> CommentOnEstimate {
    CommentOnEstimate {
        comment_id: CommentId(id(7)),
        side,
        author: " Ann ".to_owned(),
        text: text.to_owned(),
        on: day(4),
    }
}

fn comment(text: &str) -> EstimateCommand {
    EstimateCommand::Comment(comment_by(Side::Customer, text))
}

fn deposit_billed(cents: i64) -> EstimateEvent {
    EstimateEvent::DepositBilled {
        revision: 1,
        invoice_id: DEPOSIT,
        amount: eur(cents),
        on: day(4),
    }
}

fn deposit_released() -> EstimateEvent {
    EstimateEvent::DepositReleased {
        invoice_id: DEPOSIT,
        on: day(6),
    }
}

fn commented(revision: u32, text: &str) -> EstimateEvent {
    EstimateEvent::Commented {
        comment_id: CommentId(id(7)),
        revision,
        side: Side::Customer,
        author: "Ann".to_owned(),
        text: text.to_owned(),
        on: day(4),
    }
}

fn convert(invoice_id: InvoiceId) -> EstimateCommand {
    EstimateCommand::Convert {
        invoice_id,
        on: day(5),
    }
}

fn view(revision: u32) -> EstimateCommand {
    EstimateCommand::MarkViewed {
        revision,
        on: day(3),
    }
}

fn required(field: &str) -> Invalid {
    Invalid::new(field, Rule::Required)
}

fn estimate(events: impl IntoIterator<Item = EstimateEvent>) -> crate::testing::Given<Estimate> {
    given(events)
}

#[test]
fn every_refusal_is_tested() {
    let tests = include_str!("tests.rs");
    assert_every_refusal_is_tested("EstimateError", include_str!("error.rs"), tests);
}

#[test]
fn refuses_anything_but_a_draft_of_what_is_not_there() {
    for command in [
        revise(euros(90)),
        offer(),
        accept(1),
        decline(1),
        rework(euros(90)),
        reoffer(),
        withdraw("sold out"),
        undo("by mistake"),
        convert(INVOICE),
        bill_deposit(DEPOSIT),
        release_deposit(DEPOSIT),
        comment("Hello."),
        forward(&["ann@example.com"]),
        view(1),
    ] {
        estimate([])
            .when(command)
            .refused(EstimateError::NotDrafted);
    }
}

// Draft

#[test]
fn drafts_an_estimate() {
    estimate([]).when(draft(100)).once([drafted()]);
}

#[test]
fn refuses_a_draft_that_breaks_a_rule_of_its_fields() {
    let mut empty = euros(100);
    empty.lines.clear();
    let command = EstimateCommand::Draft(DraftEstimate {
        customer_id: CUSTOMER,
        draft: empty,
        on: day(1),
    });
    let refusal = Invalid::new("lines", Rule::BadCount(crate::document::MOST_LINES));
    estimate([]).when(command).refused(refusal);
}

#[test]
fn refuses_another_estimate_under_the_same_id() {
    let other_customer = EstimateCommand::Draft(DraftEstimate {
        customer_id: CustomerId(id(9)),
        draft: euros(100),
        on: day(1),
    });
    for command in [draft(90), other_customer] {
        estimate([drafted()])
            .when(command)
            .refused(EstimateError::AlreadyDrafted);
    }
}

// ReviseDraft

#[test]
fn revises_a_draft_and_numbers_its_new_lines_on() {
    let mut two = euros(100);
    two.lines.push(line("Hosting", "12", "5", Tax::NONE));
    let document = priced(&two);
    assert_eq!(
        document.lines.iter().map(|l| l.line_id).collect::<Vec<_>>(),
        [1, 2]
    );
    let revised = EstimateEvent::DraftRevised {
        revision: 1,
        document,
        on: day(2),
    };
    estimate([drafted()]).when(revise(two)).once([revised]);
}

#[test]
fn stays_quiet_when_a_draft_is_revised_to_what_it_says() {
    estimate([drafted()]).when(revise(euros(100))).quiet();
    let EstimateEvent::Drafted { document, .. } = drafted() else {
        unreachable!()
    };
    estimate([drafted()])
        .when(revise(document.to_draft()))
        .quiet();
}

#[test]
fn refuses_to_revise_what_is_not_a_draft() {
    for phase in [
        vec![],
        vec![accepted(1)],
        vec![declined()],
        vec![withdrawn()],
    ] {
        let history = [drafted(), offered()].into_iter().chain(phase);
        estimate(history)
            .when(revise(euros(90)))
            .refused(EstimateError::NotADraft);
    }
}

#[test]
fn refuses_another_currency() {
    let mut draft = euros(90);
    draft.currency = Currency::USD;
    let refusal = || Invalid::new("currency", Rule::WrongCurrency("EUR"));
    estimate([drafted()])
        .when(revise(draft.clone()))
        .refused(refusal());
    estimate([drafted(), declined()])
        .when(rework(draft))
        .refused(refusal());
}

// DiscardDraft

#[test]
fn a_draft_that_was_never_offered_is_discarded_once_and_then_nothing_changes_any_more() {
    let discard = || EstimateCommand::DiscardDraft { on: day(2) };
    let discarded = EstimateEvent::DraftDiscarded { on: day(2) };
    estimate([drafted()])
        .when(discard())
        .once([discarded.clone()]);
    estimate([])
        .when(discard())
        .refused(EstimateError::NotDrafted);
    for history in [
        vec![drafted(), offered()],
        vec![drafted(), offered(), withdrawn()],
    ] {
        estimate(history)
            .when(discard())
            .refused(EstimateError::OfferedBefore);
    }
    let withdraw = EstimateCommand::Withdraw {
        reason: "dear".to_owned(),
        on: day(3),
    };
    for command in [offer(), withdraw] {
        estimate([drafted(), discarded.clone()])
            .when(command)
            .refused(EstimateError::Discarded);
    }
}

// Offer and Reoffer

#[test]
fn offers_the_first_revision_under_its_number() {
    estimate([drafted()]).when(offer()).once([offered()]);
}

#[test]
fn stays_quiet_when_offered_again_with_a_later_number() {
    let again = EstimateCommand::Offer(OfferEstimate {
        number: "EST-00002".to_owned(),
        ..offer_until(day(20))
    });
    estimate([drafted(), offered()]).when(again).quiet();
}

#[test]
fn refuses_an_offer_that_ends_before_it_begins() {
    let early = || Invalid::new("validUntil", Rule::TooEarly(day(2)));
    let command = EstimateCommand::Offer(offer_until(day(1)));
    estimate([drafted()]).when(command).refused(early());
    let command = EstimateCommand::Reoffer(offer_until(day(1)));
    estimate([drafted(), offered(), declined(), reworked(90)])
        .when(command)
        .refused(early());
}

#[test]
fn refuses_an_offer_without_a_number() {
    let command = EstimateCommand::Offer(OfferEstimate {
        number: " ".to_owned(),
        ..offer_until(day(20))
    });
    estimate([drafted()])
        .when(command)
        .refused(required("number"));
}

#[test]
fn refuses_to_offer_for_the_first_time_what_was_offered_before() {
    for history in [
        vec![drafted(), offered(), declined(), reworked(90)],
        vec![drafted(), offered(), accepted(1)],
        vec![drafted(), offered(), declined(), reworked(90), reoffered()],
    ] {
        estimate(history)
            .when(offer())
            .refused(EstimateError::OfferedBefore);
    }
    let other_end = EstimateCommand::Offer(offer_until(day(21)));
    estimate([drafted(), offered()])
        .when(other_end)
        .refused(EstimateError::OfferedBefore);
}

#[test]
fn reoffers_the_reworked_revision_under_the_number_it_has() {
    let command = EstimateCommand::Reoffer(OfferEstimate {
        number: "EST-00077".to_owned(),
        valid_until: day(30),
        deposit_percent: None,
        on: day(5),
    });
    let history = [drafted(), offered(), declined(), reworked(90)];
    estimate(history).when(command).once([reoffered()]);
}

#[test]
fn refuses_to_reoffer_what_was_never_offered() {
    estimate([drafted()])
        .when(reoffer())
        .refused(EstimateError::NeverOffered);
}

#[test]
fn refuses_to_reoffer_what_is_not_reworked() {
    for phase in [
        vec![],
        vec![accepted(1)],
        vec![declined()],
        vec![withdrawn()],
    ] {
        let history = [drafted(), offered()].into_iter().chain(phase);
        let command = EstimateCommand::Reoffer(offer_until(day(20)));
        estimate(history)
            .when(command)
            .refused(EstimateError::NotADraft);
    }
}

// Accept

#[test]
fn accepts_the_revision_that_was_seen() {
    estimate([drafted(), offered()])
        .when(accept(1))
        .once([accepted(1)]);
}

#[test]
fn accepts_on_the_last_day_and_not_after() {
    let last_day = EstimateEvent::Accepted {
        revision: 1,
        name: "Ann".to_owned(),
        agreed: agreed(100_00),
        on: day(20),
    };
    let open = || estimate([drafted(), offered()]);
    open().when(accept_as(1, "Ann", day(20))).once([last_day]);
    let late = accept_as(1, "Ann", day(21));
    open().when(late).refused(EstimateError::Expired(day(20)));
}

#[test]
fn stays_quiet_when_an_acceptance_is_repeated_after_the_last_day() {
    let late = accept_as(1, "Ann", day(21));
    estimate([drafted(), offered(), accepted(1)])
        .when(late)
        .quiet();
}

#[test]
fn refuses_acceptance_of_a_superseded_revision() {
    let superseded = || EstimateError::Superseded {
        revision: 1,
        current: 2,
    };
    let reworked = [drafted(), offered(), declined(), reworked(90)];
    for history in [reworked.to_vec(), [&reworked[..], &[reoffered()]].concat()] {
        estimate(history.clone())
            .when(accept(1))
            .refused(superseded());
        estimate(history).when(decline(1)).refused(superseded());
    }
}

#[test]
fn refuses_an_answer_to_a_revision_that_is_not_there() {
    for revision in [0, 2] {
        let unknown = || EstimateError::UnknownRevision(revision);
        estimate([drafted(), offered()])
            .when(accept(revision))
            .refused(unknown());
        estimate([drafted(), offered()])
            .when(decline(revision))
            .refused(unknown());
    }
}

#[test]
fn refuses_an_answer_to_what_is_not_offered() {
    for history in [vec![drafted()], vec![drafted(), offered(), withdrawn()]] {
        estimate(history.clone())
            .when(accept(1))
            .refused(EstimateError::NotOffered);
        estimate(history)
            .when(decline(1))
            .refused(EstimateError::NotOffered);
    }
    let reworked = [drafted(), offered(), declined(), reworked(90)];
    estimate(reworked)
        .when(accept(2))
        .refused(EstimateError::NotOffered);
}

#[test]
fn refuses_acceptance_without_a_name() {
    let command = accept_as(1, " ", day(3));
    estimate([drafted(), offered()])
        .when(command)
        .refused(required("name"));
}

#[test]
fn refuses_acceptance_by_a_second_person() {
    let command = accept_as(1, "Bob", day(3));
    let history = [drafted(), offered(), accepted(1)];
    estimate(history)
        .when(command)
        .refused(EstimateError::AlreadyAccepted);
}

#[test]
fn refuses_acceptance_of_what_was_declined() {
    let history = [drafted(), offered(), declined()];
    estimate(history)
        .when(accept(1))
        .refused(EstimateError::AlreadyDeclined);
}

// Decline

#[test]
fn declines_with_a_reason_and_what_would_be_accepted() {
    estimate([drafted(), offered()])
        .when(decline(1))
        .once([declined()]);
}

#[test]
fn declines_an_expired_offer_too() {
    let command = EstimateCommand::Decline(DeclineEstimate {
        revision: 1,
        reason: "we were too late".to_owned(),
        would_accept: Some(" ".to_owned()),
        on: day(25),
    });
    estimate([drafted(), offered()])
        .when(command)
        .once([EstimateEvent::Declined {
            revision: 1,
            reason: "we were too late".to_owned(),
            would_accept: None,
            on: day(25),
        }]);
}

#[test]
fn refuses_to_decline_without_a_reason() {
    let command = decline_for(1, "");
    estimate([drafted(), offered()])
        .when(command)
        .refused(required("reason"));
}

#[test]
fn refuses_to_decline_a_second_time_with_other_words() {
    let history = [drafted(), offered(), declined()];
    let command = decline_for(1, "too late");
    estimate(history)
        .when(command)
        .refused(EstimateError::AlreadyDeclined);
}

#[test]
fn refuses_to_decline_what_was_accepted() {
    let history = [drafted(), offered(), accepted(1)];
    estimate(history)
        .when(decline(1))
        .refused(EstimateError::AlreadyAccepted);
}

// Rework

#[test]
fn reworks_an_offer_that_is_open_declined_or_withdrawn() {
    for phase in [
        vec![],
        vec![declined()],
        vec![withdrawn()],
        vec![accepted(1), undone()],
    ] {
        let history = [drafted(), offered()].into_iter().chain(phase);
        estimate(history)
            .when(rework(euros(90)))
            .once([reworked(90)]);
    }
}

#[test]
fn a_reworked_line_keeps_its_id_where_it_is_named_or_says_the_same() {
    let mut by_name = euros(90);
    by_name.lines[0].line_id = Some(1);
    for draft in [by_name, euros(100)] {
        let document = priced(&draft);
        assert_eq!(document.lines[0].line_id, 1);
        let event = EstimateEvent::Reworked {
            revision: 2,
            document,
            on: day(4),
        };
        estimate([drafted(), offered()])
            .when(rework(draft))
            .once([event]);
    }
}

#[test]
fn a_line_that_is_gone_keeps_its_id_for_itself() {
    let history = [drafted(), offered(), reworked(90), reoffered()];
    let mut document = priced(&euros(80));
    document.lines[0].line_id = 3;
    estimate(history)
        .when(rework(euros(80)))
        .once([EstimateEvent::Reworked {
            revision: 3,
            document,
            on: day(4),
        }]);
}

#[test]
fn refuses_to_rework_a_draft() {
    estimate([drafted()])
        .when(rework(euros(100)))
        .refused(EstimateError::DraftOpen);
    let reworked = [drafted(), offered(), declined(), reworked(90)];
    estimate(reworked)
        .when(rework(euros(80)))
        .refused(EstimateError::DraftOpen);
}

#[test]
fn refuses_to_rework_what_is_accepted() {
    let history = [drafted(), offered(), accepted(1)];
    estimate(history)
        .when(rework(euros(90)))
        .refused(EstimateError::UndoAcceptanceFirst);
}

// Withdraw

#[test]
fn withdraws_an_open_offer() {
    estimate([drafted(), offered()])
        .when(withdraw("sold out"))
        .once([withdrawn()]);
}

#[test]
fn refuses_to_withdraw_without_a_reason() {
    estimate([drafted(), offered()])
        .when(withdraw(""))
        .refused(required("reason"));
}

#[test]
fn refuses_to_withdraw_what_is_not_an_open_offer() {
    for (history, refusal) in [
        (vec![], EstimateError::NotOffered),
        (vec![offered(), declined()], EstimateError::NotOffered),
        (vec![offered(), accepted(1)], EstimateError::AlreadyAccepted),
    ] {
        let history = std::iter::once(drafted()).chain(history);
        estimate(history)
            .when(withdraw("sold out"))
            .refused(refusal);
    }
}

// UndoAcceptance

#[test]
fn undoes_an_acceptance_and_leaves_the_offer_open() {
    estimate([drafted(), offered(), accepted(1)])
        .when(undo("by mistake"))
        .once([undone()]);
    let history = [drafted(), offered(), accepted(1), undone()];
    estimate(history)
        .when(accept_as(1, "Bob", day(4)))
        .once([EstimateEvent::Accepted {
            revision: 1,
            name: "Bob".to_owned(),
            agreed: agreed(100_00),
            on: day(4),
        }]);
}

#[test]
fn undoes_a_second_acceptance_for_the_same_reason() {
    let history = [drafted(), offered(), accepted(1), undone(), accepted(1)];
    estimate(history).when(undo("by mistake")).once([undone()]);
}

#[test]
fn refuses_to_undo_without_a_reason() {
    let history = [drafted(), offered(), accepted(1)];
    estimate(history)
        .when(undo(" "))
        .refused(required("reason"));
}

#[test]
fn refuses_to_undo_or_to_invoice_what_is_not_accepted() {
    for phase in [
        vec![],
        vec![offered()],
        vec![offered(), declined()],
        vec![offered(), withdrawn()],
    ] {
        let history: Vec<_> = std::iter::once(drafted()).chain(phase).collect();
        estimate(history.clone())
            .when(undo("by mistake"))
            .refused(EstimateError::NotAccepted);
        estimate(history)
            .when(convert(INVOICE))
            .refused(EstimateError::NotAccepted);
    }
}

// Convert

#[test]
fn turns_the_accepted_revision_into_an_invoice() {
    estimate([drafted(), offered(), accepted(1)])
        .when(convert(INVOICE))
        .once([invoiced()]);
}

#[test]
fn refuses_every_change_once_invoiced() {
    for (command, refusal) in [
        (revise(euros(90)), EstimateError::NotADraft),
        (offer(), EstimateError::OfferedBefore),
        (reoffer(), EstimateError::NotADraft),
        (accept(1), EstimateError::AlreadyInvoiced),
        (decline(1), EstimateError::AlreadyInvoiced),
        (rework(euros(90)), EstimateError::AlreadyInvoiced),
        (withdraw("sold out"), EstimateError::AlreadyInvoiced),
        (undo("by mistake"), EstimateError::AlreadyInvoiced),
        (convert(InvoiceId(id(9))), EstimateError::AlreadyInvoiced),
    ] {
        let history = [drafted(), offered(), accepted(1), invoiced()];
        estimate(history).when(command).refused(refusal);
    }
}

// Terms

/// Drafted and offered under terms.
fn offered_under_terms() -> [EstimateEvent; 2] {
    let mut draft = euros(100);
    draft.terms = Some("Half beforehand.".to_owned());
    let drafted = EstimateEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(&draft),
        on: day(1),
    };
    [drafted, offered_with(50)]
}

#[test]
fn keeps_word_for_word_what_was_accepted() {
    let command = EstimateCommand::Accept(AcceptEstimate {
        revision: 1,
        name: "Ann".to_owned(),
        terms_accepted: true,
        on: day(3),
    });
    estimate(offered_under_terms())
        .when(command)
        .once([EstimateEvent::Accepted {
            revision: 1,
            name: "Ann".to_owned(),
            agreed: Some(Agreed {
                total: eur(100_00),
                deposit: Some(eur(50_00)),
                terms: Some("Half beforehand.".to_owned()),
            }),
            on: day(3),
        }]);
}

#[test]
fn refuses_acceptance_without_the_terms() {
    estimate(offered_under_terms())
        .when(accept(1))
        .refused(EstimateError::TermsNotAccepted);
}

// BillDeposit and ReleaseDeposit

fn offer_for(percent: &str) -> EstimateCommand {
    EstimateCommand::Offer(OfferEstimate {
        deposit_percent: Some(dec(percent)),
        ..offer_until(day(20))
    })
}

#[test]
fn offers_for_a_deposit() {
    estimate([drafted()])
        .when(offer_for("30.00"))
        .once([offered_with(30)]);
    estimate([drafted(), offered()])
        .when(offer_for("30"))
        .refused(EstimateError::OfferedBefore);
}

#[test]
fn an_offer_over_nothing_asks_for_no_deposit() {
    let drafted = EstimateEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(&euros(0)),
        on: day(1),
    };
    estimate([drafted]).when(offer_for("30")).once([offered()]);
}

#[test]
fn refuses_a_deposit_of_more_than_everything() {
    let bounds = Rule::OutOfRange(dec("0"), dec("100"));
    estimate([drafted()])
        .when(offer_for("101"))
        .refused(Invalid::new("depositPercent", bounds));
}

#[test]
fn refuses_a_deposit_whose_final_invoice_would_have_too_many_lines() {
    let mut draft = euros(1);
    draft.lines = vec![draft.lines[0].clone(); crate::document::MOST_LINES];
    let drafted = EstimateEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(&draft),
        on: day(1),
    };
    let rule = Rule::BadCount(crate::document::MOST_LINES);
    estimate([drafted])
        .when(offer_for("30"))
        .refused(Invalid::new("depositPercent", rule));
}

#[test]
fn bills_the_deposit_that_was_agreed_to() {
    estimate([drafted(), offered_with(30), accepted(1)])
        .when(bill_deposit(DEPOSIT))
        .once([deposit_billed(30_00)]);
}

#[test]
fn refuses_to_bill_a_deposit_that_nobody_agreed_to() {
    for (history, refusal) in [
        (vec![offered_with(30)], EstimateError::NotAccepted),
        (vec![offered(), accepted(1)], EstimateError::NoDeposit),
        (
            vec![offered_with(30), accepted(1), invoiced()],
            EstimateError::AlreadyInvoiced,
        ),
    ] {
        let history = std::iter::once(drafted()).chain(history);
        estimate(history)
            .when(bill_deposit(DEPOSIT))
            .refused(refusal);
    }
}

#[test]
fn refuses_a_second_deposit_and_to_undo_while_one_stands() {
    let billed = || {
        let history = [drafted(), offered_with(30), accepted(1)];
        estimate(history.into_iter().chain([deposit_billed(30_00)]))
    };
    billed()
        .when(bill_deposit(InvoiceId(id(9))))
        .refused(EstimateError::DepositBilled);
    billed()
        .when(undo("by mistake"))
        .refused(EstimateError::DepositBilled);
    billed().when(convert(INVOICE)).once([invoiced()]);
}

#[test]
fn a_voided_deposit_is_none_and_stays_none() {
    let billed = [
        drafted(),
        offered_with(30),
        accepted(1),
        deposit_billed(30_00),
    ];
    estimate(billed.clone())
        .when(release_deposit(DEPOSIT))
        .once([deposit_released()]);
    estimate(billed.clone())
        .when(release_deposit(INVOICE))
        .quiet();
    let released = || billed.iter().cloned().chain([deposit_released()]);
    estimate(released()).when(bill_deposit(DEPOSIT)).quiet();
    estimate(released())
        .when(undo("by mistake"))
        .once([undone()]);
}

// Forward

fn forward(recipients: &[&str]) -> EstimateCommand {
    EstimateCommand::Forward {
        recipients: recipients.iter().map(|&to| to.to_owned()).collect(),
        message: Some(" What do you think? ".to_owned()),
        on: day(3),
    }
}

#[test]
fn forwards_the_newest_offer_each_time() {
    let forwarded = EstimateEvent::Forwarded {
        revision: 1,
        recipients: vec!["ann@example.com".to_owned(), "bob@example.com".to_owned()],
        message: Some("What do you think?".to_owned()),
        on: day(3),
    };
    let command = forward(&["Ann@example.com", " bob@example.com"]);
    for phase in [vec![], vec![declined(), reworked(90)], vec![withdrawn()]] {
        let history = [drafted(), offered()].into_iter().chain(phase);
        estimate(history)
            .when(command.clone())
            .each_time([forwarded.clone()]);
    }
}

#[test]
fn refuses_to_forward_what_was_never_offered_or_to_nobody_or_to_one_person_twice() {
    estimate([drafted()])
        .when(forward(&["ann@example.com"]))
        .refused(EstimateError::NeverOffered);
    for (recipients, field, rule) in [
        (&[][..], "recipients", Rule::BadCount(20)),
        (&["a@b.c", "A@b.c"], "recipients", Rule::Duplicate),
        (&["a@b.c", "ann"], "recipients.1", Rule::NotAnEmail),
    ] {
        estimate([drafted(), offered()])
            .when(forward(recipients))
            .refused(Invalid::new(field, rule));
    }
}

// Comment

#[test]
fn comments_on_the_newest_offer() {
    estimate([drafted(), offered()])
        .when(comment(" Is travel included? "))
        .once([commented(1, "Is travel included?")]);
    let history = [drafted(), offered(), declined(), reworked(90)];
    estimate(history)
        .when(comment("Soon?"))
        .once([commented(1, "Soon?")]);
}

#[test]
fn comments_in_every_phase_after_the_first_offer() {
    for phase in [
        vec![accepted(1)],
        vec![declined()],
        vec![withdrawn()],
        vec![accepted(1), invoiced()],
    ] {
        let history = [drafted(), offered()].into_iter().chain(phase);
        estimate(history)
            .when(comment("Hm."))
            .once([commented(1, "Hm.")]);
    }
}

#[test]
fn refuses_a_comment_on_what_was_never_offered() {
    estimate([drafted()])
        .when(comment("Hello."))
        .refused(EstimateError::NeverOffered);
}

#[test]
fn refuses_an_empty_comment_and_one_too_long() {
    let open = || estimate([drafted(), offered()]);
    open().when(comment(" ")).refused(required("text"));
    open()
        .when(comment(&"x".repeat(5_001)))
        .refused(Invalid::new("text", Rule::TooLong(5_000)));
}

#[test]
fn refuses_another_comment_under_the_same_id() {
    let history = [drafted(), offered(), commented(1, "Hello.")];
    let by_staff = EstimateCommand::Comment(comment_by(Side::Staff, "Hello."));
    for command in [comment("Bye."), by_staff] {
        estimate(history.clone())
            .when(command)
            .refused(EstimateError::CommentExists);
    }
}

// MarkViewed

#[test]
fn marks_each_offered_revision_viewed_once() {
    let history = [drafted(), offered(), declined(), reworked(90), reoffered()];
    estimate(history.clone()).when(view(2)).once([viewed(2)]);
    estimate(history).when(view(1)).once([viewed(1)]);
}

#[test]
fn refuses_a_view_of_what_was_never_offered() {
    let reworked = [drafted(), offered(), declined(), reworked(90)];
    for (history, revision) in [
        (vec![drafted()], 1),
        (reworked.to_vec(), 2),
        (vec![drafted()], 0),
    ] {
        let refusal = EstimateError::UnknownRevision(revision);
        estimate(history).when(view(revision)).refused(refusal);
    }
}
