//! Keys that change while requests run.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use http::Request;
use jwt_core::keys::{KeyRing, SigningKey};
use jwt_core::{Algorithm, Config, JwtManager, Policy};

use crate::support::signing_key;

/// Two rings with the same two keys. They differ in the key that signs, so every issued token stays valid.
fn rings(keys: &[SigningKey; 2]) -> [KeyRing; 2] {
    let [a, b] = keys;
    [(a, b), (b, a)].map(|(signs, verifies)| {
        KeyRing::new(signs.clone()).with_verifying_key(verifies.verifying_key().clone())
    })
}

fn pairs() -> [[SigningKey; 2]; 2] {
    let secret = |id: &str| {
        let secret = format!("Vq7TzN2wXc9KpLr4Hs6Md8JfGb3Ye5Ua-{id}-Wm1QoRk0Px");
        SigningKey::from_secret(Algorithm::HS256, secret).unwrap().with_id(id)
    };
    [[secret("old"), secret("new")], [secret("old"), signing_key("EdDSA")]]
}

/// Sets the flag on drop, so a panic stops the other threads, too.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn ten_thousand_swaps_of_the_ring_fail_no_request_of_a_valid_token() {
    for keys in pairs() {
        let rings = rings(&keys);
        let jwt = JwtManager::builder(Config::default()).keys(rings[1].clone()).build().unwrap();
        let before = jwt.access_token("alice").encode().unwrap();
        let [passed, failed] = [0, 0].map(AtomicUsize::new);
        let stop = AtomicBool::new(false);
        let check = |token: &str| {
            let request =
                Request::get("/").header("authorization", format!("Bearer {token}")).body(()).unwrap();
            let checked = jwt.check(&request, &Policy::access()).ok();
            let authenticated = checked.and_then(|checked| jwt.complete_now(checked).unwrap().ok());
            let token = authenticated.and_then(|authenticated| authenticated.into_token().ok());
            let is_hers = token.is_some_and(|token| token.identity() == "alice");
            if is_hers { &passed } else { &failed }.fetch_add(1, Ordering::SeqCst);
        };
        let headers = thread::scope(|scope| {
            let run = || {
                let _stop = Stop(&stop);
                let mut headers = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let token = jwt.access_token("alice").encode().unwrap();
                    check(&token);
                    check(&before);
                    headers.push(token.split('.').next().unwrap().to_owned());
                }
                headers.sort();
                headers.dedup();
                headers
            };
            let requests = [scope.spawn(run), scope.spawn(run)];
            {
                let _stop = Stop(&stop);
                // Continue until enough requests have passed, so there are requests between the swaps, whatever the
                // scheduler does.
                let mut done = 0;
                while !stop.load(Ordering::SeqCst) && (done < 10_000 || passed.load(Ordering::SeqCst) < 2000)
                {
                    jwt.set_keys(rings[done % 2].clone()).unwrap();
                    done += 1;
                }
            }
            let headers: Vec<_> = requests.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            headers
        });
        assert_eq!(failed.into_inner(), 0, "of {passed:?}");
        for ring in &rings {
            jwt.set_keys(ring.clone()).unwrap();
            let token = jwt.access_token("alice").encode().unwrap();
            let header = token.split('.').next().unwrap();
            assert!(headers.iter().any(|other| other == header), "both keys have signed between the swaps");
        }
    }
}

#[test]
fn a_key_that_has_left_the_ring_verifies_no_more() {
    let [keys, _] = pairs();
    let [first, second] = keys.map(KeyRing::new);
    let jwt = JwtManager::builder(Config::default()).keys(first.clone()).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    for (ring, valid) in [(&first, true), (&second, false), (&first, true)] {
        jwt.set_keys(ring.clone()).unwrap();
        assert_eq!(jwt.decode(&token).is_ok(), valid);
    }
}
