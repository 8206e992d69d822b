//! Broken environments, each told by `doctor` with what helps; a good one without a word of trouble.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{TASKS, good_day, hold_to, masked};
use crate::env::certificate::certificate;
use crate::env::environment::Run;
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};

/// What the tests' own server is, and what is not the same in every year.
const OF_THE_TESTS: [&str; 10] = [
    "cron reads times in the zone",
    "tickets of these severities",
    "only written into a folder",
    "Postgres ",
    "fsync is off",
    "full_page_writes is off",
    "synchronous_commit is off",
    "has run",
    "runs with fsync",
    "does not see for how long",
];

/// The findings that say more than ok, and how it ended.
fn troubles(environment: &TestEnvironment, run: &Run) -> String {
    let findings: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let mut told = String::new();
    let mut errors = 0;
    for finding in findings {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        if OF_THE_TESTS.iter().any(|ours| text("message").contains(ours)) {
            continue;
        }
        errors += usize::from(text("level") == "error");
        if !["ok", "remark"].contains(&&*text("level")) {
            told.push_str(&format!("{} {}: {}\n", text("level"), text("area"), text("message")));
            if !text("way_out").is_empty() {
                told.push_str(&format!("    → {}\n", text("way_out")));
            }
        }
    }
    // those of the tests' server are always there
    assert!(run.code == 3 || errors == 0, "{run:?}");
    masked(&told, environment)
}

