//! `--complete`: what tonight's file no longer has is closed, and nothing else.

use wvl::import::{Closing, Options, Outcome, Register};
use wvl::party::import::CUSTOMERS;
use wvl::sales::import::{DOCUMENTS, PRODUCTS};
use wvl::settings::REGISTERS;
use wvl::ticket::import::TICKETS;

use super::{bad, counts, good, options, run, with_people};
use crate::env::{TestDatabase, TestEnvironment};

fn complete(most: u8) -> Options {
    Options { complete: Some(most), ..options() }
}

fn closing(database: &TestDatabase, register: &Register, text: &str, most: u8) -> Outcome {
    run(database, register, text.as_bytes(), &complete(most))
}

fn offers(numbers: impl Iterator<Item = u32>) -> String {
    let rows = numbers.map(|number| format!("Angebot;A{number};1.11.2026;offen\n"));
    format!("Art;Nr;Datum;Status\n{}", rows.collect::<String>())
}

#[test]
fn a_file_of_offers_closes_offers_and_no_invoices() {
    let database = TestDatabase::new();
    good(&database, &DOCUMENTS, &offers(1..21));
    good(&database, &DOCUMENTS, "Art;Nr;Datum;Netto\nRechnung;R1;1.11.2026;100\nAuftrag;A1;1.11.2026;100\n");
    let outcome = closing(&database, &DOCUMENTS, &offers(2..20), 10);
    assert_eq!(outcome.problems.text(&["f".to_owned()], 10), "");
    assert_eq!((outcome.counts.same, outcome.counts.closed), (18, 2));
    assert_eq!(outcome.closed, ["offer A1", "offer A20"]);
    let closed = "SELECT string_agg(concat_ws(' ', kind, number, status, closed_at), '; ' ORDER BY number) \
                  FROM wvl.documents WHERE status <> 'open'";
    assert_eq!(
        database.text(closed),
        "offer A1 closed 2026-11-17 08:00:00+00; offer A20 closed 2026-11-17 08:00:00+00"
    );
    // the same file again closes nothing more, and what comes back is open again
    assert_eq!(closing(&database, &DOCUMENTS, &offers(2..20), 0).counts.closed, 0);
    assert_eq!(closing(&database, &DOCUMENTS, &offers(1..20), 0).counts, counts(0, 1, 18));
    assert_eq!(database.number("SELECT count(*) FROM wvl.documents WHERE status = 'closed'"), 1);
}

#[test]
fn an_invoice_that_vanishes_owes_nothing() {
    let database = TestDatabase::new();
    good(&database, &DOCUMENTS, "Art;Nr;Datum;Netto\nRechnung;R1;1.11.2026;100\nRechnung;R2;1.11.2026;100\n");
    let outcome = closing(&database, &DOCUMENTS, "Art;Nr;Netto\nRechnung;R2;100\n", 50);
    assert_eq!(outcome.counts.closed, 1);
    let said =
        "SELECT string_agg(concat_ws(' ', number, status, open_amount), '; ' ORDER BY number) FROM wvl.documents";
    assert_eq!(database.text(said), "R1 closed 0; R2 open 100.00");
}

#[test]
fn too_much_that_vanishes_stops_everything() {
    let database = TestDatabase::new();
    good(&database, &DOCUMENTS, &offers(100..200));
    let mut file = offers(100..189);
    file.push_str("Angebot;NEU;1.11.2026;offen\n");
    let outcome = closing(&database, &DOCUMENTS, &file, 10);
    assert_eq!(
        outcome.problems.text(&["f".to_owned()], 10),
        "f: 11 of 100 open documents would vanish, more than 10 %: offer A189, offer A190, offer A191, offer A192, \
         offer A193, offer A194, offer A195, offer A196, offer A197, offer A198 …; if that is right, --max-vanish 11%\n"
    );
    assert_eq!(database.number("SELECT count(*) FROM wvl.documents WHERE status = 'open'"), 100);
    assert_eq!(closing(&database, &DOCUMENTS, &file, 11).counts.closed, 11);
    // a file that says by itself that they are lost is no loss
    let lost = offers(100..150).replace("offen", "verloren") + &offers(150..189).replace("Art;Nr;Datum;Status\n", "");
    let outcome = closing(&database, &DOCUMENTS, &(lost + "Angebot;NEU;1.11.2026;offen\n"), 0);
    assert_eq!((outcome.counts.changed, outcome.counts.closed), (50, 0));
    // nothing but the headings does not say of which kind it has nothing
    assert_eq!(closing(&database, &DOCUMENTS, "Art;Nr\n", 10).counts, counts(0, 0, 0));
}

