//! How every episode ends: the node is killed, starts again, and everything is held against the model.

use std::path::PathBuf;
use std::time::Duration;

use crate::books::Books;
use crate::caller::Caller;
use crate::finds::Kind;
use crate::support::Node;

/// How long a node may take to see that it is well again, or that it is not.
pub const SOON: Duration = Duration::from_secs(20);

/// Kills the node, starts it again and compares.
pub async fn killed_and_compared(node: &mut Node, caller: &Caller, books: &Books) {
    books.may_break(true);
    node.kill().await;
    restarted(node, caller, books).await;
    compared(node, caller, books).await;
}

/// Starts the node again after its end.
pub async fn restarted(node: &mut Node, caller: &Caller, books: &Books) {
    if let Err(why) = node.try_restart().await {
        books.find(Kind::Broken, format!("no start after the kill: {why}"));
        panic!("the episode ends here");
    }
    caller.moves_to(&node.url);
    books.may_break(false);
    books.tried("kills", 1);
}

/// Holds what a node shows against the model.
pub async fn compared(node: &Node, caller: &Caller, books: &Books) {
    if let Err((status, words)) = caller.ready_is(200, SOON).await {
        books.find(Kind::Health, format!("never ready: {status} {words}"));
    }
    // First what is there without being asked for again: a retry would bring back what was lost.
    books.verify(caller).await;
    books.replay(caller, 3).await;
    books.settle(caller).await;
    books.verify(caller).await;
    checked(node, books).await;
}

/// `billing check` is clean; what a process has not done yet is waited for.
pub async fn checked(node: &Node, books: &Books) {
    let mut said = String::new();
    for _ in 0..10 {
        let (clean, text) = node.run(&["check"]).await;
        if clean {
            return;
        }
        said = text;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    books.find(Kind::Broken, format!("billing check: {said:.300}"));
}

/// Whether a process beside the node can write the event store: nobody may hold it for ever.
pub async fn others_can_write(file: PathBuf, books: &Books) {
    let tried = tokio::task::spawn_blocking(move || {
        let database = rusqlite::Connection::open(file)?;
        database.busy_timeout(Duration::from_secs(5))?;
        database.execute_batch("BEGIN IMMEDIATE; ROLLBACK")
    });
    if let Err(error) = tried.await.unwrap() {
        books.find(
            Kind::Broken,
            format!("another process cannot write: {error}"),
        );
    }
}
