//! Dump and restore: what comes back is what was there, in one piece or not at all, and it sends nothing.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wvl::db::migrations;

use super::cluster::OwnCluster;
use crate::env::environment::{Run, bare_command, run};
use crate::env::{TestDatabase, TestEnvironment};

const COMPANY: &str = "\
    INSERT INTO employees (number, first_name, last_name, email) VALUES (1, 'Ada', 'Auf', 'ada@systemhaus.example'); \
    INSERT INTO partners (number, name) SELECT 'K' || i, 'Kunde ' || i FROM generate_series(1, 2000) i; \
    INSERT INTO documents (kind, number, partner_id, document_date) \
        SELECT 'order', 'A' || id, id, '2026-11-02' FROM partners; \
    INSERT INTO tasks (number, title, due_at) VALUES (1, 'Eins', '2026-11-02')";

fn company() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.database.execute(COMPANY);
    environment
}

fn empty() -> TestEnvironment {
    TestEnvironment::with_database(TestDatabase::empty())
}

/// Everything in the schema as text, but for the guard, which a restore writes.
fn content(database: &TestDatabase) -> String {
    let arguments = [
        "--schema=wvl",
        "--no-owner",
        "--exclude-table-data=wvl.outbox_guards",
        "--exclude-table-data=wvl.job_runs",
        "--dbname",
        &database.url,
    ];
    let output = Command::new("pg_dump").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        // set once more after the restore, and only where the server is built with it
        .filter(|line| !line.contains("SET COMPRESSION"))
        .map(comparable)
        .collect()
}

/// Postgres names the columns of a view's further branches when it reads its own text again.
fn comparable(line: &str) -> String {
    match line.rsplit_once(" AS ") {
        Some((value, name)) if value.contains("::") && !name.contains(' ') => {
            format!("{value}{}\n", if name.ends_with(',') { "," } else { "" })
        }
        _ => format!("{line}\n"),
    }
}

fn tables(database: &TestDatabase) -> i64 {
    database.number("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('wvl')")
}

fn dump_of(environment: &TestEnvironment) -> PathBuf {
    let path = environment.ok(&["db", "dump", "company.dump"]);
    assert_eq!(path, "company.dump\n", "in a pipe the name alone");
    environment.path().join("company.dump")
}

fn restore(environment: &TestEnvironment, file: &Path) -> Run {
    environment.wvl(&["db", "restore", file.to_str().unwrap()])
}

#[test]
fn what_comes_back_is_what_was_there_and_sends_nothing() {
    let house = company();
    house.ok(&["escalate", "run", "--no-flush"]);
    let file = dump_of(&house);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "personal data");
    assert_eq!(house.database.number("SELECT count(*) FROM outbox_guards"), 1, "every dump has a guard");

    let other = empty();
    let looked = other.wvl(&["db", "restore", file.to_str().unwrap(), "--dry-run"]);
    assert_eq!((looked.code, tables(&other.database)), (0, 0), "{}", looked.stderr);
    let restored = restore(&other, &file);
    assert_eq!((restored.code, restored.stdout.as_str()), (0, ""), "{}", restored.stderr);
    assert!(restored.stderr.contains("wvl mail release"), "{}", restored.stderr);
    assert_eq!(
        other.database.number("SELECT count(*) FROM job_runs WHERE finished_at IS NULL"),
        0,
        "none looks killed"
    );
    assert!(content(&house.database) == content(&other.database), "the restored database differs");
    let compression =
        "SELECT attcompression FROM pg_attribute WHERE attrelid = 'outbox_messages'::regclass AND attname = 'raw'";
    assert_eq!(house.database.text(compression), other.database.text(compression));
    assert!(other.database.number("SELECT count(*) FROM pg_stats WHERE schemaname = 'wvl'") > 0, "statistics");

    other.database.execute(
        "INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, raw, sha256) \
         VALUES ('5a000000-0000-4000-8000-000000000000', '<a@b>', 'test', 'internal', 'a@b', 's', 'Subject: s\r\n\r\n', \
            sha256('Subject: s\r\n\r\n')); \
         INSERT INTO outbox_recipients (message_id, address) VALUES ('5a000000-0000-4000-8000-000000000000', 'a@b')",
    );
    assert_eq!(other.wvl(&["mail", "flush"]).code, 3);
    assert!(other.mails().is_empty());
    other.ok(&["mail", "release", "--yes"]);
    other.ok(&["mail", "flush"]);
    assert_eq!(other.mails().len(), 1);
}

