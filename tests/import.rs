//! Import of CSV files into every register: what is stored, what is counted, and what is said about bad files.

use std::io::{Cursor, Write as _};
use std::process::Stdio;

use wvl::agenda::import::{NOTICES, TASKS};
use wvl::contract::import::CONTRACTS;
use wvl::import::{Counts, Options, Outcome, Register, Source, import};
use wvl::party::import::{CONTACT_PERSONS, CUSTOMERS, EMPLOYEES};
use wvl::sales::import::{DOCUMENTS, PRODUCTS, PURCHASE_ORDERS};
use wvl::settings::REGISTERS;
use wvl::ticket::import::TICKETS;

use crate::env::{TestDatabase, TestEnvironment};

mod complete;
mod faults;
mod folder;
mod house;
mod month;
mod partial;
mod together;
mod too_much;

/// Tuesday, 17 November 2026, 09:00 in Berlin.
const NOW: &str = "2026-11-17T08:00:00Z";

fn options() -> Options {
    Options::new(NOW.parse().unwrap(), chrono_tz::Europe::Berlin)
}

fn run(database: &TestDatabase, register: &Register, bytes: &[u8], options: &Options) -> Outcome {
    let source = Source::new("file.csv", Cursor::new(bytes.to_vec()));
    import(&mut database.connect(), register, source, options, &mut |_| {}).unwrap()
}

/// Imports a good file.
fn good(database: &TestDatabase, register: &Register, text: &str) -> Counts {
    let outcome = run(database, register, text.as_bytes(), &options());
    assert_eq!(outcome.problems.text(&[String::new()], 100), "");
    outcome.counts
}

/// Imports a bad file and returns what is said about it.
fn bad(database: &TestDatabase, register: &Register, text: &str) -> String {
    let outcome = run(database, register, text.as_bytes(), &options());
    assert_eq!(outcome.counts, Counts::default());
    outcome.problems.text(&["f".to_owned()], 100)
}

fn counts(new: u64, changed: u64, same: u64) -> Counts {
    Counts { new, changed, same, ..Counts::default() }
}

/// A database with the employees, partners and contact persons of the example files.
fn with_people() -> TestDatabase {
    let database = TestDatabase::new();
    assert_eq!(good(&database, &EMPLOYEES, include_str!("data/mitarbeiter.csv")), counts(3, 0, 0));
    assert_eq!(good(&database, &CUSTOMERS, include_str!("data/kunden.csv")), counts(3, 0, 0));
    assert_eq!(good(&database, &CONTACT_PERSONS, include_str!("data/ansprechpartner.csv")), counts(2, 0, 0));
    database
}

#[test]
fn every_column_of_every_register_is_one_of_its_table() {
    let database = TestDatabase::new();
    for (_, register) in REGISTERS {
        let keys: Vec<_> = register.columns.iter().map(|column| column.key).collect();
        assert_eq!(good(&database, register, &keys.join(";")), counts(0, 0, 0));
        assert_eq!(good(&database, register, &register.key.join(";")), counts(0, 0, 0));
    }
}

#[test]
fn employees_with_supervisor_deputy_department_teams_and_site() {
    let database = with_people();
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', e.number, e.last_name, t.name, e.working_days, e.birthday, e.birthday_consent, \
         d.name, s.number, v.number, a.valid_from), '; ' ORDER BY e.number) FROM wvl.employees e \
         JOIN wvl.sites t ON t.id = e.site_id JOIN wvl.employee_assignments a ON a.employee_id = e.id \
         LEFT JOIN wvl.departments d ON d.id = a.department_id LEFT JOIN wvl.employees s ON s.id = a.supervisor_id \
         LEFT JOIN wvl.employees v ON v.id = a.deputy_id",
    );
    assert_eq!(
        said,
        "100 Groß Stuttgart f Geschäftsleitung 1900-01-01; \
         101 Weiß Stuttgart 1985-05-12 t Vertrieb 100 102 1900-01-01; \
         102 Müller Ulm 1111000 1988-02-29 f Vertrieb 101 1900-01-01"
    );
    let teams = database.text(
        "SELECT string_agg(t.name || ' ' || e.number, ', ' ORDER BY t.name, e.number) FROM wvl.team_members m \
         JOIN wvl.teams t ON t.id = m.team_id JOIN wvl.employees e ON e.id = m.employee_id",
    );
    assert_eq!(teams, "Angebote 101, Angebote 102, Messe 101");
}

