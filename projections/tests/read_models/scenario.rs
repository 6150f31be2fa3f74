//! The life of two customers, in which every event of every aggregate happens.

use domain::customer::{
    AttachedBy, Customer, CustomerAddresses, CustomerCommand, CustomerDetails, MailMerchant,
    PaymentMethodDetails, PaymentMethodKind, Review, ReviewMerchant, UpdateContact,
    UpdateCustomerAddresses, UpdateCustomerDetails,
};
use domain::estimate::{AcceptEstimate, DeclineEstimate, Estimate, EstimateCommand, OfferEstimate};
use domain::ids::{ContactId, CustomerId, EstimateId, InvoiceId, PaymentId, RefundId};
use domain::invoice::{Invoice, InvoiceCommand, InvoiceSource};
use domain::money::Currency;
use domain::organisation::{
    InvoiceOnAcceptance, LogoChange, ORGANISATION_ID, Organisation, OrganisationCommand,
    OrganisationProfile, OrganisationSettings,
};
use domain::payment::{Allocation, InitiatePayment, Payment, PaymentCommand, RefundPayment};
use uuid::{Uuid, uuid};

use crate::documents;
use crate::testbed::{Node, Testbed};
use crate::world::{World, address, contact_details, day, draft, eur, party};

pub(crate) const ACME: Uuid = uuid!("00000000-0000-7000-8000-00000000000a");
pub(crate) const BOLT: Uuid = uuid!("00000000-0000-7000-8000-00000000000b");
pub(crate) const ANA: Uuid = uuid!("00000000-0000-7000-8000-0000000000c1");
pub(crate) const BEN: Uuid = uuid!("00000000-0000-7000-8000-0000000000c2");
pub(crate) const CLEO: Uuid = uuid!("00000000-0000-7000-8000-0000000000c3");
pub(crate) const DORA: Uuid = uuid!("00000000-0000-7000-8000-0000000000c4");
/// Acme's: declined, reworked, offered again, accepted, invoiced.
pub(crate) const INVOICED_ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e1");
/// Acme's: withdrawn, then reworked but not offered again.
pub(crate) const REWORKED_ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e2");
/// Acme's: never offered.
pub(crate) const DRAFT_ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e3");
/// Bolt's.
pub(crate) const BOLTS_ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e4");
/// Acme's: from the estimate, in part paid.
pub(crate) const OPEN_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000011");
pub(crate) const WRITTEN_OFF_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000012");
pub(crate) const VOIDED_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000013");
pub(crate) const DISCARDED_ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000ef");
pub(crate) const DISCARDED_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-00000000001f");
pub(crate) const DRAFT_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000014");
pub(crate) const BOLTS_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000015");
/// Acme's, over nothing: paid when issued.
pub(crate) const FREE_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000016");
pub(crate) const FAILED_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f1");
pub(crate) const CARD_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f2");
pub(crate) const CHEQUE_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f3");
pub(crate) const CANCELLED_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f4");
/// Acme's: failed, and came late; a refund of it succeeded, one failed, one is under way.
pub(crate) const LATE_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f6");
pub(crate) const BOLTS_PAYMENT: Uuid = uuid!("00000000-0000-7000-8000-0000000000f5");

/// A node that has followed the whole scenario while it happened.
pub(crate) async fn played(bed: &Testbed) -> Node {
    let node = bed.node().await;
    play(&World(&node.log)).await;
    node.caught_up().await;
    node
}

pub(crate) async fn play(world: &World<'_>) {
    organisation(world).await;
    customers(world).await;
    crate::subscribing::play(world).await;
    invoiced_estimate(world).await;
    other_estimates(world).await;
    open_invoice(world).await;
    card_payments(world).await;
    cheque_payment(world).await;
    other_invoices(world).await;
    crate::crediting::play(world).await;
    documents::play(world).await;
    discarded_drafts(world).await;
}

