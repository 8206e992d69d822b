//! Secrets that would be recognised anywhere, through everything that can go wrong with a delivery: they are in no output, no
//! table, no argument list, no environment of a child.

use std::os::unix::fs::PermissionsExt;

use diesel::connection::SimpleConnection;
use wvl::outbox::Class;

use super::{message, queue};
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
    let family = environment.path().join("family");
    let script = environment.write(
        "password.sh",
        format!(
            "#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline /proc/$PPID/environ >> {}\necho {}\n",
            family.display(),
            MAIL_SECRET[0]
        ),
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
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

fn refuse(text: &str, place: &str) {
    for secret in MAIL_SECRET.iter().chain([&DATABASE_SECRET]) {
        assert!(!text.contains(secret), "{secret} stands in {place}:\n{text}");
    }
}

fn refuse_in(run: &Run, place: &str) {
    refuse(&run.stdout, &format!("the output of {place}"));
    refuse(&run.stderr, &format!("the errors of {place}"));
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
            for arguments in [&["mail", "flush"][..], &["-vv", "mail", "flush", "--json"], &["doctor"], &["check"]] {
                let run = environment.wvl(arguments);
                refuse_in(&run, &format!("{arguments:?} after {step} {code}"));
            }
            // it was there to be seen
            let logins =
                server.commands().into_iter().filter(|command| command.starts_with("AUTH")).collect::<String>();
            assert!(logins.contains(MAIL_SECRET[1]), "{step}: nobody logged in: {logins}");
            refuse(&whole(&environment.database), &format!("the database after {step} {code}"));
            let family = std::fs::read(environment.path().join("family")).unwrap();
            assert!(!family.is_empty());
            refuse(&String::from_utf8_lossy(&family), "an argument list or the environment of a process");
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
        for arguments in [&["mail", "flush"][..], &["-vv", "mail", "flush", "--json"], &["doctor"]] {
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
        format!("#!/bin/sh\necho {secret}\necho {secret} >&2\nexit 1\n"),
        format!("#!/bin/sh\necho {secret}\nkill -9 $$\n"),
        format!("#!/bin/sh\necho {secret}\necho\necho {secret}\n"),
    ] {
        environment.write("password.sh", script);
        let run = environment.wvl(&["-vv", "mail", "flush"]);
        refuse_in(&run, "a flush whose password_command fails");
        refuse(&whole(&environment.database), "the database");
    }
}
