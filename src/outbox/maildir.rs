//! Delivery into a Maildir: whoever tries wvl out reads every mail with mutt, and no server is needed.
//!
//! A file is written in `tmp`, synced, renamed into `new`, and the folder is synced: under its final name it is whole,
//! also after a power cut. Its name is made of the message and the recipient, so that a delivery repeated after a crash
//! replaces the same file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::delivery::{Answer, Delivery, Parcel, SHUT};
use crate::error::{Error, Result};
use crate::failpoint;

/// A Maildir; made with its folders, for its owner alone, when the first message comes.
pub struct Maildir {
    folder: PathBuf,
    ready: bool,
}

impl Maildir {
    /// The Maildir in this folder.
    pub fn new(folder: PathBuf) -> Maildir {
        Maildir { folder, ready: false }
    }

    fn prepare(&mut self) -> Result<()> {
        if !self.ready {
            for name in ["tmp", "new", "cur"] {
                create_folder(&self.folder.join(name))?;
            }
            self.ready = true;
        }
        Ok(())
    }
}

impl Delivery for Maildir {
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        self.prepare()?;
        let recipient = parcel.destinations.first().map_or(0, |destination| destination.recipient);
        let attempt = parcel.destinations.first().map_or(0, |destination| destination.attempt);
        let name = format!("{}.{}-{recipient}.wvl", parcel.queued_at.timestamp(), parcel.message.simple());
        let new = self.folder.join("new");
        let unfinished = self.folder.join("tmp").join(format!("{name}.{attempt}"));
        if !gate() {
            return Ok(vec![Answer::later(SHUT); parcel.destinations.len()]);
        }
        write_whole(&unfinished, &new.join(&name), &content(parcel))?;
        Ok(vec![Answer::Accepted(format!("new/{name}")); parcel.destinations.len()])
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn leaves_the_house(&self) -> bool {
        false
    }
}

/// As a mail server would leave it: the envelope in front, lines ending in LF.
fn content(parcel: &Parcel) -> Vec<u8> {
    let mut text = format!("Return-Path: <{}>\n", parcel.envelope_from);
    for destination in &parcel.destinations {
        if let Some(original) =
            destination.original_address.as_deref().filter(|original| *original != destination.address)
        {
            // queued by us, but never checked as an address: no line break may get into the header
            text.push_str(&format!("X-Original-To: {}\n", original.replace(char::is_control, " ")));
        }
        text.push_str(&format!("Delivered-To: {}\n", destination.address));
    }
    let mut bytes = text.into_bytes();
    bytes.extend(parcel.raw.iter().copied().filter(|&byte| byte != b'\r'));
    bytes
}

/// Makes a folder with all its parents, readable for its owner only.
pub(super) fn create_folder(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Error::file("create the mail folder", folder, error))
}

/// Writes a file so that under its final name it is whole or not there.
pub(super) fn write_whole(unfinished: &Path, finished: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        failpoint::pass("before-rename");
        std::fs::rename(unfinished, finished)?;
        File::open(finished.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error| {
        // nothing half written stays behind; that it cannot be removed either says nothing new
        drop(std::fs::remove_file(unfinished));
        Error::file("write the message", finished, error)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::outbox::Destination;

    fn parcel() -> Parcel {
        Parcel {
            message: Uuid::nil(),
            kind: "escalation".to_owned(),
            queued_at: DateTime::UNIX_EPOCH,
            may_repeat: true,
            envelope_from: "wvl@firma.example".to_owned(),
            raw: b"Subject: x\r\n\r\ntext\r\n".to_vec(),
            destinations: vec![Destination {
                recipient: 7,
                attempt: 1,
                address: "test@firma.example".to_owned(),
                original_address: Some("a@b\r\nBcc: c@d".to_owned()),
            }],
        }
    }

    #[test]
    fn a_message_lies_whole_in_new_and_only_its_owner_reads_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/Maildir");
        let mut maildir = Maildir::new(folder.clone());
        for _ in 0..2 {
            assert_eq!(maildir.deliver(&parcel(), &mut || true).unwrap().len(), 1);
        }
        let files: Vec<_> = std::fs::read_dir(folder.join("new")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "delivered again it is the same file");
        assert_eq!(
            std::fs::read_to_string(&files[0]).unwrap(),
            "Return-Path: <wvl@firma.example>\nX-Original-To: a@b  Bcc: c@d\nDelivered-To: test@firma.example\nSubject: x\n\ntext\n"
        );
        assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(folder.join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_the_way_is_told() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("Maildir");
        std::fs::write(&file, "").unwrap();
        let error = Maildir::new(file).deliver(&parcel(), &mut || true).unwrap_err();
        assert!(error.to_string().starts_with("cannot create the mail folder"), "{error}");
    }
}
