//! What the quickstarts have in common, whatever the framework: the command line, the manager with its two custom
//! answers, the login, the bodies, and the printed walkthrough.

mod answers;
mod start;
mod walkthrough;

pub use answers::{Answers, Credentials, bad_credentials, hello, new_access_token, new_tokens};
pub use start::{Error, Options, exit_code, listen, manager};
pub use walkthrough::print_walkthrough;
