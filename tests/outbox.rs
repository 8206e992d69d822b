//! The outbox against a real database and mail servers that behave well, badly and not at all.

mod canary;
mod chain;
mod cut;
mod desk;
mod faults;
mod guard;
mod hostile;
mod kill;
mod limits;
mod poison;
mod pool;
mod resources;
mod senders;
mod soak;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use uuid::Uuid;
use wvl::config::SecretSource;
use wvl::error::{Kind, Result};
use wvl::outbox::settings::{MailMode, MailSettings, SmtpSettings, Tls};
use wvl::outbox::{
    Answer, Class, Delivery, FlushLimits, FlushReport, MAIL, NewMessage, NewRecipient, Parcel, Prepared, enqueue,
    flush, flush_with_one, lanes, redirect,
};

use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

const ALL: FlushLimits<'_> = FlushLimits { recipients: None, message: None, signal: None };

fn settings() -> MailSettings {
    let source = wvl::config::Source::from_text(
        "wvl.toml",
        "[mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\nmax_per_hour = 0\n",
    );
    let reader = wvl::config::Reader::new(&source);
    wvl::outbox::settings::read(&mut reader.root().section("mail"))
}

fn smtp_settings(port: u16, tls: Tls) -> MailSettings {
    MailSettings {
        transport: wvl::outbox::settings::Transport::Smtp,
        smtp: Some(SmtpSettings {
            host: "localhost".to_owned(),
            port,
            tls,
            user: None,
            password: None,
            token: None,
            ca_file: None,
            timeout_seconds: 1,
            connections: 1,
            messages_per_connection: 0,
            max_per_minute: 0,
        }),
        ..settings()
    }
}

fn message(class: Class, subject: &str, addresses: &[&str]) -> NewMessage {
    let id = Uuid::new_v4();
    NewMessage {
        id,
        message_id: format!("<{id}.0123456789abcdef@firma.example>"),
        channel: MAIL.to_owned(),
        kind: "escalation".to_owned(),
        class,
        envelope_from: "wvl@firma.example".to_owned(),
        subject: subject.to_owned(),
        raw: format!("Message-ID: <{id}@firma.example>\r\nSubject: {subject}\r\n\r\n.\r\n..two\r\nend\r\n")
            .into_bytes(),
        recipients: addresses
            .iter()
            .map(|address| NewRecipient { address: (*address).to_owned(), original_address: None })
            .collect(),
        not_before: None,
        expires_at: None,
    }
}

fn queue(database: &TestDatabase, messages: &[NewMessage]) {
    let prepared = prepare(messages);
    wvl::db::transaction(&mut database.connect(), |connection| enqueue(connection, &prepared)).unwrap();
}

fn prepare(messages: &[NewMessage]) -> Vec<Prepared> {
    messages.iter().map(|message| message.clone().prepare().unwrap()).collect()
}

fn flush_with(database: &TestDatabase, settings: &MailSettings) -> FlushReport {
    let lanes = lanes(settings, Path::new("/nowhere")).unwrap();
    flush(&mut database.connect(), &|| Ok(database.connect()), settings, &lanes, ALL).unwrap()
}

/// "address:state:attempt" of every recipient.
fn states(database: &TestDatabase) -> String {
    database.text(
        "SELECT string_agg(format('%s:%s:%s', split_part(address, '@', 1), state, attempt), ' ' ORDER BY address)
         FROM outbox_recipients",
    )
}

fn make_due(database: &TestDatabase) {
    database.execute("UPDATE outbox_recipients SET next_attempt_at = now() - interval '1 second'");
}

#[test]
fn messages_arrive_with_their_bytes_over_one_connection() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let database = TestDatabase::new();
        let server = SmtpServer::start(extensions, |_| Step::Usual);
        let messages = [message(Class::Internal, "1", &["a@x", "b@x"]), message(Class::Customer, "2", &["c@x"])];
        queue(&database, &messages);
        let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
        assert_eq!((report.sent, report.has_trouble(), report.stopped.is_none()), (3, false, true));
        assert_eq!(states(&database), "a:sent:1 b:sent:1 c:sent:1");
        let received = server.received();
        assert_eq!(received.len(), 2, "several recipients of a message are one transaction");
        assert_eq!(received[0].to, ["a@x", "b@x"]);
        assert_eq!(received[0].from, "wvl@firma.example");
        assert_eq!((&received[0].data, &received[1].data), (&messages[0].raw, &messages[1].raw));
        assert_eq!(server.commands().iter().filter(|command| *command == "QUIT").count(), 1);
        assert_eq!(
            database.number("SELECT count(*) FROM outbox_messages WHERE sha256 = sha256(raw)"),
            2,
            "the hash is that of the bytes"
        );
        assert_eq!(flush_with(&database, &smtp_settings(server.port, Tls::None)).sent, 0);
    }
}

