//! One bad row, or a mail that no sender survives, never keeps the others: the run ends with 3 and names it.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::Signal;
use wvl::outbox::Class;

use super::senders::Victim;
use super::{configure_smtp, message, queue};
use crate::env::TestEnvironment;
use crate::env::smtp::{SmtpServer, Step};

/// G6: three senders die, the fourth finds it put aside, and everybody else has his mail.
#[test]
fn a_mail_that_no_sender_survives_is_put_aside_after_three_of_them() {
    for class in [Class::Internal, Class::Customer] {
        let environment = TestEnvironment::new();
        let victim = Victim::default();
        let server = SmtpServer::start(&[], {
            let victim = victim.clone();
            move |command| {
                if command == "RCPT TO:<poison@x>" {
                    victim.signal(Signal::SIGKILL);
                }
                Step::Usual
            }
        });
        configure_smtp(&environment, server.port);
        let address = |number: i32| if number == 3 { "poison@x".to_owned() } else { format!("r{number}@x") };
        let messages: Vec<_> =
            (0..12).map(|number| message(class, &format!("AN-{number}"), &[&address(number)])).collect();
        queue(&environment.database, &messages);
        let mut deaths = 0;
        let last = loop {
            let mut command = environment.command(&["mail", "flush"]);
            command.env("FAILPOINTS", "lease-seconds=return(1)").stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().unwrap();
            victim.is(&child);
            let output = child.wait_with_output().unwrap();
            if output.status.signal() != Some(Signal::SIGKILL as i32) {
                break output;
            }
            deaths += 1;
            assert!(deaths <= 3, "a fourth sender had to die");
            std::thread::sleep(Duration::from_millis(1_200));
        };
        let told = String::from_utf8_lossy(&last.stderr).into_owned();
        assert_eq!((deaths, last.status.code()), (3, Some(3)), "{told}");
        assert!(told.contains("escalation \"AN-3\" to poison@x is held: three senders died"), "{told}");
        let database = &environment.database;
        assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'"), 11);
        assert_eq!(database.text("SELECT address FROM outbox_recipients WHERE state <> 'sent'"), "poison@x");
        assert_eq!(server.received().len(), 11, "nobody got it twice");
        let again = environment.wvl(&["mail", "flush"]);
        assert_eq!((again.code, again.stderr.as_str()), (0, ""), "it was named once");
        assert_ne!(environment.wvl(&["check"]).code, 0, "and is seen until somebody has looked at it");
    }
}

/// Ten kinds of rows that nothing of ours writes, one in a hundred: from another program, or from a disk that lies.
#[test]
fn one_hostile_row_in_a_hundred_is_named_and_nobody_else_notices() {
    const MESSAGES: usize = 1_000;
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    configure_smtp(&environment, server.port);
    let messages: Vec<_> = (0..MESSAGES)
        .map(|number| message(Class::Internal, &format!("AN-{number}"), &[&format!("r{number}@x")]))
        .collect();
    queue(&environment.database, &messages);
    let hostile = [
        "UPDATE outbox_recipients SET address = E'a@x>\\r\\nRCPT TO:<victim@x' WHERE address = 'r0@x'",
        "UPDATE outbox_recipients SET address = '-Xlog@x' WHERE address = 'r100@x'",
        "UPDATE outbox_recipients SET address = '\"a\r\nb\"@x' WHERE address = 'r200@x'",
        "UPDATE outbox_recipients SET address = repeat('a', 600) || '@x' WHERE address = 'r300@x'",
        "UPDATE outbox_recipients SET address = 'a@x,victim@x' WHERE address = 'r400@x'",
        "UPDATE outbox_messages SET envelope_from = E'a@x>\\r\\nRCPT TO:<victim@x' WHERE subject = 'AN-500'",
        "UPDATE outbox_messages SET raw = NULL WHERE subject = 'AN-600'",
        "UPDATE outbox_messages SET raw = convert_to('Subject: ä', 'UTF8') WHERE subject = 'AN-700'",
        "UPDATE outbox_messages SET raw = raw || convert_to(E'\\nb\\n.\\nMAIL FROM:<a@x>\\r\\n', 'UTF8') WHERE subject = 'AN-800'",
        "UPDATE outbox_messages SET raw = ''::bytea WHERE subject = 'AN-900'",
    ];
    environment.database.execute(&hostile.join(";"));
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let database = &environment.database;
    for number in (0..MESSAGES).step_by(100) {
        assert!(run.stderr.contains(&format!("\"AN-{number}\"")), "AN-{number} is not named: {}", run.stderr);
    }
    assert_eq!(run.stderr.matches("escalation \"AN-").count(), hostile.len(), "{}", run.stderr);
    // a trouble a line, the count, and the hint
    let is_ours =
        |line: &str| ["warning: escalation \"AN-", "error: ", "  hint: "].iter().any(|start| line.starts_with(start));
    assert!(run.stderr.lines().all(is_ours) && !run.stderr.contains(['\r', '\u{1b}']), "{}", run.stderr);
    assert_eq!(database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'"), MESSAGES as i64 - 10);
    let bad = "SELECT count(*) FROM outbox_recipients WHERE state IN ('failed', 'held') AND last_reply <> ''";
    assert_eq!(database.number(bad), 10);
    let commands = server.commands();
    assert!(
        !commands.iter().any(|command| command.contains("victim") || command.contains("-X")),
        "a stranger is written to"
    );
    let recipients: BTreeSet<String> = server.received().into_iter().flat_map(|received| received.to).collect();
    assert_eq!((server.received().len(), recipients.len()), (MESSAGES - 10, MESSAGES - 10));
    assert_ne!(environment.wvl(&["check"]).code, 0);
}
