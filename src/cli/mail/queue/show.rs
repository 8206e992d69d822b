//! `wvl mail queue show`

use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::outbox::{queue, status};

use crate::cli::registers::Part;
use crate::cli::{Context, follow, registers};

/// Everything about one mail: how far it is, what the server said, who else got it
///
/// A reminder is told with the items it is about. --raw is the mail as it is sent, for a file or a pipe.
///
/// Examples:
///   wvl mail queue show 4711
///   wvl mail queue show 4711 --watch         until it is delivered or given up
///   wvl mail queue show 4711 --raw -o mail.eml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Number of the recipient, as wvl mail queue list shows it; or a message by its key or its Message-ID
    #[arg(value_name = "NUMBER")]
    number: String,
    #[command(flatten)]
    watch: follow::Watch,
    /// The bytes of the mail instead
    #[arg(long, conflicts_with = "watch")]
    pub raw: bool,
}

/// Prints it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let named = std::slice::from_ref(&args.number);
    let named = db::read_only(context.connection()?, |connection| queue::named(connection, named))?;
    let ids: Vec<i64> = named.into_iter().flat_map(|named| named.recipients).collect();
    let Some(first) = ids.first().copied() else { return Err(Error::bug("a name led to nobody")) };
    if args.raw {
        return raw(context, first);
    }
    if args.watch.watch {
        return args.watch.follow(context, |connection| {
            let messages = status::messages_of(connection, &ids)?;
            status::of_messages(connection, &messages)
        });
    }
    let parts = vec![Part::owned("others", "Weitere Empfänger", queue::register()).without(&["kind", "subject"])];
    registers::show(context, &queue::register(), &first.to_string(), None, parts)
}

fn raw(context: &mut Context, recipient: i64) -> Result<()> {
    if context.printer.to_terminal() {
        return Err(Error::usage("a mail as it is sent is nothing for a terminal").hint("-o FILE.eml, or a pipe"));
    }
    let bytes = db::read_only(context.connection()?, |connection| queue::bytes_of(connection, recipient))?;
    let Some(bytes) = bytes else {
        return Err(Error::new(Kind::NotFound, format!("the text of mail {recipient} was deleted, as it is settled"))
            .hint("[mail] keep_bodies_days says after how many days; its SHA-256 is kept"));
    };
    context.printer.bytes(&bytes)
}
