//! What a flush did, in numbers and, where somebody should look, by name.

use std::fmt;

use uuid::Uuid;

use super::acknowledge::Outcome;
use super::guard::Guard;
use super::store::Claimed;
use crate::error::Error;

/// How many troubles a report names; the rest is counted.
const MOST_TROUBLES: usize = 100;

/// What a trouble says of a claim that nobody could take over.
const STUCK: &str = "stuck";

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
    /// Kept back until a person decides: rehearsals that would reach people now, what the brake stopped, what is not as it was
    /// queued, what three senders died with.
    pub held: usize,
    /// Taken over by another sender while this one was busy; that one has counted them.
    pub superseded: usize,
    /// Claims of senders that died, put back into the queue.
    pub rescued: usize,
    /// Claims of senders that died and that could not be put back; they stay as they are.
    pub stuck: usize,
    /// Messages delivered long ago whose bytes were deleted.
    pub bodies: usize,
    /// Recipients that failed, are unknown, held or stuck, by name; the first hundred.
    pub troubles: Vec<Trouble>,
    /// What somebody who reads along may like to know.
    pub notes: Vec<String>,
    /// Whether mails may leave at all; held: nothing was done.
    pub guard: Guard,
    /// Why the flush ended before the queue did; what it had claimed is back in the queue, or comes back when its lease ends.
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
    /// `failed`, `unknown`, `held` or `stuck`.
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
            STUCK => "cannot be taken over from a sender that died",
            state => state,
        };
        let text = format!("{} \"{}\" to {} {state}: {}", self.kind, self.subject, self.address, self.reply);
        // a row may come from elsewhere, and a line break in it would look like a second trouble
        text.chars().try_for_each(|letter| match letter.is_control() {
            true => write!(f, "{}", letter.escape_default()),
            false => write!(f, "{letter}"),
        })
    }
}

impl FlushReport {
    /// Whether somebody should hear of it.
    pub fn has_trouble(&self) -> bool {
        self.named() > 0
    }

    /// How many recipients somebody should look at.
    pub fn named(&self) -> usize {
        self.failed + self.unknown + self.held + self.stuck
    }

    /// Whether nothing was done with any recipient.
    pub(super) fn is_empty(&self) -> bool {
        self.sent + self.retry + self.superseded + self.rescued + self.named() == 0
    }

    /// Notes why the flush, or one of its lanes, ended early. The first reason decides how the command ends; others are told
    /// with it, once.
    pub(super) fn stop(&mut self, error: Error) {
        self.stopped = Some(match self.stopped.take() {
            None => error,
            Some(first) if first.full_message() == error.full_message() => first,
            Some(first) => first.hint(format!("this has ended early too: {}", error.full_message())),
        });
    }

    /// Adds what another sender of the same flush did.
    pub(super) fn add(&mut self, other: FlushReport) {
        self.sent += other.sent;
        self.retry += other.retry;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.held += other.held;
        self.superseded += other.superseded;
        self.rescued += other.rescued;
        self.stuck += other.stuck;
        self.bodies += other.bodies;
        self.troubles.extend(other.troubles);
        self.troubles.truncate(MOST_TROUBLES);
        self.notes.extend(other.notes);
        if other.guard != Guard::Open {
            self.guard = other.guard;
        }
        other.stopped.into_iter().for_each(|error| self.stop(error));
    }

    /// The counts, for `job_runs`.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::json!({
            "sent": self.sent, "retry": self.retry, "failed": self.failed, "unknown": self.unknown, "held": self.held,
            "superseded": self.superseded, "rescued": self.rescued, "stuck": self.stuck,
            "bodies": self.bodies,
        })
    }

    /// Counts an outcome that was committed, and names the recipient if somebody should look at it.
    pub(super) fn count(&mut self, claimed: &Claimed, outcome: Outcome, reply: &str) {
        *match outcome {
            Outcome::Sent => &mut self.sent,
            Outcome::Retry { .. } => &mut self.retry,
            Outcome::Failed => &mut self.failed,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Held => &mut self.held,
        } += 1;
        if !matches!(outcome, Outcome::Sent | Outcome::Retry { .. }) {
            self.tell(claimed, outcome.state().as_str(), reply);
        }
    }

    /// Counts a claim that nobody could take over.
    pub(super) fn count_stuck(&mut self, claimed: &Claimed, reply: &str) {
        self.stuck += 1;
        self.tell(claimed, STUCK, reply);
    }

    fn tell(&mut self, claimed: &Claimed, state: &'static str, reply: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn every_reason_is_told_and_the_first_decides() {
        let stopped_by = |text: &str, kind| {
            let mut report = FlushReport::default();
            report.stop(Error::new(kind, text));
            report
        };
        let mut report = stopped_by("no mail server", Kind::Unavailable);
        report.add(stopped_by("no gateway", Kind::Temporary));
        report.add(stopped_by("no mail server", Kind::Unavailable));
        let stopped = report.stopped.unwrap();
        assert_eq!((stopped.kind(), stopped.full_message().as_str()), (Kind::Unavailable, "no mail server"));
        assert_eq!(stopped.hints(), ["this has ended early too: no gateway"]);
    }

    #[test]
    fn whoever_was_put_back_counts_as_something_done() {
        assert!(FlushReport::default().is_empty());
        assert!(!FlushReport { retry: 1, ..FlushReport::default() }.is_empty());
        assert!(!FlushReport { stuck: 1, ..FlushReport::default() }.is_empty());
    }
}
