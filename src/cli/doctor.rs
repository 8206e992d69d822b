//! `wvl doctor`

use wvl::error::Result;

use super::Context;

/// Look
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Looks.
pub fn run(_: &mut Context, _: &Args) -> Result<()> {
    Ok(())
}
