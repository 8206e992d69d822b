//! `--watch`: how far the delivery is, again and again until nothing changes any more.

use std::time::{Duration, Instant};

use clap::Args;
use diesel::PgConnection;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::outbox::status::{Status, StatusList};
use wvl::output::{Format, Output};

use super::{Context, registers};

/// How often somebody who watches is told.
const EVERY: Duration = Duration::from_secs(5);

/// How often a signal is looked for meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The flag.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Watch {
    /// Look again every 5 seconds until all is settled; --wait ends it earlier
    #[arg(long)]
    pub watch: bool,
}

impl Watch {
    /// Tells how far these recipients are: at a terminal one table in its place, elsewhere a line for each change. Ends when
    /// every one is settled.
    ///
    /// Errors: of kind `Partial` if somebody has to look at one, `Temporary` if the time of `--wait` is over, `NotFound` where
    /// there is nobody to watch, and a signal.
    pub fn follow(self, context: &mut Context, look: impl Fn(&mut PgConnection) -> Result<Vec<Status>>) -> Result<()> {
        let is_screen = context.printer.to_terminal() && context.printer.format() == Format::Table;
        if !is_screen && !matches!(context.printer.format(), Format::Tsv | Format::Jsonl) {
            return Err(Error::usage("--watch tells one line after the other").hint("-O tsv or -O jsonl"));
        }
        context.note_signals()?;
        let (begun, patience) = (Instant::now(), context.global.wait);
        let mut seen = Vec::new();
        let mut shown_lines = 0;
        loop {
            let now = db::read_only(context.connection()?, |connection| look(connection))?;
            if now.is_empty() {
                return Err(Error::new(Kind::NotFound, "no mail to watch").hint("wvl mail queue list shows all"));
            }
            if is_screen {
                shown_lines = draw(context, &now, shown_lines)?;
            } else {
                tell(context, now.iter().filter(|status| !seen.contains(*status)).cloned().collect())?;
            }
            if now.iter().all(|status| status.state.is_final()) {
                return ended(&now);
            }
            seen = now;
            let next = Instant::now() + EVERY;
            while Instant::now() < next {
                context.check_signals()?;
                if patience.is_some_and(|patience| begun.elapsed() >= patience) {
                    return Err(Error::new(Kind::Temporary, "not all mails are settled yet")
                        .hint("wvl mail flush sends what is due; wvl mail queue list shows what waits"));
                }
                std::thread::sleep(LOOK_AGAIN);
            }
        }
    }
}

/// Draws the table over the one before it; answers with its lines.
fn draw(context: &mut Context, rows: &[Status], before: usize) -> Result<usize> {
    let list = StatusList { rows: rows.to_vec(), zone: context.settings()?.zone, wording: registers::wording(context) };
    let table = list.table().in_language(context.global.language());
    let text = table.fitted(context.printer.width().unwrap_or(0), context.printer.has_color());
    let back = if before > 0 { format!("\u{1b}[{before}A\u{1b}[J") } else { String::new() };
    context.printer.data(&format!("{back}{text}"))?;
    Ok(text.lines().count())
}

/// One line for each of these.
fn tell(context: &mut Context, rows: Vec<Status>) -> Result<()> {
    let (zone, wording) = (context.settings()?.zone, registers::wording(context));
    context.printer.page(&StatusList { rows, zone, wording })
}

/// How it came out.
fn ended(rows: &[Status]) -> Result<()> {
    match rows.iter().filter(|status| status.state.needs_somebody()).count() {
        0 => Ok(()),
        1 => Err(Error::new(Kind::Partial, "one recipient did not get the mail").hint("wvl mail queue list names it")),
        count => Err(Error::new(Kind::Partial, format!("{count} recipients did not get the mail"))
            .hint("wvl mail queue list names them")),
    }
}
