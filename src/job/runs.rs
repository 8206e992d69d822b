//! The diary as people read it: which job ran when, where and how it ended, and which runs never came to an end.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::register::{Filter, Wording};

/// No job takes longer: what has no end by then was killed, also on a host that nobody can ask.
const LONGEST_RUN: TimeDelta = TimeDelta::hours(24);

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Running,
    /// It has not ended, and ran on a host whose processes cannot be asked.
    Open,
    /// It never came to an end: killed, or the machine went down.
    Aborted,
    /// Everything was done.
    Ok,
    /// Some items failed.
    Partial,
    /// Nothing was done.
    Failed,
    /// Another run was at work.
    Busy,
}

impl State {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Open => "open",
            State::Aborted => "aborted",
            State::Ok => "ok",
            State::Partial => "partial",
            State::Failed => "failed",
            State::Busy => "busy",
        }
    }

    fn in_words(self, wording: Wording) -> &'static str {
        match (wording, self) {
            (Wording::Office, State::Running) => "läuft",
            (Wording::Office, State::Open) => "ohne Ende",
            (Wording::Office, State::Aborted) => "abgebrochen",
            (Wording::Office, State::Ok) => "erledigt",
            (Wording::Office, State::Partial) => "teilweise",
            (Wording::Office, State::Failed) => "fehlgeschlagen",
            (Wording::Office, State::Busy) => "war belegt",
            (_, state) => state.as_str(),
        }
    }

    /// Whether somebody should look at it.
    pub fn is_failure(self) -> bool {
        matches!(self, State::Aborted | State::Partial | State::Failed)
    }
}

/// One run.
#[derive(Clone, Debug, QueryableByName)]
pub struct Run {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// `escalate run`.
    #[diesel(sql_type = Text)]
    pub job: String,
    /// Where.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// Process.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// Start.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// End.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    /// Exit code.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub exit_code: Option<i16>,
    /// What it did, in numbers.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub counts: Option<Value>,
    /// What was wrong.
    #[diesel(sql_type = Nullable<Text>)]
    pub message: Option<String>,
    /// Under which configuration.
    #[diesel(sql_type = Nullable<Text>)]
    pub config_hash: Option<String>,
    #[diesel(sql_type = Bool)]
    is_followed: bool,
}

/// Which runs are asked for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// This one alone.
    pub id: Option<i64>,
    /// Of this job.
    pub job: Option<String>,
    /// On this host.
    pub host: Option<String>,
    /// Only what went wrong.
    pub failed: bool,
    /// Range, text and number of the latest rows.
    pub filter: Filter,
}

/// What is known where the question is asked.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    /// The name of this machine.
    pub host: &'a str,
    /// Whether a process of this machine is a wvl that runs.
    pub is_alive: &'a dyn Fn(i32) -> bool,
    /// Now, by the database.
    pub now: DateTime<Utc>,
}

impl Run {
    /// How it stands, as far as that can be known here.
    pub fn state(&self, here: &Here<'_>) -> State {
        match self.outcome.as_deref() {
            Some("ok") => State::Ok,
            Some("partial") => State::Partial,
            Some("busy") => State::Busy,
            Some(_) => State::Failed,
            None if self.host == here.host => match (here.is_alive)(self.pid) {
                true => State::Running,
                false => State::Aborted,
            },
            None if self.is_followed || here.now - self.started_at > LONGEST_RUN => State::Aborted,
            None => State::Open,
        }
    }

    /// Seconds from start to end, with a tenth.
    fn seconds(&self) -> Option<Decimal> {
        let took = self.finished_at.map(|end| end - self.started_at)?;
        Some(Decimal::new(took.num_milliseconds(), 3).round_dp(1).normalize())
    }
}

/// The runs that are asked for, oldest first.
pub fn load(connection: &mut PgConnection, question: &Question, here: &Here<'_>) -> Result<Vec<(Run, State)>> {
    let filter = &question.filter;
    let is_cut_here = question.failed;
    let runs: Vec<Run> = diesel::sql_query(include_str!("runs.sql"))
        .bind::<Nullable<BigInt>, _>(question.id)
        .bind::<Nullable<Text>, _>(&question.job)
        .bind::<Nullable<Text>, _>(&question.host)
        .bind::<Nullable<Timestamptz>, _>(filter.from)
        .bind::<Nullable<Timestamptz>, _>(filter.to)
        .bind::<Nullable<Text>, _>(&filter.search)
        .bind::<Bool, _>(question.failed)
        .bind::<Nullable<BigInt>, _>(filter.limit.filter(|_| !is_cut_here))
        .load(connection)?;
    let judged = runs.into_iter().map(|run| {
        let state = run.state(here);
        (run, state)
    });
    let wanted = judged.filter(|(_, state)| !question.failed || state.is_failure());
    let most = filter.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let mut runs: Vec<(Run, State)> = wanted.take(most).collect();
    runs.reverse();
    Ok(runs)
}

