//! Instants of a batch, read and written.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat, Timelike, Utc};
use chrono_tz::Tz;

use crate::calendar::dates::{Edge, iso_meaning};

/// The instant of this key, or what is wrong with it.
pub(super) fn instant(key: &str, text: Option<&str>, zone: Tz, edge: Edge) -> Result<DateTime<Utc>, String> {
    let text = text.ok_or_else(|| format!("{key}: missing, like \"2026-11-30T08:00:00Z\""))?;
    if let Some(instant) = usual_form(text) {
        return Ok(instant);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    let meaning = iso_meaning(&text.to_lowercase(), zone);
    meaning
        .map(|meaning| meaning.at(zone, edge))
        .ok_or_else(|| format!("{key}: \"{text}\" is not an instant, like \"2026-11-30T08:00:00Z\""))
}

/// Reads what most programs write, `2026-11-30T08:00:00` and `Z` or an offset like `+01:00`, several times as fast as
/// the parsers for everything else; what it does not know is theirs.
fn usual_form(text: &str) -> Option<DateTime<Utc>> {
    let [c1, c2, y1, y2, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2, zone @ ..] =
        text.as_bytes()
    else {
        return None;
    };
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let minutes = Some(number(*m1, *m2)?).filter(|minutes| *minutes < 60)?;
            let seconds = (number(*h1, *h2)? * 60 + minutes) as i32 * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let year = number(*c1, *c2)? * 100 + number(*y1, *y2)?;
    let date = NaiveDate::from_ymd_opt(year as i32, number(*mo1, *mo2)?, number(*d1, *d2)?)?;
    let local = date.and_hms_opt(number(*h1, *h2)?, number(*mi1, *mi2)?, number(*s1, *s2)?)?;
    Some(local.checked_sub_offset(FixedOffset::east_opt(offset)?)?.and_utc())
}

/// The number of two digits.
fn number(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// The instant as a JSON string in UTC with `Z`, to the second; none is `null`.
pub(super) fn write_instant(at: Option<DateTime<Utc>>, out: &mut Vec<u8>) {
    let Some(at) = at else { return out.extend_from_slice(b"null") };
    let Ok(year @ 0..=9999) = u32::try_from(at.year()) else { return write_unusual(at, out) };
    if at.nanosecond() >= 1_000_000_000 {
        // a leap second
        return write_unusual(at, out);
    }
    let mut text = *b"\"0000-00-00T00:00:00Z\"";
    let numbers = [year / 100, year % 100, at.month(), at.day(), at.hour(), at.minute(), at.second()];
    for (number, place) in numbers.into_iter().zip([1, 3, 6, 9, 12, 15, 18]) {
        text[place] += (number / 10) as u8;
        text[place + 1] += (number % 10) as u8;
    }
    out.extend_from_slice(&text);
}

fn write_unusual(at: DateTime<Utc>, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\"{}\"", at.to_rfc3339_opts(SecondsFormat::Secs, true)).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(at: DateTime<Utc>) -> String {
        let mut out = Vec::new();
        write_instant(Some(at), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_quite_the_usual_form_is_left_to_the_other_parsers() {
        for text in [
            "2026-11-30T08:00:00",
            "2026-11-30 08:00:00Z",
            "2026-11-30T08:00:00z",
            "2026-11-30T08:00:00.5Z",
            "2026-11-30T08:00Z",
            "2026-02-29T08:00:00Z",
            "2026-11-30T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-11-30T08:00:00+24:00",
            "2026-11-30T08:00:00+01:60",
            "2026-11-30T08:00:00+0100",
            "2026-11-3\u{660}T08:00:00Z",
            "",
        ] {
            assert_eq!(usual_form(text), None, "{text}");
        }
    }

    #[test]
    fn years_of_five_digits_and_leap_seconds_are_written_too() {
        for text in ["2016-12-31T23:59:60Z", "0000-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00"] {
            let at = DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc);
            assert_eq!(written(at), format!("\"{}\"", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_agree_with_chrono(seconds in -62_167_219_200_i64..253_402_300_800, minutes in -1439_i32..1440) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let chronos = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            prop_assert_eq!(usual_form(&chronos), Some(at));
            prop_assert_eq!(written(at), format!("\"{chronos}\""));
            let elsewhere = at.with_timezone(&FixedOffset::east_opt(minutes * 60).unwrap()).to_rfc3339();
            if elsewhere.len() == 25 {
                prop_assert_eq!(usual_form(&elsewhere), Some(at));
            }
        }
    }
}
