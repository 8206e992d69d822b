//! What is decided about a recipient: whether it is tried at all, and what an answer means for it.

use std::time::Duration;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::acknowledge::{Outcome, Verdict};
use super::delivery::Answer;
use super::schedule;
use super::store::Claimed;

/// Splits off those who must not be tried at all, with the outcome and the reason.
pub(super) fn sort_out(
    recipients: Vec<Claimed>,
    raw: Option<&[u8]>,
    leaves_the_house: bool,
    redirect_to: Option<&str>,
) -> (Vec<Claimed>, Vec<(Claimed, Outcome, &'static str)>) {
    let mut deliverable = Vec::with_capacity(recipients.len());
    let mut kept = Vec::new();
    let digest = raw.map(Sha256::digest);
    for recipient in recipients {
        // unless the one who gets everything meanwhile was a recipient anyway
        let address = Some(recipient.address.as_str());
        let was_rehearsal = recipient.original_address.as_deref() == address && redirect_to != address;
        let Some(digest) = &digest else {
            kept.push((recipient, Outcome::Failed, "the stored message was deleted"));
            continue;
        };
        if recipient.expired {
            kept.push((recipient, Outcome::Failed, "it was too late to send it (expires_at)"));
        } else if leaves_the_house && was_rehearsal {
            kept.push((recipient, Outcome::Held, "queued while mail.mode was redirect and no server was configured"));
        } else if digest[..] != recipient.sha256[..] {
            kept.push((recipient, Outcome::Held, "the stored message is not the one that was queued (sha256)"));
        } else {
            deliverable.push(recipient);
        }
    }
    (deliverable, kept)
}

/// What an answer means for the recipient.
pub(super) fn judge(claimed: &Claimed, answer: Answer) -> Verdict<'_> {
    let is_over = schedule::is_over(claimed.attempt, claimed.age());
    let wait = schedule::wait_after(claimed.attempt);
    let (outcome, reply) = match answer {
        Answer::Accepted(reply) => (Outcome::Sent, reply),
        Answer::Refused(reply) => (Outcome::Failed, reply),
        Answer::Lost(reply) if !claimed.class().may_repeat() => (Outcome::Unknown, reply),
        Answer::Lost(reply) | Answer::Later { said: reply, .. } if is_over => (Outcome::Failed, reply),
        Answer::Lost(reply) => (Outcome::Retry { wait }, reply),
        Answer::Later { said, after } => {
            let asked = after.and_then(|after: Duration| TimeDelta::from_std(after).ok()).unwrap_or_default();
            (Outcome::Retry { wait: wait.max(asked) }, said)
        }
    };
    Verdict { claimed, outcome, reply, survived: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Class;

    const RAW: &[u8] = b"Subject: x\r\n\r\nx\r\n";

    fn claimed() -> Claimed {
        Claimed { sha256: Sha256::digest(RAW).to_vec(), ..Claimed::for_tests(Class::Internal) }
    }

    fn kept(recipient: Claimed, raw: Option<&[u8]>, redirect_to: Option<&str>) -> Option<(Outcome, &'static str)> {
        let (deliverable, mut kept) = sort_out(vec![recipient], raw, true, redirect_to);
        assert_eq!(deliverable.len() + kept.len(), 1);
        kept.pop().map(|(_, outcome, reason)| (outcome, reason.split_once(" (").map_or(reason, |(start, _)| start)))
    }

    #[test]
    fn what_must_not_be_tried_is_failed_or_held() {
        assert_eq!(kept(claimed(), Some(RAW), None), None);
        assert_eq!(kept(claimed(), None, None), Some((Outcome::Failed, "the stored message was deleted")));
        let late = Claimed { expired: true, ..claimed() };
        assert_eq!(kept(late, Some(RAW), None), Some((Outcome::Failed, "it was too late to send it")));
        let (outcome, reason) = kept(claimed(), Some(b"other"), None).unwrap();
        assert!(outcome == Outcome::Held && reason.starts_with("the stored message is not the one"), "{reason}");
    }

    #[test]
    fn a_rehearsal_reaches_nobody_later() {
        let rehearsal = Claimed { original_address: Some("a@x".into()), ..claimed() };
        assert_eq!(kept(rehearsal.clone(), Some(RAW), None).unwrap().0, Outcome::Held);
        // whoever gets everything meanwhile may have this too
        assert_eq!(kept(rehearsal, Some(RAW), Some("a@x")), None);
        let redirected = Claimed { original_address: Some("customer@y".into()), ..claimed() };
        assert_eq!(kept(redirected, Some(RAW), Some("a@x")), None);
    }

    #[test]
    fn an_answer_decides_by_class_age_and_what_was_asked_for() {
        let outcome = |claimed: &Claimed, answer| judge(claimed, answer).outcome;
        let (ours, customers) = (claimed(), Claimed::for_tests(Class::Customer));
        let again = Outcome::Retry { wait: schedule::wait_after(1) };
        for claimed in [&ours, &customers] {
            assert_eq!(outcome(claimed, Answer::Accepted(String::new())), Outcome::Sent);
            assert_eq!(outcome(claimed, Answer::Refused(String::new())), Outcome::Failed);
            assert_eq!(outcome(claimed, Answer::later("")), again);
        }
        assert_eq!(outcome(&ours, Answer::Lost(String::new())), again);
        assert_eq!(outcome(&customers, Answer::Lost(String::new())), Outcome::Unknown);
        for (asked, waits) in [(1, schedule::wait_after(1)), (7_200, TimeDelta::hours(2))] {
            let answer = Answer::Later { said: String::new(), after: Some(Duration::from_secs(asked)) };
            assert_eq!(outcome(&ours, answer), Outcome::Retry { wait: waits });
        }
        // the five days are over
        let old =
            |class| Claimed { attempt: 90, age_seconds: TimeDelta::days(6).num_seconds(), ..Claimed::for_tests(class) };
        assert_eq!(outcome(&old(Class::Internal), Answer::later("")), Outcome::Failed);
        assert_eq!(outcome(&old(Class::Internal), Answer::Lost(String::new())), Outcome::Failed);
        assert_eq!(outcome(&old(Class::Customer), Answer::Lost(String::new())), Outcome::Unknown);
    }
}
