//! Persons at the private cluster: users of the machine who come in as the role of their name, and as no other.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use wvl::db::cluster::Started;

use super::cluster::OwnCluster;
use crate::env::database::run_as_superuser;
use crate::env::environment::{Run, bare_command_of, run};

/// A cluster of a system user, and others of the machine; only root can be all of them.
struct House {
    own: OwnCluster,
    program: PathBuf,
    config: PathBuf,
}

impl House {
    fn new() -> House {
        let own = OwnCluster::new();
        let cluster = own.cluster();
        let folder = cluster.state_dir().parent().unwrap().to_path_buf();
        let (config, program) = (folder.join("wvl.toml"), folder.join("wvl"));
        // what the jobs need keeps nobody from his lists
        let (password, keys) = (folder.join("smtp-password"), folder.join("signing-keys"));
        for secret in [&password, &keys] {
            std::fs::write(secret, "0123456789abcdef".repeat(4)).unwrap();
            std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let text = format!(
            "[database]\nstate_dir = {:?}\n[calendar.default]\nstate = \"DE-BW\"\n[mail]\nfrom = \"wvl@example.de\"\n\
             redirect_to = \"admin@example.de\"\nsigning_keys_file = {keys:?}\n[mail.smtp]\nhost = \"mail.example.de\"\nuser = \"wvl\"\npassword_file = {password:?}\n",
            cluster.state_dir()
        );
        std::fs::write(&config, text).unwrap();
        // a copy: they may not look into the home that this was built in
        std::fs::copy(env!("CARGO_BIN_EXE_wvl"), &program).unwrap();
        House { own, program, config }
    }

    fn state_dir(&self) -> PathBuf {
        self.own.cluster().state_dir().to_path_buf()
    }

    /// Without a user as we are ourselves.
    fn wvl(&self, user: Option<&str>, arguments: &[&str]) -> Run {
        let mut command = bare_command_of(&self.program, &[]);
        command.current_dir("/").arg("-c").arg(&self.config).args(arguments);
        if let Some(user) = user {
            let user = user_of(user);
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        run(&mut command)
    }

    fn ok(&self, user: Option<&str>, arguments: &[&str]) -> String {
        let run = self.wvl(user, arguments);
        assert_eq!(run.code, 0, "{user:?} {arguments:?} {}", run.stderr);
        run.stdout
    }

    fn refused(&self, user: &str, arguments: &[&str], code: i32, told: &[&str]) {
        let run = self.wvl(Some(user), arguments);
        assert_eq!(run.code, code, "{user} {arguments:?} {}{}", run.stdout, run.stderr);
        for told in told {
            assert!(run.stderr.contains(told), "{user} {arguments:?}: {told}\n{}", run.stderr);
        }
    }
}

fn user_of(name: &str) -> nix::unistd::User {
    nix::unistd::User::from_name(name).unwrap().unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_person_comes_in_as_herself_with_the_rights_she_was_given() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("only root can be two users: of this test what_the_door_looks_like is left");
        return;
    }
    let house = House::new();
    let games = user_of("games");
    chown(house.state_dir(), Some(games.uid.as_raw()), Some(games.gid.as_raw())).unwrap();
    // as a package of an older version made it
    std::fs::set_permissions(house.state_dir(), std::fs::Permissions::from_mode(0o750)).unwrap();

    house.refused("irc", &["ticket", "list"], 77, &["belongs to games", "wvl role grant irc read --create"]);
    house.ok(None, &["db", "migrate"]);
    house.ok(None, &["ticket", "new", "Drucker"]);
    assert_eq!(mode(&house.own.cluster().socket_dir()), 0o700, "nobody was let in yet");
    house.refused("irc", &["ticket", "list"], 77, &["is closed to irc"]);

    let granted = house.wvl(None, &["role", "grant", "irc", "work", "--create"]);
    assert_eq!((granted.code, granted.stderr.as_str()), (0, ""), "{}", granted.stderr);
    let granted = house.wvl(None, &["role", "grant", "nobody-of-that-name", "read", "--create"]);
    assert!(granted.stderr.contains("no user nobody-of-that-name on this machine"), "{}", granted.stderr);
    assert_eq!(mode(&house.state_dir()), 0o751);
    assert_eq!(mode(&house.own.cluster().data_dir()), 0o700);
    assert!(house.ok(Some("irc"), &["ticket", "list"]).contains("Drucker"));
    house.ok(Some("irc"), &["ticket", "new", "Telefon"]);
    let status = house.ok(Some("irc"), &["db", "status", "--json"]);
    assert!(status.contains("\"role\": \"irc\"") && status.contains("\"state\": \"running\""), "{status}");
    assert_eq!(house.ok(Some("irc"), &["db", "psql", "--", "-XAtc", "SELECT current_user"]), "irc\n");
    house.refused("irc", &["role", "grant", "irc", "admin"], 77, &["GRANT wvl_admin TO \"irc\""]);
    house.refused("irc", &["db", "migrate", "--wait", "1s"], 0, &[]);
    house.refused("irc", &["db", "stop"], 77, &["belongs to games"]);
    house.refused("irc", &["db", "upgrade"], 77, &["belongs to games"]);

    // nobody becomes the owner, or anybody else
    for role in ["wvl", "postgres", "games"] {
        let user = user_of("irc");
        let socket = house.own.cluster().socket_dir();
        let mut psql = std::process::Command::new(house.own.cluster().client_folder().unwrap().join("psql"));
        psql.env_clear().current_dir("/").uid(user.uid.as_raw()).gid(user.gid.as_raw());
        let output = psql.args(["-XAtc", "SELECT 1", "-U", role, "-d", "wvl", "-h"]).arg(&socket).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("Peer authentication failed"), "{role}: {said}");
    }
    // a user whose name is the superuser's, and one without a role
    house.refused("postgres", &["ticket", "list"], 69, &["a user of another name"]);
    house.refused("news", &["ticket", "list"], 69, &["wvl role grant news read --create"]);

