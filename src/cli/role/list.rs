//! `wvl role list`

use wvl::error::Result;
use wvl::{db, role};

use super::Context;
use crate::cli::registers;

/// Roles of the database that may do something in wvl, and whose they are
///
/// Example: wvl role list
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Prints the list.
pub fn run(context: &mut Context, _: &Args) -> Result<()> {
    let wording = registers::wording(context);
    let roles = db::read_only(context.connection()?, |connection| role::list(connection, wording))?;
    context.printer.list(&roles)
}
