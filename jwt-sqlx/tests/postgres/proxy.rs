use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jwt_test_servers::Postgres;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The network between a store and the server of all tests. It counts the answers of the server, and can fall silent:
/// nothing gets through any more, and neither side notices that the other one has gone.
#[derive(Clone, Default)]
pub(crate) struct Proxy {
    port: u16,
    answers: Arc<AtomicUsize>,
    swallowed: Arc<AtomicUsize>,
    /// The number of answers after which it falls silent. 0 means never.
    last: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), ..Self::default() };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", Postgres::shared().port())).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(accepting.clone().questions(from_client, to_server));
                tokio::spawn(accepting.clone().answers(from_server, to_client));
            }
        });
        proxy
    }

    pub(crate) fn through(&self, options: PgConnectOptions) -> PgConnectOptions {
        options.port(self.port).ssl_mode(PgSslMode::Disable)
    }

    /// Returns how often the server has reported that it is ready for the next query.
    pub(crate) fn count(&self) -> usize {
        self.answers.load(Ordering::SeqCst)
    }

    pub(crate) async fn until_counted(&self, count: usize) {
        while self.count() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Lets this many more answers through.
    pub(crate) fn silent_after(&self, answers: usize) {
        self.last.store(self.count() + answers, Ordering::SeqCst);
    }

    pub(crate) async fn until_swallowed(&self) {
        while self.swallowed.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn speak(&self) {
        self.last.store(0, Ordering::SeqCst);
    }

    fn is_silent(&self) -> bool {
        let last = self.last.load(Ordering::SeqCst);
        last > 0 && self.count() >= last
    }

    async fn questions(self, mut client: OwnedReadHalf, mut server: OwnedWriteHalf) {
        let mut buffer = [0; 8192];
        loop {
            let length = client.read(&mut buffer).await.unwrap_or(0);
            if self.is_silent() {
                self.swallowed.fetch_add(1, Ordering::SeqCst);
                // Bytes that were dropped are never delivered later, and the server never notices.
                return std::future::pending().await;
            }
            if length == 0 || server.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }

    /// Splits the stream into messages: a letter, and a length that includes itself.
    async fn answers(self, mut server: OwnedReadHalf, mut client: OwnedWriteHalf) {
        loop {
            let mut message = vec![0; 5];
            if server.read_exact(&mut message).await.is_err() {
                return;
            }
            let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]);
            message.resize(1 + usize::try_from(length).unwrap(), 0);
            if server.read_exact(&mut message[5..]).await.is_err() {
                return;
            }
            if message[0] == b'Z' {
                self.answers.fetch_add(1, Ordering::SeqCst);
            }
            if client.write_all(&message).await.is_err() {
                return;
            }
        }
    }
}
