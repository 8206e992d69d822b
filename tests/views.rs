//! The views v_…: other people's queries rely on their columns, and their figures are computed by hand here.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::env::{TestDatabase, TestEnvironment};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/views.tsv");
/// A Monday morning.
const NOW: &str = "2026-11-23T08:00:00+01:00";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(database: &TestDatabase, sql: &str) -> Vec<String> {
    let rows = diesel::sql_query(sql).load::<Line>(&mut database.connect()).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// `WVL_WRITE_VIEWS=1 cargo test --test all views::` adds what is new to the list; nothing may be taken from it.
#[test]
fn no_column_vanishes_or_changes_its_type() {
    let database = TestDatabase::new();
    let present = lines(
        &database,
        "SELECT relname || E'\\t' || attname || E'\\t' || format_type(atttypid, atttypmod) AS line \
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relnamespace = 'wvl'::regnamespace AND relkind = 'v' AND relname LIKE 'v\\_%' AND attnum > 0 \
         ORDER BY relname COLLATE \"C\", attnum",
    );
    if std::env::var_os("WVL_WRITE_VIEWS").is_some() {
        std::fs::write(FILE, present.join("\n") + "\n").unwrap();
    }
    let promised = std::fs::read_to_string(FILE).unwrap();
    let mut at = present.iter();
    for line in promised.lines() {
        // also in this order: SELECT * is somebody's query
        assert!(at.any(|found| found == line), "{line:?} is promised, and the views do not have it (in this place)");
    }
    assert_eq!(present.len(), promised.lines().count(), "a new column is not in {FILE}");
}

#[test]
fn everything_is_described_and_read_with_the_askers_rights() {
    let database = TestDatabase::new();
    let views =
        "FROM pg_class v WHERE v.relnamespace = 'wvl'::regnamespace AND v.relkind = 'v' AND v.relname LIKE 'v\\_%'";
    let bare = format!(
        "SELECT v.relname || '.' || attname AS line FROM pg_class v JOIN pg_attribute ON attrelid = v.oid AND attnum > 0 \
         WHERE v.relnamespace = 'wvl'::regnamespace AND v.relkind = 'v' AND v.relname LIKE 'v\\_%' \
         AND col_description(v.oid, attnum) IS NULL \
         UNION ALL SELECT v.relname {views} AND obj_description(v.oid) IS NULL"
    );
    assert_eq!(lines(&database, &bare), [""; 0]);
    let wrong = format!(
        "SELECT v.relname AS line {views} AND (NOT coalesce(v.reloptions @> '{{security_invoker=true}}', false) \
         OR NOT has_table_privilege('wvl_read', v.oid, 'SELECT') OR has_table_privilege('wvl_work', v.oid, 'INSERT'))"
    );
    // targets are read with the rights of their owner: those of single persons are left out
    assert_eq!(lines(&database, &wrong), ["v_targets"]);
}

/// One of everything, with figures that can be done in the head.
fn house() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(include_str!("data/views.sql"));
    environment
}

fn asked(house: &TestEnvironment, sql: &str) -> String {
    house.ok(&["query", sql, "--as-of", NOW])
}

