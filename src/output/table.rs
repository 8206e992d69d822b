//! Rows of typed cells under named columns.

use comfy_table::{Attribute, Cell as Drawn, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, presets};
use serde_json::{Map, Value};

use super::{Cell, visible};
use crate::config::meant;
use crate::error::{Error, Result};
use crate::template::Language;

/// A column: its key in code, JSON and `--columns`, and its German heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// snake_case English, part of the contract with other programs.
    pub key: String,
    /// What the office reads above it.
    pub heading: String,
    /// Left out of a table that is too wide for the terminal; every other format has it.
    pub is_optional: bool,
}

impl Column {
    /// The same column with the heading of this language: in English what its key says.
    #[must_use]
    pub(super) fn in_language(self, language: Language) -> Column {
        // a column of somebody's own query is called as its query says
        if language == Language::German || self.heading == self.key {
            return self;
        }
        Column { heading: english_heading(&self.key), ..self }
    }

    /// The same column, left out where a terminal is too narrow.
    #[must_use]
    pub fn optional(self) -> Column {
        Column { is_optional: true, ..self }
    }
}

/// A column up to this width is not wrapped while a wider one can be.
pub(super) const SHORT: usize = 18;
/// A wider one is still readable when it is wrapped to this width.
pub(super) const WRAPPED: usize = 12;
/// Blanks within a column …
pub(super) const PADDING: usize = 2;
/// … and the one behind it.
pub(super) const BESIDE: usize = PADDING + 1;
/// So many columns stay, however narrow the terminal.
const FEWEST: usize = 3;

/// A column of a table.
pub fn column(key: impl Into<String>, heading: impl Into<String>) -> Column {
    Column { key: key.into(), heading: heading.into(), is_optional: false }
}

/// `due_at` is "Due", `customer_name` "Customer name".
pub fn english_heading(key: &str) -> String {
    if key == "id" {
        return "ID".to_owned();
    }
    let said = key.strip_suffix("_at").unwrap_or(key).replace(['_', '-'], " ");
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Rows of typed cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The rows; each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// In which language people read it.
    pub(super) language: Language,
}

impl Table {
    /// An empty table.
    pub fn new(columns: Vec<Column>) -> Table {
        Table { columns, rows: Vec::new(), language: Language::default() }
    }

