//! What the facts mean. Pure.

use chrono::TimeDelta;

use super::facts::{Complaint, Facts, JobFacts, OpenRun};
use super::finding::{Finding, Severity, What};
use super::host::Host;
use super::lateness::{Expected, missed};
use super::limits::Limits;
use crate::edition::Missing;
use crate::outbox::guard::Guard;

/// No run takes longer (a statement is ended after a quarter of an hour); what began earlier and has no end hangs or was
/// killed.
const LONGEST_RUN: TimeDelta = TimeDelta::minutes(30);
/// A day on which nothing has run yet is the first one, not an alarm.
const FIRST_DAY: TimeDelta = TimeDelta::days(1);
/// So many transactions behind a snapshot cost every query of a busy table.
const MANY_TRANSACTIONS: i64 = 1_000_000;
/// Less than this much free is too little for a day, and less than a hundredth of that for an hour.
const LITTLE_SPACE: u64 = 1 << 30;
/// Postgres stops at zero; some mails and the log still fit in here.
const NO_SPACE: u64 = 100 << 20;

/// All that is judged beside the facts of the database.
pub struct Surroundings<'a> {
    /// This machine.
    pub host: &'a Host,
    /// Where sending stands.
    pub guard: Guard,
    /// The names of the channels beside the mail.
    pub channels: Vec<String>,
    /// The evening mail of today, where somebody is without it.
    pub missing_mail: Option<Missing>,
    /// The jobs and when they should run.
    pub expected: &'a [Expected<'a>],
    /// Keys of active types that will never speak.
    pub silent_types: Vec<String>,
    /// What the configuration allows and probably does not mean.
    pub config_warnings: Vec<String>,
}

