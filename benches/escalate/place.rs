//! One demo with its database: loading, the way back to what was loaded, one run.
//!
//! Nothing of a round is taken back before the next one: each comes on a later working day, when so many other offers have
//! become due, as in life. The hours of the later stages are stretched, so that what was told in one round is silent in the
//! others. Only the next call of the benchmark goes back to the day of the load.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{Datelike, Days, NaiveDate};

use crate::Outcome;

/// As many rounds are prepared, each with offers of its own.
pub const MOST_ROUNDS: usize = 10;

/// The release binary, where cargo puts it.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");

/// The Friday on which everything is loaded. Four weeks without a holiday follow.
const LOADED_ON: &str = "2026-11-20";

/// No other document becomes due in these days after the load.
const QUIET_DAYS: u32 = 40;

/// How many documents, and of which kind.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// All of them, open.
    pub size: u64,
    /// Offers that become due in each round.
    pub due: u64,
    /// Offers at stage 3, told of on the day before the load.
    pub backlog: u64,
}

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From the start of the process to its end.
    pub time: Duration,
    /// The most memory it ever had resident.
    pub peak_kilobytes: u64,
}

/// A demo in a folder of its own.
pub struct Place {
    /// Its name in tables.
    pub name: &'static str,
    /// What was loaded; nothing: the demo's company as it is.
    pub load: Option<Load>,
    folder: PathBuf,
    psql: PathBuf,
}

impl Place {
    /// Starts the demo, and loads it unless that has been done before.
    pub fn open(name: &'static str, load: Option<Load>) -> Outcome<Place> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
        std::fs::create_dir_all(&folder)?;
        let psql = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
        let psql = psql.map_or_else(PathBuf::new, |output| String::from_utf8_lossy(&output.stdout).trim().into());
        let place = Place { name, load, folder, psql: psql.join("psql") };
        let folder = place.folder.to_string_lossy().into_owned();
        if load.is_some() {
            place.configure("")?;
        }
        place.wvl(&["demo", "start", "--quiet", "--as-of", &at(loaded_on(), 7), "--folder", &folder])?;
        if let Some(load) = load {
            place.load(load)?;
        }
        Ok(place)
    }

    /// Stops its server.
    pub fn stop(&self) -> Outcome<()> {
        self.wvl(&["demo", "stop", "--quiet", "--folder", &self.folder.to_string_lossy()]).map(drop)
    }

    /// Its configuration file.
    fn config(&self) -> PathBuf {
        self.folder.join("wvl.toml")
    }

    /// The folder of its database.
    pub fn state(&self) -> PathBuf {
        self.folder.join("database")
    }

