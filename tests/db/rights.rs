//! What the group roles may see and do, and which values no role can store.

use diesel::connection::SimpleConnection;
use wvl::db::{DatabaseSettings, Places};

use crate::env::{TestDatabase, TestEnvironment};

const ITEMS: &str = "\
    INSERT INTO employees (number, first_name, last_name, birthday, birthday_consent) VALUES \
        (1, 'Ada', 'Auf', '1980-03-01', true), (2, 'Bo', 'Zu', '1990-04-02', false); \
    INSERT INTO absences (employee_id, first_day, last_day, kind) SELECT id, '2026-11-01', '2026-11-05', 'sick' FROM employees; \
    INSERT INTO partners (number, name) VALUES ('K1', 'Kunde'); \
    INSERT INTO documents (kind, number, partner_id, document_date) SELECT 'order', 'A1', id, '2026-11-02' FROM partners; \
    INSERT INTO tickets (number, title, due_at) VALUES (1, 'Drucker', '2026-11-03')";

fn connect_as(database: &TestDatabase, role: &str, group: &str) -> diesel::PgConnection {
    let url = database.url_as(role);
    database.execute_as_superuser(&format!("GRANT {group} TO {role}"));
    let settings = DatabaseSettings { url: Some(url), ..DatabaseSettings::default() };
    let mut connection = wvl::db::connect(&settings, &Places::default()).unwrap();
    connection.batch_execute("SET search_path = wvl, pg_catalog, pg_temp").unwrap();
    connection
}

#[test]
fn readers_see_neither_why_somebody_is_away_nor_a_birthday() {
    let database = TestDatabase::new();
    database.execute(ITEMS);
    let mut reader = connect_as(&database, "wvl_test_rights_reader", "wvl_read");
    for hidden in ["SELECT kind FROM absences", "SELECT note FROM absences", "SELECT birthday FROM employees"] {
        assert!(reader.batch_execute(hidden).unwrap_err().to_string().contains("permission denied"), "{hidden}");
    }
    for shown in [
        "SELECT first_name, birthday_consent, left_on FROM employees",
        "SELECT first_day, last_day FROM absences",
        "SELECT * FROM employee_birthdays",
        "SELECT * FROM escalation_birthday",
    ] {
        reader.batch_execute(shown).unwrap_or_else(|error| panic!("{shown}: {error}"));
    }
    assert_eq!(database.number("SELECT count(*) FROM employee_birthdays"), 1, "who has not agreed is not in it");
}

/// What readers may not see does not keep them from their commands.
#[test]
fn a_reader_can_look_at_everything() {
    let mut environment = TestEnvironment::new();
    environment.database.execute(ITEMS);
    drop(connect_as(&environment.database, "wvl_test_rights_looker", "wvl_read"));
    environment.database.url = environment.database.url_as("wvl_test_rights_looker");
    environment.configure("[escalation.birthday]\nactive = true\n[escalation.order-delivery-overdue]\nactive = true\n");
    for arguments in [
        &["employee", "list"][..],
        &["employee", "show", "2", "--json"],
        &["absence", "list"],
        &["document", "list"],
        &["document", "show", "A1"],
        &["ticket", "show", "1"],
        &["escalate", "list"],
    ] {
        environment.ok(arguments);
    }
    let shown: serde_json::Value = environment.ok(&["employee", "show", "1", "--json"]).parse().unwrap();
    assert_eq!(shown["birthday"], "1980-03-01");
}

#[test]
fn what_happened_is_added_to_and_never_rewritten() {
    let database = TestDatabase::new();
    database.execute(ITEMS);
    let mut worker = connect_as(&database, "wvl_test_rights_worker", "wvl_work");
    worker
        .batch_execute(
            "UPDATE documents SET picked_at = now(), voided_at = now(); UPDATE tickets SET status = 'closed'; \
             SELECT kind, note FROM absences",
        )
        .unwrap();
    assert_eq!(database.text("SELECT string_agg(event, ' ' ORDER BY event) FROM document_events"), "picked voided");
    assert!(database.number("SELECT count(*) FROM ticket_events WHERE kind = 'status'") > 0);
    for rewriting in [
        "UPDATE document_events SET at = now()",
        "DELETE FROM document_events",
        "UPDATE ticket_events SET at = now()",
        "DELETE FROM ticket_events",
    ] {
        assert!(worker.batch_execute(rewriting).unwrap_err().to_string().contains("permission denied"), "{rewriting}");
    }
    // they go with their item
    worker.batch_execute("DELETE FROM documents; DELETE FROM tickets").unwrap();
    assert_eq!(
        database.number("SELECT (SELECT count(*) FROM document_events) + (SELECT count(*) FROM ticket_events)"),
        0
    );
}

/// Every amount and every instant or day of the schema refuses what would poison a sum or come due never.
#[test]
fn no_column_takes_infinity() {
    let database = TestDatabase::new();
    let unchecked = database.text(
        "SELECT string_agg(relname || '.' || attname, ' ' ORDER BY relname, attname) \
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relnamespace = 'wvl'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped \
           AND atttypid IN ('numeric'::regtype, 'timestamptz'::regtype, 'date'::regtype) AND attgenerated = '' \
           AND attname NOT IN ('created_at', 'changed_at') AND relname <> '__diesel_schema_migrations' \
           AND NOT EXISTS (SELECT FROM pg_constraint \
                           WHERE conrelid = pg_class.oid AND contype = 'c' AND conkey = ARRAY[attnum])",
    );
    assert_eq!(unchecked, "");
    database.execute(ITEMS);
    for value in ["Infinity", "-Infinity", "NaN", "1e15"] {
        let stored = database.connect().batch_execute(&format!("UPDATE documents SET net_amount = '{value}'"));
        assert!(stored.unwrap_err().to_string().contains("documents_net_amount_check"), "{value}");
    }
}
