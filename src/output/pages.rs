//! A table that may be long: the first rows decide how wide its columns are, all others follow in portions. So a list of
//! a million rows at a terminal needs no more memory than a page of it, and its first rows come at once.

use comfy_table::{ColumnConstraint, ContentArrangement, Width};

use super::table::{BESIDE, PADDING, SHORT, WRAPPED};
use super::{Cell, Column, Table};
use crate::template::Language;

/// So many rows decide. A table that has no more is drawn as a whole.
pub(super) const MEASURED: usize = 1_000;

/// Rows on their way to a terminal.
pub(super) struct Pages {
    /// What has not been drawn yet.
    table: Table,
    /// Columns of the terminal; 0: as wide as it gets.
    width: u16,
    has_color: bool,
    measured: usize,
    layout: Option<Layout>,
}

/// How all portions are drawn.
struct Layout {
    /// The columns that are shown, and the width of each.
    columns: Vec<(usize, usize)>,
    hidden: Vec<String>,
}

impl Pages {
    /// A table without rows, of which so many will decide.
    pub fn new(columns: &[Column], width: u16, has_color: bool, measured: usize) -> Pages {
        Pages { table: Table::new(columns.to_vec()), width, has_color, measured, layout: None }
    }

    /// The same for people who asked for this language.
    pub fn in_language(mut self, language: Language) -> Pages {
        self.table = self.table.in_language(language);
        self
    }

    /// Takes a row; the text that is to be printed now.
    pub fn row(&mut self, row: &[Cell]) -> Option<String> {
        let portion = (self.table.rows.len() >= self.measured).then(|| self.portion());
        self.table.push(row.to_vec());
        portion
    }

    /// The rest of the text, and the columns for which there was no room.
    pub fn finish(mut self) -> (String, Vec<String>) {
        if self.layout.is_some() {
            let rest = self.portion();
            return (rest, self.layout.map_or_else(Vec::new, |layout| layout.hidden));
        }
        let hidden = self.table.hidden_at(self.width).into_iter().map(str::to_owned).collect();
        (self.table.fitted(self.width, self.has_color), hidden)
    }

    fn portion(&mut self) -> String {
        let is_first = self.layout.is_none();
        let (table, width) = (&self.table, self.width);
        let layout = self.layout.get_or_insert_with(|| Layout::of(table, width));
        let shown: Vec<usize> = layout.columns.iter().map(|(index, _)| *index).collect();
        let mut drawn = table.drawn(&shown, is_first, self.has_color);
        drawn.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::MAX);
        for (place, (_, width)) in layout.columns.iter().enumerate() {
            if let Some(column) = drawn.column_mut(place) {
                let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
        self.table.rows.clear();
        let mut text = drawn.trim_fmt();
        text.push('\n');
        text
    }
}

impl Layout {
    /// Where all of it has no room beside each other, the long columns share what the short ones leave.
    fn of(table: &Table, width: u16) -> Layout {
        let (shown, widths) = table.columns_for(width);
        let needed: usize = shown.iter().map(|index| widths[*index] + BESIDE).sum();
        let is_long = |index: &usize| widths[*index] > SHORT;
        let long = shown.iter().filter(|index| is_long(index)).count();
        let short: usize = shown.iter().filter(|index| !is_long(index)).map(|index| widths[*index]).sum();
        let most = match usize::from(width) {
            width if width > 0 && needed > width && long > 0 => {
                (width.saturating_sub(short + shown.len() * BESIDE) / long).max(WRAPPED)
            }
            _ => usize::MAX,
        };
        let columns =
            shown.iter().map(|index| (*index, if is_long(index) { widths[*index].min(most) } else { widths[*index] }));
        Layout { columns: columns.collect(), hidden: table.hidden_at(width).into_iter().map(str::to_owned).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::column;

    fn printed(rows: usize, width: u16) -> (String, Vec<String>, usize) {
        let columns = [column("number", "Nummer"), column("title", "Titel"), column("link", "Link").optional()];
        let mut pages = Pages::new(&columns, width, false, MEASURED);
        let (mut text, mut portions) = (String::new(), 0);
        for number in 0..rows {
            let title = if number == 1_500 { "etwas länger als alle vorher" } else { "ein Titel mit Worten" };
            let link = format!("https://erp.firma.example/{number:04}");
            let row = [Cell::Int(number as i64), Cell::Text(title.into()), Cell::Text(link)];
            if let Some(portion) = pages.row(&row) {
                text.push_str(&portion);
                portions += 1;
            }
        }
        let (rest, hidden) = pages.finish();
        (text + &rest, hidden, portions)
    }

    #[test]
    fn a_short_table_is_drawn_as_a_whole() {
        let (text, hidden, portions) = printed(MEASURED, 80);
        assert_eq!((text.lines().count(), portions, hidden.len()), (MEASURED + 2, 0, 0));
    }

    #[test]
    fn portions_have_one_heading_and_the_same_columns() {
        for width in [0, 80] {
            let (text, hidden, portions) = printed(2_500, width);
            assert_eq!((portions, hidden.len(), text.matches("Nummer").count()), (2, 0, 1), "{width}");
            // one title is wrapped
            assert_eq!(text.lines().count(), 2_500 + 2 + 1, "{width}");
            let begins = |line: &str| line.find("ein Titel").map(|at| line[..at].chars().count());
            let begins: std::collections::BTreeSet<_> = text.lines().filter_map(begins).collect();
            assert_eq!(begins.len(), 1, "{width}: {begins:?}");
        }
    }

    #[test]
    fn a_narrow_terminal_gets_the_same_columns_in_every_portion() {
        let (text, hidden, portions) = printed(2_500, 30);
        assert_eq!((portions, hidden), (2, vec!["link".to_owned()]));
        assert!(text.lines().all(|line| line.chars().count() <= 30 && !line.contains("https")));
    }
}
