//! The questions of `wvl calendar … --jsonl`: one JSON object a line, printed back with its answer (CLI.md).
//!
//! A line carries its own opening hours, so no configuration is needed; lines with equal ones share a clock. Unknown
//! keys are the asker's own and are handed back untouched.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::dates::{Edge, iso_meaning};
use super::{
    Calendar, Clock, Closing, Every, HolidayRules, Regional, State, TimeOfDay, Window, local_day, sort_windows,
};

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
    clocks: HashMap<OpeningHours, Clock>,
}

/// One line; which keys must be there depends on the question.
#[derive(Deserialize)]
struct Case {
    from: Option<String>,
    to: Option<String>,
    now: Option<String>,
    hours: Option<f64>,
    start: Option<String>,
    every: Option<String>,
    until: Option<String>,
    count: Option<usize>,
    year: Option<i32>,
    state: Option<String>,
    window: Option<(String, String)>,
    windows: Option<[Vec<(String, String)>; 7]>,
    saturday: Option<bool>,
    sunday: Option<bool>,
    holidays: Option<String>,
    zone: Option<String>,
    closed: Option<Vec<String>>,
    half: Option<BTreeMap<String, String>>,
    regional: Option<Vec<String>>,
}

/// The part of a line that decides when it is open, as it was written.
#[derive(PartialEq, Eq, Hash)]
struct OpeningHours {
    zone: Tz,
    window: Option<(String, String)>,
    windows: Option<[Vec<(String, String)>; 7]>,
    saturday: Option<bool>,
    sunday: Option<bool>,
    holidays: Option<String>,
    closed: Option<Vec<String>>,
    half: Option<BTreeMap<String, String>>,
    regional: Option<Vec<String>>,
}

impl Batch {
    /// A batch whose lines mean this zone if they name none.
    pub fn new(zone: Tz) -> Batch {
        Batch { zone, clocks: HashMap::new() }
    }

    /// The line with its answer added, without a line end; or what is wrong with it.
    pub fn answer(&mut self, question: Question, line: &str) -> Result<String, String> {
        let line = line.trim();
        if !line.starts_with('{') {
            return Err("a line must be a JSON object, like {\"from\":\"2026-11-30T08:00:00Z\"}".to_owned());
        }
        let case: Case = serde_json::from_str(line).map_err(|error| unreadable(&error))?;
        let zone = match &case.zone {
            None => self.zone,
            Some(name) => name
                .parse()
                .map_err(|_| format!("zone: there is no time zone \"{name}\", only such as Europe/Berlin"))?,
        };
        match question {
            Question::Elapsed => {
                let from = instant("from", case.from.as_deref(), zone, Edge::Start)?;
                let to = instant("to", case.to.as_deref(), zone, Edge::End)?;
                let seconds = self.clock(zone, case)?.elapsed(from, to);
                with_answer(line, "seconds", &seconds.to_string())
            }
            Question::Add => {
                let from = instant("from", case.from.as_deref(), zone, Edge::Start)?;
                let seconds = seconds(case.hours)?;
                let at = self.clock(zone, case)?.deadline(from, seconds);
                with_answer(line, "at", &optional_instant(at))
            }
            Question::LatestStart => {
                let now = instant("now", case.now.as_deref(), zone, Edge::Start)?;
                let seconds = seconds(case.hours)?;
                let at = self.clock(zone, case)?.latest_start(now, seconds);
                with_answer(line, "at", &optional_instant(at))
            }
            Question::Holidays => {
                let year =
                    case.year.filter(|year| (1..=9999).contains(year)).ok_or("year: missing, or not from 1 to 9999")?;
                let rules =
                    holiday_rules(case.state.as_deref().or(case.holidays.as_deref()), case.regional.as_deref())?;
                if rules.state.is_none() {
                    return Err("state: missing, like \"DE-BW\"".to_owned());
                }
                with_answer(line, "days", &json(&rules.in_year(year))?)
            }
            Question::Recur => with_answer(line, "dates", &json(&recurring(&case, zone)?)?),
        }
    }

    fn clock(&mut self, zone: Tz, case: Case) -> Result<&mut Clock, String> {
        let hours = OpeningHours {
            zone,
            window: case.window,
            windows: case.windows,
            saturday: case.saturday,
            sunday: case.sunday,
            holidays: case.holidays,
            closed: case.closed,
            half: case.half,
            regional: case.regional,
        };
        if !self.clocks.contains_key(&hours) && self.clocks.len() >= CLOCKS_KEPT {
            self.clocks.clear();
        }
        match self.clocks.entry(hours) {
            std::collections::hash_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let calendar = entry.key().to_calendar()?;
                Ok(entry.insert(Clock::new(calendar)))
            }
        }
    }
}

/// Answers one line by itself; for many lines a [`Batch`] is faster.
pub fn answer(question: Question, line: &str, zone: Tz) -> Result<String, String> {
    Batch::new(zone).answer(question, line)
}

