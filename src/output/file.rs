//! `-o FILE`: the whole answer of a run, written once. Whoever reads the file meanwhile sees the old one or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that is being written under another name; [`Unfinished::finish`] gives it its own, and without that nothing has
/// happened. What is no regular file (`/dev/null`, a pipe) is written to as it is; behind a link the file is replaced, not
/// the link.
pub(super) struct Unfinished {
    file: File,
    /// As the user called it.
    called: PathBuf,
    /// What it is called meanwhile, and what it will be.
    names: Option<(PathBuf, PathBuf)>,
}

impl Unfinished {
    /// Opens it.
    pub fn begin(path: &Path) -> Result<Unfinished> {
        open(path).map_err(|error| Error::file("write", path, error))
    }

    /// The file is whole: it takes the place of the one before.
    pub fn finish(mut self) -> Result<()> {
        let Some((meanwhile, name)) = self.names.take() else { return Ok(()) };
        let done = self.file.sync_all().and_then(|()| std::fs::rename(&meanwhile, name));
        done.map_err(|error| {
            drop(std::fs::remove_file(&meanwhile));
            self.failed(error)
        })
    }

    /// The error of a write that failed.
    fn failed(&self, error: io::Error) -> Error {
        Error::file("write", &self.called, error)
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some((meanwhile, _)) = &self.names {
            drop(std::fs::remove_file(meanwhile));
        }
    }
}

fn open(path: &Path) -> io::Result<Unfinished> {
    let as_it_is = |file| Unfinished { file, called: path.to_owned(), names: None };
    let (name, before) = match std::fs::metadata(path) {
        Ok(found) if found.is_file() => (path.canonicalize()?, Some(found)),
        Ok(_) => return OpenOptions::new().write(true).open(path).map(as_it_is),
        // a link to a file that is not there yet
        Err(_) if path.is_symlink() => return File::create(path).map(as_it_is),
        Err(_) => (path.to_owned(), None),
    };
    let (meanwhile, file) = beside(&name)?;
    let unfinished = Unfinished { file, called: path.to_owned(), names: Some((meanwhile, name)) };
    if let Some(before) = before {
        unfinished.file.set_permissions(before.permissions())?;
    }
    Ok(unfinished)
}

/// A new file in the same folder. Never one that is there: somebody may have put a link in its place.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 0;
    loop {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{number}.tmp", std::process::id()));
        let unfinished = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).mode(0o666).open(&unfinished) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            opened => return opened.map(|file| (unfinished, file)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn write(path: &Path, bytes: &[u8]) -> Result<()> {
        let mut unfinished = Unfinished::begin(path)?;
        unfinished.write_all(bytes).map_err(|error| unfinished.failed(error))?;
        unfinished.finish()
    }

    #[test]
    fn what_is_not_finished_has_not_happened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        let mut unfinished = Unfinished::begin(&path).unwrap();
        unfinished.write_all(b"half").unwrap();
        drop(unfinished);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.tsv"), folder.path().join("link.tsv"));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a.tsv", &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished stays");
    }

    #[test]
    fn a_link_to_nothing_makes_what_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("target", &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("target")).unwrap(), "new");
    }

    #[test]
    fn a_device_stays_a_device() {
        use std::os::unix::fs::FileTypeExt;
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn a_pipe_is_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(!pipe.is_file());
    }
}
