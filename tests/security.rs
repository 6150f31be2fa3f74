//! Every hole of the gateway that was found, held shut from outside; and the rules of sessions, sign-in and
//! idempotency keys. The names of the tests are the rules.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use support::{Engine, Node, PASSWORD, Store, create_account, engines, hear, run, say, send};
use uuid::Uuid;

const OWN: &str = "mutation { signOutOthers { ended userErrors { code } } }";
const VIEWER: &str = "{ viewer { email role } }";

async fn is_signed_in(node: &Node, token: &str) -> bool {
    let answer = node.graphql(Some(token), VIEWER, json!({}), None).await;
    !answer.data()["viewer"].is_null()
}

// --- Cross-site requests

#[tokio::test]
async fn takes_graphql_as_json_only() {
    let node = Node::start().await;
    let body = json!({"query": VIEWER}).to_string();
    for kind in [
        "text/plain",
        "text/plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "application/json; charset=latin1",
    ] {
        let request = node
            .request(Method::POST, "/graphql")
            .header("content-type", kind)
            .body(body.clone());
        let answer = send(request).await;
        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{kind}: {}",
            answer.text
        );
        assert_eq!(answer.code(), "BAD_INPUT");
    }
    let without = send(node.request(Method::POST, "/graphql").body(body.clone())).await;
    assert_eq!(without.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let multipart = "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"{ viewer { id } }\"}\r\n--x--\r\n";
    let request = node
        .request(Method::POST, "/graphql")
        .header("content-type", "multipart/form-data; boundary=x");
    assert_eq!(
        send(request.body(multipart)).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    node.ask(VIEWER).await.data();
}

#[tokio::test]
async fn no_query_and_no_mutation_goes_by_get() {
    let node = Node::start().await;
    for path in [
        "/graphql?query={viewer{id}}",
        "/graphql?query=mutation{signOut{signedOut}}",
    ] {
        assert_eq!(node.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(
        send(node.request(Method::HEAD, "/graphql")).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // A browser that asks whether another site may send JSON gets no permission.
    let preflight = node
        .request(Method::OPTIONS, "/graphql")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    let answer = send(preflight).await;
    assert!(answer.header("access-control-allow-origin").is_none());
    assert!(!answer.status.is_success());
}

#[tokio::test]
async fn believes_a_cookie_from_its_own_pages_only() {
    let node = Node::start_with(&[("PUBLIC_URL", "http://portal.test")]).await;
    let token = node.signed_in("staff").await;
    let cookie = format!("other=1; billing={token}");
    let ask = |headers: &[(&'static str, &str)]| {
        let mut request = node
            .request(Method::POST, "/graphql")
            .json(&json!({"query": VIEWER}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request.header("cookie", &cookie))
    };
    for origin in ["http://portal.test", node.url.as_str()] {
        let answer = ask(&[("origin", origin)]).await;
        assert_eq!(answer.data()["viewer"]["role"], "STAFF", "{origin}");
    }
    assert_eq!(
        ask(&[("x-billing-request", "1")]).await.data()["viewer"]["role"],
        "STAFF"
    );
    for origin in [
        "https://evil.example",
        "null",
        "http://portal.test.evil.example",
        "http://portal.test:81",
    ] {
        for more in [&[][..], &[("x-billing-request", "1")]] {
            let answer = ask(&[&[("origin", origin)], more].concat()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::FORBIDDEN, "FORBIDDEN"),
                "{origin}"
            );
        }
    }
    assert_eq!(ask(&[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        ask(&[("x-billing-request", "0")]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn nobody_is_signed_in_from_another_site() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let query = format!(
        "mutation {{ signIn(email: \"ann@example.com\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let request = node
        .request(Method::POST, "/graphql")
        .header("origin", "https://evil.example");
    let answer = send(request.json(&json!({"query": query}))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.header("set-cookie").is_none());
}

#[tokio::test]
async fn a_websocket_from_another_site_is_refused() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let cookie = format!("billing={token}");
    for origin in ["https://evil.example", "null"] {
        let Err(tokio_tungstenite::tungstenite::Error::Http(refusal)) = node
            .socket(&[("origin", origin), ("cookie", &cookie)])
            .await
        else {
            panic!("{origin} was let in")
        };
        assert_eq!(refusal.status().as_u16(), 403);
    }
    // Its own page needs no token beside the cookie; a program without an Origin does.
    let own = node.url.clone();
    let mut socket = node
        .socket(&[("origin", &own), ("cookie", &cookie)])
        .await
        .unwrap();
    say(&mut socket, json!({"type": "connection_init"})).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "connection_ack");
    let mut socket = node.socket(&[("cookie", &cookie)]).await.unwrap();
    say(&mut socket, json!({"type": "connection_init"})).await;
    assert_eq!(hear(&mut socket).await, Err(4403));
}

// --- Limits

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_declared_or_not() {
    let node = Node::start_with(&[("LIMIT_BODY_BYTES", "100000")]).await;
    let large = json!({"query": VIEWER, "variables": {"x": "x".repeat(100_000)}}).to_string();
    let json = |body: reqwest::Body| {
        send(
            node.request(Method::POST, "/graphql")
                .header("content-type", "application/json")
                .body(body),
        )
    };
    let answer = json(large.clone().into()).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED")
    );
    let chunks = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    let answer = node.raw(chunks.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let within = json!({"x": "x".repeat(90_000)});
    let token = node.signed_in("staff").await;
    let answer = node.graphql(Some(&token), VIEWER, within, None).await;
    assert_eq!(answer.data()["viewer"]["role"], "STAFF");
}

#[tokio::test]
async fn a_refusal_before_the_body_leaves_a_connection_that_works_or_says_that_it_ends() {
    let node = Node::start().await;
    let head = |extra: &str| {
        format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n{extra}\r\n\r\n"
        )
    };
    let health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let body = "x".repeat(1024 * 1024);
    let declared = head(&format!("content-length: {}", body.len())) + &body;
    let chunked =
        head("transfer-encoding: chunked") + &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for request in [declared, chunked] {
        let answers = node.raw(format!("{request}{health}").as_bytes()).await;
        assert!(answers.starts_with("HTTP/1.1 415"), "{answers}");
        assert!(answers.contains("HTTP/1.1 200"), "{answers}");
    }
    // Too much to be read away, and a body that waits to be asked for: neither is waited for.
    for extra in [
        "content-length: 8388609",
        "content-length: 10\r\nexpect: 100-continue",
    ] {
        let answer = node.raw(head(extra).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn introspection_and_graphiql_are_for_development() {
    let node = Node::start_with(&[("ENVIRONMENT", "production")]).await;
    let types = node.ask("{ __schema { types { name } } }").await;
    assert!(
        !types.text.contains("Mutation") && types.json()["data"]["__schema"].is_null(),
        "{}",
        types.text
    );
    let named = node
        .ask("{ __type(name: \"Query\") { fields { name } } }")
        .await;
    assert!(!named.text.contains("fields"), "{}", named.text);
    assert_eq!(node.get("/graphiql").await.status, StatusCode::NOT_FOUND);
    let node = Node::start().await;
    assert!(
        node.ask("{ __schema { types { name } } }")
            .await
            .text
            .contains("Mutation")
    );
    assert!(node.get("/graphiql").await.text.contains("/graphql/ws"));
}

#[tokio::test]
async fn a_misspelt_field_learns_no_real_one() {
    for environment in ["production", "development"] {
        let node = Node::start_with(&[("ENVIRONMENT", environment)]).await;
        let token = node.signed_in("staff").await;
        for query in [
            "{ viewr { id } }",
            "{ viewer { emial } }",
            "mutation { signOt { signedOut } }",
        ] {
            let answer = node
                .graphql(Some(&token), query, json!({}), Some("k"))
                .await;
            let said = answer.text.to_lowercase();
            let real = ["did you mean", "\"viewer\"", "\"email\"", "\"signout\""];
            assert!(real.iter().all(|name| !said.contains(name)), "{said}");
            assert_eq!(answer.code(), "BAD_INPUT");
        }
    }
}

#[tokio::test]
async fn two_thousand_directives_get_a_short_error() {
    let node = Node::start().await;
    let many = "@include(if: true) ".repeat(2_000);
    for query in [
        format!("{{ viewer {many} {{ id }} }}"),
        format!("query {many} {{ viewer {{ id }} }}"),
    ] {
        let answer = node.ask(&query).await;
        assert_eq!(answer.code(), "LIMIT_EXCEEDED");
        assert!(answer.text.len() < 300, "{} bytes", answer.text.len());
    }
}

#[tokio::test]
async fn an_error_never_echoes_the_query() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let filler = "needle ".repeat(8_000);
    let long_name = "needle".repeat(5_000);
    for query in [
        format!("{{ viewer {{ id }} {filler}"),
        format!("{{ {long_name} }}"),
        format!("{{ viewer {{ {long_name} }} }}"),
        format!("{{ viewer(x: \"{filler}\") {{ id }} }}"),
        format!("query ${long_name}"),
        format!("mutation {{ signIn(email: [\"{filler}\"], password: 1) {{ token }} }}"),
    ] {
        let answer = node
            .graphql(Some(&token), &query, json!({}), Some("k"))
            .await;
        assert_eq!(answer.code(), "BAD_INPUT", "{}", answer.text);
        assert!(answer.text.len() < 3_000, "{} bytes", answer.text.len());
    }
    for (name, code) in [
        (&long_name[..2_000], "UNAUTHENTICATED"),
        (&long_name, "LIMIT_EXCEEDED"),
    ] {
        let anonymous = node.ask(&format!("{{ {name} }}")).await;
        assert_eq!(anonymous.code(), code);
        assert!(!anonymous.text.contains("needle"));
    }
    // However many fields are wrong, few are listed.
    let wrong: String = (0..500).map(|n| format!("wrong{n} ")).collect();
    let answer = node.ask(&format!("{{ viewer {{ {wrong} }} }}")).await;
    assert!(answer.json()["errors"].as_array().unwrap().len() <= 10);
}

#[tokio::test]
async fn a_hundred_aliases_of_a_field_are_too_many() {
    let node = Node::start().await;
    let aliases =
        |count: usize| -> String { (0..count).map(|n| format!("a{n}: email ")).collect() };
    let refused = node
        .ask(&format!("{{ viewer {{ {} }} }}", aliases(100)))
        .await;
    assert_eq!(refused.code(), "LIMIT_EXCEEDED");
    node.ask(&format!("{{ viewer {{ {} }} }}", aliases(30)))
        .await
        .data();
    let roots = "viewer { id } ".repeat(21);
    assert_eq!(
        node.ask(&format!("{{ {roots} }}")).await.code(),
        "LIMIT_EXCEEDED"
    );
}

#[tokio::test]
async fn limits_hold_for_depth_cost_and_selections() {
    let node = Node::start_with(&[("LIMIT_DEPTH", "3"), ("LIMIT_COMPLEXITY", "5")]).await;
    let deep = "{ __schema { types { fields { name } } } }";
    assert_eq!(node.ask(deep).await.code(), "LIMIT_EXCEEDED");
    let costly = "{ viewer { id email name role customerId } }";
    assert_eq!(node.ask(costly).await.code(), "LIMIT_EXCEEDED");
    let many = "id ".repeat(2_500);
    assert_eq!(
        node.ask(&format!("{{ viewer {{ {many} }} }}")).await.code(),
        "LIMIT_EXCEEDED"
    );
    node.ask(VIEWER).await.data();
}

#[tokio::test]
async fn no_query_keeps_the_node_busy_or_brings_it_down() {
    let node = Node::start().await;
    let mut bomb = "{ ...f0 } ".to_owned();
    for n in 0..30 {
        bomb += &format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1);
    }
    bomb += "fragment f30 on Query { viewer { id } }";
    let chain: String = (0..2_000)
        .map(|n| format!("fragment f{n} on Query {{ ...f{} }} ", n + 1))
        .collect();
    let started = Instant::now();
    for query in [
        bomb,
        format!("{{ ...f0 }} {chain}"),
        "{ ...a } fragment a on Query { ...a }".to_owned(),
        "{a".repeat(20_000),
        format!("{{ viewer(x: {}", "[".repeat(60_000)),
        format!("{{ viewer(x: {}", "{a:".repeat(20_000)),
        "query($a: ".to_owned() + &"[".repeat(60_000),
        format!("{{ viewer(x: \"\"\" y\" {}", "[".repeat(60_000)),
    ] {
        let code = node.ask(&query).await.code();
        assert!(
            ["LIMIT_EXCEEDED", "BAD_INPUT"].contains(&code.as_str()),
            "{code}"
        );
    }
    let nested = format!(
        "{{\"query\":\"{{viewer{{id}}}}\",\"variables\":{{\"x\":{}",
        "[".repeat(100_000)
    );
    let token = node.signed_in("staff").await;
    let request = node
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .bearer_auth(token)
        .body(nested);
    assert_eq!(send(request).await.status, StatusCode::BAD_REQUEST);
    assert!(started.elapsed() < Duration::from_secs(5));
    node.ask(VIEWER).await.data();
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let node = Node::start_with(&[("LIMIT_IDLE_SECONDS", "1")]).await;
    for start in [
        "",
        "P",
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
    ] {
        let started = Instant::now();
        node.raw(start.as_bytes()).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{start:?}");
    }
}

#[tokio::test]
async fn a_batch_is_small_and_holds_queries_only() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let batch = |queries: Vec<String>| {
        let batch: Vec<Value> = queries
            .into_iter()
            .map(|query| json!({"query": query}))
            .collect();
        send(node.request(Method::POST, "/graphql").json(&batch))
    };
    let answer = batch(vec![VIEWER.to_owned(); 10]).await.json();
    assert_eq!(answer.as_array().unwrap().len(), 10);
    assert!(answer[9]["data"]["viewer"].is_null());
    assert_eq!(
        batch(vec![VIEWER.to_owned(); 11]).await.code(),
        "LIMIT_EXCEEDED"
    );
    assert_eq!(batch(Vec::new()).await.status, StatusCode::BAD_REQUEST);
    let sign_in = format!(
        "mutation {{ signIn(email: \"ann@example.com\", password: \"{PASSWORD}\") {{ token }} }}"
    );
    let answer = batch(vec![VIEWER.to_owned(), sign_in]).await;
    assert!(answer.header("set-cookie").is_none());
    assert_eq!(
        answer.json()[1]["errors"][0]["extensions"]["code"],
        "BAD_INPUT"
    );
}

// --- Values

#[tokio::test]
async fn a_nul_character_is_refused_by_its_field() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let answer = node.try_sign_in("ann\u{0}@example.com", "x").await;
        assert_eq!(
            (answer.code().as_str(), answer.message().as_str()),
            ("BAD_INPUT", "email: must not hold a NUL character")
        );
        assert_eq!(answer.json()["errors"][0]["extensions"]["field"], "email");
        let literal = r#"mutation { signIn(email: "a\u0000b", password: "x") { token } }"#;
        assert_eq!(
            node.ask(literal).await.json()["errors"][0]["extensions"]["field"],
            "email"
        );
        let nested = json!({"input": {"lines": [{"text": "\u{0}"}]}});
        let answer = node.graphql(None, VIEWER, nested, None).await;
        assert_eq!(
            answer.json()["errors"][0]["extensions"]["field"],
            "input.lines.0.text"
        );
        assert_eq!(
            node.ask("{ viewer { id } } # \u{0}").await.json()["errors"][0]["extensions"]["field"],
            "query"
        );
    }
}

#[tokio::test]
async fn an_unpaired_surrogate_is_refused_clearly() {
    let node = Node::start().await;
    for text in [r"\ud800", r"\udc00", r"\ud800A", r"\ud800\ud800"] {
        let body =
            format!(r#"{{"query": "{{ viewer {{ id }} }}", "variables": {{"x": "{text}"}}}}"#);
        let request = node
            .request(Method::POST, "/graphql")
            .header("content-type", "application/json")
            .body(body);
        let answer = send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{text}");
        assert!(
            answer.message().contains("unpaired surrogate"),
            "{}",
            answer.message()
        );
    }
    let literal = r#"mutation { signIn(email: "\uD800", password: "x") { token } }"#;
    assert_eq!(node.ask(literal).await.code(), "BAD_INPUT");
}

#[tokio::test]
async fn a_number_beyond_its_type_is_bad_input_and_not_a_failure_of_ours() {
    let node = Node::start().await;
    for number in ["99999999999", "1e30", "-9223372036854775809"] {
        let query =
            format!("mutation {{ signIn(email: {number}, password: {number}) {{ token }} }}");
        assert_eq!(node.ask(&query).await.code(), "BAD_INPUT", "{number}");
    }
    let body = r#"{"query": "{ viewer { id } }", "variables": {"x": 1e999}}"#;
    let request = node
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(body);
    assert_eq!(send(request).await.code(), "BAD_INPUT");
}

// --- Idempotency keys

#[tokio::test]
async fn the_same_key_and_request_get_the_same_bytes() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        node.account("staff", "ann@example.com").await;
        let token = node.sign_in("ann@example.com").await;
        node.sign_in("ann@example.com").await;
        let query =
            "mutation { userErrors: signOutOthers { userErrors { code } ended __typename } }";
        let first = node
            .graphql(Some(&token), query, json!({}), Some("key-1"))
            .await;
        assert_eq!(first.data()["userErrors"]["ended"], 1);
        assert!(first.header("idempotency-replayed").is_none());
        let later = node.sign_in("ann@example.com").await;
        let mut replays = vec![
            node.graphql(Some(&token), query, json!({}), Some("key-1"))
                .await,
        ];
        assert!(node.stop().await);
        node.restart().await;
        replays.push(
            node.graphql(Some(&token), query, json!({}), Some("key-1"))
                .await,
        );
        node.kill().await;
        node.restart().await;
        replays.push(
            node.second()
                .await
                .graphql(Some(&token), query, json!({}), Some("key-1"))
                .await,
        );
        for replay in replays {
            assert_eq!(replay.text, first.text, "{engine:?}");
            assert_eq!(replay.header("idempotency-replayed"), Some("true"));
        }
        // What came between is as it was: the replay did nothing.
        assert_eq!(
            node.graphql(Some(&later), VIEWER, json!({}), None)
                .await
                .data()["viewer"]["role"],
            "STAFF"
        );
        // A new key is a new request.
        assert_eq!(
            node.graphql(Some(&token), OWN, json!({}), Some("key-2"))
                .await
                .data()["signOutOthers"]["ended"],
            1
        );
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request_and_one_account() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        let ann = node.signed_in("staff").await;
        let ben = node.signed_in("owner").await;
        let mutation =
            "mutation($x: Boolean = true) { signOutOthers { ended @include(if: $x) __typename } }";
        node.graphql(Some(&ann), mutation, json!({"x": true}), Some("key"))
            .await
            .data();
        for restarted in [false, true] {
            if restarted {
                assert!(node.stop().await);
                node.restart().await;
            }
            for other in [
                node.graphql(Some(&ann), mutation, json!({"x": false}), Some("key"))
                    .await,
                node.graphql(Some(&ann), OWN, json!({}), Some("key")).await,
            ] {
                assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED", "{engine:?}");
            }
        }
        node.graphql(Some(&ben), OWN, json!({}), Some("key"))
            .await
            .data();
    }
}

#[tokio::test]
async fn of_two_requests_at_once_under_a_key_one_runs() {
    for engine in engines() {
        let node = Node::on(engine).await;
        node.account("staff", "ann@example.com").await;
        let token = node.sign_in("ann@example.com").await;
        for round in 0..5 {
            node.sign_in("ann@example.com").await;
            let key = format!("key-{round}");
            let all = (0..8).map(|_| node.graphql(Some(&token), OWN, json!({}), Some(&key)));
            let answers = futures::future::join_all(all).await;
            assert!(answers.iter().all(|answer| answer.text == answers[0].text));
            assert_eq!(answers[0].data()["signOutOthers"]["ended"], 1, "{engine:?}");
            let replayed = answers
                .iter()
                .filter(|answer| answer.header("idempotency-replayed").is_some())
                .count();
            assert_eq!(replayed, 7);
        }
    }
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_its_key() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let wrong = node
        .graphql(
            Some(&token),
            "mutation { signOutOthers { nothing } }",
            json!({}),
            Some("key"),
        )
        .await;
    assert_eq!(wrong.code(), "BAD_INPUT");
    let right = node
        .graphql(Some(&token), OWN, json!({}), Some("key"))
        .await;
    assert_eq!(right.data()["signOutOthers"]["ended"], 0);
    assert!(right.header("idempotency-replayed").is_none());
}

#[tokio::test]
async fn every_mutation_needs_a_key_of_visible_ascii() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    assert_eq!(
        node.graphql(Some(&token), OWN, json!({}), None)
            .await
            .code(),
        "IDEMPOTENCY_KEY_REQUIRED"
    );
    for key in ["", "two words", &"k".repeat(256)] {
        assert_eq!(
            node.graphql(Some(&token), OWN, json!({}), Some(key))
                .await
                .code(),
            "BAD_INPUT",
            "{key:?}"
        );
    }
    node.graphql(Some(&token), OWN, json!({}), Some(&"k".repeat(255)))
        .await
        .data();
    let hidden = "mutation { ...m } fragment m on Mutation { signOutOthers { ended } }";
    assert_eq!(
        node.graphql(Some(&token), hidden, json!({}), None)
            .await
            .code(),
        "IDEMPOTENCY_KEY_REQUIRED"
    );
    let beside =
        "mutation { signOutOthers { ended } signIn(email: \"a\", password: \"b\") { token } }";
    assert_eq!(
        node.graphql(Some(&token), beside, json!({}), Some("k"))
            .await
            .code(),
        "BAD_INPUT"
    );
}

#[tokio::test]
async fn neither_tokens_nor_passwords_nor_answers_to_sign_in_are_kept() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        node.account("staff", "ann@example.com").await;
        let query = format!(
            "mutation {{ signIn(email: \"ann@example.com\", password: \"{PASSWORD}\") {{ token }} }}"
        );
        let first = node
            .graphql(None, &query, json!({}), Some("key"))
            .await
            .data();
        let second = node
            .graphql(None, &query, json!({}), Some("key"))
            .await
            .data();
        assert_ne!(first, second);
        assert!(node.stop().await);
        let count = |sql: String| {
            let store = Arc::clone(&node.store);
            async move { store.sql_text(&sql).await }
        };
        assert_eq!(
            count("SELECT CAST(count(*) AS TEXT) FROM idempotency".to_owned()).await,
            "0"
        );
        let token = first["signIn"]["token"].as_str().unwrap();
        let held = format!(
            "SELECT CAST(count(*) AS TEXT) FROM sessions WHERE token_hash LIKE '%{token}%'"
        );
        assert_eq!(count(held).await, "0");
        let hash = count("SELECT password_hash FROM accounts".to_owned()).await;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
    }
}

#[tokio::test]
async fn a_mutation_that_took_too_long_answers_its_retry() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let store = Store::new(Engine::Postgres).await;
    let patient = Node::with(Arc::clone(&store), &[]).await;
    patient.account("staff", "ann@example.com").await;
    let token = patient.sign_in("ann@example.com").await;
    patient.sign_in("ann@example.com").await;
    let node = Node::with(store, &[("LIMIT_REQUEST_SECONDS", "1")]).await;
    let mut lock = sqlx::PgConnection::connect(&node.store.database_url)
        .await
        .unwrap();
    lock.execute("BEGIN; LOCK TABLE sessions IN EXCLUSIVE MODE")
        .await
        .unwrap();
    assert_eq!(
        node.graphql(Some(&token), OWN, json!({}), Some("key"))
            .await
            .code(),
        "TIMEOUT"
    );
    lock.execute("COMMIT").await.unwrap();
    let again = async || {
        node.graphql(Some(&token), OWN, json!({}), Some("key"))
            .await
    };
    let mut retry = again().await;
    while retry.text.contains("TIMEOUT") {
        retry = again().await;
    }
    assert_eq!(retry.data()["signOutOthers"]["ended"], 1);
    assert_eq!(retry.header("idempotency-replayed"), Some("true"));
}

