//! How long something takes or is past, as people say it.

use chrono::TimeDelta;

use crate::template::Language;

/// `12 min`, `3 h 5 min`, `2 Tage 4 h`: two units at most, nothing below a minute but "weniger als 1 min".
pub fn span(time: TimeDelta, language: Language) -> String {
    let minutes = time.num_minutes().max(0);
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let german = language == Language::German;
    let day = match (german, days) {
        (true, 1) => "1 Tag".to_owned(),
        (true, days) => format!("{days} Tage"),
        (false, 1) => "1 day".to_owned(),
        (false, days) => format!("{days} days"),
    };
    match (days, hours, rest) {
        (0, 0, 0) if german => "weniger als 1 min".to_owned(),
        (0, 0, 0) => "less than 1 min".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (_, 0, _) => day,
        // after some days the hours say nothing
        (7.., ..) => day,
        (_, hours, _) => format!("{day} {hours} h"),
    }
}

/// `vor 12 min`, `12 min ago`.
pub fn ago(time: TimeDelta, language: Language) -> String {
    match language {
        Language::German if time.num_minutes() < 1 => "gerade eben".to_owned(),
        Language::English if time.num_minutes() < 1 => "just now".to_owned(),
        Language::German => format!("vor {}", span(time, language).replace("Tage", "Tagen")),
        Language::English => format!("{} ago", span(time, language)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_at_most() {
        let both = |minutes: i64| {
            let time = TimeDelta::minutes(minutes);
            (ago(time, Language::German), span(time, Language::English))
        };
        for (minutes, german, english) in [
            (0, "gerade eben", "less than 1 min"),
            (12, "vor 12 min", "12 min"),
            (60, "vor 1 h", "1 h"),
            (185, "vor 3 h 5 min", "3 h 5 min"),
            (1440, "vor 1 Tag", "1 day"),
            (2 * 1440 + 61, "vor 2 Tagen 1 h", "2 days 1 h"),
            (30 * 1440 + 61, "vor 30 Tagen", "30 days"),
        ] {
            assert_eq!(both(minutes), (german.to_owned(), english.to_owned()));
        }
    }
}
