//! Arguments → configuration → context → dispatch → error → exit code.

use std::process::ExitCode;

use wvl::error::Kind;

mod cli;

fn main() -> ExitCode {
    let cli::Command { global, noun } = cli::Command::read(std::env::args_os());
    let json = global.json;
    let environment = cli::Environment {
        config: std::env::var_os("WVL_CONFIG").map(Into::into),
        pg_bindir: std::env::var_os("WVL_PG_BINDIR").map(Into::into),
        path: std::env::var_os("PATH"),
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        host_now: Some(chrono::Utc::now()),
    };
    let outcome = std::panic::catch_unwind(move || {
        let mut context = cli::Context::new(global, environment);
        match cli::run(&mut context, noun) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let error = context.settle(error);
                context.printer.error(&error, json);
                ExitCode::from(error.kind().exit_code())
            }
        }
    });
    // the panic itself has already said where
    outcome.unwrap_or(ExitCode::from(Kind::Bug.exit_code()))
}