#[test]
fn customers_need_to_say_whether_suppliers_are_meant() {
    let database = with_people();
    let source = wvl::import::Source::new("f", std::io::Cursor::new(b"Nr;Ort\n10001;Ulm\n".to_vec()));
    let error = wvl::import::import(&mut database.connect(), &CUSTOMERS, source, &complete(100), &mut |_| {});
    let error = error.unwrap_err();
    assert_eq!(error.kind().exit_code(), 65);
    assert_eq!(error.to_string(), "--complete: the file does not say which customers it has all of");
    good(&database, &CUSTOMERS, "Nr;Name;Art\n10003;Neu;Kunde\n");
    let outcome = closing(&database, &CUSTOMERS, "Nr;Art\n10001;Kunde\n", 50);
    assert_eq!((outcome.counts.closed, outcome.closed), (1, vec!["10003".to_owned()]));
    let inactive = "SELECT string_agg(number, ' ') FROM wvl.partners WHERE NOT active";
    assert_eq!(database.text(inactive), "10003");
    assert_eq!(good(&database, &PRODUCTS, "Artikel;Bezeichnung;EK\nA;x;1,50\nB;y;\n"), counts(2, 0, 0));
    assert_eq!(closing(&database, &PRODUCTS, "Artikel\nA\n", 50).counts.closed, 1);
    assert_eq!(database.text("SELECT string_agg(number, ' ') FROM wvl.products WHERE NOT active"), "B");
}

#[test]
fn what_wvl_has_numbered_itself_comes_from_no_file() {
    let environment = TestEnvironment::new();
    let own = environment.ok(&["ticket", "new", "Drucker", "--as-of", "2026-11-17 08:00"]);
    let file = |text: &str| environment.write("tickets.csv", text).to_string_lossy().into_owned();
    let both = file("Ticket;Titel\nT1;a\nT2;b\n");
    environment.ok(&["ticket", "import", &both]);
    let one = file("Ticket\nT1\n");
    assert_eq!(
        environment.ok(&["ticket", "import", &one, "--complete", "--max-vanish", "50%"]),
        "new 0, changed 0, same 1, wrong 0, closed 1\n"
    );
    let open = "SELECT string_agg(number, ' ' ORDER BY number) FROM tickets WHERE status <> 'closed'";
    assert_eq!(environment.database.text(open), format!("{} T1", own.trim()));
    assert!(bad(&environment.database, &TICKETS, "Ticket;Fällig\nT1;x\n").contains("is no date"));
}