    /// A file for rows on their way.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.copy"))
    }

    /// Configures one mail for each item, no caps, and these sections of types.
    pub fn configure(&self, sections: &str) -> Outcome<()> {
        let text = format!(
            "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n\
             [mail]\nmode = \"live\"\ntransport = \"maildir\"\nmaildir = \"Maildir\"\nsigning_keys_file = \"signing-keys\"\n\
             [escalation]\ncompany_heads = [101]\nmax_mails_per_run = 0\nmax_mails_per_recipient = 0\n{sections}"
        );
        Ok(std::fs::write(self.config(), text)?)
    }

    fn load(&self, load: Load) -> Outcome<()> {
        let Load { size, due, backlog } = load;
        let key = format!("{size} {due} {backlog} {LOADED_ON}");
        self.sql("CREATE SCHEMA IF NOT EXISTS bench; CREATE TABLE IF NOT EXISTS bench.loaded (what text)")?;
        if self.answer("SELECT max(what) FROM bench.loaded")? == key {
            return Ok(());
        }
        let started = Instant::now();
        self.sql(
            "TRUNCATE bench.loaded; DROP TABLE IF EXISTS bench.chains, bench.last_step;
             TRUNCATE wvl.documents, wvl.partners, wvl.escalation_chains, wvl.escalation_steps, wvl.outbox_messages CASCADE",
        )?;
        let (size, backlog) = (size.to_string(), backlog.to_string());
        let arguments = ["demo", "load", "--quiet", "--size", &size, "--due", "0", "--backlog", &backlog];
        self.wvl(&[&arguments[..], &["--as-of", &at(loaded_on(), 7)]].concat())?;
        self.sql(&self.prepare_rounds(due))?;
        self.sql(
            "CREATE TABLE bench.chains AS TABLE wvl.escalation_chains;
             CREATE TABLE bench.last_step AS SELECT max(id) AS id FROM wvl.escalation_steps",
        )?;
        self.sql("VACUUM (ANALYZE) wvl.documents, wvl.document_lines, wvl.partners, wvl.escalation_chains, wvl.escalation_steps")?;
        self.sql(&format!("INSERT INTO bench.loaded VALUES ('{key}')"))?;
        println!("{}: {size} documents loaded in {:.0} s", self.name, started.elapsed().as_secs_f64());
        Ok(())
    }

    /// So many offers for each round, due on its day; nothing else becomes due on these days.
    fn prepare_rounds(&self, due: u64) -> String {
        let days: Vec<String> = (0..MOST_ROUNDS).map(|round| format!("'{}'", due_day(round))).collect();
        format!(
            "SET timezone = 'Europe/Berlin';
             UPDATE wvl.documents SET follow_up_at = follow_up_at + interval '{QUIET_DAYS} days'
             WHERE follow_up_at BETWEEN '{LOADED_ON}' AND timestamptz '{LOADED_ON}' + interval '{QUIET_DAYS} days';
             UPDATE wvl.documents
             SET commissioning_due_at = commissioning_due_at + interval '{QUIET_DAYS} days',
                 delivery_due_at = delivery_due_at + interval '{QUIET_DAYS} days',
                 payment_due_at = payment_due_at + interval '{QUIET_DAYS} days'
             WHERE least(commissioning_due_at, delivery_due_at, payment_due_at)
                 < timestamptz '{LOADED_ON}' + interval '{QUIET_DAYS} days';
             UPDATE wvl.documents d SET follow_up_at = (ARRAY[{}]::timestamptz[])[1 + offers.n / {due}]
             FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM wvl.documents
                 WHERE kind = 'offer' AND follow_up_at > '{LOADED_ON}' ORDER BY id LIMIT {}) AS offers
             WHERE offers.id = d.id;",
            days.join(", "),
            MOST_ROUNDS as u64 * due
        )
    }

    /// Back to the day of the load, as if nothing had been run since.
    pub fn reset(&self) -> Outcome<()> {
        if self.load.is_none() {
            return Ok(());
        }
        self.sql(
            "DROP SCHEMA IF EXISTS floor CASCADE;
             TRUNCATE wvl.escalation_marks, wvl.escalation_searches, wvl.escalation_chains, wvl.escalation_step_messages,
                 wvl.outbox_messages, wvl.outbox_recipients, wvl.job_runs;
             INSERT INTO wvl.escalation_chains SELECT * FROM bench.chains;
             -- nobody's offers wait because he or she is away
             DELETE FROM wvl.absences;
             UPDATE wvl.employees SET working_days = NULL;
             DELETE FROM wvl.escalation_steps WHERE id > (SELECT id FROM bench.last_step)",
        )?;
        self.sql("VACUUM (ANALYZE) wvl.escalation_chains, wvl.escalation_steps")
    }

    /// Opens the collections of all types, as a new collect time does.
    pub fn open_collections(&self) -> Outcome<()> {
        self.sql("UPDATE wvl.escalation_marks SET collected_at = collected_at - interval '1 day'")
    }

    /// One run at the hour of a day, and what it cost.
    pub fn run(&self, day: NaiveDate, hour: u32) -> Outcome<Cost> {
        let mut command = Command::new(WVL);
        command.args(["escalate", "run", "--no-flush", "--as-of", &at(day, hour)]);
        let started = Instant::now();
        let mut child = command.env("WVL_CONFIG", self.config()).stdout(Stdio::null()).spawn()?;
        let status_file = format!("/proc/{}/status", child.id());
        let watcher = std::thread::spawn(move || {
            let mut peak_kilobytes = 0;
            // a process that has ended has no such file, or one without this line
            while let Some(kilobytes) = std::fs::read_to_string(&status_file).ok().as_deref().and_then(high_water) {
                peak_kilobytes = peak_kilobytes.max(kilobytes);
                std::thread::sleep(Duration::from_millis(2));
            }
            peak_kilobytes
        });
        let status = child.wait()?;
        let time = started.elapsed();
        // 3: the company has troubles of its own, told once a day
        if !matches!(status.code(), Some(0 | 3)) {
            return Err(format!("{}: escalate run ended with {status}", self.name).into());
        }
        Ok(Cost { time, peak_kilobytes: watcher.join().map_err(|_| "the watcher of the memory broke down")? })
    }

    /// Writes everything to disk now, so that nobody pays for it later.
    pub fn checkpoint(&self) -> Outcome<()> {
        self.as_superuser("CHECKPOINT")
    }

    /// A statement as the superuser of the private cluster, whom only the cluster's own user can become.
    pub fn as_superuser(&self, statement: &str) -> Outcome<()> {
        let url = self.wvl(&["db", "url"])?.replacen("//wvl@", "//postgres@", 1);
        let psql = self.psql.to_string_lossy();
        let command = [&*psql, "-X", "-q", "-d", &url, "-c", statement];
        let is_root = self.state().join("data").metadata().is_ok_and(|state| is_of_another(&state));
        let prefix: &[&str] = if is_root { &["runuser", "-u", "postgres", "--"] } else { &[] };
        let all = [prefix, &command[..]].concat();
        let output = Command::new(all[0]).args(&all[1..]).current_dir("/").output()?;
        if !output.status.success() {
            return Err(format!("{statement}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(())
    }

    /// The version of the server.
    pub fn server_version(&self) -> Outcome<String> {
        self.answer("SELECT current_setting('server_version')")
    }

    /// A number from the database.
    pub fn number(&self, question: &str) -> Outcome<u64> {
        Ok(self.answer(question)?.parse()?)
    }

    fn answer(&self, question: &str) -> Outcome<String> {
        let quiet = "SET client_min_messages = warning";
        self.wvl(&["db", "psql", "--", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", quiet, "-c", question])
    }

    /// Statements without an answer, one transaction.
    pub fn sql(&self, statements: &str) -> Outcome<()> {
        self.answer(&format!("{statements};")).map(drop)
    }

    /// Wall time of a script in a psql of its own, its start included as it is for a run.
    pub fn timed_psql(&self, script: &str) -> Outcome<Duration> {
        let file = self.folder.join("script.sql");
        std::fs::write(&file, script)?;
        let url = self.wvl(&["db", "url"])?;
        let mut command = Command::new(&self.psql);
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-f"]).arg(&file).stdout(Stdio::null());
        let started = Instant::now();
        let status = command.status()?;
        let time = started.elapsed();
        if status.success() { Ok(time) } else { Err(format!("{}: the script failed", self.name).into()) }
    }

    fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(WVL);
        let output = command.args(arguments).env("WVL_CONFIG", self.config()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("wvl {} failed: {}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// The day of the load.
pub fn loaded_on() -> NaiveDate {
    LOADED_ON.parse().unwrap_or_default()
}

/// The working day on which the offers of a round are due; their first stage comes at 14:00 of the next one.
pub fn due_day(round: usize) -> NaiveDate {
    working_days().nth(round).unwrap_or_default()
}

/// The day of a round.
pub fn run_day(round: usize) -> NaiveDate {
    due_day(round + 1)
}

/// After the load.
fn working_days() -> impl Iterator<Item = NaiveDate> {
    let days = loaded_on().checked_add_days(Days::new(1)).into_iter().flat_map(|day| day.iter_days());
    days.filter(|day| day.weekday().num_days_from_monday() < 5)
}

fn at(day: NaiveDate, hour: u32) -> String {
    format!("{day}T{hour:02}:00")
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn is_of_another(folder: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = std::fs::metadata("/proc/self").map(|process| process.uid());
    own.is_ok_and(|own| own != folder.uid())
}
