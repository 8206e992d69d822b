//! What a register says about its file: columns with their headings, what their cells hold, and where they are stored.
//!
//! A register is data. The kernel reads files, checks and writes by it; what only one register needs is SQL of its own
//! that runs between the steps ([`Register::before`], [`Register::check`], [`Register::after`]).

use crate::register::{Words, folded};

/// Amounts and quantities stay below 10^15: so many digits stand before the decimals. The tables hold the same rule.
pub(super) const MOST_WHOLE_DIGITS: usize = 15;
/// Numbers and names by which records are found have at most so many characters; an index takes no more than 2,700 bytes.
pub(super) const LONGEST_NAME: usize = 200;

/// A register that can be imported.
#[derive(Debug)]
pub struct Register {
    /// The command's noun, and what messages call one record: "customer".
    pub noun: &'static str,
    /// The table with one row for each record.
    pub table: &'static str,
    /// The columns of the business key. File and table name them alike, but for one that names a record of another
    /// register.
    pub key: &'static [&'static str],
    /// All columns a file may have, in the order of the help.
    pub columns: &'static [Column],
    /// A second table with at most one row for each record: (table, column with the record's id).
    pub details: Option<(&'static str, &'static str)>,
    /// The table of the lines, if a record has lines and a file repeats the head with each.
    pub lines: Option<Lines>,
    /// Columns that follow from others where the file does not say them.
    pub derived: &'static [Derived],
    /// Headings that could mean two columns: (heading, what to write instead). A file that has one is wrong.
    pub ambiguous: &'static [(&'static str, &'static str)],
    /// SQL that runs as soon as the file is in `import_rows`: enters what other registers learn from this one.
    pub before: &'static str,
    /// SQL that runs before the records are written: says in `import_problems (file_line, column_key, message)` what is
    /// wrong with the `import_rows` and `import_heads`, and may correct what a head will hold.
    pub check: &'static str,
    /// SQL that runs after the records are written: what is stored in a way of its own. It notes the ids of records
    /// that it changed in `import_touched`, and what somebody should know in `import_warnings (message)`.
    pub after: &'static str,
    /// What becomes of a record that a complete file no longer has.
    pub closing: Closing,
}

impl Register {
    /// What most registers have in common: one table, and nothing that only they need. What closes a record each says itself.
    pub const PLAIN: Register = Register {
        noun: "",
        table: "",
        key: &[],
        columns: &[],
        details: None,
        lines: None,
        derived: &[],
        ambiguous: &[],
        before: "",
        check: "",
        after: "",
        closing: Closing::Refused("nobody has said what that would mean"),
    };
}

/// What becomes of a record that a complete file no longer has.
#[derive(Debug)]
pub enum Closing {
    /// It is closed.
    By {
        /// SQL: whether the stored record `t` is open.
        open: &'static str,
        /// SQL: the assignments that close it.
        set: &'static str,
        /// The column whose values in the file are its scope: a file of offers closes no invoices. A file that lacks it
        /// (and whose profile does not say it) closes nothing.
        scope: Option<&'static str>,
        /// SQL: the name of the number range by which wvl numbers a record like `t` itself. No file of another program has
        /// such a record, so that it does not vanish; a program that counts under the same mask would share its numbers.
        own_range: Option<&'static str>,
    },
    /// It cannot be closed; the reason.
    Refused(&'static str),
}

/// Closing by taking the mark "active" away, for registers whose table knows it.
pub const NO_LONGER_ACTIVE: Closing =
    Closing::By { open: "t.active", set: "active = false", scope: None, own_range: None };

/// The lines of a record.
#[derive(Debug)]
pub struct Lines {
    /// The table with one row for each line.
    pub table: &'static str,
    /// Its column with the record's id.
    pub parent: &'static str,
    /// The line's number: column of file and table.
    pub number: &'static str,
    /// Sums over a record's lines that derived columns may use as `z.<name>`.
    pub sums: &'static [Sum],
}

/// A sum over all lines that a record will have: those of the file and those it keeps.
#[derive(Debug)]
pub struct Sum {
    /// Its name.
    pub name: &'static str,
    /// The columns of the lines' table that it is made of; it is NULL where the file has none of them.
    pub of: &'static [&'static str],
    /// SQL: an aggregate over these columns.
    pub sql: &'static str,
}

/// A table column that follows from others.
#[derive(Debug)]
pub struct Derived {
    /// The column of the register's table.
    pub column: &'static str,
    /// SQL: `s` is the file's row, `t` the stored one (all NULL for a new record), `z` the sums of the lines, `{name}` the
    /// value that the column `name` of the table will have, `{details.name}` that of the details.
    pub sql: &'static str,
}

/// In which table a column lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The register's table.
    Head,
    /// The table of details.
    Details,
    /// The table of lines.
    Line,
    /// Nowhere by itself: the register's own SQL reads it.
    Own,
}

/// Whether a column must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Part of the business key: always, and never empty.
    Key,
    /// Part of the business key that may be left out or empty: that means the record without it, or with its default.
    KeyIfAny,
    /// A new record needs it; a known one keeps what it has.
    New,
    /// It may be left out.
    Optional,
}

/// Another register that a cell names a record of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its table.
    pub table: &'static str,
    /// The column by which the file names the record.
    pub by: &'static str,
    /// What messages call such a record.
    pub noun: &'static str,
}

