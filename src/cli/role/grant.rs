//! `wvl role grant`

use nix::unistd::User;
use wvl::db::Cluster;
use wvl::error::Result;
use wvl::party::employee;
use wvl::role::{self, Right};

use super::{Asked, Context};
use crate::cli::{flags, registers};

/// Give a database role rights in wvl
///
/// read looks at everything but the private sides of employees, work also changes the registers,
/// cron is for the account that runs the jobs, admin may change every table. The same holds in psql.
///
/// At the private database a person logs in as the user of this machine who has the role's name, without a password: wvl opens
/// the way to the database, and nobody becomes wvl or its superuser by that. Her configuration names the same state_dir.
///
/// Examples:
///   wvl role grant anna work --create --employee 14
///   wvl role grant controlling read
///   wvl role grant wvl-cron cron --create
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The role in Postgres
    #[arg(value_parser = flags::filled_line)]
    role: String,
    /// What it may do
    #[arg(required = true, value_name = "RIGHT")]
    rights: Vec<Asked>,
    /// Make the role; it may log in, with whatever proof the server asks for
    #[arg(long)]
    create: bool,
    /// It is this employee's: what --mine and today go by
    #[arg(long, value_name = "NUMBER")]
    employee: Option<String>,
}

/// Grants them.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    role::check_name(&args.role)?;
    let when = registers::when(context)?;
    let (done, may_connect) = registers::write(context, when, |connection| {
        let mut done = Vec::new();
        if args.create {
            role::create(connection, &args.role)?;
            done.push("angelegt".to_owned());
        }
        for right in args.rights.iter().map(|asked| Right::from(*asked)) {
            let name = right.name();
            done.push(match role::grant(connection, &args.role, right)? {
                true => format!("darf jetzt {name}"),
                false => format!("darf {name} schon"),
            });
        }
        if let Some(number) = &args.employee {
            let id = employee::id_by_number(connection, number)?;
            let change = employee::Change { pg_role: Some(Some(args.role.clone())), ..Default::default() };
            employee::update(connection, id, &change)?;
            done.push(format!("gehört zu Mitarbeiter {number}"));
        }
        Ok((done, role::may_connect(connection, &args.role)?))
    })?;
    if !may_connect {
        context.printer.warn(&format!(
            "the role {} may not connect to this database yet; its owner runs: GRANT CONNECT ON DATABASE … TO …",
            args.role
        ));
    }
    if !context.global.dry_run {
        open_door(context, &args.role)?;
    }
    registers::say(context, &format!("Rolle {}: {}", args.role, done.join("; ")), "wvl role list", &args.role)
}

/// At the private database a person needs a way to the socket, and to be a user of this machine with that very name.
fn open_door(context: &mut Context, role: &str) -> Result<()> {
    let settings = context.settings()?;
    if !settings.database.is_private() {
        return Ok(());
    }
    let cluster = Cluster::new(&settings.database, &context.environment.places())?;
    if let Some(closed) = cluster.let_persons_in()? {
        let closed = closed.display();
        context.printer.warn(&format!("others cannot pass through {closed} to the database; chmod o+x {closed}"));
    }
    if settings.database.state_dir.is_none() {
        let place = cluster.state_dir().display();
        context.printer.warn(&format!(
            "others look for the database in their own homes; name it in [database] of /etc/wvl/wvl.toml: state_dir = \"{place}\""
        ));
    }
    if let Ok(None) = User::from_name(role) {
        context.printer.warn(&format!("there is no user {role} on this machine who could log in as this role"));
    }
    Ok(())
}
