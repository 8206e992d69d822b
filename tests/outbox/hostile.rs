//! What strangers put into texts, addresses and answers, and what stands between us and a mail server: none of it becomes a
//! command, a header, a second mail, or a mail without protection.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use lettre::message::Mailbox;
use mail_parser::MessageParser;
use wvl::config::SecretSource;
use wvl::error::Kind;
use wvl::outbox::compose::{Automatic, Draft, compose};
use wvl::outbox::settings::Tls;
use wvl::outbox::{Class, NewMessage};

use super::{configure_smtp, flush_with, make_due, message, queue, smtp_configuration, smtp_settings, states};
use crate::env::certificate::certificate;
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

/// Texts of customers.
const TEXTS: [&str; 8] = [
    "x\r\nBcc: victim@x\r\n\r\nbody",
    "x\nRCPT TO:<victim@x>",
    "\r\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<victim@x>\r\nDATA\r\n",
    "=?utf-8?q?=0d=0aBcc:_victim@x?=",
    "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{202e}\u{0}x",
    "{{7*7}}{% for i in range(1000000000) %}x{% endfor %}",
    "-Xlog",
    "x\u{85}y\u{2028}Bcc: victim@x",
];

fn draft(id: &str, text: &str) -> Draft {
    Draft {
        kind: "escalation".into(),
        list: "eskalation".into(),
        domain: "firma.example".into(),
        from: Mailbox::new(Some("wvl".into()), "wvl@firma.example".parse().unwrap()),
        reply_to: None,
        to: Mailbox::new(Some(text.into()), "erika@firma.example".parse().unwrap()),
        message_id: format!("<{id}@firma.example>"),
        references: Vec::new(),
        subject: text.into(),
        text: format!("before\n.\n..\n{text}\n.\nafter\n"),
        html: "<p>x</p>".into(),
        inline: Vec::new(),
        attachments: Vec::new(),
        automatic: Automatic::Generated,
        rule: Some(text.into()),
        stage: Some(text.into()),
        item: Some(text.into()),
    }
}

#[test]
fn no_text_of_a_customer_becomes_a_header_a_command_or_a_second_mail() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let database = TestDatabase::new();
        let server = SmtpServer::start(extensions, |_| Step::Usual);
        let mut messages: Vec<NewMessage> = Vec::new();
        for (number, text) in TEXTS.iter().enumerate() {
            let raw = compose(&draft(&number.to_string(), text), chrono::Utc::now()).unwrap();
            messages.push(NewMessage { raw, ..message(Class::Customer, text, &["erika@firma.example"]) });
        }
        queue(&database, &messages);
        flush_with(&database, &smtp_settings(server.port, Tls::None));
        let received = server.received();
        assert_eq!(received.len(), TEXTS.len());
        for (number, mail) in received.iter().enumerate() {
            assert_eq!((&mail.to, &mail.data), (&vec!["erika@firma.example".to_owned()], &messages[number].raw));
            let parsed = MessageParser::default().parse(&mail.data).unwrap();
            let names: Vec<String> = parsed.headers().iter().map(|header| header.name().to_lowercase()).collect();
            assert!(!names.contains(&"bcc".to_owned()), "{names:?}");
            assert_eq!(names.iter().filter(|name| *name == "subject").count(), 1);
            let subject = parsed.subject().unwrap();
            assert!(!subject.chars().any(char::is_control), "{subject:?}");
            // all of it has arrived, as text
            let body = parsed.body_text(0).unwrap().replace("\r\n", "\n");
            assert!(body.starts_with("before\n.\n..\n") && body.trim_end().ends_with("\n.\nafter"), "{body:?}");
            assert!(!body.contains("49") || !TEXTS[number].contains("7*7"), "it was taken for a template: {body}");
        }
        let commands = server.commands();
        assert!(!commands.iter().any(|command| command.contains("victim") || command.contains("evil")), "{commands:?}");
        let shown = "SELECT count(*) FROM outbox_messages WHERE subject ~ '[[:cntrl:]]'";
        assert_eq!(database.number(shown), 0, "the list shows subjects");
    }
}

