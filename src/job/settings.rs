//! `[job]` and `[job.NAME]`: when jobs run, who watches them, and how long the diary keeps them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::catalog::{DB_DUMP, JOBS, Job};
use super::schedule::Schedule;
use crate::config::{Secret, Section};

/// `[job]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSettings {
    /// How many days a run stays in the diary.
    pub keep_days: u32,
    /// How long all that is said to a monitor may delay a job.
    pub ping_timeout: Duration,
    /// How long the command that hears of failures may take.
    pub on_error_timeout: Duration,
    /// What is set for each job that runs by itself, by its key.
    pub jobs: BTreeMap<&'static str, JobRules>,
    /// Where dumps lie that name no file of their own; none: in the current folder, and none is made by itself.
    pub dump: Option<DumpFolder>,
}

/// What `[job.db-dump]` has beside the rules of every job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpFolder {
    /// The folder.
    pub folder: PathBuf,
    /// How many dumps stay in it.
    pub keep: u32,
}

/// `[job.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRules {
    /// When it runs; none: not at all.
    pub schedule: Option<Schedule>,
    /// Where a monitor listens.
    pub ping_url: Option<Secret>,
    /// What runs when it fails.
    pub on_error: Option<OnError>,
}

/// A program of the administrator's that hears of failures.
#[derive(Clone, PartialEq, Eq)]
pub struct OnError {
    /// Program and arguments; no shell is involved. Never empty.
    pub argv: Vec<String>,
    /// The configuration file that names it, whose owner must be trusted.
    pub config: PathBuf,
}

impl std::fmt::Debug for OnError {
    /// Names the program; its arguments may be secret in themselves.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OnError({})", self.argv.first().map_or("", String::as_str))
    }
}

impl JobSettings {
    /// What is set for a job; none: it runs by hand alone.
    pub fn of(&self, job: &Job) -> Option<&JobRules> {
        self.jobs.get(job.key)
    }

    /// The jobs that run by themselves and when, in the order of the catalog.
    pub fn scheduled(&self) -> impl Iterator<Item = (&'static Job, &Schedule)> {
        JOBS.into_iter().filter_map(|job| Some((job, self.of(job)?.schedule.as_ref()?)))
    }
}

/// Reads the section.
pub fn read(section: &mut Section<'_>) -> JobSettings {
    let keep_days = section.integer("keep_days", 90, 1..=36_500);
    let ping = section.integer("ping_timeout_seconds", 5, 1..=60);
    let on_error = section.integer("on_error_timeout_seconds", 30, 1..=600);
    let of_all = read_on_error(section);
    let (mut jobs, mut dump) = (BTreeMap::new(), None);
    for job in JOBS {
        if let Some(usual) = job.schedule {
            let mut own = section.section(job.key);
            if std::ptr::eq(job, &DB_DUMP) {
                dump = read_dump(&mut own);
            }
            jobs.insert(job.key, read_rules(&mut own, usual, of_all.as_ref()));
        }
    }
    let seconds = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    JobSettings {
        keep_days: u32::try_from(keep_days).unwrap_or(u32::MAX),
        ping_timeout: seconds(ping),
        on_error_timeout: seconds(on_error),
        jobs,
        dump,
    }
}

fn read_dump(section: &mut Section<'_>) -> Option<DumpFolder> {
    let folder = section.path("folder");
    let keep = u32::try_from(section.integer("keep", 14, 1..=10_000)).unwrap_or(u32::MAX);
    folder.map(|folder| DumpFolder { folder, keep })
}

fn read_rules(section: &mut Section<'_>, usual: &str, of_all: Option<&OnError>) -> JobRules {
    let usual = usual.parse().ok();
    let schedule = section.optional_parsed("schedule", usual, str::parse::<Schedule>);
    let ping_url = section.optional_masked("ping_url", masked);
    if ping_url.as_deref().is_some_and(|url| !is_address(url)) {
        section.wrong("ping_url", "it is no address such as https://hc-ping.com/your-uuid");
    }
    // an empty list takes the command of all jobs away
    let on_error = if section.has("on_error") { read_on_error(section) } else { silently(section, of_all) };
    JobRules { schedule, ping_url: ping_url.map(Secret::new), on_error }
}

/// The command of all jobs; the key exists here too.
fn silently(section: &mut Section<'_>, of_all: Option<&OnError>) -> Option<OnError> {
    section.command("on_error");
    of_all.cloned()
}

