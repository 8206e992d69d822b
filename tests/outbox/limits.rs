//! What holds a mail back although its server is there: the brake and the pace. And what is deleted at last.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use wvl::outbox::resolve::{Decision, decide};
use wvl::outbox::settings::{MailMode, MailSettings, SmtpSettings, Tls};
use wvl::outbox::{Class, flush_with_one};

use super::{ALL, Recorder, accepted, flush_with, message, queue, settings, smtp_settings, states};
use crate::env::TestDatabase;
use crate::env::smtp::{SmtpServer, Step};

fn receipts(database: &TestDatabase, class: Class, address: &str, count: usize) {
    let messages: Vec<_> = (0..count).map(|number| message(class, &number.to_string(), &[address])).collect();
    queue(database, &messages);
}

/// Two programs that answer each other, for an hour of the clock.
#[test]
fn an_address_outside_gets_so_many_mails_an_hour() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let settings = MailSettings { max_per_hour: 20, ..smtp_settings(server.port, Tls::None) };
    let mut held = 0;
    for _ in 0..6 {
        receipts(&database, Class::Receipt, "Loop@x", 7);
        receipts(&database, Class::Internal, "ours@x", 7);
        let report = flush_with(&database, &settings);
        held += report.held;
    }
    assert_eq!((held, server.received().len()), (22, 20 + 42));
    let trouble = database.text("SELECT DISTINCT last_reply FROM outbox_recipients WHERE state = 'held'");
    assert!(trouble.contains("max_per_hour"), "{trouble}");
    // the hour is over: what comes then goes, what is held waits for a person
    database.execute("UPDATE outbox_recipients SET done_at = done_at - interval '61 minutes'");
    receipts(&database, Class::Receipt, "loop@X", 1);
    assert_eq!(flush_with(&database, &settings).sent, 1);
    // and without a limit there is none
    receipts(&database, Class::Receipt, "loop@x", 30);
    assert_eq!(flush_with(&database, &MailSettings { max_per_hour: 0, ..settings }).sent, 30);
}

#[test]
fn senders_side_by_side_count_together() {
    let database = TestDatabase::new();
    receipts(&database, Class::Customer, "loop@x", 200);
    let settings = MailSettings { max_per_hour: 20, ..settings() };
    let delivered: Arc<Mutex<Vec<uuid::Uuid>>> = Arc::default();
    let barrier = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut recorder = Recorder { delivered: Arc::clone(&delivered), answer: accepted };
                let mut connection = database.connect();
                barrier.wait();
                flush_with_one(&mut connection, &settings, &mut recorder, ALL).unwrap();
            });
        }
    });
    assert_eq!(delivered.lock().unwrap().len(), 20);
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'held'"), 180);
}