/// A column of a file.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its English name, which is also a heading.
    pub key: &'static str,
    /// German headings; the first is the one the help shows. Case, umlauts, spaces and punctuation do not count.
    pub headings: &'static [&'static str],
    /// What it means, for the help.
    pub help: &'static str,
    /// What its cells hold.
    pub cell: Cell,
    /// The column of the table; the key, unless said otherwise.
    pub stored: &'static str,
    /// In which table.
    pub place: Place,
    /// Whether it must be there.
    pub need: Need,
    /// The record it names.
    pub reference: Option<Reference>,
    /// SQL that yields what an export writes, over `d`, `x` (details) and `l` (lines); none: what is stored. Empty: the
    /// export leaves the column out.
    pub exported: Option<&'static str>,
    /// For columns that are never NULL: an empty cell keeps what is stored, or takes this SQL for a new record.
    pub default: Option<&'static str>,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Any text, trimmed.
    Text,
    /// A mail address.
    Email,
    /// A whole number that is not negative.
    Count,
    /// A number with decimals: amounts, quantities, per cent.
    Decimal,
    /// A day, without time.
    Day,
    /// A month: its first day.
    Month,
    /// An instant; a day alone means its 00:00.
    Start,
    /// An instant; a day alone means its 24:00 (a promise is kept until the evening).
    Promise,
    /// Yes or no.
    YesNo,
    /// One of these words.
    OneOf(&'static Words),
    /// Three capital letters, or €.
    Currency,
    /// Two capital letters, or the name of a neighbour.
    Country,
    /// Days of the week: `Mo-Do`, `Mo,Di,Do` or `1111000`.
    Weekdays,
    /// Ways to reach somebody: `mail`, or channels of the configuration.
    Channels,
}

/// An optional column of the register's table.
pub const fn column(key: &'static str, headings: &'static [&'static str], cell: Cell, help: &'static str) -> Column {
    Column {
        key,
        headings,
        help,
        cell,
        stored: key,
        place: Place::Head,
        need: Need::Optional,
        reference: None,
        exported: None,
        default: None,
    }
}

impl Column {
    /// Whether it is part of the business key.
    pub(super) fn is_key(&self) -> bool {
        matches!(self.need, Need::Key | Need::KeyIfAny)
    }

    /// Whether its text is what a record is found by: its own, or the one it names.
    pub(super) fn is_name(&self) -> bool {
        let is_text = matches!(self.cell, Cell::Text);
        is_text && (self.is_key() || self.reference.is_some() || self.place == Place::Own)
    }

    /// Part of the business key.
    pub const fn key(mut self) -> Column {
        self.need = Need::Key;
        self
    }

    /// Part of the business key that may be empty.
    pub const fn key_if_any(mut self) -> Column {
        self.need = Need::KeyIfAny;
        self
    }

    /// A new record needs it.
    pub const fn for_new(mut self) -> Column {
        self.need = Need::New;
        self
    }

    /// It names a record, whose id is stored in this column.
    pub const fn refers(mut self, stored: &'static str, reference: Reference) -> Column {
        self.stored = stored;
        self.reference = Some(reference);
        self
    }

    /// It is stored in a column of another name.
    pub const fn stored_in(mut self, stored: &'static str) -> Column {
        self.stored = stored;
        self
    }

    /// Never NULL: this SQL stands for an empty cell of a new record.
    pub const fn or(mut self, default: &'static str) -> Column {
        self.default = Some(default);
        self
    }

    /// What an export writes, where that is not what is stored in the column; empty leaves it out.
    pub const fn exported_as(mut self, sql: &'static str) -> Column {
        self.exported = Some(sql);
        self
    }

    /// It lies in another table.
    pub const fn at(mut self, place: Place) -> Column {
        self.place = place;
        self
    }
}

impl Cell {
    /// The type of its column in the staging table.
    pub fn sql_type(self) -> &'static str {
        match self {
            Cell::Text
            | Cell::Email
            | Cell::OneOf(_)
            | Cell::Currency
            | Cell::Country
            | Cell::Weekdays
            | Cell::Channels => "text",
            Cell::Count => "bigint",
            Cell::Decimal => "numeric",
            Cell::Day | Cell::Month => "date",
            Cell::Start | Cell::Promise => "timestamptz",
            Cell::YesNo => "boolean",
        }
    }
}

impl Register {
    /// The column that a heading in the first row of a file stands for.
    pub fn column_of_heading(&self, heading: &str) -> Option<&'static Column> {
        let wanted = folded(heading);
        let is_meant = |column: &&Column| {
            folded(column.key) == wanted || column.headings.iter().any(|heading| folded(heading) == wanted)
        };
        self.columns.iter().find(is_meant)
    }

    /// What to write instead of a heading that could mean two columns.
    pub fn instead_of(&self, heading: &str) -> Option<&'static str> {
        let wanted = folded(heading);
        self.ambiguous.iter().find(|(heading, _)| folded(heading) == wanted).map(|(_, instead)| *instead)
    }

    /// The columns of the business key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static Column> + '_ {
        self.key.iter().filter_map(|key| self.column(key))
    }

    /// The column with this key.
    pub fn column(&self, key: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.key == key)
    }
}