#[test]
fn a_new_supervisor_holds_from_today_or_from_the_day_the_file_says() {
    let database = with_people();
    assert_eq!(good(&database, &EMPLOYEES, include_str!("data/mitarbeiter.csv")), counts(0, 0, 3));
    assert_eq!(good(&database, &EMPLOYEES, "number,supervisor\n102,100\n101,100\n"), counts(0, 1, 1));
    assert_eq!(good(&database, &EMPLOYEES, "number,deputy,valid_from\n101,,2026-12-01\n"), counts(0, 1, 0));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', e.number, a.valid_from, s.number, v.number, d.name), '; ' ORDER BY e.number, a.valid_from) \
         FROM wvl.employee_assignments a JOIN wvl.employees e ON e.id = a.employee_id \
         LEFT JOIN wvl.departments d ON d.id = a.department_id \
         LEFT JOIN wvl.employees s ON s.id = a.supervisor_id LEFT JOIN wvl.employees v ON v.id = a.deputy_id \
         WHERE e.number > 100",
    );
    assert_eq!(
        said,
        "101 1900-01-01 100 102 Vertrieb; 101 2026-12-01 100 Vertrieb; \
         102 1900-01-01 101 Vertrieb; 102 2026-11-17 100 Vertrieb"
    );
    assert_eq!(good(&database, &EMPLOYEES, "number,teams\n101,Messe\n"), counts(0, 1, 0));
    assert_eq!(database.number("SELECT count(*) FROM wvl.team_members"), 2);
}

#[test]
fn supervisors_in_a_circle_are_accepted_and_told() {
    let database = with_people();
    let outcome = run(&database, &EMPLOYEES, b"number,supervisor\n100,102\n", &options());
    assert_eq!(outcome.warnings, ["supervisors in a circle: 100 → 102 → 101 → 100"]);
    assert_eq!(outcome.counts, counts(0, 1, 0));
    assert_eq!(
        bad(&database, &EMPLOYEES, "number,deputy,supervisor\n101,101,999\n"),
        "f: line 2, column deputy: employee 101 cannot be the own deputy\n\
         f: line 2, column supervisor: employee 999 is not known and not in this file\n"
    );
}

#[test]
fn customers_as_the_office_writes_them() {
    let database = with_people();
    let said = database.text(
        "SELECT string_agg(concat_ws('|', p.number, kind, name, postcode, country, f.number, i.number, follow_up_at AT TIME ZONE 'Europe/Berlin'), ' ' ORDER BY p.number) \
         FROM wvl.partners p LEFT JOIN wvl.employees f ON f.id = p.field_rep_id LEFT JOIN wvl.employees i ON i.id = p.inside_rep_id",
    );
    assert_eq!(
        said,
        "10001|customer|Müller & Söhne GmbH|01067|DE|101|102 \
         10002|prospect|Bäckerei \"Korn\"; Inh. Groß|89073|DE|101|2026-11-23 00:00:00 \
         70001|supplier|Großhandel AG|DE"
    );
    let birthday = database.text("SELECT birthday FROM wvl.contact_persons WHERE number = '1'");
    assert_eq!(birthday, "1972-02-29");
}

#[test]
fn only_what_differs_is_changed_and_only_in_columns_of_the_file() {
    let database = with_people();
    assert_eq!(good(&database, &CUSTOMERS, include_str!("data/kunden.csv")), counts(0, 0, 3));
    assert_eq!(database.number("SELECT count(*) FROM wvl.partners WHERE changed_at IS NOT NULL"), 0);
    let file = "number;city;kind\n10001;Radebeul;\n10002;Ulm;\n";
    assert_eq!(good(&database, &CUSTOMERS, file), counts(0, 1, 1));
    let said = database.text("SELECT concat_ws(' ', city, postcode, kind) FROM wvl.partners WHERE number = '10001'");
    assert_eq!(said, "Radebeul 01067 customer");
    assert_eq!(good(&database, &CUSTOMERS, "number;phone\n10001;\n"), counts(0, 1, 0));
    assert_eq!(database.text("SELECT phone FROM wvl.partners WHERE number = '10001'"), "");
    assert_eq!(
        bad(&database, &CUSTOMERS, "number;city\n10001;Ulm\n4711;Ulm\n4712;Ulm\n"),
        "f: line 3: the customer is new, and for a new one the file needs a column Name (name)\n"
    );
}

