//! The private cluster: a real Postgres for whoever has configured no address (DESIGN.md §12).
//!
//! It listens on a Unix socket only, is started by the first command that needs it, survives crashes (fsync is on), and lets
//! wvl in as the role `wvl`, which is no superuser: what is permitted here is permitted in production, and nothing more.
//! As root it lies in `/var/lib/wvl` and its processes belong to `postgres` (Postgres refuses to run as root), or to the user
//! whose folder that is; for a user it
//! lies in the state directory of the home that passwd names, so that cron and shell find the same one. Persons for whom it has
//! a role (`wvl role grant`) come in as that role, where their configuration names the same state directory.
//!
//! A state directory is one cluster: `data/`, the socket's folder `run/`, `log`, `lock`, and, if an administrator wants to
//! change settings, `postgresql.local.conf`. Several clusters side by side are several directories.

mod binaries;
mod creation;
mod door;
mod folders;
mod owner;
mod postmaster;
mod upgrade;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::db::parameters::Parameters;
use crate::db::settings::{DatabaseSettings, Places};
use crate::error::{Error, Kind, Result};

pub(super) use binaries::major_version;
pub use upgrade::{Upgraded, Versions};

use binaries::Binaries;
use owner::Owner;
use postmaster::Postmaster;

/// The role wvl connects as for the cluster's own user and for root, and the name of its database.
pub const NAME: &str = "wvl";
/// Every socket is in a folder of its own, so every cluster can have the same port.
const PORT: &str = "5432";
/// How long another process that starts or stops the cluster is waited for, and one that is starting.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the server that we have started ourselves may replay its log after a crash, beyond pg_ctl's own minute.
const RECOVERY: Duration = Duration::from_secs(600);
/// A server whose predecessor was killed may find the last of its backends still leaving.
const ATTEMPTS: u32 = 5;

/// What [`Cluster::start`] had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// Nothing: it was running.
    WasRunning,
    /// It existed and is running now.
    Started,
    /// It did not exist and is running now.
    Created,
}

/// What [`Cluster::status`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No command has needed it yet.
    NotCreated,
    /// It exists and does not run.
    Stopped {
        /// Major version of its data.
        version: u32,
    },
    /// It runs.
    Running {
        /// Major version of its data.
        version: u32,
        /// Process id of the postmaster.
        pid: i32,
    },
    /// It belongs to somebody else, so that neither its version nor its process can be known.
    Foreign {
        /// Somebody listens at its socket.
        answers: bool,
    },
}

/// One private cluster, running or not.
#[derive(Clone, Debug)]
pub struct Cluster {
    state_dir: PathBuf,
    owner: Owner,
    places: Places,
}

impl Cluster {
    /// The cluster these settings speak of. Touches nothing yet.
    pub fn new(settings: &DatabaseSettings, places: &Places) -> Result<Cluster> {
        let asked = match &settings.state_dir {
            Some(folder) => Some(folders::real_path(folder).map_err(|source| Error::file("find", folder, source))?),
            None => None,
        };
        let owner = Owner::of_cluster_in(asked.as_deref())?;
        let state_dir = asked.unwrap_or_else(|| owner.default_state_dir());
        // who sets the variable wants another server for this one call
        let pg_bindir = places.pg_bindir.clone().or_else(|| settings.pg_bindir.clone());
        Ok(Cluster { state_dir, owner, places: Places { pg_bindir, path: places.path.clone() } })
    }

    /// Makes the folder that holds everything of this cluster, where it is not there yet.
    pub fn create_state_dir(&self) -> Result<()> {
        folders::create_state_dir(&self.state_dir, &self.owner)
    }

    /// Gives a file of the state directory to whom that belongs: what root makes there, the jobs have to read.
    pub fn hand_over(&self, path: &Path) -> Result<()> {
        if folders::is_of(&self.state_dir, &self.owner) { self.owner.take(path) } else { Ok(()) }
    }

