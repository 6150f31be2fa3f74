//! The node is killed at any moment under load, again and again, on one and the same event store.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::books::Books;
use crate::caller::Caller;
use crate::dice::Dice;
use crate::ending::{compared, restarted};
use crate::finds::Finds;
use crate::load::{Scene, Worker, never, settings, work};
use crate::plan::Plan;
use crate::support::{Engine, Node};

/// So many kills in an episode.
const KILLS: u64 = 5;

pub async fn play(engine: Engine, plan: &Plan, finds: &Arc<Finds>) {
    let scene = Arc::new(Scene::on(engine).await);
    plan.run(finds, |dice, label| {
        let books = Books::new(&scene.customers, finds, &format!("{label} {engine:?}"));
        episode(Arc::clone(&scene), books, dice)
    })
    .await;
}

async fn episode(scene: Arc<Scene>, books: Arc<Books>, mut dice: Dice) {
    let store = scene.store.copy(&std::env::temp_dir()).await;
    let mut node = Node::with(store, &settings(&[])).await;
    let caller = Caller::new(&node.url, &scene.token);
    for _ in 0..KILLS {
        let mut crew = Worker::crew(
            dice.between(4, 12),
            &books,
            &caller,
            &dice.fork(dice.clone().between(0, 1 << 40)),
        );
        let moment = Duration::from_micros(dice.between(20_000, 600_000));
        let stop = never();
        let killed = async {
            tokio::time::sleep(moment).await;
            books.may_break(true);
            node.kill().await;
            stop.store(true, Ordering::SeqCst);
        };
        tokio::join!(work(&mut crew, usize::MAX, &stop), killed);
        restarted(&mut node, &caller, &books).await;
        books.verify(&caller).await;
        // What was in flight is asked again at once, as clients do.
        books.settle(&caller).await;
    }
    compared(&node, &caller, &books).await;
    books.tried("acknowledged", books.count());
}
