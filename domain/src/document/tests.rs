//! What a document comes to: by example, and by properties that hold for every document.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::tax::TaxCategory;
use crate::testing::{dec, draft, draft_of, line, priced, vat};

fn by_rate(totals: &Totals) -> Vec<(String, String, String)> {
    let rows = totals.taxes.iter();
    rows.map(|t| {
        (
            t.tax.percent.to_string(),
            t.taxable.to_string(),
            t.amount.to_string(),
        )
    })
    .collect()
}

fn row(percent: &str, taxable: &str, amount: &str) -> (String, String, String) {
    (percent.to_owned(), taxable.to_owned(), amount.to_owned())
}

// By example

#[test]
fn adds_tax_once_per_rate_on_the_document_total() {
    let lines = vec![
        line("a", "1", "0.10", vat("19")),
        line("b", "3", "0.10", vat("19.00")),
        line("c", "2", "1.005", vat("7")),
    ];
    let document = priced(&draft_of(Currency::EUR, Prices::TaxExclusive, lines));
    let totals = &document.totals;
    assert_eq!(
        by_rate(totals),
        [row("7", "2.01", "0.14"), row("19", "0.40", "0.08")]
    );
    assert_eq!(
        (totals.net, totals.tax, totals.gross),
        (dec("2.41"), dec("0.22"), dec("2.63"))
    );
    assert_eq!(document.total().to_string(), "2.63 EUR");
}

#[test]
fn takes_tax_out_of_inclusive_prices() {
    let lines = vec![
        line("a", "1", "119", vat("19")),
        line("b", "1", "0.10", vat("7")),
    ];
    let document = priced(&draft_of(Currency::EUR, Prices::TaxInclusive, lines));
    let totals = &document.totals;
    assert_eq!(
        by_rate(totals),
        [row("7", "0.09", "0.01"), row("19", "100.00", "19.00")]
    );
    assert_eq!(totals.gross, dec("119.10"));
}

#[test]
fn splits_the_discount_over_the_rates_in_proportion() {
    let lines = vec![
        line("a", "1", "100", vat("20")),
        line("b", "1", "50", vat("10")),
    ];
    let mut draft = draft_of(Currency::EUR, Prices::TaxExclusive, lines);
    draft.discount = Some(Discount::Amount(dec("10")));
    let totals = priced(&draft).totals;
    assert_eq!(
        by_rate(&totals),
        [row("10", "46.67", "4.67"), row("20", "93.33", "18.67")]
    );
    assert_eq!(
        (totals.lines, totals.discount, totals.net),
        (dec("150"), dec("10"), dec("140"))
    );
}

#[test]
fn takes_the_discount_of_a_line_before_that_of_the_document() {
    let mut draft = draft(100);
    draft.lines[0].discount = Some(Discount::Percent(dec("12.5")));
    draft.discount = Some(Discount::Percent(dec("10")));
    let document = priced(&draft);
    assert_eq!(document.lines[0].amount, dec("87.50"));
    assert_eq!(document.total().amount, dec("78.75"));
}

#[test]
fn trims_what_was_typed() {
    let mut draft = draft(1);
    draft.lines[0].description = " Design ".to_owned();
    draft.notes = Some(" ".to_owned());
    draft.terms = Some(" 14 days ".to_owned());
    let document = priced(&draft);
    assert_eq!(document.lines[0].description, "Design");
    assert_eq!(
        (document.notes, document.terms.as_deref()),
        (None, Some("14 days"))
    );
}

#[test]
fn prices_the_largest_amounts_whatever_the_currency() {
    for currency in [Currency::JPY, Currency::EUR, Currency::KWD] {
        let largest = Decimal::new(1_000_000_000_000_000, money::scale(currency));
        let of = |quantity: Decimal, tax| LineDraft {
            quantity,
            ..line("a", "1", "1000000", tax)
        };
        let million = largest / dec("1000000");
        let lines = vec![
            of(million, vat("20")),
            of(-million, vat("10")),
            of(million, Tax::NONE),
        ];
        let mut draft = draft_of(currency, Prices::TaxInclusive, lines);
        draft.discount = Some(Discount::Percent(dec("33.3333")));
        let totals = priced(&draft).totals;
        assert_eq!(totals.lines, largest);
        assert_eq!(totals.gross, totals.lines - totals.discount);
    }
}

/// A draft of one line at 100 euros, changed so, is refused for this.
#[track_caller]
fn refuses(field: &str, rule: Rule, change: impl FnOnce(&mut DocumentDraft)) {
    let mut draft = draft(100);
    change(&mut draft);
    let refusal = Invalid::new(field, rule);
    assert_eq!(draft.price(&BTreeSet::new()), Err(refusal));
}