/// Runs in the words of whoever reads them.
#[derive(Clone, Debug)]
pub struct RunList {
    /// The runs.
    pub runs: Vec<(Run, State)>,
    /// For instants.
    pub zone: Tz,
    /// In whose words.
    pub wording: Wording,
    /// Every field, of one run.
    pub is_whole: bool,
}

impl Output for RunList {
    fn title(&self) -> &str {
        "Läufe"
    }

    fn table(&self) -> Table {
        let mut columns = vec![
            column("id", "Nr."),
            column("job", "Job"),
            column("started_at", "Beginn"),
            column("seconds", "Sekunden"),
            column("state", "Ergebnis"),
            column("exit_code", "Code"),
            column("counts", "Zahlen").optional(),
            column("message", "Meldung").optional(),
            column("host", "Rechner").optional(),
        ];
        let whole = [column("finished_at", "Ende"), column("pid", "Prozess"), column("config_hash", "Konfiguration")];
        columns.extend(whole.into_iter().map(|column| if self.is_whole { column } else { column.optional() }));
        let mut table = Table::new(columns);
        for (run, state) in &self.runs {
            table.push(vec![
                Cell::Int(run.id),
                Cell::Text(run.job.clone()),
                Cell::instant(Some(run.started_at), self.zone),
                run.seconds().map_or(Cell::Empty, Cell::Number),
                Cell::Text(state.in_words(self.wording).to_owned()),
                run.exit_code.map_or(Cell::Empty, |code| Cell::Int(i64::from(code))),
                counts(run.counts.as_ref(), self.wording),
                Cell::text(run.message.as_deref().map(|text| self.message(text))),
                Cell::Text(run.host.clone()),
                Cell::instant(run.finished_at, self.zone),
                Cell::Int(i64::from(run.pid)),
                Cell::text(run.config_hash.as_deref().map(|hash| self.hash(hash))),
            ]);
        }
        table
    }

    fn parts(&self) -> Vec<(&str, Table)> {
        let message = self.runs.first().and_then(|(run, _)| run.message.as_deref()).filter(|_| self.is_whole);
        let mut table = Table::new(vec![column("line", "Zeile")]);
        // a message of one line stands above
        for line in message.filter(|text| text.lines().nth(1).is_some()).into_iter().flat_map(str::lines) {
            table.push(vec![Cell::Text(line.to_owned())]);
        }
        vec![("Meldung", table)]
    }
}

impl RunList {
    /// For people the first line, with how many follow.
    fn message(&self, text: &str) -> String {
        let more = text.lines().count().saturating_sub(1);
        match text.lines().next() {
            Some(first) if more > 0 && self.wording != Wording::Stored => format!("{first} (+{more})"),
            _ => text.to_owned(),
        }
    }

    /// Enough of it to see who differs.
    fn hash(&self, hash: &str) -> String {
        let shown = if self.is_whole || self.wording == Wording::Stored { hash.len() } else { 8 };
        hash.chars().take(shown).collect()
    }
}

/// `mails 3, steps 5` for people, without what is nothing; as it is for programs.
fn counts(counts: Option<&Value>, wording: Wording) -> Cell {
    match counts {
        Some(Value::Object(object)) if wording != Wording::Stored => {
            let told = object.iter().filter(|(_, value)| **value != 0 && **value != true);
            let told: Vec<String> = told.map(|(name, value)| format!("{name} {value}")).collect();
            Cell::text(Some(told.join(", ")).filter(|told| !told.is_empty()))
        }
        Some(other) => Cell::Json(other.clone()),
        None => Cell::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(host: &str, outcome: Option<&str>, hours: i64, is_followed: bool) -> Run {
        let started_at = DateTime::UNIX_EPOCH - TimeDelta::hours(hours);
        Run {
            id: 1,
            job: "mail flush".to_owned(),
            host: host.to_owned(),
            pid: 7,
            started_at,
            finished_at: None,
            outcome: outcome.map(str::to_owned),
            exit_code: None,
            counts: None,
            message: None,
            config_hash: None,
            is_followed,
        }
    }

    #[test]
    fn what_has_no_end_is_judged_by_what_is_known() {
        let state = |run: Run, alive: bool| {
            let is_alive = move |_| alive;
            run.state(&Here { host: "erp", is_alive: &is_alive, now: DateTime::UNIX_EPOCH })
        };
        assert_eq!(state(run("erp", None, 1, false), true), State::Running);
        assert_eq!(state(run("erp", None, 1, true), false), State::Aborted);
        assert_eq!(state(run("other", None, 1, false), false), State::Open);
        assert_eq!(state(run("other", None, 1, true), false), State::Aborted);
        assert_eq!(state(run("other", None, 25, false), false), State::Aborted);
        assert_eq!(state(run("other", Some("busy"), 25, false), false), State::Busy);
        assert_eq!(state(run("erp", Some("partial"), 1, false), false), State::Partial);
    }
}