/// Thrown away before anybody outside saw them.
async fn discarded_drafts(world: &World<'_>) {
    let (estimate, invoice) = (DISCARDED_ESTIMATE, DISCARDED_INVOICE);
    world.draft_estimate(estimate, ACME, 70).await;
    let discard = EstimateCommand::DiscardDraft { on: day(20) };
    world.tell::<Estimate>(estimate, discard).await;
    world.draft_invoice(invoice, ACME, draft(7)).await;
    let discard = InvoiceCommand::DiscardDraft { on: day(20) };
    world.tell::<Invoice>(invoice, discard).await;
}

pub(crate) fn profile(name: &str) -> OrganisationProfile {
    OrganisationProfile {
        party: party(name),
        website: Some("https://lumen.example".to_owned()),
        currency: Currency::EUR,
        bank: None,
    }
}

pub(crate) fn settings() -> OrganisationSettings {
    OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::Draft,
        offer_valid_days: 14,
        ..OrganisationSettings::default()
    }
}

async fn organisation(world: &World<'_>) {
    let commands = [
        OrganisationCommand::Register {
            profile: profile("Lumen"),
            settings: OrganisationSettings::default(),
            on: day(1),
        },
        OrganisationCommand::UpdateProfile {
            profile: profile("Lumen Studio"),
            on: day(2),
        },
        OrganisationCommand::UpdateSettings {
            settings: settings(),
            on: day(3),
        },
        OrganisationCommand::UpdateBranding {
            accent: Some("#1d4ed8".to_owned()),
            logo: LogoChange::Put {
                content_type: "image/png".to_owned(),
                base64: "iVBORw0KGgo=".to_owned(),
            },
            on: day(3),
        },
    ];
    for command in commands {
        world.tell::<Organisation>(ORGANISATION_ID, command).await;
    }
}

fn method(kind: PaymentMethodKind, label: &str) -> PaymentMethodDetails {
    PaymentMethodDetails {
        kind,
        label: label.to_owned(),
        provider: "stripe".to_owned(),
        reference: "pm_1".to_owned(),
    }
}

async fn customers(world: &World<'_>) {
    world.register(ACME, "Acme", Currency::EUR).await;
    world.register(BOLT, "Bolt", Currency::JPY).await;
    world.add_contact(ACME, ANA, "Ana").await;
    world.add_contact(ACME, BEN, "Ben").await;
    world.add_contact(ACME, CLEO, "Cleo").await;
    world.add_contact(BOLT, DORA, "Dora").await;
    let (ana, ben, cleo) = (ContactId(ANA), ContactId(BEN), ContactId(CLEO));
    let on = day(2);
    let commands = [
        CustomerCommand::UpdateDetails(UpdateCustomerDetails {
            details: CustomerDetails {
                name: "Acme Ltd".to_owned(),
                email: None,
                phone: Some("+43 1 234".to_owned()),
                tax_id: Some("ATU12345678".to_owned()),
                language: "de-AT".to_owned(),
            },
            on,
        }),
        CustomerCommand::UpdateAddresses(UpdateCustomerAddresses {
            addresses: CustomerAddresses {
                billing: Some(address("Linz")),
                shipping: Some(address("Wels")),
            },
            on,
        }),
        CustomerCommand::UpdatePaymentTerms { days: 14, on },
        CustomerCommand::UpdateContact(UpdateContact {
            contact_id: ana,
            details: contact_details("Anabel"),
            on,
        }),
        CustomerCommand::RemoveContact {
            contact_id: ben,
            on,
        },
        CustomerCommand::InviteToPortal {
            contact_id: ana,
            on,
        },
        CustomerCommand::JoinPortal {
            contact_id: ana,
            on,
        },
        CustomerCommand::InviteToPortal {
            contact_id: cleo,
            on,
        },
        CustomerCommand::RevokePortal {
            contact_id: cleo,
            reason: "left under a cloud".to_owned(),
            on,
        },
        CustomerCommand::AttachPaymentMethod {
            method: method(PaymentMethodKind::Card, "Visa 4242"),
            by: AttachedBy::Staff,
            on,
        },
        CustomerCommand::UpdatePaymentMethod {
            method: method(PaymentMethodKind::BankAccount, "AT12 3456"),
            on,
        },
    ];
    for command in commands {
        world.tell::<Customer>(ACME, command).await;
    }
    letters(world).await;
}

