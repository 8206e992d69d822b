//! The questions of `wvl calendar … --jsonl`: one JSON object a line, printed back with its answer (CLI.md).
//!
//! A line carries its own opening hours, so no configuration is needed; lines with equal ones share a clock. Unknown
//! keys are the asker's own and are handed back untouched. Other programs ask by the million, so a usual line is
//! answered without a single allocation: its texts are borrowed, and the answer goes to the end of the caller's buffer.

mod case;
mod instant;
mod lines;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use self::case::{Case, OpeningHours, holiday_rules};
use self::instant::{instant, write_instant};
use super::dates::Edge;
use super::{Clock, Every, Holiday, local_day};

pub use self::lines::{Lines, WrongLine};

/// Clocks kept; lines that all differ must not fill the memory.
const CLOCKS_KEPT: usize = 64;

/// What is asked of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `from`, `to` → `seconds`
    Elapsed,
    /// `from`, `hours` → `at`
    Add,
    /// `now`, `hours` → `at`
    LatestStart,
    /// `year`, `state` → `days`
    Holidays,
    /// `start`, `every`, `until` or `count` → `dates`
    Recur,
}

/// Answers line after line.
pub struct Batch {
    zone: Tz,
    /// Few: going through them costs less than a hash of all that decides.
    clocks: Vec<(OpeningHours<'static>, Clock)>,
}

enum Answer {
    Seconds(i64),
    At(Option<DateTime<Utc>>),
    Days(Vec<Holiday>),
    Dates(Vec<NaiveDate>),
}

impl Answer {
    fn quoted_key(&self) -> &'static str {
        match self {
            Answer::Seconds(_) => "\"seconds\"",
            Answer::At(_) => "\"at\"",
            Answer::Days(_) => "\"days\"",
            Answer::Dates(_) => "\"dates\"",
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Answer::Seconds(seconds) => serde_json::to_writer(out, seconds),
            Answer::At(at) => {
                write_instant(*at, out);
                Ok(())
            }
            Answer::Days(days) => serde_json::to_writer(out, days),
            Answer::Dates(dates) => serde_json::to_writer(out, dates),
        }
    }
}

impl Batch {
    /// A batch whose lines mean this zone if they name none.
    pub fn new(zone: Tz) -> Batch {
        Batch { zone, clocks: Vec::new() }
    }

    /// Writes the line with its answer added, without a line end; or says what is wrong with it and writes nothing.
    pub fn answer(&mut self, question: Question, line: &str, out: &mut Vec<u8>) -> Result<(), String> {
        let line = line.trim();
        if !line.starts_with('{') {
            return Err("a line must be a JSON object, like {\"from\":\"2026-11-30T08:00:00Z\"}".to_owned());
        }
        let case: Case<'_> = serde_json::from_str(line).map_err(|error| unreadable(&error))?;
        let zone = match &case.zone {
            None => self.zone,
            Some(name) => name
                .parse()
                .map_err(|_| format!("zone: there is no time zone \"{name}\", only such as Europe/Berlin"))?,
        };
        let answer = match question {
            Question::Elapsed => {
                let from = instant("from", case.from.as_deref(), zone, Edge::Start)?;
                let to = instant("to", case.to.as_deref(), zone, Edge::End)?;
                Answer::Seconds(self.clock(case.opening_hours(zone))?.elapsed(from, to))
            }
            Question::Add => {
                let from = instant("from", case.from.as_deref(), zone, Edge::Start)?;
                let seconds = seconds(case.hours)?;
                Answer::At(self.clock(case.opening_hours(zone))?.deadline(from, seconds))
            }
            Question::LatestStart => {
                let now = instant("now", case.now.as_deref(), zone, Edge::Start)?;
                let seconds = seconds(case.hours)?;
                Answer::At(self.clock(case.opening_hours(zone))?.latest_start(now, seconds))
            }
            Question::Holidays => Answer::Days(holidays(&case)?),
            Question::Recur => Answer::Dates(recurring(&case, zone)?),
        };
        with_answer(line, &answer, out)
    }

    fn clock(&mut self, hours: OpeningHours<'_>) -> Result<&mut Clock, String> {
        let place = match self.clocks.iter().position(|(known, _)| *known == hours) {
            Some(place) => place,
            None => {
                let clock = Clock::new(hours.to_calendar()?);
                if self.clocks.len() >= CLOCKS_KEPT {
                    self.clocks.clear();
                }
                self.clocks.push((hours.into_owned(), clock));
                self.clocks.len() - 1
            }
        };
        Ok(&mut self.clocks[place].1)
    }
}

/// What is wrong and where; the line's number is the caller's.
fn unreadable(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    format!("column {}: {}", error.column(), message.strip_suffix(&place).unwrap_or(&message))
}

fn day(key: &str, text: Option<&str>, zone: Tz) -> Result<NaiveDate, String> {
    Ok(local_day(instant(key, text, zone, Edge::Start)?, zone))
}

/// Whole seconds of these hours; what lies beyond all calendars becomes a number that none of them reaches.
fn seconds(hours: Option<f64>) -> Result<i64, String> {
    match hours {
        Some(hours) if hours >= 0.0 => Ok((hours * 3600.0).round() as i64),
        Some(hours) => Err(format!("hours: {hours} is negative")),
        None => Err("hours: missing, like 16 or 0.25".to_owned()),
    }
}

fn holidays(case: &Case<'_>) -> Result<Vec<Holiday>, String> {
    let year = case.year.filter(|year| (1..=9999).contains(year)).ok_or("year: missing, or not from 1 to 9999")?;
    let rules = holiday_rules(case.state.as_deref().or(case.holidays.as_deref()), case.regional.as_deref())?;
    if rules.state.is_none() {
        return Err("state: missing, like \"DE-BW\"".to_owned());
    }
    Ok(rules.in_year(year))
}

fn recurring(case: &Case<'_>, zone: Tz) -> Result<Vec<NaiveDate>, String> {
    let start = day("start", case.start.as_deref(), zone)?;
    let every: Every = case.every.as_deref().ok_or("every: missing, like \"1m\"")?.parse()?;
    let until = case.until.as_deref().map(|text| day("until", Some(text), zone)).transpose()?;
    if until.is_none() && case.count.is_none() {
        return Err("until or count: missing; one of them must end the list".to_owned());
    }
    let until = until.unwrap_or(NaiveDate::MAX);
    Ok(every.from(start).take(case.count.unwrap_or(usize::MAX)).take_while(|date| *date <= until).collect())
}

/// The line as it came, with one more key; a key of that name which it already had is replaced.
fn with_answer(line: &str, answer: &Answer, out: &mut Vec<u8>) -> Result<(), String> {
    let key = answer.quoted_key();
    if line.contains(key) {
        return with_answer_replaced(line, answer, out).map_err(|error| error.to_string());
    }
    let open = line.strip_suffix('}').ok_or("a line must be a JSON object")?;
    out.extend_from_slice(open.as_bytes());
    if !open.trim_end().ends_with('{') {
        out.push(b',');
    }
    out.extend_from_slice(key.as_bytes());
    out.push(b':');
    answer.write(out).map_err(|error| error.to_string())?;
    out.push(b'}');
    Ok(())
}

fn with_answer_replaced(line: &str, answer: &Answer, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
    let mut value = Vec::new();
    answer.write(&mut value)?;
    object.insert(answer.quoted_key().trim_matches('"').to_owned(), serde_json::from_slice(&value)?);
    serde_json::to_writer(out, &object)
}

#[cfg(test)]
mod tests;
