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
    let name = name(config);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn attributes(config: &Config) -> &'static str {
    if config.public_url.is_secure() {
        "; Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; Path=/; HttpOnly; SameSite=Lax"
    }
}