#[test]
fn every_problem_is_named_and_nothing_is_written() {
    let database = with_people();
    let text = "Kd-Nr;Firma;Straße;E-Mail;ADM\n\
                20001;Schöne Töne;Gasse 1;info@toene.example;101\n\
                20002;Kühn KG;Weg 2;kuehn(at)example;101\n\
                20003;Käse GmbH;Straße 3;;555\n";
    let bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    for dry_run in [false, true] {
        let outcome = run(&database, &CUSTOMERS, &bytes, &Options { dry_run, ..options() });
        assert_eq!(
            outcome.problems.text(&["f".to_owned()], 100),
            "f: line 3, column E-Mail: \"kuehn(at)example\" cannot be written to: it has no @\n\
             f: line 4, column ADM: employee 555 is not known\n"
        );
    }
    assert_eq!(database.number("SELECT count(*) FROM wvl.partners"), 3);
}

#[test]
fn a_rehearsal_counts_and_writes_nothing() {
    let database = with_people();
    let options = Options { dry_run: true, ..options() };
    let outcome =
        run(&database, &CUSTOMERS, b"number;name\n1;Neu\n10001;Anders\n70001;Gro\xC3\x9Fhandel AG\n", &options);
    assert_eq!(outcome.counts, counts(1, 1, 1));
    assert_eq!(database.number("SELECT count(*) FROM wvl.partners WHERE name IN ('Neu', 'Anders')"), 0);
}

#[test]
fn encodings_delimiters_and_headings() {
    let text = "\u{feff}KDNR\tFirmenname\tUnsinn\r\n1\tÄrzte\tx\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let maps = vec![("Firmenname".to_owned(), "name".to_owned()), ("unsinn".to_owned(), String::new())];
    let mapped = Options { maps, ..options() };
    for bytes in [text.as_bytes(), &utf16] {
        let database = TestDatabase::new();
        let outcome = run(&database, &CUSTOMERS, bytes, &mapped);
        assert_eq!(outcome.problems.text(&[String::new()], 100), "");
        assert_eq!(database.text("SELECT name FROM wvl.partners"), "Ärzte");
    }
    let database = TestDatabase::new();
    assert_eq!(good(&database, &CUSTOMERS, "sep=|\nnumber|name\n1|a;b,c\n"), counts(1, 0, 0));
    assert_eq!(
        bad(&database, &CUSTOMERS, "Kd-Nr;Strase;Nmae;Farbe\n"),
        "f: line 1: unknown columns \"Strase\" (did you mean \"Straße\"?), \"Nmae\" (did you mean \"Name\"?), \"Farbe\"; --map \"HEADING=\" leaves one out\n"
    );
    assert_eq!(bad(&database, &CUSTOMERS, "Ort;Name\n"), "f: line 1: no column Kundennummer (number)\n");
    assert_eq!(bad(&database, &CUSTOMERS, ""), "f: the file is empty; its first row says what the columns are\n");
    let mixed = Source::new("file.csv", Cursor::new(b"number;name\n1;\xC3\xA4\n2;\xE4\n".to_vec()));
    let error = import(&mut database.connect(), &CUSTOMERS, mixed, &options(), &mut |_| {}).unwrap_err();
    assert_eq!(error.kind().exit_code(), 65);
}

#[test]
fn rows_that_are_broken() {
    let database = with_people();
    assert_eq!(
        bad(&database, &CUSTOMERS, "number;name;city\n1;a\n2;b;c;d\n;e;f\n1;g;h\n3;i;j;\n1;k;l\n"),
        "f: line 2: has 2 cells, the first row has 3\n\
         f: line 3: has 4 cells, the first row has 3\n\
         f: line 4, column number: is empty; without it nobody knows which record is meant\n\
         f: line 7, column number: the same customer stands in line 5 already\n"
    );
    assert_eq!(
        bad(&database, &CUSTOMERS, "number;name\n1;a\n2;\"b\n3;c\n"),
        "f: line 3: a quote is opened here and never closed\n"
    );
    assert_eq!(
        bad(&database, &CUSTOMERS, &format!("number;name\n1;{}\n", "x".repeat(2_000_000))),
        "f: line 2: a cell of more than 1 MB; is this a CSV file?\n"
    );
    assert_eq!(
        bad(&database, &CUSTOMERS, "number;name;follow_up\n1;a;infinity\n2;b;31.02.2026\n3;c\0;\n"),
        "f: line 2, column follow_up: \"infinity\" is no date; write 30.11.2026 or 2026-11-30, with a time as in 30.11.2026 14:30\n\
         f: line 3, column follow_up: \"31.02.2026\": there is no such day\n\
         f: line 4, column name: contains a NUL character\n"
    );
}

