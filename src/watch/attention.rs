//! Everything that waits for a person, each with the command that helps.

use super::finding::{Finding, Severity};
use super::words::Words;
use crate::output::{Cell, Output, Table, column, visible};
use crate::template::{Language, wrap};

/// The findings as a list.
pub struct Attention<'a> {
    /// The worst first.
    pub findings: &'a [Finding],
    /// How they are said.
    pub words: Words,
}

impl Attention<'_> {
    /// For a terminal: a mark, the sentence, and below it the command.
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        for finding in self.findings {
            let mark = match finding.severity {
                Severity::Critical => "!!",
                Severity::Warning => " !",
                Severity::Notice => "  ",
            };
            let sentence = self.words.sentence(&finding.what);
            // 0: as wide as it gets
            let room = if width == 0 { usize::MAX } else { width.saturating_sub(3) };
            for (index, line) in wrap(&visible(&sentence), room, 0, 0).lines().enumerate() {
                text.push_str(&format!("{} {line}\n", if index == 0 { mark } else { "  " }));
            }
            if let Some(command) = finding.what.command() {
                // not wrapped: it is to be copied
                text.push_str(&format!("     → {}\n", visible(&command)));
            }
        }
        if text.is_empty() {
            text.push_str(match self.words.language {
                Language::German => "Nichts wartet auf jemanden.\n",
                Language::English => "Nothing waits for anybody.\n",
            });
        }
        text
    }
}

impl Output for Attention<'_> {
    fn title(&self) -> &str {
        "Aufmerksamkeit"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("severity", "Stufe"),
            column("kind", "Art"),
            column("message", "Was"),
            column("command", "Befehl"),
        ]);
        for finding in self.findings {
            table.push(vec![
                Cell::Text(finding.severity.word().to_owned()),
                Cell::Text(finding.what.key().to_owned()),
                Cell::Text(self.words.sentence(&finding.what)),
                Cell::text(finding.what.command()),
            ]);
        }
        table
    }
}
