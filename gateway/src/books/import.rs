//! Importing: the frame that customers and invoices share. Everything goes through the ordinary commands, under ids that
//! derive from the source's name and the document's number, so that a second run, or one after a crash, changes nothing.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use cqrs_es::Aggregate;
use domain::numbering::Series;
use domain::organisation::{ORGANISATION_ID, Organisation};
use domain::party::Party;
use eventlog::{Actor, EventLog, ExecuteError, Metadata};
use sha2::{Digest as _, Sha256};
use uuid::{Uuid, uuid};

use super::cli::{ImportCommand, ImportFile};
use super::columns::{Columns, House};
use super::mapping::Mapping;
use super::refusals::Report;
use super::sheet::Sheet;
use super::{customers, invoices};
use crate::app::open_log;
use crate::clock::Clock;
use crate::config::Config;
use crate::graphql::act::Refusal;
use crate::tables::Tables;

/// What ids of imported things derive from.
const IMPORTS: Uuid = uuid!("0192f0c1-0000-7000-8000-00000000b00c");
/// The exit code where rows were refused; the rest is in.
const REFUSED: u8 = 3;

/// Imports a file.
pub(super) async fn run(config: Config, command: ImportCommand) -> anyhow::Result<ExitCode> {
    let (file, of_customers) = match command {
        ImportCommand::Customers(file) => (file, true),
        ImportCommand::Invoices(file) => (file, false),
    };
    let mapping = Mapping::read(&file.mapping)?;
    let sheet = Sheet::open(&file.file, &mapping.file)?;
    let log = open_log(&config).await?;
    let import = Import::open(log, mapping, sheet, file.dry_run).await?;
    let mut report = Report::create(&report_path(&file)?)?;
    let done = if of_customers {
        customers::run(&import, &mut report).await
    } else {
        invoices::run(&import, &mut report).await
    };
    import.log.close().await;
    // Where the import broke off, the report still says what was found until then.
    let (refused, reported) = (report.refused_rows(), report.finish()?);
    let tally = done?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}{reported}", tally.text(&import))?;
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}

/// Where the report goes: into the working folder, for the folder of the input may be somebody else's. It never takes the
/// place of what is read.
fn report_path(file: &ImportFile) -> anyhow::Result<PathBuf> {
    let name = file.file.with_extension("report.csv");
    let name = name
        .file_name()
        .map_or_else(|| "import.report.csv".into(), PathBuf::from);
    let path = file.report.clone().unwrap_or(name);
    let known = path.canonicalize().ok();
    for read in [&file.file, &file.mapping] {
        if known.is_some() && known == read.canonicalize().ok() {
            bail!(
                "the report would take the place of {}; name another file with --report",
                read.display()
            );
        }
    }
    Ok(path)
}

/// An import under way.
pub(super) struct Import {
    pub(super) log: EventLog,
    tables: Tables,
    pub(super) columns: Columns,
    /// The merchant as it stands on imported documents.
    pub(super) seller: Party,
    pub(super) dry_run: bool,
    source: Uuid,
}

/// Why something was not imported: field as the domain calls it, code, reason.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) field: String,
    pub(super) code: String,
    pub(super) reason: String,
}

impl Refused {
    pub(super) fn new(field: &str, code: &str, reason: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code: code.to_owned(),
            reason: reason.into(),
        }
    }

    /// A rule of the domain's.
    pub(super) fn by(refusal: &impl Refusal) -> Self {
        match refusal.invalid() {
            Some(invalid) => Self::new(&invalid.field, refusal.code(), invalid.rule.to_string()),
            None => Self::new("number", refusal.code(), refusal.to_string()),
        }
    }

    /// The same, of a part of what is imported.
    pub(super) fn within(self, part: &str) -> Self {
        Self {
            field: format!("{part}.{}", self.field),
            ..self
        }
    }

    /// The same was imported before and says something else now.
    pub(super) fn changed() -> Self {
        let reason = "was imported before, and says something else now; what is recorded stays";
        Self::new("number", "CHANGED", reason)
    }
}

/// Whether a command is recorded already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It is not.
    No,
    /// It is, from the same content.
    Same,
    /// It is, from other content.
    Other,
}

impl Import {
    async fn open(
        log: EventLog,
        mapping: Mapping,
        sheet: Sheet,
        dry_run: bool,
    ) -> anyhow::Result<Self> {
        let organisation = log.load::<Organisation>(ORGANISATION_ID).await?.state;
        let organisation = organisation.registered.context(
            "there is no organisation yet, and its name stands on every invoice. Register it first:\n\
             \n  billing organisation set --name \"Your company\" --currency EUR --time-zone Europe/Vienna\n\
             \nbilling organisation set --help shows what else it can say (address, tax id, mail)",
        )?;
        let house = House {
            today: organisation
                .settings
                .time_zone
                .date_of(Clock::system().now()),
            settings: organisation.settings,
        };
        Ok(Self {
            tables: Tables::new(log.clone()),
            log,
            source: Uuid::new_v5(&IMPORTS, mapping.source.as_bytes()),
            columns: Columns::new(mapping, sheet, house)?,
            seller: organisation.profile.party.mended(),
            dry_run,
        })
    }

