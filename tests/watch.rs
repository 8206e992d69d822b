//! wvl watched: each trouble is put into a database, or an environment is broken, and what `status`, `check` and `doctor`
//! say is compared whole (tests/data/watch.txt, doctor.txt).

mod doctor;
mod every_trouble;
mod plugin;

use std::path::Path;

use crate::env::TestEnvironment;

/// Monday, in the middle of the morning.
const AS_OF: &str = "2026-11-23T10:05";

/// A company that reminds of tasks.
const TASKS: &str = "[escalation]\ncompany_heads = [1]\n\n[escalation.task]\nactive = true\n";

/// Installed three weeks ago, and every job did its work when it should have: on a machine in UTC as on one in Berlin.
const A_GOOD_DAY: &str = "
    UPDATE __diesel_schema_migrations SET run_on = '2026-11-02T08:00';
    INSERT INTO employees (number, first_name, last_name, email) VALUES (1, 'Ada', 'Berg', 'berg@x.example');
    INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, counts, config_hash) VALUES
        (101, 'escalate run', 'cron1', 71, '2026-11-23T09:00:01Z', '2026-11-23T09:00:02Z', 'ok', 0,
            '{\"steps\": 12, \"mails\": 5, \"over_caps\": 0}', repeat('ab', 32)),
        (102, 'mail flush', 'cron1', 72, '2026-11-23T09:00:01Z', '2026-11-23T09:00:02Z', 'ok', 0,
            '{\"sent\": 5}', repeat('ab', 32)),
        (103, 'escalate purge', 'cron1', 73, '2026-11-23T04:30:01Z', '2026-11-23T04:30:02Z', 'ok', 0,
            '{}', repeat('ab', 32));
";

/// An environment on a good day.
fn good_day() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.configure(TASKS);
    environment.database.execute(A_GOOD_DAY);
    environment
}

/// Compares with the file of this name; the actual text lies beside the test's other output if they differ.
fn hold_to(name: &str, actual: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected != actual {
        let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&beside, actual).unwrap();
        let differing = expected.lines().zip(actual.lines()).find(|(expected, actual)| expected != actual);
        panic!("{} is not {}; first: {differing:#?}", beside.display(), file.display());
    }
}

/// What differs from machine to machine, and from run to run.
fn masked(text: &str, environment: &TestEnvironment) -> String {
    let url = &environment.database.url;
    let version = environment.database.text("SELECT split_part(current_setting('server_version'), ' ', 1)");
    text.replace(&environment.path().display().to_string(), "PLACE")
        .replace(url, "DATABASE")
        .replace(&format!(" {},", every_trouble::here()), " HERE,")
        .replace(&format!("Postgres {version}"), "Postgres VERSION")
}