// --- Sessions

#[tokio::test]
async fn nobody_sees_or_does_anything_without_signing_in() {
    let node = Node::start().await;
    assert!(node.ask(VIEWER).await.data()["viewer"].is_null());
    for query in [
        OWN,
        "mutation { changePassword(currentPassword: \"a\", newPassword: \"b\") { changed } }",
        "{ anything }",
    ] {
        for token in [None, Some("wrong"), Some(&*"A".repeat(43))] {
            let answer = node.graphql(token, query, json!({}), Some("key")).await;
            assert_eq!(answer.code(), "UNAUTHENTICATED", "{query}");
        }
    }
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_up() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let token = node.signed_in("staff").await;
        assert!(
            !node
                .graphql(Some(&token), VIEWER, json!({}), None)
                .await
                .data()["viewer"]
                .is_null()
        );
        node.store.sql("UPDATE sessions SET expires_at = 1").await;
        let other = node.second().await;
        assert!(
            other
                .graphql(Some(&token), VIEWER, json!({}), None)
                .await
                .data()["viewer"]
                .is_null(),
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn signing_out_works_here_at_once_and_elsewhere_within_five_seconds() {
    for engine in engines() {
        let here = Node::on(engine).await;
        let there = here.second().await;
        let token = here.signed_in("staff").await;
        assert!(is_signed_in(&here, &token).await && is_signed_in(&there, &token).await);
        let answer = here
            .graphql(
                Some(&token),
                "mutation { signOut { signedOut } }",
                json!({}),
                None,
            )
            .await;
        assert_eq!(answer.data()["signOut"]["signedOut"], true);
        assert!(
            answer
                .header("set-cookie")
                .unwrap()
                .starts_with("billing=; Max-Age=0")
        );
        assert!(!is_signed_in(&here, &token).await, "{engine:?}");
        tokio::time::sleep(Duration::from_millis(5_100)).await;
        assert!(!is_signed_in(&there, &token).await, "{engine:?}");
    }
}

#[tokio::test]
async fn a_session_survives_a_restart_and_an_account_that_is_shut_does_not() {
    for engine in engines() {
        let mut node = Node::on(engine).await;
        node.account("accountant", "ann@example.com").await;
        let token = node.sign_in("ann@example.com").await;
        node.kill().await;
        node.restart().await;
        assert_eq!(
            node.graphql(Some(&token), VIEWER, json!({}), None)
                .await
                .data()["viewer"]["role"],
            "ACCOUNTANT"
        );
        node.store.sql("UPDATE accounts SET disabled_at = 1").await;
        tokio::time::sleep(Duration::from_millis(5_100)).await;
        assert!(
            node.graphql(Some(&token), VIEWER, json!({}), None)
                .await
                .data()["viewer"]
                .is_null(),
            "{engine:?}"
        );
        let refused = node.try_sign_in("ann@example.com", PASSWORD).await.data();
        assert_eq!(
            refused["signIn"]["userErrors"][0]["code"],
            "WRONG_CREDENTIALS"
        );
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let cookie = node
        .try_sign_in("ann@example.com", PASSWORD)
        .await
        .header("set-cookie")
        .unwrap()
        .to_owned();
    assert!(
        cookie.starts_with("billing=")
            && cookie.ends_with("; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax")
    );
    let node = Node::start_with(&[
        ("PUBLIC_URL", "https://portal.test"),
        ("SESSION_HOURS", "1"),
    ])
    .await;
    node.account("staff", "ann@example.com").await;
    let cookie = node
        .try_sign_in("ann@example.com", PASSWORD)
        .await
        .header("set-cookie")
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with("__Host-billing="));
    assert!(cookie.ends_with("; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure"));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let (here, there) = (
        node.sign_in("ann@example.com").await,
        node.sign_in("ann@example.com").await,
    );
    let change = "mutation($from: String!, $to: String!) {
        changePassword(currentPassword: $from, newPassword: $to) { changed userErrors { field code } } }";
    let to = "a very different phrase";
    let ask = |from: &'static str, to: &'static str| {
        let (node, here) = (&node, here.as_str());
        async move {
            node.graphql(Some(here), change, json!({"from": from, "to": to}), None)
                .await
                .data()["changePassword"]
                .clone()
        }
    };
    assert_eq!(
        ask("wrong", to).await["userErrors"][0]["code"],
        "WRONG_CREDENTIALS"
    );
    assert_eq!(
        ask(PASSWORD, "short").await["userErrors"][0]["code"],
        "WEAK_PASSWORD"
    );
    assert!(
        !node
            .graphql(Some(&there), VIEWER, json!({}), None)
            .await
            .data()["viewer"]
            .is_null()
    );
    assert_eq!(ask(PASSWORD, to).await["changed"], true);
    assert!(
        node.graphql(Some(&there), VIEWER, json!({}), None)
            .await
            .data()["viewer"]
            .is_null()
    );
    assert!(
        !node
            .graphql(Some(&here), VIEWER, json!({}), None)
            .await
            .data()["viewer"]
            .is_null()
    );
    assert!(
        node.try_sign_in("ann@example.com", PASSWORD).await.data()["signIn"]["token"].is_null()
    );
}

#[tokio::test]
async fn a_contact_acts_for_one_customer() {
    let node = Node::start().await;
    let customer = Uuid::now_v7();
    node.contact("cleo@example.com", customer, Uuid::now_v7())
        .await;
    let viewer =
        node.try_sign_in("Cleo@Example.com ", PASSWORD).await.data()["signIn"]["viewer"].clone();
    assert_eq!(
        (viewer["role"].as_str(), viewer["customerId"].as_str()),
        (Some("CUSTOMER_CONTACT"), Some(&*customer.to_string()))
    );
}

// --- Sign-in attempts

#[tokio::test]
async fn sign_in_attempts_count_once_per_alias() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    node.account("staff", "ben@example.com").await;
    let tries: String = (0..15)
        .map(|n| format!("a{n}: signIn(email: \"ann@example.com\", password: \"guess {n}\") {{ userErrors {{ code }} }} "))
        .collect();
    let answer = node.ask(&format!("mutation {{ {tries} }}")).await;
    assert_eq!(answer.code(), "RATE_LIMITED");
    assert!(
        answer.json()["errors"][0]["extensions"]["retryAfter"]
            .as_i64()
            .unwrap()
            > 0
    );
    // Now even the right password has to wait, while another account does not.
    assert_eq!(
        node.try_sign_in("ann@example.com", PASSWORD).await.code(),
        "RATE_LIMITED"
    );
    assert_eq!(
        node.try_sign_in("ANN@example.com ", PASSWORD).await.code(),
        "RATE_LIMITED"
    );
    node.sign_in("ben@example.com").await;
}

