//! Bad days: each with a clear word, the right exit code, nothing lost and nothing twice.

use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;

use super::house::{House, addresses, at, environment, offer, texts};
use crate::env::TestEnvironment;
use crate::env::environment::Run;
use crate::env::smtp::{SmtpServer, Step};

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";
const NOW: &str = "2026-11-23T08:00";

/// One open offer that is due.
fn office() -> TestEnvironment {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment
}

fn run(environment: &TestEnvironment, now: &str) -> Run {
    environment.wvl(&["escalate", "run", "--as-of", now])
}

/// Writes the configuration anew with these texts replaced.
fn reconfigure(environment: &TestEnvironment, changes: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(environment.config()).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in\n{text}");
        text = text.replace(from, to);
    }
    environment.write("wvl.toml", text);
}

#[test]
fn supervisors_in_a_circle_who_have_left() {
    let environment = office();
    environment.database.execute(
        "UPDATE employees SET active = false WHERE id IN (2, 3);
         UPDATE employee_assignments SET supervisor_id = 3 WHERE employee_id = 2",
    );
    let first = run(&environment, NOW);
    assert_eq!((first.code, first.stdout.as_str()), (3, ""));
    assert!(first.stderr.contains("employees 102, 103 supervise each other and have all left"), "{}", first.stderr);
    assert_eq!(addresses(&environment), ["carla@firma.example"]);
    let again = run(&environment, NOW);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn an_employee_without_an_address_is_named_once() {
    let environment = office();
    environment
        .database
        .execute(&format!("{}UPDATE employees SET email = NULL WHERE id = 3", offer("A-2", "2026-11-19 00:00")));
    let first = run(&environment, NOW);
    assert_eq!((first.code, first.stdout.as_str()), (3, ""));
    assert_eq!(first.stderr.matches("employee 103 has no usable mail address").count(), 1, "{}", first.stderr);
    // both items, in one mail, to the fallback
    assert_eq!(addresses(&environment), ["carla@firma.example"]);
    let text = &texts(&environment)[0];
    assert!(text.contains("A-1") && text.contains("A-2") && text.contains("Arno Außendienst"), "{text}");
    let noted = environment.database.text("SELECT outcome || ' ' || exit_code || ' ' || message FROM job_runs");
    assert_eq!(noted, "partial 3 employee 103 has no usable mail address");
    let again = run(&environment, "2026-11-23T08:15");
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
}

#[test]
fn nobody_at_all_holds_the_item_until_there_is_somebody() {
    let house = House::new();
    house.database.execute(&format!(
        "{}UPDATE partners SET field_rep_id = NULL, inside_rep_id = NULL",
        offer("A-1", "2026-11-19 00:00")
    ));
    house.database.execute("UPDATE employees SET email = NULL WHERE id = 1");
    let troubles = house.run(OFFERS, at("2026-11-23 08:00"));
    assert!(
        troubles.iter().any(|trouble| trouble.starts_with("offer-follow-up:A-1: nobody can be reached")),
        "{troubles:?}"
    );
    assert_eq!(house.database.number("SELECT count(*) FROM escalation_steps"), 0);
    house.database.execute("UPDATE employees SET email = 'carla@firma.example' WHERE id = 1");
    let sent = house.run(OFFERS, at("2026-11-23 13:00"));
    assert_eq!(sent[0], "A-1 1: 101");
    assert_eq!(sent.len(), 2, "{sent:?}");
}

#[test]
fn dates_that_never_come_are_refused() {
    let house = House::new();
    let columns = [
        ("documents", "follow_up_at"),
        ("documents", "commissioning_due_at"),
        ("documents", "delivery_due_at"),
        ("documents", "delivered_at"),
        ("documents", "payment_due_at"),
        ("document_lines", "licence_expires_at"),
        ("purchase_orders", "expected_at"),
        ("contracts", "next_billing_at"),
        ("contracts", "ends_at"),
        ("contracts", "notice_by"),
        ("tickets", "due_at"),
        ("tasks", "due_at"),
        ("notices", "notify_at"),
        ("notices", "raised_at"),
        ("partners", "follow_up_at"),
        ("contact_persons", "birthday"),
    ];
    house.database.execute(&format!(
        "{}INSERT INTO document_lines (document_id, line) SELECT id, 1 FROM documents;
         INSERT INTO purchase_orders (number, order_date) VALUES ('B-1', '2026-11-02');
         INSERT INTO contracts (number, name) VALUES ('V-1', 'Wartung');
         INSERT INTO tickets (number, title) VALUES ('TK-1', 'Drucker');
         INSERT INTO tasks (number, title) VALUES ('T-1', 'Anrufen');
         INSERT INTO notices (number, kind, title, partner_id, notify_at) VALUES ('N-1', 'customer', 'x', 1, '2026-11-19');
         INSERT INTO contact_persons (number, partner_id, last_name) VALUES ('P-1', 1, 'Kundin');",
        offer("A-1", "2026-11-19 00:00")
    ));
    let mut connection = house.database.connect();
    for (table, column) in columns {
        for instant in ["infinity", "-infinity"] {
            let refused = connection.batch_execute(&format!("UPDATE {table} SET {column} = '{instant}'"));
            let message = refused.expect_err(column).to_string();
            assert!(message.contains("check constraint") && message.contains(column), "{message}");
        }
    }
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), ["A-1 1: 103"]);
}