    /// The id of something of the source's: always the same, so that it is never there twice.
    pub(super) fn id(&self, of: &str) -> Uuid {
        Uuid::new_v5(&self.source, of.as_bytes())
    }

    /// The id of a customer by the key that the source knows it by.
    pub(super) fn customer_id(&self, key: &str) -> Uuid {
        self.id(&format!("customer/{key}"))
    }

    /// Metadata of the command that does `step`; `content` is what it says, so that other content is told apart.
    pub(super) fn meta(&self, step: &str, content: &str) -> Metadata {
        let actor = Actor {
            id: "import".to_owned(),
            name: format!("Import of {}", self.columns.mapping.source),
            role: "system".to_owned(),
            on_behalf_of: None,
        };
        let mut meta = Metadata::new(self.id(&format!("command/{step}")), actor);
        meta.correlation_id = self.source;
        let hash = Sha256::digest(content);
        meta.with_request_hash(
            hash.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }

    /// Whether a command is recorded already.
    pub(super) async fn known(&self, meta: &Metadata) -> anyhow::Result<Known> {
        Ok(match self.log.outcome_of(meta.command_id).await? {
            None => Known::No,
            Some(outcome) if outcome.request_hash == meta.request_hash => Known::Same,
            Some(_) => Known::Other,
        })
    }

    /// Sends a command; a refusal is an answer, a fault ends the import.
    pub(super) async fn send<A>(
        &self,
        id: Uuid,
        command: A::Command,
        meta: &Metadata,
    ) -> anyhow::Result<Result<(), Refused>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
        A::Error: Refusal,
        ExecuteError<A::Error>: std::error::Error + Send + Sync + 'static,
    {
        match self.log.execute::<A>(id, command, meta).await {
            Ok(_) => Ok(Ok(())),
            Err(ExecuteError::Refused(refusal)) => Ok(Err(Refused::by(&refusal))),
            Err(ExecuteError::KeyReused) => Ok(Err(Refused::changed())),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses a number that another document has, or that a series of the organisation's could give to one.
    pub(super) async fn check_number(
        &self,
        number: &str,
        id: Uuid,
        credit_note: bool,
    ) -> anyhow::Result<Result<(), Refused>> {
        for series in Series::ALL {
            if self
                .columns
                .house
                .settings
                .series
                .of(series)
                .could_give(number)
            {
                let reason = "is written as the organisation's own numbers are, and one of them could be the same; \
                              give its series another prefix first";
                return Ok(Err(Refused::new("number", "NUMBER_OF_A_SERIES", reason)));
            }
        }
        let sql = if credit_note {
            "SELECT aggregate_id FROM events WHERE event_type = 'CreditNoteIssued'
               AND payload -> 'CreditNoteIssued' ->> 'number' = $1"
        } else {
            "SELECT aggregate_id FROM events WHERE event_type = 'InvoiceIssued'
               AND payload -> 'InvoiceIssued' ->> 'number' = $1"
        };
        for row in self.tables.fetch(sql, &[number.into()]).await? {
            if row.id("aggregate_id")? != id {
                let reason = "stands on another document already";
                return Ok(Err(Refused::new("number", "NUMBER_TAKEN", reason)));
            }
        }
        Ok(Ok(()))
    }
}

/// What became of a file.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) rows: u64,
    /// Rows of separators only, which are not counted among them.
    pub(super) blank: u64,
    /// By what it is (`invoices`, `customers`): how many are new, how many were in already.
    pub(super) done: BTreeMap<&'static str, (u64, u64)>,
    /// Documents or customers refused.
    pub(super) refused: u64,
    /// Left out as the mapping says.
    pub(super) skipped: u64,
    /// What new and known documents come to, by kind and currency.
    pub(super) sums: BTreeMap<(&'static str, &'static str), rust_decimal::Decimal>,
}

impl Tally {
    pub(super) fn add(&mut self, what: &'static str, new: bool) {
        let (added, known) = self.done.entry(what).or_default();
        *(if new { added } else { known }) += 1;
    }

    fn text(&self, import: &Import) -> String {
        let mut text = format!("{} rows read\n", self.rows);
        if self.blank > 0 {
            text += &format!("  {:>8} blank rows passed over\n", self.blank);
        }
        let done = if import.dry_run {
            "would be imported"
        } else {
            "imported"
        };
        for (what, (new, known)) in &self.done {
            text += &format!("  {new:>8} {what} {done}, {known} were there already\n");
        }
        for ((what, currency), sum) in &self.sums {
            text += &format!("  {what} come to {sum} {currency}\n");
        }
        if self.skipped > 0 {
            text += &format!("  {:>8} left out, as the mapping says\n", self.skipped);
        }
        text += &format!("  {:>8} refused\n", self.refused);
        let unused = import.columns.unused();
        if !unused.is_empty() {
            text += &format!(
                "columns that the mapping does not use: {}\n",
                unused.join(", ")
            );
        }
        text
    }
}
