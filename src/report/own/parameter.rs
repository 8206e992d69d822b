//! What can be asked of a report: named, typed, with a default. A value travels as a setting of the transaction and is never
//! part of the statement's text.

use chrono::Datelike;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use crate::calendar::dates::{Lean, Moment, parse_day, parse_end, parse_instant};
use crate::calendar::{PromiseDay, german};
use crate::config::{Complaint, Section, nearest};
use crate::error::{Error, Result};
use crate::import::amount;

/// Before every name of a parameter, so that no setting of the program or the server can be meant.
const PREFIX: &str = "wvl.param_";
/// A longer value is no answer to a question.
const LONGEST_VALUE: usize = 10_000;

/// A parameter of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// What counts if nobody says anything, as one would type it; an empty one is NULL. None: it must be given.
    pub default: Option<String>,
    /// What people call it.
    pub label: String,
}

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A day, by the date parser. One that is called `to` or ends in `_to` is the last day of what was said.
    Day,
    /// An instant, by the date parser.
    Instant,
    /// A month: its first day.
    Month,
    /// Any text.
    Text,
    /// A number with decimals.
    Number,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// One of these words.
    Choice(Vec<String>),
    /// A record of a register.
    Record(Record),
}

/// A register of which a parameter names a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A customer, by number.
    Customer,
    /// An employee, by personnel number.
    Employee,
    /// A department, by name.
    Department,
    /// A company of the group, by name.
    Company,
    /// A product, by number.
    Product,
}

/// Words of `type`.
const KINDS: [(&str, Kind); 12] = [
    ("day", Kind::Day),
    ("instant", Kind::Instant),
    ("month", Kind::Month),
    ("text", Kind::Text),
    ("number", Kind::Number),
    ("integer", Kind::Integer),
    ("flag", Kind::Flag),
    ("customer", Kind::Record(Record::Customer)),
    ("employee", Kind::Record(Record::Employee)),
    ("department", Kind::Record(Record::Department)),
    ("company", Kind::Record(Record::Company)),
    ("product", Kind::Record(Record::Product)),
];
const CHOICE: &str = "choice";

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The setting that the statement reads.
    pub setting: String,
    /// What it is set to; empty is NULL.
    pub stored: String,
    /// What people call the parameter.
    pub label: String,
    /// The value as people read it; empty where it is NULL.
    pub said: String,
}

/// Reads `[parameter.…]`, in the order of the file.
pub(super) fn read_all(section: &mut Section<'_>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for name in section.keys() {
        let mut own = section.section(&name);
        if !is_name(&name) {
            own.wrong("", format!("{name} is no name of a parameter; it has small letters, digits and _, as in kunde"));
        }
        let kind = read_kind(&mut own);
        let default = own.has("default").then(|| read_default(&mut own)).flatten();
        let label = own.text("label", &name);
        parameters.extend(kind.map(|kind| Parameter { name, kind, default, label }));
    }
    parameters
}

/// `default = 30` is as good as `default = "30"`.
fn read_default(section: &mut Section<'_>) -> Option<String> {
    match section.tree("default") {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Bool(flag)) => Some((if flag { "yes" } else { "no" }).to_owned()),
        Some(number @ serde_json::Value::Number(_)) => Some(number.to_string()),
        _ => {
            section.wrong("default", "is neither a text nor a number nor true or false");
            None
        }
    }
}

fn read_kind(section: &mut Section<'_>) -> Option<Kind> {
    let is_set = section.has("type");
    let kind = section.optional_parsed("type", None, |word| {
        let known = KINDS.iter().map(|(known, _)| *known).chain([CHOICE]);
        match known.clone().find(|known| *known == word) {
            Some(found) => Ok(found.to_owned()),
            None => Err(Complaint {
                message: format!("\"{word}\" is no type of a parameter"),
                suggestion: Some(match nearest(word, known.clone()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("types are {}", known.collect::<Vec<_>>().join(", ")),
                }),
            }),
        }
    });
    let values = section.parsed_list("values", Vec::new(), |text| Ok::<_, Complaint>(text.to_owned()));
    match kind.as_deref() {
        Some(CHOICE) if values.is_empty() => {
            section.wrong("values", "a choice has values = [\"…\", \"…\"]");
            None
        }
        Some(CHOICE) => Some(Kind::Choice(values)),
        Some(word) => {
            if !values.is_empty() {
                section.wrong("values", format!("belong to type = \"{CHOICE}\""));
            }
            KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| kind.clone())
        }
        None if is_set => None,
        None => {
            section.wrong("type", "is missing; type = \"day\", \"text\", \"number\" …");
            None
        }
    }
}

