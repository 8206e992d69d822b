//! How far the search for new items must look, and how far the last one came.
//!
//! Cut-offs bound a search from above: what is due later cannot have reached a stage. From below it is bounded by the
//! last one: everything due up to there got a chain then, unless it was changed since. A change that the last search did
//! not see belongs to a transaction that was still open, or had not begun, when it began; so the oldest transaction that
//! was open is remembered, never an instant (a backdated, moved or reopened item lies below every instant).

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz};
use sha2::{Digest, Sha256};

use crate::calendar::local_day;
use crate::db::schema::escalation_searches as rows;
use crate::error::Result;

/// What has to be looked at, besides what lies beyond the cut-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every item without a live chain.
    Everything {
        /// Also those of which nothing could follow under the rules of their day.
        spent: bool,
    },
    /// What is due since, and what was changed since.
    Since {
        /// Everything due up to here has a chain or has changed.
        due_until: DateTime<Utc>,
        /// Changes carry this transaction's number or a higher one.
        txid: i64,
    },
}

/// A search for new items of one type.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Search {
    /// Items due up to here were looked at.
    pub due_until: DateTime<Utc>,
    /// The oldest transaction that was open when it began.
    pub txid: i64,
    /// The cluster and the database that the number belongs to.
    pub origin: String,
    /// Digest of view and rules.
    pub definition: String,
    /// The last search over everything.
    pub swept_at: DateTime<Utc>,
    /// Made while nothing reached anybody.
    pub rehearsal: bool,
}

/// The searches of the last run, and the moment at which this one begins.
pub struct Searches {
    /// The oldest transaction that is open now.
    pub txid: i64,
    /// The cluster and the database.
    pub origin: String,
    last: BTreeMap<String, Search>,
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = BigInt)]
    txid: i64,
    #[diesel(sql_type = Text)]
    origin: String,
}

