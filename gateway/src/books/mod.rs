//! Real books in and out, on the command line: import from CSV by a mapping, export as CSV and JSON lines, reports.

mod agreement;
pub mod cli;
mod columns;
mod credit_notes;
mod customers;
mod documents;
mod export;
mod figures;
mod gather;
mod import;
mod invoices;
mod mapping;
mod neutral;
mod reading;
mod refusals;
mod sheet;
mod sorter;
mod source;
mod value;

use std::process::ExitCode;

use crate::config::Config;
use cli::{ExportCommand, ImportCommand, ReportCommand};

/// Imports, and says by the exit code whether rows were refused (3) or all is in (0).
pub(crate) async fn import(config: Config, command: ImportCommand) -> anyhow::Result<ExitCode> {
    import::run(config, command).await
}

/// Writes out what the log and the read models hold.
pub(crate) async fn export(config: Config, command: ExportCommand) -> anyhow::Result<()> {
    export::run(config, command).await
}

/// Prints figures of the books.
pub(crate) async fn report(config: Config, command: ReportCommand) -> anyhow::Result<()> {
    figures::run(config, command).await
}