fn read_on_error(section: &mut Section<'_>) -> Option<OnError> {
    let argv = section.command("on_error");
    let config = section.file().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf()))?;
    match argv.first() {
        None => None,
        Some(program) if program.is_empty() || argv.iter().any(|argument| argument.contains('\0')) => {
            section.wrong("on_error", "the first item must be a program, and no item may hold a NUL");
            None
        }
        Some(_) => Some(OnError { argv, config }),
    }
}

/// Whoever knows the whole address can say that all is well: only the server is shown.
fn masked(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let server = server.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{server}/…")
        }
        None => "***".to_owned(),
    }
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let odd = |letter: char| !letter.is_ascii_graphic();
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', '@']) && !rest.contains(odd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Reader, Source};
    use crate::job::catalog::{ESCALATE_BASELINE, ESCALATE_RUN, MAIL_FLUSH};

    fn read_text(text: &str) -> (JobSettings, Vec<String>, Vec<String>) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let settings = read(&mut reader.root().section("job"));
        let found = reader.finish();
        let entries = found.entries.into_iter().map(|entry| format!("{} = {}", entry.key, entry.value)).collect();
        (settings, found.problems.iter().map(ToString::to_string).collect(), entries)
    }

    #[test]
    fn without_a_word_jobs_run_as_the_catalog_says() {
        let (settings, problems, _) = read_text("");
        assert_eq!(problems, [""; 0]);
        let scheduled: Vec<String> = settings.scheduled().map(|(job, when)| format!("{when} {}", job.key)).collect();
        assert_eq!(
            scheduled,
            [
                "*/10 * * * * escalate-run",
                "*/5 * * * * mail-flush",
                "*/10 * * * * report-gf-daily",
                "*/10 * * * * report-department-daily",
                "*/15 * * * * import-run",
                "30 4 * * * escalate-purge",
                "15 3 * * * db-dump",
            ]
        );
        assert_eq!((settings.of(&ESCALATE_BASELINE), &settings.dump), (None, &None));
        let (settings, problems, _) = read_text("[job.db-dump]\nfolder = \"/srv/wvl\"\nkeep = 3\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(settings.dump, Some(DumpFolder { folder: "/srv/wvl".into(), keep: 3 }));
    }

    #[test]
    fn an_address_of_a_monitor_is_never_shown() {
        let (settings, problems, entries) =
            read_text("[job.mail-flush]\nping_url = \"https://u:p@hc.example:8000/5a5a?x=1\"\nschedule = \"\"\n");
        assert_eq!(problems, [""; 0]);
        assert!(entries.contains(&"job.mail-flush.ping_url = https://hc.example:8000/…".to_owned()), "{entries:?}");
        assert!(!format!("{settings:?}").contains("5a5a"));
        assert_eq!(settings.of(&MAIL_FLUSH).unwrap().schedule, None);
        for wrong in ["hc.example/5a5a", "ftp://hc.example/5a5a", "https:///5a5a", "https://hc.example/ 5a5a"] {
            let (_, problems, entries) = read_text(&format!("[job.mail-flush]\nping_url = {wrong:?}\n"));
            assert_eq!(problems.len(), 1, "{wrong}");
            assert!(!problems[0].contains("5a5a") && !entries.concat().contains("5a5a"), "{wrong}");
        }
    }

    #[test]
    fn a_mistake_has_its_place() {
        let (_, problems, _) = read_text(
            "[job]\nkeep_days = 0\n[job.escalate-run]\nschedule = \"*/5\"\n[job.escalate-rum]\n\
             [job.mail-flush]\non_error = [\"\"]\n",
        );
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[1].starts_with("wvl.toml:4:12: job.escalate-run.schedule: \"*/5\" has not 5 fields but 1"));
        assert!(problems[2].contains("did you mean \"escalate-run\"?"), "{problems:?}");
    }

    #[test]
    fn one_command_hears_of_all_jobs_unless_a_job_says_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wvl.toml");
        std::fs::write(&file, "[job]\non_error = [\"mail\", \"geheim\"]\n[job.mail-flush]\non_error = []\n").unwrap();
        let reader = Reader::new(&Source::find(Some(&file), None, None).unwrap());
        let settings = read(&mut reader.root().section("job"));
        let of = |job| settings.of(job).unwrap().on_error.as_ref();
        assert_eq!(of(&ESCALATE_RUN).unwrap().argv, ["mail", "geheim"]);
        assert_eq!(of(&MAIL_FLUSH), None);
        assert!(!format!("{settings:?}").contains("geheim"));
    }
}
