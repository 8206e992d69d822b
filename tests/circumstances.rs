//! Every command in every circumstance: an empty environment, closed and full streams, a reader that goes away, forty
//! columns. The commands are read from the help, so that none can be forgotten.

use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output, Stdio};

use crate::env::environment::{Run, bare_command, run};
use crate::env::{TestDatabase, TestEnvironment};

const WVL: &str = env!("CARGO_BIN_EXE_wvl");
const NOW: &str = "2026-11-23T08:00:00+01:00";

/// What only looks, with what it needs; all other verbs write (`WRITERS`).
const READERS: &[&[&str]] = &[
    &["today", "--employee", "3"],
    &["escalate", "list"],
    &["escalate", "types"],
    &["escalate", "explain", "offer-follow-up:AN-1"],
    &["escalate", "history", "offer-follow-up:AN-1"],
    &["escalate", "simulate", "--days", "1"],
    &["report", "gf-daily"],
    &["report", "department-daily", "--department", "Technik"],
    &["customer", "list"],
    &["customer", "show", "10001"],
    &["contact-person", "list"],
    &["contact-person", "show", "P1"],
    &["document", "list"],
    &["document", "show", "AN-1"],
    &["purchase-order", "list"],
    &["purchase-order", "show", "E-1"],
    &["contract", "list"],
    &["contract", "show", "W-1"],
    &["ticket", "list"],
    &["ticket", "show", "T1"],
    &["task", "list"],
    &["task", "show", "A1"],
    &["notice", "list"],
    &["notice", "show", "N1"],
    &["employee", "list"],
    &["employee", "show", "3"],
    &["absence", "list"],
    &["department", "list"],
    &["department", "show", "Technik"],
    &["team", "list"],
    &["team", "show", "Einkauf"],
    &["site", "list"],
    &["company", "list"],
    &["product", "list"],
    &["product", "show", "SW-24"],
    &["target", "list"],
    &["calendar", "elapsed", "--from", "gestern"],
    &["calendar", "add", "--hours", "3"],
    &["calendar", "latest-start", "--hours", "3"],
    &["calendar", "holidays", "--year", "2026", "--state", "DE-BW"],
    &["calendar", "recur", "--start", "31.1.2026", "--every", "1m", "--count", "3"],
    &["customer", "export"],
    &["contact-person", "export"],
    &["document", "export"],
    &["purchase-order", "export"],
    &["contract", "export"],
    &["ticket", "export"],
    &["task", "export"],
    &["notice", "export"],
    &["employee", "export"],
    &["absence", "export"],
    &["department", "export"],
    &["team", "export"],
    &["site", "export"],
    &["company", "export"],
    &["product", "export"],
    &["target", "export"],
    &["query", "SELECT * FROM v_overdue"],
    &["report", "list"],
    &["report", "show", "margin"],
    &["report", "run", "overdue"],
    &["report", "run", "margin", "--from", "2026-01-01", "--set", "by=group"],
    &["report", "check"],
    &["mail", "queue", "list"],
    &["mail", "queue", "show", "1"],
    &["mail", "resolve"],
    &["runs", "list"],
    &["runs", "show", "1"],
    &["cron", "print"],
    &["config", "show"],
    &["db", "status"],
    &["db", "url"],
];

/// Those that look at nothing but what a test of their own has made, with the test that runs them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("absence show", "registers"),
    ("site show", "registers"),
    ("company show", "registers"),
    ("config validate", "config"),
    ("config generate", "config"),
    ("db psql", "db::command"),
    ("db migrate", "db::command"),
    ("db start", "db::cluster"),
    ("db stop", "db::cluster"),
    ("demo start", "demo"),
    ("demo load", "demo"),
    ("demo env", "demo"),
    ("demo stop", "demo"),
    ("demo tour", "demo"),
    ("mail flush", "outbox"),
    ("cron install", "jobs::crontab"),
    ("cron remove", "jobs::crontab"),
    ("cron test", "jobs::crontab"),
    ("status", "watch"),
    ("check", "watch"),
    ("doctor", "watch"),
    ("mail release", "outbox"),
    ("mail test", "outbox::desk"),
    ("mail render", "outbox::desk"),
    ("mail queue retry", "outbox::desk"),
    ("mail queue discard", "outbox::desk"),
    ("role list", "roles"),
    ("role grant", "roles"),
    ("role revoke", "roles"),
    ("db dump", "db::dump"),
    ("db restore", "db::dump"),
    ("db upgrade", "db::upgrade"),
    ("completions", "docs::completions"),
    ("man", "docs::pages"),
];

/// Verbs that write, of whatever noun.
const WRITERS: &[&str] =
    &["new", "set", "done", "close", "cancel", "import", "run", "ack", "mute", "unmute", "baseline", "purge", "leave"];

