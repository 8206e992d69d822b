//! `wvl role grant`

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
    registers::say(context, &format!("Rolle {}: {}", args.role, done.join("; ")), "wvl role list", &args.role)
}
