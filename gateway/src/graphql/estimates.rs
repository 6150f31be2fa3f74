//! Estimates: offers made, answered, reworked and made again.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::comparison::compare;
use domain::estimate::{
    AcceptEstimate, DeclineEstimate, DraftEstimate, Estimate as Aggregate, EstimateCommand,
    OfferEstimate, Phase,
};
use domain::ids::CustomerId;
use domain::numbering::Series;
use projections::{
    EstimateFilter, EstimateRow, EstimateSort as RowSort, RevisionRow, count_estimates,
    find_acceptance_time, find_customer, find_estimate, find_invoice, find_organisation,
    list_estimates, list_revisions,
};

use super::act::{Outcome, Refusal as _, act, act_numbered, find, not_found, query, shown};
use super::context::{app, metadata, require_allowed, require_staff, require_viewer};
use super::customers::{Customer, customer_of};
use super::documents::{ComparedLine, Document, DocumentInput, not_billed};
use super::error::{UserError, bad_input, internal};
use super::invoices::Invoice;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::payments::is_retry;
use super::scalars::{Date, DateTime, Decimal, Uuid};
use super::thread::{ThreadEntry, thread_of};
use crate::process::conversion::{self, NotFirst};

/// Where an estimate stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::EstimateState")]
pub enum EstimateState {
    /// Being written or reworked.
    Draft,
    /// Thrown away before it was offered.
    Discarded,
    /// Waiting for the customer's answer (see also `expired`).
    Offered,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined,
    /// Taken back by staff.
    Withdrawn,
    /// Turned into an invoice.
    Invoiced,
}

/// An offer to a customer, through all of its revisions.
pub struct Estimate(pub EstimateRow);

#[Object]
impl Estimate {
    /// The estimate's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its events.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Assigned with the first offer.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Where it stands.
    async fn state(&self) -> EstimateState {
        self.0.state.into()
    }

    /// Whether the open offer is past its last day.
    async fn expired(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.is_expired(app(ctx)?.today()))
    }

    /// The newest revision that the viewer may see; goes into `acceptEstimate` and `declineEstimate`.
    async fn revision(&self, ctx: &Context<'_>) -> Result<u32> {
        let contact = require_viewer(ctx)?.only_customer().is_some();
        Ok(if contact {
            self.0.offered_revision.unwrap_or(self.0.revision)
        } else {
            self.0.revision
        })
    }

    /// What the newest offer (before the first: the draft) comes to.
    async fn total(&self) -> Money {
        Money(self.0.total)
    }

    /// Date of the newest offer, before the first of the draft.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// The last day on which the newest offer can be accepted.
    async fn valid_until(&self) -> Option<Date> {
        self.0.valid_until.map(Date)
    }

    /// For whom.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// Every revision, the oldest first; a contact sees those that were offered.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn revisions(&self, ctx: &Context<'_>) -> Result<Vec<EstimateRevision>> {
        let rows = find(ctx, |db, viewer| list_revisions(db, viewer, &[self.0.id]))?;
        Ok(rows.into_iter().map(EstimateRevision).collect())
    }

    /// Two revisions compared line by line; left out, the newest two that the viewer may see.
    async fn comparison(
        &self,
        ctx: &Context<'_>,
        from: Option<u32>,
        to: Option<u32>,
    ) -> Result<Option<Comparison>> {
        let rows = find(ctx, |db, viewer| list_revisions(db, viewer, &[self.0.id]))?;
        let newest = rows.last().map_or(0, |row| row.revision);
        let to = to.unwrap_or(newest);
        let from = from.unwrap_or(to.saturating_sub(1));
        let row = |revision| {
            rows.iter()
                .find(|row: &&RevisionRow| row.revision == revision)
                .cloned()
        };
        Ok(row(from)
            .zip(row(to))
            .map(|(before, after)| Comparison { before, after }))
    }

    /// What both sides have said about it: offers, answers and comments, the oldest first.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn thread(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, ThreadEntry, EmptyFields, EmptyFields>> {
        thread_of(ctx, self.0.id, first, after.as_deref())
    }

    /// The invoice over its deposit; null once that was voided.
    async fn deposit_invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let Some(id) = self.0.deposit_id else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }

    /// The invoice it became.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let Some(id) = self.0.invoice_id else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }
}

