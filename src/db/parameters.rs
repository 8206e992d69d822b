//! The address of a database, read into libpq's parameters.
//!
//! libpq could read the address itself. We do it because everything that decides *who* and *where* has to be written out
//! before libpq fills gaps from `PGUSER`, `PGHOST`, `PGOPTIONS` or a service file (cron and shell must reach the same
//! database as the same role), because a password from a file has to be added, and because the address is shown without it.

use crate::error::{Error, Result};

/// What may be shown of an address. Others may be secret (`password`, `scram_client_key`, `oauth_client_secret`) or will be
/// in a later libpq.
const SHOWN: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "service",
    "options",
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "target_session_attrs",
    "load_balance_hosts",
    "sslmode",
    "sslnegotiation",
    "sslcompression",
    "sslsni",
    "sslcert",
    "sslkey",
    "sslcertmode",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "channel_binding",
    "require_auth",
    "requirepeer",
    "gssencmode",
    "gsslib",
    "gssdelegation",
    "krbsrvname",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_scope",
];

/// libpq connection parameters, each key once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads a `postgresql://` URL or `key=value` pairs. Errors never quote the text: it may hold a password.
    pub fn parse(text: &str) -> Result<Parameters> {
        let text = text.trim();
        match text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")) {
            Some(rest) => parse_url(rest),
            None if text.contains("://") => Err(wrong("it does not begin with postgresql://")),
            None => parse_pairs(text),
        }
    }

    /// The value of a parameter.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Sets a parameter, replacing what was there.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        match self.pairs.iter_mut().find(|(name, _)| name == key) {
            Some(pair) => pair.1 = value.into(),
            None => self.pairs.push((key.into(), value.into())),
        }
    }

    /// Sets a parameter that is not there yet.
    pub fn set_default(&mut self, key: &str, value: impl Into<String>) {
        if self.get(key).is_none() {
            self.set(key, value);
        }
    }

    /// What libpq is given: `key='value'` pairs. Holds the password; never print it.
    pub fn conninfo(&self) -> String {
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        let pairs: Vec<String> = self.pairs.iter().map(|(key, value)| format!("{key}='{}'", quoted(value))).collect();
        pairs.join(" ")
    }

    /// The address as a URL without secrets, fit to be printed and to be given to psql.
    pub fn masked(&self) -> String {
        let mut url = String::from("postgresql://");
        if let Some(user) = self.get("user") {
            url.push_str(&encoded(user, ""));
            url.push('@');
        }
        // a socket's folder, and a list of hosts with a list of ports, fit only behind the question mark
        let host = self.get("host").filter(|host| !host.contains(['/', ',', ':', '@']));
        if let Some(host) = host {
            url.push_str(&encoded(host, ""));
            if let Some(port) = self.get("port").filter(|port| *port != "5432") {
                url.push(':');
                url.push_str(&encoded(port, ""));
            }
        }
        url.push('/');
        url.push_str(&encoded(self.get("dbname").unwrap_or_default(), ""));
        let mut separator = '?';
        for (key, value) in &self.pairs {
            let shown = match key.as_str() {
                "host" => host.is_none(),
                "port" => host.is_none() && value != "5432",
                key => SHOWN.contains(&key) && !value.is_empty(),
            };
            if shown {
                url.push(separator);
                url.push_str(&format!("{key}={}", encoded(value, "/,")));
                separator = '&';
            }
        }
        url
    }
}

fn wrong(why: &str) -> Error {
    Error::config(format!("database.url cannot be read: {why}"))
        .hint("example: url = \"postgresql://wvl@db.example/wvl?sslmode=verify-full&sslrootcert=system\"")
}

/// `[user[:password]@][host[:port],…][/dbname][?key=value&…]`
fn parse_url(rest: &str) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    let (front, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, dbname) = front.split_once('/').unwrap_or((front, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    if login.contains('@') {
        return Err(wrong("an @ inside user or password is written %40"));
    }
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (login, None),
    };
    if !user.is_empty() {
        parameters.set("user", decoded(user)?);
    }
    if let Some(password) = password.filter(|password| !password.is_empty()) {
        parameters.set("password", decoded(password)?);
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = split_host(host)?;
        names.push(decoded(name)?);
        ports.push(port);
    }
    if !names.is_empty() {
        parameters.set("host", names.join(","));
        if ports.iter().any(|port| !port.is_empty()) {
            parameters.set("port", ports.join(","));
        }
    }
    if !dbname.is_empty() {
        parameters.set("dbname", decoded(dbname)?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| wrong("a parameter after the ? has no value"))?;
        match (decoded(key)?.as_str(), decoded(value)?) {
            ("ssl", value) if value == "true" => parameters.set("sslmode", "require"),
            (key, value) if is_keyword(key) => parameters.set(key, value),
            _ => return Err(wrong("the name of a parameter after the ? is no word")),
        }
    }
    Ok(parameters)
}

