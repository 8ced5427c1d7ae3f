//! What the sessions examples have in common, whatever the framework: the manager, what the application knows of its
//! users' devices, and the story with its client.

mod app;
mod client;
mod story;

pub use app::{Device, hello, sessions};
pub use story::play;
