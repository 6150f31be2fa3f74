//! A clock at the end of time is wrong, and nothing breaks.

use serde_json::json;

use crate::support::Node;
use crate::support::cast::*;

#[tokio::test]
async fn a_clock_at_the_end_of_time_breaks_nothing() {
    let node = Node::start_with(&[("START_AT", "9999-12-31T23:30:00Z")]).await;
    let cast = cast(&node).await;
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let input = json!({ "timeZone": zone });
        done(&node, &cast.owner, "updateSettings", input, "__typename").await;
        let invoice = billed(&node, &cast, &cast.customer).await;
        let input = json!({ "invoiceId": invoice, "reason": "wrong" });
        tell(&node, &cast.staff, "voidInvoice", input, "__typename").await;
        let input = json!({ "customerId": cast.customer, "document": offer("420", None) });
        let drafted = tell(
            &node,
            &cast.staff,
            "draftEstimate",
            input,
            "estimate { id }",
        )
        .await;
        let input = json!({ "estimateId": drafted["estimate"]["id"] });
        tell(&node, &cast.staff, "offerEstimate", input, "__typename").await;
        for unit in ["DAY", "MONTH", "YEAR"] {
            let details = json!({ "name": format!("{unit} {zone}"), "price": "10", "currency": "EUR",
                "interval": { "unit": unit, "count": 1 }, "trialDays": 30 });
            let input = json!({ "details": details });
            let plan = done(&node, &cast.staff, "createPlan", input, "plan { id }").await;
            let input = json!({ "customerId": cast.customer, "planId": plan["plan"]["id"],
                "collection": "OFFLINE" });
            tell(&node, &cast.staff, "startSubscription", input, "__typename").await;
        }
        let query = "{ organisation { today }
            dashboard { months { month } recentActivity { id } }
            ageing(asOf: \"9999-12-31\") { __typename }
            invoices(first: 10) { nodes { overdue dueDate } }
            statement(from: \"0001-01-01\", to: \"9999-12-31\") { __typename }
            explainBalance { __typename } }";
        ask(&node, &cast.clara, query).await;
        let staff = "{ dashboard { months { month } } invoices(first: 10) { nodes { overdue } }
            subscriptions(first: 10) { nodes { id upcomingInvoice { date } } } outbox(first: 5) { nodes { __typename } } }";
        ask(&node, &cast.staff, staff).await;
    }
    node.sign_in("clara@nordwind.example").await;
    assert!(node.get("/readyz").await.status.is_success());
    let parked = node.get("/metrics").await.text;
    assert!(
        !parked.contains("billing_processes_stand_still 1"),
        "{parked}"
    );
}
