//! A flush that has everything to do which a usual one has not, killed at its first point, its second, its third … until a run
//! passes; and the next one. Claims of senders that died before, leases that are renewed, mail to customers, the brake, a
//! gateway, and what people decide. Only the servers and the tables are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use uuid::Uuid;
use wvl::outbox::message::Payload;
use wvl::outbox::{Class, NewMessage};

use super::{message, queue, smtp_configuration};
use crate::env::http::{HttpServer, Reply};
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};
use crate::escalation::kill::{UNACKNOWLEDGED, end_leases, kill_at};

/// What a flush passes that has all of this to do.
const POINTS_OF_MAILS: [&str; 11] = [
    "rescued",
    "claimed-not-committed",
    "brake-held",
    "leased",
    "bytes-loaded",
    "offered",
    "before-last-line",
    "after-delivery",
    "before-acknowledgement",
    "after-acknowledgement",
    "renewed",
];
const POINTS_OF_A_GATEWAY: [&str; 5] =
    ["leased", "offered", "before-last-line", "gateway-sent", "before-acknowledgement"];

/// Runs of the driver side by side: each spends its time with a database of its own.
const WORKERS: usize = 4;

/// Lets a flush die at each of its points, each time from the same state; `die` says which points it came to, and whether it
/// died at the last of them.
fn at_each_point(wanted: &[&str], die: impl Fn(usize) -> (Vec<String>, bool) + Sync) -> usize {
    let (next, seen) = (AtomicUsize::new(1), Mutex::new(BTreeSet::new()));
    let deaths = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let (points, died) = die(next.fetch_add(1, Ordering::SeqCst));
                    seen.lock().unwrap().extend(points);
                    if !died {
                        break;
                    }
                    deaths.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    for name in wanted {
        assert!(seen.contains(*name), "nobody dies at {name} any more: {seen:?}");
    }
    deaths.into_inner()
}

/// State of each recipient, by its address; where several have the same one, sorted.
fn states(database: &TestDatabase) -> BTreeMap<String, Vec<String>> {
    let text =
        database.text("SELECT string_agg(address || ' ' || state, ',' ORDER BY address, state) FROM outbox_recipients");
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (address, state) in text.split(',').filter_map(|pair| pair.split_once(' ')) {
        states.entry(address.to_owned()).or_default().push(state.to_owned());
    }
    states
}

/// Recipients whose sender is dead and may have handed them over although a customer must not get it twice.
const BEGUN: &str = "SELECT count(*) FROM outbox_recipients WHERE state = 'sending' AND offered_attempt = attempt";

/// Two of ours and five to customers; of three the sender has died, of one of these it had begun.
fn mails() -> TestDatabase {
    let database = TestDatabase::new();
    queue(
        &database,
        &[
            message(Class::Internal, "1", &["dead@x"]),
            message(Class::Internal, "2", &["ours@x"]),
            message(Class::Customer, "3", &["kunde@x"]),
            message(Class::Customer, "4", &["claimed@x"]),
            message(Class::Customer, "5", &["begun@x"]),
            message(Class::Customer, "6", &["loop@x"]),
            message(Class::Customer, "7", &["loop@x"]),
            message(Class::Customer, "8", &["loop@x"]),
        ],
    );
    database.execute(
        "UPDATE outbox_recipients SET state = 'sending', attempt = 1, leased_until = now() - interval '1 second'
         WHERE address IN ('dead@x', 'claimed@x', 'begun@x');
         UPDATE outbox_recipients SET offered_attempt = 1 WHERE address = 'begun@x'",
    );
    database
}

