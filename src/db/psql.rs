//! psql on wvl's database: the same address, the same role, no password where others could read it.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use nix::sys::memfd::{MFdFlags, memfd_create};

use crate::db::connection::address;
use crate::db::{Cluster, DatabaseSettings, Places};
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

/// A psql that is ready to take this process's place, and what must stay open until it does.
pub struct Psql {
    /// The command; its arguments hold no secret.
    pub command: Command,
    _password: Option<File>,
}

/// Prepares psql with these further arguments; starts the private cluster if that is the database.
pub fn psql(settings: &DatabaseSettings, places: &Places, arguments: &[String]) -> Result<Psql> {
    let (mut command, parameters) = if settings.is_private() {
        let cluster = Cluster::new(settings, places)?;
        cluster.start()?;
        (Command::new(cluster.client_folder()?.join("psql")), cluster.parameters())
    } else {
        (Command::new("psql"), address(settings, true)?)
    };
    for variable in DECIDED {
        command.env_remove(variable);
    }
    let password = parameters.get("password").filter(|password| !password.is_empty()).map(password_file).transpose()?;
    if let Some(file) = &password {
        // neither the arguments nor the environment of a process are secret
        command.env("PGPASSFILE", format!("/proc/self/fd/{}", file.as_raw_fd()));
    }
    command.arg(parameters.masked()).args(arguments);
    Ok(Psql { command, _password: password })
}

/// A password file in memory that psql inherits; it has no name and ends with the last process that holds it.
fn password_file(password: &str) -> Result<File> {
    let cannot = |source: std::io::Error| Error::config("cannot hand the password to psql").caused_by(source);
    // without CLOEXEC: being inherited is its purpose
    let memory = memfd_create(c"wvl-password", MFdFlags::empty()).map_err(|errno| cannot(errno.into()))?;
    let mut file = File::from(memory);
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(cannot)?;
    let escaped = password.replace('\\', "\\\\").replace(':', "\\:");
    file.write_all(format!("*:*:*:*:{escaped}\n").as_bytes()).map_err(cannot)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_in_neither_arguments_nor_environment() {
        let url = "postgresql://wvl:hun:ter2@db.example/wvl?sslmode=verify-full".replace("hun:", "hun%3A");
        let settings = DatabaseSettings { url: Some(url), ..DatabaseSettings::default() };
        let psql = psql(&settings, &Places::default(), &["-c".into(), "SELECT 1".into()]).unwrap();
        let shown = format!("{:?}", psql.command);
        assert!(!shown.contains("ter2"), "{shown}");
        let path = psql.command.get_envs().find(|(name, _)| *name == "PGPASSFILE").unwrap().1.unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "*:*:*:*:hun\\:ter2\n");
    }
}
