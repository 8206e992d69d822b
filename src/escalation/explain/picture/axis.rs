//! The marks above the line: hours, days, weeks, months or years.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{Canvas, Glyph, Ink};
use crate::calendar::zone::from_local;
use crate::calendar::{german, local_day, midnight};

impl Canvas {
    /// Days, weeks, months or years, whichever are the finest that there is room for.
    pub(super) fn axis(&self) -> Vec<Glyph> {
        let mut row = vec![(' ', Ink::Plain); self.cells];
        for ticks in SCALES.iter().map(|scale| self.ticks(*scale)) {
            let cells: Vec<usize> = ticks.iter().map(|(cell, _)| *cell).collect();
            let widest = ticks.iter().map(|(_, label)| label.chars().count() + 2).max().unwrap_or(0);
            if ticks.is_empty() || cells.windows(2).any(|pair| pair[1] - pair[0] < widest) {
                continue;
            }
            for (cell, label) in ticks {
                for (offset, glyph) in format!("│{label}").chars().enumerate().take(self.cells - cell) {
                    row[cell + offset] = (glyph, Ink::Faint);
                }
            }
            break;
        }
        row
    }

    fn ticks(&self, scale: Scale) -> Vec<(usize, String)> {
        let (first, last) = (local_day(self.from, self.zone), local_day(self.to, self.zone));
        // one for each day that anybody could see
        let mut ticks = Vec::new();
        let mut day = scale.begin(first);
        while day <= last && ticks.len() <= self.cells {
            for (at, label) in scale.labels(day, self.zone) {
                if let Some(cell) = self.cell(at).filter(|_| at < self.to) {
                    ticks.push((cell, label));
                }
            }
            let Some(next) = scale.next(day) else { break };
            day = next;
        }
        ticks
    }
}

/// What the marks of the axis are apart.
#[derive(Clone, Copy, Debug)]
enum Scale {
    Hours(u32),
    Days,
    /// Without the month, then without the weekday.
    ShortDays,
    BareDays,
    Weeks(u64),
    Months(u32),
    Years(u32),
}

const SCALES: [Scale; 18] = [
    Scale::Hours(1),
    Scale::Hours(2),
    Scale::Hours(3),
    Scale::Hours(6),
    Scale::Hours(12),
    Scale::Days,
    Scale::ShortDays,
    Scale::BareDays,
    Scale::Weeks(1),
    Scale::Weeks(2),
    Scale::Months(1),
    Scale::Months(2),
    Scale::Months(3),
    Scale::Months(6),
    Scale::Years(1),
    Scale::Years(2),
    Scale::Years(5),
    Scale::Years(10),
];

impl Scale {
    fn begin(self, day: NaiveDate) -> NaiveDate {
        match self {
            Scale::Hours(_) | Scale::Days | Scale::ShortDays | Scale::BareDays => day,
            Scale::Weeks(_) => day - TimeDelta::days(day.weekday().num_days_from_monday().into()),
            Scale::Months(_) => day.with_day(1).unwrap_or(day),
            Scale::Years(_) => NaiveDate::from_yo_opt(day.year(), 1).unwrap_or(day),
        }
    }

    fn next(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Scale::Hours(_) | Scale::Days | Scale::ShortDays | Scale::BareDays => day.succ_opt(),
            Scale::Weeks(weeks) => day.checked_add_days(Days::new(weeks * 7)),
            Scale::Months(months) => day.checked_add_months(Months::new(months)),
            Scale::Years(years) => day.checked_add_months(Months::new(years * 12)),
        }
    }

    fn labels(self, day: NaiveDate, zone: Tz) -> Vec<(DateTime<Utc>, String)> {
        let at = midnight(day, zone);
        let date = format!("{} {}", german::weekday(day.weekday()), day.format("%d.%m."));
        match self {
            Scale::Hours(step) => {
                let time = |hour: u32| {
                    let at = day.and_hms_opt(hour, 0, 0).map(|local| from_local(local, zone));
                    Some((at?, format!("{hour:02}:00")))
                };
                let rest = (1..24).filter(|hour| hour % step == 0).filter_map(time);
                std::iter::once((at, date)).chain(rest).collect()
            }
            Scale::Days | Scale::Weeks(_) => vec![(at, date)],
            Scale::ShortDays => {
                vec![(at, format!("{} {}", german::weekday(day.weekday()), day.format("%d.")))]
            }
            Scale::BareDays => vec![(at, day.format("%d.").to_string())],
            Scale::Months(_) => vec![(at, day.format("%m.%Y").to_string())],
            Scale::Years(_) => vec![(at, day.year().to_string())],
        }
    }
}
