//! Several connections at once, and what they do when something breaks.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wvl::error::{Error, Kind, Result};
use wvl::outbox::settings::{MailSettings, SmtpSettings, Tls};
use wvl::outbox::{Answer, Class, Delivery, FlushReport, Lane, MAIL, Parcel, flush};

use super::{ALL, Recorder, accepted, flush_with, make_due, message, queue, settings, smtp_settings, states};
use crate::env::TestDatabase;
use crate::env::smtp::{SmtpServer, Step};

fn connections(settings: MailSettings, connections: usize) -> MailSettings {
    let smtp = SmtpSettings { connections, timeout_seconds: 5, ..settings.smtp.unwrap() };
    MailSettings { smtp: Some(smtp), ..settings }
}

fn count(server: &SmtpServer, verb: &str) -> usize {
    server.commands().iter().filter(|command| command.starts_with(verb)).count()
}

/// A lane whose ways are made by this function, which gets their number.
fn lane(connections: usize, open: impl Fn(usize) -> Box<dyn Delivery> + Send + Sync + 'static) -> Lane {
    let opened = AtomicUsize::new(0);
    Lane {
        channel: MAIL.to_owned(),
        host: "test:25".to_owned(),
        connections,
        max_per_minute: 0,
        redirect_to: None,
        open: Box::new(move || Ok(open(opened.fetch_add(1, Ordering::Relaxed)))),
    }
}

fn flush_lane(database: &TestDatabase, lane: Lane) -> Result<FlushReport> {
    flush(&mut database.connect(), &|| Ok(database.connect()), &settings(), &[lane], ALL)
}

fn many(count: usize) -> Vec<wvl::outbox::NewMessage> {
    (0..count).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect()
}

#[test]
fn several_connections_are_each_used_for_many_messages() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |command| {
        if command == "." {
            std::thread::sleep(Duration::from_millis(2));
        }
        Step::Usual
    });
    queue(&database, &many(1_000));
    let report = flush_with(&database, &connections(smtp_settings(server.port, Tls::None), 4));
    assert_eq!((report.sent, report.retry, report.superseded, report.notes.len()), (1_000, 0, 0, 0));
    let subjects: BTreeSet<Vec<u8>> = server.received().into_iter().map(|mail| mail.data).collect();
    assert_eq!((server.received().len(), subjects.len()), (1_000, 1_000), "each once");
    // one EHLO of lettre's and one of ours
    assert_eq!(count(&server, "EHLO"), 8, "four connections and not one more");
    let senders = "SELECT count(DISTINCT sender) FROM outbox_recipients";
    assert_eq!(database.number(senders), 4, "each row names who had it");
}

#[test]
fn a_few_messages_need_no_second_connection() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    queue(&database, &many(40));
    assert_eq!(flush_with(&database, &connections(smtp_settings(server.port, Tls::None), 4)).sent, 40);
    assert_eq!(count(&server, "EHLO"), 2);
}

#[test]
fn a_connection_is_given_up_after_so_many_messages() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    queue(&database, &many(25));
    let usual = connections(smtp_settings(server.port, Tls::None), 1);
    let smtp = SmtpSettings { messages_per_connection: 10, ..usual.smtp.clone().unwrap() };
    assert_eq!(flush_with(&database, &MailSettings { smtp: Some(smtp), ..usual }).sent, 25);
    assert_eq!((count(&server, "EHLO"), count(&server, "QUIT")), (6, 3));
}

/// A way that is closed.
struct Refused;

