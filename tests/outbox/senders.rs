//! Several processes on one queue: none does another one's work again, also when it has slept through its lease.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wvl::outbox::Class;

use super::{configure_smtp, message, queue, smtp_configuration, states};
use crate::env::TestEnvironment;
use crate::env::smtp::{SmtpServer, Step};

/// Starts `wvl mail flush` with these orders for its failpoints.
fn sender(environment: &TestEnvironment, points: &str) -> Child {
    let mut command = environment.command(&["mail", "flush"]);
    command.env("FAILPOINTS", points).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A process that a server deals with: it may be asked before the test knows its number.
#[derive(Clone, Default)]
pub struct Victim(Arc<AtomicI32>);

impl Victim {
    /// The test knows it now.
    pub fn is(&self, child: &Child) {
        self.0.store(i32::try_from(child.id()).unwrap(), Ordering::SeqCst);
    }

    /// Sends it a signal, once it is known.
    pub fn signal(&self, signal: Signal) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.0.load(Ordering::SeqCst) == 0 {
            assert!(Instant::now() < deadline, "nobody said who the victim is");
            std::thread::yield_now();
        }
        kill(Pid::from_raw(self.0.load(Ordering::SeqCst)), signal).unwrap();
    }
}

#[test]
fn two_processes_on_one_queue_send_each_message_once() {
    const MESSAGES: usize = 400;
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    let messages: Vec<_> =
        (0..MESSAGES).map(|number| message(Class::Customer, &number.to_string(), &["a@x", "b@x"])).collect();
    queue(&environment.database, &messages);
    // any role can take a lock of that name: it must decide nothing
    let mut stranger = environment.database.connect();
    stranger.batch_execute("SELECT pg_advisory_lock(hashtext('wvl mail flush'), 1)").unwrap();
    // whoever has claimed waits, so that both have
    let senders = [0, 1].map(|_| sender(&environment, "leased=sleep(100)"));
    for sender in senders {
        let output = sender.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    }
    let database = &environment.database;
    let idle = database.number("SELECT count(*) FROM job_runs WHERE (counts->>'sent')::int = 0");
    assert_eq!(idle, 0, "one had nothing to do, so this has shown nothing");
    assert_eq!(database.number("SELECT sum((counts->>'sent')::int) FROM job_runs"), 2 * MESSAGES as i64);
    let mut received: Vec<Vec<u8>> = server.received().into_iter().map(|received| received.data).collect();
    assert_eq!(received.len(), MESSAGES);
    received.sort();
    received.dedup();
    assert_eq!(received.len(), MESSAGES, "one message arrived twice and another one not at all");
    let once = "SELECT count(*) FROM outbox_recipients WHERE state = 'sent' AND attempt = 1";
    assert_eq!(database.number(once), 2 * MESSAGES as i64);
}

/// G5. The sender is stopped while it waits for the answer to its first mail; the lease of all five ends.
#[test]
fn a_sender_stopped_beyond_its_lease_and_continued_changes_nothing_newer() {
    for class in [Class::Internal, Class::Customer] {
        let environment = TestEnvironment::new();
        let (victim, dots) = (Victim::default(), Arc::new(AtomicI32::new(0)));
        let server = SmtpServer::start(&["PIPELINING"], {
            let (victim, dots) = (victim.clone(), Arc::clone(&dots));
            move |command| {
                if command == "." && dots.fetch_add(1, Ordering::SeqCst) == 0 {
                    victim.signal(Signal::SIGSTOP);
                }
                Step::Usual
            }
        });
        configure_smtp(&environment, server.port);
        let subjects = ["1", "2", "3", "4", "5"];
        queue(&environment.database, &subjects.map(|subject| message(class, subject, &[&format!("{subject}@x")])));
        let mut first = sender(&environment, "lease-seconds=return(1)");
        victim.is(&first);
        let deadline = Instant::now() + Duration::from_secs(30);
        while dots.load(Ordering::SeqCst) == 0 {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(1_500));
        assert!(first.try_wait().unwrap().is_none(), "it was stopped");

        let second = sender(&environment, "").wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&second.stderr).into_owned();
        let (code, state, copies) = match class {
            // nobody knew what became of the first: to our people it goes again
            Class::Internal | Class::Receipt => (0, "1:sent:2 2:sent:2 3:sent:2 4:sent:2 5:sent:2", 6),
            Class::Customer => (3, "1:unknown:1 2:sent:2 3:sent:2 4:sent:2 5:sent:2", 5),
        };
        assert_eq!((second.status.code(), states(&environment.database).as_str()), (Some(code), state), "{told}");
        let before = rows(&environment);

        victim.signal(Signal::SIGCONT);
        let output = first.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
        assert_eq!(rows(&environment), before, "an answer that came too late");
        assert_eq!(server.received().len(), copies, "it went on with what was no longer its own");
    }
}

