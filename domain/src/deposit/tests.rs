//! Deposits and final invoices: together they come to the estimate, to the cent.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::document::Discount;
use crate::testing::{dec, draft_of, eur, line as sold, priced, vat};

fn estimate(prices: Prices, discount: Option<Discount>, lines: &[(&str, &str)]) -> Document {
    let lines = lines.iter();
    let lines = lines.map(|(price, rate)| sold("Design", "1", price, vat(rate)));
    let mut draft = draft_of(Currency::EUR, prices, lines.collect());
    draft.discount = discount;
    priced(&draft)
}

fn both(document: &Document, percent: &str) -> (Document, Document) {
    let deposit = of(document, dec(percent)).unwrap();
    let billed = priced(&deposit.draft("Deposit"));
    assert_eq!(billed.total(), deposit.total);
    let last = deducted(document, &billed, "Deposit INV-00001");
    (billed, priced(&last))
}

fn re_adds(document: &Document, billed: &Document, last: &Document) {
    let sum = |one: &Document, two: &Document| one.totals.gross + two.totals.gross;
    assert_eq!(sum(billed, last), document.totals.gross);
    assert_eq!(
        billed.totals.tax + last.totals.tax,
        document.totals.tax,
        "the tax re-adds"
    );
    for whole in &document.totals.taxes {
        let of_rate = |part: &Document| {
            let mut totals = part.totals.taxes.iter();
            let found = totals.find(|total| total.tax == whole.tax);
            found.map_or((Decimal::ZERO, Decimal::ZERO), |t| (t.taxable, t.amount))
        };
        let (one, two) = (of_rate(billed), of_rate(last));
        assert_eq!(
            (one.0 + two.0, one.1 + two.1),
            (whole.taxable, whole.amount)
        );
    }
}

#[test]
fn a_deposit_bears_the_taxes_of_what_it_is_for() {
    let document = estimate(Prices::TaxExclusive, None, &[("1000", "20"), ("500", "10")]);
    let (billed, last) = both(&document, "30");
    let rates = billed.totals.taxes.iter();
    let rates: Vec<_> = rates
        .map(|t| (t.tax.percent, t.taxable, t.amount))
        .collect();
    assert_eq!(
        rates,
        [
            (dec("10"), dec("150.00"), dec("15.00")),
            (dec("20"), dec("300.00"), dec("60.00"))
        ]
    );
    assert_eq!((billed.total(), last.total()), (eur(525_00), eur(1_225_00)));
    let off: Vec<_> = last.lines[2..]
        .iter()
        .map(|l| (l.quantity, l.amount))
        .collect();
    assert_eq!(
        off,
        [(dec("-1"), dec("-150.00")), (dec("-1"), dec("-300.00"))]
    );
    assert_eq!(last.lines[2].description, "Deposit INV-00001");
}

#[test]
fn a_deposit_gives_way_by_a_cent_where_two_taxes_would_not_add_up() {
    // 19 % of 0.16 are 0.03, but twice 19 % of 0.08 would be 0.04.
    let document = estimate(Prices::TaxExclusive, None, &[("0.16", "19")]);
    let (billed, last) = both(&document, "50");
    re_adds(&document, &billed, &last);
    assert_eq!(billed.totals.net, dec("0.09"));
}

#[test]
fn a_discount_of_the_whole_is_written_out_by_rate() {
    let ten = Some(Discount::Percent(dec("10")));
    let document = estimate(Prices::TaxExclusive, ten, &[("1000", "20"), ("500", "10")]);
    let (billed, last) = both(&document, "50");
    re_adds(&document, &billed, &last);
    assert_eq!(last.discount, None);
    let off = last
        .lines
        .iter()
        .filter(|line| line.description == DISCOUNT);
    let off: Vec<_> = off.map(|line| line.amount).collect();
    assert_eq!(off, [dec("-50.00"), dec("-100.00")]);
}

#[test]
fn a_deposit_of_the_whole_leaves_nothing_due() {
    let document = estimate(Prices::TaxInclusive, None, &[("119", "19")]);
    let (billed, last) = both(&document, "100");
    assert_eq!(billed.total(), document.total());
    assert!(last.total().is_zero());
}

#[test]
fn a_deposit_of_nothing_is_none() {
    let free = estimate(Prices::TaxExclusive, None, &[("0", "20")]);
    assert_eq!(of(&free, dec("30")), None);
    let cheap = estimate(Prices::TaxExclusive, None, &[("0.01", "20")]);
    assert_eq!(of(&cheap, dec("30")), None);
}

#[test]
fn a_percentage_has_bounds() {
    let field = "depositPercent";
    let bounds = Rule::OutOfRange(Decimal::ZERO, Decimal::ONE_HUNDRED);
    for (percent, rule) in [
        ("0", Rule::NotPositive),
        ("-1", Rule::NotPositive),
        ("100.01", bounds),
        ("1.00001", Rule::TooManyDecimals(4)),
    ] {
        assert_eq!(
            check_percent(field, dec(percent)),
            Err(Invalid::new(field, rule))
        );
    }
    assert_eq!(check_percent(field, dec("30.00")), Ok(dec("30")));
}

proptest! {
    #[test]
    fn deposit_and_final_invoice_come_to_the_estimate(
        lines in proptest::collection::vec((1_i64..5_000_000, 0_usize..5), 1..8),
        inclusive in any::<bool>(),
        discount in prop_oneof![Just(None), (1_i64..5_000).prop_map(Some)],
        percent in 1_i64..=10_000,
        yen in any::<bool>(),
    ) {
        let rates = ["20", "10", "19", "7.7", "0.5"];
        let (currency, scale) = if yen { (Currency::JPY, 0) } else { (Currency::EUR, 2) };
        let prices = if inclusive { Prices::TaxInclusive } else { Prices::TaxExclusive };
        let lines = lines.into_iter().map(|(minor, rate)| {
            sold("Design", "1", &Decimal::new(minor, scale).to_string(), vat(rates[rate]))
        });
        let mut draft = draft_of(currency, prices, lines.collect());
        draft.discount = discount.map(|percent| Discount::Percent(Decimal::new(percent, 2)));
        let document = draft.price(&BTreeSet::new()).unwrap();
        let percent = Decimal::new(percent, 2);
        let Some(deposit) = of(&document, percent) else { return Ok(()) };
        let billed = priced(&deposit.draft("Deposit"));
        let last = priced(&deducted(&document, &billed, "Deposit"));
        re_adds(&document, &billed, &last);
        // No rate gives way by more than its roundings repeat after: a percent of tax in 200 minor units.
        let exact = document.totals.gross * percent / Decimal::ONE_HUNDRED;
        let off = (deposit.total.amount - exact).abs();
        prop_assert!(off <= Decimal::new(1_000, scale), "{off} beside {exact}");
    }
}
