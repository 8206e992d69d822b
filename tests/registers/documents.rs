//! Documents by line: whole lives from offer to void, as the office types them, by file and by hand in psql.

use std::process::Stdio;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{fails, office, ok};
use crate::env::{TestDatabase, TestEnvironment};

/// State of a document: status, delivery, invoicing.
fn state(office: &TestEnvironment, number: &str) -> String {
    office.database.text(&format!(
        "SELECT string_agg(concat_ws(' ', status, delivery_status, invoicing_status), '; ' ORDER BY id) \
         FROM documents WHERE number = '{number}'"
    ))
}

/// Lines of a document: quantity, delivered, invoiced (with its own invoices and with the order's).
fn lines(office: &TestEnvironment, number: &str) -> String {
    office.database.text(&format!(
        "SELECT string_agg(concat_ws('/', trim_scale(quantity), trim_scale(delivered_quantity), \
         trim_scale(invoiced_quantity + covered_quantity)), ' ' ORDER BY line) \
         FROM document_lines JOIN documents d ON d.id = document_id WHERE d.number = '{number}'"
    ))
}

/// Net amount and what is owed.
fn money(office: &TestEnvironment, number: &str) -> String {
    office.database.text(&format!(
        "SELECT concat_ws(' ', trim_scale(net_amount), trim_scale(open_amount)) FROM documents WHERE number = '{number}'"
    ))
}

fn new(office: &TestEnvironment, kind: &str, more: &[&str]) -> String {
    ok(office, &[&["document", "new", "--kind", kind], more].concat()).trim().to_owned()
}

fn refused(office: &TestEnvironment, code: i32, kind: &str, more: &[&str]) -> String {
    fails(office, code, &[&["document", "new", "--kind", kind], more].concat())
}

/// An order over ten switches at 100,00 and eight hours at 50,00, made from an offer.
fn ordered(office: &TestEnvironment) -> String {
    let offer = new(
        office,
        "Angebot",
        &[
            "Netzwerk",
            "--customer",
            "10001",
            "--tax-rate",
            "19",
            "--handler",
            "14",
            "--line",
            "10 x SW-24 @ 100,00",
            "--line",
            "8 Std x Einrichtung @ 50",
        ],
    );
    new(office, "Auftrag", &["--of", &offer, "--delivery-due", "fr"])
}

