//! A server over a store of made-up articles, and a client that reads whole answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use bantin::clock::Clock;
use bantin::config::Config;
use bantin::server::{App, Door, listen};
use tokio_util::sync::CancellationToken;

use crate::support::{config, filled};

pub struct Server {
    _directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
    _config: tokio::sync::watch::Sender<Arc<Config>>,
    pub address: SocketAddr,
}

/// Serves so many articles on loopback by one thread.
pub fn serving(articles: usize) -> Server {
    let clock = Clock::system();
    let (directory, store) = filled(articles, clock.now());
    let (keep, config) = tokio::sync::watch::channel(Arc::new(config("")));
    let app = App::new(config, Arc::new(store), clock, tokio::sync::mpsc::channel(1).0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(listen(listener, Door::new(app, axum::Router::new()), CancellationToken::new()));
        address
    });
    Server { _directory: directory, _runtime: runtime, _config: keep, address }
}

/// A connection that is kept open.
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub fn of(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, answer: Vec::new() }
    }

    /// Sends a request and reads the whole answer; its status and head.
    pub fn ask(&mut self, path: &str, headers: &str) -> (u16, String) {
        write!(self.stream, "GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").unwrap();
        self.answer.clear();
        let mut chunk = vec![0; 65536];
        let (head, body_from) = loop {
            let read = self.stream.read(&mut chunk).unwrap();
            self.answer.extend_from_slice(&chunk[..read]);
            if let Some(at) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break (String::from_utf8(self.answer[..at].to_vec()).unwrap(), at + 4);
            }
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length = length.filter(|_| !head.starts_with("HTTP/1.1 304")).unwrap_or(0);
        while self.answer.len() < body_from + length {
            let read = self.stream.read(&mut chunk).unwrap();
            self.answer.extend_from_slice(&chunk[..read]);
        }
        (head[9..12].parse().unwrap(), head)
    }
}
