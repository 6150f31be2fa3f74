//! The disk of the event store fills up while people work, and is freed again.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::books::Books;
use crate::caller::Caller;
use crate::dice::Dice;
use crate::ending::{SOON, killed_and_compared, others_can_write};
use crate::finds::{Finds, Kind};
use crate::load::{Scene, Worker, never, settings, work};
use crate::plan::Plan;
use crate::support::{Engine, Node};

/// A small disk in memory.
struct Disk(TempDir);

impl Disk {
    /// None where mounting is not allowed.
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "torture"])
            .arg(dir.path())
            .output();
        mounted.ok()?.status.success().then_some(Self(dir))
    }

    /// Takes all the room there is but so many bytes.
    fn fill(&self, but: u64) {
        let mut ballast = std::fs::File::create(self.0.path().join("ballast")).unwrap();
        let piece = vec![0; 4096];
        while ballast.write_all(&piece).is_ok() {}
        let length = ballast.metadata().unwrap().len();
        ballast.set_len(length.saturating_sub(but)).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

/// Plays the plan's episodes; false where this machine does not let us mount a disk.
pub async fn play(plan: &Plan, finds: &Arc<Finds>) -> bool {
    let Some(disk) = Disk::mount() else {
        return false;
    };
    let disk = Arc::new(disk);
    let scene = Arc::new(Scene::on(Engine::Sqlite).await);
    plan.run(finds, |dice, label| {
        let books = Books::new(&scene.customers, finds, &label);
        episode(Arc::clone(&disk), Arc::clone(&scene), books, dice)
    })
    .await;
    true
}

async fn episode(disk: Arc<Disk>, scene: Arc<Scene>, books: Arc<Books>, mut dice: Dice) {
    remove_ballast(disk.0.path()); // An episode that broke off may have left it.
    let store = scene.store.copy(disk.0.path()).await;
    let file = store.file().unwrap();
    // The read models may have another disk, as they do where people follow the advice.
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere_path = elsewhere.path().display().to_string();
    let own: &[_] = if dice.one_in(2) {
        &[("DATA_DIR", elsewhere_path.as_str())]
    } else {
        &[]
    };
    let mut node = Node::with(store, &settings(own)).await;
    let caller = Caller::new(&node.url, &scene.token);
    let mut crew = Worker::crew(dice.between(1, 6), &books, &caller, &dice);
    let steps = usize::try_from(dice.between(3, 40)).unwrap();
    work(&mut crew, steps, &never()).await;
    // Rolling back a big WAL is another way through SQLite than a small one.
    for _ in 0..dice.between(1, 2) {
        fill_and_free(&disk, &mut crew, &caller, &books, &mut dice).await;
    }
    others_can_write(file.clone(), &books).await;
    killed_and_compared(&mut node, &caller, &books).await;
    others_can_write(file, &books).await;
    books.tried("acknowledged", books.count());
}

fn remove_ballast(disk: &Path) {
    let _ = std::fs::remove_file(disk.join("ballast"));
}

async fn fill_and_free(
    disk: &Disk,
    crew: &mut [Worker],
    caller: &Caller,
    books: &Books,
    dice: &mut Dice,
) {
    disk.fill(dice.pick(&[0, 0, 4096, 12_288, 65_536]));
    let enough = usize::try_from(dice.between(1, 12)).unwrap();
    let (mut failed, deadline) = (0, Instant::now() + Duration::from_secs(30));
    while failed < enough && Instant::now() < deadline {
        failed += work(crew, 1, &never()).await.1;
    }
    books.tried("failures on the full disk", failed);
    let refused = caller.ready_is(503, SOON).await;
    if let Err((status, words)) = refused
        // There may have been room for small things: only what fails again contradicts "ready".
        && work(crew, 2, &never()).await.0 == 0
    {
        books.find(
            Kind::Health,
            format!("nothing can be written, and /readyz says {status} {words}"),
        );
    }
    disk.free();
    match caller.ready_is(200, SOON).await {
        Ok(_) => {}
        Err((status, words)) => {
            books.find(
                Kind::Health,
                format!("the disk is free again, and /readyz says {status} {words}"),
            );
        }
    }
    let (_, failed) = work(
        crew,
        usize::try_from(dice.between(3, 20)).unwrap(),
        &never(),
    )
    .await;
    if failed > 0 {
        books.find(
            Kind::Health,
            format!("{failed} mutations fail on a disk that is free again"),
        );
    }
}
