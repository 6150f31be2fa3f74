//! The real binary as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

pub struct Node {
    pub address: SocketAddr,
    /// From the start of the process until /readyz said yes.
    pub ready: Duration,
    child: Child,
}

impl Node {
    pub fn start(database_url: &str, data_dir: &Path) -> Outcome<Self> {
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_billing"))
            .arg("serve")
            .env("DATABASE_URL", database_url)
            .env("DATA_DIR", data_dir)
            .env("LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .ok_or("the node did not start")?
            .parse()?;
        while !is_ready(address)? {
            std::thread::sleep(Duration::from_millis(1));
        }
        let ready = started.elapsed();
        Ok(Self {
            address,
            ready,
            child,
        })
    }

    /// A line of /proc/PID/status in MB, such as VmRSS.
    pub fn memory(&self, name: &str) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("no such line")?.parse::<f64>()? / 1_024.0)
    }

    /// The processor time that the node has used.
    pub fn processor_time(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<_> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        // User and system time, in hundredths of a second on every Linux.
        let ticks = |index: usize| {
            fields
                .get(index)
                .and_then(|field| field.parse::<u64>().ok())
        };
        let all = ticks(11).zip(ticks(12)).ok_or("no times")?;
        Ok(Duration::from_millis((all.0 + all.1) * 10))
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) -> Outcome<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Where a measurement failed; after `stop` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready(address: SocketAddr) -> Outcome<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