#[test]
fn each_recipient_has_its_own_outcome() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let database = TestDatabase::new();
        let server = SmtpServer::start(extensions, |command| match command {
            "RCPT TO:<gone@x>" => Step::Say("550 5.1.1 no such user".to_owned()),
            "RCPT TO:<later@x>" => Step::Say("450 4.2.0 \u{1b}[31mgreylisted\u{202e}".to_owned()),
            _ => Step::Usual,
        });
        queue(&database, &[message(Class::Internal, "1", &["gone@x", "good@x", "later@x"])]);
        queue(&database, &[message(Class::Internal, "2", &["gone@x"]), message(Class::Internal, "3", &["fine@x"])]);
        let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
        assert_eq!((report.sent, report.retry, report.failed), (2, 1, 2));
        assert_eq!(states(&database), "fine:sent:1 gone:failed:1 gone:failed:1 good:sent:1 later:retry:1");
        assert_eq!(server.received().len(), 2);
        assert_eq!(report.troubles[0].address, "gone@x");
        assert_eq!(report.troubles[0].reply, "550 5.1.1 no such user");
        let reply = database.text("SELECT last_reply FROM outbox_recipients WHERE address = 'later@x'");
        assert_eq!(reply, "450 4.2.0 [31mgreylisted");
        let wait = database.number(
            "SELECT extract(epoch FROM next_attempt_at - now()) FROM outbox_recipients WHERE address = 'later@x'",
        );
        assert!((50..=60).contains(&wait), "{wait}");
        assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE done_at IS NULL"), 1);
    }
}

#[test]
fn a_put_off_message_is_repeated_with_the_same_bytes() {
    let database = TestDatabase::new();
    let dots = AtomicUsize::new(0);
    let server = SmtpServer::start(&["PIPELINING"], move |command| match command {
        "." if dots.fetch_add(1, Ordering::Relaxed) == 0 => Step::Say("451 try again".to_owned()),
        "." if dots.load(Ordering::Relaxed) == 2 => Step::SayAndDrop("421 closing".to_owned()),
        _ => Step::Usual,
    });
    let sent = message(Class::Customer, "1", &["a@x"]);
    queue(&database, std::slice::from_ref(&sent));
    let settings = smtp_settings(server.port, Tls::None);
    for expected in ["a:retry:1", "a:retry:2", "a:sent:3"] {
        flush_with(&database, &settings);
        assert_eq!(states(&database), expected);
        assert_eq!(flush_with(&database, &settings).sent, 0, "not before it is due");
        database.execute("UPDATE outbox_recipients SET next_attempt_at = now() WHERE state = 'retry'");
    }
    assert!(server.received().iter().all(|received| received.data == sent.raw));
    assert_eq!(server.received().len(), 3);
}

#[test]
fn a_lost_answer_repeats_internal_mail_and_leaves_the_customers_to_a_person() {
    let database = TestDatabase::new();
    let dots = AtomicUsize::new(0);
    let server = SmtpServer::start(&["PIPELINING"], move |command| match command {
        "." if dots.fetch_add(1, Ordering::Relaxed) < 2 => Step::Drop,
        _ => Step::Usual,
    });
    let messages = [message(Class::Customer, "1", &["customer@x"]), message(Class::Internal, "2", &["us@x"])];
    queue(&database, &messages);
    let settings = smtp_settings(server.port, Tls::None);
    let report = flush_with(&database, &settings);
    assert_eq!((report.unknown, report.retry, report.troubles[0].state), (1, 1, "unknown"));
    make_due(&database);
    flush_with(&database, &settings);
    assert_eq!(states(&database), "customer:unknown:1 us:sent:2");
    let copies: Vec<_> = server.received().into_iter().filter(|received| received.to == ["us@x"]).collect();
    assert_eq!((copies.len(), &copies[0].data, &copies[1].data), (2, &messages[1].raw, &messages[1].raw));
}

#[test]
fn what_breaks_before_the_last_line_is_tried_again_for_every_class() {
    for bad in ["MAIL", "RCPT", "DATA"] {
        for step in [Step::Drop, Step::Silence(Duration::from_secs(3))] {
            let database = TestDatabase::new();
            let server = SmtpServer::start(
                &[],
                move |command| {
                    if command.starts_with(bad) { step.clone() } else { Step::Usual }
                },
            );
            queue(&database, &[message(Class::Customer, "1", &["a@x"])]);
            let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
            assert_eq!((report.retry, states(&database).as_str()), (1, "a:retry:1"), "{bad}");
        }
    }
}

