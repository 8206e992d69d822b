//! The answer to Nagios, Icinga or Checkmk, by the Monitoring Plugins Development Guidelines: one line with the state, the
//! worst findings and the performance data, then a line for each finding. Pure.
//!
//! Whoever reads it splits at `|` and at line breaks: nothing of the data may hold one.

use serde_json::{Value, json};

use super::facts::Facts;
use super::finding::{Finding, Severity};
use super::limits::{Limit, Limits};
use super::words::Words;
use crate::output::visible;

/// A page of a monitoring program shows no more, and Nagios cuts at 8 kB.
const LINES: usize = 30;
/// So many findings stand in the first line.
const IN_FIRST_LINE: usize = 3;

/// The four states, which are the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// All is well.
    Ok = 0,
    /// Something is not as it should be.
    Warning = 1,
    /// A promise is not kept.
    Critical = 2,
    /// It could not be found out.
    Unknown = 3,
}

impl State {
    /// The keyword of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "OK",
            State::Warning => "WARNING",
            State::Critical => "CRITICAL",
            State::Unknown => "UNKNOWN",
        }
    }

    /// The exit code.
    pub fn exit_code(self) -> u8 {
        self as u8
    }

    /// That of the worst finding; notices are none.
    pub fn of(findings: &[Finding]) -> State {
        match findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Critical) => State::Critical,
            Some(Severity::Warning) => State::Warning,
            Some(Severity::Notice) | None => State::Ok,
        }
    }
}

/// The answer.
pub struct Answer<'a> {
    /// What was looked at.
    pub facts: &'a Facts,
    /// What was found, the worst first; notices are left out.
    pub findings: &'a [Finding],
    /// With what it was compared.
    pub limits: &'a Limits,
    /// How it is said.
    pub words: Words,
}

impl Answer<'_> {
    /// The lines.
    pub fn text(&self) -> String {
        let told: Vec<&Finding> = self.told().collect();
        let sentences: Vec<String> = told.iter().map(|finding| self.words.sentence(&finding.what)).collect();
        let first = match sentences.len() {
            0 => self.all_is_well(),
            count => {
                let mut first = sentences.iter().take(IN_FIRST_LINE).cloned().collect::<Vec<_>>().join("; ");
                if count > IN_FIRST_LINE {
                    first.push_str(&format!("; and {} more", count - IN_FIRST_LINE));
                }
                first
            }
        };
        let state = State::of(self.findings);
        let mut text = format!("WVL {} - {}|{}\n", state.word(), harmless(&first), self.performance());
        for (finding, sentence) in told.iter().zip(&sentences).take(LINES) {
            let way = finding.what.command().map(|command| format!(" -> {command}")).unwrap_or_default();
            text.push_str(&format!("{}: {}{}\n", finding.severity.word(), harmless(sentence), harmless(&way)));
        }
        if sentences.len() > LINES {
            text.push_str(&format!("and {} more: wvl status --attention\n", sentences.len() - LINES));
        }
        text
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let finding = |finding: &Finding| {
            json!({
                "severity": finding.severity.word(), "kind": finding.what.key(),
                "message": self.words.sentence(&finding.what), "command": finding.what.command(),
            })
        };
        let state = State::of(self.findings);
        let numbers: serde_json::Map<String, Value> =
            self.numbers().into_iter().map(|(label, number, ..)| (label, Value::from(number))).collect();
        json!({
            "state": state.word(), "code": state.exit_code(),
            "findings": self.told().map(finding).collect::<Vec<_>>(), "numbers": numbers,
        })
    }

    fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity > Severity::Notice)
    }

    fn all_is_well(&self) -> String {
        let ran = self.facts.jobs.iter().filter_map(|job| {
            let at = job.good_at?;
            Some(format!("{} {}", job.job, super::ago::ago(self.words.now - at, self.words.language)))
        });
        let ran: Vec<String> = ran.collect();
        match ran.is_empty() {
            true => "no job has run yet".to_owned(),
            false => ran.join(", "),
        }
    }

    /// `label=value;warn;crit;min;max`, separated by blanks.
    fn performance(&self) -> String {
        let range = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let number = |(label, number, unit, limit): (String, i64, &str, Limit)| {
            format!("{label}={number}{unit};{};{};0", range(limit.warning), range(limit.critical))
        };
        self.numbers().into_iter().map(number).collect::<Vec<_>>().join(" ")
    }

    /// Label, number, unit and limit.
    fn numbers(&self) -> Vec<(String, i64, &'static str, Limit)> {
        let (queue, limits) = (&self.facts.queue, self.limits);
        let never = Limit::default();
        let oldest = queue.oldest_at.map(|at| (self.facts.now - at).num_seconds().max(0)).unwrap_or(0);
        let mut numbers = vec![
            ("queued".to_owned(), queue.queued, "", never),
            ("retry".to_owned(), queue.retry, "", never),
            ("oldest".to_owned(), oldest, "s", limits.oldest),
            ("failed".to_owned(), queue.failed, "", limits.failed),
            ("unknown".to_owned(), queue.unknown, "", limits.unknown),
            ("held".to_owned(), queue.held, "", limits.held),
            ("troubles".to_owned(), count(self.findings, "trouble"), "", Limit::warn_above(0)),
        ];
        for job in &self.facts.jobs {
            if let Some(at) = job.good_at {
                let age = (self.facts.now - at).num_seconds().max(0);
                let critical = limits.max_age.get(&job.job).map(chrono::TimeDelta::num_seconds);
                numbers.push((
                    format!("{}-age", job.job.replace(' ', "-")),
                    age,
                    "s",
                    Limit { warning: None, critical },
                ));
            }
        }
        numbers
    }
}

/// The one line for what kept it from finding out.
pub fn unknown(why: &str, hints: &[String]) -> String {
    let mut lines = why.lines();
    let mut first = harmless(lines.next().unwrap_or_default());
    let more = lines.count();
    if more > 0 {
        first.push_str(&format!(" (and {more} more)"));
    }
    let mut text = format!("WVL {} - {first}\n", State::Unknown.word());
    for hint in hints {
        text.push_str(&format!("{}\n", harmless(hint)));
    }
    text
}

fn count(findings: &[Finding], key: &str) -> i64 {
    i64::try_from(findings.iter().filter(|finding| finding.what.key() == key).count()).unwrap_or(i64::MAX)
}

/// Without what ends a line or begins performance data.
fn harmless(text: &str) -> String {
    visible(text).replace('|', "¦").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_data_breaks_the_line() {
        assert_eq!(
            unknown("no database | at \u{1b}[2Jdb\nsecond line", &["wvl db | migrate\n".to_owned()]),
            "WVL UNKNOWN - no database ¦ at \\u{1b}[2Jdb (and 1 more)\nwvl db ¦ migrate\n"
        );
    }
}
