//! The binary `billing`.

use std::process::ExitCode;

use clap::Parser as _;
use gateway::config::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match gateway::server::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("billing: {error:#}");
            ExitCode::FAILURE
        }
    }
}