    /// The folder that holds everything of this cluster.
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Postgres' data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.state_dir.join("data")
    }

    /// The server's log.
    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("log")
    }

    /// The folder of the server's socket.
    pub fn socket_dir(&self) -> PathBuf {
        folders::socket_dir(&self.state_dir, &self.owner)
    }

    /// libpq's parameters for connecting as `wvl`, or as himself for a guest; there is no secret in them (the socket tells who
    /// we are).
    pub fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.set("host", self.socket_dir().to_string_lossy());
        parameters.set("port", PORT);
        parameters.set("user", self.guest().unwrap_or(NAME));
        parameters.set("dbname", NAME);
        if self.guest().is_some() {
            // a folder in /tmp may be a stranger's while the server is down
            parameters.set("requirepeer", self.owner_name());
        }
        parameters
    }

    /// The address, for `database.url` of another program on this machine.
    pub fn url(&self) -> String {
        self.parameters().masked()
    }

    /// Whether it exists and runs.
    pub fn status(&self) -> Result<Status> {
        if self.guest().is_some() {
            return self.status_for_guest();
        }
        let Some(version) = self.data_version()? else { return Ok(Status::NotCreated) };
        Ok(match Postmaster::running(&self.data_dir())? {
            Some(postmaster) => Status::Running { version, pid: postmaster.pid },
            None => Status::Stopped { version },
        })
    }

    /// Creates the cluster if it is not there, starts it if it does not run, and returns when it answers. Safe to be called
    /// by several processes at once: one works, the others wait for it.
    ///
    /// Errors: [`Kind::Forbidden`] for a guest, unless it runs.
    pub fn start(&self) -> Result<Started> {
        if self.guest().is_some() {
            return match self.status_for_guest()? {
                Status::Foreign { answers: true } => Ok(Started::WasRunning),
                _ => Err(self.refusal("does not run", Kind::Forbidden, "wvl db start")),
            };
        }
        folders::prepare_state_dir(&self.state_dir, &self.owner)?;
        let _lock = folders::lock(&self.state_dir, &self.owner, PATIENCE)?;
        let (binaries, created) = match self.data_version()? {
            Some(version) => (self.binaries_for(version)?, false),
            None => {
                let binaries = self.newest_binaries()?;
                creation::create(&self.state_dir, &self.owner, &binaries)?;
                (binaries, true)
            }
        };
        if let Some(postmaster) = Postmaster::running(&self.data_dir())? {
            postmaster.wait_until_ready(&self.data_dir(), PATIENCE)?;
            self.bring_along()?;
            return Ok(Started::WasRunning);
        }
        self.bring_along()?;
        self.launch(&binaries)?;
        Ok(if created { Started::Created } else { Started::Started })
    }

    /// Stops the server: open transactions are rolled back, everything committed is on disk. False if it did not run.
    ///
    /// Errors: [`Kind::Forbidden`] for a guest.
    pub fn stop(&self) -> Result<bool> {
        if self.guest().is_some() {
            return Err(self.refusal("is not yours to stop", Kind::Forbidden, "wvl db stop"));
        }
        let Some(version) = self.data_version()? else { return Ok(false) };
        let _lock = folders::lock(&self.state_dir, &self.owner, PATIENCE)?;
        if Postmaster::running(&self.data_dir())?.is_none() {
            return Ok(false);
        }
        self.stop_server(&self.binaries_for(version)?)?;
        Ok(true)
    }

    /// Stops the server that runs. The caller holds the lock.
    fn stop_server(&self, binaries: &Binaries) -> Result<()> {
        let log = folders::open_log(&self.log_file(), &self.owner)?;
        let mut command = self.owner.command(&binaries.pg_ctl());
        command.args(["stop", "--silent", "--wait", "--mode=fast", "--timeout", "60", "--pgdata"]).arg(self.data_dir());
        run_into_log(&mut command, log)?.map_err(|status| {
            Error::new(Kind::Temporary, format!("the private cluster did not stop ({status})"))
                .hint(format!("its log: {}", self.log_file().display()))
        })
    }

    /// The folder of psql and pg_dump that fit this cluster's data, else the newest.
    pub fn client_folder(&self) -> Result<PathBuf> {
        // a guest cannot look at the data; a newer psql knows what an older server has
        let version = if self.guest().is_some() { None } else { self.data_version()? };
        let binaries = match version {
            Some(version) => self.binaries_for(version)?,
            None => self.newest_binaries()?,
        };
        Ok(binaries.folder)
    }

    fn launch(&self, binaries: &Binaries) -> Result<()> {
        let socket_dir = folders::prepare_socket_dir(&self.state_dir, &self.owner)?;
        let log_file = self.log_file();
        folders::rotate_log(&log_file);
        let mut last_status = None;
        for attempt in 0..ATTEMPTS {
            std::thread::sleep(Duration::from_millis(400) * attempt);
            Postmaster::forget_dead(&self.data_dir())?;
            let log = folders::open_log(&log_file, &self.owner)?;
            let mut command = self.owner.command(&binaries.pg_ctl());
            command.args(["start", "--silent", "--wait", "--timeout", "60", "--pgdata"]).arg(self.data_dir());
            command.arg("--log").arg(&log_file);
            // the folder's name holds no quote and no space: prepare_socket_dir has checked. The rights are said here for data
            // of an older wvl, whose configuration says others
            let options = format!("-k {} -p {PORT} -c unix_socket_permissions=0777", socket_dir.display());
            command.arg("--options").arg(options);
            match run_into_log(&mut command, log)? {
                Ok(()) => return Ok(()),
                Err(status) => last_status = Some(status),
            }
            // pg_ctl gives up on a server that replays its log; the server does not
            if let Some(postmaster) = Postmaster::running(&self.data_dir())? {
                return postmaster.wait_until_ready(&self.data_dir(), RECOVERY);
            }
        }
        let status = last_status.map_or_else(String::new, |status| format!(" ({status})"));
        let mut error = Error::new(Kind::Unavailable, format!("the private cluster does not start{status}"));
        for line in folders::last_lines(&log_file, 3) {
            error = error.hint(format!("server: {line}"));
        }
        Err(error.hint(format!("its log: {}", log_file.display())))
    }

    /// Major version of the data, none if there is no cluster yet.
    fn data_version(&self) -> Result<Option<u32>> {
        Cluster::version_in(&self.data_dir())
    }

    fn version_in(data: &Path) -> Result<Option<u32>> {
        let path = data.join("PG_VERSION");
        match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| {
                Error::config(format!("{} holds {:?}, which is no version of Postgres", path.display(), text.trim()))
            }),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                if data.exists() {
                    return Err(Error::config(format!("{} exists but is no Postgres cluster", data.display()))
                        .hint("move it away, or set database.state_dir to another folder"));
                }
                Ok(None)
            }
            Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(Error::config(format!("the private cluster in {} belongs to another user", data.display()))
                    .hint("run wvl as that user or as root, or set database.state_dir to a cluster of your own"))
            }
            Err(source) => Err(Error::file("read", &path, source)),
        }
    }

    fn newest_binaries(&self) -> Result<Binaries> {
        let binaries = binaries::newest(&self.places)?;
        if binaries.version < crate::db::migrations::OLDEST_SERVER {
            return Err(Error::config(format!(
                "{} is Postgres {}; wvl needs {} or newer",
                binaries.folder.display(),
                binaries.version,
                crate::db::migrations::OLDEST_SERVER
            )));
        }
        Ok(binaries)
    }

    /// Data of one major version can be opened by the programs of that version only.
    fn binaries_for(&self, version: u32) -> Result<Binaries> {
        let found = binaries::all(&self.places)?;
        if let Some(fitting) = found.iter().find(|binaries| binaries.version == version) {
            return Ok(fitting.clone());
        }
        Err(self.no_binaries(version, found.first()))
    }

    /// The error of data that no program here can open; `newest` is what is installed instead.
    fn no_binaries(&self, version: u32, newest: Option<&Binaries>) -> Error {
        let installed = newest.map_or("none".to_owned(), |newest| newest.version.to_string());
        let data = self.data_dir();
        let error = Error::config(format!(
            "{} was made by Postgres {version}, and the newest that is installed here is {installed}",
            data.display()
        ))
        .hint(format!("apt-get install postgresql-{version}, and everything is as before"))
        .hint("if the distribution no longer has it: /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh, and once more");
        match newest {
            Some(newest) if newest.version > version => {
                error.hint(format!("then wvl db upgrade brings the data to Postgres {}", newest.version))
            }
            _ => error,
        }
    }
}

/// Runs a program of Postgres with all its output in the log: a pipe of ours would be inherited by the server, and whoever
/// waits for the end of our output (cron) would wait for the server. Outer error: it could not be run at all.
fn run_into_log(
    command: &mut Command,
    log: std::fs::File,
) -> Result<std::result::Result<(), std::process::ExitStatus>> {
    let program = command.get_program().to_os_string();
    let cannot = |source| Error::file("run", Path::new(&program), source);
    let second = log.try_clone().map_err(cannot)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::from(log))
        .stderr(Stdio::from(second))
        .status()
        .map_err(|source| Error::file("run", Path::new(&program), source))?;
    Ok(if status.success() { Ok(()) } else { Err(status) })
}

/// Asks again and again until an answer comes or patience ends.
fn wait_for<T>(patience: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask()? {
            return Ok(Some(answer));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