#[test]
fn whatever_has_a_number_range_of_ours_is_left_alone() {
    let environment = TestEnvironment::new();
    let at = ["--as-of", "2026-11-17 08:00"];
    let made = |command: &[&str]| environment.ok(&[command, &at].concat()).trim().to_owned();
    let file = |text: &str| environment.write("file.csv", text).to_string_lossy().into_owned();
    environment.ok(&["customer", "import", &file("Nr;Name;Art\n1;Kunde;Kunde\n2;Lieferant;Lieferant\n")]);
    let own = [
        ("contract", "contracts", "status = 'active'", made(&["contract", "new", "TÜV", "--ends", "2027-11-30"])),
        (
            "purchase-order",
            "purchase_orders",
            "status = 'open'",
            made(&["purchase-order", "new", "Kabel", "--supplier", "2"]),
        ),
        ("contact-person", "contact_persons", "active", made(&["contact-person", "new", "1", "Kraft"])),
        ("task", "tasks", "status = 'open'", made(&["task", "new", "Anruf"])),
    ];
    for (noun, table, open, number) in own {
        let rows = match noun {
            "contract" => "Nr;Titel;Beginn\nE1;a;1.1.2026\nE2;b;1.1.2026\n",
            "purchase-order" => "Nr;Titel;Datum\nE1;a;1.1.2026\nE2;b;1.1.2026\n",
            "contact-person" => "Nr;Nachname;Kunde\nE1;a;1\nE2;b;1\n",
            _ => "Nr;Titel\nE1;a\nE2;b\n",
        };
        environment.ok(&[noun, "import", &file(rows)]);
        let one = rows.lines().take(2).collect::<Vec<_>>().join("\n");
        let said = environment.ok(&[noun, "import", &file(&one), "--complete", "--max-vanish", "100%"]);
        assert_eq!(said, "new 0, changed 0, same 1, wrong 0, closed 1\n", "{noun}");
        let left = format!("SELECT string_agg(number, ' ' ORDER BY number) FROM {table} WHERE {open}");
        assert_eq!(environment.database.text(&left).split(' ').count(), 2, "{noun} {number}");
        assert!(environment.database.text(&left).contains(&number), "{noun} {number}");
    }
}

#[test]
fn a_document_is_told_by_the_range_of_its_kind() {
    let environment = TestEnvironment::new();
    let file = |text: &str| environment.write("file.csv", text).to_string_lossy().into_owned();
    environment.ok(&["customer", "import", &file("Nr;Name\n10001;Kunde\n")]);
    for (kind, title) in [("offer", "Angebot"), ("credit_note", "Gutschrift")] {
        let new = ["document", "new", "Eigenes", "--kind", kind, "--customer", "10001", "--line", "1 x Kabel @ 5,00"];
        let own = environment.ok(&new).trim().to_owned();
        environment.ok(&["document", "import", &file(&offers(1..3).replace("Angebot", title))]);
        let one = offers(1..2).replace("Angebot", title);
        let said = environment.ok(&["document", "import", &file(&one), "--complete", "--max-vanish", "50%"]);
        assert_eq!(said, "new 0, changed 0, same 1, wrong 0, closed 1\n", "{kind}");
        let left = format!(
            "SELECT string_agg(number, ' ' ORDER BY number) FROM documents WHERE status = 'open' AND kind = '{kind}'"
        );
        assert_eq!(environment.database.text(&left), format!("A1 {own}"));
    }
}

#[test]
fn a_number_is_ours_only_as_far_as_we_have_counted() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    // the other program counts under our mask
    let rows = "Ticket;Titel\n2025-0007;a\n2026-0002;b\n2026-0500;c\n2027-0001;d\n20260500;e\nT+1;f\n";
    good(database, &TICKETS, rows);
    assert_eq!(environment.ok(&["ticket", "new", "eigenes", "--as-of", "2026-11-17 08:00"]), "2026-0001\n");
    database.execute("UPDATE number_ranges SET counter = 2, period = '2026' WHERE name = 'ticket'");
    let closed = closing(database, &TICKETS, "Ticket\nT+1\n", 100).closed;
    assert_eq!(closed, ["2026-0500", "20260500", "2027-0001"]);
    // other masks, also one without a counter and one whose signs mean something to a pattern
    for (mask, own, other) in
        [("T+##/YYYY", "T+02/2026", "T+03/2026"), ("(.)", "(.)2", "(x)2"), ("A####", "A00002", "A0003")]
    {
        database.execute("UPDATE tickets SET status = 'closed' WHERE number <> 'T+1'");
        let set = format!("UPDATE number_ranges SET mask = '{mask}', period = '' WHERE name = 'ticket'");
        database.execute(&set);
        if mask.contains("YYYY") {
            database.execute("UPDATE number_ranges SET period = '2026' WHERE name = 'ticket'");
        }
        good(database, &TICKETS, &format!("Ticket;Titel\n{own};a\n{other};b\n"));
        assert_eq!(closing(database, &TICKETS, "Ticket\nT+1\n", 100).closed, [other], "{mask}");
    }
}