/// Every command below `path`, with its nouns and verbs.
fn commands(path: &[&str]) -> Vec<Vec<String>> {
    let help = run(&mut bare_command(&[path, &["--help"]].concat()));
    assert_eq!(help.code, 0, "{path:?}: {}", help.stderr);
    let Some((_, listed)) = help.stdout.split_once("\nCommands:\n") else {
        return vec![path.iter().map(|word| (*word).to_owned()).collect()];
    };
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().filter(|name| *name != "help").map(str::to_owned));
    names.flat_map(|name| commands(&[path, &[&name]].concat())).collect()
}

fn house() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(include_str!("data/views.sql"));
    environment.database.execute(
        "INSERT INTO contact_persons (number, partner_id, last_name) SELECT 'P1', id, 'Bau' FROM partners;
         INSERT INTO purchase_orders (number, title, order_date) VALUES ('E-1', 'Switches', '2026-11-03');
         INSERT INTO notices (number, kind, title, raised_at) VALUES ('N1', 'system', 'Preisliste', '2026-11-20');
         INSERT INTO teams (name) VALUES ('Einkauf');
         INSERT INTO job_runs (job, host, pid, finished_at, outcome, exit_code, message)
             VALUES ('mail flush', 'erp', 1, now(), 'partial', 3, E'zwei\\nZeilen');
         INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, raw, sha256)
             VALUES ('3f2504e0-4f89-41d3-9a0c-0305e82c3301', '<1@wvl.example>', 'test', 'customer', 'wvl@x.example',
                 'Probe', 'x', sha256('x'));
         INSERT INTO outbox_recipients (id, message_id, address, state, last_reply, done_at)
             SELECT 1, id, 'kunde@x.example', 'unknown', E'250\\u202e ok', now() FROM outbox_messages;
         INSERT INTO absences (employee_id, first_day, last_day, kind)
             SELECT id, '2026-11-23', '2026-11-24', 'vacation' FROM employees WHERE number = 7",
    );
    environment.configure(
        "[escalation.offer-follow-up]\nactive = true\nfrom = \"08:00\"\nto = \"18:00\"\nstage1 = { hours = 1 }\n",
    );
    environment
}

/// A command in the hands of a shell that first does something to its streams.
fn with_streams(environment: &TestEnvironment, streams: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.env_clear().current_dir("/").stdin(Stdio::null());
    command.args(["-c", &format!("exec \"$0\" \"$@\" {streams}"), WVL, "--config"]).arg(environment.config());
    command.args(arguments).args(["--as-of", NOW]);
    command
}

fn sound(output: &Output, told: &str) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8(bytes.clone()).unwrap_or_else(|error| panic!("{told}: {stream}: {error}"));
        assert!(!text.contains("panicked"), "{told}: {text}");
    }
}

#[test]
fn for_programs_a_refused_command_line_says_what_was_meant_too() {
    for (arguments, message, hint) in [
        (&["customer", "list", "--colums", "a", "--json"][..], "'--colums'", "'--columns'"),
        (&["customer", "lsit", "--json"], "'lsit'", "'list'"),
        (&["query", "--timeout", "1s", "--json"], "<SQL|FILE>", ""),
    ] {
        let refused = run(&mut bare_command(arguments));
        assert_eq!(refused.code, 2, "{arguments:?}");
        let error: serde_json::Value = refused.stderr.lines().last().unwrap().parse().unwrap();
        let told = |key: &str| error["error"][key].as_str().unwrap_or_default().to_owned();
        assert!(told("message").contains(message) && told("hint").contains(hint), "{error}");
    }
}

#[test]
fn a_dash_is_standard_output() {
    let environment = house();
    let (piped, dashed) = (environment.ok(&["customer", "list"]), environment.ok(&["customer", "list", "-o", "-"]));
    assert_eq!(piped, dashed);
    assert!(!environment.path().join("-").exists());
}

#[test]
fn every_command_is_known_here() {
    let mut unknown = Vec::new();
    for command in commands(&[]) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let reads = READERS.iter().any(|reader| reader.starts_with(&words));
        let elsewhere = ELSEWHERE.iter().any(|(known, _)| *known == words.join(" "));
        let writes = words.len() == 2 && WRITERS.contains(&words[1]);
        if !reads && !elsewhere && !writes {
            unknown.push(words.join(" "));
        }
    }
    assert!(unknown.is_empty(), "say in tests/circumstances.rs what these are: {}", unknown.join(", "));
}