async fn letters(world: &World<'_>) {
    let mail = |contact: Uuid, subject: &str| {
        CustomerCommand::MailMerchant(MailMerchant {
            contact_id: ContactId(contact),
            subject: subject.to_owned(),
            message: "When are you there?".to_owned(),
            on: day(3),
        })
    };
    let review = |contact: Uuid, rating, text: Option<&str>| {
        CustomerCommand::ReviewMerchant(ReviewMerchant {
            contact_id: ContactId(contact),
            review: Review {
                rating,
                text: text.map(str::to_owned),
                may_be_published: rating > 3,
            },
            on: day(4),
        })
    };
    for (customer, command) in [
        (ACME, mail(ANA, "Opening hours")),
        (BOLT, mail(DORA, "Parking")),
        (ACME, review(ANA, 2, Some("Slow"))),
        (ACME, review(ANA, 5, Some("Very good"))),
        (BOLT, review(DORA, 4, None)),
    ] {
        world.tell::<Customer>(customer, command).await;
    }
}

async fn invoiced_estimate(world: &World<'_>) {
    let id = INVOICED_ESTIMATE;
    let tell = |command| world.tell::<Estimate>(id, command);
    world.draft_estimate(id, ACME, 900).await;
    tell(EstimateCommand::ReviseDraft {
        draft: draft(1_000),
        on: day(2),
    })
    .await;
    world.offer(id, day(3)).await;
    tell(EstimateCommand::MarkViewed {
        revision: 1,
        on: day(4),
    })
    .await;
    tell(EstimateCommand::Decline(DeclineEstimate {
        revision: 1,
        reason: "too dear".to_owned(),
        would_accept: Some("800".to_owned()),
        on: day(5),
    }))
    .await;
    tell(EstimateCommand::Rework {
        draft: draft(800),
        on: day(6),
    })
    .await;
    tell(EstimateCommand::Reoffer(OfferEstimate {
        number: String::new(),
        valid_until: day(40),
        deposit_percent: None,
        on: day(7),
    }))
    .await;
    let accept = |name: &str, on| {
        EstimateCommand::Accept(AcceptEstimate {
            revision: 2,
            name: name.to_owned(),
            terms_accepted: false,
            on: day(on),
        })
    };
    tell(EstimateCommand::Forward {
        recipients: vec!["boss@example.com".to_owned()],
        message: None,
        on: day(7),
    })
    .await;
    tell(accept("Anna", 8)).await;
    tell(EstimateCommand::UndoAcceptance {
        reason: "a slip".to_owned(),
        on: day(9),
    })
    .await;
    tell(accept("Anabel", 10)).await;
    tell(EstimateCommand::Convert {
        invoice_id: InvoiceId(OPEN_INVOICE),
        on: day(11),
    })
    .await;
}

async fn other_estimates(world: &World<'_>) {
    world.draft_estimate(REWORKED_ESTIMATE, ACME, 300).await;
    world.offer(REWORKED_ESTIMATE, day(3)).await;
    let withdraw = EstimateCommand::Withdraw {
        reason: "prices rose".to_owned(),
        on: day(4),
    };
    world.tell::<Estimate>(REWORKED_ESTIMATE, withdraw).await;
    let rework = EstimateCommand::Rework {
        draft: draft(350),
        on: day(5),
    };
    world.tell::<Estimate>(REWORKED_ESTIMATE, rework).await;
    world.draft_estimate(DRAFT_ESTIMATE, ACME, 50).await;
    world.draft_estimate(BOLTS_ESTIMATE, BOLT, 70).await;
    world.offer(BOLTS_ESTIMATE, day(6)).await;
}

