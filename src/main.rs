//! Arguments → configuration → context → dispatch → error → exit code.

use std::process::ExitCode;

use wvl::error::{Error, Kind};

mod cli;

fn main() -> ExitCode {
    if let Some(words) = cli::completions::asked(std::env::args_os()) {
        return complete(words);
    }
    let cli::Command { global, noun } = match cli::Command::read(std::env::args_os()) {
        Ok(command) => command,
        Err(error) => return refuse(&error),
    };
    let json = global.errors_as_json();
    #[cfg(feature = "failpoints")]
    if let Err(error) = wvl::failpoint::set_up(orders()) {
        wvl::output::command_line_error(&error);
        return ExitCode::from(error.kind().exit_code());
    }
    let environment = environment();
    let is_check = matches!(noun, cli::Noun::Check(_));
    let outcome = std::panic::catch_unwind(move || {
        let mut context = cli::Context::new(global, environment);
        let outcome = cli::run(&mut context, noun);
        let written = context.printer.finish();
        if is_check {
            return cli::check::end(&context, outcome.and(written));
        }
        match outcome.and(written) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let error = context.settle(error);
                context.printer.error(&error, json);
                ExitCode::from(error.kind().exit_code())
            }
        }
    });
    // the panic itself has already said where
    match outcome {
        Ok(code) => code,
        Err(_) if is_check => cli::check::unknown(&Error::bug("wvl check broke off; standard error says where")),
        Err(_) => ExitCode::from(Kind::Bug.exit_code()),
    }
}

/// All that the environment decides.
fn environment() -> cli::Environment {
    cli::Environment {
        config: std::env::var_os("WVL_CONFIG").map(Into::into),
        pg_bindir: std::env::var_os("WVL_PG_BINDIR").map(Into::into),
        path: std::env::var_os("PATH"),
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        host_now: Some(chrono::Utc::now()),
        host_clock: Some(chrono::Utc::now),
    }
}

/// Answers a shell that completes a command line. Whatever goes wrong, there is nothing to offer.
fn complete(words: Vec<std::ffi::OsString>) -> ExitCode {
    let answer = std::panic::catch_unwind(|| cli::completions::answer(words, &environment()));
    drop(std::io::Write::write_all(&mut std::io::stdout(), answer.unwrap_or_default().as_bytes()));
    ExitCode::SUCCESS
}

/// What a test wants of this process.
#[cfg(feature = "failpoints")]
fn orders() -> wvl::failpoint::Orders {
    wvl::failpoint::Orders {
        points: std::env::var("FAILPOINTS").ok(),
        kill_at: std::env::var("WVL_KILL_AT").ok(),
        log: std::env::var_os("WVL_KILL_LOG").map(Into::into),
    }
}

/// Arguments that are no command: the help that was asked for, or what is wrong with them.
fn refuse(error: &clap::Error) -> ExitCode {
    // a stream that was closed has no reader to miss it; the help that a full disk swallowed was asked for
    if let Err(failure) = error.print()
        && !error.use_stderr()
        && failure.kind() != std::io::ErrorKind::BrokenPipe
    {
        return ExitCode::from(Kind::Temporary.exit_code());
    }
    if error.use_stderr() && cli::check::is_meant(std::env::args_os()) {
        return cli::check::unknown(&cli::as_error(&error.to_string()));
    }
    if error.use_stderr() && cli::asks_for_json(std::env::args_os()) {
        wvl::output::command_line_error(&cli::as_error(&error.to_string()));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Kind::Usage.exit_code()))
}
