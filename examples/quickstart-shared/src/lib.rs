//! What the quickstarts have in common, whatever the framework: the command line, the manager with its two custom
//! answers, the login, the tokens and the bodies, and the printed walkthrough.

mod answers;
mod issuing;
mod start;
mod walkthrough;

pub use answers::{Answers, Credentials, bad_credentials, hello};
pub use issuing::{Issued, Quickstart};
pub use start::{Error, Options, exit_code, listen};
pub use walkthrough::print_walkthrough;
