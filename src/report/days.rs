//! Which days stand in which column of a report. Pure.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::evening::Period;
use crate::calendar::{Calendar, working_day_add};

/// With so many days of the past a day is compared, and with so many weeks a week.
const COMPARED: usize = 4;
/// With so many months a month is compared.
const MONTHS_COMPARED: u32 = 3;
/// What lies longer ago says nothing about what is usual.
const WEEKS_BACK: u64 = 26;

/// Days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one.
    pub first: NaiveDate,
    /// The last one.
    pub last: NaiveDate,
}

impl Span {
    /// Every day of it, oldest first.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// What a working day has to tell: itself, and the free days before it.
    pub fn of_working_day(day: NaiveDate, calendar: &Calendar) -> Span {
        let before = working_day_add(calendar, day, -1).and_then(|before| before.succ_opt());
        Span { first: before.unwrap_or(day), last: day }
    }

    /// The calendar month of a day.
    pub fn month_of(day: NaiveDate) -> Span {
        let first = first_of_month(day);
        Span { first, last: last_of_month(first) }
    }
}

/// The days of a report, column by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of the first column.
    pub now: Span,
    /// Whose average is usual; the nearest first.
    pub compared: Vec<Span>,
    /// The month so far; of a month the year so far.
    pub total: Span,
    /// All of the month, or of the year, that has the target.
    pub whole: Span,
    /// The month day by day, for the chart.
    pub month: Span,
}

impl Asked {
    /// The columns of a report about the period that ends with `day`.
    pub fn of(period: Period, day: NaiveDate, calendar: &Calendar) -> Asked {
        let month = Span { first: first_of_month(day), last: day };
        let whole_month = Span::month_of(day);
        match period {
            Period::Day => Asked {
                now: Span::of_working_day(day, calendar),
                compared: same_weekdays(day, calendar),
                total: month,
                whole: whole_month,
                month,
            },
            Period::Week => Asked {
                now: Span { first: day.week(Weekday::Mon).first_day(), last: day },
                compared: weeks_before(day),
                total: month,
                whole: whole_month,
                month,
            },
            Period::Month => {
                let year = Span {
                    first: day.with_ordinal(1).unwrap_or(month.first),
                    last: day.with_month(12).and_then(|december| december.with_day(31)).unwrap_or(day),
                };
                let before = (1..=MONTHS_COMPARED).filter_map(|n| month.first.checked_sub_months(Months::new(n)));
                Asked {
                    now: month,
                    compared: before.map(Span::month_of).collect(),
                    total: Span { first: year.first, last: day },
                    whole: year,
                    month,
                }
            }
        }
    }

    /// Leaves out what lies before the company's first document: of days that were none nothing is usual.
    pub fn since(mut self, oldest: Option<NaiveDate>) -> Asked {
        self.compared.retain(|span| oldest.is_some_and(|oldest| span.last >= oldest));
        self
    }