fn is_name(name: &str) -> bool {
    const LONGEST: usize = 40;
    let is_sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    name.len() <= LONGEST && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(is_sound)
}

impl Parameter {
    /// The expression that stands for it in the statement.
    pub(super) fn sql(&self) -> String {
        let name = &self.name;
        format!("CAST(nullif(current_setting('{PREFIX}{name}', true), '') AS {})", self.sql_type())
    }

    fn sql_type(&self) -> &'static str {
        match self.kind {
            Kind::Day | Kind::Month => "date",
            Kind::Instant => "timestamptz",
            Kind::Number => "numeric",
            Kind::Integer | Kind::Record(Record::Employee) => "bigint",
            Kind::Flag => "boolean",
            Kind::Text | Kind::Choice(_) | Kind::Record(_) => "text",
        }
    }

    /// Reads what somebody typed, or the default. A record is looked up by [`look_up`].
    ///
    /// Errors: nothing is given and there is no default; it is not of its kind.
    pub fn read(&self, given: Option<&str>, moment: &Moment<'_>) -> Result<Value> {
        let Some(text) = given.or(self.default.as_deref()) else {
            let name = &self.name;
            return Err(Error::usage(format!("{} ({name}) is not said", self.label))
                .hint(format!("--set {name}=…{}", self.examples())));
        };
        let text = text.trim();
        if text.is_empty() {
            return Ok(self.value(String::new(), String::new()));
        }
        if text.len() > LONGEST_VALUE || text.contains('\0') {
            return Err(self.wrong("this is no value", &format!("at most {LONGEST_VALUE} characters")));
        }
        self.read_text(text, moment)
    }

    fn read_text(&self, text: &str, moment: &Moment<'_>) -> Result<Value> {
        let named = |error: Error| {
            let told = self.wrong(&error.to_string(), "");
            error.hints().iter().fold(told, |told, hint| told.hint(hint.as_str()))
        };
        match &self.kind {
            Kind::Day => {
                let is_last = self.name == "to" || self.name.ends_with("_to");
                let day = match is_last {
                    true => parse_end(text, moment, Lean::Back).map(|end| PromiseDay::of(end, moment.zone).day()),
                    false => parse_day(text, moment, Lean::Back),
                };
                day.map(|day| self.value(day.to_string(), german::day(day))).map_err(named)
            }
            Kind::Month => {
                let day = parse_day(text, moment, Lean::Back).map_err(named)?;
                let first = day.with_day(1).unwrap_or(day);
                Ok(self.value(first.to_string(), first.format("%m/%Y").to_string()))
            }
            Kind::Instant => {
                let at = parse_instant(text, moment, Lean::Back).map_err(named)?;
                Ok(self.value(at.to_rfc3339(), german::instant(at, moment.zone)))
            }
            Kind::Text | Kind::Record(_) => Ok(self.value(text.to_owned(), text.to_owned())),
            Kind::Number => {
                let number = amount(text).map_err(|message| self.wrong(&message, ""))?;
                Ok(self.value(number.to_string(), crate::output::german_number(number, None)))
            }
            Kind::Integer => match text.parse::<i64>() {
                Ok(number) => Ok(self.value(number.to_string(), number.to_string())),
                Err(_) => Err(self.wrong(&format!("\"{text}\" is no whole number"), "")),
            },
            Kind::Flag => match text.to_lowercase().as_str() {
                "yes" | "ja" | "true" | "y" | "j" | "1" => Ok(self.value("true".to_owned(), "ja".to_owned())),
                "no" | "nein" | "false" | "n" | "0" => Ok(self.value("false".to_owned(), "nein".to_owned())),
                _ => Err(self.wrong(&format!("\"{text}\" is neither yes nor no"), "yes or no")),
            },
            Kind::Choice(values) => match values.iter().find(|value| value.eq_ignore_ascii_case(text)) {
                Some(value) => Ok(self.value(value.clone(), value.clone())),
                None => {
                    let near = nearest(text, values.iter().map(String::as_str));
                    let near = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
                    Err(self.wrong(
                        &format!("\"{text}\" is none of its values"),
                        &format!("{near}values are {}", values.join(", ")),
                    ))
                }
            },
        }
    }

    /// NULL, where nothing was said and nothing stands for it: good enough to prepare the statement.
    pub(super) fn unsaid(&self) -> Value {
        self.value(String::new(), String::new())
    }

    fn value(&self, stored: String, said: String) -> Value {
        Value { setting: format!("{PREFIX}{}", self.name), stored, label: self.label.clone(), said }
    }

    fn wrong(&self, message: &str, hint: &str) -> Error {
        let error = Error::usage(format!("{}: {message}", self.name));
        if hint.is_empty() { error } else { error.hint(hint) }
    }

    fn examples(&self) -> String {
        match &self.kind {
            Kind::Choice(values) => format!(" ({})", values.join(", ")),
            Kind::Day | Kind::Instant => " (2026-11-30, 30.11., -2w)".to_owned(),
            Kind::Month => " (2026-11)".to_owned(),
            Kind::Flag => " (yes, no)".to_owned(),
            _ => String::new(),
        }
    }
}

