//! What is wrong with a value that somebody typed: the field and the rule it breaks.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use url::Url;

pub use crate::email::email;
pub use crate::text::{optional_line, optional_text, required_line, required_text};

/// A refused value: which field, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct Invalid {
    /// The path of the field as the caller named it, for example `lines.2.quantity`.
    pub field: String,
    /// The rule that the value breaks.
    pub rule: Rule,
}

/// The rules that a typed value can break.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// A value must be given.
    #[error("must be given")]
    Required,
    /// At most so many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Control characters (among them NUL) cannot be stored everywhere and are never meant.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// Private, unassigned and tag characters look different on every machine, or like nothing.
    #[error("must not contain private, unassigned or tag characters")]
    NotACharacter,
    /// Controls that override, embed or isolate the direction of text make it look like other text.
    #[error("must not contain invisible characters that change the direction of text")]
    DirectionControl,
    /// Not an e-mail address.
    #[error("must be an e-mail address")]
    NotAnEmail,
    /// No address of a web site.
    #[error("must be the address of a web site, such as https://example.com")]
    NotAWebAddress,
    /// Not an ISO 3166-1 alpha-2 code.
    #[error("must be a two-letter country code (ISO 3166-1)")]
    NotACountry,
    /// Not a BCP 47 language tag in its simple form.
    #[error("must be a language tag such as en or de-AT")]
    NotALanguage,
    /// Begins as a VAT number of the European Union does, and is none of that country's form (VIES).
    #[error("must be a VAT number in the form of {0}, as VIES knows them")]
    NotAVatId(&'static str),
    /// More decimal places than the field holds.
    #[error("must have at most {0} decimal places")]
    TooManyDecimals(u32),
    /// Outside of what is allowed, both ends included.
    #[error("must be between {0} and {1}")]
    OutOfRange(Decimal, Decimal),
    /// Must be more than zero.
    #[error("must be more than zero")]
    NotPositive,
    /// Must not be zero.
    #[error("must not be zero")]
    Zero,
    /// At least one, at most so many.
    #[error("must have between 1 and {0} entries")]
    BadCount(usize),
    /// The same thing twice.
    #[error("must not name the same thing twice")]
    Duplicate,
    /// A currency other than the document's or the customer's.
    #[error("must be in {0}")]
    WrongCurrency(&'static str),
    /// The currency has no minor unit defined, as gold has not.
    #[error("must be a currency that money is paid in (ISO 4217)")]
    NotACurrency,
    /// A currency that the organisation's settings do not name.
    #[error("must be a currency that the organisation bills in")]
    CurrencyNotBilled,
    /// A tax category of EN 16931 that needs a rate of zero has another one, or the standard one has zero.
    #[error("does not fit its tax category (EN 16931 BR-S-5, BR-Z-5, BR-E-5, BR-AE-5)")]
    RateDoesNotFitCategory,
    /// A discount larger than what it is taken from.
    #[error("must not exceed the amount it is taken from")]
    DiscountTooLarge,
    /// A date before the one it must not precede.
    #[error("must not be before {0}")]
    TooEarly(time::Date),
    /// A date after the one it must not follow.
    #[error("must not be after {0}")]
    TooLate(time::Date),
    /// Not a name of the IANA time zone database.
    #[error("must be a time zone such as Europe/Vienna (IANA)")]
    NotATimeZone,
    /// Not an international bank account number: its country, length or check digits are wrong.
    #[error("must be an IBAN (ISO 13616)")]
    NotAnIban,
    /// Not a business identifier code.
    #[error("must be a BIC of 8 or 11 characters (ISO 9362)")]
    NotABic,
    /// What numbers begin with stands on documents and in file names.
    #[error("must have 1 to {0} letters, digits or dashes")]
    NotAPrefix(usize),
    /// A list that must grow from entry to entry.
    #[error("must be later than the one before")]
    NotAscending,
    /// It names what is not there.
    #[error("must name something that is there")]
    NotThere,
    /// Not a colour as web pages write it.
    #[error("must be a colour such as #1d4ed8")]
    NotAColour,
    /// White text on the colour could not be read.
    #[error(
        "must be darker: white text on it needs a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)"
    )]
    LowContrast,
    /// Not a picture of a kind that is taken, or of another kind than it says.
    #[error("must be a PNG, JPEG or WebP picture, of the kind that its content type says")]
    NotAPicture,
    /// At most so many bytes.
    #[error("must have at most {0} bytes")]
    TooManyBytes(usize),
    /// The sum of the parts is not the whole.
    #[error("must add up to {0}")]
    DoesNotAddUp(Decimal),
}

impl Invalid {
    /// A broken rule at a field.
    pub fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }

    /// The same, seen from the value that holds the field: `quantity` in `lines.2` is `lines.2.quantity`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self {
            field: format!("{outer}.{}", self.field),
            rule: self.rule,
        }
    }
}

