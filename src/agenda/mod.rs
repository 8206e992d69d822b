//! What somebody has to do or to know: tasks and notices.

pub mod import;
pub mod notice;
pub mod task;
