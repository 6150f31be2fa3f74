//! What the operator may set: flags and environment variables, checked by name before anything starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::books::cli::{ExportCommand, ImportCommand, ReportCommand};
use crate::clock::Clock;

/// The command line of `billing`.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "billing",
    version,
    about = "Client billing portal: estimates, invoices, subscriptions and payments"
)]
pub struct Cli {
    /// The settings.
    #[command(flatten)]
    pub config: Config,
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `billing` can do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Serve the portal and its GraphQL API (the default).
    Serve,
    /// Build the read models anew from the event log.
    Rebuild,
    /// Prove that the event log is whole and that the read models equal it.
    Check,
    /// Print the GraphQL schema (SDL).
    Schema,
    /// Import real books from CSV, by a mapping; exit code 3 where rows were refused.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Export the books as CSV or JSON lines.
    Export(ExportCommand),
    /// Print figures of the books.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Manage the accounts that may sign in.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Play the payment provider's part, on one's own machine.
    #[command(subcommand)]
    Webhook(WebhookCommand),
}

/// What can be played of the payment provider.
#[derive(Subcommand, Clone, Debug)]
pub enum WebhookCommand {
    /// Tell a running node what became of a pending bank debit, signed with the first of WEBHOOK_SECRETS.
    Send(SendWebhook),
}

/// What to tell the node.
#[derive(Args, Clone, Debug)]
pub struct SendWebhook {
    /// What became of the payment.
    pub outcome: PlayedOutcome,
    /// The payment's id.
    pub payment: Uuid,
    /// Where the node listens (default: LISTEN).
    #[arg(long)]
    pub url: Option<String>,
}

/// What becomes of a bank debit.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayedOutcome {
    /// The money is ours.
    Settle,
    /// The bank refused.
    Fail,
}

/// What can be done with accounts.
#[derive(Subcommand, Clone, Debug)]
pub enum AccountCommand {
    /// Create an account; the password is read from standard input. Prints the account's id.
    Create(CreateAccount),
}

/// The account to create.
#[derive(Args, Clone, Debug)]
pub struct CreateAccount {
    /// What the person is to the organisation.
    #[arg(long)]
    pub role: RoleName,
    /// The address to sign in with.
    #[arg(long)]
    pub email: String,
    /// The person's name.
    #[arg(long)]
    pub name: String,
    /// The customer the contact acts for (contacts only).
    #[arg(long, required_if_eq("role", "customer_contact"))]
    pub customer: Option<Uuid>,
    /// The contact (contacts only).
    #[arg(long, required_if_eq("role", "customer_contact"))]
    pub contact: Option<Uuid>,
}

/// The roles by the names they are stored under.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[value(rename_all = "snake_case")]
pub enum RoleName {
    /// A person who acts for one customer.
    CustomerContact,
    /// One of the merchant's people.
    Staff,
    /// Reads everything, changes nothing.
    Accountant,
    /// Staff with the organisation's settings.
    Owner,
}

/// The settings of one node.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// The event store: sqlite:PATH or postgres://…
    #[arg(long, env, global = true, default_value = "sqlite:./data/billing.db", hide_env_values = true, value_parser = database_url)]
    pub database_url: String,
    /// Where this node keeps its read-model files.
    #[arg(long, env, global = true, default_value = "./data")]
    pub data_dir: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env, global = true, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address people reach the portal at; https makes its cookie Secure.
    #[arg(long, env, global = true, default_value = "http://localhost:8080", value_parser = PublicUrl::parse)]
    pub public_url: PublicUrl,
    /// Further names or addresses that people reach the portal by, separated by commas, without ports. Requests for any
    /// other host are refused; names of one's own machine are taken in development.
    #[arg(long, env, global = true, value_delimiter = ',', value_parser = host_name)]
    pub allowed_hosts: Vec<String>,
    /// development opens GraphiQL, introspection and metrics; production closes them.
    #[arg(long, env, global = true, value_enum, default_value = "production")]
    pub environment: Environment,
    /// Whether the schema may be asked for its types (default: in development only).
    #[arg(long, env, global = true, value_parser = BoolishValueParser::new())]
    pub introspection: Option<bool>,
    /// Whether /graphiql is served (default: in development only).
    #[arg(long, env, global = true, value_parser = BoolishValueParser::new())]
    pub graphiql: Option<bool>,
    /// The bearer token /metrics asks for; without one /metrics is served in development only.
    #[arg(long, env, global = true, hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// The secrets that the payment provider signs its webhooks with, separated by commas; the first is the newest, and
    /// older ones are taken until they are left out. Without one every webhook is refused.
    #[arg(long, env, global = true, hide_env_values = true, value_delimiter = ',', value_parser = webhook_secret)]
    pub webhook_secrets: Vec<String>,
    /// Take the caller's address from the last entry of X-Forwarded-For (behind a reverse proxy of one's own).
    #[arg(long, env, global = true, value_parser = BoolishValueParser::new())]
    pub trust_forwarded_for: bool,
    /// How long a sign-in lasts, in hours.
    #[arg(long, env, global = true, default_value = "12", value_parser = RangedU64ValueParser::<u32>::new().range(1..=24 * 90))]
    pub session_hours: u32,
    /// How log lines are written to standard error (what is logged is set by RUST_LOG).
    #[arg(long, env, global = true, value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Make the demonstration organisation on the first start.
    #[arg(long, env, global = true, value_parser = BoolishValueParser::new())]
    pub demo: bool,
    /// Take this for the time at the start (RFC 3339); only in development, for tests of what the calendar says.
    #[arg(long, env, global = true, value_parser = instant)]
    pub start_at: Option<OffsetDateTime>,
    /// Serve the web portal's built pages from this folder rather than those inside the program.
    #[arg(long, env, global = true)]
    pub portal_dir: Option<PathBuf>,
    /// What one request may ask for.
    #[command(flatten)]
    pub limits: Limits,
}

