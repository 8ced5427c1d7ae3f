//! A stolen access cookie was renewed for as long as its session lasted.

use std::time::Duration;

use jwt_core::Location;

use crate::Attack;
use crate::site::{MINUTE, Setup, set_cookies};
use crate::stores::Events;

pub(crate) const ATTACK: Attack = Attack {
    name: "S7",
    tried: "a copied access cookie is renewed over and over, while the owner exchanges refresh tokens",
    on: "axum, actix-web, warp; memory",
    run,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn run() {
    let events = Events::default();
    let told = events.clone();
    Setup::new()
        .renewing(5 * MINUTE)
        .build(move |builder| builder.session_events(told.clone()))
        .with_tokens_in(Location::Cookie, |site| {
            let began = site.clock.now();
            let mut owner = site.log_in();
            let mut thief = owner.clone();
            let mut renewals = 0;
            let age = loop {
                site.clock.advance(11 * MINUTE);
                let age = site.clock.now().duration_since(began).unwrap();
                assert!(age < 48 * HOUR, "renewed {renewals} times");
                // The owner's exchanges do not help the thief.
                if age.as_secs() % (55 * 60) == 0 {
                    site.refresh(&mut owner);
                }
                let answer = site.get("/me", &thief);
                if answer.status != 200 {
                    break age;
                }
                if !set_cookies(&answer).is_empty() {
                    renewals += 1;
                    thief.take(&answer);
                }
            };
            assert!(age >= 24 * HOUR && age < 24 * HOUR + 15 * MINUTE, "{age:?}");
            let told = events.take();
            assert_eq!(told.iter().filter(|event| *event == "renewed").count(), renewals);
            assert!(renewals > 100);
            site.refresh(&mut owner);
            assert_eq!(site.get("/me", &owner).status, 200);
        });
}
