//! Real books in and out, from the command line, beside a running node and on both engines.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Node, engines};
use tempfile::TempDir;
use tokio::process::Command;
use uuid::Uuid;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A node with an organisation, and a folder for files.
struct Bed {
    node: Node,
    owner: String,
    folder: TempDir,
}

/// What a run of `billing` said.
struct Said {
    code: i32,
    out: String,
    all: String,
}

async fn bed(node: Node) -> Bed {
    let owner = node.signed_in("owner").await;
    let bed = Bed {
        node,
        owner,
        folder: tempfile::tempdir().unwrap(),
    };
    let saved = bed
        .tell("mutation { saveOrganisation(input: { name: \"Harbour\", currency: \"EUR\" }) { userErrors { code } } }")
        .await;
    assert_eq!(saved["saveOrganisation"]["userErrors"], json!([]));
    bed
}

impl Bed {
    async fn tell(&self, mutation: &str) -> Value {
        let key = Uuid::now_v7().to_string();
        let answer = self
            .node
            .graphql(Some(&self.owner), mutation, json!({}), Some(&key));
        answer.await.data()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_billing"));
        // A data directory of its own: read models are built there where they are needed.
        command
            .env("DATABASE_URL", &self.node.store.database_url)
            .env("DATA_DIR", self.file("data"))
            .env("RUST_LOG", "warn")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().await.unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        Said {
            code: output.status.code().unwrap(),
            all: format!("{out}{}", String::from_utf8_lossy(&output.stderr)),
            out,
        }
    }

    /// Imports invoices and answers with what was said, and the rows of the report without their reasons.
    async fn import(&self, file: &Path, mapping: &str, more: &[&str]) -> (Said, Vec<String>) {
        self.import_what("invoices", file, mapping, more).await
    }

    async fn import_what(
        &self,
        what: &str,
        file: &Path,
        mapping: &str,
        more: &[&str],
    ) -> (Said, Vec<String>) {
        let (file, report) = (file.display().to_string(), self.file("report.csv"));
        let (mapping, path) = (
            repository(mapping).display().to_string(),
            report.display().to_string(),
        );
        let arguments = [
            "import",
            what,
            &file,
            "--mapping",
            &mapping,
            "--report",
            &path,
        ];
        let said = self.run(&[&arguments[..], more].concat()).await;
        assert!([0, 3].contains(&said.code), "{}", said.all);
        let report = std::fs::read_to_string(report).unwrap();
        let rows = report.lines().skip(1).map(|row| {
            let fields: Vec<&str> = row.splitn(8, ',').collect();
            format!("{} {} {} {}", fields[0], fields[1], fields[4], fields[6])
        });
        (said, rows.collect())
    }

    async fn report(&self, arguments: &[&str]) -> Value {
        let said = self
            .run(&[&["report"], arguments, &["--format", "json"]].concat())
            .await;
        assert_eq!(said.code, 0, "{}", said.all);
        serde_json::from_str(&said.out).unwrap()
    }

    /// Of a kind of movement: how many, and what they come to.
    async fn moved(&self, kind: &str) -> (i64, String) {
        let figures = self.report(&["balances"]).await;
        let rows = figures["movements"].as_array().unwrap();
        let row = rows.iter().find(|row| row["kind"] == kind);
        row.map_or((0, String::new()), |row| {
            (
                row["count"].as_i64().unwrap(),
                row["amount"].as_str().unwrap().to_owned(),
            )
        })
    }

    async fn events(&self) -> i64 {
        let count = "SELECT CAST(count(*) AS text) FROM events";
        self.node.store.sql_text(count).await.parse().unwrap()
    }

    async fn export(&self, what: &str) -> String {
        let said = self.run(&["export", "-", "--what", what]).await;
        assert_eq!(said.code, 0, "{}", said.all);
        said.out
    }

    async fn check(&self) {
        let (clean, said) = self.node.run(&["check"]).await;
        assert!(clean, "{said}");
    }
}

fn refused(report: &[String]) -> usize {
    report
        .iter()
        .filter(|row| row.contains(" refused "))
        .count()
}

const RECEIVABLE: &str = "tests/data/accounts_receivable_small.csv";
const RETAIL: &str = "tests/data/online_retail_excerpt.csv";
const RECEIVABLE_MAPPING: &str = "mappings/accounts-receivable.toml";
const RETAIL_MAPPING: &str = "mappings/online-retail.toml";

