//! `wvl cron print`: what cron or systemd would do, as text.

use std::path::{Path, PathBuf};

use nix::unistd::User;
use wvl::db::Cluster;
use wvl::error::{Error, Kind, Result};
use wvl::job::crontab;
use wvl::job::units::{PrivateCluster, Site, Unit};
use wvl::output::{Cell, Format, Table, column};

use crate::cli::Context;

/// Print the jobs as a crontab, or as units and timers of systemd
///
/// Times, and what hears of failures, stand in [job] of the configuration. With -O json or -O csv the jobs are a list.
///
/// Examples:
///   wvl cron print                                  the block that wvl cron install writes
///   wvl cron print --user wvl > /etc/cron.d/wvl     with a column for the user, as cron.d needs it
///   wvl cron print --systemd                        all units
///   wvl cron print --systemd --into /etc/systemd/system
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Units and timers of systemd; with a private database also wvl-db.service, which keeps it running
    #[arg(long)]
    systemd: bool,
    /// Write the units into this folder, each into its file
    #[arg(long, value_name = "DIR", requires = "systemd")]
    into: Option<PathBuf>,
    /// As this user [default: for systemd whoever runs this]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

/// Prints it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if args.systemd {
        return systemd(context, args);
    }
    super::with_block(context, args.user.as_deref(), |context, block| {
        if matches!(context.printer.format(), Format::Table | Format::Tsv) {
            context.printer.data(&block.text())?;
            if context.printer.to_terminal() {
                context.printer.note("→ wvl cron install");
            }
            return Ok(());
        }
        let now = context.now()?;
        let zone = super::zone_of_machine().unwrap_or(context.settings()?.zone);
        let mut table = Table::new(vec![
            column("job", "Job"),
            column("schedule", "Zeitplan"),
            column("next_at", "Nächster Lauf"),
            column("command", "Befehl"),
            column("about", "Aufgabe"),
        ]);
        for (job, schedule) in block.entries {
            table.push(vec![
                Cell::Text(job.key.to_owned()),
                Cell::Text(schedule.to_string()),
                Cell::instant(schedule.next_after(now, zone), zone),
                Cell::Text(block.call.shell(job.command)),
                Cell::Text(job.about.to_owned()),
            ]);
        }
        context.printer.list(&table)
    })
}

fn systemd(context: &mut Context, args: &Args) -> Result<()> {
    let units = units(context, args)?;
    let Some(folder) = &args.into else {
        let text: Vec<String> =
            units.iter().map(|unit| format!("# /etc/systemd/system/{}\n{}", unit.name, unit.text)).collect();
        context.printer.data(&text.join("\n"))?;
        if context.printer.to_terminal() {
            context.printer.note("→ wvl cron print --systemd --into /etc/systemd/system");
        }
        return Ok(());
    };
    for unit in &units {
        let path = folder.join(&unit.name);
        if context.global.dry_run {
            context.printer.note(&format!("würde {} schreiben", path.display()));
        } else {
            std::fs::write(&path, &unit.text).map_err(|error| Error::file("write", &path, error))?;
        }
    }
    let starts = |unit: &&Unit| unit.name.ends_with(".timer") || unit.text.contains("multi-user.target");
    let names: Vec<&str> = units.iter().filter(starts).map(|unit| unit.name.as_str()).collect();
    context.printer.job_done(&format!(
        "{} Dateien in {}\n  → systemctl daemon-reload && systemctl enable --now {}",
        units.len(),
        folder.display(),
        names.join(" ")
    ))
}

fn units(context: &mut Context, args: &Args) -> Result<Vec<Unit>> {
    let settings = context.settings()?;
    let own = super::user()?;
    let user = match &args.user {
        Some(name) => User::from_name(name)
            .ok()
            .flatten()
            .ok_or_else(|| Error::new(Kind::NotFound, format!("there is no user {name} on this machine")))?,
        None => own.clone(),
    };
    let cluster = Cluster::new(&settings.database, &context.environment.places())?;
    let mut private = PrivateCluster { state_dir: cluster.state_dir().to_path_buf(), socket_dir: cluster.socket_dir() };
    let mut writable = super::written(context, &settings)?;
    if user.uid != own.uid && settings.database.state_dir.is_none() {
        // the same rule as for whoever runs this, for somebody else
        let state_dir = match user.uid.is_root() {
            true => PathBuf::from("/var/lib/wvl"),
            false => user.dir.join(".local/state/wvl"),
        };
        let usual = std::mem::replace(&mut private.state_dir, state_dir.clone());
        private.socket_dir = state_dir.join("run");
        writable.retain(|folder| *folder != usual);
        writable.push(state_dir);
    }
    let (entries, left_out) = crontab::entries(&settings);
    // systemd is told the zone of the company
    super::say_what_is_missing(context, &settings, &left_out, settings.zone)?;
    let made_by_systemd = |folder: &Path| user.uid.is_root() && folder == Path::new("/var/lib/wvl");
    for folder in writable.iter().filter(|folder| !folder.exists() && !made_by_systemd(folder)) {
        // what is not there when a unit starts cannot be made from inside it
        context.printer.warn(&format!(
            "{} is not there yet: make it before the first start, as {} (wvl db migrate makes that of a private database)",
            folder.display(),
            user.name
        ));
    }
    let has_on_error =
        entries.iter().any(|(job, _)| settings.job.of(job).is_some_and(|rules| rules.on_error.is_some()));
    let site = Site {
        call: &super::call(context)?,
        entries: &entries,
        zone: settings.zone,
        user: &user.name,
        home: Path::new(&user.dir),
        writable: &writable,
        readable: &super::read(&settings),
        cluster: settings.database.is_private().then_some(&private),
        has_on_error,
    };
    Ok(site.units())
}
