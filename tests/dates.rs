//! Dates on the command line: one parser for every command, and its answer said back at a terminal.

use std::path::Path;

use crate::env::TestEnvironment;

/// What would be a second parser.
const OTHER_WAYS: [&str; 6] = [
    "parse::<NaiveDate",
    "parse::<DateTime",
    "parse_from_rfc3339",
    "parse_from_str",
    "parse_and_remainder",
    "NaiveDate::from_ymd",
];

#[test]
fn no_command_reads_dates_on_its_own() {
    let mut wrong = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            wrong.extend(
                OTHER_WAYS.iter().filter(|way| code.contains(**way)).map(|way| {
                    format!("{}: {way}: calendar::dates reads the dates of the command line", path.display())
                }),
            );
            // clap would read a date in its own way
            for kind in ["NaiveDate", "DateTime<"] {
                let flags = code.split("#[arg(").skip(1).filter_map(|part| part.lines().nth(1));
                wrong.extend(
                    flags.filter(|field| field.contains(kind)).map(|field| format!("{}: {field}", path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_flag_with_a_date_says_what_it_takes() {
    let environment = TestEnvironment::new();
    for arguments in [
        &["task", "new", "x", "--due"][..],
        &["ticket", "new", "x", "--due"],
        &["customer", "new", "9", "x", "--follow-up"],
        &["document", "list", "--from"],
        &["document", "list", "--to"],
        &["task", "list", "--as-of"],
        &["calendar", "add", "--hours", "1", "--from"],
        &["calendar", "elapsed", "--to"],
        &["calendar", "latest-start", "--hours", "1", "--now"],
        &["calendar", "recur", "--count", "3", "--every", "1m", "--start"],
        &["notice", "new", "x", "--on"],
        &["query", "SELECT 1", "--as-of"],
    ] {
        let run = environment.wvl(&[arguments, &["31.2.2026"]].concat());
        assert_eq!(run.code, 2, "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains("valid are for example"), "{arguments:?}\n{}", run.stderr);
    }
}

#[test]
fn what_lists_print_is_taken_back() {
    let environment = TestEnvironment::new();
    environment.ok(&["task", "new", "Anruf", "--due", "30.11.2026 14:00", "--as-of", "2026-11-23T08:00"]);
    let number = environment.ok(&["task", "list", "--columns", "number"]);
    let printed = environment.ok(&["task", "list", "--columns", "due_at"]);
    assert_eq!(printed, "2026-11-30T14:00:00+01:00\n");
    let same = environment.wvl(&["task", "set", number.trim(), "--due", printed.trim(), "-O", "table"]);
    assert!(same.stdout.contains("keine sichtbare Änderung"), "{same:?}");
    let table = environment.ok(&["task", "list", "--columns", "due_at", "-O", "table"]);
    let shown = table.lines().last().unwrap().trim();
    assert_eq!(shown, "30.11.2026 14:00");
    let same = environment.wvl(&["task", "set", number.trim(), "--due", shown, "-O", "table"]);
    assert!(same.stdout.contains("keine sichtbare Änderung"), "{same:?}");
}
