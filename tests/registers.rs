//! The registers' daily verbs, run as the office runs them: the real binary on a database of its own.

mod calendar_files;
mod documents;
mod leaving;
mod nouns;
mod ranges;
mod shows;
mod targets;

use crate::env::{TestEnvironment, bare_command, run};

/// A Monday morning.
const NOW: &str = "2026-11-23T08:00:00+01:00";

/// A company with three employees, a customer, and one of everything that can be late.
fn office() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO departments (name) VALUES ('Technik');
         INSERT INTO teams (name) VALUES ('Technik'), ('Einkauf');
         INSERT INTO employees (number, first_name, last_name, email) VALUES
             (3, 'Karin', 'Vogt', 'vogt@firma.example'), (7, 'Bernd', 'Stell', NULL), (14, 'Anna', 'Schmidt', NULL);
         INSERT INTO employee_assignments (employee_id, supervisor_id, deputy_id)
             SELECT a.id, b.id, c.id FROM employees a, employees b, employees c
             WHERE (a.number, b.number, c.number) = (14, 3, 7);
         INSERT INTO team_members (team_id, employee_id)
             SELECT t.id, e.id FROM teams t, employees e WHERE t.name = 'Technik' AND e.number IN (7, 14);
         INSERT INTO partners (number, name, city, field_rep_id)
             SELECT '10001', 'Müller Bau GmbH', 'Esslingen', id FROM employees WHERE number = 14;
         INSERT INTO documents (kind, number, title, partner_id, document_date, net_amount, follow_up_at, delivery_due_at)
             SELECT late.kind, late.number, title, partners.id, '2026-11-02', 1234.50, later::timestamptz, due::timestamptz
             FROM partners, (VALUES
                 ('offer', '4711', 'Firewall', '2026-11-20 00:00+01', NULL),
                 ('order', '4711', 'Firewall', NULL, '2026-11-21 00:00+01'),
                 ('invoice', 'R-1', 'Lizenzen', NULL, NULL)) AS late (kind, number, title, later, due)
             ORDER BY array_position(ARRAY['invoice', 'offer', 'order'], late.kind);
         INSERT INTO document_lines (document_id, line, description, unit_price, licence_expires_at)
             SELECT id, 1, 'Virenschutz', 99.90, '2026-12-01 00:00+01' FROM documents WHERE number = 'R-1';
         INSERT INTO contracts (number, name, ends_at) VALUES ('W-100', 'Wartung', '2027-01-01 00:00+01');
         INSERT INTO purchase_orders (number, title, order_date, expected_at)
             VALUES ('E-1', 'Switches', '2026-11-03', '2026-11-21 00:00+01');
         INSERT INTO products (number, name, price) VALUES ('SW-24', 'Switch 24 Port', 349);",
    );
    environment
}

/// Runs at [`NOW`] and expects success.
fn ok(office: &TestEnvironment, arguments: &[&str]) -> String {
    office.ok(&[arguments, &["--as-of", NOW]].concat())
}

/// Runs at [`NOW`] and expects this exit code; returns standard error.
fn fails(office: &TestEnvironment, code: i32, arguments: &[&str]) -> String {
    let run = office.wvl(&[arguments, &["--as-of", NOW]].concat());
    assert_eq!(run.code, code, "wvl {}\n{}{}", arguments.join(" "), run.stdout, run.stderr);
    assert_eq!(run.stdout, "", "an error writes nothing to standard output");
    run.stderr
}

