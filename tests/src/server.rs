//! A server on a free port that stops when its handle is dropped.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use crate::{Answer, App, Ask, serve_actix, serve_axum, serve_tower, serve_warp};

/// A framework: its name, and a function that serves an application with it.
#[derive(Clone, Copy)]
pub struct Framework {
    /// The name, as on the command line.
    pub name: &'static str,
    run: fn(App, TcpListener, Ready),
}

const AXUM: Framework = Framework { name: "axum", run: serve_axum::run };
const ACTIX: Framework = Framework { name: "actix", run: serve_actix::run };
const WARP: Framework = Framework { name: "warp", run: serve_warp::run };

/// Every framework that has an adapter of its own.
pub const FRAMEWORKS: [Framework; 3] = [AXUM, ACTIX, WARP];

/// The same frameworks, and hyper with the layer for all other services.
pub const EVERY: [Framework; 4] = [AXUM, ACTIX, WARP, Framework { name: "hyper", run: serve_tower::run }];

/// How a driver reports that it is ready, and how it is stopped.
pub(crate) type Ready = std::sync::mpsc::Sender<Box<dyn FnOnce() + Send>>;

impl Framework {
    /// Serves an application on a free port of the loopback interface.
    ///
    /// # Panics
    /// Panics if there is no free port, or if the framework does not start.
    #[must_use]
    pub fn serve(&self, app: App) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port");
        let (ready, started) = std::sync::mpsc::channel();
        let run = self.run;
        let thread = std::thread::spawn(move || run(app, listener, ready));
        let stop = started.recv().expect("the server starts");
        Server { address, stop: Some(stop), thread: Some(thread) }
    }
}

impl fmt::Debug for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A running server. It stops on drop.
pub struct Server {
    address: SocketAddr,
    stop: Option<Box<dyn FnOnce() + Send>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Returns the address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request to the server.
    #[must_use]
    pub fn ask(&self, ask: Ask) -> Answer {
        ask.send(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        if let Some(thread) = self.thread.take() {
            // If the server panicked, its responses have already shown it.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Runs a server's future on this thread until it is stopped.
pub(crate) fn block_on(ready: Ready, server: impl Future<Output = ()>) {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let stop = Box::new(move || {
            let _ = stop.send(());
        });
        ready.send(stop).expect("somebody waits");
        tokio::select! {
            () = server => {}
            _ = stopped => {}
        }
    });
}