#[test]
fn documents_with_lines_and_heads_alone() {
    let database = with_people();
    assert_eq!(good(&database, &DOCUMENTS, include_str!("data/belege.csv")), counts(3, 0, 0));
    let heads = database.text(
        "SELECT string_agg(concat_ws(' ', d.kind, d.number, d.title, p.number, d.document_date, \
         d.follow_up_at AT TIME ZONE 'Europe/Berlin', delivery_due_at AT TIME ZONE 'Europe/Berlin', delivery_status, \
         payment_due_at AT TIME ZONE 'Europe/Berlin', net_amount, open_amount, x.tax_rate), '; ' ORDER BY d.number) \
         FROM wvl.documents d JOIN wvl.partners p ON p.id = d.partner_id JOIN wvl.document_details x ON x.document_id = d.id",
    );
    assert_eq!(
        heads,
        "offer A-1 Neuer Server 10001 2026-11-02 2026-11-20 00:00:00 none 19; \
         order AB-7 Notebooks 10001 2026-11-03 2026-11-24 00:00:00 partial 3627.00 19; \
         invoice RE-9 Lizenzen 10001 2026-11-04 none 2026-12-05 00:00:00 1200.00 1428.00 19"
    );
    let lines = database.text(
        "SELECT string_agg(concat_ws(' ', d.number, l.line, a.number, a.name, l.quantity, l.unit_price, \
         l.licence_expires_at AT TIME ZONE 'Europe/Berlin'), '; ' ORDER BY d.number, l.line) FROM wvl.document_lines l \
         JOIN wvl.documents d ON d.id = l.document_id JOIN wvl.products a ON a.id = l.product_id",
    );
    assert_eq!(
        lines,
        "AB-7 1 NB-14 Notebook 14\" 3 1299.00; AB-7 2 TASCHE Tasche 3 39.90; \
         RE-9 1 M365 Microsoft 365 10 120.00 2027-12-01 00:00:00"
    );
    assert_eq!(good(&database, &DOCUMENTS, include_str!("data/belege.csv")), counts(0, 0, 3));
    assert_eq!(database.number("SELECT count(*) FROM wvl.document_events"), 0);
}

#[test]
fn a_changed_line_changes_its_document() {
    let database = with_people();
    good(&database, &DOCUMENTS, include_str!("data/belege.csv"));
    let file = "kind;number;net_amount;line;quantity\norder;AB-7;3627;2;4\ninvoice;RE-9;1200;1;10\n";
    let outcome = run(&database, &DOCUMENTS, file.as_bytes(), &options());
    assert_eq!(outcome.counts, counts(0, 1, 1));
    assert_eq!(outcome.warnings, ["1 document(s) have lines that the file does not have; these lines were kept"]);
    let file = "Art;Nr;Status\nRechnung;RE-9;bezahlt\nAngebot;A-1;verloren\n";
    assert_eq!(good(&database, &DOCUMENTS, file), counts(0, 2, 0));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', status, open_amount, paid_at, closed_at), '; ' ORDER BY number) \
         FROM wvl.documents WHERE status <> 'open'",
    );
    assert_eq!(said, "lost 2026-11-17 08:00:00+00; paid 0 2026-11-17 08:00:00+00 2026-11-17 08:00:00+00");
    assert_eq!(database.number("SELECT count(*) FROM wvl.document_events WHERE event = 'status'"), 2);
}