/// Replaces what was said of a record by what it is called. One that is not there is an error: a report about a customer whom
/// nobody knows would be empty, and that looks like good news.
pub(super) fn look_up(connection: &mut PgConnection, parameter: &Parameter, value: &mut Value) -> Result<()> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Nullable<Text>)]
        name: Option<String>,
    }
    let Kind::Record(record) = parameter.kind else { return Ok(()) };
    if value.stored.is_empty() {
        return Ok(());
    }
    let (noun, question) = match record {
        Record::Customer => ("customer", "SELECT number AS key, name FROM wvl.partners WHERE number = $1"),
        Record::Employee => (
            "employee",
            "SELECT number::text AS key, concat_ws(' ', first_name, last_name) AS name FROM wvl.employees WHERE number::text = $1",
        ),
        Record::Department => {
            ("department", "SELECT name AS key, NULL AS name FROM wvl.departments WHERE lower(name) = lower($1)")
        }
        Record::Company => {
            ("company", "SELECT name AS key, NULL AS name FROM wvl.companies WHERE lower(name) = lower($1)")
        }
        Record::Product => ("product", "SELECT number AS key, name FROM wvl.products WHERE number = $1"),
    };
    let found: Option<Found> =
        diesel::sql_query(question).bind::<Text, _>(&value.stored).load(connection)?.into_iter().next();
    let found = found.ok_or_else(|| {
        Error::not_found(noun, &value.stored).hint(format!("“wvl {noun} list --search TEXT” looks for it"))
    })?;
    value.said = [Some(found.key.as_str()), found.name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    value.stored = found.key;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, kind: Kind, default: Option<&str>) -> Parameter {
        Parameter { name: name.to_owned(), kind, default: default.map(str::to_owned), label: "Von".to_owned() }
    }

    fn moment() -> Moment<'static> {
        Moment::new("2026-11-24T17:00:00Z".parse().unwrap(), chrono_tz::Europe::Berlin)
    }

    fn stored(parameter: &Parameter, text: &str) -> Result<String, String> {
        parameter.read(Some(text), &moment()).map(|value| value.stored).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_read_by_their_kind() {
        for (name, kind, text, expected) in [
            ("from", Kind::Day, "2026-11", "2026-11-01"),
            ("to", Kind::Day, "2026-11", "2026-11-30"),
            ("booked_to", Kind::Day, "30.11.2026", "2026-11-30"),
            ("from", Kind::Day, "gestern", "2026-11-23"),
            ("m", Kind::Month, "heute", "2026-11-01"),
            ("at", Kind::Instant, "24.11.2026 08:00", "2026-11-24T07:00:00+00:00"),
            ("x", Kind::Text, "'; DROP TABLE x", "'; DROP TABLE x"),
            ("x", Kind::Number, "1.234,50", "1234.50"),
            ("x", Kind::Integer, "-3", "-3"),
            ("x", Kind::Flag, "Ja", "true"),
            ("x", Kind::Choice(vec!["month".into(), "group".into()]), "Group", "group"),
            ("x", Kind::Text, "  ", ""),
        ] {
            assert_eq!(stored(&parameter(name, kind, None), text).unwrap(), expected, "{name} {text}");
        }
        for (kind, text) in [
            (Kind::Day, "31.2."),
            (Kind::Day, "'; DROP TABLE x"),
            (Kind::Integer, "3.5"),
            (Kind::Number, "viel"),
            (Kind::Flag, "vielleicht"),
            (Kind::Choice(vec!["month".into()]), "monat"),
            (Kind::Text, "a\0b"),
        ] {
            assert!(stored(&parameter("x", kind, None), text).unwrap_err().starts_with("x: "), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_has_its_default_or_is_asked_for() {
        let said = |default: Option<&str>| {
            let value = parameter("kunde", Kind::Text, default).read(None, &moment());
            value.map(|value| (value.setting, value.stored))
        };
        assert_eq!(said(Some("")).unwrap(), ("wvl.param_kunde".to_owned(), String::new()));
        assert_eq!(said(Some("x")).unwrap().1, "x");
        let error = said(None).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.hints()[0].as_str()),
            ("Von (kunde) is not said", "--set kunde=…")
        );
    }
}
