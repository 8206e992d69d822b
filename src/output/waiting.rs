//! What takes its time and cannot say how much: a sign at a terminal that it goes on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;

/// A moving sign on stderr, gone when it is dropped.
pub struct Waiting(ProgressBar);

impl Printer {
    /// Shows that the run goes on, under the same conditions as [`Printer::progress`]. Drop it before anything is printed.
    pub fn waiting(&self, what: &str) -> Waiting {
        let bar = self.progress(0, what);
        if self.to_terminal() && self.has_reader() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Waiting(bar)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
