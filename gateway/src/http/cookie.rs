//! The session's cookie: HttpOnly, SameSite=Lax, and tied to this very host where people come over https.

use axum::http::{HeaderMap, header};

use crate::config::Config;

/// The name of the cookie. Browsers take `__Host-` only over https, without a domain, for the whole origin.
fn name(config: &Config) -> &'static str {
    if config.public_url.is_secure() {
        "__Host-billing"
    } else {
        "billing"
    }
}

/// The header value that gives a browser its token.
pub fn set(config: &Config, token: &str) -> String {
    let seconds = config.session_time().whole_seconds();
    format!(
        "{}={token}; Max-Age={seconds}{}",
        name(config),
        attributes(config)
    )
}

/// The header value that takes it away.
pub fn clear(config: &Config) -> String {
    format!("{}=; Max-Age=0{}", name(config), attributes(config))
}

/// The token a browser sent.
pub fn read<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    find(headers, name(config))
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The header value that has a browser bring back the position it has seen.
pub fn set_position(config: &Config, sealed: &str) -> String {
    format!("{}={sealed}{}", position_name(config), attributes(config))
}

/// The position a browser brought back.
pub fn read_position<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    find(headers, position_name(config))
}

fn position_name(config: &Config) -> &'static str {
    if config.public_url.is_secure() {
        "__Host-billing-position"
    } else {
        "billing-position"
    }
}

fn attributes(config: &Config) -> &'static str {
    if config.public_url.is_secure() {
        "; Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; Path=/; HttpOnly; SameSite=Lax"
    }
}
