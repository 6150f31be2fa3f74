//! Signatures of webhooks, in the form that Stripe gave them: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of
//! `SECONDS.BODY` under a secret that the provider and we share. Several `v1` may stand in a header, and several secrets
//! may be known here, so that a secret can be changed without losing a notice.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use time::{Duration, OffsetDateTime};

/// The header's name.
pub(crate) const HEADER: &str = "webhook-signature";
/// How far the sender's clock, or the way here, may be off: what was sent longer ago may be somebody's repetition.
const TOLERANCE: Duration = Duration::minutes(5);
/// The most signatures of one header that are looked at.
const MOST: usize = 8;

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadSignature {
    /// The header is missing or in another form.
    #[error("the header Webhook-Signature is missing or malformed")]
    Malformed,
    /// Signed more than five minutes ago, or ahead.
    #[error("the signature is too old")]
    OutOfTime,
    /// No signature is of one of our secrets and this body.
    #[error("the signature does not fit")]
    Wrong,
}

/// Verifies a body against its header. Every signature is compared with that of every secret, each in constant time,
/// so that how long it takes says nothing.
///
/// # Errors
/// [`BadSignature`].
pub(crate) fn verify(
    header: &str,
    body: &[u8],
    secrets: &[String],
    now: OffsetDateTime,
) -> Result<(), BadSignature> {
    let (seconds, given) = parse(header).ok_or(BadSignature::Malformed)?;
    let mut fits = Choice::from(0);
    for secret in secrets {
        let right = hmac(secret, &seconds.to_string(), body);
        for signature in &given {
            fits |= right.ct_eq(signature);
        }
    }
    if !bool::from(fits) {
        return Err(BadSignature::Wrong);
    }
    let signed =
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| BadSignature::OutOfTime)?;
    if (now - signed).abs() > TOLERANCE {
        return Err(BadSignature::OutOfTime);
    }
    Ok(())
}

/// The header for a body that is sent now.
pub(crate) fn sign(body: &[u8], secret: &str, now: OffsetDateTime) -> String {
    let seconds = now.unix_timestamp().to_string();
    let signature = hmac(secret, &seconds, body);
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

fn hmac(secret: &str, seconds: &str, body: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104): the error type says otherwise for other constructions.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return [0; 32];
    };
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// The time, and the signatures of the scheme that we know; others are left to later schemes.
fn parse(header: &str) -> Option<(i64, Vec<[u8; 32]>)> {
    let (mut seconds, mut signatures) = (None, vec![]);
    for part in header.split(',').take(2 * MOST) {
        match part.trim().split_once('=')? {
            ("t", value) if seconds.is_none() => seconds = Some(value.parse().ok()?),
            ("t", _) => return None,
            ("v1", hex) if signatures.len() < MOST => signatures.push(bytes(hex)?),
            _ => {}
        }
    }
    Some((seconds?, signatures)).filter(|(_, signatures)| !signatures.is_empty())
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let digits = hex.get(2 * index..2 * index + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

    fn secrets(all: &[&str]) -> Vec<String> {
        all.iter().map(|secret| (*secret).to_owned()).collect()
    }

    #[test]
    fn takes_what_is_signed_with_one_of_the_secrets() {
        let header = sign(b"{}", "old", NOW);
        for known in [&["old"][..], &["new", "old"], &["old", "new"]] {
            assert_eq!(verify(&header, b"{}", &secrets(known), NOW), Ok(()));
        }
        let (time, signature) = header.split_once(',').unwrap_or_default();
        let several = format!("{time},v0=x,v1={},{signature}", "0".repeat(64));
        assert_eq!(verify(&several, b"{}", &secrets(&["old"]), NOW), Ok(()));
    }

    #[test]
    fn is_the_hmac_of_the_published_test_case() {
        // RFC 4231, test case 2: the key "Jefe", over "what do ya want for nothing?".
        let right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(b"Jefe") else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(b"what do ya want for nothing?");
        let made: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(Some(made), bytes(right));
    }

    #[test]
    fn refuses_another_body_another_secret_another_time() {
        let header = sign(b"{}", "secret", NOW);
        let known = secrets(&["secret"]);
        let wrong = Err(BadSignature::Wrong);
        assert_eq!(verify(&header, b"{ }", &known, NOW), wrong);
        assert_eq!(verify(&header, b"{}", &secrets(&["other"]), NOW), wrong);
        assert_eq!(verify(&header, b"{}", &[], NOW), wrong);
        let later = header.replace(&format!("t={}", NOW.unix_timestamp()), "t=1");
        assert_eq!(verify(&later, b"{}", &known, NOW), wrong);
        for (off, outcome) in [
            (Duration::seconds(300), Ok(())),
            (Duration::seconds(301), Err(BadSignature::OutOfTime)),
            (Duration::seconds(-300), Ok(())),
            (Duration::seconds(-301), Err(BadSignature::OutOfTime)),
        ] {
            assert_eq!(verify(&header, b"{}", &known, NOW + off), outcome, "{off}");
        }
    }

    #[test]
    fn refuses_headers_of_another_form() {
        let signature = "0".repeat(64);
        for header in [
            String::new(),
            "t=1".to_owned(),
            format!("v1={signature}"),
            format!("t=x,v1={signature}"),
            format!("t=1,t=2,v1={signature}"),
            "t=1,v1=00".to_owned(),
            format!("t=1,v1={}", "g".repeat(64)),
            format!("t=1,v1={}", "é".repeat(32)),
            "nonsense".to_owned(),
        ] {
            let known = secrets(&["secret"]);
            let outcome = verify(&header, b"{}", &known, NOW);
            assert_eq!(outcome, Err(BadSignature::Malformed), "{header}");
        }
        let endless = format!("t=99999999999999,v1={signature}");
        let outcome = verify(&endless, b"{}", &secrets(&["secret"]), NOW);
        assert_eq!(outcome, Err(BadSignature::Wrong));
    }
}
