//! Messages as `.eml` files in a folder: a transport, and what `--eml-dir` writes of a rehearsal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::delivery::{Answer, Delivery, Parcel, SHUT};
use super::enqueue::NewMessage;
use super::maildir::{create_folder, write_whole};
use crate::error::Result;

/// A folder of `.eml` files, the bytes exactly as a server would get them.
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// The folder; made when the first message comes.
    pub fn new(folder: PathBuf) -> Folder {
        Folder { folder }
    }
}

impl Delivery for Folder {
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        create_folder(&self.folder)?;
        let recipient = parcel.destinations.first().map_or(0, |destination| destination.recipient);
        let name = format!("{}-{}-{recipient}.eml", parcel.queued_at.format("%Y%m%dT%H%M%SZ"), parcel.message.simple());
        if !gate() {
            return Ok(vec![Answer::later(SHUT); parcel.destinations.len()]);
        }
        write_named(&self.folder, &name, &parcel.raw)?;
        Ok(vec![Answer::Accepted(name); parcel.destinations.len()])
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn leaves_the_house(&self) -> bool {
        false
    }
}

/// Writes messages that were not queued as `0001-name@firma.de.eml` and so on; the folder is made if it is missing, a
/// file of the same name replaced.
pub fn write_eml_dir(folder: &Path, messages: &[NewMessage]) -> Result<()> {
    create_folder(folder)?;
    for (number, message) in (1..).zip(messages) {
        let recipient = message.recipients.first();
        let address =
            recipient.map_or("", |recipient| recipient.original_address.as_deref().unwrap_or(&recipient.address));
        write_named(folder, &format!("{number:04}-{}.eml", file_name(address)), &message.raw)?;
    }
    Ok(())
}

fn write_named(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // a dot in front keeps programs that watch the folder from seeing a file that is not whole
    write_whole(&folder.join(format!(".{name}.tmp")), &folder.join(name), bytes)
}

/// An address as part of a file name: only signs that mean nothing to a shell or a file system.
fn file_name(address: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '@' | '-' | '_' | '+');
    address.chars().take(100).map(|letter| if allowed(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        assert_eq!(file_name("a/../b@c"), "a_.._b@c");
        assert_eq!(file_name("erika+x@firma.de"), "erika+x@firma.de");
    }
}
