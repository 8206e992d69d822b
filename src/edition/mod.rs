//! Sends the evening mails: each of a day once to each of its readers, whoever starts how many runs and however they end.
//!
//! The key of `report_editions` decides: a row and its mail are one transaction, and where the row is there already, there is
//! no second mail. What failed to be made is told once a day in a mail of its own and tried again by the next run.

mod claim;
mod due;
mod letter;
mod missing;
mod own;
mod readers;
mod send;

pub use claim::seen_before;
pub use due::{Due, of_day};
pub use missing::{Missing, missing};
pub use own::{OwnAsked, send_own};
pub use readers::{Reader, Readers};
pub use send::{Asked, Sent, Skipped, Summary, send, wanted};

/// `outbox_messages.kind` of evening mails.
pub const KIND: &str = "report";

/// The evening mail of the house.
pub const GF_DAILY: &str = "gf-daily";
/// The mail about its week.
pub const GF_WEEKLY: &str = "gf-weekly";
/// The mail about its month.
pub const GF_MONTHLY: &str = "gf-monthly";
/// The evening mail of a department.
pub const DEPARTMENT_DAILY: &str = "department-daily";
/// The evening mail of one employee about the own day.
pub const PERSONAL_DAILY: &str = "personal-daily";
