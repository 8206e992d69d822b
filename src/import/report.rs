//! What is wrong with a file: every problem with its line and column, all of them at once.

use std::collections::HashSet;

/// Nobody corrects more than these by hand; beyond it problems are only counted.
const KEPT: usize = 10_000;

/// One thing that is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
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
}

impl Problems {
    /// Notes a problem, unless that cell already has one.
    pub fn add(&mut self, line: u64, column: Option<&str>, message: impl Into<String>) {
        let column = column.map(str::to_owned);
        if self.count < KEPT {
            if column.is_some() && !self.seen.insert((line, column.clone())) {
                return;
            }
            self.lines.insert(line);
            self.kept.push(Problem { line, column, message: message.into() });
        }
        self.count += 1;
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

    /// The problems as text, one a line, at most `limit` of them: `kunden.csv: line 17, column E-Mail: …`.
    pub fn text(&self, file: &str, limit: usize) -> String {
        let mut text = String::new();
        let shown = limit.min(self.kept.len());
        for problem in self.sorted().into_iter().take(shown) {
            text.push_str(file);
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
            problems.text("kunden.csv", 2),
            "kunden.csv: line 3, column Kunde: customer 9 is not known\n\
             kunden.csv: line 17: has 3 cells instead of 4\n\
             and 1 more\n"
        );
        assert_eq!((problems.count(), problems.rows()), (3, 2));
    }
}
