//! `wvl query`: somebody's own SQL, read-only, in every format.

use std::io::Write;
use std::process::Stdio;

use crate::env::environment::{Run, run};
use crate::env::{TestDatabase, TestEnvironment};

fn json(environment: &TestEnvironment, sql: &str) -> serde_json::Value {
    environment.ok(&["query", sql, "--json"]).parse().unwrap()
}

fn refused(environment: &TestEnvironment, sql: &str, code: i32, told: &str) -> Run {
    let run = environment.wvl(&["query", sql]);
    assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{sql}\n{}", run.stderr);
    assert!(run.stderr.contains(told), "{sql}\n{}", run.stderr);
    run
}

#[test]
fn every_type_has_its_cell() {
    let environment = TestEnvironment::new();
    let rows = json(
        &environment,
        "SELECT 1 AS int, 9223372036854775807 AS big, 1.50 AS num, 0.25::float8 AS float, true AS flag, \
         DATE '2026-11-23' AS day, TIMESTAMPTZ '2026-11-23 07:00Z' AS at, NULL AS nothing, 'ü' AS text, \
         ARRAY['a;b', 'c'] AS texts, ARRAY[1, NULL] AS ints, '{\"a\": [1]}'::jsonb AS object, \
         'infinity'::date AS forever, 'NaN'::numeric AS nan, '2026-11-23 08:00'::timestamp AS local, \
         '1 day 02:00'::interval AS span, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS uuid, ROW(1, 'x') AS record, \
         '\\xff'::bytea AS bytes, int4range(1, 5) AS range, 1e300 AS huge, now() - now() AS zero, 'x'::char(3) AS padded, \
         pg_sleep(0) AS void, to_tsvector('simple', 'a') AS words, '10.0.0.0/8'::inet AS host, NULL::text[] AS no_texts",
    );
    let expected = serde_json::json!({
        "int": 1, "big": 9_223_372_036_854_775_807_i64, "num": 1.5, "float": 0.25, "flag": true,
        "day": "2026-11-23", "at": "2026-11-23T08:00:00+01:00", "nothing": null, "text": "ü",
        "texts": ["a;b", "c"], "ints": [1, null], "object": { "a": [1] },
        "forever": "infinity", "nan": "NaN", "local": "2026-11-23 08:00:00",
        "span": "1 day 02:00:00", "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "record": "(1,x)",
        "bytes": "\\xff", "range": "[1,5)", "zero": "00:00:00", "padded": "x",
        "void": "", "words": "'a':1", "host": "10.0.0.0/8", "no_texts": null,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&rows[0][key], value, "{key}");
    }
    assert!(rows[0]["huge"].is_string(), "more digits than a number can have");
}

#[test]
fn domains_enums_and_whatever_a_database_has_print() {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "CREATE TYPE wvl.mood AS ENUM ('gut', 'so la la'); CREATE DOMAIN wvl.amount AS numeric CHECK (VALUE >= 0); \
         CREATE TABLE wvl.odd (id int, \"Großer Name\" text, m wvl.mood, a wvl.amount, l wvl.mood[]); \
         INSERT INTO wvl.odd VALUES (1, 'x', 'gut', 1.5, '{gut,so la la}')",
    );
    let rows = json(&environment, "SELECT *, id FROM odd -- all of it");
    let expected = serde_json::json!(
        [{ "id": 1, "Großer Name": "x", "m": "gut", "a": 1.5, "l": ["gut", "so la la"], "id_2": 1 }]
    );
    assert_eq!(rows, expected);
    // column headings stand there without rows too
    let none = environment.ok(&["query", "SELECT id, m FROM odd WHERE false", "-O", "table"]);
    assert!(none.contains("id") && none.contains('m'), "{none}");
    for kind in ["SELECT t FROM pg_type t LIMIT 3", "TABLE odd", "VALUES (1, 'a'), (2, NULL)", "SELECT * FROM pg_class"]
    {
        environment.ok(&["query", kind]);
    }
}

#[test]
fn rows_keep_their_order_and_come_piece_by_piece() {
    let environment = TestEnvironment::new();
    let sql = "SELECT n FROM generate_series(1, 3500) n ORDER BY n DESC;";
    let rows = environment.ok(&["query", sql]);
    let numbers: Vec<i64> = rows.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=3_500).rev().collect::<Vec<i64>>());
    assert_eq!(environment.ok(&["query", sql, "-O", "jsonl", "--limit", "1"]), "{\"n\":3500}\n");
    assert_eq!(environment.ok(&["query", sql, "--sort", "n", "--limit", "2"]), "1\n2\n");
    assert_eq!(json(&environment, sql).as_array().unwrap().len(), 3_500);
    let said = environment.wvl(&["query", "SELECT 1 AS number", "--sort", "numbr"]);
    assert!(said.code == 2 && said.stderr.contains("did you mean “number”?"), "{}", said.stderr);
    assert_eq!(environment.ok(&["query", "SELECT 1 AS a, 2 AS b", "--columns", "b"]), "2\n");
    assert_eq!(environment.wvl(&["query", "SELECT 1 WHERE false", "--fail-empty"]).code, 4);
    assert_eq!(environment.ok(&["query", "SELECT 1 WHERE false"]), "");
}

