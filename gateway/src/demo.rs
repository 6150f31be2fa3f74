//! The demonstration organisation: a small studio at work, made through the same commands as everything else.
//!
//! Every command's id derives from its place in the story, so that a start that was cut short is simply told again.

use anyhow::Context as _;
use cqrs_es::Aggregate;
use domain::bank::BankDetails;
use domain::customer::{
    AddContact, ContactDetails, Customer, CustomerAddresses, CustomerCommand, CustomerDetails,
    RegisterCustomer,
};
use domain::document::{Discount, DocumentDraft, LineDraft, Prices};
use domain::estimate::{
    AcceptEstimate, DeclineEstimate, DraftEstimate, Estimate, EstimateCommand, OfferEstimate,
};
use domain::ids::{ContactId, CustomerId, InvoiceId, PaymentId};
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, IssueInvoice};
use domain::money::{Currency, Money};
use domain::numbering::Series;
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationProfile, OrganisationSettings,
};
use domain::party::{Address, Party};
use domain::payment::{Allocation, OfflineMethod, Payment, PaymentCommand, RecordPayment};
use domain::tax::{Tax, TaxCategory};
use eventlog::{Actor, ExecuteError, Metadata};
use projections::{Reach, Role};
use rust_decimal::Decimal;
use time::{Date, Duration};
use uuid::{Uuid, uuid};

use crate::app::App;
use crate::auth::NewAccount;
use crate::process::{conversion, settlement};

/// The password of every demonstration account.
pub(crate) const PASSWORD: &str = "harbour-demo-2026";
/// The demonstration accounts: what each is for, and the address to sign in with.
pub(crate) const SIGN_INS: [(&str, &str); 4] = [
    ("customer", "customer@demo.example"),
    ("staff", "staff@demo.example"),
    ("accountant", "accountant@demo.example"),
    ("owner", "owner@demo.example"),
];

const STORY: Uuid = uuid!("0192f0c1-0000-7000-8000-00000000d390");
const NAME: &str = "demo";

/// Makes the demonstration organisation, unless this event store has it or another organisation already.
pub(crate) async fn make(app: &App) -> anyhow::Result<()> {
    let made = app
        .tables
        .fetch_one(
            "SELECT position FROM checkpoints WHERE name = $1",
            &[NAME.into()],
        )
        .await?;
    let organisation = app.log.load::<Organisation>(ORGANISATION_ID).await?;
    let is_ours = organisation
        .state
        .registered
        .is_none_or(|known| known.profile == profile());
    if made.is_some() || !is_ours {
        return Ok(());
    }
    let demo = Demo {
        app,
        today: app.today(),
    };
    demo.organisation().await?;
    let lighthouse = demo.lighthouse().await?;
    demo.nordwind().await?;
    demo.alder().await?;
    demo.accounts(lighthouse).await?;
    let sql = "INSERT INTO checkpoints (name, position) VALUES ($1, 1) ON CONFLICT DO NOTHING";
    app.tables.execute(sql, &[NAME.into()]).await?;
    Ok(())
}

struct Demo<'a> {
    app: &'a App,
    today: Date,
}

#[derive(Clone, Copy)]
enum Who {
    Staff,
    Customer,
}

fn id(name: &str) -> Uuid {
    Uuid::new_v5(&STORY, name.as_bytes())
}

fn profile() -> OrganisationProfile {
    OrganisationProfile {
        party: Party {
            name: "Harbour & Finch Studio GmbH".to_owned(),
            email: Some("billing@harbourfinch.example".to_owned()),
            phone: Some("+49 40 5550 0100".to_owned()),
            tax_id: Some("DE123456789".to_owned()),
            address: Some(address("Speicherstadt 12", "20457", "Hamburg", "DE")),
        },
        website: Some("https://harbourfinch.example".to_owned()),
        currency: Currency::EUR,
        bank: Some(BankDetails {
            holder: "Harbour & Finch Studio GmbH".to_owned(),
            bank_name: Some("Hansebank Hamburg".to_owned()),
            iban: Some("DE89370400440532013000".to_owned()),
            bic: Some("COBADEFFXXX".to_owned()),
            account_number: None,
        }),
    }
}

