//! `wvl demo env`

use wvl::error::Result;

use super::{Context, PlaceArgs};

/// Print shell lines that make every wvl command of this shell work with the demo.
///
/// Example: eval "$(wvl demo env)"; wvl escalate run --dry-run
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let place = args.place.existing()?;
    let quoted = |path: &std::path::Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    context.printer.data(&format!(
        "export WVL_CONFIG={}\nexport MAIL={}\n",
        quoted(&place.config()),
        quoted(&place.maildir())
    ))
}