/// Dates of the Middle Ages and of a distant future are dates: they are due long since, or not yet.
#[test]
fn absurd_dates_stop_nothing() {
    let house = House::new();
    house.database.execute(&format!(
        "{}{}{}{}",
        offer("A-1", "0001-01-01 00:00"),
        offer("A-2", "2026-11-19 00:00"),
        offer("A-3", "9999-12-31 00:00"),
        offer("A-4", "1969-07-20 00:00")
    ));
    let mut sent = house.run(OFFERS, at("2026-11-23 08:00"));
    sent.sort();
    assert_eq!(sent, ["A-1 1: 103", "A-2 1: 103", "A-4 1: 103"]);
}

#[test]
fn without_a_mail_server_everything_stays_queued() {
    let environment = office();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = SmtpServer::start(&[], |_| Step::Usual);
    let smtp = format!(
        "transport = \"smtp\"\nsmtp = {{ host = \"127.0.0.1\", port = {closed}, tls = \"none\", timeout_seconds = 2 }}"
    );
    reconfigure(
        &environment,
        &[
            ("transport = \"maildir\"", &smtp),
            // a real run on another day than today is refused where mails reach people
            ("mode = \"live\"", "mode = \"redirect\"\nredirect_to = \"test@systemhaus.example\""),
        ],
    );
    let first = run(&environment, NOW);
    assert_eq!((first.code, first.stdout.as_str()), (0, ""));
    assert_eq!(first.stderr.lines().count(), 1, "{}", first.stderr);
    assert!(first.stderr.contains("mails stay queued"), "{}", first.stderr);
    let due_again = || environment.database.execute("UPDATE outbox_recipients SET next_attempt_at = now()");
    due_again();
    let flush = environment.wvl(&["mail", "flush"]);
    assert_eq!(flush.code, 69, "{}", flush.stderr);
    assert!(flush.stderr.contains("127.0.0.1"), "{}", flush.stderr);
    // the step counts from its commit: no second mail, whatever SMTP did
    let again = run(&environment, NOW);
    assert_eq!(again.code, 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_messages"), 1);

    reconfigure(&environment, &[(&format!("port = {closed}"), &format!("port = {}", server.port))]);
    due_again();
    environment.ok(&["mail", "flush"]);
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].to, ["test@systemhaus.example"]);
    environment.ok(&["mail", "flush"]);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn an_item_whose_mail_cannot_be_made_waits_for_a_better_template() {
    let environment = office();
    environment.database.execute(&offer("A-2", "2026-11-19 00:00"));
    let folder = environment.path().join("templates/mail/escalation-single");
    std::fs::create_dir_all(&folder).unwrap();
    let bad = folder.join("subject.txt");
    std::fs::write(&bad, "{{ item.reference }}{% if item.reference == \"A-1\" %}{{ item.no_such_thing }}{% endif %}")
        .unwrap();
    reconfigure(
        &environment,
        &[
            ("maildir = \"Maildir\"", "maildir = \"Maildir\"\ntemplates = \"templates\""),
            ("[escalation.offer-follow-up]", "[escalation.offer-follow-up]\nbundle = false"),
        ],
    );
    let first = run(&environment, NOW);
    assert_eq!((first.code, first.stdout.as_str()), (3, ""));
    assert!(first.stderr.contains("offer-follow-up:A-1"), "{}", first.stderr);
    assert!(first.stderr.contains("subject.txt") && first.stderr.contains("no_such_thing"), "{}", first.stderr);
    assert!(!first.stderr.contains("A-2"), "{}", first.stderr);
    let steps = "SELECT string_agg(reference || ' ' || step, ',' ORDER BY reference, step) FROM escalation_steps";
    assert_eq!(environment.database.text(steps), "A-2 1");
    assert_eq!(environment.mails().len(), 1);
    // the chain is there, with nothing said yet
    assert_eq!(
        environment.database.text("SELECT string_agg(step::text, ' ' ORDER BY step) FROM escalation_chains"),
        "0 1"
    );

    std::fs::write(&bad, "{{ item.reference }}").unwrap();
    // it goes with the next collection; of A-2 stage 2 is not yet reached
    let next = run(&environment, "2026-11-23T13:00");
    assert_eq!((next.code, next.stderr.as_str()), (0, ""));
    assert_eq!(environment.database.text(steps), "A-1 1,A-2 1");
    assert_eq!(environment.mails().len(), 2);
}

