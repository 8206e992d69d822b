//! Each thing that a server can do wrong, alone: where it leaves our own people's mail, where a customer's, and that the next
//! attempt brings it there once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wvl::outbox::Class;
use wvl::outbox::settings::{MailSettings, SmtpSettings, Tls};

use super::soak::chance::Chance;
use super::soak::ledger::{Answered, Entry, Ledger};
use super::soak::server::{FAULTS, Fault, Mood, Server};
use super::{flush_with, make_due, message, queue, smtp_settings, states};
use crate::env::TestDatabase;
use crate::env::sink::Sink;
use crate::env::switch::{Route, Switch};

/// What the first of two recipients comes to, and the second one; of a customer where that differs.
fn expected(fault: Fault) -> (&'static str, &'static str, &'static str) {
    match fault {
        Fault::DropsAtMail
        | Fault::DropsAtRecipient
        | Fault::DropsAtData
        | Fault::SilentAtMail
        | Fault::LaterAtMail
        | Fault::GoodbyeAtRecipient
        | Fault::LaterAtData
        | Fault::NoTextAtMail
        | Fault::EndlessAtRecipient
        | Fault::LaterAtDot
        | Fault::GoodbyeAtDot => ("retry", "retry", "retry"),
        Fault::DripsAtMail | Fault::InPieces | Fault::ManyLinesAtDot => ("sent", "sent", "sent"),
        Fault::LaterToOne => ("retry", "sent", "sent"),
        Fault::RefusesOne => ("failed", "sent", "sent"),
        Fault::RefusesAtDot => ("failed", "failed", "failed"),
        // the last line was sent, and nobody knows
        Fault::ResetsInBody
        | Fault::StoresAndDrops
        | Fault::StoresAndSaysHalf
        | Fault::StoresAndBabbles
        | Fault::StoresAndIsSilent
        | Fault::ForgetsAndDrops => ("retry", "retry", "unknown"),
    }
}

#[test]
fn every_fault_of_a_server_ends_where_it_should() {
    std::thread::scope(|scope| {
        for (fault, _) in FAULTS {
            // the silent ones take seconds
            scope.spawn(move || {
                for class in [Class::Internal, Class::Customer] {
                    meet(fault, class);
                }
            });
        }
    });
}

fn meet(fault: Fault, class: Class) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Ledger::new(&folder.path().join("ledger")));
    let door = {
        let ledger = Arc::clone(&ledger);
        Switch::start(move |visitor| {
            let ledger = Arc::clone(&ledger);
            let mood = if visitor.run == 0 { Mood::Always(fault) } else { Mood::Friendly };
            Route::Served(Box::new(move |stream| {
                Server::serve(stream, visitor, mood, Chance::of(0, visitor.connection), &ledger);
            }))
        })
    };
    let database = TestDatabase::new();
    queue(&database, &[message(class, "AN-1", &["a@x", "b@x"])]);
    let settings = smtp_settings(door.port, Tls::None);
    flush_with(&database, &settings);
    let (first, second, of_customers) = expected(fault);
    let (first, second) = match class {
        Class::Customer if first == "retry" && of_customers == "unknown" => ("unknown", "unknown"),
        _ => (first, second),
    };
    assert_eq!(states(&database), format!("a:{first}:1 b:{second}:1"), "{fault:?} {class:?}");
    let reply = database.text("SELECT string_agg(last_reply, '') FROM outbox_recipients");
    assert!(!reply.is_empty() && reply.len() <= 1_000, "{fault:?}: {reply:?}");
    assert!(!reply.chars().any(char::is_control), "{fault:?}: {reply:?}");

    // on the next attempt all goes well
    door.open_for(1);
    make_due(&database);
    flush_with(&database, &settings);
    let last = |state: &str| if state == "retry" { "sent:2".to_owned() } else { format!("{state}:1") };
    assert_eq!(states(&database), format!("a:{} b:{}", last(first), last(second)), "{fault:?} {class:?}");
    for address in ["a@x", "b@x"] {
        let (mut copies, mut lost, mut taken) = (0, 0, 0);
        for entry in ledger.read() {
            if let Entry::Transfer(transfer) = entry
                && transfer.stored
                && transfer.to.iter().any(|to| to == address)
            {
                copies += 1;
                lost += usize::from(transfer.answered == Answered::Never);
                taken += usize::from(transfer.answered == Answered::Yes);
            }
        }
        let row = format!("SELECT state FROM outbox_recipients WHERE address = '{address}'");
        let state = database.text(&row);
        assert_eq!(taken, usize::from(state == "sent"), "{fault:?} {class:?} {address} {state}");
        assert_eq!(copies, taken + lost, "{fault:?} {class:?}");
        assert!(class != Class::Customer || copies <= 1, "{fault:?}: a customer got it twice");
    }
}

/// smtp-sink says 354, refuses at once with 550 and hangs up, whatever comes: before anything was handed over.
#[test]
fn a_server_that_breaks_off_behind_data_gets_no_copy_and_costs_no_mail() {
    for class in [Class::Internal, Class::Customer] {
        let (bad, good) = (Sink::start(&["-A", "0"]), Sink::start(&[]));
        let database = TestDatabase::new();
        queue(&database, &[message(class, "AN-1", &["a@x"]), message(class, "AN-2", &["b@x"])]);
        flush_with(&database, &smtp_settings(bad.port, Tls::None));
        let met = states(&database);
        // either its 550 was read, or the connection was found broken with the last line on its way
        let is_one_of = |state: &str| {
            let lost = if class == Class::Customer { "unknown" } else { "retry" };
            ["failed", lost].contains(&state)
        };
        let of_each: Vec<&str> = met.split(' ').filter_map(|row| row.split(':').nth(1)).collect();
        assert!(of_each.len() == 2 && of_each.iter().all(|state| is_one_of(state)), "{class:?}: {met}");
        assert!(bad.dumps(None).is_empty(), "nothing was stored");
        let reply = database.text("SELECT string_agg(last_reply, ' ') FROM outbox_recipients");
        assert!(!reply.is_empty() && !reply.chars().any(char::is_control), "{reply:?}");

        // nobody has got it, so a person may say again, and each arrives once
        database.execute(
            "UPDATE outbox_recipients SET state = 'retry', done_at = NULL, next_attempt_at = now() - interval '1 second'",
        );
        assert_eq!(flush_with(&database, &smtp_settings(good.port, Tls::None)).sent, 2, "{class:?}: {met}");
        assert_eq!(good.dumps(None).len(), 2);
        println!("-A 0, {class:?}: {met}: {reply}");
    }
}

/// smtp-sink thinks for a second before it says 354: that is slow and no fault, and nobody sends twice for it.
#[test]
fn a_server_that_thinks_about_data_for_a_second_gets_each_mail_once() {
    let slow = Sink::start(&["-w", "1"]);
    let database = TestDatabase::new();
    let messages: Vec<_> = (0..3).map(|number| message(Class::Customer, &format!("AN-{number}"), &["a@x"])).collect();
    queue(&database, &messages);
    let usual = smtp_settings(slow.port, Tls::None);
    let smtp = SmtpSettings { timeout_seconds: 5, ..usual.smtp.clone().unwrap() };
    let started = Instant::now();
    let report = flush_with(&database, &MailSettings { smtp: Some(smtp), ..usual });
    assert_eq!((report.sent, report.stopped.is_none()), (3, true), "{:?}", report.stopped);
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}: it has not thought", started.elapsed());
    assert_eq!(slow.dumps(None).len(), 3);
    assert_eq!(database.number("SELECT max(attempt) FROM outbox_recipients"), 1);
}
