//! The configuration file: where it lies, what stands in it, where each value came from, and what is wrong with it.
//!
//! This module knows TOML, positions, files and secrets, and no business noun. Each slice owns its section: a plain
//! struct and a function `read(&mut Section) -> …Settings` beside it; `crate::settings` calls them all, so that a
//! mistake in a section nobody uses today is found today.
//!
//! A [`Reader`] never stops at the first mistake: every problem is collected with line, column and, where there is
//! one, a suggestion. A key that no slice asked for is a problem too.

mod document;
mod problem;
mod reader;
mod secret;
mod section;
mod source;
mod suggest;

pub use document::{Origin, Position};
pub use problem::{Complaint, Problem, all_as_error};
pub use reader::{Entry, Findings, Reader};
pub use secret::{Secret, SecretSource, TOKEN_COMMAND, check_owner, unreadable_secret, write_private};
pub use section::Section;
pub use source::{SYSTEM_FILE, Source, USERS_FILE, home_of_user};
pub use suggest::{meant, nearest};
