//! What a cell says: from the text of a CSV file to the text that COPY reads, strictly.
//!
//! A cell is right or it is an error; nothing is guessed. Days are `30.11.2026` or `2026-11-30`, also with a time; a
//! date that does not exist and a year that nobody means are errors.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::days::{Moment, day, moment, month};
use super::decimals::Decimals;
use super::profile::Dates;
use super::register::{Cell, MOST_WHOLE_DIGITS};
use super::report::shown;
use crate::calendar::zone::from_local;
use crate::calendar::{end_of_day, midnight, working_days};
use crate::outbox::{address, channels};
use crate::output::unguarded;
use crate::register::{Words, folded};

const YES: [&str; 8] = ["ja", "j", "yes", "y", "true", "wahr", "1", "x"];
const NO: [&str; 6] = ["nein", "n", "no", "false", "falsch", "0"];
const COUNTRIES: [(&str, &[&str]); 6] = [
    ("DE", &["d", "deutschland", "germany", "brd"]),
    ("AT", &["a", "oesterreich", "austria"]),
    ("CH", &["schweiz", "switzerland"]),
    ("FR", &["f", "frankreich", "france"]),
    ("NL", &["niederlande", "netherlands"]),
    ("LU", &["l", "luxemburg", "luxembourg"]),
];

/// Reads cells; knows the zone in which days are meant and the file's decimal mark.
#[derive(Debug)]
pub(super) struct Cells {
    pub zone: Tz,
    pub decimals: Decimals,
    /// How a profile says that days are written.
    pub dates: Option<Dates>,
    /// The file is written for a spreadsheet, with a `'` in front of what would look like a formula (csv-de).
    pub is_guarded: bool,
    /// The day read last with its instants: files are full of the same dates.
    last_day: Option<(NaiveDate, String, String)>,
}

impl Cells {
    pub fn new(zone: Tz, decimals: Decimals) -> Cells {
        Cells { zone, decimals, dates: None, is_guarded: false, last_day: None }
    }

    /// Writes what the cell says as a field of COPY's text format, `\N` if it is empty; an error says what is wrong.
    pub fn write(&mut self, cell: Cell, text: &str, copy: &mut Vec<u8>) -> Result<(), String> {
        let text = text.trim();
        let text = if self.is_guarded { unguarded(text) } else { text };
        if text.is_empty() {
            copy.extend_from_slice(b"\\N");
            return Ok(());
        }
        let iso = match cell {
            Cell::Day | Cell::Start | Cell::Promise => self.dates.map(|dates| dates.to_iso(text)).transpose()?,
            // a month alone is written alike everywhere
            Cell::Month => self.dates.and_then(|dates| dates.to_iso(text).ok()),
            _ => None,
        };
        let text = iso.as_deref().unwrap_or(text);
        match cell {
            Cell::Text => return write_text(text, copy),
            Cell::Email => {
                address::check(text).map_err(|error| error.to_string())?;
                write_text(text, copy)?;
            }
            Cell::Count => copy.extend_from_slice(count(text)?.to_string().as_bytes()),
            Cell::Decimal => {
                let number = self.decimals.read(text)?;
                let whole = number.trim_start_matches('-').split('.').next().unwrap_or_default();
                if whole.trim_start_matches('0').len() > MOST_WHOLE_DIGITS {
                    return Err(format!(
                        "{} is more than can be stored (less than 10^{MOST_WHOLE_DIGITS})",
                        shown(text)
                    ));
                }
                copy.extend_from_slice(number.as_bytes());
            }
            Cell::Day => copy.extend_from_slice(day(text)?.to_string().as_bytes()),
            Cell::Month => copy.extend_from_slice(month(text)?.to_string().as_bytes()),
            Cell::Start => {
                let said = self.instant(text, false)?;
                copy.extend_from_slice(said.as_bytes());
            }
            Cell::Promise => {
                let said = self.instant(text, true)?;
                copy.extend_from_slice(said.as_bytes());
            }
            Cell::YesNo => copy.push(if yes_no(text)? { b't' } else { b'f' }),
            Cell::OneOf(words) => copy.extend_from_slice(one_of(text, words)?.as_bytes()),
            Cell::Currency => copy.extend_from_slice(currency(text)?.as_bytes()),
            Cell::Country => copy.extend_from_slice(country(text)?.as_bytes()),
            Cell::Weekdays => copy.extend_from_slice(working_days(text)?.as_bytes()),
            Cell::Channels => copy.extend_from_slice(channels::wish(text)?.as_bytes()),
        }
        Ok(())
    }

