//! The first row: which column of the file is which column of the register.

use super::profile::Profile;
use super::register::{Need, Register};
use super::row::Row;
use crate::config::nearest;
use crate::register::folded;

/// How the file's columns map to the register's.
#[derive(Clone, Debug)]
pub(super) struct Headings {
    /// The headings as they stand in the file.
    pub names: Vec<String>,
    /// For each column of the file: the index of the register's column, or `None` for one to leave out.
    pub columns: Vec<Option<usize>>,
    /// Columns of the register that a profile fills in every row: its index and the value.
    pub fixed: Vec<(usize, String)>,
    /// Headings that a profile leaves out without naming them.
    pub ignored: Vec<String>,
}

/// The heading under which a file of rejected rows says what is wrong with them; such a column is never read.
pub(super) const REASON: &str = "Fehler (wvl)";

/// Whether it is the column of reasons.
pub(super) fn is_reason(name: &str) -> bool {
    folded(name) == folded(REASON)
}

impl Headings {
    /// Where the register's column stands in the file: its heading.
    pub fn name_of(&self, register: &Register, key: &str) -> Option<&str> {
        let wanted = register.columns.iter().position(|column| column.key == key)?;
        let index = self.columns.iter().position(|column| *column == Some(wanted))?;
        self.names.get(index).map(String::as_str)
    }

    /// Whether the row is the first one again, as in files that were put behind each other.
    pub fn are_repeated_by(&self, row: &Row) -> bool {
        let is_same = |(index, name): (usize, &String)| row.cell(index).trim_start_matches('\u{feff}') == name;
        row.len() == self.names.len() && self.names.iter().enumerate().all(is_same)
    }

    /// The keys of the register's columns that the file has, in the file's order.
    pub fn keys<'r>(&'r self, register: &'r Register) -> impl Iterator<Item = &'static str> + 'r {
        let fixed = self.fixed.iter().map(|(index, _)| index);
        let indexes = self.columns.iter().flatten().chain(fixed);
        indexes.filter_map(|index| register.columns.get(*index)).map(|column| column.key)
    }
}

/// Finds the columns by their headings. `maps` are pairs (heading in the file, key of the register, empty to leave the
/// column out) and win, then those of the profile. Everything that is wrong is said at once.
pub(super) fn find(
    names: &[&str],
    register: &Register,
    maps: &[(String, String)],
    profile: Option<&Profile>,
) -> Result<Headings, Vec<String>> {
    let mut problems = Vec::new();
    let mut ignored = Vec::new();
    let mut columns = Vec::with_capacity(names.len());
    let of_profile = profile.map_or(&[][..], |profile| &profile.columns);
    let both = || maps.iter().map(|map| ("--map", map)).chain(of_profile.iter().map(|map| ("the profile", map)));
    for (who, (heading, key)) in both() {
        if !names.iter().any(|name| folded(name) == folded(heading)) {
            let near = nearest(heading, names.iter().copied()).map(did_you_mean).unwrap_or_default();
            problems.push(format!("{who} names a column {heading:?} that the file does not have{near}"));
        }
        if !key.is_empty() && known(key, register).is_none() {
            problems.push(format!("{who}: a {} has no column {key:?}{}", register.noun, suggestion(key, register)));
        }
    }
    let mut unknown = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mapped = both().find(|(_, (heading, _))| folded(heading) == folded(name));
        let column = match mapped {
            Some((_, (_, key))) => known(key, register),
            // a column without a heading is looked at only if something stands below it
            None if name.trim().is_empty() || is_reason(name) => None,
            None if profile.is_some_and(|profile| profile.ignore_others) && known(name, register).is_none() => {
                ignored.push((*name).to_owned());
                None
            }
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
    let mut fixed = Vec::new();
    for (key, value) in profile.map_or(&[][..], |profile| &profile.fixed) {
        let Some(index) = known(key, register) else { continue };
        if let Some(at) = columns.iter().position(|column| *column == Some(index)) {
            let name = names.get(at).copied().unwrap_or_default();
            problems
                .push(format!("the profile fills in {key} for all rows, but the file has a column {name:?} for it"));
        }
        fixed.push((index, value.clone()));
    }
    let is_fixed = |index: usize| fixed.iter().any(|(fixed, _)| *fixed == index);
    let missing: Vec<_> = register
        .columns
        .iter()
        .enumerate()
        .filter(|(index, column)| column.need == Need::Key && !columns.contains(&Some(*index)) && !is_fixed(*index))
        .map(|(_, column)| format!("{} ({})", column.headings.first().unwrap_or(&column.key), column.key))
        .collect();
    if !missing.is_empty() {
        problems.push(format!("no column {}", missing.join(" and no column ")));
    }
    if problems.is_empty() {
        Ok(Headings { names: names.iter().map(|name| (*name).to_owned()).collect(), columns, fixed, ignored })
    } else {
        Err(problems)
    }
}

/// How many of these headings the register knows; decides which delimiter a file has.
pub(super) fn count_known(
    names: &[&str],
    register: &Register,
    maps: &[(String, String)],
    profile: Option<&Profile>,
) -> usize {
    let of_profile = profile.map_or(&[][..], |profile| &profile.columns);
    let is_mapped = |name: &str| maps.iter().chain(of_profile).any(|(heading, _)| folded(heading) == folded(name));
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
    use super::super::register::{Cell, Closing, column};
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
        ambiguous: &[("Anschrift", "Straße or E-Mail")],
        closing: Closing::Refused(""),
        ..Register::PLAIN
    };

    #[test]
    fn case_umlauts_and_punctuation_do_not_count() {
        let found = find(&["KDNR.", "STRASSE", "email"], &REGISTER, &[], None).unwrap();
        assert_eq!(found.columns, [Some(0), Some(1), Some(2)]);
        assert_eq!(found.name_of(&REGISTER, "street"), Some("STRASSE"));
    }

    #[test]
    fn says_all_that_is_wrong_at_once() {
        let problems = find(&["Strase", "E-Mail", "e-mail", "Farbe"], &REGISTER, &[], None).unwrap_err();
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
        let problems = find(&["Kd-Nr", "ANSCHRIFT"], &REGISTER, &[], None).unwrap_err();
        assert_eq!(problems, ["\"ANSCHRIFT\" can mean two columns; write Straße or E-Mail"]);
        let maps = [("Anschrift".to_owned(), "street".to_owned())];
        assert_eq!(find(&["Kd-Nr", "Anschrift"], &REGISTER, &maps, None).unwrap().columns, [Some(0), Some(1)]);
    }

    #[test]
    fn maps_win_and_can_leave_a_column_out() {
        let maps = [("Debitor".to_owned(), "number".to_owned()), ("Farbe".to_owned(), String::new())];
        let found = find(&["Debitor", "Farbe"], &REGISTER, &maps, None).unwrap();
        assert_eq!(found.columns, [Some(0), None]);
        let wrong = [("Debitr".to_owned(), "numer".to_owned())];
        let problems = find(&["Debitor", "Kd-Nr"], &REGISTER, &wrong, None).unwrap_err();
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
