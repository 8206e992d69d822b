//! The rows behind a figure, one by one (`--detail`): picked by the same text as the figure itself.

mod figures;
mod statement;

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use diesel::PgConnection;

use self::figures::{FIGURES, Rows};
use super::days::Asked;
use super::evening::{Exception, Question, Rule};
use super::load::calendar;
use super::{daily, exceptions};
use crate::config::{Complaint, nearest};
use crate::db;
use crate::error::Result;
use crate::output::{Cell, Column, column};
use crate::query::{self, Ask, Statement};
use crate::register::When;

/// A figure and the column of the mail in which it stands: `invoices:total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    name: &'static str,
    rows: Rows,
    place: Place,
}

/// A column of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The day of the mail, with the free days before it.
    Now,
    /// The days whose average is usual.
    Usual,
    /// The month so far.
    Total,
}

const PLACES: [(&str, Place); 3] = [("now", Place::Now), ("usual", Place::Usual), ("total", Place::Total)];

impl Detail {
    /// The figures that can be asked for, by name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FIGURES.iter().map(|(name, _)| *name)
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = PLACES.iter().find(|(_, place)| *place == self.place).map_or("", |(word, _)| word);
        match self.rows.are_of_days() {
            true => write!(f, "{}:{place}", self.name),
            false => f.write_str(self.name),
        }
    }
}

impl FromStr for Detail {
    type Err = Complaint;

    /// Reads `invoices`, `delivery_notes:now`, `margin:total`.
    fn from_str(text: &str) -> Result<Detail, Complaint> {
        let folded = text.trim().to_lowercase().replace('_', "-");
        let (figure, place) = match folded.split_once(':') {
            Some((figure, place)) => (figure, Some(place)),
            None => (folded.as_str(), None),
        };
        let unknown = |what: &str, word: &str, known: Vec<&'static str>| Complaint {
            message: format!("\"{word}\" is no {what}"),
            suggestion: Some(match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("there are {}", known.join(", ")),
            }),
        };
        let (name, rows) = *FIGURES
            .iter()
            .find(|(name, _)| *name == figure)
            .ok_or_else(|| unknown("figure with rows behind it", figure, Detail::names().collect()))?;
        let place = match place {
            None => Place::Now,
            Some(word) if rows.are_of_days() => {
                let found = PLACES.iter().find(|(known, _)| *known == word).map(|(_, place)| *place);
                found.ok_or_else(|| unknown("column", word, PLACES.map(|(word, _)| word).to_vec()))?
            }
            Some(_) => return Err(format!("{name} stands in no column: ask for it by its name alone").into()),
        };
        Ok(Detail { name, rows, place })
    }
}

/// Hands out the rows behind a figure, piece by piece and once with none at all if there are none; `print` ends it early with
/// false. Returns how many there were. Rows in other currencies than the report's are among them: their figure stands beside the
/// table.
///
/// Errors: as of the figure itself.
pub fn detail(
    connection: &mut PgConnection,
    question: &Question<'_>,
    what: Detail,
    mut print: impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
) -> Result<u64> {
    let asked = db::read_only(connection, |connection| {
        let oldest = daily::oldest_day(connection, question)?;
        Ok(Asked::of(question.period, question.day, calendar(question)?).since(oldest))
    })?;
    if what.rows == Rows::Exceptions {
        return exceptions(connection, question, &asked, print);
    }
    let settings = question.settings;
    let Some(statement) = statement::statement(question, &asked, what.rows, what.place) else { return Ok(0) };
    let when = When { now: question.now, zone: settings.zone };
    let ask = Ask::new(Statement::read(&statement)?, settings.report.timeout, when);
    query::run(connection, &ask, |columns, rows| {
        let is_money: Vec<bool> = columns.iter().map(|column| figures::is_money(&column.key)).collect();
        let headed: Vec<Column> =
            columns.iter().map(|known| column(known.key.as_str(), figures::heading(&known.key))).collect();
        let money = |(cell, is_money): (Cell, &bool)| match cell {
            Cell::Number(amount) if *is_money => Cell::Money(amount),
            cell => cell,
        };
        print(&headed, rows.into_iter().map(|row| row.into_iter().zip(&is_money).map(money).collect()).collect())
    })
}

/// All that any rule found.
fn exceptions(
    connection: &mut PgConnection,
    question: &Question<'_>,
    asked: &Asked,
    mut print: impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
) -> Result<u64> {
    let found = db::read_only(connection, |connection| {
        db::set_instant(connection, question.now, question.settings.zone)?;
        exceptions::all(connection, question, asked.now)
    })?;
    let columns: Vec<Column> = ["rule", "number", "customer", "amount", "currency", "percent", "since", "link"]
        .map(|key| column(key, figures::heading(key)))
        .into();
    let count = found.len() as u64;
    let zone = question.settings.zone;
    print(&columns, found.into_iter().map(|exception| cells(exception, zone)).collect())?;
    Ok(count)
}

fn cells(exception: Exception, zone: Tz) -> Vec<Cell> {
    let (rule, percent, since) = match exception.rule {
        Rule::Mails { .. } => ("mails", Cell::Empty, Cell::Empty),
        Rule::LastStage { due, .. } => ("last-stage", Cell::Empty, Cell::Day(due)),
        Rule::Notice { until } => ("notice", Cell::Empty, Cell::Day(until)),
        Rule::LowMargin { percent, .. } => ("low-margin", Cell::Number(percent), Cell::Empty),
        Rule::Lost => ("lost", Cell::Empty, Cell::Empty),
        Rule::Ticket { since } => ("ticket", Cell::Empty, Cell::instant(Some(since), zone)),
        Rule::Largest => ("largest", Cell::Empty, Cell::Empty),
    };
    let (amount, currency) = exception.amount.unzip();
    vec![
        Cell::Text(rule.to_owned()),
        Cell::Text(exception.reference),
        Cell::text(exception.partner),
        Cell::money(amount),
        Cell::text(currency),
        percent,
        since,
        Cell::text(exception.link),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_with_its_column() {
        let read = |text: &str| text.parse::<Detail>().map(|detail| detail.to_string());
        assert_eq!(read("invoices").unwrap(), "invoices:now");
        assert_eq!(read("Delivery_Notes:USUAL").unwrap(), "delivery-notes:usual");
        assert_eq!(read("overdue-60").unwrap(), "overdue-60");
        for name in Detail::names() {
            assert!(read(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_unknown_is_told_with_what_is_known() {
        let wrong = |text: &str| text.parse::<Detail>().unwrap_err();
        assert_eq!(wrong("invoice").suggestion.unwrap(), "did you mean \"invoices\"?");
        assert!(wrong("umsatz").suggestion.unwrap().starts_with("there are offers, orders, "));
        assert_eq!(wrong("orders:totl").suggestion.unwrap(), "did you mean \"total\"?");
        assert_eq!(wrong("late:total").message, "late stands in no column: ask for it by its name alone");
    }
}
