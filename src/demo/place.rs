//! Where the demo lives: a folder with its configuration, its database and its mails. Nothing of it lies anywhere else.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::config::{home_of_user, write_private};
use crate::error::{Error, Result};
use crate::outbox::settings::create_signing_keys;

/// The configuration, as it is written into the folder. Relative paths in it are meant from there.
pub const CONFIGURATION: &str = include_str!("wvl.toml");

/// The folder of one demo.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The usual folder: `/var/lib/wvl-demo` for root, `.local/state/wvl-demo` in passwd's home for everybody else.
    pub fn usual() -> Result<Place> {
        if nix::unistd::geteuid().is_root() {
            return Ok(Place { folder: PathBuf::from("/var/lib/wvl-demo") });
        }
        let home = home_of_user().ok_or_else(|| {
            Error::config("this user has no entry in passwd, so the demo has no home")
                .hint("wvl demo start --folder DIR")
        })?;
        Ok(Place { folder: home.join(".local/state/wvl-demo") })
    }

    /// A folder of the user's choice.
    pub fn at(folder: &Path) -> Result<Place> {
        let folder = std::path::absolute(folder).map_err(|error| Error::file("find", folder, error))?;
        Ok(Place { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.join("wvl.toml")
    }

    /// The Maildir that all mails go to.
    pub fn maildir(&self) -> PathBuf {
        self.folder.join("Maildir")
    }

    /// Whether a demo was ever started here.
    pub fn exists(&self) -> bool {
        self.config().exists()
    }

    /// Makes the folder, the configuration and the signing keys where they are missing; what is there stays as it is.
    pub fn prepare(&self) -> Result<()> {
        // the database in it belongs to another user if root starts it, who has to get through
        let mode = if nix::unistd::geteuid().is_root() { 0o755 } else { 0o700 };
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(&self.folder)
            .map_err(|error| Error::file("make", &self.folder, error))?;
        let keys = self.folder.join("signing-keys");
        if !keys.exists() {
            create_signing_keys(&keys)?;
        }
        if !self.exists() {
            write_private(&self.config(), CONFIGURATION.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::outbox::settings::{MailMode, Transport};
    use crate::settings::Settings;

    #[test]
    fn a_new_place_has_a_configuration_without_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(&folder.path().join("demo")).unwrap();
        place.prepare().unwrap();
        place.prepare().unwrap();
        let source = Source::find(Some(&place.config()), None, None).unwrap();
        let (settings, warnings) = Settings::load(&source, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!((settings.mail.mode, settings.mail.transport), (MailMode::Live, Transport::Maildir));
        assert_eq!(settings.mail.maildir, Some(place.maildir()));
        assert_eq!(settings.database.state_dir, Some(place.folder().join("database")));
        for rules in &settings.escalation.types {
            assert!(rules.active && !rules.is_silent(), "{}", rules.key);
        }
    }
}