impl Delivery for Refused {
    fn deliver(&mut self, _: &Parcel, _: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        Err(Error::new(Kind::Unavailable, "421 too many connections"))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn leaves_the_house(&self) -> bool {
        true
    }
}

/// A server that lets in two at a time: the third connection is refused, and the two go on with what it had.
#[test]
fn a_server_that_takes_two_connections_gets_two() {
    let database = TestDatabase::new();
    queue(&database, &many(1_000));
    let delivered: Arc<Mutex<_>> = Arc::default();
    let lane = lane(4, {
        let delivered = Arc::clone(&delivered);
        move |number| match number {
            0 | 1 => Box::new(Recorder {
                delivered: Arc::clone(&delivered),
                answer: |parcel: &Parcel| {
                    std::thread::sleep(Duration::from_millis(2));
                    accepted(parcel)
                },
            }),
            _ => Box::new(Refused),
        }
    });
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!((report.sent, report.stopped.is_none()), (1_000, true));
    // both that stood may have asked for one more before the first was refused
    assert!(matches!(report.notes.len(), 1 | 2), "{:?}", report.notes);
    assert_eq!(report.notes[0], "one connection fewer: 421 too many connections");
    assert_eq!(delivered.lock().unwrap().len(), 1_000, "each once");
}

#[test]
fn an_outcome_is_noted_although_the_database_broke_the_connection() {
    let database = TestDatabase::new();
    queue(&database, &many(20));
    let url = database.settings();
    let broken = Arc::new(AtomicBool::new(false));
    let delivered: Arc<Mutex<_>> = Arc::default();
    let lane = lane(1, {
        let delivered = Arc::clone(&delivered);
        move |_| {
            let (url, broken) = (url.clone(), Arc::clone(&broken));
            Box::new(Recorder {
                delivered: Arc::clone(&delivered),
                answer: move |parcel: &Parcel| {
                    if !broken.swap(true, Ordering::Relaxed) {
                        let mut other = wvl::db::connect(&url, &crate::env::database::places()).unwrap();
                        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND pid <> pg_backend_pid()";
                        diesel::connection::SimpleConnection::batch_execute(&mut other, others).unwrap();
                    }
                    accepted(parcel)
                },
            })
        }
    });
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!((report.sent, report.superseded), (20, 0));
    assert_eq!(delivered.lock().unwrap().len(), 20, "each once");
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent' AND attempt = 1"), 20);
}

#[test]
fn a_sender_that_breaks_down_takes_no_other_with_it() {
    let database = TestDatabase::new();
    queue(&database, &many(300));
    let delivered: Arc<Mutex<_>> = Arc::default();
    let lane = lane(2, {
        let delivered = Arc::clone(&delivered);
        move |number| {
            Box::new(Recorder {
                delivered: Arc::clone(&delivered),
                answer: move |parcel: &Parcel| {
                    assert!(number == 0, "a bug in the second sender");
                    std::thread::sleep(Duration::from_millis(2));
                    accepted(parcel)
                },
            })
        }
    });
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!(report.stopped.map(|error| error.kind()), Some(Kind::Bug));
    // what it had in hand waits for the end of its lease; what waited with it, and what the other held, is sent or back
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sending'"), 1);
    let sent = database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'");
    assert!(sent >= 1 && i64::try_from(report.sent) == Ok(sent), "{sent}, told: {}", report.sent);
}

#[test]
fn a_message_that_changed_in_the_table_is_held() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"]), message(Class::Internal, "2", &["b@x"])]);
    database.execute(
        "UPDATE outbox_messages SET raw = convert_to(E'Subject: other\\r\\n\\r\\nx\\r\\n', 'UTF8') WHERE subject = '1'",
    );
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.sent, report.held), (1, 1));
    assert_eq!(states(&database), "a:held:1 b:sent:1");
    assert!(report.troubles[0].reply.contains("sha256"), "{}", report.troubles[0]);
}

/// Three pages of dead senders' mails, one of them held by somebody's lock: all others are taken over.
#[test]
fn a_row_that_cannot_be_taken_over_keeps_no_other_back() {
    let database = TestDatabase::new();
    queue(&database, &many(1_200));
    database.execute(
        "UPDATE outbox_recipients SET state = 'sending', attempt = 1, leased_until = now() - interval '1 minute'",
    );
    let mut other = database.connect();
    diesel::connection::SimpleConnection::batch_execute(
        &mut other,
        "BEGIN; SELECT FROM wvl.outbox_recipients ORDER BY id LIMIT 1 FOR UPDATE",
    )
    .unwrap();
    let delivered: Arc<Mutex<_>> = Arc::default();
    let lane = lane(1, {
        let delivered = Arc::clone(&delivered);
        move |_| Box::new(Recorder { delivered: Arc::clone(&delivered), answer: accepted })
    });
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!((report.rescued, report.sent), (1_199, 1_199));
    // once more where the flush takes longer than a minute
    assert!(report.stuck >= 1);
    assert!(report.troubles[0].to_string().contains("cannot be taken over"), "{}", report.troubles[0]);
}

