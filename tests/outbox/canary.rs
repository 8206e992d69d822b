//! Secrets that would be recognised anywhere, through everything that can go wrong with a delivery: they are in no output, no
//! table, no argument list, no environment of a child.

mod channels;
mod token;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;

use diesel::connection::SimpleConnection;
use wvl::outbox::Class;

use super::{make_due, message, queue};
use crate::env::environment::Run;
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

/// The password of the mail server: as it is, and as AUTH PLAIN and AUTH LOGIN send it (without the ends that depend on what
/// stands beside it).
const MAIL_SECRET: [&str; 3] = ["canary-of-the-mail", "YW5hcnktb2YtdGhlLW1haW", "Y2FuYXJ5LW9mLXRoZS1tYWls"];
/// That of the database.
const DATABASE_SECRET: &str = "canary-of-the-database";

/// A house whose passwords come from a file and from a command; the command writes down what it can see of its family.
fn house(port: u16, more: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    let script = prints(&environment, "password.sh", MAIL_SECRET[0]);
    let database = environment.write("database-password", format!("{DATABASE_SECRET}\n"));
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o600)).unwrap();
    environment.write(
        "wvl.toml",
        format!(
            "[calendar.default]\nstate = \"DE-BW\"\n[database]\nurl = {:?}\npassword_file = \"database-password\"\n\n\
             [mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\n\n[mail.smtp]\nhost = \"localhost\"\nport = {port}\n\
             timeout_seconds = 1\nuser = \"wvl\"\npassword_command = [{:?}]\n{more}",
            environment.database.url,
            script.display().to_string()
        ),
    );
    std::fs::set_permissions(environment.config(), std::fs::Permissions::from_mode(0o600)).unwrap();
    queue(
        &environment.database,
        &[message(Class::Internal, "AN-1", &["a@x", "b@x"]), message(Class::Customer, "AN-2", &["c@x"])],
    );
    environment
}

/// A command that prints a secret; it writes down what it can see of its family.
fn prints(environment: &TestEnvironment, name: &str, secret: &str) -> PathBuf {
    let family = environment.path().join("family");
    let looks = "cat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline /proc/$PPID/environ";
    let script = environment.write(name, format!("#!/bin/sh\n{looks} >> {}\necho {secret}\n", family.display()));
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    script
}

fn secrets() -> impl Iterator<Item = &'static str> {
    MAIL_SECRET.into_iter().chain(token::SECRET).chain(channels::SECRET).chain([DATABASE_SECRET])
}

fn refuse(text: &str, place: &str) {
    for secret in secrets() {
        assert!(!text.contains(secret), "{secret} stands in {place}:\n{text}");
    }
}

fn refuse_in(run: &Run, place: &str) {
    assert_ne!(run.code, 2, "no such command, and so nothing was shown: {}", run.stderr);
    refuse(&run.stdout, &format!("the output of {place}"));
    refuse(&run.stderr, &format!("the errors of {place}"));
}

/// Where a secret was seen while a server was asked. Its threads cannot fail a test.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Looks at what any user of this machine may see of a process, and what root may: arguments and environment of all there are
/// now.
fn look_at_processes() {
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        for file in ["cmdline", "environ"] {
            // it may have ended, or be no process
            let bytes = std::fs::read(process.path().join(file)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if let Some(secret) = secrets().find(|secret| text.contains(secret)) {
                SEEN.lock().unwrap().push(format!("{secret} stands in {file}: {text}"));
            }
        }
    }
}

/// What the commands for secrets saw of their family, which is there to be looked at.
fn refuse_in_family(environment: &TestEnvironment) {
    let seen = SEEN.lock().unwrap();
    assert!(seen.is_empty(), "{seen:?}");
    let family = std::fs::read(environment.path().join("family")).unwrap();
    assert!(!family.is_empty());
    refuse(&String::from_utf8_lossy(&family), "an argument list or the environment of a process");
}

/// Every row of every table.
fn whole(database: &TestDatabase) -> String {
    let mut connection = database.connect();
    connection
        .batch_execute(
            "CREATE TEMP TABLE whole (line text);
             DO $$ DECLARE place record; BEGIN
                 FOR place IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'wvl'::regnamespace
                     AND c.relkind = 'r' LOOP
                     EXECUTE format('INSERT INTO pg_temp.whole SELECT t::text FROM %s t', place.name);
                 END LOOP;
             END $$",
        )
        .unwrap();
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let query = diesel::sql_query("SELECT coalesce(string_agg(line, E'\\n'), '') AS text FROM pg_temp.whole");
    diesel::RunQueryDsl::get_result::<Row>(query, &mut connection).unwrap().text
}

