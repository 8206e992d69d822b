//! Finding the programs of the Postgres server. Debian keeps them outside PATH, one folder a major version.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::db::settings::Places;
use crate::error::{Error, Result};

/// A folder with `initdb`, `pg_ctl` and `postgres` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    /// Major version.
    pub(super) version: u32,
}

impl Binaries {
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.folder.join("pg_ctl")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// The binaries to make a new cluster with.
pub(super) fn newest(places: &Places) -> Result<Binaries> {
    all(places)?.into_iter().next().ok_or_else(|| {
        Error::config("no PostgreSQL server is installed, and no database.url is set")
            .hint("apt-get install postgresql")
            .hint("or name the folder of initdb in WVL_PG_BINDIR")
            .hint("or set database.url to a database that runs elsewhere")
    })
}

/// Everything installed, newest first. A folder that was named explicitly is the only one asked.
pub(super) fn all(places: &Places) -> Result<Vec<Binaries>> {
    if let Some(folder) = places.pg_bindir.as_deref() {
        return match look_into(folder) {
            Some(binaries) => Ok(vec![binaries]),
            None => {
                Err(Error::config(format!("WVL_PG_BINDIR: no initdb, pg_ctl and postgres in {}", folder.display())))
            }
        };
    }
    let mut found = packaged(Path::new("/usr/lib/postgresql"));
    if found.is_empty() {
        found.extend(places.path.iter().flat_map(std::env::split_paths).filter_map(|folder| look_into(&folder)));
    }
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.version));
    Ok(found)
}

/// The binaries of this version, wherever they are: of two versions at once at least one is not the one that was named.
pub(super) fn of_version(places: &Places, version: u32) -> Option<Binaries> {
    let named = places.pg_bindir.as_deref().and_then(look_into);
    let on_path = places.path.iter().flat_map(std::env::split_paths).filter_map(|folder| look_into(&folder));
    let mut found = named.into_iter().chain(packaged(Path::new("/usr/lib/postgresql"))).chain(on_path);
    found.find(|binaries| binaries.version == version)
}

/// The binaries in this folder.
pub(super) fn in_folder(folder: &Path) -> Option<Binaries> {
    look_into(folder)
}

fn packaged(root: &Path) -> Vec<Binaries> {
    let Ok(folders) = std::fs::read_dir(root) else { return Vec::new() };
    folders.flatten().filter_map(|folder| look_into(&folder.path().join("bin"))).collect()
}

fn look_into(folder: &Path) -> Option<Binaries> {
    // PATH may lead to links; the programs look for each other beside the real file
    let folder = folder.join("initdb").canonicalize().ok()?.parent()?.to_path_buf();
    if !["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
    let version = major_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { folder, version })
}

/// `postgres (PostgreSQL) 15.18 (Debian …)`, `… 18beta1`
pub(in crate::db) fn major_version(text: &str) -> Option<u32> {
    let number = text.split_once("(PostgreSQL) ")?.1;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 19devel\n"), Some(19));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn a_named_folder_without_a_server_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = all(&Places { pg_bindir: Some(folder.path().into()), path: None }).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Config);
    }
}
