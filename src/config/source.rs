//! Where the configuration comes from: the first of four places that has a file, or nowhere.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The machine's configuration file.
pub const SYSTEM_FILE: &str = "/etc/wvl/wvl.toml";

/// A user's, in the home.
pub const USERS_FILE: &str = ".config/wvl/wvl.toml";

/// A configuration larger than this is something else by mistake.
const MAX_BYTES: usize = 4 << 20;

/// A configuration file with its text; or none, and everything stands at its default.
#[derive(Clone, Debug)]
pub struct Source {
    file: Option<PathBuf>,
    folder: PathBuf,
    text: String,
}

impl Source {
    /// Looks for the file: the one named by `-c`, then by `WVL_CONFIG` (handed in as `variable`; empty counts as not
    /// set), then [`SYSTEM_FILE`], then [`USERS_FILE`] in `home` (of the password database, see
    /// [`home_of_user`]).
    ///
    /// A file that was named and is not there, or that is there and cannot be read, is an error: a job must not run
    /// with defaults because somebody changed the rights of a file.
    pub fn find(flag: Option<&Path>, variable: Option<&Path>, home: Option<&Path>) -> Result<Source> {
        if let Some(path) = flag {
            return Source::named(path, "-c/--config");
        }
        if let Some(path) = variable.filter(|path| !path.as_os_str().is_empty()) {
            return Source::named(path, "WVL_CONFIG");
        }
        let of_user = home.map(|home| home.join(USERS_FILE));
        for path in [Some(PathBuf::from(SYSTEM_FILE)), of_user].into_iter().flatten() {
            if let Some(source) = Source::read(&path)? {
                return Ok(source);
            }
        }
        Ok(Source::defaults())
    }

    /// No file at all.
    pub fn defaults() -> Source {
        Source { file: None, folder: PathBuf::new(), text: String::new() }
    }

    /// A text that lies in no file; `name` stands in messages.
    pub fn from_text(name: &str, text: &str) -> Source {
        Source { file: Some(PathBuf::from(name)), folder: PathBuf::new(), text: text.to_owned() }
    }

    fn named(path: &Path, by: &str) -> Result<Source> {
        Source::read(path)?.ok_or_else(|| {
            Error::config(format!("the configuration file {} named by {by} does not exist", path.display()))
                .hint(format!("write one with: wvl config generate {}", path.display()))
        })
    }

    /// The file's text, or `None` where there is no such file.
    fn read(path: &Path) -> Result<Option<Source>> {
        let unreadable = |error| {
            Error::config(format!("cannot read the configuration file {}", path.display()))
                .caused_by(error)
                .hint("name another one with -c FILE, or let its owner change its rights")
        };
        let bytes = match std::fs::metadata(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
            Ok(found) if !found.is_file() => {
                return Err(Error::config(format!("{} is no file", path.display())));
            }
            Ok(_) => std::fs::read(path).map_err(unreadable)?,
        };
        if bytes.len() > MAX_BYTES {
            return Err(Error::config(format!("{} is larger than 4 MB: no configuration of wvl", path.display())));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count();
            Error::config(format!("{}:{}: this line is not UTF-8", path.display(), line + 1))
                .hint("save the file as UTF-8; iconv -f cp1252 -t utf-8 converts one from Windows")
        })?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let folder = std::path::absolute(path)
            .ok()
            .and_then(|absolute| absolute.parent().map(Path::to_path_buf))
            .unwrap_or_default();
        Ok(Some(Source { file: Some(path.to_path_buf()), folder, text }))
    }

    /// The file, as it was named.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The folder from which relative paths are meant.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `status` prints: the file, or that there is none.
    pub fn name(&self) -> String {
        self.file.as_ref().map_or("no configuration file".to_owned(), |file| file.display().to_string())
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The home of the user this process runs as, from the password database: `$HOME` is whatever the caller made of it
/// (sudo, cron, a service), and the configuration must not depend on it.
pub fn home_of_user() -> Option<PathBuf> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
    Some(user.dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_wins_and_a_named_file_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one.toml"), folder.path().join("two.toml"));
        std::fs::write(&one, "\u{feff}# one").unwrap();
        std::fs::write(&two, "# two").unwrap();
        let found = Source::find(Some(&one), Some(&two), None).unwrap();
        assert_eq!((found.text(), found.folder()), ("# one", folder.path()));
        assert_eq!(Source::find(None, Some(&two), None).unwrap().file(), Some(two.as_path()));
        let error = Source::find(Some(&folder.path().join("three.toml")), None, None).unwrap_err();
        assert!(error.to_string().contains("three.toml named by -c/--config does not exist"));
        assert_eq!(error.kind().exit_code(), 78);
    }

    #[test]
    fn the_users_file_comes_last() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/wvl");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("wvl.toml"), "# mine").unwrap();
        let found = Source::find(None, Some(Path::new("")), Some(home.path())).unwrap();
        if !Path::new(SYSTEM_FILE).exists() {
            assert_eq!(found.text(), "# mine");
        }
    }

    #[test]
    fn a_file_from_windows_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wvl.toml");
        std::fs::write(&file, b"[company]\nname = \"M\xfcller\"\n").unwrap();
        let error = Source::find(Some(&file), None, None).unwrap_err();
        assert!(error.to_string().ends_with("wvl.toml:2: this line is not UTF-8"), "{error}");
    }
}
