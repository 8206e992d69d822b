//! A copy of the database as one file: pg_dump's custom format, consistent, complete under its name or not there at all.
//!
//! Of a configured database it holds the schema `wvl` (the rest is somebody else's); of the private cluster the whole
//! database, with whatever an administrator has made beside it. Roles and who is a member of them belong to the server and
//! are in no dump.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::db::connection::address;
use crate::db::parameters::Parameters;
use crate::db::programs::{self, Program};
use crate::db::settings::{DatabaseSettings, Places};
use crate::db::{Cluster, error, migrations, rights};
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// How long pg_dump waits for a table that a migration has locked.
const LOCK_WAIT: &str = "--lock-wait-timeout=60s";
/// What a dump without a name of its own is called, by the company's clock.
const NAME: &str = "wvl-%Y-%m-%d-%H%M%S.dump";
/// Behind the name of one that is being written, with a dot before it.
const UNFINISHED: &str = ".new";

/// The name of a dump of this instant.
pub fn default_name(now: DateTime<Utc>, zone: Tz) -> String {
    now.with_timezone(&zone).format(NAME).to_string()
}

/// Makes the dump under this name; a file that has it is replaced when the new one is complete. Returns its size in bytes.
///
/// `interrupted` is asked again and again; the number of a signal ends it. Errors: of kind `Temporary` if the disk is full or
/// another dump is writing the same file, `Config` if there is no pg_dump for this server or nothing to dump, `Forbidden` if the
/// role may not read everything.
pub fn dump(
    connection: PgConnection,
    settings: &DatabaseSettings,
    places: &Places,
    file: &Path,
    interrupted: &dyn Fn() -> Option<usize>,
) -> Result<u64> {
    let program = prepare(connection, settings, places)?;
    let unfinished = Unfinished::begin(file)?;
    let target = unfinished.file.try_clone().map_err(|source| Error::file("write", file, source))?;
    run(program, Stdio::from(target), interrupted)?;
    failpoint::pass("dump-written");
    unfinished.finish()
}

/// The same into an open stream, such as standard output.
pub fn dump_into(
    connection: PgConnection,
    settings: &DatabaseSettings,
    places: &Places,
    stream: impl Into<Stdio>,
    interrupted: &dyn Fn() -> Option<usize>,
) -> Result<()> {
    run(prepare(connection, settings, places)?, stream.into(), interrupted)
}

/// Somebody else is writing a dump of this name.
#[derive(Debug)]
struct AtWork;

impl std::fmt::Display for AtWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another dump is writing it")
    }
}

impl std::error::Error for AtWork {}

/// Whether a dump was not made because another one of its name is being made.
pub fn is_at_work(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<AtWork>())
}

/// What may go from the folder of `new`, of which `keep` dumps are to stay: the older ones with a name of ours, told by it, and
/// what killed dumps have left. Never `new` itself, whatever the clock said when the others were made.
pub fn superfluous(new: &Path, keep: usize) -> Result<Vec<PathBuf>> {
    let folder = folder_of(new);
    let entries = std::fs::read_dir(folder).map_err(|source| Error::file("read", folder, source))?;
    let is_ours = |name: &str| NaiveDateTime::parse_from_str(name, NAME).is_ok();
    let (mut names, mut left) = (Vec::new(), Vec::new());
    for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let unfinished = name.strip_prefix('.').and_then(|name| name.strip_suffix(UNFINISHED));
        if is_ours(&name) && new.file_name().is_none_or(|new| new != name.as_str()) {
            names.push(name);
        } else if unfinished.is_some_and(is_ours) && is_abandoned(&folder.join(&name)) {
            left.push(name);
        }
    }
    // the name is the instant, the greatest the newest
    names.sort_by(|one, other| other.cmp(one));
    left.extend(names.into_iter().skip(keep.saturating_sub(1)));
    Ok(left.iter().map(|name| folder.join(name)).collect())
}

/// Whether nobody writes it any more.
fn is_abandoned(unfinished: &Path) -> bool {
    let mut options = OpenOptions::new();
    let file = options.write(true).custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits()).open(unfinished);
    file.is_ok_and(|file| file.try_lock().is_ok())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Asks the server what it is, so that the right pg_dump is taken.
