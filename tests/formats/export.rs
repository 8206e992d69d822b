//! `wvl NOUN export`, and the way back.

use super::cells;
use crate::env::TestEnvironment;

const NOUNS: [&str; 9] =
    ["employee", "customer", "contact-person", "document", "purchase-order", "contract", "ticket", "task", "notice"];

/// A company with records in every register, some of them as awkward as they come.
fn with_everything() -> TestEnvironment {
    let environment = TestEnvironment::new();
    for (noun, file) in [
        ("employee", include_str!("../data/mitarbeiter.csv")),
        ("customer", include_str!("../data/kunden.csv")),
        ("contact-person", include_str!("../data/ansprechpartner.csv")),
        ("document", include_str!("../data/belege.csv")),
        ("purchase-order", include_str!("../data/bestellungen.csv")),
        ("contract", include_str!("../data/vertraege.csv")),
        ("ticket", include_str!("../data/tickets.csv")),
        ("task", include_str!("../data/aufgaben.csv")),
        ("notice", include_str!("../data/benachrichtigungen.csv")),
    ] {
        environment.write("in.csv", file);
        environment.ok(&[noun, "import", "in.csv", "--as-of", "2026-11-17T09:00"]);
    }
    environment.database.execute(
        "UPDATE partners SET name = '=Müller; \"Söhne\"', phone = '+49 7321 140399', postcode = '01067', \
             matchcode = E'zwei\\nZeilen, \\ttab', street = '-' WHERE number = (SELECT min(number) FROM partners); \
         UPDATE employees SET birthday = '1990-01-01', birthday_consent = false WHERE number = 100; \
         UPDATE documents SET net_amount = -1234.5 WHERE id = (SELECT min(id) FROM documents); \
         UPDATE tickets SET opened_at = '2026-11-01T08:00:01.123456Z' WHERE id = (SELECT min(id) FROM tickets); \
         UPDATE tasks SET due_at = '2026-10-25T00:30:00Z' WHERE id = (SELECT min(id) FROM tasks)",
    );
    environment
}

#[test]
fn what_is_exported_imports_as_the_same() {
    let environment = with_everything();
    for noun in NOUNS {
        let count = environment.ok(&[noun, "list", "--columns", "number"]).lines().count();
        assert!(count > 0, "{noun}");
        for (flags, file) in [(&[][..], "a.csv"), (&["-O", "csv-de"], "b.csv")] {
            let mut flags = flags.to_vec();
            // minutes are all that an office writes
            if noun == "ticket" && file == "b.csv" {
                flags.extend(["--columns", "number,title,status,due,handler,partner"]);
            }
            environment.ok(&[&[noun, "export", "-o", file], &flags[..]].concat());
            let said = environment.ok(&[noun, "import", file, "-n"]);
            assert_eq!(
                said.trim(),
                format!("new 0, changed 0, same {count}, wrong 0"),
                "{noun} {file}\n{}",
                std::fs::read_to_string(environment.path().join(file)).unwrap()
            );
        }
    }
}

#[test]
fn an_export_has_every_column_of_the_import() {
    let environment = with_everything();
    for (noun, register) in [
        ("employee", &wvl::party::import::EMPLOYEES),
        ("customer", &wvl::party::import::CUSTOMERS),
        ("contact-person", &wvl::party::import::CONTACT_PERSONS),
        ("document", &wvl::sales::import::DOCUMENTS),
        ("purchase-order", &wvl::sales::import::PURCHASE_ORDERS),
        ("contract", &wvl::contract::import::CONTRACTS),
        ("ticket", &wvl::ticket::import::TICKETS),
        ("task", &wvl::agenda::import::TASKS),
        ("notice", &wvl::agenda::import::NOTICES),
    ] {
        // a pipe gets csv
        let text = environment.ok(&[noun, "export"]);
        let rows = cells(text.as_bytes(), b',');
        let left_out = ["birthday", "valid_from"];
        let wanted: Vec<&str> = register
            .columns
            .iter()
            .map(|column| column.key)
            .filter(|key| noun != "employee" || !left_out.contains(key))
            .collect();
        assert_eq!(rows[0], wanted, "{noun}");
    }
}

#[test]
fn the_office_reads_an_export_in_its_own_words() {
    let environment = with_everything();
    let text = environment.ok(&["customer", "export", "-O", "csv-de", "--sort", "number", "--limit", "1"]);
    assert!(text.starts_with("\u{feff}\"Kundennummer\";\"Art\";\"Name\";\"Kurzname\";"), "{text}");
    assert!(
        text.contains(";\"Kunde\";\"'=Müller; \"\"Söhne\"\"\";\"zwei\nZeilen, \ttab\";\"'-\";\"01067\";"),
        "{text}"
    );
}