#[test]
fn what_is_only_wrong_has_not_vanished() {
    let environment = TestEnvironment::new();
    let file = |text: &str| environment.write("angebote.csv", text).to_string_lossy().into_owned();
    environment.ok(&["document", "import", &file(&offers(1..11))]);
    // one is wrong, one has vanished
    let night = file(&offers(1..10).replace("A3;1.11.2026", "A3;31.11.2026"));
    let run = environment.wvl(&["document", "import", &night, "--complete", "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 0, changed 0, same 8, wrong 1, closed 1\n"), "{}", run.stderr);
    let closed = "SELECT string_agg(number, ' ') FROM documents WHERE status <> 'open'";
    assert_eq!(environment.database.text(closed), "A10");
}

#[test]
fn a_profile_of_one_company_closes_nothing_of_another() {
    let environment = TestEnvironment::new();
    environment.database.execute("INSERT INTO companies (name) VALUES ('Nord'), ('Süd')");
    let file = |text: &str| environment.write("angebote.csv", text).to_string_lossy().into_owned();
    let of =
        |company: &str, numbers| offers(numbers).replace(";offen", &format!(";{company}")).replace("Status", "Mandant");
    environment.ok(&["document", "import", &file(&of("Nord", 1..11))]);
    environment.ok(&["document", "import", &file(&of("Süd", 11..21))]);
    environment.configure(
        "[import.profile.nord]\nregister = \"document\"\ncomplete = true\n\
         [import.profile.nord.fixed]\ncompany = \"Nord\"\n",
    );
    let said = environment.ok(&["document", "import", &file(&offers(1..10)), "--profile", "nord"]);
    assert_eq!(said, "new 0, changed 0, same 9, wrong 0, closed 1\n");
    let closed = "SELECT string_agg(number, ' ') FROM documents WHERE status <> 'open'";
    assert_eq!(environment.database.text(closed), "A10");
}

#[test]
fn a_rehearsal_shows_what_would_be_closed() {
    let environment = TestEnvironment::new();
    let file = |text: &str| environment.write("angebote.csv", text).to_string_lossy().into_owned();
    let all = file(&offers(1..11));
    environment.ok(&["document", "import", &all]);
    let nine = file(&offers(1..10));
    let rehearsed = environment.wvl(&["document", "import", &nine, "--complete", "-n"]);
    assert_eq!(rehearsed.stdout, "new 0, changed 0, same 9, wrong 0, closed 1\n");
    assert_eq!(rehearsed.stderr, "would close 1: offer A10\ndry run: nothing was written\n");
    let eight = file(&offers(1..9));
    let stopped = environment.wvl(&["document", "import", &eight, "--complete"]);
    assert_eq!((stopped.code, stopped.stdout.as_str()), (65, ""));
    assert!(stopped.stderr.contains("2 of 10 open documents would vanish, more than 10 %: offer A10, offer A9;"));
    assert_eq!(environment.wvl(&["document", "import", &eight, "--max-vanish", "30%"]).code, 2);
    assert_eq!(environment.database.number("SELECT count(*) FROM documents WHERE status = 'open'"), 10);
}

#[test]
fn every_register_says_how_it_is_closed() {
    for (noun, register) in REGISTERS {
        let Closing::By { set, scope, .. } = &register.closing else { continue };
        assert!(scope.is_none_or(|scope| register.column(scope).is_some()), "{noun}");
        // the SQL is one of the table
        let database = TestDatabase::new();
        database.execute(&format!("UPDATE {} t SET {set} WHERE false", register.table));
        let keys = register.columns.iter().map(|column| column.key).collect::<Vec<_>>().join(";");
        assert_eq!(closing(&database, register, &keys, 10).counts, counts(0, 0, 0), "{noun}");
    }
}