#[test]
fn a_server_that_only_breaks_connections_is_left_alone() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&[], |command| if command.starts_with("MAIL") { Step::Drop } else { Step::Usual });
    let messages: Vec<_> = (0..20).map(|number| message(Class::Customer, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.retry, report.stopped.map(|error| error.kind())), (20, Some(Kind::Temporary)));
    assert_eq!(server.commands().iter().filter(|command| command.starts_with("MAIL")).count(), 3);
}

#[test]
fn a_server_that_refuses_our_sender_costs_no_mail() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |command| {
        if command.starts_with("MAIL") {
            Step::Say("553 5.7.1 sender not owned by user".to_owned())
        } else {
            Step::Usual
        }
    });
    let messages: Vec<_> = (0..5).map(|number| message(Class::Customer, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    let stopped = report.stopped.unwrap();
    assert_eq!((report.failed, stopped.kind()), (0, Kind::Unavailable), "{stopped}");
    assert!(stopped.full_message().contains("sender not owned"), "{}", stopped.full_message());
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'retry'"), 5);
}

/// What was queued under an earlier mail.from, and stands before all others.
#[test]
fn a_message_whose_sender_is_refused_keeps_no_other_back() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let database = TestDatabase::new();
        let server = SmtpServer::start(extensions, |command| match command {
            "MAIL FROM:<old@firma.example>" => Step::Say("553 5.7.1 sender not owned by user".to_owned()),
            _ => Step::Usual,
        });
        let mut messages: Vec<_> =
            (0..6).map(|number| message(Class::Customer, "1", &[&format!("a{number}@x")])).collect();
        for old in [0, 3, 4] {
            messages[old].envelope_from = "old@firma.example".to_owned();
        }
        queue(&database, &messages);
        let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
        assert_eq!((report.sent, report.retry, report.stopped.is_none()), (3, 3, true), "{:?}", report.stopped);
        assert_eq!(states(&database), "a0:retry:1 a1:sent:1 a2:sent:1 a3:retry:1 a4:retry:1 a5:sent:1");
        let greetings = server.commands().iter().filter(|command| command.starts_with("EHLO")).count();
        assert_eq!(greetings, 2, "one connection for all");
        // and when nobody has permitted it for five days it is named
        database.execute(
            "UPDATE outbox_recipients SET attempt = 50, created_at = now() - interval '6 days', next_attempt_at = now()
             WHERE address = 'a0@x'",
        );
        let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
        assert_eq!((report.failed, report.troubles[0].reply.as_str()), (1, "553 5.7.1 sender not owned by user"));
    }
}

#[test]
fn a_server_that_wants_a_login_for_every_sender_costs_no_mail() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&[], |command| match command.starts_with("MAIL") {
        true => Step::Say("530 5.7.0 authentication required".to_owned()),
        false => Step::Usual,
    });
    queue(&database, &[NewMessage { envelope_from: "old@x".to_owned(), ..message(Class::Customer, "1", &["a@x"]) }]);
    let stopped = flush_with(&database, &smtp_settings(server.port, Tls::None)).stopped.unwrap();
    assert_eq!(stopped.kind(), Kind::Unavailable);
    assert_eq!(
        stopped.to_string(),
        format!(
            "the mail server localhost:{} takes no mail from old@x: 530 5.7.0 authentication required",
            server.port
        )
    );
}

/// It says so with a lasting code, and means the connection.
#[test]
fn a_server_that_refuses_the_third_mail_of_a_connection_gets_another_one() {
    let database = TestDatabase::new();
    let mails = AtomicUsize::new(0);
    let server = SmtpServer::start(&["PIPELINING"], move |command| match command {
        command if command.starts_with("MAIL") && mails.fetch_add(1, Ordering::Relaxed) % 3 == 2 => {
            Step::Say("550 5.7.0 too many messages in this session".to_owned())
        }
        _ => Step::Usual,
    });
    let messages: Vec<_> = (0..5).map(|number| message(Class::Customer, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.sent, server.received().len(), report.stopped.is_none()), (5, 5, true), "{:?}", report.stopped);
    assert_eq!(database.number("SELECT max(attempt) FROM outbox_recipients"), 1);
}

