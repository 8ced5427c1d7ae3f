//! A proxy between a program and its server.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

/// Forwards bytes in both directions, in tasks of the runtime.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Drops the next reply and its connection.
    loses: AtomicBool,
    /// Forwards no replies.
    hangs: AtomicBool,
    /// Forwards each reply after this many milliseconds.
    delay: AtomicU64,
}

impl Proxy {
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn lose_the_next_answer(&self) {
        self.state.loses.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_lost_it(&self) -> bool {
        !self.state.loses.load(Ordering::SeqCst)
    }

    pub(crate) fn hang(&self, hangs: bool) {
        self.state.hangs.store(hangs, Ordering::SeqCst);
    }

    pub(crate) fn delay(&self, millis: u64) {
        self.state.delay.store(millis, Ordering::SeqCst);
    }
}

async fn hand_on(client: TcpStream, server: u16, state: Arc<State>) {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
        if state.loses.swap(false, Ordering::SeqCst) {
            break;
        }
        if state.hangs.load(Ordering::SeqCst) {
            continue;
        }
        let delay = state.delay.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if to_client.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    asking.abort();
}
