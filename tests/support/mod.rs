//! Drives the real binary from outside: starts it on a port of its own and a database of its own, talks to it over
//! HTTP, kills it, starts it again.
//!
//! PostgreSQL is the server of TEST_DATABASE_URL (an administrator's url; `scripts/with-postgres.sh` makes one); each
//! test gets a fresh database in it. SKIP_POSTGRES=1 leaves PostgreSQL out.
#![allow(dead_code, missing_docs)] // Each test file uses what it needs.
#![allow(unreachable_pub)] // It is a module of each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

pub mod cast;
pub mod stores;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

/// The password of every test account.
pub const PASSWORD: &str = "correct horse battery staple";

const PATIENCE: Duration = Duration::from_secs(30);

/// An open WebSocket.
pub type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// The engines that tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The engines that are to be tested here; fails with the reason where PostgreSQL is missing and not left out.
pub fn engines() -> Vec<Engine> {
    match (
        std::env::var("TEST_DATABASE_URL"),
        std::env::var("SKIP_POSTGRES").as_deref(),
    ) {
        (Ok(_), _) => vec![Engine::Sqlite, Engine::Postgres],
        (Err(_), Ok("1")) => vec![Engine::Sqlite],
        (Err(_), _) => panic!(
            "TEST_DATABASE_URL is not set: run the tests through scripts/with-postgres.sh, or set SKIP_POSTGRES=1"
        ),
    }
}

/// A database and a data directory that nodes share; removed with the last of them.
pub struct Store {
    dir: TempDir,
    pub database_url: String,
    postgres: Option<(String, String)>,
}

impl Store {
    pub async fn new(engine: Engine) -> Arc<Self> {
        let dir = tempfile::tempdir().unwrap();
        let (database_url, postgres) = match engine {
            Engine::Sqlite => (
                format!("sqlite:{}", dir.path().join("billing.db").display()),
                None,
            ),
            Engine::Postgres => {
                let server =
                    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set");
                let name = format!("billing_test_{}", Uuid::now_v7().simple());
                run_sql(&server, &format!("CREATE DATABASE {name}")).await;
                let (base, _) = server
                    .rsplit_once('/')
                    .expect("TEST_DATABASE_URL ends in a database");
                (format!("{base}/{name}"), Some((server.clone(), name)))
            }
        };
        Arc::new(Self {
            dir,
            database_url,
            postgres,
        })
    }

    /// Runs SQL on the database, beside the running nodes.
    pub async fn sql(&self, sql: &str) {
        run_sql(&self.database_url, sql).await;
    }

    /// Reads the first column of the first row as text.
    pub async fn sql_text(&self, sql: &str) -> String {
        if self.postgres.is_some() {
            let mut connection = sqlx::PgConnection::connect(&self.database_url)
                .await
                .unwrap();
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        } else {
            let db = sqlite(&self.database_url);
            db.query_row(sql, [], |row| row.get(0)).unwrap()
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else {
            return;
        };
        // A runtime of its own: the test's cannot be waited on from a drop.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run_sql(
                &server,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            ));
        });
        let _ = dropped.join();
    }
}

fn sqlite(url: &str) -> rusqlite::Connection {
    let path = url.strip_prefix("sqlite:").unwrap();
    let db = rusqlite::Connection::open(path).unwrap();
    db.busy_timeout(Duration::from_secs(5)).unwrap();
    db
}