#[test]
fn a_used_connection_that_is_closed_costs_no_attempt() {
    let database = TestDatabase::new();
    let mails = AtomicUsize::new(0);
    let server = SmtpServer::start(&["PIPELINING"], move |command| {
        match (command.starts_with("MAIL"), mails.load(Ordering::Relaxed)) {
            (false, _) => Step::Usual,
            (true, number) => {
                mails.fetch_add(1, Ordering::Relaxed);
                // every second one is on a connection that has carried a message
                if number % 2 == 1 { Step::SayAndDrop("421 enough".to_owned()) } else { Step::Usual }
            }
        }
    });
    let messages: Vec<_> = (0..5).map(|number| message(Class::Customer, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.sent, server.received().len()), (5, 5));
    assert_eq!(database.number("SELECT max(attempt) FROM outbox_recipients"), 1);
}

#[test]
fn nothing_is_lost_while_the_server_is_down() {
    let database = TestDatabase::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let messages: Vec<_> = (0..60).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(free, Tls::None));
    let stopped = report.stopped.unwrap();
    assert_eq!((stopped.kind().exit_code(), report.sent, report.failed), (69, 0, 0));
    assert!(
        stopped.to_string().starts_with(&format!("cannot connect to the mail server localhost:{free}")),
        "{stopped}"
    );
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state IN ('queued', 'retry')"), 60);
    assert_eq!(
        database.number(
            "SELECT count(*) FROM outbox_recipients WHERE state = 'retry' AND last_reply LIKE 'cannot connect%'"
        ),
        50
    );
    make_due(&database);
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    assert_eq!(flush_with(&database, &smtp_settings(server.port, Tls::None)).sent, 60);
}

#[test]
fn without_tls_nothing_is_told_to_the_server() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
    let server = SmtpServer::start(&["PIPELINING", "AUTH PLAIN"], |_| Step::Usual);
    let stopped = flush_with(&database, &smtp_settings(server.port, Tls::Required)).stopped.unwrap();
    assert_eq!(stopped.kind(), Kind::Unavailable);
    assert!(stopped.to_string().contains("offers no STARTTLS"), "{stopped}");
    assert_eq!(states(&database), "a:retry:1");
    let commands = server.commands();
    assert!(commands.iter().all(|command| command.starts_with("EHLO") || command == "QUIT"), "{commands:?}");
}

#[test]
fn only_a_known_certificate_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    make_certificate(&certificate, &key);
    let read = |path: &Path| std::fs::read(path).unwrap();
    for (tls, implicit) in [(Tls::Required, false), (Tls::Implicit, true)] {
        let database = TestDatabase::new();
        queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
        let server = SmtpServer::with_certificate(&read(&certificate), &read(&key), implicit, |_| Step::Usual);
        let mut settings = smtp_settings(server.port, tls);
        let stopped = flush_with(&database, &settings).stopped.unwrap();
        assert_eq!(stopped.kind(), Kind::Unavailable);
        assert!(stopped.to_string().contains("certificate verify failed"), "{stopped}");
        assert!(server.commands().iter().all(|command| !command.starts_with("MAIL")));

        // the same authority, another name
        if let Some(smtp) = &mut settings.smtp {
            smtp.ca_file = Some(certificate.clone());
            smtp.host = "127.0.0.1".to_owned();
        }
        make_due(&database);
        let stopped = flush_with(&database, &settings).stopped.unwrap();
        assert!(stopped.to_string().contains("certificate verify failed"), "{stopped}");

        if let Some(smtp) = &mut settings.smtp {
            smtp.host = "localhost".to_owned();
        }
        make_due(&database);
        assert_eq!(flush_with(&database, &settings).sent, 1);
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn answers_injected_before_the_encryption_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    make_certificate(&certificate, &key);
    for injected in ["250 a", "250 a\r\n250 b", "250 a\r\n250 b\r\n503 c\r\n250 d"] {
        let database = TestDatabase::new();
        queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
        let (pem, key) = (std::fs::read(&certificate).unwrap(), std::fs::read(&key).unwrap());
        let server = SmtpServer::with_certificate(&pem, &key, false, move |command| match command {
            "STARTTLS" => Step::Say(format!("220 go\r\n{injected}")),
            _ => Step::Usual,
        });
        let mut settings = smtp_settings(server.port, Tls::Required);
        if let Some(smtp) = &mut settings.smtp {
            smtp.ca_file = Some(certificate.clone());
        }
        let stopped = flush_with(&database, &settings).stopped.unwrap();
        assert!(stopped.to_string().contains("tampers with STARTTLS"), "{injected:?}: {stopped}");
        assert!(!server.commands().iter().any(|command| command.starts_with("MAIL")), "{injected:?}");
    }
}