    /// Every day that stands in some column, once.
    pub fn all_days(&self) -> Vec<NaiveDate> {
        let spans = self.compared.iter().copied().chain([self.now, self.total, self.month]);
        spans.flat_map(Span::days).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The first days of the months whose targets count together.
    pub fn target_months(&self) -> Vec<NaiveDate> {
        self.whole.days().filter(|day| day.day() == 1).collect()
    }

    /// The part of the working days of [`Asked::whole`] that is over: over, and all.
    pub fn pace(&self, calendar: &Calendar) -> (u32, u32) {
        let (mut over, mut all) = (0, 0);
        for day in self.whole.days().filter(|day| calendar.opens_on(*day)) {
            all += 1;
            over += u32::from(day <= self.total.last);
        }
        (over, all)
    }
}

/// The last days with the same name on which people worked, each with the free days before it.
fn same_weekdays(day: NaiveDate, calendar: &Calendar) -> Vec<Span> {
    let weeks = (1..=WEEKS_BACK).filter_map(|week| day.checked_sub_days(Days::new(7 * week)));
    let working = weeks.filter(|day| calendar.opens_on(*day)).take(COMPARED);
    working.map(|day| Span::of_working_day(day, calendar)).collect()
}

/// The weeks before that of a day, from Monday to Sunday.
fn weeks_before(day: NaiveDate) -> Vec<Span> {
    let monday = day.week(Weekday::Mon).first_day();
    let mondays = (1..=COMPARED as u64).filter_map(|week| monday.checked_sub_days(Days::new(7 * week)));
    mondays.map(|monday| Span { first: monday, last: monday.week(Weekday::Mon).last_day() }).collect()
}

/// The first day of the month of a day.
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn last_of_month(first: NaiveDate) -> NaiveDate {
    first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{CalendarSettings, HolidayRules};

    fn calendar(saturdays: bool) -> Calendar {
        let hours = || vec!["08:00-17:00".to_owned()];
        let settings = CalendarSettings {
            state: Some("DE-BW".to_owned()),
            regional: Vec::new(),
            mon: hours(),
            tue: hours(),
            wed: hours(),
            thu: hours(),
            fri: hours(),
            sat: if saturdays { hours() } else { Vec::new() },
            sun: Vec::new(),
            closed: vec!["12-24".to_owned(), "12-31".to_owned()],
            half: Default::default(),
        };
        settings.to_calendar(chrono_tz::Europe::Berlin).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn told(span: Span) -> String {
        format!("{}..{}", span.first.format("%d.%m."), span.last.format("%d.%m."))
    }

    fn asked(period: Period, of: &str) -> Asked {
        Asked::of(period, day(of), &calendar(false))
    }

    #[test]
    fn a_working_day_has_the_free_days_before_it() {
        let span = |text, saturdays| told(Span::of_working_day(day(text), &calendar(saturdays)));
        assert_eq!(span("2026-11-24", false), "24.11...24.11.");
        assert_eq!(span("2026-11-23", false), "21.11...23.11.");
        // where Saturdays are worked, theirs is their own
        assert_eq!(span("2026-11-23", true), "22.11...23.11.");
        assert_eq!(span("2026-11-21", true), "21.11...21.11.");
        // Tuesday after Easter: Good Friday to Easter Monday are free
        assert_eq!(span("2026-04-07", false), "03.04...07.04.");
        // Monday after Christmas: from Christmas Eve on
        assert_eq!(span("2026-12-28", false), "24.12...28.12.");
        // on a free day that somebody asks about, all since the last working day
        assert_eq!(span("2026-11-22", false), "21.11...22.11.");
        let never = Calendar { holidays: HolidayRules::default(), ..calendar(false) };
        let never = Calendar { windows: std::array::from_fn(|_| Vec::new()), ..never };
        assert_eq!(told(Span::of_working_day(day("2026-11-24"), &never)), "24.11...24.11.");
        assert_eq!(Asked::of(Period::Day, day("2026-11-24"), &never).compared, []);
    }

    #[test]
    fn a_day_is_compared_with_its_like() {
        let compared = |text| asked(Period::Day, text).compared.into_iter().map(told).collect::<Vec<_>>();
        assert_eq!(compared("2026-11-23"), ["14.11...16.11.", "07.11...09.11.", "31.10...02.11.", "24.10...26.10."]);
        // Whit Monday is left out, and the first of May was a Friday
        assert_eq!(compared("2026-06-01"), ["16.05...18.05.", "09.05...11.05.", "01.05...04.05.", "25.04...27.04."]);
        // the Tuesday after Easter Monday tells of five days, when others tell of one
        assert_eq!(compared("2026-04-14"), ["03.04...07.04.", "31.03...31.03.", "24.03...24.03.", "17.03...17.03."]);
        // nobody works on Sundays
        assert_eq!(compared("2026-11-22"), [""; 0]);
    }

    #[test]
    fn a_young_company_compares_with_less() {
        let since = |oldest: Option<&str>| asked(Period::Day, "2026-11-23").since(oldest.map(day)).compared.len();
        assert_eq!((since(Some("2020-01-01")), since(Some("2026-11-09")), since(Some("2026-11-10"))), (4, 2, 1));
        assert_eq!((since(Some("2026-11-20")), since(None)), (0, 0));
    }

    #[test]
    fn the_month_goes_up_to_the_day() {
        let monday = asked(Period::Day, "2026-11-02");
        assert_eq!((told(monday.now), told(monday.total)), ("31.10...02.11.".into(), "01.11...02.11.".into()));
        assert_eq!(told(monday.whole), "01.11...30.11.");
        assert_eq!(monday.target_months(), [day("2026-11-01")]);
        let days = monday.all_days();
        assert_eq!((days.len(), days[0]), (15, day("2026-10-03")));
        // November 2026 has 21 working days in Baden-Württemberg (the 1st is a Sunday)
        assert_eq!(monday.pace(&calendar(false)), (1, 21));
        assert_eq!(asked(Period::Day, "2026-11-30").pace(&calendar(false)), (21, 21));
    }

    #[test]
    fn a_week_begins_on_monday() {
        let week = asked(Period::Week, "2026-11-27");
        assert_eq!((told(week.now), told(week.total)), ("23.11...27.11.".into(), "01.11...27.11.".into()));
        let compared: Vec<String> = week.compared.iter().copied().map(told).collect();
        assert_eq!(compared, ["16.11...22.11.", "09.11...15.11.", "02.11...08.11.", "26.10...01.11."]);
    }

    #[test]
    fn a_month_is_measured_by_its_year() {
        let month = asked(Period::Month, "2026-03-31");
        assert_eq!((told(month.now), told(month.total)), ("01.03...31.03.".into(), "01.01...31.03.".into()));
        let compared: Vec<String> = month.compared.iter().copied().map(told).collect();
        assert_eq!(compared, ["01.02...28.02.", "01.01...31.01.", "01.12...31.12."]);
        assert_eq!((told(month.whole), month.target_months().len()), ("01.01...31.12.".into(), 12));
        assert_eq!(asked(Period::Month, "2026-02-28").pace(&calendar(false)).0, 40);
    }
}