impl Rule {
    /// The rule's stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong(_) => "TOO_LONG",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::NotACharacter => "NOT_A_CHARACTER",
            Self::DirectionControl => "DIRECTION_CONTROL",
            Self::NotAnEmail => "NOT_AN_EMAIL",
            Self::NotAWebAddress => "NOT_A_WEB_ADDRESS",
            Self::NotACountry => "NOT_A_COUNTRY",
            Self::NotALanguage => "NOT_A_LANGUAGE",
            Self::NotAVatId(_) => "NOT_A_VAT_ID",
            Self::TooManyDecimals(_) => "TOO_MANY_DECIMALS",
            Self::OutOfRange(..) => "OUT_OF_RANGE",
            Self::NotPositive => "NOT_POSITIVE",
            Self::Zero => "ZERO",
            Self::BadCount(_) => "BAD_COUNT",
            Self::Duplicate => "DUPLICATE",
            Self::WrongCurrency(_) => "WRONG_CURRENCY",
            Self::NotACurrency => "NOT_A_CURRENCY",
            Self::CurrencyNotBilled => "CURRENCY_NOT_BILLED",
            Self::RateDoesNotFitCategory => "RATE_DOES_NOT_FIT_CATEGORY",
            Self::DiscountTooLarge => "DISCOUNT_TOO_LARGE",
            Self::TooEarly(_) => "TOO_EARLY",
            Self::TooLate(_) => "TOO_LATE",
            Self::NotATimeZone => "NOT_A_TIME_ZONE",
            Self::NotAnIban => "NOT_AN_IBAN",
            Self::NotABic => "NOT_A_BIC",
            Self::NotAPrefix(_) => "NOT_A_PREFIX",
            Self::NotAscending => "NOT_ASCENDING",
            Self::NotThere => "NOT_FOUND",
            Self::NotAColour => "NOT_A_COLOUR",
            Self::LowContrast => "LOW_CONTRAST",
            Self::NotAPicture => "NOT_A_PICTURE",
            Self::TooManyBytes(_) => "TOO_MANY_BYTES",
            Self::DoesNotAddUp(_) => "DOES_NOT_ADD_UP",
        }
    }
}

/// The address of a web site, so that a link to it leads there and nowhere else: http or https, which people may leave
/// out, a host with a dot, and nobody's password. None where nothing is given.
///
/// # Errors
/// As [`optional_text`], or [`Rule::NotAWebAddress`].
pub fn optional_website(field: &str, value: Option<&str>) -> Result<Option<String>, Invalid> {
    let Some(text) = optional_line(field, value, 200)? else {
        return Ok(None);
    };
    let address = if text.contains("://") {
        text
    } else {
        format!("https://{text}")
    };
    let is_one = Url::parse(&address).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| host.contains('.'))
            && url.username().is_empty()
            && url.password().is_none()
    });
    if is_one && !address.contains(char::is_whitespace) {
        Ok(Some(address))
    } else {
        Err(Invalid::new(field, Rule::NotAWebAddress))
    }
}

/// The most people one document is forwarded to at once.
const MOST_RECIPIENTS: usize = 20;

/// The people that a document is forwarded to: 1 to 20 addresses, none of them twice.
///
/// # Errors
/// [`Rule::BadCount`] or [`Rule::Duplicate`] at `field`, or as [`email`] at the place in the list.
pub fn recipients(field: &str, addresses: &[String]) -> Result<Vec<String>, Invalid> {
    if addresses.is_empty() || addresses.len() > MOST_RECIPIENTS {
        return Err(Invalid::new(field, Rule::BadCount(MOST_RECIPIENTS)));
    }
    let recipients = addresses
        .iter()
        .enumerate()
        .map(|(index, address)| email(&format!("{field}.{index}"), address))
        .collect::<Result<Vec<String>, Invalid>>()?;
    if recipients.iter().collect::<BTreeSet<_>>().len() < recipients.len() {
        return Err(Invalid::new(field, Rule::Duplicate));
    }
    Ok(recipients)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_website_is_one_that_a_link_leads_to() {
        for (typed, kept) in [
            (" harbourfinch.example ", "https://harbourfinch.example"),
            (
                "http://example.com/about?us#here",
                "http://example.com/about?us#here",
            ),
            ("https://müller.example:8443", "https://müller.example:8443"),
        ] {
            let website = optional_website("website", Some(typed));
            assert_eq!(website, Ok(Some(kept.to_owned())));
        }
        assert_eq!(optional_website("website", Some(" ")), Ok(None));
        for bad in [
            "javascript:alert(1)",
            "javascript://example.com/%0Aalert(1)",
            "data:text/html,x",
            "ftp://example.com",
            "localhost",
            "<b>x</b> y",
            "two words.example",
            "https://ann:secret@example.com",
            "https://",
        ] {
            let refusal = Invalid::new("website", Rule::NotAWebAddress);
            assert_eq!(
                optional_website("website", Some(bad)),
                Err(refusal),
                "{bad}"
            );
        }
    }
}