#[tokio::test]
async fn sign_in_attempts_count_by_address_too() {
    let node = Node::start().await;
    let strangers = async |round: usize| {
        let tries: String = (0..15)
            .map(|n| format!("a{n}: signIn(email: \"u{n}-{round}@x.y\", password: \"p\") {{ userErrors {{ code }} }} "))
            .collect();
        let answer = node.ask(&format!("mutation {{ {tries} }}")).await;
        answer.text.contains("RATE_LIMITED")
    };
    let mut refused = 0;
    for round in 0..8 {
        refused += usize::from(strangers(round).await);
    }
    assert!((1..=2).contains(&refused), "{refused}");
    assert!(strangers(8).await); // One try comes back every ten seconds, fifteen do not.
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_look_and_cost_the_same() {
    let node = Node::start().await;
    node.account("staff", "ann@example.com").await;
    let mut times = [Duration::MAX; 2];
    let mut answers = [String::new(), String::new()];
    for _ in 0..5 {
        for (n, email) in ["ann@example.com", "nobody@example.com"]
            .into_iter()
            .enumerate()
        {
            let started = Instant::now();
            answers[n] = node.try_sign_in(email, "not the password").await.text;
            times[n] = times[n].min(started.elapsed());
        }
    }
    assert_eq!(answers[0], answers[1]);
    let (least, most) = (times[0].min(times[1]), times[0].max(times[1]));
    // Without the work on nobody's password the one would be a tenth of the other, or less.
    assert!(most < least * 3, "{times:?}");
}

// --- Live connections

#[tokio::test]
async fn only_subscriptions_go_over_the_websocket() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let mut socket = node.signed_in_socket(&token).await;
    let aliases: String = (0..40).map(|n| format!("a{n}: serverTime ")).collect();
    for (query, code) in [
        (VIEWER, "BAD_INPUT"),
        (OWN, "BAD_INPUT"),
        (
            "mutation { signIn(email: \"a\", password: \"b\") { token } }",
            "BAD_INPUT",
        ),
        ("{ __schema { types { name } } }", "BAD_INPUT"),
        (&format!("subscription {{ {aliases} }}"), "LIMIT_EXCEEDED"),
        ("subscription { nothing }", "BAD_INPUT"),
    ] {
        say(
            &mut socket,
            json!({"id": "1", "type": "subscribe", "payload": {"query": query}}),
        )
        .await;
        let refused = hear(&mut socket).await.unwrap();
        assert_eq!(
            refused["payload"]["errors"][0]["extensions"]["code"], code,
            "{refused}"
        );
        assert_eq!(hear(&mut socket).await.unwrap()["type"], "complete");
    }
    say(&mut socket, json!({"id": "2", "type": "subscribe", "payload": {"query": "subscription { serverTime }"}})).await;
    let news = hear(&mut socket).await.unwrap();
    assert!(
        news["payload"]["data"]["serverTime"]
            .as_str()
            .unwrap()
            .ends_with('Z'),
        "{news}"
    );
}