#[test]
fn killed_wherever_a_flush_has_more_to_do_than_to_send() {
    let original = mails();
    let deaths = at_each_point(&POINTS_OF_MAILS, |k| {
        let environment = TestEnvironment::with_database(original.copy());
        let database = &environment.database;
        let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
        let configuration =
            smtp_configuration(&database.url, server.port).replace("max_per_hour = 0", "max_per_hour = 1");
        environment.write("wvl.toml", configuration + "connections = 1\n");
        let mut command = environment.command(&["mail", "flush"]);
        // once it is slow enough to want its lease renewed
        command.env("FAILPOINTS", "lease-seconds=return(4);after-acknowledgement=1*sleep(250)");
        let (points, survivor) = kill_at(&mut command, &environment.path().join("points"), k);
        let last = points.last().cloned().unwrap_or_default();
        let mut begun = 0;
        match &survivor {
            Some(run) => assert_eq!(run.code, 3, "{}", run.stderr),
            None => {
                begun = database.number(&format!("{BEGUN} AND address <> 'begun@x'"));
                end_leases(database);
                let next = environment.wvl(&["mail", "flush"]);
                assert!(matches!(next.code, 0 | 3), "{k} {last}: {}", next.stderr);
            }
        }
        let states = states(database);
        let told = format!("{k} {last}: {states:?}");
        let is_unsure = survivor.is_none() && UNACKNOWLEDGED.contains(&last.as_str());
        let copies =
            |address: &str| server.received().iter().filter(|mail| mail.to.iter().any(|to| to == address)).count();
        assert_eq!((states["begun@x"].as_slice(), copies("begun@x")), (&["unknown".to_owned()][..], 0), "{told}");
        for address in ["dead@x", "ours@x"] {
            assert_eq!(states[address], ["sent"], "{told}");
            assert!(copies(address) <= 1 + usize::from(is_unsure), "{told}");
        }
        assert_eq!(states["loop@x"][..2], ["held", "held"], "more than one an hour: {told}");
        let customers = ["kunde@x", "claimed@x", "loop@x"];
        assert!(customers.iter().all(|address| copies(address) <= 1), "a customer got it twice: {told}");
        let open = customers.iter().flat_map(|address| &states[*address]).filter(|state| *state == "unknown").count();
        assert_eq!(open as i64, begun, "only what was about to be handed over is asked about: {told}");
        let sent = states.values().flatten().filter(|state| *state == "sent").count();
        assert_eq!(sent + open, 5, "{told}");
        assert_eq!(server.received().len(), sent + usize::from(is_unsure), "{told}");
        (points, survivor.is_none())
    });
    println!("killed at each of {deaths} points of a flush with everything to do");
    assert!(deaths >= 40, "only {deaths}");
}

/// Two of ours and two to customers, on a channel.
fn on_a_channel() -> TestDatabase {
    let database = TestDatabase::new();
    let classes = [Class::Internal, Class::Customer, Class::Internal, Class::Customer];
    let messages: Vec<NewMessage> = classes
        .iter()
        .enumerate()
        .map(|(number, class)| {
            let payload = Payload { subject: "AN-1".into(), text: "AN-1".into(), link: String::new() };
            NewMessage {
                channel: "sms".to_owned(),
                raw: payload.to_bytes().unwrap(),
                envelope_from: String::new(),
                ..message(*class, "AN-1", &[&format!("+491{number}")])
            }
        })
        .collect();
    queue(&database, &messages);
    database
}

#[test]
fn killed_wherever_a_message_goes_to_a_gateway() {
    let original = on_a_channel();
    let deaths = at_each_point(&POINTS_OF_A_GATEWAY, |k| {
        let environment = TestEnvironment::with_database(original.copy());
        let database = &environment.database;
        let gateway = HttpServer::always(Reply::ok());
        let channel = format!("[channel.sms]\nurl = {:?}\nmax_per_minute = 0\n", gateway.url("/"));
        environment.configure(&(channel + "form = { to = \"{{ address }}\", id = \"{{ id }}\" }\n"));
        let mut command = environment.command(&["mail", "flush"]);
        let (points, survivor) = kill_at(&mut command, &environment.path().join("points"), k);
        // what is on its way arrives all the same
        std::thread::sleep(Duration::from_millis(50));
        let told = format!("{k} {:?}", points.last());
        let is_whole = |body: &str, length: &str| body.len() == length.parse().unwrap_or(usize::MAX);
        let copies = |address: &str| {
            let to = format!("to={}&", address.replace('+', "%2B"));
            let requests = gateway.requests().into_iter();
            let mut whole = requests.filter(|request| is_whole(&request.body, request.header("content-length")));
            whole.by_ref().filter(|request| request.body.starts_with(&to)).count()
        };
        let mut lost = BTreeSet::new();
        let mut begun = 0;
        match &survivor {
            Some(run) => assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{told}"),
            None => {
                begun = database.number(BEGUN);
                let sending = "SELECT string_agg(address, ' ') FROM outbox_recipients WHERE state = 'sending'";
                let sending = database.text(sending);
                lost.extend(sending.split_whitespace().filter(|address| copies(address) == 1).map(str::to_owned));
                end_leases(database);
                let next = environment.wvl(&["mail", "flush"]);
                assert_eq!(next.code, if begun > 0 { 3 } else { 0 }, "{told}: {}", next.stderr);
            }
        }
        assert!(begun <= 1 && lost.len() <= 1, "{told}: one message at a time is handed over");
        for (address, states) in states(database) {
            let is_ours = ["+4910", "+4912"].contains(&address.as_str());
            let was_lost = usize::from(lost.contains(&address));
            match states[0].as_str() {
                "sent" => assert_eq!(copies(&address), 1 + was_lost, "{address} {told}"),
                "unknown" => assert_eq!((copies(&address), begun), (was_lost, 1), "{address} {told}"),
                state => panic!("{address} is {state}: {told}"),
            }
            assert!(is_ours || copies(&address) <= 1, "a customer got it twice: {told}");
            assert!(!is_ours || states[0] == "sent", "{address} {told}");
        }
        (points, survivor.is_none())
    });
    println!("killed at each of {deaths} points of a flush to a gateway");
    assert!(deaths >= 20, "only {deaths}");
}

