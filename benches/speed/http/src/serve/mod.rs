//! The servers that are measured. All of them respond with the same body.

mod actix;
mod axum;
mod decode;
mod floor;
mod warp;

use std::collections::BTreeMap;
use std::env;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result, bail};
use tokio::runtime::{Builder, Runtime};

use crate::child::Ready;

const BODY: &str = "{\"answer\":42}";

/// Serves until standard input ends and does not return, if this process was started for that. Otherwise does nothing.
pub fn serve_if_asked() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [serve, name, workers] = &*arguments else {
        return Ok(());
    };
    if serve != "serve" {
        return Ok(());
    }
    // The process that started this one is gone, for whatever reason.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let workers = workers.parse().context("how many workers")?;
    match &**name {
        "axum" => axum::serve(workers)?,
        "actix" => actix::serve(workers)?,
        "warp" => warp::serve(workers)?,
        name => bail!("no server {name}"),
    }
    std::process::exit(0)
}

fn runtime(workers: usize) -> Result<Runtime> {
    let mut builder = match workers {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    // A current-thread runtime only works on the thread itself.
    Ok(builder.worker_threads(workers).enable_all().build()?)
}

fn listen() -> Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Prints the addresses of the routes.
fn ready<S: Into<String>>(routes: impl IntoIterator<Item = (S, u16)>) -> Result<()> {
    let ports: BTreeMap<_, _> = routes.into_iter().map(|(route, port)| (route.into(), port)).collect();
    let line = serde_json::to_string(&Ready { pid: std::process::id(), ports })?;
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
