//! Two PostgreSQL servers of our own, a primary and its streaming standby: the log goes on with the standby once that is
//! promoted. Left out where no server is installed and `SKIP_POSTGRES=1`.
// A failed unwrap is a failed test.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/tally.rs"]
#[allow(dead_code)]
mod tally;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use eventlog::EventLog;
use sqlx::{Connection as _, PgConnection};
use tally::{Command as Tell, Tally, request};
use tempfile::TempDir;
use uuid::Uuid;

/// Far more than anything here takes: a bound, not a measure.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long one try may take, as a request's deadline bounds it.
const TRY: Duration = Duration::from_secs(4);

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(
        output.status.success(),
        "{command:?}: {text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

fn programs() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<_> = found
        .map(|entry| entry.unwrap().path().join("bin"))
        .collect();
    found.retain(|bin| bin.join("pg_basebackup").exists() && bin.join("initdb").exists());
    found.sort();
    found.pop()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A primary and its standby in a directory of their own.
struct Pair {
    directory: TempDir,
    bin: PathBuf,
    ports: [u16; 2],
}

impl Pair {
    fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            assert!(
                std::env::var("SKIP_POSTGRES").is_ok_and(|skip| skip == "1"),
                "no PostgreSQL server is installed; SKIP_POSTGRES=1 leaves this out"
            );
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        if is_root() {
            output(Command::new("chown").arg("postgres").arg(directory.path()));
        }
        let pair = Self {
            directory,
            bin,
            ports: [free_port(), free_port()],
        };
        pair.run(
            "initdb",
            &["-D", "0", "-U", "postgres", "--auth=trust", "--no-sync"],
        );
        pair.begin(0);
        let port = pair.ports[0].to_string();
        pair.run(
            "pg_basebackup",
            &[
                "-D",
                "1",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
                &port,
            ],
        );
        pair.begin(1);
        Some(pair)
    }

    /// Runs one of the server's programs, as a user who may: servers refuse to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        output(command.args(arguments).current_dir(self.directory.path()));
    }

    fn begin(&self, which: usize) {
        let options = format!(
            "-p {} -c fsync=off -c listen_addresses=127.0.0.1 -c shared_buffers=16MB -c unix_socket_directories={}",
            self.ports[which],
            self.directory.path().display()
        );
        let (data, log) = (which.to_string(), format!("{which}.log"));
        self.run(
            "pg_ctl",
            &[
                "-D", &data, "-l", &log, "-o", &options, "-w", "-t", "60", "start",
            ],
        );
    }

    fn promote(&self) {
        self.run("pg_ctl", &["-D", "1", "-w", "-t", "60", "promote"]);
    }

    fn url(&self, which: usize) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/postgres",
            self.ports[which]
        )
    }

    /// The standby first, so that opening has to pass it over.
    fn both(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
            self.ports[1], self.ports[0]
        )
    }

    /// Sends a signal to every process of a server.
    fn signal(&self, which: usize, signal: &str) {
        let file = self
            .directory
            .path()
            .join(which.to_string())
            .join("postmaster.pid");
        let Ok(text) = std::fs::read_to_string(file) else {
            return;
        };
        let postmaster = text.lines().next().unwrap().to_owned();
        let children = Command::new("pgrep")
            .args(["-P", &postmaster])
            .output()
            .unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let _ = Command::new("kill")
            .arg(signal)
            .arg(&postmaster)
            .args(children.split_whitespace())
            .output();
    }

    async fn wait_for_the_standby(&self, events: i64) {
        loop {
            let mut standby = PgConnection::connect(&self.url(1)).await.unwrap();
            let there: Result<i64, _> = sqlx::query_scalar("SELECT count(*) FROM events")
                .fetch_one(&mut standby)
                .await;
            if there.is_ok_and(|there| there == events) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for which in [0, 1] {
            self.signal(which, "-CONT");
            self.signal(which, "-QUIT");
        }
    }
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")) == "0"
}

async fn add(log: &EventLog, id: Uuid) -> bool {
    let request = request();
    let adding = log.execute::<Tally>(id, Tell::Add(1), &request);
    matches!(tokio::time::timeout(TRY, adding).await, Ok(Ok(_)))
}

/// Appends, ends the primary by `end`, promotes the standby and goes on with the same log.
async fn goes_on_after(end: impl FnOnce(&Pair)) {
    let Some(pair) = tokio::task::spawn_blocking(Pair::start).await.unwrap() else {
        return;
    };
    let log = EventLog::open(&pair.both()).await.unwrap();
    let ids: Vec<_> = (0..5).map(|_| Uuid::now_v7()).collect();
    for id in &ids {
        assert!(add(&log, *id).await);
    }
    pair.wait_for_the_standby(5).await;
    end(&pair);
    pair.promote();
    let later = Uuid::now_v7();
    while !add(&log, later).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let on_standby = EventLog::open(&pair.url(1)).await.unwrap();
    for id in ids.iter().chain([&later]) {
        assert!(on_standby.load::<Tally>(*id).await.unwrap().version >= 1);
    }
    on_standby.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_on_with_the_standby_that_is_promoted_when_the_primary_is_stopped() {
    let stop = |pair: &Pair| {
        pair.run(
            "pg_ctl",
            &["-D", "0", "-m", "fast", "-w", "-t", "60", "stop"],
        )
    };
    tokio::time::timeout(PATIENCE, goes_on_after(stop))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_on_with_the_standby_that_is_promoted_when_the_primary_stands_still() {
    let stand = |pair: &Pair| pair.signal(0, "-STOP");
    tokio::time::timeout(PATIENCE, goes_on_after(stand))
        .await
        .unwrap();
}
