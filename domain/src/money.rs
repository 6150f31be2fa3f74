//! Exact money: a decimal amount at its currency's scale (ISO 4217 minor units), never a float.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

pub use iso_currency::Currency;

use crate::invalid::{Invalid, Rule};

/// The largest amount of any document or payment, in minor units: 10 trillion at two places.
/// Nine thousand such documents still fit the 64-bit integers that read models add up, and ordinary ones without end.
const LARGEST_MINOR: i64 = 1_000_000_000_000_000;

/// An amount of money in a currency, at that currency's scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in units of the currency, with exactly the currency's decimal places.
    pub amount: Decimal,
    /// The currency (ISO 4217).
    pub currency: Currency,
}

impl Money {
    /// Nothing, in that currency.
    pub fn zero(currency: Currency) -> Self {
        Self {
            amount: Decimal::new(0, scale(currency)),
            currency,
        }
    }

    /// An amount that must already be at the currency's scale: nothing is rounded in silence.
    ///
    /// # Errors
    /// [`Rule::TooManyDecimals`] where the amount is finer than the currency, [`Rule::OutOfRange`] where it is
    /// beyond what the books hold, both at `field`.
    pub fn exact(field: &str, amount: Decimal, currency: Currency) -> Result<Self, Invalid> {
        if amount.normalize().scale() > scale(currency) {
            return Err(Invalid::new(field, Rule::TooManyDecimals(scale(currency))));
        }
        let largest = Decimal::new(LARGEST_MINOR, scale(currency));
        if amount.abs() > largest {
            return Err(Invalid::new(field, Rule::OutOfRange(-largest, largest)));
        }
        Ok(Self::rounded(amount, currency))
    }

    /// The same for an amount that must not be less than nothing.
    ///
    /// # Errors
    /// As [`Money::exact`]; [`Rule::OutOfRange`] too where it is less than nothing.
    pub fn not_negative(field: &str, amount: Decimal, currency: Currency) -> Result<Self, Invalid> {
        let money = Self::exact(field, amount, currency)?;
        if money.amount < Decimal::ZERO {
            let largest = Decimal::new(LARGEST_MINOR, scale(currency));
            return Err(Invalid::new(
                field,
                Rule::OutOfRange(Decimal::ZERO, largest),
            ));
        }
        Ok(money)
    }

    /// An amount of that currency at its scale, more than nothing.
    ///
    /// # Errors
    /// [`Rule::WrongCurrency`], [`Rule::NotACurrency`], [`Rule::NotPositive`] or as [`Money::exact`], at `field`.
    pub fn positive(field: &str, amount: Self, currency: Currency) -> Result<Self, Invalid> {
        if amount.currency != currency {
            return Err(Invalid::new(field, Rule::WrongCurrency(currency.code())));
        }
        payable("currency", currency)?;
        let amount = Self::exact(field, amount.amount, currency)?;
        if amount.is_positive() {
            Ok(amount)
        } else {
            Err(Invalid::new(field, Rule::NotPositive))
        }
    }

    /// The amount rounded half away from zero to the currency's scale.
    pub fn rounded(amount: Decimal, currency: Currency) -> Self {
        Self {
            amount: round(amount, currency),
            currency,
        }
    }

    /// From minor units, cents for most currencies.
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self {
            amount: Decimal::new(minor, scale(currency)),
            currency,
        }
    }

    /// In minor units, cents for most currencies. Exact for every amount that [`Money::exact`] lets in.
    pub fn minor(self) -> i64 {
        minor(self.amount, self.currency)
    }

    /// More than nothing.
    pub fn is_positive(self) -> bool {
        self.amount > Decimal::ZERO
    }

    /// Neither more nor less than nothing.
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}

/// The currency's decimal places: 2 for EUR, 0 for JPY, 3 for KWD.
pub fn scale(currency: Currency) -> u32 {
    currency.exponent().map_or(2, u32::from)
}

/// Whether money is paid in it: gold, testing codes and the like have no minor unit.
///
/// # Errors
/// [`Rule::NotACurrency`] at `field`.
pub fn payable(field: &str, currency: Currency) -> Result<Currency, Invalid> {
    match currency.exponent() {
        Some(_) => Ok(currency),
        None => Err(Invalid::new(field, Rule::NotACurrency)),
    }
}

