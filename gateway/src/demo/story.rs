//! What happened, in order; numbers are days before today.

use domain::document::{Discount, DocumentDraft};
use domain::invoice::InvoiceCommand;
use domain::money::Currency;
use domain::organisation::{ORGANISATION_ID, Organisation, OrganisationCommand};
use domain::plan::{Plan, PlanCommand};
use domain::subscription::{
    CancelSubscription, ChangeSubscription, Collection, SubscriptionCommand, Terms, When,
};
use domain::tax::TaxCategory;
use rust_decimal::Decimal;

use super::cast::*;
use super::id;
use super::stage::{Stage, Who};

/// How long ago it begins.
pub(super) const LENGTH: i64 = 420;

/// Tells all of it.
pub(super) async fn tell(stage: &Stage) -> anyhow::Result<()> {
    beginnings(stage).await?;
    last_year(stage).await?;
    half_a_year_ago(stage).await?;
    last_quarter(stage).await?;
    last_month(stage).await?;
    this_week(stage).await
}

async fn beginnings(stage: &Stage) -> anyhow::Result<()> {
    let on = stage.on();
    let command = OrganisationCommand::Register {
        profile: profile(),
        settings: settings()?,
        on,
    };
    stage
        .tell::<Organisation>("organisation", Who::Staff, ORGANISATION_ID, command)
        .await?;
    stage.app.refresh_settings().await?;
    for (key, details) in plans() {
        let command = PlanCommand::Create { details, on };
        stage
            .tell::<Plan>(key, Who::Staff, id(key), command)
            .await?;
    }
    for customer in [&LIGHTHOUSE, &NORDWIND, &ALDER, &MORGENROT] {
        stage.register(customer).await?;
    }
    Ok(())
}

async fn last_year(stage: &Stage) -> anyhow::Result<()> {
    let [_, _, (hosting, hosting_details), _] = plans();
    stage.go_on_to(400).await?;
    stage
        .attach_card(&LIGHTHOUSE, "Visa •••• 4242", "pm_sandbox_visa_lighthouse")
        .await?;
    let terms = (hosting, &hosting_details);
    stage
        .subscribe("sub-hosting", &LIGHTHOUSE, terms, 1, Collection::Automatic)
        .await?;
    stage.go_on_to(330).await?;
    let logo = english(vec![untaxed("Logo refresh", 1, 640, TaxCategory::Export)]);
    let lost = stage.invoice("inv-lost", &ALDER, logo).await?;
    stage.go_on_to(160).await?;
    let write_off = InvoiceCommand::WriteOff {
        reason: "Unreachable for six months.".to_owned(),
        on: stage.on(),
    };
    stage
        .tell_invoice("inv-lost/write-off", lost, write_off)
        .await
}

async fn half_a_year_ago(stage: &Stage) -> anyhow::Result<()> {
    let [(care, care_details), ..] = plans();
    let care = (care, &care_details);
    stage.go_on_to(155).await?;
    stage
        .subscribe("sub-care", &LIGHTHOUSE, care, 1, Collection::Offline)
        .await?;
    stage.register(&SYLT).await?;
    stage
        .subscribe("sub-sylt", &SYLT, care, 1, Collection::Offline)
        .await?;
    stage.go_on_to(150).await?;
    for (key, customer) in [("sub-care", &LIGHTHOUSE), ("sub-sylt", &SYLT)] {
        let invoice = stage.period_invoice(key, 1).await?;
        let payment = format!("pay-{key}-1");
        stage.transfer_due(&payment, customer, invoice).await?;
    }
    stage.go_on_to(120).await?;
    let brand = document(vec![line("Brand workshop, two days", 2, 1_450)]);
    let brand = stage.invoice("inv-brand", &LIGHTHOUSE, brand).await?;
    let invoice = stage.period_invoice("sub-care", 2).await?;
    stage
        .transfer_due("pay-sub-care-2", &LIGHTHOUSE, invoice)
        .await?;
    stage.go_on_to(110).await?;
    let invoice = stage.period_invoice("sub-sylt", 2).await?;
    stage.transfer_due("pay-sub-sylt-2", &SYLT, invoice).await?;
    stage.go_on_to(95).await?;
    stage.pay_by_card("pay-brand", brand).await
}