fn prepare(mut connection: PgConnection, settings: &DatabaseSettings, places: &Places) -> Result<Program> {
    if migrations::versions(&mut connection)?.is_empty() {
        return Err(Error::config("the database is empty: there is nothing of wvl to dump").hint("wvl db status"));
    }
    // pg_dump would name one table or sequence after the other, and no group
    rights::require_dump(&mut connection)?;
    let path = programs::find("pg_dump", server_version(&mut connection)?, settings, places)?;
    let parameters = parameters(settings, places)?;
    let mut program = Program::on_database(&path, &parameters)?;
    // how values are compressed is for the server that they come to: it may be built without what this one has
    program.command.args(["--format=custom", "--no-password", "--no-toast-compression", LOCK_WAIT]);
    if !settings.is_private() {
        program.command.arg("--schema=wvl");
    }
    program.command.arg("--dbname").arg(parameters.masked());
    Ok(program)
}

/// The address of the database, private or configured, with its password.
pub(super) fn parameters(settings: &DatabaseSettings, places: &Places) -> Result<Parameters> {
    if settings.is_private() { Ok(Cluster::new(settings, places)?.parameters()) } else { address(settings, true) }
}

/// The server's major version.
pub(super) fn server_version(connection: &mut PgConnection) -> Result<u32> {
    let number = diesel::dsl::sql::<Integer>("current_setting('server_version_num')::int");
    let number: i32 = diesel::select(number).get_result(connection)?;
    Ok(number.unsigned_abs() / 10_000)
}

/// Runs pg_dump or pg_restore to its end, or until a signal comes.
pub(super) fn run(mut program: Program, stdout: Stdio, interrupted: &dyn Fn() -> Option<usize>) -> Result<()> {
    let path = PathBuf::from(program.command.get_program());
    // its messages are told apart by their words; those of the server are known in two languages
    program.command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    let mut child = program.command.spawn().map_err(|source| Error::file("run", &path, source))?;
    // it holds our end of the file too
    drop(program);
    let stderr = child.stderr.take();
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        stderr.map(|stderr| stderr.take(100_000).read_to_end(&mut said)).transpose().map(|_| said)
    });
    let status = wait(&mut child, interrupted).map_err(|source| Error::file("run", &path, source))?;
    if let Some(signal) = interrupted() {
        return Err(Error::taken_back(signal));
    }
    if status.success() {
        return Ok(());
    }
    let said = said.join().ok().and_then(std::io::Result::ok).unwrap_or_default();
    Err(refusal(&path, status, &String::from_utf8_lossy(&said)))
}