#[test]
fn a_whole_life_from_the_offer_to_the_void() {
    let office = office();
    let order = ordered(&office);
    assert_eq!(order, "AB-2026-0001");
    assert_eq!(state(&office, "AN-2026-0001"), "won none none");
    assert_eq!((state(&office, &order).as_str(), lines(&office, &order).as_str()), ("open none none", "10/0/0 8/0/0"));
    assert_eq!(money(&office, &order), "1400");

    // two partial deliveries
    let first = new(&office, "Lieferschein", &["--of", &order, "--line", "1=4"]);
    assert_eq!((first.as_str(), lines(&office, &order).as_str()), ("LS-2026-0001", "10/4/0 8/0/0"));
    assert_eq!(state(&office, &order), "open partial none");
    let said = refused(&office, 65, "Lieferschein", &["--of", &order, "--line", "1=7"]);
    assert!(said.contains("line 1 of order AB-2026-0001: 6 of 10 Stk are open, not 7"), "{said}");
    new(&office, "Lieferschein", &["--of", &order]);
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("open complete none", "10/10/0 8/8/0")
    );
    let said = refused(&office, 65, "Lieferschein", &["--of", &order]);
    assert!(said.contains("nothing of order AB-2026-0001 is open"), "{said}");

    // an advance, a partial invoice of a delivery note, and the rest
    let advance = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "Anzahlung", "--amount", "300,00"]);
    assert_eq!((money(&office, &advance).as_str(), state(&office, &order).as_str()), ("300 357", "open complete none"));
    let partial = new(&office, "Rechnung", &["--of", &first, "--invoice-kind", "partial"]);
    assert_eq!(money(&office, &partial), "400 476");
    assert_eq!(state(&office, &first), "closed none complete");
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("open complete partial", "10/10/4 8/8/0")
    );
    let said = refused(&office, 65, "Rechnung", &["--of", &order]);
    assert!(said.contains("leaves 300") && said.contains("--invoice-kind final"), "{said}");
    let last = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "Schlussrechnung"]);
    // 6 x 100 + 8 x 50 - 300
    assert_eq!(money(&office, &last), "700 833");
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("closed complete complete", "10/10/10 8/8/8")
    );
    assert_eq!(state(&office, "LS-2026-0002"), "closed none complete", "covered by the invoice of the order");
    let billed = "SELECT trim_scale(sum(net)) FROM v_margin WHERE kind IN ('invoice', 'credit_note')
        AND number LIKE '%2026-%'";
    assert_eq!(office.database.text(billed), "1400");
    assert_eq!(office.database.number("SELECT count(*) FROM v_unbilled"), 0);

    // two switches come back
    let credit = new(&office, "Gutschrift", &["--of", &last, "--line", "1=2"]);
    assert_eq!((credit.as_str(), money(&office, &credit).as_str()), ("GS-2026-0001", "200"));
    assert_eq!(money(&office, &last), "700 595");
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("open complete partial", "10/10/8 8/8/8")
    );
    assert_eq!(office.database.text(billed), "1200");
    let said = refused(&office, 65, "Gutschrift", &["--of", &last, "--line", "1=5"]);
    assert!(said.contains("4 of 6 Stk are open"), "{said}");

    // nothing is void that something was made from
    let said = fails(&office, 65, &["document", "set", &last, "--status", "void"]);
    assert!(said.contains("credit note GS-2026-0001 was made from it"), "{said}");
    ok(&office, &["document", "set", &credit, "--status", "storniert"]);
    assert_eq!(
        (money(&office, &last).as_str(), state(&office, &order).as_str()),
        ("700 833", "closed complete complete")
    );
    ok(&office, &["document", "set", &last, "--status", "void"]);
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("open complete partial", "10/10/4 8/8/0")
    );
    assert_eq!(state(&office, "LS-2026-0002"), "open none none");
    assert_eq!(office.database.text(billed), "700");

    let shown: serde_json::Value = ok(&office, &["document", "show", &order, "--json"]).parse().unwrap();
    assert_eq!(shown["lines"][0]["uninvoiced_quantity"], 6);
    assert_eq!(shown["lines"][0]["made_from"], "AN-2026-0001/1");
    let numbers = |part: &str| {
        let rows = shown[part].as_array().unwrap();
        rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers("predecessors"), "AN-2026-0001");
    assert_eq!(numbers("successors"), "LS-2026-0001 LS-2026-0002 RE-2026-0001 RE-2026-0003");
    let table = ok(&office, &["document", "show", &order, "-O", "table"]);
    for said in [
        "Noch zu berechnen",
        "Folgebelege",
        "Lieferschein erstellt",
        "Gelieferte Menge",
        "Rechnungsstatus",
        "teilweise",
    ] {
        assert!(table.contains(said), "{said}\n{table}");
    }
}

