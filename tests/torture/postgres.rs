//! PostgreSQL servers of the torture's own, to be stopped, held up and replaced, and what a node connects to: a port
//! that leads to whichever server is the primary.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Servers refuse to run as root.
const USER: &str = "postgres";

/// A server; stopped and removed when dropped.
pub struct Server {
    dir: TempDir,
    port: u16,
    programs: PathBuf,
}

/// The directory of the newest whole server, as scripts/with-postgres.sh finds it.
fn programs() -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_basebackup").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| {
        let said = Command::new("pg_config")
            .arg("--bindir")
            .output()
            .expect("PostgreSQL's programs are installed");
        PathBuf::from(String::from_utf8_lossy(&said.stdout).trim())
    })
}

fn number_of(flag: &str, user: &[&str]) -> u32 {
    let said = Command::new("id").arg(flag).args(user).output().unwrap();
    String::from_utf8_lossy(&said.stdout)
        .trim()
        .parse()
        .unwrap()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Server {
    /// A fresh one that runs.
    pub fn start() -> Self {
        let server = Self::empty();
        server.must(
            "initdb",
            &[
                "-D",
                &server.data(),
                "-U",
                USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        server.configure(&[
            "listen_addresses = '127.0.0.1'",
            &format!(
                "unix_socket_directories = '{}'",
                server.dir.path().display()
            ),
            "max_connections = 100",
            // What is killed are processes, never the machine: what they have written stays.
            "fsync = off",
            "hot_standby = on",
        ]);
        server.run();
        server
    }

    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        if number_of("-u", &[]) == 0 {
            chown(
                dir.path(),
                Some(number_of("-u", &[USER])),
                Some(number_of("-g", &[USER])),
            )
            .unwrap();
        }
        Self {
            dir,
            port: free_port(),
            programs: programs(),
        }
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn configure(&self, lines: &[&str]) {
        let path = Path::new(&self.data()).join("postgresql.auto.conf");
        let mut text = std::fs::read_to_string(&path).unwrap_or_default();
        for line in lines {
            text += line;
            text += "\n";
        }
        std::fs::write(path, text).unwrap();
    }

    /// Runs one of the server's programs as the server's user.
    fn program(&self, name: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(name);
        let mut command = if number_of("-u", &[]) == 0 {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .output()
            .unwrap()
    }

    fn must(&self, name: &str, arguments: &[&str]) {
        let output = self.program(name, arguments);
        let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        assert!(output.status.success(), "{name}: {output:?} {log}");
    }

    /// Starts it, also after [`Server::kill`].
    pub fn run(&self) {
        let log = self.dir.path().join("log").display().to_string();
        self.must(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-l",
                &log,
                "-o",
                &format!("-p {}", self.port),
                "-w",
                "-t",
                "60",
                "start",
            ],
        );
    }

    /// Ends it as a crash would.
    pub fn kill(&self) {
        self.must(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-m",
                "immediate",
                "-w",
                "-t",
                "60",
                "stop",
            ],
        );
    }

    /// Holds every process of it still, or lets them go on.
    pub fn hold(&self, still: bool) {
        let pid = std::fs::read_to_string(Path::new(&self.data()).join("postmaster.pid")).unwrap();
        let postmaster = pid.lines().next().unwrap().to_owned();
        let signal = if still { "-STOP" } else { "-CONT" };
        // The postmaster first: it then starts no others.
        send(signal, &postmaster);
        let children =
            std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))
                .unwrap_or_default();
        for child in children.split_whitespace() {
            send(signal, child);
        }
    }

    pub fn sql(&self, sql: &str) -> String {
        let output = self.program(
            "psql",
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                USER,
                "-Atqc",
                sql,
            ],
        );
        assert!(output.status.success(), "{sql}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A standby that follows this server and has caught up; with `synchronous`, no commit returns before it has it.
    pub fn standby(&self, synchronous: bool) -> Self {
        let standby = Self::empty();
        let from = self.port.to_string();
        standby.must(
            "pg_basebackup",
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &from,
                "-U",
                USER,
                "-D",
                &standby.data(),
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        let sockets = format!(
            "unix_socket_directories = '{}'",
            standby.dir.path().display()
        );
        standby.configure(&[&sockets, "synchronous_standby_names = ''"]);
        standby.run();
        for _ in 0..300 {
            if self.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1"
            {
                if synchronous {
                    self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
                    self.sql("SELECT pg_reload_conf()");
                    until(|| self.sql("SELECT sync_state FROM pg_stat_replication") == "sync");
                }
                return standby;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the standby does not follow");
    }

    pub fn promote(&self) {
        self.must("pg_ctl", &["-D", &self.data(), "-w", "-t", "60", "promote"]);
    }
}

fn until(is_so: impl Fn() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the standby is never synchronous");
}

fn send(signal: &str, pid: &str) {
    let _ = Command::new("kill").args([signal, pid]).status();
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-m",
                "immediate",
                "-w",
                "-t",
                "30",
                "stop",
            ],
        );
    }
}

/// A port that leads to one server or another.
pub struct Door {
    pub port: u16,
    leads_to: Arc<Mutex<u16>>,
    open: Arc<Mutex<JoinSet<()>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Door {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let leads_to = Arc::new(Mutex::new(port));
        let open = Arc::new(Mutex::new(JoinSet::new()));
        let (target, all) = (Arc::clone(&leads_to), Arc::clone(&open));
        let accepting = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let port = *target.lock().unwrap();
                all.lock().unwrap().spawn(async move {
                    if let Ok(mut to) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            }
        });
        Self {
            port: own,
            leads_to,
            open,
            accepting,
        }
    }

    /// Whoever comes is led there from now on; whoever is inside is thrown out.
    pub fn leads_to(&self, port: u16) {
        *self.leads_to.lock().unwrap() = port;
        self.open.lock().unwrap().abort_all();
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
