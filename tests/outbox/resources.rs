//! The database goes away, fills up, is locked or lets nobody in, while mails are on their way: nothing is lost, nothing goes
//! twice, and the exit code says that it is safe to run again.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wvl::outbox::message::Payload;
use wvl::outbox::{Class, NewMessage};

use super::{configure_smtp, make_due, message, prepare, queue, smtp_configuration, states};
use crate::db::cluster::OwnCluster;
use crate::db::proxy::Proxy;
use crate::env::database::places;
use crate::env::environment::Run;
use crate::env::http::{HttpServer, Reply};
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

/// The queue of each of these tests: two of ours, one with two recipients, and a customer's.
fn fill(database: &TestDatabase) {
    let messages = [
        message(Class::Internal, "1", &["a@x"]),
        message(Class::Internal, "2", &["b@x", "c@x"]),
        message(Class::Customer, "3", &["d@x"]),
    ];
    queue(database, &messages);
}

/// How often each message has arrived.
fn copies(server: &SmtpServer) -> Vec<usize> {
    let subjects = ["Subject: 1\r\n", "Subject: 2\r\n", "Subject: 3\r\n"];
    let received = server.received();
    let holds = |data: &[u8], subject: &str| String::from_utf8_lossy(data).contains(subject);
    subjects.map(|subject| received.iter().filter(|mail| holds(&mail.data, subject)).count()).to_vec()
}

/// A later run finds what an earlier one left behind, whose lease is over.
fn end_leases(database: &TestDatabase) {
    database.execute("UPDATE outbox_recipients SET leased_until = now() - interval '1 second' WHERE state = 'sending'");
    make_due(database);
}

