//! `wvl db psql`

use std::os::unix::process::CommandExt;

use wvl::error::{Error, Result};

use super::Context;

/// Open psql on wvl's database, as the role that wvl itself uses. What stands behind `psql` is handed to it; flags of wvl
/// stand before `db`.
///
/// Example: wvl db psql -c "SELECT count(*) FROM wvl.tickets"
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Arguments for psql
    #[arg(last = true, value_name = "ARG")]
    arguments: Vec<String>,
}

/// Runs it: psql takes the place of this process, so its exit code is the command's.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let mut psql = wvl::db::psql::psql(&settings.database, &context.environment.places(), &args.arguments)?;
    let refused = psql.command.exec();
    Err(Error::config("psql cannot be run").caused_by(refused).hint("apt-get install postgresql-client"))
}