/// What a job of another host does as soon as the tables are there is none of the dump's: its row stays in the diary, and what it
/// queues is new.
#[test]
fn what_has_begun_since_the_restore_is_not_of_the_dump() {
    let house = company();
    let id = "5a000000-0000-4000-8000-000000000000";
    house.database.execute(&format!(
        "INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, raw, sha256) \
         VALUES ('{id}', '<a@b>', 'test', 'internal', 'a@b', 's', 'Subject: s\r\n\r\n', \
            sha256('Subject: s\r\n\r\n')); \
         INSERT INTO outbox_recipients (message_id, address) VALUES ('{id}', 'of-the-dump@x')"
    ));
    let run = |host: &str| {
        format!(
            "INSERT INTO job_runs (job, host, pid, started_at, config_hash) \
             VALUES ('mail flush', '{host}', 1, now(), repeat('a', 64))"
        )
    };
    house.database.execute(&run("of the dump"));
    let file = dump_of(&house);
    let other = empty();
    let mut command = other.command(&["db", "restore"]);
    let mut restoring =
        command.arg(&file).env("FAILPOINTS", "restored=sleep(2000)").stderr(Stdio::null()).spawn().unwrap();
    while tables(&other.database) == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    other.database.execute(&format!(
        "{}; INSERT INTO outbox_recipients (message_id, address) VALUES ('{id}', 'since@x')",
        run("since")
    ));
    assert!(restoring.wait().unwrap().success());
    let left = "SELECT string_agg(host, ' ') FROM job_runs WHERE finished_at IS NULL";
    assert_eq!(other.database.text(left), "since");
    other.ok(&["mail", "release", "--discard", "--yes"]);
    let left = "SELECT string_agg(address, ' ') FROM outbox_recipients WHERE state = 'queued'";
    assert_eq!(other.database.text(left), "since@x");
}

/// The oid of the database is the same; the guard holds all the same. So it does in one that never sent anything.
#[test]
fn restored_over_itself_it_sends_nothing() {
    for has_sent in [true, false] {
        let house = company();
        if has_sent {
            house.ok(&["mail", "flush"]);
        }
        let file = dump_of(&house);
        house.database.execute("DROP SCHEMA wvl CASCADE");
        assert_eq!(restore(&house, &file).code, 0);
        assert_eq!(house.wvl(&["mail", "flush"]).code, 3, "{has_sent}");
        house.ok(&["mail", "release", "--yes"]);
        house.ok(&["mail", "flush"]);
        // by hand, without us
        let mut by_hand = Command::new("pg_restore");
        by_hand.args(["--clean", "--if-exists", "--no-owner", "--dbname"]);
        let output = by_hand.arg(&house.database.url).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(house.wvl(&["mail", "flush"]).code, 3, "{has_sent}");
    }
}

#[test]
fn only_an_empty_database_is_restored_into() {
    let house = company();
    let file = dump_of(&house);
    let before = content(&house.database);
    let refused = restore(&house, &file);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("wvl.absences and ") && refused.stderr.contains("createdb"), "{}", refused.stderr);
    assert!(before == content(&house.database));

    // migrations that were taken back leave a schema and an empty record: that is empty
    let reverted = empty();
    let mut connection = reverted.database.connect();
    migrations::run(&mut connection).unwrap();
    migrations::revert(&mut connection, usize::MAX).unwrap();
    assert_eq!(restore(&reverted, &file).code, 0);
    // somebody else's table elsewhere is none of our business
    let shared = empty();
    shared.database.execute("CREATE SCHEMA erp; CREATE TABLE erp.orders (id int)");
    assert_eq!(restore(&shared, &file).code, 0);
    // what lies in a schema of ours is
    let squatter = empty();
    squatter.database.execute("CREATE SCHEMA wvl; CREATE TABLE wvl.notes (id int)");
    let refused = restore(&squatter, &file);
    assert!(refused.code == 1 && refused.stderr.contains("it has wvl.notes;"), "{}", refused.stderr);
}