async fn run_sql(url: &str, sql: &str) {
    if url.starts_with("sqlite") {
        sqlite(url).execute_batch(sql).unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// A running `billing serve`.
pub struct Node {
    pub store: Arc<Store>,
    /// Its address, `http://127.0.0.1:PORT`.
    pub url: String,
    http: Client,
    child: Child,
    settings: Vec<(String, String)>,
    /// The settings of this very node, which a second one does not share.
    own: Vec<(String, String)>,
}

/// What a node answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The data; fails if there are errors.
    pub fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none(), "{json}");
        json["data"].clone()
    }

    /// The code of the first error; fails if there is none.
    pub fn code(&self) -> String {
        let json = self.json();
        json["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no code: {json}"))
            .to_owned()
    }

    /// The message of the first error.
    pub fn message(&self) -> String {
        let json = self.json();
        json["errors"][0]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("no message: {json}"))
            .to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Node {
    /// A node on a fresh SQLite database, in development.
    pub async fn start() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// A node on a fresh database of that engine, in development.
    pub async fn on(engine: Engine) -> Self {
        Self::with(Store::new(engine).await, &[]).await
    }

    /// A node on a fresh SQLite database with these settings beside ENVIRONMENT=development.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::with(Store::new(Engine::Sqlite).await, settings).await
    }

    /// A node on a store that may have nodes already.
    pub async fn with(store: Arc<Store>, settings: &[(&str, &str)]) -> Self {
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let data_dir = store
            .dir
            .path()
            .join(format!("node-{}", Uuid::now_v7().simple()));
        let own = [
            &[("DATA_DIR".to_owned(), data_dir.display().to_string())],
            settings.as_slice(),
        ]
        .concat();
        let (child, url) = spawn(&store, &own)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
        Self {
            store,
            url,
            http: Client::new(),
            child,
            settings,
            own,
        }
    }

    /// Another node on the same store.
    pub async fn second(&self) -> Self {
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Self::with(Arc::clone(&self.store), &settings).await
    }

    /// Ends the process as a crash would (kill -9).
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks the process to stop (SIGTERM), waits for it, and says whether it ended well.
    pub async fn stop(&mut self) -> bool {
        self.signal("TERM").await;
        self.ended().await
    }

    /// Sends a signal.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("the node runs").to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .await
                .unwrap()
                .success()
        );
    }

    /// Waits for the process to end, and says whether it ended well.
    pub async fn ended(&mut self) -> bool {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("the node ends")
            .unwrap()
            .success()
    }

    /// Starts again after [`Node::kill`] or [`Node::stop`], on another port.
    pub async fn restart(&mut self) {
        let (child, url) = spawn(&self.store, &self.own)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
        (self.child, self.url) = (child, url);
    }

    /// Runs `billing` beside this node, on its store and its data directory.
    pub async fn run(&self, arguments: &[&str]) -> (bool, String) {
        run_with(&self.store, &self.own, arguments).await
    }

    /// Makes an account of the merchant's (staff, accountant, owner) and returns its id.
    pub async fn account(&self, role: &str, email: &str) -> Uuid {
        create_account(
            &self.store,
            &["--role", role, "--email", email, "--name", "Test Person"],
            PASSWORD,
        )
        .await
        .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// Makes an account of a customer's contact and returns its id.
    pub async fn contact(&self, email: &str, customer: Uuid, contact: Uuid) -> Uuid {
        let (customer, contact) = (customer.to_string(), contact.to_string());
        let arguments = [
            "--role",
            "customer_contact",
            "--email",
            email,
            "--name",
            "Test Contact",
        ];
        let arguments = [
            &arguments[..],
            &["--customer", &customer, "--contact", &contact],
        ]
        .concat();
        create_account(&self.store, &arguments, PASSWORD)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// Signs in and returns the token.
    pub async fn sign_in(&self, email: &str) -> String {
        let answer = self.try_sign_in(email, PASSWORD).await;
        let token = answer.data()["signIn"]["token"].as_str().map(str::to_owned);
        token.unwrap_or_else(|| panic!("not signed in: {}", answer.text))
    }

    /// Tries to sign in.
    pub async fn try_sign_in(&self, email: &str, password: &str) -> Answer {
        let query = "mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) {
            viewer { id role customerId } token expiresAt userErrors { field code message } } }";
        self.graphql(
            None,
            query,
            json!({"email": email, "password": password}),
            None,
        )
        .await
    }

    /// Makes an account, signs it in, and returns its token.
    pub async fn signed_in(&self, role: &str) -> String {
        let email = format!("{role}-{}@example.com", Uuid::now_v7().simple());
        self.account(role, &email).await;
        self.sign_in(&email).await
    }

    /// Sends a GraphQL request.
    pub async fn graphql(
        &self,
        token: Option<&str>,
        query: &str,
        variables: Value,
        key: Option<&str>,
    ) -> Answer {
        let mut request = self
            .request(Method::POST, "/graphql")
            .json(&json!({"query": query, "variables": variables}));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        send(request).await
    }

    /// Sends a query without signing in, and without variables.
    pub async fn ask(&self, query: &str) -> Answer {
        self.graphql(None, query, json!({}), None).await
    }

    /// A request to be completed and sent with [`send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .timeout(PATIENCE)
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// Sends bytes over TCP as they are, and returns whatever comes back until the node closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Opens a WebSocket with these headers beside the protocol's.
    pub async fn socket(
        &self,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, tungstenite::Error> {
        let address = self.url.replace("http://", "ws://");
        let mut request = format!("{address}/graphql/ws").into_client_request()?;
        request.headers_mut().insert(
            "sec-websocket-protocol",
            "graphql-transport-ws".parse().unwrap(),
        );
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(tokio_tungstenite::connect_async(request).await?.0)
    }

    /// Opens a WebSocket and signs it in by token.
    pub async fn signed_in_socket(&self, token: &str) -> Socket {
        let mut socket = self.socket(&[]).await.unwrap();
        say(&mut socket, json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}}))
            .await;
        assert_eq!(hear(&mut socket).await.unwrap()["type"], "connection_ack");
        socket
    }
}

