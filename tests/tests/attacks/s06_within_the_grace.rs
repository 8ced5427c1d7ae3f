//! A thief and an owner who took turns within the grace period were never found.

use std::time::Duration;

use jwt_core::Config;

use crate::Attack;
use crate::site::Setup;
use crate::stores::{Events, on_every_store};

pub(crate) const ATTACK: Attack = Attack {
    name: "S6",
    tried: "a thief exchanges every 14 minutes, and the owner 9 seconds later, with the same token",
    on: "axum, actix-web, warp; memory, SQLite, PostgreSQL, Redis, Replicated",
    run,
};

const ROUND: Duration = Duration::from_secs(14 * 60 - 9);
const LATE: Duration = Duration::from_secs(9);

fn grace(counts: std::ops::RangeInclusive<u32>) -> Vec<String> {
    counts.map(|in_a_row| format!("grace {in_a_row}")).collect()
}

fn run() {
    on_every_store(|store, runtime| {
        for most in [None, Some(4)] {
            let config = Config::default();
            let (jwt, clock, events) = store.manager(match most {
                Some(most) => config.end_session_after_grace_uses(most),
                None => config,
            });
            runtime.block_on(async {
                let mut refresh = jwt.log_in("alice").await.unwrap().refresh().to_owned();
                for round in 1..=10 {
                    crate::count_try();
                    clock.advance(ROUND);
                    let token = jwt.decode(&refresh).unwrap();
                    let thief = jwt.rotate(&token).await;
                    clock.advance(LATE);
                    let owner = jwt.rotate(&token).await;
                    if most == Some(round) {
                        assert!(owner.is_err(), "{}", store.name);
                        let stolen = jwt.decode(thief.unwrap().refresh()).unwrap();
                        assert!(jwt.rotate(&stolen).await.is_err(), "{}", store.name);
                        break;
                    }
                    thief.unwrap();
                    refresh = owner.unwrap().refresh().to_owned();
                }
            });
            let right = match most {
                Some(_) => [grace(1..=4), vec!["ended 1".to_owned(), "reuse".to_owned()]].concat(),
                None => grace(1..=10),
            };
            assert_eq!(events.take(), right, "{}", store.name);
        }
    });

    let events = Events::default();
    let told = events.clone();
    Setup::new()
        .config(|config| config.end_session_after_grace_uses(3))
        .build(move |builder| builder.session_events(told.clone()))
        .on_every_site(|site| {
            let mut owner = site.log_in();
            for round in 1..=3 {
                site.clock.advance(ROUND);
                let mut thief = owner.clone();
                site.refresh(&mut thief);
                site.clock.advance(LATE);
                if round == 3 {
                    assert_eq!(site.post_refresh("/refresh", &owner).status, 401);
                    assert_eq!(site.get("/me", &thief).status, 401);
                    assert_eq!(site.post_refresh("/refresh", &thief).status, 401);
                } else {
                    site.refresh(&mut owner);
                }
            }
            let right = [grace(1..=3), vec!["ended 1".to_owned(), "reuse".to_owned()]].concat();
            assert_eq!(events.take(), right);
        });
}
