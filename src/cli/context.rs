//! What a command works with: settings, database and printer, each made when it is first asked for.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use diesel::PgConnection;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use wvl::calendar::{dates, english, german};
use wvl::db::cluster::Status;
use wvl::db::{Cluster, Places};
use wvl::error::{Error, Kind, Result};
use wvl::outbox::message_id::SigningKeys;
use wvl::outbox::settings::create_signing_keys;
use wvl::output::{Printer, Settings as PrinterSettings};
use wvl::settings::Settings;
use wvl::template::Language;

use super::Global;

/// How often a run that waits for another one looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What main read from the environment; nothing else of it decides anything.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// WVL_CONFIG.
    pub config: Option<PathBuf>,
    /// WVL_PG_BINDIR: where the server's binaries lie.
    pub pg_bindir: Option<PathBuf>,
    /// PATH, the last place to look for the server's binaries.
    pub path: Option<std::ffi::OsString>,
    /// NO_COLOR is set.
    pub no_color: bool,
    /// The clock of this machine, where no database is asked.
    pub host_now: Option<DateTime<Utc>>,
    /// The same clock, for who compares it with another one.
    pub host_clock: Option<fn() -> DateTime<Utc>>,
}

impl Environment {
    /// Where the programs of a Postgres server may lie.
    pub fn places(&self) -> Places {
        Places { pg_bindir: self.pg_bindir.clone(), path: self.path.clone() }
    }
}