/// Everything that somebody should know, the worst first.
pub fn judge(facts: &Facts, around: &Surroundings<'_>, limits: &Limits) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut add = |severity: Severity, what: What| found.push(Finding { severity, what });
    if let Guard::Held { since, change } = around.guard {
        let queue = &facts.queue;
        add(Severity::Critical, What::Guard { since, change, waiting: queue.queued + queue.retry + queue.held });
    }
    for finding in of_jobs(facts, around, limits) {
        add(finding.severity, finding.what);
    }
    if let Some(missing) = &around.missing_mail {
        let is_first_day = facts.server.installed_at.is_none_or(|at| facts.now - at < FIRST_DAY);
        let severity = if is_first_day { Severity::Warning } else { Severity::Critical };
        add(severity, What::MissingMail(missing.clone()));
    }
    of_queue(facts, around, limits, &mut add);
    of_server(facts, limits, &mut add);
    for complaint in &facts.complaints {
        if is_news(complaint, around.host) {
            add(Severity::Warning, What::Complaint(complaint.clone()));
        }
    }
    let over_caps = facts.jobs.iter().map(|job| job.count("over_caps")).max().unwrap_or(0);
    if over_caps > 0 {
        add(Severity::Warning, What::OverCaps { count: over_caps });
    }
    let mut hashes: Vec<&str> = facts.hosts.iter().map(|host| host.config_hash.as_str()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.len() > 1 {
        add(Severity::Warning, What::HostsDiffer(facts.hosts.clone()));
    }
    for disk in &around.host.disks {
        let severity = match disk.free {
            ..NO_SPACE => Severity::Critical,
            NO_SPACE..LITTLE_SPACE => Severity::Warning,
            _ => continue,
        };
        add(severity, What::Disk { folder: disk.folder.display().to_string(), free: disk.free, size: disk.size });
    }
    if let Some(files) = &around.host.failed_files {
        let folder = files.folder.display().to_string();
        let what = What::FailedFiles { folder, count: files.count, newest: files.newest.clone() };
        add(Severity::Warning, what);
    }
    for key in &around.silent_types {
        add(Severity::Warning, What::SilentType { key: key.clone() });
    }
    // those types have been named
    let is_news = |text: &&String| !text.contains("no stage has hours");
    for text in around.config_warnings.iter().filter(is_news) {
        add(Severity::Notice, What::ConfigWarning { text: text.clone() });
    }
    if let Some(first_at) = facts.lapsing.first_at {
        add(Severity::Notice, What::Lapsing { count: facts.lapsing.lapsing, first_at });
    }
    // the order above among equals
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// Whether a complaint says what nothing else here says. What became of each mail the queue knows, whether something is over
/// the caps the last run's count, which files could not be imported their folder.
fn is_news(complaint: &Complaint, host: &Host) -> bool {
    match complaint.job.as_str() {
        "mail flush" => false,
        // of its lines the one that counts them
        "import run" => !host.sees_imports && complaint.text.trim_end_matches('s').ends_with(" trouble"),
        _ => {
            !complaint.text.starts_with("no mail leaves:")
                && !complaint.text.starts_with("more is overdue than max_mails")
        }
    }
}

fn of_jobs(facts: &Facts, around: &Surroundings<'_>, limits: &Limits) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |severity: Severity, what: What| found.push(Finding { severity, what });
    let now = facts.now;
    let is_at_work = |run: &&OpenRun| around.host.has_ended(&run.host, run.pid) != Some(true) && !run.is_followed;
    let is_young = |run: &&OpenRun| now - run.started_at < LONGEST_RUN;
    let mut never = Vec::new();
    for expected in around.expected {
        let nothing = JobFacts::default();
        let job = facts.jobs.iter().find(|job| job.job == expected.job).unwrap_or(&nothing);
        let at_work = facts.open_runs.iter().filter(|run| run.job == expected.job && is_at_work(run) && is_young(run));
        let at_work = at_work.map(|run| run.started_at).max();
        let max_age = limits.max_age.get(expected.job).copied();
        let is_wanted = expected.is_wanted || max_age.is_some();
        let has_run = job.last_at.is_some() || at_work.is_some();
        let expected_since = facts.server.installed_at.unwrap_or(now);
        let active_at = job.good_at.unwrap_or(expected_since);
        // while one is at work the others have nothing to do
        let missed = match is_wanted && at_work.is_none() {
            true => missed(expected, active_at, now, max_age),
            false => None,
        };
        let severity = if expected.is_vital || max_age.is_some() { Severity::Critical } else { Severity::Warning };
        let said = job.last_message.clone().filter(|_| job.has_failed());
        match missed {
            Some(_) if !has_run => never.push((expected.job.to_owned(), severity)),
            Some(planned_at) => add(
                severity,
                What::Late {
                    job: expected.job.to_owned(),
                    good_at: job.good_at,
                    planned_at,
                    failures: job.failures,
                    said,
                    run: job.last_id,
                },
            ),
            // what is over is over: a job that nobody asks for any more
            None if job.has_failed() && is_wanted => {
                if let (Some(at), Some(run)) = (job.last_at, job.last_id) {
                    let what = What::Failed {
                        job: expected.job.to_owned(),
                        at,
                        host: job.last_host.clone().unwrap_or_default(),
                        code: job.last_code.unwrap_or(1),
                        said: said.unwrap_or_default(),
                        times: job.failures,
                        run,
                    };
                    add(Severity::Warning, what);
                }
            }
            None => {}
        }
    }
    if let Some(worst) = never.iter().map(|(_, severity)| *severity).max() {
        let is_first_day = facts.server.installed_at.is_none_or(|at| now - at < FIRST_DAY);
        let severity = if is_first_day { Severity::Warning } else { worst };
        add(severity, What::NeverRan { jobs: never.into_iter().map(|(job, _)| job).collect() });
    }
    // where the last run of all was such a one, it has been said
    for it in facts.failing.iter().filter(|it| it.times > 1) {
        let (job, host, said) = (it.job.clone(), it.host.clone(), it.message.clone());
        let (at, code, times, run) = (it.at, it.code, it.times, it.run);
        add(Severity::Warning, What::Failed { job, at, host, code, said, times, run });
    }
    for run in &facts.open_runs {
        let (job, at, host, pid) = (run.job.clone(), run.started_at, run.host.clone(), run.pid);
        let what = match around.host.has_ended(&run.host, run.pid) {
            Some(true) => What::Killed { job, at, host, pid, run: run.id },
            // that one could not have worked beside it
            None if run.is_followed => What::Killed { job, at, host, pid, run: run.id },
            _ if is_young(&run) => continue,
            _ => What::Hangs { job, at, host, pid },
        };
        add(Severity::Warning, what);
    }
    found
}

fn of_queue(facts: &Facts, around: &Surroundings<'_>, limits: &Limits, add: &mut impl FnMut(Severity, What)) {
    let queue = &facts.queue;
    // what the guard holds is said by it
    let is_held = around.guard != Guard::Open;
    let age = queue.oldest_at.map(|at| facts.now - at).unwrap_or_default();
    if let Some(severity) = limits.oldest.judge(age.num_seconds()).filter(|_| !is_held) {
        add(severity, What::Waiting { age, count: queue.queued + queue.retry });
    }
    for channel in queue.channels.iter().filter(|channel| !around.channels.contains(channel)) {
        add(Severity::Warning, What::NoChannel { channel: channel.clone() });
    }
    if let Some(severity) = limits.failed.judge(queue.failed) {
        let address = queue.failed_address.clone().unwrap_or_default();
        let reply = queue.failed_reply.clone().unwrap_or_default();
        add(severity, What::MailsFailed { count: queue.failed, address, reply });
    }
    if let Some(severity) = limits.unknown.judge(queue.unknown) {
        add(severity, What::MailsUnknown { count: queue.unknown });
    }
    if let Some(severity) = limits.held.judge(queue.held).filter(|_| !is_held) {
        add(severity, What::MailsHeld { count: queue.held, reason: queue.held_reason.clone().unwrap_or_default() });
    }
    if queue.struck > 0 {
        add(Severity::Warning, What::MailsStruck { count: queue.struck });
    }
}

fn of_server(facts: &Facts, limits: &Limits, add: &mut impl FnMut(Severity, What)) {
    for (setting, value) in [("fsync", facts.server.fsync), ("full_page_writes", facts.server.full_page_writes)] {
        if value == Some(false) {
            add(Severity::Warning, What::NotDurable { setting });
        }
    }
    let oldest = facts.holders.iter().find_map(|holder| {
        let by_time = limits.transaction.judge(holder.seconds.unwrap_or(0));
        let by_count = (holder.transactions > MANY_TRANSACTIONS).then_some(Severity::Warning);
        by_time.max(by_count).map(|severity| (severity, holder))
    });
    if let Some((severity, holder)) = oldest {
        add(severity, What::OldTransaction(holder.clone()));
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::super::facts::{HostFacts, Lapsing, Queue, Server};
    use super::super::words::Words;
    use super::*;
    use crate::outbox::guard::Change;
    use crate::template::Language;

    fn now() -> DateTime<Utc> {
        "2026-11-23T09:05:30Z".parse().unwrap()
    }

    fn before(minutes: i64) -> Option<DateTime<Utc>> {
        Some(now() - TimeDelta::minutes(minutes))
    }

    fn good(job: &str, minutes: i64) -> JobFacts {
        JobFacts {
            job: job.to_owned(),
            last_id: Some(7),
            last_at: before(minutes),
            last_finished_at: before(minutes),
            last_host: Some("cron1".to_owned()),
            last_outcome: Some("ok".to_owned()),
            last_code: Some(0),
            good_at: before(minutes),
            ..JobFacts::default()
        }
    }

    fn facts() -> Facts {
        Facts {
            now: now(),
            server: Server {
                version: "17.12".to_owned(),
                role: "wvl".to_owned(),
                fsync: Some(true),
                full_page_writes: Some(true),
                installed_at: before(100_000),
            },
            queue: Queue::default(),
            jobs: vec![good("escalate run", 5), good("mail flush", 5)],
            open_runs: Vec::new(),
            failing: Vec::new(),
            complaints: Vec::new(),
            hosts: Vec::new(),
            holders: Vec::new(),
            lapsing: Lapsing::default(),
        }
    }

    fn every(minutes: i64, job: &'static str) -> Expected<'static> {
        let next = move |after: DateTime<Utc>| {
            let step = minutes * 60;
            DateTime::from_timestamp((after.timestamp().div_euclid(step) + 1) * step, 0)
        };
        Expected { job, is_wanted: true, is_vital: true, next: Box::new(next) }
    }

    fn said(facts: &Facts, guard: Guard, limits: &Limits) -> Vec<String> {
        let host = Host { name: "here".to_owned(), ..Host::default() };
        let expected = [every(10, "escalate run"), every(5, "mail flush")];
        let around = Surroundings {
            host: &host,
            guard,
            channels: vec!["sms".to_owned()],
            missing_mail: None,
            expected: &expected,
            silent_types: Vec::new(),
            config_warnings: Vec::new(),
        };
        let words = Words { language: Language::English, zone: chrono_tz::Europe::Berlin, now: now() };
        let line = |finding: &Finding| format!("{} {}", finding.severity.word(), words.sentence(&finding.what));
        judge(facts, &around, limits).iter().map(line).collect()
    }

    fn told(facts: &Facts) -> Vec<String> {
        said(facts, Guard::Open, &Limits::default())
    }

    #[test]
    fn nothing_is_said_of_a_good_day() {
        assert_eq!(told(&facts()), [""; 0]);
    }

    #[test]
    fn the_guard_is_said_first_and_explains_what_waits() {
        let mut facts = facts();
        facts.queue = Queue { retry: 3, held: 2, oldest_at: before(5000), failed: 1, ..Queue::default() };
        assert_eq!(
            said(&facts, Guard::Held { since: before(30), change: Change::Restored }, &Limits::default()),
            [
                "critical no mail leaves: the tables were restored from a dump since mails last were allowed to leave; noticed \
                 09:35 (30 min ago), 5 recipients wait",
                "warning 1 mail failed, the last to : ",
            ]
        );
    }

    #[test]
    fn a_first_day_is_no_alarm_and_a_second_one_is() {
        let mut facts = facts();
        facts.jobs.clear();
        facts.server.installed_at = before(12);
        assert_eq!(told(&facts), ["warning never ran: mail flush"]);
        facts.server.installed_at = before(600);
        assert_eq!(told(&facts), ["warning never ran: escalate run, mail flush"]);
        facts.server.installed_at = before(1500);
        assert_eq!(told(&facts), ["critical never ran: escalate run, mail flush"]);
    }

    #[test]
    fn a_failed_run_is_a_warning_until_the_next_ones_fail_too() {
        let mut facts = facts();
        facts.jobs[1] = JobFacts {
            last_outcome: Some("failed".to_owned()),
            last_code: Some(69),
            last_message: Some("cannot connect to the mail server\nmx".to_owned()),
            good_at: before(10),
            failures: 1,
            ..good("mail flush", 5)
        };
        assert_eq!(
            told(&facts),
            ["warning mail flush failed 10:00 (5 min ago) on cron1 (code 69): cannot connect to the mail server mx"]
        );
        facts.jobs[1].good_at = before(25);
        facts.jobs[1].failures = 5;
        assert_eq!(
            told(&facts),
            ["critical mail flush is overdue since 09:45, last good run 09:40 (25 min ago), failed 5 times since: \
              cannot connect to the mail server mx"]
        );
    }

    #[test]
    fn a_run_at_work_is_not_late_and_one_without_end_is_told() {
        let open = |host: &str, minutes: i64, is_followed: bool| OpenRun {
            id: 9,
            job: "escalate run".to_owned(),
            host: host.to_owned(),
            pid: 4711,
            started_at: now() - TimeDelta::minutes(minutes),
            is_followed,
        };
        let mut facts = facts();
        facts.jobs[0] = good("escalate run", 35);
        facts.open_runs = vec![open("there", 25, false)];
        assert_eq!(told(&facts), [""; 0]);
        facts.jobs[0] = good("escalate run", 5);
        facts.open_runs = vec![open("there", 25, true), open("there", 75, false)];
        assert_eq!(
            told(&facts),
            [
                "warning escalate run ended without a word: begun 09:40 (25 min ago) on there, process 4711",
                "warning escalate run runs for 1 h 15 min on there, process 4711",
            ]
        );
    }

    #[test]
    fn limits_turn_numbers_into_warnings() {
        let mut facts = facts();
        facts.queue = Queue {
            queued: 2,
            retry: 1,
            unknown: 1,
            held: 2,
            held_reason: Some("three senders died with it".to_owned()),
            struck: 1,
            channels: vec!["chat".to_owned(), "sms".to_owned()],
            oldest_at: before(90),
            failed: 2,
            failed_address: Some("a@b".to_owned()),
            failed_reply: Some("550 unknown\r\nuser".to_owned()),
            ..Queue::default()
        };
        assert_eq!(
            told(&facts),
            [
                "warning 3 mails wait, the oldest for 1 h 30 min",
                "warning messages wait for the channel chat, which this configuration does not have",
                "warning 2 mails failed, the last to a@b: 550 unknown user",
                "warning of 1 mail nobody knows whether it arrived",
                "warning 2 mails are held, the last one: three senders died with it",
                "warning with 1 mail senders have died again and again",
            ]
        );
        let none = "1000,".parse().unwrap();
        let limits = Limits { failed: "0,1".parse().unwrap(), unknown: none, held: none, ..Limits::default() };
        assert_eq!(
            said(&facts, Guard::Open, &limits)[..2],
            [
                "critical 2 mails failed, the last to a@b: 550 unknown user",
                "warning 3 mails wait, the oldest for 1 h 30 min",
            ]
        );
    }

    #[test]
    fn hosts_with_different_configurations_and_troubles_are_named() {
        let mut facts = facts();
        let host = |name: &str, hash: &str| HostFacts {
            host: name.to_owned(),
            config_hash: hash.repeat(16),
            at: now() - TimeDelta::minutes(5),
        };
        facts.hosts = vec![host("cron1", "abcd"), host("cron2", "abcd")];
        assert_eq!(told(&facts), [""; 0]);
        facts.hosts.push(host("cron3", "1234"));
        let complaint = |text: &str, times: i64| Complaint {
            job: "escalate run".to_owned(),
            text: text.to_owned(),
            times,
            first_at: now() - TimeDelta::hours(3),
            last_at: now() - TimeDelta::minutes(5),
        };
        facts.complaints = vec![
            complaint("employee 105 has no usable mail address", 18),
            complaint("more is overdue than max_mails_per_run and max_mails_per_recipient let out at once", 1),
        ];
        assert_eq!(
            told(&facts),
            [
                "warning escalate run: employee 105 has no usable mail address (told 18 times since 07:05, last 10:00)",
                "warning hosts run with different configurations: cron1 abcdabcd, cron2 abcdabcd, cron3 12341234",
            ]
        );
    }
}
