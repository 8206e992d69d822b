//! How the day was: the evening mails and what stands in them, every figure from one snapshot of the database.
//!
//! This module reads and words; nothing here writes. What a figure counts stands in the manual, wvl-report(7), in the words
//! of [`figure`].

pub mod evening;
pub mod figure;
pub mod settings;
