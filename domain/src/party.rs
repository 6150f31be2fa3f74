//! Who stands on a document: names and addresses, frozen when it is issued.

use serde::{Deserialize, Serialize};

pub use crate::email::optional_email;
use crate::invalid::{Invalid, Rule};
use crate::text::{mended, mended_optional, optional_line, required_line, required_text};

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number, up to three lines.
    pub street: String,
    /// Postal code, where the country has one.
    pub postal_code: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or region, where addresses name it.
    pub region: Option<String>,
    /// Country, ISO 3166-1 alpha-2, upper case.
    pub country: String,
}

impl Address {
    /// An older address in the form that [`Address::checked`] wants of its texts.
    fn mended(&self) -> Self {
        Self {
            street: mended(&self.street),
            postal_code: mended_optional(self.postal_code.as_deref()),
            city: mended(&self.city),
            region: mended_optional(self.region.as_deref()),
            country: self.country.clone(),
        }
    }

    /// The address trimmed and complete.
    ///
    /// # Errors
    /// The first field that is missing, too long or no country code.
    pub fn checked(&self) -> Result<Self, Invalid> {
        Ok(Self {
            street: required_text("street", &self.street, 300)?,
            postal_code: optional_line("postalCode", self.postal_code.as_deref(), 20)?,
            city: required_line("city", &self.city, 100)?,
            region: optional_line("region", self.region.as_deref(), 100)?,
            country: country("country", &self.country)?,
        })
    }
}

/// What a document says of one of its two parties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The legal name.
    pub name: String,
    /// Where mail reaches it.
    pub email: Option<String>,
    /// Telephone, as written.
    pub phone: Option<String>,
    /// VAT or other tax number, as written on documents.
    pub tax_id: Option<String>,
    /// The address, where known.
    pub address: Option<Address>,
}

impl Party {
    /// An older party for a new document: texts without what is refused today, no mail address that is none. So a
    /// document is issued for whoever was registered before the rules of today.
    #[must_use]
    pub fn mended(&self) -> Self {
        let email = optional_email("email", self.email.as_deref());
        Self {
            name: mended(&self.name),
            email: email.unwrap_or_default(),
            phone: mended_optional(self.phone.as_deref()),
            tax_id: mended_optional(self.tax_id.as_deref()),
            address: self.address.as_ref().map(Address::mended),
        }
    }

    /// The party trimmed, with a name and only well-formed details.
    ///
    /// # Errors
    /// The first field that is missing or malformed.
    pub fn checked(&self) -> Result<Self, Invalid> {
        Ok(Self {
            name: required_line("name", &self.name, 200)?,
            email: optional_email("email", self.email.as_deref())?,
            phone: optional_line("phone", self.phone.as_deref(), 50)?,
            tax_id: optional_line("taxId", self.tax_id.as_deref(), 30)?,
            address: match &self.address {
                Some(address) => Some(address.checked().map_err(|e| e.within("address"))?),
                None => None,
            },
        })
    }
}

/// A language tag in the form `en` or `de-AT` (BCP 47, language and region only).
///
/// # Errors
/// [`Rule::NotALanguage`] at `field`.
pub fn language(field: &str, value: &str) -> Result<String, Invalid> {
    let text = required_line(field, value, 10)?;
    let (language, region) = match text.split_once('-') {
        Some((language, region)) => (language, Some(region)),
        None => (text.as_str(), None),
    };
    let letters = |part: &str, count: std::ops::RangeInclusive<usize>| {
        count.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    };
    if letters(language, 2..=3) && region.is_none_or(|region| letters(region, 2..=2)) {
        Ok(match region {
            Some(region) => format!("{}-{}", language.to_lowercase(), region.to_uppercase()),
            None => language.to_lowercase(),
        })
    } else {
        Err(Invalid::new(field, Rule::NotALanguage))
    }
}

fn country(field: &str, value: &str) -> Result<String, Invalid> {
    let text = required_line(field, value, 10)?.to_ascii_uppercase();
    if text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(Invalid::new(field, Rule::NotACountry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{address, party};

    #[test]
    fn trims_a_party_and_drops_what_is_blank() {
        let mut typed = party(" Acme ");
        typed.phone = Some(" ".to_owned());
        typed.address = Some(Address {
            country: " at".to_owned(),
            ..address()
        });
        assert_eq!(typed.checked(), Ok(party("Acme")));
    }

    #[test]
    fn names_the_field_of_an_address() {
        let mut nowhere = party("Acme");
        nowhere.address = Some(Address::default());
        let refusal = Invalid::new("address.street", Rule::Required);
        assert_eq!(nowhere.checked(), Err(refusal));
    }

    #[test]
    fn refuses_what_is_no_country_code() {
        for bad in ["A", "AUT", "A1", "ß", "Österreich"] {
            let refusal = Invalid::new("country", Rule::NotACountry);
            assert_eq!(country("country", bad), Err(refusal), "{bad}");
        }
    }

    #[test]
    fn reads_language_tags_of_language_and_region_only() {
        for (typed, tag) in [("EN", "en"), ("de-at", "de-AT"), (" gsw-CH ", "gsw-CH")] {
            assert_eq!(language("language", typed), Ok(tag.to_owned()));
        }
        for bad in ["e", "german", "de-", "de-AUT", "de-A1", "de_AT", "dé"] {
            let refusal = Invalid::new("language", Rule::NotALanguage);
            assert_eq!(language("language", bad), Err(refusal), "{bad}");
        }
    }
}