impl OpeningHours {
    /// Without `windows` every day is open around the clock before `window`, `saturday` and `sunday` are applied.
    /// Saturday and Sunday count if they are ticked; those of `windows` also if nothing is said about them.
    fn to_calendar(&self) -> Result<Calendar, String> {
        let mut calendar = Calendar::daily(self.zone, Window::WHOLE_DAY);
        let ticked_by_default = self.windows.is_some() && self.window.is_none();
        if let Some(windows) = &self.windows {
            for (day, texts) in windows.iter().enumerate() {
                let parsed = texts.iter().map(|text| window("windows", text)).collect::<Result<_, _>>()?;
                calendar.windows[day] = sort_windows(parsed);
            }
        }
        let own = self.window.as_ref().map(|text| window("window", text)).transpose()?;
        let saturday = self.saturday.unwrap_or(ticked_by_default);
        let sunday = self.sunday.unwrap_or(ticked_by_default);
        calendar = calendar.with_window(own.map(|own| own.from()), own.map(|own| own.to()), saturday, sunday);
        calendar.holidays = holiday_rules(self.holidays.as_deref(), self.regional.as_deref())?;
        for text in self.closed.iter().flatten() {
            match text.parse().map_err(|message| format!("closed: {message}"))? {
                Closing::Yearly(day) => _ = calendar.closed_yearly.insert(day),
                Closing::Days(days) => calendar.closed.push(days),
            }
        }
        for (day, text) in self.half.iter().flatten() {
            let at: TimeOfDay = text.parse().map_err(|message| format!("half: {message}"))?;
            match day.parse().map_err(|message| format!("half: {message}"))? {
                Closing::Yearly(day) => _ = calendar.half_yearly.insert(day, at),
                Closing::Days(days) if days.start() == days.end() => _ = calendar.half.insert(*days.start(), at),
                Closing::Days(_) => return Err(format!("half: \"{day}\" is a range; name each half day by itself")),
            }
        }
        Ok(calendar)
    }
}

/// What is wrong and where; the line's number is the caller's.
fn unreadable(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    format!("column {}: {}", error.column(), message.strip_suffix(&place).unwrap_or(&message))
}

fn window(key: &str, (from, to): &(String, String)) -> Result<Window, String> {
    let time = |text: &str| text.parse::<TimeOfDay>().map_err(|message| format!("{key}: {message}"));
    Window::new(time(from)?, time(to)?).map_err(|message| format!("{key}: {message}"))
}

fn holiday_rules(state: Option<&str>, regional: Option<&[String]>) -> Result<HolidayRules, String> {
    let state = state.map(str::parse::<State>).transpose().map_err(|message| format!("holidays: {message}"))?;
    let regional: Result<BTreeSet<Regional>, String> =
        regional.iter().copied().flatten().map(|text| text.parse()).collect();
    Ok(HolidayRules { state, regional: regional.map_err(|message| format!("regional: {message}"))? })
}

fn instant(key: &str, text: Option<&str>, zone: Tz, edge: Edge) -> Result<DateTime<Utc>, String> {
    let text = text.ok_or_else(|| format!("{key}: missing, like \"2026-11-30T08:00:00Z\""))?;
    // the form that programs write needs no detour
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    let meaning = iso_meaning(&text.to_lowercase(), zone);
    meaning
        .map(|meaning| meaning.at(zone, edge))
        .ok_or_else(|| format!("{key}: \"{text}\" is not an instant, like \"2026-11-30T08:00:00Z\""))
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

fn recurring(case: &Case, zone: Tz) -> Result<Vec<NaiveDate>, String> {
    let start = day("start", case.start.as_deref(), zone)?;
    let every: Every = case.every.as_deref().ok_or("every: missing, like \"1m\"")?.parse()?;
    let until = case.until.as_deref().map(|text| day("until", Some(text), zone)).transpose()?;
    if until.is_none() && case.count.is_none() {
        return Err("until or count: missing; one of them must end the list".to_owned());
    }
    let until = until.unwrap_or(NaiveDate::MAX);
    Ok(every.from(start).take(case.count.unwrap_or(usize::MAX)).take_while(|date| *date <= until).collect())
}

fn optional_instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "null".to_owned(), |at| format!("\"{}\"", at.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

fn json<T: serde::Serialize>(value: &[T]) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

/// The line as it came, with one more key; a key of that name which it already had is replaced.
fn with_answer(line: &str, key: &str, value: &str) -> Result<String, String> {
    let quoted = format!("\"{key}\"");
    if line.contains(&quoted) {
        let mut object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|error| error.to_string())?;
        object.insert(key.to_owned(), serde_json::from_str(value).map_err(|error| error.to_string())?);
        return serde_json::to_string(&object).map_err(|error| error.to_string());
    }
    let open = line.strip_suffix('}').ok_or("a line must be a JSON object")?;
    let separator = if open.trim_end().ends_with('{') { "" } else { "," };
    Ok(format!("{open}{separator}{quoted}:{value}}}"))
}

#[cfg(test)]
mod tests;
