//! Migrating SQLite with the files and the table of `sqlx::migrate`, which every installation has.

use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sqlx::migrate::{MigrateError, Migration, Migrator};

use crate::LogError;
use crate::migrate::explain;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

/// Runs all pending migrations in one transaction that takes the write lock first, so a second node that starts at the
/// same time waits (up to the busy timeout) and finds the work done.
pub(super) fn run(db: &mut Connection) -> Result<(), LogError> {
    let all = Transaction::new(db, TransactionBehavior::Immediate)?;
    all.execute_batch(TABLE)?;
    let applied = applied(&all)?;
    let known = |version: i64| MIGRATIONS.iter().any(|known| known.version == version);
    if let Some((missing, _)) = applied.iter().find(|(version, _)| !known(*version)) {
        return Err(explain(&MIGRATIONS, MigrateError::VersionMissing(*missing)));
    }
    for migration in MIGRATIONS.iter() {
        match applied
            .iter()
            .find(|(version, _)| *version == migration.version)
        {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            Some((version, _)) => {
                return Err(explain(
                    &MIGRATIONS,
                    MigrateError::VersionMismatch(*version),
                ));
            }
            None => apply(&all, migration)?,
        }
    }
    Ok(all.commit()?)
}

fn applied(db: &Connection) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let mut applied =
        db.prepare("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")?;
    let rows = applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn apply(db: &Connection, migration: &Migration) -> rusqlite::Result<()> {
    let started = Instant::now();
    db.execute_batch(&migration.sql)?;
    let took = i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX);
    db.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (?1, ?2, TRUE, ?3, ?4)",
        (
            migration.version,
            &migration.description,
            &*migration.checksum,
            took,
        ),
    )?;
    Ok(())
}
