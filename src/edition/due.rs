//! Which mails a day asks for. Pure.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};

use super::{DEPARTMENT_DAILY, GF_DAILY, GF_MONTHLY, GF_WEEKLY, PERSONAL_DAILY};
use crate::calendar::{Calendar, at_local, local_day, working_day_add};
use crate::escalation::rules::DEFAULT_CALENDAR;
use crate::report::evening::Period;
use crate::settings::Settings;

/// One mail that a day asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its name: [`GF_DAILY`] and its like.
    pub report: &'static str,
    /// How much it looks at together.
    pub period: Period,
    /// The day that it is about; of a month the last one.
    pub day: NaiveDate,
}

/// The mails of the house that the day of `now` asks for, from `report.send_at` on: none on a free day.
///
/// A week's is due on its last working day, a month's on the first working day after it.
pub fn due(settings: &Settings, now: DateTime<Utc>) -> Vec<Due> {
    let today = local_day(now, settings.zone);
    match now >= at_local(today, settings.report.send_at, settings.zone) {
        true => of_day(settings, today),
        false => Vec::new(),
    }
}

/// The mails that a day asks for, at whatever hour.
pub fn of_day(settings: &Settings, today: NaiveDate) -> Vec<Due> {
    let Some(calendar) = settings.calendar(DEFAULT_CALENDAR).filter(|calendar| calendar.opens_on(today)) else {
        return Vec::new();
    };
    let report = &settings.report;
    let daily = |report| Due { report, period: Period::Day, day: today };
    let mut due = Vec::new();
    if report.gf_daily.has_readers(&settings.escalation.company_heads) {
        due.push(daily(GF_DAILY));
        if report.gf_daily.weekly && is_last_of_week(calendar, today) {
            due.push(Due { report: GF_WEEKLY, period: Period::Week, day: today });
        }
        if let Some(day) = month_before(calendar, today).filter(|_| report.gf_daily.monthly) {
            due.push(Due { report: GF_MONTHLY, period: Period::Month, day });
        }
    }
    if !report.department_daily.to.is_empty() {
        due.push(daily(DEPARTMENT_DAILY));
    }
    if report.personal {
        due.push(daily(PERSONAL_DAILY));
    }
    due
}

/// No working day is left up to Sunday.
fn is_last_of_week(calendar: &Calendar, day: NaiveDate) -> bool {
    let left = Weekday::Sun.num_days_from_monday() - day.weekday().num_days_from_monday();
    (1..=u64::from(left)).filter_map(|days| day.checked_add_days(Days::new(days))).all(|day| !calendar.opens_on(day))
}

/// The last day of the month before, if this is the first working day since.
fn month_before(calendar: &Calendar, day: NaiveDate) -> Option<NaiveDate> {
    let first = day.with_day(1)?;
    (working_day_add(calendar, first, 0) == Some(day)).then(|| first.pred_opt()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn settings(text: &str) -> Settings {
        let calendar = "[escalation]\ncompany_heads = [1]\n[calendar.default]\nstate = \"DE-BW\"\n";
        Settings::load(&Source::from_text("wvl.toml", &format!("{calendar}{text}")), &[]).unwrap().0
    }

    const TO_HEADS: &str = "[report.gf-daily]\nto = \"company-head\"\n";

    fn names(settings: &Settings, instant: &str) -> Vec<String> {
        let due = due(settings, instant.parse().unwrap());
        due.iter().map(|due| format!("{} {}", due.report, due.day)).collect()
    }

    #[test]
    fn nothing_leaves_before_its_hour_or_on_a_free_day() {
        let settings = settings(TO_HEADS);
        assert_eq!(names(&settings, "2026-11-24T17:29:59Z"), Vec::<String>::new());
        assert_eq!(names(&settings, "2026-11-24T17:30:00Z"), ["gf-daily 2026-11-24"]);
        for free in ["2026-11-22T20:00:00Z", "2026-12-25T20:00:00Z", "2026-12-24T20:00:00Z"] {
            assert_eq!(names(&settings, free), Vec::<String>::new(), "{free}");
        }
    }

    #[test]
    fn the_last_working_day_of_a_week_brings_the_week() {
        let settings = settings(TO_HEADS);
        assert_eq!(names(&settings, "2026-11-27T18:00:00Z"), ["gf-daily 2026-11-27", "gf-weekly 2026-11-27"]);
        // before Good Friday
        assert_eq!(names(&settings, "2026-04-02T18:00:00Z"), ["gf-daily 2026-04-02", "gf-weekly 2026-04-02"]);
        let open_on_saturday =
            self::settings(&format!("sat = [\"08:00-12:00\"]\nfri = [\"08:00-17:00\"]\n{TO_HEADS}monthly = false\n"));
        assert_eq!(names(&open_on_saturday, "2026-11-27T18:00:00Z"), ["gf-daily 2026-11-27"]);
        assert_eq!(names(&open_on_saturday, "2026-11-28T18:00:00Z"), ["gf-daily 2026-11-28", "gf-weekly 2026-11-28"]);
    }

    #[test]
    fn the_first_working_day_of_a_month_brings_the_one_before() {
        let settings = settings(TO_HEADS);
        // the first of November is a Sunday and a holiday
        assert_eq!(names(&settings, "2026-11-02T18:00:00Z"), ["gf-daily 2026-11-02", "gf-monthly 2026-10-31"]);
        assert_eq!(names(&settings, "2026-11-03T18:00:00Z"), ["gf-daily 2026-11-03"]);
        let expected = ["gf-daily 2027-01-04", "gf-monthly 2026-12-31"];
        assert_eq!(names(&settings, "2027-01-04T18:00:00Z"), expected);
    }

    #[test]
    fn nobody_is_asked_for_where_nobody_is_named() {
        let all = settings(
            "[report.gf-daily]\nto = \"\"\n[report.department-daily]\nto = \"department\"\n[report.personal]\nactive = true\n",
        );
        assert_eq!(names(&all, "2026-11-27T18:00:00Z"), ["department-daily 2026-11-27", "personal-daily 2026-11-27"]);
    }
}
