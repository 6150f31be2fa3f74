//! The hosted payment page of the sandbox: what a provider's own page would be, at an address of ours because the sandbox
//! has none. The portal sends people here and gets a test token back, in the fragment of the address it named: a
//! fragment reaches no server and no log. Card numbers are asked for nowhere.

use std::fmt::Write as _;
use std::str::FromStr as _;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use domain::money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::portal;

/// Where the page is.
pub(crate) const ADDRESS: &str = "/sandbox/checkout";
/// Where its form goes.
pub(super) const DONE: &str = "/sandbox/checkout/done";

const LONGEST_STATE: usize = 100;
const LONGEST_ADDRESS: usize = 500;
const LONGEST_NAME: usize = 200;

/// What can be paid with: the token, the label that the provider gives it, and what becomes of it.
const METHODS: [(&str, &str, &str); 7] = [
    ("tok_visa", "Visa •••• 4242", "Succeeds"),
    ("tok_mastercard", "Mastercard •••• 4444", "Succeeds"),
    (
        "tok_bank_debit",
        "Bank account •••• 3000",
        "Stays pending until the bank decides",
    ),
    (
        "tok_card_declined",
        "Visa •••• 0002",
        "Is declined by the bank",
    ),
    (
        "tok_insufficient_funds",
        "Visa •••• 9995",
        "Is refused: not enough funds",
    ),
    (
        "tok_expired_card",
        "Visa •••• 0069",
        "Is refused: the card has expired",
    ),
    (
        "tok_visa_then_declines",
        "Visa •••• 0341",
        "Succeeds once, is declined from then on",
    ),
];

/// What the portal asks the page for.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// How much is to be paid; without it a method is only to be saved.
    amount: Option<String>,
    currency: Option<String>,
    /// Who is paid.
    merchant: String,
    return_to: String,
    state: String,
}

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Chosen {
    token: Option<String>,
    cancelled: Option<String>,
    return_to: String,
    state: String,
}

/// Why the page cannot be shown, for whoever built the link to it.
type Wrong = &'static str;

/// Shows the page.
pub(super) async fn show(asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let checked = match &asked {
        Ok(Query(asked)) => check(asked).map(|amount| (asked, amount)),
        Err(_) => Err(UNREADABLE),
    };
    match checked {
        Ok((asked, amount)) => answer(StatusCode::OK, |nonce| page(asked, amount, nonce)),
        Err(wrong) => refuse(wrong),
    }
}

/// Sends the person back with what was chosen.
pub(super) async fn done(chosen: Result<Query<Chosen>, QueryRejection>) -> Response {
    let location = match &chosen {
        Ok(Query(chosen)) => way_back(chosen),
        Err(_) => Err(UNREADABLE),
    };
    let location = location.and_then(|location| {
        HeaderValue::try_from(location).map_err(|_| "return_to cannot be gone to")
    });
    match location {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(wrong) => refuse(wrong),
    }
}

const UNREADABLE: Wrong = "merchant, return_to and state must be there, and nothing twice";

fn check(asked: &Asked) -> Result<Option<Money>, Wrong> {
    check_way_back(&asked.return_to, &asked.state)?;
    let name = asked.merchant.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err("merchant must be a name of at most 200 characters");
    }
    match (&asked.amount, &asked.currency) {
        (None, None) => Ok(None),
        (Some(amount), Some(currency)) => {
            let currency = Currency::from_code(currency);
            let currency = currency.ok_or("currency must be a code such as EUR")?;
            let amount = Decimal::from_str(amount).map_err(|_| WRONG_AMOUNT)?;
            let amount = Money::exact("amount", amount, currency).map_err(|_| WRONG_AMOUNT)?;
            let amount = Money::positive("amount", amount, currency).map_err(|_| WRONG_AMOUNT)?;
            Ok(Some(amount))
        }
        (Some(_), None) | (None, Some(_)) => Err("amount and currency go together"),
    }
}

const WRONG_AMOUNT: Wrong =
    "amount must be more than nothing, with no more decimal places than its currency has";