#[test]
fn refuses_a_document_that_breaks_a_rule_of_its_fields() {
    let gold = Currency::XAU;
    let count = Rule::BadCount(MOST_LINES);
    refuses("currency", Rule::NotACurrency, |d| d.currency = gold);
    refuses("lines", count.clone(), |d| d.lines.clear());
    refuses("lines", count, |d| {
        d.lines = vec![d.lines[0].clone(); MOST_LINES + 1]
    });
    refuses("notes", Rule::TooLong(5_000), |d| {
        d.notes = Some("x".repeat(5_001))
    });
    refuses("terms", Rule::ControlCharacter, |d| {
        d.terms = Some("a\0b".to_owned())
    });
}

#[test]
fn refuses_a_line_that_breaks_a_rule_of_its_fields() {
    let refuses = |field: &str, rule, change: fn(&mut LineDraft)| {
        refuses(&format!("lines.0.{field}"), rule, |d| {
            change(&mut d.lines[0])
        });
    };
    let between = |least: &str, most: &str| Rule::OutOfRange(dec(least), dec(most));
    let finer = Rule::TooManyDecimals(6);
    refuses("description", Rule::Required, |l| l.description.clear());
    refuses("quantity", Rule::Zero, |l| l.quantity = dec("-0.00"));
    refuses("quantity", finer.clone(), |l| l.quantity = dec("0.0000001"));
    let billion = between("-1000000000", "1000000000");
    refuses("quantity", billion, |l| l.quantity = dec("-1000000001"));
    let positive = between("0", "1000000000");
    refuses("unitPrice", positive, |l| l.unit_price = dec("-1"));
    refuses("unitPrice", finer, |l| l.unit_price = dec("0.0000001"));
    let largest = between("-10000000000000", "10000000000000");
    refuses("unitPrice", largest, |l| {
        l.unit_price = dec("10000001");
        l.quantity = dec("1000000");
    });
    refuses("tax.percent", between("0", "100"), |l| l.tax = vat("101"));
    refuses("tax.percent", between("0", "100"), |l| l.tax = vat("-1"));
    refuses("tax.percent", Rule::TooManyDecimals(4), |l| {
        l.tax = vat("1.00001")
    });
    let rate = Rule::RateDoesNotFitCategory;
    refuses("tax.percent", rate.clone(), |l| l.tax = vat("0"));
    refuses("tax.percent", rate, |l| l.tax.percent = dec("1"));
}

#[test]
fn refuses_a_discount_that_breaks_a_rule_of_its_fields() {
    let (percent, amount) = (Discount::Percent, Discount::Amount);
    for (discount, field, rule) in [
        (percent(dec("0")), "percent", Rule::NotPositive),
        (
            percent(dec("100.1")),
            "percent",
            Rule::OutOfRange(dec("0"), dec("100")),
        ),
        (percent(dec("0.00001")), "percent", Rule::TooManyDecimals(4)),
        (amount(dec("100.01")), "amount", Rule::DiscountTooLarge),
        (amount(dec("-1")), "amount", Rule::NotPositive),
        (amount(dec("0.001")), "amount", Rule::TooManyDecimals(2)),
    ] {
        let field = format!("discount.{field}");
        refuses(&field, rule.clone(), |d| d.discount = Some(discount));
        let field = format!("lines.0.{field}");
        refuses(&field, rule, |d| d.lines[0].discount = Some(discount));
    }
}

#[test]
fn refuses_to_let_two_lines_be_one() {
    let mut draft = draft(100);
    draft.lines[0].line_id = Some(1);
    draft.lines.push(draft.lines[0].clone());
    let refusal = Invalid::new("lines.1.lineId", Rule::Duplicate);
    assert_eq!(draft.price(&[1].into()), Err(refusal));
}

#[test]
fn new_lines_get_ids_that_no_line_ever_had() {
    let mut draft = draft(100);
    draft.lines.push(draft.lines[0].clone());
    draft.lines[0].line_id = Some(77);
    draft.lines[1].line_id = Some(2);
    let ids: Vec<u32> = draft
        .price(&[2, 5].into())
        .unwrap()
        .lines
        .iter()
        .map(|line| line.line_id)
        .collect();
    assert_eq!(ids, [6, 2]);
}

/// The ids that the lines of a draft get where it takes the place of a document of lines 1, 2 and 3.
fn ids_in_place_of(current: &DocumentDraft, draft: &DocumentDraft) -> Vec<u32> {
    let current = priced(current);
    let document = draft.price_anew(&current, &[1, 2, 3].into()).unwrap();
    document.lines.iter().map(|line| line.line_id).collect()
}

fn three_lines() -> DocumentDraft {
    let lines = ["a", "b", "b"].map(|text| line(text, "1", "1", Tax::NONE));
    draft_of(Currency::EUR, Prices::TaxExclusive, lines.to_vec())
}

