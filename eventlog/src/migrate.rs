//! Bringing PostgreSQL to the version this program knows. SQLite: see [`crate::sqlite`].

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::LogError;

static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// Migrates PostgreSQL under sqlx's advisory lock, on a connection of its own: when a migration
/// fails the lock is still held, and closing the connection is what gives it back.
pub(crate) async fn postgres(options: &PgConnectOptions) -> Result<(), LogError> {
    // A migration may take longer than any query should.
    let patient = options
        .clone()
        .options([("statement_timeout", "0"), ("lock_timeout", "0")]);
    let mut connection: PgConnection = patient.connect().await?;
    let result = run(&POSTGRES, &mut connection).await;
    let closed = connection.close().await;
    result?;
    closed?;
    Ok(())
}

async fn run<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<(), LogError> {
    migrator
        .run_direct(connection)
        .await
        .map_err(|error| explain(migrator, error))
}

/// A migration that the database has and the program has not means that the program is the older of
/// the two.
pub(crate) fn explain(migrator: &Migrator, error: MigrateError) -> LogError {
    let known = migrator
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    if let MigrateError::VersionMissing(found) = error
        && found > known
    {
        return LogError::NewerDatabase { found, known };
    }
    LogError::Migration(error)
}
