//! From which numbers on something is a warning, and from which it is critical.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::TimeDelta;

/// More than these numbers, as the plugin guidelines count: `0,10` warns from 1 on and is critical from 11 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// More than this is a warning; none: never.
    pub warning: Option<i64>,
    /// More than this is critical; none: never.
    pub critical: Option<i64>,
}

impl Limit {
    /// Warns above this number.
    pub const fn warn_above(number: i64) -> Limit {
        Limit { warning: Some(number), critical: None }
    }

    /// How bad that number is; none: not at all.
    pub fn judge(self, number: i64) -> Option<super::Severity> {
        match self {
            Limit { critical: Some(limit), .. } if number > limit => Some(super::Severity::Critical),
            Limit { warning: Some(limit), .. } if number > limit => Some(super::Severity::Warning),
            _ => None,
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    /// `W`, `W,C` or `,C`.
    fn from_str(text: &str) -> Result<Limit, String> {
        read(text, |part| part.parse().ok().filter(|number: &i64| *number >= 0))
            .ok_or_else(|| "W or W,C: a warning above W, critical above C, as in 0,10".to_owned())
    }
}

/// The same for times, in seconds.
pub fn limit_of_times(text: &str) -> Result<Limit, String> {
    read(text, |part| time(part).ok().map(|time| time.num_seconds()))
        .ok_or_else(|| "W or W,C in times such as 30min,4h".to_owned())
}

fn read(text: &str, number: impl Fn(&str) -> Option<i64>) -> Option<Limit> {
    let part = |part: &str| if part.is_empty() { Some(None) } else { number(part.trim()).map(Some) };
    let (warning, critical) = text.split_once(',').unwrap_or((text, ""));
    let limit = Limit { warning: part(warning)?, critical: part(critical)? };
    (limit != Limit::default()).then_some(limit)
}

/// `90s`, `15min` (or `15m`), `2h`, `1d`; a bare number is seconds.
pub fn time(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "a time such as 30min, 2h or 1d".to_owned();
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text[..end].parse().map_err(|_| wrong())?;
    let seconds = match text[end..].trim() {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    // beyond a century nothing is watched
    number.checked_mul(seconds).filter(|seconds| *seconds <= 3_200_000_000).map(TimeDelta::seconds).ok_or_else(wrong)
}

/// What is watched, and how closely.
#[derive(Clone, Debug)]
pub struct Limits {
    /// By the name of the job: so old may its last good run be. Others follow their schedule.
    pub max_age: BTreeMap<String, TimeDelta>,
    /// Seconds for which the oldest mail may wait.
    pub oldest: Limit,
    /// Mails given up.
    pub failed: Limit,
    /// Mails that may have arrived.
    pub unknown: Limit,
    /// Mails held back.
    pub held: Limit,
    /// Seconds for which a transaction may be open.
    pub transaction: Limit,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_age: BTreeMap::new(),
            oldest: Limit { warning: Some(3600), critical: Some(86_400) },
            failed: Limit::warn_above(0),
            unknown: Limit::warn_above(0),
            held: Limit::warn_above(0),
            transaction: Limit { warning: Some(3600), critical: Some(86_400) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::*;

    #[test]
    fn limits_are_read_as_the_guidelines_count() {
        let limit: Limit = "0,10".parse().unwrap();
        assert_eq!(
            [0, 1, 10, 11].map(|number| limit.judge(number)),
            [None, Some(Severity::Warning), Some(Severity::Warning), Some(Severity::Critical)]
        );
        assert_eq!(",3".parse(), Ok(Limit { warning: None, critical: Some(3) }));
        assert_eq!(limit_of_times("30min,4h"), Ok(Limit { warning: Some(1800), critical: Some(14_400) }));
        for wrong in ["", ",", "-1", "x", "1,2,3", "1;2"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
        for wrong in ["", "h", "1w", "1,5h", "99999999999999999999h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        assert_eq!(time("90").unwrap(), time("90s").unwrap());
    }
}
