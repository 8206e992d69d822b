//! How wvl logs in to a mail server with a token, and whom it does not talk to, seen from the outside.

use std::path::Path;
use std::process::{Command, Stdio};

use wvl::config::write_private;

use crate::env::TestEnvironment;
use crate::env::certificate::certificate;
use crate::env::smtp::{SmtpServer, Step};
use crate::escalation::house::{environment, offer};

const NOW: &str = "2026-11-23T08:00";
const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";
/// `{"status":"400"}`
const REASON: &str = "334 eyJzdGF0dXMiOiI0MDAifQ==";

/// An office with a mail to send to a server at this port, which wants these further keys.
fn office(port: u16, keys: &str) -> TestEnvironment {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.ok(&["escalate", "run", "--as-of", NOW, "--no-flush"]);
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let text = text.replace("transport = \"maildir\"\n", "");
    environment.write("wvl.toml", format!("{text}[mail.smtp]\nhost = \"localhost\"\nport = {port}\n{keys}\n"));
    environment
}

/// The same with a command that prints `canary-token-1`, `canary-token-2` … each time another one, or always the first.
fn office_with_token(port: u16, is_new_each_time: bool) -> TestEnvironment {
    let environment = office(port, "");
    let script = environment.path().join("token.sh");
    let count = if is_new_each_time { "wc -l < calls" } else { "echo 1" };
    std::fs::write(&script, format!("cd {:?}\necho x >> calls\necho canary-token-$({count})\n", environment.path()))
        .unwrap();
    let text = std::fs::read_to_string(environment.config()).unwrap();
    let keys = format!("tls = \"none\"\nuser = \"büro@firma.example\"\ntoken_command = [\"sh\", {script:?}]\n");
    environment.write("wvl.toml", format!("{text}{keys}"));
    environment
}

fn calls(environment: &TestEnvironment) -> usize {
    std::fs::read_to_string(environment.path().join("calls")).unwrap_or_default().lines().count()
}

fn state(environment: &TestEnvironment) -> String {
    environment.database.text("SELECT string_agg(state || ':' || coalesce(last_reply, ''), ' ') FROM outbox_recipients")
}

fn logins(server: &SmtpServer) -> Vec<String> {
    server.commands().into_iter().filter(|command| command.starts_with("AUTH")).collect()
}

/// What a client sends, by a program that is not ours.
fn initial(token: &str) -> String {
    let text = format!("user=büro@firma.example\u{1}auth=Bearer {token}\u{1}\u{1}");
    let mut child = Command::new("base64").arg("-w0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    format!("AUTH XOAUTH2 {}", String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
}

#[test]
fn a_token_lets_us_in() {
    let server = SmtpServer::start(&["AUTH LOGIN XOAUTH2", "PIPELINING"], |_| Step::Usual);
    let environment = office_with_token(server.port, true);
    environment.ok(&["mail", "flush"]);
    assert_eq!(server.received().len(), 1);
    assert_eq!((logins(&server), calls(&environment)), (vec![initial("canary-token-1")], 1));
    assert!(environment.wvl(&["doctor", "-O", "tsv"]).stdout.contains("logged in as büro@firma.example"));
}

#[test]
fn a_token_that_has_expired_is_fetched_again_once() {
    let expired = initial("canary-token-1");
    let server = SmtpServer::start(&["AUTH XOAUTH2"], move |command| match command {
        "" => Step::Say("535 5.7.8 token expired".to_owned()),
        _ if command == expired => Step::Say(REASON.to_owned()),
        _ => Step::Usual,
    });
    let environment = office_with_token(server.port, true);
    environment.ok(&["mail", "flush"]);
    assert_eq!(server.received().len(), 1);
    assert_eq!(logins(&server), [initial("canary-token-1"), initial("canary-token-2")]);

    // also without a reason, and no more than once
    let server = SmtpServer::start(&["AUTH XOAUTH2"], |command| match command.starts_with("AUTH") {
        true => Step::Say(format!("535 5.7.3 no: {command}")),
        false => Step::Usual,
    });
    let environment = office_with_token(server.port, true);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, logins(&server).len(), calls(&environment)), (69, 2, 2));
    assert!(run.stderr.contains("cannot log in to the mail server"), "{}", run.stderr);
    assert!(state(&environment).starts_with("retry:"));
    for text in [&run.stderr, &run.stdout, &state(&environment), &environment.ok(&["runs", "list", "--json"])] {
        assert!(!text.contains("canary") && !text.contains("dXNlcj1"), "{text}");
    }
}

