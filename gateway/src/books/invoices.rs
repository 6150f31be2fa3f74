//! Importing invoices and credit notes: each whole or not at all.

use cqrs_es::Aggregate as _;
use domain::document::{Discount, DocumentDraft};
use domain::ids::{CustomerId, DisputeId, InvoiceId, PaymentId};
use domain::invoice::{
    DisputeInvoice, DisputeOutcome, DraftInvoice, Invoice, InvoiceCommand, IssueInvoice,
};
use domain::money::Money;
use domain::party::Party;
use domain::payment::{Allocation, Payment, PaymentCommand, RecordPayment};
use eventlog::Metadata;
use futures::StreamExt as _;
use serde_json::{Value, json};
use time::Duration;

use super::credit_notes;
use super::customers::{AT_ONCE, Named};
use super::documents::{Content, Document, Documents};
use super::import::{Import, Known, Refused, Tally};
use super::mapping::Method;
use super::reading::Settlement;
use super::refusals::{Finding, Report};
use crate::process::settlement;
use crate::progress::Bar;

const INVOICES: &str = "invoices";

/// Imports the documents of a file by their dates, several at once.
pub(super) async fn run(import: &Import, report: &mut Report) -> anyhow::Result<Tally> {
    let documents = Documents::of(&import.columns)?;
    let (rows, blank) = documents.counted();
    let mut tally = Tally {
        rows,
        blank,
        ..Tally::default()
    };
    let bar = Bar::counting("importing documents", "rows");
    let named = Named::default();
    // Customers one after the other, so that the first document registers each; documents several at once.
    let done = futures::stream::iter(documents)
        .then(|document: anyhow::Result<Document>| with_buyer(import, &named, document))
        .map(|ready| async { import_one(import, ready?).await })
        .buffered(AT_ONCE);
    let mut done = std::pin::pin!(done);
    let mut rows_done = 0;
    while let Some(outcome) = done.next().await {
        let outcome = outcome?;
        outcome.count(&mut tally);
        report.add(&outcome.findings)?;
        rows_done += i64::try_from(outcome.rows).unwrap_or(0);
        bar.at(rows_done, i64::try_from(tally.rows).unwrap_or(i64::MAX));
    }
    Ok(tally)
}

/// What became of one document.
struct Outcome {
    rows: usize,
    findings: Vec<Finding>,
    customer_is_new: bool,
    end: End,
}

pub(super) enum End {
    /// In, whether new or known: what it is and comes to.
    In {
        what: &'static str,
        total: Money,
        new: bool,
    },
    Refused,
    /// Left out on purpose, or a row that stands twice.
    LeftOut {
        skipped: bool,
    },
}

impl Outcome {
    fn count(&self, tally: &mut Tally) {
        if self.customer_is_new {
            tally.add("customers", true);
        }
        match self.end {
            End::In { what, total, new } => {
                tally.add(what, new);
                *tally.sums.entry((what, total.currency.code())).or_default() += total.amount;
            }
            End::Refused => tally.refused += 1,
            End::LeftOut { skipped } => tally.skipped += u64::from(skipped),
        }
    }
}

/// A document and the customer as it stands on it.
struct Ready {
    document: Document,
    buyer: Option<Party>,
    customer_is_new: bool,
}

async fn with_buyer(
    import: &Import,
    named: &Named,
    document: anyhow::Result<Document>,
) -> anyhow::Result<Ready> {
    let mut ready = Ready {
        document: document?,
        buyer: None,
        customer_is_new: false,
    };
    let refused = ready.document.is_refused();
    if let Some(content) = ready.document.content.as_ref().filter(|_| !refused) {
        let found = named
            .find(import, &content.customer, content.issued)
            .await?;
        match found {
            Ok((party, is_new)) => (ready.buyer, ready.customer_is_new) = (Some(party), is_new),
            Err(refused) => ready.document.refuse_by(&import.columns, &refused),
        }
    }
    Ok(ready)
}

async fn import_one(import: &Import, ready: Ready) -> anyhow::Result<Outcome> {
    let Ready {
        mut document,
        buyer,
        customer_is_new,
    } = ready;
    let mut end = End::LeftOut {
        skipped: document.skipped,
    };
    if !document.is_refused()
        && let (Some(content), Some(buyer)) = (document.content.take(), buyer)
    {
        match bring_in(import, &document.number, &content, buyer).await? {
            Ok(brought_in) => end = brought_in,
            Err(refused) => document.refuse_by(&import.columns, &refused),
        }
    }
    if document.is_refused() && !document.is_rest {
        end = End::Refused;
    }
    Ok(Outcome {
        rows: document.rows.len(),
        findings: document.report(),
        customer_is_new,
        end,
    })
}

