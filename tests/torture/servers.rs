//! The PostgreSQL of a running node is killed, held up, or replaced by a standby with or without the last events.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use crate::books::{Books, Meaning};
use crate::caller::{Caller, Heard};
use crate::dice::Dice;
use crate::ending::{SOON, killed_and_compared};
use crate::finds::{Finds, Kind};
use crate::load::{Scene, Worker, never, settings, work};
use crate::plan::Plan;
use crate::postgres::{Door, Server};
use crate::support::{Node, Store};

/// What is done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    Killed,
    HeldUp(Duration),
    PromotedWithAll,
    PromotedWithoutTheLast,
}

/// What the episodes do in turn; the server is held up for longer than a request may take.
pub const HARMS: [Harm; 4] = [
    Harm::Killed,
    Harm::PromotedWithoutTheLast,
    Harm::PromotedWithAll,
    Harm::HeldUp(Duration::from_secs(14)),
];

pub async fn play(harms: &[Harm], plan: &Plan, finds: &Arc<Finds>) {
    let mut turn = plan.only.map_or(0, |only| usize::try_from(only).unwrap());
    plan.run(finds, |dice, label| {
        let harm = harms[turn % harms.len()];
        turn += 1;
        episode(Arc::clone(finds), format!("{label} {harm:?}"), dice, harm)
    })
    .await;
}

/// A node behind a door to a server of its own, and people at work.
struct Stage {
    server: Server,
    door: Door,
    node: Node,
    caller: Caller,
    books: Arc<Books>,
    crew: Vec<Worker>,
    dice: Dice,
}

async fn episode(finds: Arc<Finds>, label: String, mut dice: Dice, harm: Harm) {
    let server = blocking(Server::start).await;
    let door = Door::to(server.port()).await;
    let scene = Scene::at(Store::at(format!(
        "postgres://postgres@127.0.0.1:{}/postgres",
        door.port
    )))
    .await;
    let books = Books::new(&scene.customers, &finds, &label);
    let node = Node::with(Arc::clone(&scene.store), &settings(&[])).await;
    let caller = Caller::new(&node.url, &scene.token);
    let crew = Worker::crew(dice.between(2, 6), &books, &caller, &dice);
    let mut stage = Stage {
        server,
        door,
        node,
        caller,
        books,
        crew,
        dice,
    };
    work(&mut stage.crew, 8, &never()).await;
    match harm {
        Harm::Killed => stage.killed().await,
        Harm::HeldUp(time) => stage.held_up(time).await,
        Harm::PromotedWithAll => stage.promoted_with_all().await,
        Harm::PromotedWithoutTheLast => stage.promoted_without_the_last().await,
    }
    let Stage {
        mut node,
        caller,
        books,
        mut crew,
        ..
    } = stage;
    let (_, failed) = work(&mut crew, 5, &never()).await;
    if failed > 0 {
        books.find(
            Kind::Health,
            format!("{failed} mutations fail though the server is well"),
        );
    }
    books.settle(&caller).await;
    books.verify(&caller).await;
    killed_and_compared(&mut node, &caller, &books).await;
    books.tried("acknowledged", books.count());
    // The node before its server: `door` and `server` go last.
    drop(node);
}

impl Stage {
    async fn says_it_is_not_ready(caller: &Caller, books: &Books) {
        if let Err((status, words)) = caller.ready_is(503, SOON).await {
            books.find(
                Kind::Health,
                format!("the server is away, and /readyz says {status} {words}"),
            );
        }
    }

    async fn is_ready_again(&self) {
        if let Err((status, words)) = self.caller.ready_is(200, SOON).await {
            self.books.find(
                Kind::Health,
                format!("the server is well again, and /readyz says {status} {words}"),
            );
        }
    }

    async fn killed(&mut self) {
        let (caller, books) = (self.caller.clone(), Arc::clone(&self.books));
        let server = &self.server;
        let stop = never();
        let moment = Duration::from_millis(self.dice.between(20, 400));
        let harm = async {
            tokio::time::sleep(moment).await;
            tokio::task::block_in_place(|| server.kill());
            Self::says_it_is_not_ready(&caller, &books).await;
            is_read(&caller, &books).await;
            tokio::task::block_in_place(|| server.run());
            stop.store(true, Ordering::SeqCst);
        };
        let ((_, failed), ()) = tokio::join!(work(&mut self.crew, usize::MAX, &stop), harm);
        self.books.tried("mutations that failed", failed);
        self.is_ready_again().await;
    }

