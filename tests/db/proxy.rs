//! A socket between wvl and the server that breaks where a test says.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use wvl::db::parameters::Parameters;

/// Where the connection breaks.
#[derive(Clone, Copy)]
pub enum Cut {
    Never,
    BeforeCommit,
    BeforeItsAnswer,
}

/// A listening proxy; it ends with the test process.
pub struct Proxy {
    /// The address that leads through it.
    pub url: String,
    cut: Arc<AtomicU8>,
    _folder: tempfile::TempDir,
}

impl Proxy {
    pub fn start(url: &str) -> Proxy {
        let mut parameters = Parameters::parse(url).unwrap();
        let server = PathBuf::from(parameters.get("host").unwrap()).join(".s.PGSQL.5432");
        let folder = tempfile::tempdir().unwrap();
        parameters.set("host", folder.path().to_str().unwrap());
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let proxy = Proxy { url: parameters.masked(), cut: Arc::clone(&cut), _folder: folder };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = UnixStream::connect(&server).unwrap();
                let answers = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&cut));
                std::thread::spawn(move || forward_answers(answers.0, answers.1, &answers.2));
                let cut = Arc::clone(&cut);
                std::thread::spawn(move || forward_questions(client, server, &cut));
            }
        });
        proxy
    }

    pub fn cut_at(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }
}

fn forward_questions(mut client: UnixStream, mut server: UnixStream, cut: &AtomicU8) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..read].windows(6).any(|window| window == b"COMMIT");
        if is_commit && cut.load(Ordering::SeqCst) == Cut::BeforeCommit as u8 {
            break;
        }
        if server.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

fn forward_answers(mut server: UnixStream, mut client: UnixStream, cut: &AtomicU8) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        // the command tag of COMMIT's answer
        let is_commit = buffer[..read].windows(7).any(|window| window == b"COMMIT\0");
        if is_commit && cut.load(Ordering::SeqCst) == Cut::BeforeItsAnswer as u8 {
            break;
        }
        if client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}
