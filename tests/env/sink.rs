//! smtp-sink, Postfix's own test server, and the files into which it writes what it got.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// A server process that ends with the value.
pub struct Sink {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    child: Child,
    folder: tempfile::TempDir,
    /// Who said hello in which file; an unfinished file has no header yet.
    known: Mutex<HashMap<PathBuf, String>>,
}

/// A message as the server kept it, whatever it answered.
#[derive(Clone, Debug)]
pub struct Dump {
    /// What the sender called itself.
    pub helo: String,
    /// The recipients it accepted.
    pub to: Vec<String>,
    /// The bytes, with CRLF.
    pub data: Vec<u8>,
    /// When the last of it was written.
    pub at: SystemTime,
}

impl Sink {
    /// Starts the server with these options (`-q .` …); each message gets a file of its own.
    pub fn start(options: &[&str]) -> Sink {
        // not below the sources: the server's user must be able to come here
        let folder = tempfile::Builder::new().prefix("wvl-sink").tempdir_in("/tmp").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("smtp-sink");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(folder.path());
        if nix::unistd::geteuid().is_root() {
            let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
            std::os::unix::fs::chown(folder.path(), Some(nobody.uid.as_raw()), None).unwrap();
            command.args(["-u", "nobody"]);
        }
        command.args(options).args(["-d", "%M.", &format!("127.0.0.1:{port}"), "100"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.expect("smtp-sink is part of the package postfix; .ci/setup installs it");
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "smtp-sink {options:?} does not listen on {port}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Sink { port, child, folder, known: Mutex::default() }
    }

    /// The messages of those who said hello with this name; none: all of them.
    pub fn dumps(&self, helo: Option<&dyn Fn(&str) -> bool>) -> Vec<Dump> {
        let mut known = self.known.lock().unwrap();
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        // what is unfinished goes when the connection breaks
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| match helo {
                None => true,
                Some(wanted) => {
                    let name = match known.get(path) {
                        Some(name) => name.clone(),
                        None => hello_in(path)
                            .inspect(|name| drop(known.insert(path.clone(), name.clone())))
                            .unwrap_or_default(),
                    };
                    wanted(&name)
                }
            })
            .filter_map(|path| read(&path))
            .collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

fn hello_in(path: &Path) -> Option<String> {
    let mut start = [0; 512];
    let read = std::fs::File::open(path).ok()?.read(&mut start).ok()?;
    let text = String::from_utf8_lossy(&start[..read]).into_owned();
    let (_, rest) = text.split_once("X-Helo-Args: ")?;
    rest.split_once('\n').map(|(name, _)| name.to_owned())
}

/// The server puts its own headers in front, writes LF, and ends with a line of its own.
fn read(path: &Path) -> Option<Dump> {
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    let bytes = std::fs::read(path).ok()?;
    let (mut helo, mut to, mut rest) = (String::new(), Vec::new(), bytes.as_slice());
    let mut in_received = false;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let line = String::from_utf8_lossy(&rest[..end]);
        if in_received && !line.starts_with('\t') {
            break;
        }
        in_received |= line.starts_with("Received: ");
        if let Some(name) = line.strip_prefix("X-Helo-Args: ") {
            helo = name.to_owned();
        } else if let Some(address) = line.strip_prefix("X-Rcpt-Args: ") {
            to.push(address.trim_start_matches('<').trim_end_matches('>').to_owned());
        }
        rest = &rest[end + 1..];
    }
    let mut data = Vec::with_capacity(rest.len() + rest.len() / 32);
    for line in rest.strip_suffix(b"\n")?.split_inclusive(|byte| *byte == b'\n') {
        data.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        data.extend_from_slice(b"\r\n");
    }
    Some(Dump { helo, to, data, at })
}
