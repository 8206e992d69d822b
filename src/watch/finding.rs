//! What is wrong or waits for a person, as facts; [`words`](super::words) says it.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Complaint, Holder, HostFacts};
use crate::edition::Missing;
use crate::job::call::quoted;
use crate::outbox::guard::Change;

/// How bad it is, in the words of the plugin guidelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Waits for a person and is no fault: `status --attention` has it, `check` does not.
    Notice,
    /// Something is not as it should be.
    Warning,
    /// What wvl promises is not kept.
    Critical,
}

impl Severity {
    /// The word in JSON and in the answer of the plugin.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// One thing that somebody should know.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub what: What,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum What {
    /// The database is another one than the last flush knew: nothing is sent.
    Guard {
        /// Since when it is noticed; none: no job has looked since.
        since: Option<DateTime<Utc>>,
        /// What of it is another.
        change: Change,
        /// How many recipients wait.
        waiting: i64,
    },
    /// No job has ever run.
    NeverRan {
        /// Those that should.
        jobs: Vec<String>,
    },
    /// A job should have run by now.
    Late {
        /// Its name.
        job: String,
        /// When it did its work last.
        good_at: Option<DateTime<Utc>>,
        /// When it should have begun after that.
        planned_at: DateTime<Utc>,
        /// How many of its runs have failed meanwhile, and what the last one said.
        failures: i64,
        /// What the last one said.
        said: Option<String>,
        /// The last run's row, for the command that shows it.
        run: Option<i64>,
    },
    /// The evening mail of today has not left for all of its readers.
    MissingMail(Missing),
    /// The last run of a job has failed.
    Failed {
        /// Its name.
        job: String,
        /// When it began.
        at: DateTime<Utc>,
        /// Where.
        host: String,
        /// With which exit code.
        code: i16,
        /// What it said.
        said: String,
        /// How many in a row.
        times: i64,
        /// Its row.
        run: i64,
    },
    /// A run ended without a word.
    Killed {
        /// Of which job.
        job: String,
        /// When it began.
        at: DateTime<Utc>,
        /// Where.
        host: String,
        /// Its process.
        pid: i32,
        /// Its row.
        run: i64,
    },
    /// A run is at work for longer than any should.
    Hangs {
        /// Of which job.
        job: String,
        /// When it began.
        at: DateTime<Utc>,
        /// Where.
        host: String,
        /// Its process.
        pid: i32,
    },
    /// What a run has complained about.
    Complaint(Complaint),
    /// Runs hold back what is over the caps.
    OverCaps {
        /// How many the last one held back.
        count: i64,
    },
    /// Mails wait for too long.
    Waiting {
        /// For how long the oldest has.
        age: TimeDelta,
        /// How many wait.
        count: i64,
    },
    /// Messages wait for a channel that this configuration does not have.
    NoChannel {
        /// Its name.
        channel: String,
    },
    /// Mails were given up.
    MailsFailed {
        /// How many.
        count: i64,
        /// Where the last should have gone.
        address: String,
        /// What was answered.
        reply: String,
    },
    /// Nobody knows whether they arrived.
    MailsUnknown {
        /// How many.
        count: i64,
    },
    /// Held back.
    MailsHeld {
        /// How many.
        count: i64,
        /// Why the last one is.
        reason: String,
    },
    /// Senders have died with them, again and again.
    MailsStruck {
        /// How many.
        count: i64,
    },
    /// Hosts do the same jobs under different configurations.
    HostsDiffer(Vec<HostFacts>),
    /// What the server has committed does not survive a crash.
    NotDurable {
        /// The setting that is off.
        setting: &'static str,
    },
    /// A transaction keeps the server from clearing up.
    OldTransaction(Holder),
    /// A disk is nearly full.
    Disk {
        /// A folder on it.
        folder: String,
        /// Bytes that are free.
        free: u64,
        /// Bytes it has.
        size: u64,
    },
    /// Files that could not be imported lie there.
    FailedFiles {
        /// The folder.
        folder: String,
        /// How many.
        count: usize,
        /// The latest.
        newest: String,
    },
    /// An active type that will never speak.
    SilentType {
        /// Its key.
        key: String,
    },
    /// The configuration allows what is probably not meant.
    ConfigWarning {
        /// As `config validate` says it.
        text: String,
    },
    /// Acknowledged, still open, and about to speak again.
    Lapsing {
        /// How many.
        count: i64,
        /// The first of them.
        first_at: DateTime<Utc>,
    },
}