/// One revision of an estimate.
pub struct EstimateRevision(RevisionRow);

#[Object]
impl EstimateRevision {
    /// From 1.
    async fn revision(&self) -> u32 {
        self.0.revision
    }

    /// What it comes to.
    async fn total(&self) -> Money {
        Money(self.0.total)
    }

    /// What it says.
    async fn document(&self) -> Document {
        Document(self.0.document.clone())
    }

    /// When it was drafted.
    async fn drafted_on(&self) -> Date {
        self.0.drafted_on.into()
    }

    /// When it was offered.
    async fn offered_on(&self) -> Option<Date> {
        self.0.offered_on.map(Date)
    }

    /// The last day on which it can be accepted.
    async fn valid_until(&self) -> Option<Date> {
        self.0.valid_until.map(Date)
    }

    /// When the customer first looked at it.
    async fn viewed_on(&self) -> Option<Date> {
        self.0.viewed_on.map(Date)
    }

    /// `accepted`, `declined` or `withdrawn`.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// When it was answered.
    async fn answered_on(&self) -> Option<Date> {
        self.0.answered_on.map(Date)
    }

    /// When it was accepted, to the second; null where it is not accepted.
    async fn accepted_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        if self.0.answer.as_deref() != Some("accepted") {
            return Ok(None);
        }
        let (estimate, revision) = (self.0.estimate_id, self.0.revision);
        let at = find(ctx, |db, viewer| {
            find_acceptance_time(db, viewer, estimate, revision)
        })?;
        Ok(at.map(Into::into))
    }

    /// The name typed with an acceptance.
    async fn answered_by(&self) -> Option<&str> {
        self.0.answered_by.as_deref()
    }

    /// Why it was declined or withdrawn.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What would be accepted instead.
    async fn would_accept(&self) -> Option<&str> {
        self.0.would_accept.as_deref()
    }

    /// Percent of it that is billed first once it is accepted.
    async fn deposit_percent(&self) -> Option<Decimal> {
        self.0.deposit_percent.map(Decimal)
    }

    /// What of it is billed first once it is accepted, taxes and all.
    async fn deposit(&self) -> Option<Money> {
        self.0.deposit().map(|deposit| Money(deposit.total))
    }

    /// What the acceptance agreed to, word for word; null where it is not accepted, or was before this was kept.
    async fn agreed(&self) -> Option<Agreed> {
        self.0.agreed.clone().map(|agreed| Agreed {
            total: Money(agreed.total),
            deposit: agreed.deposit.map(Money),
            terms: agreed.terms,
        })
    }
}

/// What an acceptance agreed to.
#[derive(SimpleObject)]
pub struct Agreed {
    /// What the revision came to.
    total: Money,
    /// What of it is billed first.
    deposit: Option<Money>,
    /// The terms that were agreed to.
    terms: Option<String>,
}

/// Two revisions compared.
pub struct Comparison {
    before: RevisionRow,
    after: RevisionRow,
}

#[Object]
impl Comparison {
    /// The earlier revision.
    async fn from(&self) -> u32 {
        self.before.revision
    }

    /// The later revision.
    async fn to(&self) -> u32 {
        self.after.revision
    }

    /// What the earlier one came to.
    async fn total_before(&self) -> Money {
        Money(self.before.total)
    }

    /// What the later one comes to.
    async fn total_after(&self) -> Money {
        Money(self.after.total)
    }

    /// Line by line, in the order of the later one; lines that are gone come last.
    #[graphql(complexity = "1 + child_complexity * 20")]
    async fn lines(&self) -> Vec<ComparedLine> {
        let currency = self.after.document.currency;
        let changes = compare(&self.before.document, &self.after.document);
        changes
            .into_iter()
            .map(|change| ComparedLine::new(change, currency))
            .collect()
    }
}

/// Which estimates are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct EstimateFilterInput {
    /// In one of these states.
    states: Option<Vec<EstimateState>>,
    /// Offered, and past their last day (true) or not (false).
    expired: Option<bool>,
    /// Of this customer.
    customer_id: Option<Uuid>,
    /// Whose number begins so.
    number: Option<String>,
    /// That hold all these words, or words that begin so, in number, customer's name, notes or lines; 2 to 100
    /// characters. At most the newest 10,000 are found.
    text: Option<String>,
    /// Offered, not past their last day, but past it in so many days (0 to 366): what to remind customers of.
    expiring_within_days: Option<u16>,
}

