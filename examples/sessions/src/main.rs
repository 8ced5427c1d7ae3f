//! Sessions on axum: log in on two devices, log out of one, exchange a refresh token, catch a thief with a stolen one,
//! log out everywhere.
//!
//! ```sh
//! cargo run -p sessions
//! ```
//!
//! It serves the routes of `app.rs` on a free port, plays the story of `story.rs` with them, prints each step with its
//! answer, and ends. The exit code is 0 if every answer was as told.

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

/// Gives whether every answer was as told.
async fn run() -> Result<bool, Box<dyn Error>> {
    let (clock, alarms) = (Clock::default(), Alarms::default());
    let jwt = app::manager(clock.clone(), alarms.clone())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // It ends with the program.
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app::app(jwt)).await {
            eprintln!("server failed: {error}");
        }
    });
    let story =
        spawn_blocking(move || story::play(address, clock, alarms).map_err(|error| error.to_string()));
    Ok(story.await??)
}
