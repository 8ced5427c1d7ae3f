//! Keys change while requests arrive.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use jwt_core::keys::{KeyRing, SigningKey};
use jwt_core::{Algorithm, Config, JwtManager, Policy};
use jwt_tests::{App, Ask, EVERY, Extractor, Route};

/// Sets the flag on drop, so a panic stops the other threads, too.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_request_over_http_meets_one_ring_or_the_other_on_every_framework() {
    let [first, second] = ["first", "second"].map(|id| {
        let secret = format!("Vq7TzN2wXc9KpLr4Hs6Md8JfGb3Ye5Ua-{id}-Wm1QoRk0Px");
        SigningKey::from_secret(Algorithm::HS256, secret).unwrap().with_id(id)
    });
    let rings = [(&first, &second), (&second, &first)]
        .map(|(signs, other)| KeyRing::new(signs.clone()).with_verifying_key(other.verifying_key().clone()));
    let jwt = JwtManager::builder(Config::default()).keys(rings[0].clone()).build().unwrap();
    let before = jwt.access_token("alice").encode().unwrap();
    let app = || {
        App::new([
            Route::get("/guarded").guarded(&jwt, Policy::access()),
            Route::get("/extracted").extracting(&jwt, Extractor::Access),
        ])
    };
    let stop = AtomicBool::new(false);
    let passed = AtomicUsize::new(0);
    thread::scope(|scope| {
        let swapper = scope.spawn(|| {
            let mut done = 0;
            while !stop.load(Ordering::SeqCst) {
                done += 1;
                jwt.set_keys(rings[done % 2].clone()).unwrap();
            }
            done
        });
        {
            let _stop = Stop(&stop);
            thread::scope(|scope| {
                for framework in EVERY {
                    let (jwt, before, passed, app) = (&jwt, &before, &passed, &app);
                    scope.spawn(move || {
                        let server = framework.serve(app());
                        for _ in 0..50 {
                            let issued = jwt.access_token("alice").encode().unwrap();
                            for (path, token) in [("/guarded", &issued), ("/extracted", before)] {
                                let answer = server.ask(Ask::get(path).bearer(token));
                                assert_eq!(answer.status, 200, "{path} on {framework:?}: {}", answer.text());
                                passed.fetch_add(1, Ordering::SeqCst);
                            }
                        }
                    });
                }
            });
        }
        assert!(swapper.join().unwrap() >= 2);
    });
    assert_eq!(passed.into_inner(), 400);
}
