//! An empty stand-in for `sqlx-sqlite`, which this program does not use.
//!
//! `sqlx` names its SQLite driver as an optional dependency. Cargo puts even an unused optional dependency into the
//! lock file, and the driver's `libsqlite3-sys` would then forbid the newer one that `rusqlite` needs: only one package
//! may link SQLite. This crate takes the driver's place, so SQLite is linked once, in the newest version.
