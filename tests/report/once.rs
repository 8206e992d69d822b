//! Each reader has one mail of a day, whoever starts how many runs and however they end.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use crate::env::TestEnvironment;
use crate::env::environment::Run;

/// Two heads of the company and a department with a head; one document of the day.
const HOUSE: &str = "
    INSERT INTO employees (id, number, first_name, last_name, email, site_id) VALUES
        (901, 901, 'Carla', 'Chef', 'chef@firma.example', 1),
        (902, 902, 'Dora', 'Direktor', 'direktor@firma.example', 1),
        (903, 903, 'Otto', 'Ohne', NULL, 1);
    INSERT INTO departments (id, name, head_id) VALUES (901, 'Technik', 902), (902, 'Lager', NULL);
    INSERT INTO documents (kind, number, document_date, net_amount, status)
        VALUES ('order', 'AB-1', '2026-11-24', 18400, 'closed');
";
const CONFIGURATION: &str = "
    [escalation]
    company_heads = [901, 902]
";
/// The heads of the company get the evening mail.
const TO_HEADS: &str = "[report.gf-daily]\nto = \"company-head\"\n";
const EVENING: &str = "2026-11-24T18:40";

fn house(more: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(HOUSE);
    environment.configure(&format!("{CONFIGURATION}{more}"));
    environment
}

fn send(environment: &TestEnvironment, instant: &str, more: &[&str]) -> Run {
    environment.wvl(&[&["report", "gf-daily", "--send", "--as-of", instant][..], more].concat())
}

/// The same configuration in another mode.
fn set_mode(environment: &TestEnvironment, mode: &str) {
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let old = text.lines().find(|line| line.starts_with("mode = ")).unwrap();
    environment.write("wvl.toml", text.replace(old, &format!("mode = {mode:?}")));
}

fn editions(environment: &TestEnvironment) -> String {
    environment.database.text(
        "SELECT coalesce(string_agg(concat_ws(' ', report, day, split_part(address, '@', 1), edition, outcome,
             CASE WHEN rehearsal THEN 'rehearsal' END), ', ' ORDER BY report, day, address, edition), '')
         FROM report_editions",
    )
}

