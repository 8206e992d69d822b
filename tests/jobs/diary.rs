//! `wvl runs`, and how the diary is kept short.

use super::office;

#[test]
fn the_diary_tells_how_each_run_ended() {
    let environment = office("");
    environment.database.execute(
        "INSERT INTO job_runs (job, host, pid, started_at, finished_at, outcome, exit_code, counts, message) VALUES
           ('mail flush', 'erp', 1, '2026-11-20 07:00Z', '2026-11-20 07:00:09Z', 'ok', 0, '{\"sent\": 3, \"held\": 0}', NULL),
           ('mail flush', 'erp', 1, '2026-11-20 07:05Z', '2026-11-20 07:05:02Z', 'failed', 69, '{}', 'no server'),
           ('escalate run', 'erp', 1, '2026-11-20 07:10Z', '2026-11-20 07:10:02Z', 'partial', 3, '{}', E'one\\ntwo\\nthree')",
    );
    // a run of this machine whose process is gone, and one of another machine that nobody can ask
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    environment.database.execute(&format!(
        "INSERT INTO job_runs (job, host, pid, started_at) VALUES ('mail flush', '{}', 999999999, now() - interval '1 min'),
           ('mail flush', 'elsewhere', 1, now() - interval '1 min')",
        host.trim()
    ));
    let columns = "--columns=job,seconds,state,exit_code,counts,message,host";
    assert_eq!(
        environment.ok(&["runs", "list", "--to", "2026-11-20", columns]),
        "mail flush\t9\tok\t0\t{\"held\":0,\"sent\":3}\t\terp\n\
         mail flush\t2\tfailed\t69\t{}\tno server\terp\n\
         escalate run\t2\tpartial\t3\t{}\tone\\ntwo\\nthree\terp\n"
    );
    let table = environment.ok(&["runs", "list", "--to", "2026-11-20", columns, "-O", "table"]);
    for part in ["erledigt", "sent 3", "fehlgeschlagen", "teilweise", "one (+2)"] {
        assert!(table.contains(part), "{part}\n{table}");
    }
    assert!(!table.contains("held"), "{table}");
    let listed = |more: &[&str]| environment.ok(&[&["runs", "list", "--columns=job,state"][..], more].concat());
    assert_eq!(listed(&["--failed"]), "mail flush\tfailed\nescalate run\tpartial\nmail flush\taborted\n");
    assert_eq!(listed(&["--job", "escalate-run"]), "escalate run\tpartial\n");
    assert_eq!(listed(&["--host", "elsewhere"]), "mail flush\topen\n");
    assert_eq!(listed(&["--limit", "1", "--failed"]), "mail flush\taborted\n");
    assert_eq!(listed(&["--search", "NO SERVER"]), "mail flush\tfailed\n");
    let none = environment.wvl(&["runs", "list", "--job", "import-run", "--fail-empty"]);
    assert_eq!((none.code, none.stderr.as_str()), (4, "error: no run found\n"));
    let wrong = environment.wvl(&["runs", "list", "--job", "mailflush"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean mail-flush?"), "{}", wrong.stderr);

    let id = environment.database.text("SELECT id FROM job_runs WHERE outcome = 'partial'");
    let shown: serde_json::Value = serde_json::from_str(&environment.ok(&["runs", "show", &id, "--json"])).unwrap();
    assert_eq!((shown["message"].as_str(), shown["state"].as_str()), (Some("one\ntwo\nthree"), Some("partial")));
    let gone = environment.wvl(&["runs", "show", "4711"]);
    assert_eq!(gone.code, 4);
    assert!(gone.stderr.starts_with("error: run 4711 not found"), "{}", gone.stderr);
}

#[test]
fn a_run_that_works_is_known_by_its_process() {
    let environment = office("");
    let held = std::fs::File::create(environment.path().join("in/.wvl-import.lock")).unwrap();
    held.lock().unwrap();
    let mut child = environment.command(&["import", "run", "--wait", "60s"]).spawn().unwrap();
    let state = || environment.ok(&["runs", "list", "--columns=state"]);
    let started = std::time::Instant::now();
    while state().is_empty() {
        assert!(started.elapsed().as_secs() < 30);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(state(), "running\n");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(state(), "aborted\n");
}

#[test]
fn the_diary_forgets_what_is_old_but_never_the_last_good_run() {
    let environment = office("[job]\nkeep_days = 30\n");
    environment.database.execute(
        "INSERT INTO job_runs (job, host, pid, started_at, finished_at, outcome, exit_code)
         SELECT job, 'erp', 1, now() - days * interval '1 day', now(), outcome, 0
         FROM (VALUES ('mail flush', 29, 'failed'), ('mail flush', 31, 'failed'), ('mail flush', 40, 'ok'),
               ('mail flush', 41, 'ok'), ('escalate run', 5, 'ok'), ('escalate run', 50, 'ok')) v (job, days, outcome)",
    );
    let left = "SELECT string_agg(concat_ws(' ', job, outcome, (now()::date - started_at::date)), ', ' ORDER BY job, \
                started_at) FROM job_runs WHERE job <> 'escalate purge'";
    let rehearsed = environment.wvl(&["escalate", "purge", "--dry-run"]);
    assert!(rehearsed.stderr.contains("Im Tagebuch der Jobs: 3 alte Läufe."), "{}", rehearsed.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM job_runs"), 6);
    environment.ok(&["escalate", "purge"]);
    assert_eq!(environment.database.text(left), "escalate run ok 5, mail flush ok 40, mail flush failed 29");
    assert_eq!(
        environment.database.number("SELECT (counts->>'runs')::int FROM job_runs WHERE job = 'escalate purge'"),
        3
    );
}

#[test]
fn lists_of_a_long_diary_are_read_from_an_index() {
    let environment = office("");
    environment.database.execute(
        "INSERT INTO job_runs (job, host, pid, started_at, finished_at, outcome, exit_code)
         SELECT 'mail flush', 'erp', 1, now() - n * interval '5 min', now(), 'ok', 0 FROM generate_series(1, 50000) n;
         ANALYZE job_runs",
    );
    let started = std::time::Instant::now();
    let listed = environment.ok(&["runs", "list", "--limit", "20"]);
    assert_eq!(listed.lines().count(), 20);
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}
