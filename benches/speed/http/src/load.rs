//! Connections that send the next request when they have a response.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::child::Server;

pub(crate) const CONNECTIONS: usize = 32;

/// How long a server may take to become idle. Then the CPU times of its threads are up to date.
const REST: Duration = Duration::from_millis(3);

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// The server's CPU time, in nanoseconds.
    pub(crate) cpu: u64,
}

impl Window {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Per request, in microseconds.
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu as f64 / self.requests as f64 / 1e3
    }

    /// How many cores the server used.
    pub(crate) fn cores(&self) -> f64 {
        self.cpu as f64 / self.seconds / 1e9
    }
}

/// The server, the requests, and the expected response.
pub(crate) struct Target {
    pub(crate) port: u16,
    /// One request for each connection, which sends it repeatedly.
    pub(crate) requests: Vec<Rc<[u8]>>,
    pub(crate) status: u16,
}

pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// Sends requests for about this long.
pub(crate) async fn window(server: &Server, target: &Target, length: Duration) -> Result<Window> {
    let mut connections = open(target.port);
    // The first request of a connection costs more.
    let first: [_; CONNECTIONS] = std::array::from_fn(|_| Cell::new(true));
    let once = |index: usize| Ok(first[index].take().then(|| Rc::clone(&target.requests[index])));
    drive(&mut connections, target.status, &once).await?;
    tokio::time::sleep(REST).await;

    let before = server.cpu()?;
    let start = Instant::now();
    let next = |index: usize| Ok((start.elapsed() < length).then(|| Rc::clone(&target.requests[index])));
    let requests = drive(&mut connections, target.status, &next).await?;
    let seconds = start.elapsed().as_secs_f64();
    tokio::time::sleep(REST).await;
    ensure!(requests > 0, "no answer");
    let window = Window { requests, seconds, cpu: server.cpu()? - before };
    drop(connections);
    tokio::time::sleep(REST).await;
    Ok(window)
}

pub(crate) fn open(port: u16) -> Vec<Connection> {
    (0..CONNECTIONS).map(|_| Connection { port, stream: None, answer: Vec::with_capacity(4096) }).collect()
}

/// Sends requests over all connections until there are no more. Returns how many got a response.
pub(crate) async fn drive(
    connections: &mut [Connection],
    status: u16,
    next: &dyn Fn(usize) -> Result<Option<Rc<[u8]>>>,
) -> Result<u64> {
    let answered = Cell::new(0);
    let count = &answered;
    future::try_join_all(connections.iter_mut().enumerate().map(|(index, connection)| async move {
        while let Some(request) = next(index)? {
            let got = connection.ask(&request).await?;
            if got != status {
                bail!("{got} instead of {status}: {}", String::from_utf8_lossy(&connection.answer));
            }
            count.set(count.get() + 1);
        }
        Ok(())
    }))
    .await?;
    Ok(answered.get())
}

pub(crate) struct Connection {
    port: u16,
    stream: Option<TcpStream>,
    answer: Vec<u8>,
}

impl Connection {
    /// Returns the status of the response, after reading all of it.
    async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?,
        };
        stream.write_all(request).await?;
        self.answer.clear();
        loop {
            ensure!(stream.read_buf(&mut self.answer).await? > 0, "the server closed a connection");
            if let Some(head) = Head::read(&self.answer)? {
                while self.answer.len() < head.end {
                    ensure!(stream.read_buf(&mut self.answer).await? > 0, "the response is incomplete");
                }
                self.stream = head.keep.then_some(stream);
                return Ok(head.status);
            }
        }
    }
}

struct Head {
    status: u16,
    /// Where the body ends.
    end: usize,
    /// Whether the connection stays open.
    keep: bool,
}

impl Head {
    fn read(answer: &[u8]) -> Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(body) = response.parse(answer)? else {
            return Ok(None);
        };
        let status = response.code.context("no status")?;
        let value = |name: &str| {
            let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| str::from_utf8(header.value).ok())
        };
        let length: usize = value("content-length").context("a response without a length")?.parse()?;
        let keep = !value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(Some(Self { status, end: body + length, keep }))
    }
}
