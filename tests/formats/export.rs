//! `wvl NOUN export`, and the way back.

use wvl::settings::REGISTERS;

use super::cells;
use crate::env::TestEnvironment;

/// A company with records in every register, some of them as awkward as they come.
fn with_everything() -> TestEnvironment {
    let environment = TestEnvironment::new();
    for (noun, file) in [
        ("company", include_str!("../data/mandanten.csv")),
        ("site", include_str!("../data/standorte.csv")),
        ("employee", include_str!("../data/mitarbeiter.csv")),
        ("department", include_str!("../data/abteilungen.csv")),
        ("team", include_str!("../data/teams.csv")),
        ("absence", include_str!("../data/abwesenheiten.csv")),
        ("product", include_str!("../data/artikel.csv")),
        ("target", include_str!("../data/ziele.csv")),
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
             matchcode = E'zwei\\nZeilen, \\ttab', street = '-', website = '''=1' WHERE number = (SELECT min(number) FROM partners); \
         UPDATE employees SET birthday = '1990-01-01', birthday_consent = false WHERE number = 100; \
         UPDATE documents SET net_amount = -1234.5 WHERE id = (SELECT min(id) FROM documents); \
         INSERT INTO team_members (team_id, employee_id)
             SELECT t.id, e.id FROM teams t, employees e WHERE t.name LIKE '%Bereitschaft' AND e.number = 101; \
         UPDATE tickets SET opened_at = '2026-11-01T08:00:01.123456Z' WHERE id = (SELECT min(id) FROM tickets); \
         UPDATE tasks SET due_at = '2026-10-25T00:30:00Z' WHERE id = (SELECT min(id) FROM tasks)",
    );
    environment
}

#[test]
fn what_is_exported_imports_as_the_same() {
    let environment = with_everything();
    for (noun, _) in REGISTERS {
        let count = environment.ok(&[noun, "list"]).lines().count();
        assert!(count > 1 || noun == "notice", "{noun} {count}");
        let formats = [(&[][..], "a.csv"), (&["-O", "csv-de"], "b.csv"), (&["-O", "csv-de", "--lang", "en"], "c.csv")];
        for (flags, file) in formats {
            let mut flags = flags.to_vec();
            // minutes are all that an office writes
            if noun == "ticket" && file != "a.csv" {
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
fn english_is_asked_for_and_read_back() {
    let environment = with_everything();
    let first = |flags: &[&str]| {
        let text = environment.ok(&[&["customer", "export", "--sort", "number", "--limit", "1"], flags].concat());
        text.lines().next().unwrap_or_default().to_owned()
    };
    let heading = first(&["-O", "csv-de", "--lang", "en"]);
    assert!(heading.starts_with("\u{feff}\"Number\";\"Kind\";\"Name\";\"Matchcode\";"), "{heading}");
    assert!(heading.contains(";\"Field rep\";") && heading.contains(";\"Follow up\";"), "{heading}");
    assert_eq!(first(&["-O", "csv", "--lang", "en"]), first(&["-O", "csv"]));
    let list = |flags: &[&str]| {
        let contracts = ["contract", "list", "--columns", "number,status,ends,amount", "--limit", "1", "-O", "table"];
        environment.ok(&[&contracts[..], flags].concat())
    };
    let german = list(&[]);
    assert!(german.contains("Ende") && german.contains("aktiv") && german.contains(','), "{german}");
    let english = list(&["--lang", "en"]);
    assert!(english.contains("Number") && english.contains("Ends") && english.contains("active"), "{english}");
    assert!(!english.contains("Betrag") && !english.contains("aktiv"), "{english}");
    let said = environment.ok(&["customer", "set", "10001", "--city", "Ulm", "-O", "table", "--lang", "en"]);
    assert!(said.starts_with("Customer 10001: City ") && said.contains(" → Ulm"), "{said}");
    let shown = environment.ok(&["employee", "show", "101", "-O", "table", "--lang", "en"]);
    assert!(shown.contains("First name") && shown.contains("yes") && shown.contains("\nAbsences\n"), "{shown}");
}

#[test]
fn an_export_has_every_column_of_the_import() {
    let environment = with_everything();
    for (noun, register) in REGISTERS {
        // a pipe gets csv
        let text = environment.ok(&[noun, "export"]);
        let rows = cells(text.as_bytes(), b',');
        // what is not told, and what is no state
        let left_out: &[&str] = match noun {
            "employee" => &["birthday", "valid_from"],
            "absence" => &["kind", "note"],
            _ => &[],
        };
        let wanted: Vec<&str> =
            register.columns.iter().map(|column| column.key).filter(|key| !left_out.contains(key)).collect();
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
