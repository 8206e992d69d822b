//! The flags that say which opening hours count, and the dates that are meant in them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wvl::calendar::dates::Moment;
use wvl::calendar::{Calendar, HolidayRules, State, Window, german};
use wvl::error::{Error, Result};
use wvl::output::{Cell, Output, Table, column};

use crate::cli::Context;

/// Which opening hours count.
#[derive(Debug, clap::Args)]
pub struct OpeningHours {
    /// A calendar of the configuration
    #[arg(long, value_name = "NAME", default_value = "default")]
    calendar: String,
    /// A window for Monday to Friday in place of the calendar's, like 08:00-18:00
    #[arg(long, value_name = "FROM-TO")]
    window: Option<Window>,
    /// The window counts on Saturdays too
    #[arg(long, requires = "window")]
    saturday: bool,
    /// The window counts on Sundays too
    #[arg(long, requires = "window")]
    sunday: bool,
    /// The state whose holidays are closed, in place of the calendar's
    #[arg(long, value_name = "DE-XX")]
    holidays: Option<State>,
    /// The time zone, in place of the configured one
    #[arg(long, value_name = "ZONE")]
    zone: Option<Tz>,
}

impl OpeningHours {
    /// The calendar that the flags describe.
    pub fn calendar(&self, context: &mut Context) -> Result<Calendar> {
        let settings = context.settings()?;
        let named = settings.calendars.get(&self.calendar).ok_or_else(|| {
            let known: Vec<&str> = settings.calendars.keys().map(String::as_str).collect();
            Error::usage(format!("there is no calendar \"{}\"", self.calendar))
                .hint(format!("calendars: {}", known.join(", ")))
        })?;
        let mut calendar = match self.window {
            Some(window) => named.with_window(Some(window.from()), Some(window.to()), self.saturday, self.sunday),
            None => named.clone(),
        };
        if let Some(state) = self.holidays {
            calendar.holidays = HolidayRules::of(state);
        }
        if let Some(zone) = self.zone {
            calendar.zone = zone;
        }
        Ok(calendar)
    }

    /// The zone of lines that name none.
    pub fn zone(&self, context: &mut Context) -> Result<Tz> {
        self.zone.map_or_else(|| Ok(context.settings()?.zone), Ok)
    }
}

/// An instant given on the command line, else now. `parse` is one of the date parser's functions.
pub fn instant_or_now(
    context: &mut Context,
    calendar: &Calendar,
    text: Option<&str>,
    parse: impl FnOnce(&str, &Moment<'_>) -> Result<DateTime<Utc>>,
) -> Result<DateTime<Utc>> {
    let now = context.now()?;
    match text {
        None => Ok(now),
        Some(text) => parse(text, &Moment::new(now, calendar.zone).working(calendar)),
    }
}

/// Whole seconds of these hours.
pub fn seconds(hours: Decimal) -> Result<i64> {
    let seconds = hours.checked_mul(Decimal::from(3600)).and_then(|seconds| seconds.round().to_i64());
    seconds.filter(|seconds| *seconds >= 0).ok_or_else(|| {
        Error::usage(format!("{hours} hours cannot be counted")).hint("valid are for example 16, 0.25, 40")
    })
}

/// Hours are written with a point or, as the office does, with a comma.
pub fn parse_hours(text: &str) -> Result<Decimal, String> {
    text.replacen(',', ".", 1).parse().map_err(|_| "write hours like 16 or 0.25".to_owned())
}

/// Says at a terminal what a date was understood as.
pub fn echo(context: &Context, what: &str, at: DateTime<Utc>, zone: Tz) {
    if context.printer.to_terminal() {
        context.printer.note(&format!("{what} {}", german::instant(at, zone)));
    }
}

/// An answer that is one instant.
pub struct Instant {
    pub at: DateTime<Utc>,
    pub zone: Tz,
}

impl Output for Instant {
    fn table(&self) -> Table {
        let columns = vec![column("at", "Zeitpunkt"), column("weekday", "Tag")];
        let local = self.at.with_timezone(&self.zone);
        let weekday = german::weekday(chrono::Datelike::weekday(&local));
        let mut table = Table::new(columns);
        table.push(vec![Cell::Instant(local), Cell::Text(weekday.to_owned())]);
        table
    }
}
