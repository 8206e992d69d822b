//! What was booked late, changed or voided since the last mail.

use std::fmt::Write;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use wvl::report::evening::{CorrectionKind, Corrections, Evening, Question, Scope, Since};
use wvl::settings::Settings;

use super::{asked, at, day, house, question, settings};
use crate::env::TestDatabase;

/// What the mail of a day has left behind.
fn told(database: &TestDatabase, evening: &Evening) -> Since {
    let now = database.text("SELECT to_json(clock_timestamp())#>>'{}'");
    Since { at: at(&now), day: evening.day, snapshot: Some(evening.snapshot.clone()) }
}

fn corrections(connection: &mut PgConnection, settings: &Settings, since: &Since, on: &str) -> Corrections {
    let question = Question { since: Some(since.clone()), ..question(settings, on) };
    asked(connection, &question).corrections.there().unwrap().clone()
}

/// "voided 1 780; RE-1 780 -> "
fn said(found: &Corrections) -> String {
    let mut said = String::new();
    for (what, (count, amount)) in [("late", found.late), ("changed", found.changed), ("voided", found.voided)] {
        if count > 0 {
            write!(said, "{what} {count} {}; ", amount.normalize()).unwrap();
        }
    }
    let plain = |amount: Option<rust_decimal::Decimal>| amount.map(|it| it.normalize().to_string()).unwrap_or_default();
    let named = found.named.iter().map(|it| {
        let what = match it.what {
            CorrectionKind::Late => "late",
            CorrectionKind::Changed => "changed",
            CorrectionKind::Voided => "voided",
        };
        format!("{what} {} {}->{}", it.reference, plain(it.before), plain(it.after))
    });
    said + &named.collect::<Vec<_>>().join(", ")
}

struct Mail {
    database: TestDatabase,
    connection: PgConnection,
    settings: Settings,
    since: Since,
}

impl Mail {
    /// The mail of Friday the 20th has left.
    fn of_friday(more: &str) -> Mail {
        let (database, mut connection) = house();
        let settings = settings(more);
        let evening = asked(&mut connection, &question(&settings, "2026-11-20"));
        assert_eq!(said(evening.corrections.there().unwrap()), "", "the first mail has nothing to correct");
        let since = told(&database, &evening);
        Mail { database, connection, settings, since }
    }

    /// What Monday's says of what was done meanwhile.
    fn monday(&mut self) -> String {
        said(&corrections(&mut self.connection, &self.settings, &self.since, "2026-11-23"))
    }

    fn after(&mut self, sql: &str) -> String {
        self.database.execute(sql);
        self.monday()
    }
}

const ONE: &str = "INSERT INTO wvl.documents (kind, number, document_date, net_amount) VALUES";

#[test]
fn nothing_happened() {
    let mut mail = Mail::of_friday("");
    assert_eq!(mail.monday(), "");
    // of Monday's own days, or nothing that a figure counts
    let harmless = "UPDATE documents SET title = 'anders', delivery_status = 'complete' WHERE number = 'AB-3';
        UPDATE documents SET status = 'closed' WHERE number = 'RE-7'; UPDATE documents SET status = 'void' WHERE number = 'AN-2';
        UPDATE documents SET cost_amount = 1 WHERE number = 'AN-5'";
    assert_eq!(mail.after(&format!("{harmless}; {ONE} ('order', 'N1', '2026-11-23', 5)")), "");
}

#[test]
fn what_was_booked_late_is_late_whatever_the_clock_says() {
    let mut mail = Mail::of_friday("");
    // an import writes its documents and touches them in the same transaction; credit notes take away
    let import = format!(
        "BEGIN; {ONE} ('invoice', 'N1', '2026-11-19', 100), ('credit_note', 'N2', '2026-11-20', 30), ('invoice', 'N3', '2026-11-20', 7);
         UPDATE documents SET net_amount = net_amount + 1 WHERE number LIKE 'N_';
         UPDATE documents SET status = 'void' WHERE number = 'N3'; COMMIT"
    );
    assert_eq!(mail.after(&import), "late 2 70; late N1 ->101, late N2 ->-31");
    // touched once more, by somebody else
    assert_eq!(
        mail.after("UPDATE documents SET net_amount = 102 WHERE number = 'N1'"),
        "late 2 71; late N1 ->102, late N2 ->-31"
    );
}

#[test]
fn a_transaction_that_was_open_over_the_mail_is_seen_by_the_next_one() {
    let (database, mut connection) = house();
    let settings = settings("");
    let mut open = database.connect();
    open.batch_execute(&format!(
        "BEGIN; {ONE} ('order', 'N1', '2026-11-19', 100); UPDATE wvl.documents SET net_amount = 450 WHERE number = 'AB-3'"
    ))
    .unwrap();
    let friday = asked(&mut connection, &question(&settings, "2026-11-20"));
    let since = told(&database, &friday);
    open.batch_execute("UPDATE wvl.documents SET net_amount = 110 WHERE number = 'N1'; COMMIT").unwrap();
    let found = corrections(&mut connection, &settings, &since, "2026-11-23");
    assert_eq!(said(&found), "late 1 110; changed 1 -750.01; changed AB-3 1200.01->450, late N1 ->110");
    // the next mail has seen both
    let monday = asked(&mut connection, &question(&settings, "2026-11-23"));
    let since = told(&database, &monday);
    assert_eq!(said(&corrections(&mut connection, &settings, &since, "2026-11-24")), "");
}