#[tokio::test]
async fn a_websocket_needs_a_token_and_its_protocol() {
    let node = Node::start().await;
    for payload in [
        json!({}),
        json!({"authorization": "Bearer wrong"}),
        json!({"authorization": 1}),
        json!(null),
    ] {
        let mut socket = node.socket(&[]).await.unwrap();
        say(
            &mut socket,
            json!({"type": "connection_init", "payload": payload}),
        )
        .await;
        assert_eq!(hear(&mut socket).await, Err(4403));
    }
    let mut socket = node.socket(&[]).await.unwrap();
    say(&mut socket, json!({"id": "1", "type": "subscribe", "payload": {"query": "subscription { serverTime }"}})).await;
    assert!(hear(&mut socket).await.is_err());
    let mut socket = node.socket(&[]).await.unwrap();
    say(&mut socket, json!({"type": "x".repeat(500)})).await;
    assert!(hear(&mut socket).await.is_err());
    assert!(
        node.socket(&[("sec-websocket-protocol", "graphql-ws")])
            .await
            .is_err()
    );
    node.ask(VIEWER).await.data();
}

#[tokio::test]
async fn a_websocket_ends_with_its_session() {
    let node = Node::start().await;
    let token = node.signed_in("staff").await;
    let mut socket = node.signed_in_socket(&token).await;
    node.graphql(
        Some(&token),
        "mutation { signOut { signedOut } }",
        json!({}),
        None,
    )
    .await
    .data();
    let started = Instant::now();
    assert_eq!(hear(&mut socket).await, Err(4401));
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_websocket_message_beyond_the_limit_ends_it() {
    let node = Node::start_with(&[("LIMIT_BODY_BYTES", "10000")]).await;
    let token = node.signed_in("staff").await;
    let mut socket = node.signed_in_socket(&token).await;
    say(
        &mut socket,
        json!({"type": "ping", "payload": {"x": "x".repeat(20_000)}}),
    )
    .await;
    assert!(hear(&mut socket).await.is_err());
}

// --- Operation

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let node = Node::start_with(&[("PORTAL_DIR", "not-built")]).await;
    let answers = [
        node.get("/").await,
        node.ask(VIEWER).await,
        node.get("/nowhere").await,
        node.get("/healthz").await,
    ];
    for answer in &answers {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("strict-transport-security"), None);
        assert!(
            answer.header("server").is_none()
                && answer.header("access-control-allow-origin").is_none()
        );
    }
    assert!(
        node.get("/graphiql")
            .await
            .header("content-security-policy")
            .unwrap()
            .contains("https://unpkg.com")
    );
    let node = Node::start_with(&[("PUBLIC_URL", "https://portal.test")]).await;
    assert!(
        node.get("/")
            .await
            .header("strict-transport-security")
            .unwrap()
            .contains("max-age=63072000")
    );
}

