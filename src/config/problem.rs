//! One thing that is wrong in the configuration, with its place and the way out.

use std::fmt;

use super::document::{Origin, Position};
use crate::error::{Error, Kind};

/// What a parse function says about a value it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// What would be right ("did you mean …?").
    pub suggestion: Option<String>,
}

impl From<String> for Complaint {
    fn from(message: String) -> Complaint {
        Complaint { message, suggestion: None }
    }
}

impl From<&str> for Complaint {
    fn from(message: &str) -> Complaint {
        Complaint::from(message.to_owned())
    }
}

impl From<Error> for Complaint {
    fn from(error: Error) -> Complaint {
        Complaint { message: error.full_message(), suggestion: error.hints().first().cloned() }
    }
}

/// A mistake or a warning, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name as the user knows it; empty where no file was read.
    pub file: String,
    /// Where it stands.
    pub origin: Origin,
    /// The dotted key; empty for a line that is no TOML.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// The way out.
    pub suggestion: Option<String>,
}

impl Problem {
    pub(super) fn in_file(at: Position, key: &str, message: &str) -> Problem {
        Problem {
            file: String::new(),
            origin: Origin::File(at),
            key: key.to_owned(),
            message: message.to_owned(),
            suggestion: None,
        }
    }

    /// Line and column, where it stands in the file.
    pub fn position(&self) -> Option<Position> {
        match &self.origin {
            Origin::File(at) => Some(*at),
            Origin::Default | Origin::Flag(_) => None,
        }
    }
}

impl fmt::Display for Problem {
    /// `wvl.toml:12:5: mail.mode: …; did you mean "live"?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File(at) => write!(f, "{}:{}:{}: ", self.file, at.line, at.column)?,
            Origin::Flag(flag) => write!(f, "{flag}: ")?,
            Origin::Default if self.file.is_empty() => {}
            Origin::Default => write!(f, "{}: ", self.file)?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// One error that tells all problems, a line each; `None` where there is none.
pub fn all_as_error(problems: &[Problem]) -> Option<Error> {
    if problems.is_empty() {
        return None;
    }
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Some(Error::new(Kind::Config, lines.join("\n")))
}
