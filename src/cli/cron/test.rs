//! `wvl cron test`: a job as cron would start it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use wvl::error::{Error, Kind, Result};
use wvl::job::catalog::ESCALATE_RUN;
use wvl::job::{self, JOBS, Job};
use wvl::outbox::settings::MailMode;
use wvl::output::{Cell, Format, Output, Table, column, visible};

use crate::cli::{Context, next};

/// Starts a program in a session without a terminal.
const SETSID: &str = "/usr/bin/setsid";
/// So many lines of what a job says are shown at a terminal.
const LINES: usize = 20;

/// Run a job as cron would: with an almost empty environment and without a terminal
///
/// By default as a dry run: nothing is written, sent or moved. With --live it is a real run. cron gives a job SHELL, HOME,
/// LOGNAME and PATH=/usr/bin:/bin, and so does this; what your shell sets besides (a password, a PATH) is not there.
///
/// Examples:
///   wvl cron test escalate-run
///   wvl cron test mail-flush --live
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The job: escalate-run, mail-flush, import-run, escalate-purge or db-dump
    job: String,
    /// A real run, not a dry one
    #[arg(long)]
    live: bool,
}

/// How it went.
struct Trial {
    job: &'static Job,
    command: String,
    environment: Vec<String>,
    is_dry: bool,
    /// None if a signal ended it.
    exit_code: Option<i32>,
    milliseconds: i64,
    stdout: String,
    stderr: String,
}

/// Tries it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let known: Vec<&str> = JOBS.iter().filter(|job| job.schedule.is_some()).map(|job| job.key).collect();
    let Some(job) = job::named(&args.job).filter(|job| job.schedule.is_some()) else {
        let near = wvl::config::nearest(&args.job, known.iter().copied());
        let error = Error::usage(format!("there is no job “{}” for cron", args.job));
        return Err(error.hint(match near {
            Some(near) => format!("did you mean {near}?"),
            None => format!("one of {}", known.join(", ")),
        }));
    };
    let is_dry = !args.live || context.global.dry_run;
    let user = super::user()?;
    let command = super::call(context)?.shell(&format!("{}{}", job.command, if is_dry { " --dry-run" } else { "" }));
    let environment = vec![
        "SHELL=/bin/sh".to_owned(),
        format!("HOME={}", user.dir.display()),
        format!("LOGNAME={}", user.name),
        "PATH=/usr/bin:/bin".to_owned(),
    ];
    let mut process = match Path::new(SETSID).exists() {
        true => Command::new(SETSID),
        false => Command::new("/bin/sh"),
    };
    if Path::new(SETSID).exists() {
        process.args(["--wait", "/bin/sh"]);
    }
    process.args(["-c", &command]).env_clear().stdin(Stdio::null());
    process.envs(environment.iter().filter_map(|variable| variable.split_once('=')));
    process.current_dir(&user.dir);
    let waiting = context.printer.waiting("Test");
    let started = Instant::now();
    let output = process.output().map_err(|error| {
        Error::new(Kind::Failed, format!("cannot start /bin/sh in {}", user.dir.display()))
            .caused_by(error)
            .hint("cron starts a job in the home that passwd names, which must exist")
    })?;
    let milliseconds = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    drop(waiting);
    let trial = Trial {
        job,
        command,
        environment,
        is_dry,
        exit_code: output.status.code(),
        milliseconds,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    match context.printer.to_terminal() && context.printer.format() == Format::Table {
        true => {
            context.printer.data(&trial.told())?;
            name_next(context, &trial)?;
        }
        false => context.printer.record(&trial)?,
    }
    match trial.exit_code {
        Some(0) => Ok(()),
        code => {
            let ended = code.map_or("was ended by a signal".to_owned(), |code| format!("ended with exit code {code}"));
            Err(Error::new(Kind::Failed, format!("under cron {} {ended}", job.name))
                .hint("what it needs of your shell, cron does not have: write it into the configuration"))
        }
    }
}

fn name_next(context: &mut Context, trial: &Trial) -> Result<()> {
    let settings = context.settings()?;
    let key = trial.job.key;
    let next = match (trial.exit_code, trial.is_dry, &settings.file) {
        (Some(0), true, Some(file)) if trial.job.key == ESCALATE_RUN.key && settings.mail.mode != MailMode::Live => {
            context.printer.note(&format!("wenn es gelten soll: mail.mode = \"live\" in {}, dann", file.display()));
            "wvl escalate run".to_owned()
        }
        (Some(0), true, _) => format!("wvl cron test {key} --live"),
        (Some(0), false, _) => format!("wvl runs list --job {key}"),
        _ => "wvl doctor".to_owned(),
    };
    next::name(context, &next);
    Ok(())
}

impl Trial {
    /// For people.
    fn told(&self) -> String {
        let mut text = format!("{}\n", self.command);
        text.push_str(&format!("  mit nichts als {}, ohne Terminal\n", self.environment.join(" ")));
        for (what, said) in [("Ausgabe", &self.stdout), ("Meldungen (cron schickt sie als Mail)", &self.stderr)] {
            let lines: Vec<&str> = said.lines().collect();
            if lines.is_empty() {
                continue;
            }
            text.push_str(&format!("\n{what}:\n"));
            lines.iter().take(LINES).for_each(|line| text.push_str(&format!("  {}\n", visible(line))));
            if lines.len() > LINES {
                text.push_str(&format!("  … und {} Zeilen mehr\n", lines.len() - LINES));
            }
        }
        let code = self.exit_code.map_or("durch ein Signal beendet".to_owned(), |code| format!("Exit-Code {code}"));
        text.push_str(&format!("\n{code} nach {} ms", self.milliseconds));
        if self.is_dry {
            text.push_str("; nur geprobt, nichts geschrieben und nichts verschickt");
        }
        text.push('\n');
        text
    }
}

impl Output for Trial {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("job", "Job"),
            column("command", "Befehl"),
            column("environment", "Umgebung"),
            column("dry_run", "Probe"),
            column("exit_code", "Exit-Code"),
            column("milliseconds", "Millisekunden"),
            column("stdout", "Ausgabe"),
            column("stderr", "Meldungen"),
        ]);
        table.push(vec![
            Cell::Text(self.job.key.to_owned()),
            Cell::Text(self.command.clone()),
            Cell::List(self.environment.clone()),
            Cell::Flag(self.is_dry),
            self.exit_code.map_or(Cell::Empty, |code| Cell::Int(i64::from(code))),
            Cell::Int(self.milliseconds),
            Cell::Text(self.stdout.clone()),
            Cell::Text(self.stderr.clone()),
        ]);
        table
    }
}
