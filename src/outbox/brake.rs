//! The brake: an address outside gets only so many mails an hour. Whoever answers automatically to an automatic answer does it
//! without end; what is over the limit is held for a person. Mail to our own people is never braked.
//!
//! Counted and decided in the transaction of the claim, under a lock for each address: of two senders that claim mails to the
//! same one at the same time the second one counts what the first has claimed.

use std::collections::BTreeMap;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::store::Claimed;
use crate::error::Result;
use crate::failpoint;

/// What stands at a mail that was held.
pub(super) const BRAKED: &str = "this address got as many mails within an hour as mail.max_per_hour allows; see whether two programs answer each other";

/// Holds those of the claimed that are over the limit, and takes them out; 0: no limit.
pub(super) fn hold_what_is_too_much(
    connection: &mut PgConnection,
    claimed: &mut Vec<Claimed>,
    max_per_hour: u32,
) -> Result<Vec<Claimed>> {
    #[derive(QueryableByName)]
    struct Sent {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let mut keys: Vec<&str> = claimed.iter().filter_map(|claimed| claimed.brake_key.as_deref()).collect();
    if keys.is_empty() || max_per_hour == 0 {
        return Ok(Vec::new());
    }
    keys.sort_unstable();
    keys.dedup();
    let mine: Vec<i64> = claimed.iter().map(|claimed| claimed.id).collect();
    // in a statement of its own: the next one sees what was committed while this one waited
    diesel::sql_query(
        "SELECT pg_advisory_xact_lock(lock) FROM (SELECT hashtextextended('outbox brake ' || key, 0) AS lock \
         FROM unnest($1) AS key ORDER BY lock) AS locks",
    )
    .bind::<Array<Text>, _>(&keys)
    .execute(connection)?;
    let sent: Vec<Sent> = diesel::sql_query(include_str!("brake.sql"))
        .bind::<Array<Text>, _>(&keys)
        .bind::<Array<BigInt>, _>(&mine)
        .load(connection)?;
    let sent = sent.into_iter().map(|sent| (sent.key, sent.count)).collect();
    let (free, held) = over_the_limit(std::mem::take(claimed), sent, i64::from(max_per_hour));
    *claimed = free;
    if held.is_empty() {
        return Ok(held);
    }
    let (ids, attempts): (Vec<i64>, Vec<i32>) = held.iter().map(|held| (held.id, held.attempt)).unzip();
    diesel::sql_query(
        "UPDATE wvl.outbox_recipients AS r SET state = 'held', leased_until = NULL, last_reply = $3 \
         FROM unnest($1, $2) AS claim (id, attempt) WHERE r.id = claim.id AND r.attempt = claim.attempt",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Integer>, _>(attempts)
    .bind::<Text, _>(BRAKED)
    .execute(connection)?;
    failpoint::pass("brake-held");
    Ok(held)
}

/// Splits the claimed, in the order of the queue, at the limit of each address; `sent` is what went there within the hour or is
/// on its way.
fn over_the_limit(
    claimed: Vec<Claimed>,
    mut sent: BTreeMap<String, i64>,
    max_per_hour: i64,
) -> (Vec<Claimed>, Vec<Claimed>) {
    claimed.into_iter().partition(|claimed| {
        let Some(key) = &claimed.brake_key else { return true };
        let count = sent.entry(key.clone()).or_insert(0);
        *count += 1;
        *count <= max_per_hour
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Class;

    #[test]
    fn the_limit_counts_for_each_address_and_never_for_ours() {
        let to = |id, key: Option<&str>| Claimed {
            id,
            brake_key: key.map(str::to_owned),
            ..Claimed::for_tests(Class::Customer)
        };
        let claimed = vec![to(1, Some("a@x")), to(2, None), to(3, Some("a@x")), to(4, Some("b@x")), to(5, Some("a@x"))];
        let ids = |claimed: &[Claimed]| claimed.iter().map(|claimed| claimed.id).collect::<Vec<_>>();
        let (free, held) = over_the_limit(claimed.clone(), BTreeMap::from([("a@x".to_owned(), 1)]), 2);
        assert_eq!((ids(&free), ids(&held)), (vec![1, 2, 4], vec![3, 5]));
        let (free, held) = over_the_limit(claimed, BTreeMap::from([("b@x".to_owned(), 9)]), 3);
        assert_eq!((ids(&free), ids(&held)), (vec![1, 2, 3, 5], vec![4]));
    }
}
