//! A row of whatever the server answers, and what it says where it answers with an error.

use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::row::{Field, NamedRow};

use super::statement::{Statement, not_a_reader};
use crate::error::{Error, Kind};

/// One row of texts under the names that the statement gives its columns.
pub(super) struct Row {
    pub(super) names: Vec<String>,
    pub(super) texts: Vec<Option<String>>,
}

impl QueryableByName<Pg> for Row {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Row> {
        let mut built = Row { names: Vec::new(), texts: Vec::new() };
        for at in 0..row.field_count() {
            let field = diesel::row::Row::get(row, at).ok_or("a row that ends before its last column")?;
            built.names.push(field.field_name().unwrap_or_default().to_owned());
            let text = field.value().map(|value| String::from_utf8(value.as_bytes().to_vec())).transpose()?;
            built.texts.push(text);
        }
        Ok(built)
    }
}

/// At which step the server said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The statement itself was read, behind so many characters of ours.
    Text(usize),
    /// It was to stand as a sub-select.
    Wrapped,
    /// It ran.
    Running,
}

/// The server's refusal in its own words: message, place and hint. Whatever is wrong with the statement and not with
/// what it found is a usage error.
pub(super) fn refused(error: DieselError, statement: &Statement, step: Step) -> Error {
    let DieselError::DatabaseError(kind, information) = &error else { return error.into() };
    let message = information.message().to_owned();
    let says = |signs: &[&str]| signs.iter().any(|sign| message.contains(sign));
    if matches!(kind, DatabaseErrorKind::ReadOnlyTransaction)
        || says(&["read-only transaction", "Read-Only-Transaktion", "data-modifying statement"])
    {
        return not_a_reader("this statement").caused_by(error);
    }
    if says(&["bind message supplies"]) {
        return Error::usage("the statement has parameters such as $1, and nothing is given for them").caused_by(error);
    }
    let place = match (information.statement_position().and_then(|place| usize::try_from(place).ok()), step) {
        (Some(place), Step::Text(offset)) => place.checked_sub(offset + 1),
        _ => None,
    };
    let hint = information.hint().map(str::to_owned);
    let of_server = Error::from(error);
    let told = match of_server.kind() {
        // nothing better is known than what the server says
        Kind::Failed => {
            let place_told = place.map_or_else(String::new, |at| {
                let (text, at) = statement.written(at);
                at_place(text, at)
            });
            let is_mistake = place.is_some() || step == Step::Wrapped;
            let kind = if is_mistake { Kind::Usage } else { Kind::Failed };
            Error::new(kind, format!("{message}{place_told}"))
        }
        _ => of_server,
    };
    match hint {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

/// " (line 2, column 8: “FORM documents”)".
pub(super) fn at_place(statement: &str, place: usize) -> String {
    const SHOWN: usize = 30;
    let before: String = statement.chars().take(place).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    let rest: String = statement.chars().skip(place).take_while(|letter| *letter != '\n').take(SHOWN).collect();
    match rest.trim() {
        "" => format!(" (line {line}, column {column}, at its end)"),
        rest => format!(" (line {line}, column {column}: “{rest}”)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_line_and_column() {
        let statement = "SELECT 'ü'\nFORM documents";
        assert_eq!(at_place(statement, 11), " (line 2, column 1: “FORM documents”)");
        assert_eq!(at_place(statement, 8), " (line 1, column 9: “ü'”)");
        assert_eq!(at_place("SELECT", 6), " (line 1, column 7, at its end)");
    }
}
