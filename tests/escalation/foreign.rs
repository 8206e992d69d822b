//! A type over a foreign table: the items lie in another database, reached through postgres_fdw.
//!
//! The extension is part of Debian's package postgresql; elsewhere it may be in one named contrib.

use super::house::{addresses, environment, offer, texts};
use crate::env::{TestDatabase, TestEnvironment};

const RULES: &str = "[escalation.offer-follow-up]\nactive = true\n
    [escalation.rental-cars]\nsource = \"view:erp.cars_to_return\"\npromise = true\nactive = true\n
    label = \"Mietwagen: Rückgabe\"\nfrom = \"08:00\"\nto = \"18:00\"\nrepeat_hours = 0\n
    stage1 = { hours = 1, to = \"handler\" }\nstage2 = { hours = 12, to = \"supervisor;handler\" }\n";

/// The other database: a company's fleet, as its own software keeps it.
const FLEET: &str = "CREATE SCHEMA fleet;
    CREATE TABLE fleet.cars (plate text PRIMARY KEY, model text, driver int, return_on date, returned boolean DEFAULT false);
    INSERT INTO fleet.cars VALUES ('NT-AB 1', 'Kombi', 106, '2026-11-18'), ('NT-AB 2', 'Bus', 106, '2026-12-24')";

/// What an administrator does once: the server and whom wvl is over there. Our cluster lets the server's user in as wvl.
fn connect(environment: &TestEnvironment, other: &TestDatabase) {
    let name = other.text("current_database()");
    environment.database.execute_as_superuser(&format!(
        "CREATE EXTENSION postgres_fdw;
         DO $$ BEGIN EXECUTE format('CREATE SERVER erp FOREIGN DATA WRAPPER postgres_fdw
             OPTIONS (host %L, port %L, dbname %L)',
             current_setting('unix_socket_directories'), current_setting('port'), '{name}'); END $$;
         CREATE USER MAPPING FOR wvl SERVER erp OPTIONS (user 'wvl', password_required 'false');
         GRANT USAGE ON FOREIGN SERVER erp TO wvl;"
    ));
    environment.database.execute(
        "CREATE SCHEMA erp;
         IMPORT FOREIGN SCHEMA fleet FROM SERVER erp INTO erp;
         CREATE VIEW erp.cars_to_return AS
         SELECT c.plate AS item_id, c.plate AS reference, 'Rückgabe ' || c.model AS title,
             (c.return_on + 1)::timestamp AT TIME ZONE 'Europe/Berlin' AS due_at, e.id AS handler_id
         FROM erp.cars c LEFT JOIN wvl.employees e ON e.number = c.driver WHERE NOT c.returned",
    );
}

fn run(environment: &TestEnvironment, now: &str) {
    let run = environment.wvl(&["escalate", "run", "--as-of", now]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{now}");
}

#[test]
fn a_foreign_table_escalates_like_ours() {
    let (environment, other) = (environment(RULES), TestDatabase::empty());
    other.execute(FLEET);
    connect(&environment, &other);
    environment.ok(&["config", "validate"]);

    // due on Wednesday's midnight: one hour after 08:00 on Thursday
    run(&environment, "2026-11-19T08:30");
    assert_eq!(addresses(&environment), [""; 0]);
    run(&environment, "2026-11-19T13:00");
    run(&environment, "2026-11-19T13:05");
    assert_eq!(addresses(&environment), ["hans@firma.example"]);
    let text = &texts(&environment)[0];
    assert!(text.contains("Mietwagen: Rückgabe") && text.contains("Rückgabe Kombi"), "{text}");
    assert!(environment.ok(&["escalate", "list", "--as-of", "2026-11-19T13:05"]).contains("NT-AB 1"));
    let explained = environment.ok(&["escalate", "explain", "rental-cars:NT-AB 1", "--as-of", "2026-11-19T13:05"]);
    assert!(explained.contains("hans@firma.example"), "{explained}");

    // closed over there: nobody hears of it again
    other.execute("UPDATE fleet.cars SET returned = true WHERE plate = 'NT-AB 1'");
    for day in ["2026-11-20T08:00", "2026-11-23T08:00", "2026-11-24T13:00"] {
        run(&environment, day);
    }
    assert_eq!(environment.mails().len(), 1);
    // and taken back: it goes on where it stood
    other.execute("UPDATE fleet.cars SET returned = false WHERE plate = 'NT-AB 1'");
    run(&environment, "2026-11-25T08:00");
    assert_eq!(addresses(&environment), ["hans@firma.example", "hans@firma.example", "theo@firma.example"]);
    assert_eq!(
        environment.database.text("SELECT string_agg(step::text, ' ' ORDER BY id) FROM escalation_steps"),
        "1 2"
    );
}

#[test]
fn a_server_that_is_gone_stops_its_own_type_alone() {
    let (environment, other) = (environment(RULES), TestDatabase::empty());
    other.execute(FLEET);
    connect(&environment, &other);
    environment.database.execute(&offer("A-1", "2026-11-18 00:00"));
    drop(other);

    let gone = environment.wvl(&["escalate", "run", "--as-of", "2026-11-20T08:00"]);
    assert_eq!((gone.code, gone.stdout.as_str()), (3, ""), "{}", gone.stderr);
    let told = "rental-cars: view:erp.cars_to_return cannot be read: could not connect to server \"erp\"";
    assert!(gone.stderr.contains(told), "{}", gone.stderr);
    assert_eq!(gone.stderr.matches("rental-cars").count(), 1, "{}", gone.stderr);
    // the offers went on
    assert_eq!(addresses(&environment), ["arno@firma.example"]);

    let validated = environment.wvl(&["config", "validate"]);
    assert_eq!(validated.code, 0, "what cannot be reached today is no mistake: {}", validated.stderr);
    assert!(validated.stderr.contains("could not connect to server"), "{}", validated.stderr);

    // it comes back: nothing was forgotten
    let other = TestDatabase::empty();
    other.execute(FLEET);
    let name = other.text("current_database()");
    environment.database.execute_as_superuser(&format!("ALTER SERVER erp OPTIONS (SET dbname '{name}')"));
    run(&environment, "2026-11-20T13:00");
    assert_eq!(addresses(&environment), ["arno@firma.example", "hans@firma.example"]);
}

/// It answers at first and breaks off in the middle: what it says of its connection is not said of ours.
#[test]
fn a_server_that_dies_while_it_is_asked_stops_its_own_type_alone() {
    let (environment, other) = (environment(RULES), TestDatabase::empty());
    other.execute(FLEET);
    connect(&environment, &other);
    environment.database.execute(&offer("A-1", "2026-11-18 00:00"));
    other.execute(
        "ALTER TABLE fleet.cars RENAME TO all_cars;
         CREATE VIEW fleet.cars AS SELECT plate, model, driver, return_on, returned FROM fleet.all_cars
             WHERE pg_terminate_backend(pg_backend_pid())",
    );
    let broken = environment.wvl(&["escalate", "run", "--as-of", "2026-11-20T08:00"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (3, ""), "{}", broken.stderr);
    assert!(broken.stderr.contains("rental-cars: view:erp.cars_to_return cannot be read: "), "{}", broken.stderr);
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
    // who only looks is told, and sees the rest
    let now = "2026-11-20T08:01";
    for (looks, code) in
        [(&["escalate", "list", "--as-of", now][..], 3), (&["today", "--employee", "103", "--as-of", now], 0)]
    {
        let seen = environment.wvl(looks);
        assert!(seen.code == code && seen.stdout.contains("A-1"), "{looks:?}: {}{}", seen.stdout, seen.stderr);
        assert!(seen.stderr.contains("cannot be read"), "{looks:?}: {}", seen.stderr);
    }
    environment.ok(&["escalate", "explain", "offer-follow-up:A-1", "--as-of", now]);
    other.execute(
        "CREATE OR REPLACE VIEW fleet.cars AS SELECT plate, model, driver, return_on, returned FROM fleet.all_cars",
    );
    run(&environment, "2026-11-20T13:00");
    assert_eq!(addresses(&environment), ["arno@firma.example", "hans@firma.example"]);
}