#[test]
fn what_is_overdue_with_its_stage_and_its_people() {
    let house = house();
    let sql = "SELECT type, reference, due_on, customer_number, customer, field_rep, inside_rep, handler, department, amount, \
               stage, repeats, last_step_at, silent_until FROM v_overdue ORDER BY type, reference";
    let people = "10001\tMüller Bau GmbH\tAnna Schmidt\tBernd Stell\tKarin Vogt\tTechnik";
    assert_eq!(
        asked(&house, sql),
        format!(
            "contract-expiry\tW-1\t2026-10-31\t10001\tMüller Bau GmbH\tAnna Schmidt\tBernd Stell\t\t\t99.50\t0\t0\t\t\n\
             delivery-note\tLS-1\t2026-11-13\t{people}\t1000\t0\t0\t\t\n\
             helpdesk-high\tT1\t2026-11-20\t\t\t\t\tBernd Stell\t\t\t0\t0\t\t\n\
             invoice-overdue\tRE-1\t2026-10-15\t{people}\t809.20\t0\t0\t\t\n\
             offer-follow-up\tAN-1\t2026-11-20\t{people}\t1000\t2\t2\t2026-11-22T09:00:00+01:00\t2026-12-01T00:00:00+01:00\n\
             task\tA1\t2026-11-20\t\t\t\t\tBernd Stell\t\t\t0\t0\t\t\n"
        )
    );
    assert_eq!(asked(&house, "SELECT count(*) FROM v_overdue WHERE wvl.as_of() < due_at"), "0\n");
    let earlier = house.ok(&["query", "SELECT reference FROM v_overdue", "--as-of", "2026-10-16T08:00"]);
    assert_eq!(earlier, "RE-1\n");
}

#[test]
fn open_items_by_age() {
    let house = house();
    let sql = "SELECT number, payment_due_on, days_overdue, age, net_amount, open_amount, currency, dunning_level, field_rep \
               FROM v_open_items ORDER BY number";
    assert_eq!(
        asked(&house, sql),
        "RE-1\t2026-10-15\t39\t31-60\t680\t809.20\tEUR\t2\tAnna Schmidt\n\
         RE-2\t2026-11-23\t0\tnot due\t100\t119\tEUR\t0\tAnna Schmidt\n"
    );
}

#[test]
fn margins_by_line_never_take_unknown_cost_for_none() {
    let house = house();
    let sql = "SELECT kind, number, line, product_number, product_group, description, net, cost, margin, margin_percent, \
               provisional FROM v_margin WHERE kind IN ('invoice', 'credit_note') ORDER BY number, line";
    assert_eq!(
        asked(&house, sql),
        "credit_note\tGS-1\t\t\t\tRetoure\t-340\t-300\t-40\t11.8\tfalse\n\
         invoice\tRE-1\t1\tSW-24\tHardware\tSwitch\t680.00\t600.00\t80.00\t11.8\tfalse\n\
         invoice\tRE-1\t2\t\t\tAnfahrt\t0.00\t\t\t\ttrue\n\
         invoice\tRE-2\t\t\t\tWartung\t100\t\t\t\ttrue\n\
         invoice\tRE-3\t\t\t\tWartung\t100\t10\t90\t90.0\tfalse\n"
    );
}

#[test]
fn what_is_delivered_and_not_invoiced() {
    let house = house();
    let sql = "SELECT number, days_waiting, net_amount, unbilled_net, provisional FROM v_unbilled ORDER BY number";
    assert_eq!(asked(&house, sql), "LS-1\t10\t1000\t600.00\ttrue\nLS-2\t7\t40\t40\tfalse\n");
}

#[test]
fn the_pipeline_the_workload_and_the_contracts() {
    let house = house();
    let sql = "SELECT number, age_days, follow_up_on, net_amount, margin, provisional FROM v_pipeline ORDER BY number";
    assert_eq!(asked(&house, sql), "AN-1\t21\t2026-11-20\t1000\t300\tfalse\nAN-2\t10\t2026-12-01\t500\t\ttrue\n");
    let sql = "SELECT employee_number, employee, open_tickets, overdue_tickets, open_tasks, overdue_tasks, open_offers, \
               open_orders FROM v_workload ORDER BY 1";
    assert_eq!(
        asked(&house, sql),
        "3\tKarin Vogt\t0\t0\t0\t0\t2\t0\n7\tBernd Stell\t3\t1\t1\t1\t0\t0\n14\tAnna Schmidt\t0\t0\t0\t0\t0\t0\n"
    );
    let sql =
        "SELECT number, customer, starts_on, ends_on, notice_on, running, amount, currency FROM v_contracts_value";
    assert_eq!(asked(&house, sql), "W-1\tMüller Bau GmbH\t2026-01-01\t2026-12-31\t2026-10-31\ttrue\t99.50\tEUR\n");
}
