//! `--partial`, and several files at once.

use super::with_people;
use crate::env::TestEnvironment;

#[test]
fn good_rows_are_written_and_bad_ones_come_back_byte_for_byte() {
    let environment = TestEnvironment::with_database(with_people());
    let text = "Kd-Nr;Firma;E-Mail;Ort\r\n\
                1;Müller;mueller.example;\"Ulm;\r\nDonau\"\r\n\
                2;Größe AG;;Ulm\r\n\
                3;Käse;a@b@c;  Ulm \r\n\
                \r\n\
                4;\"Zitat \"\"X\"\"\";;Ulm";
    let bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let file = environment.write("kunden.csv", bytes);
    let run = environment.wvl(&["customer", "import", file.to_str().unwrap(), "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 2, changed 0, same 0, wrong 2\n"), "{}", run.stderr);
    assert!(
        run.stderr.contains("kunden.csv: 2 rows were rejected\nkunden.csv: line 2, column E-Mail:"),
        "{}",
        run.stderr
    );
    let rejected = environment.path().join("kunden.csv.rejected.csv");
    let said = std::fs::read(&rejected).unwrap();
    let said: String = said.iter().map(|byte| char::from(*byte)).collect();
    assert_eq!(
        said,
        "Kd-Nr;Firma;E-Mail;Ort;\"Fehler (wvl)\"\r\n\
         1;Müller;mueller.example;\"Ulm;\r\nDonau\";\"E-Mail: \"\"mueller.example\"\" cannot be written to: it has no @\"\r\n\
         3;Käse;a@b@c;  Ulm ;\"E-Mail: \"\"a@b@c\"\" cannot be written to: it is not one name, one @ and one domain\"\r\n"
    );
    // corrected in part and imported again: the old reason makes room for the new one
    let half: Vec<u8> = said.replace("mueller.example;", "m@mueller.example;").chars().map(|c| c as u8).collect();
    std::fs::write(&rejected, half).unwrap();
    let run = environment.wvl(&["customer", "import", rejected.to_str().unwrap(), "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 1, changed 0, same 0, wrong 1\n"), "{}", run.stderr);
    let again = std::fs::read(environment.path().join("kunden.csv.rejected.csv.rejected.csv")).unwrap();
    let again: String = again.iter().map(|byte| char::from(*byte)).collect();
    assert_eq!(again.matches("Fehler (wvl)").count(), 1, "{again}");
    assert!(again.ends_with("3;Käse;a@b@c;  Ulm ;\"E-Mail: \"\"a@b@c\"\" cannot be written to: it is not one name, one @ and one domain\"\r\n"));
}

#[test]
fn a_record_is_written_whole_or_not_at_all() {
    let environment = TestEnvironment::with_database(with_people());
    let file = environment.write(
        "belege.csv",
        "\u{feff}Art;Nr;Kunde;Datum;Pos;Menge;Einzelpreis\nAuftrag;1;10001;1.11.2026;1;2;10\n\
         Auftrag;1;10001;1.11.2026;2;viel;10\nAuftrag;2;10001;1.11.2026;1;1;5\nAuftrag;3;4711;1.11.2026;1;1;5\n\
         ;4;10001;1.11.2026;1;1;5\nAuftrag;5\n",
    );
    let run = environment.wvl(&["document", "import", file.to_str().unwrap(), "--partial", "--complete"]);
    assert_eq!(run.stdout, "new 1, changed 0, same 0, wrong 5, closed 0\n", "{}", run.stderr);
    assert!(run.stderr.contains("line 2: another row of the same document is wrong"), "{}", run.stderr);
    assert!(run.stderr.contains("so nothing was closed"), "{}", run.stderr);
    let rejected = std::fs::read_to_string(environment.path().join("belege.csv.rejected.csv")).unwrap();
    assert!(rejected.starts_with("\u{feff}Art;Nr;") && !rejected.contains("Auftrag;2;"), "{rejected}");
    assert!(rejected.contains("Auftrag;5;\"has 2 cells, the first row has 7\"\n"), "{rejected}");
    assert_eq!(environment.database.text("SELECT string_agg(number, ' ') FROM documents"), "2");
    // a file that is broken in the middle is refused whole
    let broken = environment.write("kaputt.csv", "Art;Nr;Datum\nAuftrag;7;1.11.2026\nAuftrag;\"8;1.11.2026\n");
    let run = environment.wvl(&["document", "import", broken.to_str().unwrap(), "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (65, ""));
    assert_eq!(environment.wvl(&["document", "import", "-", "--partial"]).code, 2);
    // -n writes no file
    std::fs::remove_file(environment.path().join("belege.csv.rejected.csv")).unwrap();
    assert_eq!(environment.wvl(&["document", "import", file.to_str().unwrap(), "--partial", "-n"]).code, 3);
    assert!(!environment.path().join("belege.csv.rejected.csv").exists());
}

#[test]
fn rejected_rows_of_utf_16_come_back_as_utf_8() {
    let environment = TestEnvironment::new();
    let text = "\u{feff}number\tname\temail\r\n1\tÄrzte\tx\r\n2\tÖl\t\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = environment.write("a.csv", utf16);
    assert_eq!(environment.wvl(&["customer", "import", file.to_str().unwrap(), "--partial"]).code, 3);
    let rejected = std::fs::read_to_string(environment.path().join("a.csv.rejected.csv")).unwrap();
    assert!(rejected.starts_with("\u{feff}number\tname\temail\t\"Fehler (wvl)\"\r\n1\tÄrzte\tx\t\""), "{rejected}");
}

#[test]
fn several_files_are_one_transaction() {
    let environment = TestEnvironment::new();
    let path = |name: &str, text: &str| environment.write(name, text).to_string_lossy().into_owned();
    let a = path("a.csv", "number;name\n1;a\n2;b\n");
    let b = path("b.csv", "Name,Nummer\nc,3\nb,2\nd,\n");
    let run = environment.wvl(&["customer", "import", &a, &b]);
    assert_eq!(
        run.stderr,
        "error: a.csv, b.csv: 2 problems, nothing was imported\n\
         b.csv: line 3, column Nummer: the same customer stands in line 3 of a.csv already\n\
         b.csv: line 4, column Nummer: is empty; without it nobody knows which record is meant\n"
    );
    assert_eq!((run.code, environment.database.number("SELECT count(*) FROM partners")), (65, 0));
    let run = environment.wvl(&["customer", "import", &a, &b, "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 2, changed 0, same 0, wrong 3\n"), "{}", run.stderr);
    let c = path("c.csv", "number;city\n3;Ulm\n");
    let run = environment.wvl(&["customer", "import", &a, &c]);
    assert!(run.stderr.contains("c.csv: line 1: has other columns than a.csv (city, name)"), "{}", run.stderr);
    let d = path("d.csv", "number;name\n3;c\n");
    assert_eq!(environment.ok(&["customer", "import", &a, &d]), "new 1, changed 0, same 2, wrong 0\n");
}
