//! `--watch`: how far the delivery is, again and again until nothing changes any more.

use std::time::{Duration, Instant};

use clap::Args;
use diesel::PgConnection;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::outbox::state::State;
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
    /// Refuses formats that have an end, before anything else is done.
    ///
    /// Errors: of kind `Usage`.
    pub fn check(self, context: &Context) -> Result<()> {
        let format = context.printer.format();
        if !self.watch || is_screen(context) || matches!(format, Format::Tsv | Format::Jsonl) {
            return Ok(());
        }
        Err(Error::usage("--watch tells one line after the other").hint("-O tsv or -O jsonl"))
    }

    /// Tells how far these recipients are: at a terminal one table in its place, elsewhere a line for each change. Ends when
    /// every one is settled.
    ///
    /// Errors: of kind `Partial` if somebody has to look at one, `Temporary` if the time of `--wait` is over, `NotFound` where
    /// there is nobody to watch, and a signal.
    pub fn follow(self, context: &mut Context, look: impl Fn(&mut PgConnection) -> Result<Vec<Status>>) -> Result<()> {
        self.check(context)?;
        let is_screen = is_screen(context);
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

fn is_screen(context: &Context) -> bool {
    context.printer.to_terminal() && context.printer.format() == Format::Table
}

/// Draws the table over the one before it, as far as the screen is high; answers with its lines.
fn draw(context: &mut Context, rows: &[Status], before: usize) -> Result<usize> {
    let list = StatusList { rows: rows.to_vec(), zone: context.settings()?.zone, wording: registers::wording(context) };
    let table = list.table().in_language(context.global.language());
    let text = table.fitted(context.printer.width().unwrap_or(0), context.printer.has_color());
    let text = clipped(&text, terminal_size::terminal_size_of(std::io::stdout()).map(|(_, height)| height.0), context);
    let back = if before > 0 { format!("\u{1b}[{before}A\u{1b}[J") } else { String::new() };
    context.printer.data(&format!("{back}{text}"))?;
    Ok(text.lines().count())
}

/// What is higher than the screen could not be drawn over.
fn clipped(text: &str, height: Option<u16>, context: &Context) -> String {
    let most = height.map_or(usize::MAX, |height| usize::from(height).saturating_sub(2)).max(3);
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= most {
        return text.to_owned();
    }
    let more = lines.len() - (most - 1);
    format!("{}\n… {more} {}\n", lines[..most - 1].join("\n"), registers::in_language(context, "weitere", "more"))
}

/// One line for each of these.
fn tell(context: &mut Context, rows: Vec<Status>) -> Result<()> {
    let (zone, wording) = (context.settings()?.zone, registers::wording(context));
    context.printer.page(&StatusList { rows, zone, wording })
}

/// How it came out. Of what is unknown or held nobody can say that it did not arrive.
fn ended(rows: &[Status]) -> Result<()> {
    let count = |state: State| rows.iter().filter(|status| status.state == state).count();
    let counted = [State::Failed, State::Unknown, State::Held].map(|state| (count(state), state.as_str()));
    let told: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {state}")).collect();
    match told.as_slice() {
        [] => Ok(()),
        told => Err(Error::new(Kind::Partial, format!("not every recipient has got the mail: {}", told.join(", ")))
            .hint("wvl mail queue list names them and what was answered")),
    }
}