#[test]
fn what_was_changed_is_told_with_what_it_was() {
    let mut mail = Mail::of_friday("");
    let found = mail.after(
        "UPDATE documents SET net_amount = 250 WHERE number = 'RE-7';
         UPDATE documents SET net_amount = 280 WHERE number = 'RE-7';
         UPDATE documents SET net_amount = 90 WHERE number = 'GS-3';
         UPDATE documents SET cost_amount = 150 WHERE number = 'RE-7'",
    );
    assert_eq!(found, "changed 2 -60; changed GS-3 -50->-90, changed RE-7 300->280");
    // and back again: nothing is left to be said
    let back = "UPDATE documents SET net_amount = 300, cost_amount = 100 WHERE number = 'RE-7';
                UPDATE documents SET net_amount = 50 WHERE number = 'GS-3'";
    assert_eq!(mail.after(back), "");
}

#[test]
fn a_cost_that_changes_alone_changes_the_margin() {
    let mut mail = Mail::of_friday("");
    // of a line, without any change of its document
    let line = "UPDATE document_lines SET unit_cost = 333 WHERE line = 1
        AND document_id = (SELECT id FROM documents WHERE number = '{}')";
    assert_eq!(mail.after(&line.replace("{}", "RE-3")), "changed 1 0; changed RE-3 500->500");
    // what an order's line costs stands in no figure
    assert_eq!(mail.after(&line.replace("{}", "LS-2")), "changed 1 0; changed RE-3 500->500");
}

#[test]
fn what_was_voided_and_what_came_back() {
    let mut mail = Mail::of_friday("");
    let found = mail.after(
        "UPDATE documents SET status = 'void' WHERE number IN ('RE-5', 'GS-5');
         UPDATE documents SET status = 'open' WHERE number = 'RE-6'",
    );
    assert_eq!(found, "changed 1 4000; voided 2 420; voided RE-5 500->, voided GS-5 -80->, changed RE-6 ->4000");
    let other = "UPDATE documents SET status = 'open' WHERE number IN ('RE-5', 'GS-5');
                 UPDATE documents SET status = 'void' WHERE number = 'RE-6'";
    assert_eq!(mail.after(other), "");
}

#[test]
fn a_document_that_moves_is_missing_where_it_was() {
    let mut mail = Mail::of_friday("");
    let found = mail.after(
        "UPDATE documents SET document_date = '2026-11-23' WHERE number = 'RE-7';
         UPDATE documents SET document_date = '2026-11-18' WHERE number = 'AB-1'",
    );
    assert_eq!(found, "changed 2 0; changed AB-1 18400->18400, changed RE-7 300->300");
}

#[test]
fn other_currencies_are_named_and_not_added() {
    let mut mail = Mail::of_friday("");
    let found = mail.after(
        "UPDATE documents SET net_amount = 3000 WHERE number = 'AB-8';
         UPDATE documents SET currency = 'CHF' WHERE number = 'RE-7'",
    );
    assert_eq!(found, "changed 2 0; changed RE-7 ->300, changed AB-8 3200->3000");
}

#[test]
fn by_booking_only_what_was_booked_before_counts() {
    let mut mail = Mail::of_friday("[report]\ncount_by = \"booked_at\"\n");
    // a document of last week that is booked today is today's
    let today = "INSERT INTO documents (kind, number, document_date, booked_at, net_amount)
                 VALUES ('invoice', 'N1', '2026-11-19', '2026-11-23 10:00+01', 100)";
    assert_eq!(mail.after(today), "");
    let import = "INSERT INTO documents (kind, number, document_date, booked_at, net_amount)
                  VALUES ('invoice', 'N2', '2026-11-19', '2026-11-19 00:00+01', 40)";
    assert_eq!(mail.after(import), "late 1 40; late N2 ->40");
}

#[test]
fn after_a_restore_the_clock_decides() {
    let mut mail = Mail::of_friday("");
    mail.since.snapshot = None;
    let found = mail.after(&format!(
        "{ONE} ('invoice', 'N1', '2026-11-19', 100); UPDATE documents SET net_amount = 280 WHERE number = 'RE-7';
         UPDATE documents SET status = 'void' WHERE number = 'RE-5'"
    ));
    assert_eq!(
        found,
        "late 1 100; changed 1 -20; voided 1 500; voided RE-5 500->, changed RE-7 300->280, late N1 ->100"
    );
}

#[test]
fn the_worst_are_named_and_all_are_counted() {
    let mut mail = Mail::of_friday("");
    let found = mail.after(&format!(
        "{ONE} ('order', 'N1', '2026-11-19', 1), ('order', 'N2', '2026-11-19', 9), ('order', 'N3', '2026-11-19', 5),
            ('order', 'N4', '2026-11-19', 4), ('order', 'N5', '2026-11-19', 3), ('order', 'N6', '2026-11-19', 2);
         UPDATE documents SET status = 'void' WHERE number = 'RE-5'"
    ));
    assert_eq!(found, "late 6 24; voided 1 500; voided RE-5 500->, late N2 ->9, late N3 ->5, late N4 ->4, late N5 ->3");
}

#[test]
fn a_department_hears_of_its_own() {
    let mut mail = Mail::of_friday("");
    let technik = mail.database.number("SELECT id FROM departments WHERE name = 'Technik'");
    mail.database.execute("UPDATE documents SET status = 'void' WHERE number IN ('RE-5', 'AB-3')");
    let question = Question {
        since: Some(mail.since.clone()),
        scope: Scope::Department(technik),
        ..question(&mail.settings, "2026-11-23")
    };
    let found = asked(&mut mail.connection, &question);
    assert_eq!(said(found.corrections.there().unwrap()), "voided 1 500; voided RE-5 500->");
    assert_eq!((found.scope.as_deref(), mail.since.day), (Some("Technik"), day("2026-11-20")));
}
