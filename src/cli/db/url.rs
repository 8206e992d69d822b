//! `wvl db url`

use wvl::db::Cluster;
use wvl::db::connection::address;
use wvl::error::Result;

use super::Context;

/// Print the address of the database as a URL, for psql, pg_dump and other programs. A password is left out.
///
/// Example: pg_dump "$(wvl db url)" > wvl.sql
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(context: &mut Context, _args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let url = if settings.database.is_private() {
        Cluster::new(&settings.database, &context.environment.places())?.url()
    } else {
        address(&settings.database, false)?.masked()
    };
    context.printer.data(&format!("{url}\n"))
}
