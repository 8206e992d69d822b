//! `wvl cron install`: the jobs into the crontab of whoever runs this.

use wvl::error::Result;
use wvl::job::crontab;

use super::program;
use crate::cli::{Context, next};

/// Write the jobs into your crontab
///
/// They stand in a marked block of their own at its end; what stands beside it stays as it is, byte for byte, and so does
/// MAILTO. A second time nothing changes, unless the configuration has. Each configuration (-c) has a block of its own. The
/// jobs run as you, with the program and the configuration that this command uses.
///
/// Examples:
///   wvl cron install --dry-run   what would change
///   wvl cron install
///   sudo -u wvl wvl -c /etc/wvl/wvl.toml cron install
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Installs it.
pub fn run(context: &mut Context, _: &Args) -> Result<()> {
    let user = super::user()?.name;
    super::with_block(context, None, |context, block| {
        let before = program::read(context)?;
        let after = crontab::install(&before, block)?;
        for other in crontab::names(&before)?.iter().filter(|name| *name != block.name()) {
            context.printer.note(&format!("daneben steht ein Block für {other}"));
        }
        if context.global.dry_run {
            return show(context, &before, &after);
        }
        let name_next = |context: &Context| {
            if let Some((job, _)) = block.entries.first() {
                next::name(context, &format!("wvl cron test {}", job.key));
            }
        };
        if after == before {
            context.printer.job_done(&format!("Die Crontab von {user} ist schon so."))?;
            name_next(context);
            return Ok(());
        }
        program::write(context, &after)?;
        let zone = super::zone_of_machine().unwrap_or(context.settings()?.zone);
        let mut said = format!("{} Jobs in der Crontab von {user}; die nächsten Läufe:\n", block.entries.len());
        for next in super::next_runs(context, block.entries, zone)? {
            said.push_str(&format!("  {next}\n"));
        }
        context.printer.job_done(said.trim_end())?;
        name_next(context);
        if !program::is_cron_alive() {
            context.printer.warn("no cron runs on this machine: systemctl enable --now cron");
        }
        Ok(())
    })
}

/// What would change.
pub fn show(context: &Context, before: &[u8], after: &[u8]) -> Result<()> {
    let lines = crontab::difference(before, after);
    if lines.is_empty() {
        context.printer.note("nichts würde sich ändern");
        return Ok(());
    }
    context.printer.data(&(lines.join("\n") + "\n"))
}