#[test]
fn lines_are_products_or_texts_with_a_price() {
    let office = office();
    let number = new(
        &office,
        "invoice",
        &[
            "Kleinteile",
            "--customer",
            "10001",
            "--number",
            "R-77",
            "--date",
            "20.11.",
            "--currency",
            "chf",
            "--line",
            "3 x SW-24 - 10%",
            "--line",
            "2,5 Std x Beratung @ 120,00",
            "--line",
            "3 x Kabel @ 0,335",
        ],
    );
    assert_eq!(number, "R-77");
    // 942.30 + 300.00 + 1.01
    assert_eq!(money(&office, "R-77"), "1243.31 1243.31");
    let shown: serde_json::Value = ok(&office, &["document", "show", "R-77", "--json"]).parse().unwrap();
    assert_eq!((&shown["document_date"], &shown["currency"]), (&"2026-11-20".into(), &"CHF".into()));
    assert_eq!(shown["payment_due_at"], "2026-12-20", "30 days unless somebody says otherwise");
    let told = |line: usize| {
        format!(
            "{} {} {} {}",
            shown["lines"][line]["quantity"],
            shown["lines"][line]["unit"],
            shown["lines"][line]["description"],
            shown["lines"][line]["unit_price"]
        )
    };
    assert_eq!(told(0), r#"3 "Stk" "Switch 24 Port" "349.00""#);
    assert_eq!(told(1), r#"2.5 "Std" "Beratung" "120.00""#);
}

#[test]
fn what_is_typed_wrong_is_told() {
    let office = office();
    let order = ordered(&office);
    for (code, kind, more, word) in [
        (2, "Rechnung", &["--of", "AN-2026-0001"][..], "is made from one of kind delivery note or order"),
        (2, "Rechnung", &["X", "--line", "2"], "--of"),
        (2, "Rechnung", &["X", "--line", "2 ART"], "3 x ART-100"),
        (4, "Rechnung", &["X", "--line", "2 x ART-9"], "product ART-9 not found"),
        (4, "Rechnung", &["--of", "AB-9"], "AB-9 not found"),
        (4, "Rechnung", &["--of", &order, "--line", "9"], "lines of order AB-2026-0001: 1, 2"),
        (2, "Rechnung", &["--of", &order, "--line", "1", "--line", "1=2"], "twice"),
        (2, "Rechnung", &["--of", &order, "--invoice-kind", "advance"], "--amount"),
        (65, "Rechnung", &["--of", &order, "--invoice-kind", "advance", "--amount", "1400,01"], "not invoiced yet"),
        (2, "Angebot", &["--of", &order], "no other document"),
        (2, "Lieferschein", &["X", "--invoice-kind", "final"], "only invoices"),
        (2, "Rechnung", &["X", "--invoice-kind", "final"], "needs --of"),
        (65, "Auftrag", &["X", "--number", &order], "exists already"),
        (2, "Rechnung", &[], "<TITLE|--of <NUMBER>>"),
    ] {
        let said = refused(&office, code, kind, more);
        assert!(said.contains(word) || word.contains('|'), "{kind} {more:?}: {said}");
    }
    // two kinds share the number of the office's documents
    let said = refused(&office, 2, "Gutschrift", &["--of", "4711"]);
    assert!(said.contains("4711 exists as"), "{said}");
    assert_eq!(new(&office, "Auftrag", &["--of", "4711", "--number", "A-1"]), "A-1");
    assert_eq!(money(&office, "A-1"), "1234.5", "an offer without lines is taken over as a whole");
    ok(&office, &["document", "close", &order]);
    let said = refused(&office, 65, "Lieferschein", &["--of", &order]);
    assert!(said.contains("is closed") && said.contains("--status open"), "{said}");
    new(&office, "Lieferschein", &["--of", &order, "--line", "1=12", "--more-than-open"]);
    assert_eq!(lines(&office, &order), "10/12/0 8/0/0");
}

#[test]
fn a_hand_notes_what_happened_without_a_document() {
    let office = office();
    let order = ordered(&office);
    let said = ok(&office, &["document", "set", &order, "--line", "2", "--delivered", "0,5", "-O", "table"]);
    assert!(said.contains("Lieferstatus noch nicht → teilweise"), "{said}");
    let said = ok(&office, &["document", "set", &order, "--line", "2", "--delivered", "1,5", "-O", "table"]);
    assert!(said.contains("geändert"), "{said}");
    let told = ok(&office, &["document", "show", &order, "-O", "table"]);
    assert!(told.contains("0,5") && !told.contains("0.5"), "{told}");
    ok(&office, &["document", "set", &order, "--line", "2", "--delivered", "0"]);
    ok(&office, &["document", "set", &order, "--line", "1", "--delivered", "3"]);
    assert_eq!(
        (state(&office, &order).as_str(), lines(&office, &order).as_str()),
        ("open partial none", "10/3/0 8/0/0")
    );
    new(&office, "Lieferschein", &["--of", &order, "--line", "1=2"]);
    assert_eq!(lines(&office, &order), "10/5/0 8/0/0", "a delivery note is added to what was noted");
    fails(&office, 65, &["document", "set", &order, "--line", "1", "--delivered", "11"]);
    fails(&office, 2, &["document", "set", &order, "--line", "1", "--delivered", "-1"]);
    fails(&office, 4, &["document", "set", &order, "--line", "7", "--invoiced", "1"]);
    ok(&office, &["document", "set", &order, "--line", "1", "--quantity", "5,0"]);
    assert_eq!(money(&office, &order), "900");
    ok(&office, &["document", "set", &order, "--line", "2", "--invoiced", "8"]);
    assert_eq!(lines(&office, &order), "5/5/0 8/0/8");
    // all of it, said of the order; psql is a hand too
    ok(&office, &["document", "set", &order, "--delivery", "complete"]);
    assert_eq!(lines(&office, &order), "5/5/0 8/8/8");
    office
        .database
        .execute("UPDATE document_lines SET invoiced_quantity = 5 WHERE quantity = 5 AND delivered_quantity = 5");
    assert_eq!(state(&office, &order), "closed complete complete");
    let told = office.database.text(
        "SELECT string_agg(concat_ws(' ', event, e.line, old_value, new_value), '; ' ORDER BY e.id) FROM document_events e \
         JOIN documents d ON d.id = document_id WHERE d.number = 'AB-2026-0001' AND event IN ('quantity', 'invoiced_quantity')",
    );
    assert_eq!(told, "quantity 1 10 5; invoiced_quantity 2 0 8; invoiced_quantity 1 0 5");
}

#[test]
fn an_advance_paid_back_is_not_taken_off_and_cents_are_not_lost() {
    let office = office();
    let order = new(
        &office,
        "Auftrag",
        &["Kabel", "--customer", "10001", "--line", "3 m x Kabel @ 0,335", "--line", "Anfahrt @ 100"],
    );
    assert_eq!(money(&office, &order), "101.01");
    let advance = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "advance", "--amount", "50"]);
    new(&office, "Gutschrift", &["--of", &advance, "--amount", "20"]);
    assert_eq!(money(&office, &advance), "50 30");
    for _ in 0..2 {
        let part = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "partial", "--line", "1=1"]);
        assert_eq!(money(&office, &part), "0.34 0.34");
    }
    let last = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "final"]);
    // 0.33 of the cable, the visit, less what is left of the advance
    assert_eq!(money(&office, &last), "70.33 70.33");
    let said = refused(&office, 65, "Rechnung", &["--of", &order, "--invoice-kind", "final"]);
    assert!(said.contains("has its final invoice: RE-2026-0004"), "{said}");
    // all of it again
    let sum = "SELECT trim_scale(sum(net)) FROM v_margin WHERE number LIKE 'RE-2026%' OR number LIKE 'GS-2026%'";
    assert_eq!(office.database.text(sum), "101.01");
    let whole = new(&office, "Gutschrift", &["--of", &last, "--amount", "70,33"]);
    assert_eq!((money(&office, &last).as_str(), state(&office, &last).as_str()), ("70.33 0", "closed none none"));
    ok(&office, &["document", "set", &whole, "--status", "void"]);
    assert_eq!((money(&office, &last).as_str(), state(&office, &last).as_str()), ("70.33 70.33", "open none none"));
}

