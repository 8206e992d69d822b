//! `--sort` and `--limit` of a list that does not come from a register: there the database sorts.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{Cell, Table};
use crate::error::Result;

/// The rows that are printed, in their order, by their places in the table.
pub(super) fn arranged(table: &Table, sort: &[String], limit: Option<usize>) -> Result<Vec<usize>> {
    let mut keys = Vec::new();
    for key in sort {
        let (key, is_descending) = key.strip_prefix('-').map_or((key.as_str(), false), |key| (key, true));
        keys.push((table.place_of(key)?, is_descending));
    }
    let mut places: Vec<usize> = (0..table.rows.len()).collect();
    places.sort_by(|left, right| {
        let (left, right) = (&table.rows[*left], &table.rows[*right]);
        let compared = keys.iter().map(|(column, is_descending)| {
            match (is_empty(left.get(*column)), is_empty(right.get(*column))) {
                // what is not known stands below, whichever way round
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) if *is_descending => compare(&right[*column], &left[*column]),
                (false, false) => compare(&left[*column], &right[*column]),
            }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    places.truncate(limit.unwrap_or(usize::MAX));
    Ok(places)
}

fn is_empty(cell: Option<&Cell>) -> bool {
    matches!(cell, None | Some(Cell::Empty))
}

fn compare(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Day(left), Cell::Day(right)) => left.cmp(right),
        (Cell::Instant(left), Cell::Instant(right)) => left.cmp(right),
        // a promise is a day or an instant
        (Cell::Day(day), Cell::Instant(at)) => day.cmp(&at.date_naive()).then(Ordering::Greater),
        (Cell::Instant(at), Cell::Day(day)) => at.date_naive().cmp(day).then(Ordering::Less),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => {
                let (left, right) = (left.for_people(), right.for_people());
                alphabetical(&left).cmp(&alphabetical(&right)).then_with(|| left.cmp(&right))
            }
        },
    }
}

fn number(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Int(number) => Some(Decimal::from(*number)),
        Cell::Number(number) | Cell::Money(number) => Some(*number),
        _ => None,
    }
}

/// As in a German index (DIN 5007-1): case does not count, ä is sorted as a, ß as ss.
fn alphabetical(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => key.push('a'),
            'ö' => key.push('o'),
            'ü' => key.push('u'),
            'ß' => key.push_str("ss"),
            other => key.push(other),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::column;

    fn sorted(sort: &str, limit: Option<usize>) -> Vec<usize> {
        let mut table = Table::new(vec![column("name", "Name"), column("due_at", "Fällig"), column("count", "Anzahl")]);
        let day = |text: &str| Cell::Day(text.parse().unwrap());
        table.push(vec![Cell::Text("Zebra".into()), day("2026-11-23"), Cell::Int(10)]);
        table.push(vec![Cell::Text("Ärger".into()), Cell::Empty, Cell::Int(9)]);
        table.push(vec![Cell::Text("apfel".into()), day("2026-11-02"), Cell::Int(10)]);
        let sort: Vec<String> = sort.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        arranged(&table, &sort, limit).unwrap()
    }

    #[test]
    fn rows_are_ordered_by_what_they_mean() {
        assert_eq!(sorted("name", None), [2, 1, 0]);
        assert_eq!(sorted("count,-name", None), [1, 0, 2]);
        assert_eq!(sorted("", Some(2)), [0, 1]);
    }

    #[test]
    fn what_is_unknown_stands_below_both_ways() {
        assert_eq!(sorted("due", None), [2, 0, 1]);
        assert_eq!(sorted("-due_at", None), [0, 2, 1]);
    }
}