#[test]
fn one_bad_item_takes_no_bundle_with_it() {
    let environment = office();
    environment.database.execute(&format!("{}{}", offer("A-2", "2026-11-19 00:00"), offer("A-3", "2026-11-19 00:00")));
    let folder = environment.path().join("templates/mail");
    for mail in ["escalation-single", "escalation-bundle"] {
        std::fs::create_dir_all(folder.join(mail)).unwrap();
    }
    let single = "{{ item.reference }}{% if item.reference == \"A-1\" %}{{ item.no_such_thing }}{% endif %}";
    std::fs::write(folder.join("escalation-single/subject.txt"), single).unwrap();
    // a bundle of three items cannot be made, one of two can
    let body = include_str!("../../templates/mail/escalation-bundle/body.txt");
    let section = "{% for section in sections %}";
    assert!(body.contains(section));
    let broken = format!("{section}{{% if section.count == 3 %}}{{{{ section.no_such_thing }}}}{{% endif %}}");
    std::fs::write(folder.join("escalation-bundle/body.txt"), body.replace(section, &broken)).unwrap();
    reconfigure(&environment, &[("maildir = \"Maildir\"", "maildir = \"Maildir\"\ntemplates = \"templates\"")]);
    let first = run(&environment, NOW);
    assert_eq!((first.code, first.stdout.as_str()), (3, ""), "{}", first.stderr);
    assert!(first.stderr.contains("offer-follow-up:A-1"), "{}", first.stderr);
    let steps = "SELECT string_agg(reference, ',' ORDER BY reference) FROM escalation_steps";
    assert_eq!(environment.database.text(steps), "A-2,A-3", "{}", first.stderr);
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn the_database_goes_away_in_the_middle_of_a_run() {
    let environment = office();
    let mut guard = environment.database.connect();
    // the claim waits for this lock, so the run is in the middle
    guard.batch_execute("BEGIN; LOCK TABLE escalation_steps IN EXCLUSIVE MODE").unwrap();
    let process = environment
        .command(&["escalate", "run", "--as-of", NOW])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while environment.database.number(waiting) == 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "the run never came to its claim");
        std::thread::sleep(Duration::from_millis(20));
    }
    environment.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    let lost = Run::from(process.wait_with_output().unwrap());
    assert_eq!((lost.code, lost.stdout.as_str()), (75, ""), "{}", lost.stderr);
    guard.batch_execute("ROLLBACK").unwrap();
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps"), 0);
    // run again, everything leaves once
    let again = run(&environment, NOW);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    assert_eq!(run(&environment, NOW).code, 0);
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn a_database_that_is_not_there() {
    let environment = office();
    let url = format!("{:?}", environment.database.url);
    reconfigure(&environment, &[(&url, "\"postgresql://wvl@127.0.0.1:1/wvl?connect_timeout=2\"")]);
    let run = run(&environment, NOW);
    assert_eq!((run.code, run.stdout.as_str()), (69, ""), "{}", run.stderr);
}

#[test]
fn mode_off_writes_no_mail_and_redirect_writes_to_one() {
    let environment = office();
    reconfigure(&environment, &[("mode = \"live\"", "mode = \"off\"")]);
    assert_eq!(run(&environment, NOW).code, 0);
    assert_eq!(environment.mails().len(), 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_messages"), 0);
    assert_eq!(environment.database.text("SELECT rehearsal FROM escalation_steps"), "true");

    let environment = office();
    reconfigure(&environment, &[("mode = \"live\"", "mode = \"redirect\"\nredirect_to = \"test@systemhaus.example\"")]);
    assert_eq!(run(&environment, NOW).code, 0);
    assert_eq!(environment.mails().len(), 1);
    let envelope = environment.database.text("SELECT address || ' for ' || original_address FROM outbox_recipients");
    assert_eq!(envelope, "test@systemhaus.example for arno@firma.example");
    assert_eq!(environment.database.text("SELECT rehearsal FROM escalation_steps"), "true");
}

#[test]
fn a_run_for_another_day_reaches_nobody() {
    let environment = office();
    reconfigure(
        &environment,
        &[(
            "transport = \"maildir\"",
            "transport = \"smtp\"\nsmtp = { host = \"127.0.0.1\", port = 1, tls = \"none\" }",
        )],
    );
    let refused = run(&environment, "2021-03-09T08:13");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--dry-run"), "{}", refused.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM job_runs"), 0);
    assert_eq!(environment.wvl(&["escalate", "run", "-n", "--as-of", "2021-03-09T08:13"]).code, 0);
}

