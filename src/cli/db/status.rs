//! `wvl db status`

use wvl::db::cluster::Status;
use wvl::db::connection::{address, server};
use wvl::db::{Cluster, migrations};
use wvl::error::Result;
use wvl::output::{Cell, Output, Table, column};

use super::Context;

/// Show where the database is, whether it runs, which role wvl has there, and whether the schema fits this wvl.
///
/// Starts nothing. A database that is not there is part of the answer, not an error.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// What is known; `state` is always, the rest if it could be found out.
#[derive(Default)]
struct Answer {
    kind: &'static str,
    address: String,
    state: String,
    version: Option<String>,
    role: Option<String>,
    schema: Option<String>,
    pid: Option<i32>,
    folder: Option<String>,
    config: Option<String>,
}

/// Runs it.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let mut answer =
        Answer { config: settings.file.as_ref().map(|file| file.display().to_string()), ..Answer::default() };
    let mut reachable = true;
    let mut trouble = None;
    if settings.database.is_private() {
        let cluster = Cluster::new(&settings.database, &context.environment.places())?;
        answer.kind = "private";
        answer.address = cluster.url();
        answer.folder = Some(cluster.state_dir().display().to_string());
        match cluster.status()? {
            Status::NotCreated => (reachable, answer.state) = (false, "not created".into()),
            Status::Stopped { version } => {
                (reachable, answer.state, answer.version) = (false, "stopped".into(), Some(version.to_string()));
            }
            Status::Running { pid, .. } => answer.pid = Some(pid),
            Status::Foreign { answers: true } => {}
            Status::Foreign { answers: false } => (reachable, answer.state) = (false, "stopped".into()),
        }
    } else {
        answer.kind = "configured";
        answer.address = address(&settings.database, false)?.masked();
    }
    if reachable {
        match context.connect_to_any_schema() {
            Ok(mut connection) => {
                let server = server(&mut connection)?;
                answer.state = "running".into();
                (answer.version, answer.role) = (Some(server.version), Some(server.role));
                trouble = migrations::check_schema(&mut connection).err();
                answer.schema = Some(if trouble.is_some() { "wrong" } else { "current" }.to_owned());
            }
            Err(error) => {
                answer.state = "unreachable".into();
                trouble = Some(error);
            }
        }
    }
    context.printer.record(&answer)?;
    trouble.map_or(Ok(()), Err)
}

impl Output for Answer {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("kind", "Art"),
            column("address", "Adresse"),
            column("state", "Zustand"),
            column("version", "Postgres"),
            column("role", "Rolle"),
            column("schema", "Schema"),
            column("pid", "Prozess"),
            column("folder", "Ordner"),
            column("config", "Konfiguration"),
        ]);
        table.push(vec![
            Cell::Text(self.kind.to_owned()),
            Cell::Text(self.address.clone()),
            Cell::Text(self.state.clone()),
            Cell::text(self.version.clone()),
            Cell::text(self.role.clone()),
            Cell::text(self.schema.clone()),
            self.pid.map_or(Cell::Empty, |pid| Cell::Int(i64::from(pid))),
            Cell::text(self.folder.clone()),
            Cell::text(self.config.clone()),
        ]);
        table
    }
}
