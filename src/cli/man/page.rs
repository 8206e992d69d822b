//! A page in the making: sections, paragraphs, items, examples, in the macros of man(7).

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// A finished page.
pub(super) struct Page {
    /// `wvl-escalate-run`.
    pub(super) name: String,
    /// 1 for commands, 5 for files, 7 for the rest.
    pub(super) section: u8,
    /// Its source.
    pub(super) text: String,
}

impl Page {
    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }
}

/// What stands before every page of clap_mangen's; ours needs it once.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// Of the version in Cargo.toml; a date that runs along would differ with every day on which the pages are made.
const DATE: &str = "2026-11-22";

/// Longer lines of the source are parted at a blank.
const WIDTH: usize = 78;

/// A page that is written from its beginning to its end.
pub(super) struct Writer {
    name: String,
    section: u8,
    text: String,
}

impl Writer {
    /// Begins with the title and the section NAME.
    pub(super) fn new(name: &str, section: u8, about: &str) -> Writer {
        let mut writer = Writer { name: name.to_owned(), section, text: PREAMBLE.to_owned() };
        let version = format!("wvl {}", env!("CARGO_PKG_VERSION"));
        writer.control("TH", &[&name.to_uppercase(), &section.to_string(), DATE, &version, "wvl"]);
        // names of commands and keys are not to be parted
        writer.push(".nh\n.ad l\n");
        writer.heading("NAME");
        writer.line([roman(format!("{name} - {about}"))]);
        writer
    }

    pub(super) fn finish(self) -> Page {
        Page { name: self.name, section: self.section, text: self.text }
    }

    /// A section.
    pub(super) fn heading(&mut self, heading: &str) {
        self.control("SH", &[heading]);
    }

    /// Text whose empty lines part paragraphs; what is indented stays as it is.
    pub(super) fn prose(&mut self, text: &str) {
        let mut is_first = true;
        for block in text.split("\n\n").map(|block| block.trim_end()).filter(|block| !block.is_empty()) {
            if !is_first {
                self.control("PP", &[]);
            }
            is_first = false;
            if block.lines().all(|line| line.starts_with("  ")) {
                self.example(block);
            } else {
                self.filled(block);
            }
        }
    }

    /// Lines as they are.
    pub(super) fn example(&mut self, text: &str) {
        self.control("nf", &[]);
        for line in text.lines() {
            self.text.push_str(&Roff::new().text([roman(line.to_owned())]).render().replace(PREAMBLE, ""));
        }
        self.control("fi", &[]);
    }

    /// What is explained, and the explanation indented below it.
    pub(super) fn item(&mut self, term: impl Into<Vec<Inline>>, text: &str) {
        self.control("TP", &[]);
        self.line(term);
        self.filled(text);
    }

    /// One line, put together from pieces.
    pub(super) fn line(&mut self, pieces: impl Into<Vec<Inline>>) {
        self.push(&Roff::new().text(pieces.into()).render());
    }

    /// What clap_mangen has made.
    pub(super) fn push(&mut self, roff: &str) {
        for line in roff.replace(PREAMBLE, "").lines() {
            // an empty line is no paragraph in the eyes of mandoc
            let line = if line.trim().is_empty() { ".IP" } else { line.trim_end() };
            let is_text = !line.starts_with('.');
            let mut length = 0;
            for word in line.split(' ') {
                let width = word.chars().count();
                let is_control = word.starts_with(['.', '\'']);
                if length > 0 && is_text && length + 1 + width > WIDTH && !word.is_empty() && !is_control {
                    self.text.push('\n');
                    length = 0;
                } else if length > 0 {
                    self.text.push(' ');
                    length += 1;
                }
                self.text.push_str(word);
                length += width;
            }
            self.text.push('\n');
        }
    }

    /// Names of pages, bold, with their sections.
    pub(super) fn see_also(&mut self, pages: &[(String, u8)]) {
        self.heading("SEE ALSO");
        for (index, (name, section)) in pages.iter().enumerate() {
            let comma = if index + 1 < pages.len() { "," } else { "" };
            self.line([bold(name.clone()), roman(format!("({section}){comma}"))]);
        }
    }

    fn control(&mut self, name: &str, arguments: &[&str]) {
        let quoted: Vec<String> = arguments.iter().map(|argument| format!("\"{argument}\"")).collect();
        self.text.push_str(format!(".{name} {}", quoted.join(" ")).trim_end());
        self.text.push('\n');
    }

    /// Lines that flow into each other.
    fn filled(&mut self, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.line([roman(line.to_owned())]);
        }
    }
}
