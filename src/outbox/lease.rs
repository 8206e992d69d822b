//! How long a claim is a sender's own. The lease itself stands in the database and runs by its clock; a stopwatch says when to ask
//! whether it is still ours, so that a process that stood still (stopped, swapped out) does not go on with what others
//! have taken over meanwhile. It stands still with a machine that is suspended; then the first acknowledgement that comes too late
//! tells.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable};

use super::session::Session;
use super::store::Claimed;
use crate::db;
use crate::error::Result;
use crate::failpoint;

/// A claim is kept at least so long, however fast the transport is.
const SHORTEST: Duration = Duration::from_secs(600);

/// The share of the lease after which it is renewed before the next message begins: half a minute of the shortest.
const RENEW_AFTER: u32 = 20;

/// The share of the lease after which nothing more is handed over before the database was asked.
const ASK_AFTER: u32 = 4;

/// The lease of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    length: Duration,
    since: Instant,
}

impl Lease {
    /// The lease of senders whose parcels take so long at most; it begins now, before the claim, which is the cautious side.
    pub fn begin(patience: Duration) -> Lease {
        let usual = (patience + SHORTEST / RENEW_AFTER).max(SHORTEST);
        Lease { length: failpoint::number("lease-seconds").map_or(usual, Duration::from_secs), since: Instant::now() }
    }

    /// How long it lasts.
    pub fn seconds(&self) -> i64 {
        TimeDelta::from_std(self.length).unwrap_or(TimeDelta::MAX).num_seconds()
    }

    /// Whether it has ended, as far as the stopwatch tells.
    pub fn is_over(&self) -> bool {
        self.since.elapsed() >= self.length
    }

    /// Whether to renew it before the next message.
    pub fn is_worn(&self) -> bool {
        self.since.elapsed() > self.length / RENEW_AFTER
    }

    /// Whether nothing is handed over any more without asking.
    fn must_ask(&self) -> bool {
        self.since.elapsed() > self.length / ASK_AFTER
    }

    /// Extends it for those who are still ours, and returns them.
    pub fn renew<'c>(
        &mut self,
        session: &mut Session<'_>,
        claimed: impl Iterator<Item = &'c Claimed>,
    ) -> Result<HashSet<i64>> {
        let now = Instant::now();
        let ours = keep(session, claimed, Some(self.seconds()), false)?;
        failpoint::pass("renewed");
        self.since = now;
        Ok(ours)
    }

    /// Whether these recipients of one message are all still ours, so that it may be handed over. Of customer mail it is noted
    /// beforehand that this attempt may arrive: only such a one has to be asked about when its sender dies.
    pub fn may_hand_over(&self, session: &mut Session<'_>, recipients: &[Claimed]) -> Result<bool> {
        let is_offer = recipients.iter().any(|recipient| !recipient.class().may_repeat());
        let must_ask = self.must_ask();
        if !is_offer && !must_ask {
            return Ok(true);
        }
        let ours = keep(session, recipients.iter(), must_ask.then(|| self.seconds()), is_offer)?;
        failpoint::pass("offered");
        Ok(ours.len() == recipients.len())
    }
}

/// Those of the recipients whose attempt is still the one that was claimed.
fn keep<'c>(
    session: &mut Session<'_>,
    claimed: impl Iterator<Item = &'c Claimed>,
    seconds: Option<i64>,
    is_offer: bool,
) -> Result<HashSet<i64>> {
    #[derive(QueryableByName)]
    struct Ours {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let (ids, attempts): (Vec<i64>, Vec<i32>) = claimed.map(|claimed| (claimed.id, claimed.attempt)).unzip();
    // to say it twice changes nothing
    session.insist(|connection, _| {
        let ours: Vec<Ours> = db::at_once(connection, |connection| {
            diesel::sql_query(include_str!("keep.sql"))
                .bind::<Array<BigInt>, _>(&ids)
                .bind::<Array<Integer>, _>(&attempts)
                .bind::<Nullable<BigInt>, _>(seconds)
                .bind::<Bool, _>(is_offer)
                .load(connection)
        })?;
        Ok(ours.into_iter().map(|row| row.id).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Lease {
        let begun = Lease::begin(Duration::from_secs(1_200));
        Lease { since: begun.since.checked_sub(Duration::from_secs(seconds)).unwrap(), ..begun }
    }

    #[test]
    fn a_lease_is_asked_about_long_before_its_end() {
        assert_eq!(Lease::begin(Duration::from_secs(1)).seconds(), 600, "however fast the transport is");
        // one parcel fits in and something is left
        assert_eq!(after(0).seconds(), 1_230);
        assert!(!after(60).is_worn() && after(62).is_worn());
        assert!(!after(300).must_ask() && after(310).must_ask());
        assert!(!after(1_229).is_over() && after(1_230).is_over());
    }
}
