//! The built-in provider: takes test tokens and moves nothing. It keeps nothing either: every answer follows from what
//! it is asked, so that asking again after a crash, on any node, gets the same.

use domain::customer::PaymentMethodKind;
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::provider::{
    Answer, Charge, Charged, Malformed, News, Notice, PaymentProvider, ProviderKind, Refund,
    Refunded, Refusal, Source, StoredMethod, Storing,
};
use crate::http::checkout;

/// Takes test tokens, as one-time tokens or to be stored:
///
/// | token | what becomes of a charge |
/// |---|---|
/// | `tok_success`, `tok_visa`, `tok_mastercard` | succeeds |
/// | `tok_bank_debit` | is pending, until a notice decides it |
/// | `tok_insufficient_funds`, `tok_card_declined`, `tok_expired_card` | fails with that reason |
/// | `tok_visa_then_declines` | succeeds, also where it is remembered; what is stored of it is declined from then on |
/// | `tok_refund_fails` | succeeds; refunds of it fail |
/// | any other | refused as unknown |
#[derive(Clone, Copy, Debug, Default)]
pub struct Sandbox;

/// One card or account of the sandbox, by the middle part of its token.
struct Card {
    name: &'static str,
    kind: PaymentMethodKind,
    label: &'static str,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
enum Outcome {
    Succeeds,
    IsPending,
    /// With this code, for this reason.
    Fails(&'static str, &'static str),
    /// Succeeds once, at the payment that it was stored with.
    ThenDeclines,
}

const DECLINED: (&str, &str) = ("CARD_DECLINED", "the bank declined the card");

const fn card(name: &'static str, label: &'static str, outcome: Outcome) -> Card {
    Card {
        name,
        kind: PaymentMethodKind::Card,
        label,
        outcome,
    }
}

const CARDS: [Card; 9] = [
    card("success", "Visa •••• 4242", Outcome::Succeeds),
    card("visa", "Visa •••• 4242", Outcome::Succeeds),
    card("mastercard", "Mastercard •••• 4444", Outcome::Succeeds),
    card("refund_fails", "Visa •••• 5126", Outcome::Succeeds),
    card(
        "visa_then_declines",
        "Visa •••• 0341",
        Outcome::ThenDeclines,
    ),
    card(
        "insufficient_funds",
        "Visa •••• 9995",
        Outcome::Fails("INSUFFICIENT_FUNDS", "the account has not enough funds"),
    ),
    card(
        "card_declined",
        "Visa •••• 0002",
        Outcome::Fails(DECLINED.0, DECLINED.1),
    ),
    card(
        "expired_card",
        "Visa •••• 0069",
        Outcome::Fails("EXPIRED_CARD", "the card has expired"),
    ),
    Card {
        name: "bank_debit",
        kind: PaymentMethodKind::BankAccount,
        label: "Bank account •••• 3000",
        outcome: Outcome::IsPending,
    },
];

fn card_named(name: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.name == name)
}

