//! What a sender has claimed and has not come to yet, with the bytes of the messages whose turn is near.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use super::delivery::{Destination, Parcel};
use super::lease::Lease;
use super::session::Session;
use super::store::{self, Claimed};
use crate::error::Result;
use crate::failpoint;

/// Bytes of messages held at a time; a larger message is held alone.
const PORTION_BYTES: i64 = 512 * 1024;

/// What was claimed and waits.
pub(super) struct Batch {
    pub lease: Lease,
    /// The recipients of each message together, in the order of the queue.
    pub waiting: VecDeque<Vec<Claimed>>,
    bytes: HashMap<Uuid, Vec<u8>>,
}

/// A message whose turn it is.
pub(super) struct Next {
    /// Of those that wait; never none.
    pub recipients: Vec<Claimed>,
    /// None if the bytes were deleted.
    pub raw: Option<Vec<u8>>,
}

impl Batch {
    pub fn new(lease: Lease, claimed: Vec<Claimed>) -> Batch {
        Batch { lease, waiting: by_message(claimed), bytes: HashMap::new() }
    }

    /// Renews the leases of what is still waiting; whom another sender has taken over is left to it, and counted.
    pub fn keep_what_is_ours(&mut self, session: &mut Session<'_>) -> Result<usize> {
        let ours = self.lease.renew(session, self.waiting.iter().flatten())?;
        let before = self.waiting.iter().map(Vec::len).sum::<usize>();
        for parcel in &mut self.waiting {
            parcel.retain(|recipient| ours.contains(&recipient.id));
        }
        self.waiting.retain(|parcel| !parcel.is_empty());
        Ok(before - self.waiting.iter().map(Vec::len).sum::<usize>())
    }

    /// The message whose turn it is; its bytes are loaded with those behind it. Where they cannot be loaded it goes on waiting.
    pub fn next(&mut self, session: &mut Session<'_>) -> Result<Option<Next>> {
        let Some(first) = self.waiting.front().and_then(|parcel| parcel.first()) else { return Ok(None) };
        let message = first.message_id;
        if first.bytes.is_some() && !self.bytes.contains_key(&message) {
            let mut sum = 0;
            let next = self.waiting.iter().filter_map(|parcel| parcel.first());
            let ids: Vec<Uuid> = next
                .take_while(|claimed| {
                    let is_first = sum == 0;
                    sum += i64::from(claimed.bytes.unwrap_or(0)).max(1);
                    is_first || sum <= PORTION_BYTES
                })
                .map(|claimed| claimed.message_id)
                .collect();
            self.bytes = store::load_bytes(session, &ids)?.into_iter().collect();
            failpoint::pass("bytes-loaded");
        }
        let raw = self.bytes.remove(&message);
        Ok(self.waiting.pop_front().map(|recipients| Next { recipients, raw }))
    }

    /// These were not handed over after all.
    pub fn give_back(&mut self, recipients: Vec<Claimed>) {
        self.waiting.push_front(recipients);
    }
}

/// The recipients of each message together, in the order of the queue.
fn by_message(claimed: Vec<Claimed>) -> VecDeque<Vec<Claimed>> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut parcels: VecDeque<Vec<Claimed>> = VecDeque::new();
    for recipient in claimed {
        let place = *places.entry(recipient.message_id).or_insert(parcels.len());
        match parcels.get_mut(place) {
            Some(parcel) => parcel.push(recipient),
            None => parcels.push_back(vec![recipient]),
        }
    }
    parcels
}

/// What is handed over to these recipients of one message; never none.
pub(super) fn parcel(recipients: &[Claimed], raw: Vec<u8>) -> Parcel {
    let first = &recipients[0];
    Parcel {
        message: first.message_id,
        kind: first.kind.clone(),
        queued_at: first.queued_at,
        may_repeat: first.class().may_repeat(),
        envelope_from: first.envelope_from.clone(),
        raw,
        destinations: recipients
            .iter()
            .map(|recipient| Destination {
                recipient: recipient.id,
                attempt: recipient.attempt,
                address: recipient.address.clone(),
                original_address: recipient.original_address.clone(),
            })
            .collect(),
    }
}