#[test]
fn a_calendar_that_nobody_configured_is_named_with_the_mail() {
    let house = House::new();
    house.database.execute(
        "INSERT INTO contracts (id, number, name, calendar) VALUES (1, 'V-1', 'Wartung', 'nachts');
         INSERT INTO tickets (number, title, severity, opened_at, due_at, handler_id, contract_id)
         VALUES ('TK-1', 'Drucker', 'high', '2026-11-02', '2026-11-18 00:00 Europe/Berlin', 6, 1)",
    );
    let config = "[escalation.helpdesk-high]\nactive = true\n";
    // 09-17 of the type: Wed 8, Thu 8
    let named = "helpdesk-high:TK-1 names the calendar “nachts”, which is not configured; the type's is used";
    assert_eq!(house.run(config, at("2026-11-19 16:59")), [""; 0]);
    assert_eq!(house.run(config, at("2026-11-20 09:00")), ["TK-1 1: 106, 105", named]);
    assert_eq!(house.run(config, at("2026-11-20 09:15")), [""; 0]);
}

/// Around the clock and at once, so that it is due in every run, whenever the tests run.
#[test]
fn the_same_trouble_is_told_once_a_day() {
    let environment = environment(
        "[escalation.helpdesk-immediate]\nactive = true\nstage1.hours = 1\nstage2.hours = 2\nstage3.hours = 3\n",
    );
    environment.database.execute(
        "INSERT INTO contracts (id, number, name, calendar) VALUES (1, 'V-1', 'Rund um die Uhr', 'always');
         INSERT INTO tickets (number, title, severity, opened_at, due_at, contract_id)
         VALUES ('TK-1', 'Drucker', 'immediate', now() - interval '3 days', now() - interval '2 days', 1);
         UPDATE employees SET email = NULL WHERE id = 1",
    );
    let first = environment.wvl(&["escalate", "run"]);
    assert_eq!((first.code, first.stdout.as_str()), (3, ""), "{}", first.stderr);
    assert!(first.stderr.contains("helpdesk-immediate:TK-1: nobody can be reached"), "{}", first.stderr);
    let again = environment.wvl(&["escalate", "run"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    // who looks sees it
    assert_eq!(environment.wvl(&["escalate", "run", "--dry-run"]).code, 3);
    // on the next day it is told again
    environment.database.execute("UPDATE job_runs SET started_at = started_at - interval '1 day'");
    assert_eq!(environment.wvl(&["escalate", "run"]).code, 3);
}

#[test]
fn an_address_that_cannot_be_written_to_is_none() {
    let environment = office();
    environment.database.execute("UPDATE employees SET email = 'anna berg' WHERE id = 3");
    let first = run(&environment, NOW);
    assert_eq!(first.code, 3);
    assert!(first.stderr.contains("employee 103 has no usable mail address"), "{}", first.stderr);
    assert_eq!(addresses(&environment), ["carla@firma.example"]);
}

#[test]
fn a_trial_run_in_the_future_takes_no_collection_of_today() {
    let environment = environment(OFFERS);
    assert_eq!(run(&environment, "2027-01-15T08:00").code, 0);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    assert_eq!(run(&environment, NOW).code, 0);
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn a_company_head_who_does_not_exist_is_named() {
    let environment = office();
    reconfigure(&environment, &[("company_heads = [", "company_heads = [4711, ")]);
    let first = run(&environment, NOW);
    assert_eq!(first.code, 3);
    assert!(first.stderr.contains("company_heads names employee 4711, who does not exist"), "{}", first.stderr);
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn people_are_those_of_the_day_of_the_run() {
    for (valid_from, reached) in [("2026-11-23", "carla@firma.example"), ("2026-11-24", "vera@firma.example")] {
        let environment = environment(
            "[escalation.offer-follow-up]\nactive = true\nstage1 = { hours = 16, to = \"supervisor(adm)\" }\n",
        );
        environment.database.execute(&format!(
            "{}INSERT INTO employee_assignments (employee_id, valid_from, supervisor_id) VALUES (3, '{valid_from}', 1)",
            offer("A-1", "2026-11-19 00:00")
        ));
        assert_eq!(run(&environment, NOW).code, 0);
        assert_eq!(addresses(&environment), [reached]);
    }
    // who left yesterday is replaced by the supervisor, who leaves today still works
    for (left_on, reached) in [("2026-11-22", "vera@firma.example"), ("2026-11-23", "arno@firma.example")] {
        let environment = office();
        environment.database.execute(&format!("UPDATE employees SET left_on = '{left_on}' WHERE id = 3"));
        assert_eq!(run(&environment, NOW).code, 0);
        assert_eq!(addresses(&environment), [reached]);
    }
}
