//! A session of a node with a fast clock survived a cutoff that was made on a node with the right clock.

use std::time::Duration;

use jwt_core::{Config, Policy};

use crate::Attack;
use crate::stores::on_every_store;

pub(crate) const ATTACK: Attack = Attack {
    name: "S16",
    tried: "a session that a node started whose clock is 4 seconds fast, before a cutoff that is made now",
    on: "memory, SQLite, PostgreSQL, Redis, Replicated",
    run,
};

const FAST: Duration = Duration::from_secs(4);

fn run() {
    on_every_store(|store, runtime| {
        let (right, clock, _) = store.manager(Config::default());
        let (fast, fast_clock, _) = store.manager(Config::default());
        fast_clock.advance(FAST);
        let pass = |time| [&clock, &fast_clock].map(|clock| clock.advance(time));
        for (user, everyone, delay) in [("one", false, 0), ("two", true, 0), ("three", false, 1)] {
            runtime.block_on(async {
                let victim = fast.log_in(user).await.unwrap();
                // The time of the cutoff is read a little earlier than the time of the call.
                let moment = clock.now();
                pass(Duration::from_millis(delay));
                let ended = right.end_issued_before((!everyone).then_some(user), moment).await.unwrap();
                assert_eq!(ended, 1, "{} {user}", store.name);
                for _ in 0..6 {
                    for jwt in [&right, &fast] {
                        crate::count_try();
                        assert!(
                            jwt.verify(victim.access(), &Policy::access()).await.is_err(),
                            "{}",
                            store.name
                        );
                        let refresh = jwt.decode(victim.refresh()).unwrap();
                        assert!(jwt.rotate(&refresh).await.is_err(), "{}", store.name);
                    }
                    pass(Duration::from_secs(1));
                }
                // Nobody is locked out.
                let again = right.log_in(user).await.unwrap();
                assert!(right.verify(again.access(), &Policy::access()).await.is_ok(), "{}", store.name);
                right.end_sessions(user).await.unwrap();
            });
        }
    });
}
