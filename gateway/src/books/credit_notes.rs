//! Importing credit notes: the customer's credit from their date on. Which invoice one corrects the file does not say, so
//! none is applied.

use cqrs_es::Aggregate as _;
use domain::credit_note::{CreditNote, CreditNoteCommand, DraftCreditNote, IssueCreditNote};
use domain::ids::CustomerId;
use domain::money::Money;
use domain::party::Party;

use super::documents::Content;
use super::import::{Import, Known, Refused};
use super::invoices::{End, fingerprint};

const CREDIT_NOTES: &str = "credit notes";

/// Brings a credit note in, whole or not at all.
pub(super) async fn bring_in(
    import: &Import,
    number: &str,
    content: &Content,
    buyer: Party,
) -> anyhow::Result<Result<End, Refused>> {
    if content.settlement.is_some() || content.disputed {
        let reason = "a credit note is neither settled nor disputed: import the refund by itself";
        return Ok(Err(Refused::new("number", "NOT_FOR_CREDIT_NOTES", reason)));
    }
    let id = import.id(&format!("credit-note/{number}"));
    let said = fingerprint(number, content).to_string();
    let on = content.issued;
    let steps = [
        (
            import.meta(&format!("credit-note/{number}/draft"), &said),
            CreditNoteCommand::Draft(DraftCreditNote {
                customer_id: CustomerId(import.customer_id(&content.customer.key)),
                draft: content.draft.clone(),
                source: None,
                on,
            }),
        ),
        (
            import.meta(&format!("credit-note/{number}/issue"), &said),
            CreditNoteCommand::Issue(IssueCreditNote {
                number: number.to_owned(),
                seller: import.seller.clone(),
                buyer,
                creditable: None,
                on,
            }),
        ),
    ];
    let total = match tried(&steps) {
        Ok(total) => total,
        Err(refused) => return Ok(Err(refused)),
    };
    let end = |new| End::In {
        what: CREDIT_NOTES,
        total,
        new,
    };
    match import.known(&steps[1].0).await? {
        Known::Other => return Ok(Err(Refused::changed())),
        Known::Same => return Ok(Ok(end(false))),
        Known::No => {}
    }
    if let Err(refused) = import.check_number(number, id, true).await? {
        return Ok(Err(refused));
    }
    if import.dry_run {
        return Ok(Ok(end(true)));
    }
    for (meta, command) in &steps {
        if let Err(refused) = import.send::<CreditNote>(id, command.clone(), meta).await? {
            return Ok(Err(refused));
        }
    }
    Ok(Ok(end(true)))
}

/// What the commands would lead to, tried beforehand: what the domain refuses never leaves half a document.
fn tried(steps: &[(eventlog::Metadata, CreditNoteCommand)]) -> Result<Money, Refused> {
    let mut note = CreditNote::default();
    for (_, command) in steps {
        let events = note
            .decide(command.clone())
            .map_err(|refusal| Refused::by(&refusal))?;
        events.into_iter().for_each(|event| note.apply(event));
    }
    let drafted = note.drafted.as_ref();
    let total = drafted.map(|drafted| drafted.document.total());
    total.ok_or_else(|| Refused::new("number", "NOT_DRAFTED", "nothing was drafted"))
}
