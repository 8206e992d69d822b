//! One demo with its database: loading, the way back to what was loaded, one run.
//!
//! Nothing of a round is taken back before the next one: each comes on a later working day, when so many other offers have
//! become due, as in life. The hours of the later stages are stretched, so that what was told in one round is silent in the
//! others. Only the next call of the benchmark goes back to the day of the load.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{Datelike, Days, NaiveDate};

use crate::Outcome;
use crate::cost::{Cost, cost};
use crate::installation::Installation;

/// As many rounds are prepared, each with offers of its own.
pub const MOST_ROUNDS: usize = 10;

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

/// A demo in a folder of its own.
pub struct Place {
    /// Its name in tables.
    pub name: &'static str,
    /// What was loaded; nothing: the demo's company as it is.
    pub load: Option<Load>,
    installation: Installation,
}

impl Place {
    /// Starts the demo, and loads it unless that has been done before.
    pub fn open(name: &'static str, load: Option<Load>) -> Outcome<Place> {
        let place = Place { name, load, installation: Installation::open(name)? };
        if load.is_some() {
            place.configure("")?;
        }
        place.wvl(&["demo", "start", "--quiet", "--as-of", &at(loaded_on(), 7), "--folder", &place.folder()])?;
        if let Some(load) = load {
            place.load(load)?;
        }
        Ok(place)
    }

    /// Stops its server.
    pub fn stop(&self) -> Outcome<()> {
        self.wvl(&["demo", "stop", "--quiet", "--folder", &self.folder()]).map(drop)
    }

    fn folder(&self) -> String {
        self.installation.folder.to_string_lossy().into_owned()
    }

    /// The folder of its database.
    pub fn state(&self) -> PathBuf {
        self.installation.file("database")
    }

    /// A file for rows on their way.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.installation.file(&format!("{name}.copy"))
    }

    /// Configures one mail for each item, no caps, and these sections of types.
    pub fn configure(&self, sections: &str) -> Outcome<()> {
        let text = format!(
            "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n\
             [mail]\nmode = \"live\"\ntransport = \"maildir\"\nmaildir = \"Maildir\"\nsigning_keys_file = \"signing-keys\"\n\
             [escalation]\ncompany_heads = [101]\nmax_mails_per_run = 0\nmax_mails_per_recipient = 0\n{sections}"
        );
        Ok(std::fs::write(self.installation.file("wvl.toml"), text)?)
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
        let mut command = self.installation.command(&["escalate", "run", "--no-flush", "--as-of", &at(day, hour)]);
        let (cost, output) = cost(command.stdout(Stdio::null()))?;
        // 3: the company has troubles of its own, told once a day
        if !matches!(output.status.code(), Some(0 | 3)) {
            return Err(format!("{}: escalate run ended with {}", self.name, output.status).into());
        }
        Ok(cost)
    }

    /// Writes everything to disk now, so that nobody pays for it later.
    pub fn checkpoint(&self) -> Outcome<()> {
        self.installation.checkpoint()
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
        self.installation.answer(question)
    }

    /// Statements without an answer, one transaction.
    pub fn sql(&self, statements: &str) -> Outcome<()> {
        self.installation.sql(statements)
    }

    /// Wall time of a script in a psql of its own, its start included as it is for a run.
    pub fn timed_psql(&self, script: &str) -> Outcome<Duration> {
        let file = self.installation.file("script.sql");
        std::fs::write(&file, script)?;
        let mut command = self.installation.psql()?;
        command.arg("-f").arg(&file).stdout(Stdio::null());
        let started = Instant::now();
        let status = command.status()?;
        let time = started.elapsed();
        if status.success() { Ok(time) } else { Err(format!("{}: the script failed", self.name).into()) }
    }

    fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        self.installation.wvl(arguments)
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