/// G9: the connection breaks at every piece of what sender and database say to each other, from the first claim on.
#[test]
fn a_connection_to_the_database_that_breaks_anywhere_costs_no_copy() {
    let next = [AtomicUsize::new(1), AtomicUsize::new(1)];
    let cuts = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..4_usize {
            let (next, cuts) = (&next[worker % 2], &cuts);
            scope.spawn(move || {
                while break_at(worker.is_multiple_of(2), next.fetch_add(1, Ordering::SeqCst)) {
                    cuts.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let cuts = cuts.load(Ordering::SeqCst);
    println!("the connection broke at each of {cuts} places");
    assert!(cuts >= 30, "only {cuts} places");
}

/// Whether the flush came to that place at all.
fn break_at(is_question: bool, place: usize) -> bool {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    fill(database);
    let proxy = Proxy::cut_once(&database.url, "outbox_recipients", is_question, place);
    let configuration = smtp_configuration(&proxy.url, server.port) + "connections = 1\n";
    environment.write("wvl.toml", configuration);
    let first = environment.wvl(&["mail", "flush"]);
    let told = format!("question {is_question}, {place}: {} {}", first.code, first.stderr);
    assert!(matches!(first.code, 0 | 1 | 75), "{told}");
    assert!(!first.stderr.contains("panicked"), "{told}");
    // only where the outcome of a transaction stayed open
    assert!(first.code != 1 || first.stderr.contains("COMMIT"), "{told}");
    let has_cut = proxy.has_cut();
    environment.write("wvl.toml", smtp_configuration(&database.url, server.port));
    end_leases(database);
    let second = environment.wvl(&["mail", "flush"]);
    assert_eq!(second.code, 0, "{told}, then {}", second.stderr);
    assert_eq!(copies(&server), [1, 1, 1], "{told}");
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'"), 4, "{told}");
    has_cut
}

/// All sessions of the sender are ended while the server thinks: about MAIL, about a recipient, about the last line.
#[test]
fn sessions_that_an_administrator_ends_cost_no_copy() {
    for moment in ["MAIL", "RCPT", "DATA", "."] {
        let environment = TestEnvironment::new();
        fill(&environment.database);
        let url = environment.database.url.clone();
        let server = SmtpServer::start(&["PIPELINING"], move |command| {
            if command.starts_with(moment) {
                end_sessions(&url);
            }
            Step::Usual
        });
        configure_smtp(&environment, server.port);
        let run = environment.wvl(&["mail", "flush"]);
        assert!(matches!(run.code, 0 | 75), "{moment}: {} {}", run.code, run.stderr);
        end_leases(&environment.database);
        let second = environment.wvl(&["mail", "flush"]);
        let sent = "SELECT count(*) FROM outbox_recipients WHERE state = 'sent'";
        assert_eq!(environment.database.number(sent), 4, "{moment}: {} {}", second.code, second.stderr);
        assert_eq!(copies(&server), [1, 1, 1], "{moment}");
    }
}

fn end_sessions(url: &str) {
    let settings = wvl::db::DatabaseSettings { url: Some(url.to_owned()), ..Default::default() };
    let mut connection = wvl::db::connect(&settings, &wvl::db::Places::default()).unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connection.batch_execute(others).unwrap();
}

/// Nobody gets in any more, and who is in goes.
fn close(database: &TestDatabase) {
    database.execute_as_superuser(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

fn reopen(database: &TestDatabase) {
    database.execute_as_superuser(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT -1', current_database()); END $$",
    );
}

/// A server that stands still at such a command, the so manieth time, until the test lets it go on.
struct Halt {
    reached: AtomicBool,
    released: AtomicBool,
    /// The answer to the last line of the present mail gets lost.
    loses: AtomicBool,
}

impl Halt {
    fn server(moment: &'static str, times: usize) -> (SmtpServer, Arc<Halt>) {
        let halt = Arc::new(Halt {
            reached: AtomicBool::new(false),
            released: AtomicBool::new(false),
            loses: AtomicBool::new(false),
        });
        let (at_door, seen) = (Arc::clone(&halt), AtomicUsize::new(0));
        let server = SmtpServer::start(&["PIPELINING"], move |command| {
            if command.starts_with(moment) && seen.fetch_add(1, Ordering::SeqCst) + 1 == times {
                at_door.reached.store(true, Ordering::SeqCst);
                wait_for(&at_door.released);
            }
            if command == "RCPT TO:<lost@x>" {
                at_door.loses.store(true, Ordering::SeqCst);
            }
            if command == "." && at_door.loses.swap(false, Ordering::SeqCst) { Step::Drop } else { Step::Usual }
        });
        (server, halt)
    }
}

fn wait_for(flag: &AtomicBool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !flag.load(Ordering::SeqCst) {
        assert!(Instant::now() < deadline, "it did not come to that");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a customer may have got is named although the database goes in the middle of the next mail and stays away.
#[test]
fn what_was_done_is_told_although_the_database_is_gone_at_the_end() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    let (server, halt) = Halt::server("MAIL", 2);
    configure_smtp(&environment, server.port);
    queue(database, &[message(Class::Customer, "1", &["lost@x"]), message(Class::Customer, "2", &["b@x"])]);
    let mut command = environment.command(&["mail", "flush"]);
    command.env("FAILPOINTS", "longest-pause-milliseconds=return(50)");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&halt.reached);
    close(database);
    halt.released.store(true, Ordering::SeqCst);
    let run = Run::from(child.wait_with_output().unwrap());
    reopen(database);
    assert_eq!(run.code, 75, "{}", run.stderr);
    assert!(run.stderr.contains("escalation \"1\" to lost@x may or may not have arrived"), "{}", run.stderr);
    end_leases(database);
    environment.ok(&["mail", "flush"]);
    assert_eq!(states(database), "b:sent:2 lost:unknown:1");
    assert_eq!(copies(&server), [1, 1, 0]);
}

/// It stays away for longer than all the usual tries take, right after the mail server has said yes.
#[test]
fn a_yes_is_noted_as_long_as_the_lease_lasts() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    let (server, halt) = Halt::server(".", 2);
    configure_smtp(&environment, server.port);
    fill(database);
    let mut command = environment.command(&["mail", "flush"]);
    command.env("FAILPOINTS", "longest-pause-milliseconds=return(50)");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&halt.reached);
    close(database);
    halt.released.store(true, Ordering::SeqCst);
    std::thread::sleep(Duration::from_secs(2));
    reopen(database);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(states(database), "a:sent:1 b:sent:1 c:sent:1 d:sent:1");
    assert_eq!(copies(&server), [1, 1, 1]);
}

/// Who ends the sender meanwhile does not wait for the lease.
#[test]
fn a_signal_ends_a_sender_that_waits_for_the_database() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    let (server, halt) = Halt::server(".", 2);
    configure_smtp(&environment, server.port);
    fill(database);
    let mut command = environment.command(&["mail", "flush"]);
    command.env("FAILPOINTS", "longest-pause-milliseconds=return(50)");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&halt.reached);
    close(database);
    halt.released.store(true, Ordering::SeqCst);
    std::thread::sleep(Duration::from_secs(1));
    let ended = Instant::now();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    reopen(database);
    assert!(ended.elapsed() < Duration::from_secs(10), "{:?}", ended.elapsed());
    assert_eq!(run.code, 75, "{}", run.stderr);
    // what was said could not be noted: to our own people it goes once more
    end_leases(database);
    environment.ok(&["mail", "flush"]);
    assert_eq!(copies(&server), [1, 2, 1]);
}

/// A database server with fsync on crashes between a mail server's yes and the note of it, and comes back.
#[test]
fn a_database_server_that_crashes_and_comes_back_costs_no_copy() {
    let own = OwnCluster::durable();
    own.cluster().start().unwrap();
    let environment = TestEnvironment::new();
    let dots = Arc::new(AtomicUsize::new(0));
    let postmaster = own.pid();
    let server = SmtpServer::start(&["PIPELINING"], {
        let dots = Arc::clone(&dots);
        move |command| {
            if command == "." && dots.fetch_add(1, Ordering::SeqCst) == 1 {
                // what pg_ctl stop -m immediate does
                kill(Pid::from_raw(postmaster), Signal::SIGQUIT).unwrap();
                std::thread::sleep(Duration::from_millis(300));
            }
            Step::Usual
        }
    });
    let state_dir = own.settings.state_dir.clone().unwrap();
    let text = smtp_configuration("", server.port)
        .replace("url = \"\"", &format!("state_dir = {:?}", state_dir.to_str().unwrap()));
    environment.write("wvl.toml", text + "connections = 1\n");
    environment.ok(&["db", "migrate"]);
    let mut connection = wvl::db::connect(&own.settings, &places()).unwrap();
    let messages: Vec<_> = (1..=3).map(|number| message(Class::Customer, &number.to_string(), &["a@x"])).collect();
    let prepared = prepare(&messages);
    wvl::db::transaction(&mut connection, |connection| wvl::outbox::enqueue(connection, &prepared)).unwrap();
    drop(connection);
    let child = environment.command(&["mail", "flush"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while dots.load(Ordering::SeqCst) < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(800));
    own.cluster().start().unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(copies(&server), [1, 1, 1]);
    let mut connection = wvl::db::connect(&own.settings, &places()).unwrap();
    let doubtful = "DO $$ BEGIN ASSERT (SELECT count(*) FROM wvl.outbox_recipients WHERE state = 'sent' AND attempt = 1) = 3; END $$";
    connection.batch_execute(doubtful).unwrap();
}

#[test]
fn a_database_that_takes_few_connections_gets_few_and_one_that_takes_none_gets_75() {
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    let messages: Vec<_> =
        (0..300).map(|number| message(Class::Internal, &number.to_string(), &[&format!("r{number}@x")])).collect();
    queue(&environment.database, &messages);
    let limit = |most: i32| {
        let statement = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT {most}', current_database()); END $$"
        );
        environment.database.execute_as_superuser(&statement);
    };
    limit(0);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, server.received().len()), (75, 0), "{}", run.stderr);
    limit(2);
    let run = environment.wvl(&["mail", "flush"]);
    limit(-1);
    assert_eq!((run.code, server.received().len()), (0, 300), "{}", run.stderr);
    assert_eq!(environment.database.number("SELECT max(attempt) FROM outbox_recipients"), 1);
}

