//! The real binary, killed at its first point, its second, its third … until a run passes; then what a cron would do next. Only
//! the mails and the tables are asked what became of it.
//!
//! The points are wherever the code has them (`failpoint::pass`); a few are named here so that none can vanish unnoticed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::every_hour::{Mail, Told, collect, hour, offer, sections, steps, task, told};
use super::house::{self, CONFIGURATION};
use crate::env::environment::Run;
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

/// Where a run of the job may die, in the order in which it passes them first.
const POINTS_OF_A_RUN: [&str; 6] = ["found", "claimed", "rendered", "queued", "before-commit", "after-commit"];
/// Where a delivery may die, Maildir.
const POINTS_OF_A_DELIVERY: [&str; 6] =
    ["leased", "before-delivery", "before-rename", "after-delivery", "before-acknowledgement", "after-acknowledgement"];
/// Dead here, the mail has arrived and nobody knows: it goes out once more.
pub const UNACKNOWLEDGED: [&str; 2] = ["after-delivery", "before-acknowledgement"];

/// The round that is killed.
const NOW: i64 = 6;

/// What the killed round owes: a bundle each for Arno, Vera and Carla, single mails about the tasks. Merged stages, a first
/// mail, a repeat and a second one.
const MAILS: usize = 7;
const OWED: [(&str, &[i32]); 6] =
    [("A-001", &[102]), ("A-002", &[3]), ("A-003", &[2]), ("A-004", &[1]), ("T-001", &[2, 3]), ("T-002", &[1])];

fn items() -> [String; 6] {
    [offer("A-001", -1), offer("A-002", 3), offer("A-003", 4), offer("A-004", 5), task("T-001", 4), task("T-002", 5)]
}

/// A house just before the round; everything before it has been done and delivered.
fn before_the_round() -> TestEnvironment {
    let environment = house::environment(&sections(true));
    environment.database.execute(&items().concat());
    for round in 0..NOW {
        environment.ok(&["escalate", "run", "--as-of", &hour(round)]);
    }
    collect(&environment);
    environment
}

/// The same house in a database and with a Maildir of its own.
fn copy_of(original: &TestDatabase) -> TestEnvironment {
    let environment = TestEnvironment::with_database(original.copy());
    environment.configure(&format!("{CONFIGURATION}{}", sections(true)));
    environment
}

/// Runs a command that dies at its k-th point: the names of the points it came to, and whether it died there.
fn killed_at(command: &mut Command, log: &Path, k: usize) -> (Vec<String>, bool) {
    let (points, survivor) = kill_at(command, log, k);
    if let Some(run) = &survivor {
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    }
    (points, survivor.is_none())
}

/// The same of a command that may end in any way; where it does not come to so many points, how it ended.
pub fn kill_at(command: &mut Command, log: &Path, k: usize) -> (Vec<String>, Option<Run>) {
    let before = points_in(log).len();
    let output = command.env("WVL_KILL_AT", k.to_string()).env("WVL_KILL_LOG", log).output().unwrap();
    let died = output.status.signal() == Some(Signal::SIGKILL as i32);
    let points = points_in(log).split_off(before);
    assert!(died || points.len() < k, "{k}: {points:?}");
    // another thread may still have come to a point
    assert!(!died || points.len() >= k, "{k}: {points:?}");
    (points, (!died).then(|| Run::from(output)))
}