/// The signal that has come, if one has.
pub fn signal_of(noted: &AtomicUsize) -> Option<usize> {
    Some(noted.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
}

/// The context of one run.
pub struct Context {
    /// The global flags.
    pub global: Global,
    /// What main read from the environment.
    pub environment: Environment,
    /// The only way to speak.
    pub printer: Printer,
    settings: Option<Rc<Settings>>,
    warnings: Vec<String>,
    connection: Option<PgConnection>,
    now: Option<DateTime<Utc>>,
    signal: Option<Arc<AtomicUsize>>,
    /// What `check` has answered; its exit code.
    pub answered: Option<wvl::watch::plugin::State>,
}

impl Context {
    /// A context; nothing is read or opened yet.
    pub fn new(global: Global, environment: Environment) -> Context {
        let printer = Printer::new(PrinterSettings {
            format: if global.json { Some(wvl::output::Format::Json) } else { global.format },
            file: global.file().map(Path::to_owned),
            columns: global.columns.clone(),
            sort: global.sort.clone(),
            // less than nothing is refused where the command reads it
            limit: global.limit.map(|limit| usize::try_from(limit).unwrap_or(0)),
            color: global.color.into(),
            no_color: environment.no_color,
            quiet: global.quiet,
            language: global.language(),
            // no other stream: what goes into a pipe or a file is not shortened
            width: terminal_size::terminal_size_of(std::io::stdout())
                .filter(|_| global.file().is_none())
                .map(|(width, _)| width.0),
        });
        Context {
            global,
            environment,
            printer,
            settings: None,
            warnings: Vec::new(),
            connection: None,
            now: None,
            signal: None,
            answered: None,
        }
    }

    /// Says what is allowed in the configuration and probably not meant; once, and only to somebody who reads along:
    /// `config validate` says it to everybody.
    pub fn tell_warnings(&mut self) -> Result<()> {
        self.settings()?;
        for warning in std::mem::take(&mut self.warnings).iter().filter(|_| self.printer.has_reader()) {
            self.printer.warn(warning);
        }
        Ok(())
    }

    /// The same, for whoever says it himself: not told any more.
    pub fn take_warnings(&mut self) -> Result<Vec<String>> {
        self.settings()?;
        Ok(std::mem::take(&mut self.warnings))
    }

    /// The settings; read once.
    pub fn settings(&mut self) -> Result<Rc<Settings>> {
        if let Some(settings) = &self.settings {
            return Ok(Rc::clone(settings));
        }
        let (settings, warnings) = Settings::find(self.global.config.as_deref(), self.environment.config.as_deref())?;
        self.warnings = warnings.iter().map(ToString::to_string).collect();
        let settings = Rc::new(settings);
        self.settings = Some(Rc::clone(&settings));
        Ok(settings)
    }

    /// The database, with the schema of this version.
    pub fn connection(&mut self) -> Result<&mut PgConnection> {
        if self.connection.is_none() {
            self.require_database()?;
            let mut connection = self.connect_to_any_schema()?;
            wvl::db::migrations::check_schema(&mut connection)?;
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or_else(|| Error::bug("no connection after connecting"))
    }

    /// The same where its server runs already: whoever only looks must not start one.
    pub fn running_connection(&mut self) -> Result<&mut PgConnection> {
        self.require_database()?;
        let settings = self.settings()?;
        if settings.database.is_private() {
            let cluster = Cluster::new(&settings.database, &self.environment.places())?;
            // for a cluster of somebody else's connecting says the same, and who may start it
            if let Status::Stopped { .. } = cluster.status()? {
                return Err(Error::new(Kind::Unavailable, "the private database does not run")
                    .hint("wvl db start; every job starts it too"));
            }
        }
        self.connection()
    }

    /// Gives the connection up; the next one to ask for it gets a new one.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// A private cluster that nobody has made is not made by the way: its schema would be missing all the same.
    fn require_database(&mut self) -> Result<()> {
        let settings = self.settings()?;
        if !settings.database.is_private() {
            return Ok(());
        }
        let cluster = Cluster::new(&settings.database, &self.environment.places())?;
        // to a guest connecting says who can make it
        if cluster.guest().is_some() || cluster.status()? != Status::NotCreated {
            return Ok(());
        }
        Err(Error::config("there is no database yet")
            .hint("wvl demo start makes a company to look at, with a database of its own")
            .hint("wvl db migrate makes the real one, or [database] url names one that exists"))
    }

    /// The database beside the printer: for what is printed while it is read.
    pub fn connection_and_printer(&mut self) -> Result<(&mut PgConnection, &Printer)> {
        self.connection()?;
        let connection = self.connection.as_mut().ok_or_else(|| Error::bug("no connection after connecting"))?;
        Ok((connection, &self.printer))
    }

    /// A connection of its own, whatever the schema: for `db` and for workers.
    pub fn connect_to_any_schema(&mut self) -> Result<PgConnection> {
        let settings = self.settings()?;
        wvl::db::connect(&settings.database, &self.environment.places())
    }

    /// Opens connections like that one, from any thread.
    pub fn connector(&mut self) -> Result<impl Fn() -> Result<PgConnection> + Sync + use<>> {
        let (settings, places) = (self.settings()?.database.clone(), self.environment.places());
        Ok(move || wvl::db::connect(&settings, &places))
    }

    /// The error that ends the run: if the connection broke in a COMMIT, with the answer to what became of it.
    pub fn settle(&self, error: Error) -> Error {
        match &self.settings {
            Some(settings) => wvl::db::after_lost_commit(&settings.database, &self.environment.places(), error),
            None => error,
        }
    }

    /// Where wvl keeps what is neither configured nor in the database: the private cluster, a Maildir, signing keys.
    pub fn state_folder(&mut self) -> Result<PathBuf> {
        let settings = self.settings()?;
        Ok(Cluster::new(&settings.database, &self.environment.places())?.state_dir().to_path_buf())
    }

    /// The keys that sign Message-IDs: the configured file, else one in the state folder, made when it is first needed.
    pub fn signing_keys(&mut self) -> Result<SigningKeys> {
        let settings = self.settings()?;
        if let Some(file) = &settings.mail.signing_keys_file {
            return SigningKeys::read(file);
        }
        let cluster = Cluster::new(&settings.database, &self.environment.places())?;
        let file = cluster.state_dir().join("signing-keys");
        if !file.exists() {
            self.require_database()?;
            if cluster.guest().is_some() {
                return Err(Error::config(format!(
                    "mails are signed with keys in {}, which belongs to {}",
                    cluster.state_dir().display(),
                    cluster.owner_name()
                ))
                .hint("name a file that the user of the jobs may read as signing_keys_file in [mail]; wvl config generate writes one"));
            }
            cluster.create_state_dir()?;
            create_signing_keys(&file)?;
            cluster.hand_over(&file)?;
        }
        SigningKeys::read(&file)
    }

    /// From now on SIGINT and SIGTERM do not end the process: the number of the last one is noted here, and the command
    /// asks between two items. A second signal ends it at once.
    pub fn note_signals(&mut self) -> Result<Arc<AtomicUsize>> {
        if let Some(noted) = &self.signal {
            return Ok(Arc::clone(noted));
        }
        let noted = Arc::new(AtomicUsize::new(0));
        let has_come = Arc::new(AtomicBool::new(false));
        for (signal, number) in [(SIGINT, 2), (SIGTERM, 15)] {
            // in this order: the first signal finds the flag that it sets itself still unset
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&has_come))
                .and_then(|_| flag::register(signal, Arc::clone(&has_come)))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&noted), number))
                .map_err(|error| Error::bug("cannot listen to signals").caused_by(error))?;
        }
        self.signal = Some(Arc::clone(&noted));
        Ok(noted)
    }

    /// The error that ends the run if a signal was noted.
    pub fn check_signals(&self) -> Result<()> {
        match self.signal.as_ref().map_or(0, |noted| noted.load(Ordering::Relaxed)) {
            0 => Ok(()),
            signal => Err(Error::interrupted(signal)),
        }
    }

    /// Tries until nobody else is at work, for as long as `--wait` says; none if somebody still is. A noted signal ends it.
    pub fn until_free<T>(&mut self, mut attempt: impl FnMut(&mut Context) -> Result<Option<T>>) -> Result<Option<T>> {
        let (started, patience) = (Instant::now(), self.global.wait.unwrap_or_default());
        loop {
            self.check_signals()?;
            match attempt(self)? {
                None if started.elapsed() < patience => std::thread::sleep(LOOK_AGAIN),
                tried => return Ok(tried),
            }
        }
    }

    /// Whether `--as-of` puts this run on another local day than the clock does.
    pub fn is_another_day(&mut self) -> Result<bool> {
        let settings = self.settings()?;
        let clock = wvl::db::clock(self.connection()?)?;
        let day = |at: DateTime<Utc>| wvl::calendar::local_day(at, settings.zone);
        Ok(day(self.now()?) != day(clock))
    }

    /// Now: `--as-of`, else the database's clock, else the host's; truncated to the whole minute and read once.
    pub fn now(&mut self) -> Result<DateTime<Utc>> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        let clock = match &mut self.connection {
            Some(connection) => wvl::db::clock(connection)?,
            None => self.environment.host_now.ok_or_else(|| Error::bug("main did not read the clock"))?,
        };
        let now = match self.global.as_of.clone() {
            Some(text) => {
                let settings = self.settings()?;
                let at = dates::parse_instant(&text, &settings.moment(clock), dates::Lean::Back)?;
                if self.printer.to_terminal() {
                    let said = match self.global.language() {
                        Language::German => format!("Stand {}", german::instant(at, settings.zone)),
                        Language::English => format!("as of {}", english::instant(at, settings.zone)),
                    };
                    self.printer.note(&said);
                }
                at
            }
            None => clock,
        };
        let now = now
            .duration_trunc(TimeDelta::minutes(1))
            .map_err(|error| Error::usage("that instant is out of range").caused_by(error))?;
        self.now = Some(now);
        Ok(now)
    }
}