/// Over 800 euros and 160 of tax.
async fn open_invoice(world: &World<'_>) {
    let id = OPEN_INVOICE;
    let source = InvoiceSource::Estimate {
        estimate_id: EstimateId(INVOICED_ESTIMATE),
        revision: 2,
    };
    world
        .draft_invoice_from(id, ACME, draft(810), Some(source))
        .await;
    let revise = InvoiceCommand::ReviseDraft {
        draft: draft(800),
        on: day(11),
    };
    world.tell::<Invoice>(id, revise).await;
    world.issue(id, day(12), day(26)).await;
    let commands = [
        InvoiceCommand::MarkViewed { on: day(13) },
        InvoiceCommand::Forward {
            recipients: vec!["books@example.com".to_owned()],
            message: None,
            on: day(14),
        },
        InvoiceCommand::Remind {
            stage: 1,
            on: day(27),
        },
    ];
    for command in commands {
        world.tell::<Invoice>(id, command).await;
    }
}

async fn initiate(world: &World<'_>, id: Uuid, cents: i64) {
    let allocation = Allocation {
        invoice_id: InvoiceId(OPEN_INVOICE),
        amount: eur(cents),
    };
    let command = InitiatePayment {
        customer_id: CustomerId(ACME),
        amount: eur(cents),
        allocations: vec![allocation],
        provider: "stripe".to_owned(),
        on: day(7),
    };
    world
        .tell::<Payment>(id, PaymentCommand::Initiate(command))
        .await;
    let reserve = InvoiceCommand::ReservePayment {
        payment_id: PaymentId(id),
        amount: eur(cents),
        on: day(7),
    };
    world.tell::<Invoice>(OPEN_INVOICE, reserve).await;
}

/// Gives back what was reserved, too.
async fn refuse(world: &World<'_>, id: Uuid) {
    let refuse = InvoiceCommand::RefusePayment {
        payment_id: PaymentId(id),
        round: 1,
        reason: "cancelled".to_owned(),
        on: day(8),
    };
    world.tell::<Invoice>(OPEN_INVOICE, refuse).await;
}

async fn release(world: &World<'_>, id: Uuid) {
    let release = InvoiceCommand::ReleasePayment {
        payment_id: PaymentId(id),
        on: day(8),
    };
    world.tell::<Invoice>(OPEN_INVOICE, release).await;
}

async fn card_payments(world: &World<'_>) {
    initiate(world, FAILED_PAYMENT, 96_000).await;
    let submit = PaymentCommand::Submit { on: day(7) };
    world.tell::<Payment>(FAILED_PAYMENT, submit).await;
    let pending = PaymentCommand::MarkPending {
        provider_reference: "pi_0".to_owned(),
        on: day(7),
    };
    world.tell::<Payment>(FAILED_PAYMENT, pending).await;
    let fail = PaymentCommand::Fail {
        code: "insufficient_funds".to_owned(),
        reason: "not enough money".to_owned(),
        on: day(8),
    };
    world.tell::<Payment>(FAILED_PAYMENT, fail).await;
    release(world, FAILED_PAYMENT).await;

    initiate(world, CANCELLED_PAYMENT, 10_000).await;
    let cancel = PaymentCommand::Cancel {
        code: None,
        reason: "closed the page".to_owned(),
        on: day(8),
    };
    world.tell::<Payment>(CANCELLED_PAYMENT, cancel).await;
    refuse(world, CANCELLED_PAYMENT).await;

    initiate(world, CARD_PAYMENT, 60_000).await;
    world.succeed(CARD_PAYMENT).await;
    apply(world, CARD_PAYMENT, 60_000).await;
    late_payment(world).await;
}