    house.ok(None, &["role", "grant", "irc", "read"]);
    house.ok(None, &["role", "revoke", "irc", "work"]);
    house.refused("irc", &["ticket", "new", "Fax"], 77, &["role irc lacks the right work"]);
    house.ok(Some("irc"), &["ticket", "list"]);
    house.ok(None, &["role", "revoke", "irc"]);
    house.refused("irc", &["ticket", "list"], 77, &["role irc has no right in wvl: wvl role grant irc read"]);

    // it is not hers to start
    house.ok(None, &["role", "grant", "irc", "work"]);
    house.ok(None, &["db", "stop"]);
    house.refused("irc", &["ticket", "list"], 69, &["does not run", "games or root can help: wvl db start"]);
    house.refused("irc", &["db", "start"], 77, &["belongs to games"]);
    let status = house.ok(Some("irc"), &["db", "status", "--json"]);
    assert!(status.contains("\"state\": \"stopped\""), "{status}");
    house.ok(Some("games"), &["db", "start"]);
    assert!(house.ok(Some("irc"), &["ticket", "list"]).contains("Telefon"));
    // the jobs are somebody's who may write where mails and dumps lie
    house.ok(None, &["role", "grant", "news", "cron", "--create"]);
    house.ok(Some("news"), &["escalate", "purge"]);
    house.refused("irc", &["db", "dump", "-"], 77, &["lacks the right cron"]);
    assert!(house.ok(Some("news"), &["db", "dump", "-"]).starts_with("PGDMP"));
    house.own.cluster().stop().unwrap();
}

/// The way to the socket is longer than what is wvl's own.
#[test]
fn a_folder_above_that_is_closed_is_named() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("only root can be two users: of this test what_the_door_looks_like is left");
        return;
    }
    let mut house = House::new();
    let games = user_of("games");
    let closed = house.state_dir().with_file_name("closed");
    let state_dir = closed.join("state");
    std::fs::create_dir_all(&state_dir).unwrap();
    chown(&closed, None, Some(games.gid.as_raw())).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o750)).unwrap();
    chown(&state_dir, Some(games.uid.as_raw()), Some(games.gid.as_raw())).unwrap();
    let text = std::fs::read_to_string(&house.config).unwrap();
    let before = format!("{:?}", house.state_dir());
    std::fs::write(&house.config, text.replace(&before, &format!("{state_dir:?}"))).unwrap();
    house.own.settings.state_dir = Some(state_dir);

    house.ok(None, &["db", "migrate"]);
    let granted = house.wvl(None, &["role", "grant", "irc", "read", "--create"]);
    let told = format!("others cannot pass through {0} to the database; chmod o+x {0}", closed.display());
    assert!(granted.code == 0 && granted.stderr.contains(&told), "{}", granted.stderr);
    // whose it is behind that nobody sees from here
    house.refused("irc", &["ticket", "list"], 77, &["hint: root opens it: wvl role grant irc read"]);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o751)).unwrap();
    house.ok(Some("irc"), &["ticket", "list"]);
}

