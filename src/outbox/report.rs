//! What a flush did, in numbers and, where somebody should look, by name.

use std::fmt;

use uuid::Uuid;

use super::guard::Guard;
use super::store::{Claimed, Outcome};
use crate::error::Error;

/// How many troubles a report names; the rest is counted.
const MOST_TROUBLES: usize = 100;

/// What a flush did; recipients are counted, not messages.
#[derive(Debug, Default)]
pub struct FlushReport {
    /// Taken by the server, or written.
    pub sent: usize,
    /// To be tried again.
    pub retry: usize,
    /// Given up.
    pub failed: usize,
    /// Perhaps arrived; a person decides.
    pub unknown: usize,
    /// Kept back: queued while mails were redirected, and now they would reach people.
    pub held: usize,
    /// Taken over by another sender while this one was busy; that one has counted them.
    pub superseded: usize,
    /// Claims of senders that died, put back into the queue.
    pub rescued: usize,
    /// Recipients that failed, are unknown or held, by name; the first hundred.
    pub troubles: Vec<Trouble>,
    /// Whether mails may leave at all; held: nothing was done.
    pub guard: Guard,
    /// Why the flush ended before the queue did; everything it had claimed is back in the queue.
    pub stopped: Option<Error>,
}

/// A recipient somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The message.
    pub message: Uuid,
    /// What it is: `escalation` …
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// The recipient.
    pub address: String,
    /// `failed`, `unknown` or `held`.
    pub state: &'static str,
    /// What the server said.
    pub reply: String,
}

impl fmt::Display for Trouble {
    /// One line: `escalation "AN-7 …" to x@firma.de failed: 550 no such user`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            "unknown" => "may or may not have arrived",
            "held" => "is held",
            state => state,
        };
        write!(f, "{} \"{}\" to {} {state}: {}", self.kind, self.subject, self.address, self.reply)
    }
}

impl FlushReport {
    /// Whether somebody should hear of it.
    pub fn has_trouble(&self) -> bool {
        self.failed + self.unknown + self.held > 0
    }

    /// The counts, for `job_runs`.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::json!({
            "sent": self.sent, "retry": self.retry, "failed": self.failed, "unknown": self.unknown, "held": self.held,
            "superseded": self.superseded, "rescued": self.rescued,
        })
    }

    /// Counts an outcome that was committed, and names the recipient if somebody should look at it.
    pub(super) fn count(&mut self, claimed: &Claimed, outcome: Outcome, reply: &str) {
        let state = match outcome {
            Outcome::Sent => return self.sent += 1,
            Outcome::Retry { .. } => return self.retry += 1,
            Outcome::Failed => {
                self.failed += 1;
                "failed"
            }
            Outcome::Unknown => {
                self.unknown += 1;
                "unknown"
            }
            Outcome::Held => {
                self.held += 1;
                "held"
            }
        };
        if self.troubles.len() < MOST_TROUBLES {
            self.troubles.push(Trouble {
                message: claimed.message_id,
                kind: claimed.kind.clone(),
                subject: claimed.subject.clone(),
                address: claimed.address.clone(),
                state,
                reply: reply.to_owned(),
            });
        }
    }
}