#[test]
fn an_address_that_would_be_more_than_an_address_is_refused_when_it_comes_in() {
    for address in ["a@x\r\nRCPT TO:<victim@x>", "\"a\r\nb\"@x", "a@x\n", "-Xlog@x", "a@x>,<victim@x", "a b@x", "a@x\0"]
    {
        let refused = message(Class::Customer, "AN-1", &[address]).prepare().unwrap_err();
        assert_eq!(refused.kind(), Kind::Data, "{address:?}");
        let told = refused.full_message();
        assert!(!told.chars().any(|letter| letter.is_control() && letter != '\n'), "{told:?}");
        let mut sender = message(Class::Customer, "AN-1", &["a@x"]);
        sender.envelope_from = address.to_owned();
        assert!(sender.prepare().is_err(), "{address:?} as a sender");
    }
}

/// A megabyte at every step, in one line and in many, with what a terminal would obey.
#[test]
fn a_megabyte_for_an_answer_is_kept_short_and_harms_nobody() {
    let evil = "\u{1b}]0;x\u{7}\u{1b}[2J\u{202e}{{7777*7777}} ";
    for step in ["EHLO", "MAIL", "RCPT", "DATA", "."] {
        for (code, many_lines) in [(450, false), (450, true), (550, false), (550, true)] {
            let environment = TestEnvironment::new();
            let answer = match many_lines {
                false => format!("{code} {}", evil.repeat(40_000)),
                true => format!("{}{code} end", format!("{code}-{}\r\n", evil.repeat(30)).repeat(1_400)),
            };
            let server =
                SmtpServer::start(
                    &[],
                    move |command| {
                        if command.starts_with(step) { Step::Say(answer.clone()) } else { Step::Usual }
                    },
                );
            configure_smtp(&environment, server.port);
            queue(&environment.database, &[message(Class::Internal, "AN-1", &["a@x"])]);
            let started = Instant::now();
            let run = environment.wvl(&["mail", "flush"]);
            let told = format!("{step} {code} {many_lines}: {} {}", run.code, run.stderr);
            assert!(started.elapsed() < Duration::from_secs(10), "{told}");
            assert!(matches!(run.code, 0 | 3 | 69 | 75), "{told}");
            assert!(run.stderr.len() < 2_000 && !run.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{told}");
            let reply = environment.database.text("SELECT last_reply FROM outbox_recipients");
            assert!(reply.chars().count() <= 500 && !reply.chars().any(char::is_control), "{told}: {reply:?}");
            assert!(!reply.contains("60481729"), "an answer is no template: {reply}");
            let state = states(&environment.database);
            assert!(["a:retry:1", "a:failed:1"].contains(&state.as_str()), "{told}: {state}");
            let shown = environment.wvl(&["mail", "flush", "--dry-run", "-O", "table"]);
            assert!(!shown.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", shown.stdout);
        }
    }
}

/// Long enough for a provider's manual, and short enough to be read: the rows keep what they have room for, and go on waiting.
#[test]
fn an_answer_that_is_longer_than_its_column_keeps_no_outcome_from_being_noted() {
    let lines =
        format!("534-5.7.14 {0}\r\n534-5.7.14 {0}\r\n534 5.7.14 {0}", "Please log in via your web browser. ".repeat(8));
    for (step, code, state) in [("AUTH", 69, "retry"), ("MAIL", 69, "retry"), ("RCPT", 3, "failed"), (".", 3, "failed")]
    {
        let environment = TestEnvironment::new();
        let server = SmtpServer::start(&["AUTH PLAIN", "PIPELINING"], {
            let lines = lines.clone();
            move |command| if command.starts_with(step) { Step::Say(lines.clone()) } else { Step::Usual }
        });
        let password = environment.write("password", "canary-4711\n");
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let login = "user = \"wvl\"\npassword_file = \"password\"\n";
        environment.write("wvl.toml", smtp_configuration(&environment.database.url, server.port) + login);
        let messages = ["a@x", "b@x", "c@x"].map(|address| message(Class::Internal, "AN-1", &[address]));
        queue(&environment.database, &messages);
        let run = environment.wvl(&["mail", "flush"]);
        assert_eq!(run.code, code, "{step}: {}", run.stderr);
        assert_eq!(states(&environment.database), format!("a:{state}:1 b:{state}:1 c:{state}:1"), "{step}");
        let longest = environment.database.number("SELECT max(length(last_reply)) FROM outbox_recipients");
        assert!((400..=500).contains(&longest), "{step}: {longest}");
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
}

/// Somebody in between takes STARTTLS away, or has it refused.
#[test]
fn without_protection_neither_password_nor_mail_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    wvl::config::write_private(&password, b"canary-4711\n").unwrap();
    let refusals = [None, Some("454 4.7.0 TLS not available"), Some("500 what?"), Some("250 ok"), Some("220")];
    for refusal in refusals {
        let database = TestDatabase::new();
        queue(&database, &[message(Class::Customer, "AN-1", &["a@x"])]);
        let extensions: &[&str] =
            if refusal.is_some() { &["STARTTLS", "AUTH PLAIN LOGIN"] } else { &["AUTH PLAIN LOGIN"] };
        let server = SmtpServer::start(extensions, move |command| match refusal {
            Some(refusal) if command.starts_with("STARTTLS") => Step::SayAndDrop(refusal.to_owned()),
            _ => Step::Usual,
        });
        let mut settings = smtp_settings(server.port, Tls::Required);
        if let Some(smtp) = &mut settings.smtp {
            (smtp.user, smtp.password) = (Some("wvl".to_owned()), Some(SecretSource::File(password.clone())));
        }
        let stopped = flush_with(&database, &settings).stopped.unwrap();
        assert_eq!(stopped.kind(), Kind::Unavailable, "{refusal:?}: {stopped}");
        assert_eq!(states(&database), "a:retry:1");
        let commands = server.commands();
        let harmless = |command: &String| ["EHLO", "STARTTLS", "QUIT"].iter().any(|word| command.starts_with(word));
        assert!(commands.iter().all(harmless), "{refusal:?}: {commands:?}");
    }
}

#[test]
fn an_expired_certificate_stops_the_mails_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    for (tls, implicit) in [(Tls::Required, false), (Tls::Implicit, true)] {
        let database = TestDatabase::new();
        queue(&database, &[message(Class::Customer, "AN-1", &["a@x"]), message(Class::Internal, "AN-2", &["b@x"])]);
        let mut settings = smtp_settings(0, tls);
        let mut start = |until: &str| {
            let (pem, key) = certificate(folder.path(), ["200101000000Z", until]);
            let server = SmtpServer::with_certificate(&pem, &key, implicit, |_| Step::Usual);
            if let Some(smtp) = &mut settings.smtp {
                (smtp.port, smtp.ca_file) = (server.port, Some(folder.path().join("cert.pem")));
            }
            (server, settings.clone())
        };
        let (expired, settings) = start("210101000000Z");
        let stopped = flush_with(&database, &settings).stopped.unwrap();
        assert_eq!(stopped.kind(), Kind::Unavailable);
        assert!(stopped.to_string().contains("certificate has expired"), "{stopped}");
        assert!(expired.received().is_empty() && !expired.commands().iter().any(|line| line.starts_with("MAIL")));
        assert_eq!(states(&database), "a:retry:1 b:retry:1");

        let (renewed, settings) = start("491231000000Z");
        make_due(&database);
        assert_eq!((flush_with(&database, &settings).sent, renewed.received().len()), (2, 2));
    }
}