#[tokio::test]
async fn one_row_an_invoice_comes_in_whole_and_once() {
    for engine in engines() {
        let bed = bed(Node::on(engine).await).await;
        let before = bed.events().await;
        let (said, report) = bed
            .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &["--dry-run"])
            .await;
        assert_eq!((said.code, refused(&report)), (0, 0), "{}", said.all);
        assert!(
            said.out.contains("80 invoices would be imported"),
            "{}",
            said.out
        );
        assert_eq!(bed.events().await, before, "a dry run writes nothing");

        let (said, report) = bed
            .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &[])
            .await;
        assert_eq!((said.code, refused(&report)), (0, 0), "{}", said.all);
        assert!(said.out.contains(
            "columns that the mapping does not use: PaperlessDate, DaysToSettle, DaysLate"
        ));
        // Sums of the file itself: every ninth invoice is open.
        let (mut total, mut open) = (0, 0);
        for row in std::fs::read_to_string(repository(RECEIVABLE))
            .unwrap()
            .lines()
            .skip(1)
        {
            let fields: Vec<&str> = row.split(',').collect();
            let (whole, cents) = fields[6].split_once('.').unwrap_or((fields[6], "0"));
            let cents: i64 = format!("{cents:0<2}").parse().unwrap();
            let amount = whole.parse::<i64>().unwrap() * 100 + cents;
            total += amount;
            open += if fields[8].is_empty() { amount } else { 0 };
        }
        let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        assert_eq!(bed.moved("invoice_issued").await, (80, money(total)));
        assert_eq!(
            bed.moved("payment_received").await,
            (72, format!("-{}", money(total - open)))
        );
        let figures = bed.report(&["balances"]).await;
        let balance = json!([{ "currency": "USD", "outstanding": money(open), "credit": "0.00" }]);
        assert_eq!(figures["balances"], balance);

        let log = bed.export("events").await;
        let count = |event: &str| log.matches(&format!("\"event_type\":\"{event}\"")).count();
        let text = std::fs::read_to_string(repository(RECEIVABLE)).unwrap();
        let disputed: Vec<&str> = text.lines().filter(|row| row.contains(",Yes,")).collect();
        let settled = disputed
            .iter()
            .filter(|row| !row.contains(",Yes,,"))
            .count();
        assert_eq!(count("InvoiceDisputed"), disputed.len());
        assert_eq!(count("InvoiceDisputeSettled"), settled);

        let events = bed.events().await;
        let (said, _) = bed
            .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &[])
            .await;
        assert!(
            said.out
                .contains("0 invoices imported, 80 were there already"),
            "{}",
            said.out
        );
        assert_eq!(bed.events().await, events, "a second import writes nothing");
        // The node's process has seen every payment by now or will: it finds them applied.
        let query = "{ invoices(filter: { number: \"0000000002\" }) { edges { node { number status due { amount } allocations { dated } } } } }";
        let shown = bed
            .node
            .graphql(Some(&bed.owner), query, json!({}), None)
            .await
            .data();
        assert_eq!(shown["invoices"]["edges"][0]["node"]["status"], "PAID");
        bed.check().await;
    }
}

#[tokio::test]
async fn one_row_a_line_comes_in_by_whole_documents() {
    for engine in engines() {
        let bed = bed(Node::on(engine).await).await;
        let (said, report) = bed.import(&repository(RETAIL), RETAIL_MAPPING, &[]).await;
        assert_eq!(said.code, 3, "{}", said.all);
        // Three documents have no customer; what costs nothing is noted, in those and in another.
        let text = std::fs::read_to_string(repository(RETAIL)).unwrap();
        let line_of = |is: &dyn Fn(&str) -> bool| 1 + text.lines().position(is).unwrap();
        let gift = line_of(&|row| row.starts_with("537197,22841,"));
        let mut expected = vec![format!("{gift} noted UnitPrice ZERO_PRICE")];
        for (line, row) in (1..).zip(text.lines()) {
            if row.contains(",,United Kingdom") {
                expected.push(format!("{line} refused CustomerID REQUIRED"));
                expected.push(format!("{line} refused StockCode Description REQUIRED"));
                expected.push(format!("{line} noted UnitPrice ZERO_PRICE"));
            }
        }
        assert_eq!(expected.len(), 10);
        let mut report = report;
        report.sort();
        expected.sort();
        assert_eq!(report, expected);
        let numbers: std::collections::BTreeSet<&str> = text
            .lines()
            .skip(1)
            .filter_map(|row| row.split(',').next())
            .collect();
        let notes = numbers
            .iter()
            .filter(|number| number.starts_with('C'))
            .count();
        let invoices = numbers.len() - notes - 3;
        assert_eq!(
            bed.moved("invoice_issued").await.0,
            i64::try_from(invoices).unwrap()
        );
        let credited = bed.moved("credit_note_issued").await.0;
        assert_eq!(credited, i64::try_from(notes).unwrap());
        let exported = bed.export("creditNotes").await;
        assert_eq!(exported.lines().count(), 1 + notes, "{exported}");
        let events = bed.events().await;
        bed.import(&repository(RETAIL), RETAIL_MAPPING, &[]).await;
        assert_eq!(bed.events().await, events);
        bed.check().await;
    }
}