/// What one request may ask for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits of one request")]
pub struct Limits {
    /// How deep fields may nest.
    #[arg(long = "limit-depth", env = "LIMIT_DEPTH", global = true, default_value = "15", value_parser = count(1..=32))]
    pub depth: usize,
    /// How much the fields asked for may cost together.
    #[arg(long = "limit-complexity", env = "LIMIT_COMPLEXITY", global = true, default_value = "5000", value_parser = count(1..=1_000_000))]
    pub complexity: usize,
    /// How many aliases an operation may have.
    #[arg(long = "limit-aliases", env = "LIMIT_ALIASES", global = true, default_value = "30", value_parser = count(0..=10_000))]
    pub aliases: usize,
    /// How many directives an operation may have.
    #[arg(long = "limit-directives", env = "LIMIT_DIRECTIVES", global = true, default_value = "30", value_parser = count(0..=10_000))]
    pub directives: usize,
    /// How many queries a batch may hold (queries only; mutations are sent one by one).
    #[arg(long = "limit-batch", env = "LIMIT_BATCH", global = true, default_value = "10", value_parser = count(1..=100))]
    pub batch: usize,
    /// How many bytes a request body or a WebSocket message may have.
    #[arg(long = "limit-body-bytes", env = "LIMIT_BODY_BYTES", global = true, default_value = "1048576", value_parser = count(1_024..=67_108_864))]
    pub body_bytes: usize,
    /// How many seconds a connection may take to send a request's head, or stay idle between two requests.
    #[arg(long = "limit-idle-seconds", env = "LIMIT_IDLE_SECONDS", global = true, default_value = "75", value_parser = RangedU64ValueParser::<u32>::new().range(1..=3600))]
    pub idle_seconds: u32,
    /// How many seconds an answer may wait for a client that does not read.
    #[arg(long = "limit-unread-seconds", env = "LIMIT_UNREAD_SECONDS", global = true, default_value = "30", value_parser = RangedU64ValueParser::<u32>::new().range(1..=600))]
    pub unread_seconds: u32,
    /// How many seconds a request may take.
    #[arg(long = "limit-request-seconds", env = "LIMIT_REQUEST_SECONDS", global = true, default_value = "10", value_parser = RangedU64ValueParser::<u32>::new().range(1..=600))]
    pub request_seconds: u32,
}

impl Limits {
    /// How long a request may take.
    pub fn request_time(&self) -> Duration {
        Duration::from_secs(u64::from(self.request_seconds))
    }

    /// How long an answer may wait for who does not read.
    pub fn unread_time(&self) -> Duration {
        Duration::from_secs(u64::from(self.unread_seconds))
    }

    /// How long a connection may stay silent.
    pub fn idle_time(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_seconds))
    }
}

/// How open a node is.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On one's own machine.
    Development,
    /// Where customers are.
    Production,
}

/// How log lines are written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The address people reach the portal at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    secure: bool,
}

impl PublicUrl {
    /// Reads `http(s)://host[:port]`; a path is refused, because the portal owns the whole origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|_| "not an address such as https://billing.example.com".to_owned())?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("must begin with http:// or https://".to_owned()),
        };
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user name".to_owned());
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err("must not have a path".to_owned());
        }
        let scheme = if secure { "https" } else { "http" };
        let origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        let host = authority.host().to_ascii_lowercase();
        Ok(Self {
            origin,
            host,
            secure,
        })
    }

    /// The host without its port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The origin as browsers send it: scheme, host and port, nothing after.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether people come over https.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

