//! Which jobs there are, what they are for, and when they run unless somebody says otherwise.

/// A command made for cron.
#[derive(Debug)]
pub struct Job {
    /// Noun and verb of the command, `escalate run`; the same stands in the diary.
    pub name: &'static str,
    /// What cron calls: the name, and what makes a job of a command that prints otherwise.
    pub command: &'static str,
    /// Its section in the configuration (`[job.escalate-run]`) and its name for `cron test`.
    pub key: &'static str,
    /// What it does, for the office, in one line.
    pub about: &'static str,
    /// When it runs if the configuration says nothing, in cron's five fields; none: only by hand.
    pub schedule: Option<&'static str>,
}

/// Reminds of what is overdue.
pub static ESCALATE_RUN: Job = Job {
    name: "escalate run",
    command: "escalate run",
    key: "escalate-run",
    about: "erinnert an alles, was überfällig ist, und verschickt die Mails",
    schedule: Some("*/10 * * * *"),
};

/// Sends what is queued.
pub static MAIL_FLUSH: Job = Job {
    name: "mail flush",
    command: "mail flush",
    key: "mail-flush",
    about: "verschickt, was noch wartet oder zurückgestellt wurde",
    schedule: Some("*/5 * * * *"),
};

/// Imports the files of a folder.
pub static IMPORT_RUN: Job = Job {
    name: "import run",
    command: "import run",
    key: "import-run",
    about: "liest die Dateien ein, die andere Programme in den Ordner gelegt haben",
    schedule: Some("*/15 * * * *"),
};

/// Forgets what is long over.
pub static ESCALATE_PURGE: Job = Job {
    name: "escalate purge",
    command: "escalate purge",
    key: "escalate-purge",
    about: "löscht die Geschichte von lange Erledigtem und alte Einträge im Tagebuch der Jobs",
    schedule: Some("30 4 * * *"),
};

/// Begins without a flood; nothing for cron, but a run to be remembered.
pub static ESCALATE_BASELINE: Job = Job {
    name: "escalate baseline",
    command: "escalate baseline",
    key: "escalate-baseline",
    about: "hält beim Start fest, was schon überfällig ist, ohne Mails",
    schedule: None,
};

/// Copies everything into a file; by itself only where `[job.db-dump]` names a folder.
pub static DB_DUMP: Job = Job {
    name: "db dump",
    command: "db dump",
    key: "db-dump",
    about: "sichert die Datenbank in eine Datei",
    schedule: Some("15 3 * * *"),
};

/// Tells the heads of the company how the day was.
pub static REPORT_GF_DAILY: Job = Job {
    name: "report gf-daily",
    command: "report gf-daily --send",
    key: "report-gf-daily",
    about: "schreibt der Geschäftsleitung am Abend, wie der Tag war, einmal an jedem Arbeitstag",
    schedule: Some("*/10 * * * *"),
};

/// Tells departments, and employees about themselves.
pub static REPORT_DEPARTMENT_DAILY: Job = Job {
    name: "report department-daily",
    command: "report department-daily --send",
    key: "report-department-daily",
    about: "dasselbe für die Abteilungen",
    schedule: Some("*/10 * * * *"),
};

/// All jobs, in the order in which a crontab lists them.
pub static JOBS: [&Job; 8] = [
    &ESCALATE_RUN,
    &MAIL_FLUSH,
    &REPORT_GF_DAILY,
    &REPORT_DEPARTMENT_DAILY,
    &IMPORT_RUN,
    &ESCALATE_PURGE,
    &ESCALATE_BASELINE,
    &DB_DUMP,
];

/// The job of this name: `escalate-run`, or `escalate run`.
pub fn named(name: &str) -> Option<&'static Job> {
    JOBS.into_iter().find(|job| job.key == name || job.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_name_in_one_word() {
        for job in JOBS {
            assert_eq!(job.key, job.name.replace(' ', "-"));
            assert!(std::ptr::eq(named(job.key).unwrap(), job) && std::ptr::eq(named(job.name).unwrap(), job));
        }
        assert!(named("escalate").is_none());
    }
}