/// Data of an older version: another map, a socket and its folder for the owner alone.
#[test]
fn an_older_cluster_is_brought_along_while_it_runs() {
    let own = OwnCluster::new();
    let cluster = own.cluster();
    cluster.start().unwrap();
    let (map, socket_dir) = (cluster.data_dir().join("pg_ident.conf"), cluster.socket_dir());
    let socket = socket_dir.join(".s.PGSQL.5432");
    let new = std::fs::read_to_string(&map).unwrap();
    let old: String = new.lines().filter(|line| !line.contains("(.+)")).map(|line| format!("{line}\n")).collect();
    assert_ne!(new, old);
    std::fs::write(&map, &old).unwrap();
    for path in [&socket_dir, &socket] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(cluster.start().unwrap(), Started::WasRunning);
    assert_eq!((mode(&socket_dir), mode(&socket)), (0o755, 0o777));
    assert!(std::fs::read_to_string(&map).unwrap().ends_with("wvl \"/^(?!(?:wvl|postgres)$)(.+)$\" \\1\n"));
    let before = std::fs::read_to_string(&map).unwrap();
    cluster.let_persons_in().unwrap();
    cluster.let_persons_in().unwrap();
    assert_eq!(std::fs::read_to_string(&map).unwrap(), before);

    // what stops is started in the same way
    cluster.stop().unwrap();
    std::fs::write(&map, &old).unwrap();
    std::fs::set_permissions(&socket_dir, std::fs::Permissions::from_mode(0o700)).unwrap();
    cluster.start().unwrap();
    assert_eq!((mode(&socket_dir), mode(&socket)), (0o755, 0o777));
    assert_eq!(std::fs::read_to_string(&map).unwrap(), before);
}

/// What can be seen of it without being two users: the door, the modes, and that the server takes the map.
#[test]
fn what_the_door_looks_like() {
    let own = OwnCluster::new();
    let cluster = own.cluster();
    std::fs::set_permissions(cluster.state_dir(), std::fs::Permissions::from_mode(0o700)).unwrap();
    if nix::unistd::geteuid().is_root() {
        // the server's user has to get through
        std::fs::set_permissions(cluster.state_dir(), std::fs::Permissions::from_mode(0o710)).unwrap();
        let postgres = user_of("postgres");
        chown(cluster.state_dir(), Some(postgres.uid.as_raw()), Some(postgres.gid.as_raw())).unwrap();
    }
    cluster.start().unwrap();
    assert_eq!(mode(&cluster.socket_dir()), 0o700);
    assert_eq!(cluster.let_persons_in().unwrap(), None);
    assert_eq!((mode(cluster.state_dir()), mode(&cluster.socket_dir())), (0o711, 0o755));
    assert_eq!(mode(&cluster.data_dir()), 0o700);
    let hba = std::fs::read_to_string(cluster.data_dir().join("pg_hba.conf")).unwrap();
    assert!(hba.ends_with("local   all       all   peer map=wvl\n"), "{hba}");
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
    run_as_superuser(
        &cluster,
        "postgres",
        &format!(
            "DO $$ BEGIN \
               ASSERT NOT EXISTS (SELECT FROM pg_ident_file_mappings WHERE error IS NOT NULL); \
               ASSERT (SELECT count(*) FROM pg_ident_file_mappings WHERE pg_username = '\\1') = 1; \
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN CREATE ROLE \"{user}\" LOGIN; END IF; \
             END $$"
        ),
    );
    let mut parameters = cluster.parameters();
    parameters.set("user", &user);
    let settings = wvl::db::DatabaseSettings { url: Some(parameters.masked()), ..own.settings.clone() };
    let mut connection = wvl::db::connect(&settings, &crate::env::database::places()).unwrap();
    assert_eq!(wvl::db::connection::server(&mut connection).unwrap().role, user);
}
