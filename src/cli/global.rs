//! The flags that every command takes, before or after the noun.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wvl::output::{Color, Format};

/// Global flags.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Configuration file [default: WVL_CONFIG, /etc/wvl/wvl.toml, the user's]
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global")]
    pub config: Option<PathBuf>,
    /// No remarks on stderr; warnings and errors stay
    #[arg(short, long, global = true, help_heading = "Global")]
    pub quiet: bool,
    /// More remarks; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global")]
    pub verbose: u8,
    /// Show what would be done and change nothing
    #[arg(short = 'n', long, global = true, help_heading = "Global")]
    pub dry_run: bool,
    /// table, tsv, json or jsonl [default: table at a terminal, tsv in a pipe]
    #[arg(short = 'O', long, global = true, value_name = "FORMAT", value_parser = parse_format, help_heading = "Global")]
    pub format: Option<Format>,
    /// Write to a file instead of standard output; its extension picks the format
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global")]
    pub output: Option<PathBuf>,
    /// The same as -O json; errors are also written as JSON
    #[arg(long, global = true, conflicts_with = "format", help_heading = "Global")]
    pub json: bool,
    /// Only these columns, in this order
    #[arg(long, global = true, value_name = "A,B", value_delimiter = ',', help_heading = "Global")]
    pub columns: Vec<String>,
    /// Order by these columns; a minus sign turns one around
    #[arg(
        long,
        global = true,
        value_name = "A,-B",
        value_delimiter = ',',
        allow_hyphen_values = true,
        help_heading = "Global"
    )]
    pub sort: Vec<String>,
    /// At most this many rows
    #[arg(long, global = true, value_name = "N", help_heading = "Global")]
    pub limit: Option<i64>,
    /// Take this as now: 2026-11-30T08:00, 30.11.2026, morgen, -3d …
    #[arg(long, global = true, value_name = "WHEN", allow_hyphen_values = true, help_heading = "Global")]
    pub as_of: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global")]
    pub color: When,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

impl From<When> for Color {
    fn from(when: When) -> Color {
        match when {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        }
    }
}

fn parse_format(name: &str) -> Result<Format, String> {
    Format::by_name(name).ok_or_else(|| format!("one of {}", Format::NAMES.join(", ")))
}
