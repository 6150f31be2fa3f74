//! The web portal: its built pages, from inside the program or from a folder, and what the first page is told.
//!
//! Every address that is nobody else's is a page of the portal, which finds its way by itself in the browser.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mime_guess::Mime;
use rust_embed::RustEmbed;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::beforehand::{Answer, Page, Pages};
use super::observe::RequestId;
use super::{Shared, branding, cookie, identity};
use crate::config::{Config, PublicUrl};
use crate::demo;
use crate::graphql::Caller;

/// Files under `assets/` have a hash in their names: what is there under a name never changes.
pub(super) const FOR_EVER: HeaderValue =
    HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// The page itself is asked for again each time: it names the assets.
pub(super) const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// With what somebody may see in it, it is kept nowhere.
const KEEP_NOWHERE: HeaderValue = HeaderValue::from_static("no-store");

const PAGE: &str = "index.html";
/// The same page for who is signed in: it asks at once for what only they need.
const PAGE_SIGNED_IN: &str = "signed-in.html";
/// What each page behind the sign-in begins with.
const PAGES: &str = "pages.json";
/// First parts of addresses that are never pages, also where nothing is there.
const NO_PAGES: [&str; 9] = [
    "assets", "branding", "graphiql", "graphql", "healthz", "metrics", "readyz", "sandbox",
    "webhooks",
];

/// What the portal's build has compressed beforehand, the smallest first: the coding, and how the file's name ends.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The pages as the portal's build wrote them, inside the program; empty where it was not built.
#[derive(RustEmbed)]
#[folder = "../portal/dist"]
#[allow_missing = true]
struct Embedded;

/// Marks an answer that goes out as it is, without further compression.
#[derive(Clone, Copy)]
pub(super) struct AsItIs;

/// The portal as this node serves it.
pub(super) struct Portal {
    files: Files,
    /// The first page where it can no longer change, as [`Portal::template`] chooses it.
    templates: [Option<Template>; 2],
    /// What each page begins with, where that can no longer change.
    pages: Option<Pages>,
    /// Whether the sign-ins of the demonstration are shown to whoever comes.
    shows_demo: bool,
}

/// Where the files are.
enum Files {
    Embedded,
    Folder(PathBuf),
}

/// One file.
struct File {
    bytes: Bytes,
    /// The entity tag: a hash of the bytes, in quotation marks.
    tag: String,
}

impl Portal {
    /// The portal of PORTAL_DIR, or else the embedded one; a debug build reads what would be embedded.
    pub(super) fn new(config: &Config, shows_demo: bool) -> Self {
        let files = match &config.portal_dir {
            Some(folder) => Files::Folder(folder.clone()),
            None if cfg!(debug_assertions) => {
                Files::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal/dist"))
            }
            None => Files::Embedded,
        };
        let (templates, pages) = match files {
            Files::Embedded => (
                [PAGE, PAGE_SIGNED_IN].map(|name| files.template(name)),
                Some(files.pages()),
            ),
            Files::Folder(_) => ([None, None], None),
        };
        Self {
            files,
            templates,
            pages,
            shows_demo,
        }
    }

    fn template(&self, is_signed_in: bool) -> Option<Cow<'_, Template>> {
        let [anybody, signed_in] = &self.templates;
        let kept = if is_signed_in { signed_in } else { anybody };
        let name = if is_signed_in { PAGE_SIGNED_IN } else { PAGE };
        match kept {
            Some(page) => Some(Cow::Borrowed(page)),
            None => {
                let page = self.files.template(name);
                page.or_else(|| self.files.template(PAGE)).map(Cow::Owned)
            }
        }
    }

    fn pages(&self) -> Cow<'_, Pages> {
        match &self.pages {
            Some(pages) => Cow::Borrowed(pages),
            None => Cow::Owned(self.files.pages()),
        }
    }
}