fn split_host(host: &str) -> Result<(&str, &str)> {
    if let Some(bracketed) = host.strip_prefix('[') {
        let (address, after) = bracketed.split_once(']').ok_or_else(|| wrong("a [ has no ]"))?;
        return Ok((address, after.strip_prefix(':').unwrap_or("")));
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("the port is no number (a / or : inside a password is written %2F or %3A)"));
    }
    Ok((name, port))
}

/// `key = value key='quoted \' value'`
fn parse_pairs(text: &str) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or_else(|| wrong("it is neither a URL nor key=value"))?;
        let key = key.trim();
        if !is_keyword(key) {
            return Err(wrong("a name before a = is no word"));
        }
        let (value, after) = take_value(after.trim_start())?;
        parameters.set(key, value);
        rest = after.trim_start();
    }
    Ok(parameters)
}

fn take_value(text: &str) -> Result<(String, &str)> {
    let (quoted, body) = match text.strip_prefix('\'') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, escaped)) => value.push(escaped),
                None => return Err(wrong("it ends with a backslash")),
            },
            '\'' if quoted => return Ok((value, &body[at + 1..])),
            space if !quoted && space.is_whitespace() => return Ok((value, &body[at..])),
            other => value.push(other),
        }
    }
    if quoted { Err(wrong("a quote is not closed")) } else { Ok((value, "")) }
}

fn is_keyword(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| (byte as char).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) if (high, low) != (0, 0) => bytes.push((high * 16 + low) as u8),
            _ => return Err(wrong("a % that is no escape is written %25")),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 behind the % escapes"))
}

fn encoded(text: &str, keep: &str) -> String {
    let mut url = String::new();
    for byte in text.bytes() {
        let character = byte as char;
        if byte.is_ascii_alphanumeric() || "-._~".contains(character) || keep.contains(character) {
            url.push(character);
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_url() {
        let url = "postgresql://anna:p%40ss%2F@db.example:5433/wvl?sslmode=verify-full&sslrootcert=/etc/ca.pem";
        let parameters = Parameters::parse(url).unwrap();
        assert_eq!(
            parameters.conninfo(),
            "user='anna' password='p@ss/' host='db.example' port='5433' dbname='wvl' sslmode='verify-full' \
             sslrootcert='/etc/ca.pem'"
        );
        assert_eq!(
            parameters.masked(),
            "postgresql://anna@db.example:5433/wvl?sslmode=verify-full&sslrootcert=/etc/ca.pem"
        );
    }

    #[test]
    fn sockets_lists_and_ipv6() {
        let socket = Parameters::parse("postgresql:///wvl?host=/var/lib/wvl/run&user=wvl").unwrap();
        assert_eq!(socket.get("host"), Some("/var/lib/wvl/run"));
        assert_eq!(socket.masked(), "postgresql://wvl@/wvl?host=/var/lib/wvl/run");
        let encoded = Parameters::parse("postgres://%2Frun%2Fpg/wvl").unwrap();
        assert_eq!(encoded.get("host"), Some("/run/pg"));
        let list = Parameters::parse("postgresql://a:1,b/wvl").unwrap();
        assert_eq!((list.get("host"), list.get("port")), (Some("a,b"), Some("1,")));
        let ipv6 = Parameters::parse("postgresql://[::1]:5433/wvl").unwrap();
        assert_eq!((ipv6.get("host"), ipv6.get("port")), (Some("::1"), Some("5433")));
    }

    #[test]
    fn what_is_not_known_to_be_harmless_is_not_shown() {
        let url = "postgresql://a@h/d?scram_client_key=geheim&scram_server_key=geheim&oauth_client_secret=geheim\
                   &sslpassword=geheim&something_new=geheim&oauth_client_id=wvl";
        assert_eq!(Parameters::parse(url).unwrap().masked(), "postgresql://a@h/d?oauth_client_id=wvl");
    }

    #[test]
    fn pairs_with_quotes() {
        let parameters = Parameters::parse(r"host = /run dbname='my db' password='it\'s \\' user=anna").unwrap();
        assert_eq!(parameters.get("dbname"), Some("my db"));
        assert_eq!(parameters.get("password"), Some(r"it's \"));
        assert_eq!(parameters.get("user"), Some("anna"));
        assert_eq!(Parameters::parse(&parameters.conninfo()).unwrap().conninfo(), parameters.conninfo());
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_quoted() {
        for bad in [
            "postgresql://u:sec@ret@host/db",
            "postgresql://u:sec%ret@host/db",
            "postgresql://u:sec/ret@host/db",
            "mysql://u:secret@host/db",
            "host=x password='secret",
            "secret",
            "postgresql://h/db?secret",
        ] {
            let error = Parameters::parse(bad).err().unwrap_or_else(|| panic!("{bad} was read"));
            assert!(!format!("{error} {:?}", error.hints()).contains("sec"), "{error}");
        }
    }
}
