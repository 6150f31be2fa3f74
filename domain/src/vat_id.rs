//! VAT identification numbers of the European Union and Northern Ireland: whether one is written as its country writes
//! them.
//!
//! The structures are those that the European Commission publishes for VIES (VIES on-the-Web, frequently asked
//! questions, Q11 "What is the format of a VAT number?"), with the remarks on them: the first of a Spanish number and
//! its last may be letters or digits, not both digits; the tenth of a Dutch one is B. Check digits are not computed:
//! whether a number is given out, and to whom, only VIES itself knows.

use crate::invalid::{Invalid, Rule};
use crate::text::optional_line;

/// What may stand at one place of a number.
#[derive(Clone, Copy)]
enum Place {
    Digit,
    Letter,
    LetterOrDigit,
    /// A letter, a digit, `+` or `*`.
    Sign,
    Just(char),
}

impl Place {
    fn takes(self, c: char) -> bool {
        match self {
            Self::Digit => c.is_ascii_digit(),
            Self::Letter => c.is_ascii_uppercase(),
            Self::LetterOrDigit => c.is_ascii_digit() || c.is_ascii_uppercase(),
            Self::Sign => Self::LetterOrDigit.takes(c) || matches!(c, '+' | '*'),
            Self::Just(only) => c == only,
        }
    }
}

/// A tax id as it stands on documents: a VAT number of the Union (one that begins with the prefix of a member state, or
/// with XI) in upper case, without the blanks, dots and hyphens that people write into it; any other text as written.
///
/// # Errors
/// [`Rule::NotAVatId`] at `field` where it begins as a VAT number of the Union does, and does not go on as its country's
/// numbers do; or a rule of text.
pub fn tax_id(field: &str, value: Option<&str>) -> Result<Option<String>, Invalid> {
    let Some(text) = optional_line(field, value, 30)? else {
        return Ok(None);
    };
    let bare: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let Some((prefix, structures)) = structures_of(&bare) else {
        return Ok(Some(text));
    };
    let number = &bare[prefix.len()..];
    if structures.iter().any(|structure| fits(structure, number)) && is_allowed(prefix, number) {
        Ok(Some(bare))
    } else {
        Err(Invalid::new(field, Rule::NotAVatId(prefix)))
    }
}

