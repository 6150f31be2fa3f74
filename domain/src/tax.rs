//! Taxes by category and rate, as EN 16931 names them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Rule};

/// VAT category codes of EN 16931 (UNTDID 5305 subset); sales taxes elsewhere use `Standard` or `OutOfScope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaxCategory {
    /// S: standard or reduced rate.
    #[serde(rename = "S")]
    Standard,
    /// Z: zero rated goods.
    #[serde(rename = "Z")]
    ZeroRated,
    /// E: exempt from tax.
    #[serde(rename = "E")]
    Exempt,
    /// AE: VAT reverse charge.
    #[serde(rename = "AE")]
    ReverseCharge,
    /// K: intra-community supply.
    #[serde(rename = "K")]
    IntraCommunity,
    /// G: export outside the EU.
    #[serde(rename = "G")]
    Export,
    /// O: outside the scope of tax.
    #[serde(rename = "O")]
    OutOfScope,
}

impl TaxCategory {
    /// The code that EN 16931 gives the category.
    pub fn code(self) -> &'static str {
        match self {
            Self::Standard => "S",
            Self::ZeroRated => "Z",
            Self::Exempt => "E",
            Self::ReverseCharge => "AE",
            Self::IntraCommunity => "K",
            Self::Export => "G",
            Self::OutOfScope => "O",
        }
    }
}

/// A tax: its category and its rate in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tax {
    /// The category.
    pub category: TaxCategory,
    /// Percent, 0 to 100, at most four places.
    pub percent: Decimal,
}

impl Tax {
    /// Outside the scope of any tax.
    pub const NONE: Self = Self {
        category: TaxCategory::OutOfScope,
        percent: Decimal::ZERO,
    };

    /// The tax with its rate written without trailing zeros, so that 19 and 19.0 are one rate.
    ///
    /// # Errors
    /// [`Rule::OutOfRange`], [`Rule::TooManyDecimals`], or [`Rule::RateDoesNotFitCategory`] where a standard
    /// rate is zero or any other category has one (EN 16931 BR-S-5, BR-Z-5, BR-E-5, BR-AE-5, BR-IC-5, BR-G-5).
    pub fn checked(self) -> Result<Self, Invalid> {
        let percent = self.percent.normalize();
        if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
            let rule = Rule::OutOfRange(Decimal::ZERO, Decimal::ONE_HUNDRED);
            return Err(Invalid::new("percent", rule));
        }
        if percent.scale() > 4 {
            return Err(Invalid::new("percent", Rule::TooManyDecimals(4)));
        }
        let standard = self.category == TaxCategory::Standard;
        if standard == percent.is_zero() {
            return Err(Invalid::new("percent", Rule::RateDoesNotFitCategory));
        }
        Ok(Self { percent, ..self })
    }
}