#[tokio::test]
async fn a_killed_import_goes_on_where_it_was() {
    for engine in engines() {
        let whole = bed(Node::on(engine).await).await;
        whole
            .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &[])
            .await;
        // A quick import may be over before it could be killed; then another one is.
        let mut kills = 0;
        for _ in 0..5 {
            let broken = bed(Node::on(engine).await).await;
            kills = import_and_kill(&broken, &[40, 90, 150]).await;
            goes_on_as(&broken, &whole).await;
            if kills > 0 {
                break;
            }
        }
        assert!(kills > 0);
    }
}

/// Imports again and again, each time until so many events more are there; how often it was not over by then.
async fn import_and_kill(broken: &Bed, upto: &[i64]) -> usize {
    let from = broken.events().await;
    let file = repository(RECEIVABLE).display().to_string();
    let mapping = repository(RECEIVABLE_MAPPING).display().to_string();
    let report = broken.file("killed.csv").display().to_string();
    let mut kills = 0;
    for upto in upto {
        let arguments = [
            "import",
            "invoices",
            &file,
            "--mapping",
            &mapping,
            "--report",
            &report,
        ];
        let mut child = broken.command(&arguments).spawn().unwrap();
        while broken.events().await < from + upto {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if child.try_wait().unwrap().is_none() {
            kills += 1;
        }
        child.kill().await.unwrap();
    }
    kills
}

async fn goes_on_as(broken: &Bed, whole: &Bed) {
    let (said, report) = broken
        .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &[])
        .await;
    assert_eq!((said.code, refused(&report)), (0, 0), "{}", said.all);
    assert_eq!(broken.events().await, whole.events().await);
    // Ids derive from the file, so that the books are the same row for row; only their order may differ.
    for what in ["customers", "invoiceLines", "payments"] {
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let (a, b) = (whole.export(what).await, broken.export(what).await);
        assert_eq!(sorted(a), sorted(b), "{what}");
    }
    broken.check().await;
}

const UNTIDY: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,Good,2,12-01-2010 08:26,2.50,7,UK
1,B,Good too,1,12-01-2010 08:26,1,7,UK
2,A,Wrong date,1,2010-12-01 08:26,1,7,UK
3,A,Fine by itself,1,12-01-2010 08:26,1,7,UK
3,B,Takes money,1,12-01-2010 08:26,-1.00,7,UK
4,A,No number,x,12-01-2010 08:26,1,7,UK
5,A,One,1,12-01-2010 08:26,1,7,UK
5,B,Another day,1,12-02-2010 08:26,1,7,UK
6,A,Torn,1,12-01-2010 08:26,1,7,UK
7,A,Too few
6,B,Torn,1,12-01-2010 08:26,1,7,UK
INV-00009,A,Like our own,1,12-01-2010 08:26,1,7,UK
8,A,Takes back more than it gives,-1,12-01-2010 08:26,1,7,UK
,A,Nameless,1,12-01-2010 08:26,1,7,UK
9,A,Finer than a penny,1,12-01-2010 08:26,0.001,7,UK
";

