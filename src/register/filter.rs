//! What a list can be asked for, and the conditions that follow from it.

use chrono::{DateTime, Utc};

use super::Register;

/// The conditions that a register offers; an empty text means that it does not. `{}` stands for what is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filters {
    /// Belongs to this employee: `d.handler_id = {}`.
    pub employee: &'static str,
    /// Belongs to this team.
    pub team: &'static str,
    /// Belongs to this partner.
    pub partner: &'static str,
    /// Is a part of this record (the lines of a document).
    pub owner: &'static str,
    /// Is of this severity.
    pub severity: &'static str,
    /// Is still to be done; no `{}`.
    pub open: &'static str,
    /// Is past its due date; `{}` is now.
    pub overdue: &'static str,
    /// The column that `--from` and `--to` look at.
    pub dated: Option<Dated>,
    /// The text that `--search` looks through.
    pub search: &'static str,
}

/// The column that a range of days is about.
#[derive(Clone, Copy, Debug)]
pub enum Dated {
    /// A day.
    Day(&'static str),
    /// An instant; midnight belongs to the day that begins.
    Instant(&'static str),
    /// A promise; midnight belongs to the day that ends.
    Promise(&'static str),
}

/// What is asked of a list; everything empty asks for all of it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// An employee's id.
    pub employee: Option<i64>,
    /// A team's id.
    pub team: Option<i64>,
    /// A partner's id.
    pub partner: Option<i64>,
    /// The id of the record that it is a part of.
    pub owner: Option<i64>,
    /// The record's number.
    pub key: Option<String>,
    /// The record's internal key.
    pub id: Option<i64>,
    /// Any of these internal keys.
    pub ids: Option<Vec<i64>>,
    /// The value of `d.kind`.
    pub kind: Option<String>,
    /// The value of `d.severity`.
    pub severity: Option<String>,
    /// Any of these values of `d.status`.
    pub statuses: Vec<String>,
    /// A text to look for; what LIKE takes for wildcards has no meaning in it.
    pub search: Option<String>,
    /// Only what is still to be done.
    pub open: bool,
    /// Only what is past its due date.
    pub overdue: bool,
    /// Where the range begins.
    pub from: Option<DateTime<Utc>>,
    /// Where the range ends: of a day its 24:00.
    pub to: Option<DateTime<Utc>>,
    /// At most this many records.
    pub limit: Option<i64>,
    /// Keys of columns, a minus sign turns one around.
    pub sort: Vec<String>,
}

impl Filter {
    /// The conditions in force, over the parameters that [`Register`] binds: $2 employee, $3 team, $4 partner,
    /// $5 owner, $6 key, $7 kind, $8 statuses, $9 pattern, $10 now, $11 and $12 days, $13 and $14 instants,
    /// $15 severity, $16 id, $17 ids.
    pub(super) fn conditions(&self, register: &Register) -> Vec<String> {
        let offered = &register.filters;
        let searched = format!("({}) ILIKE {{}}", offered.search);
        let asked = [
            (self.employee.is_some(), offered.employee, "$2"),
            (self.team.is_some(), offered.team, "$3"),
            (self.partner.is_some(), offered.partner, "$4"),
            (self.owner.is_some(), offered.owner, "$5"),
            (self.kind.is_some(), "d.kind = {}", "$7"),
            (!self.statuses.is_empty(), "d.status = ANY ({})", "$8"),
            (self.severity.is_some(), offered.severity, "$15"),
            (self.id.is_some(), "d.id = {}", "$16"),
            (self.ids.is_some(), "d.id = ANY ({})", "$17"),
            (self.search.is_some(), searched.as_str(), "$9"),
            (self.open, offered.open, ""),
            (self.overdue, offered.overdue, "$10"),
        ];
        let mut conditions: Vec<String> = asked
            .into_iter()
            .filter(|(asked, condition, _)| *asked && !condition.is_empty())
            .map(|(_, condition, parameter)| format!("({})", condition.replace("{}", parameter)))
            .collect();
        if let Some(key) = &self.key {
            let is_number = key.parse::<i64>().is_ok();
            conditions.push(format!("{} = $6", register.key));
            // a number that is asked for as text: its own index finds it
            let number = register.key.strip_suffix("::text").filter(|_| is_number);
            conditions.extend(number.map(|number| format!("{number} = $6::int8")));
        }
        if let Some(dated) = offered.dated {
            let (column, after, before, from, to) = match dated {
                Dated::Day(column) => (column, ">=", "<=", "$11", "$12"),
                Dated::Instant(column) => (column, ">=", "<", "$13", "$14"),
                Dated::Promise(column) => (column, ">", "<=", "$13", "$14"),
            };
            if self.from.is_some() {
                conditions.push(format!("{column} {after} {from}"));
            }
            if self.to.is_some() {
                conditions.push(format!("{column} {before} {to}"));
            }
        }
        conditions
    }

    /// The pattern for ILIKE.
    pub(super) fn pattern(&self) -> Option<String> {
        self.search.as_deref().map(|text| {
            let mut pattern = String::from("%");
            for character in text.chars() {
                if matches!(character, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(character);
            }
            pattern.push('%');
            pattern
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_plain_characters() {
        let filter = Filter { search: Some(r"100%_\".into()), ..Filter::default() };
        assert_eq!(filter.pattern().unwrap(), r"%100\%\_\\%");
    }
}
