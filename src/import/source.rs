//! Where a file comes from. Nothing is read twice, so that a pipe is as good as a file.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::text::{Charset, Text};
use crate::error::{Error, Result};

/// An opened file, or standard input.
pub struct Source {
    name: String,
    length: Option<u64>,
    bytes: Box<dyn Read>,
    original: Option<File>,
    rejects: Option<PathBuf>,
}

/// The same file once more, to copy lines out of it as they stand there.
pub(super) struct Original {
    pub name: String,
    file: File,
    length: u64,
}

impl Original {
    /// Its bytes from the beginning: as they are if they can be cut into rows so, else (UTF-16) decoded.
    pub fn text(self, is_utf16: bool) -> Result<Text> {
        let mut file = self.file;
        file.rewind().map_err(|error| {
            Error::new(crate::error::Kind::Failed, format!("cannot read {} again", self.name)).caused_by(error)
        })?;
        let source = Source {
            name: self.name,
            length: None,
            bytes: Box::new(file.take(self.length)),
            original: None,
            rejects: None,
        };
        let mut text = source.text(None);
        text.is_raw = !is_utf16;
        Ok(text)
    }
}

impl Source {
    /// Opens a file; `-` is standard input. Only regular files: a directory, a device or a FIFO is refused before it
    /// is opened, and a file that grows is read to the length it had.
    pub fn open(path: &Path) -> Result<Source> {
        if path.as_os_str() == "-" {
            return Ok(Source::new("standard input", io::stdin().lock()));
        }
        let found = std::fs::metadata(path).map_err(|error| cannot_read(path, error))?;
        if !found.is_file() {
            let what = if found.is_dir() { "a directory" } else { "no regular file" };
            return Err(Error::data(format!("{} is {what}", path.display()))
                .hint("name a CSV file, or - and hand the text over on standard input"));
        }
        Source::of_file(path, File::open(path).map_err(|error| cannot_read(path, error))?)
    }

    /// Opens a file in a folder that others may write to: the file itself, no link to another.
    pub fn open_itself(path: &Path) -> Result<Source> {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
        let file = File::options().read(true).custom_flags(flags.bits()).open(path);
        Source::of_file(path, file.map_err(|error| cannot_read(path, error))?)
    }

    fn of_file(path: &Path, file: File) -> Result<Source> {
        let found = file.metadata().map_err(|error| cannot_read(path, error))?;
        if !found.is_file() {
            return Err(Error::data(format!("{} is no regular file", path.display())));
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let original = file.try_clone().ok();
        Ok(Source { name, length: Some(found.len()), bytes: Box::new(file.take(found.len())), original, rejects: None })
    }

    /// Bytes from anywhere under a name for messages.
    pub fn new(name: &str, bytes: impl Read + 'static) -> Source {
        Source { name: name.to_owned(), length: None, bytes: Box::new(bytes), original: None, rejects: None }
    }

    /// The file for a second reading; none for standard input.
    pub(super) fn original(&mut self) -> Option<Original> {
        Some(Original { name: self.name.clone(), file: self.original.take()?, length: self.length? })
    }

    /// Where the lines go that are left out.
    #[must_use]
    pub fn rejecting_to(mut self, path: PathBuf) -> Source {
        self.rejects = Some(path);
        self
    }

    pub(super) fn rejects(&self) -> Option<&Path> {
        self.rejects.as_deref()
    }

    /// Whether lines of it can be left out: it can be read again, and there is a place for them.
    pub(super) fn can_reject(&self) -> bool {
        self.rejects.is_some() && self.original.is_some()
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its length in bytes, if known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn text(self, said: Option<Charset>) -> Text {
        Text::new(self.name, self.bytes, said)
    }
}

fn cannot_read(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::data(format!("there is no file {}", path.display())),
        _ => Error::file("read", path, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        for path in ["/dev/zero", "/tmp", "/no/such/file.csv"] {
            assert_eq!(Source::open(Path::new(path)).err().unwrap().kind().exit_code(), 65, "{path}");
        }
    }
}