#[test]
fn a_file_with_a_part_of_the_lines_or_columns_leaves_the_sums_right() {
    let database = with_people();
    good(&database, &DOCUMENTS, include_str!("data/belege.csv"));
    let sums = || {
        database.text(
            "SELECT string_agg(concat_ws(' ', number, net_amount, cost_amount, open_amount), '; ' ORDER BY number) \
             FROM wvl.documents WHERE number <> 'A-1'",
        )
    };
    assert_eq!(sums(), "AB-7 3627.00; RE-9 1200.00 1428.00");
    // prices alone, without Menge and Rabatt; then some of the lines; then nothing that costs anything
    assert_eq!(good(&database, &DOCUMENTS, "Art;Nr;Pos;Einzelpreis\nAuftrag;AB-7;2;39,90\n"), counts(0, 0, 1));
    assert_eq!(
        good(&database, &DOCUMENTS, "Art;Nr;Pos;Menge\nAuftrag;AB-7;2;4\nRechnung;RE-9;1;11\n"),
        counts(0, 2, 0)
    );
    assert_eq!(sums(), "AB-7 3666.90; RE-9 1320.00 1570.80");
    assert_eq!(good(&database, &DOCUMENTS, "Art;Nr;Pos;EK\nAuftrag;AB-7;1;1000\nAuftrag;AB-7;2;20\n"), counts(0, 1, 0));
    assert_eq!(sums(), "AB-7 3666.90 3080.00; RE-9 1320.00 1570.80");
    assert_eq!(good(&database, &DOCUMENTS, "Art;Nr;Netto;Pos;Menge\nAuftrag;AB-7;3500;1;3\n"), counts(0, 1, 0));
    let file = "Art;Nr;Pos;Text\nAuftrag;AB-7;3;Anfahrt\n";
    assert_eq!(good(&database, &DOCUMENTS, file), counts(0, 1, 0));
    assert_eq!(sums(), "AB-7 3500 3080.00; RE-9 1320.00 1570.80", "a line without a price is no sum");
    assert_eq!(good(&database, &DOCUMENTS, file), counts(0, 0, 1));
}

#[test]
fn what_was_done_by_hand_is_the_same_to_the_next_file() {
    let environment = TestEnvironment::new();
    let import = |noun: &str, text: &str| {
        let file = environment.write("file.csv", text);
        environment.ok(&[noun, "import", file.to_str().unwrap()])
    };
    let states = ["bezahlt", "erledigt", "storniert", "offen"];
    let rows = |states: [&str; 4]| {
        let rows = states.iter().enumerate().map(|(at, state)| format!("Rechnung;R{at};2.11.2026;100;{state}\n"));
        format!("Art;Nr;Datum;Netto;Status\n{}", rows.collect::<String>())
    };
    // what comes in finished was finished nobody knows when
    import("document", &rows(states));
    let instants = "SELECT count(paid_at) + count(closed_at) + count(voided_at) FROM documents";
    assert_eq!(environment.database.number(instants), 0);
    import("document", &rows(["offen"; 4]));
    environment.ok(&["document", "set", "R0", "--status", "bezahlt"]);
    environment.ok(&["document", "close", "R1"]);
    environment.ok(&["document", "set", "R2", "--status", "storniert"]);
    let stored = || environment.database.text("SELECT string_agg(d::text, ' ' ORDER BY id) FROM documents d");
    let before = stored();
    assert_eq!(import("document", &rows(states)), "new 0, changed 0, same 4, wrong 0\n");
    assert_eq!(stored(), before);
    environment.ok(&["document", "set", "R0", "--status", "erledigt"]);
    assert_eq!(
        import("document", &rows(["erledigt", states[1], states[2], states[3]])),
        "new 0, changed 0, same 4, wrong 0\n"
    );
    environment.ok(&["document", "set", "R0", "R1", "--status", "offen"]);
    assert_eq!(
        import("document", &rows(["offen", "offen", states[2], states[3]])),
        "new 0, changed 0, same 4, wrong 0\n"
    );
    // the same states reached by files alone
    let clear =
        "UPDATE documents SET status = 'open', paid_at = NULL, closed_at = NULL, voided_at = NULL, open_amount = 100";
    environment.database.execute(clear);
    import("document", &rows(states));
    let kinds = "SELECT string_agg(concat_ws(' ', status, open_amount, paid_at IS NULL, closed_at IS NULL, voided_at IS NULL), '; ' ORDER BY id) FROM documents";
    assert_eq!(environment.database.text(kinds), "paid 0 f f t; closed 0 t f t; void 0 t f f; open 100 t t t");

    import("task", "Nr;Titel;Status\n1;a;erledigt\n");
    import("ticket", "Nr;Titel;Status\n1;a;geschlossen\n");
    assert_eq!(import("ticket", "Nr;Titel;Status\n1;b;geschlossen\n"), "new 0, changed 1, same 0, wrong 0\n");
    assert_eq!(
        environment.database.number("SELECT (SELECT count(done_at) FROM tasks) + count(closed_at) FROM tickets"),
        0
    );
}

