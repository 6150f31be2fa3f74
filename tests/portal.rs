//! The web portal as the node serves it, over real HTTP: its files, its first page, and what that page is told.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::cast::*;
use support::{Answer, Engine, Node, Store, engines, send};
use tempfile::TempDir;
use uuid::Uuid;

const INDEX: &str = "<!doctype html><html lang=en><meta name=csp-nonce content=\"__NONCE__\">\
    <script type=\"application/json\" id=\"boot\">__BOOT__</script><div id=root></div>";
/// The same page, which loads more beforehand.
const SIGNED_IN: &str = "<!doctype html><link rel=modulepreload>__LINKS__<meta name=csp-nonce content=\"__NONCE__\">\
    <script type=\"application/json\" id=\"boot\">__BOOT__</script><div id=root></div>";
const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// What a build of the portal leaves.
fn dist() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let long = "console.log(1);".repeat(2_000);
    for (name, text) in [
        ("index.html", INDEX),
        ("signed-in.html", SIGNED_IN),
        ("favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("robots.txt", "User-agent: *\nDisallow: /\n"),
        ("assets/app-1a2b.js", &long),
        ("assets/app-1a2b.js.br", "as brotli"),
        ("assets/app-1a2b.js.gz", "as gzip"),
        ("assets/app-3c4d.css", "body{}"),
        ("assets/inter-5e6f.woff2", &long),
    ] {
        let path = dir.path().join("dist").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

async fn node_with(dist: &TempDir, settings: &[(&str, &str)]) -> Node {
    let folder = dist.path().join("dist");
    Node::start_with(&[settings, &[("PORTAL_DIR", folder.to_str().unwrap())]].concat()).await
}

async fn get(node: &Node, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = node.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

async fn page(node: &Node, path: &str) -> Answer {
    get(node, path, &[("accept", BROWSER)]).await
}

/// What the first page is told.
fn boot(page: &Answer) -> Value {
    let (_, rest) = page.text.split_once("id=\"boot\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// The nonce of a page, which is also in its policy.
fn nonce(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("csp-nonce content=\"").unwrap();
    let nonce = rest.split_once('"').unwrap().0.to_owned();
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("style-src 'self' 'nonce-{nonce}'")),
        "{policy}"
    );
    nonce
}

#[tokio::test]
async fn an_asset_comes_as_small_as_the_caller_takes_it() {
    let dist = dist();
    let node = node_with(&dist, &[]).await;
    for (accepted, coding, starts) in [
        ("gzip, deflate, br, zstd", Some("br"), "as brotli"),
        ("gzip", Some("gzip"), "as gzip"),
        ("br;q=0, gzip", Some("gzip"), "as gzip"),
        ("identity", None, "console.log(1);"),
    ] {
        let answer = get(
            &node,
            "/assets/app-1a2b.js",
            &[("accept-encoding", accepted)],
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
        assert!(
            answer.text.starts_with(starts),
            "{accepted}: {}",
            answer.text
        );
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
    // What was not compressed beforehand is not worth it: the layer leaves it alone, however long it is.
    let font = get(
        &node,
        "/assets/inter-5e6f.woff2",
        &[("accept-encoding", "gzip, br")],
    )
    .await;
    assert_eq!(font.header("content-encoding"), None);
    assert_eq!(font.header("content-type"), Some("font/woff2"));
    let style = node.get("/assets/app-3c4d.css").await;
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[tokio::test]
async fn an_asset_is_kept_for_ever_and_other_files_for_an_hour() {
    let dist = dist();
    let node = node_with(&dist, &[]).await;
    let asset = node.get("/assets/app-1a2b.js").await;
    let cache = Some("public, max-age=31536000, immutable");
    assert_eq!(asset.header("cache-control"), cache);
    assert_eq!(asset.header("x-content-type-options"), Some("nosniff"));
    let tag = asset.header("etag").unwrap();
    let small = get(&node, "/assets/app-1a2b.js", &[("accept-encoding", "br")]).await;
    assert_ne!(
        small.header("etag").unwrap(),
        tag,
        "other bytes, another tag"
    );
    for known in [tag.to_owned(), format!("\"other\", W/{tag}")] {
        let again = get(&node, "/assets/app-1a2b.js", &[("if-none-match", &known)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", Some(tag)));
        assert_eq!(again.header("cache-control"), cache);
    }
    let head = send(node.request(Method::HEAD, "/assets/app-1a2b.js")).await;
    assert_eq!(
        (head.status, head.header("etag")),
        (StatusCode::OK, Some(tag))
    );
    assert_eq!(head.header("content-length"), Some("30000"));
    assert_eq!(head.text, "");
    for (name, kind) in [
        ("/favicon.svg", "image/svg+xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let file = page(&node, name).await;
        assert_eq!(file.header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(file.header("content-type"), Some(kind));
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_nothing_outside_the_folder_is_there() {
    let dist = dist();
    std::fs::write(dist.path().join("beside"), "secret").unwrap();
    let node = node_with(&dist, &[]).await;
    for path in [
        "/assets/gone-1a2b.js",
        "/assets/app-1a2b.js.br",
        "/assets/",
        "/graphiql/x",
        "/webhooks",
    ] {
        assert_eq!(
            page(&node, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in [
        "/assets/../../beside",
        "/assets/..%2f..%2fbeside",
        "/assets/%2e%2e/%2e%2e/beside",
        "/../beside",
        "/..%5cbeside",
        "//beside",
    ] {
        let asked = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = node.raw(asked.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
        assert!(!answer.contains("secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn every_address_that_is_nobody_elses_is_a_page_for_browsers_only() {
    let dist = dist();
    let node = node_with(&dist, &[]).await;
    for path in ["/", "/invoices/4711?tab=history", "/sign-in", "/index.html"] {
        let answer = page(&node, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        boot(&answer);
    }
    assert_eq!(node.get("/").await.status, StatusCode::OK);
    assert_eq!(node.get("/invoices").await.status, StatusCode::NOT_FOUND);
    let posted = node
        .request(Method::POST, "/invoices")
        .header("accept", BROWSER);
    assert_eq!(send(posted).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        page(&node, "/graphql").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let head = send(node.request(Method::HEAD, "/")).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn every_page_has_a_nonce_and_a_strict_policy_of_its_own() {
    let dist = dist();
    let node = node_with(&dist, &[("PUBLIC_URL", "https://portal.test")]).await;
    let (first, second) = (page(&node, "/").await, page(&node, "/").await);
    assert_ne!(nonce(&first), nonce(&second));
    assert_eq!(nonce(&first).len(), 24);
    let policy = first.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
    assert!(policy.contains("connect-src 'self' wss://portal.test;"));
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
}

#[tokio::test]
async fn the_page_is_told_what_anybody_may_see_and_nothing_else() {
    let dist = dist();
    let node = node_with(&dist, &[]).await;
    let told = boot(&page(&node, "/").await);
    let version = env!("CARGO_PKG_VERSION");
    let nothing = json!({
        "organisation": null, "demo": null, "version": version, "graphiql": true, "signedIn": false,
        "sandbox": true, "needsOwner": true, "words": [], "answers": []
    });
    assert_eq!(told, nothing);
    let owner = node.signed_in("owner").await;
    let name = "</script><script>alert(1)</script> & Söhne __NONCE__";
    let input = json!({ "name": name, "currency": "EUR" });
    done(&node, &owner, "saveOrganisation", input, "__typename").await;
    let page = get(
        &node,
        "/",
        &[("accept", BROWSER), ("cookie", &format!("billing={owner}"))],
    )
    .await;
    assert!(!page.text.contains(&owner) && !page.text.contains("<script>"));
    assert_eq!(page.header("set-cookie"), None);
    assert_eq!(boot(&page)["organisation"]["name"], name);
    let mut fields: Vec<_> = boot(&page).as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "answers",
            "demo",
            "graphiql",
            "needsOwner",
            "organisation",
            "sandbox",
            "signedIn",
            "version",
            "words"
        ]
    );
}

#[tokio::test]
async fn who_is_signed_in_gets_the_page_that_loads_what_they_need() {
    let dist = dist();
    let node = node_with(&dist, &[]).await;
    let owner = format!("billing={}", node.signed_in("owner").await);
    let known = [(owner.as_str(), true, "no-store")];
    let unknown = ["billing=x", "other=x", ""].map(|cookie| (cookie, false, "no-cache"));
    for (cookie, is_signed_in, cache) in known.into_iter().chain(unknown) {
        let page = get(&node, "/", &[("accept", BROWSER), ("cookie", cookie)]).await;
        assert_eq!(
            page.text.contains("modulepreload"),
            is_signed_in,
            "{cookie}"
        );
        assert_eq!(boot(&page)["signedIn"], is_signed_in, "{cookie}");
        assert_eq!(page.header("vary"), Some("accept, cookie"));
        assert_eq!(page.header("cache-control"), Some(cache), "{cookie}");
    }
    std::fs::remove_file(dist.path().join("dist/signed-in.html")).unwrap();
    let page = get(&node, "/", &[("accept", BROWSER), ("cookie", &owner)]).await;
    assert_eq!(page.status, StatusCode::OK);
}

/// The page at an address as the browser of somebody who is signed in asks for it.
async fn page_of(node: &Node, token: &str, path: &str) -> Answer {
    let cookie = format!("billing={token}");
    get(node, path, &[("accept", BROWSER), ("cookie", &cookie)]).await
}

/// What the build says of two pages, one on each side.
fn write_pages(dist: &TempDir) {
    let who = json!({ "name": "Who", "text": "query Who{viewer{name role}}", "variables": [] });
    let invoice = json!({
        "name": "Invoice", "variables": ["id", "after"],
        "text": "query Invoice($id:UUID!,$after:String){invoice(id:$id){...Parts}invoices(first:1,after:$after){totalCount}}\
                 fragment Parts on Invoice{id customer{name}}"
    });
    let overdue = json!({
        "name": "Invoices", "variables": ["filter"], "unfiltered": { "filter": { "overdue": false } },
        "text": "query Invoices($filter:InvoiceFilterInput){invoices(filter:$filter){nodes{id}}}"
    });
    let at = |path: &str, queries: Value| json!({ "path": path, "head": "<link id=its-own>", "words": ["a"], "queries": queries });
    let pages = json!({
        "client": [
            at("/", json!([who])),
            at("/invoices", json!([who, overdue])),
            at("/invoices/:id", json!([who, invoice])),
        ],
        "staff": [at("/", json!([{ "name": "Gone", "text": "query Gone{gone}", "variables": [] }, who]))],
    });
    let file = dist.path().join("dist/pages.json");
    std::fs::write(file, pages.to_string()).unwrap();
}

#[tokio::test]
async fn a_page_comes_with_the_answers_to_what_it_asks_first() {
    let dist = dist();
    write_pages(&dist);
    let node = node_with(&dist, &[]).await;
    let cast = cast(&node).await;
    let name = "</script><script>alert(1)</script> & Söhne";
    let input = json!({ "customerId": cast.customer, "name": name, "language": "en" });
    done(
        &node,
        &cast.staff,
        "updateCustomerDetails",
        input,
        "__typename",
    )
    .await;
    let own = billed(&node, &cast, &cast.customer).await;
    let page = page_of(&node, &cast.clara, &format!("/invoices/{own}")).await;
    assert!(page.text.contains("<link id=its-own>") && !page.text.contains("<script>alert"));
    let told = boot(&page);
    assert_eq!(told["words"], json!(["a"]));
    let [who, invoice] = told["answers"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    assert_eq!(
        (
            &who["name"],
            &who["variables"],
            &who["data"]["viewer"]["role"]
        ),
        (&json!("Who"), &json!({}), &json!("CUSTOMER_CONTACT"))
    );
    assert_eq!(
        (&invoice["name"], &invoice["variables"]),
        (&json!("Invoice"), &json!({ "id": own }))
    );
    let found = json!({ "id": own, "customer": { "name": name } });
    assert_eq!(invoice["data"]["invoice"], found);
}

#[tokio::test]
async fn a_list_comes_with_its_rows_where_its_address_does_not_filter_them() {
    let dist = dist();
    write_pages(&dist);
    let node = node_with(&dist, &[]).await;
    let cast = cast(&node).await;
    let own = billed(&node, &cast, &cast.customer).await;
    let told = boot(&page_of(&node, &cast.clara, "/invoices").await);
    assert_eq!(
        told["answers"][1],
        json!({
            "name": "Invoices",
            "variables": { "filter": { "overdue": false } },
            "data": { "invoices": { "nodes": [{ "id": own }] } },
        })
    );
    let filtered = boot(&page_of(&node, &cast.clara, "/invoices?show=overdue").await);
    assert_eq!(filtered["answers"].as_array().unwrap().len(), 1);
    assert_eq!(filtered["answers"][0]["name"], "Who");
}

#[tokio::test]
async fn a_page_answers_its_viewer_only_what_the_api_would() {
    let dist = dist();
    write_pages(&dist);
    let node = node_with(&dist, &[]).await;
    let cast = cast(&node).await;
    let other = customer_of(&node, &cast.stranger).await;
    let theirs = billed(&node, &cast, &other).await;
    let answers = |page: &Answer| boot(page)["answers"].as_array().unwrap().clone();
    // Somebody else's document is none, as everywhere.
    let page = page_of(&node, &cast.clara, &format!("/invoices/{theirs}")).await;
    assert_eq!(answers(&page)[1]["data"]["invoice"], Value::Null);
    assert!(!page.text.contains(&other));
    // What is refused the page asks itself.
    let page = page_of(&node, &cast.clara, "/invoices/4711").await;
    assert_eq!((page.status, answers(&page).len()), (StatusCode::OK, 1));
    let page = page_of(&node, &cast.staff, "/").await;
    assert_eq!(answers(&page).len(), 1);
    assert_eq!(answers(&page)[0]["data"]["viewer"]["role"], "STAFF");
    // The other side's pages, pages that nobody listed, and whoever is not signed in.
    let path = format!("/invoices/{theirs}");
    for (token, path) in [
        (&*cast.staff, &*path),
        (&cast.clara, "/settings"),
        ("x", &path),
    ] {
        let page = page_of(&node, token, path).await;
        assert_eq!((page.status, answers(&page).len()), (StatusCode::OK, 0));
        assert!(!page.text.contains("its-own"));
    }
    let listed = node.get("/pages.json").await;
    assert_eq!(listed.status, StatusCode::NOT_FOUND);
    std::fs::write(dist.path().join("dist/pages.json"), "{").unwrap();
    let page = page_of(&node, &cast.clara, "/").await;
    assert_eq!((page.status, answers(&page).len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn without_built_pages_the_start_page_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let node = node_with(&empty, &[("ENVIRONMENT", "production")]).await;
    let start = node.get("/").await;
    assert_eq!(start.status, StatusCode::OK);
    for words in [
        "Node.js 20.19 or newer",
        "make run",
        "/graphql/ws",
        "lang=\"en\"",
    ] {
        assert!(start.text.contains(words), "{words}");
    }
    assert!(!start.text.contains("__") && !start.text.contains("graphiql"));
    let policy = start.header("content-security-policy").unwrap();
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    assert!(start.text.contains(nonce.split_once('\'').unwrap().0));
    assert_eq!(start.header("cache-control"), Some("no-store"));
    let deeper = page(&node, "/invoices").await;
    assert_eq!(deeper.status, StatusCode::NOT_FOUND);
    assert!(deeper.text.contains("make run"));
    assert_eq!(
        node.get("/assets/app-1a2b.js").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_sign_ins_of_the_demonstration_are_shown_only_where_it_was_made() {
    let dist = dist();
    let folder = dist.path().join("dist");
    let folder = folder.to_str().unwrap();
    // An organisation that somebody else has registered is never turned into the demonstration.
    let store = Store::new(Engine::Sqlite).await;
    let node = Node::with(store.clone(), &[]).await;
    cast(&node).await;
    let demo = Node::with(store, &[("DEMO", "true"), ("PORTAL_DIR", folder)]).await;
    let told = boot(&page(&demo, "/").await);
    assert_eq!(
        (&told["demo"], &told["organisation"]["name"]),
        (&Value::Null, &json!("Harbour & Finch"))
    );
}

// --- The sandbox's payment page

fn checkout(more: &str) -> String {
    format!(
        "/sandbox/checkout?merchant=Harbour+%26+Finch&return_to=/pay%3Fa=1%26b&state=s-1&{more}"
    )
}

async fn way_back(node: &Node, path: &str) -> (StatusCode, Option<String>) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let url = format!("{}{path}", node.url);
    let answer = client.build().unwrap().get(url).send().await.unwrap();
    let location = answer.headers().get("location");
    (
        answer.status(),
        location.map(|to| to.to_str().unwrap().to_owned()),
    )
}

#[tokio::test]
async fn the_payment_page_shows_what_is_paid_to_whom_without_any_script() {
    let node = Node::start().await;
    let page = node.get(&checkout("amount=1234.5&currency=EUR")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Sandbox payments",
        "no real money",
        "Pay Harbour &amp; Finch",
        "Pay EUR 1,234.50",
        "value=\"/pay?a=1&amp;b\"",
        "name=\"state\" value=\"s-1\"",
        "value=\"tok_bank_debit\"",
        "<fieldset><legend>",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("<script") && !page.text.contains(" style=\""));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'none'") && policy.contains("form-action 'self'"));
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    let nonce = nonce.split_once('\'').unwrap().0;
    assert!(page.text.contains(&format!("<style nonce=\"{nonce}\">")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let saving = node.get(&checkout("")).await;
    assert!(
        saving
            .text
            .contains("Save a payment method for Harbour &amp; Finch")
    );
    let evil = "/sandbox/checkout?merchant=%3C%2Ftitle%3E%3Cscript%3E%22'&state=s&return_to=/%22%3E%3Cb%3E";
    let escaped = node.get(evil).await;
    assert_eq!(escaped.status, StatusCode::OK);
    assert!(!escaped.text.contains("<script") && !escaped.text.contains("\"><b>"));
}

#[tokio::test]
async fn the_payment_page_leads_back_to_this_host_with_a_known_token_in_the_fragment() {
    let node = Node::start().await;
    let done = "/sandbox/checkout/done?return_to=/pay%3Fa=1&state=s-1";
    for (more, to) in [
        ("token=tok_visa", "/pay?a=1#state=s-1&token=tok_visa"),
        (
            "token=tok_visa&cancelled=1",
            "/pay?a=1#state=s-1&cancelled=1",
        ),
    ] {
        let (status, location) = way_back(&node, &format!("{done}&{more}")).await;
        assert_eq!(
            (status, location.as_deref()),
            (StatusCode::SEE_OTHER, Some(to))
        );
    }
    for path in [
        format!("{done}&token=tok_of_somebody"),
        done.to_owned(),
        "/sandbox/checkout/done?return_to=//evil.example&state=s&token=tok_visa".to_owned(),
        "/sandbox/checkout/done?return_to=/%5Cevil.example&state=s&token=tok_visa".to_owned(),
        "/sandbox/checkout/done?return_to=/%09/evil.example&state=s&token=tok_visa".to_owned(),
        "/sandbox/checkout/done?return_to=/&return_to=//e&state=s&token=tok_visa".to_owned(),
        "/sandbox/checkout/done?return_to=/&state=a%0d%0ab&token=tok_visa".to_owned(),
        checkout("amount=0&currency=EUR"),
        checkout("amount=1.234&currency=EUR"),
        checkout("amount=1&currency=XAU"),
        checkout("amount=1"),
        "/sandbox/checkout?merchant=A&state=s&return_to=https://evil.example".to_owned(),
        "/sandbox/checkout?merchant=A&state=s".to_owned(),
        "/sandbox/checkout?merchant=&state=s&return_to=/".to_owned(),
    ] {
        let (status, location) = way_back(&node, &path).await;
        assert_eq!(
            (status, location),
            (StatusCode::BAD_REQUEST, None),
            "{path}"
        );
        let said = node.get(&path).await;
        assert!(said.text.contains("opened wrongly"), "{path}");
    }
}

#[tokio::test]
async fn a_new_installation_says_how_to_make_its_owner_until_there_is_one() {
    for engine in engines() {
        let dist = dist();
        let folder = dist.path().join("dist");
        let settings = [("PORTAL_DIR", folder.to_str().unwrap())];
        let node = Node::with(Store::new(engine).await, &settings).await;
        let told = async || boot(&page(&node, "/").await);
        assert_eq!(told().await["needsOwner"], true);
        node.account("staff", "sam@example.com").await;
        assert_eq!(told().await["needsOwner"], true, "staff cannot set it up");
        node.account("owner", "olga@example.com").await;
        let seen = told().await;
        assert_eq!(seen["needsOwner"], false);
        assert_eq!(
            (&seen["sandbox"], &seen["organisation"]),
            (&json!(true), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_organisation_says_where_its_payment_page_is() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let told = ask(&node, &cast.clara, "{ organisation { paymentPage } }").await;
    assert_eq!(told["organisation"]["paymentPage"], "/sandbox/checkout");
}

// --- Branding

/// A picture of so many bytes, in base64, that begins as a PNG does.
fn picture(size: usize, fill: u8) -> (Vec<u8>, String) {
    use base64::Engine as _;
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(size, fill);
    let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
    (bytes, text)
}

#[tokio::test]
async fn the_owner_gives_the_pages_a_colour_and_a_logo_that_everybody_sees() {
    for engine in engines() {
        let dist = dist();
        let folder = dist.path().join("dist");
        let settings = [("PORTAL_DIR", folder.to_str().unwrap())];
        let node = Node::with(Store::new(engine).await, &settings).await;
        let cast = cast(&node).await;
        let field = "updateBranding";
        let none = json!({ "accent": null, "logo": null });
        let query = "{ organisation { version branding { accent logo } } }";
        let seen = ask(&node, &cast.clara, query).await["organisation"].clone();
        assert_eq!(seen["branding"], none);
        assert_eq!(
            node.get("/branding/logo").await.status,
            StatusCode::NOT_FOUND
        );
        let (bytes, data) = picture(65_536, 7);
        let put = |data: &str| json!({ "contentType": "image/png", "dataBase64": data });
        let input =
            json!({ "accent": "#1D4ED8", "logo": put(&data), "expectedVersion": seen["version"] });
        let fields = "organisation { branding { accent logo } }";
        let set = done(&node, &cast.owner, field, input, fields).await["organisation"]["branding"]
            .clone();
        assert_eq!(set["accent"], "#1d4ed8");
        let path = set["logo"].as_str().unwrap().to_owned();
        assert!(
            path.starts_with("/branding/logo?v=") && path.len() == 17 + 64,
            "{path}"
        );
        let told = boot(&page(&node, "/").await);
        let expected = json!({ "name": "Harbour & Finch", "accent": "#1d4ed8", "logo": path });
        assert_eq!(told["organisation"], expected);
        for token in [&cast.clara, &cast.staff] {
            assert_eq!(
                ask(&node, token, query).await["organisation"]["branding"],
                set
            );
        }
        let logo = node.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(logo.headers()["content-type"], "image/png");
        assert_eq!(logo.headers()["x-content-type-options"], "nosniff");
        assert_eq!(
            logo.headers()["cache-control"],
            "public, max-age=31536000, immutable"
        );
        let tag = logo.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(logo.bytes().await.unwrap(), bytes);
        let other = get(&node, "/branding/logo?v=0", &[("if-none-match", &tag)]).await;
        assert_eq!(
            (other.status, other.header("cache-control")),
            (StatusCode::NOT_MODIFIED, Some("no-cache"))
        );

        // What is left out stays.
        done(
            &node,
            &cast.owner,
            field,
            json!({ "accent": null }),
            "__typename",
        )
        .await;
        let seen = ask(&node, &cast.clara, query).await["organisation"]["branding"].clone();
        assert_eq!(seen, json!({ "accent": null, "logo": path }));
        let second = node.second().await;
        assert_eq!(
            send(second.request(Method::HEAD, &path)).await.status,
            StatusCode::OK
        );
        done(
            &node,
            &cast.owner,
            field,
            json!({ "removeLogo": true }),
            "__typename",
        )
        .await;
        assert_eq!(node.get(&path).await.status, StatusCode::NOT_FOUND);
        let (ok, said) = node.run(&["check"]).await;
        assert!(ok, "{said}");
    }
}

#[tokio::test]
async fn the_pages_take_no_pale_colour_no_script_and_nobody_elses_word() {
    let node = Node::start().await;
    let cast = cast(&node).await;
    let field = "updateBranding";
    let (_, png) = picture(100, 0);
    let (_, large) = picture(65_537, 0);
    let put =
        |kind: &str, data: &str| json!({ "logo": { "contentType": kind, "dataBase64": data } });
    for (input, path, code) in [
        (json!({ "accent": "#ffcc00" }), "accent", "LOW_CONTRAST"),
        (json!({ "accent": "blue" }), "accent", "NOT_A_COLOUR"),
        (
            put("image/svg+xml", &png),
            "logo.contentType",
            "NOT_A_PICTURE",
        ),
        (put("image/webp", &png), "logo.dataBase64", "NOT_A_PICTURE"),
        (
            put("image/png", &large),
            "logo.dataBase64",
            "TOO_MANY_BYTES",
        ),
    ] {
        let answer = tell(&node, &cast.owner, field, input, "__typename").await;
        let error = &answer["userErrors"][0];
        let place: Vec<&str> = std::iter::once("input").chain(path.split('.')).collect();
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &json!(place))
        );
    }
    let mut both = put("image/png", &png);
    both["removeLogo"] = json!(true);
    assert_eq!(
        refused(&node, &cast.owner, field, both).await,
        "CONTRADICTION"
    );
    let query =
        "mutation($input: UpdateBrandingInput!) { updateBranding(input: $input) { __typename } }";
    for token in [&cast.staff, &cast.accountant, &cast.clara] {
        let key = Uuid::now_v7().to_string();
        let input = json!({ "input": { "accent": "#000000" } });
        let answer = node.graphql(Some(token), query, input, Some(&key)).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }
}
