//! Addresses of mail: what one may be, and its one form.
//!
//! The local part is of RFC 5322's dot-atom form (RFC 6531 where it has other letters than ASCII), at most 64 bytes;
//! quoted local parts and addresses of machines are refused. The domain is a name of at least two labels by the rules
//! of IDNA (UTS 46), not a number. Kept is the lower-cased address with the domain in letters people read: whoever
//! types the ASCII form of `bücher.example` means the same mailbox. [`on_the_wire`] is what a mail server is told.

use email_address::{EmailAddress, Options};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::invalid::{Invalid, Rule};
use crate::text::{optional_line, required_line};

/// The most characters of an address (RFC 5321).
const LONGEST: usize = 254;

/// A mail address in its one form. Whether the mailbox exists only a mail to it can tell.
///
/// # Errors
/// A rule of text, or [`Rule::NotAnEmail`].
pub fn email(field: &str, value: &str) -> Result<String, Invalid> {
    let text = required_line(field, value, LONGEST)?;
    normal(&text).ok_or_else(|| Invalid::new(field, Rule::NotAnEmail))
}

/// A mail address, or none where nothing visible is given.
///
/// # Errors
/// As [`email`].
pub fn optional_email(field: &str, value: Option<&str>) -> Result<Option<String>, Invalid> {
    match optional_line(field, value, LONGEST)? {
        Some(text) => email(field, &text).map(Some),
        None => Ok(None),
    }
}

/// An address as mail servers take it: the domain in its ASCII form.
pub fn on_the_wire(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}@{}", ascii_domain(domain)?))
}

fn normal(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let local = local.to_lowercase();
    let ascii = ascii_domain(domain)?;
    let options = Options::default()
        .with_minimum_sub_domains(2)
        .without_domain_literal()
        .without_display_text();
    let wire = format!("{local}@{ascii}");
    let is_well_formed = wire.len() <= LONGEST
        && !local.contains(['"', '\\', ' '])
        && EmailAddress::parse_with_options(&wire, options).is_ok();
    if !is_well_formed {
        return None;
    }
    let (domain, readable) = Uts46::new().to_unicode(
        ascii.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
    );
    readable.ok()?;
    Some(format!("{local}@{domain}"))
}

/// The domain's ASCII form; None where it is not the name of a mail domain.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let ascii = ascii.ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    let is_number = top.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_no_mail_address() {
        let long = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("a@{}.example", "b".repeat(64));
        let long_domain = format!("a@{}example", "abcdefghi.".repeat(25));
        for bad in [
            "a",
            "a@",
            "@b.cc",
            "a@b",
            "a@@b.cc",
            "a@b@c.dd",
            "a b@c.dd",
            "a@.bb",
            "a@b.",
            "a@bb.cc.",
            "a@b..cc",
            "a,b@c.dd",
            "<a@b.cc>",
            "Ann <a@b.cc>",
            "bas@ba$.example",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@[IPv6:::1]",
            "a@example.123",
            "a@-b.example",
            "a@b-.example",
            "a@b_c.example",
            "\"a b\"@example.com",
            "\"a\"@example.com",
            "a\\b@example.com",
            "a(comment)@example.com",
            "a@exam ple.com",
            "a;b@example.com",
            "a:b@example.com",
            "a@xn--zzzzzz99999.example",
            &long,
            &long_label,
            &long_domain,
        ] {
            let refusal = Err(Invalid::new("email", Rule::NotAnEmail));
            assert_eq!(email("email", bad), refusal, "{bad}");
            assert_eq!(
                optional_email("email", Some(bad)),
                refusal.map(Some),
                "{bad}"
            );
        }
        let hidden = email("email", "a\u{202E}@example.com");
        assert_eq!(hidden, Err(Invalid::new("email", Rule::DirectionControl)));
        let required = Err(Invalid::new("email", Rule::Required));
        assert_eq!(email("email", "\u{200B}"), required);
        assert_eq!(optional_email("email", Some("\u{200B}")), Ok(None));
    }

    #[test]
    fn keeps_addresses_in_one_form() {
        let longest = format!("{}@example.com", "a".repeat(64));
        for (typed, kept) in [
            (" Ann@Example.COM ", "ann@example.com"),
            ("ann\u{200B}@example.com\r\n", "ann@example.com"),
            (
                "o'neil+tag.x_y-z@mail.example",
                "o'neil+tag.x_y-z@mail.example",
            ),
            ("a@b.cc", "a@b.cc"),
            ("info@BÜCHER.example", "info@bücher.example"),
            ("info@bu\u{308}cher.example", "info@bücher.example"),
            ("info@xn--bcher-kva.example", "info@bücher.example"),
            ("Jörg@example.com", "jörg@example.com"),
            ("用户@例子.公司", "用户@例子.公司"),
            ("a@1.2.3.example", "a@1.2.3.example"),
            ("a@xn--p1ai.xn--p1ai", "a@рф.рф"),
            (longest.as_str(), longest.as_str()),
        ] {
            assert_eq!(email("email", typed).as_deref(), Ok(kept), "{typed}");
        }
        let wire = on_the_wire("info@bücher.example");
        assert_eq!(wire.as_deref(), Some("info@xn--bcher-kva.example"));
    }

    proptest! {
        #[test]
        fn the_form_is_the_form_of_itself(
            local in "[a-zA-Zäß0-9.+_$'-]{1,70}", domain in "[a-zA-Zäß0-9.$_-]{1,70}", top in "(\\.[a-z0-9]{1,3})?",
        ) {
            let typed = format!("{local}@{domain}{top}");
            if let Ok(kept) = email("email", &typed) {
                prop_assert_eq!(email("email", &kept), Ok(kept.clone()));
                let wire = on_the_wire(&kept).unwrap();
                prop_assert_eq!(email("email", &wire), Ok(kept.clone()));
                let (local, domain) = wire.rsplit_once('@').unwrap();
                prop_assert!(local.len() <= 64 && domain.len() <= 253 && wire.len() <= 254);
                prop_assert!(!local.starts_with('.') && !local.ends_with('.') && !local.contains(".."));
                prop_assert!(domain.split('.').all(|l| (1..=63).contains(&l.len())));
                prop_assert!(domain.contains('.') && !domain.contains(['$', '_']));
            }
        }
    }
}
