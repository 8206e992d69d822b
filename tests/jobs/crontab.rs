//! `wvl cron`, with a program `crontab` that keeps its file in the test's folder.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use proptest::prelude::*;
use wvl::job::JOBS;

use super::office;
use crate::env::environment::Run;
use crate::env::{TestEnvironment, run};

/// An office with a crontab of its own.
struct Office {
    environment: TestEnvironment,
}

impl Office {
    fn new(more: &str) -> Office {
        let environment = office(more);
        std::fs::create_dir(environment.path().join("bin")).unwrap();
        let office = Office { environment };
        let tab = office.tab().display().to_string();
        office.program(&format!(
            "case \"$1\" in\n  -l) [ -f '{tab}' ] || {{ echo 'no crontab for test' >&2; exit 1; }}; cat '{tab}';;\n  \
             -r) rm '{tab}';;\n  -) cat > '{tab}';;\nesac\n"
        ));
        office
    }

    fn tab(&self) -> PathBuf {
        self.environment.path().join("crontab")
    }

    fn program(&self, script: &str) {
        let path = self.environment.write("bin/crontab", format!("#!/bin/sh\n{script}"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn wvl(&self, words: &[&str]) -> Run {
        let path = format!("{}:/usr/bin:/bin", self.environment.path().join("bin").display());
        run(self.environment.command(words).env("PATH", path))
    }

    fn crontab(&self) -> Option<String> {
        std::fs::read(self.tab()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[test]
fn one_configuration_has_one_block_by_whatever_name_it_is_called() {
    let office = Office::new("");
    std::fs::create_dir(office.environment.path().join("beside")).unwrap();
    assert_eq!(office.wvl(&["cron", "install"]).code, 0);
    let before = office.crontab().unwrap();
    let path = format!("{}:/usr/bin:/bin", office.environment.path().join("bin").display());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wvl"));
    command.args(["-c", "../wvl.toml", "cron", "install"]).env_clear();
    let run = run(command.env("PATH", path).current_dir(office.environment.path().join("beside")));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(office.crontab().unwrap(), before);
}

#[test]
fn a_crontab_that_could_not_be_read_is_never_replaced() {
    let office = Office::new("");
    let tab = office.tab().display().to_string();
    for ending in ["kill -9 $$", "exit 1", "cat /nowhere", "echo 'no crontab for x' >&2; kill -9 $$"] {
        office.environment.write("crontab", "0 1 * * * backup\n");
        office.program(&format!("case \"$1\" in\n  -l) {ending};;\n  -r) rm '{tab}';;\n  -) cat > '{tab}';;\nesac\n"));
        let run = office.wvl(&["cron", "install"]);
        assert_eq!(run.code, 1, "{ending}: {}", run.stderr);
        assert!(run.stderr.contains("did not read the crontab: "), "{ending}: {}", run.stderr);
        assert_eq!(office.crontab().as_deref(), Some("0 1 * * * backup\n"), "{ending}");
    }
}

#[test]
fn installed_twice_it_stands_there_once_and_removed_it_was_never_there() {
    let office = Office::new("");
    let before = "MAILTO=admin@firma.de\n\n0 1 * * * backup";
    for before in [None, Some(before), Some(&format!("{before}\n")), Some("\n")] {
        if let Some(text) = before {
            office.environment.write("crontab", text);
        }
        let preview = office.wvl(&["cron", "install", "--dry-run"]);
        assert!(preview.stdout.lines().any(|line| line.starts_with("+*/10 * * * * ")), "{}", preview.stdout);
        assert_eq!(office.crontab().as_deref(), before);
        let first = office.wvl(&["cron", "install"]);
        assert_eq!((first.code, first.stdout.as_str()), (0, ""), "{}", first.stderr);
        let installed = office.crontab().unwrap();
        assert!(installed.starts_with(before.unwrap_or_default()));
        assert!(!installed[before.unwrap_or_default().len()..].contains("MAILTO"));
        let binary = env!("CARGO_BIN_EXE_wvl");
        let config = office.environment.config().display().to_string();
        assert!(installed.contains(&format!("\n*/10 * * * * {binary} -c {config} escalate run\n")), "{installed}");
        office.wvl(&["cron", "install"]);
        assert_eq!(office.crontab().unwrap(), installed);
        let preview = office.wvl(&["cron", "remove", "--dry-run"]);
        assert!(
            preview.stdout.starts_with("-# BEGIN wvl") || preview.stdout.contains("\n-# BEGIN wvl"),
            "{}",
            preview.stdout
        );
        assert_eq!(office.wvl(&["cron", "remove"]).code, 0);
        assert_eq!(office.crontab().as_deref(), before);
        assert_eq!(office.wvl(&["cron", "remove"]).code, 0);
        assert_eq!(office.crontab().as_deref(), before);
    }
}

#[test]
fn a_job_without_a_schedule_or_a_folder_is_left_out() {
    let office =
        Office::new("[job.mail-flush]\nschedule = \"\"\n[job.escalate-run]\nschedule = \"0 7-18 * * mon-fri\"\n");
    let printed = office.wvl(&["cron", "print"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(
        !printed.stdout.contains("mail flush") && printed.stdout.contains("\n0 7-18 * * mon-fri /"),
        "{}",
        printed.stdout
    );
    let text = std::fs::read_to_string(office.environment.config()).unwrap();
    office.environment.write("wvl.toml", text.replace("folder = \"in\"", ""));
    let printed = office.wvl(&["cron", "print"]);
    assert!(!printed.stdout.contains("import run"), "{}", printed.stdout);
    assert!(printed.stderr.contains("ohne import run: in [import] ist kein folder gesetzt"), "{}", printed.stderr);
    assert!(printed.stderr.contains("ohne db dump: in [job.db-dump] ist kein folder gesetzt"), "{}", printed.stderr);
    let listed: serde_json::Value = serde_json::from_str(&office.wvl(&["cron", "print", "--json"]).stdout).unwrap();
    assert_eq!(listed[0]["job"], "escalate-run");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let for_cron_d = office.wvl(&["cron", "print", "--user", "wvl"]).stdout;
    assert!(for_cron_d.contains("\n30 4 * * * wvl /"), "{for_cron_d}");
}

#[test]
fn a_folder_for_dumps_brings_a_nightly_one() {
    let office = Office::new("[job.db-dump]\nfolder = \"backup\"\nkeep = 2\n");
    let (binary, config) = (env!("CARGO_BIN_EXE_wvl"), office.environment.config().display().to_string());
    let printed = office.wvl(&["cron", "print"]);
    let line = format!("\n15 3 * * * {binary} -c {config} db dump\n");
    assert!(printed.stdout.contains(&line) && !printed.stderr.contains("db dump"), "{printed:?}");
    let units = office.wvl(&["cron", "print", "--systemd"]);
    let backup = office.environment.path().join("backup").display().to_string();
    let unit = units.stdout.split("# /etc/systemd/system/").find(|unit| unit.starts_with("wvl-db-dump.service"));
    assert!(unit.is_some_and(|unit| unit.contains(&format!("ReadWritePaths=-{backup}\n"))), "{}", units.stdout);
    assert!(units.stderr.contains("backup is not there yet"), "{}", units.stderr);

    // where it is missing a disk may be: nothing is made, and it is noted
    let missing = office.wvl(&["db", "dump"]);
    assert_eq!(missing.code, 78, "{}", missing.stderr);
    assert!(missing.stderr.contains("[job.db-dump] folder: there is no folder"), "{}", missing.stderr);
    assert!(missing.stderr.contains(&format!("mkdir -m 700 {backup}")), "{}", missing.stderr);
    assert_eq!(office.wvl(&["db", "dump", "-n"]).code, 78);
    std::fs::create_dir(&backup).unwrap();
    for old in ["wvl-2026-01-01-000000.dump", "wvl-2026-01-02-000000.dump"] {
        office.environment.write(&format!("backup/{old}"), "");
    }
    assert_eq!(office.environment.ok(&["db", "dump"]), "", "a job is silent");
    let count = || std::fs::read_dir(&backup).unwrap().count();
    assert_eq!(count(), 2);
    office.environment.ok(&["db", "dump", "by-hand.dump"]);
    assert_eq!(count(), 2);
    let noted = "SELECT string_agg(outcome || exit_code, ' ' ORDER BY id) FROM job_runs WHERE job = 'db dump'";
    assert_eq!(office.environment.database.text(noted), "failed78 ok0 ok0");
    let tried = office.wvl(&["cron", "test", "db-dump", "--json"]);
    assert!(tried.code == 0 && tried.stdout.contains("db dump --dry-run"), "{tried:?}");
}

#[test]
fn a_schedule_beside_the_hours_of_a_type_is_told() {
    let office = Office::new("from = \"08:00\"\nto = \"18:00\"\n[job.escalate-run]\nschedule = \"0 22 * * *\"\n");
    for words in [&["cron", "print"][..], &["cron", "install"], &["config", "validate"]] {
        let run = office.wvl(words);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let told = "escalation.task is never reminded of: no run falls into its window";
        assert!(run.stderr.contains(told), "{words:?}\n{}", run.stderr);
    }
}

#[test]
fn what_is_in_the_way_is_said() {
    let office = Office::new("");
    let name = office.environment.config().display().to_string();
    let broken = format!("a\n# BEGIN wvl {name}\n* * * * * x\n");
    office.environment.write("crontab", &broken);
    for verb in ["install", "remove"] {
        let run = office.wvl(&["cron", verb]);
        assert_eq!(run.code, 65, "{}", run.stderr);
        assert!(
            run.stderr.contains("begins in line 2 and has no end") && run.stderr.contains("crontab -e"),
            "{}",
            run.stderr
        );
        assert_eq!(office.crontab().unwrap(), broken);
    }
    std::fs::remove_file(office.tab()).unwrap();
    office.program("echo 'You (test) are not allowed to use this program (crontab)' >&2; exit 1\n");
    let denied = office.wvl(&["cron", "install"]);
    assert_eq!(denied.code, 77, "{}", denied.stderr);
    assert!(denied.stderr.contains("You (test) are not allowed"), "{}", denied.stderr);
    office.program("[ \"$1\" = -l ] && exit 0; echo '\"-\":7: bad minute' >&2; exit 1\n");
    let refused = office.wvl(&["cron", "install"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("bad minute"), "{}", refused.stderr);
    office.program("cat > /dev/null 2>&1; exit 0\n");
    let lost = office.wvl(&["cron", "install"]);
    assert!(lost.stderr.contains("is not what was written into it"), "{}", lost.stderr);
    let empty = office.environment.path().join("in").display().to_string();
    let missing = run(office.environment.command(&["cron", "install"]).env("PATH", empty));
    assert_eq!(missing.code, 1);
    assert!(
        missing.stderr.contains("no program crontab") && missing.stderr.contains("apt-get install cron"),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_configuration_that_is_gone_can_still_be_taken_out() {
    let office = Office::new("");
    office.wvl(&["cron", "install"]);
    office.environment.write("wvl.toml", "broken = ");
    assert_eq!(office.wvl(&["cron", "install"]).code, 78);
    std::fs::remove_file(office.environment.config()).unwrap();
    let run = office.wvl(&["cron", "remove"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(office.crontab(), None);
}

#[test]
fn every_job_of_the_crontab_can_be_tried() {
    let office = Office::new(super::REPORTS);
    for job in JOBS.iter().filter(|job| job.schedule.is_some()) {
        let run = office.wvl(&["cron", "test", job.key, "--json"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let trial: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&trial["exit_code"], &trial["dry_run"]), (&0.into(), &true.into()));
        assert!(trial["command"].as_str().unwrap().ends_with(&format!("{} --dry-run", job.command)));
    }
    assert_eq!(office.environment.database.number("SELECT count(*) FROM job_runs"), 0);
    let live = office.wvl(&["cron", "test", "mail-flush", "--live", "--json"]);
    assert_eq!(live.code, 0, "{}", live.stderr);
    assert_eq!(office.environment.database.number("SELECT count(*) FROM job_runs"), 1);
    for wrong in ["mailflush", "escalate-baseline"] {
        let run = office.wvl(&["cron", "test", wrong]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("mail-flush"), "{}", run.stderr);
    }
}

#[test]
fn a_trial_has_what_cron_has_and_says_how_it_failed() {
    let office = Office::new("");
    std::fs::remove_dir(office.environment.path().join("in")).unwrap();
    let run = run(office
        .environment
        .command(&["cron", "test", "import-run", "--json"])
        .env("PGPASSWORD", "geheim")
        .env("TZ", "Asia/Tokyo"));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("under cron import run ended with exit code 1"), "{}", run.stderr);
    let trial: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(trial["stderr"].as_str().unwrap().contains("No such file"), "{trial}");
    let environment: Vec<&str> = trial["environment"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap().split('=').next().unwrap())
        .collect();
    assert_eq!(environment, ["SHELL", "HOME", "LOGNAME", "PATH"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// The real binary, whatever bytes stand in the crontab.
    #[test]
    fn every_crontab_comes_back_as_it_was(before in prop::collection::vec(any::<u8>().prop_filter("", |byte| *byte != 0), 1..80)) {
        thread_local! { static OFFICE: Office = Office::new(""); }
        OFFICE.with(|office| {
            std::fs::write(office.tab(), &before).unwrap();
            for verb in ["install", "install", "remove"] {
                let run = office.wvl(&["cron", verb]);
                assert_eq!(run.code, 0, "{}", run.stderr);
            }
            assert_eq!(std::fs::read(office.tab()).unwrap(), before);
        });
    }
}
