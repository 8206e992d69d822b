//! How the day was: the evening mails and what stands in them, every figure from one snapshot of the database.
//!
//! This module reads and words; nothing here writes. What a figure counts stands in the manual, wvl-report(7), in the words
//! of [`figure`].
//!
//! * [`evening`] is what a mail says, as types; [`load`] fills them.
//! * [`days`] says which days stand in which column, `picked` which documents count on them; `daily` adds them up.
//! * `exceptions`, `lying`, `tomorrow` are the sections below the figures; each may fail by itself (`section`).
//! * `corrections` is what happened since the last mail to what it told.
//! * [`detail`] lists the rows behind a figure.
//! * `extended` is all there is to count, by group; no group is so small that its figures are those of persons.
//! * [`page`] words it as a mail, a page, tables and a workbook, with the `words` of either language and the picture of
//!   [`chart`]; [`sample`] is an evening that never was, for templates and their checks.
//! * [`own`] is the reports of the house's own and those that come with the program, a file with one statement each.
//! * [`targets`] is what months are meant to bring.

pub mod chart;
mod corrections;
mod daily;
pub mod days;
pub mod detail;
pub mod evening;
mod exceptions;
mod extended;
mod fair;
pub mod figure;
mod load;
mod lying;
pub mod own;
pub mod page;
mod picked;
pub mod sample;
mod section;
pub mod settings;
pub mod targets;
mod tomorrow;
mod words;

pub use detail::{Detail, detail};
pub use load::{evening, evening_within};
pub use page::{Face, failed_mail, mail};
