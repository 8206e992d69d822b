//! Import of CSV files: what every register does alike. Knows no business noun.
//!
//! A register describes its file ([`Register`]); here the file is read ([`Source`], encoding, delimiter, decimal mark),
//! its cells are typed and sent by COPY into a staging table, checked as a set and brought into the tables by business
//! key: new records are inserted, those that differ updated, in the columns that the file has and in no other.
//!
//! The way of a file: [`source`] (where it comes from) → [`text`] (its characters) → [`rows`] → [`file`] (delimiter,
//! decimal mark, [`heading`]) → [`cells`] → [`staging`] → [`plan`] and [`checks`] → [`closing`] and [`upsert`]; [`run`] leads
//! it.
//!
//! Invariants: one transaction, all rows or none (with [`Options::partial`] all records of which no row is wrong, and the
//! others in a file of their own); what is written was computed from what is stored at that moment; every problem is said
//! at once, with line and column; memory does not grow with the file; no statement is run a row.

mod cells;
mod checks;
mod closing;
mod days;
mod decimals;
mod dialect;
mod export;
mod file;
pub mod folder;
mod heading;
mod help;
mod options;
mod plan;
mod profile;
mod register;
mod rejected;
mod report;
mod row;
mod rows;
mod run;
mod session;
pub mod settings;
mod source;
mod staging;
mod text;
mod upsert;

pub use decimals::{Mark, amount};
pub use export::export;
#[cfg(test)]
pub(crate) use heading::shared;
pub use help::columns_help;
pub use options::{Counts, Options, Outcome};
pub use profile::{DATES, Dates, Profile, USUAL_VANISH, percent, profile_named};
pub use register::{
    Cell, Closing, Column, Derived, Lines, NO_LONGER_ACTIVE, Need, Place, Reference, Register, Sum, column,
};
pub use report::{Problem, Problems};
pub use run::{import, import_files};
pub use source::Source;
pub use text::Charset;
