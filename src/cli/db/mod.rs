//! `wvl db`: the private cluster, the schema's version, dump and restore, the address.

use clap::Subcommand;
use wvl::db::Cluster;
use wvl::error::{Error, Result};

use super::Context;

mod dump;
mod migrate;
mod psql;
mod restore;
mod start;
mod status;
mod stop;
mod upgrade;
mod url;

/// The verbs of `wvl db`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl db status\n  wvl db migrate -n | less")]
pub enum Verb {
    Start(start::Args),
    Stop(stop::Args),
    Status(status::Args),
    Migrate(migrate::Args),
    Dump(dump::Args),
    Restore(restore::Args),
    Url(url::Args),
    Upgrade(upgrade::Args),
    Psql(psql::Args),
}

/// Runs a verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Start(args) => start::run(context, &args),
        Verb::Stop(args) => stop::run(context, &args),
        Verb::Status(args) => status::run(context, &args),
        Verb::Migrate(args) => migrate::run(context, &args),
        Verb::Dump(args) => dump::run(context, &args),
        Verb::Restore(args) => restore::run(context, &args),
        Verb::Url(args) => url::run(context, &args),
        Verb::Upgrade(args) => upgrade::run(context, &args),
        Verb::Psql(args) => psql::run(context, &args),
    }
}

/// The private cluster, if the configuration leaves the database to us.
fn private_cluster(context: &mut Context) -> Result<Cluster> {
    let settings = context.settings()?;
    if !settings.database.is_private() {
        return Err(Error::config("database.url is set, so there is no private cluster to start or stop")
            .hint("wvl db status shows the database in use"));
    }
    Cluster::new(&settings.database, &context.environment.places())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// `Create`, not `Creates`, as with every other noun.
    #[test]
    fn helps_are_imperative() {
        let command = crate::cli::Command::command();
        for noun in ["db", "demo"] {
            for verb in command.find_subcommand(noun).unwrap().get_subcommands() {
                let about = verb.get_about().unwrap().to_string();
                let first = about.split(' ').next().unwrap_or_default();
                assert!(!first.ends_with('s'), "wvl {noun} {}: {about}", verb.get_name());
            }
        }
    }
}
