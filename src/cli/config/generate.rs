//! `wvl config generate`: a commented configuration to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::types::Profile;
use wvl::outbox::settings::create_signing_keys;
use wvl::settings::{SIGNING_KEYS, sample, without_signing_keys};

use crate::cli::Context;

/// Write a commented configuration to start from
///
/// All escalation types are inactive and no mail leaves the house until you say so. Beside the
/// file a random key for signing Message-IDs is made (0600), unless there is one. An existing
/// file is never overwritten.
///
/// Examples:
///   wvl config generate /etc/wvl/wvl.toml
///   wvl config generate --profile recommended | less
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file to write; without one it is printed
    file: Option<PathBuf>,
    /// seed: the office's usual table; recommended: with usable hours where it has none
    #[arg(long, default_value = "seed")]
    profile: Values,
}

/// The values of the types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Values {
    Seed,
    Recommended,
}

/// Writes or prints it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let text = sample(match args.profile {
        Values::Seed => Profile::Seed,
        Values::Recommended => Profile::Recommended,
    });
    let Some(file) = args.file.as_deref().or(context.global.output.as_deref()).map(Path::to_path_buf) else {
        // whoever catches it in a file has no keys beside it
        return context.printer.data(&without_signing_keys(&text));
    };
    let keys = file.with_file_name(SIGNING_KEYS);
    if context.global.dry_run {
        if file.exists() {
            return Err(exists(&file));
        }
        context.printer.note(&format!("would write {} and, if absent, {}", file.display(), keys.display()));
        return Ok(());
    }
    write_new(&file, &text)?;
    if !keys.exists() {
        create_signing_keys(&keys)?;
    }
    context.printer.note(&format!("wrote {}; every escalation type in it is inactive", file.display()));
    context.printer.note("fill in the state, the company heads, and which types are to be active");
    super::name_next(context, Some(&file), "wvl config validate");
    Ok(())
}

fn write_new(file: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => exists(file),
        _ => Error::file("write", file, error),
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, error))?;
    }
    // never writable by others: who may write it decides which password_command runs
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o644).open(file).map_err(failed)?;
    new.write_all(text.as_bytes()).and_then(|()| new.sync_all()).map_err(failed)
}

fn exists(file: &Path) -> Error {
    Error::new(Kind::Failed, format!("{} exists already and stays as it is", file.display()))
        .hint("name another file, or move this one away")
}
