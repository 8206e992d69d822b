//! What the answer of a gateway means. Pure.

use std::time::Duration;

use chrono::DateTime;
use serde_json::Value;

use super::super::delivery::Answer;
use super::settings::Success;

/// So often a message is tried whose answers were all unclear, if it may be repeated at all: each try may be a copy that is
/// read and paid, and who still has none is better told in another way.
const MOST_TRIES: i32 = 5;

/// So many answers in a row that are neither a yes nor a no are no matter of the messages any more: the others wait.
pub(super) const MOST_IN_A_ROW: u32 = 3;

/// Longer nobody waits because a gateway asks for it: our own schedule repeats each hour.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// An answer as it came in.
#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    pub status: u16,
    /// The header Retry-After.
    pub retry_after: Option<String>,
    /// The header Date.
    pub date: Option<String>,
    /// What could be read of it, at most 64 KB.
    pub body: String,
    /// It broke off.
    pub is_cut: bool,
}

/// What becomes of the message, and of those behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// It was not taken, and may be asked again.
    Later(Option<Duration>),
    /// The same, and it is too much at once: the others wait too.
    Enough(Option<Duration>),
    Never,
    /// It was taken or not: what would tell did not arrive, or says neither.
    Unclear,
    /// It is about us, and would be the answer to all others too.
    Closed(&'static str),
}

/// Judges an answer. With `is_one_place` nothing of the message stands in the path of the URL, so that a path that is gone speaks
/// about the channel and not about the recipient.
pub(super) fn judge(reply: &Reply, success: &Success, is_one_place: bool) -> Verdict {
    let is_success = match success.status.as_slice() {
        [] => (200..300).contains(&reply.status),
        listed => listed.contains(&reply.status),
    };
    let says = |text: &Option<String>| text.as_ref().is_some_and(|text| reply.body.contains(text.as_str()));
    if says(&success.refused_contains) {
        return Verdict::Never;
    }
    if is_success {
        // where the rest of the rule is not met, nobody knows: it may be one all the same
        return if fulfils(&reply.body, success) { Verdict::Taken } else { Verdict::Unclear };
    }
    match reply.status {
        300..=399 => Verdict::Closed("it sends us elsewhere: set url to where it is now"),
        401 | 403 | 407 | 511 => Verdict::Closed("it does not let us in: is the secret right?"),
        402 => Verdict::Closed("it wants to be paid"),
        404 | 410 if is_one_place => Verdict::Closed("there is nothing at its url"),
        // method, headers, host, version: what is the same in every request
        405 | 406 | 411 | 415 | 417 | 421 | 426 | 431 | 501 | 505 => {
            Verdict::Closed("it does not take requests of this kind: look at method, headers and body")
        }
        408 | 425 | 503 => Verdict::Later(wait(reply)),
        429 => Verdict::Enough(wait(reply)),
        // something went wrong on its side, or who stands before it has not waited: it may have done its work. And a success
        // that is not listed is none that says no
        200..=299 | 500..=599 => Verdict::Unclear,
        _ => Verdict::Never,
    }
}

/// What follows for a recipient in this attempt from an answer that was lost or says nothing.
pub(super) fn unclear(may_repeat: bool, attempt: i32, said: String) -> Answer {
    match may_repeat && attempt >= MOST_TRIES {
        true => Answer::Refused(format!("nobody knows whether it arrived, and it is not tried again: {said}")),
        false => Answer::Lost(said),
    }
}

fn fulfils(body: &str, success: &Success) -> bool {
    let has_text = success.contains.as_ref().is_none_or(|text| body.contains(text.as_str()));
    let has_value = success.json.as_ref().is_none_or(|pointer| {
        let Ok(answer) = serde_json::from_str::<Value>(body) else { return false };
        match (answer.pointer(pointer), &success.is) {
            (None, _) => false,
            (Some(Value::String(found)), Some(wanted)) => found == wanted,
            (Some(found), Some(wanted)) => {
                let found = found.to_string();
                found == *wanted
            }
            (Some(Value::Null | Value::Bool(false)), None) => false,
            (Some(Value::Number(number)), None) => number.as_f64() != Some(0.0),
            (Some(_), None) => true,
        }
    });
    has_text && has_value
}

