//! What the event log promises, tried on both engines. Every rule is one function; it runs once on
//! SQLite and once on PostgreSQL, each time in a database of its own.
//!
//! PostgreSQL is found through `TEST_DATABASE_URL` (see `scripts/with-postgres.sh`).
// A failed unwrap is a failed test.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/appending.rs"]
mod appending;
#[path = "conformance/checking.rs"]
mod checking;
#[path = "conformance/failing.rs"]
mod failing;
#[path = "conformance/guarding.rs"]
mod guarding;
#[path = "conformance/numbering.rs"]
mod numbering;
#[path = "conformance/opening.rs"]
mod opening;
#[path = "conformance/ordering.rs"]
mod ordering;
#[path = "conformance/repeating.rs"]
mod repeating;
#[path = "conformance/tally.rs"]
mod tally;
#[path = "conformance/testbed.rs"]
mod testbed;
#[path = "conformance/upcasting.rs"]
mod upcasting;
#[path = "conformance/waking.rs"]
mod waking;

/// Runs each rule on both engines.
macro_rules! on_both_engines {
    ($($subject:ident :: $rule:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $rule() {
                crate::testbed::on_sqlite(crate::$subject::$rule).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $rule() {
                crate::testbed::on_postgres(crate::$subject::$rule).await;
            })*
        }
    };
}

on_both_engines! {
    appending::a_command_is_recorded_with_its_metadata_after_the_last_event,
    appending::a_loaded_aggregate_is_what_its_stream_says,
    appending::a_decision_sees_the_state_and_version_it_is_recorded_after,
    appending::a_command_that_changes_nothing_records_nothing,
    appending::a_refused_command_records_nothing,
    appending::writers_on_one_stream_lose_no_update,
    appending::one_stream_is_read_in_its_order_and_alone,
    appending::the_database_says_when_in_utc,
    ordering::positions_have_no_gap_after_refused_and_rolled_back_appends,
    ordering::a_reader_beside_sixteen_writers_sees_every_event_once_and_in_order,
    ordering::readers_on_two_nodes_see_the_same_order,
    ordering::a_reader_gets_no_more_than_it_asks_for,
    waking::an_append_wakes_a_reader_on_the_same_node_at_once,
    waking::an_append_wakes_a_reader_on_another_node_within_a_quarter_second,
    waking::a_reader_that_is_behind_does_not_wait,
    guarding::the_database_refuses_to_change_or_delete_history,
    guarding::the_database_refuses_an_event_without_a_command,
    guarding::the_database_refuses_a_second_event_of_the_same_sequence,
    repeating::sixteen_racing_retries_of_one_command_record_it_once,
    repeating::a_retry_gets_the_outcome_of_its_time,
    repeating::a_command_id_with_another_request_is_refused,
    repeating::a_command_id_on_another_stream_is_refused,
    repeating::the_outcome_of_a_command_can_be_looked_up,
    numbering::sixteen_writers_on_two_nodes_number_without_gap,
    numbering::a_refused_or_quiet_command_takes_no_number,
    numbering::each_series_counts_for_itself,
    numbering::a_retried_command_keeps_its_number,
    numbering::the_database_refuses_a_skipped_or_repeated_number,
    checking::what_stands_beside_the_events_is_checked,
    opening::nodes_that_start_together_migrate_once,
    opening::a_database_newer_than_the_program_is_refused,
    opening::what_was_recorded_is_there_after_reopening,
    upcasting::an_old_event_is_upcast_for_the_aggregate_and_raw_for_readers,
}

#[tokio::test]
async fn sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log() {
    testbed::on_sqlite(opening::sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log).await;
}

#[tokio::test]
async fn sqlite_refuses_to_replace_history() {
    testbed::on_sqlite(guarding::sqlite_refuses_to_replace_history).await;
}

#[tokio::test]
async fn sqlite_readers_cannot_write() {
    testbed::on_sqlite(guarding::sqlite_readers_cannot_write).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_acknowledges_nothing_while_the_disk_is_full_and_recovers() {
    testbed::on_sqlite(failing::acknowledges_nothing_while_the_disk_is_full_and_recovers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_a_change_that_breaks_a_rule_fails_alone() {
    testbed::on_sqlite(failing::a_change_that_breaks_a_rule_fails_alone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_a_change_that_panics_does_not_end_the_writing_thread() {
    testbed::on_sqlite(failing::a_change_that_panics_does_not_end_the_writing_thread).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_changes_that_wait_share_a_commit() {
    testbed::on_sqlite(failing::changes_that_wait_share_a_commit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_a_file_put_in_the_place_of_the_database_is_taken() {
    testbed::on_sqlite(failing::a_file_put_in_the_place_of_the_database_is_taken).await;
}
