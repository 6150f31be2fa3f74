//! Rebuilds the crate when a migration changes: the migrations are embedded in the binary.
#![allow(clippy::print_stdout)] // Cargo reads a build script's instructions from its standard output.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
