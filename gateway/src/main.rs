//! The binary `billing`.

use std::process::ExitCode;

use clap::Parser as _;
use gateway::config::Cli;

/// Requests are answered out of many small pieces of memory, which this one hands out faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match gateway::server::run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("billing: {error:#}");
            ExitCode::FAILURE
        }
    }
}