#[test]
fn each_head_has_it_once_an_evening() {
    let environment = house(TO_HEADS);
    for _ in 0..3 {
        let run = send(&environment, EVENING, &[]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    }
    assert_eq!(environment.mails().len(), 2);
    assert_eq!(editions(&environment), "gf-daily 2026-11-24 chef 1 sent, gf-daily 2026-11-24 direktor 1 sent");
    // each edition knows its mail and what its readers have seen
    let known = "SELECT count(*) FROM report_editions e JOIN outbox_messages m ON m.id = e.message_id
                 WHERE e.snapshot IS NOT NULL AND e.origin IS NOT NULL AND m.kind = 'report'";
    assert_eq!(environment.database.number(known), 2);
    // once more for whoever asks for it
    assert_eq!(send(&environment, EVENING, &["--resend"]).code, 0);
    assert_eq!(environment.mails().len(), 4);
    assert_eq!(environment.database.number("SELECT max(edition) FROM report_editions"), 2);
}

#[test]
fn nothing_leaves_before_its_hour_or_on_a_free_day() {
    let environment = house(TO_HEADS);
    for instant in ["2026-11-24T18:29", "2026-11-22T20:00", "2026-12-25T20:00"] {
        assert_eq!(send(&environment, instant, &[]).code, 0, "{instant}");
    }
    assert_eq!(environment.mails().len(), 0);
    // Friday has the week, the first working day the month before
    send(&environment, "2026-11-27T19:00", &[]);
    send(&environment, "2026-12-01T19:00", &[]);
    assert_eq!(
        editions(&environment).split(", ").filter(|edition| edition.contains("chef")).collect::<Vec<_>>(),
        [
            "gf-daily 2026-11-27 chef 1 sent",
            "gf-daily 2026-12-01 chef 1 sent",
            "gf-monthly 2026-11-30 chef 1 sent",
            "gf-weekly 2026-11-27 chef 1 sent",
        ]
    );
}

#[test]
fn two_processes_at_the_same_instant_send_it_once() {
    let environment = house(TO_HEADS);
    let start = || {
        let mut command = environment.command(&["report", "gf-daily", "--send", "--as-of", EVENING]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes = [start(), start(), start()];
    for process in processes {
        let run = Run::from(process.wait_with_output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    }
    assert_eq!(environment.mails().len(), 2);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions"), 2);
}

/// Killed at its first point, its second … until a run passes; the next run does what is left.
#[test]
fn a_run_that_dies_anywhere_leaves_one_mail_to_each_reader() {
    let original = house(TO_HEADS);
    let mut died_at = Vec::new();
    for k in 1.. {
        let environment = TestEnvironment::with_database(original.database.copy());
        environment.configure(&format!("{CONFIGURATION}{TO_HEADS}"));
        let log = environment.path().join("points");
        let mut command = environment.command(&["report", "gf-daily", "--send", "--no-flush", "--as-of", EVENING]);
        let output = command.env("WVL_KILL_AT", k.to_string()).env("WVL_KILL_LOG", &log).output().unwrap();
        let died = output.status.signal().is_some();
        let half = "SELECT count(*) FROM report_editions e FULL JOIN outbox_messages m ON m.id = e.message_id
                    WHERE e.id IS NULL OR m.id IS NULL";
        assert_eq!(environment.database.number(half), 0, "{k}");
        if !died {
            break;
        }
        died_at.extend(std::fs::read_to_string(&log).unwrap().lines().last().map(str::to_owned));
        assert_eq!(send(&environment, EVENING, &[]).code, 0);
        assert_eq!(environment.database.number("SELECT count(*) FROM outbox_messages"), 2, "{k}");
        assert_eq!(environment.mails().len(), 2, "{k}");
    }
    for point in ["editions", "editions-taken", "editions-queued"] {
        assert!(died_at.iter().any(|died| died == point), "{point} of {died_at:?}");
    }
}

#[test]
fn a_rehearsal_is_not_in_the_way_of_the_first_live_mail() {
    let environment = house(TO_HEADS);
    set_mode(&environment, "redirect");
    send(&environment, EVENING, &[]);
    assert_eq!(
        editions(&environment),
        "gf-daily 2026-11-24 chef 1 sent rehearsal, gf-daily 2026-11-24 direktor 1 sent rehearsal"
    );
    set_mode(&environment, "live");
    send(&environment, EVENING, &[]);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions WHERE NOT rehearsal"), 2);
    set_mode(&environment, "off");
    assert_eq!(send(&environment, "2026-11-25T19:00", &[]).code, 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions WHERE day = '2026-11-25'"), 0);
}

#[test]
fn a_section_that_fails_is_named_and_stops_nothing() {
    let environment = house(TO_HEADS);
    // what lies around cannot be read any more
    environment.database.execute_as_superuser("ALTER TABLE wvl.contracts RENAME TO contracts_away");
    let run = send(&environment, EVENING, &[]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("gf-daily: section lying is missing:"), "{}", run.stderr);
    assert_eq!(environment.mails().len(), 2);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions WHERE outcome = 'partial'"), 2);
    // nobody is without it: there is nothing left to do
    assert_eq!(send(&environment, EVENING, &[]).code, 0);
}

#[test]
fn a_report_that_fails_says_so_once_and_follows_when_it_can_be_made() {
    let environment = house(TO_HEADS);
    environment.database.execute_as_superuser("ALTER TABLE wvl.document_lines RENAME TO lines_away");
    assert_eq!(send(&environment, EVENING, &[]).code, 3);
    // the next run tries again and writes no second mail about it
    assert_eq!(send(&environment, "2026-11-24T18:50", &[]).code, 3);
    assert_eq!(editions(&environment), "gf-daily 2026-11-24 chef 0 failed, gf-daily 2026-11-24 direktor 0 failed");
    let mails = environment.mails();
    assert_eq!(mails.len(), 2);
    let subject = mail_parser::MessageParser::default().parse(&mails[0]).unwrap().subject().unwrap().to_owned();
    assert_eq!(subject, "Di 24.11. · Bericht fehlgeschlagen");
    environment.database.execute_as_superuser("ALTER TABLE wvl.lines_away RENAME TO document_lines");
    assert_eq!(send(&environment, "2026-11-24T19:00", &[]).code, 0);
    assert_eq!(environment.mails().len(), 4);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions WHERE edition = 1"), 2);
}

#[test]
fn who_cannot_be_reached_is_named_and_the_others_get_it() {
    let environment = house("[report.gf-daily]\nto = [\"company-head\", \"employee:903\", \"employee:999\"]\n");
    let run = send(&environment, EVENING, &[]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("gf-daily: employee 903 has no mail address"), "{}", run.stderr);
    assert!(run.stderr.contains("gf-daily: employee:999 is nobody"), "{}", run.stderr);
    assert_eq!(environment.mails().len(), 2);
}

#[test]
fn a_department_has_its_own_mail() {
    let environment = house("[report.department-daily]\nto = \"department-head\"\n");
    let run = environment.wvl(&["report", "department-daily", "--send", "--as-of", EVENING]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(
        environment
            .database
            .text("SELECT string_agg(concat_ws(' ', report, scope, address), ', ') FROM report_editions"),
        "department-daily department:901 direktor@firma.example"
    );
}

#[test]
fn nobody_to_send_it_to_is_a_mistake_of_the_configuration() {
    let environment = house("[report.gf-daily]\nto = \"\"\n");
    let run = send(&environment, EVENING, &[]);
    assert_eq!(run.code, 78);
    assert!(run.stderr.contains("nobody is to get gf-daily"), "{}", run.stderr);
}

/// A report of the house's own: its readers have it once a day and for the same questions.
#[test]
fn a_report_of_the_houses_own_is_sent_once_and_says_nothing_of_nothing() {
    let environment = house("[report]\nfolder = \"reports\"\n");
    std::fs::create_dir(environment.path().join("reports")).unwrap();
    environment.write(
        "reports/orders.sql",
        "/* wvl\ntitle = \"Aufträge\"\ncounts_by = \"Belegdatum\"\nto = \"company-head\"\nformats = [\"mail\", \"csv-de\"]\nsend_if_empty = false\n\
         [parameter.least]\ntype = \"number\"\ndefault = \"0\"\n*/\n\
         SELECT number AS \"Auftrag\", net_amount AS \"Netto\" FROM documents WHERE kind = 'order' AND net_amount >= :least",
    );
    let send = |more: &[&str]| {
        environment.wvl(&[&["report", "run", "orders", "--send", "--as-of", EVENING][..], more].concat())
    };
    for _ in 0..2 {
        let run = send(&[]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    }
    let mails = environment.mails();
    assert_eq!(mails.len(), 2);
    let mail = mail_parser::MessageParser::default().parse(&mails[0]).unwrap();
    assert!(mail.body_text(0).unwrap().contains("AB-1"), "{:?}", mail.body_text(0));
    assert_eq!(mail.attachment_count(), 1);
    // another question is another mail; one without an answer is none, and is not asked again
    assert_eq!(send(&["--set", "least=18000"]).code, 0);
    assert_eq!(environment.mails().len(), 4);
    for _ in 0..2 {
        assert_eq!(send(&["--set", "least=20000"]).code, 0);
    }
    assert_eq!(environment.mails().len(), 4);
    assert_eq!(environment.database.number("SELECT count(*) FROM report_editions WHERE outcome = 'empty'"), 2);
    // a mistake sends nothing and is no empty mail
    environment.write(
        "reports/orders.sql",
        "/* wvl\ntitle = \"A\"\ncounts_by = \"B\"\nto = \"company-head\"\n*/\nSELECT nothing FROM documents",
    );
    let run = send(&["--resend"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(environment.mails().len(), 4);
}
