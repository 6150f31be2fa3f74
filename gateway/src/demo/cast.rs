//! Who and what the demonstration is about: the studio, its customers, its plans.

use domain::bank::BankDetails;
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::money::{Currency, Money};
use domain::organisation::{
    Fee, InvoiceOnAcceptance, LateFee, OrganisationProfile, OrganisationSettings, PortalSettings,
    TaxRate,
};
use domain::party::{Address, Party};
use domain::plan::PlanDetails;
use domain::schedule::{Interval, IntervalUnit};
use domain::tax::{Tax, TaxCategory};
use domain::zone::Zone;
use rust_decimal::Decimal;

/// A customer of the studio, and the person who acts for it.
pub(super) struct CustomerCast {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) tax_id: Option<&'static str>,
    pub(super) currency: Currency,
    /// Street, postal code, town, country.
    pub(super) address: [&'static str; 4],
    pub(super) contact: &'static str,
    pub(super) email: &'static str,
}

pub(super) const LIGHTHOUSE: CustomerCast = CustomerCast {
    key: "lighthouse",
    name: "Lighthouse Dental",
    tax_id: Some("DE811569869"),
    currency: Currency::EUR,
    address: ["Leuchtturmweg 3", "22559", "Hamburg", "DE"],
    contact: "Clara Kontos",
    email: super::SIGN_INS[0].1,
};
pub(super) const NORDWIND: CustomerCast = CustomerCast {
    key: "nordwind",
    name: "Nordwind Logistik GmbH",
    tax_id: Some("DE136695976"),
    currency: Currency::EUR,
    address: ["Am Kai 44", "28195", "Bremen", "DE"],
    contact: "Jonas Peters",
    email: "jonas@nordwind.example",
};
pub(super) const ALDER: CustomerCast = CustomerCast {
    key: "alder",
    name: "Alder & Sons",
    tax_id: None,
    currency: Currency::GBP,
    address: ["14 Quay Street", "BS1 4QA", "Bristol", "GB"],
    contact: "Maud Alder",
    email: "maud@alder.example",
};
pub(super) const MORGENROT: CustomerCast = CustomerCast {
    key: "morgenrot",
    name: "Café Morgenrot",
    tax_id: None,
    currency: Currency::EUR,
    address: ["Schanzenstraße 8", "20357", "Hamburg", "DE"],
    contact: "Emre Aydin",
    email: "emre@morgenrot.example",
};
pub(super) const SYLT: CustomerCast = CustomerCast {
    key: "sylt",
    name: "Kite School Sylt",
    tax_id: None,
    currency: Currency::EUR,
    address: ["Strandweg 21", "25980", "Sylt", "DE"],
    contact: "Wiebke Hansen",
    email: "wiebke@kite-sylt.example",
};
pub(super) const STADTWERK: CustomerCast = CustomerCast {
    key: "stadtwerk",
    name: "Stadtwerk Elmshorn AöR",
    tax_id: Some("DE117123124"),
    currency: Currency::EUR,
    address: ["Westerstraße 50", "25336", "Elmshorn", "DE"],
    contact: "Heike Thomsen",
    email: "heike@stadtwerk.example",
};
pub(super) const DUPONT: CustomerCast = CustomerCast {
    key: "dupont",
    name: "Atelier Dupont SARL",
    tax_id: Some("FR40303265045"),
    currency: Currency::EUR,
    address: ["12 rue des Lices", "35000", "Rennes", "FR"],
    contact: "Camille Dupont",
    email: "camille@dupont.example",
};

/// The studio as it stands on documents.
pub(super) fn profile() -> OrganisationProfile {
    OrganisationProfile {
        party: Party {
            name: "Harbour & Finch Studio GmbH".to_owned(),
            email: Some("billing@harbourfinch.example".to_owned()),
            phone: Some("+49 40 5550 0100".to_owned()),
            tax_id: Some("DE123456789".to_owned()),
            address: Some(address(["Speicherstadt 12", "20457", "Hamburg", "DE"])),
        },
        website: Some("https://harbourfinch.example".to_owned()),
        currency: Currency::EUR,
        bank: Some(BankDetails {
            holder: "Harbour & Finch Studio GmbH".to_owned(),
            bank_name: Some("Hansebank Hamburg".to_owned()),
            iban: Some("DE89370400440532013000".to_owned()),
            bic: Some("COBADEFFXXX".to_owned()),
            account_number: None,
        }),
    }
}