/// The prefix that the text begins with, and the structures of the numbers that follow it, in the letters of the
/// Commission's table: 9 is a digit, L a letter, X a letter or digit, S those or a sign; others stand for themselves.
fn structures_of(text: &str) -> Option<(&'static str, &'static [&'static str])> {
    let known = STRUCTURES.iter();
    known.copied().find(|(prefix, _)| text.starts_with(*prefix))
}

/// By prefix; Greece's is EL, Northern Ireland's XI.
const STRUCTURES: [(&str, &[&str]); 28] = [
    ("AT", &["u99999999"]),
    ("BE", &["9999999999"]),
    ("BG", &["999999999", "9999999999"]),
    ("CY", &["99999999L"]),
    ("CZ", &["99999999", "999999999", "9999999999"]),
    ("DE", &["999999999"]),
    ("DK", &["99999999"]),
    ("EE", &["999999999"]),
    ("EL", &["999999999"]),
    ("ES", &["X9999999X"]),
    ("FI", &["99999999"]),
    ("FR", &["XX999999999"]),
    ("HR", &["99999999999"]),
    ("HU", &["99999999"]),
    ("IE", &["9S99999L", "9999999LL"]),
    ("IT", &["99999999999"]),
    ("LT", &["999999999", "999999999999"]),
    ("LU", &["99999999"]),
    ("LV", &["99999999999"]),
    ("MT", &["99999999"]),
    ("NL", &["SSSSSSSSSbSS"]),
    ("PL", &["9999999999"]),
    ("PT", &["999999999"]),
    (
        "RO",
        &[
            "99",
            "999",
            "9999",
            "99999",
            "999999",
            "9999999",
            "99999999",
            "999999999",
            "9999999999",
        ],
    ),
    ("SE", &["999999999999"]),
    ("SI", &["99999999"]),
    ("SK", &["9999999999"]),
    ("XI", &["999999999", "999999999999", "gd999", "ha999"]),
];

/// Small letters in a structure stand for themselves, as capitals.
fn fits(structure: &str, number: &str) -> bool {
    let place = |sign: char| match sign {
        '9' => Place::Digit,
        'L' => Place::Letter,
        'X' => Place::LetterOrDigit,
        'S' => Place::Sign,
        own => Place::Just(own.to_ascii_uppercase()),
    };
    structure.len() == number.len()
        && structure
            .chars()
            .zip(number.chars())
            .all(|(sign, c)| place(sign).takes(c))
}

/// The Commission's remarks, beyond the structure.
fn is_allowed(prefix: &str, number: &str) -> bool {
    let digit_at = |place: Option<char>| place.is_some_and(|c| c.is_ascii_digit());
    match prefix {
        "ES" => !(digit_at(number.chars().next()) && digit_at(number.chars().next_back())),
        "BE" => number.starts_with(['0', '1']),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<Option<String>, Invalid> {
        tax_id("taxId", Some(text))
    }

    #[test]
    fn takes_numbers_as_every_member_state_writes_them() {
        for number in [
            "ATU12345678",
            "BE0123456789",
            "BE1123456789",
            "BG123456789",
            "BG1234567890",
            "CY12345678X",
            "CZ12345678",
            "CZ123456789",
            "CZ1234567890",
            "DE123456789",
            "DK12345678",
            "EE123456789",
            "EL123456789",
            "ESA12345678",
            "ES12345678Z",
            "ESX1234567X",
            "FI12345678",
            "FR12345678901",
            "FRXX345678901",
            "HR12345678901",
            "HU12345678",
            "IE1234567A",
            "IE1+34567A",
            "IE1A34567A",
            "IE1234567WI",
            "IT12345678901",
            "LT123456789",
            "LT123456789012",
            "LU12345678",
            "LV12345678901",
            "MT12345678",
            "NL123456789B01",
            "NLAB3456+*9B0X",
            "PL1234567890",
            "PT123456789",
            "RO12",
            "RO1234567890",
            "SE123456789012",
            "SI12345678",
            "SK1234567890",
            "XI123456789",
            "XI123456789012",
            "XIGD123",
            "XIHA567",
        ] {
            assert_eq!(written(number), Ok(Some(number.to_owned())), "{number}");
        }
    }

    #[test]
    fn refuses_what_begins_as_a_number_of_a_country_and_is_none() {
        for (bad, country) in [
            ("AT12345678", "AT"),
            ("ATU1234567", "AT"),
            ("BE2123456789", "BE"),
            ("BG12345678", "BG"),
            ("CY123456789", "CY"),
            ("CZ1234567", "CZ"),
            ("DE12345678", "DE"),
            ("DE12345678A", "DE"),
            ("DE 1234567890", "DE"),
            ("DK123456789", "DK"),
            ("EE12345678", "EE"),
            ("EL12345678", "EL"),
            ("ES123456789", "ES"),
            ("FI1234567", "FI"),
            ("FR1234567890", "FR"),
            ("HR1234567890", "HR"),
            ("HU1234567", "HU"),
            ("IE12345678", "IE"),
            ("IT1234567890", "IT"),
            ("LT1234567890", "LT"),
            ("LU1234567", "LU"),
            ("LV1234567890", "LV"),
            ("MT1234567", "MT"),
            ("NL123456789A01", "NL"),
            ("PL123456789", "PL"),
            ("PT12345678", "PT"),
            ("RO1", "RO"),
            ("RO12345678901", "RO"),
            ("SE12345678901", "SE"),
            ("SI1234567", "SI"),
            ("SK123456789", "SK"),
            ("XI12345678", "XI"),
            ("XIGD12", "XI"),
            ("DE１２３４５６７８９", "DE"),
        ] {
            let refusal = Invalid::new("taxId", Rule::NotAVatId(country));
            assert_eq!(written(bad), Err(refusal), "{bad}");
        }
    }

    #[test]
    fn leaves_out_what_people_write_between_the_digits() {
        for typed in ["de 123 456 789", "DE123.456.789", " DE-123456789 "] {
            assert_eq!(written(typed), Ok(Some("DE123456789".to_owned())));
        }
    }

    #[test]
    fn takes_any_other_tax_id_as_written() {
        for other in ["12-3456789", "CHE-123.456.789 MWST", "GB 123 4567 89", "1"] {
            assert_eq!(written(other), Ok(Some(other.to_owned())));
        }
        assert_eq!(written(" "), Ok(None));
        assert_eq!(tax_id("taxId", None), Ok(None));
        let long = Invalid::new("taxId", Rule::TooLong(30));
        assert_eq!(written(&"9".repeat(31)), Err(long));
    }
}
