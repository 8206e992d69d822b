//! What the database knows about how wvl is doing: few set-wise statements on one snapshot, nothing decided.
//!
//! None of them looks at a register: what they cost depends on the diary of a day and on what waits, not on how many
//! documents are open or how many mails were delivered.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz};

use crate::error::Result;

/// Complaints and killed runs count for so long: a bit more than a day, as a run repeats what is still wrong once a day.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(26);
/// A failed mail counts for so long: over a weekend.
pub const FAILED_COUNT_FOR: TimeDelta = TimeDelta::days(3);
/// An acknowledgement that lapses within this time is named.
const LAPSING_WITHIN: TimeDelta = TimeDelta::days(1);

/// The server and the schema.
#[derive(Clone, Debug, QueryableByName)]
pub struct Server {
    /// As it says itself: `15.18`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Whom it takes us for.
    #[diesel(sql_type = Text)]
    pub role: String,
    /// Whether what is committed survives a crash.
    #[diesel(sql_type = Nullable<Bool>)]
    pub fsync: Option<bool>,
    /// The same for pages that were half written.
    #[diesel(sql_type = Nullable<Bool>)]
    pub full_page_writes: Option<bool>,
    /// When the first migration ran.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub installed_at: Option<DateTime<Utc>>,
}

/// The outbox by its states.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct Queue {
    /// Never tried.
    #[diesel(sql_type = BigInt)]
    pub queued: i64,
    /// To be tried again.
    #[diesel(sql_type = BigInt)]
    pub retry: i64,
    /// Just being sent.
    #[diesel(sql_type = BigInt)]
    pub sending: i64,
    /// Given up within [`FAILED_COUNT_FOR`], and the address was not reached since.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Sent, and nobody knows whether it arrived.
    #[diesel(sql_type = BigInt)]
    pub unknown: i64,
    /// Held back.
    #[diesel(sql_type = BigInt)]
    pub held: i64,
    /// Why the last of them is.
    #[diesel(sql_type = Nullable<Text>)]
    pub held_reason: Option<String>,
    /// Waiting, and more than one sender has died with it.
    #[diesel(sql_type = BigInt)]
    pub struck: i64,
    /// Channels of what has waited for longest, beside the mail.
    #[diesel(sql_type = Array<Text>)]
    pub channels: Vec<String>,
    /// When the oldest that waits was queued.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest_at: Option<DateTime<Utc>>,
    /// Where the last one that was given up should have gone.
    #[diesel(sql_type = Nullable<Text>)]
    pub failed_address: Option<String>,
    /// What was answered.
    #[diesel(sql_type = Nullable<Text>)]
    pub failed_reply: Option<String>,
    /// When.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub failed_at: Option<DateTime<Utc>>,
}

/// What the diary says of one job.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct JobFacts {
    /// `escalate run`.
    #[diesel(sql_type = Text)]
    pub job: String,
    /// The last run that has ended: its row.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last_id: Option<i64>,
    /// When it began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_finished_at: Option<DateTime<Utc>>,
    /// Where.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_host: Option<String>,
    /// `ok`, `partial` or `failed`.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_outcome: Option<String>,
    /// With which exit code.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub last_code: Option<i16>,
    /// What it said of troubles.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_message: Option<String>,
    /// What it did, in numbers.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub last_counts: Option<serde_json::Value>,
    /// When the last run began that did its work.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub good_at: Option<DateTime<Utc>>,
    /// How many have failed since.
    #[diesel(sql_type = BigInt)]
    pub failures: i64,
}

impl JobFacts {
    /// A number of the last run: `count("mails")`.
    pub fn count(&self, key: &str) -> i64 {
        self.last_counts.as_ref().and_then(|counts| counts.get(key)?.as_i64()).unwrap_or(0)
    }

    /// Whether the last run did nothing of its work.
    pub fn has_failed(&self) -> bool {
        self.last_outcome.as_deref() == Some("failed")
    }
}

/// A run without an end.
#[derive(Clone, Debug, QueryableByName)]
pub struct OpenRun {
    /// Its row in the diary.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Of which job.
    #[diesel(sql_type = Text)]
    pub job: String,
    /// Where.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// Which process.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// Since when.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// Another run of the job has begun there since and ended well.
    #[diesel(sql_type = Bool)]
    pub is_followed: bool,
}

/// A job that fails on one host and does well on another.
#[derive(Clone, Debug, QueryableByName)]
pub struct FailingHost {
    /// The job.
    #[diesel(sql_type = Text)]
    pub job: String,
    /// Where it fails.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// When the last of those runs began.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// With which exit code it ended.
    #[diesel(sql_type = SmallInt)]
    pub code: i16,
    /// What it said.
    #[diesel(sql_type = Text)]
    pub message: String,
    /// Its row in the diary.
    #[diesel(sql_type = BigInt)]
    pub run: i64,
    /// How many in a row.
    #[diesel(sql_type = BigInt)]
    pub times: i64,
}

