//! What every way of delivery has in common: a parcel goes in, an answer for each recipient comes out.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::address;
use super::folder::Folder;
use super::maildir::Maildir;
use super::settings::{MailSettings, Transport};
use super::smtp::Smtp;
use crate::error::{Error, Result};

/// A message with those of its recipients that are to be tried now.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The message.
    pub message: Uuid,
    /// What it is: `escalation`, `report` …
    pub kind: String,
    /// When it was queued, by the database's clock.
    pub queued_at: DateTime<Utc>,
    /// Whether it may go out again where nobody knows whether it has arrived.
    pub may_repeat: bool,
    /// Envelope sender; may be empty.
    pub envelope_from: String,
    /// The bytes, with CRLF.
    pub raw: Vec<u8>,
    /// Who gets it; never empty.
    pub destinations: Vec<Destination>,
}

impl Parcel {
    /// Why it must not go to a mail server. What was checked when it was queued is checked again: the row may come from
    /// elsewhere.
    pub(super) fn why_unfit(&self) -> Option<String> {
        let addresses = self.destinations.iter().map(|destination| address::check(&destination.address));
        let wrong = addresses.chain([address::check_sender(&self.envelope_from)]).find_map(Result::err);
        match wrong {
            Some(error) => Some(error.to_string()),
            None if !self.raw.is_ascii() => Some("the stored message is not in ASCII".to_owned()),
            None => None,
        }
    }
}

/// One recipient of a parcel.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Its row.
    pub recipient: i64,
    /// Number of this attempt.
    pub attempt: i32,
    /// Where it goes.
    pub address: String,
    /// Where it would have gone without a redirection.
    pub original_address: Option<String>,
}

/// What became of one recipient; the text is what the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Taken: from here on it is the other side's.
    Accepted(String),
    /// Not now, or the connection broke while nothing had been handed over.
    Later {
        /// What was said.
        said: String,
        /// Not before so long has passed, where the other side asked for that; else by our own schedule.
        after: Option<Duration>,
    },
    /// Never.
    Refused(String),
    /// Everything was sent and no answer came: it may have arrived.
    Lost(String),
}

impl Answer {
    /// Not now, by our own schedule.
    pub fn later(said: impl Into<String>) -> Answer {
        Answer::Later { said: said.into(), after: None }
    }
}

/// A way of delivery. Each thread that sends has one of its own.
pub trait Delivery: Send {
    /// Delivers a parcel; the answers stand in the order of its destinations.
    ///
    /// An error says that the way itself is closed (no server, no login, no space): nothing was handed over, and the
    /// next parcel would fare no better.
    ///
    /// `gate` is asked once, right before the step after which the message may have arrived (the last line, a rename). Where
    /// it says no the step is not taken, and who has no answer yet gets [`Answer::Later`].
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>>;

    /// The longest that one parcel can take: a claim is kept at least so long.
    fn patience(&self) -> Duration;

    /// Whether what is delivered leaves the house.
    fn leaves_the_house(&self) -> bool;

    /// Says goodbye.
    fn close(&mut self) {}
}

/// What stands at a recipient whose gate was shut.
pub const SHUT: &str = "another sender has taken it over";

/// The configured way. `state_folder` is where the Maildir lies if none is configured.
///
/// Errors: the configuration lacks something, or a password or certificate file cannot be read. Nothing is connected
/// and no folder made before the first parcel.
pub fn open(settings: &MailSettings, state_folder: &Path) -> Result<Box<dyn Delivery>> {
    Ok(match settings.transport {
        Transport::Maildir => {
            let folder = settings.maildir.clone().unwrap_or_else(|| state_folder.join("Maildir"));
            Box::new(Maildir::new(folder))
        }
        Transport::Eml => {
            let folder =
                settings.eml_dir.clone().ok_or_else(|| Error::config("transport = \"eml\" needs mail.eml_dir"))?;
            Box::new(Folder::new(folder))
        }
        Transport::Smtp => {
            let smtp = settings.smtp.as_ref().ok_or_else(|| Error::config("transport = \"smtp\" needs [mail.smtp]"))?;
            Box::new(Smtp::new(smtp)?.for_sender(&settings.from.address))
        }
    })
}