#[test]
fn an_answer_without_end_is_kept_short() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&[], |command| match command {
        "RCPT TO:<a@x>" => Step::Say(format!("{}550 end", format!("550-{}\r\n", "lang ".repeat(50)).repeat(5))),
        "RCPT TO:<b@x>" => Step::Say(format!("550 {}", "x".repeat(1_000_000))),
        _ => Step::Usual,
    });
    queue(&database, &[message(Class::Customer, "1", &["a@x"]), message(Class::Customer, "2", &["b@x"])]);
    flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!(states(&database), "a:failed:1 b:retry:1", "what cannot be read to its end is no answer");
    assert!(database.number("SELECT max(length(last_reply)) FROM outbox_recipients") <= 500);
}

fn make_certificate(certificate: &Path, key: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
}

#[test]
fn a_refused_login_says_so_and_never_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    wvl::config::write_private(&file, b"canary-4711\n").unwrap();
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
    // a server that repeats the whole command
    let server = SmtpServer::start(&["AUTH PLAIN LOGIN"], |command| {
        if command.starts_with("AUTH") {
            Step::Say(format!("535 bad: {} canary-4711 {command}", &command[11..]))
        } else {
            Step::Usual
        }
    });
    let mut settings = smtp_settings(server.port, Tls::None);
    if let Some(smtp) = &mut settings.smtp {
        smtp.user = Some("wvl".to_owned());
        smtp.password = Some(SecretSource::File(file));
    }
    let stopped = flush_with(&database, &settings).stopped.unwrap();
    assert_eq!(stopped.kind(), Kind::Unavailable);
    assert!(stopped.to_string().contains("cannot log in to the mail server localhost"), "{stopped}");
    let kept = database.text("SELECT last_reply FROM outbox_recipients");
    for text in [format!("{stopped:?}"), stopped.full_message(), kept] {
        // "AHd2bABjYW5hcnktNDcxMQ==" is what AUTH PLAIN sends
        assert!(!text.contains("canary") && !text.contains("jYW5hcnkt"), "{text}");
    }
}

#[test]
fn a_maildir_file_is_a_whole_mail() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::new();
    let settings = MailSettings { maildir: Some(folder.path().join("Maildir")), ..settings() };
    let messages: Vec<_> =
        (0..3).map(|number| message(Class::Internal, &format!("N{number}"), &["a@x", "b@x"])).collect();
    queue(&database, &messages);
    assert_eq!(flush_with(&database, &settings).sent, 6);
    let mut subjects: Vec<String> = std::fs::read_dir(folder.path().join("Maildir/new"))
        .unwrap()
        .map(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(parsed.body_text(0).unwrap(), ".\n..two\nend\n");
            assert!(String::from_utf8_lossy(&bytes).contains("Delivered-To: a@x\nDelivered-To: b@x\n"));
            parsed.subject().unwrap().to_owned()
        })
        .collect();
    subjects.sort();
    assert_eq!(subjects, ["N0", "N1", "N2"]);
}

#[test]
fn a_maildir_that_cannot_be_made_stops_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Maildir"), "a file").unwrap();
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
    let report = flush_with(&database, &MailSettings { maildir: Some(folder.path().join("Maildir")), ..settings() });
    assert!(report.stopped.unwrap().to_string().starts_with("cannot create the mail folder"));
    assert_eq!(states(&database), "a:retry:1");
}

/// Keeps who was delivered to; `before` runs first.
struct Recorder<F: FnMut(&Parcel) -> Answer> {
    delivered: Arc<Mutex<Vec<Uuid>>>,
    answer: F,
}

impl<F: FnMut(&Parcel) -> Answer + Send> Delivery for Recorder<F> {
    fn deliver(&mut self, parcel: &Parcel, _gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        self.delivered.lock().unwrap().push(parcel.message);
        let answer = (self.answer)(parcel);
        Ok(vec![answer; parcel.destinations.len()])
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn leaves_the_house(&self) -> bool {
        true
    }
}

fn accepted(_: &Parcel) -> Answer {
    Answer::Accepted("250 ok".to_owned())
}

#[test]
fn several_senders_on_one_queue_deliver_each_message_once() {
    let database = TestDatabase::new();
    let messages: Vec<_> =
        (0..600).map(|number| message(Class::Customer, &number.to_string(), &["a@x", "b@x", "c@x"])).collect();
    queue(&database, &messages);
    let delivered: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    let barrier = std::sync::Barrier::new(4);
    let sent: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut recorder = Recorder { delivered: Arc::clone(&delivered), answer: accepted };
                    let mut connection = database.connect();
                    barrier.wait();
                    flush_with_one(&mut connection, &settings(), &mut recorder, ALL).unwrap().sent
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    });
    let mut delivered = delivered.lock().unwrap().clone();
    assert_eq!((sent, delivered.len()), (1800, 600), "each message in one piece");
    delivered.sort();
    delivered.dedup();
    assert_eq!(delivered.len(), 600);
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent' AND attempt = 1"), 1800);
}