    /// The same table for people who asked for this language.
    pub fn in_language(mut self, language: Language) -> Table {
        self.columns = self.columns.into_iter().map(|column| column.in_language(language)).collect();
        self.language = language;
        self
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// Only these columns, in this order.
    pub fn select(&self, keys: &[String]) -> Result<Table> {
        let picked = keys.iter().map(|key| self.place_of(key)).collect::<Result<Vec<usize>>>()?;
        Ok(Table {
            columns: picked.iter().map(|&index| self.columns[index].clone()).collect(),
            rows: self
                .rows
                .iter()
                .map(|row| picked.iter().map(|&index| row.get(index).cloned().unwrap_or(Cell::Empty)).collect())
                .collect(),
            language: self.language,
        })
    }

    /// Where the column with this key stands; of an instant also without `_at`.
    pub(super) fn place_of(&self, key: &str) -> Result<usize> {
        let is_meant = |column: &Column| column.key == key || column.key.strip_suffix("_at") == Some(key);
        self.columns.iter().position(is_meant).ok_or_else(|| {
            let known: Vec<(&str, &str)> =
                self.columns.iter().map(|column| (column.key.as_str(), column.heading.as_str())).collect();
            no_column(format!("there is no column “{key}”"), key, &known)
        })
    }

    /// An array with an object for each row.
    pub fn json_rows(&self) -> Value {
        Value::Array(self.rows.iter().map(|row| json_row(&self.columns, row)).collect())
    }

    /// Lines for a terminal of this width (0: as wide as it gets). Optional columns go first where it is too narrow, then
    /// long texts are wrapped.
    pub fn fitted(&self, width: u16, bold_header: bool) -> String {
        let (shown, widths) = self.columns_for(width);
        let mut drawn = self.drawn(&shown, true, bold_header);
        if width > 0 {
            drawn.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        } else {
            drawn.set_content_arrangement(ContentArrangement::Disabled);
        }
        // numbers, dates and short words are not to be broken while there are long texts that can be
        let short = shown.iter().filter(|index| widths[**index] <= SHORT).map(|&index| widths[index]).sum::<usize>();
        let long = shown.iter().filter(|index| widths[**index] > SHORT).count();
        if long > 0 && short + long * WRAPPED + shown.len() * BESIDE <= usize::from(width) {
            for (place, _) in shown.iter().enumerate().filter(|(_, index)| widths[**index] <= SHORT) {
                if let Some(column) = drawn.column_mut(place) {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        let mut text = drawn.trim_fmt();
        text.push('\n');
        text
    }

    /// The rows under these columns, not yet arranged.
    pub(super) fn drawn(&self, shown: &[usize], has_header: bool, bold_header: bool) -> comfy_table::Table {
        let mut drawn = comfy_table::Table::new();
        // lines around and between rows would cost more height than they help
        drawn.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'))).force_no_tty();
        if bold_header {
            drawn.enforce_styling();
        }
        if has_header {
            drawn.set_header(shown.iter().map(|&index| {
                let heading = Drawn::new(&self.columns[index].heading);
                if bold_header { heading.add_attribute(Attribute::Bold) } else { heading }
            }));
        }
        for row in &self.rows {
            drawn.add_row(shown.iter().map(|&index| {
                let shown = Drawn::new(visible(&row[index].in_language(self.language)));
                if row[index].is_numeric() { shown.set_alignment(CellAlignment::Right) } else { shown }
            }));
        }
        drawn
    }

    /// The columns that a terminal of this width has room for, and the natural width of every column.
    pub(super) fn columns_for(&self, width: u16) -> (Vec<usize>, Vec<usize>) {
        let length = |text: &str| visible(text).chars().count();
        let cells = |index: usize| self.rows.iter().map(move |row| length(&row[index].in_language(self.language)));
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| cells(index).chain([length(&self.columns[index].heading)]).max().unwrap_or(0))
            .collect();
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let least = |index: usize| if widths[index] > SHORT { WRAPPED } else { widths[index] };
        let needed = |shown: &[usize]| shown.iter().map(|&index| least(index) + BESIDE).sum::<usize>();
        while width > 0 && needed(&shown) > usize::from(width) {
            let optional = shown.iter().rposition(|&index| self.columns[index].is_optional);
            // half a date or half an amount is worse than none
            match optional.or(shown.len().checked_sub(1).filter(|last| *last >= FEWEST)) {
                Some(last) => shown.remove(last),
                None => break,
            };
        }
        (shown, widths)
    }

    /// The keys of the columns that a terminal of this width has no room for.
    pub fn hidden_at(&self, width: u16) -> Vec<&str> {
        let (shown, _) = self.columns_for(width);
        let hidden = self.columns.iter().enumerate().filter(|(index, _)| !shown.contains(index));
        hidden.map(|(_, column)| column.key.as_str()).collect()
    }

    /// One row as `heading  value` lines, for `show` at a terminal; empty cells are left out.
    pub fn fields(&self) -> String {
        let mut text = String::new();
        let longest = self.columns.iter().map(|column| column.heading.chars().count()).max().unwrap_or(0);
        for row in &self.rows {
            for (column, cell) in self.columns.iter().zip(row).filter(|(_, cell)| **cell != Cell::Empty) {
                let padding = " ".repeat(longest - column.heading.chars().count());
                text.push_str(&format!("{}{padding}  {}\n", column.heading, visible(&cell.in_language(self.language))));
            }
        }
        text
    }
}

/// The error for a column that is not there, with those that were probably meant. `known` are the keys with their headings.
pub fn no_column(message: String, key: &str, known: &[(&str, &str)]) -> Error {
    let error = Error::usage(message);
    let near: Vec<String> = meant(key, known).iter().map(|near| format!("“{near}”")).collect();
    let error = if near.is_empty() { error } else { error.hint(format!("did you mean {}?", near.join(" or "))) };
    let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
    error.hint(format!("columns: {}", keys.join(", ")))
}

/// One row as a JSON object.
fn json_row(columns: &[Column], row: &[Cell]) -> Value {
    let pairs = columns.iter().zip(row);
    Value::Object(pairs.map(|(column, cell)| (column.key.clone(), cell.json())).collect::<Map<_, _>>())
}

/// One row as a tab-separated line at the end of `text`.
pub(super) fn push_tsv(text: &mut String, row: &[Cell]) {
    for (index, cell) in row.iter().enumerate() {
        if index > 0 {
            text.push('\t');
        }
        let begin = text.len();
        cell.push_for_programs(text);
        if text[begin..].contains(['\t', '\n', '\r', '\\']) {
            let cell = text.split_off(begin);
            push_escaped(text, &cell);
        }
    }
    text.push('\n');
}

fn push_escaped(text: &mut String, cell: &str) {
    for character in cell.chars() {
        match character {
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(vec![column("number", "Nummer"), column("title", "Titel")]);
        table.push(vec![Cell::Int(7), Cell::Text("Tab\tund\\Strich".into())]);
        table
    }

    #[test]
    fn a_pipe_gets_one_line_a_row_whatever_the_text_holds() {
        let mut text = String::new();
        push_tsv(&mut text, &sample().rows[0]);
        assert_eq!(text, "7\tTab\\tund\\\\Strich\n");
    }

    #[test]
    fn a_narrow_terminal_loses_optional_columns_before_words_are_broken() {
        let mut table =
            Table::new(vec![column("number", "Nummer"), column("title", "Titel"), column("link", "Link").optional()]);
        let text = |text: &str| Cell::Text(text.into());
        table.push(vec![
            text("AN26-1060"),
            text("Ein langer Titel mit vielen Worten"),
            text("https://erp.firma.example/1"),
        ]);
        assert!(table.fitted(0, false).contains("https"));
        let narrow = table.fitted(40, false);
        assert!(!narrow.contains("Link") && narrow.contains("AN26-1060"), "{narrow}");
        assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    }

    #[test]
    fn an_unknown_column_names_the_known_ones() {
        let error = sample().select(&["titel".into()]).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Usage);
        assert_eq!(error.hints(), ["did you mean “title”?", "columns: number, title"]);
    }
}
