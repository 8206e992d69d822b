//! A table of troubles, each alone on a good day: what `check` and `status --attention` say about it.

use diesel::connection::SimpleConnection;

use super::{AS_OF, TASKS, good_day, hold_to, masked};
use crate::env::TestEnvironment;

/// A name, what happened, and arguments of `check` beside the usual ones.
type Trouble = (&'static str, fn(&TestEnvironment), &'static [&'static str]);

fn sql(environment: &TestEnvironment, statements: &str) {
    environment.database.execute(statements);
}

/// A run of this job that failed.
fn failed(id: i32, job: &str, at: &str, code: i32, said: &str) -> String {
    format!(
        "INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, counts, message)
         VALUES ({id}, '{job}', 'cron1', 81, '{at}', '{at}', 'failed', {code}, '{{}}', '{said}');"
    )
}

/// A mail to that address.
fn mail(number: i32, address: &str, state: &str, at: &str, done: Option<&str>, reply: &str) -> String {
    let id = format!("00000000-0000-0000-0000-{number:012}");
    let done = done.map_or("NULL".to_owned(), |done| format!("'{done}'"));
    format!(
        "INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, sha256, created_at)
         VALUES ('{id}', '<{number}@x>', 'escalation', 'internal', 'wvl@x', 'Mail {number}', '', '{at}');
         INSERT INTO outbox_recipients (message_id, address, state, created_at, next_attempt_at, done_at, last_reply)
         VALUES ('{id}', '{address}', '{state}', '{at}', '{at}', {done}, '{reply}');"
    )
}

/// This machine, as the diary names it.
pub fn here() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

const TROUBLES: &[Trouble] = &[
    ("a good day", |_| {}, &[]),
    (
        "installed this morning, and nothing has run yet",
        |it| sql(it, "DELETE FROM job_runs; UPDATE __diesel_schema_migrations SET run_on = '2026-11-23T08:00'"),
        &[],
    ),
    ("installed weeks ago, and nothing has ever run", |it| sql(it, "DELETE FROM job_runs"), &[]),
    (
        "nothing is active, and nothing has ever run",
        |it| {
            it.configure("");
            sql(it, "DELETE FROM job_runs");
        },
        &[],
    ),
    (
        "the mail server did not answer once",
        |it| sql(it, &failed(1, "mail flush", "2026-11-23T09:04:00Z", 69, "cannot connect to mx:587: refused")),
        &[],
    ),
    (
        "the mail server has not answered for half an hour",
        |it| {
            sql(it, "UPDATE job_runs SET started_at = '2026-11-23T08:35:01Z' WHERE id = 102");
            for (id, minute) in [(1, 40), (2, 45), (3, 50), (4, 55)] {
                sql(
                    it,
                    &failed(id, "mail flush", &format!("2026-11-23T08:{minute}:00Z"), 69, "cannot connect to mx:587"),
                );
            }
            sql(it, &mail(1, "berg@x.example", "retry", "2026-11-23T08:38:00Z", None, "refused"));
        },
        &[],
    ),
    (
        "a dump each night, and the last one is of the day before yesterday",
        |it| {
            it.configure(&format!("{TASKS}[job.db-dump]\nfolder = \"backup\"\n"));
            std::fs::create_dir(it.path().join("backup")).unwrap();
            sql(
                it,
                "INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, counts)
                 VALUES (1, 'db dump', 'cron1', 81, '2026-11-21T02:15:01Z', '2026-11-21T02:15:09Z', 'ok', 0, '{}')",
            );
        },
        &[],
    ),
    (
        "a dump each night, and none has ever been made",
        |it| it.configure(&format!("{TASKS}[job.db-dump]\nfolder = \"backup\"\n")),
        &[],
    ),
    (
        "cron stands still since 09:30",
        |it| sql(it, "UPDATE job_runs SET started_at = '2026-11-23T08:30:01Z' WHERE id <> 103"),
        &[],
    ),
    (
        "the weekend was quiet, as planned",
        |it| {
            it.configure(&format!(
                "{TASKS}\n[job.escalate-run]\nschedule = \"*/10 7-18 * * mon-fri\"\n\
                 [job.mail-flush]\nschedule = \"*/10 10-18 * * mon-fri\"\n"
            ));
            sql(it, "UPDATE job_runs SET started_at = '2026-11-20T18:55:01Z' WHERE job = 'mail flush'");
        },
        &["--max-age", "mail=1h"],
    ),
    (
        "a run was killed, and the next one was well",
        |it| {
            sql(
                it,
                &format!(
                    "INSERT INTO job_runs (id, job, host, pid, started_at)
                     VALUES (7, 'escalate run', '{}', 4194300, '2026-11-23T08:50:00Z')",
                    here()
                ),
            );
        },
        &[],
    ),
    (
        "a run elsewhere does not come to its end, and the others find it at work",
        |it| {
            sql(
                it,
                "UPDATE job_runs SET started_at = '2026-11-23T07:30:00Z' WHERE id = 101;
                 INSERT INTO job_runs (id, job, host, pid, started_at)
                 VALUES (7, 'escalate run', 'cron2', 999, '2026-11-23T07:40:00Z');
                 INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code)
                 VALUES (8, 'escalate run', 'cron1', 12, '2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z', 'busy', 0)",
            );
        },
        &[],
    ),
    (
        "an employee has no address, run after run, and one has no supervisor",
        |it| {
            sql(
                it,
                "UPDATE job_runs SET outcome = 'partial', message = E'employee 105 has no usable mail address\\nemployee 7 has \
                 no supervisor' WHERE id = 101;
                 INSERT INTO job_runs (job, host, pid, started_at, finished_at, outcome, exit_code, message)
                 SELECT 'escalate run', 'cron1', 5, at, at, 'partial', 0, 'employee 105 has no usable mail address'
                 FROM generate_series(timestamptz '2026-11-23T06:00Z', '2026-11-23T08:50Z', '10 minutes') AS at",
            );
        },
        &[],
    ),
    (
        "more is overdue than the caps let out",
        |it| {
            sql(
                it,
                "UPDATE job_runs SET counts = counts || '{\"over_caps\": 321}', message = 'more is overdue than \
                 max_mails_per_run and max_mails_per_recipient let out at once' WHERE id = 101",
            );
        },
        &[],
    ),
    (
        "mails failed, one of them to somebody who was reached since, and others wait for a word",
        |it| {
            let text = [
                mail(
                    1,
                    "gone@x.example",
                    "failed",
                    "2026-11-23T07:00:00Z",
                    Some("2026-11-23T07:00:05Z"),
                    "550 5.1.1 unknown",
                ),
                mail(2, "full@x.example", "failed", "2026-11-22T07:00:00Z", Some("2026-11-22T07:00:05Z"), "552 full"),
                mail(3, "full@x.example", "sent", "2026-11-23T07:00:00Z", Some("2026-11-23T07:00:05Z"), "250 ok"),
                mail(4, "old@x.example", "failed", "2026-11-02T07:00:00Z", Some("2026-11-02T07:00:05Z"), "550"),
                mail(5, "who@x.example", "unknown", "2026-11-02T07:00:00Z", Some("2026-11-02T07:00:05Z"), ""),
                mail(6, "you@x.example", "held", "2026-11-23T07:00:00Z", None, "queued while mail.mode was redirect"),
            ];
            sql(it, &text.concat());
        },
        &["--failed", "0,0", "--held", "5"],
    ),
    (
        "a mail waits since yesterday",
        |it| sql(it, &mail(1, "full@x.example", "retry", "2026-11-22T07:00:00Z", None, "452 full")),
        &[],
    ),
    (
        "hosts run under different configurations",
        |it| {
            sql(
                it,
                "INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, config_hash)
                 VALUES (9, 'mail flush', 'cron2', 12, '2026-11-23T09:01Z', '2026-11-23T09:01Z', 'ok', 0, repeat('cd', 32))",
            );
        },
        &[],
    ),
    (
        "a job fails on one host and does well on another",
        |it| {
            let failed = |id: i64, time: &str| {
                format!(
                    "INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, message)
                     VALUES ({id}, 'mail flush', 'cron2', 12, '2026-11-23T{time}Z', '2026-11-23T{time}Z', 'failed', 69,
                        'cannot connect to mx:587');"
                )
            };
            // before the last one, which went well elsewhere
            sql(it, &[failed(20, "08:50"), failed(21, "08:55")].concat());
        },
        &[],
    ),
    (
        "the database was restored",
        |it| {
            sql(it, &mail(1, "berg@x.example", "queued", "2026-11-20T07:00:00Z", None, ""));
            wvl::outbox::guard::hold(&mut it.database.connect()).unwrap();
            sql(it, "UPDATE outbox_guards SET held_since = '2026-11-23T08:30Z'");
        },
        &[],
    ),
    (
        "a type is active and has no hours",
        |it| it.configure(&format!("{TASKS}\n[escalation.order-commissioning]\nactive = true\n")),
        &[],
    ),
    (
        "files could not be imported",
        |it| {
            it.configure(&format!("{TASKS}\n[import]\nfolder = \"in\"\n"));
            std::fs::create_dir_all(it.path().join("in/failed")).unwrap();
            for name in ["2026-11-23-0700-kunden.csv", "2026-11-23-0700-kunden.csv.errors.txt"] {
                it.write(&format!("in/failed/{name}"), "");
            }
            sql(
                it,
                "INSERT INTO job_runs (id, job, host, pid, started_at, finished_at, outcome, exit_code, message)
                 VALUES (10, 'import run', 'cron1', 12, '2026-11-23T09:00Z', '2026-11-23T09:00Z', 'partial', 3,
                         E'in: 1 trouble\\nkunden.csv: nothing was imported')",
            );
        },
        &[],
    ),
    (
        "somebody has seen a task, and nobody has done it",
        |it| {
            sql(
                it,
                "INSERT INTO escalation_chains (type, item_id, due_version, step, last_at)
                 VALUES ('task', '1', 5, 2, '2026-11-10Z'), ('task', '2', 5, 2, '2026-11-10Z');
                 INSERT INTO escalation_silences (kind, type, item_id, due_version, reference, since, until) VALUES
                    ('acknowledged', 'task', '1', 5, 'A-1', '2026-11-17Z', '2026-11-23T14:00Z'),
                    ('acknowledged', 'task', '2', 5, 'A-2', '2026-11-17Z', '2026-11-23T14:00Z'),
                    ('acknowledged', 'task', '2', 5, 'A-2', '2026-11-23T09:00Z', '2026-11-30T14:00Z')",
            );
        },
        &[],
    ),
    (
        "what the data say tries to leave its place",
        |it| {
            let said = "a | b=1;2;3\nWVL OK - all is well\u{1b}[2J";
            sql(it, &failed(1, "mail flush", "2026-11-23T09:04:00Z", 69, said));
            sql(it, "UPDATE job_runs SET host = E'x|y\\u001b[0m' WHERE id = 1");
        },
        &[],
    ),
    (
        "the schema is older than this wvl",
        |it| wvl::db::migrations::revert(&mut it.database.connect(), 1).unwrap(),
        &[],
    ),
    ("the database is empty", |it| it.database.connect().batch_execute("DROP SCHEMA wvl CASCADE").unwrap(), &[]),
    (
        "the server is gone",
        |it| {
            it.write("wvl.toml", "[database]\nurl = \"postgresql://wvl:geheim@/none?host=/nowhere\"\n");
        },
        &[],
    ),
    (
        "the configuration is wrong",
        |it| {
            it.write("wvl.toml", "[mail]\nmod = \"live\"\nfrom = \"x\"\n");
        },
        &[],
    ),
];

#[test]
fn each_is_told_with_the_command_that_helps() {
    let mut told = String::new();
    for (name, happens, arguments) in TROUBLES {
        let environment = good_day();
        happens(&environment);
        let mut check = vec!["--as-of", AS_OF, "check", "--ignore", "durability"];
        check.extend(*arguments);
        let check = environment.wvl(&check);
        let attention = environment.wvl(&["--as-of", AS_OF, "-O", "table", "status", "--attention"]);
        let lines: String =
            attention.stdout.split_inclusive('\n').filter(|line| !line.contains("= off, ein Absturz")).collect();
        told.push_str(&format!("## {name}\n{}exit {}\n", check.stdout, check.code));
        // where it cannot be found out `status` ends as every command does
        match attention.code {
            0 => told.push_str(&format!("--\n{lines}\n")),
            code => told.push_str(&format!("-- {code}\n{}\n", attention.stderr)),
        }
        if ["a good day", "the database was restored", "nothing is active, and nothing has ever run"].contains(name) {
            let glance = environment.ok(&["--as-of", AS_OF, "-O", "table", "status"]);
            told.push_str(&format!("{glance}\n"));
        }
        told = masked(&told, &environment);
    }
    hold_to("watch.txt", &told);
}