#[test]
fn every_heading_that_is_printed_is_one_of_its_file() {
    use wvl::agenda::{notice, task};
    use wvl::party::{contact_person, customer, employee};
    use wvl::sales::{document, purchase_order};
    // names beside numbers, what only wvl itself knows, and what follows from other columns
    let not_imported = [
        "customer_name",
        "supplier_name",
        "supervisor",
        "deputy",
        "created_at",
        "pg_role",
        "undelivered_quantity",
        "uninvoiced_quantity",
        "credited_quantity",
        "made_from",
        "open_quantity",
    ];
    for (printed, file) in [
        (customer::register(), &CUSTOMERS),
        (contact_person::register(), &CONTACT_PERSONS),
        (employee::register(), &EMPLOYEES),
        (document::register(), &DOCUMENTS),
        (document::lines(), &DOCUMENTS),
        (purchase_order::register(), &PURCHASE_ORDERS),
        (purchase_order::lines(), &PURCHASE_ORDERS),
        (wvl::contract::register(), &CONTRACTS),
        (wvl::ticket::register(), &TICKETS),
        (task::register(), &TASKS),
        (notice::register(), &NOTICES),
        (wvl::sales::product::register(), &PRODUCTS),
    ] {
        for field in printed.fields.iter().filter(|field| !not_imported.contains(&field.key)) {
            let key = |heading: &str| file.column_of_heading(heading).map(|column| column.key);
            let is_refused = file.instead_of(field.heading).is_some() && file.instead_of(field.key).is_some();
            let is_read = key(field.heading).is_some() && key(field.heading) == key(field.key);
            assert!(is_read || is_refused, "{}: {} is printed as {}", file.noun, field.key, field.heading);
        }
    }
    let said = bad(&TestDatabase::new(), &DOCUMENTS, "Art;Nr;Lieferdatum\n");
    assert!(said.contains("write Liefertermin (delivery_due) or Geliefert am (delivered)"), "{said}");
}

#[test]
fn heads_that_contradict_each_other() {
    let database = with_people();
    let file = "kind;number;date;title;status;line;quantity\n\
                offer;1;1.11.2026;a;offen;1;1\n\
                offer;1;;b;;2;1\n\
                offer;1;2.11.2026;a;;2;1\n\
                order;2;3.11.2026;c;bezahlt;;5\n";
    assert_eq!(
        bad(&database, &DOCUMENTS, file),
        "f: line 3, column title: says something else than line 2 for the same document\n\
         f: line 4, column date: says something else than line 2 for the same document\n\
         f: line 4, column number: the same document and line stands in line 3 already\n\
         f: line 5, column line: is empty, but cells of a line are filled; Position says which line\n\
         f: line 5, column status: a document of kind order cannot be paid\n"
    );
    let file = "kind;number;date;net_amount\noffer;1;1.11.2026;1.234,56\noffer;2;1.11.2026;1,234.56\n";
    assert_eq!(
        bad(&database, &DOCUMENTS, file),
        "f: line 3, column net_amount: \"1,234.56\" has another decimal mark than 1.234,56 before it\n"
    );
}

#[test]
fn purchase_orders() {
    let database = with_people();
    let file = include_str!("data/bestellungen.csv");
    assert_eq!(good(&database, &PURCHASE_ORDERS, file), counts(2, 0, 0));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', number, expected_at AT TIME ZONE 'Europe/Berlin', receipt_status, net_amount), '; ' ORDER BY number) \
         FROM wvl.purchase_orders",
    );
    assert_eq!(said, "B-1 2026-11-21 00:00:00 partial 3058.50; B-2 none");
    assert_eq!(database.number("SELECT count(*) FROM wvl.purchase_order_lines"), 2);
    assert_eq!(good(&database, &PURCHASE_ORDERS, file), counts(0, 0, 2));
}