    async fn held_up(&mut self, time: Duration) {
        let (caller, books) = (self.caller.clone(), Arc::clone(&self.books));
        let server = &self.server;
        let stop = never();
        let moment = Duration::from_millis(self.dice.between(20, 400));
        let harm = async {
            tokio::time::sleep(moment).await;
            server.hold(true);
            let away = async {
                Self::says_it_is_not_ready(&caller, &books).await;
                is_read(&caller, &books).await;
            };
            tokio::join!(tokio::time::sleep(time), away);
            server.hold(false);
            stop.store(true, Ordering::SeqCst);
        };
        let ((_, failed), ()) = tokio::join!(work(&mut self.crew, usize::MAX, &stop), harm);
        self.books.tried("mutations that failed", failed);
        self.is_ready_again().await;
    }

    async fn promoted_with_all(&mut self) {
        let standby = tokio::task::block_in_place(|| self.server.standby(true));
        let stop = never();
        let moment = Duration::from_millis(self.dice.between(100, 600));
        let (server, door) = (&self.server, &self.door);
        let harm = async {
            tokio::time::sleep(moment).await;
            tokio::task::block_in_place(|| {
                server.kill();
                standby.promote();
            });
            door.leads_to(standby.port());
            tokio::time::sleep(Duration::from_millis(200)).await;
            stop.store(true, Ordering::SeqCst);
        };
        let ((_, failed), ()) = tokio::join!(work(&mut self.crew, usize::MAX, &stop), harm);
        self.books.tried("mutations that failed", failed);
        self.server = standby;
        self.is_ready_again().await;
    }

    async fn promoted_without_the_last(&mut self) {
        let standby = tokio::task::block_in_place(|| self.server.standby(false));
        // All that is acknowledged until here the standby has.
        self.books.settle(&self.caller).await;
        let flushed = self.server.sql("SELECT pg_current_wal_flush_lsn()");
        tokio::task::block_in_place(|| {
            until_replayed(&standby, &flushed);
            standby.kill();
        });
        let mark = self.books.mark();
        let mut lost_crew = Worker::crew(2, &self.books, &self.caller, &self.dice.fork(77));
        let steps = usize::try_from(self.dice.between(1, 10)).unwrap();
        work(&mut lost_crew, steps, &never()).await;
        let lost = self.books.forget_from(mark);
        self.books
            .tried("acknowledged and lost with the server", lost.len());
        let shown = self.caller.ask("{ viewer { id } }", json!({})).await;
        assert!(matches!(shown, Heard::Answer(_)), "{shown:?}");

        tokio::task::block_in_place(|| {
            self.server.kill();
            standby.run();
            standby.promote();
        });
        self.door.leads_to(standby.port());
        // Either it says that it is not ready, or it has rebuilt before we could ask.
        let deadline = std::time::Instant::now() + SOON;
        let mut still = vec![];
        let mut said = false;
        loop {
            let (status, _) = self.caller.get("/readyz").await;
            said |= status == 503;
            still = if status == 200 {
                self.still_served(&lost).await
            } else {
                still
            };
            if (status == 200 && said && still.is_empty()) || std::time::Instant::now() > deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if !still.is_empty() {
            let words = format!(
                "{} of {} lost documents are still served, ready: {}",
                still.len(),
                lost.len(),
                still[0]
            );
            self.books.find(Kind::Untrue, words);
        }
        if !said && !lost.is_empty() {
            self.books
                .find(Kind::Health, "another history, and /readyz never said 503");
        }
        self.server = standby;
        self.is_ready_again().await;
    }

    async fn still_served(&self, lost: &[(String, Meaning)]) -> Vec<String> {
        let mut still = vec![];
        for (what, meaning) in lost {
            let query = match what.as_str() {
                "draftInvoice" => "query($id: UUID!) { invoice(id: $id) { id number } }",
                "recordPayment" => "query($id: UUID!) { payment(id: $id) { id number } }",
                _ => continue,
            };
            if let Heard::Answer(row) = self.caller.ask(query, json!({ "id": meaning.id })).await
                && !row.is_null()
            {
                still.push(row.to_string());
            }
        }
        still
    }
}

/// Reads need nothing but the node's own file: they are answered while the server is away.
async fn is_read(caller: &Caller, books: &Books) {
    match caller.ask("{ viewer { id } }", json!({})).await {
        Heard::Answer(_) => {}
        Heard::Error { code, .. } if code == "UNAVAILABLE" => {}
        other @ (Heard::Error { .. } | Heard::Nonsense(_) | Heard::Nothing(_)) => books.find(
            Kind::Untyped,
            format!("a read while the server is away: {other:?}"),
        ),
    }
    for late in caller.late.lock().unwrap().drain(..) {
        books.find(Kind::Late, late);
    }
}

fn until_replayed(standby: &Server, position: &str) {
    let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'");
    for _ in 0..300 {
        if standby.sql(&sql) == "t" {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the standby does not catch up");
}

async fn blocking<T: Send + 'static>(deed: fn() -> T) -> T {
    tokio::task::spawn_blocking(deed).await.unwrap()
}