    /// An instant in SQL's form. A day means its 00:00, or its 24:00 if it is a promise. A promise at 00:00 without an
    /// offset is meant as the day too: that is how databases write a date that has no time.
    fn instant(&mut self, text: &str, promise: bool) -> Result<String, String> {
        let moment = moment(text)?;
        let day = match moment {
            Moment::Day(day) => Some(day),
            Moment::Local(local) if promise && local.time() == NaiveTime::MIN => Some(local.date()),
            _ => None,
        };
        let Some(day) = day else {
            return Ok(match moment {
                Moment::Instant(instant) => in_sql(instant.with_timezone(&Utc)),
                Moment::Local(local) => in_sql(from_local(local, self.zone)),
                Moment::Day(day) => in_sql(midnight(day, self.zone)),
            });
        };
        match &self.last_day {
            Some((last, start, end)) if *last == day => Ok(if promise { end } else { start }.clone()),
            _ => {
                let start = in_sql(midnight(day, self.zone));
                let end = in_sql(end_of_day(day, self.zone));
                let said = if promise { end.clone() } else { start.clone() };
                self.last_day = Some((day, start, end));
                Ok(said)
            }
        }
    }
}

fn in_sql(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S%.f+00").to_string()
}

fn count(text: &str) -> Result<i64, String> {
    let digits = text.strip_suffix(",0").or_else(|| text.strip_suffix(".0")).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse::<i64>().ok()).flatten();
    number.ok_or_else(|| format!("{} is no whole number", shown(text)))
}

fn yes_no(text: &str) -> Result<bool, String> {
    let word = folded(text);
    if YES.contains(&word.as_str()) || word == "aktiv" || word == "active" {
        return Ok(true);
    }
    if NO.contains(&word.as_str()) || word == "inaktiv" || word == "inactive" {
        return Ok(false);
    }
    Err(format!("{} is neither yes nor no; write ja or nein", shown(text)))
}

fn one_of(text: &str, words: &'static Words) -> Result<&'static str, String> {
    words.find(text).ok_or_else(|| format!("{} is none of {}", shown(text), words.office().join(", ")))
}

fn currency(text: &str) -> Result<String, String> {
    let code = if text == "€" { "EUR".to_owned() } else { text.to_ascii_uppercase() };
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(code);
    }
    Err(format!("{} is no currency; write three letters, as in EUR", shown(text)))
}

fn country(text: &str) -> Result<String, String> {
    let word = folded(text);
    if let Some((code, _)) = COUNTRIES.iter().find(|(_, names)| names.contains(&word.as_str())) {
        return Ok((*code).to_owned());
    }
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(format!("{} is no country; write two letters, as in DE", shown(text)))
}

