//! A door in front of several mail servers: each connection goes to the one that the test chooses, and may be cut.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Who came in: the number of the run that the door was opened for, and that of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Visitor {
    /// Of the process, see [`Switch::open_for`].
    pub run: u64,
    /// Counted over the life of the door.
    pub connection: u64,
}

impl Visitor {
    /// What a server behind the door hears as the sender's name.
    pub fn name(self) -> String {
        format!("run-{}.{}", self.run, self.connection)
    }

    /// The visitor of that name.
    pub fn by_name(name: &str) -> Option<Visitor> {
        let (run, connection) = name.strip_prefix("run-")?.split_once('.')?;
        Some(Visitor { run: run.parse().ok()?, connection: connection.parse().ok()? })
    }
}

/// Where a connection goes.
pub enum Route {
    /// To a server in this process.
    Served(Box<dyn FnOnce(TcpStream) + Send>),
    /// To a server at this port. After so many bytes behind the greeting the sender is heard no more; what the server had
    /// to say until then is passed on.
    Through {
        /// Of 127.0.0.1.
        port: u16,
        /// None: never.
        cut_after: Option<usize>,
    },
    /// To nobody.
    Closed,
}

/// A listening door; it ends with the test process.
pub struct Switch {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    run: Arc<AtomicU64>,
    connections: Arc<AtomicUsize>,
    open: Arc<Mutex<HashMap<u64, usize>>>,
}

impl Switch {
    /// A door; `choose` is asked for each connection.
    pub fn start(choose: impl Fn(Visitor) -> Route + Send + 'static) -> Switch {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let switch = Switch {
            port: listener.local_addr().unwrap().port(),
            run: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
        };
        let (run, connections, open) =
            (Arc::clone(&switch.run), Arc::clone(&switch.connections), Arc::clone(&switch.open));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                client.set_nodelay(true).unwrap();
                let connection = connections.fetch_add(1, Ordering::SeqCst) as u64;
                let visitor = Visitor { run: run.load(Ordering::SeqCst), connection };
                let (route, open) = (choose(visitor), Arc::clone(&open));
                *open.lock().unwrap().entry(visitor.run).or_default() += 1;
                std::thread::spawn(move || {
                    let _ = lead(route, client, visitor);
                    *open.lock().unwrap().entry(visitor.run).or_default() -= 1;
                });
            }
        });
        switch
    }

    /// Who comes in from now on belongs to this run.
    pub fn open_for(&self, run: u64) {
        self.run.store(run, Ordering::SeqCst);
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Connections of this run that a server still works on.
    pub fn busy(&self, run: u64) -> usize {
        self.open.lock().unwrap().get(&run).copied().unwrap_or(0)
    }
}

fn lead(route: Route, client: TcpStream, visitor: Visitor) -> std::io::Result<()> {
    let (port, cut_after) = match route {
        Route::Served(serve) => {
            serve(client);
            return Ok(());
        }
        Route::Closed => return Ok(()),
        Route::Through { port, cut_after } => (port, cut_after),
    };
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.set_nodelay(true)?;
    let answers = {
        let (mut server, mut client) = (server.try_clone()?, client.try_clone()?);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut server, &mut client);
            // also ends the reading of the other direction
            let _ = client.shutdown(Shutdown::Both);
        })
    };
    let _ = pass_on(&client, &mut server, visitor, cut_after.unwrap_or(usize::MAX));
    let _ = server.shutdown(Shutdown::Write);
    let _ = answers.join();
    Ok(())
}

/// The sender's side; it is announced under the visitor's name.
fn pass_on(client: &TcpStream, server: &mut TcpStream, visitor: Visitor, cut_after: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let is_hello = line.starts_with(b"EHLO ");
        if is_hello {
            line = format!("EHLO {}\r\n", visitor.name()).into_bytes();
        }
        server.write_all(&line)?;
        if !is_hello && !line.starts_with(b"AUTH ") {
            break;
        }
        line.clear();
    }
    let (mut left, mut buffer) = (cut_after, vec![0; 16_384]);
    while left > 0 {
        let wanted = left.min(buffer.len());
        let read = reader.read(&mut buffer[..wanted])?;
        if read == 0 {
            break;
        }
        server.write_all(&buffer[..read])?;
        left -= read;
    }
    Ok(())
}