#[test]
fn every_help_stands_in_every_circumstance() {
    let mut paths: Vec<Vec<String>> = commands(&[]);
    paths.extend(paths.clone().iter().filter(|path| path.len() > 1).map(|path| path[..1].to_vec()));
    paths.sort();
    paths.dedup();
    for path in paths {
        let told = path.join(" ");
        let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
        words.push("--help");
        for (name, value) in [("LANG", "C"), ("COLUMNS", "40")] {
            let mut command = Command::new(WVL);
            command.env_clear().env(name, value).current_dir("/").args(&words).stdin(Stdio::null());
            let output = command.output().unwrap();
            sound(&output, &told);
            assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{told}");
        }
    }
    let shell = |line: &str| Command::new("/bin/sh").env_clear().args(["-c", line]).output().unwrap().status.code();
    assert_eq!(shell(&format!("{WVL} ticket --help >/dev/full")), Some(75));
    assert_eq!(shell(&format!("{WVL} ticket list --help <&- >&- 2>&-")), Some(0));
    // a noun alone is a short help
    let alone = run(&mut bare_command(&["ticket"]));
    assert!(alone.stderr.contains("Examples:") || alone.stdout.contains("Examples:"), "{alone:?}");
}

#[test]
fn what_only_looks_answers_in_every_circumstance() {
    let house = house();
    for reader in READERS {
        let told = reader.join(" ");
        let plain = with_streams(&house, "", reader).output().unwrap();
        sound(&plain, &told);
        assert_eq!(plain.status.code(), Some(0), "{told}: {}", String::from_utf8_lossy(&plain.stderr));
        // all the same with other words for it, and no input
        let mut other = with_streams(&house, "<&-", reader);
        let other = other.env("LANG", "C").env("LC_ALL", "C").env("TZ", "Asia/Tokyo").env("HOME", "/nowhere");
        let other = other.env("COLUMNS", "40").env("PGUSER", "nobody").env("PGDATABASE", "none").output().unwrap();
        assert_eq!(other.status.code(), Some(0), "{told}: {}", String::from_utf8_lossy(&other.stderr));
        if !told.starts_with("escalate simulate") {
            assert_eq!(plain.stdout, other.stdout, "{told}");
        }
        // nobody listens
        let closed = with_streams(&house, "<&- >&- 2>&-", reader).output().unwrap();
        assert_eq!(closed.status.code(), Some(0), "{told}, all streams closed");
        // no room
        let full = with_streams(&house, ">/dev/full", reader).output().unwrap();
        sound(&full, &told);
        let expected = if plain.stdout.is_empty() { 0 } else { 75 };
        assert_eq!(full.status.code(), Some(expected), "{told} >/dev/full: {}", String::from_utf8_lossy(&full.stderr));
        // errors for programs are the last line
        let json = with_streams(&house, "", &[*reader, &["--json", "--columns", "no_such_column"][..]].concat())
            .output()
            .unwrap();
        sound(&json, &told);
        if json.status.code() != Some(0) {
            let stderr = String::from_utf8(json.stderr).unwrap();
            let error: serde_json::Value =
                stderr.lines().last().unwrap().parse().unwrap_or_else(|_| panic!("{told}: {stderr}"));
            assert_eq!(error["error"]["code"], json.status.code().unwrap(), "{told}");
        }
    }
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let house = house();
    for reader in READERS {
        let mut child = with_streams(&house, "", reader).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{reader:?}: {said}");
        assert!(!said.contains("Broken pipe"), "{reader:?}: {said}");
    }
}

/// Runs in a terminal of that width, made by script(1); none where there is no such program.
fn in_terminal(environment: &TestEnvironment, width: u16, arguments: &[&str], streams: &str) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
    let line = format!(
        "stty cols {width} rows 50; exec {} --config {} {} --as-of {NOW} --color never {streams}",
        quoted(WVL),
        quoted(environment.config().to_str().unwrap()),
        words.join(" ")
    );
    let mut command = Command::new("script");
    command.env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "dumb").env("SHELL", "/bin/sh").stdin(Stdio::null());
    let output = command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap().replace('\r', "");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{text}");
    Some(text)
}

#[test]
fn lists_fit_into_forty_columns() {
    let house = house();
    for reader in READERS.iter().filter(|reader| reader.last() == Some(&"list")) {
        let Some(text) = in_terminal(&house, 40, reader, "2>/dev/null") else { return };
        for line in text.lines() {
            assert!(line.chars().count() <= 40, "{reader:?}\n{text}");
        }
    }
}