impl EstimateFilterInput {
    fn for_day(self, today: time::Date) -> Result<EstimateFilter> {
        let expiring = self.expiring_within_days;
        if expiring.is_some_and(|days| days > 366) {
            return Err(bad_input("expiringWithinDays", "must be at most 366"));
        }
        let until = |days| today.saturating_add(time::Duration::days(i64::from(days)));
        Ok(EstimateFilter {
            states: self
                .states
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            expired: self.expired.map(|expired| (expired, today)),
            customer_id: self.customer_id.map(|id| id.0),
            number: lists::number("number", self.number)?,
            text: lists::text("text", self.text.as_deref())?,
            expiring: expiring.map(|days| (today, until(days))),
        })
    }
}

/// What estimates are sorted by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::EstimateSort")]
pub enum EstimateSort {
    /// Date of the newest offer, before the first of the draft.
    Dated,
    /// The last day of the newest offer; what was never offered is last.
    ValidUntil,
}

/// Beside a page of estimates.
pub struct EstimatesInAll {
    filter: EstimateFilter,
}

#[Object]
impl EstimatesInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| count_estimates(db, viewer, &filter)).await
    }
}

/// A new estimate.
#[derive(InputObject)]
pub struct DraftEstimateInput {
    /// For whom.
    customer_id: Uuid,
    /// What it shall say.
    document: DocumentInput,
}

/// A draft written anew, or an offer reworked.
#[derive(InputObject)]
pub struct ReviseEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// What it shall say.
    document: DocumentInput,
}

/// An offer to be made.
#[derive(InputObject)]
pub struct OfferEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// The last day on which it can be accepted; left out, as the settings say.
    valid_until: Option<Date>,
    /// Percent of it that is billed first once it is accepted, 0 to 100, at most four places; 0 for no deposit. Left
    /// out, as the settings say.
    deposit_percent: Option<Decimal>,
}

/// An acceptance.
#[derive(InputObject)]
pub struct AcceptEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The revision that the person saw.
    revision: u32,
    /// The name of the person who accepts, as typed.
    name: String,
    /// Whether the person agrees to the revision's terms; refused without where it has some.
    #[graphql(default)]
    terms_accepted: bool,
}

/// A refusal that asks for a better offer.
#[derive(InputObject)]
pub struct DeclineEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The revision that the person saw.
    revision: u32,
    /// Why.
    reason: String,
    /// What would be accepted instead.
    would_accept: Option<String>,
}

/// Something done to an estimate for a reason.
#[derive(InputObject)]
pub struct EstimateReasonInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Why.
    reason: String,
}

/// A first draft to be thrown away.
#[derive(InputObject)]
pub struct DiscardEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
}

/// What becomes of a deposit invoice that is still a draft when its estimate is invoiced.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::process::conversion::UnissuedDeposit")]
pub enum UnissuedDeposit {
    /// It is issued first, and the invoice over the whole takes it off.
    Issue,
    /// It is discarded, and the invoice is over the whole.
    Drop,
}

/// An accepted estimate to be invoiced.
#[derive(InputObject)]
pub struct ConvertEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// What becomes of a deposit invoice that is still a draft. Needed where there is one, else refused with
    /// DEPOSIT_NOT_ISSUED; without meaning where there is none.
    deposit: Option<UnissuedDeposit>,
}