/// Waits for the end; a signal of ours is handed on.
fn wait(child: &mut Child, interrupted: &dyn Fn() -> Option<usize>) -> std::io::Result<ExitStatus> {
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupted().is_some() {
            let _ = i32::try_from(child.id()).map(|pid| kill(Pid::from_raw(pid), Signal::SIGTERM));
            return child.wait();
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// What a program of Postgres said last, as one of our errors. Details of the server hold values of rows and are left out.
fn refusal(path: &Path, status: ExitStatus, said: &str) -> Error {
    let program = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let begin = format!("{program}: error: ");
    let lines: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix(&begin)).collect();
    let Some(first) = lines.first() else {
        return Error::new(Kind::Temporary, format!("{program} ended without a word ({status})"));
    };
    let error = if first.contains("connection to server") && !first.contains("lost") {
        error::by_text(first).with_kind(match error::by_text(first).kind() {
            Kind::Temporary => Kind::Temporary,
            _ => Kind::Unavailable,
        })
    } else {
        error::by_text(first)
    };
    let error = Error::new(error.kind(), format!("{program}: {first}"));
    match error.kind() {
        Kind::Forbidden => error
            .hint("a dump reads everything: as the role that owns the tables, or once as a superuser:")
            .hint("GRANT pg_read_all_data TO … (the role of wvl; wvl db status shows it)"),
        _ => error,
    }
}

/// A dump that is being written beside the name it will have. Who holds the lock writes it; what a killed one has left is
/// begun anew.
struct Unfinished {
    file: File,
    meanwhile: PathBuf,
    name: PathBuf,
    done: bool,
}

impl Unfinished {
    fn begin(name: &Path) -> Result<Unfinished> {
        let cannot = |source| Error::file("write", name, source);
        // behind a link the file is replaced, not the link
        let name = match std::fs::metadata(name) {
            Ok(found) if found.is_file() => name.canonicalize().map_err(cannot)?,
            Ok(_) => return Err(Error::usage(format!("{} is no regular file", name.display()))),
            Err(_) => name.to_path_buf(),
        };
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name.file_name().unwrap_or_default());
        beside.push(UNFINISHED);
        let meanwhile = name.with_file_name(beside);
        // a link that somebody has put there is not followed
        let flags = nix::fcntl::OFlag::O_NOFOLLOW.bits();
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600).custom_flags(flags);
        let file = loop {
            let file = options.open(&meanwhile).map_err(cannot)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let at_work = Error::new(Kind::Temporary, format!("cannot write {}", name.display()));
                    return Err(at_work.caused_by(AtWork));
                }
                Err(TryLockError::Error(source)) => return Err(cannot(source)),
            }
            // another one may have ended between the two: what was opened has its own name by now
            let ours = file.metadata().map_err(cannot)?.ino();
            if std::fs::symlink_metadata(&meanwhile).is_ok_and(|there| there.ino() == ours) {
                break file;
            }
        };
        // everything of the company is in it, and in what is left of an older one too
        let private = std::fs::Permissions::from_mode(0o600);
        file.set_permissions(private).and_then(|()| file.set_len(0)).map_err(cannot)?;
        Ok(Unfinished { file, meanwhile, name, done: false })
    }

    /// It is whole: it takes its name. Returns its size.
    fn finish(mut self) -> Result<u64> {
        let cannot = |source| Error::file("write", &self.name, source);
        self.file.sync_all().map_err(cannot)?;
        failpoint::pass("dump-synced");
        let size = self.file.metadata().map_err(cannot)?.len();
        std::fs::rename(&self.meanwhile, &self.name).map_err(cannot)?;
        self.done = true;
        failpoint::pass("dump-renamed");
        let folder = folder_of(&self.name);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| Error::file("sync", folder, source))?;
        Ok(size)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            drop(std::fs::remove_file(&self.meanwhile));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "wvl-2026-11-20-040000.dump",
            "wvl-2026-11-22-040000.dump",
            "wvl-2026-11-21-040000.dump",
            "wvl-2026-11-19-by-hand.dump",
            "wvl-2026-11-18-040000.dump.gpg",
            "important.dump",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = |name: &str| folder.path().join(name);
        let newest = path("wvl-2026-11-22-040000.dump");
        assert_eq!(superfluous(&newest, 2).unwrap(), [path("wvl-2026-11-20-040000.dump")]);
        assert!(superfluous(&newest, 3).unwrap().is_empty());
        // a clock that was wrong, or an hour that came twice: the one just made stays
        let left = superfluous(&path("wvl-2026-11-20-040000.dump"), 1).unwrap();
        assert_eq!(left, [newest, path("wvl-2026-11-21-040000.dump")]);
    }

    #[test]
    fn what_a_killed_dump_has_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [".wvl-2026-11-20-040000.dump.new", ".by-hand.dump.new"] {
            std::fs::write(path(name), "").unwrap();
        }
        let at_work = Unfinished::begin(&path("wvl-2026-11-21-040000.dump")).unwrap();
        let left = superfluous(&path("wvl-2026-11-22-040000.dump"), 5).unwrap();
        assert_eq!(left, [path(".wvl-2026-11-20-040000.dump.new")]);
        drop(at_work);
    }

    #[test]
    fn names_follow_the_companys_clock() {
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        assert_eq!(default_name(now, chrono_tz::Europe::Berlin), "wvl-2026-11-22-040000.dump");
    }

    #[test]
    fn one_writes_and_the_other_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("a.dump");
        std::fs::write(&name, "old").unwrap();
        let first = Unfinished::begin(&name).unwrap();
        let refused = Unfinished::begin(&name).err().unwrap();
        assert!(refused.kind() == Kind::Temporary && is_at_work(&refused), "{refused}");
        drop(first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        Unfinished::begin(&name).unwrap().finish().unwrap();
        assert_eq!(std::fs::read_to_string(&name).unwrap(), "");
        assert_eq!(name.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn refusals_have_their_kinds() {
        use std::os::unix::process::ExitStatusExt;
        let kind = |said: &str| refusal(Path::new("/x/pg_dump"), ExitStatus::from_raw(256), said).kind();
        assert_eq!(kind("pg_dump: error: could not write to file: No space left on device"), Kind::Temporary);
        let refused =
            "pg_dump: error: query failed: ERROR:  permission denied for table x\npg_dump: detail: Query was …";
        assert_eq!(kind(refused), Kind::Forbidden);
        let hidden = "pg_dump: error: query failed: ERROR:  query would be affected by row-level security policy for table \"x\"";
        assert_eq!(kind(hidden), Kind::Forbidden);
        assert_eq!(kind("pg_dump: error: connection to server at \"x\" failed: Connection refused"), Kind::Unavailable);
        assert_eq!(kind(""), Kind::Temporary);
    }
}
