//! Writes, syncs and truncations of the event store's files fail, by a library of ours that is preloaded into the node.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
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

const WRITE: i32 = 1;
const SYNC: i32 = 2;
const TRUNCATE: i32 = 4;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Where `hits` is in the C `struct control`, and how long that is.
const HITS: u64 = 5 * 4;
const CONTROL: usize = 256;

/// The compiled library.
struct Shim {
    dir: TempDir,
}

impl Shim {
    fn compile() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/torture/shim.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(dir.path().join("shim.so"))
            .arg(source)
            .status();
        assert!(compiled.unwrap().success(), "cc compiles the shim");
        Self { dir }
    }

    fn library(&self) -> PathBuf {
        self.dir.path().join("shim.so")
    }
}

/// What shall fail.
#[derive(Clone, Debug)]
struct Fault {
    files: &'static str,
    calls: i32,
    error: i32,
    skip: i32,
    /// Negative: until it is disarmed.
    times: i32,
    half: bool,
}

/// The file that tells the library in one node what to do.
struct Control {
    file: std::fs::File,
    path: PathBuf,
}

impl Control {
    fn new(dir: &Path) -> Self {
        let path = dir.join("control");
        std::fs::write(&path, [0; CONTROL]).unwrap();
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        Self { file, path }
    }

    fn arm(&self, fault: &Fault) {
        let half = i32::from(fault.half);
        let numbers = [
            fault.calls,
            fault.error,
            fault.skip,
            fault.times,
            0,
            half,
            0,
        ];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_ne_bytes()).collect();
        bytes.extend(fault.files.as_bytes());
        bytes.resize(CONTROL - 4, 0);
        // The first number arms it: last, so that the others are there by then.
        self.file.write_all_at(&bytes, 4).unwrap();
        self.file.write_all_at(&1_i32.to_ne_bytes(), 0).unwrap();
    }

    fn disarm(&self) {
        self.file.write_all_at(&0_i32.to_ne_bytes(), 0).unwrap();
    }

    /// How many calls have failed since it was armed.
    fn hits(&self) -> i32 {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, HITS).unwrap();
        i32::from_ne_bytes(bytes)
    }
}

fn fault(dice: &mut Dice) -> Fault {
    Fault {
        files: dice.pick(&[
            "*/billing.db-wal",
            "*/billing.db-wal",
            "*/billing.db-wal",
            "*/billing.db",
            "*/billing.db*",
            "*/billing.db-shm",
            "*/node-*",
        ]),
        calls: dice.pick(&[WRITE, WRITE, SYNC, SYNC, TRUNCATE, WRITE | SYNC | TRUNCATE]),
        error: dice.pick(&[EIO, ENOSPC]),
        skip: i32::try_from(dice.between(0, 30)).unwrap(),
        times: dice.pick(&[1, 1, 2, 3, 10, -1, -1]),
        half: dice.one_in(3),
    }
}

pub async fn play(plan: &Plan, finds: &Arc<Finds>) {
    let shim = Arc::new(Shim::compile());
    let scene = Arc::new(Scene::on(Engine::Sqlite).await);
    plan.run(finds, |mut dice, label| {
        let fault = fault(&mut dice);
        let books = Books::new(&scene.customers, finds, &format!("{label} {fault:?}"));
        episode(Arc::clone(&shim), Arc::clone(&scene), books, dice, fault)
    })
    .await;
}

async fn episode(
    shim: Arc<Shim>,
    scene: Arc<Scene>,
    books: Arc<Books>,
    mut dice: Dice,
    fault: Fault,
) {
    let store = scene.store.copy(&std::env::temp_dir()).await;
    let file = store.file().unwrap();
    let control = Control::new(store.directory());
    let (library, path) = (
        shim.library().display().to_string(),
        control.path.display().to_string(),
    );
    let own = [
        ("LD_PRELOAD", library.as_str()),
        ("TORTURE_FAULTS", path.as_str()),
    ];
    let mut node = Node::with(store, &settings(&own)).await;
    let caller = Caller::new(&node.url, &scene.token);
    let mut crew = Worker::crew(dice.between(1, 6), &books, &caller, &dice);
    let some = |dice: &mut Dice| usize::try_from(dice.between(3, 25)).unwrap();
    work(&mut crew, some(&mut dice), &never()).await;

    control.arm(&fault);
    let (enough, deadline) = (
        usize::try_from(dice.between(1, 12)).unwrap(),
        Instant::now() + Duration::from_secs(10),
    );
    let (mut done, mut failed) = (0, 0);
    while failed < enough && done < 100 && Instant::now() < deadline {
        let now = work(&mut crew, 2, &never()).await;
        (done, failed) = (done + now.0, failed + now.1);
    }
    let log_fails =
        fault.files.contains("-wal") && fault.times < 0 && fault.calls & (WRITE | SYNC) != 0;
    if log_fails
        && let Err((status, words)) = caller.ready_is(503, SOON).await
        && work(&mut crew, 2, &never()).await.0 == 0
    {
        books.find(
            Kind::Health,
            format!("nothing can be written, and /readyz says {status} {words}"),
        );
    }
    books.tried(
        "calls that failed",
        usize::try_from(control.hits()).unwrap(),
    );
    books.tried("mutations that failed", failed);
    control.disarm();

    if let Err((status, words)) = caller.ready_is(200, SOON).await {
        books.find(
            Kind::Health,
            format!("nothing fails any longer, and /readyz says {status} {words}"),
        );
    }
    let (_, failed) = work(&mut crew, some(&mut dice), &never()).await;
    if failed > 0 {
        books.find(
            Kind::Health,
            format!("{failed} mutations fail though nothing fails any longer"),
        );
    }
    others_can_write(file.clone(), &books).await;
    killed_and_compared(&mut node, &caller, &books).await;
    others_can_write(file, &books).await;
    books.tried("acknowledged", books.count());
}