fn refusal((code, reason): (&str, &str)) -> Refusal {
    Refusal {
        code: code.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The card that a token stands for, or a stored reference and the key under which it was stored.
fn card_of(source: &Source) -> Option<(&'static Card, Option<&str>)> {
    match source {
        Source::Token(token) => Some((card_named(token.strip_prefix("tok_")?)?, None)),
        Source::Stored(reference) => {
            let (name, key) = reference.strip_prefix("pm_sandbox_")?.rsplit_once('_')?;
            Some((card_named(name)?, Some(key)))
        }
    }
}

fn charged(charge: &Charge) -> Charged {
    let Some((card, stored_with)) = card_of(&charge.source) else {
        let unknown = ("UNKNOWN_TOKEN", "the payment token is not known");
        return Charged::Failed(refusal(unknown));
    };
    let key = charge.idempotency_key.simple().to_string();
    let reference = format!("sandbox_{}_{key}", card.name);
    let same = stored_with.is_none_or(|stored_with| stored_with == key);
    match card.outcome {
        Outcome::Succeeds => Charged::Succeeded { reference },
        Outcome::ThenDeclines if same => Charged::Succeeded { reference },
        Outcome::ThenDeclines => Charged::Failed(refusal(DECLINED)),
        Outcome::IsPending => Charged::Pending { reference },
        Outcome::Fails(code, reason) => Charged::Failed(refusal((code, reason))),
    }
}

fn refunded(refund: &Refund) -> Refunded {
    if refund.charge.starts_with("sandbox_refund_fails_") {
        let closed = ("ACCOUNT_CLOSED", "the account it was paid from is closed");
        return Refunded::Failed(refusal(closed));
    }
    Refunded::Succeeded {
        reference: format!("sandbox_refund_{}", refund.idempotency_key.simple()),
    }
}

fn stored(key: Uuid, token: &str) -> Storing {
    let card = token.strip_prefix("tok_").and_then(card_named);
    match card {
        Some(card) => Storing::Stored(StoredMethod {
            kind: card.kind,
            label: card.label.to_owned(),
            reference: format!("pm_sandbox_{}_{}", card.name, key.simple()),
        }),
        None => Storing::Refused(refusal(("UNKNOWN_TOKEN", "the payment token is not known"))),
    }
}

impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Sandbox
    }

    fn hosted_page(&self) -> Option<&str> {
        Some(checkout::ADDRESS)
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a, Charged> {
        Box::pin(std::future::ready(Ok(charged(charge))))
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, Refunded> {
        Box::pin(std::future::ready(Ok(refunded(refund))))
    }

    fn store<'a>(&'a self, idempotency_key: Uuid, token: &'a str) -> Answer<'a, Storing> {
        Box::pin(std::future::ready(Ok(stored(idempotency_key, token))))
    }

    fn read_notice(&self, body: &[u8]) -> Result<Notice, Malformed> {
        let event: Event = serde_json::from_slice(body)
            .map_err(|e| Malformed(format!("line {}, column {}", e.line(), e.column())))?;
        event.into_notice()
    }
}

/// A notice as the sandbox writes it.
#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// Seconds since 1970 UTC.
    created: i64,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    payment: Option<Uuid>,
    refund: Option<Uuid>,
    reference: Option<String>,
    code: Option<String>,
    reason: Option<String>,
}

impl Event {
    fn into_notice(self) -> Result<Notice, Malformed> {
        let at = OffsetDateTime::from_unix_timestamp(self.created)
            .map_err(|_| Malformed("created".to_owned()))?;
        let news = self.data.into_news(&self.kind)?;
        Ok(Notice {
            id: text("id", Some(self.id), 200)?,
            at,
            news,
        })
    }
}

impl Data {
    fn into_news(self, kind: &str) -> Result<News, Malformed> {
        let payment = self.payment.ok_or_else(|| missing("data.payment"));
        let refund = self.refund.ok_or_else(|| missing("data.refund"));
        let reference = text("data.reference", self.reference, 200);
        let refused = text("data.code", self.code, 100).and_then(|code| {
            let reason = text("data.reason", self.reason, 500)?;
            Ok(Refusal { code, reason })
        });
        Ok(match kind {
            "payment.succeeded" => News::PaymentSucceeded {
                payment: payment?,
                reference: reference?,
            },
            "payment.failed" => News::PaymentFailed {
                payment: payment?,
                refusal: refused?,
            },
            "refund.succeeded" => News::RefundSucceeded {
                payment: payment?,
                refund: refund?,
                reference: reference?,
            },
            "refund.failed" => News::RefundFailed {
                payment: payment?,
                refund: refund?,
                refusal: refused?,
            },
            _ => News::Other,
        })
    }
}

fn missing(field: &str) -> Malformed {
    Malformed(format!("{field} is missing"))
}

/// Text as the log takes it: there, short, and without control characters.
fn text(field: &str, value: Option<String>, most: usize) -> Result<String, Malformed> {
    let value = value.unwrap_or_default();
    domain::invalid::required_text(field, &value, most).map_err(|e| Malformed(e.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use domain::money::{Currency, Money};

    use super::*;

    fn charge(source: Source, key: u128) -> Charged {
        charged(&Charge {
            idempotency_key: Uuid::from_u128(key),
            amount: Money::from_minor(1_00, Currency::EUR),
            source,
        })
    }

    fn token(name: &str) -> Source {
        Source::Token(name.to_owned())
    }

    #[test]
    fn what_is_stored_of_a_card_that_then_declines_pays_once_and_never_again() {
        let Storing::Stored(method) = stored(Uuid::from_u128(1), "tok_visa_then_declines") else {
            panic!()
        };
        assert_eq!(method.label, "Visa •••• 0341");
        let stored = || Source::Stored(method.reference.clone());
        assert!(matches!(charge(stored(), 1), Charged::Succeeded { .. }));
        for later in [2, 3] {
            assert_eq!(charge(stored(), later), Charged::Failed(refusal(DECLINED)));
        }
    }

    #[test]
    fn a_token_is_no_stored_reference_and_a_reference_no_token() {
        let unknown =
            |charged| matches!(charged, Charged::Failed(why) if why.code == "UNKNOWN_TOKEN");
        let Storing::Stored(method) = stored(Uuid::from_u128(1), "tok_visa") else {
            panic!()
        };
        assert!(unknown(charge(Source::Token(method.reference), 2)));
        assert!(unknown(charge(Source::Stored("tok_visa".to_owned()), 2)));
        assert!(unknown(charge(token("visa"), 2)));
        assert!(matches!(
            stored(Uuid::from_u128(1), "nonsense"),
            Storing::Refused(_)
        ));
    }

    #[test]
    fn answers_alike_however_often_it_is_asked() {
        for card in &CARDS {
            let source = || token(&format!("tok_{}", card.name));
            assert_eq!(charge(source(), 7), charge(source(), 7));
        }
        assert!(matches!(
            charge(token("tok_bank_debit"), 1),
            Charged::Pending { .. }
        ));
    }

    #[test]
    fn reads_notices_and_says_what_is_wrong_with_others() {
        let read = |body: serde_json::Value| Sandbox.read_notice(body.to_string().as_bytes());
        let payment = Uuid::from_u128(5);
        let event = serde_json::json!({
            "id": "evt_1", "type": "payment.failed", "created": 1_700_000_000,
            "data": {"payment": payment, "code": "NO_FUNDS", "reason": "no funds"}
        });
        let notice = read(event.clone()).unwrap();
        assert_eq!(notice.id, "evt_1");
        assert_eq!(notice.news.payment(), Some(payment));
        let other = serde_json::json!({"id": "evt_2", "type": "payout.paid", "created": 1});
        assert_eq!(read(other).unwrap().news, News::Other);
        for (path, value) in [
            ("/id", serde_json::json!("")),
            ("/created", serde_json::json!(i64::MAX)),
            ("/data/payment", serde_json::json!("secret")),
            ("/data/code", serde_json::json!(null)),
            ("/data/reason", serde_json::json!("x".repeat(501))),
        ] {
            let mut bad = event.clone();
            *bad.pointer_mut(path).unwrap() = value;
            let why = read(bad).unwrap_err().to_string();
            assert!(!why.contains("secret"), "{path}: {why}");
        }
    }
}