#[test]
fn the_late_answer_of_an_older_attempt_changes_nothing() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Internal, "1", &["a@x"])]);
    let delivered: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    // while the first one still talks, its lease ends and a second one delivers
    let overtaken = |_: &Parcel| {
        database.execute("UPDATE outbox_recipients SET leased_until = now() - interval '1 second'");
        let mut second = Recorder { delivered: Arc::clone(&delivered), answer: accepted };
        let report = flush_with_one(&mut database.connect(), &settings(), &mut second, ALL).unwrap();
        assert_eq!((report.rescued, report.sent), (1, 1));
        Answer::Refused("550 too late".to_owned())
    };
    let mut first = Recorder { delivered: Arc::clone(&delivered), answer: overtaken };
    let report = flush_with_one(&mut database.connect(), &settings(), &mut first, ALL).unwrap();
    assert_eq!((report.superseded, report.failed, report.sent), (1, 0, 0));
    assert_eq!(states(&database), "a:sent:2");
    assert_eq!(database.text("SELECT last_reply FROM outbox_recipients"), "250 ok");
}

#[test]
fn what_a_dead_sender_held_is_taken_over() {
    let database = TestDatabase::new();
    queue(&database, &[message(Class::Customer, "1", &["customer@x"]), message(Class::Receipt, "2", &["receipt@x"])]);
    database.execute(
        "UPDATE outbox_recipients SET state = 'sending', attempt = 1, leased_until = now() + interval '1 minute';
         UPDATE outbox_recipients SET offered_attempt = 1 WHERE address = 'customer@x'",
    );
    let delivered: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    let mut recorder = Recorder { delivered: Arc::clone(&delivered), answer: accepted };
    let report = flush_with_one(&mut database.connect(), &settings(), &mut recorder, ALL).unwrap();
    assert_eq!((report.sent, report.rescued), (0, 0), "its lease still runs");
    database.execute("UPDATE outbox_recipients SET leased_until = now() - interval '1 minute'");
    let report = flush_with_one(&mut database.connect(), &settings(), &mut recorder, ALL).unwrap();
    assert_eq!((report.sent, report.rescued, report.unknown), (1, 1, 1));
    assert_eq!(states(&database), "customer:unknown:1 receipt:sent:2");
}

#[test]
fn a_row_that_is_unfit_keeps_no_other_back() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let messages: Vec<_> = (1..=3).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    database.execute(
        "UPDATE outbox_recipients SET address = E'a@x>\\r\\nRCPT TO:<b@x' WHERE id = (SELECT min(id) FROM outbox_recipients);
         UPDATE outbox_messages SET raw = NULL WHERE subject = '2'",
    );
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.sent, report.failed), (1, 2));
    assert_eq!(server.received().len(), 1);
    assert!(!server.commands().iter().any(|command| command.contains("b@x")));
}

#[test]
fn the_mode_decides_what_may_reach_people() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let live = smtp_settings(server.port, Tls::None);
    let redirected = MailSettings { mode: MailMode::Redirect, redirect_to: "test@x".parse().ok(), ..live.clone() };
    let nowhere = MailSettings { mode: MailMode::Redirect, ..settings() };
    let mut messages = vec![message(Class::Internal, "1", &["live@x"])];
    for settings in [&redirected, &nowhere] {
        let mut message = message(Class::Internal, "2", &[]);
        message.recipients = vec![redirect(settings, "one@x"), redirect(settings, "two@x")];
        messages.push(message);
    }
    queue(&database, &messages);
    assert_eq!(flush_with(&database, &MailSettings { mode: MailMode::Off, ..live.clone() }).sent, 0);
    assert_eq!(states(&database), "live:queued:0 one:queued:0 test:queued:0 two:queued:0");
    assert_eq!(
        database.text("SELECT original_address FROM outbox_recipients WHERE address = 'test@x'"),
        "one@x, two@x",
        "two that go to one address are one"
    );
    let report = flush_with(&database, &redirected);
    assert_eq!((report.sent, report.held), (1, 2), "what was queued in mode live waits for it");
    assert_eq!(states(&database), "live:queued:0 one:held:1 test:sent:1 two:held:1");
    assert_eq!(flush_with(&database, &live).sent, 1);
    assert_eq!(states(&database), "live:sent:1 one:held:1 test:sent:1 two:held:1");
}