impl Files {
    fn find(&self, name: &str) -> Option<File> {
        // A name of plain parts cannot lead out of the folder.
        let is_plain = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0'])
        };
        if !name.split('/').all(is_plain) {
            return None;
        }
        match self {
            Self::Embedded => Embedded::get(name).map(|file| File {
                tag: tag(&file.metadata.sha256_hash()),
                bytes: match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => bytes.into(),
                },
            }),
            Self::Folder(folder) => {
                let bytes = std::fs::read(folder.join(name)).ok()?;
                Some(File {
                    tag: tag(&Sha256::digest(&bytes)),
                    bytes: bytes.into(),
                })
            }
        }
    }

    fn template(&self, name: &str) -> Option<Template> {
        let file = self.find(name)?;
        std::str::from_utf8(&file.bytes).ok().map(Template::parse)
    }

    /// None of them where the portal was not built.
    fn pages(&self) -> Pages {
        let Some(file) = self.find(PAGES) else {
            return Pages::default();
        };
        serde_json::from_slice(&file.bytes).unwrap_or_else(|error| {
            tracing::error!(%error, "{PAGES} of the portal cannot be read: pages begin without their data");
            Pages::default()
        })
    }

    /// The answer that holds a file, compressed beforehand where that is there and wanted.
    fn answer(&self, name: &str, headers: &HeaderMap, cache: HeaderValue) -> Option<Response> {
        if name.ends_with(".br") || name.ends_with(".gz") {
            return None; // Not a file of its own.
        }
        let (coding, file) = CODINGS
            .into_iter()
            .filter(|(coding, _)| accepts(headers, coding))
            .find_map(|(coding, ending)| {
                Some((Some(coding), self.find(&format!("{name}{ending}"))?))
            })
            .or_else(|| Some((None, self.find(name)?)))?;
        let mut response = if is_known(headers, &file.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = file.bytes.into_response();
            let given = response.headers_mut();
            given.insert(header::CONTENT_TYPE, content_type(name));
            if let Some(coding) = coding {
                given.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            response
        };
        let given = response.headers_mut();
        given.insert(header::CACHE_CONTROL, cache);
        given.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&file.tag) {
            given.insert(header::ETAG, tag);
        }
        response.extensions_mut().insert(AsItIs);
        Some(response)
    }
}

/// Answers with a file whose name has its hash in it; HEAD too.
pub(super) async fn asset(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let name = uri.path().trim_start_matches('/');
    let found = shared.portal.files.answer(name, &headers, FOR_EVER);
    found.unwrap_or_else(not_found)
}

/// Answers with the first page, at `/`.
pub(super) async fn start(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(id): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visitor = visitor(&shared, peer, &id, &headers).await;
    let page = page(&shared, &visitor, &uri).await;
    page.unwrap_or_else(|| not_built(&shared, StatusCode::OK))
}

/// Answers whatever no other route does: files beside the first page, and the addresses of the portal's own pages.
pub(super) async fn anything_else(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(id): Extension<RequestId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return not_found();
    }
    let name = uri.path().trim_start_matches('/');
    let first = name.split('/').next().unwrap_or_default();
    if NO_PAGES.contains(&first) {
        return not_found();
    }
    if ![PAGE, PAGE_SIGNED_IN, PAGES].contains(&name)
        && let Some(file) = shared.portal.files.answer(name, &headers, FOR_AN_HOUR)
    {
        return file;
    }
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    if !accepted.any(|kinds| {
        kinds
            .to_str()
            .is_ok_and(|kinds| kinds.contains("text/html"))
    }) {
        return not_found();
    }
    let visitor = visitor(&shared, peer, &id, &headers).await;
    let page = page(&shared, &visitor, &uri).await;
    page.unwrap_or_else(|| not_built(&shared, StatusCode::NOT_FOUND))
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}

/// Who opens a page.
enum Visitor {
    Stranger,
    /// With a session.
    Known(Caller),
    /// With a token that cannot be looked up now: the page asks, and says so.
    Unclear,
}

/// The browser brings the cookie along also from other sites' links, whose pages cannot read ours.
async fn visitor(
    shared: &Shared,
    peer: SocketAddr,
    id: &RequestId,
    headers: &HeaderMap,
) -> Visitor {
    let config = &shared.app.config;
    let Some(token) = cookie::read(config, headers) else {
        return Visitor::Stranger;
    };
    match identity::find(shared, token).await {
        Err(_) => Visitor::Unclear, // It has been logged.
        Ok(None) => Visitor::Stranger,
        Ok(session) => Visitor::Known(Caller {
            session,
            viewing_as: None,
            address: identity::address_of(config, peer, headers),
            shares_address: identity::shares_address(config, peer, headers),
            device: None,
            correlation_id: id.correlation_id(),
        }),
    }
}

