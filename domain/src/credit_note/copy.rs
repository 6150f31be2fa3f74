//! A credit note's draft copied from the invoice that it corrects: all of its lines, or some, or less of them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::document::{Discount, Document, DocumentDraft, LineDraft};
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
/// taxes as on the invoice, so that all lines come to the invoice's own total. Discounts in amounts are shared: that of
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
    for line in &mut draft.lines {
        line.line_id = None;
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
    let discount = line.discount.and_then(|discount| {
        share(discount, document, |amount| {
            amount * quantity / line.quantity
        })
    });
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
    let Some(discount) = document.discount else {
        return Ok(None);
    };
    let undiscounted = DocumentDraft {
        discount: None,
        ..draft.clone()
    };
    let picked = undiscounted.price(&BTreeSet::new())?.totals.lines;
    let all = document.totals.lines;
    Ok(share(discount, document, |amount| {
        if all.is_zero() {
            amount
        } else {
            amount * picked / all
        }
    }))
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
