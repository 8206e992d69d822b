//! `wvl role revoke`

use wvl::error::Result;
use wvl::role::{self, Right};

use super::{Asked, Context};
use crate::cli::{flags, registers};

/// Take rights from a database role; without RIGHT all of them
///
/// The role itself stays, and so does what it has in other schemas. It holds from the next statement on, also in sessions
/// that are open.
///
/// Examples:
///   wvl role revoke anna admin
///   wvl role revoke anna          who has left
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The role in Postgres
    #[arg(value_parser = flags::filled_line)]
    role: String,
    /// What it may no longer do
    #[arg(value_name = "RIGHT")]
    rights: Vec<Asked>,
}

/// Revokes them.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    role::check_name(&args.role)?;
    let asked: Vec<Right> = match args.rights.is_empty() {
        true => Right::ALL.to_vec(),
        false => args.rights.iter().map(|asked| Right::from(*asked)).collect(),
    };
    let when = registers::when(context)?;
    let revoked = registers::write(context, when, |connection| {
        let mut revoked = Vec::new();
        for right in asked {
            if role::revoke(connection, &args.role, right)? {
                revoked.push(right.name());
            }
        }
        Ok(revoked)
    })?;
    let said = match revoked.is_empty() {
        true => format!("Rolle {}: durfte das schon nicht", args.role),
        false => format!("Rolle {}: darf {} nicht mehr", args.role, revoked.join(", ")),
    };
    registers::say(context, &said, "wvl role list", &args.role)
}
