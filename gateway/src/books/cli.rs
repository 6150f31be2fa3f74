//! What can be said on the command line about the books.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use time::Date;
use time::macros::format_description;

/// What can be imported.
#[derive(Subcommand, Clone, Debug)]
pub enum ImportCommand {
    /// Customers, one a row.
    Customers(ImportFile),
    /// Invoices and credit notes, one a row or one line a row, with the customers they name.
    Invoices(ImportFile),
}

/// The file to import.
#[derive(Args, Clone, Debug)]
pub struct ImportFile {
    /// A CSV file with a header.
    pub file: PathBuf,
    /// What its columns mean (TOML; see mappings/README.md).
    #[arg(long)]
    pub mapping: PathBuf,
    /// Where every refused or noted row is written (CSV); NAME.report.csv in the working folder when left out.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Only say what would be done and what refused.
    #[arg(long)]
    pub dry_run: bool,
}

/// What to export, and where to.
#[derive(Args, Clone, Debug)]
pub struct ExportCommand {
    /// A folder for one file each, or - for standard output (one kind only).
    pub to: PathBuf,
    /// What to export, by commas; everything when left out.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub what: Vec<What>,
    /// In which form; events are always JSON lines.
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Format,
    /// Leave CSV cells as they are, for programs; else an apostrophe goes before what a spreadsheet would run as a formula.
    #[arg(long)]
    pub raw: bool,
}

/// What can be exported.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[value(rename_all = "camelCase")]
pub enum What {
    /// One customer a row.
    Customers,
    /// One invoice a row.
    Invoices,
    /// One line of an invoice a row, with all of the invoice: what `import invoices` reads back.
    InvoiceLines,
    /// One payment a row.
    Payments,
    /// One credit note a row.
    CreditNotes,
    /// The event log itself, with who did what by which request.
    Events,
}

impl What {
    /// Everything there is.
    pub const ALL: [Self; 6] = [
        Self::Customers,
        Self::Invoices,
        Self::InvoiceLines,
        Self::Payments,
        Self::CreditNotes,
        Self::Events,
    ];

    /// The name of the file, without its ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Invoices => "invoices",
            Self::InvoiceLines => "invoiceLines",
            Self::Payments => "payments",
            Self::CreditNotes => "creditNotes",
            Self::Events => "events",
        }
    }
}

/// Forms of export.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180), UTF-8.
    Csv,
    /// One JSON object a line, UTF-8.
    Jsonl,
}

/// Figures of the books.
#[derive(Subcommand, Clone, Debug)]
pub enum ReportCommand {
    /// What was due on a day, by how long it had been due.
    Ageing {
        /// The day, YYYY-MM-DD.
        #[arg(long, value_parser = day)]
        as_of: Date,
        /// In which form.
        #[arg(long, value_enum, default_value = "text")]
        format: ReportFormat,
    },
    /// What is outstanding and credited, and how many documents there are.
    Balances {
        /// In which form.
        #[arg(long, value_enum, default_value = "text")]
        format: ReportFormat,
    },
}

/// Forms of a report.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "must be a day such as 2026-01-31".to_owned())
}
