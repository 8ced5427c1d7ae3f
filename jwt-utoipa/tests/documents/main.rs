//! The documents of guarded routes.

mod ways;
