//! A page of another site whose name leads to our address learns nothing and does nothing.

use crate::support::Node;

async fn status(node: &Node, hosts: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
    let answer = node.raw(request.as_bytes()).await;
    answer
        .split_whitespace()
        .nth(1)
        .unwrap_or("none")
        .to_owned()
}

#[tokio::test]
async fn only_a_host_of_ours_is_answered_and_only_one() {
    let settings = [
        ("ENVIRONMENT", "production"),
        ("PUBLIC_URL", "https://billing.example.com"),
        ("ALLOWED_HOSTS", "portal.example.org"),
    ];
    let node = Node::start_with(&settings).await;
    for host in ["billing.example.com", "portal.example.org:8443"] {
        assert_eq!(
            status(&node, &format!("host: {host}\r\n")).await,
            "200",
            "{host}"
        );
    }
    for host in ["rebound.example", "127.0.0.1", "localhost"] {
        assert_eq!(
            status(&node, &format!("host: {host}\r\n")).await,
            "421",
            "{host}"
        );
    }
    let double = "host: billing.example.com\r\nhost: rebound.example\r\n";
    for hosts in ["", "host:\r\n", double] {
        assert_eq!(status(&node, hosts).await, "400", "{hosts:?}");
    }
    let old = node.raw(b"GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.split_whitespace().nth(1), Some("400"), "{old}");
    // Those who look after the node ask it by its address.
    assert!(node.get("/readyz").await.status.is_success());
}

#[tokio::test]
async fn a_rebound_page_reaches_nothing_on_ones_own_machine() {
    let node = Node::start().await;
    assert_eq!(status(&node, "host: rebound.example\r\n").await, "421");
    assert_eq!(status(&node, "host: localhost:1234\r\n").await, "200");
    let origin = [
        ("host", "rebound.example"),
        ("origin", "http://rebound.example"),
    ];
    let Err(tokio_tungstenite::tungstenite::Error::Http(refusal)) = node.socket(&origin).await
    else {
        panic!("a rebound page was let in")
    };
    assert_eq!(refusal.status().as_u16(), 421);
}
