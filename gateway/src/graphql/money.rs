//! Amounts, addresses and parties.

use async_graphql::{InputObject, Object, SimpleObject};
use domain::party::{Address as DomainAddress, Party as DomainParty};

use super::scalars::{CurrencyCode, Decimal};

/// An exact amount in a currency, with the currency's decimal places.
pub struct Money(pub domain::money::Money);

#[Object]
impl Money {
    /// The amount, such as "12.50".
    async fn amount(&self) -> Decimal {
        Decimal(self.0.amount)
    }

    /// ISO 4217 code.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }
}

/// A postal address.
#[derive(SimpleObject)]
pub struct Address {
    /// Street and number.
    street: String,
    /// Postal code.
    postal_code: Option<String>,
    /// Town.
    city: String,
    /// State, province or region.
    region: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    country: String,
}

impl From<DomainAddress> for Address {
    fn from(address: DomainAddress) -> Self {
        let DomainAddress {
            street,
            postal_code,
            city,
            region,
            country,
        } = address;
        Self {
            street,
            postal_code,
            city,
            region,
            country,
        }
    }
}

/// A postal address to be stored.
#[derive(InputObject)]
pub struct AddressInput {
    /// Street and number, up to three lines.
    street: String,
    /// Postal code.
    postal_code: Option<String>,
    /// Town.
    city: String,
    /// State, province or region.
    region: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    country: String,
}

impl From<AddressInput> for DomainAddress {
    fn from(input: AddressInput) -> Self {
        let AddressInput {
            street,
            postal_code,
            city,
            region,
            country,
        } = input;
        Self {
            street,
            postal_code,
            city,
            region,
            country,
        }
    }
}

/// One of the two sides of a document.
#[derive(SimpleObject)]
pub struct Party {
    /// The legal name.
    name: String,
    /// Where mail reaches it.
    email: Option<String>,
    /// Telephone, as written.
    phone: Option<String>,
    /// VAT or other tax number.
    tax_id: Option<String>,
    /// The address, where known.
    address: Option<Address>,
}

impl From<DomainParty> for Party {
    fn from(party: DomainParty) -> Self {
        let DomainParty {
            name,
            email,
            phone,
            tax_id,
            address,
        } = party;
        Self {
            name,
            email,
            phone,
            tax_id,
            address: address.map(Address::from),
        }
    }
}
