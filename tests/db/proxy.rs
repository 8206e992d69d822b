//! A socket between wvl and the server that breaks where a test says.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use wvl::db::parameters::Parameters;

/// Where the connection breaks.
#[derive(Clone, Copy)]
pub enum Cut {
    Never,
    BeforeCommit,
    BeforeItsAnswer,
}

/// Breaks one connection of all at a certain piece of what is said, in either direction; later ones live.
#[derive(Default)]
struct Once {
    /// Counting begins with the first question that holds this.
    begins_with: Vec<u8>,
    has_begun: AtomicBool,
    passed: AtomicUsize,
    at: usize,
    is_question: bool,
}

impl Once {
    fn is_now(&self, is_question: bool, bytes: &[u8]) -> bool {
        if self.at == 0 {
            return false;
        }
        let begins = || bytes.windows(self.begins_with.len()).any(|window| window == self.begins_with);
        let has_begun = self.has_begun.load(Ordering::SeqCst) || (is_question && begins());
        if !has_begun {
            return false;
        }
        self.has_begun.store(true, Ordering::SeqCst);
        is_question == self.is_question && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.at
    }
}

/// A listening proxy; it ends with the test process.
pub struct Proxy {
    /// The address that leads through it.
    pub url: String,
    cut: Arc<AtomicU8>,
    once: Arc<Once>,
    _folder: tempfile::TempDir,
}

impl Proxy {
    pub fn start(url: &str) -> Proxy {
        Proxy::listen(url, Once::default())
    }

    /// A proxy that breaks the connection instead of passing on the piece with this number, counted from 1 from the first
    /// question on that holds the text.
    pub fn cut_once(url: &str, begins_with: &str, is_question: bool, at: usize) -> Proxy {
        Proxy::listen(url, Once { begins_with: begins_with.into(), at, is_question, ..Once::default() })
    }

    /// Whether that has happened.
    pub fn has_cut(&self) -> bool {
        self.once.passed.load(Ordering::SeqCst) >= self.once.at
    }

    fn listen(url: &str, once: Once) -> Proxy {
        let once = Arc::new(once);
        let mut parameters = Parameters::parse(url).unwrap();
        let server = PathBuf::from(parameters.get("host").unwrap()).join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        parameters.set("host", folder.path().to_str().unwrap());
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let proxy = Proxy { url: parameters.masked(), cut: Arc::clone(&cut), once: Arc::clone(&once), _folder: folder };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = UnixStream::connect(&server).unwrap();
                let answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let orders = (Arc::clone(&cut), Arc::clone(&once));
                std::thread::spawn(move || forward_answers(answers.0, answers.1, &orders.0, &orders.1));
                let orders = (Arc::clone(&cut), Arc::clone(&once));
                std::thread::spawn(move || forward_questions(client, server, &orders.0, &orders.1));
            }
        });
        proxy
    }

    pub fn cut_at(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }
}

fn forward_questions(mut client: UnixStream, mut server: UnixStream, cut: &AtomicU8, once: &Once) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..read].windows(6).any(|window| window == b"COMMIT");
        if (is_commit && cut.load(Ordering::SeqCst) == Cut::BeforeCommit as u8) || once.is_now(true, &buffer[..read]) {
            break;
        }
        if server.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

fn forward_answers(mut server: UnixStream, mut client: UnixStream, cut: &AtomicU8, once: &Once) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        // the command tag of COMMIT's answer
        let is_commit = buffer[..read].windows(7).any(|window| window == b"COMMIT\0");
        if (is_commit && cut.load(Ordering::SeqCst) == Cut::BeforeItsAnswer as u8)
            || once.is_now(false, &buffer[..read])
        {
            break;
        }
        if client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}