#[test]
fn every_format_takes_it() {
    let environment = TestEnvironment::new();
    let sql = "SELECT 1.5 AS amount, '=1+1' AS text, DATE '2026-11-23' AS day, ARRAY[1, 2] AS list, NULL AS nothing";
    let asked = |format: &str| environment.ok(&["query", sql, "-O", format]);
    assert_eq!(asked("csv"), "amount,text,day,list,nothing\n1.5,=1+1,2026-11-23,\"[1,2]\",\n");
    let german = asked("csv-de");
    assert_eq!(
        german,
        "\u{feff}\"amount\";\"text\";\"day\";\"list\";\"nothing\"\r\n1,5;\"'=1+1\";23.11.2026;\"[1,2]\";\r\n"
    );
    assert_eq!(asked("tsv"), "1.5\t=1+1\t2026-11-23\t[1,2]\t\n");
    assert_eq!(
        asked("jsonl"),
        "{\"amount\":1.5,\"day\":\"2026-11-23\",\"list\":[1,2],\"nothing\":null,\"text\":\"=1+1\"}\n"
    );
    let headed = environment.ok(&["query", "SELECT 1 AS \"=1+1\"", "-O", "csv-de"]);
    assert_eq!(headed, "\u{feff}\"'=1+1\"\r\n1\r\n");
    environment.ok(&["query", sql, "-o", "answer.xlsx"]);
    assert!(std::fs::read(environment.path().join("answer.xlsx")).unwrap().starts_with(b"PK"));
    assert_eq!(environment.ok(&["query", sql, "-O", "csv", "--columns", "day,text"]), "day,text\n2026-11-23,=1+1\n");
    assert_eq!(environment.wvl(&["query", sql, "--columns", "dya"]).code, 2);
    assert_eq!(environment.ok(&["query", "SELECT 1 AS a WHERE false", "-O", "csv"]), "a\n");
    assert_eq!(environment.ok(&["query", "SELECT 1 AS a WHERE false", "--json"]).trim(), "[]");
}

#[test]
fn nothing_can_be_written() {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO tasks (number, title) VALUES ('A1', 'Anruf'); \
         CREATE FUNCTION wvl.sneaky() RETURNS bigint LANGUAGE sql AS \
             $$ UPDATE wvl.tasks SET title = 'x' RETURNING id $$",
    );
    refused(&environment, "DELETE FROM tasks", 2, "DELETE does not");
    refused(&environment, "SELECT 1; DELETE FROM tasks", 2, "only one statement");
    refused(&environment, "SELECT 1) AS q; DELETE FROM wvl.tasks; SELECT * FROM (SELECT 1", 2, "only one statement");
    refused(&environment, "SELECT wvl.sneaky()", 2, "only reads");
    refused(&environment, "WITH gone AS (DELETE FROM tasks RETURNING *) SELECT * FROM gone", 2, "only reads");
    refused(&environment, "SELECT * FROM tasks FOR UPDATE", 2, "only reads");
    refused(&environment, "SELECT nextval('wvl.tasks_id_seq')", 2, "only reads");
    refused(&environment, "EXPLAIN ANALYZE DELETE FROM tasks", 2, "only reads");
    refused(&environment, "SELECT * INTO copied FROM tasks", 2, "INTO");
    refused(&environment, "SET TRANSACTION READ WRITE", 2, "SET does not");
    refused(
        &environment,
        "SELECT set_config('transaction_read_only', 'off', false), wvl.sneaky()",
        1,
        "before any query",
    );
    assert_eq!(environment.database.text("SELECT title FROM tasks"), "Anruf");
}

