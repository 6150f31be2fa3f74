//! Makes a release build notice what the portal's build has written: its files are embedded in the program, and cargo
//! knows only of those that were there the last time. Debug builds read the folder when they run.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let pages = Path::new("../portal/dist");
    // A folder that is missing would be a change at every build, so it is made; where it cannot be, nobody fills it.
    if std::fs::create_dir_all(pages).is_ok() {
        println!("cargo::rerun-if-changed={}", pages.display());
    }
}
