//! `wvl man`: the manual pages, made from what they describe.
//!
//! A page of a command is its help, as clap knows it; wvl.toml(5) is the generated configuration with the types and defaults
//! of the readers. Only wvl-views(7) is made from a database (by the tests), and so compiled in. What packages install is
//! committed under man/, and a test compares.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};

use clap::CommandFactory;
use wvl::config::nearest;
use wvl::error::{Error, Result};

use super::{Command, Context};

mod command;
mod overview;
mod page;
mod report;
mod settings;

use page::Page;

/// The views' page; `make docs` writes it from the comments in a migrated database.
const VIEWS: &str = include_str!("../../../man/wvl-views.7");

/// Show a manual page: of a command, of the configuration, of the views
///
/// At a terminal it is shown with man; in a pipe it is the page's source. Installed pages are read with man itself:
/// man wvl-escalate-run.
///
/// Examples:
///   wvl man
///   wvl man escalate run
///   wvl man wvl.toml
///   wvl man wvl-views
///   wvl man --dir /usr/local/share/man   all of them, in man1, man5 and man7
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Noun and verb, or the name of a page; without one wvl(1), which names all others
    #[arg(value_name = "COMMAND|PAGE")]
    words: Vec<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "words")]
    dir: Option<PathBuf>,
}

/// Shows one page or writes all.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if let Some(folder) = &args.dir {
        return write_all(context, folder);
    }
    let wanted = args.words.join("-");
    let wanted = if wanted.is_empty() || wanted.starts_with("wvl") { wanted } else { format!("wvl-{wanted}") };
    let wanted = if wanted.is_empty() { "wvl".to_owned() } else { by_noun(&wanted) };
    let pages = pages();
    let Some(page) = pages.iter().find(|page| page.name == wanted || page.file_name() == wanted) else {
        let near = nearest(&wanted, pages.iter().map(|page| page.name.as_str()));
        let error = Error::usage(format!("there is no page {wanted}"));
        return Err(error.hint(match near {
            Some(near) => format!("did you mean {near}?"),
            None => "wvl man names all pages".to_owned(),
        }));
    };
    if context.printer.to_terminal() && shown_by_man(&page.text) {
        return Ok(());
    }
    context.printer.data(&page.text)
}

/// `wvl-customers-list` as `wvl-customer-list`: a noun answers to its other number here too.
fn by_noun(wanted: &str) -> String {
    let command = Command::command();
    let plural = command.get_subcommands().find_map(|noun| {
        let alias = noun.get_visible_aliases().find_map(|alias| {
            let rest = wanted.strip_prefix("wvl-")?.strip_prefix(alias)?;
            (rest.is_empty() || rest.starts_with('-')).then_some(rest)
        });
        alias.map(|rest| format!("wvl-{}{rest}", noun.get_name()))
    });
    plural.unwrap_or_else(|| wanted.to_owned())
}

/// All pages, the overview first.
fn pages() -> Vec<Page> {
    let mut root = Command::command().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![overview::page(&root)];
    for noun in root.get_subcommands() {
        pages.push(command::page(noun, &root));
        pages.extend(noun.get_subcommands().map(|verb| command::page(verb, noun)));
    }
    pages.push(settings::page());
    pages.push(report::page());
    pages.push(Page { name: "wvl-views".to_owned(), section: 7, text: VIEWS.to_owned() });
    pages
}

fn write_all(context: &Context, folder: &Path) -> Result<()> {
    let pages = pages();
    if context.global.dry_run {
        context.printer.note(&format!("would write {} pages into {}", pages.len(), folder.display()));
        return Ok(());
    }
    for page in &pages {
        let folder = folder.join(format!("man{}", page.section));
        std::fs::create_dir_all(&folder).map_err(|error| Error::file("make the folder", &folder, error))?;
        let file = folder.join(page.file_name());
        std::fs::write(&file, &page.text).map_err(|error| Error::file("write", &file, error))?;
    }
    context.printer.note(&format!("wrote {} pages into {}", pages.len(), folder.display()));
    Ok(())
}

/// Whether man has shown it; where there is no man, whoever asked gets the source.
fn shown_by_man(text: &str) -> bool {
    let man = Program::new("man").args(["-l", "-"]).stdin(Stdio::piped()).spawn();
    let Ok(mut man) = man else { return false };
    if let Some(mut input) = man.stdin.take() {
        // whoever leaves the pager early has read enough
        drop(input.write_all(text.as_bytes()));
    }
    man.wait().is_ok_and(|status| status.success())
}