#[test]
fn lines_sent_again_without_their_ids_keep_them() {
    let current = three_lines();
    assert_eq!(ids_in_place_of(&current, &current), [1, 2, 3]);
    let mut moved = current.clone();
    moved.lines.rotate_left(1);
    assert_eq!(ids_in_place_of(&current, &moved), [2, 3, 1]);
}

#[test]
fn a_line_does_not_take_the_id_that_another_names() {
    let current = three_lines();
    let mut draft = current.clone();
    draft.lines[1].line_id = Some(1);
    assert_eq!(ids_in_place_of(&current, &draft), [4, 1, 2]);
}

#[test]
fn a_line_that_differs_in_anything_is_a_new_one() {
    let changes: [fn(&mut LineDraft); 5] = [
        |l| l.description.push('!'),
        |l| l.quantity = dec("2"),
        |l| l.unit_price = dec("2"),
        |l| l.discount = Some(Discount::Percent(dec("1"))),
        |l| l.tax = vat("19"),
    ];
    for change in changes {
        let mut draft = three_lines();
        change(&mut draft.lines[0]);
        assert_eq!(ids_in_place_of(&three_lines(), &draft), [4, 2, 3]);
    }
}

// By property

fn currencies() -> impl Strategy<Value = Currency> {
    select(vec![Currency::JPY, Currency::EUR, Currency::KWD])
}

fn taxes() -> impl Strategy<Value = Tax> {
    let none = |category| Tax {
        category,
        percent: Decimal::ZERO,
    };
    select(vec![
        vat("19"),
        vat("7.0"),
        vat("5.5"),
        vat("0.0001"),
        vat("100"),
        none(TaxCategory::ZeroRated),
        none(TaxCategory::ReverseCharge),
        Tax::NONE,
    ])
}

fn percents() -> impl Strategy<Value = Option<Discount>> {
    let percent = (1_i64..=1_000_000).prop_map(|p| Discount::Percent(Decimal::new(p, 4)));
    proptest::option::of(percent)
}

/// A line with no discount or one in percent; an amount to take off is only known to fit when the line is priced.
fn lines() -> impl Strategy<Value = LineDraft> {
    let quantity = (
        prop_oneof![4 => 1_i64..50_000, 1 => -50_000_i64..0],
        0_u32..=6,
    );
    let unit_price = (0_i64..100_000, 0_u32..=6);
    (quantity, unit_price, percents(), taxes()).prop_map(|(quantity, price, discount, tax)| {
        LineDraft {
            line_id: None,
            description: "a".to_owned(),
            quantity: Decimal::new(quantity.0, quantity.1),
            unit_price: Decimal::new(price.0, price.1),
            discount,
            tax,
        }
    })
}

fn drafts() -> impl Strategy<Value = DocumentDraft> {
    let prices = select(vec![Prices::TaxExclusive, Prices::TaxInclusive]);
    let lines = proptest::collection::vec(lines(), 1..8);
    // Of every line and of the document: which part of it to take off as an amount, in thousandths.
    let off = proptest::collection::vec(proptest::option::weighted(0.3, 1_i64..=1_000), 9);
    (currencies(), prices, lines, percents(), off).prop_map(
        |(currency, prices, mut lines, discount, off)| {
            for (line, off) in lines.iter_mut().zip(&off) {
                let full = money::round(line.quantity * line.unit_price, currency);
                line.discount = part_of(full, *off, currency).or(line.discount);
            }
            let mut draft = draft_of(currency, prices, lines);
            let sum = priced(&draft).totals.lines;
            draft.discount = part_of(sum, off[8], currency).or(discount);
            draft
        },
    )
}

fn part_of(full: Decimal, thousandths: Option<i64>, currency: Currency) -> Option<Discount> {
    let part = money::round(full * Decimal::new(thousandths?, 3), currency);
    (part > Decimal::ZERO).then_some(Discount::Amount(part))
}

/// The tax by whole numbers alone: minor units × percent, half away from zero.
fn tax_in_minor_units(taxable: Decimal, percent: Decimal, currency: Currency) -> i128 {
    let dividend = i128::from(money::minor(taxable, currency)) * percent.mantissa();
    let divisor = 100 * 10_i128.pow(percent.scale());
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    if rest.abs() * 2 >= divisor {
        whole + dividend.signum()
    } else {
        whole
    }
}