fn address(street: &str, postal_code: &str, city: &str, country: &str) -> Address {
    Address {
        street: street.to_owned(),
        postal_code: Some(postal_code.to_owned()),
        city: city.to_owned(),
        region: None,
        country: country.to_owned(),
    }
}

fn line(description: &str, quantity: i64, unit_price: i64) -> LineDraft {
    LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: Decimal::from(quantity),
        unit_price: Decimal::from(unit_price),
        discount: None,
        tax: Tax {
            category: TaxCategory::Standard,
            percent: Decimal::from(19),
        },
    }
}

fn document(lines: Vec<LineDraft>) -> DocumentDraft {
    DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines,
        discount: None,
        notes: Some("Thank you for working with us.".to_owned()),
        terms: None,
    }
}

impl Demo<'_> {
    fn ago(&self, days: i64) -> Date {
        self.today.saturating_sub(Duration::days(days))
    }

    fn ahead(&self, days: i64) -> Date {
        self.today.saturating_add(Duration::days(days))
    }

    fn meta(step: &str, who: Who) -> Metadata {
        let (name, role) = match who {
            Who::Staff => ("Sam Finch", "staff"),
            Who::Customer => ("Clara Kontos", "customer_contact"),
        };
        let actor = Actor {
            id: id(name).to_string(),
            name: name.to_owned(),
            role: role.to_owned(),
            on_behalf_of: None,
        };
        Metadata::new(id(&format!("step/{step}")), actor)
    }

    async fn tell<A>(
        &self,
        step: &str,
        who: Who,
        subject: Uuid,
        command: A::Command,
    ) -> anyhow::Result<()>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
        ExecuteError<A::Error>: std::error::Error + Send + Sync + 'static,
    {
        let told = self
            .app
            .log
            .execute::<A>(subject, command, &Self::meta(step, who))
            .await;
        told.map(|_| ())
            .with_context(|| format!("demo step {step}"))
    }

    async fn organisation(&self) -> anyhow::Result<()> {
        let command = OrganisationCommand::Register {
            profile: profile(),
            settings: OrganisationSettings::default(),
            on: self.ago(400),
        };
        self.tell::<Organisation>("organisation", Who::Staff, ORGANISATION_ID, command)
            .await
    }

    async fn customer(
        &self,
        key: &str,
        name: &str,
        billing: Address,
        contact: (&str, &str),
    ) -> anyhow::Result<CustomerId> {
        let customer = id(key);
        let command = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: name.to_owned(),
                email: Some(format!("office@{key}.example")),
                phone: None,
                tax_id: None,
                language: "en".to_owned(),
            },
            addresses: CustomerAddresses {
                billing: Some(billing),
                shipping: None,
            },
            currency: Currency::EUR,
            payment_terms_days: 30,
            on: self.ago(300),
        });
        self.tell::<Customer>(&format!("{key}/register"), Who::Staff, customer, command)
            .await?;
        let contact_id = ContactId(id(&format!("{key}/contact")));
        let command = CustomerCommand::AddContact(AddContact {
            contact_id,
            details: ContactDetails {
                name: contact.0.to_owned(),
                email: contact.1.to_owned(),
                phone: None,
            },
            on: self.ago(300),
        });
        self.tell::<Customer>(&format!("{key}/add-contact"), Who::Staff, customer, command)
            .await?;
        Ok(CustomerId(customer))
    }

    /// The customer whose contact can sign in: something of everything.
    async fn lighthouse(&self) -> anyhow::Result<CustomerId> {
        let billing = address("Leuchtturmweg 3", "22559", "Hamburg", "DE");
        let customer = self
            .customer(
                "lighthouse",
                "Lighthouse Dental",
                billing,
                ("Clara Kontos", SIGN_INS[0].1),
            )
            .await?;
        let contact_id = ContactId(id("lighthouse/contact"));
        let invite = CustomerCommand::InviteToPortal {
            contact_id,
            on: self.ago(290),
        };
        self.tell::<Customer>("lighthouse/invite", Who::Staff, customer.0, invite)
            .await?;
        let join = CustomerCommand::JoinPortal {
            contact_id,
            on: self.ago(289),
        };
        self.tell::<Customer>("lighthouse/join", Who::Customer, customer.0, join)
            .await?;

        let paid = self
            .invoice(
                "inv-brand",
                customer,
                120,
                vec![line("Brand workshop, two days", 2, 1_450)],
            )
            .await?;
        self.pay(
            "pay-brand",
            customer,
            95,
            Decimal::new(345_100, 2),
            &[(paid, Decimal::new(345_100, 2))],
        )
        .await?;
        let overdue = self
            .invoice(
                "inv-photo",
                customer,
                48,
                vec![
                    line("Practice photography", 1, 980),
                    line("Retouching", 24, 15),
                ],
            )
            .await?;
        self.pay(
            "pay-photo",
            customer,
            20,
            Decimal::from(500),
            &[(overdue, Decimal::from(500))],
        )
        .await?;
        self.invoice(
            "inv-care",
            customer,
            8,
            vec![
                line("Website care, monthly", 1, 240),
                line("Content updates, hours", 6, 95),
            ],
        )
        .await?;
        self.pay("pay-advance", customer, 6, Decimal::from(200), &[])
            .await?;

        self.lighthouse_estimates(customer).await?;
        Ok(customer)
    }

    /// One offer waiting for an answer, one declined, one accepted and invoiced.
    async fn lighthouse_estimates(&self, customer: CustomerId) -> anyhow::Result<()> {
        let relaunch = vec![
            line("Website relaunch: design", 12, 780),
            line("Website relaunch: build", 18, 820),
            line("Photography", 1, 1_200),
        ];
        self.estimate("est-relaunch", customer, 5, document(relaunch))
            .await?;
        let social = id("est-social");
        self.estimate(
            "est-social",
            customer,
            12,
            document(vec![
                line("Social media, quarter", 1, 3_600),
                line("Short films", 4, 650),
            ]),
        )
        .await?;
        let decline = EstimateCommand::Decline(DeclineEstimate {
            revision: 1,
            reason: "The short films are more than we planned for this year.".to_owned(),
            would_accept: Some("The quarter with two films.".to_owned()),
            on: self.ago(9),
        });
        self.tell::<Estimate>("est-social/decline", Who::Customer, social, decline)
            .await?;
        let signage = id("est-signage");
        self.estimate(
            "est-signage",
            customer,
            30,
            document(vec![line("Door and window signage", 1, 1_150)]),
        )
        .await?;
        self.accept("est-signage", signage, 26).await?;
        let convert = EstimateCommand::Convert {
            invoice_id: conversion::invoice_id(signage, 1),
            on: self.ago(25),
        };
        self.tell::<Estimate>("est-signage/convert", Who::Staff, signage, convert)
            .await?;
        conversion::make_invoice(
            self.app,
            signage,
            Self::meta("actor", Who::Staff).actor,
            STORY,
        )
        .await?;
        Ok(())
    }

    /// An offer declined, reworked and offered again.
    async fn nordwind(&self) -> anyhow::Result<()> {
        let billing = address("Am Kai 44", "28195", "Bremen", "DE");
        let customer = self
            .customer(
                "nordwind",
                "Nordwind Logistik GmbH",
                billing,
                ("Jonas Peters", "jonas@nordwind.example"),
            )
            .await?;
        let estimate = id("est-fleet");
        let first = document(vec![
            line("Fleet branding, trucks", 14, 420),
            line("Design and proofing", 1, 1_900),
        ]);
        self.estimate("est-fleet", customer, 21, first.clone())
            .await?;
        let decline = EstimateCommand::Decline(DeclineEstimate {
            revision: 1,
            reason: "Too much per truck.".to_owned(),
            would_accept: Some("Less than 400 per truck.".to_owned()),
            on: self.ago(18),
        });
        self.tell::<Estimate>("est-fleet/decline", Who::Staff, estimate, decline)
            .await?;
        let mut second = first;
        for (index, line) in (1..).zip(&mut second.lines) {
            line.line_id = Some(index);
        }
        second.lines[0].unit_price = Decimal::from(395);
        second.discount = Some(Discount::Percent(Decimal::from(2)));
        let rework = EstimateCommand::Rework {
            draft: second,
            on: self.ago(16),
        };
        self.tell::<Estimate>("est-fleet/rework", Who::Staff, estimate, rework)
            .await?;
        let reoffer = EstimateCommand::Reoffer(OfferEstimate {
            deposit_percent: None,
            number: String::new(),
            valid_until: self.ahead(14),
            on: self.ago(16),
        });
        self.tell::<Estimate>("est-fleet/reoffer", Who::Staff, estimate, reoffer)
            .await?;
        self.invoice(
            "inv-nordwind",
            customer,
            15,
            vec![line("Warehouse signage", 6, 310)],
        )
        .await?;
        Ok(())
    }

    /// What went wrong: an offer taken back, an invoice given up, one voided.
    async fn alder(&self) -> anyhow::Result<()> {
        let billing = address("14 Quay Street", "BS1 4QA", "Bristol", "GB");
        let customer = self
            .customer(
                "alder",
                "Alder & Sons",
                billing,
                ("Maud Alder", "maud@alder.example"),
            )
            .await?;
        let estimate = id("est-kitchen");
        self.estimate(
            "est-kitchen",
            customer,
            60,
            document(vec![line("Catalogue, 48 pages", 1, 5_200)]),
        )
        .await?;
        let withdraw = EstimateCommand::Withdraw {
            reason: "Paper prices rose.".to_owned(),
            on: self.ago(50),
        };
        self.tell::<Estimate>("est-kitchen/withdraw", Who::Staff, estimate, withdraw)
            .await?;
        let lost = self
            .invoice(
                "inv-lost",
                customer,
                200,
                vec![line("Logo refresh", 1, 640)],
            )
            .await?;
        let write_off = InvoiceCommand::WriteOff {
            reason: "Unreachable for six months.".to_owned(),
            on: self.ago(10),
        };
        self.tell::<Invoice>("inv-lost/write-off", Who::Staff, lost.0, write_off)
            .await?;
        let wrong = self
            .invoice(
                "inv-wrong",
                customer,
                40,
                vec![line("Price labels", 500, 1)],
            )
            .await?;
        let void = InvoiceCommand::Void {
            reason: "Billed to the wrong customer.".to_owned(),
            on: self.ago(39),
        };
        self.tell::<Invoice>("inv-wrong/void", Who::Staff, wrong.0, void)
            .await
    }

    async fn estimate(
        &self,
        key: &str,
        customer_id: CustomerId,
        ago: i64,
        draft: DocumentDraft,
    ) -> anyhow::Result<()> {
        let on = self.ago(ago);
        let command = EstimateCommand::Draft(DraftEstimate {
            customer_id,
            draft,
            on,
        });
        self.tell::<Estimate>(&format!("{key}/draft"), Who::Staff, id(key), command)
            .await?;
        let valid_until = self.ahead(30);
        let numbers = self.app.numbers(Series::Estimates, on);
        let make = |_: &Estimate, _: u64, number: u64| {
            let number = numbers.text(number);
            Ok(EstimateCommand::Offer(OfferEstimate {
                deposit_percent: None,
                number,
                valid_until,
                on,
            }))
        };
        let meta = Self::meta(&format!("{key}/offer"), Who::Staff);
        self.app
            .log
            .execute_numbered::<Estimate, _>(id(key), &numbers.name, &meta, make)
            .await?;
        Ok(())
    }

    async fn accept(&self, key: &str, estimate: Uuid, ago: i64) -> anyhow::Result<()> {
        let accept = EstimateCommand::Accept(AcceptEstimate {
            terms_accepted: true,
            revision: 1,
            name: "Clara Kontos".to_owned(),
            on: self.ago(ago),
        });
        self.tell::<Estimate>(&format!("{key}/accept"), Who::Customer, estimate, accept)
            .await
    }

    async fn invoice(
        &self,
        key: &str,
        customer_id: CustomerId,
        ago: i64,
        lines: Vec<LineDraft>,
    ) -> anyhow::Result<InvoiceId> {
        let on = self.ago(ago);
        let draft = DraftInvoice {
            customer_id,
            draft: document(lines),
            source: None,
            on,
        };
        self.tell::<Invoice>(
            &format!("{key}/draft"),
            Who::Staff,
            id(key),
            InvoiceCommand::Draft(draft),
        )
        .await?;
        let buyer = self
            .app
            .log
            .load::<Customer>(customer_id.0)
            .await?
            .state
            .registered;
        let buyer = buyer
            .context("the demo customer is not registered")?
            .as_party();
        let numbers = self.app.numbers(Series::Invoices, on);
        let make = |_: &Invoice, _: u64, number: u64| {
            Ok(InvoiceCommand::Issue(IssueInvoice {
                number: numbers.text(number),
                due_date: on.saturating_add(Duration::days(30)),
                seller: profile().party,
                buyer: buyer.clone(),
                on,
            }))
        };
        let meta = Self::meta(&format!("{key}/issue"), Who::Staff);
        self.app
            .log
            .execute_numbered::<Invoice, _>(id(key), &numbers.name, &meta, make)
            .await?;
        Ok(InvoiceId(id(key)))
    }

    async fn pay(
        &self,
        key: &str,
        customer_id: CustomerId,
        ago: i64,
        amount: Decimal,
        invoices: &[(InvoiceId, Decimal)],
    ) -> anyhow::Result<()> {
        let on = self.ago(ago);
        let money = |amount| Money::rounded(amount, Currency::EUR);
        let allocations = invoices.iter().map(|(invoice_id, amount)| Allocation {
            invoice_id: *invoice_id,
            amount: money(*amount),
        });
        let allocations: Vec<Allocation> = allocations.collect();
        let numbers = self.app.numbers(Series::Payments, on);
        let make = |_: &Payment, _: u64, number: u64| {
            Ok(PaymentCommand::Record(RecordPayment {
                number: numbers.text(number),
                customer_id,
                amount: money(amount),
                allocations: allocations.clone(),
                method: OfflineMethod::BankTransfer,
                reference: Some("Lighthouse Dental".to_owned()),
                received_on: on,
                on,
            }))
        };
        let meta = Self::meta(key, Who::Staff);
        self.app
            .log
            .execute_numbered::<Payment, _>(id(key), &numbers.name, &meta, make)
            .await?;
        settlement::settle(self.app, PaymentId(id(key)), STORY).await?;
        Ok(())
    }

    async fn accounts(&self, customer: CustomerId) -> anyhow::Result<()> {
        let contact_id = id("lighthouse/contact");
        let people = [
            (
                "Clara Kontos",
                Reach::Customer {
                    customer_id: customer.0,
                    contact_id,
                },
            ),
            ("Sam Finch", Reach::Organisation(Role::Staff)),
            ("Ada Brandt", Reach::Organisation(Role::Accountant)),
            ("Olga Harbour", Reach::Organisation(Role::Owner)),
        ];
        for ((_, email), (name, reach)) in SIGN_INS.into_iter().zip(people) {
            if self.app.accounts.find_by_email(email).await?.is_some() {
                continue;
            }
            let account = NewAccount {
                email: email.to_owned(),
                name: name.to_owned(),
                password: PASSWORD.to_owned(),
                reach,
            };
            self.app
                .accounts
                .create(account, self.app.clock.now())
                .await?;
        }
        Ok(())
    }
}