impl What {
    /// The name in JSON and for `--ignore`.
    pub fn key(&self) -> &'static str {
        match self {
            What::Guard { .. } => "guard",
            What::NeverRan { .. } => "never-ran",
            What::MissingMail(_) => "missing-mail",
            What::Late { .. } => "late",
            What::Failed { .. } => "failed-run",
            What::Killed { .. } => "killed-run",
            What::Hangs { .. } => "hanging-run",
            What::Complaint(_) => "trouble",
            What::OverCaps { .. } => "over-caps",
            What::Waiting { .. } => "waiting",
            What::NoChannel { .. } => "channel",
            What::MailsFailed { .. } => "failed",
            What::MailsUnknown { .. } => "unknown",
            What::MailsHeld { .. } => "held",
            What::MailsStruck { .. } => "struck",
            What::HostsDiffer(_) => "hosts",
            What::NotDurable { .. } => "durability",
            What::OldTransaction(_) => "transaction",
            What::Disk { .. } => "disk",
            What::FailedFiles { .. } => "import",
            What::SilentType { .. } => "silent-type",
            What::ConfigWarning { .. } => "config",
            What::Lapsing { .. } => "lapsing",
        }
    }

    /// All keys, for whoever asks which there are.
    pub const KEYS: [&'static str; 22] = [
        "guard",
        "never-ran",
        "late",
        "failed-run",
        "killed-run",
        "hanging-run",
        "trouble",
        "over-caps",
        "waiting",
        "channel",
        "failed",
        "unknown",
        "held",
        "struck",
        "hosts",
        "durability",
        "transaction",
        "disk",
        "import",
        "silent-type",
        "config",
        "lapsing",
    ];

    /// The command that helps, or shows more.
    pub fn command(&self) -> Option<String> {
        Some(match self {
            What::Guard { .. } => "wvl mail release".to_owned(),
            What::NeverRan { .. } => "wvl cron install".to_owned(),
            What::MissingMail(missing) => format!("wvl report {} --send", missing.report),
            What::Late { run: Some(run), failures: 1.., .. } | What::Failed { run, .. } | What::Killed { run, .. } => {
                format!("wvl runs show {run}")
            }
            What::Late { job, .. } => format!("wvl cron test {}", job.replace(' ', "-")),
            What::Hangs { job, .. } => format!("wvl runs list --job {}", job.replace(' ', "-")),
            What::Complaint(complaint) => return of_complaint(&complaint.text),
            What::OverCaps { .. } => "wvl escalate run --dry-run".to_owned(),
            What::Waiting { .. } => "wvl mail flush".to_owned(),
            What::NoChannel { .. } => "wvl mail queue list --columns number,channel,address".to_owned(),
            What::MailsFailed { .. } => "wvl mail queue list --state failed".to_owned(),
            What::MailsUnknown { .. } => "wvl mail resolve".to_owned(),
            What::MailsHeld { .. } => "wvl mail queue list --state held".to_owned(),
            What::MailsStruck { .. } => {
                "wvl mail queue list --columns number,address,subject,strikes,sender".to_owned()
            }
            What::HostsDiffer(_) => "wvl config show".to_owned(),
            What::NotDurable { .. } => return None,
            What::OldTransaction(Holder { kind, application, .. }) if kind == "prepared" => {
                // whoever may prepare a transaction chooses its name, and an administrator pastes the line
                let statement = format!("rollback prepared '{}'", application.replace('\'', "''"));
                format!("wvl db psql -c {}", quoted(&statement))
            }
            What::OldTransaction(Holder { kind, pid, .. }) if kind == "session" => {
                format!("wvl db psql -c \"select pg_terminate_backend({pid})\"")
            }
            What::OldTransaction(_) => {
                "wvl db psql -c \"select slot_name, active from pg_replication_slots\"".to_owned()
            }
            What::Disk { .. } => return None,
            What::FailedFiles { folder, .. } => format!("ls -l {}", quoted(folder)),
            What::SilentType { .. } => "wvl escalate types --active".to_owned(),
            What::ConfigWarning { .. } => "wvl config validate".to_owned(),
            What::Lapsing { .. } => "wvl escalate list --acknowledged".to_owned(),
        })
    }
}

/// The command for a trouble that a run has told, by what it speaks of.
fn of_complaint(text: &str) -> Option<String> {
    let number_behind = |words: &str| -> Option<u64> {
        let rest = &text[text.find(words)? + words.len()..];
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    if let Some(number) = number_behind("employee ") {
        return Some(if text.contains("does not exist") || text.contains("there is no employee") {
            "wvl employee list".to_owned()
        } else {
            format!("wvl employee show {number}")
        });
    }
    match text {
        _ if text.contains("calendar “") => Some("wvl config show".to_owned()),
        _ if text.contains("there is no team") => Some("wvl team list".to_owned()),
        _ if text.contains("left out") || text.contains("cannot be read") => Some("wvl config validate".to_owned()),
        _ if text.contains("fallback") || text.contains("company heads") => Some("wvl escalate types".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shell that the line is pasted into hands on what somebody else has chosen, and runs nothing of it.
    #[test]
    fn a_command_to_be_pasted_says_what_it_means() {
        let arguments = |what: What| {
            let line =
                what.command().unwrap().replace("wvl db psql -c", "printf '%s|'").replace("ls -l", "printf '%s|'");
            let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let prepared = |gid: &str| {
            What::OldTransaction(Holder {
                pid: 0,
                role: "eve".into(),
                application: gid.into(),
                seconds: None,
                transactions: 0,
                kind: "prepared".into(),
            })
        };
        for (gid, statement) in [
            ("move-7", "rollback prepared 'move-7'|"),
            ("it's", "rollback prepared 'it''s'|"),
            ("$(echo x)`echo y`\";echo z", "rollback prepared '$(echo x)`echo y`\";echo z'|"),
        ] {
            assert_eq!(arguments(prepared(gid)), statement);
        }
        let folder = "/srv/in coming/$(echo x)'/failed".to_owned();
        let what = What::FailedFiles { folder: folder.clone(), count: 1, newest: "a.csv".into() };
        assert_eq!(arguments(what), format!("{folder}|"));
    }

    #[test]
    fn a_trouble_leads_to_the_record_it_speaks_of() {
        for (text, command) in [
            ("employee 105 has no usable address", Some("wvl employee show 105")),
            ("there is no employee 99 to write to", Some("wvl employee list")),
            ("escalation.company_heads names employee 9, who does not exist", Some("wvl employee list")),
            ("there is no team “Netz” to write to", Some("wvl team list")),
            ("cars:7: its due date is infinite, left out", Some("wvl config validate")),
            ("something else", None),
        ] {
            assert_eq!(of_complaint(text).as_deref(), command, "{text}");
        }
    }
}
