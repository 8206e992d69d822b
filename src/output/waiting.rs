//! What takes its time and cannot say how much: a sign at a terminal that it goes on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;

/// A moving sign on stderr, gone when it is dropped.
pub struct Waiting(ProgressBar);

impl Printer {
    /// Shows that the run goes on, under the same conditions as [`Printer::progress`]. Drop it before anything is printed.
    pub fn waiting(&self, what: &str) -> Waiting {
        self.moving(what, "{spinner} {msg} {elapsed}")
    }

    /// The same for rows that go to a file, with how many they are so far.
    pub fn counting(&self, what: &str) -> Waiting {
        self.moving(what, "{spinner} {msg} {human_pos} {elapsed}")
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
    /// So many are done.
    pub fn tell(&self, count: u64) {
        self.0.set_position(count);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