fn doctor(environment: &TestEnvironment) -> String {
    troubles(environment, &environment.wvl(&["doctor", "--json"]))
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A mail server in the configuration.
fn with_smtp(environment: &TestEnvironment, port: u16, more: &str) {
    let database = &environment.database.url;
    environment.write(
        "wvl.toml",
        format!(
            "[company]\nname = \"X\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nurl = {database:?}\n\
             [mail]\nmode = \"live\"\nfrom = \"W <w@x.example>\"\nsigning_keys_file = \"signing-keys\"\n\
             [mail.smtp]\nhost = \"localhost\"\nport = {port}\n{more}\n{TASKS}"
        ),
    );
}

/// The configuration names a role of this group.
fn work_as(it: &TestEnvironment, group: &str) {
    let role = format!("wvl_doctor_{group}");
    let url = it.database.url_as(&role);
    it.database.execute_as_superuser(&format!("GRANT wvl_{group} TO {role}"));
    let text = std::fs::read_to_string(it.config()).unwrap();
    it.write("wvl.toml", text.replace(&it.database.url, &url));
}

/// A name and what is broken.
type Breakage = (&'static str, fn(&TestEnvironment));

const BROKEN: &[Breakage] = &[
    ("a good day", |_| {}),
    ("the configuration is wrong", |it| {
        it.write("wvl.toml", "[mail]\nmod = \"live\"\n");
    }),
    ("others may change the configuration", |it| mode(&it.config(), 0o666)),
    ("the server is gone", |it| {
        let text = std::fs::read_to_string(it.config()).unwrap();
        it.write("wvl.toml", text.replace(&it.database.url, "postgresql://wvl@/none?host=/nowhere"));
    }),
    ("the schema is older", |it| wvl::db::migrations::revert(&mut it.database.connect(), 1).unwrap()),
    ("a role that may look and nothing else", |it| work_as(it, "read")),
    ("a role that changes what people work on", |it| work_as(it, "work")),
    ("the role that the documentation advises for cron", |it| work_as(it, "cron")),
    ("an administrator's role", |it| work_as(it, "admin")),
    ("a role for cron that somebody has taken something from", |it| {
        work_as(it, "cron");
        it.database.execute(
            "REVOKE UPDATE (held_change) ON outbox_guards FROM wvl_cron; REVOKE DELETE ON job_runs FROM wvl_cron",
        );
    }),
    ("others may read the signing keys", |it| mode(&it.path().join("signing-keys"), 0o644)),
    ("a file lies where mails should", |it| {
        it.write("Maildir", "");
    }),
    ("templates of one's own are wrong", |it| {
        std::fs::create_dir_all(it.path().join("own/mail/escalation-single")).unwrap();
        it.write("own/mail/escalation-single/subject.txt", "{{ item.referense }}");
        it.write("own/mail/escalation-single/body.text", "x");
        let text = std::fs::read_to_string(it.config()).unwrap();
        it.write("wvl.toml", text.replace("[mail]\n", "[mail]\ntemplates = \"own\"\n"));
    }),
    ("the calendar knows no state, and the company's holidays are old", |it| {
        let text = std::fs::read_to_string(it.config()).unwrap();
        let closed = "closed = [\"2019-12-24..2019-12-31\"]";
        let text = text.replace("state = \"DE-BW\"\nclosed = [\"12-24\", \"12-31\"]", closed);
        it.write("wvl.toml", text);
    }),
    ("nobody is there", |it| {
        it.configure("[escalation]\ncompany_heads = [9]\n[escalation.task]\nactive = true\n");
        it.database.execute("DELETE FROM employees");
    }),
    ("people cannot be reached, and a stage names a team that is not there", |it| {
        it.configure(&format!("{TASKS}stage2 = {{ hours = 8, to = \"team:Netz;employee:77\" }}\n"));
        it.database.execute(
            "UPDATE employees SET email = NULL; \
             INSERT INTO employees (number, first_name, last_name, email) VALUES (2, 'B', 'C', 'no address')",
        );
    }),
    ("a type has a view that is not there", |it| {
        it.configure(&format!(
            "{TASKS}\n[escalation.rental-cars]\nactive = true\nsource = \"view:crm.cars\"\n\
             stage1 = {{ hours = 8, to = \"handler\" }}\n"
        ));
    }),
    ("no mail reaches anybody", |it| {
        let text = std::fs::read_to_string(it.config()).unwrap();
        it.write("wvl.toml", text.replace("mode = \"live\"", "mode = \"off\""));
    }),
    ("cron stands still", |it| it.database.execute("DELETE FROM job_runs")),
];

#[test]
fn each_breakage_is_told_with_what_helps() {
    let mut told = String::new();
    for (name, breaks) in BROKEN {
        let environment = good_day();
        // the jobs of the good day ran some day
        environment.database.execute(
            "UPDATE __diesel_schema_migrations SET run_on = now() - interval '1 minute';
             UPDATE job_runs SET started_at = now() - interval '1 minute', finished_at = now()",
        );
        breaks(&environment);
        if *name == "cron stands still" {
            environment.database.execute("UPDATE __diesel_schema_migrations SET run_on = '2026-01-01'");
        }
        told.push_str(&format!("## {name}\n{}\n", doctor(&environment)));
    }
    hold_to("doctor.txt", &told);
}

#[test]
fn without_a_folder_for_dumps_a_remark_says_so_once() {
    const REMARK: &str = "remark\tjobs\tno dump of the database is made by itself: [job.db-dump] names no folder\t";
    let environment = good_day();
    let look = || environment.wvl(&["doctor", "-O", "tsv"]).stdout;
    assert_eq!(look().matches(REMARK).count(), 1, "{}", look());
    // who makes them in another way of ours knows
    environment.ok(&["db", "dump", "x.dump"]);
    assert!(!look().contains(REMARK), "{}", look());
}

#[test]
fn without_a_schema_the_rest_is_looked_at() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let run = environment.wvl(&["doctor", "-O", "tsv"]);
    assert_eq!(run.code, 3);
    for line in
        ["ok\ttemplates\tall mails", "error\tdatabase\tthe database is empty", "ok\ttime\tthe zone Europe/Berlin"]
    {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
}

#[test]
fn the_mail_server_is_tried_and_gets_no_mail() {
    let environment = good_day();
    let place = tempfile::tempdir().unwrap();
    let only_mail = |environment: &TestEnvironment| {
        let run = environment.wvl(&["doctor", "-O", "tsv"]);
        run.stdout.lines().filter(|line| line.contains("\tmail\t")).map(|line| format!("{line}\n")).collect::<String>()
    };

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    with_smtp(&environment, closed, "");
    let said = only_mail(&environment);
    assert!(said.contains(&format!("error\tmail\tcannot connect to the mail server localhost:{closed}: ")), "{said}");
    assert!(said.contains(&format!("\tnc -vz localhost {closed} must answer")), "{said}");

    let plain = SmtpServer::start(&[], |_| Step::Usual);
    with_smtp(&environment, plain.port, "");
    let said = only_mail(&environment);
    assert!(said.contains("offers no STARTTLS") && said.contains("\tmail.smtp.tls = \"implicit\""), "{said}");

    let soon = (chrono::Utc::now() + chrono::TimeDelta::days(5)).format("%y%m%d%H%M%SZ").to_string();
    for (until, expected) in
        [("210101000000Z", "expired"), (soon.as_str(), "ends on"), ("491231000000Z", "valid until 2049-12-31")]
    {
        let (cert, key) = certificate(place.path(), ["200101000000Z", until]);
        environment.write("cert.pem", &cert);
        let server = SmtpServer::with_certificate(&cert, &key, false, |_| Step::Usual);
        with_smtp(&environment, server.port, "ca_file = \"cert.pem\"");
        let said = only_mail(&environment);
        assert!(said.contains(expected), "{until}: {said}");
        assert!(server.received().is_empty() && !server.commands().iter().any(|it| it.starts_with("MAIL")));
    }

    environment.write("password", "canary-4711\n");
    mode(&environment.path().join("password"), 0o600);
    let refusing = SmtpServer::start(&["AUTH PLAIN"], |command| match command.starts_with("AUTH") {
        true => Step::Say(format!("535 no: {command}")),
        false => Step::Usual,
    });
    with_smtp(&environment, refusing.port, "tls = \"none\"\nuser = \"wvl\"\npassword_file = \"password\"");
    let said = only_mail(&environment);
    assert!(said.contains("cannot log in to the mail server") && said.contains("mail.smtp.user"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    let skipped = environment.wvl(&["doctor", "--offline"]);
    assert!(!skipped.stdout.contains("cannot log in"), "{skipped:?}");
}
