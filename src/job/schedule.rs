//! When a job runs: cron's five fields, as Debian's cron reads them. Pure.
//!
//! Written here and not taken from a library, because the fields themselves are needed: for a systemd timer, and for the
//! question whether a run ever falls into an office's hours.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::calendar::{from_local, local_day};
use crate::config::{Complaint, nearest};

/// 29 February comes again within eight years, whatever the century.
const DAYS_SEARCHED: u64 = 8 * 366;

/// Short names of whole schedules.
const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field: its name in messages, its range, and names for its values from the first on.
struct Kind {
    name: &'static str,
    first: u8,
    last: u8,
    names: &'static [&'static str],
}

/// Minute, hour, day, month and weekday; 7 is Sunday too.
const KINDS: [Kind; 5] = [
    Kind { name: "minute", first: 0, last: 59, names: &[] },
    Kind { name: "hour", first: 0, last: 23, names: &[] },
    Kind { name: "day of the month", first: 1, last: 31, names: &[] },
    Kind { name: "month", first: 1, last: 12, names: &MONTHS },
    Kind { name: "day of the week", first: 0, last: 7, names: &WEEKDAYS },
];

/// The values of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Ascending, each once.
    pub values: Vec<u8>,
    /// Begins with an asterisk. Of day and weekday both must fit if one of them does, else either.
    pub is_star: bool,
}

/// A schedule. Equal texts are equal schedules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    pub(super) minutes: Field,
    pub(super) hours: Field,
    pub(super) days: Field,
    pub(super) months: Field,
    /// 0 is Sunday.
    pub(super) weekdays: Field,
}

impl Schedule {
    /// Whether it has a run on this day.
    pub fn runs_on(&self, date: NaiveDate) -> bool {
        let has = |field: &Field, value: u32| field.values.iter().any(|known| u32::from(*known) == value);
        let day = has(&self.days, date.day());
        let weekday = has(&self.weekdays, date.weekday().num_days_from_sunday());
        let is_day = if self.days.is_star || self.weekdays.is_star { day && weekday } else { day || weekday };
        is_day && has(&self.months, date.month())
    }

    /// The times of day of its runs, ascending.
    pub fn times(&self) -> impl Iterator<Item = NaiveTime> + '_ {
        self.hours.values.iter().flat_map(|hour| {
            let minutes = self.minutes.values.iter();
            minutes.filter_map(|minute| NaiveTime::from_hms_opt(u32::from(*hour), u32::from(*minute), 0))
        })
    }

    /// The runs of one local day. What falls into an hour that the zone skips comes when the hour is over, what falls into
    /// a repeated one is counted once: less than cron does is promised, never more.
    pub fn runs_of(&self, date: NaiveDate, zone: Tz) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let times = self.runs_on(date).then(|| self.times());
        times.into_iter().flatten().map(move |time| from_local(date.and_time(time), zone))
    }

    /// The first run after this instant; none: it names a day that does not exist, such as 30 February.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let first = local_day(after, zone);
        let mut days = (0..DAYS_SEARCHED).map_while(|day| first.checked_add_days(Days::new(day)));
        days.find_map(|day| self.runs_of(day, zone).find(|run| *run > after))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Schedule {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Schedule, Complaint> {
        let named = NAMED.iter().find(|(name, _)| *name == text.trim()).map(|(_, fields)| *fields);
        if named.is_none() && text.trim_start().starts_with('@') {
            return Err(Complaint {
                message: format!("\"{text}\" is no schedule that comes again"),
                suggestion: nearest(text.trim(), NAMED.iter().map(|(name, _)| *name))
                    .map(|near| format!("did you mean \"{near}\"?")),
            });
        }
        let words: Vec<&str> = named.unwrap_or(text).split_whitespace().collect();
        let [minute, hour, day, month, weekday] = words[..] else {
            return Err(Complaint {
                message: format!("\"{text}\" has not 5 fields but {}", words.len()),
                suggestion: Some(
                    "minute, hour, day, month, day of the week: \"*/10 7-18 * * mon-fri\"; \"\" for never".to_owned(),
                ),
            });
        };
        let mut fields = Vec::with_capacity(KINDS.len());
        for (kind, word) in KINDS.iter().zip([minute, hour, day, month, weekday]) {
            fields.push(field(kind, word)?);
        }
        let [minutes, hours, days, months, mut weekdays] =
            <[Field; 5]>::try_from(fields).map_err(|_| Complaint::from("five fields are not five"))?;
        if weekdays.values.last() == Some(&7) {
            weekdays.values.pop();
            if weekdays.values.first() != Some(&0) {
                weekdays.values.insert(0, 0);
            }
        }
        let schedule = Schedule { text: words.join(" "), minutes, hours, days, months, weekdays };
        match schedule.next_after(DateTime::UNIX_EPOCH, Tz::UTC) {
            Some(_) => Ok(schedule),
            None => Err(format!("\"{text}\" names a day that no year has").into()),
        }
    }
}

