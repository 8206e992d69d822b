//! The jobs as cron meets them: silent, in the diary, watched, in the crontab.

use wvl::job::JOBS;

use crate::env::TestEnvironment;

mod crontab;
mod diary;
mod timers;
mod told;

/// A folder to import from, and a type that is active.
const WITH_FOLDER: &str = "[import]\nfolder = \"in\"\n[escalation.task]\nactive = true\n";
/// Evening mails with a reader.
const REPORTS: &str =
    "[report.gf-daily]\nto = \"mail:chef@firma.example\"\n[report.department-daily]\nto = \"department-head\"\n";

fn office(more: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.configure(&format!("{WITH_FOLDER}{more}"));
    std::fs::create_dir(environment.path().join("in")).unwrap();
    environment
}

/// The command of a job, as it is said by hand where nobody may be asked.
fn command_of(job: &wvl::job::Job) -> Vec<&'static str> {
    let mut words: Vec<&str> = job.command.split(' ').collect();
    if job.schedule.is_none() {
        words.push("--yes");
    }
    words
}

#[test]
fn every_job_is_silent_on_success_and_stands_in_the_diary() {
    const DUMPS: &str = "[job.db-dump]\nfolder = \"backup\"\n";
    let more = format!("{REPORTS}{DUMPS}");
    let environment = office(&more);
    std::fs::create_dir(environment.path().join("backup")).unwrap();
    for job in JOBS {
        let run = environment.wvl(&command_of(job));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", job.name);
        // whoever starts one by hand asks for its answer
        assert!(job.schedule.is_none() || run.stdout.is_empty(), "{}: {}", job.name, run.stdout);
        let row = format!(
            "SELECT concat_ws(' ', count(*), min(outcome), min(exit_code), min(length(config_hash)), bool_and(finished_at >= \
             started_at)) FROM job_runs WHERE job = '{}'",
            job.name
        );
        assert_eq!(environment.database.text(&row), "1 ok 0 64 t", "{}", job.name);
    }
    // under one configuration, whatever is noted beside it
    environment.configure(&format!("# a remark\n{WITH_FOLDER}{more}[job]\nkeep_days = 90\n"));
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.database.number("SELECT count(DISTINCT config_hash) FROM job_runs"), 1);
    environment.configure(&format!("{WITH_FOLDER}{more}[job]\nkeep_days = 91\n"));
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.database.number("SELECT count(DISTINCT config_hash) FROM job_runs"), 2);
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let environment = office(REPORTS);
    for job in JOBS {
        let mut words = command_of(job);
        words.push("--dry-run");
        let run = environment.wvl(&words);
        assert_eq!(run.code, 0, "{} {}", job.name, run.stderr);
    }
    assert_eq!(environment.database.number("SELECT count(*) FROM job_runs"), 0);
}

#[test]
fn every_job_takes_the_flags_for_one_that_is_busy() {
    let environment = office(REPORTS);
    for job in JOBS.iter().filter(|job| job.schedule.is_some()) {
        let mut words = command_of(job);
        words.extend(["--fail-if-busy", "--wait", "5s"]);
        assert_eq!(environment.wvl(&words).code, 0, "{}", job.name);
    }
}

#[test]
fn a_busy_run_is_no_run_that_went_well() {
    let environment = office("");
    let held = std::fs::File::create(environment.path().join("in/.wvl-import.lock")).unwrap();
    held.lock().unwrap();
    let silent = environment.wvl(&["import", "run"]);
    assert_eq!((silent.code, silent.stdout.as_str(), silent.stderr.as_str()), (0, "", ""));
    let failing = environment.wvl(&["import", "run", "--fail-if-busy", "--json"]);
    assert_eq!(failing.code, 75);
    assert!(failing.stderr.contains("another run works in") && failing.stderr.contains("--wait"), "{}", failing.stderr);
    let rows = "SELECT string_agg(concat_ws(' ', outcome, exit_code, counts->>'busy'), ', ' ORDER BY id) FROM job_runs";
    assert_eq!(environment.database.text(rows), "busy 0 true, busy 75 true");
    let listed = environment.ok(&["runs", "list", "--columns", "job,state,exit_code"]);
    assert_eq!(listed, "import run\tbusy\t0\nimport run\tbusy\t75\n");
    drop(held);
    assert_eq!(environment.wvl(&["import", "run", "--fail-if-busy"]).code, 0);
}