#[test]
fn a_terminal_is_not_moved_by_what_a_customer_is_called() {
    let house = house();
    house.database.execute(
        "UPDATE partners SET name = E'Bau\\u001b[2J\\u202egmbH\\u009b31m'; UPDATE tasks SET title = E'a\\nb\\u0007'",
    );
    for arguments in [
        &["customer", "list"][..],
        &["customer", "show", "10001"],
        &["document", "list", "-O", "tsv"],
        &["customer", "show", "10001", "--json"],
        &["customer", "list", "-O", "jsonl"],
        &["task", "list"],
        &["escalate", "list"],
        &["escalate", "explain", "offer-follow-up:AN-1"],
        &["today", "--employee", "3"],
        &["query", "SELECT name, ARRAY[name] AS names, to_json(name) AS object, name AS \"\u{202e}x\" FROM partners"],
        &["query", "SELECT name FROM partners", "-O", "tsv"],
        &["query", "SHOW search_path"],
    ] {
        let Some(text) = in_terminal(&house, 160, arguments, "") else { return };
        let hidden = text.chars().find(|it| (it.is_control() && *it != '\n' && *it != '\t') || *it == '\u{202e}');
        assert_eq!(hidden, None, "{arguments:?}\n{text:?}");
    }
    // a pipe gets what is stored
    assert!(house.ok(&["customer", "list"]).contains('\u{202e}'));
}

#[test]
fn arguments_that_are_no_text_are_a_usage_error() {
    let house = house();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    for verb in [&["ticket", "show"][..], &["query"], &["customer", "list", "--search"]] {
        let run = run(house.command(verb).arg(odd));
        assert_eq!(run.code, 2, "{verb:?}: {}", run.stderr);
    }
}

#[test]
fn without_a_database_nothing_is_made() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let state = environment.path().join("state");
    environment.write("wvl.toml", format!("[database]\nstate_dir = {state:?}\n"));
    for reader in [&["task", "list"][..], &["query", "SELECT 1"], &["escalate", "run"], &["customer", "show", "1"]] {
        let run = environment.wvl(reader);
        assert_eq!(run.code, 78, "{reader:?}: {}", run.stderr);
        assert!(run.stderr.contains("wvl demo start") && run.stderr.contains("wvl db migrate"), "{}", run.stderr);
        assert!(!state.exists(), "{reader:?} has made {}", state.display());
    }
    assert!(environment.ok(&["db", "status"]).contains("not created"));
}

#[test]
fn psql_gets_what_stands_behind_it() {
    let house = house();
    let run: Run = house.wvl(&["db", "psql", "-At", "-c", "SELECT 41 + 1"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "42\n"), "{}", run.stderr);
}

#[test]
fn what_was_meant_is_named() {
    let house = house();
    for (typed, meant) in [
        (&["tikcet", "list"][..], "ticket"),
        (&["ticket", "lits"], "list"),
        (&["ticket", "list", "--opne"], "--open"),
        (&["ticket", "list", "--columns", "numbr"], "did you mean “number”?"),
        (&["ticket", "list", "--sort", "-tilte"], "did you mean “title”?"),
        (&["ticket", "list", "--status", "closd"], "did you mean “closed”?"),
        (&["escalate", "list", "--type", "offer-folow-up"], "did you mean “offer-follow-up”?"),
    ] {
        let run = house.wvl(typed);
        assert!(run.code == 2 && run.stderr.contains(meant), "{typed:?}: {}", run.stderr);
    }
    house.configure("[escalation.offer-follow-up]\nactiv = true\n");
    let run = house.wvl(&["config", "validate"]);
    assert!(run.code == 78 && run.stderr.contains("active"), "{}", run.stderr);
}

#[test]
fn a_job_that_meets_itself_waits_as_long_as_it_is_told() {
    use diesel::connection::SimpleConnection;

    let environment = house();
    let mut other = environment.database.connect();
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(hashtext('wvl escalate run'), 1)").unwrap();
    let run = |more: &[&str]| environment.wvl(&[&["escalate", "run", "--no-flush", "--as-of", NOW], more].concat());
    let worked = "SELECT count(*) FROM job_runs WHERE finished_at IS NOT NULL AND NOT counts ? 'busy'";
    let begun = std::time::Instant::now();
    let silent = run(&["--wait", "1s"]);
    assert_eq!((silent.code, silent.stdout.as_str(), silent.stderr.as_str()), (0, "", ""));
    let took = begun.elapsed();
    assert_eq!((took.as_secs() >= 1, environment.database.number(worked)), (true, 0), "{took:?}");
    assert_eq!(run(&["--fail-if-busy"]).code, 75);
    let mut waiting =
        environment.command(&["escalate", "run", "--no-flush", "--as-of", NOW, "--wait", "5m"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(environment.database.number(worked), 0);
    other.batch_execute("ROLLBACK").unwrap();
    assert!(waiting.wait().unwrap().success());
    assert_eq!(environment.database.number(worked), 1);
}
