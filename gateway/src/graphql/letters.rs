//! Letters to the merchant and reviews of it, by contacts as the portal settings allow; read by both sides.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::customer::{
    Customer as Aggregate, CustomerCommand, MailMerchant, Review as DomainReview, ReviewMerchant,
};
use domain::ids::ContactId;
use domain::organisation::PortalSettings;
use projections::{MessageRow, Reach, ReviewRow, list_messages, list_reviews};

use super::act::{Outcome, act, query};
use super::context::{app, metadata, require_allowed, require_viewer};
use super::customers::{Customer, customer_of};
use super::error::{UserError, forbidden};
use super::lists::{self, ListCursor, connection};
use super::quota::spend;
use super::scalars::{Date, Uuid};

/// A contact's letter to the merchant.
pub struct Message(MessageRow);

#[Object]
impl Message {
    /// Its id: no other message has it.
    async fn id(&self) -> String {
        self.0.position.to_string()
    }

    /// From which customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// From which contact.
    async fn contact_id(&self) -> Uuid {
        self.0.contact_id.into()
    }

    /// The contact's name at that time.
    async fn author(&self) -> &str {
        &self.0.author
    }

    /// What it is about.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What it says.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// When it was sent.
    async fn sent_on(&self) -> Date {
        self.0.sent_on.into()
    }
}

/// What a contact thinks of the merchant: the latest that they said.
pub struct Review(ReviewRow);

#[Object]
impl Review {
    /// Of which customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// The contact.
    async fn contact_id(&self) -> Uuid {
        self.0.contact_id.into()
    }

    /// The contact's name at that time.
    async fn author(&self) -> &str {
        &self.0.author
    }

    /// 1 (poor) to 5 (excellent).
    async fn rating(&self) -> u8 {
        self.0.rating
    }

    /// In words.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Whether the merchant may show it to others.
    async fn may_be_published(&self) -> bool {
        self.0.may_be_published
    }

    /// When it was said.
    async fn reviewed_on(&self) -> Date {
        self.0.reviewed_on.into()
    }
}

/// A letter to the merchant.
#[derive(InputObject)]
pub struct MailMerchantInput {
    /// What it is about, up to 200 characters.
    subject: String,
    /// What it says, up to 10,000 characters.
    message: String,
}

/// A review of the merchant.
#[derive(InputObject)]
pub struct ReviewMerchantInput {
    /// 1 (poor) to 5 (excellent).
    rating: u8,
    /// In words, up to 5,000 characters.
    text: Option<String>,
    /// Whether the merchant may show it to others.
    #[graphql(default)]
    may_be_published: bool,
}

/// The outcome of a letter or a review.
#[derive(SimpleObject)]
pub struct LetterPayload {
    /// Whether the merchant has it.
    sent: bool,
    /// Why it was not sent.
    user_errors: Vec<UserError>,
}

/// Queries about letters.
#[derive(Default)]
pub struct LetterQuery;

#[Object]
impl LetterQuery {
    /// Letters to the merchant, of one customer or of all, the newest first.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<Uuid>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Message, EmptyFields, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let customer = customer_id.map(|id| id.0);
        let slice = query(ctx, move |db, viewer| {
            list_messages(db, viewer, customer, &page)
        })
        .await?;
        Ok(connection(slice, has_previous, EmptyFields, Message))
    }

    /// What contacts think of the merchant, of one customer or of all, the newest first.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<Uuid>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Review, EmptyFields, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let customer = customer_id.map(|id| id.0);
        let slice = query(ctx, move |db, viewer| {
            list_reviews(db, viewer, customer, &page)
        })
        .await?;
        Ok(connection(slice, has_previous, EmptyFields, Review))
    }
}

/// Mutations of letters.
#[derive(Default)]
pub struct LetterMutation;

#[Object]
impl LetterMutation {
    /// Writes to the merchant; for contacts, at most 20 mails an hour (see `forwardInvoice`).
    async fn mail_merchant(
        &self,
        ctx: &Context<'_>,
        input: MailMerchantInput,
    ) -> Result<LetterPayload> {
        let (customer, contact_id) = require_contact(ctx, |portal| portal.mail)?;
        let command = CustomerCommand::MailMerchant(MailMerchant {
            contact_id,
            subject: input.subject,
            message: input.message,
            on: app(ctx)?.today(),
        });
        Ok(payload(send(ctx, customer, command).await?))
    }

    /// Says what a contact thinks of the merchant; a later review takes the place of the earlier one. For contacts.
    async fn review_merchant(
        &self,
        ctx: &Context<'_>,
        input: ReviewMerchantInput,
    ) -> Result<LetterPayload> {
        let (customer, contact_id) = require_contact(ctx, |portal| portal.review)?;
        let command = CustomerCommand::ReviewMerchant(ReviewMerchant {
            contact_id,
            review: DomainReview {
                rating: input.rating,
                text: input.text,
                may_be_published: input.may_be_published,
            },
            on: app(ctx)?.today(),
        });
        Ok(payload(send(ctx, customer, command).await?))
    }
}

/// The contact who is signed in, where the portal settings allow it; staff have nothing to tell themselves.
pub(super) fn require_contact(
    ctx: &Context<'_>,
    allowed: impl Fn(&PortalSettings) -> bool,
) -> Result<(uuid::Uuid, ContactId)> {
    require_allowed(ctx, allowed)?;
    match require_viewer(ctx)?.reach {
        Reach::Customer {
            customer_id,
            contact_id,
        } => Ok((customer_id, ContactId(contact_id))),
        Reach::AsCustomer { .. } | Reach::Organisation(_) => Err(forbidden()),
    }
}

/// What would be refused costs nothing of the contact's hour.
async fn send(ctx: &Context<'_>, customer: uuid::Uuid, command: CustomerCommand) -> Outcome<()> {
    let meta = metadata(ctx, "")?;
    spend::<Aggregate>(ctx, customer, &command, &meta, 1).await?;
    let done = act::<Aggregate>(ctx, customer, command, &meta).await?;
    Ok(done.map(|_| ()))
}

fn payload(outcome: std::result::Result<(), UserError>) -> LetterPayload {
    LetterPayload {
        sent: outcome.is_ok(),
        user_errors: outcome.err().into_iter().collect(),
    }
}