/// To be asked before anything is searched: a later answer could miss what was committed in between.
pub fn begin(connection: &mut PgConnection) -> Result<Searches> {
    // a restored database counts its transactions anew
    let moment: Moment = diesel::sql_query(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS txid,
                (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS origin
         FROM pg_database WHERE datname = current_database()",
    )
    .get_result(connection)?;
    let columns = (rows::due_until, rows::txid, rows::origin, rows::definition, rows::swept_at, rows::rehearsal);
    let last: Vec<(String, Search)> = rows::table.select((rows::type_, columns)).load(connection)?;
    Ok(Searches { txid: moment.txid, origin: moment.origin, last: last.into_iter().collect() })
}

/// What the types share, of what makes them what they are to a search.
pub struct Definitions {
    calendars: String,
}

impl Definitions {
    /// The definitions of types that may count by any of these calendars.
    pub fn of(calendars: &impl Debug) -> Definitions {
        Definitions { calendars: digest(&format!("{} {calendars:?}", env!("CARGO_PKG_VERSION"))) }
    }

    /// What a type is to the search: other rules or another view may let things speak that were silent.
    pub fn definition(&self, rules: &impl Debug, view: &str) -> String {
        digest(&format!("{} {rules:?} {view}", self.calendars))
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Searches {
    /// How much of a type must be looked at. Once a (local) day it is everything, as a net below all reasoning.
    pub fn extent(
        &self,
        type_key: &str,
        definition: &str,
        tells_changes: bool,
        rehearsal: bool,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Extent {
        let comparable = |last: &&Search| {
            last.definition == definition
                && last.origin == self.origin
                && last.txid <= self.txid
                // somebody tried a later day with --as-of: what was over then may be open today
                && last.swept_at <= now
                // what was judged in a rehearsal, perhaps of another day, binds nobody
                && (rehearsal || !last.rehearsal)
        };
        match self.last.get(type_key).filter(comparable) {
            None => Extent::Everything { spent: true },
            Some(last) if !tells_changes || local_day(last.swept_at, zone) != local_day(now, zone) => {
                Extent::Everything { spent: false }
            }
            Some(last) => Extent::Since { due_until: last.due_until, txid: last.txid },
        }
    }

    /// Whether a search of this (local) day has looked at the type as it is now.
    pub fn has_looked_today(&self, type_key: &str, definition: &str, now: DateTime<Utc>, zone: Tz) -> bool {
        let is_same = |last: &&Search| last.definition == definition;
        let last = self.last.get(type_key).filter(is_same);
        last.is_some_and(|last| local_day(last.swept_at, zone) == local_day(now, zone))
    }

    /// The transaction since which a chain that was judged gone is looked at again.
    pub fn judged_since(&self, type_key: &str) -> Option<i64> {
        self.last.get(type_key).map(|last| last.txid)
    }

    /// What to remember of a search of this extent, up to `due_until`.
    pub fn done(
        &self,
        type_key: &str,
        definition: String,
        extent: Extent,
        due_until: DateTime<Utc>,
        rehearsal: bool,
        now: DateTime<Utc>,
    ) -> Search {
        let (due_until, txid, swept_at) = match (extent, self.last.get(type_key)) {
            // a search of an earlier instant has not looked at all that changed below the bound: its changes are still to be
            // looked at
            (Extent::Since { due_until: before, .. }, Some(last)) if due_until < before => {
                (before, last.txid, last.swept_at)
            }
            (Extent::Since { .. }, Some(last)) => (due_until, self.txid, last.swept_at),
            _ => (due_until, self.txid, now),
        };
        Search { due_until, txid, origin: self.origin.clone(), definition, swept_at, rehearsal }
    }
}

/// Remembers the searches of a run, by type.
pub fn save(connection: &mut PgConnection, searches: &BTreeMap<String, Search>) -> Result<()> {
    if searches.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO wvl.escalation_searches (type, due_until, txid, origin, definition, swept_at, rehearsal)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) ORDER BY 1
         ON CONFLICT (type) DO UPDATE
         SET due_until = excluded.due_until, txid = excluded.txid, origin = excluded.origin,
             definition = excluded.definition, swept_at = excluded.swept_at, rehearsal = excluded.rehearsal",
    )
    .bind::<Array<Text>, _>(searches.keys().map(String::as_str).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(searches.values().map(|search| search.due_until).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(searches.values().map(|search| search.txid).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(searches.values().map(|search| search.origin.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(searches.values().map(|search| search.definition.as_str()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(searches.values().map(|search| search.swept_at).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(searches.values().map(|search| search.rehearsal).collect::<Vec<_>>())
    .execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = chrono_tz::Europe::Berlin;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn searches(last: Search) -> Searches {
        Searches { txid: 200, origin: "1/5".to_owned(), last: BTreeMap::from([("task".to_owned(), last)]) }
    }

    fn last() -> Search {
        Search {
            due_until: at("2026-11-20T10:00:00Z"),
            txid: 100,
            origin: "1/5".to_owned(),
            definition: "d".to_owned(),
            swept_at: at("2026-11-23T05:00:00Z"),
            rehearsal: false,
        }
    }

    #[test]
    fn a_search_goes_on_where_the_last_one_stopped() {
        let now = at("2026-11-23T12:00:00Z");
        let extent = |last: Search, rehearsal| searches(last).extent("task", "d", true, rehearsal, now, ZONE);
        let since = Extent::Since { due_until: at("2026-11-20T10:00:00Z"), txid: 100 };
        let all = |spent| Extent::Everything { spent };
        assert_eq!(extent(last(), false), since);
        assert_eq!(extent(last(), true), since);
        // restored elsewhere, restored to an earlier day, other rules, going live
        assert_eq!(extent(Search { origin: "2/5".to_owned(), ..last() }, false), all(true));
        assert_eq!(extent(Search { txid: 201, ..last() }, false), all(true));
        assert_eq!(extent(Search { definition: "e".to_owned(), ..last() }, false), all(true));
        assert_eq!(extent(Search { rehearsal: true, ..last() }, false), all(true));
        assert_eq!(extent(Search { rehearsal: true, ..last() }, true), since);
        // a trial ahead
        assert_eq!(extent(Search { swept_at: at("2026-11-23T12:00:01Z"), ..last() }, false), all(true));
        // the daily net: local midnight is 23:00 in UTC
        assert_eq!(extent(Search { swept_at: at("2026-11-22T22:59:00Z"), ..last() }, false), all(false));
        assert_eq!(extent(Search { swept_at: at("2026-11-22T23:00:00Z"), ..last() }, false), since);
        let looked = |last: Search| searches(last).has_looked_today("task", "d", now, ZONE);
        assert!(looked(last()));
        assert!(!looked(Search { swept_at: at("2026-11-22T22:59:00Z"), ..last() }));
        assert!(!looked(Search { definition: "e".to_owned(), ..last() }));
        // a view that tells no changes, a type never searched
        assert_eq!(searches(last()).extent("task", "d", false, false, now, ZONE), all(false));
        assert_eq!(searches(last()).extent("other", "d", true, false, now, ZONE), all(true));
    }

    #[test]
    fn a_search_of_the_past_does_not_bring_the_bound_back() {
        let searches = searches(last());
        let extent = Extent::Since { due_until: at("2026-11-20T10:00:00Z"), txid: 100 };
        let now = at("2026-11-23T12:00:00Z");
        let done = |until: &str, extent| searches.done("task", "d".to_owned(), extent, at(until), false, now);
        assert_eq!(done("2026-11-19T00:00:00Z", extent).due_until, at("2026-11-20T10:00:00Z"));
        assert_eq!(done("2026-11-19T00:00:00Z", extent).txid, 100);
        assert_eq!(done("2026-11-21T00:00:00Z", extent).due_until, at("2026-11-21T00:00:00Z"));
        assert_eq!(done("2026-11-21T00:00:00Z", extent).txid, 200);
        let swept = done("2026-11-19T00:00:00Z", Extent::Everything { spent: false });
        assert_eq!((swept.due_until, swept.swept_at, swept.txid), (at("2026-11-19T00:00:00Z"), now, 200));
    }
}
