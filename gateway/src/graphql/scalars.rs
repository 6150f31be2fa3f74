//! Values that refuse by name what they cannot hold.

use std::str::FromStr as _;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// The most digits a decimal may have, before and after the point together.
const MAX_DIGITS: usize = 28;

/// An exact number such as "12.50", written as a string (a whole number may be a JSON number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar(
    name = "Decimal",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6"
)]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => decimal(&text).map(Self).map_err(InputValueError::custom),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Ok(Self(whole.into())),
                None => Err(InputValueError::custom(
                    "a number with a fraction must be sent as a string, such as \"12.50\"",
                )),
            },
            Value::Null
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::List(_)
            | Value::Object(_) => Err(InputValueError::custom(
                "must be a string such as \"12.50\"",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

fn decimal(text: &str) -> Result<rust_decimal::Decimal, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let only_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !only_digits(whole) || !only_digits(fraction) {
        return Err(match text.to_ascii_lowercase().as_str() {
            "nan" | "inf" | "-inf" | "infinity" | "-infinity" => "is not a number".to_owned(),
            text if text.contains('e') => "exponents are not accepted; write all digits".to_owned(),
            _ => "must be digits with at most one point, such as \"12.50\"".to_owned(),
        });
    }
    if digits.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
        return Err(format!("must have at most {MAX_DIGITS} digits"));
    }
    rust_decimal::Decimal::from_str(text)
        .map_err(|_| format!("must have at most {MAX_DIGITS} digits"))
}

/// A calendar day, YYYY-MM-DD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub time::Date);

const DAY: &[time::format_description::BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]");

#[Scalar(
    name = "Date",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let refusal = || InputValueError::custom("must be a day such as \"2026-01-31\"");
        let text = string(&value)
            .filter(|text| text.len() == 10)
            .ok_or_else(refusal)?;
        time::Date::parse(text, DAY)
            .map(Self)
            .map_err(|_| refusal())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format(DAY).unwrap_or_else(|_| self.0.to_string()))
    }
}

/// An instant, RFC 3339; always answered in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub OffsetDateTime);

#[Scalar(
    name = "DateTime",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let refusal =
            || InputValueError::custom("must be an instant such as \"2026-01-31T12:00:00Z\"");
        let text = string(&value)
            .filter(|text| text.len() <= 40)
            .ok_or_else(refusal)?;
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| refusal())?;
        instant
            .checked_to_offset(UtcOffset::UTC)
            .map(Self)
            .ok_or_else(refusal)
    }

    fn to_value(&self) -> Value {
        let utc = self.0.to_offset(UtcOffset::UTC);
        Value::String(utc.format(&Rfc3339).unwrap_or_else(|_| utc.to_string()))
    }
}

/// An id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub uuid::Uuid);

#[Scalar(
    name = "UUID",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc9562"
)]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        let refusal = || {
            InputValueError::custom(
                "must be an id such as \"0197b2f0-7a3c-7e1d-9c55-3f6d1f0f2a11\"",
            )
        };
        let text = string(&value)
            .filter(|text| text.len() == 36)
            .ok_or_else(refusal)?;
        uuid::Uuid::parse_str(text).map(Self).map_err(|_| refusal())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A currency by its ISO 4217 code, such as "EUR".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencyCode(pub iso_currency::Currency);

#[Scalar(
    name = "CurrencyCode",
    specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html"
)]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        string(&value)
            .filter(|text| text.len() == 3)
            .and_then(iso_currency::Currency::from_code)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("must be a currency such as \"EUR\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

fn string(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        Self(number)
    }
}

impl From<time::Date> for Date {
    fn from(day: time::Date) -> Self {
        Self(day)
    }
}

impl From<OffsetDateTime> for DateTime {
    fn from(instant: OffsetDateTime) -> Self {
        Self(instant)
    }
}

impl From<uuid::Uuid> for Uuid {
    fn from(id: uuid::Uuid) -> Self {
        Self(id)
    }
}

impl From<iso_currency::Currency> for CurrencyCode {
    fn from(currency: iso_currency::Currency) -> Self {
        Self(currency)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn decimals_are_exact_both_ways() {
        for exact in [
            "12.50",
            "-0.000001",
            "0",
            "9999999999999999999999999999",
            "1.10",
        ] {
            assert_eq!(Decimal::parse(text(exact)).unwrap().to_value(), text(exact));
        }
        assert_eq!(
            Decimal::parse(Value::from(7)).unwrap().to_value(),
            text("7")
        );
    }

    #[test]
    fn decimals_refuse_what_is_not_exact() {
        let many_digits = "1".repeat(29);
        for (wrong, why) in [
            ("NaN", "is not a number"),
            ("Infinity", "is not a number"),
            ("1e3", "exponents"),
            ("1E-3", "exponents"),
            ("", "digits"),
            ("1,5", "digits"),
            (" 1", "digits"),
            ("+1", "digits"),
            ("1_000", "digits"),
            ("1.", "digits"),
            (".5", "digits"),
            ("0x10", "digits"),
            ("1.2.3", "digits"),
            (many_digits.as_str(), "at most 28 digits"),
        ] {
            let refusal = format!("{:?}", Decimal::parse(text(wrong)).unwrap_err());
            assert!(
                refusal.contains(why) && refusal.contains("Decimal"),
                "{wrong}: {refusal}"
            );
        }
        let fraction = Value::Number(async_graphql::Number::from_f64(1.5).unwrap());
        assert!(format!("{:?}", Decimal::parse(fraction).unwrap_err()).contains("string"));
        let beyond = Value::Number(u64::MAX.into());
        assert!(Decimal::parse(beyond).is_err());
    }

    #[test]
    fn days_and_instants_keep_their_form() {
        assert_eq!(
            Date::parse(text("2024-02-29")).unwrap().to_value(),
            text("2024-02-29")
        );
        for wrong in [
            "2023-02-29",
            "2024-2-1",
            "20240201",
            "2024-02-01T00:00:00Z",
            "+002024-02-01",
        ] {
            assert!(Date::parse(text(wrong)).is_err(), "{wrong}");
        }
        let there = DateTime::parse(text("2026-01-31T12:00:00+02:00")).unwrap();
        assert_eq!(there.to_value(), text("2026-01-31T10:00:00Z"));
        for wrong in ["2026-01-31", "2026-01-31T12:00:00", "yesterday"] {
            assert!(DateTime::parse(text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_and_currencies_have_one_spelling() {
        let id = "0197b2f0-7a3c-7e1d-9c55-3f6d1f0f2a11";
        assert_eq!(Uuid::parse(text(id)).unwrap().to_value(), text(id));
        assert!(Uuid::parse(text(&id.replace('-', ""))).is_err());
        assert_eq!(
            CurrencyCode::parse(text("EUR")).unwrap().to_value(),
            text("EUR")
        );
        for wrong in ["eur", "XYZ", "EURO", ""] {
            assert!(CurrencyCode::parse(text(wrong)).is_err(), "{wrong}");
        }
    }
}