#[test]
fn a_token_that_stays_the_same_is_not_tried_twice() {
    let server = SmtpServer::start(&["AUTH XOAUTH2"], |command| match command {
        "" => Step::Say("535 5.7.8 no".to_owned()),
        _ if command.starts_with("AUTH") => Step::Say(REASON.to_owned()),
        _ => Step::Usual,
    });
    let environment = office_with_token(server.port, false);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, logins(&server).len(), calls(&environment)), (69, 1, 2));
    assert!(run.stderr.contains("535 5.7.8 no (status 400)"), "{}", run.stderr);
}

#[test]
fn no_token_is_told_to_a_server_that_wants_none() {
    let server = SmtpServer::start(&["AUTH PLAIN LOGIN"], |_| Step::Usual);
    let environment = office_with_token(server.port, true);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, logins(&server).len(), calls(&environment)), (69, 0, 0));
    assert!(run.stderr.contains("offers no XOAUTH2"), "{}", run.stderr);

    // nor to one that was robbed of its encryption on the way
    let stripped = SmtpServer::start(&["AUTH XOAUTH2"], |_| Step::Usual);
    let environment = office_with_token(stripped.port, true);
    let text = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", text.replace("tls = \"none\"\n", ""));
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, logins(&stripped).len(), calls(&environment)), (69, 0, 0));
    assert!(run.stderr.contains("offers no STARTTLS"), "{}", run.stderr);
    assert!(stripped.commands().iter().all(|it| it.starts_with("EHLO") || it == "QUIT"), "{:?}", stripped.commands());
}

#[test]
fn without_a_token_nothing_is_lost() {
    let server = SmtpServer::start(&["AUTH XOAUTH2"], |_| Step::Usual);
    let keys = "tls = \"none\"\nuser = \"büro\"\ntoken_command = [\"sh\", \"-c\", \"echo canary-4711 >&2; exit 3\"]";
    let environment = office(server.port, keys);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!(run.code, 69);
    assert!(run.stderr.contains("there is no token: token_command sh failed"), "{}", run.stderr);
    assert!(state(&environment).starts_with("retry:"));
}

#[test]
fn a_password_or_a_token() {
    for (keys, said) in [
        ("token_command = [\"true\"]", "mail.smtp.user: a token is set, but no user who logs in with it"),
        ("user = \"x\"\ntoken_command = []", "mail.smtp.token_command: the list is empty"),
        (
            "user = \"x\"",
            "mail.smtp.user: a user is set, but neither password_file, password_command nor token_command",
        ),
        (
            "user = \"x\"\npassword_file = \"pw\"\ntoken_command = [\"true\"]",
            "mail.smtp.token_command: set a password or token_command, not both",
        ),
    ] {
        let environment = TestEnvironment::new();
        write_private(&environment.path().join("pw"), b"geheim\n").unwrap();
        environment.configure(&format!("[mail.smtp]\nhost = \"localhost\"\n{keys}\n"));
        let run = environment.wvl(&["config", "validate"]);
        assert_eq!(run.code, 78, "{keys}");
        assert!(format!("{}{}", run.stdout, run.stderr).contains(said), "{run:?}");
    }
}

#[test]
fn no_mail_goes_to_a_server_whose_certificate_has_expired() {
    let place = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(place.path(), ["200101000000Z", "210101000000Z"]);
    for (implicit, keys) in [(false, ""), (true, "tls = \"implicit\"\n")] {
        let server = SmtpServer::with_certificate(&cert, &key, implicit, |_| Step::Usual);
        let environment = office(server.port, &format!("{keys}ca_file = \"ca.pem\""));
        environment.write("ca.pem", &cert);
        let run = environment.wvl(&["mail", "flush"]);
        assert_eq!(run.code, 69, "{run:?}");
        assert!(run.stderr.contains("certificate") && run.stderr.contains("expired"), "{}", run.stderr);
        assert!(server.commands().iter().all(|command| command.starts_with("EHLO") || command == "STARTTLS"));
        assert!(server.received().is_empty() && state(&environment).starts_with("retry:"));
        assert!(Path::new(&environment.config()).exists());
    }
}