fn points_in(log: &Path) -> Vec<String> {
    std::fs::read_to_string(log).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Time passes: what the dead had claimed may be taken over. That so many died was no mail's fault.
pub fn end_leases(database: &TestDatabase) {
    database.execute(
        "UPDATE outbox_recipients SET leased_until = now() - interval '1 second', strikes = 0 WHERE state = 'sending';
         UPDATE outbox_recipients SET next_attempt_at = now() - interval '1 second' WHERE state = 'retry'",
    );
}

/// Whatever happened: a step and its mails are there together or not at all.
fn assert_nothing_is_half_done(database: &TestDatabase, after: &str) {
    let half = "SELECT count(*) FROM escalation_steps s WHERE NOT EXISTS (
        SELECT FROM escalation_step_messages l JOIN outbox_recipients r USING (message_id) WHERE l.step_id = s.id)";
    assert_eq!(database.number(half), 0, "steps without a mail, died at {after}");
    let loose = "SELECT count(*) FROM outbox_messages m WHERE NOT EXISTS (
        SELECT FROM escalation_step_messages l WHERE l.message_id = m.id)";
    assert_eq!(database.number(loose), 0, "mails without a step, died at {after}");
    let chains = "SELECT count(*) FROM escalation_chains c WHERE step <> (
        SELECT max(step) FROM escalation_steps s WHERE (s.type, s.item_id, s.due_version) = (c.type, c.item_id, c.due_version))";
    assert_eq!(database.number(chains), 0, "chains beside their steps, died at {after}");
}

/// The copies of each mail, in the order of their Message-IDs; all copies have the same bytes.
fn copies(mails: &[Mail]) -> Vec<(&Mail, usize)> {
    let mut by_id: BTreeMap<&str, (&Mail, usize)> = BTreeMap::new();
    for mail in mails {
        let (first, count) = by_id.entry(&mail.id).or_insert((mail, 0));
        assert!(first.bytes == mail.bytes, "two copies of {} differ", mail.id);
        *count += 1;
    }
    by_id.into_values().collect()
}

/// What all mails tell, each counted once, however many copies arrived.
fn all_told(mails: &[Mail]) -> Vec<Told> {
    let mut all: Vec<Told> = copies(mails).iter().flat_map(|(mail, _)| mail.told.clone()).collect();
    all.sort();
    all
}

fn owed() -> Vec<Told> {
    let mut owed: Vec<Told> = OWED.iter().flat_map(|(item, steps)| told(item, steps[steps.len() - 1])).collect();
    owed.sort();
    owed
}

fn owed_steps() -> BTreeSet<String> {
    OWED.iter().flat_map(|(item, steps)| steps.iter().map(move |step| format!("{item} {step} @{NOW}"))).collect()
}

