//! What somebody at a terminal may type next: a screen ends with it, and nobody else is told.

use wvl::demo::mark;
use wvl::doctor::beginning::{self, Missing};

use super::Context;
use super::registers::quoted;

/// Names the command, with the configuration and the instant that this one was given.
pub fn name(context: &Context, command: &str) {
    let mut command = command.to_owned();
    if let Some(file) = &context.global.config {
        command.push_str(&format!(" -c {}", quoted(&file.to_string_lossy())));
    }
    if let Some(when) = &context.global.as_of {
        command.push_str(&format!(" --as-of {}", quoted(when)));
    }
    context.printer.next(&command);
}

/// The next command on the way from an empty database to the first live run; none where it has been gone.
pub fn on_the_way(context: &mut Context) -> Option<&'static str> {
    // a remark: where it cannot be found out (a role that may not look) nothing is said
    if !context.printer.to_terminal() {
        return None;
    }
    Some(match beginning::missing(context.connection().ok()?).ok()?? {
        Missing::Employees => "wvl employee import FILE.csv --dry-run",
        Missing::Customers => "wvl customer import FILE.csv --dry-run",
        Missing::Items => "wvl document import FILE.csv --dry-run",
        Missing::Baseline => "wvl escalate baseline --dry-run",
    })
}

/// Whether this is the database of the demo.
pub fn is_demo(context: &mut Context) -> bool {
    context.connection().is_ok_and(|connection| mark::require(connection).is_ok())
}
