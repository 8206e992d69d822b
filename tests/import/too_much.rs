//! What is more than the tables hold is told with its line and column like everything else, and can be left out.

use wvl::party::import::{CUSTOMERS, EMPLOYEES};
use wvl::sales::import::{DOCUMENTS, PRODUCTS};

use super::{bad, counts, good, with_people};
use crate::env::{TestDatabase, TestEnvironment};

#[test]
fn amounts_and_their_sums_stay_below_ten_to_the_fifteenth() {
    let database = TestDatabase::new();
    assert_eq!(
        bad(&database, &PRODUCTS, "Nr;Name;Preis;EK\nA;a;1.000.000.000.000.000,00;1\nB;b;1;-9999999999999999\n"),
        "f: line 2, column Preis: \"1.000.000.000.000.000,00\" is more than can be stored (less than 10^15)\n\
         f: line 3, column EK: \"-9999999999999999\" is more than can be stored (less than 10^15)\n"
    );
    let lines = "Art;Nr;Datum;MwSt;Pos;Menge;Preis\nAngebot;A1;1.11.2026;;1;99999999;99999999\nRechnung;R1;1.11.2026;19;1;\
                 9000000;100000000\n";
    assert_eq!(
        bad(&database, &DOCUMENTS, lines),
        "f: line 2, column net_amount: would be more than can be stored (less than 10^15)\n\
         f: line 3, column open_amount: would be more than can be stored (less than 10^15)\n"
    );
    assert_eq!(good(&database, &PRODUCTS, "Nr;Name;Preis\nA;a;999.999.999.999.999,99\n"), counts(1, 0, 0));
}

#[test]
fn numbers_and_names_are_no_novels() {
    let database = with_people();
    let (long, most) = ("k".repeat(201), "ü".repeat(200));
    assert_eq!(
        bad(&database, &CUSTOMERS, &format!("Nr;Name;Mandant\n{long};x;\n1;x;{long}\n")),
        "f: line 2, column Nr: is longer than 200 characters; is this a number or a name?\n\
         f: line 3, column Mandant: is longer than 200 characters; is this a number or a name?\n"
    );
    let said = bad(&database, &EMPLOYEES, &format!("Nr;Vorname;Name;Team\n900;A;B;{}\n", "x".repeat(9_000)));
    assert_eq!(said, "f: line 2, column Team: is longer than 200 characters; is this a number or a name?\n");
    assert_eq!(good(&database, &CUSTOMERS, &format!("Nr;Name\n{most};{}\n", "x".repeat(9_000))), counts(1, 0, 0));
}

#[test]
fn files_put_behind_each_other_bring_no_customer_called_name() {
    let database = with_people();
    let joined = "Nr;Name\n20001;Neu\n\u{feff}Nr;Name\n20002;Neu\n";
    assert_eq!(
        bad(&database, &CUSTOMERS, joined),
        "f: line 3: repeats the headings; were several files joined? import them side by side\n"
    );
}

#[test]
fn what_is_too_much_is_left_out_like_any_other_wrong_row() {
    let environment = TestEnvironment::new();
    let file = environment.write("artikel.csv", "Nr;Name;Preis\nA;a;1\nB;b;99999999999999999999\n");
    let run = environment.wvl(&["product", "import", file.to_str().unwrap(), "--partial"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, "new 1, changed 0, same 0, wrong 1\n"), "{}", run.stderr);
    let file = environment.write("kunden.xlsx", "PK\u{3}\u{4}");
    let run = environment.wvl(&["customer", "import", file.to_str().unwrap()]);
    assert_eq!(run.code, 65);
    assert!(run.stderr.contains("kunden.xlsx is a workbook (or another archive) and no CSV file"), "{}", run.stderr);
}
