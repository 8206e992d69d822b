//! G9 for what people decide about the queue: the connection to the database breaks at every piece of what a verb and the
//! database say to each other. What the verb says of it is true, and to run it again is safe.

use std::sync::atomic::{AtomicUsize, Ordering};

use wvl::outbox::Class;

use super::{make_due, message, queue, smtp_configuration, states};
use crate::db::proxy::Proxy;
use crate::env::TestEnvironment;
use crate::env::smtp::{SmtpServer, Step};

/// Breaks a connection at the first, second, third … piece, in both directions, until a run does not come to so many; `break_at`
/// says whether it has.
fn at_each_place(what: &str, break_at: impl Fn(bool, usize) -> bool + Sync) {
    let next = [AtomicUsize::new(1), AtomicUsize::new(1)];
    let cuts = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..4_usize {
            let (next, cuts, break_at) = (&next[worker % 2], &cuts, &break_at);
            scope.spawn(move || {
                while break_at(worker.is_multiple_of(2), next.fetch_add(1, Ordering::SeqCst)) {
                    cuts.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let cuts = cuts.load(Ordering::SeqCst);
    println!("{what}: the connection broke at each of {cuts} places");
    assert!(cuts >= 6, "{what}: only {cuts} places");
}

#[test]
fn what_somebody_decides_is_told_as_it_was_wherever_the_connection_breaks() {
    for (verb, from, to) in [
        (&["mail", "queue", "retry"][..], "failed", "retry"),
        (&["mail", "queue", "discard", "--yes"], "held", "discarded"),
        (&["mail", "resolve", "--again"], "unknown", "retry"),
        (&["mail", "resolve", "--arrived"], "unknown", "sent"),
    ] {
        at_each_place(&verb.join(" "), |is_question, place| {
            let environment = TestEnvironment::new();
            let database = &environment.database;
            queue(database, &[message(Class::Customer, "1", &["a@x"]), message(Class::Customer, "2", &["b@x"])]);
            database.execute(&format!("UPDATE outbox_recipients SET state = '{from}', attempt = 1"));
            let numbers = database.text("SELECT string_agg(id::text, ' ' ORDER BY id) FROM outbox_recipients");
            let arguments: Vec<&str> = verb.iter().copied().chain(numbers.split(' ')).collect();
            let proxy = Proxy::cut_once(&database.url, "outbox_recipients", is_question, place);
            environment.write("wvl.toml", smtp_configuration(&proxy.url, 1));
            let run = environment.wvl(&arguments);
            let told = format!("{arguments:?}, question {is_question}, {place}: {} {}", run.code, run.stderr);
            let (before, after) = (format!("a:{from}:1 b:{from}:1"), format!("a:{to}:1 b:{to}:1"));
            let stands = states(database);
            match run.code {
                0 => assert_eq!((stands, run.stdout), (after, format!("{}\n", numbers.replace(' ', "\n"))), "{told}"),
                75 => {
                    assert_eq!(stands, before, "{told}");
                    environment.ok(&arguments);
                    assert_eq!(states(database), after, "{told}");
                }
                // it is done, and only the answer was lost
                1 => {
                    assert!(run.stderr.contains("COMMIT"), "{told}");
                    assert_eq!(stands, after, "{told}");
                }
                _ => panic!("{told}"),
            }
            proxy.has_cut()
        });
    }
}

#[test]
fn a_test_mail_is_sent_once_or_stays_queued_wherever_the_connection_breaks() {
    at_each_place("mail test", |is_question, place| {
        let environment = TestEnvironment::new();
        let database = &environment.database;
        let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
        let keys = environment.path().join("signing-keys");
        let configure = |url: &str| {
            let configuration = smtp_configuration(url, server.port);
            let configuration = configuration.replace("[mail]\n", &format!("[mail]\nsigning_keys_file = {keys:?}\n"));
            environment.write("wvl.toml", configuration);
        };
        let proxy = Proxy::cut_once(&database.url, "outbox_guards", is_question, place);
        configure(&proxy.url);
        let run = environment.wvl(&["mail", "test", "it@x.example"]);
        let told = format!("question {is_question}, {place}: {} {}", run.code, run.stderr);
        assert!(matches!(run.code, 0 | 1 | 75) && !run.stderr.contains("panicked"), "{told}");
        assert!(run.code != 1 || run.stderr.contains("COMMIT"), "{told}");
        let sent = "SELECT count(*) FROM outbox_recipients WHERE state = 'sent'";
        assert!(run.code != 0 || database.number(sent) == 1, "{told}");
        let has_cut = proxy.has_cut();
        // what was queued leaves with the next flush, once
        configure(&database.url);
        database
            .execute("UPDATE outbox_recipients SET leased_until = now() - interval '1 second' WHERE state = 'sending'");
        make_due(database);
        environment.ok(&["mail", "flush"]);
        let queued = database.number("SELECT count(*) FROM outbox_recipients");
        assert!(queued <= 1, "{told}");
        assert_eq!((database.number(sent), server.received().len() as i64), (queued, queued), "{told}");
        has_cut
    });
}