async fn last_quarter(stage: &Stage) -> anyhow::Result<()> {
    let [(care, care_details), _, _, (newsletter, newsletter_details)] = plans();
    stage.go_on_to(92).await?;
    let card = "pm_sandbox_mastercard_morgenrot";
    stage
        .attach_card(&MORGENROT, "Mastercard •••• 4444", card)
        .await?;
    let readers = (newsletter, &newsletter_details);
    stage
        .subscribe("sub-menu", &MORGENROT, readers, 3, Collection::Automatic)
        .await?;
    stage.go_on_to(85).await?;
    let invoice = stage.period_invoice("sub-care", 3).await?;
    stage
        .transfer_due("pay-sub-care-3", &LIGHTHOUSE, invoice)
        .await?;
    stage.register(&STADTWERK).await?;
    stage
        .subscribe(
            "sub-portal",
            &STADTWERK,
            (care, &care_details),
            1,
            Collection::Offline,
        )
        .await?;
    let command = SubscriptionCommand::Pause { on: stage.on() };
    stage
        .tell_subscription("sub-sylt/pause", "sub-sylt", command)
        .await?;
    stage.go_on_to(70).await?;
    let invoice = stage.period_invoice("sub-portal", 1).await?;
    stage
        .transfer_due("pay-sub-portal-1", &STADTWERK, invoice)
        .await?;
    let catalogue = english(vec![untaxed(
        "Catalogue, 48 pages",
        1,
        5_200,
        TaxCategory::Export,
    )]);
    stage.offer("est-catalogue", &ALDER, 60, catalogue).await?;
    stage.go_on_to(60).await?;
    stage
        .withdraw("est-catalogue", "Paper prices rose.")
        .await?;
    stage.register(&DUPONT).await?;
    let vitrine = |why| untaxed("Vitrine en ligne", 1, 2_900, why);
    let offer = document(vec![vitrine(TaxCategory::ReverseCharge)]);
    stage.offer("est-vitrine", &DUPONT, 21, offer).await?; // Nobody answers: it expires.
    stage.go_on_to(48).await?;
    photography(stage).await
}

/// Overdue and part-paid, a line of it disputed.
async fn photography(stage: &Stage) -> anyhow::Result<()> {
    let lines = vec![
        line("Practice photography", 1, 980),
        line("Retouching, pictures", 24, 15),
    ];
    let photo = stage
        .invoice("inv-photo", &LIGHTHOUSE, document(lines))
        .await?;
    stage.go_on_to(40).await?;
    let wrong = document(vec![line("Price labels", 500, 1)]);
    let wrong = stage.invoice("inv-wrong", &MORGENROT, wrong).await?;
    stage.go_on_to(39).await?;
    let void = InvoiceCommand::Void {
        reason: "Billed to the wrong customer.".to_owned(),
        on: stage.on(),
    };
    stage.tell_invoice("inv-wrong/void", wrong, void).await?;
    let invoice = stage.period_invoice("sub-care", 4).await?;
    stage
        .transfer_due("pay-sub-care-4", &LIGHTHOUSE, invoice)
        .await?;
    stage.go_on_to(30).await?;
    let signage = document(vec![line("Door and window signage", 1, 1_150)]);
    stage.offer("est-signage", &LIGHTHOUSE, 30, signage).await?;
    stage.go_on_to(26).await?;
    stage.accept("est-signage", &LIGHTHOUSE, 1).await?;
    stage.go_on_to(25).await?;
    stage.convert("est-signage", 1).await?;
    stage.go_on_to(20).await?;
    stage
        .transfer("pay-photo", &LIGHTHOUSE, 500_00, &[(photo, 500_00)])
        .await?;
    let why = "We asked for twenty pictures; four of the twenty-four are doubles.";
    stage
        .dispute("dispute-photo", &LIGHTHOUSE, photo, Some(2), why)
        .await
}

