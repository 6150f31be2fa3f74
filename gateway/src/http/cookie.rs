//! The cookies of the session and of the device: HttpOnly, SameSite=Lax, and tied to this very host where people come over https.

use axum::http::{HeaderMap, header};

use crate::auth::devices;
use crate::config::Config;

/// The name of the session's cookie. Browsers take `__Host-` only over https, without a domain, for the whole origin.
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

/// The header value that lets a browser be known as a device that somebody has signed in on.
pub fn set_device(config: &Config, token: &str) -> String {
    let (name, seconds) = (device_name(config), devices::KNOWN_FOR.whole_seconds());
    format!("{name}={token}; Max-Age={seconds}{}", attributes(config))
}

/// The token of the device that a browser is known as.
pub fn read_device<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    find(device_name(config), headers)
}

/// The header value that takes it away.
pub fn clear(config: &Config) -> String {
    format!("{}=; Max-Age=0{}", name(config), attributes(config))
}

/// The token a browser sent.
pub fn read<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    find(name(config), headers)
}

fn device_name(config: &Config) -> &'static str {
    if config.public_url.is_secure() {
        "__Host-billing-device"
    } else {
        "billing-device"
    }
}

fn find<'a>(name: &str, headers: &'a HeaderMap) -> Option<&'a str> {
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
