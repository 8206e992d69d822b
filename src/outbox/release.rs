//! Letting mails go again after a restore: what waits, what of it was queued before, and what becomes of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};

use super::guard::{self, Change, Guard};
use crate::db;
use crate::db::rights::{Verb, require};
use crate::error::{Error, Result};
use crate::output::{Cell, Output, Table, column};

/// What is noted at the recipients whose mails are not to be sent any more.
pub const DISCARDED: &str = "discarded at the release after a restore: the mail had probably been sent before it";

/// So many recipients are named; the rest is counted.
const MOST_ADDRESSES: usize = 20;

/// Which of the waiting mails are not to be sent any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discard {
    /// None: everything leaves.
    #[default]
    Nothing,
    /// What was queued before the restore was noticed; it came with the dump. Jobs notice before they queue.
    BeforeHold,
    /// What was queued before this instant.
    Before(DateTime<Utc>),
}

impl Discard {
    /// Everything queued before this is discarded.
    ///
    /// Errors: of kind `Usage` if nobody has noticed yet: what was queued since is told from what was there by nothing then.
    fn before(self, held_since: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
        match self {
            Discard::Nothing => Ok(None),
            Discard::BeforeHold if held_since.is_none() => {
                Err(Error::usage("no job has run since the restore, so that nobody knows what was queued before it")
                    .hint("--discard-before WHEN names the instant of the restore"))
            }
            Discard::BeforeHold => Ok(held_since),
            Discard::Before(instant) => Ok(Some(instant)),
        }
    }
}

/// What waits while the outbox is held, and what a release would do with it. Recipients are counted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What has changed; none: nothing is held.
    pub change: Option<Change>,
    /// When it was first noticed.
    pub held_since: Option<DateTime<Utc>>,
    /// Not sent yet.
    pub waiting: i64,
    /// Of these, queued before the restore was noticed: probably sent by the database that was dumped. None: nobody has noticed
    /// yet.
    pub from_before: Option<i64>,
    /// When the oldest of them was queued.
    pub oldest: Option<DateTime<Utc>>,
    /// Of these, not to be sent.
    pub discarded: i64,
    /// To whom, the most mails first.
    pub addresses: Vec<Address>,
    /// The zone of the printed instants.
    pub zone: Tz,
}

/// One recipient of waiting mails.
#[derive(Clone, Debug, QueryableByName)]
pub struct Address {
    /// Where the mails go.
    #[diesel(sql_type = Text)]
    pub address: String,
    /// How many wait for it.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Of these, not to be sent.
    #[diesel(sql_type = BigInt)]
    pub discarded: i64,
    /// When the oldest of them was queued.
    #[diesel(sql_type = Timestamptz)]
    pub oldest: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    from_before: i64,
}

/// What a release would do now. Changes nothing.
///
/// Errors: of kind `Usage` for [`Discard::BeforeHold`] where nobody has noticed the restore yet.
pub fn plan(connection: &mut PgConnection, discard: Discard, zone: Tz) -> Result<Plan> {
    db::read_only(connection, |connection| look(connection, discard, zone))
}

/// Lets the mails go, all but those to be discarded: these say why. Returns what it did; nothing at all
/// where nothing was held.
///
/// Errors: of kind `Forbidden` for all but administrators, `Usage` for what [`plan`] refuses.
pub fn release(connection: &mut PgConnection, discard: Discard, zone: Tz) -> Result<Plan> {
    db::transaction(connection, |connection| {
        // cron may note a hold in the same row, and so would be advised for it
        require(connection, "outbox_guards", Verb::Update, "let mails leave")?;
        // a second release finds the outbox open
        diesel::sql_query("SELECT FROM wvl.outbox_guards FOR UPDATE").execute(connection)?;
        let plan = look(connection, discard, zone)?;
        if plan.change.is_none() {
            return Ok(plan);
        }
        if let Some(before) = discard.before(plan.held_since)? {
            diesel::sql_query(
                "UPDATE wvl.outbox_recipients SET state = 'discarded', leased_until = NULL, done_at = now(), last_reply = $2 \
                 WHERE state IN ('queued', 'retry', 'sending') AND created_at < $1",
            )
            .bind::<Timestamptz, _>(before)
            .bind::<Text, _>(DISCARDED)
            .execute(connection)?;
        }
        guard::open(connection)?;
        Ok(plan)
    })
}

fn look(connection: &mut PgConnection, discard: Discard, zone: Tz) -> Result<Plan> {
    let (change, held_since) = match guard::state(connection)? {
        Guard::Open => (None, None),
        Guard::Held { since, change } => (Some(change), since),
    };
    let before = if change.is_some() { discard.before(held_since)? } else { None };
    let addresses: Vec<Address> = diesel::sql_query(
        "SELECT address, count(*) AS waiting, count(*) FILTER (WHERE created_at < $1) AS discarded, \
                min(created_at) AS oldest, count(*) FILTER (WHERE created_at < $2) AS from_before \
         FROM wvl.outbox_recipients WHERE state IN ('queued', 'retry', 'sending') \
         GROUP BY address ORDER BY count(*) DESC, address",
    )
    .bind::<Nullable<Timestamptz>, _>(before)
    .bind::<Nullable<Timestamptz>, _>(held_since)
    .load(connection)?;
    Ok(Plan {
        change,
        held_since,
        waiting: addresses.iter().map(|row| row.waiting).sum(),
        from_before: held_since.map(|_| addresses.iter().map(|row| row.from_before).sum()),
        oldest: addresses.iter().map(|row| row.oldest).min(),
        discarded: addresses.iter().map(|row| row.discarded).sum(),
        addresses,
        zone,
    })
}

impl Output for Plan {
    fn title(&self) -> &str {
        "Freigabe"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("change", "Was sich geändert hat"),
            column("held_since", "Angehalten seit"),
            column("waiting", "Wartend"),
            column("from_before", "Von vorher"),
            column("oldest", "Älteste"),
            column("discarded", "Verworfen"),
            column("sent", "Versandt"),
        ]);
        table.push(vec![
            self.change.map_or(Cell::Empty, |change| Cell::Text(change.as_str().to_owned())),
            Cell::instant(self.held_since, self.zone),
            Cell::Int(self.waiting),
            self.from_before.map_or(Cell::Empty, Cell::Int),
            Cell::instant(self.oldest, self.zone),
            Cell::Int(self.discarded),
            Cell::Int(self.waiting - self.discarded),
        ]);
        table
    }

    fn parts(&self) -> Vec<(&str, Table)> {
        let mut table = Table::new(vec![
            column("address", "An"),
            column("waiting", "Wartend"),
            column("discarded", "Verworfen"),
            column("oldest", "Älteste"),
        ]);
        for row in self.addresses.iter().take(MOST_ADDRESSES) {
            table.push(vec![
                Cell::Text(row.address.clone()),
                Cell::Int(row.waiting),
                Cell::Int(row.discarded),
                Cell::instant(Some(row.oldest), self.zone),
            ]);
        }
        vec![("An wen", table)]
    }

    fn json(&self) -> serde_json::Value {
        let mut rows = self.table().json_rows();
        if let Some(plan) = rows.get_mut(0) {
            plan["addresses"] = self.parts().into_iter().map(|(_, part)| part.json_rows()).next().unwrap_or_default();
        }
        rows
    }

    fn remainder(&self, _part: usize) -> Option<String> {
        let rest = self.addresses.len().saturating_sub(MOST_ADDRESSES);
        (rest > 0).then(|| format!("… und {rest} weitere Adressen"))
    }
}