#[tokio::test]
async fn a_request_id_comes_back_unless_it_is_not_plain() {
    let node = Node::start().await;
    let ask = |id: &'static str| {
        send(
            node.request(Method::GET, "/healthz")
                .header("x-request-id", id),
        )
    };
    assert_eq!(
        ask("order-4711").await.header("x-request-id"),
        Some("order-4711")
    );
    let replaced = ask("<script>")
        .await
        .header("x-request-id")
        .unwrap()
        .to_owned();
    assert!(Uuid::parse_str(&replaced).is_ok(), "{replaced}");
}

#[tokio::test]
async fn health_readiness_and_metrics_say_how_the_node_is() {
    let node = Node::start().await;
    node.ask(VIEWER).await.data();
    assert_eq!(node.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(node.get("/readyz").await.status, StatusCode::OK);
    let metrics = node.get("/metrics").await.text;
    for name in [
        "billing_graphql_requests_total{operation=\"query\"",
        "billing_graphql_duration_seconds_bucket",
        "billing_http_requests_total",
        "billing_http_requests_in_flight 1",
    ] {
        assert!(metrics.contains(name), "{name} is missing in {metrics}");
    }
}

#[tokio::test]
async fn metrics_are_not_for_everybody_in_production() {
    let closed = Node::start_with(&[("ENVIRONMENT", "production")]).await;
    assert_eq!(closed.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let node = Node::start_with(&[
        ("ENVIRONMENT", "production"),
        ("METRICS_TOKEN", "scrape-me"),
    ])
    .await;
    assert_eq!(node.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let wrong = node.request(Method::GET, "/metrics").bearer_auth("guess");
    assert_eq!(send(wrong).await.status, StatusCode::NOT_FOUND);
    let right = node
        .request(Method::GET, "/metrics")
        .bearer_auth("scrape-me");
    assert_eq!(send(right).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stop_lets_running_requests_end_and_tells_live_ones() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut node = Node::start().await;
    let token = node.signed_in("staff").await;
    let mut socket = node.signed_in_socket(&token).await;
    let body = json!({"query": VIEWER}).to_string();
    let (first, rest) = body.split_at(5);
    let mut slow = tokio::net::TcpStream::connect(node.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n{first}",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    // The node asks for the body once the request runs.
    let mut asked = [0; 25];
    slow.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    node.signal("TERM").await;
    assert_eq!(hear(&mut socket).await, Err(1001));
    slow.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("STAFF"),
        "{answer}"
    );
    assert!(node.ended().await);
}

#[tokio::test]
async fn nodes_that_start_at_the_same_moment_on_an_empty_database_all_start() {
    for engine in engines() {
        let store = Store::new(engine).await;
        let starts = (0..3).map(|_| Node::with(Arc::clone(&store), &[]));
        for node in futures::future::join_all(starts).await {
            assert_eq!(
                node.get("/readyz").await.status,
                StatusCode::OK,
                "{engine:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_setting_is_refused_by_name() {
    let store = Store::new(Engine::Sqlite).await;
    for (flag, value) in [
        ("--listen", "nowhere"),
        ("--environment", "test"),
        ("--database-url", "mysql://x"),
    ] {
        let (started, said) = run(&store, &["serve", flag, value]).await;
        assert!(!started && said.contains(flag), "{said}");
    }
}

#[tokio::test]
async fn an_account_is_made_once_with_a_strong_password() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let create = |email: &'static str, password: &'static str| {
            let store = Arc::clone(&node.store);
            async move {
                create_account(
                    &store,
                    &["--role", "staff", "--email", email, "--name", "Ann"],
                    password,
                )
                .await
            }
        };
        assert!(create("Ann@Example.com", PASSWORD).await.is_ok());
        assert!(
            create("ann@example.COM", PASSWORD)
                .await
                .unwrap_err()
                .contains("another account"),
            "{engine:?}"
        );
        assert!(
            create("ben@example.com", "short")
                .await
                .unwrap_err()
                .contains("12 to 256 characters")
        );
        assert!(
            create("nonsense", PASSWORD)
                .await
                .unwrap_err()
                .contains("email")
        );
        node.sign_in("ANN@example.com").await;
    }
}
