//! Error handlers could not remove the manager's cookies with their response.

use jwt_core::{ErrorHandlers, ErrorResponse, Location, Refusal};

use crate::Attack;
use crate::site::{MINUTE, Setup, set_cookies};

pub(crate) const ATTACK: Attack = Attack {
    name: "R18",
    tried: "error handlers that remove the access cookie, or all cookies, with a 401",
    on: "axum, actix-web, warp; memory",
    run,
};

struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        refusal.default_response().unset_access_cookies()
    }

    fn revoked_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        refusal.default_response().unset_cookies()
    }
}

fn run() {
    let setup = Setup::new().config(|config| config.cookie_domain("example.com"));
    setup.build(|builder| builder.error_handlers(Answers)).with_tokens_in(Location::Cookie, |site| {
        for path in ["/me", "/guarded"] {
            let device = site.log_in();
            assert!(set_cookies(&site.get(path, &device)).is_empty());
            site.clock.advance(20 * MINUTE);
            let answer = site.get(path, &device);
            assert_eq!(answer.status, 401);
            let names: Vec<_> =
                set_cookies(&answer).iter().map(|field| field.split('=').next().unwrap()).collect();
            assert_eq!(names, ["access_token_cookie", "csrf_access_token"], "{path}");
            let is_removal = |field: &&str| field.contains("Domain=example.com; Max-Age=0");
            assert!(set_cookies(&answer).iter().all(is_removal), "{:?}", set_cookies(&answer));

            let device = site.log_in();
            assert_eq!(site.post("/logout", &device).status, 200);
            assert_eq!(set_cookies(&site.get(path, &device)).len(), 4, "{path}");
        }
    });
}
