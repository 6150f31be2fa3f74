//! Guessing passwords: it neither succeeds nor keeps the right person out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Node, PASSWORD, create_account, engines, send};

const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(email: $email, password: $password) { token userErrors { code } } }";

/// Signs in as a browser does, with the cookies that it has.
async fn sign_in(node: &Node, email: &str, password: &str, cookies: &[String]) -> Answer {
    let variables = json!({ "email": email, "password": password });
    let mut request = node
        .request(Method::POST, "/graphql")
        .header("origin", &node.url)
        .json(&json!({ "query": SIGN_IN, "variables": variables }));
    if !cookies.is_empty() {
        request = request.header("cookie", cookies.join("; "));
    }
    send(request).await
}

fn cookie(answer: &Answer, name: &str) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let mut set = set.map(|value| value.to_str().unwrap().to_owned());
    let found = set.find(|value| value.starts_with(&format!("{name}=")));
    let found = found.unwrap_or_else(|| panic!("no cookie {name}"));
    found.split(';').next().unwrap().to_owned()
}

async fn guess(node: &Node, email: &str, times: usize, header: Option<&'static str>) -> Answer {
    let tries: String = (0..times)
        .map(|n| format!("a{n}: signIn(email: \"{email}\", password: \"guess {n}\") {{ token }} "))
        .collect();
    let query = json!({ "query": format!("mutation {{ {tries} }}") });
    let mut request = node.request(Method::POST, "/graphql").json(&query);
    if let Some(address) = header {
        request = request.header("x-forwarded-for", address);
    }
    send(request).await
}

#[tokio::test]
async fn a_strangers_guesses_on_any_node_keep_nobody_out_whose_device_is_known() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let other = node.second().await;
        node.account("staff", "ann@example.com").await;
        let first = sign_in(&node, "ann@example.com", PASSWORD, &[]).await;
        let (session, device) = (cookie(&first, "billing"), cookie(&first, "billing-device"));
        let token = first.data()["signIn"]["token"].as_str().unwrap().to_owned();
        assert_eq!(
            guess(&node, "ann@example.com", 15, None).await.code(),
            "RATE_LIMITED"
        );
        // Counted on all nodes, and a stranger who has the password waits as well.
        for node in [&node, &other] {
            let stranger = sign_in(node, "ann@example.com", PASSWORD, &[]).await;
            assert_eq!(stranger.code(), "RATE_LIMITED");
            let made_up = format!("billing-device={}", "A".repeat(43));
            let stranger = sign_in(node, "ann@example.com", PASSWORD, &[made_up]).await;
            assert_eq!(stranger.code(), "RATE_LIMITED");
        }
        let node = &node;
        let change = |from: &str, to: &str| {
            let query = "mutation($from: String!, $to: String!) {
                changePassword(currentPassword: $from, newPassword: $to) { changed userErrors { code } } }";
            let variables = json!({ "from": from, "to": to });
            let token = token.clone();
            async move { node.graphql(Some(&token), query, variables, None).await }
        };
        let changed = change(PASSWORD, "a very different phrase").await.data();
        assert_eq!(changed["changePassword"]["changed"], true);
        let known = [session, device];
        let again = sign_in(&other, "ANN@example.com", "a very different phrase", &known).await;
        assert!(again.data()["signIn"]["token"].is_string());
        assert_eq!(cookie(&again, "billing-device"), known[1]);
        // A known device has tries of its own, and no more.
        let device = [known[1].clone()];
        for _ in 0..10 {
            let wrong = sign_in(&other, "ann@example.com", "wrong", &device).await;
            assert_eq!(
                wrong.data()["signIn"]["userErrors"][0]["code"],
                "WRONG_CREDENTIALS"
            );
        }
        let wrong = sign_in(node, "ann@example.com", "wrong", &device).await;
        assert_eq!(wrong.code(), "RATE_LIMITED");
    }
}

#[tokio::test]
async fn a_device_is_known_for_the_accounts_that_signed_in_on_it_only() {
    let node = Node::start().await;
    for email in ["ann@example.com", "ben@example.com"] {
        node.account("staff", email).await;
    }
    let ben = sign_in(&node, "ben@example.com", PASSWORD, &[]).await;
    let device = [cookie(&ben, "billing-device")];
    guess(&node, "ann@example.com", 15, None).await;
    let as_ann = sign_in(&node, "ann@example.com", PASSWORD, &device).await;
    assert_eq!(as_ann.code(), "RATE_LIMITED");
}

#[tokio::test]
async fn guesses_that_come_through_a_proxy_do_not_keep_out_everybody_behind_it() {
    let node = Node::start().await;
    for email in ["ann@example.com", "ben@example.com"] {
        node.account("staff", email).await;
    }
    for round in 0..8 {
        for n in 0..2 {
            let nobody = format!("nobody-{round}-{n}@example.com");
            guess(&node, &nobody, 8, Some("192.0.2.7")).await;
        }
    }
    let variables = json!({ "email": "ben@example.com", "password": PASSWORD });
    let request = node
        .request(Method::POST, "/graphql")
        .header("x-forwarded-for", "192.0.2.8")
        .json(&json!({ "query": SIGN_IN, "variables": variables }));
    assert!(send(request).await.data()["signIn"]["token"].is_string());
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_it_replaces() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let is_in = async |token: &Value| {
        let token = token.as_str().unwrap();
        let seen = node
            .graphql(Some(token), "{ viewer { id } }", json!({}), None)
            .await;
        !seen.data()["viewer"].is_null()
    };
    let first = sign_in(&node, "ann@example.com", PASSWORD, &[]).await;
    let elsewhere = sign_in(&node, "ann@example.com", PASSWORD, &[]).await;
    let held = [cookie(&first, "billing")];
    let wrong = sign_in(&node, "ann@example.com", "wrong", &held).await;
    assert!(wrong.data()["signIn"]["token"].is_null());
    assert!(is_in(&first.data()["signIn"]["token"]).await);
    let again = sign_in(&node, "ann@example.com", PASSWORD, &held).await;
    assert!(!is_in(&first.data()["signIn"]["token"]).await);
    for answer in [again, elsewhere] {
        assert!(is_in(&answer.data()["signIn"]["token"]).await);
    }
}

#[tokio::test]
async fn a_password_that_others_would_guess_is_refused_wherever_one_is_set() {
    let node = Node::start().await;
    let ann = [
        "--role",
        "staff",
        "--email",
        "ann.miller@example.com",
        "--name",
        "Ann Miller",
    ];
    for easy in ["123456789012", "passwordpassword", "ann.miller@example.com"] {
        let refused = create_account(&node.store, &ann, easy).await.unwrap_err();
        assert!(refused.contains("too easy to guess"), "{easy}: {refused}");
    }
    create_account(&node.store, &ann, PASSWORD).await.unwrap();
    let token = node.sign_in("ann.miller@example.com").await;
    let query = format!(
        "mutation {{ changePassword(currentPassword: \"{PASSWORD}\", newPassword: \"123456789012\") {{
            changed userErrors {{ field code }} }} }}"
    );
    let answer = node.graphql(Some(&token), &query, json!({}), None).await;
    let refused = answer.data()["changePassword"]["userErrors"][0].clone();
    assert_eq!(
        refused,
        json!({ "field": ["newPassword"], "code": "GUESSABLE_PASSWORD" })
    );
}