/// The way back must stay on this very host: an absolute path, of plain characters, that no browser reads otherwise.
fn check_way_back(return_to: &str, state: &str) -> Result<(), Wrong> {
    let mut bytes = return_to.bytes();
    let starts_well = bytes.next() == Some(b'/') && bytes.next() != Some(b'/');
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#');
    if !starts_well || return_to.len() > LONGEST_ADDRESS || !return_to.bytes().all(is_plain) {
        return Err("return_to must be a path of this host: it begins with one /, and has no #");
    }
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if state.is_empty() || state.len() > LONGEST_STATE || !state.bytes().all(is_plain) {
        return Err("state must be 1 to 100 letters, digits, - _ . or ~");
    }
    Ok(())
}

fn way_back(chosen: &Chosen) -> Result<String, Wrong> {
    let Chosen {
        token,
        cancelled,
        return_to,
        state,
    } = chosen;
    check_way_back(return_to, state)?;
    if cancelled.is_some() {
        return Ok(format!("{return_to}#state={state}&cancelled=1"));
    }
    let token = token.as_deref().ok_or("choose what to pay with")?;
    let known = METHODS.iter().find(|(known, ..)| *known == token);
    let (token, ..) = known.ok_or("that is no test method of the sandbox")?;
    Ok(format!("{return_to}#state={state}&token={token}"))
}

fn refuse(wrong: Wrong) -> Response {
    answer(StatusCode::BAD_REQUEST, |nonce| {
        let said = format!(
            "<h1>This payment page was opened wrongly</h1><p>{}.</p>",
            escaped(wrong)
        );
        document("Opened wrongly", nonce, &said)
    })
}

fn answer(status: StatusCode, page: impl FnOnce(&str) -> String) -> Response {
    let nonce = portal::nonce();
    let mut response = (status, Html(page(&nonce))).into_response();
    let policy = format!(
        "default-src 'none'; script-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn page(asked: &Asked, amount: Option<Money>, nonce: &str) -> String {
    let merchant = escaped(asked.merchant.trim());
    let (title, figure, button) = match amount {
        Some(amount) => {
            let amount = readable(amount);
            let figure = format!("<p class=\"amount\">{amount}</p>");
            (format!("Pay {merchant}"), figure, format!("Pay {amount}"))
        }
        None => (
            format!("Save a payment method for {merchant}"),
            String::new(),
            "Save this method".to_owned(),
        ),
    };
    let mut methods = String::new();
    for (index, (token, label, outcome)) in METHODS.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let _ = write!(
            methods,
            "<label><input type=\"radio\" name=\"token\" value=\"{token}\" required{checked}>\
             <span><b>{label}</b><small>{outcome}</small></span></label>"
        );
    }
    let body = format!(
        "<h1>{title}</h1>{figure}\
         <form method=\"get\" action=\"{DONE}\">\
         <input type=\"hidden\" name=\"return_to\" value=\"{}\">\
         <input type=\"hidden\" name=\"state\" value=\"{}\">\
         <fieldset><legend>Choose a test method</legend>{methods}</fieldset>\
         <div class=\"actions\"><button class=\"go\">{button}</button>\
         <button name=\"cancelled\" value=\"1\" formnovalidate>Cancel and go back</button></div></form>",
        escaped(&asked.return_to),
        escaped(&asked.state),
    );
    document(&title, nonce, &body)
}

fn document(title: &str, nonce: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} – Sandbox payments</title>\
         <style nonce=\"{nonce}\">{STYLE}</style></head><body>\
         <header><p><strong>Sandbox payments</strong> <span>no real money</span></p></header>\
         <main>{body}</main>\
         <footer><p>The page of a payment provider would be here. This one is for trying things out: it knows test \
         methods only, and never asks for a card number.</p></footer></body></html>"
    )
}

