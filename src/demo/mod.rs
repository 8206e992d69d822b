//! The demo: a believable company in a database of its own, with something overdue at every stage.
//!
//! It is the one part of the program that may write every table, because it stands for all the people who enter data. It
//! does so only where [`mark`] says that the database belongs to the demo. Nothing else imports it.
//!
//! * [`place`] is where the demo lives, with the configuration it writes there.
//! * [`instant`] is the demo's now: a demo on a Saturday would otherwise have nothing to show.
//! * [`company`] is the company, dated relative to that instant; [`history`] lets the engine write the mails of the weeks
//!   before, so that further stages follow from real steps.
//! * [`load`] is a million documents for measuring; [`letter`] shows a mail as text.

pub mod company;
pub mod history;
pub mod instant;
pub mod letter;
pub mod load;
pub mod mark;
pub mod place;
