//! Numbers that wvl gives out itself: `2026-0001`, without a gap and without a race.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::schema::number_ranges;
use crate::error::{Error, Result};

/// Longer counts than these nobody has reached; what looks like one is something else.
const MOST_DIGITS: i32 = 15;

/// The next number of a range that no record of `table` has yet in its column `number`.
///
/// Locks the range's row until the transaction ends, so take a number after everything else that can wait. `day` is the
/// local day that decides the year. Numbers that came in with a file are jumped over. The range counts the latest year it
/// has seen; for a day of an earlier one the number follows the highest there, and the count stays as it is.
pub fn next_free(connection: &mut PgConnection, range: &str, day: NaiveDate, table: &'static str) -> Result<String> {
    let (id, mask, period, counter): (i64, String, String, i64) = number_ranges::table
        .filter(number_ranges::name.eq(range))
        .select((number_ranges::id, number_ranges::mask, number_ranges::period, number_ranges::counter))
        .for_update()
        .first(connection)
        .optional()?
        .ok_or_else(|| {
            Error::not_found("number range", range).hint("“wvl db migrate” makes the ranges that wvl needs")
        })?;
    let this_period = period_of(&mask, day);
    if !this_period.is_empty() && this_period < period {
        let counter = taken(connection, table, &mask, day, "coalesce(max(n), 0) + 1", "taken", 0)?;
        return Ok(written(&mask, day, counter));
    }
    let counter = first_free(connection, table, &mask, day, if period == this_period { counter } else { 0 })?;
    diesel::update(number_ranges::table.find(id))
        .set((number_ranges::period.eq(&this_period), number_ranges::counter.eq(counter)))
        .execute(connection)?;
    Ok(written(&mask, day, counter))
}

/// The number that somebody gave, else the next of the range; see [`next_free`].
pub fn given_or_next(
    connection: &mut PgConnection,
    given: Option<&str>,
    range: &str,
    day: NaiveDate,
    table: &'static str,
) -> Result<String> {
    match given {
        Some(number) => Ok(number.to_owned()),
        None => next_free(connection, range, day, table),
    }
}

/// The first count above this one whose number no record has. Most often it is the next; else one query finds the gap.
fn first_free(
    connection: &mut PgConnection,
    table: &'static str,
    mask: &str,
    day: NaiveDate,
    counter: i64,
) -> Result<i64> {
    let next = written(mask, day, counter + 1);
    let found: Found = diesel::sql_query(format!("SELECT count(*) AS n FROM {table} WHERE number = $1"))
        .bind::<Text, _>(next)
        .get_result(connection)?;
    if found.n == 0 {
        return Ok(counter + 1);
    }
    let free = "(SELECT $4 + 1 AS n UNION ALL SELECT n + 1 FROM taken WHERE n > $4) AS next \
                WHERE NOT EXISTS (SELECT FROM taken WHERE taken.n = next.n)";
    taken(connection, table, mask, day, "min(n)", free, counter)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Asks something of the counts in the numbers that records have under a mask: `SELECT what FROM from`, where `taken (n)`
/// are these counts and $4 is `above`.
fn taken(
    connection: &mut PgConnection,
    table: &'static str,
    mask: &str,
    day: NaiveDate,
    what: &str,
    from: &str,
    above: i64,
) -> Result<i64> {
    let (prefix, _, suffix) = parts(mask, day);
    let text = format!(
        "WITH digits AS MATERIALIZED ( \
         SELECT substr(number, length($1) + 1, length(number) - length($1) - length($2)) AS digits FROM {table} \
         WHERE starts_with(number, $1) AND right(number, length($2)) = $2 \
         AND length(number) BETWEEN length($1) + length($2) + 1 AND length($1) + length($2) + $3), \
         taken AS MATERIALIZED (SELECT DISTINCT digits::bigint AS n FROM digits WHERE digits ~ '^[0-9]+$') \
         SELECT ({what})::bigint AS n FROM {from}"
    );
    let found: Found = diesel::sql_query(text)
        .bind::<Text, _>(prefix)
        .bind::<Text, _>(suffix)
        .bind::<Integer, _>(MOST_DIGITS)
        .bind::<BigInt, _>(above)
        .get_result(connection)?;
    Ok(found.n)
}

/// The year in which a mask counts, empty if there is none in it.
fn period_of(mask: &str, day: NaiveDate) -> String {
    if mask.contains("YYYY") { format!("{:04}", day.year()) } else { String::new() }
}

/// A number under a mask: YYYY is the year, the run of # the counter, wider if it has to be. A mask without # gets the
/// counter at its end: numbers must differ.
fn written(mask: &str, day: NaiveDate, counter: i64) -> String {
    let (prefix, width, suffix) = parts(mask, day);
    format!("{prefix}{counter:0width$}{suffix}")
}

/// What stands before the counter, how wide the counter is at least, and what stands behind it.
fn parts(mask: &str, day: NaiveDate) -> (String, usize, String) {
    let dated = mask.replace("YYYY", &format!("{:04}", day.year()));
    let Some(start) = dated.find('#') else { return (dated, 0, String::new()) };
    let width = dated[start..].chars().take_while(|character| *character == '#').count();
    (dated[..start].to_owned(), width, dated[start + width..].to_owned())
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
