//! `billing webhook send`: plays the sandbox's part, and tells a running node what became of a bank debit.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::config::{Config, PlayedOutcome, SendWebhook};
use crate::http::signature;

/// How long the node may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Signs a notice of the sandbox with the first secret, posts it, and prints the answer.
///
/// # Errors
/// Where there is no secret, the node cannot be reached, or it does not take the notice.
pub(crate) async fn send(config: &Config, send: &SendWebhook) -> anyhow::Result<()> {
    let secret = config.webhook_secrets.first();
    let secret = secret.context("set WEBHOOK_SECRETS to what the node was started with")?;
    let now = config.clock()?.now();
    let body = notice(send, now).to_string();
    let header = signature::sign(body.as_bytes(), secret, now);
    let url = send.url.clone();
    let url = url.unwrap_or_else(|| format!("http://{}", config.listen));
    let host = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'));
    let host = host.context("the url must begin with http://")?;
    let request = format!(
        "POST /webhooks/sandbox HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Webhook-Signature: {header}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = tokio::time::timeout(WITHIN, post(host, &request)).await;
    let answer = answer.context("no answer in time")??;
    let (head, said) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    writeln!(std::io::stdout(), "{status}: {}", said.trim())?;
    let code = status.split(' ').nth(1);
    ensure!(code.is_some_and(|code| code.starts_with('2')), "not taken");
    Ok(())
}

async fn post(host: &str, request: &str) -> anyhow::Result<String> {
    let Ok(mut stream) = TcpStream::connect(host).await else {
        bail!("nobody listens on {host}")
    };
    stream.write_all(request.as_bytes()).await?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn notice(send: &SendWebhook, now: OffsetDateTime) -> Value {
    let payment = send.payment;
    let (kind, data) = match send.outcome {
        PlayedOutcome::Settle => {
            let reference = format!("sandbox_bank_debit_{}", payment.simple());
            let data = json!({ "payment": payment, "reference": reference });
            ("payment.succeeded", data)
        }
        PlayedOutcome::Fail => (
            "payment.failed",
            json!({
                "payment": payment, "code": "INSUFFICIENT_FUNDS",
                "reason": "the account has not enough funds",
            }),
        ),
    };
    json!({
        "id": format!("evt_{}", Uuid::now_v7().simple()), "type": kind,
        "created": now.unix_timestamp(), "data": data,
    })
}