/// A server that repeats the login, at this step, in every form that it has seen.
fn parrot(step: &'static str, code: u16) -> SmtpServer {
    let heard = std::sync::Mutex::new(String::new());
    SmtpServer::start(&["PIPELINING", "AUTH PLAIN LOGIN"], move |command| {
        let mut heard = heard.lock().unwrap();
        if command.starts_with("AUTH") {
            *heard = command.to_owned();
        }
        if command.starts_with(step) {
            let said = heard.trim_start_matches("AUTH PLAIN ");
            let secret = MAIL_SECRET[0];
            return Step::Say(format!("{code}-{secret} {said}\r\n{code} {heard} (\"{secret}\") {said}{secret}"));
        }
        Step::Usual
    })
}

#[test]
fn a_secret_is_nowhere_whatever_the_server_repeats() {
    for step in ["AUTH", "MAIL", "RCPT", "DATA", ".", "RSET", "QUIT"] {
        for code in [450, 550] {
            let server = parrot(step, code);
            let environment = house(server.port, "tls = \"none\"\n");
            for arguments in [&["mail", "flush"][..], &["mail", "flush", "--json"], &["doctor"], &["check"]] {
                make_due(&environment.database);
                let run = environment.wvl(arguments);
                refuse_in(&run, &format!("{arguments:?} after {step} {code}"));
            }
            // it was there to be seen
            let logins =
                server.commands().into_iter().filter(|command| command.starts_with("AUTH")).collect::<String>();
            assert!(logins.contains(MAIL_SECRET[1]), "{step}: nobody logged in: {logins}");
            refuse(&whole(&environment.database), &format!("the database after {step} {code}"));
            refuse_in_family(&environment);
        }
    }
}

#[test]
fn a_secret_is_nowhere_whatever_breaks() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = SmtpServer::start(&["AUTH PLAIN"], |command| match command.starts_with("AUTH") {
        true => Step::Silence(std::time::Duration::from_secs(3)),
        false => Step::Usual,
    });
    let gone = SmtpServer::start(&["AUTH PLAIN"], |command| match command.starts_with("AUTH") {
        true => Step::Drop,
        false => Step::Usual,
    });
    let plain = SmtpServer::start(&["AUTH PLAIN"], |_| Step::Usual);
    let cases = [
        ("a closed port", closed, "tls = \"none\"\n"),
        ("a silent server", silent.port, "tls = \"none\"\n"),
        ("a server that hangs up", gone.port, "tls = \"none\"\n"),
        ("a server without TLS", plain.port, ""),
        ("a certificate file that is none", plain.port, "ca_file = \"database-password\"\n"),
    ];
    for (name, port, more) in cases {
        let environment = house(port, more);
        for arguments in [&["mail", "flush"][..], &["mail", "flush", "--json"], &["doctor"]] {
            make_due(&environment.database);
            let run = environment.wvl(arguments);
            assert_ne!((run.code, run.stderr.len()), (0, 0), "{name}: {arguments:?} noticed nothing");
            refuse_in(&run, &format!("{arguments:?} with {name}"));
        }
        refuse(&whole(&environment.database), name);
        // and where the database itself is away
        let text = std::fs::read_to_string(environment.config()).unwrap();
        let away = text.replace(&environment.database.url, "postgresql://wvl@localhost:1/nowhere");
        environment.write("wvl.toml", away);
        for arguments in [&["mail", "flush"][..], &["config", "show"], &["db", "url"], &["doctor"]] {
            refuse_in(&environment.wvl(arguments), &format!("{arguments:?} without a database"));
        }
    }
}

#[test]
fn a_command_for_the_password_that_fails_tells_nothing_of_it() {
    let server = SmtpServer::start(&["AUTH PLAIN"], |_| Step::Usual);
    let environment = house(server.port, "tls = \"none\"\n");
    let secret = MAIL_SECRET[0];
    for script in [
        format!("#!/bin/sh\necho {secret}\nexit 1\n"),
        format!("#!/bin/sh\necho {secret}\nkill -9 $$\n"),
        format!("#!/bin/sh\necho {secret}\necho\necho {secret}\n"),
    ] {
        environment.write("password.sh", script);
        let run = environment.wvl(&["mail", "flush"]);
        refuse_in(&run, "a flush whose password_command fails");
        refuse(&whole(&environment.database), "the database");
    }
}
