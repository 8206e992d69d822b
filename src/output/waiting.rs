//! What takes its time and cannot say how much: a sign at a terminal that it goes on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;

/// So many rows go by between two looks at how many there were.
const ROWS: u64 = 1_000;

/// A moving sign on stderr, gone when it is dropped.
pub struct Waiting(ProgressBar);

impl Printer {
    /// Shows that the run goes on, under the same conditions as [`Printer::progress`]. Drop it before anything is printed.
    pub fn waiting(&self, what: &str) -> Waiting {
        self.moving(what, "{spinner} {msg} {elapsed}")
    }

    /// The same for rows, with how many have come so far, where they do not go to the terminal themselves. There the first
    /// of them takes its place.
    pub fn counting(&self, what: &str) -> Waiting {
        let template = "{spinner} {msg} {human_pos} {elapsed}";
        if self.to_terminal() { self.waiting(what) } else { self.moving(what, template) }
    }

    fn moving(&self, what: &str, template: &str) -> Waiting {
        let bar = self.progress(0, what);
        if self.has_progress() {
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Waiting(bar)
    }
}

impl Waiting {
    /// So many have come.
    pub fn count(&self, rows: u64) {
        if rows.is_multiple_of(ROWS) {
            self.0.set_position(rows);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