#[tokio::test]
async fn every_untidy_row_is_reported_by_line() {
    let bed = bed(Node::start().await).await;
    let file = bed.write("untidy.csv", UNTIDY);
    let (said, report) = bed.import(&file, RETAIL_MAPPING, &[]).await;
    assert_eq!(said.code, 3, "{}", said.all);
    let expected = [
        "4 refused InvoiceDate NOT_A_DATE",
        "5 refused  DOCUMENT_REFUSED",
        "6 refused UnitPrice OUT_OF_RANGE",
        "7 refused Quantity NOT_A_NUMBER",
        "8 refused  DOCUMENT_REFUSED",
        "9 refused InvoiceDate INCONSISTENT",
        "10 refused InvoiceNo AMBIGUOUS",
        "11 refused InvoiceNo COLUMN_COUNT",
        "12 refused InvoiceNo AMBIGUOUS",
        "13 refused InvoiceNo NUMBER_OF_A_SERIES",
        "14 refused InvoiceNo NEGATIVE_TOTAL",
        "15 refused InvoiceNo REQUIRED",
    ];
    assert_eq!(report, expected, "{}", said.out);
    // A price may be finer than a penny; what it comes to is rounded, as on every line.
    assert_eq!(bed.moved("invoice_issued").await, (2, "6.00".to_owned()));
    assert!(said.out.contains("2 invoices imported"), "{}", said.out);

    // Mended, the rest comes in; what was in and says something else now is refused, and what is recorded stays.
    let mended = UNTIDY
        .replace("2,A,Wrong date,1,2010-12-01", "2,A,Wrong date,1,12-01-2010")
        .replace("1,A,Good,2,", "1,A,Good,3,");
    let file = bed.write("mended.csv", &mended);
    let (_, report) = bed.import(&file, RETAIL_MAPPING, &[]).await;
    assert!(
        report.contains(&"2 refused InvoiceNo CHANGED".to_owned()),
        "{report:?}"
    );
    assert!(
        report.contains(&"3 refused  DOCUMENT_REFUSED".to_owned()),
        "{report:?}"
    );
    assert_eq!(bed.moved("invoice_issued").await, (3, "7.00".to_owned()));

    // The same number from other books is taken.
    let other = std::fs::read_to_string(repository(RETAIL_MAPPING)).unwrap();
    let other = bed.write(
        "other.toml",
        &other.replace("online-retail\"", "other-books\""),
    );
    let (_, report) = bed.import(&file, &other.display().to_string(), &[]).await;
    assert!(
        report.contains(&"2 refused InvoiceNo NUMBER_TAKEN".to_owned()),
        "{report:?}"
    );
    bed.check().await;
}

#[tokio::test]
async fn customers_come_in_with_all_they_have_and_invoices_find_them() {
    let bed = bed(Node::start().await).await;
    let customers = "id;name;mail;street;town;country;terms\n\
                     7;Müller & Söhne;office@mueller.example;Ring 1;Wien;Österreich;14\n\
                     8;No mail;not a mail;;;;\n\
                     9;Twice;;;;;30\n\
                     9;Twice but other;;;;;30\n\
                     7;Müller & Söhne;office@mueller.example;Ring 1;Wien;Österreich;14\n";
    let mapping = "source = \"online-retail\"\ncurrency = \"GBP\"\n[file]\ndelimiter = \";\"\n[customer]\nkey = \"id\"\n\
                   name = \"name\"\nemail = \"mail\"\nstreet = \"street\"\ncity = \"town\"\ncountry = \"country\"\n\
                   payment_terms_days = \"terms\"\n[countries]\n\"Österreich\" = \"AT\"\n";
    let (file, mapping) = (
        bed.write("customers.csv", customers),
        bed.write("customers.toml", mapping),
    );
    let mapping = mapping.display().to_string();
    let (said, report) = bed.import_what("customers", &file, &mapping, &[]).await;
    let expected = [
        "3 refused mail NOT_AN_EMAIL",
        "4 refused id AMBIGUOUS",
        "5 refused id AMBIGUOUS",
        "6 noted id DUPLICATE_ROW",
    ];
    assert_eq!(
        (said.code, report.as_slice()),
        (3, &expected.map(str::to_owned)[..]),
        "{}",
        said.all
    );
    let file = bed.write("untidy.csv", UNTIDY);
    bed.import(&file, RETAIL_MAPPING, &[]).await;
    let lines = bed.export("invoiceLines").await;
    assert!(
        lines.contains("Müller & Söhne,office@mueller.example,2010-12-01,2010-12-31"),
        "{lines}"
    );
    let customers = bed.export("customers").await;
    assert_eq!(customers.lines().count(), 2, "{customers}");
    assert!(customers.contains("Ring 1,,Wien,,AT"), "{customers}");
}

