//! What the read models promise: they say what the log says, to whom it concerns, and they come back from anything.
//!
//! Every test has a log of its own that is written through the domain's commands. Where the engine of the log could
//! matter, a test runs on both; PostgreSQL is found through `TEST_DATABASE_URL` (see `scripts/with-postgres.sh`).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

#[path = "read_models/balances.rs"]
mod balances;
#[path = "read_models/checking.rs"]
mod checking;
#[path = "read_models/crediting.rs"]
mod crediting;
#[path = "read_models/documents.rs"]
mod documents;
#[path = "read_models/ledger.rs"]
mod ledger;
#[path = "read_models/paging.rs"]
mod paging;
#[path = "read_models/plans.rs"]
mod plans;
#[path = "read_models/recovering.rs"]
mod recovering;
#[path = "read_models/rows.rs"]
mod rows;
#[path = "read_models/scenario.rs"]
mod scenario;
#[path = "read_models/scoping.rs"]
mod scoping;
#[path = "read_models/subscribing.rs"]
mod subscribing;
#[path = "read_models/swapping.rs"]
mod swapping;
#[path = "read_models/testbed.rs"]
mod testbed;
#[path = "read_models/world.rs"]
mod world;

/// Runs each rule on SQLite only: nothing in it depends on the engine of the log.
macro_rules! on_sqlite {
    ($($subject:ident :: $rule:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $rule() {
                crate::testbed::on_sqlite(crate::$subject::$rule).await;
            })*
        }
    };
}

/// Runs each rule on both engines.
macro_rules! on_both_engines {
    ($($subject:ident :: $rule:ident,)*) => {
        mod both {
            $(mod $rule {
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn sqlite() {
                    crate::testbed::on_sqlite(crate::$subject::$rule).await;
                }
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn postgres() {
                    crate::testbed::on_postgres(crate::$subject::$rule).await;
                }
            })*
        }
    };
}

on_both_engines! {
    rows::the_scenario_reaches_every_event_and_rebuilt_equals_live,
    balances::balances_agree_with_the_aggregates,
    swapping::a_rebuild_takes_over_while_readers_and_writers_go_on,
}

on_sqlite! {
    rows::customers_stand_with_contacts_and_payment_method,
    rows::estimates_stand_with_every_revision,
    rows::invoices_stand_with_what_they_say,
    rows::allocations_and_payments_stand,
    rows::balances_stand_by_currency,
    rows::refunds_stand_and_late_money_is_credit,
    rows::messages_and_the_latest_reviews_stand,
    rows::the_organisation_stands,
    rows::everything_that_happened_is_told_in_order,
    rows::an_old_event_is_upcast,
    subscribing::plans_stand_as_they_are_offered,
    subscribing::subscriptions_stand_with_their_periods,
    subscribing::what_asks_for_something_is_found_on_its_day,
    subscribing::a_contact_sees_no_subscription_of_another_customer,
    subscribing::invoices_are_found_by_plan_and_by_subscription,
    balances::credit_is_the_payers_and_only_of_money_that_came,
    ledger::every_movement_stands_in_the_ledger,
    ledger::months_come_to_what_was_billed_and_paid_of_what_the_viewer_sees,
    ledger::the_ledger_adds_up_after_everything_that_can_happen,
    ledger::a_statement_reads_the_same_in_pages_of_any_size,
    ledger::ageing_is_of_any_day,
    ledger::a_contact_reads_no_internal_words,
    scoping::a_contact_finds_nothing_of_another_customer,
    scoping::a_contact_lists_nothing_of_another_customer,
    scoping::a_contact_sees_no_draft,
    scoping::a_reworked_revision_stays_hidden_until_it_is_offered_again,
    scoping::a_contact_is_told_no_internal_event_or_reason,
    scoping::staff_see_everything,
    crediting::credit_notes_stand_with_what_they_say,
    crediting::an_invoice_lists_payments_and_credit_notes_alike,
    crediting::the_parts_of_a_customers_credit_add_up_to_it,
    crediting::a_contact_sees_its_own_credit_notes_once_they_are_issued,
    crediting::credit_note_filters_keep_to_what_they_say,
    crediting::credit_stands_by_currency,
    paging::every_sort_visits_every_row_once_in_both_directions,
    paging::every_list_visits_every_row_once,
    paging::filters_keep_to_what_they_say,
    paging::a_page_has_bounds,
    paging::a_cursor_of_another_sort_leads_nowhere,
    paging::names_are_found_in_either_case,
    plans::contacts_queries_are_bounded_by_an_index,
    plans::staff_lists_follow_an_index,
    plans::narrow_filters_are_served_by_an_index,
    plans::a_search_is_bounded_by_what_it_finds,
    documents::disputes_stand_with_how_they_ended,
    documents::rows_and_aggregates_agree_on_arrears,
    documents::what_was_agreed_to_is_kept_until_it_is_undone,
    documents::a_thread_tells_what_was_said_in_order,
    documents::documents_are_found_by_their_words,
    documents::a_renamed_customers_documents_are_found_by_either_name,
    documents::a_rework_is_not_found_by_its_words_before_it_is_offered,
    documents::offers_that_expire_soon_are_listed,
    checking::a_clean_file_has_no_differences,
    checking::a_changed_column_is_named,
    checking::a_missing_row_is_named,
    checking::a_row_too_many_is_named,
    checking::a_check_goes_on_beside_the_projector,
    checking::there_is_nothing_to_check_before_the_first_file,
    recovering::a_node_goes_on_where_it_stopped,
    recovering::a_file_copied_in_full_flight_is_brought_up_to_date,
    recovering::a_corrupt_file_is_built_anew,
    recovering::a_deleted_file_is_built_anew,
    recovering::a_file_beyond_the_log_is_built_anew,
    recovering::a_file_of_another_log_is_built_anew,
    recovering::a_file_that_does_not_fit_its_log_is_built_anew,
    recovering::a_file_cut_under_a_running_node_is_mended,
    recovering::a_log_with_another_history_is_noticed_and_served_anew,
    recovering::a_second_node_on_the_folder_is_refused,
    recovering::a_gap_in_the_log_is_refused,
    recovering::an_event_of_a_later_program_stops_the_projector_and_says_why,
    swapping::whoever_waits_is_told,
    swapping::changes_are_told_in_order,
}
