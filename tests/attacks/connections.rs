//! Holding connections keeps out nobody. Every test counts real connections over loopback.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Node, Socket, hear, say, send};

const PATIENCE: Duration = Duration::from_secs(30);
/// Descriptors of the node and of the test, which holds the other ends.
const DESCRIPTORS: u64 = 300;
/// What the node makes of them: a quarter is kept back, a third of the rest is for live connections.
const CONNECTIONS: usize = 150;
const OF_ONE_NETWORK: usize = 37;
const SOCKETS_OF_ONE_ACCOUNT: usize = 9;

/// Each test is a process of its own, and its children inherit the limit.
fn have_few_descriptors() {
    let few = Rlimit {
        current: Some(DESCRIPTORS),
        maximum: Some(DESCRIPTORS),
    };
    assert!(
        getrlimit(Resource::Nofile)
            .maximum
            .is_none_or(|most| most >= DESCRIPTORS)
    );
    setrlimit(Resource::Nofile, few).unwrap();
}

fn address(node: &Node) -> SocketAddr {
    node.url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// A connection that comes from 127.0.0.`last`.
async fn connect_from(node: &Node, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::from(([127, 0, 0, last], 0)))
        .unwrap();
    socket.connect(address(node)).await.unwrap()
}

/// Waits until the node has closed a connection.
async fn until_closed(stream: &mut TcpStream) {
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 64])).await;
    match read.expect("the node closes it") {
        Ok(0) | Err(_) => {}
        Ok(bytes) => panic!("{bytes} bytes came"),
    }
}

#[tokio::test]
async fn idle_connections_of_one_stranger_lock_out_nobody_not_even_the_same_address() {
    have_few_descriptors();
    let node = Node::start().await;
    let mut idle = vec![];
    for _ in 0..CONNECTIONS + 20 {
        idle.push(connect_from(&node, 2).await);
        let beyond = idle.len().saturating_sub(OF_ONE_NETWORK);
        if beyond > 0 {
            // The one that has been idle the longest made room.
            until_closed(&mut idle[beyond - 1]).await;
        }
    }
    assert_eq!(node.get("/healthz").await.status, StatusCode::OK);
    for last in [2, 3] {
        let mut stream = connect_from(&node, last).await;
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn idle_connections_of_many_strangers_lock_out_nobody() {
    have_few_descriptors();
    let node = Node::start().await;
    let mut idle = vec![];
    for n in 0..CONNECTIONS + 40 {
        let last = u8::try_from(10 + n / 30).unwrap();
        idle.push(connect_from(&node, last).await);
    }
    // As many as are beyond all have made room.
    for stream in &mut idle[..40] {
        until_closed(stream).await;
    }
    assert_eq!(node.get("/readyz").await.status, StatusCode::OK);
    let answer = node.ask("{ viewer { id } }").await;
    assert!(answer.data()["viewer"].is_null());
}

#[tokio::test]
async fn who_never_reads_an_answer_is_not_waited_for() {
    let node = Node::start_with(&[("LIMIT_UNREAD_SECONDS", "1")]).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address(&node)).await.unwrap();
    let body = json!({ "query": "{ __schema { types { name fields { name description } } } }" });
    let body = body.to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Nothing is ever read here. Once the node has given up, it takes nothing more either.
    let writing = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, writing)
        .await
        .expect("the node ends the connection");
    assert_eq!(node.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_has_only_so_many_live_connections() {
    have_few_descriptors();
    let node = Node::start().await;
    let ann = node.signed_in("staff").await;
    let ben = node.signed_in("staff").await;
    let mut open: Vec<Socket> = vec![];
    for _ in 0..SOCKETS_OF_ONE_ACCOUNT {
        open.push(node.signed_in_socket(&ann).await);
    }
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {ann}") } });
    let mut one_more = node.socket(&[]).await.unwrap();
    say(&mut one_more, init.clone()).await;
    assert_eq!(hear(&mut one_more).await, Err(1013));
    drop(one_more);
    // Another account has its own, and a place that is given back is free.
    let _bens = node.signed_in_socket(&ben).await;
    let mut closed = open.pop().unwrap();
    closed.close(None).await.unwrap();
    let again = async {
        loop {
            let mut socket = node.socket(&[]).await.unwrap();
            say(&mut socket, init.clone()).await;
            if hear(&mut socket).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("the place is free again");
}

#[tokio::test]
async fn strangers_send_little_and_what_is_long_is_parsed_for_who_is_signed_in() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let long = format!("{{ viewer {{ role }} }} # {}", "x".repeat(60_000));
    let stranger = node.ask(&long[..10_000]).await;
    assert_eq!(stranger.code(), "LIMIT_EXCEEDED");
    assert!(stranger.message().contains("bytes"), "{}", stranger.text);
    let answer = send(
        node.request(Method::POST, "/graphql")
            .json(&json!({ "query": long })),
    )
    .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let own = node.graphql(Some(&token), &long, json!({}), None).await;
    assert_eq!(own.data()["viewer"]["role"], "STAFF");
    // A known document is not a way around.
    let mut socket = node.signed_in_socket(&token).await;
    let query = format!("subscription {{ serverTime }} # {}", "x".repeat(5_000));
    say(
        &mut socket,
        json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }),
    )
    .await;
    assert!(
        hear(&mut socket)
            .await
            .unwrap()
            .to_string()
            .contains("LIMIT_EXCEEDED")
    );
}
