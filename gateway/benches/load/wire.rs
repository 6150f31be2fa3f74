//! A load generator that costs little: keep-alive connections on one thread, requests built by hand, and of each answer
//! only as much read as tells that it is whole and right.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

impl Measured {
    /// From the time that each took, and the time that all took together.
    pub fn of(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied();
        Self {
            per_second: times.len() as f64 / took.as_secs_f64(),
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
        }
    }
}

/// What is sent, and what the answer has to begin with.
pub struct Requests<'a> {
    /// Writes the whole request of that number.
    pub write: &'a dyn Fn(u64, &mut Vec<u8>),
    pub answer: &'a str,
}

/// A GraphQL request over HTTP. `headers` end in line breaks each.
pub fn post(into: &mut Vec<u8>, token: &str, headers: &str, body: &str) {
    use std::io::Write as _;
    let length = body.len();
    let written = write!(
        into,
        "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         {headers}content-length: {length}\r\n\r\n{body}"
    );
    drop(written); // A Vec takes whatever is written.
}

/// Sends over so many connections at once for so long, each sending as soon as it is answered.
pub fn drive(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    requests: &Requests<'_>,
    next: &Cell<u64>,
) -> Outcome<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let times = Rc::new(RefCell::new(Vec::with_capacity(100_000)));
    let started = Instant::now();
    let all = (0..connections).map(|_| connection(address, started + time, requests, next, &times));
    runtime.block_on(futures::future::try_join_all(all))?;
    let took = started.elapsed();
    Ok(Measured::of(times.take(), took))
}

async fn connection(
    address: SocketAddr,
    until: Instant,
    requests: &Requests<'_>,
    next: &Cell<u64>,
    times: &RefCell<Vec<Duration>>,
) -> Outcome<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(64 * 1024));
    loop {
        let started = Instant::now();
        if started >= until {
            return Ok(());
        }
        request.clear();
        (requests.write)(next.replace(next.get() + 1), &mut request);
        let started = Instant::now();
        stream.write_all(&request).await?;
        answer.clear();
        let body = receive(&mut stream, &mut answer).await?;
        times.borrow_mut().push(started.elapsed());
        if !answer.starts_with(b"HTTP/1.1 200")
            || !answer[body..].starts_with(requests.answer.as_bytes())
        {
            let said = String::from_utf8_lossy(&answer[..answer.len().min(2_000)]).into_owned();
            return Err(format!("an unexpected answer: {said}").into());
        }
    }
}

/// Reads one whole answer; says where its body begins.
async fn receive(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Outcome<usize> {
    let mut head = None;
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err("the node closed the connection".into());
        }
        if head.is_none() {
            head = head_of(answer);
        }
        match head {
            Some((body, Some(length))) if answer.len() >= body + length => return Ok(body),
            Some((body, None)) if answer.ends_with(b"0\r\n\r\n") => return Ok(body),
            Some(_) | None => {}
        }
    }
}

/// Where the body begins, and its length; None for one in chunks.
fn head_of(answer: &[u8]) -> Option<(usize, Option<usize>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let length = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix("content-length: "));
    Some((end + 4, length.and_then(|length| length.parse().ok())))
}
