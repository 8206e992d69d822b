//! The outbox: messages are queued inside the caller's transaction, then claimed and delivered.
//!
//! A message is rendered once and stored as the bytes to be sent; the change that caused it and the message are one
//! commit. From then on only this module touches it:
//!
//! * [`enqueue`](enqueue()) stores messages, [`Intake`] many of them in batches; [`redirect`] decides whose address the
//!   envelope carries.
//! * [`flush`](flush()) claims what is due, hands it to a [`Delivery`] and commits the outcome of each recipient; over several
//!   connections at once, as the [`lane`]s say.
//! * [`guard`] keeps everything back after a restore, until a person says what becomes of it ([`release`]).
//! * [`state`] says how far a recipient is.
//! * [`smtp`], [`maildir`] and [`folder`] are the ways a mail can take; [`open`] picks the configured one. [`channels`] go
//!   beside the mail, by a [`gateway`].
//!
//! The queue lives by the database's clock alone: leases, waiting times and expiry mean the same on every host, and
//! `--as-of` moves none of them. A register's row may point to a message, a message never points back.

mod acknowledge;
pub mod address;
mod batch;
mod bodies;
mod brake;
mod certificate;
pub mod channels;
pub mod compose;
pub mod delivery;
mod dialogue;
pub mod enqueue;
pub mod flush;
pub mod folder;
pub mod gateway;
pub mod guard;
pub mod lane;
mod lease;
mod login;
pub mod maildir;
pub mod message;
pub mod message_id;
mod pace;
pub mod queue;
mod quoted_printable;
pub mod release;
pub mod reply;
pub mod reply_token;
pub mod report;
mod rescue;
pub mod resolve;
mod run;
pub mod schedule;
mod session;
pub mod settings;
pub mod smtp;
pub mod state;
pub mod status;
mod store;
pub mod test_mail;
mod verdict;
mod worker;

pub use delivery::{Answer, Delivery, Destination, Parcel, open};
pub use enqueue::{Class, Intake, MAIL, NewMessage, NewRecipient, Prepared, compress_fast, enqueue, redirect};
pub use flush::{FlushLimits, flush, flush_with_one};
pub use folder::write_eml_dir;
pub use guard::Guard;
pub use lane::{Lane, lanes};
pub use report::{FlushReport, Trouble};
pub use session::Connect;
