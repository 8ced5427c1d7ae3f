//! Sessions on axum: log in on two devices, log out on one, exchange a refresh token, catch a thief with a stolen
//! refresh token, and log out everywhere.
//!
//! ```sh
//! cargo run -p sessions
//! ```
//!
//! The program serves the routes in `app.rs` on a free port, plays the story in `story.rs` against them, and prints
//! each step with its response. The exit code is 0 if every response was as expected.

mod app;
mod client;
mod story;

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use app::{Alarms, Clock};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every response was as expected.
async fn run() -> Result<bool, Box<dyn Error>> {
    let (clock, alarms) = (Clock::default(), Alarms::default());
    let jwt = app::manager(clock.clone(), alarms.clone())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // The server stops when the program ends.
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app::app(jwt)).await {
            eprintln!("server failed: {error}");
        }
    });
    let story =
        spawn_blocking(move || story::play(address, clock, alarms).map_err(|error| error.to_string()));
    Ok(story.await??)
}