async fn last_month(stage: &Stage) -> anyhow::Result<()> {
    let [_, (plus, plus_details), _, (newsletter, newsletter_details)] = plans();
    let fleet = document(vec![
        line("Fleet branding, trucks", 14, 420),
        line("Design and proofing", 1, 1_900),
    ]);
    stage.go_on_to(19).await?;
    stage
        .offer("est-fleet", &NORDWIND, 30, fleet.clone())
        .await?;
    stage.go_on_to(18).await?;
    let why = ("Too much per truck.", "Less than 400 per truck.");
    stage.decline("est-fleet", &NORDWIND, why.0, why.1).await?;
    let question = "Could the design be done once for all fourteen?";
    stage
        .comment("est-fleet", Some(&NORDWIND), question)
        .await?;
    stage.go_on_to(16).await?;
    let answer = "It is: one design, fourteen prints. We can meet you on the trucks.";
    stage.comment("est-fleet", None, answer).await?;
    stage.reoffer("est-fleet", 30, reworked(fleet)).await?;
    stage.go_on_to(15).await?;
    let signs = document(vec![line("Warehouse signage", 6, 310)]);
    stage.invoice("inv-nordwind", &NORDWIND, signs).await?;
    let readers = (newsletter, &newsletter_details);
    stage
        .subscribe("sub-news", &NORDWIND, readers, 12, Collection::Offline)
        .await?;
    stage.go_on_to(14).await?;
    let change = SubscriptionCommand::Change(ChangeSubscription {
        terms: Terms {
            plan_id: domain::ids::PlanId(id(plus)),
            plan: plus_details,
            quantity: Decimal::ONE,
        },
        when: When::Now,
        bill_id: id("sub-portal/upgrade"),
        on: stage.on(),
    });
    stage
        .tell_subscription("sub-portal/upgrade", "sub-portal", change)
        .await?;
    stage.go_on_to(12).await?;
    let social = document(vec![
        line("Social media, quarter", 1, 3_600),
        line("Short films", 4, 650),
    ]);
    stage.offer("est-social", &LIGHTHOUSE, 42, social).await?;
    stage.go_on_to(9).await?;
    let why = "The short films are more than we planned for this year.";
    stage
        .decline(
            "est-social",
            &LIGHTHOUSE,
            why,
            "The quarter with two films.",
        )
        .await
}

async fn this_week(stage: &Stage) -> anyhow::Result<()> {
    stage.go_on_to(8).await?;
    // The next month cannot be collected from it.
    let card = "pm_sandbox_expired_card_morgenrot";
    stage
        .update_card(&MORGENROT, "Visa •••• 0069", card)
        .await?;
    let extras = document(vec![
        line("Landing page for implants", 1, 1_280),
        line("Content updates, hours", 6, 95),
    ]);
    let extras = stage.invoice("inv-extras", &LIGHTHOUSE, extras).await?;
    stage.go_on_to(6).await?;
    stage
        .transfer("pay-advance", &LIGHTHOUSE, 200_00, &[])
        .await?;
    let hours = vec![line("Content updates, hours not used", 2, 95)];
    stage
        .credit("cn-extras", &LIGHTHOUSE, extras, hours, 150_00)
        .await?;
    stage.go_on_to(5).await?;
    let mut relaunch = document(vec![
        line("Website relaunch: design", 12, 780),
        line("Website relaunch: build", 18, 820),
        line("Photography", 1, 1_200),
    ]);
    relaunch.terms = Some(
        "Half with the order, half with the launch. Valid for text in one language.".to_owned(),
    );
    stage
        .offer("est-relaunch", &LIGHTHOUSE, 35, relaunch)
        .await?;
    let museum = document(vec![
        line("Guidance system, visitor centre", 1, 18_400),
        line("Installation, days", 4, 960),
    ]);
    let third = Some(Decimal::from(30));
    stage
        .offer_with("est-guidance", &STADTWERK, 30, museum, third)
        .await?;
    stage.go_on_to(4).await?;
    let cancel = SubscriptionCommand::Cancel(CancelSubscription {
        when: When::PeriodEnd,
        credit: false,
        reason: Some("We bring it in house.".to_owned()),
        bill_id: id("sub-news/cancel"),
        on: stage.on(),
    });
    stage
        .tell_subscription("sub-news/cancel", "sub-news", cancel)
        .await?;
    stage.go_on_to(3).await?;
    stage.accept("est-guidance", &STADTWERK, 1).await?;
    stage.go_on_to(1).await?;
    let season = document(vec![line("Season opening, posters", 250, 3)]);
    stage.draft_estimate("est-season", &SYLT, season).await
}

/// The fleet at a better price; lines keep their ids, so that revisions compare line by line.
fn reworked(mut fleet: DocumentDraft) -> DocumentDraft {
    for (index, line) in (1..).zip(&mut fleet.lines) {
        line.line_id = Some(index);
    }
    if let Some(trucks) = fleet.lines.first_mut() {
        trucks.unit_price = Decimal::from(395);
    }
    fleet.discount = Some(Discount::Percent(Decimal::from(2)));
    fleet
}

/// A document in pounds.
fn english(lines: Vec<domain::document::LineDraft>) -> DocumentDraft {
    DocumentDraft {
        currency: Currency::GBP,
        ..document(lines)
    }
}