#[test]
fn a_message_has_its_time() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let now = chrono::Utc::now();
    let mut early = message(Class::Internal, "1", &["early@x"]);
    early.not_before = Some(now + chrono::TimeDelta::hours(1));
    let mut late = message(Class::Internal, "2", &["late@x"]);
    late.expires_at = Some(now - chrono::TimeDelta::hours(1));
    queue(&database, &[early, late]);
    let report = flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!((report.sent, report.failed, server.received().len()), (0, 1, 0));
    assert_eq!(states(&database), "early:queued:0 late:failed:1");
}

#[test]
fn after_five_days_of_trying_it_is_failed() {
    let database = TestDatabase::new();
    let server = SmtpServer::start(&[], |command| {
        if command.starts_with("RCPT") { Step::Say("450 not now".to_owned()) } else { Step::Usual }
    });
    queue(&database, &[message(Class::Internal, "1", &["old@x"]), message(Class::Internal, "2", &["young@x"])]);
    database.execute(
        "UPDATE outbox_recipients SET attempt = 50;
         UPDATE outbox_recipients SET created_at = now() - interval '5 days 1 minute' WHERE address = 'old@x'",
    );
    flush_with(&database, &smtp_settings(server.port, Tls::None));
    assert_eq!(states(&database), "old:failed:51 young:retry:51");
}

#[test]
fn queueing_belongs_to_the_callers_transaction_and_is_fast() {
    let database = TestDatabase::new();
    let messages: Vec<_> = (0..10_000).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect();
    let messages = prepare(&messages);
    let mut connection = database.connect();
    let failed: Result<()> = wvl::db::transaction(&mut connection, |connection| {
        enqueue(connection, &messages)?;
        Err(wvl::error::Error::data("something else went wrong"))
    });
    assert!(failed.is_err());
    assert_eq!(database.number("SELECT count(*) FROM outbox_messages"), 0);
    let start = Instant::now();
    wvl::db::transaction(&mut connection, |connection| enqueue(connection, &messages)).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients"), 10_000);
    // a bad one cannot even be handed over
    let refused = message(Class::Internal, "bad", &["-Xlog@x"]).prepare().unwrap_err();
    assert!(refused.full_message().contains("begins with a hyphen"), "{}", refused.full_message());
}

#[test]
fn the_limit_leaves_the_rest_for_the_next_flush() {
    let database = TestDatabase::new();
    let messages: Vec<_> = (0..5).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect();
    queue(&database, &messages);
    let delivered: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    let mut recorder = Recorder { delivered: Arc::clone(&delivered), answer: accepted };
    let limits = FlushLimits { recipients: Some(2), ..ALL };
    assert_eq!(flush_with_one(&mut database.connect(), &settings(), &mut recorder, limits).unwrap().sent, 2);
    assert_eq!(*delivered.lock().unwrap(), [messages[0].id, messages[1].id], "in the order in which they were queued");
}

/// Postfix's own test server takes what we send, over many messages of one connection.
#[test]
fn a_real_server_gets_every_message() {
    const MESSAGES: usize = 200;
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("smtp-sink");
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(folder.path());
    if nix::unistd::geteuid().is_root() {
        let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(nobody.uid.as_raw()), None).unwrap();
        command.args(["-u", "nobody"]);
    }
    let sink = command.args(["-D", "dump", &format!("127.0.0.1:{port}"), "10"]).stderr(Stdio::null()).spawn();
    let mut sink = sink.expect("smtp-sink is part of the package postfix; .ci/setup installs it");
    let deadline = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let database = TestDatabase::new();
    let messages: Vec<_> =
        (0..MESSAGES).map(|number| message(Class::Customer, &format!("N{number:03}"), &["a@x", "b@x"])).collect();
    queue(&database, &messages);
    let report = flush_with(&database, &smtp_settings(port, Tls::None));
    assert_eq!((report.sent, report.stopped.is_none()), (2 * MESSAGES, true));
    sink.kill().unwrap();
    sink.wait().unwrap();
    let dump = std::fs::read_to_string(folder.path().join("dump")).unwrap();
    for message in &messages {
        assert_eq!(dump.matches(&format!("Message-ID: <{}@firma.example>", message.id)).count(), 1);
    }
}

fn configure_smtp(environment: &TestEnvironment, port: u16) {
    environment.write("wvl.toml", smtp_configuration(&environment.database.url, port));
}

/// Ends with the section `[mail.smtp]`, to which more may be added.
fn smtp_configuration(url: &str, port: u16) -> String {
    format!(
        "[database]\nurl = {url:?}\n\n[mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\nmax_per_hour = 0\n\n\
         [mail.smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\ntimeout_seconds = 2\n"
    )
}

