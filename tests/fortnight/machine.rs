//! A machine with a clock of our own: a Postgres, the binary, and a cron that runs what `wvl cron print` prints.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use wvl::db::{Cluster, DatabaseSettings};

use crate::env::database::{make_private_folder, places, run_as_superuser};
use crate::env::environment::Run;
use crate::escalation::every_hour::Told;

pub struct Machine {
    folder: tempfile::TempDir,
    cluster: Cluster,
    server: Option<Child>,
    database: String,
    configuration: String,
    crontab: Vec<Line>,
    /// How far the clock of the processes is from that of the server.
    skew: TimeDelta,
    zone: &'static str,
    moves: u32,
}

/// A line of the crontab: the minute, for jobs that run every hour.
struct Line {
    minute: u32,
    command: String,
}

/// Where Debian's package puts the library.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join("faketime"));
    let places = folders.chain([PathBuf::from("/usr/lib/faketime"), PathBuf::from("/usr/local/lib/faketime")]);
    let mut found = places.map(|folder| folder.join("libfaketime.so.1")).filter(|library| library.exists());
    found.next().expect("libfaketime is missing: .ci/setup test installs it (package faketime)")
}

impl Machine {
    /// A machine that is switched on at this instant, with an empty company in it.
    pub fn new(now: DateTime<Utc>, configuration: &str) -> Machine {
        let folder = tempfile::Builder::new().prefix("wvl-fortnight-").tempdir_in("/tmp").unwrap();
        // the server's user has to pass
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let keys = folder.path().join("signing-keys");
        std::fs::write(&keys, format!("{}\n", "5a".repeat(32))).unwrap();
        std::fs::set_permissions(keys, std::fs::Permissions::from_mode(0o600)).unwrap();
        let cluster = cluster_in(&folder.path().join("first"));
        cluster.start().unwrap();
        cluster.stop().unwrap();
        let mut machine = Machine {
            folder,
            cluster,
            server: None,
            database: "wvl".to_owned(),
            configuration: configuration.to_owned(),
            crontab: Vec::new(),
            skew: TimeDelta::zero(),
            zone: "UTC",
            moves: 0,
        };
        machine.set_clock(now);
        machine.start();
        machine.configure();
        machine.ok("db migrate");
        machine.crontab = machine.read_crontab();
        machine
    }

    fn clock_files(&self) -> [PathBuf; 2] {
        ["clock-of-server", "clock-of-processes"].map(|name| self.folder.path().join(name))
    }