/// How the studio works.
pub(super) fn settings() -> anyhow::Result<OrganisationSettings> {
    let rate = |name: &str, category, percent: i64| TaxRate {
        name: name.to_owned(),
        tax: Tax {
            category,
            percent: Decimal::from(percent),
        },
    };
    Ok(OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::ByStaff,
        time_zone: Zone::named("timeZone", "Europe/Berlin")?,
        currencies: vec![Currency::EUR, Currency::GBP],
        tax_rates: vec![
            rate("USt 19 %", TaxCategory::Standard, 19),
            rate("USt 7 %", TaxCategory::Standard, 7),
            rate("Reverse charge", TaxCategory::ReverseCharge, 0),
            rate("Export", TaxCategory::Export, 0),
        ],
        portal: PortalSettings::ALL,
        reminders: vec![-3, 7, 21],
        late_fees: vec![LateFee {
            after_days: 30,
            fee: Fee::Fixed(Money::from_minor(40_00, Currency::EUR)), // § 288 (5) BGB
        }],
        banner: Some("The studio is closed from 24 December to 2 January.".to_owned()),
        ..OrganisationSettings::default()
    })
}

pub(super) fn address([street, postal_code, city, country]: [&str; 4]) -> Address {
    Address {
        street: street.to_owned(),
        postal_code: Some(postal_code.to_owned()),
        city: city.to_owned(),
        region: None,
        country: country.to_owned(),
    }
}

/// A plan that the studio offers: its key, and what it is.
pub(super) fn plans() -> [(&'static str, PlanDetails); 4] {
    let plan =
        |name: &str, description: &str, minor: i64, unit, trial_days, fee: i64| PlanDetails {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            price: Money::from_minor(minor, Currency::EUR),
            interval: Interval { unit, count: 1 },
            trial_days,
            setup_fee: (fee > 0).then(|| Money::from_minor(fee, Currency::EUR)),
            tax: vat(),
            terms: None,
        };
    use IntervalUnit::{Month, Year};
    [
        (
            "plan-care",
            plan(
                "Website care",
                "Updates, backups, two hours of changes",
                240_00,
                Month,
                0,
                0,
            ),
        ),
        (
            "plan-care-plus",
            plan(
                "Website care plus",
                "Updates, backups, six hours of changes",
                420_00,
                Month,
                0,
                0,
            ),
        ),
        (
            "plan-hosting",
            plan(
                "Hosting",
                "Servers in Hamburg, certificates, monitoring",
                348_00,
                Year,
                0,
                90_00,
            ),
        ),
        (
            "plan-newsletter",
            plan(
                "Newsletter",
                "Per thousand readers and month",
                29_00,
                Month,
                30,
                0,
            ),
        ),
    ]
}

pub(super) fn vat() -> Tax {
    Tax {
        category: TaxCategory::Standard,
        percent: Decimal::from(19),
    }
}

/// A line at the usual tax.
pub(super) fn line(description: &str, quantity: i64, unit_price: i64) -> LineDraft {
    LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: Decimal::from(quantity),
        unit_price: Decimal::from(unit_price),
        discount: None,
        tax: vat(),
    }
}

/// The same without tax, for customers abroad.
pub(super) fn untaxed(
    description: &str,
    quantity: i64,
    unit_price: i64,
    why: TaxCategory,
) -> LineDraft {
    LineDraft {
        tax: Tax {
            category: why,
            percent: Decimal::ZERO,
        },
        ..line(description, quantity, unit_price)
    }
}

/// A document in euros.
pub(super) fn document(lines: Vec<LineDraft>) -> DocumentDraft {
    DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines,
        discount: None,
        notes: Some("Thank you for working with us.".to_owned()),
        terms: None,
    }
}