/// The outcome of something done to an estimate.
#[derive(SimpleObject)]
pub struct EstimatePayload {
    /// The estimate now.
    estimate: Option<Estimate>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Queries about estimates.
#[derive(Default)]
pub struct EstimateQuery;

#[Object]
impl EstimateQuery {
    /// An estimate; null where there is none that the viewer may see.
    async fn estimate(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Estimate>> {
        Ok(find(ctx, |db, viewer| find_estimate(db, viewer, id.0))?.map(Estimate))
    }

    /// Estimates, by default the newest first. Discarded drafts are listed only where their state is asked for.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn estimates(
        &self,
        ctx: &Context<'_>,
        filter: Option<EstimateFilterInput>,
        #[graphql(default_with = "EstimateSort::Dated")] sort: EstimateSort,
        #[graphql(default = true)] descending: bool,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Estimate, EstimatesInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = filter.unwrap_or_default().for_day(app(ctx)?.today())?;
        let (wanted, sort) = (filter.clone(), (RowSort::from(sort), descending));
        let slice = query(ctx, move |db, viewer| {
            list_estimates(db, viewer, &wanted, sort, &page)
        })
        .await?;
        Ok(connection(
            slice,
            has_previous,
            EstimatesInAll { filter },
            Estimate,
        ))
    }
}

/// Mutations of estimates.
#[derive(Default)]
pub struct EstimateMutation;

#[Object]
impl EstimateMutation {
    /// Writes the first draft of an estimate; staff only.
    async fn draft_estimate(
        &self,
        ctx: &Context<'_>,
        input: DraftEstimateInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let customer_id = input.customer_id.0;
        if find(ctx, |db, viewer| find_customer(db, viewer, customer_id))?.is_none() {
            return Ok(EstimatePayload {
                estimate: None,
                user_errors: vec![not_found("customerId")],
            });
        }
        if let Some(refused) = not_billed(ctx, &input.document)? {
            let user_errors = vec![refused.under("document")];
            return Ok(EstimatePayload {
                estimate: None,
                user_errors,
            });
        }
        let meta = metadata(ctx, "")?;
        let id = uuid::Uuid::new_v5(&meta.command_id, b"estimate");
        let command = EstimateCommand::Draft(DraftEstimate {
            customer_id: CustomerId(customer_id),
            draft: input.document.into(),
            on: app(ctx)?.today(),
        });
        let refused = act::<Aggregate>(ctx, id, command, &meta).await?.err();
        payload(ctx, id, refused.map(|error| error.under("document")))
    }

    /// Writes the current draft anew; staff only.
    async fn revise_estimate_draft(
        &self,
        ctx: &Context<'_>,
        input: ReviseEstimateInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = EstimateCommand::ReviseDraft {
            draft: input.document.into(),
            on,
        };
        send(ctx, input.estimate_id, command, input.expected_version).await
    }

    /// Throws the first draft away, as long as it was never offered; staff only.
    async fn discard_estimate(
        &self,
        ctx: &Context<'_>,
        input: DiscardEstimateInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = EstimateCommand::DiscardDraft { on };
        send(ctx, input.estimate_id, command, input.expected_version).await
    }

    /// Offers the first revision; staff only.
    async fn offer_estimate(
        &self,
        ctx: &Context<'_>,
        input: OfferEstimateInput,
    ) -> Result<EstimatePayload> {
        offer(ctx, input, true, EstimateCommand::Offer).await
    }

    /// Accepts a revision: the one that was seen, or it is refused as superseded.
    async fn accept_estimate(
        &self,
        ctx: &Context<'_>,
        input: AcceptEstimateInput,
    ) -> Result<EstimatePayload> {
        require_allowed(ctx, |portal| portal.accept)?;
        let command = EstimateCommand::Accept(AcceptEstimate {
            revision: input.revision,
            name: input.name,
            terms_accepted: input.terms_accepted,
            on: app(ctx)?.today(),
        });
        send(ctx, input.estimate_id, command, None).await
    }

    /// Declines a revision, asking for a better offer.
    async fn decline_estimate(
        &self,
        ctx: &Context<'_>,
        input: DeclineEstimateInput,
    ) -> Result<EstimatePayload> {
        require_allowed(ctx, |portal| portal.decline)?;
        let command = EstimateCommand::Decline(DeclineEstimate {
            revision: input.revision,
            reason: input.reason,
            would_accept: input.would_accept,
            on: app(ctx)?.today(),
        });
        send(ctx, input.estimate_id, command, None).await
    }

    /// Reworks a declined, expired, withdrawn or open offer into a draft of the next revision; staff only.
    async fn rework_estimate(
        &self,
        ctx: &Context<'_>,
        input: ReviseEstimateInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = EstimateCommand::Rework {
            draft: input.document.into(),
            on,
        };
        send(ctx, input.estimate_id, command, input.expected_version).await
    }

    /// Offers the reworked revision; staff only.
    async fn reoffer_estimate(
        &self,
        ctx: &Context<'_>,
        input: OfferEstimateInput,
    ) -> Result<EstimatePayload> {
        offer(ctx, input, false, EstimateCommand::Reoffer).await
    }

