//! Imports beside other people's work and under roles that may not do everything.

use std::io::Cursor;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use wvl::db::{DatabaseSettings, Places};
use wvl::import::{Source, import};
use wvl::party::import::CUSTOMERS;
use wvl::sales::import::DOCUMENTS;

use super::{counts, good, options};
use crate::env::TestDatabase;

#[test]
fn what_somebody_changes_during_an_import_is_not_computed_from_old_values() {
    let database = TestDatabase::new();
    good(&database, &DOCUMENTS, "Art;Nr;Datum;Netto\nRechnung;R1;1.11.2026;100\nRechnung;R2;1.11.2026;100\n");
    let mut hand = database.connect();
    hand.batch_execute("BEGIN; UPDATE wvl.documents SET status = 'closed', open_amount = 0 WHERE number = 'R1'")
        .unwrap();
    let found = std::thread::scope(|scope| {
        // reads R1 as it was, and then waits for the hand
        let import = scope.spawn(|| good(&database, &DOCUMENTS, "Art;Nr;Netto\nRechnung;R1;200\nRechnung;R2;200\n"));
        while database.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 && !import.is_finished() {
            std::thread::sleep(Duration::from_millis(5));
        }
        hand.batch_execute("COMMIT").unwrap();
        import.join().unwrap()
    });
    assert_eq!(found, counts(0, 2, 0));
    let said = "SELECT string_agg(concat_ws(' ', number, status, net_amount, open_amount), '; ' ORDER BY number) FROM documents";
    assert_eq!(database.text(said), "R1 closed 200 0; R2 open 200 200.00");
}

fn as_role(database: &TestDatabase, role: &str) -> DatabaseSettings {
    let url = database.url_as(role);
    database.execute_as_superuser(&format!("GRANT wvl_work TO {role}"));
    DatabaseSettings { url: Some(url), ..DatabaseSettings::default() }
}

#[test]
fn a_role_that_owns_no_tables_imports_and_hears_once_that_it_may_not_analyze() {
    let database = TestDatabase::new();
    let settings = as_role(&database, "wvl_test_importer");
    let mut connection = wvl::db::connect(&settings, &Places::default()).unwrap();
    let mut file = String::from("kind;number;date;line;quantity\n");
    (0..1_200).for_each(|number| file.push_str(&format!("order;{number};1.11.2026;1;1\n")));
    let source = Source::new("f", Cursor::new(file));
    let outcome = import(&mut connection, &DOCUMENTS, source, &options(), &mut |_| {}).unwrap();
    assert_eq!(outcome.counts, counts(1_200, 0, 0));
    assert_eq!(
        outcome.warnings,
        [
            "the role wvl_test_importer may not ANALYZE the tables; until the server has done so by itself, commands can be slow"
        ]
    );
}

#[test]
fn without_the_right_to_temporary_tables_the_error_says_who_grants_it() {
    let database = TestDatabase::new();
    let name = database.text("SELECT current_database()");
    database.execute_as_superuser(&format!("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC"));
    let settings = as_role(&database, "wvl_test_importer_temp");
    let mut connection = wvl::db::connect(&settings, &Places::default()).unwrap();
    let source = Source::new("f", Cursor::new("number;name\n1;a\n"));
    let error = import(&mut connection, &CUSTOMERS, source, &options(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind().exit_code(), 77);
    assert_eq!(error.to_string(), "the role wvl_test_importer_temp may not make temporary tables, as an import needs");
    assert!(error.hints()[0].ends_with(&format!("GRANT TEMPORARY ON DATABASE {name} TO wvl_test_importer_temp")));
}