/// The first page, with a nonce of its own, what it may know before anybody signs in, and for who is signed in what the
/// page at this address begins with.
async fn page(shared: &Arc<Shared>, visitor: &Visitor, address: &Uri) -> Option<Response> {
    let is_signed_in = !matches!(visitor, Visitor::Stranger);
    let template = shared.portal.template(is_signed_in)?;
    let (found, answers) = match visitor {
        Visitor::Known(caller) => beginning(shared, caller, address).await,
        Visitor::Stranger | Visitor::Unclear => (None, vec![]),
    };
    let nonce = nonce();
    let page = found.as_deref();
    let boot = boot(shared, is_signed_in, page, &answers);
    let text = template.fill(&nonce, &boot, page.map_or("", |page| &page.head));
    let mut response = Html(text).into_response();
    let headers = response.headers_mut();
    let cache = if is_signed_in {
        KEEP_NOWHERE
    } else {
        ASK_AGAIN
    };
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::VARY, HeaderValue::from_static("accept, cookie"));
    let policy = policy(&shared.app.config.public_url, &nonce);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Some(response)
}

/// The page at an address, and what the server says to its queries.
async fn beginning(
    shared: &Arc<Shared>,
    caller: &Caller,
    address: &Uri,
) -> (Option<Arc<Page>>, Vec<Answer>) {
    let pages = shared.portal.pages();
    let found = caller
        .viewer()
        .and_then(|viewer| pages.find(viewer, address.path()));
    match found {
        Some((page, parts)) => {
            let answers = page
                .answers(shared, caller, &parts, address.query().is_none())
                .await;
            (Some(page), answers)
        }
        None => (None, vec![]),
    }
}

/// Says that the service runs and why there are no pages.
fn not_built(shared: &Shared, status: StatusCode) -> Response {
    let graphiql = if shared.app.config.serves_graphiql() {
        "<li>To try the API in the browser: <a href=\"/graphiql\">GraphiQL</a></li>"
    } else {
        ""
    };
    let nonce = nonce();
    let text = include_str!("portal/not_built.html")
        .replace("__NONCE__", &nonce)
        .replace("__VERSION__", VERSION)
        .replace("__GRAPHIQL__", graphiql);
    let mut response = (status, Html(text)).into_response();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the first page is told: what anybody may see, and answers to who asks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Boot<'a> {
    organisation: Option<BootOrganisation<'a>>,
    demo: Option<BootDemo>,
    version: &'static str,
    graphiql: bool,
    /// Whether somebody is signed in.
    signed_in: bool,
    /// The texts that the page needs.
    words: &'a [String],
    /// What the page would ask first.
    answers: &'a [Answer],
}

/// The merchant as its pages look.
#[derive(Serialize)]
struct BootOrganisation<'a> {
    name: &'a str,
    accent: Option<&'a str>,
    logo: Option<String>,
}

/// How to sign in to the demonstration.
#[derive(Serialize)]
struct BootDemo {
    password: &'static str,
    accounts: [BootAccount; 4],
}

#[derive(Serialize)]
struct BootAccount {
    label: &'static str,
    email: &'static str,
}

fn boot(shared: &Shared, signed_in: bool, page: Option<&Page>, answers: &[Answer]) -> String {
    let registered = shared.app.organisation();
    let boot = Boot {
        organisation: registered.as_ref().map(|known| BootOrganisation {
            name: &known.profile.party.name,
            accent: known.branding.accent.as_deref(),
            logo: known
                .branding
                .logo
                .as_ref()
                .map(|logo| branding::path(&logo.sha256)),
        }),
        demo: shared.portal.shows_demo.then(|| BootDemo {
            password: demo::PASSWORD,
            accounts: demo::SIGN_INS.map(|(label, email)| BootAccount { label, email }),
        }),
        version: VERSION,
        graphiql: shared.app.config.serves_graphiql(),
        signed_in,
        words: page.map_or(&[], |page| &page.words),
        answers,
    };
    in_script(&serde_json::to_string(&boot).unwrap_or_default())
}

/// JSON as it may stand inside a `<script>`: nothing in it can end the element or begin another.
fn in_script(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            _ => safe.push(character),
        }
    }
    safe
}

/// Sixteen bytes that nobody guesses.
pub(super) fn nonce() -> String {
    STANDARD.encode(rand::random::<[u8; 16]>())
}

/// What the page may load: its own files, and the live connection also for browsers whose 'self' leaves it out.
fn policy(public_url: &PublicUrl, nonce: &str) -> HeaderValue {
    let live = public_url.origin().replacen("http", "ws", 1);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' {live}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The first page with the places that are filled at every request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Nonce,
    Boot,
    /// Links to the files of the page at the address.
    Links,
}