fn field(kind: &Kind, text: &str) -> Result<Field, Complaint> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let wrong = |why: &str| Complaint::from(format!("{}: \"{part}\" {why}", kind.name));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (kind.first, if kind.last == 7 { 6 } else { kind.last }),
            Some((from, to)) => (value(kind, from)?, value(kind, to)?),
            None if step.is_some() => return Err(wrong("has a step but no range; write it like */10 or 8-18/2")),
            None => (value(kind, range)?, value(kind, range)?),
        };
        if to < from {
            return Err(wrong("ends before it begins; write it as two, such as 22-23,0-5"));
        }
        let step = match step.map(str::parse::<u8>) {
            None => 1,
            Some(Ok(step)) if step > 0 => step,
            Some(_) => return Err(wrong("has no step such as */10")),
        };
        values.extend((from..=to).step_by(usize::from(step)));
    }
    values.sort_unstable();
    values.dedup();
    Ok(Field { values, is_star: text.starts_with('*') })
}

fn value(kind: &Kind, word: &str) -> Result<u8, Complaint> {
    let by_name = kind.names.iter().position(|name| name.eq_ignore_ascii_case(word));
    let number = match by_name.and_then(|at| u8::try_from(at).ok()) {
        Some(at) => Some(kind.first + at),
        // no sign and no more than cron reads
        None => word.parse().ok().filter(|_| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())),
    };
    number.filter(|number| (kind.first..=kind.last).contains(number)).ok_or_else(|| {
        let names = match kind.names {
            [first, .., last] => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        format!("{}: \"{word}\" is not {} to {}{names}", kind.name, kind.first, kind.last).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|complaint: Complaint| panic!("{text}: {complaint:?}"))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The next runs, in local time.
    fn next(text: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = schedule(text);
        std::iter::successors(schedule.next_after(at(after), BERLIN), |run| schedule.next_after(*run, BERLIN))
            .take(count)
            .map(|run| run.with_timezone(&BERLIN).format("%a %d.%m. %H:%M").to_string())
            .collect()
    }

    #[test]
    fn the_next_runs() {
        assert_eq!(
            next("*/20 8-9 * * mon-fri", "2026-11-20T08:15:00Z", 4),
            ["Fri 20.11. 09:20", "Fri 20.11. 09:40", "Mon 23.11. 08:00", "Mon 23.11. 08:20",]
        );
        assert_eq!(
            next("0 6 1,15 * 5", "2026-11-20T08:15:00Z", 3),
            ["Fri 27.11. 06:00", "Tue 01.12. 06:00", "Fri 04.12. 06:00"]
        );
        // an asterisk in one of them, and both count
        assert_eq!(next("0 6 */2 * 5", "2026-11-20T08:15:00Z", 2), ["Fri 27.11. 06:00", "Fri 11.12. 06:00"]);
        assert_eq!(next("@weekly", "2026-11-20T08:15:00Z", 1), ["Sun 22.11. 00:00"]);
        assert_eq!(
            next("5 4 * * 6-7", "2026-11-20T08:15:00Z", 3),
            ["Sat 21.11. 04:05", "Sun 22.11. 04:05", "Sat 28.11. 04:05"]
        );
        assert_eq!(next("0 0 29 2 *", "2026-11-20T08:15:00Z", 1), ["Tue 29.02. 00:00"]);
    }

    #[test]
    fn the_nights_on_which_the_clock_is_changed() {
        assert_eq!(next("30 2 * * *", "2026-03-28T12:00:00Z", 2), ["Sun 29.03. 03:00", "Mon 30.03. 02:30"]);
        assert_eq!(next("30 2 * * *", "2026-10-24T12:00:00Z", 2), ["Sun 25.10. 02:30", "Mon 26.10. 02:30"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let told = |text: &str| text.parse::<Schedule>().unwrap_err().message;
        assert_eq!(told("*/10 * * *"), "\"*/10 * * *\" has not 5 fields but 4");
        assert_eq!(told("60 * * * *"), "minute: \"60\" is not 0 to 59");
        assert_eq!(told("0 8 * * mo-fr"), "day of the week: \"mo\" is not 0 to 7 or sun to sat");
        assert_eq!(told("0 18-8 * * *"), "hour: \"18-8\" ends before it begins; write it as two, such as 22-23,0-5");
        assert_eq!(told("*/0 * * * *"), "minute: \"*/0\" has no step such as */10");
        assert_eq!(told("5/10 * * * *"), "minute: \"5/10\" has a step but no range; write it like */10 or 8-18/2");
        assert_eq!(told("0 0 30 2 *"), "\"0 0 30 2 *\" names a day that no year has");
        assert_eq!(told("@reboot"), "\"@reboot\" is no schedule that comes again");
        for odd in ["", "+5 * * * *", "5 % * * *", "1,,2 * * * *", "* * * * * root", "005 * * * *"] {
            assert!(odd.parse::<Schedule>().is_err(), "{odd}");
        }
    }
}