#[test]
fn a_task_from_new_to_done() {
    let office = office();
    let new = ["task", "new", "Angebot nachfassen", "--customer", "10001", "--handler", "14", "--due", "fr"];
    assert_eq!(ok(&office, &new), "A-2026-0001\n");
    assert_eq!(ok(&office, &["tasks", "new", "Backup prüfen", "--team", "technik"]), "A-2026-0002\n");
    assert_eq!(
        ok(&office, &["task", "list"]),
        "A-2026-0001\topen\tnormal\t2026-11-27\tAngebot nachfassen\t10001\tMüller Bau GmbH\tAnna Schmidt\t\n\
         A-2026-0002\topen\tnormal\t\tBackup prüfen\t\t\t\tTechnik\n"
    );
    // Friday is promised until its end
    assert_eq!(
        office.database.text("SELECT due_at AT TIME ZONE 'UTC' FROM tasks WHERE number = 'A-2026-0001'"),
        "2026-11-27 23:00:00"
    );

    let set = ok(&office, &["task", "set", "A-2026-0001", "--due", "30.11.", "--priority", "hoch", "-O", "table"]);
    assert_eq!(
        set,
        "Aufgabe A-2026-0001: Priorität normal → hoch; Fällig Fr 27.11.2026 → Mo 30.11.2026\n  \
         → wvl task show A-2026-0001\n"
    );
    assert_eq!(ok(&office, &["task", "done", "A-2026-0002"]), "A-2026-0002\n");
    assert_eq!(ok(&office, &["task", "list", "--open", "--columns", "number,due"]), "A-2026-0001\t2026-11-30\n");
    assert_eq!(ok(&office, &["task", "list", "--employee", "14", "--overdue"]), "");
    fails(&office, 4, &["task", "list", "--employee", "14", "--overdue", "--fail-empty"]);
}

#[test]
fn json_has_english_keys_and_stored_words() {
    let office = office();
    ok(&office, &["task", "new", "Anruf", "--due", "2026-11-24T15:00", "--handler", "7"]);
    let shown: serde_json::Value =
        serde_json::from_str(&ok(&office, &["task", "show", "A-2026-0001", "--json"])).unwrap();
    assert_eq!(shown["due_at"], "2026-11-24T15:00:00+01:00");
    assert_eq!((&shown["status"], &shown["handler"]), (&"open".into(), &"Bernd Stell".into()));
    let list: serde_json::Value = serde_json::from_str(&ok(&office, &["task", "list", "--json"])).unwrap();
    let keys: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["customer", "customer_name", "due_at", "handler", "number", "priority", "status", "team", "title"]
    );
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let office = office();
    let run = office.wvl(&["ticket", "new", "Drucker", "--due", "morgen", "-n", "--as-of", NOW]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("Fällig Di 24.11.2026"), "{}", run.stderr);
    let run = office.wvl(&["contract", "set", "W-100", "--ends", "keine", "-n", "--as-of", NOW]);
    assert!(run.stderr.contains("Ende Do 31.12.2026 → –"), "{}", run.stderr);
    assert_eq!(office.database.number("SELECT count(*) FROM tickets"), 0);
    assert_eq!(office.database.number("SELECT count(ends_at) FROM contracts"), 1);
    // nor has it used up a number
    assert_eq!(ok(&office, &["ticket", "new", "Drucker"]), "2026-0001\n");
}

