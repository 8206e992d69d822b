//! What the answer of a gateway means. Pure.

use std::time::Duration;

use chrono::DateTime;
use serde_json::Value;

use super::settings::Success;

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
    Later(Option<Duration>),
    Never,
    /// It was taken or not: the part that would tell did not arrive.
    Unclear,
    /// It is about us, and would be the answer to all others too.
    Closed(&'static str),
}

/// Judges an answer. With `is_one_place` the address of a recipient is no part of the URL, so that a URL that is gone speaks
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
        let asks_for_body = success.json.is_some() || success.contains.is_some();
        return match fulfils(&reply.body, success) {
            true => Verdict::Taken,
            false if asks_for_body && reply.is_cut => Verdict::Unclear,
            false => Verdict::Later(wait(reply)),
        };
    }
    match reply.status {
        // not what the configuration calls success, and no error either
        200..=299 | 408 | 425 | 429 | 500..=599 => Verdict::Later(wait(reply)),
        300..=399 => Verdict::Closed("it sends us elsewhere: set url to where it is now"),
        401 | 403 | 407 => Verdict::Closed("it does not let us in: is the secret right?"),
        402 => Verdict::Closed("it wants to be paid"),
        404 | 405 | 410 if is_one_place => Verdict::Closed("there is nothing at its url"),
        _ => Verdict::Never,
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
        for (status, verdict) in [
            (200, Verdict::Taken),
            (204, Verdict::Taken),
            (429, Verdict::Later(None)),
            (503, Verdict::Later(None)),
            (408, Verdict::Later(None)),
            (400, Verdict::Never),
            (422, Verdict::Never),
            (401, Verdict::Closed("it does not let us in: is the secret right?")),
            (302, Verdict::Closed("it sends us elsewhere: set url to where it is now")),
            (404, Verdict::Closed("there is nothing at its url")),
        ] {
            assert_eq!(judge(&reply(status, ""), &usual, true), verdict, "{status}");
        }
        assert_eq!(judge(&reply(404, ""), &usual, false), Verdict::Never);
        assert_eq!(judge(&reply(200, ""), &Success { status: vec![202], ..usual }, true), Verdict::Later(None));
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
            let verdict = if is_taken { Verdict::Taken } else { Verdict::Later(None) };
            assert_eq!(judge(&reply(200, body), &success, true), verdict, "{body}");
        }
        let words =
            Success { contains: Some("100".into()), refused_contains: Some("ungültig".into()), ..Success::default() };
        assert_eq!(judge(&reply(200, "100\n7"), &words, true), Verdict::Taken);
        assert_eq!(judge(&reply(200, "Nummer ungültig"), &words, true), Verdict::Never);
        let cut = Reply { is_cut: true, ..reply(200, "10") };
        assert_eq!(judge(&cut, &words, true), Verdict::Unclear);
        assert_eq!(judge(&cut, &Success::default(), true), Verdict::Taken);
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
