//! Stores in places of a test's own choice: another disk, another server, a copy of what was made before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::{Node, Store, run_sql};

impl Store {
    /// A copy of a store that no node is running on, below `parent` (SQLite) or on the same server (PostgreSQL).
    pub async fn copy(&self, parent: &Path) -> Arc<Self> {
        let dir = TempDir::new_in(parent).unwrap();
        if let Some((server, name)) = &self.postgres {
            let copy = format!("billing_test_{}", Uuid::now_v7().simple());
            run_sql(server, &format!("CREATE DATABASE {copy} TEMPLATE {name}")).await;
            let (base, _) = server.rsplit_once('/').unwrap();
            return Arc::new(Self {
                dir,
                database_url: format!("{base}/{copy}"),
                postgres: Some((server.clone(), copy)),
            });
        }
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
            }
        }
        Arc::new(Self {
            database_url: format!("sqlite:{}", dir.path().join("billing.db").display()),
            dir,
            postgres: None,
        })
    }

    /// A SQLite store as it was packed: `billing.db` and what belongs to it, in a compressed tar file.
    pub fn unpacked(archive: &Path) -> Arc<Self> {
        let dir = tempfile::tempdir().unwrap();
        let unpacked = std::process::Command::new("tar")
            .args(["--no-same-owner", "-xzf"])
            .arg(archive)
            .arg("-C")
            .arg(dir.path())
            .status();
        assert!(
            unpacked.unwrap().success(),
            "tar unpacks {}",
            archive.display()
        );
        Arc::new(Self {
            database_url: format!("sqlite:{}", dir.path().join("billing.db").display()),
            dir,
            postgres: None,
        })
    }

    /// A store on a PostgreSQL server that the test runs itself; the test removes it with the server.
    pub fn at(database_url: String) -> Arc<Self> {
        Arc::new(Self {
            dir: tempfile::tempdir().unwrap(),
            database_url,
            postgres: None,
        })
    }

    /// The event store's file, where it is one.
    pub fn file(&self) -> Option<PathBuf> {
        self.database_url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The directory that is removed with the store.
    pub fn directory(&self) -> &Path {
        self.dir.path()
    }
}

impl Node {
    /// Starts again like [`Node::restart`], and says why if it does not start.
    pub async fn try_restart(&mut self) -> Result<(), String> {
        let (child, url) = super::spawn(&self.store, &self.own).await?;
        (self.child, self.url) = (child, url);
        Ok(())
    }
}