#[test]
fn the_last_delivery_note_does_not_forget_the_advance() {
    let office = office();
    let order = ordered(&office);
    new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "advance", "--amount", "300"]);
    let (first, last) = (
        new(&office, "Lieferschein", &["--of", &order, "--line", "1"]),
        new(&office, "Lieferschein", &["--of", &order]),
    );
    new(&office, "Rechnung", &["--of", &first]);
    let said = refused(&office, 65, "Rechnung", &["--of", &last]);
    assert!(said.contains("leaves 300") && said.contains(&format!("--of {order} --invoice-kind final")), "{said}");
    let rest = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "final"]);
    assert_eq!(money(&office, &rest), "100 119");
    assert_eq!(
        (state(&office, &last).as_str(), state(&office, &order).as_str()),
        ("closed none complete", "closed complete complete")
    );
}

#[test]
fn a_final_invoice_of_another_program_counts_the_rest_too() {
    let office = office();
    office.write(
        "schluss.csv",
        "Art;Nr;Datum;Rechnungsart;Netto;Pos;Text;Menge;Preis;EK\n\
         Rechnung;R1;1.11.2026;Anzahlung;300;1;Anzahlung;1;300;0\n\
         Rechnung;R2;9.11.2026;Schlussrechnung;700;1;Server;1;1000;600\n",
    );
    ok(&office, &["document", "import", "schluss.csv"]);
    let sum = "SELECT concat_ws(' ', trim_scale(sum(net)), trim_scale(sum(cost)), count(*)) FROM v_margin WHERE number IN ('R1', 'R2')";
    assert_eq!(office.database.text(sum), "1000 600 3");
    assert_eq!(
        office.database.text("SELECT trim_scale(net) FROM v_margin WHERE number = 'R2' AND line IS NULL"),
        "-300"
    );
}

