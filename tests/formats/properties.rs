//! Whatever the cells hold: what csv, csv-de, tsv and xlsx print is read back as it was.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rust_decimal::Decimal;
use wvl::output::{Cell, Color, Format, Printer, Settings, Table, column, unguarded};

/// The file that a run writes with this format.
fn printed(table: &Table, format: Format) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer");
    let printer = Printer::new(Settings {
        format: Some(format),
        file: Some(path.clone()),
        columns: Vec::new(),
        sort: Vec::new(),
        limit: None,
        color: Color::Never,
        no_color: true,
        quiet: true,
        width: None,
        language: wvl::template::Language::German,
    });
    printer.list(table).unwrap();
    printer.finish().unwrap();
    std::fs::read(path).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        4 => prop::sample::select("=+-@'\t\r\n\"\\;, 0123456789äöüß€_xX".chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_filter("Postgres stores no NUL", |letter| *letter != '\0'),
    ];
    prop_oneof![
        prop::collection::vec(letter, 0..12).prop_map(String::from_iter),
        prop::sample::select(super::NASTY.to_vec()).prop_map(str::to_owned),
    ]
}

fn cell() -> impl Strategy<Value = Cell> {
    let day = |days: u64| NaiveDate::from_ymd_opt(1900, 3, 1).unwrap() + Days::new(days);
    prop_oneof![
        4 => text().prop_map(Cell::Text),
        1 => Just(Cell::Empty),
        1 => (-999_999_999_999i64..1_000_000_000_000).prop_map(Cell::Int),
        1 => (-99_999_999_999i64..100_000_000_000, 0u32..5).prop_map(|(digits, scale)| Cell::Number(Decimal::new(digits, scale))),
        1 => (-99_999_999_999_999i64..100_000_000_000_000).prop_map(|cents| Cell::Money(Decimal::new(cents, 2))),
        1 => (0u64..100_000).prop_map(move |days| Cell::Day(day(days))),
        // to the minute: the office writes no seconds
        1 => (-20_000_000i64..60_000_000).prop_map(|minutes| {
            Cell::Instant((DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)).with_timezone(&Berlin))
        }),
        1 => any::<bool>().prop_map(Cell::Flag),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    prop::collection::vec(prop::collection::vec(cell(), 3), 0..8).prop_map(|rows| {
        let mut table =
            Table::new(vec![column("first", "Erste"), column("second", "Zweite"), column("third", "Dritte")]);
        rows.into_iter().for_each(|row| table.push(row));
        table
    })
}

/// Compares every cell below the heading with what was read.
fn compare(table: &Table, rows: &[Vec<String>], is_same: impl Fn(&Cell, &str) -> bool) -> Result<(), TestCaseError> {
    prop_assert_eq!(rows.len(), table.rows.len());
    for (cells, read) in table.rows.iter().zip(rows) {
        prop_assert_eq!(read.len(), cells.len());
        for (cell, read) in cells.iter().zip(read) {
            prop_assert!(is_same(cell, read), "{:?} was read as {:?}", cell, read);
        }
    }
    Ok(())
}

/// What a program makes of a cell.
fn is_same_to_a_program(cell: &Cell, read: &str) -> bool {
    match cell {
        Cell::Text(text) => text == read,
        Cell::Int(number) => read.parse() == Ok(*number),
        Cell::Number(number) | Cell::Money(number) => read.parse() == Ok(*number),
        Cell::Day(day) => read.parse() == Ok(*day),
        Cell::Instant(at) => DateTime::parse_from_rfc3339(read).is_ok_and(|read| read == *at),
        Cell::Flag(flag) => read.parse() == Ok(*flag),
        Cell::Empty | Cell::List(_) | Cell::Json(_) => read.is_empty(),
    }
}