#[test]
fn a_ticket_leaves_its_history() {
    let office = office();
    let new =
        ["ticket", "new", "Drucker", "--customer", "10001", "--severity", "hoch", "--handler", "14", "--due", "heute"];
    assert_eq!(ok(&office, &new), "2026-0001\n");
    ok(&office, &["ticket", "set", "2026-0001", "--status", "wartet"]);
    ok(&office, &["ticket", "set", "2026-0001", "--due", "+2d", "--contract", "W-100"]);
    ok(&office, &["ticket", "close", "2026-0001"]);
    assert_eq!(ok(&office, &["ticket", "list", "--open"]), "");
    ok(&office, &["ticket", "set", "2026-0001", "--status", "in Bearbeitung"]);

    let shown: serde_json::Value =
        serde_json::from_str(&ok(&office, &["ticket", "show", "2026-0001", "--json"])).unwrap();
    // reopened without a new date it is due at once
    assert_eq!(shown["due_at"], "2026-11-23T08:00:00+01:00");
    let events: Vec<String> = shown["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{}: {} → {}", event["kind"], event["old_value"], event["new_value"]))
        .collect();
    assert!(events.contains(&r#""due": "2026-11-23" → "2026-11-25""#.to_owned()), "{events:#?}");
    assert!(events.contains(&r#""contract": null → "W-100""#.to_owned()), "{events:#?}");
    assert!(events.contains(&r#""status": "waiting" → "closed""#.to_owned()), "{events:#?}");
    assert_eq!(office.database.number("SELECT due_version FROM tickets"), 3);
    assert_eq!(
        ok(&office, &["ticket", "list", "--severity", "hoch", "--open", "--employee", "14"]),
        "2026-0001\thigh\tin_progress\t2026-11-23T08:00:00+01:00\tDrucker\t10001\tMüller Bau GmbH\tAnna Schmidt\t\t\
         2026-11-23T08:00:00+01:00\n"
    );
}

#[test]
fn a_document_number_of_several_kinds_needs_its_kind() {
    let office = office();
    let said = fails(&office, 2, &["document", "set", "4711", "--status", "closed"]);
    assert!(said.contains("4711 exists as") && said.contains("--kind offer"), "{said}");
    ok(&office, &["document", "set", "4711", "--kind", "Angebot", "--status", "gewonnen"]);
    let said = fails(&office, 2, &["document", "set", "4711", "--kind", "order", "--status", "gewonnen"]);
    assert!(said.contains("open, closed, void"), "{said}");
    assert_eq!(
        ok(&office, &["document", "list", "--open", "--overdue"]),
        "order\t4711\t2026-11-02\topen\t10001\tMüller Bau GmbH\tFirewall\t1234.50\tEUR\t\n"
    );
    ok(&office, &["document", "set", "4711", "--kind", "order", "--delivery-due", "fr"]);
    assert_eq!(ok(&office, &["document", "list", "--overdue"]), "");
    ok(&office, &["document", "close", "4711", "--kind", "order"]);
    assert_eq!(ok(&office, &["document", "list", "--open", "--columns", "number"]), "R-1\n");
}

#[test]
fn a_renewed_licence_does_not_escalate() {
    let office = office();
    let due = "SELECT count(*) FROM escalation_invoice_licence_expiry";
    assert_eq!(office.database.number(due), 1);
    let said = fails(&office, 4, &["document", "set", "R-1", "--line", "9", "--renewed"]);
    assert!(said.contains("lines of this document: 1"), "{said}");
    assert_eq!(ok(&office, &["document", "set", "R-1", "--line", "1", "--renewed"]), "R-1\n");
    assert_eq!(office.database.number(due), 0);

    let shown = ok(&office, &["document", "show", "R-1", "-O", "table"]);
    assert!(shown.starts_with("Art                  Rechnung\nNummer               R-1\n"), "{shown}");
    assert!(shown.contains("Positionen") && shown.contains("30.11.2026"), "{shown}");
    let shown: serde_json::Value = serde_json::from_str(&ok(&office, &["document", "show", "R-1", "--json"])).unwrap();
    assert_eq!(shown["net_amount"], "1234.50");
    assert_eq!(shown["lines"][0]["licence_expires_at"], "2026-11-30");
    let paid = ok(&office, &["document", "set", "R-1", "--status", "bezahlt", "-O", "table"]);
    assert!(paid.starts_with("Rechnung R-1: Status offen → bezahlt"), "{paid}");
}

#[test]
fn what_is_late_can_be_moved_or_finished_by_its_number() {
    let office = office();
    ok(&office, &["purchase-order", "set", "E-1", "--expected", "+1w"]);
    assert_eq!(ok(&office, &["purchase-orders", "list", "--columns", "number,expected"]), "E-1\t2026-11-30\n");
    ok(&office, &["purchase-order", "set", "E-1", "--receipt", "vollständig"]);
    ok(&office, &["purchase-order", "close", "E-1"]);
    assert_eq!(ok(&office, &["purchase-order", "list", "--open"]), "");

    ok(&office, &["contract", "set", "W-100", "--notice-by", "30.9.2027", "--next-billing", "1.1."]);
    assert_eq!(
        ok(&office, &["contract", "list"]),
        "W-100\tWartung\tactive\t\t\t2027-09-30\t2026-12-31\t2027-01-01T00:00:00+01:00\t\tEUR\t\n"
    );
    ok(&office, &["contract", "set", "W-100", "--status", "gekündigt"]);
    assert_eq!(ok(&office, &["contract", "list", "--open"]), "");

    ok(&office, &["customer", "set", "10001", "--kind", "Interessent", "--follow-up", "gestern", "--note", "Firewall"]);
    assert_eq!(ok(&office, &["customer", "list", "--overdue", "--columns", "number,kind"]), "10001\tprospect\n");
    ok(&office, &["customer", "set", "10001", "--follow-up", "keine"]);
    assert_eq!(ok(&office, &["customer", "list", "--overdue"]), "");

    let new = ["notice", "new", "Zertifikat läuft ab", "--customer", "10001", "--on", "morgen", "--handler", "14"];
    assert_eq!(ok(&office, &new), "B-2026-0001\n");
    assert_eq!(ok(&office, &["notice", "new", "Preisliste liegt bereit"]), "B-2026-0002\n");
    ok(&office, &["notice", "set", "B-2026-0001", "--on", "+1w"]);
    ok(&office, &["notice", "done", "B-2026-0002"]);
    assert_eq!(
        ok(&office, &["notice", "list", "--open"]),
        "B-2026-0001\tcustomer\t2026-11-30T00:00:00+01:00\tZertifikat läuft ab\t10001\tMüller Bau GmbH\tAnna Schmidt\t\t\n"
    );
}

#[test]
fn supervisor_deputy_and_department_hold_from_a_day_on() {
    let office = office();
    assert_eq!(ok(&office, &["employee", "new", "21", "Jan", "Krug", "--supervisor", "14"]), "21\n");
    ok(&office, &["employee", "set", "14", "--supervisor", "7", "--from", "1.1.", "--department", "technik"]);
    let columns = ["employee", "list", "--search", "schmidt", "--columns", "number,supervisor,deputy,department"];
    assert_eq!(ok(&office, &columns), "14\tKarin Vogt\tBernd Stell\t\n");
    let later = office.ok(&[&columns[..], &["--as-of", "2027-01-01"]].concat());
    assert_eq!(later, "14\tBernd Stell\tBernd Stell\tTechnik\n");

    let said = fails(&office, 2, &["employee", "set", "3", "--supervisor", "21"]);
    assert!(said.contains("3 → 21 → 14 → 3"), "{said}");
    let said = fails(&office, 65, &["employee", "new", "21", "Noch", "Einer"]);
    assert!(said.contains("exists already"), "{said}");
    ok(&office, &["employee", "set", "7", "--active", "nein", "--working-days", "mo-do"]);
    assert_eq!(ok(&office, &["employee", "list", "--open", "--columns", "number"]), "3\n14\n21\n");

    assert_eq!(ok(&office, &["absence", "new", "14", "--from", "21.12.", "--to", "3.1.", "--kind", "krank"]), "1\n");
    ok(&office, &["absence", "set", "1", "--to", "2027-01-05"]);
    assert_eq!(
        ok(&office, &["absence", "list", "--open"]),
        "1\t14\tAnna Schmidt\t2026-12-21\t2027-01-05\tBernd Stell\n"
    );
    fails(&office, 2, &["absence", "set", "1", "--to", "2026-12-01"]);
}

#[test]
fn a_year_of_absence_by_a_slip_is_asked_back() {
    let office = office();
    fails(&office, 2, &["absence", "new", "14", "--from", "24.12.", "--to", "23.12."]);
    // over the turn of the year is what people mean
    ok(&office, &["absence", "new", "14", "--from", "21.12.", "--to", "3.1."]);
}

#[test]
fn the_other_registers_are_listed_too() {
    let office = office();
    assert_eq!(ok(&office, &["team", "list"]), "Einkauf\t\t\nTechnik\t\tAnna Schmidt; Bernd Stell\n");
    assert_eq!(ok(&office, &["department", "list"]), "Technik\t\t0\n");
    assert_eq!(ok(&office, &["product", "list"]), "SW-24\tSwitch 24 Port\t\tStk\t349.00\ttrue\n");
    assert_eq!(ok(&office, &["contact-person", "list"]), "");
    assert_eq!(
        ok(&office, &["customers", "list", "--search", "müller bau", "--team", "Technik"]),
        "10001\tcustomer\tMüller Bau GmbH\t\tEsslingen\t\tAnna Schmidt\t\t\n"
    );
    // wildcards are plain characters
    assert_eq!(ok(&office, &["customer", "list", "--search", "%"]), "");
}

#[test]
fn lists_are_sorted_and_cut_in_the_database() {
    let office = office();
    let columns = ["document", "list", "--columns", "kind"];
    assert_eq!(ok(&office, &[&columns[..], &["--sort", "-kind", "--limit", "2"]].concat()), "order\noffer\n");
    assert_eq!(ok(&office, &[&columns[..], &["--limit", "1"]].concat()), "order\n");
    assert_eq!(
        ok(&office, &[&columns[..], &["--from", "1.11.", "--to", "2.11.", "--kind", "offer"]].concat()),
        "offer\n"
    );
    assert_eq!(ok(&office, &[&columns[..], &["--from", "3.11."]].concat()), "");
    let said = fails(&office, 2, &["document", "list", "--sort", "id; DROP TABLE documents"]);
    assert!(said.contains("columns: kind, number"), "{said}");
    fails(&office, 2, &["document", "list", "--columns", "nonsense"]);
    fails(&office, 2, &["document", "list", "--search", &"x".repeat(201)]);
}

#[test]
fn mine_is_what_belongs_to_my_database_role() {
    let office = office();
    ok(&office, &["task", "new", "Anruf", "--handler", "14"]);
    let said = fails(&office, 4, &["task", "list", "--mine"]);
    assert!(said.contains("wvl employee set NUMBER --pg-role wvl"), "{said}");
    ok(&office, &["employee", "set", "14", "--pg-role", "wvl"]);
    assert_eq!(ok(&office, &["task", "list", "--mine", "--columns", "number"]), "A-2026-0001\n");
}

#[test]
fn wrong_numbers_and_words_say_what_to_do() {
    let office = office();
    for noun in ["customer", "contact-person", "employee", "document", "purchase-order", "contract", "ticket", "task"] {
        let said = fails(&office, 4, &[noun, "show", "999"]);
        assert!(said.contains("999 not found"), "{said}");
    }
    fails(&office, 4, &["task", "new", "x", "--handler", "99"]);
    let said = fails(&office, 4, &["task", "new", "x", "--team", "Garten"]);
    assert!(said.contains("teams: Einkauf, Technik"), "{said}");
    fails(&office, 2, &["task", "new", "x", "--handler", "anna"]);
    let said = fails(&office, 2, &["ticket", "new", "x", "--severity", "dringend"]);
    assert!(said.contains("--severity") && said.contains("immediate (sofort)"), "{said}");
    let said = fails(&office, 2, &["task", "new", "x", "--due", "irgendwann"]);
    assert!(said.contains("--due") && said.contains("+3d"), "{said}");
    fails(&office, 2, &["contract", "set", "W-100"]);
    assert_eq!(office.database.number("SELECT count(*) FROM tasks"), 0);
}

#[test]
fn numbers_pass_over_those_that_came_with_a_file_and_start_anew_each_year() {
    let office = office();
    office.database.execute("INSERT INTO tickets (number, title) VALUES ('2026-0001', 'alt'), ('2026-0002', 'alt')");
    assert_eq!(ok(&office, &["ticket", "new", "Erstes"]), "2026-0003\n");
    assert_eq!(office.ok(&["ticket", "new", "Nach Neujahr", "--as-of", "2026-12-31T23:30:00Z"]), "2027-0001\n");
    // a day of a past year takes nothing back
    assert_eq!(ok(&office, &["ticket", "new", "Nachgetragen"]), "2026-0004\n");
    assert_eq!(ok(&office, &["ticket", "new", "Nachgetragen"]), "2026-0005\n");
    assert_eq!(office.ok(&["ticket", "new", "Zweites", "--as-of", "2027-01-02"]), "2027-0002\n");
    office.database.execute(
        "INSERT INTO tickets (number, title) SELECT '2027-' || lpad(n::text, 4, '0'), 'ERP' FROM generate_series(3, 900) n;
         INSERT INTO tickets (number, title) VALUES ('2027-9999', 'weit vorn'), ('2027-x', 'keine Zahl')",
    );
    assert_eq!(office.ok(&["ticket", "new", "Danach", "--as-of", "2027-01-02"]), "2027-0901\n");
}

#[test]
fn an_edit_that_changes_nothing_is_no_error() {
    let office = office();
    ok(&office, &["task", "new", "Anruf", "--handler", "keine", "--description", " keine "]);
    for edit in [
        &["task", "set", "A-2026-0001", "--status", "open"][..],
        &["document", "set", "R-1", "--status", "open"],
        &["purchase-order", "set", "E-1", "--status", "offen"],
        &["document", "set", "R-1", "--line", "1", "--renewed", "keine"],
    ] {
        ok(&office, edit);
    }
    let said = fails(&office, 2, &["document", "set", "R-1", "--line", "1", "--follow-up", "+1w"]);
    assert!(said.contains("--renewed or --licence-expires"), "{said}");
    assert_eq!(office.database.number("SELECT count(description) FROM tasks"), 0);
}

#[test]
fn a_text_is_one_line_and_an_address_can_be_written_to() {
    let office = office();
    for wrong in [
        &["ticket", "new", "a\nBcc: x"][..],
        &["task", "new", "  "],
        &["customer", "set", "10001", "--phone", "0711\u{1b}[2J"],
        &["customer", "set", "10001", "--email", "info@müller.example"],
        &["employee", "new", "30", "Eva", "Lang", "--email", "eva"],
        &["document", "set", "R-1", "--open-amount", "1.234"],
    ] {
        fails(&office, 2, wrong);
    }
    let said = fails(&office, 2, &["document", "set", "R-1", "--open-amount", "1.234"]);
    assert!(said.contains("write 1234 or 1.2340"), "{said}");
    ok(&office, &["customer", "new", " 10002 ", " Neu AG ", "--note", "keine", "--email", " info@neu.example "]);
    let stored = "SELECT concat_ws('|', number, name, email, follow_up_note) FROM partners WHERE number = '10002'";
    assert_eq!(office.database.text(stored), "10002|Neu AG|info@neu.example");
    ok(&office, &["customer", "set", "10002", "--email", ""]);
    assert_eq!(office.database.number("SELECT count(email) FROM partners"), 0);
    let said = fails(&office, 65, &["customer", "new", "10002", "Noch eine"]);
    assert!(said.contains("exists already"), "{said}");
}

#[test]
fn what_happened_lies_in_the_past_and_columns_are_picked_everywhere() {
    let office = office();
    ok(&office, &["document", "set", "4711", "--kind", "order", "--picked", "-1d"]);
    ok(&office, &["document", "set", "R-1", "--renewed", "-2w", "--line", "1"]);
    assert_eq!(
        ok(&office, &["document", "show", "4711", "--kind", "order", "--columns", "number,picked"]),
        "4711\t2026-11-22T00:00:00+01:00\n"
    );
    assert_eq!(office.database.text("SELECT renewed_at::date FROM document_lines"), "2026-11-08");
    fails(&office, 2, &["document", "show", "R-1", "--columns", "nonsense"]);
}

#[test]
fn an_invoice_that_is_opened_again_owes_its_gross_amount() {
    let office = office();
    office.database.execute(
        "INSERT INTO document_details (document_id, tax_rate) SELECT id, 19 FROM documents WHERE number = 'R-1'",
    );
    let said = || {
        office
            .database
            .text("SELECT concat_ws(' ', status, open_amount, paid_at = closed_at) FROM documents WHERE number = 'R-1'")
    };
    ok(&office, &["document", "set", "R-1", "--status", "bezahlt"]);
    assert_eq!(said(), "paid 0 t");
    ok(&office, &["document", "set", "R-1", "--status", "offen"]);
    assert_eq!(said(), "open 1469.06");
    ok(&office, &["document", "close", "R-1"]);
    assert_eq!(said(), "closed 0");
    ok(&office, &["document", "set", "R-1", "--status", "offen", "--open-amount", "100,5"]);
    assert_eq!(said(), "open 100.5");
}

#[test]
fn heads_leads_members_sites_and_companies() {
    let office = office();
    assert_eq!(ok(&office, &["department", "new", "Vertrieb", "--head", "3"]), "Vertrieb\n");
    ok(&office, &["department", "set", "Technik", "--head", "14"]);
    assert_eq!(ok(&office, &["department", "list"]), "Technik\tAnna Schmidt\t0\nVertrieb\tKarin Vogt\t0\n");
    let said = ok(&office, &["team", "set", "Technik", "--lead", "7", "--add", "3,14", "--remove", "7", "-O", "table"]);
    assert!(said.contains("Mitglieder Anna Schmidt; Bernd Stell → Anna Schmidt; Karin Vogt"), "{said}");
    assert_eq!(ok(&office, &["team", "new", "Messe", "--add", "7"]), "Messe\n");
    assert_eq!(ok(&office, &["team", "show", "Technik", "--columns", "lead"]), "Bernd Stell\n");
    for new in [&["team", "new", "Messe"], &["department", "new", "Technik"]] {
        assert!(fails(&office, 65, new).contains("exists already"));
    }
    let run = office.wvl(&["site", "set", "Zentrale", "--calendar", "ulm"]);
    assert!(run.code == 0 && run.stderr.contains("no calendar “ulm”"), "{run:?}");
    assert_eq!(ok(&office, &["site", "list"]), "Zentrale\tulm\tFirma\t3\n");
    let said = ok(&office, &["company", "set", "Firma", "--name", "Neckar GmbH", "-O", "table"]);
    assert_eq!(said, "Mandant Neckar GmbH: Name Firma → Neckar GmbH\n  → wvl company show 'Neckar GmbH'\n");
    assert_eq!(ok(&office, &["companies", "list"]), "Neckar GmbH\n");
}

#[test]
fn an_absence_can_be_taken_back_and_its_reason_stays_unsaid() {
    let office = office();
    ok(&office, &["absence", "new", "14", "--from", "21.12."]);
    let said = ok(&office, &["absence", "set", "1", "--kind", "krank", "-O", "table"]);
    assert!(said.starts_with("Abwesenheit 1: geändert\n"), "{said}");
    let said = ok(&office, &["absence", "set", "1", "--kind", "krank", "-O", "table"]);
    assert!(said.starts_with("Abwesenheit 1: keine sichtbare Änderung\n"), "{said}");
    let rehearsal = office.wvl(&["absence", "cancel", "1", "-n", "--as-of", NOW]);
    assert!(
        rehearsal.stderr.contains("Abwesenheit 1 gelöscht: ") && !rehearsal.stderr.contains("krank"),
        "{rehearsal:?}"
    );
    assert_eq!(ok(&office, &["absence", "cancel", "1"]), "1\n");
    assert_eq!(ok(&office, &["absence", "list"]), "");
    fails(&office, 4, &["absence", "cancel", "1"]);
}

#[test]
fn a_noun_alone_is_a_short_help_with_examples() {
    let help = run(&mut bare_command(&["--help"])).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // the description of a long name goes on below it
    let is_noun = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let nouns: Vec<&str> = commands.lines().filter(is_noun).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(nouns.len() >= 20, "{nouns:?}");
    let mut lists = 0;
    // these answer by themselves
    let answers = ["help", "today", "status", "check", "doctor", "man", "completions"];
    for noun in nouns.into_iter().filter(|noun| !answers.contains(noun)) {
        let short = run(&mut bare_command(&[noun])).stderr;
        let examples = short.split("Examples:\n").nth(1).unwrap_or_default();
        assert!(examples.lines().filter(|line| line.contains("wvl ")).count() >= 2, "{short}");
        let help = run(&mut bare_command(&[noun, "list", "--help"]));
        // the list of roles is never empty, the tables have an owner; nor is that of reports, some come with wvl
        if help.code == 0 && !matches!(noun, "escalate" | "role" | "report") {
            assert!(help.stdout.contains("Example") && help.stdout.contains("--fail-empty"), "{}", help.stdout);
            lists += 1;
        }
    }
    assert!(lists >= 15, "{lists} lists");
}