async fn bring_in(
    import: &Import,
    number: &str,
    content: &Content,
    buyer: Party,
) -> anyhow::Result<Result<End, Refused>> {
    if content.credit_note {
        return credit_notes::bring_in(import, number, content, buyer).await;
    }
    let plan = match Plan::make(import, number, content, buyer) {
        Ok(plan) => plan,
        Err(refused) => return Ok(Err(refused)),
    };
    let end = |new| End::In {
        what: INVOICES,
        total: plan.total,
        new,
    };
    match import.known(plan.last()).await? {
        Known::Other => return Ok(Err(Refused::changed())),
        Known::Same if import.dry_run => return Ok(Ok(end(false))),
        // Disputed since: the commands before the last are not all in.
        Known::Same if content.disputed => {
            return Ok(plan.carry_out(import).await?.map(|()| end(false)));
        }
        Known::Same => return Ok(plan.finish(import).await?.map(|()| end(false))),
        Known::No => {}
    }
    if let Err(refused) = import.check_number(number, plan.id.0, false).await? {
        return Ok(Err(refused));
    }
    if import.dry_run {
        return Ok(Ok(end(true)));
    }
    Ok(plan.carry_out(import).await?.map(|()| end(true)))
}

/// The commands that bring an invoice in, tried beforehand: what the domain refuses never leaves half a document.
struct Plan {
    id: InvoiceId,
    total: Money,
    steps: Vec<(Metadata, InvoiceCommand)>,
    payment: Option<PaymentPlan>,
}

struct PaymentPlan {
    id: PaymentId,
    meta: Metadata,
    command: PaymentCommand,
    /// Settles the invoice, under the very id that the settlement process would use.
    apply: (Metadata, InvoiceCommand),
}

impl Plan {
    fn make(
        import: &Import,
        number: &str,
        content: &Content,
        buyer: Party,
    ) -> Result<Self, Refused> {
        let id = InvoiceId(import.id(&format!("invoice/{number}")));
        let said = fingerprint(number, content);
        let customer_id = CustomerId(import.customer_id(&content.customer.key));
        let (on, terms) = (
            content.issued,
            i64::from(content.customer.payment_terms_days),
        );
        let due_date = content
            .due
            .unwrap_or_else(|| on.saturating_add(Duration::days(terms)));
        let step = |name: &str, command| {
            (
                import.meta(&format!("invoice/{number}/{name}"), &said.to_string()),
                command,
            )
        };
        let mut plan = Self {
            id,
            total: Money::zero(content.draft.currency),
            steps: vec![],
            payment: None,
        };
        let draft = DraftInvoice {
            customer_id,
            draft: content.draft.clone(),
            source: None,
            on,
        };
        plan.steps.push(step("draft", InvoiceCommand::Draft(draft)));
        let issue = IssueInvoice {
            number: number.to_owned(),
            due_date,
            seller: import.seller.clone(),
            buyer,
            on,
        };
        plan.steps.push(step("issue", InvoiceCommand::Issue(issue)));
        if let Some(said) = import
            .columns
            .mapping
            .dispute
            .as_ref()
            .filter(|_| content.disputed)
        {
            let dispute_id = DisputeId(import.id(&format!("invoice/{number}/dispute")));
            let dispute = InvoiceCommand::Dispute(DisputeInvoice {
                dispute_id,
                line_id: None,
                reason: said.reason.clone(),
                amount: None,
                on,
            });
            plan.steps.push(step("dispute", dispute));
            if let Some(settlement) = &content.settlement {
                let settle = InvoiceCommand::SettleDispute {
                    dispute_id,
                    outcome: DisputeOutcome::Rejected,
                    words: said.resolution.clone(),
                    on: settlement.on.max(on),
                };
                plan.steps.push(step("dispute/settle", settle));
            }
        }
        let mut invoice = Invoice::default();
        for (_, command) in &plan.steps {
            tell(&mut invoice, command.clone())?;
        }
        if let Some(drafted) = &invoice.drafted {
            plan.total = drafted.document.total();
        }
        if let Some(settlement) = content
            .settlement
            .as_ref()
            .filter(|_| !plan.total.is_zero())
        {
            plan.pay(
                import,
                (number, &said),
                customer_id,
                settlement,
                &mut invoice,
            )?;
        }
        Ok(plan)
    }

