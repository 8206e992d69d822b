//! The formats of lists, records and exports: what is printed is read back, and what is exported imports as the same.

mod export;
mod lists;
mod properties;
mod workbook;

use crate::env::TestEnvironment;

/// Texts that a format or a spreadsheet could take for something else.
pub const NASTY: [&str; 14] = [
    "=1+1",
    " +49 7321 140399",
    "-x",
    "@SUM(A1)",
    "3-12",
    "01234",
    "1e5",
    "Öl; \"Gas\" & Söhne, 5 €",
    "zwei\nZeilen",
    "Tab\there",
    "zwei\r\nZeilen",
    "'=1",
    "\\n ist kein Umbruch",
    "_x000D_ <b>&amp;",
];

/// A company with one employee and a task for each nasty text.
pub fn with_nasty_tasks() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute("INSERT INTO employees (number, first_name, last_name) VALUES (1, 'Ada', 'Öztürk')");
    for (number, title) in (1..).zip(NASTY) {
        environment.database.execute(&format!(
            "INSERT INTO tasks (number, title, due_at) VALUES ('{number:03}', '{}', '2026-11-20T13:30:00Z')",
            title.replace('\'', "''")
        ));
    }
    environment
}

/// The cells of a delimited file.
pub fn cells(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}