/// Seconds, or an instant by the gateway's own clock (RFC 9110 §10.2.3).
fn wait(reply: &Reply) -> Option<Duration> {
    let asked = reply.retry_after.as_deref()?.trim();
    let wait = match asked.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(asked).ok()?;
            let now = DateTime::parse_from_rfc2822(reply.date.as_deref()?.trim()).ok()?;
            (until - now).to_std().ok()?
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: body.to_owned(), ..Reply::default() }
    }

    #[test]
    fn the_status_decides_where_nothing_else_is_asked() {
        let usual = Success::default();
        let kind = Verdict::Closed("it does not take requests of this kind: look at method, headers and body");
        for (statuses, verdict) in [
            (&[200, 204][..], Verdict::Taken),
            (&[408, 425, 503], Verdict::Later(None)),
            (&[429], Verdict::Enough(None)),
            (&[400, 409, 413, 414, 422], Verdict::Never),
            (&[500, 502, 504, 520, 524], Verdict::Unclear),
            (&[401, 403, 407, 511], Verdict::Closed("it does not let us in: is the secret right?")),
            (&[301, 302, 308], Verdict::Closed("it sends us elsewhere: set url to where it is now")),
            (&[404, 410], Verdict::Closed("there is nothing at its url")),
            (&[405, 411, 415, 421, 426, 431, 501, 505], kind),
        ] {
            for status in statuses {
                assert_eq!(judge(&reply(*status, ""), &usual, true), verdict, "{status}");
            }
        }
        for status in [404, 410] {
            assert_eq!(judge(&reply(status, ""), &usual, false), Verdict::Never);
        }
        for status in [405, 415, 421] {
            assert!(matches!(judge(&reply(status, ""), &usual, false), Verdict::Closed(_)), "{status}");
        }
    }

    #[test]
    fn a_success_that_no_rule_knows_may_be_one() {
        let listed = Success { status: vec![202, 409], ..Success::default() };
        assert_eq!(judge(&reply(202, ""), &listed, true), Verdict::Taken);
        assert_eq!(judge(&reply(409, "twice"), &listed, true), Verdict::Taken, "a repetition that it has recognised");
        assert_eq!(judge(&reply(200, ""), &listed, true), Verdict::Unclear);
        assert_eq!(judge(&reply(408, ""), &listed, true), Verdict::Later(None));
        let asks = Success { contains: Some("OK".to_owned()), ..listed };
        assert_eq!(judge(&reply(409, ""), &asks, true), Verdict::Unclear);
    }

    #[test]
    fn a_success_is_what_the_configuration_calls_one() {
        let rule = |json: &str, is: Option<&str>| Success {
            json: Some(json.to_owned()),
            is: is.map(str::to_owned),
            ..Success::default()
        };
        for (body, success, is_taken) in [
            (r#"{"success":"100"}"#, rule("/success", Some("100")), true),
            (r#"{"success":100}"#, rule("/success", Some("100")), true),
            (r#"{"success":"900"}"#, rule("/success", Some("100")), false),
            (r#"{"messages":[{"ok":true}]}"#, rule("/messages/0/ok", None), true),
            (r#"{"ok":false}"#, rule("/ok", None), false),
            (r#"{"ok":0}"#, rule("/ok", None), false),
            ("100", rule("/ok", None), false),
            ("<html>", rule("/ok", None), false),
        ] {
            let verdict = if is_taken { Verdict::Taken } else { Verdict::Unclear };
            assert_eq!(judge(&reply(200, body), &success, true), verdict, "{body}");
        }
        let words =
            Success { contains: Some("100".into()), refused_contains: Some("ungültig".into()), ..Success::default() };
        assert_eq!(judge(&reply(200, "100\n7"), &words, true), Verdict::Taken);
        for status in [200, 401, 503] {
            assert_eq!(judge(&reply(status, "Nummer ungültig"), &words, true), Verdict::Never);
        }
        let cut = Reply { is_cut: true, ..reply(200, "10") };
        assert_eq!(judge(&cut, &words, true), Verdict::Unclear);
        assert_eq!(judge(&cut, &Success::default(), true), Verdict::Taken);
    }

    #[test]
    fn what_stays_unclear_is_given_up_after_a_few_tries() {
        let answer = |may_repeat, attempt| unclear(may_repeat, attempt, "502".to_owned());
        assert_eq!(answer(true, MOST_TRIES - 1), Answer::Lost("502".to_owned()));
        assert!(matches!(answer(true, MOST_TRIES), Answer::Refused(said) if said.ends_with(": 502")));
        assert_eq!(answer(false, MOST_TRIES + 1), Answer::Lost("502".to_owned()), "what a customer has is asked for");
    }

    #[test]
    fn a_gateway_may_ask_for_patience() {
        let asking = |after: &str| {
            let date = Some("Sun, 22 Nov 2026 11:00:00 GMT".to_owned());
            wait(&Reply { retry_after: Some(after.to_owned()), date, ..reply(429, "") })
        };
        assert_eq!(asking("90"), Some(Duration::from_secs(90)));
        assert_eq!(asking("Sun, 22 Nov 2026 11:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(asking("99999999999"), Some(LONGEST_WAIT));
        for none in ["", "soon", "-5", "Sun, 22 Nov 2026 10:00:00 GMT"] {
            assert_eq!(asking(none), None, "{none}");
        }
    }
}
