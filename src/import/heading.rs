//! The first row: which column of the file is which column of the register.

use super::register::{Need, Register};
use crate::config::nearest;
use crate::register::folded;

/// How the file's columns map to the register's.
#[derive(Debug)]
pub(super) struct Headings {
    /// The headings as they stand in the file.
    pub names: Vec<String>,
    /// For each column of the file: the index of the register's column, or `None` for one to leave out.
    pub columns: Vec<Option<usize>>,
}

impl Headings {
    /// Where the register's column stands in the file: its heading.
    pub fn name_of(&self, register: &Register, key: &str) -> Option<&str> {
        let wanted = register.columns.iter().position(|column| column.key == key)?;
        let index = self.columns.iter().position(|column| *column == Some(wanted))?;
        self.names.get(index).map(String::as_str)
    }

    /// The keys of the register's columns that the file has, in the file's order.
    pub fn keys<'r>(&'r self, register: &'r Register) -> impl Iterator<Item = &'static str> + 'r {
        self.columns.iter().flatten().filter_map(|index| register.columns.get(*index)).map(|column| column.key)
    }
}

/// Finds the columns by their headings. `maps` are pairs (heading in the file, key of the register, empty to leave the
/// column out) and win. Everything that is wrong is said at once.
pub(super) fn find(names: &[&str], register: &Register, maps: &[(String, String)]) -> Result<Headings, Vec<String>> {
    let mut problems = Vec::new();
    let mut columns = Vec::with_capacity(names.len());
    for (heading, key) in maps {
        if !names.iter().any(|name| folded(name) == folded(heading)) {
            let near = nearest(heading, names.iter().copied()).map(did_you_mean).unwrap_or_default();
            problems.push(format!("--map names a column {heading:?} that the file does not have{near}"));
        }
        if !key.is_empty() && known(key, register).is_none() {
            problems.push(format!("--map: a {} has no column {key:?}{}", register.noun, suggestion(key, register)));
        }
    }
    let mut unknown = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mapped = maps.iter().find(|(heading, _)| folded(heading) == folded(name));
        let column = match mapped {
            Some((_, key)) => known(key, register),
            // a column without a heading is looked at only if something stands below it
            None if name.trim().is_empty() => None,
            None => known(name, register).or_else(|| {
                match register.instead_of(name) {
                    Some(instead) => problems.push(format!("{name:?} can mean two columns; write {instead}")),
                    None => unknown.push(format!("{name:?}{}", suggestion(name, register))),
                }
                None
            }),
        };
        if let Some(before) = column.and_then(|column| columns.iter().position(|other| *other == Some(column))) {
            let first = names.get(before).copied().unwrap_or_default();
            problems.push(format!("columns {} and {} ({first:?} and {name:?}) are the same", before + 1, index + 1));
        }
        columns.push(column);
    }
    if !unknown.is_empty() {
        let what = if unknown.len() == 1 { "unknown column" } else { "unknown columns" };
        problems.push(format!("{what} {}; --map \"HEADING=\" leaves one out", unknown.join(", ")));
    }
    let missing: Vec<_> = register
        .columns
        .iter()
        .enumerate()
        .filter(|(index, column)| column.need == Need::Key && !columns.contains(&Some(*index)))
        .map(|(_, column)| format!("{} ({})", column.headings.first().unwrap_or(&column.key), column.key))
        .collect();
    if !missing.is_empty() {
        problems.push(format!("no column {}", missing.join(" and no column ")));
    }
    if problems.is_empty() {
        Ok(Headings { names: names.iter().map(|name| (*name).to_owned()).collect(), columns })
    } else {
        Err(problems)
    }
}

/// How many of these headings the register knows; decides which delimiter a file has.
pub(super) fn count_known(names: &[&str], register: &Register, maps: &[(String, String)]) -> usize {
    let is_mapped = |name: &str| maps.iter().any(|(heading, _)| folded(heading) == folded(name));
    let is_known = |name: &str| known(name, register).is_some() || register.instead_of(name).is_some();
    names.iter().filter(|name| is_mapped(name) || is_known(name)).count()
}

