//! `wvl demo stop`

use wvl::db::Cluster;
use wvl::error::Result;

use super::{Context, PlaceArgs, work_in};

/// Stop the demo's database. Everything stays; "wvl demo start" goes on with it.
///
/// To be rid of the demo, stop it and delete its folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let place = args.place.existing()?;
    work_in(context, &place);
    let settings = context.settings()?;
    let cluster = Cluster::new(&settings.database, &context.environment.places())?;
    let folder = place.folder().display().to_string();
    if context.global.dry_run {
        return context.printer.job_done(&format!("Die Datenbank der Demo in {folder} würde angehalten."));
    }
    let said = if cluster.stop()? { "ist angehalten" } else { "lief nicht" };
    context.printer.job_done(&format!("Die Datenbank der Demo {said}. Wer alles los sein will: rm -r {folder}"))
}