fn with_same_totals(left: &Document, right: &Document) -> Result<(), TestCaseError> {
    prop_assert_eq!(&left.totals, &right.totals);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn sums_always_re_add(draft in drafts()) {
        let document = priced(&draft);
        let totals = &document.totals;
        let sum = |part: fn(&TaxTotal) -> Decimal| totals.taxes.iter().map(part).sum::<Decimal>();
        prop_assert_eq!(document.lines.iter().map(|l| l.amount).sum::<Decimal>(), totals.lines);
        prop_assert_eq!(sum(|t| t.taxable), totals.net);
        prop_assert_eq!(sum(|t| t.amount), totals.tax);
        prop_assert_eq!(totals.net + totals.tax, totals.gross);
        let after_discount = totals.lines - totals.discount;
        prop_assert_eq!(after_discount, match draft.prices {
            Prices::TaxExclusive => totals.net,
            Prices::TaxInclusive => totals.gross,
        });
    }

    #[test]
    fn every_amount_has_just_the_places_of_its_currency(draft in drafts()) {
        let document = priced(&draft);
        let totals = &document.totals;
        let sums = [totals.lines, totals.discount, totals.net, totals.tax, totals.gross];
        let amounts = document.lines.iter().map(|line| line.amount).chain(sums);
        let taxes = totals.taxes.iter().flat_map(|t| [t.taxable, t.amount]);
        for amount in amounts.chain(taxes) {
            prop_assert_eq!(amount.scale(), money::scale(draft.currency));
        }
    }

    #[test]
    fn tax_is_the_taxable_amount_times_the_rate(draft in drafts()) {
        let draft = DocumentDraft { prices: Prices::TaxExclusive, ..draft };
        for total in priced(&draft).totals.taxes {
            let expected = tax_in_minor_units(total.taxable, total.tax.percent, draft.currency);
            prop_assert_eq!(i128::from(money::minor(total.amount, draft.currency)), expected);
        }
    }

    #[test]
    fn inclusive_and_exclusive_prices_agree(draft in drafts()) {
        let draft = DocumentDraft { prices: Prices::TaxExclusive, ..draft };
        for total in priced(&draft).totals.taxes {
            let gross = total.taxable + total.amount;
            let quantity = if gross < Decimal::ZERO { "-100" } else { "100" };
            let mut one = line("a", quantity, "0", total.tax);
            one.unit_price = gross.abs() / Decimal::ONE_HUNDRED;
            let again = priced(&draft_of(draft.currency, Prices::TaxInclusive, vec![one]));
            prop_assert_eq!(again.totals.net, total.taxable);
            prop_assert_eq!(again.totals.tax, total.amount);
        }
    }

    #[test]
    fn the_order_of_lines_does_not_change_the_totals(
        (draft, shuffled) in drafts().prop_flat_map(|draft| {
            let shuffled = Just(draft.lines.clone()).prop_shuffle();
            (Just(draft), shuffled)
        }),
    ) {
        let other = DocumentDraft { lines: shuffled, ..draft.clone() };
        with_same_totals(&priced(&draft), &priced(&other))?;
    }

    #[test]
    fn pricing_a_document_again_is_the_same_document(draft in drafts()) {
        let document = priced(&draft);
        prop_assert_eq!(&priced(&document.to_draft()), &document);
        let known = document.lines.iter().map(|line| line.line_id).collect();
        prop_assert_eq!(&document.to_draft().price(&known), &Ok(document.clone()));
        prop_assert_eq!(draft.price_anew(&document, &known), Ok(document));
    }

    #[test]
    fn many_small_lines_come_to_what_one_large_line_does(
        count in 1_usize..200, minor in 0_i64..100_000, currency in currencies(), tax in taxes(),
        prices in select(vec![Prices::TaxExclusive, Prices::TaxInclusive]), discount in percents(),
    ) {
        let mut small = line("a", "1", "0", tax);
        small.unit_price = Decimal::new(minor, money::scale(currency));
        let large = LineDraft { quantity: Decimal::from(count), ..small.clone() };
        let mut many = draft_of(currency, prices, vec![small; count]);
        many.discount = discount;
        let one = DocumentDraft { lines: vec![large], ..many.clone() };
        with_same_totals(&priced(&many), &priced(&one))?;
    }

    #[test]
    fn any_numbers_are_priced_or_refused(
        numbers in proptest::collection::vec((any::<[i64; 2]>(), 0_u32..9, taxes()), 1..6),
        currency in currencies(), discount in percents(),
    ) {
        let lines = numbers.into_iter().map(|([quantity, price], places, tax)| LineDraft {
            quantity: Decimal::new(quantity, places + 4),
            unit_price: Decimal::new(price, places + 4).abs().round_dp(6),
            ..line("a", "1", "1", tax)
        });
        let mut draft = draft_of(currency, Prices::TaxInclusive, lines.collect());
        for line in &mut draft.lines {
            line.quantity = line.quantity.round_dp(6);
        }
        draft.discount = discount;
        if let Ok(Document { totals, .. }) = draft.price(&BTreeSet::new()) {
            prop_assert_eq!(totals.lines - totals.discount, totals.net + totals.tax);
        }
    }
}
