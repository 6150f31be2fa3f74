//! Which server of a url is connected to: a url may name several hosts, and what kind of server is wanted.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use url::Url;

use crate::LogError;

/// How long one host may take to say what it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How often the chosen server is asked whether it is still what is wanted.
const ASK_EVERY: Duration = Duration::from_secs(1);
const DEFAULT_PORT: &str = "5432";
/// Options that this version of sqlx reads from a url.
const KNOWN: [&str; 15] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// What a server must be, as libpq's `target_session_attrs` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl Wanted {
    fn parse(value: &str) -> Result<Self, LogError> {
        match value {
            "any" => Ok(Self::Any),
            "read-write" => Ok(Self::ReadWrite),
            "read-only" => Ok(Self::ReadOnly),
            "primary" => Ok(Self::Primary),
            "standby" => Ok(Self::Standby),
            "prefer-standby" => Ok(Self::PreferStandby),
            _ => Err(refuse(
                "target_session_attrs must be any, read-write, read-only, primary, standby or prefer-standby",
            )),
        }
    }

    fn is_met(self, standby: bool, read_only: bool) -> bool {
        match self {
            Self::Any => true,
            Self::ReadWrite => !read_only,
            Self::ReadOnly => read_only,
            Self::Primary => !standby,
            Self::Standby | Self::PreferStandby => standby,
        }
    }
}

/// The servers of a url, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Servers {
    hosts: Vec<PgConnectOptions>,
    wanted: Wanted,
}

impl Servers {
    /// Reads `postgres://user:password@host:port,host:port/database?options`. Never repeats the url in an error,
    /// because it may hold a password.
    ///
    /// Several hosts without `target_session_attrs` mean read-write: a log that cannot be appended to is of no use.
    pub(crate) fn parse(text: &str) -> Result<Self, LogError> {
        let (base, hosts) = split(text)?;
        let mut url = Url::parse(&base).map_err(|_| {
            refuse("the user name, the password or the database of the postgres:// url cannot be read; write special characters as %XX")
        })?;
        let (mut addresses, mut ports, mut wanted, mut kept) =
            (split_hosts(&hosts)?, Vec::new(), None, Vec::new());
        for (key, value) in url.query_pairs() {
            match &*key {
                "host" | "hostaddr" => {
                    addresses = value
                        .split(',')
                        .map(|host| (host.to_owned(), None))
                        .collect()
                }
                "port" => ports = value.split(',').map(str::to_owned).collect(),
                "target_session_attrs" => wanted = Some(Wanted::parse(&value)?),
                known if KNOWN.contains(&known) || known.starts_with("options[") => {
                    kept.push((key.into_owned(), value.into_owned()));
                }
                unknown => tracing::warn!(
                    option = unknown,
                    "the postgres:// url has an option that is ignored"
                ),
            }
        }
        for (key, value) in &kept {
            url.query_pairs_mut().clear().append_pair(key, value);
            PgConnectOptions::from_str(url.as_str()).map_err(|_| {
                refuse(&format!(
                    "the option {key} of the postgres:// url has a value that cannot be used"
                ))
            })?;
        }
        url.query_pairs_mut().clear().extend_pairs(&kept);
        let several = addresses.len() > 1;
        if ports.len() > 1 && ports.len() != addresses.len() {
            return Err(refuse(
                "the postgres:// url has more or fewer ports than hosts",
            ));
        }
        let mut hosts = Vec::new();
        for (at, (host, port)) in addresses.into_iter().enumerate() {
            let port = port.or_else(|| ports.get(at).or(ports.first()).cloned());
            hosts.push(options(&url, &host, port.as_deref())?);
        }
        let wanted = wanted.unwrap_or(if several {
            Wanted::ReadWrite
        } else {
            Wanted::Any
        });
        Ok(Self { hosts, wanted })
    }

    /// The first server that is what is wanted. A single one of which nothing is wanted is not asked.
    pub(crate) async fn find(&self) -> Result<PgConnectOptions, LogError> {
        if let (Wanted::Any, [only]) = (self.wanted, self.hosts.as_slice()) {
            return Ok(only.clone());
        }
        let mut failed = None;
        let mut other = None;
        for host in &self.hosts {
            match ask(host).await {
                Ok((standby, read_only)) if self.wanted.is_met(standby, read_only) => {
                    return Ok(host.clone());
                }
                Ok(_) => other = other.or(Some(host)),
                Err(error) => failed = Some(error),
            }
        }
        match (other, failed) {
            (Some(host), _) if self.wanted == Wanted::PreferStandby => Ok(host.clone()),
            (None, Some(error)) => Err(error),
            (Some(_), _) | (None, None) => Err(LogError::Unavailable(
                "no server of the url is what target_session_attrs asks for".to_owned(),
            )),
        }
    }