#[test]
fn contracts_and_tickets() {
    let database = with_people();
    assert_eq!(good(&database, &CONTRACTS, include_str!("data/vertraege.csv")), counts(2, 0, 0));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', number, name, status, ends_at AT TIME ZONE 'Europe/Berlin', \
         notice_by AT TIME ZONE 'Europe/Berlin', next_billing_at AT TIME ZONE 'Europe/Berlin', amount), '; ' ORDER BY number) \
         FROM wvl.contracts",
    );
    assert_eq!(
        said,
        "V-1 Wartung Server active 2027-01-01 00:00:00 2026-10-01 00:00:00 2026-12-01 00:00:00 1250.00; \
         V-2 TÜV Sprinter active 2027-04-01 00:00:00"
    );
    assert_eq!(good(&database, &CONTRACTS, include_str!("data/vertraege.csv")), counts(0, 0, 2));

    assert_eq!(good(&database, &TICKETS, include_str!("data/tickets.csv")), counts(2, 0, 0));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', t.number, t.status, t.severity, due_at AT TIME ZONE 'Europe/Berlin', \
         due_version, h.number, m.name), '; ' ORDER BY t.number) FROM wvl.tickets t \
         LEFT JOIN wvl.employees h ON h.id = t.handler_id LEFT JOIN wvl.teams m ON m.id = t.team_id",
    );
    assert_eq!(
        said,
        "2026-0001 in_progress high 2026-11-18 12:00:00 1 102; 2026-0002 unread low 2026-11-28 00:00:00 1 Angebote"
    );
    assert_eq!(good(&database, &TICKETS, include_str!("data/tickets.csv")), counts(0, 0, 2));
    let file = "Ticket;Status;Fällig\n2026-0001;wartet;20.11.2026\n2026-0002;geschlossen;27.11.2026\n";
    assert_eq!(good(&database, &TICKETS, file), counts(0, 2, 0));
    let events = database.text(
        "SELECT string_agg(concat_ws(' ', t.number, e.kind, e.new_value, e.at AT TIME ZONE 'UTC'), '; ' ORDER BY e.id) \
         FROM wvl.ticket_events e JOIN wvl.tickets t ON t.id = e.ticket_id WHERE e.kind = 'status'",
    );
    assert_eq!(
        events,
        "2026-0001 status in_progress 2026-11-17 08:00:00; 2026-0001 status waiting 2026-11-17 08:00:00; \
         2026-0002 status closed 2026-11-17 08:00:00"
    );
    assert_eq!(database.number("SELECT due_version FROM wvl.tickets WHERE number = '2026-0001'"), 2);
    assert_eq!(database.number("SELECT count(*) FROM wvl.tickets WHERE closed_at IS NOT NULL"), 1);
}

#[test]
fn tasks_and_notices() {
    let database = with_people();
    assert_eq!(good(&database, &TASKS, include_str!("data/aufgaben.csv")), counts(2, 0, 0));
    assert_eq!(good(&database, &TASKS, include_str!("data/aufgaben.csv")), counts(0, 0, 2));
    let said = database.text(
        "SELECT string_agg(concat_ws(' ', number, priority, due_at AT TIME ZONE 'Europe/Berlin'), '; ' ORDER BY number) FROM wvl.tasks",
    );
    assert_eq!(said, "A-1 high 2026-11-21 00:00:00; A-2 normal 2026-11-24 14:30:00");
    assert_eq!(good(&database, &TASKS, "Nr;Status\nA-1;erledigt\n"), counts(0, 1, 0));
    assert_eq!(database.text("SELECT done_at FROM wvl.tasks WHERE number = 'A-1'"), "2026-11-17 08:00:00+00");

    assert_eq!(good(&database, &NOTICES, include_str!("data/benachrichtigungen.csv")), counts(2, 0, 0));
    assert_eq!(good(&database, &NOTICES, include_str!("data/benachrichtigungen.csv")), counts(0, 0, 2));
    assert_eq!(
        bad(&database, &NOTICES, "Nr;Art;Titel;Kunde\nB-3;Kunde;x;\nB-4;System;y;10001\nB-5;;z;\n"),
        "f: line 2, column Kunde: is empty, but the notice is on a customer\n\
         f: line 2, column notify: is empty, but a notice on a customer has a day\n\
         f: line 3, column Kunde: a notice of a system has no customer\n\
         f: line 4, column Art: is empty, but the notice is new\n"
    );
}

