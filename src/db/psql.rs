//! psql on wvl's database, for a person.

use std::path::Path;

use crate::db::connection::address;
use crate::db::programs::Program;
use crate::db::{Cluster, DatabaseSettings, Places};
use crate::error::Result;

/// Prepares psql with these further arguments, ready to take this process's place; starts the private cluster if that is the
/// database.
pub fn psql(settings: &DatabaseSettings, places: &Places, arguments: &[String]) -> Result<Program> {
    let (path, parameters) = if settings.is_private() {
        let cluster = Cluster::new(settings, places)?;
        cluster.start()?;
        (cluster.client_folder()?.join("psql"), cluster.parameters())
    } else {
        (Path::new("psql").to_path_buf(), address(settings, true)?)
    };
    let mut program = Program::on_database(&path, &parameters)?;
    program.command.arg(parameters.masked()).args(arguments);
    Ok(program)
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
