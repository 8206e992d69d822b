//! `[calendar.NAME]`: the texts are taken here, with their places; what they mean is the calendar's business.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::calendar::{Calendar, CalendarSettings, Mistake};
use crate::config::{Complaint, Section};
use crate::escalation::rules::DEFAULT_CALENDAR;

/// The office hours of a `default` calendar that names none.
const OFFICE_HOURS: &str = "08:00-17:00";

/// Days on which hardly any office works, though they are no holidays.
const USUALLY_CLOSED: [&str; 2] = ["12-24", "12-31"];

/// Reads all calendars; `default` exists even if it is not configured.
pub(super) fn read(section: &mut Section<'_>, zone: Tz) -> BTreeMap<String, Calendar> {
    let (mut names, loose): (Vec<String>, _) = section.keys().into_iter().partition(|name| section.has_section(name));
    for key in loose {
        let home = if key == "zone" { "[company]" } else { "[calendar.default]" };
        section.wrong(&key, format!("each calendar is a section of its own; this belongs to {home}"));
    }
    if !names.iter().any(|name| name == DEFAULT_CALENDAR) {
        names.push(DEFAULT_CALENDAR.to_owned());
    }
    let calendars = names.into_iter().filter_map(|name| {
        let calendar = read_one(&mut section.section(&name), zone, name == DEFAULT_CALENDAR)?;
        Some((name, calendar))
    });
    calendars.collect()
}

fn read_one(section: &mut Section<'_>, zone: Tz, is_default: bool) -> Option<Calendar> {
    let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let has_windows = weekdays.iter().any(|day| section.has(day));
    let mut windows = weekdays.map(|day| {
        let usual = is_default && !has_windows && !matches!(day, "sat" | "sun");
        texts(section, day, if usual { &[OFFICE_HOURS] } else { &[] })
    });
    let [mon, tue, wed, thu, fri, sat, sun] = windows.each_mut().map(std::mem::take);
    let texts = CalendarSettings {
        state: section.optional_text("state"),
        regional: texts(section, "regional", &[]),
        mon,
        tue,
        wed,
        thu,
        fri,
        sat,
        sun,
        closed: texts(section, "closed", if is_default { &USUALLY_CLOSED } else { &[] }),
        half: half_days(&mut section.section("half")),
    };
    if !has_windows && !is_default {
        section.wrong(
            "",
            "the calendar never opens: give a weekday its windows, mon = [\"08:00-12:00\", \"13:00-17:00\"]",
        );
    }
    // a file that was written asks for the state; without any file there is nobody to ask
    if is_default && texts.state.is_none() && section.file().is_some() {
        section.warn(
            "",
            Complaint {
                message: "no state is set, so legal holidays count as working days".to_owned(),
                suggestion: Some("set state, for example \"DE-BW\"".to_owned()),
            },
        );
    }
    match texts.to_calendar(zone) {
        Ok(calendar) => Some(calendar),
        Err(mistakes) => {
            mistakes.into_iter().for_each(|mistake| complain(section, mistake));
            // so that what names this calendar is not complained about too
            Some(Calendar::daily(zone, crate::calendar::Window::WHOLE_DAY))
        }
    }
}

fn texts(section: &mut Section<'_>, key: &str, usual: &[&str]) -> Vec<String> {
    let usual = usual.iter().map(|text| (*text).to_owned()).collect();
    section.parsed_list(key, usual, |text| Ok::<_, Complaint>(text.to_owned()))
}

fn half_days(section: &mut Section<'_>) -> BTreeMap<String, String> {
    let days = section.keys().into_iter();
    days.filter_map(|day| section.optional_text(&day).map(|time| (day, time))).collect()
}

fn complain(section: &mut Section<'_>, mistake: Mistake) {
    match (mistake.index, mistake.entry) {
        (_, Some(entry)) => section.section(mistake.key).wrong(&entry, mistake.message),
        (Some(index), None) => section.wrong_item(mistake.key, index, mistake.message),
        (None, None) => section.wrong(mistake.key, mistake.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Reader, Source};

    fn calendars(text: &str) -> (BTreeMap<String, Calendar>, Vec<String>) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let calendars = read(&mut reader.root().section("calendar"), chrono_tz::Europe::Berlin);
        (calendars, reader.finish().problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_default_calendar_has_office_hours() {
        for text in ["", "[calendar.default]\nstate = \"DE-BW\"\n"] {
            let (calendars, problems) = calendars(text);
            assert_eq!(problems, Vec::<String>::new());
            let default = &calendars["default"];
            assert!(default.opens_on("2026-11-20".parse().unwrap()));
            assert!(!default.opens_on("2026-11-21".parse().unwrap()));
            assert!(!default.opens_on("2026-12-24".parse().unwrap()));
        }
    }

    #[test]
    fn a_key_outside_of_a_calendar_is_sent_home() {
        let (_, problems) = calendars("[calendar]\nstate = \"DE-BW\"\n");
        let told = "each calendar is a section of its own; this belongs to [calendar.default]";
        assert_eq!(problems, [format!("wvl.toml:2:9: calendar.state: {told}")]);
    }

    #[test]
    fn mistakes_stand_where_the_text_stands() {
        let (_, problems) = calendars(
            "[calendar.default]\nstate = \"DE-XX\"\nmon = [\"08:00-12:00\", \"13:00-12:00\"]\n\
             half = { \"12-24\" = \"noon\" }\nclosed = [\"24.12.\"]\n[calendar.lager]\nstate = \"DE-BW\"\n",
        );
        let places: Vec<&str> = problems.iter().filter_map(|line| line.split(": ").next()).collect();
        assert_eq!(
            places,
            ["wvl.toml:2:9", "wvl.toml:3:23", "wvl.toml:4:20", "wvl.toml:5:11", "wvl.toml:6:11"],
            "{problems:#?}"
        );
    }
}
