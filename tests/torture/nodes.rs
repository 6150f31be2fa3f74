//! Two nodes on one PostgreSQL: one key to both at once, what one has acknowledged read and used on the other at once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::books::{Books, Deed, money};
use crate::caller::{Caller, Carrying, Heard};
use crate::dice::Dice;
use crate::ending::{checked, compared};
use crate::finds::{Finds, Kind};
use crate::load::{Scene, settings};
use crate::plan::Plan;
use crate::support::{Engine, Node};

/// So many invoices in an episode, by so many people at once.
const ROUNDS: usize = 6;
const PEOPLE: u64 = 4;

pub async fn play(plan: &Plan, finds: &Arc<Finds>) {
    let scene = Arc::new(Scene::on(Engine::Postgres).await);
    plan.run(finds, |dice, label| {
        let books = Books::new(&scene.customers, finds, &label);
        episode(Arc::clone(&scene), books, dice)
    })
    .await;
}

async fn episode(scene: Arc<Scene>, books: Arc<Books>, dice: Dice) {
    let a = Node::with(
        scene.store.copy(&std::env::temp_dir()).await,
        &settings(&[]),
    )
    .await;
    let b = a.second().await;
    let person = |n| {
        person(
            Arc::clone(&books),
            [a.url.clone(), b.url.clone()],
            scene.token.clone(),
            dice.fork(2000 + n),
        )
    };
    futures::future::join_all((0..PEOPLE).map(person)).await;
    for node in [&a, &b] {
        compared(node, &Caller::new(&node.url, &scene.token), &books).await;
        checked(node, &books).await;
    }
    books.tried("acknowledged", books.count());
}

async fn person(books: Arc<Books>, urls: [String; 2], token: String, mut dice: Dice) {
    for _ in 0..ROUNDS {
        let carrying = dice.pick(&[Carrying::Cookies, Carrying::Position, Carrying::Nothing]);
        let first = usize::from(dice.one_in(2));
        let one = Caller::new(&urls[first], &token).carrying(carrying);
        let other = one.at(&urls[1 - first]);
        if dice.one_in(2) {
            to_both(&books, &one, &other, &mut dice).await;
        } else {
            one_after_the_other(&books, &one, &other, &mut dice, carrying).await;
        }
    }
}

fn draft(books: &Books, dice: &mut Dice) -> (Deed, String, i64) {
    let customer = books.customers()[dice.pick(&[0, 1])].clone();
    let total = 119 * i64::try_from(dice.between(1, 5000)).unwrap();
    (
        Deed::Draft {
            customer: customer.clone(),
            total,
        },
        customer,
        total,
    )
}

/// Draft, issue and pay, each sent to both nodes at once.
async fn to_both(books: &Books, one: &Caller, other: &Caller, dice: &mut Dice) {
    let (deed, customer, total) = draft(books, dice);
    books.tried("keys sent to both", 1);
    let Some(drafted) = books
        .perform_twice(one, other, dice.id().to_string(), deed)
        .await
    else {
        return;
    };
    let deed = Deed::Issue {
        invoice: drafted.id.clone(),
        total,
    };
    books.tried("keys sent to both", 1);
    if books
        .perform_twice(one, other, dice.id().to_string(), deed)
        .await
        .is_none()
    {
        return;
    }
    let deed = Deed::Pay {
        customer,
        invoice: drafted.id,
        applied: total,
        extra: 0,
        due: 0,
    };
    books.tried("keys sent to both", 1);
    books
        .perform_twice(one, other, dice.id().to_string(), deed)
        .await;
}

/// Drafted here, read there, issued there, read here, paid here, read there; at once each time.
async fn one_after_the_other(
    books: &Books,
    one: &Caller,
    other: &Caller,
    dice: &mut Dice,
    carrying: Carrying,
) {
    let (deed, customer, total) = draft(books, dice);
    let Some(drafted) = books.perform(one, dice.id().to_string(), deed).await else {
        return;
    };
    let id = drafted.id;
    if dice.one_in(2) {
        is_seen(books, other, &id, ("DRAFT", 0), carrying).await;
    }
    let deed = Deed::Issue {
        invoice: id.clone(),
        total,
    };
    books.tried("documents named to the other node", 1);
    if books
        .perform(other, dice.id().to_string(), deed)
        .await
        .is_none()
    {
        return;
    }
    if dice.one_in(2) {
        is_seen(books, one, &id, ("UNPAID", total), carrying).await;
    }
    let applied = total / 2;
    let deed = Deed::Pay {
        customer,
        invoice: id.clone(),
        applied,
        extra: 0,
        due: total - applied,
    };
    books.tried("documents named to the other node", 1);
    if books
        .perform(one, dice.id().to_string(), deed)
        .await
        .is_some()
    {
        is_seen(
            books,
            other,
            &id,
            ("PARTIALLY_PAID", total - applied),
            carrying,
        )
        .await;
    }
}

/// Who carries the position sees what was acknowledged; who carries nothing sees that it is there.
async fn is_seen(
    books: &Books,
    at: &Caller,
    id: &str,
    (status, due): (&str, i64),
    carrying: Carrying,
) {
    let query = "query($id: UUID!) { invoice(id: $id) { id status due { amount } } }";
    let want = json!({ "id": id, "status": status, "due": { "amount": money(due) } });
    books.tried("reads on the other node", 1);
    // A node that is too far behind may say so, for a while.
    for _ in 0..50 {
        match at.ask(query, json!({ "id": id })).await {
            Heard::Error { code, .. } if code == "UNAVAILABLE" => {}
            Heard::Answer(Value::Null) => {
                return books.find(Kind::Untrue, format!("{carrying:?}: what the other node has acknowledged as {status} is not there"));
            }
            Heard::Answer(row) if carrying != Carrying::Nothing && row != want => {
                return books.find(Kind::Untrue, format!("{carrying:?}: {row} and not {want}"));
            }
            Heard::Answer(_) => return,
            other @ (Heard::Error { .. } | Heard::Nonsense(_) | Heard::Nothing(_)) => {
                return books.find(Kind::Untyped, format!("{carrying:?}: {other:?}"));
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    books.find(
        Kind::Broken,
        format!("{carrying:?}: the other node is never far enough to show {status}"),
    );
}