#[test]
fn documents_without_lines_are_followed_by_their_amounts() {
    let office = office();
    let order = new(&office, "Auftrag", &["Umzug", "--customer", "10001", "--amount", "1.000,00"]);
    new(&office, "Lieferschein", &["--of", &order]);
    assert_eq!(state(&office, &order), "open complete none");
    let first = new(&office, "Rechnung", &["--of", &order, "--invoice-kind", "partial", "--amount", "400"]);
    assert_eq!(state(&office, &order), "open complete partial");
    let second = new(&office, "Rechnung", &["--of", &order]);
    assert_eq!(
        (money(&office, &second).as_str(), state(&office, &order).as_str()),
        ("600 600", "open complete complete")
    );
    refused(&office, 65, "Rechnung", &["--of", &order]);
    ok(&office, &["document", "set", &second, "--status", "void"]);
    ok(&office, &["document", "set", &first, "--status", "void"]);
    assert_eq!(state(&office, &order), "open complete none");
}

/// How a run ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    #[expect(dead_code, reason = "told when the test fails")]
    said: String,
}

/// Runs both at the same moment.
fn at_once(office: &TestEnvironment, first: &[&str], second: &[&str]) -> [Ended; 2] {
    let start = |arguments: &[&str]| {
        let mut command = office.command(&[arguments, &["--as-of", super::NOW]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let (first, second) = (start(first), start(second));
    [first, second].map(|child| {
        let output = child.wait_with_output().unwrap();
        Ended { code: output.status.code().unwrap(), said: String::from_utf8_lossy(&output.stderr).into_owned() }
    })
}

#[test]
fn two_people_bill_the_same_rest_and_one_gets_it() {
    let office = office();
    for round in 1..=3 {
        let order = ordered(&office);
        let note = new(&office, "Lieferschein", &["--of", &order]);
        let bill = |of: &str| {
            vec![
                "document".to_owned(),
                "new".to_owned(),
                "--kind".to_owned(),
                "invoice".to_owned(),
                "--of".to_owned(),
                of.to_owned(),
            ]
        };
        // of the order and of its delivery note: the same things under two numbers
        let (of_order, of_note) = (bill(&order), bill(&note));
        let of_order: Vec<&str> = of_order.iter().map(String::as_str).collect();
        let of_note: Vec<&str> = of_note.iter().map(String::as_str).collect();
        let pairs = [(&of_order, &of_order), (&of_note, &of_note), (&of_order, &of_note)];
        let (first, second) = pairs[round - 1];
        let runs = at_once(&office, first, second);
        let mut codes = runs.each_ref().map(|run| run.code);
        codes.sort_unstable();
        assert_eq!(codes, [0, 65], "{runs:?}");
        assert_eq!(lines(&office, &order), "10/10/10 8/8/8");
        assert_eq!(state(&office, &order), "closed complete complete");
    }
    assert_eq!(
        office.database.text(
            "SELECT string_agg(number, ' ' ORDER BY id) FROM documents WHERE kind = 'invoice' AND number LIKE 'RE-%'"
        ),
        "RE-2026-0001 RE-2026-0002 RE-2026-0003",
        "no number is lost"
    );
}

#[test]
fn a_file_links_documents_and_wins() {
    let office = office();
    let file = "Art;Nr;Datum;Rechnungsart;Vorgänger;Vorgängerposition;Pos;Text;Menge;Preis;MwSt\n\
        Auftrag;A1;1.11.2026;;;;1;Kabel;10;5,00;19\n\
        Lieferschein;L1;2.11.2026;;A1;1;1;Kabel;4;5,00;19\n\
        Rechnung;R1;3.11.2026;Anzahlung;A1;;1;Anzahlung;1;10,00;19\n\
        Rechnung;R2;4.11.2026;;L1;1;1;Kabel;4;5,00;19\n\
        Gutschrift;G1;5.11.2026;;R2;1;1;Kabel;1;5,00;19\n\
        Rechnung;R3;5.11.2026;;A9;1;1;Kabel;1;5,00;19\n";
    office.write("belege.csv", file);
    let import = |name: &str| {
        let run = office.wvl(&["document", "import", name, "--as-of", super::NOW]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        (run.stdout, run.stderr)
    };
    let (said, warned) = import("belege.csv");
    assert!(said.contains("new 6"), "{said}");
    assert!(warned.contains("1 row(s) name a predecessor that is not known"), "{warned}");
    assert_eq!((state(&office, "A1").as_str(), lines(&office, "A1").as_str()), ("open partial partial", "10/4/3"));
    assert_eq!((lines(&office, "L1").as_str(), state(&office, "L1").as_str()), ("4/0/3", "open none partial"));
    assert_eq!((money(&office, "R1").as_str(), money(&office, "R2").as_str()), ("10 11.9", "20 17.85"));
    let kind = "SELECT invoice_kind FROM document_details x JOIN documents d ON d.id = document_id WHERE number = 'R1'";
    assert_eq!(office.database.text(kind), "advance");
    let (said, _) = import("belege.csv");
    assert!(said.contains("new 0, changed 0, same 6"), "{said}");

    // what a file says of quantities counts from then on; the delivery note it brings later is what it has said before
    office.write("mengen.csv", "Art;Nr;Pos;Gelieferte Menge\nAuftrag;A1;1;7\n");
    import("mengen.csv");
    assert_eq!(lines(&office, "A1"), "10/7/3");
    office
        .write("zwei.csv", "Art;Nr;Datum;Vorgänger;Vorgängerposition;Pos;Menge\nLieferschein;L2;6.11.2026;A1;1;1;3\n");
    import("zwei.csv");
    assert_eq!(lines(&office, "A1"), "10/7/3");
    // one that is made here is a further one
    new(&office, "Lieferschein", &["--of", "A1", "--line", "1=1"]);
    assert_eq!(lines(&office, "A1"), "10/8/3");
    office.write("storno.csv", "Art;Nr;Status\nLieferschein;L2;Storno\nGutschrift;G1;Storno\n");
    import("storno.csv");
    assert_eq!((lines(&office, "A1").as_str(), money(&office, "R2").as_str()), ("10/5/4", "20 23.8"));
    // a file says states of its own
    office.write("stand.csv", "Art;Nr;Status;Lieferstatus;Pos;Gelieferte Menge\nAuftrag;A1;offen;vollständig;1;9\n");
    for _ in 0..2 {
        import("stand.csv");
        assert_eq!((state(&office, "A1").as_str(), lines(&office, "A1").as_str()), ("open complete partial", "10/9/4"));
    }
    // and our own export changes nothing (of the office's invoice nobody has said yet what it owes)
    ok(&office, &["document", "set", "R-1", "--open-amount", "1"]);
    ok(&office, &["document", "export", "-o", "alles.csv"]);
    let (said, _) = import("alles.csv");
    assert!(said.contains("new 0, changed 0"), "{said}");
}

#[test]
fn receipts_follow_their_lines() {
    let office = office();
    office.database.execute(
        "INSERT INTO purchase_order_lines (purchase_order_id, line, quantity) \
         SELECT id, line, 5 FROM purchase_orders, generate_series(1, 2) AS line",
    );
    let receipt = || office.database.text("SELECT receipt_status FROM purchase_orders");
    let set = |more: &[&str]| ok(&office, &[&["purchase-order", "set", "E-1"], more].concat());
    set(&["--line", "1", "--received", "5"]);
    assert_eq!(receipt(), "partial");
    set(&["--line", "2", "--received", "5"]);
    assert_eq!(receipt(), "complete");
    set(&["--line", "2", "--received", "0"]);
    assert_eq!(receipt(), "partial");
    set(&["--receipt", "complete"]);
    assert_eq!(office.database.number("SELECT sum(received_quantity) FROM purchase_order_lines"), 10);
    set(&["--receipt", "none"]);
    assert_eq!(
        (receipt().as_str(), office.database.number("SELECT sum(received_quantity) FROM purchase_order_lines")),
        ("none", 0)
    );
    fails(&office, 65, &["purchase-order", "set", "E-1", "--line", "1", "--received", "6"]);
    fails(&office, 4, &["purchase-order", "set", "E-1", "--line", "3", "--received", "1"]);
}

/// What can happen to an order over ten pieces and what was made from it; numbers count documents, modulo how many there are.
#[derive(Clone, Copy, Debug)]
enum Step {
    Deliver(i64),
    InvoiceOrder(i64),
    InvoiceNote(usize, i64),
    Credit(usize, i64),
    Void(usize),
    Note(i64),
}

/// A plain model of the same.
#[derive(Clone, Debug, Default)]
struct Model {
    /// Kind, predecessor (0 is the order), quantity, void.
    documents: Vec<(&'static str, usize, i64, bool)>,
    noted: i64,
}

impl Model {
    fn of(&self, kind: &str, predecessor: usize) -> i64 {
        let counted = self.documents.iter().filter(|one| (one.0, one.1, one.3) == (kind, predecessor, false));
        counted.map(|one| one.2).sum()
    }

    /// Invoiced of a document (0 is the order), credit notes taken off; without what its delivery notes say.
    fn invoiced(&self, predecessor: usize) -> i64 {
        let invoices =
            (1..).zip(&self.documents).filter(|(_, one)| (one.0, one.1, one.3) == ("invoice", predecessor, false));
        invoices.map(|(index, one)| one.2 - self.of("credit_note", index)).sum()
    }

    fn notes(&self) -> Vec<usize> {
        (1..).zip(&self.documents).filter(|(_, one)| one.0 == "delivery_note").map(|(index, _)| index).collect()
    }

    /// Delivered, invoiced, status of the order; invoiced and covered of each delivery note.
    fn expected(&self) -> String {
        let delivered = self.noted + self.of("delivery_note", 0);
        let invoiced = self.invoiced(0) + self.notes().iter().map(|note| self.invoiced(*note)).sum::<i64>();
        let word = |done: i64| {
            if done >= 10 {
                "complete"
            } else if done > 0 {
                "partial"
            } else {
                "none"
            }
        };
        let mut pool = self.invoiced(0);
        let mut said = format!("10 {delivered} {invoiced} {} {}", word(delivered), word(invoiced));
        for note in self.notes() {
            let (own, quantity) = (self.invoiced(note), self.documents[note - 1].2);
            let need = if self.documents[note - 1].3 { 0 } else { (quantity - own).max(0) };
            let covered = need.min(pool.max(0));
            pool -= need;
            said += &format!("; {quantity} {own} {covered}");
        }
        said
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..5_i64).prop_map(Step::Deliver),
        (1..5_i64).prop_map(Step::InvoiceOrder),
        (any::<usize>(), 1..4_i64).prop_map(|(of, quantity)| Step::InvoiceNote(of, quantity)),
        (any::<usize>(), 1..3_i64).prop_map(|(of, quantity)| Step::Credit(of, quantity)),
        any::<usize>().prop_map(Step::Void),
        (0..10_i64).prop_map(Step::Note),
    ]
}

/// Every step by hand in SQL, as any program might: what is derived equals the model after each.
#[test]
fn what_is_derived_equals_a_plain_model() {
    let database = TestDatabase::new();
    let add = |kind: &str, of: Option<i64>, quantity: i64| -> i64 {
        let id = database.number("SELECT coalesce(max(id), 0) + 1 FROM documents");
        let of_line = of.map_or("NULL".to_owned(), |of| of.to_string());
        database.execute(&format!(
            "BEGIN; INSERT INTO documents (id, kind, number, document_date) VALUES ({id}, '{kind}', '{id}', '2026-11-01');
             INSERT INTO document_lines (id, document_id, line, quantity, predecessor_line_id) VALUES ({id}, {id}, 1, {quantity}, {of_line}); COMMIT"
        ));
        id
    };
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&proptest::collection::vec(step(), 1..10), |steps| {
            let mut model = Model::default();
            let order = add("order", None, 10);
            let mut ids = vec![order];
            for step in steps {
                let notes = model.notes();
                let invoices: Vec<usize> =
                    (1..).zip(&model.documents).filter(|(_, one)| one.0 == "invoice").map(|(index, _)| index).collect();
                let pick = |of: usize, from: &[usize]| (!from.is_empty()).then(|| from[of % from.len()]);
                let (kind, of, quantity) = match step {
                    Step::Deliver(quantity) => ("delivery_note", Some(0), quantity),
                    Step::InvoiceOrder(quantity) => ("invoice", Some(0), quantity),
                    Step::InvoiceNote(of, quantity) => ("invoice", pick(of, &notes), quantity),
                    Step::Credit(of, quantity) => ("credit_note", pick(of, &invoices), quantity),
                    Step::Void(of) if !model.documents.is_empty() => {
                        let of = of % model.documents.len();
                        model.documents[of].3 = !model.documents[of].3;
                        let status = if model.documents[of].3 { "void" } else { "open" };
                        database.execute(&format!("UPDATE documents SET status = '{status}' WHERE id = {}", ids[of + 1]));
                        ("", None, 0)
                    }
                    Step::Void(_) => ("", None, 0),
                    Step::Note(quantity) => {
                        let more = quantity - model.noted;
                        model.noted = quantity;
                        database.execute(&format!(
                            "UPDATE document_lines SET delivered_quantity = delivered_quantity + {more} WHERE id = {order}"
                        ));
                        ("", None, 0)
                    }
                };
                if let Some(of) = of {
                    ids.push(add(kind, Some(ids[of]), quantity));
                    model.documents.push((kind, of, quantity, false));
                }
                let derived = database.text(&format!(
                    "SELECT string_agg(said, '; ' ORDER BY id) FROM (
                         SELECT l.id, concat_ws(' ', l.quantity, l.delivered_quantity, l.invoiced_quantity, delivery_status, invoicing_status) AS said
                         FROM document_lines l JOIN documents d ON d.id = l.document_id WHERE l.id = {order}
                         UNION ALL
                         SELECT l.id, concat_ws(' ', l.quantity, l.invoiced_quantity, l.covered_quantity)
                         FROM document_lines l JOIN documents d ON d.id = l.document_id
                         WHERE l.predecessor_line_id = {order} AND d.kind = 'delivery_note') AS said"
                ));
                prop_assert_eq!(&derived, &model.expected(), "{:?}", model);
            }
            Ok(())
        })
        .unwrap();
}
