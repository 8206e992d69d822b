//! What is wrong with a file: every problem with its line and column, all of them at once.

use std::collections::{BTreeMap, HashSet};

/// Nobody corrects more than these by hand; beyond it problems are only counted.
pub(super) const KEPT: usize = 10_000;
/// A row's place is one number, also in the staging table: the file above these bits, the line below.
const LINE_BITS: u32 = 40;

/// The place of a line in one of the files, counted from 0.
pub(super) fn place(file: usize, line: u64) -> u64 {
    ((file as u64) << LINE_BITS) | line
}

/// The file and the line of a place.
pub(super) fn file_and_line(place: u64) -> (usize, u64) {
    ((place >> LINE_BITS) as usize, place & ((1 << LINE_BITS) - 1))
}

/// One thing that is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Which of the files, counted from 0.
    pub file: usize,
    /// The line of the file on which the row begins; 0 if the whole file is meant.
    pub line: u64,
    /// The column by its heading in the file.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Everything that is wrong with a file.
#[derive(Debug, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    /// One message a cell is enough: what follows from the first is left out.
    seen: HashSet<(u64, Option<String>)>,
    lines: HashSet<u64>,
    count: usize,
    /// The file cannot be read on from there, so that no row of it can be taken.
    is_broken: bool,
}

impl Problems {
    /// Notes a problem, unless that cell already has one.
    pub(super) fn add(&mut self, place: u64, column: Option<&str>, message: impl Into<String>) {
        let column = column.map(str::to_owned);
        if self.count < KEPT {
            if column.is_some() && !self.seen.insert((place, column.clone())) {
                return;
            }
            self.lines.insert(place);
            let (file, line) = file_and_line(place);
            self.kept.push(Problem { file, line, column, message: message.into() });
        }
        self.count += 1;
    }

    /// Notes what keeps the whole file from being read.
    pub(super) fn add_broken(&mut self, place: u64, message: impl Into<String>) {
        self.is_broken = true;
        self.add(place, None, message);
    }

    /// Whether the good rows could be taken without the bad ones: every bad one is known.
    pub(super) fn can_be_left_out(&self) -> bool {
        !self.is_broken && self.count < KEPT && self.kept.iter().all(|problem| problem.line > 0)
    }

    /// The places of the rows with a problem.
    pub(super) fn places(&self) -> impl Iterator<Item = u64> + '_ {
        self.lines.iter().copied()
    }

    /// What is wrong with the rows of one file, a text for each line.
    pub(super) fn reasons(&self, file: usize) -> BTreeMap<u64, String> {
        let mut reasons = BTreeMap::<u64, String>::new();
        for problem in self.sorted().into_iter().filter(|problem| problem.file == file) {
            let reason = reasons.entry(problem.line).or_default();
            if !reason.is_empty() {
                reason.push_str("; ");
            }
            if let Some(column) = &problem.column {
                reason.push_str(&format!("{column}: "));
            }
            reason.push_str(&problem.message);
        }
        reasons
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the file is good.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The problems in the order of the file; at most ten thousand are kept.
    pub fn sorted(&self) -> Vec<&Problem> {
        let mut problems: Vec<_> = self.kept.iter().collect();
        problems.sort();
        problems
    }

    /// The rows with a problem, as far as they are kept.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The problems as text, one a line, at most `limit` of them: `kunden.csv: line 17, column E-Mail: …`. `files` are the
    /// names of the files.
    pub fn text(&self, files: &[String], limit: usize) -> String {
        let mut text = String::new();
        let shown = limit.min(self.kept.len());
        for problem in self.sorted().into_iter().take(shown) {
            text.push_str(files.get(problem.file).map_or("", String::as_str));
            text.push(':');
            if problem.line > 0 {
                text.push_str(&format!(" line {}", problem.line));
            }
            if let Some(column) = &problem.column {
                text.push_str(&format!(", column {column}"));
            }
            if problem.line > 0 || problem.column.is_some() {
                text.push(':');
            }
            text.push_str(&format!(" {}\n", problem.message));
        }
        if self.count > shown {
            text.push_str(&format!("and {} more\n", self.count - shown));
        }
        text
    }
}

/// A cell's text in a message: in quotes, and not the whole of a novel.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= 40 {
        return format!("{text:?}");
    }
    let begun: String = text.chars().take(40).collect();
    format!("{begun:?}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_a_cell_in_the_order_of_the_file() {
        let mut problems = Problems::default();
        problems.add(17, Some("E-Mail"), "\"x\" is no mail address");
        problems.add(3, Some("Kunde"), "customer 9 is not known");
        problems.add(17, Some("E-Mail"), "is empty");
        problems.add(17, None, "has 3 cells instead of 4");
        assert_eq!(
            problems.text(&["kunden.csv".to_owned()], 2),
            "kunden.csv: line 3, column Kunde: customer 9 is not known\n\
             kunden.csv: line 17: has 3 cells instead of 4\n\
             and 1 more\n"
        );
        assert_eq!((problems.count(), problems.rows()), (3, 2));
    }
}
