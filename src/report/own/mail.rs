//! What a mail of a report says: the values of its template. The usual one is `mail/report-own`; a report may name another,
//! a folder below `report/` in the house's templates.

use serde::Serialize;

use super::{Collected, Own, Value};
use crate::error::{Error, Result};
use crate::output::{Cell, Column, Table};
use crate::template::{Language, Mail, Templates};

/// A mail's plain text is as wide.
const TEXT_WIDTH: u16 = 72;

/// The values of a template for a report.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// The company's name; empty where nobody named it.
    pub company: String,
    /// What a phone shows beside the subject.
    pub preheader: String,
    /// Why somebody gets it.
    pub reason: String,
    /// The report's title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// By which date it counts, and what was asked: one line.
    pub about: String,
    /// The same by itself.
    pub counts_by: String,
    /// What was asked.
    pub parameters: Vec<Said>,
    /// "20 Zeilen".
    pub said: String,
    /// Why something is missing; empty: nothing is.
    pub note: String,
    /// The columns.
    pub columns: Vec<Heading>,
    /// The first rows.
    pub rows: Vec<Vec<Shown>>,
    /// The same as a table of plain text.
    pub table: String,
    /// How many rows there are, counted up to as many as may be attached.
    pub total: u64,
    /// How many of them do not stand in the mail.
    pub more: u64,
    /// What is said of those.
    pub rest: String,
}

/// An answer to a question of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// The question.
    pub label: String,
    /// The answer, as people read it.
    pub value: String,
}

/// A column.
#[derive(Clone, Debug, Serialize)]
pub struct Heading {
    /// What stands above it.
    pub heading: String,
    /// Whether it is flush right.
    pub is_number: bool,
}

/// A cell.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// As people read it.
    pub text: String,
    /// Whether it is flush right.
    pub is_number: bool,
}

impl View {
    /// The values for a collected report.
    pub fn new(own: &Own, values: &[Value], found: &Collected, company: &str, language: Language) -> View {
        let words = Words::of(language);
        let parameters: Vec<Said> = values
            .iter()
            .filter(|value| !value.said.is_empty())
            .map(|value| Said { label: value.label.clone(), value: value.said.clone() })
            .collect();
        let asked = parameters.iter().map(|said| format!("{} {}", said.label, said.value));
        let about: Vec<String> =
            std::iter::once(format!("{} {}", words.counts_by, own.head.counts_by)).chain(asked).collect();
        let shown = u64::try_from(found.first.len()).unwrap_or(u64::MAX);
        let more = found.total.saturating_sub(shown);
        let said = match found.is_cut {
            true => format!("{} {}", words.more_than, (words.rows)(found.total)),
            false => (words.rows)(found.total),
        };
        let rest = match more {
            0 => String::new(),
            more if found.files.is_empty() => (words.more)(more),
            more => format!("{}{}", (words.more)(more), words.attached),
        };
        View {
            company: company.to_owned(),
            preheader: said.clone(),
            reason: format!("{} {}", words.reason, own.head.name),
            title: own.head.title.clone(),
            description: own.head.description.clone(),
            about: about.join(" · "),
            counts_by: own.head.counts_by.clone(),
            parameters,
            said,
            note: found.too_much.clone().unwrap_or_default(),
            columns: headings(&found.columns, found.first.first()),
            rows: found.first.iter().map(|row| shown_row(row, language)).collect(),
            table: as_text(&found.columns, &found.first, language),
            total: found.total,
            more,
            rest,
        }
    }
}

/// Renders a mail of the report by its template.
///
/// Errors: [`crate::error::Kind::Config`] where the template is not there or names something that no report has.
pub fn render(templates: &Templates, own: &Own, view: &View, language: Language) -> Result<Mail> {
    templates.report(own.head.template.as_deref(), language, view)
}

/// What is wrong with the template of a report with these columns: rendered with no, one and three rows.
pub(super) fn check(templates: &Templates, own: &Own, described: &[(Column, Cell)]) -> Vec<Error> {
    let (columns, cells): (Vec<Column>, Vec<Cell>) = described.iter().cloned().unzip();
    let mut wrong: Vec<Error> = Vec::new();
    for language in Language::ALL {
        for rows in [0, 1, 3] {
            let found = Collected {
                columns: columns.clone(),
                first: vec![cells.clone(); rows],
                total: rows as u64 * 2,
                is_cut: false,
                files: Vec::new(),
                too_much: None,
            };
            let view = View::new(own, &[], &found, "", language);
            let Err(error) = render(templates, own, &view, language) else { continue };
            // the same mistake in every language and with every number of rows is one
            if !wrong.iter().any(|known| known.full_message() == error.full_message()) {
                wrong.push(error);
            }
        }
    }
    wrong
}

struct Words {
    counts_by: &'static str,
    reason: &'static str,
    attached: &'static str,
    more_than: &'static str,
    rows: fn(u64) -> String,
    more: fn(u64) -> String,
}

impl Words {
    fn of(language: Language) -> Words {
        match language {
            Language::German => Words {
                counts_by: "Zählt nach",
                reason: "Sie bekommen diese Mail als Empfänger des Berichts",
                attached: "; alle stehen in der angehängten Datei",
                more_than: "mehr als",
                rows: |count| match count {
                    0 => "keine Zeilen".to_owned(),
                    1 => "1 Zeile".to_owned(),
                    count => format!("{count} Zeilen"),
                },
                more: |count| {
                    if count == 1 { "… 1 weitere Zeile".to_owned() } else { format!("… {count} weitere Zeilen") }
                },
            },
            Language::English => Words {
                counts_by: "Counts by",
                reason: "You get this mail as a recipient of the report",
                attached: "; all of them are in the attached file",
                more_than: "more than",
                rows: |count| match count {
                    0 => "no rows".to_owned(),
                    1 => "1 row".to_owned(),
                    count => format!("{count} rows"),
                },
                more: |count| if count == 1 { "… 1 more row".to_owned() } else { format!("… {count} more rows") },
            },
        }
    }
}

fn headings(columns: &[Column], first: Option<&Vec<Cell>>) -> Vec<Heading> {
    let is_number = |at: usize| first.and_then(|row| row.get(at)).is_some_and(Cell::is_numeric);
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| Heading { heading: column.heading.clone(), is_number: is_number(at) })
        .collect()
}

fn shown_row(row: &[Cell], language: Language) -> Vec<Shown> {
    row.iter().map(|cell| Shown { text: cell.in_language(language), is_number: cell.is_numeric() }).collect()
}

fn as_text(columns: &[Column], rows: &[Vec<Cell>], language: Language) -> String {
    let mut table = Table::new(columns.to_vec()).in_language(language);
    rows.iter().for_each(|row| table.push(row.clone()));
    table.fitted(TEXT_WIDTH, false)
}
