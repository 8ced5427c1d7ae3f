//! A trusted issuer's tokens of every kind satisfied policies that were about the service's own tokens.

use crate::Attack;
use crate::foreign::{OWN, PARTNERS, RESET, at_partner, on_every_service, partner, service, status};

pub(crate) const ATTACK: Attack = Attack {
    name: "S2",
    tried: "a trusted issuer's access, admin, fresh, refresh, and reset tokens, on 15 routes that are not for it",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    let (theirs, jwt) = (at_partner(), service(partner()));
    let tokens = [
        theirs.access_token("alice"),
        theirs.access_token("alice").fresh().claim("scope", "admin"),
        theirs.refresh_token("alice").claim("scope", "admin"),
        theirs.token(RESET, "alice"),
    ];
    let tokens = tokens.map(|token| token.encode().unwrap());
    on_every_service(&jwt, |server| {
        for token in &tokens {
            for path in OWN {
                assert_eq!(status(server, path, token), 422, "{path}");
            }
        }
        for path in PARTNERS {
            assert_eq!(
                tokens.each_ref().map(|token| status(server, path, token)),
                [200, 200, 422, 422],
                "{path}"
            );
        }
    });
}
