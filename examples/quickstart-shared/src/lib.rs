//! What the quickstarts have in common, whatever the framework: the command line, the manager with its store and its two
//! custom answers, who may log in, the bodies, and the printed walkthrough.

mod answers;
mod sessions;
mod start;
mod store;
mod walkthrough;

pub use answers::{Answers, bad_credentials, hello};
pub use sessions::{Credentials, sessions};
pub use start::{Error, Options, exit_code, listen, manager};
pub use store::{NoSuchStore, Store};
pub use walkthrough::print_walkthrough;