#[test]
fn the_command_is_silent_when_all_went_well() {
    let environment = TestEnvironment::new();
    queue(&environment.database, &[message(Class::Internal, "AN-1", &["a@x"])]);
    let due = environment.ok(&["mail", "flush", "--dry-run", "--columns", "address,subject,state"]);
    assert_eq!((due.as_str(), environment.mails().len()), ("a@x\tAN-1\tqueued\n", 0));
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert_eq!(environment.mails().len(), 1);
    environment.ok(&["mails", "flush"]);
    assert_eq!(environment.mails().len(), 1);
    let runs = environment.database.text(
        "SELECT string_agg(format('%s %s %s %s', job, outcome, exit_code, counts->'sent'), ', ' ORDER BY id) FROM job_runs",
    );
    assert_eq!(runs, "mail flush ok 0 1, mail flush ok 0 0");
}

#[test]
fn the_command_names_who_got_nothing_and_ends_with_3_once() {
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |command| match command {
        "RCPT TO:<gone@x>" => Step::Say("550 5.1.1 no such user".to_owned()),
        _ => Step::Usual,
    });
    configure_smtp(&environment, server.port);
    queue(&environment.database, &[message(Class::Internal, "AN-1", &["a@x", "gone@x"])]);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    let named = "escalation \"AN-1\" to gone@x failed: 550 5.1.1 no such user";
    assert!(run.stderr.contains(named), "{}", run.stderr);
    assert_eq!(environment.wvl(&["mail", "flush"]).code, 0);
    assert_eq!(environment.database.text("SELECT max(outcome) FROM job_runs WHERE exit_code = 3"), "partial");
}

#[test]
fn the_command_ends_with_69_while_the_server_is_down_and_delivers_later() {
    let environment = TestEnvironment::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    configure_smtp(&environment, free);
    queue(&environment.database, &[message(Class::Internal, "AN-1", &["a@x"])]);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!(run.code, 69, "{}", run.stderr);
    assert!(run.stderr.contains(&format!("cannot connect to the mail server localhost:{free}")), "{}", run.stderr);
    assert_eq!(environment.database.number("SELECT exit_code FROM job_runs"), 69);
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    environment.ok(&["mail", "flush"]);
    assert_eq!(server.received().len(), 0, "not before its next attempt is due");
    make_due(&environment.database);
    environment.ok(&["mail", "flush"]);
    assert_eq!(server.received().len(), 1);
}

/// SIGTERM and Ctrl-C: the mail at hand is finished, the rest stays queued and is due at once.
#[test]
fn a_signal_ends_the_flush_between_two_mails() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::sync::atomic::AtomicI32;

    for (signal, code, kind) in [(Signal::SIGTERM, 143, "terminated"), (Signal::SIGINT, 130, "interrupted")] {
        let environment = TestEnvironment::new();
        let pid = Arc::new(AtomicI32::new(0));
        let target = Arc::clone(&pid);
        let server = SmtpServer::start(&[], move |command| {
            if command == "." {
                while target.load(Ordering::SeqCst) == 0 {
                    std::thread::yield_now();
                }
                kill(Pid::from_raw(target.load(Ordering::SeqCst)), signal).unwrap();
                std::thread::sleep(Duration::from_millis(100));
            }
            Step::Usual
        });
        environment.write(
            "wvl.toml",
            format!(
                "[calendar.default]\nstate = \"DE-BW\"\n[database]\nurl = {:?}\n[mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\n\
                 [mail.smtp]\nhost = \"localhost\"\ntls = \"none\"\nport = {}\n",
                environment.database.url, server.port
            ),
        );
        queue(
            &environment.database,
            &["1", "2", "3"].map(|subject| message(Class::Internal, subject, &[&format!("{subject}@x")])),
        );
        let child = environment.command(&["mail", "flush", "--json"]).stderr(Stdio::piped()).spawn().unwrap();
        pid.store(i32::try_from(child.id()).unwrap(), Ordering::SeqCst);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(&format!("\"kind\":\"{kind}\"")) && told.contains("still queued"), "{told}");
        assert_eq!(states(&environment.database), "1:sent:1 2:retry:1 3:retry:1");
        assert_eq!(environment.database.number("SELECT exit_code FROM job_runs"), i64::from(code));
        // nobody waits for what was not tried
        let due = "SELECT count(*) FROM outbox_recipients WHERE state = 'retry' AND next_attempt_at <= now()";
        assert_eq!(environment.database.number(due), 2);
    }
}
