//! A long time told on a screen: the last days piece by piece, what lies before by sums of weeks, months and years. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::intervals::{Interval, Reason, merged};
use crate::calendar::local_day;

/// So many pieces are told one by one at the end of a folded time.
const PIECES: usize = 14;
/// A time of no more pieces than this is not folded at all.
const FEW: usize = 20;
/// So many weeks before the pieces are told by weeks; then months.
const WEEKS: i64 = 8;
/// So many months before the weeks are told by months; then years.
const MONTHS: i64 = 12;

/// What a sum is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A year or a part of it.
    Year,
    /// A month or a part of it.
    Month,
    /// A week, from Monday, or a part of it.
    Week,
}

/// Days told by their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Of what.
    pub unit: Unit,
    /// The first local day.
    pub first: NaiveDate,
    /// The last local day.
    pub last: NaiveDate,
    /// Seconds counted.
    pub seconds: i64,
    /// Counted since due, up to its end.
    pub sum: i64,
    /// Days on which something was counted.
    pub days: usize,
    /// Holidays on days of the week that count otherwise, by name.
    pub holidays: Vec<&'static str>,
    /// Other days that were closed, or shorter.
    pub closed: usize,
    /// Seconds that the item waited, nights included.
    pub paused: i64,
}

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A piece.
    Interval(Interval),
    /// Many.
    Fold(Fold),
}

/// The pieces as rows: all of them if they are few, or if `all` are wanted.
pub fn fold(pieces: &[Interval], zone: Tz, all: bool) -> Vec<Row> {
    let told = merged(pieces);
    if all || told.len() <= FEW {
        return told.into_iter().map(Row::Interval).collect();
    }
    let begin = begin_of_tail(&told, zone);
    // pieces end at midnight, what is merged of them does not
    let (head, tail) = pieces.split_at(pieces.partition_point(|piece| local_day(piece.from, zone) < begin));
    let mut groups: BTreeMap<(NaiveDate, Unit), Vec<Interval>> = BTreeMap::new();
    let weeks_from = monday(begin) - TimeDelta::weeks(WEEKS);
    let months_from = first_of_month(weeks_from) - TimeDelta::days(MONTHS * 30);
    let months_from = first_of_month(months_from);
    for piece in head {
        let day = local_day(piece.from, zone);
        let group = match day {
            _ if day >= weeks_from => (monday(day), Unit::Week),
            _ if day >= months_from => (first_of_month(day), Unit::Month),
            _ => (NaiveDate::from_yo_opt(day.year(), 1).unwrap_or(day), Unit::Year),
        };
        groups.entry(group).or_default().push(*piece);
    }
    let mut counting = [false; 7];
    for piece in pieces.iter().filter(|piece| piece.reason.counts()) {
        counting[weekday(piece, zone)] = true;
    }
    let folds = groups.into_iter().filter_map(|((_, unit), pieces)| fold_of(unit, &pieces, zone, counting));
    let folds = folds.map(Row::Fold);
    folds.chain(merged(tail).into_iter().map(Row::Interval)).collect()
}

/// The first day that is told piece by piece.
fn begin_of_tail(told: &[Interval], zone: Tz) -> NaiveDate {
    let first = told[told.len() - PIECES.min(told.len())].from;
    let day = local_day(first, zone);
    // a day is told whole or not at all
    day.succ_opt().filter(|_| told.last().is_some_and(|last| local_day(last.from, zone) > day)).unwrap_or(day)
}

fn weekday(piece: &Interval, zone: Tz) -> usize {
    local_day(piece.from, zone).weekday().num_days_from_monday() as usize
}

/// `counting` are the days of the week on which anything counts at all: a holiday on a Sunday takes nothing away.
fn fold_of(unit: Unit, pieces: &[Interval], zone: Tz, counting: [bool; 7]) -> Option<Fold> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let day = |piece: &Interval| local_day(piece.from, zone);
    let days_with = |is_meant: &dyn Fn(&Interval) -> bool| {
        let mut days: Vec<NaiveDate> = pieces.iter().filter(|piece| is_meant(piece)).map(day).collect();
        days.dedup();
        days
    };
    let mut holidays = Vec::new();
    for piece in pieces {
        if let Reason::Holiday(name) = piece.reason
            && !holidays.contains(&name)
            && counting[weekday(piece, zone)]
        {
            holidays.push(name);
        }
    }
    Some(Fold {
        unit,
        first: day(first),
        last: day(last),
        seconds: pieces.iter().map(Interval::seconds).sum(),
        sum: last.sum,
        days: days_with(&|piece| piece.seconds() > 0).len(),
        holidays,
        closed: days_with(&|piece| matches!(piece.reason, Reason::Closed | Reason::HalfDay(_))).len(),
        paused: pieces.iter().filter(|piece| piece.reason == Reason::Paused).map(Interval::length).sum(),
    })
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(day.weekday().num_days_from_monday().into())
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Whether an instant lies in what is told piece by piece.
pub fn is_told(rows: &[Row], at: DateTime<Utc>) -> bool {
    let first = rows.iter().find_map(|row| match row {
        Row::Interval(interval) => Some(interval.from),
        Row::Fold(_) => None,
    });
    first.is_some_and(|first| at >= first)
}