/// With taxes and discounts, in part paid.
async fn invoice_of_our_own(first: &Bed) {
    let made = first.tell("mutation { registerCustomer(input: { name: \"Acme, \\\"Ltd\\\"\", currency: \"EUR\" }) { customer { id } } }").await;
    let customer = made["registerCustomer"]["customer"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let document = "{ currency: \"EUR\", notes: \"One\\ntwo\", discount: { percent: \"3\" }, lines: [
        { description: \"Design; per day\", quantity: \"2.5\", unitPrice: \"99.995\", discount: { amount: \"1.10\" }, tax: { category: STANDARD, percent: \"19\" } },
        { description: \"Books\", quantity: \"3\", unitPrice: \"10\", tax: { category: STANDARD, percent: \"7\" } }] }";
    let draft = format!(
        "mutation {{ draftInvoice(input: {{ customerId: \"{customer}\", document: {document} }}) {{ invoice {{ id }} }} }}"
    );
    let drafted = first.tell(&draft).await;
    let invoice = drafted["draftInvoice"]["invoice"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    first.tell(&format!("mutation {{ issueInvoice(input: {{ invoiceId: \"{invoice}\" }}) {{ userErrors {{ code }} }} }}")).await;
    first.tell(&format!("mutation {{ recordPayment(input: {{ customerId: \"{customer}\", amount: \"100\", currency: \"EUR\", method: CASH,
        allocations: [{{ invoiceId: \"{invoice}\", amount: \"100\" }}] }}) {{ userErrors {{ code }} }} }}")).await;
}

/// Every file is there, and every event stands in one of them with its payload and who did it.
fn assert_whole(out: &Path, count: i64) {
    for name in [
        "customers.csv",
        "invoices.csv",
        "invoiceLines.csv",
        "payments.csv",
        "events.jsonl",
    ] {
        assert!(out.join(name).metadata().unwrap().len() > 0, "{name}");
    }
    let events = std::fs::read_to_string(out.join("events.jsonl")).unwrap();
    assert_eq!(i64::try_from(events.lines().count()).unwrap(), count);
    let event: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert!(
        event["payload"].is_object() && event["actor"]["name"].is_string(),
        "{event}"
    );
}

#[tokio::test]
async fn what_is_exported_can_be_imported_again() {
    let first = bed(Node::start().await).await;
    first
        .import(&repository(RECEIVABLE), RECEIVABLE_MAPPING, &[])
        .await;
    invoice_of_our_own(&first).await;
    let out = first.file("out");
    let said = first.run(&["export", &out.display().to_string()]).await;
    assert_eq!(said.code, 0, "{}", said.all);
    assert_whole(&out, first.events().await);

    let second = bed(Node::start().await).await;
    let (said, _) = second
        .import_what(
            "customers",
            &out.join("customers.csv"),
            "mappings/export-customers.toml",
            &[],
        )
        .await;
    assert_eq!(said.code, 0, "{}", said.all);
    let (said, report) = second
        .import(
            &out.join("invoiceLines.csv"),
            "mappings/export-invoices.toml",
            &[],
        )
        .await;
    assert_eq!(said.code, 3, "{}", said.all);
    let refused = [
        "82 refused number NUMBER_OF_A_SERIES",
        "84 refused  DOCUMENT_REFUSED",
    ];
    assert_eq!(
        report, refused,
        "INV-00001 could be given by the second organisation's own series"
    );
    let series = [
        ("estimates", "EST"),
        ("invoices", "NEW"),
        ("creditNotes", "CN"),
        ("payments", "PAY"),
    ];
    let series = series.map(|(name, prefix)| {
        format!("{name}: {{ prefix: \"{prefix}\", digits: 5, yearly: false }}")
    });
    let saved = second
        .tell(&format!(
            "mutation {{ updateSettings(input: {{ series: {{ {} }} }}) {{ userErrors {{ code }} }} }}",
            series.join(", ")
        ))
        .await;
    assert_eq!(saved["updateSettings"]["userErrors"], json!([]));
    let (said, _) = second
        .import(
            &out.join("invoiceLines.csv"),
            "mappings/export-invoices.toml",
            &[],
        )
        .await;
    assert_eq!(said.code, 0, "{}", said.all);
    assert!(
        said.out
            .contains("1 invoices imported, 80 were there already"),
        "{}",
        said.out
    );
    let (a, b) = (
        first.report(&["balances"]).await,
        second.report(&["balances"]).await,
    );
    assert_eq!(
        (&a["balances"], &a["customers"]),
        (&b["balances"], &b["customers"])
    );
    let without_ids = |text: String| -> Vec<String> {
        let rows = text.lines().map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            fields
                .iter()
                .filter(|field| Uuid::parse_str(field).is_err())
                .copied()
                .collect::<Vec<_>>()
                .join(",")
        });
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        rows
    };
    let (a, b) = (
        first.export("invoices").await,
        second.export("invoices").await,
    );
    assert_eq!(without_ids(a), without_ids(b));
    second.check().await;
}
