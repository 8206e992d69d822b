//! `wvl demo`: a company of its own to look at, and a million documents to measure with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wvl::calendar::{Calendar, german};
use wvl::demo::instant::{self, DemoInstant};
use wvl::demo::place::Place;
use wvl::error::{Error, Result};
use wvl::escalation::rules::DEFAULT_CALENDAR;
use wvl::outbox::{self, FlushLimits, FlushReport};
use wvl::settings::Settings;

use super::Context;
use super::registers::quoted;

mod env;
mod load;
mod start;
mod stop;
mod tour;

/// The verbs of `wvl demo`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl demo start && wvl demo tour\n  eval \"$(wvl demo env)\"")]
pub enum Verb {
    Start(start::Args),
    Tour(tour::Args),
    Env(env::Args),
    Load(load::Args),
    Stop(stop::Args),
}

/// Runs a verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Start(args) => start::run(context, &args),
        Verb::Tour(args) => tour::run(context, &args),
        Verb::Env(args) => env::run(context, &args),
        Verb::Load(args) => load::run(context, &args),
        Verb::Stop(args) => stop::run(context, &args),
    }
}

/// Where the demo lives.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// Folder of the demo [default: /var/lib/wvl-demo for root, ~/.local/state/wvl-demo for others]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl PlaceArgs {
    fn place(&self) -> Result<Place> {
        self.folder.as_deref().map_or_else(Place::usual, Place::at)
    }

    /// The place of a demo that was started before.
    fn existing(&self) -> Result<Place> {
        let place = self.place()?;
        if place.exists() {
            return Ok(place);
        }
        Err(Error::usage(format!("there is no demo in {}", place.folder().display())).hint("wvl demo start"))
    }
}

/// Makes the context work with the demo's configuration, whatever was configured otherwise.
fn work_in(context: &mut Context, place: &Place) {
    context.global.config = Some(place.config());
}

/// The demo's instant for this run, and how it is said.
fn instant(context: &mut Context) -> Result<DemoInstant> {
    context.connection()?;
    let now = context.now()?;
    let settings = context.settings()?;
    let found = instant::demo_instant(now, &instant::calendars(&settings)).ok_or_else(|| {
        Error::config("for two months there was no minute at which the windows of all active types were open")
            .hint("look at the windows in the demo's configuration: wvl escalate types")
    })?;
    // what was asked for with --as-of is not now, so the next command has to be told too
    Ok(DemoInstant { is_now: found.is_now && context.global.as_of.is_none(), ..found })
}

/// How the instant is said, and how commands are told of it.
fn said_instant(at: DemoInstant, zone: chrono_tz::Tz) -> String {
    let day = german::instant(at.at, zone);
    match at.is_now {
        true => format!("Die Demo spielt jetzt: {day}."),
        false => format!("Die Demo spielt am {day}, als alle Bereiche offen waren ({}).", as_of(at, zone)),
    }
}

/// The flag for commands, empty if the demo plays now.
fn as_of(at: DemoInstant, zone: chrono_tz::Tz) -> String {
    match at.is_now {
        true => String::new(),
        false => format!("--as-of {}", at.at.with_timezone(&zone).format("%Y-%m-%dT%H:%M")),
    }
}

/// How the commands of the demo are told where it lies; empty where it lies in its usual place.
fn folder_flag(place: &Place) -> String {
    let is_usual = Place::usual().is_ok_and(|usual| usual.folder() == place.folder());
    let folder = || quoted(&place.folder().to_string_lossy());
    if is_usual { String::new() } else { format!(" --folder {}", folder()) }
}

/// The calendar whose working days the demo counts.
fn default_calendar(settings: &Settings) -> Result<&Calendar> {
    settings.calendar(DEFAULT_CALENDAR).ok_or_else(|| Error::bug("there is no calendar “default”"))
}

/// Delivers what is queued into the demo's Maildir.
fn deliver(context: &mut Context) -> Result<FlushReport> {
    let settings = context.settings()?;
    let lanes = outbox::lanes(&settings.mail, &context.state_folder()?)?;
    let connect = context.connector()?;
    outbox::flush(context.connection()?, &connect, &settings.mail, &lanes, FlushLimits::default())
}
