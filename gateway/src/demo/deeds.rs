//! What people do in the story, each deed one call.

use anyhow::Context as _;
use domain::credit_note::{CreditNote, CreditNoteCommand, CreditNoteSource, DraftCreditNote};
use domain::customer::{
    AddContact, AttachedBy, ContactDetails, Customer, CustomerAddresses, CustomerCommand,
    CustomerDetails, PaymentMethodDetails, PaymentMethodKind, RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft};
use domain::estimate::{
    AcceptEstimate, CommentOnEstimate, DeclineEstimate, DraftEstimate, Estimate, EstimateCommand,
    OfferEstimate, Side,
};
use domain::ids::{
    CommentId, ContactId, CreditNoteId, CustomerId, DisputeId, InvoiceId, PaymentId, PlanId,
};
use domain::invoice::{DisputeInvoice, DraftInvoice, Invoice, InvoiceCommand};
use domain::money::Money;
use domain::numbering::Series;
use domain::payment::{Allocation, OfflineMethod, Payment, PaymentCommand, RecordPayment};
use domain::plan::PlanDetails;
use domain::subscription::{
    Collection, StartSubscription, Subscription, SubscriptionCommand, Terms,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::cast::{CustomerCast, address};
use super::stage::{Stage, Who};
use super::{STORY, id};
use crate::process::collecting::{self, Collected};
use crate::process::{conversion, crediting, issuing, settlement};

use Who::{Contact, Staff};

impl CustomerCast {
    pub(super) fn id(&self) -> CustomerId {
        CustomerId(id(self.key))
    }

    fn person(&self) -> Who {
        Contact(self.contact)
    }
}

fn card(label: &str, reference: &str) -> PaymentMethodDetails {
    PaymentMethodDetails {
        kind: PaymentMethodKind::Card,
        label: label.to_owned(),
        provider: "sandbox".to_owned(),
        reference: reference.to_owned(),
    }
}

impl Stage {
    /// Registers a customer whose contact joins the portal.
    pub(super) async fn register(&self, customer: &CustomerCast) -> anyhow::Result<()> {
        let (key, on, subject) = (customer.key, self.on(), customer.id().0);
        let contact_id = ContactId(id(&format!("{key}/contact")));
        let register = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: customer.name.to_owned(),
                email: Some(format!("office@{key}.example")),
                phone: None,
                tax_id: customer.tax_id.map(str::to_owned),
                language: "en".to_owned(),
            },
            addresses: CustomerAddresses {
                billing: Some(address(customer.address)),
                shipping: None,
            },
            currency: customer.currency,
            payment_terms_days: 30,
            on,
        });
        let add = CustomerCommand::AddContact(AddContact {
            contact_id,
            details: ContactDetails {
                name: customer.contact.to_owned(),
                email: customer.email.to_owned(),
                phone: None,
            },
            on,
        });
        let invite = CustomerCommand::InviteToPortal { contact_id, on };
        let join = CustomerCommand::JoinPortal { contact_id, on };
        for (step, who, command) in [
            ("register", Staff, register),
            ("add-contact", Staff, add),
            ("invite", Staff, invite),
            ("join", customer.person(), join),
        ] {
            let step = format!("{key}/{step}");
            self.tell::<Customer>(&step, who, subject, command).await?;
        }
        Ok(())
    }

    /// Staff attach a card on the customer's word, known by the sandbox's reference only.
    pub(super) async fn attach_card(
        &self,
        customer: &CustomerCast,
        label: &str,
        reference: &str,
    ) -> anyhow::Result<()> {
        let command = CustomerCommand::AttachPaymentMethod {
            method: card(label, reference),
            by: AttachedBy::Staff,
            on: self.on(),
        };
        let step = format!("{}/card", customer.key);
        self.tell::<Customer>(&step, Staff, customer.id().0, command)
            .await
    }

    /// The customer puts another card in its place.
    pub(super) async fn update_card(
        &self,
        customer: &CustomerCast,
        label: &str,
        reference: &str,
    ) -> anyhow::Result<()> {
        let command = CustomerCommand::UpdatePaymentMethod {
            method: card(label, reference),
            on: self.on(),
        };
        let step = format!("{}/new-card", customer.key);
        self.tell::<Customer>(&step, customer.person(), customer.id().0, command)
            .await
    }

    /// Staff draft an estimate.
    pub(super) async fn draft_estimate(
        &self,
        key: &str,
        customer: &CustomerCast,
        draft: DocumentDraft,
    ) -> anyhow::Result<()> {
        let command = EstimateCommand::Draft(DraftEstimate {
            customer_id: customer.id(),
            draft,
            on: self.on(),
        });
        let step = format!("{key}/draft");
        self.tell::<Estimate>(&step, Staff, id(key), command).await
    }

    /// Staff draft an estimate and offer it.
    pub(super) async fn offer(
        &self,
        key: &str,
        customer: &CustomerCast,
        valid_days: i64,
        draft: DocumentDraft,
    ) -> anyhow::Result<()> {
        self.offer_with(key, customer, valid_days, draft, None)
            .await
    }

    /// The same, asking for a deposit.
    pub(super) async fn offer_with(
        &self,
        key: &str,
        customer: &CustomerCast,
        valid_days: i64,
        draft: DocumentDraft,
        deposit_percent: Option<Decimal>,
    ) -> anyhow::Result<()> {
        self.draft_estimate(key, customer, draft).await?;
        let (valid_until, on) = (self.ahead(valid_days), self.on());
        let make = |number| {
            EstimateCommand::Offer(OfferEstimate {
                number,
                valid_until,
                deposit_percent,
                on,
            })
        };
        let step = format!("{key}/offer");
        self.tell_numbered::<Estimate>(&step, Staff, id(key), Series::Estimates, make)
            .await
    }

    /// Staff rework an offer and offer it again.
    pub(super) async fn reoffer(
        &self,
        key: &str,
        valid_days: i64,
        draft: DocumentDraft,
    ) -> anyhow::Result<()> {
        let on = self.on();
        let rework = EstimateCommand::Rework { draft, on };
        self.tell::<Estimate>(&format!("{key}/rework"), Staff, id(key), rework)
            .await?;
        let reoffer = EstimateCommand::Reoffer(OfferEstimate {
            number: String::new(),
            valid_until: self.ahead(valid_days),
            deposit_percent: None,
            on,
        });
        self.tell::<Estimate>(&format!("{key}/reoffer"), Staff, id(key), reoffer)
            .await
    }

    /// The customer looks at the first revision and declines it.
    pub(super) async fn decline(
        &self,
        key: &str,
        customer: &CustomerCast,
        reason: &str,
        would_accept: &str,
    ) -> anyhow::Result<()> {
        let on = self.on();
        let view = EstimateCommand::MarkViewed { revision: 1, on };
        self.tell::<Estimate>(&format!("{key}/view"), customer.person(), id(key), view)
            .await?;
        let decline = EstimateCommand::Decline(DeclineEstimate {
            revision: 1,
            reason: reason.to_owned(),
            would_accept: Some(would_accept.to_owned()),
            on,
        });
        let step = format!("{key}/decline");
        self.tell::<Estimate>(&step, customer.person(), id(key), decline)
            .await
    }

    /// The customer accepts a revision.
    pub(super) async fn accept(
        &self,
        key: &str,
        customer: &CustomerCast,
        revision: u32,
    ) -> anyhow::Result<()> {
        let command = EstimateCommand::Accept(AcceptEstimate {
            revision,
            name: customer.contact.to_owned(),
            terms_accepted: true,
            on: self.on(),
        });
        let step = format!("{key}/accept");
        self.tell::<Estimate>(&step, customer.person(), id(key), command)
            .await
    }

    /// Somebody says something about an offer.
    pub(super) async fn comment(
        &self,
        key: &str,
        customer: Option<&CustomerCast>,
        text: &str,
    ) -> anyhow::Result<()> {
        let (who, side, author) = match customer {
            Some(customer) => (customer.person(), Side::Customer, customer.contact),
            None => (Staff, Side::Staff, "Sam Finch"),
        };
        let comment_id = CommentId(Uuid::new_v5(&id(key), text.as_bytes()));
        let command = EstimateCommand::Comment(CommentOnEstimate {
            comment_id,
            side,
            author: author.to_owned(),
            text: text.to_owned(),
            on: self.on(),
        });
        let step = format!("{key}/comment/{comment_id}");
        self.tell::<Estimate>(&step, who, id(key), command).await
    }

    /// Staff take an offer back.
    pub(super) async fn withdraw(&self, key: &str, reason: &str) -> anyhow::Result<()> {
        let command = EstimateCommand::Withdraw {
            reason: reason.to_owned(),
            on: self.on(),
        };
        let step = format!("{key}/withdraw");
        self.tell::<Estimate>(&step, Staff, id(key), command).await
    }

    /// Staff make an invoice of an accepted revision; it is issued at once.
    pub(super) async fn convert(&self, key: &str, revision: u32) -> anyhow::Result<InvoiceId> {
        let invoice_id = conversion::invoice_id(id(key), revision);
        let command = EstimateCommand::Convert {
            invoice_id,
            on: self.on(),
        };
        self.tell::<Estimate>(&format!("{key}/convert"), Staff, id(key), command)
            .await?;
        let actor = Self::meta("actor", Staff).actor;
        conversion::make_invoice(&self.app, id(key), actor, STORY).await?;
        Ok(invoice_id)
    }

    /// Staff draft an invoice and issue it.
    pub(super) async fn invoice(
        &self,
        key: &str,
        customer: &CustomerCast,
        draft: DocumentDraft,
    ) -> anyhow::Result<InvoiceId> {
        let command = InvoiceCommand::Draft(DraftInvoice {
            customer_id: customer.id(),
            draft,
            source: None,
            on: self.on(),
        });
        self.tell::<Invoice>(&format!("{key}/draft"), Staff, id(key), command)
            .await?;
        let meta = Self::meta(&format!("{key}/issue"), Staff);
        issuing::issue_invoice(&self.app, id(key), None, &meta)
            .await
            .with_context(|| format!("demo step {key}/issue"))?;
        Ok(InvoiceId(id(key)))
    }

    /// A command of staff to an invoice.
    pub(super) async fn tell_invoice(
        &self,
        step: &str,
        invoice: InvoiceId,
        command: InvoiceCommand,
    ) -> anyhow::Result<()> {
        self.tell::<Invoice>(step, Staff, invoice.0, command).await
    }

    /// The customer disputes an invoice, or a line of it.
    pub(super) async fn dispute(
        &self,
        key: &str,
        customer: &CustomerCast,
        invoice: InvoiceId,
        line_id: Option<u32>,
        reason: &str,
    ) -> anyhow::Result<()> {
        let command = InvoiceCommand::Dispute(DisputeInvoice {
            dispute_id: DisputeId(id(key)),
            line_id,
            reason: reason.to_owned(),
            amount: None,
            on: self.on(),
        });
        self.tell::<Invoice>(key, customer.person(), invoice.0, command)
            .await
    }

    /// A transfer comes in; what is not for an invoice is the customer's credit.
    pub(super) async fn transfer(
        &self,
        key: &str,
        customer: &CustomerCast,
        cents: i64,
        invoices: &[(InvoiceId, i64)],
    ) -> anyhow::Result<()> {
        let (on, customer_id) = (self.on(), customer.id());
        let money = |cents| Money::from_minor(cents, customer.currency);
        let allocations = invoices.iter().map(|(invoice_id, cents)| Allocation {
            invoice_id: *invoice_id,
            amount: money(*cents),
        });
        let allocations: Vec<Allocation> = allocations.collect();
        let make = |number| {
            PaymentCommand::Record(RecordPayment {
                number,
                customer_id,
                amount: money(cents),
                allocations: allocations.clone(),
                method: OfflineMethod::BankTransfer,
                reference: Some(customer.name.to_owned()),
                received_on: on,
                on,
            })
        };
        self.tell_numbered::<Payment>(key, Staff, id(key), Series::Payments, make)
            .await?;
        settlement::settle(&self.app, PaymentId(id(key)), STORY).await?;
        Ok(())
    }

    /// A transfer of all that is due on an invoice.
    pub(super) async fn transfer_due(
        &self,
        key: &str,
        customer: &CustomerCast,
        invoice: InvoiceId,
    ) -> anyhow::Result<()> {
        let loaded = self.app.log.load::<Invoice>(invoice.0).await?;
        let drafted = loaded.state.drafted.context("the invoice is not there")?;
        let due = drafted.amount_due().minor();
        self.transfer(key, customer, due, &[(invoice, due)]).await
    }

    /// The customer pays an invoice with the card that is attached.
    pub(super) async fn pay_by_card(&self, key: &str, invoice: InvoiceId) -> anyhow::Result<()> {
        let paid = collecting::collect(&self.app, invoice, PaymentId(id(key)), STORY).await?;
        anyhow::ensure!(paid == Collected::Paid, "demo step {key}: {paid:?}");
        Ok(())
    }

    /// Staff credit an invoice in part or whole, and give it what of the credit it takes.
    pub(super) async fn credit(
        &self,
        key: &str,
        customer: &CustomerCast,
        invoice: InvoiceId,
        lines: Vec<LineDraft>,
        applied: i64,
    ) -> anyhow::Result<()> {
        let (note, on) = (id(key), self.on());
        let command = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id: customer.id(),
            draft: super::cast::document(lines),
            source: Some(CreditNoteSource::Invoice {
                invoice_id: invoice,
            }),
            on,
        });
        self.tell::<CreditNote>(&format!("{key}/draft"), Staff, note, command)
            .await?;
        let meta = Self::meta(&format!("{key}/issue"), Staff);
        issuing::issue_credit_note(&self.app, note, &meta)
            .await
            .with_context(|| format!("demo step {key}/issue"))?;
        if applied > 0 {
            let command = CreditNoteCommand::Allocate {
                invoice_id: invoice,
                amount: Money::from_minor(applied, customer.currency),
                on,
            };
            self.tell::<CreditNote>(&format!("{key}/allocate"), Staff, note, command)
                .await?;
            crediting::apply(&self.app, CreditNoteId(note), STORY).await?;
        }
        Ok(())
    }

    /// Staff subscribe a customer to a plan from today on.
    pub(super) async fn subscribe(
        &self,
        key: &str,
        customer: &CustomerCast,
        (plan, details): (&str, &PlanDetails),
        quantity: i64,
        collection: Collection,
    ) -> anyhow::Result<()> {
        let on = self.on();
        let command = SubscriptionCommand::Start(StartSubscription {
            customer_id: customer.id(),
            terms: Terms {
                plan_id: PlanId(id(plan)),
                plan: details.clone(),
                quantity: Decimal::from(quantity),
            },
            start: on,
            collection,
            end: None,
            on,
        });
        self.tell_subscription(&format!("{key}/start"), key, command)
            .await
    }

    /// A command of staff to a subscription.
    pub(super) async fn tell_subscription(
        &self,
        step: &str,
        key: &str,
        command: SubscriptionCommand,
    ) -> anyhow::Result<()> {
        self.tell::<Subscription>(step, Staff, id(key), command)
            .await
    }

    /// The invoice that bills a period of a subscription.
    pub(super) async fn period_invoice(&self, key: &str, period: u32) -> anyhow::Result<InvoiceId> {
        let loaded = self.app.log.load::<Subscription>(id(key)).await?;
        let started = loaded.state.started.context("no such subscription")?;
        let invoice = started.renewals.get(&period).copied();
        invoice.with_context(|| format!("{key} has not billed period {period}"))
    }
}
