//! `[database]`: which Postgres, and how to log in to it.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::parameters::Parameters;
use crate::config::{Complaint, SecretSource, Section};
use crate::error::Error;

/// Long enough for a look at a million rows, and no slip keeps the server busy for the day.
const QUERY_TIMEOUT: u64 = 60;

/// Where the database is and how to log in to it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Address of the database, as a URL or in libpq's `key=value` form; none means the private cluster. It may hold a
    /// password: print it through [`Parameters::masked`] only.
    pub url: Option<String>,
    /// Where the password comes from; none: libpq's own means (`.pgpass`, service file, peer, certificate).
    pub password: Option<SecretSource>,
    /// Whether statements are prepared once and used again. Behind a pgbouncer older than 1.21 in transaction mode: no.
    pub prepared_statements: bool,
    /// Seconds that a statement of `wvl query` may take.
    pub query_timeout_seconds: u64,
    /// Folder of the private cluster; default `/var/lib/wvl` for root, `~/.local/state/wvl` (passwd's home) for others.
    pub state_dir: Option<PathBuf>,
    /// Folder of the server's programs (`initdb`, `pg_ctl`, `postgres`); none: they are looked for.
    pub pg_bindir: Option<PathBuf>,
}

/// Where the programs of a Postgres server may lie: what main read from the environment. No configuration, no default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// `WVL_PG_BINDIR`: the folder of `initdb`, `pg_ctl` and `postgres`, and then no other is looked at.
    pub pg_bindir: Option<PathBuf>,
    /// `PATH`; only asked where the usual folders hold no server.
    pub path: Option<OsString>,
}

impl Default for DatabaseSettings {
    fn default() -> DatabaseSettings {
        DatabaseSettings {
            url: None,
            password: None,
            prepared_statements: true,
            query_timeout_seconds: QUERY_TIMEOUT,
            state_dir: None,
            pg_bindir: None,
        }
    }
}

impl DatabaseSettings {
    /// Whether wvl runs its own Postgres.
    pub fn is_private(&self) -> bool {
        self.url.is_none()
    }
}

impl fmt::Debug for DatabaseSettings {
    /// Like the derived one, but the address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("url", &self.url.as_deref().map(shown_url))
            .field("password", &self.password)
            .field("prepared_statements", &self.prepared_statements)
            .field("query_timeout_seconds", &self.query_timeout_seconds)
            .field("state_dir", &self.state_dir)
            .field("pg_bindir", &self.pg_bindir)
            .finish()
    }
}

/// Reads `[database]`.
pub fn read(section: &mut Section<'_>) -> DatabaseSettings {
    let url = section.optional_masked("url", shown_url);
    let password = SecretSource::read(section);
    if let Some(url) = &url {
        check_url(section, url, password.is_some());
    }
    if let Some(error) = password.as_ref().and_then(|password| password.check().err()) {
        let key = if section.has("password_file") { "password_file" } else { "password_command" };
        section.wrong_secret(key, error);
    }
    let settings = DatabaseSettings {
        password,
        prepared_statements: section.boolean("prepared_statements", true),
        query_timeout_seconds: section
            .integer("query_timeout_seconds", QUERY_TIMEOUT.cast_signed(), 1..=86_400)
            .unsigned_abs(),
        state_dir: section.path("state_dir"),
        pg_bindir: section.path("pg_bindir"),
        url,
    };
    if settings.is_private() && settings.password.is_some() {
        section.warn("", "a password is set, but no url: the private cluster needs none");
    }
    if let Some(folder) = settings.pg_bindir.as_deref().filter(|folder| !folder.is_dir()) {
        section.wrong("pg_bindir", format!("there is no folder {}", folder.display()));
    }
    settings
}

/// The address without its password; where it cannot be read, nothing of it is safe to show.
fn shown_url(url: &str) -> String {
    Parameters::parse(url).map_or_else(|_| "***".to_owned(), |parameters| parameters.masked())
}

