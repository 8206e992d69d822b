//! The client programs of Postgres (psql, pg_dump, pg_restore) on wvl's database: the same address, the same role, no password
//! where others could read it.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::memfd::{MFdFlags, memfd_create};

use crate::db::cluster::major_version;
use crate::db::parameters::Parameters;
use crate::db::settings::{DatabaseSettings, Places};
use crate::error::{Error, Result};

/// What libpq would take from the environment and the address already says.
const DECIDED: [&str; 16] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGOPTIONS",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGTARGETSESSIONATTRS",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGREQUIREPEER",
    "PGGSSENCMODE",
];

/// Where Debian's packages put the programs of each major version.
const PACKAGED: &str = "/usr/lib/postgresql";

/// A program that is ready to run, and what must stay open until it does.
pub struct Program {
    /// The command; its arguments hold no secret.
    pub command: Command,
    _password: Option<File>,
}

impl Program {
    /// The program with nothing that decides whom it talks to, if it talks to a server at all.
    pub(super) fn new(path: &Path) -> Program {
        let mut command = Command::new(path);
        for variable in DECIDED {
            command.env_remove(variable);
        }
        Program { command, _password: None }
    }

    /// The program on this database; where the address stands among the arguments is left to the caller.
    pub(super) fn on_database(path: &Path, parameters: &Parameters) -> Result<Program> {
        let mut program = Program::new(path);
        let password = parameters.get("password").filter(|password| !password.is_empty());
        program._password = password.map(password_file).transpose()?;
        if let Some(file) = &program._password {
            // neither the arguments nor the environment of a process are secret
            program.command.env("PGPASSFILE", format!("/proc/self/fd/{}", file.as_raw_fd()));
        }
        Ok(program)
    }
}

/// A password file in memory that the program inherits; it has no name and ends with the last process that holds it.
fn password_file(password: &str) -> Result<File> {
    let cannot = |source: std::io::Error| Error::config("cannot hand on the password").caused_by(source);
    // without CLOEXEC: being inherited is its purpose
    let memory = memfd_create(c"wvl-password", MFdFlags::empty()).map_err(|errno| cannot(errno.into()))?;
    let mut file = File::from(memory);
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(cannot)?;
    let escaped = password.replace('\\', "\\\\").replace(':', "\\:");
    file.write_all(format!("*:*:*:*:{escaped}\n").as_bytes()).map_err(cannot)?;
    Ok(file)
}

/// Finds `pg_dump` or `pg_restore` for a server of this major version: that version's, else the next newer one. An older
/// program does not know what a newer server has; a newer one may ask an older server for what it does not know.
pub(super) fn find(name: &str, server: u32, settings: &DatabaseSettings, places: &Places) -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> =
        folders(settings, places).iter().filter_map(|folder| look_at(&folder.join(name))).collect();
    // stable: of two of a version the first place counts
    found.sort_by_key(|(version, _)| *version);
    if let Some((_, path)) = found.iter().find(|(version, _)| *version >= server) {
        return Ok(path.clone());
    }
    let newest = match found.last() {
        Some((version, path)) => format!("the newest {name} here is {version} ({})", path.display()),
        None => format!("there is no {name} here"),
    };
    Err(Error::config(format!("the server is Postgres {server}, and {newest}"))
        .hint(format!("apt-get install postgresql-client-{server}"))
        .hint(format!("or name the folder of {name} in WVL_PG_BINDIR or as pg_bindir in [database]")))
}

/// Whoever names a folder is asked nowhere else.
fn folders(settings: &DatabaseSettings, places: &Places) -> Vec<PathBuf> {
    if let Some(folder) = places.pg_bindir.as_ref().or(settings.pg_bindir.as_ref()) {
        return vec![folder.clone()];
    }
    let packaged = std::fs::read_dir(PACKAGED).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    packaged.chain(places.path.iter().flat_map(std::env::split_paths)).collect()
}

fn look_at(path: &Path) -> Option<(u32, PathBuf)> {
    if !path.is_file() {
        return None;
    }
    let output = Command::new(path).arg("--version").env("LC_ALL", "C").stdin(Stdio::null()).output().ok()?;
    Some((major_version(&String::from_utf8_lossy(&output.stdout))?, path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    /// Programs that know nothing but their version.
    fn folder_with(version: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n");
        let path = folder.path().join("pg_dump");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn a_program_older_than_the_server_is_refused_with_both_versions() {
        let folder = folder_with("16.2 (Debian 16.2-1)");
        let places = Places { pg_bindir: Some(folder.path().into()), path: None };
        let find = |server| find("pg_dump", server, &DatabaseSettings::default(), &places);
        assert_eq!(find(16).unwrap(), folder.path().join("pg_dump"));
        assert!(find(15).is_ok());
        let refused = find(17).unwrap_err();
        assert_eq!(refused.kind(), Kind::Config);
        assert!(refused.to_string().starts_with("the server is Postgres 17, and the newest pg_dump here is 16"));
        assert_eq!(refused.hints()[0], "apt-get install postgresql-client-17");
    }

    #[test]
    fn a_folder_without_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { pg_bindir: Some(folder.path().into()), path: None };
        let refused = find("pg_dump", 15, &DatabaseSettings::default(), &places).unwrap_err();
        assert_eq!(refused.to_string(), "the server is Postgres 15, and there is no pg_dump here");
    }
}