/// What somebody has decided is done as a whole or not at all, and can be said again.
#[test]
fn killed_while_it_notes_what_somebody_has_decided() {
    let original = TestDatabase::new();
    queue(&original, &[message(Class::Customer, "1", &["a@x"]), message(Class::Customer, "2", &["b@x"])]);
    let numbers = original.text("SELECT string_agg(id::text, ' ' ORDER BY id) FROM outbox_recipients");
    let numbers: Vec<&str> = numbers.split(' ').collect();
    for (verb, state, after, copies) in [
        (&["mail", "resolve", "--again"][..], "unknown", "sent", 2),
        (&["mail", "resolve", "--arrived"], "unknown", "sent", 0),
        (&["mail", "queue", "retry"], "failed", "sent", 2),
        (&["mail", "queue", "discard", "--yes"], "held", "discarded", 0),
    ] {
        original.execute(&format!("UPDATE outbox_recipients SET state = '{state}', attempt = 3"));
        let before = states(&original);
        let deaths = at_each_point(&["resolved"], |k| {
            let environment = TestEnvironment::with_database(original.copy());
            let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
            super::configure_smtp(&environment, server.port);
            let arguments: Vec<&str> = verb.iter().chain(&numbers).copied().collect();
            let (points, survivor) =
                kill_at(&mut environment.command(&arguments), &environment.path().join("points"), k);
            match &survivor {
                Some(run) => assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr),
                None => {
                    assert_eq!(states(&environment.database), before, "{arguments:?} {k}: half done");
                    environment.ok(&arguments);
                }
            }
            environment.ok(&["mail", "flush"]);
            let all: Vec<String> = states(&environment.database).into_values().flatten().collect();
            assert_eq!((all, server.received().len()), (vec![after.to_owned(); 2], copies), "{arguments:?} {k}");
            (points, survivor.is_none())
        });
        assert!(deaths >= 1, "{verb:?}");
    }
}

/// A test mail is queued or not; if it is, it leaves with the next flush.
#[test]
fn killed_while_it_sends_a_test_mail() {
    let original = TestDatabase::new();
    let deaths = at_each_point(&["leased", "before-last-line", "before-acknowledgement"], |k| {
        let environment = TestEnvironment::with_database(original.copy());
        let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
        let keys = environment.path().join("signing-keys");
        let configuration = smtp_configuration(&environment.database.url, server.port);
        let configuration = configuration.replace("[mail]\n", &format!("[mail]\nsigning_keys_file = {keys:?}\n"));
        environment.write("wvl.toml", configuration);
        let mut command = environment.command(&["mail", "test", &format!("{}@x.example", Uuid::new_v4())]);
        let (points, survivor) = kill_at(&mut command, &environment.path().join("points"), k);
        let last = points.last().cloned().unwrap_or_default();
        let queued = environment.database.number("SELECT count(*) FROM outbox_recipients");
        if survivor.is_none() {
            end_leases(&environment.database);
            environment.ok(&["mail", "flush"]);
        }
        let sent = environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'");
        let is_unsure = survivor.is_none() && UNACKNOWLEDGED.contains(&last.as_str());
        assert_eq!(sent, queued, "{k} {last}");
        assert_eq!(server.received().len() as i64, sent + i64::from(is_unsure), "{k} {last}");
        (points, survivor.is_none())
    });
    println!("killed at each of {deaths} points of a test mail");
}