#[test]
fn on_the_command_line() {
    let environment = TestEnvironment::new();
    let people = environment.write("mitarbeiter.csv", include_str!("data/mitarbeiter.csv"));
    let people = people.to_str().unwrap();
    assert_eq!(environment.ok(&["employee", "import", people]), "new 3, changed 0, same 0, wrong 0\n");
    assert_eq!(
        environment.ok(&["employee", "import", people, "-n", "--json"]),
        "{\"changed\":0,\"new\":0,\"same\":3,\"wrong\":0}\n"
    );
    assert_eq!(environment.wvl(&["employee", "import", people, "-n"]).stderr, "dry run: nothing was written\n");

    // a file of Windows with two wrong rows
    let text = "Kd-Nr;Firma;E-Mail\n1;Müller;mueller.example\n2;Größe AG;\n3;Käse;a@b@c\n";
    let bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let customers = environment.write("kunden.csv", bytes);
    let wrong = environment.wvl(&["customer", "import", customers.to_str().unwrap()]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (65, ""));
    assert_eq!(
        wrong.stderr,
        "error: kunden.csv: 2 problems, nothing was imported\n\
         kunden.csv: line 2, column E-Mail: \"mueller.example\" cannot be written to: it has no @\n\
         kunden.csv: line 4, column E-Mail: \"a@b@c\" cannot be written to: it is not one name, one @ and one domain\n"
    );
    assert_eq!(environment.database.number("SELECT count(*) FROM wvl.partners"), 0);

    let mapped = environment.write("erp.csv", "Debitor,Wer,Farbe\n7,Sieben,rot\n");
    let maps = ["--map", "Debitor=number", "--map", "Wer=name", "--map", "Farbe="];
    let arguments = [&["customers", "import", mapped.to_str().unwrap()][..], &maps[..]].concat();
    assert_eq!(environment.ok(&arguments), "new 1, changed 0, same 0, wrong 0\n");

    for path in ["/dev/zero", "/tmp", "/no/such.csv"] {
        assert_eq!(environment.wvl(&["ticket", "import", path]).code, 65, "{path}");
    }
    assert_eq!(environment.wvl(&["ticket", "import", mapped.to_str().unwrap(), "--map", "x"]).code, 2);
}

#[test]
fn standard_input_and_help() {
    let environment = TestEnvironment::new();
    let mut command = environment.command(&["task", "import", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"number,title,due\n1,a,2026-11-20\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "new 1, changed 0, same 0, wrong 0\n");

    environment.write("tasks.csv", "number,title,due\n1,a,2026-11-20\n2,b,\n");
    let counted = environment.ok(&["task", "import", "tasks.csv", "--complete", "-O", "csv"]);
    assert_eq!(counted, "new,changed,same,wrong,closed\n1,0,1,0,0\n");

    let help = environment.ok(&["customer", "import", "--help"]);
    for word in ["* number", "Kundennummer", "+ name", "Interessent", "--map"] {
        assert!(help.contains(word), "{word} in\n{help}");
    }
}

#[test]
fn an_error_in_the_last_of_many_rows_leaves_nothing_behind() {
    let database = with_people();
    let mut file = String::from("number;name;field_rep\n");
    (0..30_000).for_each(|number| file.push_str(&format!("K{number};Kunde {number};101\n")));
    file.push_str("K30000;Kunde;4711\n");
    assert_eq!(bad(&database, &CUSTOMERS, &file), "f: line 30002, column field_rep: employee 4711 is not known\n");
    assert_eq!(database.number("SELECT count(*) FROM wvl.partners"), 3);
}

#[test]
fn two_imports_of_one_file_at_once_write_it_once() {
    let database = with_people();
    let mut file = String::from("number;name\n");
    (0..2_000).for_each(|number| file.push_str(&format!("K{number};Kunde {number}\n")));
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| good(&database, &CUSTOMERS, &file));
        (good(&database, &CUSTOMERS, &file), other.join().unwrap())
    });
    assert_eq!((first.new + second.new, first.same + second.same), (2_000, 2_000));
}

#[test]
fn a_reopened_ticket_keeps_the_due_date_of_its_reopening() {
    let database = with_people();
    let file = |status: &str, due: &str| format!("number;title;status;due\n1;Drucker;{status};{due}\n");
    good(&database, &TICKETS, &file("geschlossen", "10.11.2026"));
    // the ERP opens it again and leaves the old date where it was, every night
    assert_eq!(good(&database, &TICKETS, &file("offen", "10.11.2026")), counts(0, 1, 0));
    assert_eq!(good(&database, &TICKETS, &file("offen", "10.11.2026")), counts(0, 0, 1));
    let said = "SELECT concat_ws(' ', due_at, due_version) FROM wvl.tickets";
    assert_eq!(database.text(said), "2026-11-17 08:00:00+00 2");
    assert_eq!(good(&database, &TICKETS, &file("offen", "30.11.2026")), counts(0, 1, 0));
    assert_eq!(database.text(said), "2026-11-30 23:00:00+00 3");
}