    /// Whether another server than the chosen one may have to be used later.
    fn may_change(&self) -> bool {
        self.hosts.len() > 1 || self.wanted != Wanted::Any
    }
}

/// When the pool last turned to another server: connections made before are not used again.
#[derive(Clone, Default)]
pub(crate) struct Turned(Arc<Mutex<Option<Instant>>>);

impl Turned {
    pub(crate) fn since(&self, age: Duration) -> bool {
        let turned = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turned.is_some_and(|turned| age >= turned.elapsed())
    }

    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Watches the chosen server until the pool is closed, and turns the pool to another one when the chosen one is no
/// longer there or no longer what is wanted.
pub(crate) fn follow(servers: Servers, chosen: PgConnectOptions, pool: PgPool, turned: Turned) {
    if !servers.may_change() {
        return;
    }
    tokio::spawn(async move {
        let closed = pool.close_event();
        let watching = async {
            let mut chosen = chosen;
            let mut watched = None;
            loop {
                tokio::time::sleep(ASK_EVERY).await;
                if still(&servers, &chosen, &mut watched).await {
                    continue;
                }
                watched = None;
                match servers.find().await {
                    Ok(found) => {
                        tracing::warn!(
                            host = found.get_host(),
                            port = found.get_port(),
                            "connecting to this server from now on"
                        );
                        pool.set_connect_options(found.clone());
                        turned.now();
                        chosen = found;
                    }
                    Err(error) => tracing::warn!(%error, "no server of the url can be used now"),
                }
            }
        };
        tokio::select! {
            () = closed => {}
            () = watching => {}
        }
    });
}

/// Whether the chosen server still is what is wanted, asked over a connection that is kept.
async fn still(
    servers: &Servers,
    chosen: &PgConnectOptions,
    watched: &mut Option<PgConnection>,
) -> bool {
    let asked = tokio::time::timeout(ANSWER_WITHIN, async {
        let mut connection = match watched.take() {
            Some(connection) => connection,
            None => chosen.connect().await?,
        };
        let kind = kind_of(&mut connection).await?;
        *watched = Some(connection);
        Ok::<_, sqlx::Error>(kind)
    });
    match asked.await {
        Ok(Ok((standby, read_only))) => {
            servers.wanted == Wanted::PreferStandby || servers.wanted.is_met(standby, read_only)
        }
        Ok(Err(_)) | Err(_) => false,
    }
}

async fn ask(host: &PgConnectOptions) -> Result<(bool, bool), LogError> {
    let asked = tokio::time::timeout(ANSWER_WITHIN, async {
        let mut connection = host.connect().await?;
        let kind = kind_of(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(kind)
    });
    match asked.await {
        Ok(kind) => Ok(kind?),
        Err(_) => Err(LogError::Unavailable(format!(
            "{}:{} does not answer",
            host.get_host(),
            host.get_port()
        ))),
    }
}

/// Whether a server is a standby, and whether it refuses writing.
async fn kind_of(connection: &mut PgConnection) -> Result<(bool, bool), sqlx::Error> {
    sqlx::query_as(
        "SELECT pg_is_in_recovery(), pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean",
    )
    .fetch_one(connection)
    .await
}

/// The url without its hosts, and the hosts.
fn split(text: &str) -> Result<(String, String), LogError> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| refuse("the url must begin with postgres://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let at = if user.is_empty() { "" } else { "@" };
    Ok((format!("{scheme}://{user}{at}host{tail}"), hosts.to_owned()))
}

/// Each host with its port, if it has one. No text is one host: the usual one of this machine.
fn split_hosts(hosts: &str) -> Result<Vec<(String, Option<String>)>, LogError> {
    hosts
        .split(',')
        .map(|entry| {
            if let Some(address) = entry.strip_prefix('[') {
                let (address, rest) = address
                    .split_once(']')
                    .ok_or_else(|| refuse("an IPv6 address of the postgres:// url lacks its ]"))?;
                if address.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(refuse("what stands in [] in the postgres:// url is no IPv6 address"));
                }
                let port = rest.strip_prefix(':').map(str::to_owned);
                if port.is_none() && !rest.is_empty() {
                    return Err(refuse("an IPv6 address of the postgres:// url is followed by something else than a port"));
                }
                return Ok((address.to_owned(), port));
            }
            match entry.split_once(':') {
                Some((_, port)) if port.contains(':') => Err(refuse(
                    "an IPv6 address of the postgres:// url must stand in []",
                )),
                Some((host, port)) => Ok((host.to_owned(), Some(port.to_owned()))),
                None => Ok((entry.to_owned(), None)),
            }
        })
        .collect()
}

fn options(url: &Url, host: &str, port: Option<&str>) -> Result<PgConnectOptions, LogError> {
    let mut url = url.clone();
    let host = host.replace("%2F", "/").replace("%2f", "/");
    if host.contains(|c: char| c.is_whitespace() || c == '@' || c == '%') {
        return Err(refuse("a host of the postgres:// url is no host name"));
    }
    if let Some(port) = port {
        let number = if port.is_empty() { DEFAULT_PORT } else { port };
        if number.parse::<u16>().unwrap_or(0) == 0 {
            return Err(refuse(
                "a port of the postgres:// url is not a number from 1 to 65535",
            ));
        }
        url.query_pairs_mut().append_pair("port", number);
    }
    let usual = PgConnectOptions::new();
    match (host.as_str(), usual.get_socket()) {
        ("", Some(socket)) => {
            url.query_pairs_mut()
                .append_pair("host", &socket.to_string_lossy());
        }
        ("", None) => {
            url.query_pairs_mut().append_pair("host", usual.get_host());
        }
        (host, _) => {
            url.query_pairs_mut().append_pair("host", host);
        }
    }
    let options = PgConnectOptions::from_str(url.as_str())
        .map_err(|_| refuse("the postgres:// url cannot be understood"))?;
    Ok(super::configured(options))
}

fn refuse(reason: &str) -> LogError {
    LogError::Url(reason.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.
    use super::*;

    fn places(url: &str) -> Vec<(String, u16)> {
        let hosts = Servers::parse(url).unwrap().hosts;
        let place = |host: &PgConnectOptions| {
            let socket = host.get_socket().map(|socket| socket.display().to_string());
            let host_name = socket.unwrap_or_else(|| host.get_host().to_owned());
            (host_name, host.get_port())
        };
        hosts.iter().map(place).collect()
    }

    #[test]
    fn reads_one_host_or_several_in_order() {
        for (url, expected) in [
            ("postgres://u:p@h/d", vec![("h", 5432)]),
            (
                "postgresql://u:p%40@h1:1,h2,h3:3/d?sslmode=disable",
                vec![("h1", 1), ("h2", 5432), ("h3", 3)],
            ),
            (
                "postgres://u@[::1]:7,[fe80::2]/d",
                vec![("::1", 7), ("fe80::2", 5432)],
            ),
            (
                "postgres://u@%2Ftmp%2Fpg:7,h/d",
                vec![("/tmp/pg", 7), ("h", 5432)],
            ),
            (
                "postgres:///d?host=/tmp/pg,h2&port=7",
                vec![("/tmp/pg", 7), ("h2", 7)],
            ),
            (
                "postgres://u@ignored/d?host=a,b&port=1,2",
                vec![("a", 1), ("b", 2)],
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(host, port)| (host.to_owned(), port))
                .collect();
            assert_eq!(places(url), expected, "{url}");
        }
    }

    #[test]
    fn several_hosts_mean_one_that_can_be_written_to_unless_told_otherwise() {
        for (url, wanted) in [
            ("postgres://a/d", Wanted::Any),
            ("postgres://a,b/d", Wanted::ReadWrite),
            ("postgres://a,b/d?target_session_attrs=any", Wanted::Any),
            (
                "postgres://a/d?target_session_attrs=primary",
                Wanted::Primary,
            ),
            (
                "postgres://a/d?target_session_attrs=prefer-standby",
                Wanted::PreferStandby,
            ),
        ] {
            assert_eq!(Servers::parse(url).unwrap().wanted, wanted, "{url}");
        }
    }

    #[test]
    fn a_server_is_taken_by_what_it_is() {
        let kinds = [(false, false), (false, true), (true, true)];
        for (wanted, met) in [
            (Wanted::Any, [true, true, true]),
            (Wanted::ReadWrite, [true, false, false]),
            (Wanted::ReadOnly, [false, true, true]),
            (Wanted::Primary, [true, true, false]),
            (Wanted::Standby, [false, false, true]),
        ] {
            assert_eq!(
                kinds.map(|(standby, read_only)| wanted.is_met(standby, read_only)),
                met,
                "{wanted:?}"
            );
        }
    }

    #[test]
    fn says_what_is_wrong_and_repeats_no_password() {
        for (url, word) in [
            ("postgres://u:secret@h:port/d", "port"),
            ("postgres://u:secret@h:0/d", "port"),
            ("postgres://u:secret@h1,h2/d?port=1,2,3", "ports"),
            ("postgres://u:secret@::1/d", "IPv6"),
            ("postgres://u:secret@[::1/d", "IPv6"),
            ("postgres://u:secret@[nowhere]/d", "IPv6"),
            (
                "postgres://u:secret@h/d?target_session_attrs=secret",
                "target_session_attrs",
            ),
            ("postgres://u:secret@h/d?sslmode=secret", "sslmode"),
            ("postgres://u:secret%ff@h/d", "cannot be"),
        ] {
            let error = Servers::parse(url).unwrap_err().to_string();
            assert!(
                error.contains(word) && !error.contains("secret"),
                "{url}: {error}"
            );
        }
    }
}
