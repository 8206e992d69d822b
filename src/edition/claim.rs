//! The rows of `report_editions`: what has left, and what is taken before it leaves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Nullable, Text, Timestamptz};
use uuid::Uuid;

use crate::db::schema::report_editions;
use crate::error::Result;
use crate::report::evening::Since;

/// Days after which nobody asks any more what left.
const KEPT_DAYS: u64 = 400;

/// The mail that a report could not be made.
pub const FAILED: i16 = 0;
/// The first mail of a day.
pub const FIRST: i16 = 1;

/// A row to be taken.
#[derive(Debug, Insertable)]
#[diesel(table_name = report_editions, treat_none_as_default_value = false)]
pub struct Edition {
    /// Name of the report.
    pub report: String,
    /// What it is about, if not the house.
    pub scope: String,
    /// The day that it tells of.
    pub day: NaiveDate,
    /// Whom it was meant for, in small letters.
    pub address: String,
    /// The recipient, if he works here.
    pub employee_id: Option<i64>,
    /// [`FAILED`], [`FIRST`] and so on.
    pub edition: i16,
    /// sent, partial, empty, failed.
    pub outcome: &'static str,
    /// The instant of the run.
    pub at: DateTime<Utc>,
    /// Its subject.
    pub subject: String,
    /// The mail, queued in the same transaction.
    pub message_id: Option<Uuid>,
    /// `pg_current_snapshot()` of its figures.
    pub snapshot: Option<String>,
    /// The database it belongs to.
    pub origin: Option<String>,
    /// Whether mail is redirected.
    pub rehearsal: bool,
}

/// What is known of a report and its scope.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The newest edition of the day by address; [`FAILED`] where it only failed.
    pub editions: BTreeMap<String, i16>,
    /// The last one of an earlier day.
    pub since: Option<Since>,
}

/// What has left of this report, by scope.
pub fn known(
    connection: &mut PgConnection,
    report: &str,
    day: NaiveDate,
    rehearsal: bool,
) -> Result<BTreeMap<String, Known>> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let of_day: Vec<(String, String, Option<i16>)> = report_editions::table
        .filter(
            report_editions::report
                .eq(report)
                .and(report_editions::day.eq(day))
                .and(report_editions::rehearsal.eq(rehearsal)),
        )
        .group_by((report_editions::scope, report_editions::address))
        .select((report_editions::scope, report_editions::address, max(report_editions::edition)))
        .load(connection)?;
    for (scope, address, edition) in of_day {
        known.entry(scope).or_default().editions.insert(address, edition.unwrap_or(FAILED));
    }
    for last in last(connection, report, day, rehearsal)? {
        let since = Since { at: last.at, day: last.day, snapshot: last.snapshot };
        known.entry(last.scope).or_default().since = Some(since);
    }
    Ok(known)
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Nullable<Text>)]
    snapshot: Option<String>,
}

/// What the readers of a report had seen before a day, for whoever may know of it.
pub fn seen_before(
    connection: &mut PgConnection,
    report: &str,
    scope: &str,
    day: NaiveDate,
    rehearsal: bool,
) -> Result<Option<Since>> {
    let may_know = diesel::dsl::sql::<Bool>("has_table_privilege('wvl.report_editions', 'SELECT')");
    if !diesel::select(may_know).get_result::<bool>(connection)? {
        return Ok(None);
    }
    let last = last(connection, report, day, rehearsal)?.into_iter().find(|last| last.scope == scope);
    Ok(last.map(|last| Since { at: last.at, day: last.day, snapshot: last.snapshot }))
}

/// The newest edition of an earlier day by scope, dated by the clock that dates documents, not by --as-of; a snapshot of another database says nothing about this one.
fn last(connection: &mut PgConnection, report: &str, day: NaiveDate, rehearsal: bool) -> Result<Vec<Last>> {
    Ok(diesel::sql_query(
        "SELECT DISTINCT ON (e.scope) e.scope, e.created_at AS at, e.day,
                CASE WHEN e.origin = (SELECT c.system_identifier FROM pg_control_system() c) || '/' || d.oid
                     THEN e.snapshot END AS snapshot
         FROM wvl.report_editions e JOIN pg_database d ON d.datname = current_database()
         WHERE e.report = $1 AND e.day < $2 AND e.rehearsal = $3 AND e.outcome IN ('sent', 'partial')
         ORDER BY e.scope, e.day DESC, e.edition, e.at",
    )
    .bind::<Text, _>(report)
    .bind::<Date, _>(day)
    .bind::<Bool, _>(rehearsal)
    .load(connection)?)
}

/// Takes editions; answers with the addresses of those that nobody had taken. Forgets what is long over.
pub fn take(connection: &mut PgConnection, editions: &[&Edition]) -> Result<BTreeSet<String>> {
    let Some(newest) = editions.iter().map(|edition| edition.day).max() else { return Ok(BTreeSet::new()) };
    let taken: Vec<String> = diesel::insert_into(report_editions::table)
        .values(editions.to_vec())
        .on_conflict_do_nothing()
        .returning(report_editions::address)
        .get_results(connection)?;
    if let Some(oldest) = newest.checked_sub_days(chrono::Days::new(KEPT_DAYS)) {
        diesel::delete(report_editions::table.filter(report_editions::day.lt(oldest))).execute(connection)?;
    }
    Ok(taken.into_iter().collect())
}