#[test]
fn killed_at_every_point_of_a_run_each_time_from_the_same_state() {
    let original = before_the_round();
    let taken_before = steps(&original.database);
    let mut taken_after = taken_before.clone();
    taken_after.extend(owed_steps());
    taken_after.sort();
    let (now, mut passed, mut doubled) = (hour(NOW), Vec::new(), 0);
    for k in 1.. {
        let environment = copy_of(&original.database);
        let log = environment.path().join("points");
        let (points, died) = killed_at(&mut environment.command(&["escalate", "run", "--as-of", &now]), &log, k);
        let last = points.last().cloned().unwrap_or_default();
        assert_nothing_is_half_done(&environment.database, &last);
        let taken = steps(&environment.database);
        assert!(taken == taken_before || taken == taken_after, "{k}, {last}: some steps without the others: {taken:?}");

        let mut mails = collect(&environment);
        if died {
            end_leases(&environment.database);
            environment.ok(&["escalate", "run", "--as-of", &now, "--wait", "30s"]);
            mails.extend(collect(&environment));
        }
        assert_eq!(steps(&environment.database), taken_after, "{k}, {last}");
        assert_eq!(all_told(&mails), owed(), "{k}, {last}");
        let twice: Vec<usize> = copies(&mails).iter().map(|(_, count)| *count).filter(|count| *count > 1).collect();
        let expected: &[usize] = if died && UNACKNOWLEDGED.contains(&last.as_str()) { &[2] } else { &[] };
        assert_eq!(twice, expected, "{k}: copies of mails delivered again after a death at {last}");
        doubled += twice.len();
        assert_eq!(environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state <> 'sent'"), 0);
        if !died {
            passed = points;
            break;
        }
    }
    println!("killed at each of {} points; {doubled} mails arrived twice with the same bytes", passed.len());
    let names: BTreeSet<&str> = passed.iter().map(String::as_str).collect();
    for name in POINTS_OF_A_RUN.iter().chain(&POINTS_OF_A_DELIVERY) {
        assert!(names.contains(name), "no run passes {name} any more: {passed:?}");
    }
    assert!(passed.len() >= 6 + 1 + MAILS * 5, "only {} points: {passed:?}", passed.len());
    assert_eq!(doubled, 2 * MAILS, "each mail can be lost sight of at two points");
}

#[test]
fn killed_again_and_again_and_always_going_on() {
    let environment = before_the_round();
    let taken_before = steps(&environment.database);
    let log = environment.path().join("points");
    let (mut mails, mut deaths, mut unsure) = (Vec::new(), 0, 0);
    // three rounds one after the other; every run is killed one point later than the one before
    for round in NOW..NOW + 3 {
        environment.database.execute(&offer(&format!("A-1{round:02}"), round - 1));
        for k in 1.. {
            let mut command = environment.command(&["escalate", "run", "--as-of", &hour(round), "--wait", "30s"]);
            let (points, died) = killed_at(&mut command, &log, k);
            mails.extend(collect(&environment));
            let last = points.last().cloned().unwrap_or_default();
            assert_nothing_is_half_done(&environment.database, &last);
            end_leases(&environment.database);
            if !died {
                break;
            }
            deaths += 1;
            unsure += usize::from(UNACKNOWLEDGED.contains(&last.as_str()));
        }
    }
    let mut expected_steps = taken_before;
    expected_steps.extend(owed_steps());
    let mut expected = owed();
    let later: [(&str, &[i32], i64); 12] = [
        ("A-106", &[1], NOW),
        ("A-003", &[3], NOW + 1),
        ("A-004", &[2], NOW + 1),
        ("A-106", &[2], NOW + 1),
        ("A-107", &[1], NOW + 1),
        ("T-002", &[2, 3], NOW + 1),
        ("A-001", &[103], NOW + 2),
        ("A-002", &[101], NOW + 2),
        ("A-004", &[3], NOW + 2),
        ("A-106", &[3], NOW + 2),
        ("A-107", &[2], NOW + 2),
        ("A-108", &[1], NOW + 2),
    ];
    for (item, steps, round) in later.into_iter().chain([("T-001", &[101][..], NOW + 2)]) {
        expected_steps.extend(steps.iter().map(|step| format!("{item} {step} @{round}")));
        expected.extend(told(item, steps[steps.len() - 1]));
    }
    expected_steps.sort();
    expected.sort();
    assert_eq!(steps(&environment.database), expected_steps);
    assert_eq!(all_told(&mails), expected);
    let superfluous: usize = copies(&mails).iter().map(|(_, count)| count - 1).sum();
    assert!(superfluous <= unsure, "{superfluous} copies too many, {unsure} deaths between delivery and its note");
    println!(
        "killed {deaths} times in three rounds, always going on: {superfluous} copies of {} mails",
        copies(&mails).len()
    );
    assert!(deaths >= 40, "only {deaths} deaths");
}

/// With a server at the other end: what is internal goes out again, what is a customer's waits for somebody to decide.
#[test]
fn killed_at_every_point_of_a_delivery_to_a_server() {
    for class in ["internal", "customer"] {
        let environment = before_the_round();
        environment.database.execute("DELETE FROM outbox_messages");
        environment.ok(&["escalate", "run", "--as-of", &hour(NOW), "--no-flush"]);
        environment.database.execute(&format!("UPDATE outbox_messages SET class = '{class}'"));
        let configuration = std::fs::read_to_string(environment.config()).unwrap();
        let (mut passed, mut doubled) = (Vec::new(), 0);
        for k in 1.. {
            environment.database.execute(
                "UPDATE outbox_recipients SET state = 'queued', attempt = 0, leased_until = NULL, last_reply = NULL,
                 done_at = NULL, offered_attempt = NULL, strikes = 0, next_attempt_at = now() - interval '1 second'",
            );
            let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
            environment.write("wvl.toml", to_server(&configuration, server.port));
            let log = environment.path().join("points");
            let (points, died) = killed_at(&mut environment.command(&["mail", "flush"]), &log, k);
            let last = points.last().cloned().unwrap_or_default();
            let unsure = died && UNACKNOWLEDGED.contains(&last.as_str());
            // customer mail that a dead sender was about to hand over is nobody's to send again; the rest is as good as new
            let begun = environment
                .database
                .number("SELECT count(*) FROM outbox_recipients WHERE state = 'sending' AND offered_attempt = attempt");
            if died {
                end_leases(&environment.database);
                let code = environment.wvl(&["mail", "flush"]).code;
                assert_eq!(code, if class == "customer" && begun > 0 { 3 } else { 0 }, "{class} {k} {last}");
            }
            let mails: Vec<Mail> = server.received().into_iter().map(|mail| Mail::read(mail.data)).collect();
            let copies = copies(&mails);
            let twice = copies.iter().filter(|(_, count)| *count == 2).count();
            assert!(copies.iter().all(|(_, count)| *count <= 2), "{class} {k} {last}");
            let unknown = environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'unknown'");
            if class == "internal" {
                assert_eq!((copies.len(), twice, unknown), (MAILS, usize::from(unsure), 0), "{k} {last}");
                assert_eq!(all_told(&mails), owed());
            } else {
                assert_eq!((twice, unknown), (0, if died { begun } else { 0 }), "{k} {last}");
                assert!(begun <= 1, "{k} {last}: one message at a time is handed over");
                let open = usize::try_from(unknown).unwrap();
                assert_eq!(copies.len() + open, MAILS + usize::from(unsure), "{k} {last}");
            }
            doubled += twice;
            if !died {
                passed = points;
                break;
            }
        }
        println!(
            "{class}: killed at each of {} points of a delivery by SMTP; {doubled} mails arrived twice",
            passed.len()
        );
        for name in ["leased", "connected", "before-delivery", "before-last-line", "after-delivery"] {
            assert!(passed.iter().any(|point| point == name), "no delivery passes {name} any more: {passed:?}");
        }
        assert!(passed.len() >= 2 + MAILS * 5, "only {} points: {passed:?}", passed.len());
    }
}

/// Dead between its last line and the server's answer: the gap that nobody can close.
#[test]
fn killed_while_it_waits_for_the_answer_to_the_last_line() {
    let environment = before_the_round();
    environment.ok(&["escalate", "run", "--as-of", &hour(NOW), "--no-flush"]);
    let victim = Arc::new(AtomicU32::new(0));
    let server = SmtpServer::start(&["PIPELINING"], {
        let (victim, count) = (Arc::clone(&victim), AtomicU32::new(0));
        move |command| {
            if command == "." && count.fetch_add(1, Ordering::Relaxed) == 1 {
                let id = i32::try_from(victim.load(Ordering::Relaxed)).unwrap();
                kill(Pid::from_raw(id), Signal::SIGKILL).unwrap();
            }
            Step::Usual
        }
    });
    let configuration = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", to_server(&configuration, server.port));
    // held at the first delivery until the server knows whom to kill
    let mut command = environment.command(&["mail", "flush"]);
    let mut process = command.env("FAILPOINTS", "connected=sleep(300)").spawn().unwrap();
    victim.store(process.id(), Ordering::Relaxed);
    assert_eq!(process.wait().unwrap().signal(), Some(Signal::SIGKILL as i32));
    assert_eq!(server.received().len(), 2);
    end_leases(&environment.database);
    environment.ok(&["mail", "flush"]);
    let mails: Vec<Mail> = server.received().into_iter().map(|mail| Mail::read(mail.data)).collect();
    assert_eq!(all_told(&mails), owed());
    assert_eq!(copies(&mails).iter().filter(|(_, count)| *count == 2).count(), 1);
    assert_eq!(mails.len(), copies(&mails).len() + 1);
}

/// The configuration with a server on this machine in place of the Maildir.
fn to_server(configuration: &str, port: u16) -> String {
    let text = configuration.replace("transport = \"maildir\"", "transport = \"smtp\"");
    format!("{text}\n[mail.smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\ntimeout_seconds = 5\n")
}
