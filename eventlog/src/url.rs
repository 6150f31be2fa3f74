//! Which database a url names.

use std::path::PathBuf;

use crate::LogError;

/// Where the log is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its whole url.
    Postgres(String),
}

/// Reads `sqlite:/path`, `sqlite:path`, `sqlite:///path` or `postgres://…`. Never repeats the url
/// in an error, because it may hold a password.
pub(crate) fn parse(url: &str) -> Result<Location, LogError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Location::Postgres(url.to_owned()));
    }
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Err(refuse("the url must begin with sqlite: or postgres://"));
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.contains(":memory:") {
        return Err(refuse(
            "SQLite needs a file; a database in memory cannot be shared by its connections",
        ));
    }
    if path.contains('?') {
        return Err(refuse("a sqlite: url takes no options after '?'"));
    }
    Ok(Location::Sqlite(PathBuf::from(path)))
}

fn refuse(reason: &str) -> LogError {
    LogError::Url(reason.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.
    use super::*;

    #[test]
    fn reads_every_form_of_a_file() {
        for (url, path) in [
            ("sqlite:/var/a.db", "/var/a.db"),
            ("sqlite:a.db", "a.db"),
            ("sqlite://a.db", "a.db"),
            ("sqlite:///var/a.db", "/var/a.db"),
        ] {
            assert_eq!(
                parse(url).unwrap(),
                Location::Sqlite(PathBuf::from(path)),
                "{url}"
            );
        }
    }

    #[test]
    fn refuses_what_it_cannot_open_without_repeating_it() {
        for url in [
            "mysql://u:secret@h/d",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a.db?mode=secret",
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
