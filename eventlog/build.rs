//! Rebuilds the crate when a migration changes: the migrations are embedded in the binary.
// Cargo reads a build script's instructions from its standard output.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