#[test]
fn a_server_gets_so_many_messages_a_minute_from_all_senders() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    receipts(&database, Class::Internal, "a@x", 20);
    let usual = smtp_settings(server.port, Tls::None);
    let smtp = SmtpSettings { max_per_minute: 600, ..usual.smtp.clone().unwrap() };
    let settings = MailSettings { smtp: Some(smtp), ..usual };
    let started = Instant::now();
    let sent: usize = std::thread::scope(|scope| {
        let limited = wvl::outbox::FlushLimits { recipients: Some(10), ..ALL };
        let senders: Vec<_> = (0..2)
            .map(|_| {
                let (database, settings) = (&database, &settings);
                scope.spawn(move || {
                    let lanes = wvl::outbox::lanes(settings, std::path::Path::new("/nowhere")).unwrap();
                    let connect = || Ok(database.connect());
                    wvl::outbox::flush(&mut database.connect(), &connect, settings, &lanes, limited).unwrap().sent
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    });
    // the first at once, then one each tenth of a second
    assert_eq!((sent, started.elapsed() >= Duration::from_millis(1_900)), (20, true), "{:?}", started.elapsed());
    assert_eq!(database.text("SELECT host FROM outbox_hosts"), format!("localhost:{}", server.port));
}

/// Twenty a minute: what is claimed at a time is half a minute's worth, over one connection whatever is permitted, and who comes
/// later sees that others are at it.
#[test]
fn a_server_with_a_slow_pace_gets_few_senders_and_they_claim_what_they_can_send() {
    let database = TestDatabase::new();
    let url = database.settings();
    let claimed: Arc<Mutex<Vec<i64>>> = Arc::default();
    let signal = Arc::new(AtomicUsize::new(0));
    let server = SmtpServer::start(&["PIPELINING"], {
        let (claimed, signal) = (Arc::clone(&claimed), Arc::clone(&signal));
        move |command| {
            if command == "." {
                let mut other = wvl::db::connect(&url, &crate::env::database::places()).unwrap();
                let sending =
                    diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM wvl.outbox_recipients WHERE state = 'sending')");
                claimed.lock().unwrap().push(diesel::select(sending).get_result(&mut other).unwrap());
                signal.store(15, Ordering::SeqCst);
            }
            Step::Usual
        }
    });
    receipts(&database, Class::Internal, "a@x", 120);
    let usual = smtp_settings(server.port, Tls::None);
    let smtp = SmtpSettings { max_per_minute: 20, connections: 4, ..usual.smtp.clone().unwrap() };
    let settings = MailSettings { smtp: Some(smtp), ..usual };
    let lanes = wvl::outbox::lanes(&settings, std::path::Path::new("/nowhere")).unwrap();
    let flush = |limits| {
        wvl::outbox::flush(&mut database.connect(), &|| Ok(database.connect()), &settings, &lanes, limits).unwrap()
    };
    let report = flush(wvl::outbox::FlushLimits { signal: Some(&signal), ..ALL });
    assert_eq!((report.sent, report.retry), (1, 9), "what it had not begun went back");
    assert_eq!(*claimed.lock().unwrap(), [10]);
    let greetings = server.commands().iter().filter(|command| command.starts_with("EHLO")).count();
    assert_eq!(greetings, 2, "one connection");

    // as if five senders waited for their turns
    database.execute("UPDATE outbox_hosts SET next_at = now() + interval '15 seconds'");
    let started = Instant::now();
    let report = flush(ALL);
    assert_eq!((report.sent, report.retry, report.stopped.is_none()), (0, 0, true));
    assert!(
        started.elapsed() < Duration::from_secs(5) && report.notes[0].contains("other senders"),
        "{:?}",
        report.notes
    );
    assert_eq!(database.number("SELECT max(attempt) FROM outbox_recipients"), 1, "nothing was claimed for that");
}

#[test]
fn the_bytes_of_a_message_go_some_days_after_its_delivery() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let settings = MailSettings { keep_bodies_days: 30, ..smtp_settings(server.port, Tls::None) };
    let kinds = ["old@x", "young@x", "held@x", "late@x"];
    queue(&database, &kinds.map(|address| message(Class::Internal, address, &[address])));
    queue(&database, &[message(Class::Internal, "two", &["done@x", "open@x"])]);
    assert_eq!(flush_with(&database, &settings).sent, 6);
    let bodies = "SELECT string_agg(subject, ' ' ORDER BY subject) FROM outbox_messages WHERE raw IS NOT NULL";
    database.execute(
        "UPDATE outbox_messages SET created_at = now() - interval '40 days' WHERE subject <> 'young@x';
         UPDATE outbox_recipients SET done_at = now() - interval '31 days';
         UPDATE outbox_recipients SET state = 'held', done_at = NULL WHERE address = 'held@x';
         UPDATE outbox_recipients SET done_at = now() - interval '29 days' WHERE address = 'late@x';
         UPDATE outbox_recipients SET state = 'retry', done_at = NULL, next_attempt_at = now() + interval '1 hour'
         WHERE address = 'open@x'",
    );
    flush_with(&database, &MailSettings { keep_bodies_days: 0, ..settings.clone() });
    assert_eq!(database.text(bodies), "held@x late@x old@x two young@x");
    // also where nothing leaves any more
    let off = MailSettings { mode: MailMode::Off, ..settings };
    assert_eq!(flush_with(&database, &off).bodies, 1);
    assert_eq!(database.text(bodies), "held@x late@x two young@x");
    let kept = "SELECT count(*) FROM outbox_messages WHERE subject = 'old@x' AND octet_length(sha256) = 32";
    assert_eq!(database.number(kept), 1, "the hash stays");
    assert_eq!(states(&database), "done:sent:1 held:held:1 late:sent:1 old:sent:1 open:retry:1 young:sent:1");
}

/// Somebody says try again while the bytes are about to be deleted: one of the two comes first, and the other one sees it.
#[test]
fn what_somebody_sends_again_keeps_its_bytes() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "old", &["old@x"])]);
    database.execute(
        "UPDATE outbox_messages SET created_at = now() - interval '40 days';
         UPDATE outbox_recipients SET state = 'failed', done_at = now() - interval '31 days'",
    );
    let id = database.number("SELECT id FROM outbox_recipients");
    let off = MailSettings { mode: MailMode::Off, keep_bodies_days: 30, ..settings() };
    wvl::db::transaction(&mut database.connect(), |connection| {
        assert_eq!(decide(connection, &[id], Decision::Retry, None)?.changed, [id]);
        assert_eq!(flush_with(&database, &off).bodies, 0, "somebody decides about it");
        Ok(())
    })
    .unwrap();
    assert_eq!(flush_with(&database, &off).bodies, 0);
    database.execute("UPDATE outbox_recipients SET state = 'failed', done_at = now() - interval '31 days'");
    assert_eq!(flush_with(&database, &off).bodies, 1);
    let refused =
        wvl::db::transaction(&mut database.connect(), |connection| decide(connection, &[id], Decision::Retry, None));
    assert!(refused.unwrap().refused[0].1.contains("keep_bodies_days"));
}
