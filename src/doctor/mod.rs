//! What is wrong with an installation, each finding with the way out. Reads, and changes nothing; of use before anything
//! works.
//!
//! A file an area: [`files`] whose they are and who may read them, [`server`] the database, [`mail`] the way of the mails,
//! [`office`] calendars, people and types (`ways` who is to be reached on a channel), [`beginning`] how far somebody has come.
//! Each loads its facts and judges them; what cannot be reached is a finding, not an error.

pub mod beginning;
pub mod files;
pub mod mail;
pub mod office;
mod report;
pub mod server;
mod version;
mod ways;

pub use report::{Area, Finding, Level, Report};