/// A gateway that nobody needs, or somebody does, and a database with room for the caller alone.
#[test]
fn a_gateway_for_which_the_database_has_no_room_waits_its_turn_and_keeps_no_mail_back() {
    for messages_to_phones in [0, 3] {
        let environment = TestEnvironment::new();
        let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
        let gateway = HttpServer::always(Reply::ok());
        let sms = format!("[channel.sms]\nurl = {:?}\nform = {{ to = \"{{{{ address }}}}\" }}\n", gateway.url("/sms"));
        environment.write("wvl.toml", smtp_configuration(&environment.database.url, server.port) + &sms);
        let mut messages: Vec<_> =
            (0..120).map(|number| message(Class::Internal, &number.to_string(), &[&format!("r{number}@x")])).collect();
        let payload = Payload { subject: "AN-1".into(), text: "AN-1".into(), link: String::new() };
        messages.extend((0..messages_to_phones).map(|number| NewMessage {
            channel: "sms".to_owned(),
            raw: payload.to_bytes().unwrap(),
            ..message(Class::Internal, "AN-1", &[&format!("+4917155501{number:02}")])
        }));
        queue(&environment.database, &messages);
        let limit = |most: i32| {
            let statement = format!(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT {most}', current_database()); END $$"
            );
            environment.database.execute_as_superuser(&statement);
        };
        limit(1);
        let run = environment.wvl(&["mail", "flush"]);
        limit(-1);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert_eq!((server.received().len(), gateway.requests().len()), (120, messages_to_phones));
    }
}

#[test]
fn a_database_that_takes_no_writes_gets_75_and_no_mail_leaves() {
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    fill(&environment.database);
    let set = |value: &str| {
        let statement = format!(
            "BEGIN READ WRITE; \
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {value}', current_database()); END $$; COMMIT"
        );
        environment.database.execute_as_superuser(&statement);
    };
    set("SET default_transaction_read_only = on");
    let run = environment.wvl(&["mail", "flush"]);
    set("RESET default_transaction_read_only");
    assert_eq!((run.code, server.received().len()), (75, 0), "{}", run.stderr);
    assert_eq!(states(&environment.database), "a:queued:0 b:queued:0 c:queued:0 d:queued:0");
}

#[test]
fn a_mail_that_somebody_holds_a_lock_on_waits_and_the_others_go() {
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    fill(&environment.database);
    let mut other = environment.database.connect();
    other.batch_execute("BEGIN; SELECT FROM outbox_recipients WHERE address = 'a@x' FOR UPDATE").unwrap();
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(states(&environment.database), "a:queued:0 b:sent:1 c:sent:1 d:sent:1");
    other.batch_execute("ROLLBACK").unwrap();
    environment.ok(&["mail", "flush"]);
    assert_eq!(copies(&server), [1, 1, 1]);
}
