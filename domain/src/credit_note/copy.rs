//! A credit note's draft copied from the invoice that it corrects: all of its lines, or some, or less of them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::document::{Discount, Document, DocumentDraft, Line, LineDraft};
use crate::invalid::{Invalid, Rule};
use crate::money;

/// A line of an invoice that is credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePick {
    /// Which line of the invoice.
    pub line_id: u32,
    /// How much of it, between nothing and the line's own quantity; None for all.
    pub quantity: Option<Decimal>,
}

/// The draft of a credit note over the lines picked, or over all of them where none is picked: prices, discounts and
/// taxes as on the invoice, so that all lines come to the invoice's own total. The lines keep their ids: an invoice knows
/// by them what is credited of it. Discounts in amounts are shared: that of
/// a line by the quantity picked, that of the document by the amount of the lines picked, rounded half away from zero.
///
/// # Errors
/// The first pick that names no line of the invoice, names one twice, or wants more than the line has.
pub fn copy_lines(document: &Document, picks: &[LinePick]) -> Result<DocumentDraft, Invalid> {
    let mut draft = document.to_draft();
    if !picks.is_empty() {
        let lines = picks.iter().enumerate();
        draft.lines = lines
            .map(|(index, pick)| {
                let before = &picks[..index];
                picked(document, before, *pick).map_err(|e| e.within(&format!("lines.{index}")))
            })
            .collect::<Result<_, Invalid>>()?;
        draft.discount = document_discount(document, &draft)?;
    }
    Ok(DocumentDraft {
        notes: None,
        terms: None,
        ..draft
    })
}

fn picked(document: &Document, before: &[LinePick], pick: LinePick) -> Result<LineDraft, Invalid> {
    let line = document
        .to_draft()
        .lines
        .into_iter()
        .find(|line| line.line_id == Some(pick.line_id))
        .ok_or_else(|| Invalid::new("lineId", Rule::NotThere))?;
    if before.iter().any(|other| other.line_id == pick.line_id) {
        return Err(Invalid::new("lineId", Rule::Duplicate));
    }
    let quantity = pick.quantity.unwrap_or(line.quantity);
    if quantity.is_zero() {
        return Err(Invalid::new("quantity", Rule::Zero));
    }
    let (least, most) = if line.quantity.is_sign_negative() {
        (line.quantity, Decimal::ZERO)
    } else {
        (Decimal::ZERO, line.quantity)
    };
    if quantity < least || quantity > most {
        return Err(Invalid::new("quantity", Rule::OutOfRange(least, most)));
    }
    let of = document.lines.iter();
    let of = of.clone().find(|of| of.line_id == pick.line_id);
    let discount = of.and_then(|of| line_share(of, quantity, document));
    Ok(LineDraft {
        quantity,
        discount,
        ..line
    })
}

fn document_discount(
    document: &Document,
    draft: &DocumentDraft,
) -> Result<Option<Discount>, Invalid> {
    if document.discount.is_none() {
        return Ok(None);
    }
    let undiscounted = DocumentDraft {
        discount: None,
        ..draft.clone()
    };
    let priced = undiscounted.price(&BTreeSet::new())?;
    Ok(shared_discount(document, &priced.lines))
}

/// The discount of so much of a line.
pub(crate) fn line_share(line: &Line, quantity: Decimal, document: &Document) -> Option<Discount> {
    line.discount.and_then(|discount| {
        share(discount, document, |amount| {
            amount * quantity / line.quantity
        })
    })
}

/// The document's discount for lines that are credited of it.
pub(crate) fn shared_discount(document: &Document, lines: &[Line]) -> Option<Discount> {
    let picked: Decimal = lines.iter().map(|line| line.amount).sum();
    let all = document.totals.lines;
    document.discount.and_then(|discount| {
        share(discount, document, |amount| {
            if all.is_zero() {
                amount
            } else {
                amount * picked / all
            }
        })
    })
}

/// A discount for a part: a percentage as it is, an amount as `part` has it; None where that rounds to nothing.
fn share(
    discount: Discount,
    document: &Document,
    part: impl FnOnce(Decimal) -> Decimal,
) -> Option<Discount> {
    match discount {
        Discount::Percent(_) => Some(discount),
        Discount::Amount(amount) => {
            let amount = money::round(part(amount), document.currency);
            (amount > Decimal::ZERO).then_some(Discount::Amount(amount))
        }
    }
}
