//! `wvl import run`: profiles and the folder for cron.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::with_people;
use crate::env::TestEnvironment;

/// The examples of the generated configuration, switched on.
pub fn sample_profiles() -> String {
    let sample = wvl::settings::sample(wvl::escalation::types::Profile::Seed);
    let lines = sample.lines().skip_while(|line| *line != "#   [import.profile.c-entron-offers]");
    let lines = lines.take_while(|line| *line != "[job]").filter_map(|line| line.strip_prefix("#   "));
    lines.collect::<Vec<_>>().join("\n")
}

/// A house with people and the two profiles, and an empty folder.
pub fn house() -> (TestEnvironment, PathBuf) {
    let environment = TestEnvironment::with_database(with_people());
    let folder = environment.path().join("erp");
    std::fs::create_dir(&folder).unwrap();
    environment.configure(&format!(
        "[import]\nfolder = \"erp\"\n[import.files]\n\"AngeboteOffen*\" = \"c-entron-offers\"\n\
         \"OPOS*.csv\" = \"datev-open-items\"\n{}\n",
        sample_profiles()
    ));
    (environment, folder)
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

fn in_cp1252(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

#[test]
fn both_examples_of_profiles_import_what_those_programs_write() {
    let (environment, _) = house();
    let offers = environment.write("a.csv", in_cp1252(include_str!("../data/angebote-erp.csv")));
    let items = environment.write("b.csv", include_str!("../data/opos-datev.csv"));
    assert_eq!(
        environment.ok(&["document", "import", offers.to_str().unwrap(), "--profile", "c-entron-offers"]),
        "new 3, changed 0, same 0, wrong 0, closed 0\n"
    );
    let run = environment.wvl(&["document", "import", items.to_str().unwrap(), "--profile", "datev-open-items"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "new 2, changed 0, same 0, wrong 0, closed 0\n"), "{}", run.stderr);
    assert_eq!(run.stderr, "warning: b.csv: these columns are not stored: Name, Mahndatum, Zinsen\n");
    let said = environment.database.text(
        "SELECT string_agg(concat_ws(' ', d.kind, d.number, d.status, p.number, d.document_date, \
         d.follow_up_at AT TIME ZONE 'Europe/Berlin', d.payment_due_at AT TIME ZONE 'Europe/Berlin', d.net_amount, \
         d.open_amount, x.dunning_level), '; ' ORDER BY d.kind DESC, d.number) FROM documents d \
         JOIN partners p ON p.id = d.partner_id LEFT JOIN document_details x ON x.document_id = d.id",
    );
    assert_eq!(
        said,
        "offer AN-1001 open 10001 2026-11-02 2026-11-20 00:00:00 12500.00; \
         offer AN-1002 open 10002 2026-11-03 980.50; offer AN-1003 won 10001 2026-10-01 2026-11-01 00:00:00 1500; \
         invoice RE-1 open 10001 2026-10-01 2026-10-16 00:00:00 1190.00 2; \
         invoice RE-2 open 10002 2026-11-10 2026-11-25 00:00:00 59.50"
    );
    let wrong = environment.wvl(&["document", "import", "x.csv", "--profile", "c-entron-ofers"]);
    assert_eq!(wrong.code, 65, "the file comes first: {}", wrong.stderr);
    let wrong = environment.wvl(&["document", "import", offers.to_str().unwrap(), "--profile", "c-entron-ofers"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("did you mean \"c-entron-offers\"?"), "{}", wrong.stderr);
    let wrong = environment.wvl(&["customer", "import", offers.to_str().unwrap(), "--profile", "c-entron-offers"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("is for document, not for customer"), "{}", wrong.stderr);
    assert_eq!(environment.wvl(&["config", "validate"]).code, 0);
}

#[test]
fn a_folder_is_imported_file_by_file() {
    let (environment, folder) = house();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    put("AngeboteOffen1.csv", &in_cp1252(include_str!("../data/angebote-erp.csv")));
    put("documents.csv", b"Art;Nr;Kunde;Datum\nAuftrag;7;20001;1.11.2026\n");
    put("customers-2026-11-17.csv", b"Nr;Name\n20001;Neu\n");
    put("customers-wrong.csv", b"Nr;Name;E-Mail\n20002;Neu;x\n");
    put("wasdas.csv", b"a;b\n1;2\n");
    put("tasks.csv.part", b"Nr;Titel\n1;a\n");
    put("readme.pdf", b"x");
    std::fs::write(environment.path().join("secret.csv"), "Nr;Titel\n9;geheim\n").unwrap();
    symlink("../secret.csv", folder.join("task.csv")).unwrap();
    let job = ["import", "run", "--settle", "0", "--as-of", "2026-11-17 09:00"];
    let run = environment.wvl(&job);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    for part in [
        "3 troubles",
        "task.csv: is a link, which may lead anywhere",
        "customers-wrong.csv: nothing was imported\ncustomers-wrong.csv: line 2, column E-Mail: \"x\" cannot be written to",
        "wasdas.csv: nothing was imported\nnobody knows which register it belongs to",
    ] {
        assert!(run.stderr.contains(part), "{part}\nin\n{}", run.stderr);
    }
    assert_eq!(names(&folder), ["done", "failed", "readme.pdf", "task.csv", "tasks.csv.part"]);
    assert_eq!(
        names(&folder.join("done")),
        [
            "2026-11-17-0900-AngeboteOffen1.csv",
            "2026-11-17-0900-customers-2026-11-17.csv",
            "2026-11-17-0900-documents.csv"
        ]
    );
    assert_eq!(
        names(&folder.join("failed")),
        [
            "2026-11-17-0900-customers-wrong.csv",
            "2026-11-17-0900-customers-wrong.csv.errors.txt",
            "2026-11-17-0900-wasdas.csv",
            "2026-11-17-0900-wasdas.csv.errors.txt",
        ]
    );
    assert_eq!(environment.database.number("SELECT count(*) FROM documents"), 4);
    assert_eq!(environment.database.number("SELECT count(*) FROM tasks"), 0);
    let diary = "SELECT concat_ws(' ', job, outcome, exit_code, counts->>'files', counts->>'failed') FROM job_runs";
    assert_eq!(environment.database.text(diary), "import run partial 3 5 2");
    // the same name in the same minute, and silence when all is well
    std::fs::remove_file(folder.join("task.csv")).unwrap();
    put("customers-2026-11-17.csv", b"Nr;Name\n20001;Neu\n");
    let run = environment.wvl(&job);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert!(names(&folder.join("done")).contains(&"2026-11-17-0900-2-customers-2026-11-17.csv".to_owned()));
}

#[test]
fn files_are_taken_in_the_order_of_their_names_and_a_late_list_of_all_undoes_nothing() {
    let (environment, folder) = house();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let job = ["import", "run", "--settle", "0", "--as-of", "2026-11-22 04:00"];
    // written in the wrong order
    put("customers-2026-11-22.csv", "Nr;Name\n20001;Neuer Name\n");
    std::thread::sleep(std::time::Duration::from_millis(20));
    put("customers-2026-11-21.csv", "Nr;Name\n20001;Alter Name\n");
    environment.ok(&job);
    assert_eq!(environment.database.text("SELECT name FROM partners WHERE number = '20001'"), "Neuer Name");
    // who has no profile may write what has changed alone: it is not refused
    put("customers-2026-11-20.csv", "Nr;Name\n20002;Auch neu\n");
    environment.ok(&job);
    environment.configure(
        "[import]\nfolder = \"erp\"\n[import.profile.all]\nregister = \"customer\"\ncomplete = true\nmax_vanish = 100\n\
         [import.profile.all.fixed]\nkind = \"supplier\"\n",
    );
    put("all-20261122.csv", "Nr;Name\n30001;Neu\n");
    environment.ok(&job);
    put("all-20261121.csv", "Nr;Name\n30001;Alt\n30002;Alt\n");
    let late = environment.wvl(&job);
    assert_eq!(late.code, 3, "{}", late.stderr);
    let said = "all-20261121.csv: nothing was imported\nit is older than done/2026-11-22-0400-all-20261122.csv, which has been \
                imported, and would undo it; if it is meant all the same: wvl customer import --profile all FILE";
    assert!(late.stderr.contains(said), "{}", late.stderr);
    assert_eq!(names(&folder.join("failed")).len(), 2, "the file and what is wrong with it");
    // a slip in a name does not shut the door for good
    put("all-20621122.csv", "Nr;Name\n30001;Neu\n");
    environment.ok(&job);
    // the same time again is the same file twice, and of files without a date the older one is the one written earlier
    put("all-20261122.csv", "Nr;Name\n30001;Neu\n");
    put("all.csv", "Nr;Name\n30001;Neu\n30003;Neu\n");
    environment.ok(&job);
    put("all.csv", "Nr;Name\n30001;Alt\n");
    let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    std::fs::File::options().write(true).open(folder.join("all.csv")).unwrap().set_modified(hour).unwrap();
    assert_eq!(environment.wvl(&job).code, 3);
    let stored =
        "SELECT string_agg(number || name, ' ' ORDER BY number) FROM partners WHERE number LIKE '3%' AND active";
    assert_eq!(environment.database.text(stored), "30001Neu 30003Neu");
}

#[test]
fn a_crash_between_commit_and_move_does_no_harm() {
    let (environment, folder) = house();
    std::fs::write(folder.join("customers.csv"), "Nr;Name\n20001;Neu\n").unwrap();
    let job = ["import", "run", "--settle", "0"];
    let mut command = environment.command(&job);
    // the first point of this command
    command.env("WVL_KILL_AT", "1");
    assert!(!command.status().unwrap().success());
    assert_eq!(environment.database.number("SELECT count(*) FROM partners WHERE number = '20001'"), 1);
    assert_eq!(names(&folder), ["customers.csv", "failed"]);
    assert_eq!(environment.wvl(&job).code, 0);
    assert_eq!(names(&folder), ["done", "failed"]);
    assert_eq!(environment.database.number("SELECT count(*) FROM partners WHERE changed_at IS NOT NULL"), 0);
}

#[test]
fn what_is_being_written_waits_and_two_runs_do_not_meet() {
    let (environment, folder) = house();
    let file = folder.join("customers.csv");
    std::fs::write(&file, "Nr;Name\n20001;Neu\n").unwrap();
    let slow = environment.command(&["import", "run", "--settle", "4"]).spawn();
    // it looks into the folder right after it has noted that it begins
    while environment.database.number("SELECT count(*) FROM job_runs") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let busy = environment.wvl(&["import", "run", "--settle", "0", "--fail-if-busy"]);
    assert_eq!(busy.code, 75, "{}", busy.stderr);
    assert_eq!(environment.wvl(&["import", "run", "--settle", "0"]).code, 0);
    std::fs::write(&file, "Nr;Name\n20001;Neu\n20002;Noch einer\n").unwrap();
    assert!(slow.unwrap().wait().unwrap().success());
    assert_eq!(names(&folder), ["customers.csv"], "it has grown while the run looked");
    assert_eq!(environment.wvl(&["import", "run", "--settle", "0", "-n"]).code, 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM partners WHERE number LIKE '2000%'"), 0);
    assert_eq!(environment.wvl(&["import", "run", "--settle", "0"]).code, 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM partners WHERE number LIKE '2000%'"), 2);
    // no folder, and a folder whose done/ leads elsewhere
    assert_eq!(environment.wvl(&["import", "run", "/no/such/folder"]).code, 1);
    let other = environment.path().join("other");
    std::fs::create_dir(&other).unwrap();
    symlink("/tmp", other.join("done")).unwrap();
    std::fs::write(other.join("customers.csv"), "Nr;Name\n20001;Neu\n").unwrap();
    let run = environment.wvl(&["import", "run", other.to_str().unwrap(), "--settle", "0"]);
    assert!(run.code == 3 && run.stderr.contains("done is no folder"), "{} {}", run.code, run.stderr);
}

#[test]
fn a_run_that_waits_takes_over_when_the_other_one_ends() {
    let (environment, folder) = house();
    std::fs::write(folder.join("customers.csv"), "Nr;Name\n20001;Neu\n").unwrap();
    let lock = std::fs::File::create(folder.join(".wvl-import.lock")).unwrap();
    lock.lock().unwrap();
    let begun = std::time::Instant::now();
    let run = environment.wvl(&["import", "run", "--settle", "0", "--wait", "1s"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "the other one does the work");
    assert!(begun.elapsed().as_secs() >= 1 && folder.join("customers.csv").exists());
    let busy = environment.wvl(&["--wait", "1", "import", "run", "--fail-if-busy"]);
    assert_eq!(busy.code, 75, "{}", busy.stderr);
    let mut waiting = environment.command(&["import", "run", "--settle", "0", "--wait", "5m"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    drop(lock);
    assert!(waiting.wait().unwrap().success());
    assert_eq!(names(&folder), ["done", "failed"]);
}
