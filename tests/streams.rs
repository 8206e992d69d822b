//! What goes to which stream in which form: `-o`, `--json`, and errors for programs.

use crate::env::TestEnvironment;
use crate::env::environment::{Run, bare_command, run};

fn with_two_tasks() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO employees (number, first_name, last_name) VALUES (1, 'Ada', 'Auf'); \
         INSERT INTO tasks (number, title, due_at) VALUES (1, 'Anruf', '2026-11-20'), (2, 'Brief', '2026-11-20')",
    );
    environment
}

fn last_line(run: &Run) -> serde_json::Value {
    run.stderr.lines().last().unwrap().parse().unwrap_or_else(|error| panic!("{error}\n{run:?}"))
}

#[test]
fn several_edits_are_one_json_document() {
    let environment = with_two_tasks();
    let one: serde_json::Value = environment.ok(&["task", "done", "1", "--json"]).parse().unwrap();
    assert_eq!(one, serde_json::json!({ "number": "1" }));
    let two: serde_json::Value =
        environment.ok(&["task", "set", "1", "2", "--due", "2026-12-01", "--json"]).parse().unwrap();
    assert_eq!(two, serde_json::json!([{ "number": "1" }, { "number": "2" }]));
}

#[test]
fn a_file_holds_the_whole_answer() {
    let environment = with_two_tasks();
    let answer = environment.path().join("done.tsv");
    assert_eq!(environment.ok(&["task", "done", "1", "2", "-o", "done.tsv"]), "");
    assert_eq!(std::fs::read_to_string(&answer).unwrap(), "1\n2\n");
    environment.ok(&["task", "list", "-o", "tasks.json"]);
    let tasks: serde_json::Value =
        std::fs::read_to_string(environment.path().join("tasks.json")).unwrap().parse().unwrap();
    assert!(tasks.is_array(), "{tasks}");
    // a failure before anything was said leaves the file as it was
    assert_eq!(environment.wvl(&["task", "done", "99", "-o", "done.tsv"]).code, 4);
    assert_eq!(std::fs::read_to_string(&answer).unwrap(), "1\n2\n");
}

#[test]
fn an_extension_that_is_no_format_is_refused_before_anything_is_done() {
    let environment = with_two_tasks();
    let refused = environment.wvl(&["task", "done", "1", "-o", "done.odt"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("“.odt” names no format"), "{}", refused.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM tasks WHERE status = 'done'"), 0);
    environment.ok(&["task", "list", "-o", "done.odt", "-O", "json"]);
    environment.ok(&["task", "list", "-o", "/dev/null"]);
}

#[test]
fn errors_are_told_to_programs_too() {
    let environment = with_two_tasks();
    for flags in [&["--json"][..], &["-O", "json"], &["--format=json"], &["-Ojson"]] {
        let missing = environment.wvl(&[&["task", "show", "99"], flags].concat());
        assert_eq!(last_line(&missing)["error"]["kind"], "not_found", "{missing:?}");
        // what clap refuses has not even been read
        let mistyped = run(&mut bare_command(&[&["task", "shwo"], flags].concat()));
        assert_eq!(mistyped.code, 2);
        let told = last_line(&mistyped);
        assert_eq!((&told["error"]["code"], &told["error"]["kind"]), (&2.into(), &"usage".into()));
        assert!(told["error"]["message"].as_str().unwrap().contains("shwo"), "{told}");
    }
    let plain = run(&mut bare_command(&["task", "shwo"]));
    assert_eq!((plain.code, plain.stderr.contains("\"error\"")), (2, false));
    let help = run(&mut bare_command(&["task", "--help"]));
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
}
