use std::hint::black_box;

use jwt_core::{JwtManager, Policy};

use crate::contender::Contender;

pub const CHECK: &str = "jwt-core: check";

/// Checks a token as an adapter does.
pub fn check(manager: JwtManager) -> Contender {
    Contender::new(CHECK, move |sample| {
        let checked = manager.check(&sample.request, &Policy::access());
        black_box(&checked).is_ok()
    })
}

/// Completes the check, which does not need a loader.
pub fn complete(manager: JwtManager) -> Contender {
    completed("jwt-core: check, complete_now", manager)
}

/// The same with another name. A token whose key would have to be fetched is not accepted.
pub fn completed(name: &'static str, manager: JwtManager) -> Contender {
    Contender::new(name, move |sample| {
        let Ok(checked) = manager.check(&sample.request, &Policy::access()) else { return false };
        let authenticated = manager.complete_now(checked);
        black_box(&authenticated).as_ref().is_ok_and(Result::is_ok)
    })
}
