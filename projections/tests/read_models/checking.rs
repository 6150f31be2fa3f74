//! `check` names what is not as the log makes it.

use projections::{Difference, Report};

use crate::scenario::*;
use crate::testbed::{Testbed, check};
use crate::world::World;

pub(crate) async fn a_clean_file_has_no_differences(bed: Testbed) {
    let node = played(&bed).await;
    let report = node.assert_clean().await;
    assert_eq!(report.position, node.log.head().await.unwrap());
    assert_eq!(
        std::fs::read_dir(&node.folder).unwrap().count(),
        5,
        "nothing is left behind"
    );
}

async fn after(bed: &Testbed, tampering: &str) -> Report {
    let node = played(bed).await;
    let changed = node.tamper().execute(tampering, []).unwrap();
    assert_eq!(changed, 1);
    node.check().await
}

fn named(report: &Report) -> &Difference {
    assert_eq!(report.differences, 1, "{:?}", report.named);
    &report.named[0]
}

pub(crate) async fn a_changed_column_is_named(bed: Testbed) {
    let tampering =
        "UPDATE invoices SET due = 1, paid_on = '2025-01-01' WHERE number = 'INV-00001'";
    let report = after(&bed, tampering).await;
    let what = "due is 1, the log makes it 36000; paid_on is 2025-01-01, the log makes it NULL";
    let expected = Difference {
        table: "invoices".to_owned(),
        key: OPEN_INVOICE.to_string(),
        what: what.to_owned(),
    };
    assert_eq!(*named(&report), expected);
    let text = report.named[0].to_string();
    assert_eq!(text, format!("invoices {OPEN_INVOICE}: {what}"));
}

pub(crate) async fn a_missing_row_is_named(bed: Testbed) {
    let report = after(&bed, "DELETE FROM contacts WHERE name = 'Cleo'").await;
    let expected = Difference {
        table: "contacts".to_owned(),
        key: format!("{ACME}/{CLEO}"),
        what: "the log makes it, but it is not served".to_owned(),
    };
    assert_eq!(*named(&report), expected);
}

pub(crate) async fn a_row_too_many_is_named(bed: Testbed) {
    let tampering =
        "INSERT INTO balances SELECT customer_id, 'USD', 5, 0 FROM balances WHERE currency = 'EUR'";
    let report = after(&bed, tampering).await;
    let expected = Difference {
        table: "balances".to_owned(),
        key: format!("{ACME}/USD"),
        what: "is served, but the log does not make it".to_owned(),
    };
    assert_eq!(*named(&report), expected);
}

pub(crate) async fn a_check_goes_on_beside_the_projector(bed: Testbed) {
    let node = played(&bed).await;
    let world = World(&node.log);
    let writing = async {
        for n in 0..60_u128 {
            let id = uuid::Uuid::from_u128(1_000 + n);
            world
                .register(id, "Newcomer", domain::money::Currency::EUR)
                .await;
        }
    };
    let checking = async {
        let mut positions = vec![];
        for _ in 0..4 {
            let report = node.check().await;
            assert_eq!(report.differences, 0, "{:?}", report.named);
            positions.push(report.position);
        }
        positions
    };
    let (positions, ()) = tokio::join!(checking, writing);
    assert!(positions.is_sorted());
    node.assert_clean().await;
}

pub(crate) async fn there_is_nothing_to_check_before_the_first_file(bed: Testbed) {
    let log = bed.log().await;
    let refused = check(&log, &bed.folder()).await.unwrap_err();
    assert!(refused.to_string().contains("no read model"), "{refused}");
}