/// What a run that did its work has complained about.
#[derive(Clone, Debug, QueryableByName)]
pub struct Complaint {
    /// Of which job.
    #[diesel(sql_type = Text)]
    pub job: String,
    /// One line.
    #[diesel(sql_type = Text)]
    pub text: String,
    /// By how many runs.
    #[diesel(sql_type = BigInt)]
    pub times: i64,
    /// When first.
    #[diesel(sql_type = Timestamptz)]
    pub first_at: DateTime<Utc>,
    /// When last.
    #[diesel(sql_type = Timestamptz)]
    pub last_at: DateTime<Utc>,
}

/// Under which configuration a host ran a job last.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct HostFacts {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub host: String,
    /// What its configuration means, as a digest.
    #[diesel(sql_type = Text)]
    pub config_hash: String,
    /// When that run began.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
}

/// Who keeps the server from clearing up.
#[derive(Clone, Debug, QueryableByName)]
pub struct Holder {
    /// The process of the server; 0: none.
    #[diesel(sql_type = Integer)]
    pub pid: i32,
    /// Whose.
    #[diesel(sql_type = Text)]
    pub role: String,
    /// What it calls itself; of a prepared transaction and a slot the name.
    #[diesel(sql_type = Text)]
    pub application: String,
    /// For how long; none: this role may not see it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seconds: Option<i64>,
    /// How many transactions have begun since.
    #[diesel(sql_type = BigInt)]
    pub transactions: i64,
    /// `session`, `prepared` or `slot`.
    #[diesel(sql_type = Text)]
    pub kind: String,
}

/// Acknowledged, still open, and about to speak again.
#[derive(Clone, Debug, Default, QueryableByName)]
pub struct Lapsing {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub lapsing: i64,
    /// The first of them.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub first_at: Option<DateTime<Utc>>,
}

/// Everything on one snapshot.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The instant that ages are counted to.
    pub now: DateTime<Utc>,
    /// The server and the schema.
    pub server: Server,
    /// The outbox.
    pub queue: Queue,
    /// The jobs, by name.
    pub jobs: Vec<JobFacts>,
    /// Runs without an end within [`REMEMBERED`], the oldest first.
    pub open_runs: Vec<OpenRun>,
    /// Hosts on which jobs fail that do well elsewhere, within [`REMEMBERED`].
    pub failing: Vec<FailingHost>,
    /// Complaints within [`REMEMBERED`] before the last run, the latest first.
    pub complaints: Vec<Complaint>,
    /// Hosts that ran jobs within [`REMEMBERED`].
    pub hosts: Vec<HostFacts>,
    /// The oldest transactions.
    pub holders: Vec<Holder>,
    /// Acknowledgements that lapse soon.
    pub lapsing: Lapsing,
}

/// Loads them, in the caller's transaction; `jobs` are the names of all jobs there are.
pub fn load(connection: &mut PgConnection, jobs: &[&str], now: DateTime<Utc>) -> Result<Facts> {
    let since = now - REMEMBERED;
    let server = diesel::sql_query(include_str!("server.sql")).get_result(connection)?;
    let queue = diesel::sql_query(include_str!("queue.sql"))
        .bind::<Timestamptz, _>(now - FAILED_COUNT_FOR)
        .get_result(connection)?;
    let of_jobs: Vec<JobFacts> = diesel::sql_query(include_str!("jobs.sql"))
        .bind::<Array<Text>, _>(jobs)
        .bind::<Timestamptz, _>(since)
        .bind::<Timestamptz, _>(now)
        .load(connection)?;
    let open_runs = diesel::sql_query(include_str!("open_runs.sql"))
        .bind::<Timestamptz, _>(since)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<Text>, _>(jobs)
        .load(connection)?;
    let failing = diesel::sql_query(include_str!("failing.sql"))
        .bind::<Array<Text>, _>(jobs)
        .bind::<Timestamptz, _>(since)
        .bind::<Timestamptz, _>(now)
        .load(connection)?;
    // over a weekend nothing is repeated, and nothing is mended by that
    let last_run = of_jobs.iter().filter_map(|job| job.last_at).max().unwrap_or(now);
    let complaints = diesel::sql_query(include_str!("complaints.sql"))
        .bind::<Array<Text>, _>(jobs)
        .bind::<Timestamptz, _>(last_run - REMEMBERED)
        .bind::<Timestamptz, _>(now)
        .load(connection)?;
    let hosts = diesel::sql_query(include_str!("hosts.sql"))
        .bind::<Array<Text>, _>(jobs)
        .bind::<Timestamptz, _>(since)
        .bind::<Timestamptz, _>(now)
        .load(connection)?;
    let holders = diesel::sql_query(include_str!("transactions.sql")).load(connection)?;
    let lapsing = diesel::sql_query(include_str!("lapsing.sql"))
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + LAPSING_WITHIN)
        .get_result(connection)?;
    Ok(Facts { now, server, queue, jobs: of_jobs, open_runs, failing, complaints, hosts, holders, lapsing })
}
