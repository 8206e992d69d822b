//! Asking a person before what cannot be taken back; a script says `--yes`.

use std::io::{BufRead, IsTerminal};

use wvl::error::{Error, Kind, Result};
use wvl::template::Language;

use super::Context;

impl Context {
    /// Whether to go on: `--yes`, or somebody at the terminal types it. `danger` says why it is asked.
    ///
    /// Errors: of kind `Usage` where there is nobody to ask, of kind `Failed` if the answer is no.
    pub fn confirm(&self, question: &str, danger: &str) -> Result<()> {
        if self.global.yes {
            return Ok(());
        }
        let stdin = std::io::stdin();
        if !stdin.is_terminal() || !self.printer.has_reader() {
            return Err(Error::usage(danger).hint("look first with --dry-run, then add --yes"));
        }
        let choice = if self.global.language() == Language::German { "[j/N]" } else { "[y/N]" };
        self.printer.prompt(&format!("{question} {choice} "));
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer).map_err(|error| Error::new(Kind::Failed, "no answer").caused_by(error))?;
        match answer.trim().to_lowercase().as_str() {
            "j" | "ja" | "y" | "yes" => Ok(()),
            _ => Err(Error::new(Kind::Failed, "not done: the answer was no")),
        }
    }
}