#[test]
fn mistakes_are_told_in_the_statements_own_words() {
    let environment = TestEnvironment::new();
    refused(&environment, "SELECT number\nFORM tasks t", 2, "(line 2, column 6: “tasks t”)");
    refused(&environment, "SELECT", 2, "no columns");
    refused(&environment, "SELECT * FROM", 2, "at its end");
    let run = refused(&environment, "SELECT numbr FROM tasks", 2, "(line 1, column 8: “numbr FROM tasks”)");
    assert!(run.stderr.contains("hint:"), "{}", run.stderr);
    refused(&environment, "SELECT * FROM taks", 2, "taks");
    refused(&environment, "SELECT 1) AS q", 2, "syntax error");
    refused(&environment, "SELECT $1", 2, "");
    refused(&environment, "SELECT 1 / (n - 5) FROM generate_series(1, 9) n", 1, "division by zero");
    refused(&environment, "nothing.sql", 1, "nothing.sql");
    let last = environment.wvl(&["query", "SELECT x", "--json"]);
    let told: serde_json::Value = last.stderr.lines().last().unwrap().parse().unwrap();
    assert_eq!(told["error"]["kind"], "usage");
}

#[test]
fn the_time_limit_ends_it() {
    let environment = TestEnvironment::new();
    let run = environment.wvl(&["query", "SELECT pg_sleep(20)", "--timeout", "1s"]);
    assert_eq!(run.code, 75, "{}", run.stderr);
    assert!(run.stderr.contains("longer than 1 s"), "{}", run.stderr);
    // many quick pieces add up
    let slow = "SELECT n, pg_sleep(0.0005) IS NULL FROM generate_series(1, 20000) n";
    assert_eq!(environment.wvl(&["query", slow, "--timeout", "2s"]).code, 75);
    assert_eq!(environment.wvl(&["query", "SELECT 1", "--timeout", "soon"]).code, 2);
}

#[test]
fn from_a_file_and_from_standard_input() {
    let environment = TestEnvironment::new();
    environment.write("one.sql", "\u{feff}-- one\nSELECT 1 AS one;\n");
    assert_eq!(environment.ok(&["query", "one.sql"]), "1\n");
    let mut child = environment
        .command(&["query", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT 'von dort'").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"von dort\n");
    environment.write("bad.sql", b"SELECT '\xff'");
    let run = environment.wvl(&["query", "bad.sql"]);
    assert_eq!(run.code, 65, "{}", run.stderr);
    assert!(run.stderr.contains("byte 9"), "{}", run.stderr);
    // /dev/zero has no end
    assert_eq!(run_on_zero(&environment).code, 65);
}

fn run_on_zero(environment: &TestEnvironment) -> Run {
    run(environment.command(&["query", "-"]).stdin(std::fs::File::open("/dev/zero").unwrap()))
}

#[test]
fn explain_and_show_answer_in_lines() {
    let environment = TestEnvironment::new();
    assert!(environment.ok(&["query", "EXPLAIN SELECT * FROM tasks"]).contains("tasks"));
    assert_eq!(environment.ok(&["query", "SHOW transaction_read_only"]), "on\n");
    // the office's day and our now
    let sql = "SELECT '2026-11-22 23:30Z'::timestamptz::date, wvl.as_of()";
    assert_eq!(
        environment.ok(&["query", sql, "--as-of", "2026-11-23T08:00"]),
        "2026-11-23\t2026-11-23T08:00:00+01:00\n"
    );
}

#[test]
fn whoever_may_not_read_gets_77() {
    let mut environment = TestEnvironment::new();
    environment.database.url = environment.database.url_as("wvl_test_query_reader");
    let grant = "GRANT wvl_read TO wvl_test_query_reader";
    environment.database.execute_as_superuser(grant);
    environment.configure("");
    refused(&environment, "SELECT birthday FROM employees", 77, "does not permit");
    refused(&environment, "SELECT * FROM pg_authid", 77, "permission denied");
    refused(&environment, "SELECT pg_read_file('/etc/passwd')", 77, "permission denied");
    environment.ok(&["query", "SELECT number FROM employees"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let environment = TestEnvironment::new();
    let mut child = environment
        .command(&["query", "SELECT repeat('x', 100) FROM generate_series(1, 100000)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = run(environment.command(&["query", "SELECT 1"]).stdout(full));
    assert_eq!(run.code, 75, "{}", run.stderr);
}

#[test]
fn an_unmigrated_database_says_so() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    refused(&environment, "SELECT 1", 78, "wvl db migrate");
}

#[test]
fn who_reads_slowly_does_not_use_up_the_time_of_the_server() {
    let environment = TestEnvironment::new();
    let sql = "SELECT n, repeat('x', 500) FROM generate_series(1, 20000) AS n";
    let mut command = environment.command(&["query", sql, "--timeout", "2s"]);
    let mut asked = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // the pipe is full long before the end
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    let mut rows = String::new();
    std::io::Read::read_to_string(asked.stdout.as_mut().unwrap(), &mut rows).unwrap();
    let ended = asked.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(rows.lines().count(), 20_000);
}
