//! A client that survives what is done to the node: nothing it hears makes it panic.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// A request's deadline in the node, and what the machine may add to it when both cores are busy.
const DEADLINE: Duration = Duration::from_secs(10 + 5);
/// When a client gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Clone, Debug)]
pub enum Heard {
    /// The data of the one field asked for.
    Answer(Value),
    /// A GraphQL error.
    Error { code: String, message: String },
    /// Something that is no GraphQL answer.
    Nonsense(String),
    /// The connection broke, or there was none.
    Nothing(String),
}

/// How a request says who sends it, and what its sender has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrying {
    /// A browser: every cookie that it was given.
    Cookies,
    /// A program that sends back the position it was told.
    Position,
    /// A program that carries nothing but its token.
    Nothing,
}

/// Somebody who is signed in, at one node or at whatever node is at the address now.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    url: Arc<Mutex<String>>,
    token: String,
    seen: Arc<Mutex<Seen>>,
    carrying: Carrying,
    pub late: Arc<Mutex<Vec<String>>>,
}

/// What answers told to carry along.
#[derive(Clone, Debug, Default)]
struct Seen {
    cookies: Vec<(String, String)>,
    position: Option<(String, String)>,
}

impl Caller {
    pub fn new(url: &str, token: &str) -> Self {
        Self {
            http: Client::new(),
            url: Arc::new(Mutex::new(url.to_owned())),
            token: token.to_owned(),
            seen: Arc::default(),
            carrying: Carrying::Nothing,
            late: Arc::default(),
        }
    }

    /// The same person with the same things seen, at another node.
    pub fn at(&self, url: &str) -> Self {
        Self {
            url: Arc::new(Mutex::new(url.to_owned())),
            ..self.clone()
        }
    }

    pub fn carrying(&self, carrying: Carrying) -> Self {
        Self {
            carrying,
            ..self.clone()
        }
    }

    /// The node is at another address from now on, for every clone of this caller too.
    pub fn moves_to(&self, url: &str) {
        url.clone_into(&mut self.url.lock().unwrap());
    }

    fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    pub async fn ask(&self, query: &str, variables: Value) -> Heard {
        self.send(query, variables, None).await
    }

    /// Sends a GraphQL request.
    pub async fn send(&self, query: &str, variables: Value, key: Option<&str>) -> Heard {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.url()))
            .timeout(PATIENCE)
            .json(&json!({ "query": query, "variables": variables }));
        let seen = self.seen.lock().unwrap().clone();
        if self.carrying == Carrying::Cookies {
            let own = ("billing".to_owned(), self.token.clone());
            let cookies: Vec<_> = std::iter::once(&own)
                .chain(seen.cookies.iter().filter(|(name, _)| name != "billing"))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request
                .header("cookie", cookies.join("; "))
                .header("x-billing-request", "1");
        } else {
            request = request.bearer_auth(&self.token);
        }
        if let (Carrying::Position, Some((name, value))) = (self.carrying, &seen.position) {
            request = request.header(name, value);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let started = Instant::now();
        let answer = match request.send().await {
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                response.text().await.map(|text| (status, headers, text))
            }
            Err(error) => Err(error),
        };
        let took = started.elapsed();
        if took > DEADLINE {
            let first = query
                .split_whitespace()
                .take(6)
                .collect::<Vec<_>>()
                .join(" ");
            self.late
                .lock()
                .unwrap()
                .push(format!("{took:.1?} for {first}"));
        }
        match answer {
            Err(error) => Heard::Nothing(format!("{:?}", error.without_url())),
            Ok((status, headers, text)) => {
                self.seen.lock().unwrap().take_from(&headers);
                understood(status.as_u16(), &text)
            }
        }
    }

    /// The status and the words of a plain page; 0 where there is no answer.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let request = self
            .http
            .get(format!("{}{path}", self.url()))
            .timeout(PATIENCE);
        match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                (
                    status,
                    response.text().await.unwrap_or_default().trim().to_owned(),
                )
            }
            Err(error) => (0, format!("{error:?}")),
        }
    }

    /// Asks /readyz until it has this status; the last answer where it never has.
    pub async fn ready_is(&self, status: u16, within: Duration) -> Result<String, (u16, String)> {
        let deadline = Instant::now() + within;
        loop {
            let (now, words) = self.get("/readyz").await;
            if now == status {
                return Ok(words);
            }
            if Instant::now() > deadline {
                return Err((now, words));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Seen {
    fn take_from(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap_or_default().split(';').next();
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        for (name, value) in headers {
            if name.as_str().contains("position") {
                let value = value.to_str().unwrap_or_default().to_owned();
                self.position = Some((name.to_string(), value));
            }
        }
    }
}

fn understood(status: u16, text: &str) -> Heard {
    let Ok(json) = serde_json::from_str::<Value>(text) else {
        return Heard::Nonsense(format!("{status} {text:.200}"));
    };
    if let Some(error) = json["errors"].get(0) {
        return match error["extensions"]["code"].as_str() {
            Some(code) => Heard::Error {
                code: code.to_owned(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            },
            None => Heard::Nonsense(format!("{status} {text:.200}")),
        };
    }
    match json["data"]
        .as_object()
        .and_then(|data| data.values().next())
    {
        Some(answer) => Heard::Answer(answer.clone()),
        None => Heard::Nonsense(format!("{status} {text:.200}")),
    }
}