fn known(name: &str, register: &Register) -> Option<usize> {
    let column = register.column_of_heading(name)?;
    register.columns.iter().position(|other| other.key == column.key)
}

/// Headings that two columns of a register have in common; there must be none.
#[cfg(test)]
pub(crate) fn shared(register: &Register) -> Vec<String> {
    let mut owners = std::collections::BTreeMap::<String, std::collections::BTreeSet<&str>>::new();
    for column in register.columns {
        for name in column.headings.iter().chain([&column.key]) {
            owners.entry(folded(name)).or_default().insert(column.key);
        }
    }
    for (name, _) in register.ambiguous {
        owners.entry(folded(name)).or_default().insert("two columns");
    }
    owners.into_iter().filter(|(_, keys)| keys.len() > 1).map(|(name, keys)| format!("{name}: {keys:?}")).collect()
}

fn suggestion(name: &str, register: &Register) -> String {
    let names = register.columns.iter().flat_map(|column| column.headings.iter().chain([&column.key]));
    nearest(name, names.copied()).map(did_you_mean).unwrap_or_default()
}

fn did_you_mean(name: &str) -> String {
    format!(" (did you mean {name:?}?)")
}

#[cfg(test)]
mod tests {
    use super::super::register::{Cell, column};
    use super::*;

    const REGISTER: Register = Register {
        noun: "customer",
        table: "wvl.partners",
        key: &["number"],
        columns: &[
            column("number", &["Kundennummer", "Kd-Nr"], Cell::Text, "").key(),
            column("street", &["Straße"], Cell::Text, ""),
            column("email", &["E-Mail"], Cell::Email, ""),
        ],
        details: None,
        lines: None,
        derived: &[],
        ambiguous: &[("Anschrift", "Straße or E-Mail")],
        before: "",
        check: "",
        after: "",
    };

    #[test]
    fn case_umlauts_and_punctuation_do_not_count() {
        let found = find(&["KDNR.", "STRASSE", "email"], &REGISTER, &[]).unwrap();
        assert_eq!(found.columns, [Some(0), Some(1), Some(2)]);
        assert_eq!(found.name_of(&REGISTER, "street"), Some("STRASSE"));
    }

    #[test]
    fn says_all_that_is_wrong_at_once() {
        let problems = find(&["Strase", "E-Mail", "e-mail", "Farbe"], &REGISTER, &[]).unwrap_err();
        assert_eq!(
            problems,
            [
                "columns 2 and 3 (\"E-Mail\" and \"e-mail\") are the same",
                "unknown columns \"Strase\" (did you mean \"Straße\"?), \"Farbe\"; --map \"HEADING=\" leaves one out",
                "no column Kundennummer (number)",
            ]
        );
    }

    #[test]
    fn a_heading_that_can_mean_two_columns_is_an_error_unless_it_is_mapped() {
        let problems = find(&["Kd-Nr", "ANSCHRIFT"], &REGISTER, &[]).unwrap_err();
        assert_eq!(problems, ["\"ANSCHRIFT\" can mean two columns; write Straße or E-Mail"]);
        let maps = [("Anschrift".to_owned(), "street".to_owned())];
        assert_eq!(find(&["Kd-Nr", "Anschrift"], &REGISTER, &maps).unwrap().columns, [Some(0), Some(1)]);
    }

    #[test]
    fn maps_win_and_can_leave_a_column_out() {
        let maps = [("Debitor".to_owned(), "number".to_owned()), ("Farbe".to_owned(), String::new())];
        let found = find(&["Debitor", "Farbe"], &REGISTER, &maps).unwrap();
        assert_eq!(found.columns, [Some(0), None]);
        let wrong = [("Debitr".to_owned(), "numer".to_owned())];
        let problems = find(&["Debitor", "Kd-Nr"], &REGISTER, &wrong).unwrap_err();
        assert_eq!(
            problems,
            [
                "--map names a column \"Debitr\" that the file does not have (did you mean \"Debitor\"?)",
                "--map: a customer has no column \"numer\" (did you mean \"number\"?)",
                "unknown column \"Debitor\"; --map \"HEADING=\" leaves one out",
            ]
        );
    }
}