/// G5 where no stopwatch of the sender ran: a machine that was suspended. Two connections, each in the middle of a batch; the
/// leases end in the table alone.
#[test]
fn a_sender_that_learns_it_was_overtaken_asks_before_it_goes_on() {
    const MESSAGES: usize = 100;
    for class in [Class::Internal, Class::Customer] {
        let environment = TestEnvironment::new();
        let (victim, dots) = (Victim::default(), Arc::new(AtomicI32::new(0)));
        let server = SmtpServer::start(&["PIPELINING"], {
            let (victim, dots) = (victim.clone(), Arc::clone(&dots));
            move |command| {
                if command == "." {
                    // so slowly that the second connection has begun too
                    std::thread::sleep(Duration::from_millis(30));
                    if dots.fetch_add(1, Ordering::SeqCst) == 30 {
                        victim.signal(Signal::SIGSTOP);
                    }
                }
                Step::Usual
            }
        });
        let configuration = smtp_configuration(&environment.database.url, server.port) + "connections = 2\n";
        environment.write("wvl.toml", configuration);
        let messages: Vec<_> =
            (0..MESSAGES).map(|number| message(class, &number.to_string(), &[&format!("r{number}@x")])).collect();
        queue(&environment.database, &messages);
        let first = sender(&environment, "");
        victim.is(&first);
        let deadline = Instant::now() + Duration::from_secs(30);
        while dots.load(Ordering::SeqCst) <= 30 {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(10));
        }
        // until the other connection's answer has come too
        std::thread::sleep(Duration::from_millis(300));
        let database = &environment.database;
        let held = "SELECT count(DISTINCT sender) FROM outbox_recipients WHERE state = 'sending'";
        assert_eq!(database.number(held), 2, "both had something in hand");
        database
            .execute("UPDATE outbox_recipients SET leased_until = now() - interval '1 second' WHERE state = 'sending'");
        let second = sender(&environment, "").wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&second.stderr).into_owned();
        let unknown =
            usize::try_from(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'unknown'")).unwrap();
        assert_eq!(second.status.code(), Some(if unknown == 0 { 0 } else { 3 }), "{told}");
        let open = "SELECT count(*) FROM outbox_recipients WHERE state NOT IN ('sent', 'unknown')";
        assert_eq!(database.number(open), 0);
        let (before, arrived) = (rows(&environment), server.received().len());
        assert!(unknown <= if class == Class::Customer { 2 } else { 0 }, "{unknown}");

        victim.signal(Signal::SIGCONT);
        let output = first.wait_with_output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
        assert_eq!(rows(&environment), before, "an answer that came too late");
        let received = server.received();
        let more = received.len() - arrived;
        assert!(more <= 2, "{more} mails more after it was continued, where each connection may have had one in hand");
        let different: BTreeSet<Vec<u8>> = received.iter().map(|mail| mail.data.clone()).collect();
        assert_eq!(different.len(), MESSAGES);
        assert!(class != Class::Customer || received.len() == MESSAGES, "a customer got one twice");
        println!("{class:?}: {arrived} of {MESSAGES} arrived, {unknown} unknown, {more} more after it went on");
    }
}

/// Every row as it stands.
fn rows(environment: &TestEnvironment) -> String {
    environment.database.text("SELECT string_agg(r::text, E'\\n' ORDER BY id) FROM outbox_recipients r")
}
