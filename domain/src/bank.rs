//! Bank details: where customers transfer money to.

use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Rule};
use crate::text::{optional_line, required_line};

/// A bank account as it stands on documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetails {
    /// Whose account it is.
    pub holder: String,
    /// The bank's name.
    pub bank_name: Option<String>,
    /// International account number (ISO 13616), written without blanks.
    pub iban: Option<String>,
    /// Business identifier code (ISO 9362), upper case.
    pub bic: Option<String>,
    /// Account and routing number where there are no IBANs, as written.
    pub account_number: Option<String>,
}

impl BankDetails {
    /// The details trimmed, with an IBAN or an account number, and both codes well-formed.
    ///
    /// # Errors
    /// The first field that is missing or malformed.
    pub fn checked(&self) -> Result<Self, Invalid> {
        let iban = match optional_line("iban", self.iban.as_deref(), 50)? {
            Some(text) => Some(iban(&text)?),
            None => None,
        };
        let account_number = optional_line("accountNumber", self.account_number.as_deref(), 100)?;
        if iban.is_none() && account_number.is_none() {
            return Err(Invalid::new("iban", Rule::Required));
        }
        Ok(Self {
            holder: required_line("holder", &self.holder, 200)?,
            bank_name: optional_line("bankName", self.bank_name.as_deref(), 200)?,
            iban,
            bic: match optional_line("bic", self.bic.as_deref(), 20)? {
                Some(text) => Some(bic(&text)?),
                None => None,
            },
            account_number,
        })
    }
}

fn iban(text: &str) -> Result<String, Invalid> {
    let electronic: String = text.split_whitespace().collect::<String>().to_uppercase();
    iban::Iban::from_str(&electronic)
        .map(|_| electronic)
        .map_err(|_| Invalid::new("iban", Rule::NotAnIban))
}

fn bic(text: &str) -> Result<String, Invalid> {
    let code = text.to_uppercase();
    let whole = matches!(code.len(), 8 | 11) && code.is_ascii();
    let letters = code.chars().take(6).all(|c| c.is_ascii_uppercase());
    if whole && letters && code.chars().all(|c| c.is_ascii_alphanumeric()) {
        Ok(code)
    } else {
        Err(Invalid::new("bic", Rule::NotABic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(iban: &str, bic: &str) -> BankDetails {
        BankDetails {
            holder: " Acme ".to_owned(),
            bank_name: None,
            iban: Some(iban.to_owned()),
            bic: Some(bic.to_owned()),
            account_number: None,
        }
    }

    #[test]
    fn writes_both_codes_as_machines_read_them() {
        let checked = details("at61 1904 3002 3457 3201", "bkauatww").checked();
        let expected = BankDetails {
            holder: "Acme".to_owned(),
            iban: Some("AT611904300234573201".to_owned()),
            bic: Some("BKAUATWW".to_owned()),
            ..BankDetails::default()
        };
        assert_eq!(checked, Ok(expected));
    }

    #[test]
    fn refuses_wrong_check_digits_and_lengths() {
        for bad in ["AT611904300234573202", "AT61190430023457320", "XX00", "61"] {
            let refusal = Invalid::new("iban", Rule::NotAnIban);
            assert_eq!(details(bad, "").checked(), Err(refusal), "{bad}");
        }
        for bad in ["BKAUATW", "BKAU1TWW", "BKAUATWWXX", "BKAUATÄW"] {
            let refusal = Invalid::new("bic", Rule::NotABic);
            let checked = details("AT611904300234573201", bad).checked();
            assert_eq!(checked, Err(refusal), "{bad}");
        }
    }

    #[test]
    fn asks_for_an_iban_or_an_account_number() {
        let refusal = Invalid::new("iban", Rule::Required);
        assert_eq!(details("", "").checked(), Err(refusal));
        let elsewhere = BankDetails {
            account_number: Some("021000021 / 12345678".to_owned()),
            ..details("", "")
        };
        assert!(elsewhere.checked().is_ok());
    }
}