impl Template {
    fn parse(text: &str) -> Self {
        let places = [
            ("__NONCE__", Piece::Nonce),
            ("__BOOT__", Piece::Boot),
            ("__LINKS__", Piece::Links),
        ];
        let mut pieces = vec![];
        let mut rest = text;
        let next = |rest: &str| {
            let found = places.iter().filter_map(|(mark, piece)| {
                let at = rest.find(mark)?;
                Some((at, at + mark.len(), piece.clone()))
            });
            found.min_by_key(|(at, _, _)| *at)
        };
        while let Some((at, end, piece)) = next(rest) {
            pieces.push(Piece::Text(rest[..at].to_owned()));
            pieces.push(piece);
            rest = &rest[end..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self(pieces)
    }

    fn fill(&self, nonce: &str, boot: &str, links: &str) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Nonce => nonce,
            Piece::Boot => boot,
            Piece::Links => links,
        });
        pieces.collect()
    }
}

fn tag(hash: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash))
}

/// Whether the caller has this already (RFC 9110, 13.1.2).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = given.filter_map(|value| value.to_str().ok());
    tags.any(|tags| {
        let mut tags = tags.split(',').map(str::trim);
        tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

/// Whether the caller takes a coding (RFC 9110, 12.5.3): it is named, or all are, and not with a weight of nothing.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let offers = given.filter_map(|value| value.to_str().ok());
    let weighed = offers.flat_map(|value| value.split(',')).map(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let weight = weight.trim().trim_start_matches(['q', 'Q']).trim_start();
        let weight = weight.trim_start_matches('=').trim();
        let is_refused = weight.starts_with('0') && !weight.contains(|c| ('1'..='9').contains(&c));
        (name.trim(), !is_refused)
    });
    let (mut named, mut all) = (None, false);
    for (name, taken) in weighed {
        if name.eq_ignore_ascii_case(coding) {
            named = Some(taken);
        } else if name == "*" {
            all = taken;
        }
    }
    named.unwrap_or(all)
}

fn content_type(name: &str) -> HeaderValue {
    let kind: Mime = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = kind.type_() == "text" || kind.subtype() == "json" || kind.suffix().is_some();
    let kind = if is_text {
        format!("{}; charset=utf-8", kind.essence_str())
    } else {
        kind.essence_str().to_owned()
    };
    HeaderValue::try_from(kind).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn a_coding_is_taken_where_it_is_named_and_not_refused() {
        for (given, br, gzip) in [
            (None, false, false),
            (Some("gzip, deflate, br, zstd"), true, true),
            (Some("gzip"), false, true),
            (Some("BR;q=0.1"), true, false),
            (Some("br;q=0, gzip;q=1.0"), false, true),
            (Some("br; q=0.000, *"), false, true),
            (Some("*;q=0, br"), true, false),
            (Some("identity"), false, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.insert(header::ACCEPT_ENCODING, given.parse().unwrap());
            }
            assert_eq!(accepts(&headers, "br"), br, "{given:?}");
            assert_eq!(accepts(&headers, "gzip"), gzip, "{given:?}");
        }
    }

    #[test]
    fn a_known_tag_is_one_of_those_that_are_sent() {
        let known = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, given.parse().unwrap());
            is_known(&headers, "\"a\"")
        };
        assert!(known("\"a\"") && known("\"b\", W/\"a\"") && known("*"));
        assert!(!known("\"b\"") && !known("a"));
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let template =
            Template::parse("__LINKS__<style nonce=__NONCE__></style>__BOOT__ __NONCE__");
        let filled = template.fill("n", "__NONCE__ __BOOT__", "<link>__BOOT__");
        let expected = "<link>__BOOT__<style nonce=n></style>__NONCE__ __BOOT__ n";
        assert_eq!(filled, expected);
    }

    #[test]
    fn nothing_in_the_json_ends_the_script() {
        let json = serde_json::to_string("</script><!-- & \u{2028}\u{2029} é").unwrap();
        let safe = in_script(&json);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        let read: String = serde_json::from_str(&safe).unwrap();
        assert_eq!(read, "</script><!-- & \u{2028}\u{2029} é");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("dist");
        std::fs::create_dir_all(dist.join("assets")).unwrap();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        std::fs::write(dist.join("assets/a.js"), "a").unwrap();
        let files = Files::Folder(dist);
        assert!(files.find("assets/a.js").is_some());
        for name in [
            "../secret",
            "assets/../../secret",
            "assets//a.js",
            "assets/./a.js",
            "/assets/a.js",
            "..\\secret",
            "assets",
            "",
        ] {
            assert!(files.find(name).is_none(), "{name}");
        }
    }
}