fn instant(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "not an instant such as 2026-11-22T10:00:00Z".to_owned())
}

impl Config {
    /// The folder of this node's read-model files.
    pub fn read_models(&self) -> PathBuf {
        self.data_dir.join("read-models")
    }

    /// The clock that a node goes by, and who signs notices for it; commands on the books go by the machine's.
    ///
    /// # Errors
    /// Where another time than the machine's is wanted outside development.
    pub fn clock(&self) -> anyhow::Result<Clock> {
        match self.start_at {
            None => Ok(Clock::system()),
            Some(at) if self.is_development() => Ok(Clock::starting_at(at)),
            Some(_) => anyhow::bail!("START_AT is for development only"),
        }
    }

    /// Whether this node is on somebody's own machine.
    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// Whether the schema may be asked for its types.
    pub fn allows_introspection(&self) -> bool {
        self.introspection.unwrap_or(self.is_development())
    }

    /// Whether /graphiql is served.
    pub fn serves_graphiql(&self) -> bool {
        self.graphiql.unwrap_or(self.is_development())
    }

    /// How long a sign-in lasts.
    pub fn session_time(&self) -> time::Duration {
        time::Duration::hours(i64::from(self.session_hours))
    }
}

fn host_name(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    match text.parse::<axum::http::uri::Authority>() {
        Ok(host) if host.host() == text && !text.is_empty() => Ok(text),
        Ok(_) | Err(_) => Err("each must be a name or an address without a port".to_owned()),
    }
}

fn webhook_secret(text: &str) -> Result<String, String> {
    if text.len() < 16 {
        return Err("each must have at least 16 characters".to_owned());
    }
    Ok(text.to_owned())
}

fn database_url(text: &str) -> Result<String, String> {
    if ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        Ok(text.to_owned())
    } else {
        Err("must begin with sqlite: or postgres://".to_owned())
    }
}

fn count(
    range: std::ops::RangeInclusive<u64>,
) -> impl clap::builder::TypedValueParser<Value = usize> {
    use clap::builder::TypedValueParser as _;
    clap::value_parser!(u64)
        .range(range)
        .try_map(usize::try_from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("billing").chain(args.iter().copied()))
    }

    #[test]
    fn another_time_than_the_machines_is_taken_in_development_only() {
        let at = |environment: &str, instant: &str| {
            let args = ["serve", "--environment", environment, "--start-at", instant];
            parse(&args).map(|cli| cli.config.clock())
        };
        let clock = at("development", "2024-02-29T10:00:00Z").unwrap().unwrap();
        assert_eq!(clock.now().year(), 2024);
        assert!(at("production", "2024-02-29T10:00:00Z").unwrap().is_err());
        assert!(at("development", "yesterday").is_err());
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn refuses_wrong_values_by_name() {
        for (flag, value) in [
            ("--database-url", "mysql://x"),
            ("--listen", "localhost"),
            ("--public-url", "ftp://x"),
            ("--public-url", "https://example.com/portal"),
            ("--environment", "staging"),
            ("--allowed-hosts", "portal.example:8080"),
            ("--allowed-hosts", "a.example,http://b.example"),
            ("--limit-unread-seconds", "0"),
            ("--session-hours", "0"),
            ("--limit-depth", "99"),
            ("--limit-body-bytes", "-1"),
            ("--log-format", "xml"),
            ("--introspection", "maybe"),
            ("--webhook-secrets", "whsec_of_this_year,short"),
        ] {
            let refusal = parse(&[&format!("{flag}={value}")])
                .unwrap_err()
                .to_string();
            assert!(refusal.contains(flag), "{flag} {value}: {refusal}");
        }
    }

    #[test]
    fn production_is_closed_unless_opened() {
        let closed = parse(&[]).unwrap().config;
        assert!(!closed.allows_introspection() && !closed.serves_graphiql());
        let open = parse(&["serve", "--environment", "development"])
            .unwrap()
            .config;
        assert!(open.allows_introspection() && open.serves_graphiql());
        let opened = parse(&["--introspection", "true"]).unwrap().config;
        assert!(opened.allows_introspection() && !opened.serves_graphiql());
    }

    #[test]
    fn a_contact_needs_a_customer() {
        let create = [
            "account", "create", "--email", "a@b.c", "--name", "A", "--role",
        ];
        assert!(parse(&[&create[..], &["staff"]].concat()).is_ok());
        assert!(parse(&[&create[..], &["customer_contact"]].concat()).is_err());
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let url = PublicUrl::parse("https://Billing.Example.com:8443").unwrap();
        assert_eq!(url.origin(), "https://billing.example.com:8443");
        assert!(url.is_secure());
    }
}
