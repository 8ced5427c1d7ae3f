mod declare;
mod extract;

pub use extract::{Extract, TokenPolicy};
