//! Numbers that wvl gives out itself: `2026-0001`, without a gap and without a race.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;

use super::schema::number_ranges;
use crate::error::{Error, Result};

/// The next number of a range that no record has yet.
///
/// Locks the range's row until the transaction ends, so take a number after everything else that can wait. `day` is the
/// local day that decides the year. `is_taken` tells of numbers that came in with a file.
pub fn next_free(
    connection: &mut PgConnection,
    range: &str,
    day: NaiveDate,
    mut is_taken: impl FnMut(&mut PgConnection, &str) -> Result<bool>,
) -> Result<String> {
    let (id, mask, period, mut counter): (i64, String, String, i64) = number_ranges::table
        .filter(number_ranges::name.eq(range))
        .select((number_ranges::id, number_ranges::mask, number_ranges::period, number_ranges::counter))
        .for_update()
        .first(connection)
        .optional()?
        .ok_or_else(|| {
            Error::not_found("number range", range).hint("“wvl db migrate” makes the ranges that wvl needs")
        })?;
    let this_period = period_of(&mask, day);
    if period != this_period {
        counter = 0;
    }
    loop {
        counter += 1;
        let number = written(&mask, day, counter);
        if !is_taken(connection, &number)? {
            diesel::update(number_ranges::table.find(id))
                .set((number_ranges::period.eq(&this_period), number_ranges::counter.eq(counter)))
                .execute(connection)?;
            return Ok(number);
        }
    }
}

/// The year in which a mask counts, empty if there is none in it.
fn period_of(mask: &str, day: NaiveDate) -> String {
    if mask.contains("YYYY") { format!("{:04}", day.year()) } else { String::new() }
}

/// A number under a mask: YYYY is the year, the run of # the counter, wider if it has to be. A mask without # gets the
/// counter at its end: numbers must differ.
fn written(mask: &str, day: NaiveDate, counter: i64) -> String {
    let dated = mask.replace("YYYY", &format!("{:04}", day.year()));
    let Some(start) = dated.find('#') else { return format!("{dated}{counter}") };
    let width = dated[start..].chars().take_while(|character| *character == '#').count();
    format!("{}{counter:0width$}{}", &dated[..start], &dated[start + width..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn masks() {
        let monday = day("2026-11-23");
        assert_eq!(written("YYYY-####", monday, 7), "2026-0007");
        assert_eq!(written("A-YYYY-####", monday, 12_345), "A-2026-12345");
        assert_eq!(written("T###/YYYY", monday, 1), "T001/2026");
        assert_eq!(written("YYYY-", monday, 3), "2026-3");
    }

    #[test]
    fn a_mask_without_a_year_counts_on() {
        assert_eq!(period_of("T####", day("2026-11-23")), "");
        assert_eq!(period_of("YYYY-####", day("2027-01-01")), "2027");
    }
}