    /// Takes an open offer back; staff only.
    async fn withdraw_estimate(
        &self,
        ctx: &Context<'_>,
        input: EstimateReasonInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = EstimateCommand::Withdraw {
            reason: input.reason,
            on,
        };
        send(ctx, input.estimate_id, command, input.expected_version).await
    }

    /// Undoes an acceptance that is not invoiced yet; the offer is open again. Staff only.
    async fn undo_acceptance(
        &self,
        ctx: &Context<'_>,
        input: EstimateReasonInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = EstimateCommand::UndoAcceptance {
            reason: input.reason,
            on,
        };
        send(ctx, input.estimate_id, command, input.expected_version).await
    }

    /// Turns an accepted estimate into an invoice; staff only. The answer's `estimate.invoice` is that invoice. A deposit
    /// comes first: where its invoice is still a draft, `deposit` says whether it is issued or dropped.
    async fn convert_estimate(
        &self,
        ctx: &Context<'_>,
        input: ConvertEstimateInput,
    ) -> Result<EstimatePayload> {
        require_staff(ctx)?;
        convert(ctx, input).await
    }
}

async fn convert(ctx: &Context<'_>, input: ConvertEstimateInput) -> Result<EstimatePayload> {
    let (app, estimate_id) = (app(ctx)?, input.estimate_id);
    let Some(row) = find(ctx, |db, viewer| find_estimate(db, viewer, estimate_id.0))? else {
        return Ok(EstimatePayload {
            estimate: None,
            user_errors: vec![not_found("estimateId")],
        });
    };
    if find(ctx, |db, _| find_organisation(db))?.is_none() {
        let why = "register the organisation first: it stands on every invoice";
        return payload(ctx, row.id, Some(UserError::new(&[], "NOT_READY", why)));
    }
    let invoice_id = conversion::invoice_id(row.id, row.revision);
    let expectation = app.reads.expect(invoice_id.0);
    let command = EstimateCommand::Convert {
        invoice_id,
        on: app.today(),
    };
    let meta = metadata(ctx, "")?;
    let expected = match is_retry(ctx, &meta).await? {
        true => None, // It is converted: the log answers without deciding again.
        false => match deposit_first(ctx, row.id, &input).await? {
            Ok(expected) => expected,
            Err(refused) => return payload(ctx, row.id, Some(refused)),
        },
    };
    let meta = meta.expecting(expected);
    let executed = match act::<Aggregate>(ctx, row.id, command, &meta).await? {
        Ok(executed) => executed,
        Err(refused) => return payload(ctx, row.id, Some(refused)),
    };
    let version = if executed.replayed || !executed.events.is_empty() {
        let made = conversion::make_invoice(app, row.id, meta.actor, meta.correlation_id);
        made.await.map_err(internal)?
    } else {
        1 // Whoever converted it before makes the invoice, which may be anywhere by now.
    };
    shown(ctx, invoice_id.0, &expectation, version).await?;
    payload(ctx, row.id, None)
}

/// Whatever is refused afterwards is refused before: a deposit is not issued or dropped for a conversion that fails.
/// Answers with the version that the conversion expects: dropping a deposit is a change of the estimate too.
async fn deposit_first(
    ctx: &Context<'_>,
    estimate: uuid::Uuid,
    input: &ConvertEstimateInput,
) -> Outcome<Option<u64>> {
    let (app, meta) = (app(ctx)?, metadata(ctx, "deposit")?);
    let loaded = app.log.load::<Aggregate>(estimate).await;
    let loaded = loaded.map_err(internal)?;
    let begun = is_retry(ctx, &meta).await?;
    let stale = input.expected_version.is_some_and(|v| v != loaded.version);
    let accepted = loaded.state.drafted.as_ref();
    let accepted = accepted.is_some_and(|d| matches!(d.phase, Phase::Accepted { .. }));
    if !accepted || (stale && !begun) {
        return Ok(Ok(input.expected_version)); // The conversion itself is refused.
    }
    let unissued = input.deposit.map(Into::into);
    let settled = conversion::deposit_first(app, estimate, unissued, &meta).await;
    Ok(
        match settled.map_err(|fault| internal(format!("{fault:#}")))? {
            Ok(released) => {
                let dropped = begun && input.deposit == Some(UnissuedDeposit::Drop);
                let more = u64::from(released || dropped);
                Ok(input.expected_version.map(|version| version + more))
            }
            Err(NotFirst::Undecided) => {
                let why =
                    "the deposit invoice is still a draft: say whether it is issued or dropped";
                Err(UserError::new(
                    &["input", "deposit"],
                    "DEPOSIT_NOT_ISSUED",
                    why,
                ))
            }
            Err(NotFirst::Refused(refusal)) => Err(refusal.user_error()),
            Err(NotFirst::NotReady(why)) => Err(UserError::new(&[], "NOT_READY", why)),
        },
    )
}

/// Estimates are answered by the customer, or by staff who have the answer from it.
async fn offer(
    ctx: &Context<'_>,
    input: OfferEstimateInput,
    numbered: bool,
    command: fn(OfferEstimate) -> EstimateCommand,
) -> Result<EstimatePayload> {
    require_staff(ctx)?;
    let id = input.estimate_id.0;
    if find(ctx, |db, viewer| find_estimate(db, viewer, id))?.is_none() {
        return Ok(EstimatePayload {
            estimate: None,
            user_errors: vec![not_found("estimateId")],
        });
    }
    let on = app(ctx)?.today();
    let valid_until = match input.valid_until {
        Some(date) => date.0,
        None => usual_validity(ctx, on)?,
    };
    let deposit_percent = match input.deposit_percent {
        Some(percent) => Some(percent.0).filter(|percent| !percent.is_zero()),
        None => app(ctx)?.settings().deposit_percent,
    };
    let meta = metadata(ctx, "")?.expecting(input.expected_version);
    let make = |number| {
        command(OfferEstimate {
            number,
            valid_until,
            deposit_percent,
            on,
        })
    };
    let refused = match numbered {
        true => {
            let make = |_: &Aggregate, number| make(number);
            act_numbered(ctx, id, Series::Estimates, &meta, make)
                .await?
                .err()
        }
        // It keeps the number of its first offer.
        false => act::<Aggregate>(ctx, id, make(String::new()), &meta)
            .await?
            .err(),
    };
    payload(ctx, id, refused)
}

fn usual_validity(ctx: &Context<'_>, on: time::Date) -> Result<time::Date> {
    let days =
        find(ctx, |db, _| find_organisation(db))?.map_or(30, |row| row.settings.offer_valid_days);
    Ok(on.saturating_add(time::Duration::days(i64::from(days))))
}

pub(super) async fn send(
    ctx: &Context<'_>,
    id: Uuid,
    command: EstimateCommand,
    expected_version: Option<u64>,
) -> Result<EstimatePayload> {
    let of_document = matches!(
        command,
        EstimateCommand::ReviseDraft { .. } | EstimateCommand::Rework { .. }
    );
    let refused = try_send(ctx, id.0, command, expected_version).await?.err();
    let refused = refused.map(|error| {
        if of_document {
            error.under("document")
        } else {
            error
        }
    });
    payload(ctx, id.0, refused)
}

/// Sends a command to an estimate that the viewer may see.
async fn try_send(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: EstimateCommand,
    expected_version: Option<u64>,
) -> Outcome<()> {
    if find(ctx, |db, viewer| find_estimate(db, viewer, id))?.is_none() {
        return Ok(Err(not_found("estimateId")));
    }
    let meta = metadata(ctx, "")?.expecting(expected_version);
    Ok(act::<Aggregate>(ctx, id, command, &meta).await?.map(|_| ()))
}

/// Notes that a contact looked at a revision; what others look at is not noted.
pub(super) async fn mark_viewed(ctx: &Context<'_>, id: uuid::Uuid, revision: u32) -> Outcome<()> {
    let on = app(ctx)?.today();
    try_send(ctx, id, EstimateCommand::MarkViewed { revision, on }, None).await
}

pub(super) fn payload(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    refused: Option<UserError>,
) -> Result<EstimatePayload> {
    Ok(EstimatePayload {
        estimate: find(ctx, |db, viewer| find_estimate(db, viewer, id))?.map(Estimate),
        user_errors: refused.into_iter().collect(),
    })
}