    /// Sets the server's clock, and that of the processes as far as it is right.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        let [server, processes] = self.clock_files();
        let offset = |now: DateTime<Utc>| format!("{:+}s\n", (now - Utc::now()).num_seconds() + 1);
        for (file, now) in [(server, now), (processes, now + self.skew)] {
            // never half written
            let new = file.with_extension("new");
            std::fs::write(&new, offset(now)).unwrap();
            std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o644)).unwrap();
            std::fs::rename(new, file).unwrap();
        }
    }

    fn configure(&self) {
        let mut parameters = self.cluster.parameters();
        parameters.set("dbname", &self.database);
        let url = parameters.masked();
        std::fs::write(self.config(), format!("[database]\nurl = {url:?}\n{}", self.configuration)).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("wvl.toml")
    }

    /// What a process has in its environment, so that it lives by the clock of this file.
    fn faked(command: &mut Command, clock: &Path) {
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", clock);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    fn start(&mut self) {
        let data = self.cluster.data_dir();
        let owner = std::fs::metadata(&data).unwrap();
        let mut command = Command::new(self.cluster.client_folder().unwrap().join("postgres"));
        Machine::faked(&mut command, &self.clock_files()[0]);
        if nix::unistd::geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let log = std::fs::File::create(self.folder.path().join("server.log")).unwrap();
        command.arg("-D").arg(&data).arg("-k").arg(self.cluster.socket_dir()).args(["-c", "fsync=on"]);
        command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.server = Some(command.spawn().unwrap());
        let patience = Instant::now() + Duration::from_secs(60);
        // one that is there whatever has happened to ours
        let mut parameters = self.cluster.parameters();
        parameters.set("dbname", "postgres");
        let settings = DatabaseSettings { url: Some(parameters.masked()), ..DatabaseSettings::default() };
        while wvl::db::connect(&settings, &places()).is_err() {
            assert!(
                Instant::now() < patience,
                "{}",
                std::fs::read_to_string(self.folder.path().join("server.log")).unwrap()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn is_up(&self) -> bool {
        self.server.is_some()
    }

    /// Switches the server off as an orderly shutdown does.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(server.id()).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
            server.wait().unwrap();
        }
    }

    fn connect(&self) -> diesel::PgConnection {
        let mut parameters = self.cluster.parameters();
        parameters.set("dbname", &self.database);
        let settings = DatabaseSettings { url: Some(parameters.masked()), ..DatabaseSettings::default() };
        let mut connection = wvl::db::connect(&settings, &places()).unwrap();
        connection.batch_execute("SET search_path = wvl, pg_catalog, pg_temp").unwrap();
        connection
    }

    pub fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// Runs a line as cron does: a shell, hardly any environment, no terminal.
    fn shell(&self, line: &str) -> Run {
        let mut command = Command::new("/bin/sh");
        Machine::faked(&mut command, &self.clock_files()[1]);
        command.env("HOME", self.folder.path()).env("LOGNAME", "wvl").env("SHELL", "/bin/sh").env("TZ", self.zone);
        command.args(["-c", line]).current_dir(self.folder.path()).stdin(Stdio::null());
        crate::env::run(&mut command)
    }

    fn wvl(&self, arguments: &str) -> Run {
        self.shell(&format!("{} -c {} {arguments}", env!("CARGO_BIN_EXE_wvl"), self.config().display()))
    }

    pub fn ok(&self, arguments: &str) -> String {
        let run = self.wvl(arguments);
        assert_eq!(run.code, 0, "wvl {arguments}\n{}{}", run.stdout, run.stderr);
        run.stdout
    }

    fn read_crontab(&self) -> Vec<Line> {
        let printed = self.ok("cron print");
        let lines = printed.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let lines: Vec<Line> = lines
            .map(|line| {
                let (minute, command) = line.split_once(" * * * * ").unwrap();
                Line { minute: minute.parse().unwrap(), command: command.to_owned() }
            })
            .collect();
        assert_eq!(lines.len(), 2, "{printed}");
        lines
    }

    /// Runs what the crontab has between these instants.
    pub fn cron(&self, from: DateTime<Utc>, until: DateTime<Utc>) {
        let mut minute = from;
        while minute < until {
            for line in self.crontab.iter().filter(|line| line.minute == minute.minute()) {
                self.set_clock(minute);
                let run = self.shell(&line.command);
                // whoever gets cron's mail gets no noise
                assert!(run.code != 0 || run.stdout.is_empty(), "{}: {}", line.command, run.stdout);
                assert!(![2, 70].contains(&run.code), "{}: {} {}", line.command, run.code, run.stderr);
            }
            minute += TimeDelta::minutes(1);
        }
    }

    /// Exit code and answer of the plugin.
    pub fn check(&self) -> (i32, String) {
        // fsync is on, but a test machine's disk and its own clock are nobody's business
        let run = self.wvl("check --ignore disk");
        (run.code, format!("{} {}{}", run.code, run.stdout, run.stderr))
    }

    pub fn dump(&self) -> PathBuf {
        let file = PathBuf::from(self.ok(&format!("db dump {}", self.folder.path().display())).trim());
        assert!(file.exists(), "{}", file.display());
        file
    }

    /// What was said by runs that this dump knows nothing of, person by person.
    pub fn told_since_the_dump(&self, dump: &Path) -> Vec<Told> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            item: String,
            #[diesel(sql_type = diesel::sql_types::Integer)]
            step: i32,
            #[diesel(sql_type = diesel::sql_types::Text)]
            to: String,
        }
        // its name has the instant, in the zone of the company
        let name = dump.file_stem().unwrap().to_str().unwrap();
        let made_at = name.strip_prefix("wvl-").unwrap();
        let rows: Vec<Row> = diesel::sql_query(
            "SELECT s.reference AS item, s.step, split_part(r.address, '@', 1) AS \"to\"
             FROM escalation_steps s
             JOIN escalation_step_messages m ON m.step_id = s.id
             JOIN outbox_recipients r ON r.message_id = m.message_id
             WHERE s.at > to_timestamp($1, 'YYYY-MM-DD-HH24MISS')::timestamp AT TIME ZONE 'Europe/Berlin' AND r.state = 'sent'",
        )
        .bind::<diesel::sql_types::Text, _>(made_at)
        .load(&mut self.connect())
        .unwrap();
        rows.into_iter().map(|Row { item, step, to }| Told { item, step, to }).collect()
    }

    pub fn lose_database(&mut self) {
        run_as_superuser(&self.cluster, "postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.database));
    }

    pub fn restore(&mut self, dump: &Path) {
        self.database = "wvl_again".to_owned();
        run_as_superuser(&self.cluster, "postgres", "CREATE DATABASE wvl_again OWNER wvl");
        self.configure();
        self.ok(&format!("db restore {}", dump.display()));
    }

    /// The same data on another machine: another place, another zone, and processes whose clock is wrong.
    pub fn move_away(&mut self, skew: TimeDelta) {
        self.moves += 1;
        let place = self.folder.path().join(format!("moved-{}", self.moves));
        std::fs::rename(self.cluster.state_dir(), &place).unwrap();
        self.cluster = cluster_in(&place);
        (self.skew, self.zone) = (skew, "Asia/Tokyo");
        self.start();
        self.configure();
    }

    /// No file of the server can grow beyond some megabytes any more, and what holds the mails is larger already.
    pub fn fill_disk(&mut self) {
        self.execute(
            "INSERT INTO outbox_messages (id, message_id, kind, class, envelope_from, subject, raw, sha256)
             SELECT gen_random_uuid(), format('<%s@filler>', n), 'escalation', 'internal', 'a@b', 'x',
                    (SELECT string_agg(sha256(format('%s %s', n, k)::bytea), ''::bytea) FROM generate_series(1, 32000) k), ''
             FROM generate_series(1, 24) n",
        );
        self.limit_files("17825792");
    }

    pub fn free_disk(&mut self) {
        self.limit_files("unlimited");
    }

    fn limit_files(&self, limit: &str) {
        let pid = self.server.as_ref().unwrap().id().to_string();
        let mut command = Command::new("prlimit");
        if nix::unistd::geteuid().is_root() {
            let owner = std::fs::metadata(self.cluster.data_dir()).unwrap();
            command.uid(owner.uid()).gid(owner.gid());
        }
        // the soft limit alone: it can be taken back
        command.args(["--pid", &pid, &format!("--fsize={limit}:")]);
        assert!(command.status().unwrap().success());
    }
}

fn cluster_in(folder: &Path) -> Cluster {
    make_private_folder(folder);
    let settings = DatabaseSettings { state_dir: Some(folder.to_path_buf()), ..DatabaseSettings::default() };
    Cluster::new(&settings, &places()).unwrap()
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // the files go with the folder
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