    /// Money that came in for it: recorded on that day, and applied as far as the invoice goes; the rest is credit.
    fn pay(
        &mut self,
        import: &Import,
        (number, said): (&str, &Value),
        customer_id: CustomerId,
        settlement: &Settlement,
        invoice: &mut Invoice,
    ) -> Result<(), Refused> {
        let currency = self.total.currency;
        let amount = settlement.amount.unwrap_or(self.total.amount);
        let applied = Money::rounded(amount.min(self.total.amount), currency);
        let id = PaymentId(import.id(&format!("invoice/{number}/payment")));
        let method = import.columns.mapping.settlement.as_ref();
        let command = PaymentCommand::Record(RecordPayment {
            number: settlement.number.clone(),
            customer_id,
            amount: Money { amount, currency },
            allocations: vec![Allocation {
                invoice_id: self.id,
                amount: applied,
            }],
            method: method.map_or(Method::Other, |said| said.method).into(),
            reference: Some(number.to_owned()),
            received_on: settlement.on,
            on: settlement.on,
        });
        Payment::default()
            .decide(command.clone())
            .map_err(|refusal| Refused::by(&refusal).within("settlement"))?;
        let apply = InvoiceCommand::ApplyPayment {
            round: 1,
            payment_id: id,
            amount: applied,
            on: settlement.on,
        };
        tell(invoice, apply.clone())?;
        let paid = json!([
            said,
            settlement.on.to_string(),
            amount.normalize().to_string()
        ]);
        let meta = import.meta(&format!("invoice/{number}/payment"), &paid.to_string());
        let applying = settlement::apply_meta(id, 1, self.id, meta.correlation_id);
        self.payment = Some(PaymentPlan {
            id,
            meta,
            command,
            apply: (applying, apply),
        });
        Ok(())
    }

    /// The last command whose content is told apart: where it is recorded, so are all before it.
    fn last(&self) -> &Metadata {
        match &self.payment {
            Some(payment) => &payment.meta,
            None => &self.steps[self.steps.len() - 1].0,
        }
    }

    async fn carry_out(&self, import: &Import) -> anyhow::Result<Result<(), Refused>> {
        for (meta, command) in &self.steps {
            let sent = import
                .send::<Invoice>(self.id.0, command.clone(), meta)
                .await?;
            if sent.is_err() {
                return Ok(sent);
            }
        }
        if let Some(payment) = &self.payment {
            let command = payment.command.clone();
            let sent = import
                .send::<Payment>(payment.id.0, command, &payment.meta)
                .await?;
            if sent.is_err() {
                return Ok(sent);
            }
        }
        self.finish(import).await
    }

    /// What may be left to do after a crash behind the last command that is told apart.
    async fn finish(&self, import: &Import) -> anyhow::Result<Result<(), Refused>> {
        match &self.payment {
            None => Ok(Ok(())),
            Some(payment) => {
                let (meta, command) = &payment.apply;
                import
                    .send::<Invoice>(self.id.0, command.clone(), meta)
                    .await
            }
        }
    }
}

fn tell(invoice: &mut Invoice, command: InvoiceCommand) -> Result<(), Refused> {
    let events = invoice
        .decide(command)
        .map_err(|refusal| Refused::by(&refusal))?;
    events.into_iter().for_each(|event| invoice.apply(event));
    Ok(())
}

/// What a document says, in a form that does not change with this program: its hash tells other content apart.
pub(super) fn fingerprint(number: &str, content: &Content) -> Value {
    let date = |date: Option<time::Date>| date.map(|date| date.to_string());
    json!([
        number,
        content.customer.key,
        date(Some(content.issued)),
        date(content.due),
        draft_text(&content.draft),
    ])
}

fn draft_text(draft: &DocumentDraft) -> Value {
    let decimal = |value: rust_decimal::Decimal| value.normalize().to_string();
    let discount = |discount: Option<Discount>| match discount {
        None => Value::Null,
        Some(Discount::Percent(percent)) => json!(["%", decimal(percent)]),
        Some(Discount::Amount(amount)) => json!(["amount", decimal(amount)]),
    };
    let lines = draft.lines.iter().map(|line| {
        json!([
            line.description,
            decimal(line.quantity),
            decimal(line.unit_price),
            discount(line.discount),
            line.tax.category.code(),
            decimal(line.tax.percent),
        ])
    });
    json!([
        draft.currency.code(),
        format!("{:?}", draft.prices),
        lines.collect::<Vec<Value>>(),
        discount(draft.discount),
        draft.notes,
        draft.terms,
    ])
}