/// Refused, and then the money came after all; part of it went back, and another part was meant to.
async fn late_payment(world: &World<'_>) {
    let id = LATE_PAYMENT;
    let tell = |command| world.tell::<Payment>(id, command);
    initiate(world, id, 10_000).await;
    tell(PaymentCommand::Fail {
        code: "timeout".to_owned(),
        reason: "no answer".to_owned(),
        on: day(7),
    })
    .await;
    release(world, id).await;
    world.succeed(id).await;
    for (refund, cents) in [(2, 4_000), (3, 2_500), (4, 1_000)] {
        tell(PaymentCommand::InitiateRefund(RefundPayment {
            refund_id: RefundId(Uuid::from_u128(refund)),
            amount: eur(cents),
            reason: "not owed".to_owned(),
            on: day(9),
        }))
        .await;
    }
    tell(PaymentCommand::SucceedRefund {
        refund_id: RefundId(Uuid::from_u128(2)),
        provider_reference: "re_2".to_owned(),
        on: day(9),
    })
    .await;
    tell(PaymentCommand::FailRefund {
        refund_id: RefundId(Uuid::from_u128(3)),
        code: "account_closed".to_owned(),
        reason: "the account is closed".to_owned(),
        on: day(10),
    })
    .await;
}

async fn apply(world: &World<'_>, payment: Uuid, cents: i64) {
    let apply = InvoiceCommand::ApplyPayment {
        round: 1,
        payment_id: PaymentId(payment),
        amount: eur(cents),
        on: day(9),
    };
    world.tell::<Invoice>(OPEN_INVOICE, apply).await;
}

/// Pays the rest; then the cheque is taken off the invoice again, and in part given back.
async fn cheque_payment(world: &World<'_>) {
    let id = CHEQUE_PAYMENT;
    world.record(id, ACME, eur(50_000), vec![]).await;
    let allocate = PaymentCommand::Allocate {
        allocation: Allocation {
            invoice_id: InvoiceId(OPEN_INVOICE),
            amount: eur(36_000),
        },
        on: day(9),
    };
    world.tell::<Payment>(id, allocate).await;
    apply(world, id, 36_000).await;
    let deallocate = PaymentCommand::Deallocate {
        invoice_id: InvoiceId(OPEN_INVOICE),
        amount: None,
        reason: "meant for another".to_owned(),
        on: day(10),
    };
    world.tell::<Payment>(id, deallocate).await;
    let unapply = InvoiceCommand::UnapplyPayment {
        payment_id: PaymentId(id),
        reason: "meant for another".to_owned(),
        on: day(10),
    };
    world.tell::<Invoice>(OPEN_INVOICE, unapply).await;
    let refund = PaymentCommand::Refund(RefundPayment {
        refund_id: RefundId(Uuid::from_u128(1)),
        amount: eur(20_000),
        reason: "asked for it".to_owned(),
        on: day(11),
    });
    world.tell::<Payment>(id, refund).await;
}

async fn other_invoices(world: &World<'_>) {
    let id = WRITTEN_OFF_INVOICE;
    world.invoice(id, ACME, Currency::EUR, 10_000).await;
    let write_off = |reason: &str| InvoiceCommand::WriteOff {
        reason: reason.to_owned(),
        on: day(20),
    };
    world.tell::<Invoice>(id, write_off("gone quiet")).await;
    let reverse = InvoiceCommand::ReverseWriteOff {
        reason: "they called".to_owned(),
        on: day(21),
    };
    world.tell::<Invoice>(id, reverse).await;
    world.tell::<Invoice>(id, write_off("insolvent")).await;

    let id = VOIDED_INVOICE;
    world.invoice(id, ACME, Currency::EUR, 20_000).await;
    let void = InvoiceCommand::Void {
        reason: "issued twice".to_owned(),
        on: day(20),
    };
    world.tell::<Invoice>(id, void).await;

    world.draft_invoice(DRAFT_INVOICE, ACME, draft(5)).await;
    world.invoice(FREE_INVOICE, ACME, Currency::EUR, 0).await;
    world
        .invoice(BOLTS_INVOICE, BOLT, Currency::JPY, 1_000)
        .await;
    let amount = domain::money::Money::from_minor(500, Currency::JPY);
    world.record(BOLTS_PAYMENT, BOLT, amount, vec![]).await;
}