/// What a German spreadsheet makes of a cell.
fn is_same_to_the_office(cell: &Cell, read: &str) -> bool {
    let number = || read.replace(',', ".").parse::<Decimal>();
    match cell {
        Cell::Text(text) => {
            let is_formula = read.trim_start_matches([' ', '\n']).starts_with(['=', '+', '-', '@', '\t', '\r']);
            text == unguarded(read) && !is_formula
        }
        Cell::Int(value) => read.parse() == Ok(*value),
        Cell::Number(value) | Cell::Money(value) => !read.contains('.') && number() == Ok(*value),
        Cell::Day(day) => NaiveDate::parse_from_str(read, "%d.%m.%Y") == Ok(*day),
        Cell::Instant(at) => NaiveDateTime::parse_from_str(read, "%d.%m.%Y %H:%M") == Ok(at.naive_local()),
        Cell::Flag(flag) => (read == "ja") == *flag,
        Cell::Empty | Cell::List(_) | Cell::Json(_) => read.is_empty(),
    }
}

fn is_same_in_a_workbook(cell: &Cell, read: &Data) -> bool {
    let serial = |at: NaiveDateTime| {
        let zero = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_time(Default::default());
        (at - zero).num_seconds() as f64 / 86_400.0
    };
    let is_at = |at: NaiveDateTime| match read {
        Data::DateTime(read) => (read.as_f64() - serial(at)).abs() < 1e-7,
        _ => false,
    };
    let is_number = |number: Decimal| match read {
        // the shortest text of a float is the number that was written
        Data::Float(read) => read.to_string().parse::<Decimal>() == Ok(number),
        Data::Int(read) => Decimal::from(*read) == number,
        _ => false,
    };
    match cell {
        Cell::Text(text) if !text.is_empty() => *read == Data::String(text.clone()),
        Cell::Int(number) => is_number(Decimal::from(*number)),
        Cell::Number(number) | Cell::Money(number) => is_number(*number),
        Cell::Day(day) => is_at(day.and_time(Default::default())),
        Cell::Instant(at) => is_at(at.naive_local()),
        Cell::Flag(flag) => *read == Data::String((if *flag { "ja" } else { "nein" }).to_owned()),
        Cell::Text(_) | Cell::Empty | Cell::List(_) | Cell::Json(_) => *read == Data::Empty,
    }
}

fn untabbed(cell: &str) -> String {
    let (mut text, mut letters) = (String::new(), cell.chars());
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            (_, Some('t')) => text.push('\t'),
            (_, Some('n')) => text.push('\n'),
            (_, Some('r')) => text.push('\r'),
            (_, Some(other)) => text.push(other),
            (letter, None) => text.push(letter),
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn csv_is_read_back(table in table()) {
        let rows = super::cells(&printed(&table, Format::Csv), b',');
        prop_assert_eq!(&rows[0], &["first", "second", "third"]);
        compare(&table, &rows[1..], is_same_to_a_program)?;
    }

    #[test]
    fn csv_de_is_read_back(table in table()) {
        let bytes = printed(&table, Format::CsvDe);
        let rows = super::cells(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap(), b';');
        prop_assert_eq!(&rows[0], &["Erste", "Zweite", "Dritte"]);
        compare(&table, &rows[1..], is_same_to_the_office)?;
    }

    #[test]
    fn tsv_is_read_back(table in table()) {
        let text = String::from_utf8(printed(&table, Format::Tsv)).unwrap();
        // str::lines would end a line at \r\n, which no cell holds
        let lines = text.split_terminator('\n');
        let rows: Vec<Vec<String>> = lines.map(|line| line.split('\t').map(untabbed).collect()).collect();
        compare(&table, &rows, is_same_to_a_program)?;
    }

    #[test]
    fn xlsx_is_read_back(table in table()) {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(printed(&table, Format::Xlsx))).unwrap();
        let range = book.worksheet_range("Daten").unwrap();
        prop_assert_eq!(range.rows().next().unwrap()[2].to_string(), "Dritte");
        for (index, cells) in table.rows.iter().enumerate() {
            for (place, cell) in cells.iter().enumerate() {
                let read = range.get((index + 1, place)).unwrap_or(&Data::Empty);
                prop_assert!(is_same_in_a_workbook(cell, read), "{:?} was read as {:?}", cell, read);
            }
        }
    }
}