/// Finds at the start what libpq would only tell when connecting. Messages never quote the address.
fn check_url(section: &mut Section<'_>, url: &str, has_password: bool) {
    let parameters = match Parameters::parse(url) {
        Ok(parameters) => parameters,
        Err(error) => return section.wrong("url", unreadable(&error)),
    };
    for port in parameters.get("port").unwrap_or_default().split(',').filter(|port| !port.is_empty()) {
        if !matches!(port.parse::<u16>(), Ok(1..)) {
            section.wrong("url", format!("port {port} is not between 1 and 65535"));
        }
    }
    if parameters.get("password").is_some_and(|password| !password.is_empty()) {
        if has_password {
            section.wrong("url", "the address holds a password, and password_file or password_command is set too");
        } else if !section.is_private() {
            section.wrong(
                "url",
                Complaint {
                    message: "the address holds a password, and others may read this file".to_owned(),
                    suggestion: Some("put it into a file of its own and name that as password_file".to_owned()),
                },
            );
        }
    }
}

fn unreadable(error: &Error) -> Complaint {
    let message = error.full_message();
    Complaint {
        // the place in the file already names the key
        message: message.strip_prefix("database.url cannot be read: ").unwrap_or(&message).to_owned(),
        suggestion: error.hints().first().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Reader, Source, write_private};

    fn problems(text: &str) -> Vec<String> {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        read(&mut reader.root().section("database"));
        reader.finish().problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn debug_shows_no_password() {
        let url = Some("postgresql://wvl:hunter2@db.example/wvl".to_owned());
        let argv = vec!["pass".to_owned(), "--secret=hunter2".to_owned()];
        let password = Some(SecretSource::Command { key: "password_command", argv, config: "wvl.toml".into() });
        let shown = format!("{:?}", DatabaseSettings { url, password, ..DatabaseSettings::default() });
        assert!(shown.contains("db.example"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_wrong_address_is_told_without_it() {
        for (url, told) in [
            ("postgres://user:p@ss%@host", "%40"),
            ("postgres://user:p/ss@host", "%2F"),
            ("mysql://host/db", "does not begin with postgresql://"),
            ("postgres://db:70000/wvl", "port 70000 is not between"),
            ("host=db port=0", "port 0 is not"),
            ("postgres://wvl:ssecret@db/wvl", "others may read this file"),
        ] {
            let found = problems(&format!("[database]\nurl = \"{url}\"\n"));
            assert_eq!(found.len(), 1, "{url}: {found:?}");
            assert!(found[0].starts_with("wvl.toml:2:7: database.url: ") && found[0].contains(told), "{found:?}");
            assert!(
                !found[0].contains("ss@") && !found[0].contains("ssecret") && !found[0].contains("ss%@"),
                "{found:?}"
            );
        }
        assert_eq!(
            problems("[database]\nurl = \"postgresql://wvl@db:5432,db2:5433/wvl?sslmode=verify-full\"\n").len(),
            0
        );
    }

    #[test]
    fn a_private_file_may_hold_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wvl.toml");
        write_private(&file, b"[database]\nurl = \"postgres://wvl:geheim@db/wvl\"\n").unwrap();
        let reader = Reader::new(&Source::find(Some(&file), None, None).unwrap());
        let settings = read(&mut reader.root().section("database"));
        let found = reader.finish();
        assert!(found.problems.is_empty() && settings.url.is_some(), "{found:?}");
        assert!(!format!("{found:?}").contains("geheim"));
    }

    #[test]
    fn one_way_to_the_password_is_enough() {
        let found =
            problems("[database]\nurl = \"postgres:///wvl\"\npassword_file = \"a\"\npassword_command = [\"b\"]\n");
        assert_eq!(
            found,
            ["wvl.toml:4:20: database.password_command: set password_file or password_command, not both"]
        );
    }
}
