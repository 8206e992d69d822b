//! xlsx: read back by a program of somebody else's.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::{NASTY, with_nasty_tasks};
use crate::env::TestEnvironment;

type Book = Xlsx<Cursor<Vec<u8>>>;

fn book(environment: &TestEnvironment, arguments: &[&str]) -> Book {
    environment.ok(&[arguments, &["-o", "answer.xlsx"]].concat());
    Xlsx::new(Cursor::new(std::fs::read(environment.path().join("answer.xlsx")).unwrap())).unwrap()
}

fn only_sheet(book: &mut Book) -> Range<Data> {
    assert_eq!(book.sheet_names().len(), 1);
    book.worksheet_range_at(0).unwrap().unwrap()
}

fn row(range: &Range<Data>, index: usize) -> Vec<Data> {
    range.rows().nth(index).unwrap().to_vec()
}

/// The XML of a part of the workbook, where a reader does not say what a person would see.
fn xml(environment: &TestEnvironment, part: &str) -> String {
    let file = std::fs::File::open(environment.path().join("answer.xlsx")).unwrap();
    let mut book = zip::ZipArchive::new(file).unwrap();
    std::io::read_to_string(book.by_name(part).unwrap()).unwrap()
}

#[test]
fn texts_stay_texts_and_dates_are_dates() {
    let environment = with_nasty_tasks();
    let tasks = ["task", "list", "--columns", "number,title,status,due_at,created_at", "--sort", "number"];
    let mut book = book(
        &environment,
        &tasks[..3].iter().chain(&["number,title,status,due_at"]).chain(&tasks[4..]).copied().collect::<Vec<_>>(),
    );
    assert_eq!(book.sheet_names(), ["Aufgabe"]);
    let range = only_sheet(&mut book);
    let heading: Vec<String> = row(&range, 0).iter().map(ToString::to_string).collect();
    assert_eq!(heading, ["Nummer", "Titel", "Status", "Fällig"]);
    for (index, title) in NASTY.iter().enumerate() {
        let row = row(&range, index + 1);
        assert_eq!(row[0], Data::String(format!("{:03}", index + 1)));
        assert_eq!(row[1], Data::String((*title).to_owned()));
        assert_eq!(row[2], Data::String("offen".to_owned()));
        let Data::DateTime(due) = row[3] else { panic!("{:?}", row[3]) };
        // 20.11.2026 14:30 in Berlin
        assert!((due.as_f64() - (46_346.0 + 14.5 / 24.0)).abs() < 1e-9, "{due:?}");
    }
    let sheet = xml(&environment, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter ref=\"A1:D15\""), "{sheet}");
    assert!(!sheet.contains("<f>"), "no formula");
    assert!(xml(&environment, "xl/styles.xml").contains("dd.mm.yyyy hh:mm"));
}

#[test]
fn money_is_a_number_with_cents() {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO documents (kind, number, document_date, booked_at, net_amount) VALUES \
         ('invoice', '007', '2026-11-20', now(), -1234.5), ('invoice', '008', '2026-11-20', now(), 999999999999.99)",
    );
    let columns = ["document", "list", "--columns", "number,document_date,net_amount,customer", "--sort", "number"];
    let range = only_sheet(&mut book(&environment, &columns));
    assert_eq!(row(&range, 1)[0], Data::String("007".into()));
    let Data::DateTime(day) = row(&range, 1)[1] else { panic!("{range:?}") };
    assert_eq!(day.as_f64(), 46_346.0);
    assert_eq!(row(&range, 1)[2], Data::Float(-1234.5));
    assert_eq!(row(&range, 2)[2], Data::Float(999_999_999_999.99));
    assert!(xml(&environment, "xl/styles.xml").contains("#,##0.00"));
}

#[test]
fn a_record_has_a_sheet_for_each_part() {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO documents (kind, number, document_date, booked_at) VALUES ('offer', 'A-1', '2026-11-20', now()); \
         INSERT INTO document_lines (document_id, line, description, quantity, unit_price) \
         SELECT id, n, '=Zeile ' || n, 1.5, 10 FROM documents, generate_series(1, 2) AS n",
    );
    let mut shown = book(&environment, &["document", "show", "A-1"]);
    assert_eq!(
        shown.sheet_names(),
        ["Beleg", "Positionen", "Vorgänger", "Folgebelege", "Verlauf", "Letzte Erinnerung"]
    );
    let lines = shown.worksheet_range("Positionen").unwrap();
    assert_eq!(lines.rows().count(), 3);
    assert!(row(&lines, 1).contains(&Data::String("=Zeile 1".into())), "{lines:?}");
    assert!(row(&lines, 1).contains(&Data::Float(1.5)), "{lines:?}");
    let picked = book(&environment, &["document", "show", "A-1", "--columns", "number"]);
    assert_eq!(picked.sheet_names().len(), 6);
}

#[test]
fn edits_and_lists_without_a_register_fit_into_a_workbook_too() {
    let environment = with_nasty_tasks();
    let range = only_sheet(&mut book(&environment, &["task", "done", "001", "002"]));
    assert_eq!(range.rows().count(), 3);
    let range = only_sheet(&mut book(&environment, &["escalate", "types"]));
    assert!(range.rows().count() > 5);
    let range = only_sheet(&mut book(&environment, &["calendar", "holidays", "--year", "2026", "--state", "DE-BW"]));
    assert!(matches!(row(&range, 1)[0], Data::DateTime(_)), "{range:?}");
}

#[test]
fn a_pipe_takes_a_workbook() {
    let environment = with_nasty_tasks();
    let output = environment.command(&["task", "list", "-O", "xlsx"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let mut book: Book = Xlsx::new(Cursor::new(output.stdout)).unwrap();
    assert_eq!(only_sheet(&mut book).rows().count(), NASTY.len() + 1);
}

#[test]
fn a_terminal_takes_none() {
    let environment = with_nasty_tasks();
    // script makes a terminal for its child
    let command = environment.command(&["task", "done", "001", "-O", "xlsx"]);
    let line: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &line.join(" "), "/dev/null"]).stdin(std::process::Stdio::null());
    let Ok(output) = script.output() else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("-o FILE.xlsx"), "{said}");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(environment.database.number("SELECT count(*) FROM tasks WHERE status = 'done'"), 0);
}