#[test]
fn what_is_no_dump_of_ours_is_refused() {
    let house = company();
    let file = dump_of(&house);
    let whole = std::fs::read(&file).unwrap();
    let target = empty();
    for (name, content, code, told) in [
        ("nothing", Vec::new(), 65, "no dump that can be read"),
        ("text", b"CREATE TABLE x ();\n".to_vec(), 65, "no dump that can be read"),
        ("header", whole[..5].to_vec(), 65, "no dump that can be read"),
        ("short", whole[..whole.len() - 20_000].to_vec(), 65, ""),
        ("half", whole[..whole.len() / 2].to_vec(), 65, ""),
    ] {
        let file = target.write(name, content);
        let refused = restore(&target, &file);
        assert_eq!(refused.code, code, "{name}: {}", refused.stderr);
        assert!(refused.stderr.contains(told) && refused.stderr.contains(name), "{name}: {}", refused.stderr);
        assert_eq!(tables(&target.database), 0, "{name}");
    }
    let missing = restore(&target, Path::new("/nowhere/x.dump"));
    assert_eq!(missing.code, 65);
    let told = ["there is no file /nowhere/x.dump", "wvl db dump writes one"];
    assert!(told.iter().all(|told| missing.stderr.contains(told)), "{}", missing.stderr);
    assert_eq!(restore(&target, Path::new("/tmp")).code, 2);

    let foreign = empty();
    foreign.database.execute("CREATE TABLE public.t (id int)");
    let file = foreign.path().join("foreign.dump");
    let url = &foreign.database.url;
    Command::new("pg_dump").args(["-Fc", "-f"]).arg(&file).args(["-d", url]).status().unwrap();
    let refused = restore(&target, &file);
    assert_eq!(refused.code, 65);
    assert!(refused.stderr.contains("is no dump of a database of wvl"), "{}", refused.stderr);
    let nothing = foreign.wvl(&["db", "dump", "x.dump"]);
    assert_eq!((nothing.code, foreign.path().join("x.dump").exists()), (78, false), "{}", nothing.stderr);
}

#[test]
fn an_older_dump_is_brought_up_and_a_newer_one_is_refused() {
    let older = company();
    migrations::revert(&mut older.database.connect(), 2).unwrap();
    let file = dump_of(&older);
    let target = empty();
    let restored = restore(&target, &file);
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    migrations::check_schema(&mut target.database.connect()).unwrap();
    assert_eq!(target.wvl(&["mail", "flush"]).code, 3, "held, although the dump knew of no guard");

    let newer = company();
    newer.database.execute("INSERT INTO __diesel_schema_migrations VALUES ('209901010000000000')");
    let file = dump_of(&newer);
    let target = empty();
    let refused = restore(&target, &file);
    assert_eq!((refused.code, tables(&target.database)), (78, 0));
    assert!(refused.stderr.contains("newer wvl") && refused.stderr.contains("upgrade wvl"), "{}", refused.stderr);
}

