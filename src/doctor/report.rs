//! What was found, and how it is printed.

use crate::error::{Error, Kind, Result};
use crate::output::{Cell, Output, Table, column, visible};
use crate::template::wrap;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Nothing is wrong; somebody may want to know it all the same.
    Remark,
    /// Works, and should be looked at.
    Warning,
    /// Does not work, or not for long.
    Error,
}

impl Level {
    /// The word in every format.
    pub fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Remark => "remark",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// What a finding is about, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The configuration file.
    Config,
    /// Files and folders.
    Files,
    /// The database.
    Database,
    /// Zones and clocks.
    Time,
    /// The way of the mails.
    Mail,
    /// What mails look like.
    Templates,
    /// Working time.
    Calendar,
    /// Who hears of what.
    Escalation,
    /// The runs of the jobs.
    Jobs,
}

impl Area {
    /// The word in every format.
    pub fn word(self) -> &'static str {
        match self {
            Area::Config => "config",
            Area::Files => "files",
            Area::Database => "database",
            Area::Time => "time",
            Area::Mail => "mail",
            Area::Templates => "templates",
            Area::Calendar => "calendar",
            Area::Escalation => "escalation",
            Area::Jobs => "jobs",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub area: Area,
    /// How bad it is.
    pub level: Level,
    /// A sentence.
    pub message: String,
    /// What helps.
    pub way_out: Option<String>,
}

/// Everything that was looked at, in its order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Puts together what belongs together.
    pub fn sort(&mut self) {
        self.findings.sort_by_key(|finding| finding.area);
    }

    /// All findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Something is as it should be.
    pub fn ok(&mut self, area: Area, message: impl Into<String>) {
        self.add(area, Level::Ok, message.into(), None);
    }

    /// Nothing is wrong; `way_out` is what could be done.
    pub fn remark(&mut self, area: Area, message: impl Into<String>, way_out: impl Into<String>) {
        self.add(area, Level::Remark, message.into(), Some(way_out.into()));
    }

    /// Something works, and should be looked at.
    pub fn warn(&mut self, area: Area, message: impl Into<String>, way_out: impl Into<String>) {
        self.add(area, Level::Warning, message.into(), Some(way_out.into()));
    }

    /// Something does not work.
    pub fn error(&mut self, area: Area, message: impl Into<String>, way_out: impl Into<String>) {
        self.add(area, Level::Error, message.into(), Some(way_out.into()));
    }

    /// An error of ours, with its hints.
    pub fn failed(&mut self, area: Area, error: &Error) {
        let hints = error.hints().join("; ");
        self.add(area, Level::Error, error.full_message(), (!hints.is_empty()).then_some(hints));
    }

    fn add(&mut self, area: Area, level: Level, message: String, way_out: Option<String>) {
        self.findings.push(Finding { area, level, message, way_out: way_out.filter(|way| !way.is_empty()) });
    }

    /// The error that ends the run where something does not work; each has been named.
    pub fn result(&self) -> Result<()> {
        match self.findings.iter().filter(|finding| finding.level == Level::Error).count() {
            0 => Ok(()),
            1 => Err(Error::new(Kind::Partial, "one thing does not work, named above")),
            count => Err(Error::new(Kind::Partial, format!("{count} things do not work, named above"))),
        }
    }

    /// For a terminal of so many columns (0: as wide as it gets).
    pub fn text(&self, width: usize, has_color: bool) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let word = format!("{:<8}", finding.level.word());
            let color = match finding.level {
                Level::Ok => "32",
                Level::Remark => "36",
                Level::Warning => "33",
                Level::Error => "31",
            };
            let word = if has_color { format!("\u{1b}[{color}m{word}\u{1b}[0m") } else { word };
            let lines: Vec<String> = finding.message.lines().flat_map(|line| wrapped(&visible(line), width)).collect();
            for (index, line) in lines.iter().enumerate() {
                match index {
                    0 => text.push_str(&format!("{word} {:<11} {line}\n", finding.area.word())),
                    _ => text.push_str(&format!("{INDENT}{line}\n")),
                }
            }
            if let Some(way) = &finding.way_out {
                for (index, line) in wrapped(&visible(way), width.saturating_sub(2)).iter().enumerate() {
                    text.push_str(&format!("{INDENT}{} {line}\n", if index == 0 { "→" } else { " " }));
                }
            }
        }
        text
    }
}

/// As wide as what stands before a message.
const INDENT: &str = "                     ";

/// Lines of at most so many characters behind what stands before a message; as they are where that leaves no room.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let room = match width.saturating_sub(INDENT.len()) {
        0..=20 => usize::MAX,
        room => room,
    };
    wrap(text, room, 0, 0).lines().map(str::to_owned).collect()
}

impl Output for Report {
    fn title(&self) -> &str {
        "Diagnose"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("level", "Stufe"),
            column("area", "Bereich"),
            column("message", "Befund"),
            column("way_out", "Ausweg"),
        ]);
        for finding in &self.findings {
            table.push(vec![
                Cell::Text(finding.level.word().to_owned()),
                Cell::Text(finding.area.word().to_owned()),
                Cell::Text(finding.message.clone()),
                Cell::text(finding.way_out.clone()),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_end_well_and_errors_do_not() {
        let mut report = Report::default();
        report.ok(Area::Config, "fine");
        report.warn(Area::Mail, "nobody gets mails", "set mail.mode");
        assert!(report.result().is_ok());
        report.failed(Area::Database, &Error::config("no database").hint("wvl db migrate"));
        assert_eq!(report.result().unwrap_err().kind().exit_code(), 3);
        assert_eq!(
            report.text(60, false),
            "ok       config      fine\n\
             warning  mail        nobody gets mails\n                     → set mail.mode\n\
             error    database    no database\n                     → wvl db migrate\n"
        );
    }
}
