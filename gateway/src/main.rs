//! The binary `billing`.

use std::process::ExitCode;

use clap::Parser as _;
use gateway::config::{Cli, without_values};

/// Requests are answered out of many small pieces of memory, which this one hands out faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|refusal| without_values(refusal).exit());
    match gateway::server::run(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("billing: {error:#}");
            ExitCode::FAILURE
        }
    }
}