/// A mail with which two senders have died comes last and alone.
#[test]
fn what_senders_died_with_goes_last_and_after_the_third_not_at_all() {
    let database = TestDatabase::new();
    let messages: Vec<_> =
        (1..=3).map(|number| message(Class::Internal, &number.to_string(), &[&format!("a{number}@x")])).collect();
    queue(&database, &messages);
    database.execute(
        "UPDATE outbox_recipients SET strikes = 1 WHERE address = 'a1@x';
         UPDATE outbox_recipients SET strikes = 2, state = 'sending', attempt = 2, leased_until = now() - interval '1 second'
         WHERE address = 'a2@x'",
    );
    let delivered: Arc<Mutex<Vec<uuid::Uuid>>> = Arc::default();
    let lane = lane(4, {
        let delivered = Arc::clone(&delivered);
        move |_| Box::new(Recorder { delivered: Arc::clone(&delivered), answer: accepted })
    });
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!((report.sent, report.held), (2, 1));
    assert_eq!(*delivered.lock().unwrap(), [messages[2].id, messages[0].id]);
    assert_eq!(states(&database), "a1:sent:1 a2:held:2 a3:sent:1");
    make_due(&database);
    assert_eq!(database.number("SELECT strikes FROM outbox_recipients WHERE address = 'a2@x'"), 3);
}

/// Two of three recipients have seen a sender die; then the server puts all of them off, and no sender has died of that.
#[test]
fn a_sender_that_lives_to_note_an_answer_takes_the_strikes_away() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"]), message(Class::Internal, "2", &["b@x", "c@x"])]);
    database.execute("UPDATE outbox_recipients SET strikes = 2");
    let later = |_: &Parcel| Answer::later("450 not now");
    let puts_off = lane(1, move |_| Box::new(Recorder { delivered: Arc::default(), answer: later }));
    assert_eq!(flush_lane(&database, puts_off).unwrap().retry, 3);
    assert_eq!(database.number("SELECT sum(strikes) FROM outbox_recipients"), 0);
    // what was not tried says nothing
    database.execute("UPDATE outbox_recipients SET strikes = 2");
    make_due(&database);
    let closed = lane(1, |_| Box::new(Refused));
    assert!(flush_lane(&database, closed).unwrap().stopped.is_some());
    assert_eq!(database.number("SELECT sum(strikes) FROM outbox_recipients WHERE state = 'retry'"), 6);
}

/// The database refuses one row: its sender ends, and says of the others that it has not died with them.
#[test]
fn a_sender_that_ends_by_an_error_puts_back_what_it_has_not_begun() {
    let database = TestDatabase::new();
    queue(&database, &many(20));
    database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END$$;
         CREATE TRIGGER refuse BEFORE UPDATE ON outbox_recipients FOR EACH ROW
         WHEN (NEW.state = 'sent' AND NEW.id % 20 = 7) EXECUTE FUNCTION refuse()",
    );
    let lane = lane(1, |_| Box::new(Recorder { delivered: Arc::default(), answer: accepted }));
    let report = flush_lane(&database, lane).unwrap();
    assert_eq!(report.stopped.map(|error| error.kind()), Some(Kind::Data));
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sending'"), 1, "it has left");
    let back = "SELECT count(*) FROM outbox_recipients WHERE state = 'retry' AND next_attempt_at <= now()";
    assert_eq!(database.number(back), 19 - i64::try_from(report.sent).unwrap());
}

/// A message takes a recipient along who stands far behind in the queue; what stands between goes before what stands behind him
/// all the same. And whom a sender has died with waits for his own turn.
#[test]
fn who_comes_along_moves_no_other_back() {
    let database = TestDatabase::new();
    let mut messages = vec![message(Class::Internal, "first", &["a@x", "late@x", "struck@x"])];
    messages.extend(many(60));
    queue(&database, &messages);
    database.execute(
        "UPDATE outbox_recipients SET next_attempt_at = now() - interval '1 hour' + id * interval '1 second';
         UPDATE outbox_recipients SET next_attempt_at = now() - interval '1 second' WHERE address = 'late@x';
         UPDATE outbox_recipients SET next_attempt_at = now() - interval '0.5 seconds'
         WHERE id > (SELECT max(id) - 5 FROM outbox_recipients);
         UPDATE outbox_recipients SET strikes = 1 WHERE address = 'struck@x'",
    );
    let delivered: Arc<Mutex<Vec<uuid::Uuid>>> = Arc::default();
    let recorder = {
        let delivered = Arc::clone(&delivered);
        lane(1, move |_| Box::new(Recorder { delivered: Arc::clone(&delivered), answer: accepted }))
    };
    assert_eq!(flush_lane(&database, recorder).unwrap().sent, 63);
    let mut expected: Vec<uuid::Uuid> = messages.iter().map(|message| message.id).collect();
    expected.push(messages[0].id);
    assert_eq!(*delivered.lock().unwrap(), expected);
    assert_eq!(database.number("SELECT max(attempt) FROM outbox_recipients"), 1);
}
