//! How to import, and what became of it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::profile::Profile;
use super::report::Problems;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Headings of the file and the register's columns they stand for; an empty key leaves the column out.
    pub maps: Vec<(String, String)>,
    /// How the files of this program are meant.
    pub profile: Option<Profile>,
    /// Close what the files no longer have, unless it is more than this share of what is open, in per cent.
    pub complete: Option<u8>,
    /// Write the records of which no row is wrong, and the other rows into the file that their source names.
    pub partial: bool,
    /// Do everything and roll it back.
    pub dry_run: bool,
    /// Now, for what an import dates.
    pub now: DateTime<Utc>,
    /// The zone in which days are meant.
    pub zone: Tz,
}

impl Options {
    /// Imports as files say themselves what they mean: all rows or none, nothing is closed.
    pub fn new(now: DateTime<Utc>, zone: Tz) -> Options {
        Options { maps: Vec::new(), profile: None, complete: None, partial: false, dry_run: false, now, zone }
    }
}

/// How many records an import met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Inserted.
    pub new: u64,
    /// Updated.
    pub changed: u64,
    /// Left as they were.
    pub same: u64,
    /// Closed, since the files no longer have them.
    pub closed: u64,
    /// Rows that were left out.
    pub wrong: u64,
}

/// What became of an import.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files' names in messages.
    pub files: Vec<String>,
    /// The records; all zero if nothing was written.
    pub counts: Counts,
    /// What is wrong with the files.
    pub problems: Problems,
    /// Whether anything was written; else the problems say why not.
    pub is_written: bool,
    /// What was accepted and somebody should know.
    pub warnings: Vec<String>,
    /// The first of the records that were closed, as the office calls them.
    pub closed: Vec<String>,
    /// Where the rows are that were left out.
    pub rejected: Vec<PathBuf>,
}
