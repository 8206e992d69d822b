//! csv, csv-de and tsv of lists and records; `--columns`, `--sort`, `--limit`, `--fail-empty`.

use wvl::output::unguarded;

use super::{NASTY, cells, with_nasty_tasks};
use crate::env::TestEnvironment;

const TASKS: [&str; 6] = ["task", "list", "--columns", "number,title,status,due_at", "--sort", "number"];

#[test]
fn csv_is_for_programs() {
    let environment = with_nasty_tasks();
    let text = environment.ok(&[&TASKS[..], &["-O", "csv"]].concat());
    assert!(text.starts_with("number,title,status,due_at\n001,=1+1,open,2026-11-20T14:30:00+01:00\n"), "{text}");
    let rows = cells(text.as_bytes(), b',');
    let titles: Vec<&str> = rows[1..].iter().map(|row| row[1].as_str()).collect();
    assert_eq!(titles, NASTY);
    environment.ok(&[&TASKS[..], &["-o", "tasks.csv"]].concat());
    assert_eq!(std::fs::read_to_string(environment.path().join("tasks.csv")).unwrap(), text);
}

#[test]
fn csv_de_is_for_a_german_spreadsheet() {
    let environment = with_nasty_tasks();
    environment.ok(&[&TASKS[..], &["-O", "csv-de", "-o", "tasks.csv"]].concat());
    let text = std::fs::read_to_string(environment.path().join("tasks.csv")).unwrap();
    assert!(
        text.starts_with(
            "\u{feff}\"Nummer\";\"Titel\";\"Status\";\"Fällig\"\r\n\
             \"001\";\"'=1+1\";\"offen\";20.11.2026 14:30\r\n\"002\";\"' +49 "
        ),
        "{text}"
    );
    let rows = cells(text.trim_start_matches('\u{feff}').as_bytes(), b';');
    let titles: Vec<&str> = rows[1..].iter().map(|row| unguarded(&row[1])).collect();
    assert_eq!(titles, NASTY);
}

#[test]
fn tsv_has_a_line_for_each_row() {
    let environment = with_nasty_tasks();
    let text = environment.ok(&TASKS);
    let read = |cell: &str| {
        let (mut text, mut letters) = (String::new(), cell.chars());
        while let Some(letter) = letters.next() {
            text.push(match letter {
                '\\' => match letters.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    other => other.unwrap(),
                },
                letter => letter,
            });
        }
        text
    };
    let titles: Vec<String> = text.lines().map(|line| read(line.split('\t').nth(1).unwrap())).collect();
    assert_eq!(titles, NASTY);
}

#[test]
fn an_empty_list_has_a_heading_and_can_be_an_error() {
    let environment = TestEnvironment::new();
    let list = ["customer", "list", "--columns", "number,name"];
    assert_eq!(environment.ok(&[&list[..], &["-O", "csv"]].concat()), "number,name\n");
    assert_eq!(environment.ok(&[&list[..], &["-O", "csv-de"]].concat()), "\u{feff}\"Kundennummer\";\"Name\"\r\n");
    assert_eq!(environment.ok(&list), "");
    for command in [
        &["customer", "list"][..],
        &["customer", "export"],
        &["escalate", "list"],
        &["escalate", "history"],
        &["escalate", "types", "--active"],
        &["calendar", "holidays", "--year", "2026", "--state", "DE-BW", "--limit", "0"],
    ] {
        let run = environment.wvl(&[command, &["--fail-empty"]].concat());
        assert_eq!(run.code, 4, "{command:?} {run:?}");
    }
}

#[test]
fn edits_are_one_table() {
    let environment = with_nasty_tasks();
    let done = |format: &str| environment.ok(&["task", "done", "001", "002", "-O", format]);
    assert_eq!(done("csv"), "number\n001\n002\n");
    assert_eq!(done("csv-de"), "\u{feff}\"Nummer\"\r\n\"001\"\r\n\"002\"\r\n");
}

#[test]
fn a_mistyped_column_is_suggested() {
    let environment = with_nasty_tasks();
    for command in [&["task", "list"][..], &["task", "show", "001"], &["escalate", "types"], &["task", "export"]] {
        let run = environment.wvl(&[command, &["--columns", "statsu,activ"]].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("did you mean") || run.stderr.contains("columns: "), "{run:?}");
    }
    let run = environment.wvl(&["task", "list", "--columns", "titel"]);
    assert!(run.stderr.contains("did you mean “title”?"), "{run:?}");
    for (flag, asked, meant) in [
        ("--columns", "name", "did you mean “first_name” or “last_name”?"),
        ("--sort", "-name", "did you mean “first_name” or “last_name”?"),
        ("--columns", "vorgesetzte", "did you mean “supervisor”?"),
    ] {
        let run = environment.wvl(&["employee", "list", flag, asked]);
        assert!(run.code == 2 && run.stderr.contains(meant), "{flag} {asked}: {run:?}");
    }
    let run = environment.wvl(&["escalate", "types", "--sort", "-tpye"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean “type”?"), "{run:?}");
}

#[test]
fn lists_that_no_register_backs_are_sorted_and_cut_too() {
    let environment = TestEnvironment::new();
    let holidays = ["calendar", "holidays", "--year", "2026", "--state", "DE-BW"];
    let latest = environment.ok(&[&holidays[..], &["--sort", "-date", "--limit", "2", "-O", "csv"]].concat());
    assert_eq!(latest.lines().next(), Some("date,name,weekday"));
    assert_eq!(latest.lines().nth(1).map(|line| line.starts_with("2026-12-26,")), Some(true), "{latest}");
    assert_eq!(latest.lines().count(), 3);
    // the form that CLI.md promises stays
    let json: serde_json::Value =
        environment.ok(&[&holidays[..], &["--sort", "-date", "--limit", "1", "--json"]].concat()).parse().unwrap();
    assert_eq!(json[0]["date"], "2026-12-26");
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert!(json[0].get("weekday").is_none(), "{json}");
    let types = environment.ok(&["escalate", "types", "--columns", "type", "--sort", "type", "--limit", "3"]);
    let types: Vec<&str> = types.lines().collect();
    assert!(types.len() == 3 && types.is_sorted(), "{types:?}");
    assert_eq!(environment.wvl(&["escalate", "types", "--limit", "-1"]).code, 2);
}

#[test]
fn a_record_is_a_line_whatever_belongs_to_it() {
    let environment = with_nasty_tasks();
    let text = environment.ok(&["task", "show", "001", "-O", "csv", "--columns", "title,number"]);
    assert_eq!(text, "title,number\n=1+1,001\n");
}

#[test]
fn a_list_goes_to_a_pipe_that_closes_early() {
    use std::io::BufRead;
    use std::process::Stdio;

    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO tasks (number, title) SELECT n, repeat('Aufgabe ', 20) FROM generate_series(1, 50000) AS n",
    );
    for format in ["csv", "csv-de", "tsv", "jsonl", "json", "table"] {
        let mut child = environment
            .command(&["task", "list", "-O", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{format} {output:?}");
    }
}