/// Sends a message over a WebSocket.
pub async fn say(socket: &mut Socket, message: Value) {
    use futures::SinkExt as _;
    socket
        .send(tungstenite::Message::text(message.to_string()))
        .await
        .unwrap();
}

/// The next message of a WebSocket, or the code it was closed with.
pub async fn hear(socket: &mut Socket) -> Result<Value, u16> {
    use futures::StreamExt as _;
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("a message comes");
        match message {
            Some(Ok(tungstenite::Message::Text(text))) => {
                return Ok(serde_json::from_str(&text).unwrap());
            }
            Some(Ok(tungstenite::Message::Close(frame))) => {
                return Err(frame.map_or(1005, |frame| frame.code.into()));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(1006),
        }
    }
}

/// Repeats a deed until its sign, such as an id, is heard: from then on nothing passes by what was subscribed to, which the
/// protocol itself does not tell. What comes next is of what is done next.
pub async fn until_heard(socket: &mut Socket, deed: impl AsyncFn() -> String) {
    for _ in 0..20 {
        let sign = deed().await;
        while let Ok(heard) = tokio::time::timeout(Duration::from_secs(1), hear(socket)).await {
            if heard.unwrap().to_string().contains(&sign) {
                return;
            }
        }
    }
    panic!("nothing was heard");
}

/// Sends a request.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

/// Runs `billing account create` and returns the account's id, or what it said against it.
pub async fn create_account(
    store: &Store,
    arguments: &[&str],
    password: &str,
) -> Result<Uuid, String> {
    let mut command = command(store, &[]);
    command.args(["account", "create"]).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may have refused its arguments, and gone away, before it read the password.
    let _ = stdin.write_all(format!("{password}\n").as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Runs `billing` with these arguments, and returns whether it succeeded, and all it said.
pub async fn run(store: &Store, arguments: &[&str]) -> (bool, String) {
    run_with(store, &[], arguments).await
}

async fn run_with(
    store: &Store,
    settings: &[(String, String)],
    arguments: &[&str],
) -> (bool, String) {
    let output = command(store, settings)
        .args(arguments)
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

async fn spawn(store: &Store, settings: &[(String, String)]) -> Result<(Child, String), String> {
    let mut command = command(store, settings);
    let mut child = command
        .arg("serve")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let line = tokio::time::timeout(PATIENCE, out.next_line())
        .await
        .map_err(|_| "the node does not start")?;
    let Some(url) = line
        .unwrap()
        .and_then(|line| line.strip_prefix("listening on ").map(str::to_owned))
    else {
        let mut said = String::new();
        let _ = err.read_to_string(&mut said).await;
        return Err(format!("the node did not start: {said}"));
    };
    // Read to the end, so that the node never waits for room in the pipe; shown with the test's own output.
    tokio::spawn(async move {
        let mut lines = err.lines();
        while let Ok(Some(line)) = lines.next_line().await {
            eprintln!("{line}");
        }
    });
    Ok((child, url))
}

fn command(store: &Store, settings: &[(String, String)]) -> Command {
    // Another build of it, such as a release or an earlier version, where BILLING names one.
    let program = std::env::var_os("BILLING");
    let mut command = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_billing").into()));
    command
        .env_clear()
        .env("DATABASE_URL", &store.database_url)
        .env("DATA_DIR", store.dir.path())
        .env("LISTEN", "127.0.0.1:0")
        .env("ENVIRONMENT", "development")
        .env(
            "RUST_LOG",
            std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned()),
        )
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir(store.dir.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