/// The private cluster: all of the database, into one that is made for it.
#[test]
fn a_private_cluster_comes_back_in_another() {
    let (old, new) = (OwnCluster::new(), OwnCluster::new());
    let folder = tempfile::tempdir().unwrap();
    let at = |own: &OwnCluster, arguments: &[&str]| {
        let config = folder
            .path()
            .join(format!("{}.toml", own.cluster().state_dir().parent().unwrap().file_name().unwrap().display()));
        let state_dir = own.cluster().state_dir().to_path_buf();
        std::fs::write(
            &config,
            format!("[database]\nstate_dir = {state_dir:?}\n[calendar.default]\nstate = \"DE-BW\"\n"),
        )
        .unwrap();
        run(bare_command(&[]).current_dir(folder.path()).arg("--config").arg(config).args(arguments))
    };
    assert_eq!(at(&old, &["db", "migrate"]).code, 0);
    assert_eq!(
        at(&old, &["db", "psql", "-Xqc", "CREATE SCHEMA own; CREATE VIEW own.v AS SELECT number FROM wvl.partners"])
            .code,
        0
    );
    assert_eq!(at(&old, &["customer", "new", "K1", "Kunde"]).code, 0);
    let dumped = at(&old, &["db", "dump"]);
    assert_eq!(dumped.code, 0, "{}", dumped.stderr);
    let file = dumped.stdout.trim();
    assert!(file.starts_with("wvl-20") && file.ends_with(".dump"), "{file}");
    let refused = at(&old, &["db", "restore", file]);
    assert_eq!(refused.code, 1);
    let state_dir = old.cluster().state_dir().display().to_string();
    assert!(refused.stderr.contains(&format!("mv {state_dir}/data {state_dir}/data.before")), "{}", refused.stderr);
    let restored = at(&new, &["db", "restore", file]);
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    assert_eq!(at(&new, &["query", "SELECT * FROM own.v"]).stdout, "K1\n");
    let told = at(&new, &["mail", "flush"]);
    assert!(told.code == 3 && told.stderr.contains("restored from a dump"), "{}", told.stderr);
}