/// Text in COPY's format. NUL cannot be stored.
fn write_text(text: &str, copy: &mut Vec<u8>) -> Result<(), String> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t' | 0)) {
        copy.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => copy.extend_from_slice(b"\\n"),
            b'\r' => copy.extend_from_slice(b"\\r"),
            b'\t' => copy.extend_from_slice(b"\\t"),
            0 => return Err("contains a NUL character".to_owned()),
            _ => copy.extend_from_slice(b"\\\\"),
        }
        rest = &rest[at + 1..];
    }
    copy.extend_from_slice(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: Cell, text: &str) -> Result<String, String> {
        let mut cells = Cells::new(chrono_tz::Europe::Berlin, Decimals::new(b';'));
        let mut copy = Vec::new();
        cells.write(cell, text, &mut copy)?;
        Ok(String::from_utf8(copy).unwrap())
    }

    #[test]
    fn a_day_starts_at_midnight_and_a_promise_ends_at_the_next() {
        assert_eq!(read(Cell::Start, "30.11.2026").unwrap(), "2026-11-29 23:00:00+00");
        assert_eq!(read(Cell::Promise, "2026-11-30").unwrap(), "2026-11-30 23:00:00+00");
        assert_eq!(read(Cell::Promise, "2026-11-30 00:00:00").unwrap(), "2026-11-30 23:00:00+00");
        assert_eq!(read(Cell::Promise, "30.11.2026 14:30").unwrap(), "2026-11-30 13:30:00+00");
        assert_eq!(read(Cell::Promise, "2026-11-30T00:00+01:00").unwrap(), "2026-11-29 23:00:00+00");
        assert_eq!(read(Cell::Start, "2026-11-30T14:30:15.5Z").unwrap(), "2026-11-30 14:30:15.500+00");
        assert_eq!(read(Cell::Start, "1.7.2026 24:00").unwrap(), "2026-07-01 22:00:00+00");
        assert_eq!(read(Cell::Promise, "25.10.2026").unwrap(), "2026-10-25 23:00:00+00");
        assert_eq!(read(Cell::Day, "29.02.2024").unwrap(), "2024-02-29");
        assert_eq!(read(Cell::Day, "2024-02-29 00:00:00").unwrap(), "2024-02-29");
    }

    #[test]
    fn a_month_is_its_first_day() {
        for text in ["2026-11", "11/2026", "11.2026", "1.11.2026", "2026-11-01", "2026-11-01 00:00:00"] {
            assert_eq!(read(Cell::Month, text).unwrap(), "2026-11-01", "{text}");
        }
        assert_eq!(
            read(Cell::Month, "30.11.2026").unwrap_err(),
            "\"30.11.2026\" is a day within a month; write 2026-11 or its first day"
        );
        for text in ["2026-13", "0/2026", "11/26", "November", "2026", "1/11/2026", "2026-11-"] {
            assert!(read(Cell::Month, text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        assert_eq!(read(Cell::Start, "31.02.2026").unwrap_err(), "\"31.02.2026\": there is no such day");
        assert_eq!(read(Cell::Start, "1.3.26").unwrap_err(), "\"1.3.26\": write the year with four digits");
        assert!(read(Cell::Promise, "31.12.9999").unwrap_err().contains("leave the cell empty"));
        let wrong = [
            "infinity",
            "-infinity",
            "now",
            "heute",
            "12/31/2026",
            "2026-1-5",
            "30.11.",
            "2026-11-30 25:00",
            "2026-11-30 12:00+99",
            "30-11-2026",
            "2026.11.30",
            "0",
            "2026-11-30 12:00:60",
            "2026-11-30T",
        ];
        for text in wrong {
            assert!(read(Cell::Start, text).is_err(), "{text}");
        }
        assert!(read(Cell::Day, "30.11.2026 14:30").is_err());
    }

    #[test]
    fn words() {
        static KINDS: Words = Words(&[("offer", &["Angebot"]), ("credit_note", &["Gutschrift", "Rechnungskorrektur"])]);
        assert_eq!(read(Cell::OneOf(&KINDS), "angebot").unwrap(), "offer");
        assert_eq!(read(Cell::OneOf(&KINDS), "Credit Note").unwrap(), "credit_note");
        assert_eq!(read(Cell::OneOf(&KINDS), "Brief").unwrap_err(), "\"Brief\" is none of Angebot, Gutschrift");
        assert_eq!(read(Cell::YesNo, "Ja").unwrap(), "t");
        assert_eq!(read(Cell::YesNo, "0").unwrap(), "f");
        assert_eq!(read(Cell::YesNo, "").unwrap(), "\\N");
        assert!(read(Cell::YesNo, "vielleicht").is_err());
        assert_eq!(read(Cell::Country, "Österreich").unwrap(), "AT");
        assert_eq!(read(Cell::Country, "de").unwrap(), "DE");
        assert_eq!(read(Cell::Currency, "€").unwrap(), "EUR");
        assert_eq!(read(Cell::Count, "0042").unwrap(), "42");
        assert!(read(Cell::Count, "-4").is_err());
        assert!(read(Cell::Count, "99999999999999999999").is_err());
    }

    #[test]
    fn days_of_the_week() {
        assert_eq!(read(Cell::Weekdays, "Mo-Do").unwrap(), "1111000");
        assert!(read(Cell::Weekdays, "Mo-Xy").is_err());
        assert_eq!(read(Cell::Channels, "SMS; Mail").unwrap(), "sms,mail");
        assert!(read(Cell::Channels, "SMS an alle!").is_err());
    }

    #[test]
    fn amounts_fit_into_their_columns() {
        assert_eq!(
            read(Cell::Decimal, "-000.999.999.999.999.999,99").unwrap_err(),
            "\"-000.999.999.999.999.999,99\" is no number"
        );
        assert_eq!(read(Cell::Decimal, "-999.999.999.999.999,99").unwrap(), "-999999999999999.99");
        assert_eq!(read(Cell::Decimal, "0000000000000000001").unwrap(), "0000000000000000001");
        let said = read(Cell::Decimal, "1.000.000.000.000.000").unwrap_err();
        assert_eq!(said, "\"1.000.000.000.000.000\" is more than can be stored (less than 10^15)");
    }

    #[test]
    fn the_guard_against_formulas_is_taken_off_where_there_is_one() {
        assert_eq!(read(Cell::Text, "'=1+1").unwrap(), "'=1+1");
        let mut cells = Cells::new(chrono_tz::Europe::Berlin, Decimals::new(b';'));
        cells.is_guarded = true;
        let mut copy = Vec::new();
        cells.write(Cell::Text, "''=1+1", &mut copy).unwrap();
        assert_eq!(copy, b"'=1+1");
    }

    #[test]
    fn mail_addresses() {
        assert_eq!(read(Cell::Email, " a.b@example.org ").unwrap(), "a.b@example.org");
        for text in
            ["a", "a@", "@b", "a@b@c", "a b@c.de", "a@b.de; c@d.de", "-X@x.de", "a@b..de", "<a@b.de>", "a@b\r\nBcc: x"]
        {
            assert!(read(Cell::Email, text).is_err(), "{text:?}");
        }
        let said = read(Cell::Email, "müller@firma.example").unwrap_err();
        assert!(said.contains("letters beyond ASCII"), "{said}");
    }

    #[test]
    fn text_is_escaped_for_copy() {
        assert_eq!(read(Cell::Text, "a\tb\\c\nd").unwrap(), "a\\tb\\\\c\\nd");
        assert!(read(Cell::Text, "a\0b").is_err());
    }
}