/// Rounds half away from zero at the currency's scale, and writes the amount with exactly that many places.
pub fn round(amount: Decimal, currency: Currency) -> Decimal {
    let mut rounded =
        amount.round_dp_with_strategy(scale(currency), RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(scale(currency));
    rounded
}

/// An amount at the currency's scale in minor units; beyond 64 bits it stops at the largest.
pub fn minor(amount: Decimal, currency: Currency) -> i64 {
    let rounded = round(amount, currency);
    i64::try_from(rounded.mantissa()).unwrap_or(if rounded.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// Splits `total` over `weights`, all of them amounts at the currency's scale, so that the parts add up to it
/// exactly: each part is the difference of two rounded running totals, so nothing drifts and order alone decides
/// who gets the odd cent. With weights that sum to zero the last part takes all.
pub fn split(total: Decimal, weights: &[Decimal], currency: Currency) -> Vec<Decimal> {
    let minor = |amount: Decimal| i128::from(minor(amount, currency));
    let sum: i128 = weights.iter().copied().map(minor).sum();
    let mut running = 0;
    let mut given = 0;
    weights
        .iter()
        .enumerate()
        .map(|(index, weight)| {
            running += minor(*weight);
            let last = index + 1 == weights.len();
            let upto = match (last, sum) {
                (true, _) => minor(total),
                (false, 0) => 0,
                (false, sum) => divide(minor(total) * running, sum),
            };
            let part = Decimal::from_i128_with_scale(upto - given, scale(currency));
            given = upto;
            part
        })
        .collect()
}

/// `part` of `whole` of an amount, rounded half away from zero at the currency's scale, once. The amount may be finer
/// than the currency. Nothing where the whole is nothing.
pub fn portion(amount: Decimal, part: i64, whole: i64, currency: Currency) -> Money {
    let amount = amount.normalize();
    let finer = amount.scale().saturating_sub(scale(currency));
    let raise = scale(currency).saturating_sub(amount.scale());
    let dividend = amount.mantissa() * 10_i128.pow(raise) * i128::from(part);
    let divisor = 10_i128.pow(finer) * i128::from(whole);
    let minor = if divisor == 0 {
        0
    } else {
        divide(dividend, divisor)
    };
    let amount = Decimal::from_i128_with_scale(minor, scale(currency));
    Money::rounded(amount, currency)
}

/// The quotient, rounded half away from zero. Whole numbers, because a decimal's 96 bits do not hold the product of
/// two large amounts.
fn divide(dividend: i128, divisor: i128) -> i128 {
    let half_up = (2 * dividend.abs() + divisor.abs()) / (2 * divisor.abs());
    half_up * dividend.signum() * divisor.signum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_an_amount_finer_than_its_currency() {
        let refused = Money::exact("amount", Decimal::new(1001, 3), Currency::EUR);
        assert_eq!(
            refused,
            Err(Invalid::new("amount", Rule::TooManyDecimals(2)))
        );
        assert!(Money::exact("amount", Decimal::new(1001, 3), Currency::KWD).is_ok());
        assert_eq!(
            Money::exact("amount", Decimal::new(5, 1), Currency::JPY),
            Err(Invalid::new("amount", Rule::TooManyDecimals(0)))
        );
    }

    #[test]
    fn writes_exactly_the_places_of_the_currency() {
        let money = Money::exact("amount", Decimal::new(5, 0), Currency::EUR);
        assert_eq!(
            money.map(|money| money.to_string()),
            Ok("5.00 EUR".to_owned())
        );
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(
            round(Decimal::new(125, 3), Currency::EUR),
            Decimal::new(13, 2)
        );
        assert_eq!(
            round(Decimal::new(-125, 3), Currency::EUR),
            Decimal::new(-13, 2)
        );
    }

    #[test]
    fn refuses_gold_as_a_currency() {
        assert_eq!(
            payable("currency", Currency::XAU),
            Err(Invalid::new("currency", Rule::NotACurrency))
        );
    }

    #[test]
    fn the_odd_cents_of_a_split_go_where_the_running_total_rounds_up() {
        let split = |total, weights: &[i64]| {
            let weights: Vec<Decimal> = weights.iter().map(|w| Decimal::new(*w, 2)).collect();
            let parts = split(Decimal::new(total, 2), &weights, Currency::EUR);
            let cents = parts.iter().map(|part| minor(*part, Currency::EUR));
            cents.collect::<Vec<_>>()
        };
        assert_eq!(split(100, &[1, 1, 1]), [33, 34, 33]);
        assert_eq!(split(-100, &[-1, -1, -1]), [-33, -34, -33]);
        assert_eq!(split(5, &[1, 1]), [3, 2]);
        assert_eq!(split(10, &[300, -100, 0]), [15, -5, 0]);
        assert_eq!(split(7, &[5, -5]), [0, 7]);
        assert_eq!(split(7, &[]), [0; 0]);
    }

    #[test]
    fn a_portion_is_rounded_once_half_away_from_zero() {
        let cents =
            |amount: Decimal, part, whole| portion(amount, part, whole, Currency::EUR).minor();
        assert_eq!(cents(Decimal::new(100, 0), 1, 3), 33_33);
        assert_eq!(cents(Decimal::new(100, 0), 2, 3), 66_67);
        assert_eq!(cents(Decimal::new(1, 2), 1, 2), 1);
        assert_eq!(cents(Decimal::new(-1, 2), 1, 2), -1);
        // 0.005 × 1/2 is 0.0025, not half of a cent that was rounded before.
        assert_eq!(cents(Decimal::new(5, 3), 1, 2), 0);
        assert_eq!(cents(Decimal::new(100, 0), 0, 0), 0);
        assert_eq!(portion(Decimal::new(5, 0), 1, 2, Currency::JPY).minor(), 3);
    }

    proptest! {
        #[test]
        fn a_portion_and_the_rest_of_it_differ_from_the_whole_by_a_cent_at_most(
            minor in 0_i64..1_000_000_000, part in 0_i64..366,
        ) {
            let amount = Decimal::new(minor, 2);
            let parts = [part, 366 - part].map(|days| portion(amount, days, 366, Currency::EUR).minor());
            prop_assert!((minor - parts[0] - parts[1]).abs() <= 1);
            prop_assert!((0..=minor).contains(&parts[0]));
        }

        #[test]
        fn parts_of_a_split_add_up_to_the_whole(
            total in -1_000_000_i64..1_000_000,
            weights in proptest::collection::vec(-2_000_i64..10_000, 1..12),
        ) {
            let weights: Vec<Decimal> = weights.into_iter().map(|w| Decimal::new(w, 2)).collect();
            let total = Decimal::new(total, 2);
            let parts = split(total, &weights, Currency::EUR);
            prop_assert_eq!(parts.iter().sum::<Decimal>(), total);
        }

        #[test]
        fn minor_units_and_back_is_the_same_money(minor in -LARGEST_MINOR..LARGEST_MINOR) {
            for currency in [Currency::EUR, Currency::JPY, Currency::KWD] {
                prop_assert_eq!(Money::from_minor(minor, currency).minor(), minor);
            }
        }
    }
}