const STYLE: &str = "
:root { --back: #efedf6; --card: #ffffff; --text: #1d1930; --soft: #565068; --line: #8a8499; --lead: #5b21b6; --on-lead: #ffffff; --tint: #f3eefe; }
@media (prefers-color-scheme: dark) { :root { --back: #15121f; --card: #211d2f; --text: #f1eefa; --soft: #bbb4cd; --line: #857d9c; --lead: #c4b5fd; --on-lead: #1d1930; --tint: #2f2846; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
header { background: #fde68a; color: #3b2300; border-bottom: 3px solid #b45309; }
header p { max-width: 30rem; margin: 0 auto; padding: .75rem 1.25rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
main { width: calc(100% - 2rem); max-width: 30rem; margin: 2rem auto 0; padding: 1.5rem; background: var(--card); border-radius: 1rem; box-shadow: 0 1px 2px rgb(0 0 0 / .12), 0 12px 32px rgb(0 0 0 / .10); }
h1 { margin: 0; font-size: 1.25rem; line-height: 1.3; overflow-wrap: anywhere; }
.amount { margin: .25rem 0 0; font-size: clamp(1.5rem, 8vw, 2.25rem); font-weight: 700; line-height: 1.2; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; margin-bottom: .5rem; font-weight: 600; }
label { display: flex; gap: .75rem; align-items: center; min-height: 3.5rem; padding: .5rem .875rem; border: 1px solid var(--line); cursor: pointer; }
label + label { border-top: 0; }
label:first-of-type { border-radius: .625rem .625rem 0 0; }
label:last-of-type { border-radius: 0 0 .625rem .625rem; }
label:hover, label:has(:checked) { background: var(--tint); }
label span { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; flex: 1; min-width: 0; }
label b { font-weight: 600; }
small { font-size: .875rem; color: var(--soft); }
input[type=radio] { flex: none; width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--lead); }
.actions { display: grid; gap: .75rem; margin-top: 1.5rem; }
button { min-height: 3rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .625rem; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button:hover { background: var(--tint); }
button.go { border-color: var(--lead); background: var(--lead); color: var(--on-lead); }
button.go:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--lead); outline-offset: 2px; }
label:has(:focus-visible) { outline: 3px solid var(--lead); outline-offset: 2px; position: relative; }
label :focus-visible { outline: 0; }
footer { max-width: 30rem; margin: 0 auto; padding: 1rem 1.25rem 2rem; color: var(--soft); font-size: .875rem; }
@media (forced-colors: active) { button, label { border-color: ButtonBorder; } }
";

/// An amount as people read it: its digits in threes.
fn readable(money: Money) -> String {
    let amount = money.amount.to_string();
    let (whole, places) = amount.split_once('.').unwrap_or((&amount, ""));
    let mut text = format!("{} ", money.currency.code());
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !places.is_empty() {
        text.push('.');
        text.push_str(places);
    }
    text
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use uuid::Uuid;

    use super::*;
    use crate::process::provider::{PaymentProvider as _, Sandbox, Storing};

    #[tokio::test]
    async fn every_method_is_one_that_the_sandbox_knows_by_that_label() {
        for (token, label, _) in METHODS {
            let Storing::Stored(method) = Sandbox.store(Uuid::now_v7(), token).await.unwrap()
            else {
                panic!("{token} is not known")
            };
            assert_eq!(method.label, label);
        }
        assert_eq!(Sandbox.hosted_page(), Some(ADDRESS));
    }

    #[test]
    fn the_way_back_stays_on_this_host() {
        for good in ["/", "/invoices/1?tab=pay&x=%20", "/a//b"] {
            assert_eq!(check_way_back(good, "s"), Ok(()), "{good}");
        }
        for bad in [
            "",
            "invoices",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "/\t/evil.example",
            "/a b",
            "/a#b",
            "/ü",
            "https://evil.example",
            "javascript:alert(1)",
        ] {
            assert!(check_way_back(bad, "s").is_err(), "{bad}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_ADDRESS));
        assert!(check_way_back(&long, "s").is_err());
        for bad in ["", "a&token=tok_visa", "a b", "é", &"a".repeat(101)] {
            assert!(check_way_back("/", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_read_in_threes() {
        for (minor, currency, text) in [
            (5, Currency::EUR, "EUR 0.05"),
            (100_000, Currency::EUR, "EUR 1,000.00"),
            (123_456_789, Currency::JPY, "JPY 123,456,789"),
        ] {
            assert_eq!(readable(Money::from_minor(minor, currency)), text);
        }
    }
}