#[test]
fn the_newest_dumps_of_a_folder_are_kept() {
    let house = company();
    let folder = house.path().join("backup");
    std::fs::create_dir(&folder).unwrap();
    for name in ["wvl-2026-01-01-000000.dump", "wvl-2026-01-02-000000.dump", "wvl-by-hand.dump"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    assert_eq!(house.ok(&["db", "dump", "backup", "--keep", "2"]), "", "a job is silent");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!((names[0].as_str(), names[2].as_str()), ("wvl-2026-01-02-000000.dump", "wvl-by-hand.dump"));
    let noted = "SELECT job || ' ' || outcome || ' ' || (counts->>'bytes')::bigint / 100000 FROM job_runs";
    assert!(house.database.text(noted).starts_with("db dump ok "), "{}", house.database.text(noted));
    for arguments in [&["db", "dump", "nowhere", "--keep", "2"][..], &["db", "dump", "nowhere/x.dump"]] {
        let missing = house.wvl(arguments);
        assert_eq!(missing.code, 2, "{}", missing.stderr);
        let (said, hint) = ("there is no folder nowhere to write a dump into", "mkdir -m 700 nowhere");
        assert!(missing.stderr.contains(said) && missing.stderr.contains(hint), "{}", missing.stderr);
    }
    assert_eq!(house.wvl(&["db", "dump", "/dev/null"]).code, 2);
    let mut into_pipe = house.command(&["db", "dump", "-"]);
    let dump = into_pipe.output().unwrap().stdout;
    assert!(dump.starts_with(b"PGDMP"));
    assert_eq!(restore(&empty(), &house.write("piped.dump", dump)).code, 0);
}

/// Whatever kills it, under the name there is the old dump or the whole new one.
#[test]
fn a_killed_dump_leaves_the_old_one() {
    let house = company();
    let file = dump_of(&house);
    let size = file.metadata().unwrap().len();
    let log = house.path().join("points");
    for k in 1.. {
        std::fs::write(&file, "the old one").unwrap();
        let mut command = house.command(&["db", "dump", "company.dump"]);
        let status = command.env("WVL_KILL_AT", k.to_string()).env("WVL_KILL_LOG", &log).output().unwrap().status;
        let now = std::fs::read(&file).unwrap();
        assert!(now == b"the old one" || now.len() as u64 + 2_000 > size, "{k}: {} bytes", now.len());
        if status.signal() != Some(Signal::SIGKILL as i32) {
            assert!(status.success());
            break;
        }
    }
    let passed = std::fs::read_to_string(log).unwrap();
    for point in ["dump-written", "dump-synced", "dump-renamed"] {
        assert!(passed.contains(point), "{passed}");
    }
    house.ok(&["db", "dump", "company.dump"]);
    let left: Vec<_> = std::fs::read_dir(house.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{left:?}");

    // at Ctrl-C nothing is left over; a locked table keeps pg_dump waiting
    use diesel::connection::SimpleConnection;
    let mut migration = house.database.connect();
    migration.batch_execute("BEGIN; LOCK TABLE partners").unwrap();
    let child = house.command(&["db", "dump", "other.dump"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| house.path().join(".other.dump.new").exists());
    std::thread::sleep(Duration::from_millis(100));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!house.path().join(".other.dump.new").exists() && !house.path().join("other.dump").exists());
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whatever kills it, the database is empty or whole, and held.
#[test]
fn a_killed_restore_leaves_an_empty_database_or_a_whole_one() {
    let house = company();
    let file = dump_of(&house);
    let wanted = content(&house.database);
    let check = |target: &TestEnvironment, after: &str| {
        // pg_restore may still be at work behind a wvl that was killed
        wait_until(|| {
            target.database.number(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_restore'",
            ) == 0
        });
        if tables(&target.database) == 0 {
            assert_eq!(restore(target, &file).code, 0, "{after}");
        }
        assert!(content(&target.database) == wanted, "{after}");
        let flush = target.wvl(&["mail", "flush"]);
        assert_eq!(flush.code, 3, "{after}: {}", flush.stderr);
    };
    for k in 1.. {
        let target = empty();
        let mut command = target.command(&["db", "restore"]);
        let status = command.arg(&file).env("WVL_KILL_AT", k.to_string()).output().unwrap().status;
        check(&target, &format!("point {k}"));
        if status.success() {
            assert!(k > 3, "the points are gone");
            break;
        }
    }
    for pause in [0, 10, 30, 60, 100, 200, 400] {
        let target = empty();
        let child = target.command(&["db", "restore"]).arg(&file).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(80 + pause));
        target.database.execute_as_superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'pg_restore'",
        );
        let ended = Run::from(child.wait_with_output().unwrap());
        assert!([0, 75].contains(&ended.code), "{pause}: {ended:?}");
        check(&target, &format!("{pause} ms"));
    }
}

/// Neither the arguments nor the environment of a process are secret.
#[test]
fn the_password_is_handed_on_unseen() {
    let house = company();
    let bin = house.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let seen = house.path().join("seen");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.1'\n\
         tr '\\0' ' ' < /proc/$$/cmdline > {0}; env >> {0}; cat \"$PGPASSFILE\" > {0}.password\n",
        seen.display()
    );
    std::fs::write(bin.join("pg_dump"), script).unwrap();
    std::fs::set_permissions(bin.join("pg_dump"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let password = house.write("password", "canary-4711\n");
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = std::fs::read_to_string(house.config()).unwrap();
    house.write("wvl.toml", config.replace("[database]\n", &format!("[database]\npassword_file = {password:?}\n")));
    let mut command = house.command(&["db", "dump", "x.dump"]);
    let output = command.env("WVL_PG_BINDIR", &bin).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!std::fs::read_to_string(&seen).unwrap().contains("canary"));
    assert!(std::fs::read_to_string(house.path().join("seen.password")).unwrap().contains("canary-4711"));
}

/// A file system of a few hundred kilobytes; root alone can make one.
#[test]
fn a_full_disk_ends_75_and_leaves_nothing() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let house = company();
    let small = house.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&small).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("no file system can be mounted here: not tested");
        return;
    }
    let full = house.wvl(&["db", "dump", "small/x.dump"]);
    let left = std::fs::read_dir(&small).unwrap().count();
    Command::new("umount").arg(&small).status().unwrap();
    assert_eq!((full.code, left), (75, 0), "{}", full.stderr);
    assert!(full.stderr.contains("No space left"), "{}", full.stderr);
}
