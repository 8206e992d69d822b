//! Making a cluster: `initdb` into `data.new`, configured and with role and database in it, then renamed. What bears the
//! name `data` is complete, whenever the machine stopped.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::binaries::Binaries;
use super::owner::{Owner, SUPERUSER};
use super::{NAME, door, folders};
use crate::error::{Error, Kind, Result};

/// Who may log in: over the socket only, as whom the map allows.
const HBA: &str = "\
# TYPE  DATABASE  USER  METHOD
local   all       all   peer map=wvl
";

/// CREATEROLE is for the group roles of the first migration. Whoever opens psql finds the tables without a prefix.
const SET_UP: &str = "\
CREATE ROLE wvl LOGIN CREATEROLE;
CREATE DATABASE wvl OWNER wvl;
ALTER ROLE wvl IN DATABASE wvl SET search_path = wvl, pg_catalog, pg_temp;
";

/// Makes the cluster of this state directory. The caller holds the lock and has seen that there is none.
pub(super) fn create(state_dir: &Path, owner: &Owner, binaries: &Binaries) -> Result<()> {
    let unfinished = state_dir.join("data.new");
    initdb(&unfinished, owner, binaries)?;
    configure(&unfinished, state_dir, owner)?;
    set_up(&unfinished, owner, binaries)?;

    let data = state_dir.join("data");
    std::fs::rename(&unfinished, &data).map_err(|source| Error::file("rename to data", &unfinished, source))?;
    folders::sync(state_dir)
}

/// An empty cluster in this folder, whatever was in it before.
pub(super) fn initdb(unfinished: &Path, owner: &Owner, binaries: &Binaries) -> Result<()> {
    match std::fs::remove_dir_all(unfinished) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::file("remove the unfinished cluster", unfinished, source));
        }
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(unfinished).map_err(|source| Error::file("create", unfinished, source))?;
    owner.take(unfinished)?;

    let mut initdb = owner.command(&binaries.initdb());
    initdb.args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--auth=peer"]);
    initdb.args(["--data-checksums", "--no-instructions", "--pgdata"]).arg(unfinished);
    expect_success("initdb", initdb.output().map_err(|source| Error::file("run", &binaries.initdb(), source))?)
}

/// Our settings, and who may log in as whom.
pub(super) fn configure(data: &Path, state_dir: &Path, owner: &Owner) -> Result<()> {
    append(&data.join("postgresql.conf"), &configuration(state_dir))?;
    replace(&data.join("pg_hba.conf"), HBA)?;
    replace(&data.join("pg_ident.conf"), &ident_map(&owner.name))
}

/// Role and database, by a server without clients: before the rename nobody can connect to something half made.
fn set_up(data: &Path, owner: &Owner, binaries: &Binaries) -> Result<()> {
    let mut command: Command = owner.command(&binaries.postgres());
    command.args(["--single", "-c", "exit_on_error=on", "-D"]).arg(data).arg("postgres");
    let cannot = |source| Error::file("run", &binaries.postgres(), source);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(cannot)?;
    if let Some(mut stdin) = child.stdin.take() {
        // a server that ends early says why on stderr; that its stdin is closed says less
        let _ = stdin.write_all(SET_UP.as_bytes());
    }
    expect_success("postgres --single", child.wait_with_output().map_err(cannot)?)
}

fn configuration(state_dir: &Path) -> String {
    let local = state_dir.join("postgresql.local.conf");
    let local = local.to_string_lossy().replace('\'', "''");
    format!(
        "\n# wvl: reachable over the socket only; the folder of the socket is given at the start\n\
         listen_addresses = ''\n\
         # its folder decides who reaches it, and the server asks the system who that is\n\
         unix_socket_permissions = 0777\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         logging_collector = off\n\
         # settings of your own belong here; wvl never writes this file\n\
         include_if_exists = '{local}'\n"
    )
}

/// The cluster's own user and root become `wvl`, and everybody else whom his name says. Only the cluster's user can become
/// superuser, for repairs.
fn ident_map(owner: &str) -> String {
    let owner = owner.replace('"', "\"\"");
    let mut map = format!("# MAP  SYSTEM-USER  ROLE\nwvl \"{owner}\" {NAME}\nwvl \"{owner}\" {SUPERUSER}\n");
    if owner != "root" {
        map.push_str(&format!("wvl root {NAME}\n"));
    }
    map.push_str(&door::persons());
    map
}

fn append(path: &Path, text: &str) -> Result<()> {
    let written = OpenOptions::new().append(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| Error::file("write", path, source))
}

/// Overwrites in place: the file keeps its owner.
fn replace(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|source| Error::file("write", path, source))
}

fn expect_success(program: &str, output: Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let kind = if said.contains("No space left on device") { Kind::Temporary } else { Kind::Unavailable };
    let mut error = Error::new(kind, format!("{program} could not make the private cluster ({})", output.status));
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()).rev().take(3) {
        error = error.hint(format!("{program}: {line}"));
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_becomes_superuser() {
        let map = ident_map("postgres");
        assert!(map.contains("wvl root wvl\n"));
        assert!(!map.contains("root postgres"));
        assert!(map.contains("wvl \"postgres\" postgres\n"));
    }
}
