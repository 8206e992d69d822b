//! What a job sends right after it has queued it.

use wvl::error::Result;
use wvl::outbox::{self, FlushLimits};

use super::Context;

/// Sends what is queued. What caused it counts from its commit: mail that waits is a line on stderr and no failure.
pub fn queued(context: &mut Context) -> Result<()> {
    let settings = context.settings()?;
    let state_folder = context.state_folder()?;
    let signal = context.note_signals()?;
    let limits = FlushLimits { signal: Some(&signal), ..FlushLimits::default() };
    let connect = context.connector()?;
    let report = outbox::lanes(&settings.mail, &state_folder)
        .and_then(|lanes| outbox::flush(context.connection()?, &connect, &settings.mail, &lanes, limits));
    match report {
        Ok(report) => {
            for trouble in &report.troubles {
                context.printer.warn(&trouble.to_string());
            }
            if let Some(error) = &report.stopped {
                context.printer.warn(&format!("mails stay queued: {}", error.full_message()));
            } else if report.retry > 0 {
                context.printer.warn(&format!("queued for another try by wvl mail flush: {}", report.retry));
            }
        }
        Err(error) => context.printer.warn(&format!("mails stay queued: {}", error.full_message())),
    }
    Ok(())
}
