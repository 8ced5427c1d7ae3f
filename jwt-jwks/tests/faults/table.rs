//! The cases, each through a manager, as a request would see it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::mock::{Mock, Mode, manager, now, pass, sent, settle, status, unknown};

type Case = fn() -> Pin<Box<dyn Future<Output = String>>>;

/// The cases, and what each shows.
const CASES: [(&str, Case); 11] = [
    ("1,000 concurrent first requests", || Box::pin(a_thousand_first_requests_share_one_fetch())),
    ("first request after a rotation, while another issuer is flooded", || {
        Box::pin(the_first_request_after_a_rotation_is_accepted_while_another_issuer_is_flooded())
    }),
    ("500 first requests after a rotation", || {
        Box::pin(the_first_requests_after_a_rotation_share_one_fetch())
    }),
    ("the same while this issuer is flooded", || {
        Box::pin(a_rotation_during_a_flood_is_seen_after_the_cool_down())
    }),
    ("10,000 random `kid`s within 10 s and good traffic", || {
        Box::pin(ten_thousand_random_ids_do_not_disturb_good_requests())
    }),
    ("1,500 random `kid`s while the provider hangs", || {
        Box::pin(good_requests_do_not_wait_while_a_forced_fetch_hangs())
    }),
    ("the request that caused the fetch goes away", || Box::pin(a_fetch_outlives_its_request())),
    ("provider down for hours", || Box::pin(an_outage_of_hours())),
    ("provider hangs", || Box::pin(a_provider_that_hangs())),
    ("key replaced under the same `kid`", || Box::pin(a_key_replaced_under_its_id())),
    ("key withdrawn", || Box::pin(a_withdrawn_key())),
];

#[test]
fn the_table() {
    println!("| case | seen |\n| --- | --- |");
    for (name, case) in CASES {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let seen = runtime.block_on(case());
        println!("| {name} | {seen} |");
    }
}

async fn a_thousand_first_requests_share_one_fetch() -> String {
    let mock = Mock::new();
    mock.mode(Mode::Held);
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    let waiting: Vec<_> = (0..1000).map(|_| sent(&jwt, token.clone())).collect();
    settle().await;
    assert_eq!(login.status().waiting(), 1000);
    assert_eq!(status(&jwt, &token).await, 503);
    mock.open();
    let mut accepted = 0;
    for one in waiting {
        accepted += usize::from(one.await.unwrap() == 200);
    }
    assert_eq!((accepted, mock.fetches(), login.status().waiting()), (1000, 1, 0));
    assert_eq!(status(&jwt, &token).await, 200);
    "1 fetch, 1,000 accepted; the 1,001st got 503".to_owned()
}

async fn the_first_request_after_a_rotation_is_accepted_while_another_issuer_is_flooded() -> String {
    let (mock, other) = (Mock::new(), Mock::new());
    let (login, flooded) = (mock.builder().build().unwrap(), other.builder().build().unwrap());
    let jwt = manager(&[&login, &flooded]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    assert_eq!(status(&jwt, &other.token()).await, 200);
    for token in unknown(&other, 1000) {
        assert_eq!(status(&jwt, &token).await, 401);
    }
    mock.issuer.rotate();
    let before = mock.fetches();
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    assert_eq!(mock.fetches() - before, 1);
    assert_eq!((other.fetches(), other.forced()), (2, 1));
    "accepted, 1 fetch".to_owned()
}

async fn the_first_requests_after_a_rotation_share_one_fetch() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    let old = mock.token();
    mock.issuer.rotate();
    mock.mode(Mode::Held);
    let new = mock.token();
    let waiting: Vec<_> = (0..500).map(|_| sent(&jwt, new.clone())).collect();
    settle().await;
    // The old key does not wait.
    assert!(jwt.decode(&old).is_ok());
    mock.open();
    for one in waiting {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!((mock.fetches(), mock.forced()), (2, 1));
    "1 fetch, all accepted".to_owned()
}

async fn a_rotation_during_a_flood_is_seen_after_the_cool_down() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    let mut flood = unknown(&mock, 600).into_iter();
    assert_eq!(status(&jwt, &flood.next().unwrap()).await, 401);
    mock.issuer.rotate();
    let token = mock.token();
    let start = now();
    let accepted = loop {
        if status(&jwt, &token).await == 200 {
            break now().duration_since(start);
        }
        for token in flood.by_ref().take(10) {
            assert_eq!(status(&jwt, &token).await, 401);
        }
        pass(1).await;
    };
    assert!(accepted <= Duration::from_secs(30), "{accepted:?}");
    assert_eq!(mock.forced(), 2);
    format!("accepted after {accepted:?}, 2 forced fetches")
}

/// Good requests do not wait, because `decode` cannot. A unit test shows that they take no lock.
async fn ten_thousand_random_ids_do_not_disturb_good_requests() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, good) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &good).await, 200);
    let fetches = mock.fetches();
    let mut waited = 0;
    for (index, token) in unknown(&mock, 10_000).iter().enumerate() {
        if index % 1000 == 0 {
            pass(1).await;
        }
        assert_eq!(status(&jwt, token).await, 401);
        waited += usize::from(jwt.decode(&good).is_err());
    }
    let forced = mock.forced();
    assert!(forced <= 2 && waited == 0, "{forced} forced fetches");
    assert_eq!(mock.fetches() - fetches, forced);
    format!("{forced} forced fetches; 10,000 good tokens accepted without waiting")
}

async fn good_requests_do_not_wait_while_a_forced_fetch_hangs() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, good) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &good).await, 200);
    mock.mode(Mode::Hangs);
    let start = now();
    let flood: Vec<_> = unknown(&mock, 1500).into_iter().map(|token| sent(&jwt, token)).collect();
    settle().await;
    for _ in 0..100 {
        assert!(jwt.decode(&good).is_ok());
    }
    for one in flood {
        // Nobody knows whether the issuer has these keys.
        assert_eq!(one.await.unwrap(), 503);
    }
    assert!(now().duration_since(start) <= Duration::from_secs(6));
    assert_eq!(mock.fetches(), 2);
    "1 fetch, 503 within the limit, good tokens accepted at once".to_owned()
}

async fn a_fetch_outlives_its_request() -> String {
    let mock = Mock::new();
    mock.mode(Mode::Held);
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    let request = sent(&jwt, token.clone());
    settle().await;
    assert_eq!((mock.fetches(), mock.answered(), login.status().waiting()), (1, 0, 1));
    request.abort();
    settle().await;
    assert_eq!(login.status().waiting(), 0);
    mock.open();
    settle().await;
    assert_eq!(mock.answered(), 1);
    assert!(jwt.decode(&token).is_ok());
    assert_eq!(mock.fetches(), 1);
    "the fetch completes, the next request uses its keys".to_owned()
}

async fn an_outage_of_hours() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &token).await, 200);
    mock.mode(Mode::Down);
    let start = now();
    let mut last_good = Duration::ZERO;
    let mut first_bad = None;
    while now().duration_since(start) < Duration::from_secs(3 * 3600) {
        pass(20).await;
        match status(&jwt, &token).await {
            200 => last_good = now().duration_since(start),
            503 => {
                first_bad.get_or_insert(now().duration_since(start));
            }
            other => panic!("{other}"),
        }
    }
    let bound = Duration::from_secs(600 + 3600);
    let first_bad = first_bad.unwrap();
    assert!(
        last_good < bound && first_bad >= bound && first_bad <= bound + Duration::from_secs(20),
        "{first_bad:?}"
    );
    let attempts = mock.fetches();
    // At most one each 30 seconds, and some while the pause still grew.
    assert!(attempts <= 3 * 120 + 10, "{attempts}");
    // A token of an unknown key is not called invalid.
    assert_eq!(status(&jwt, &unknown(&mock, 1)[0]).await, 503);
    mock.mode(Mode::Up);
    pass(31).await;
    assert_eq!(status(&jwt, &token).await, 200);
    assert_eq!(login.status().failures(), 0);
    format!("accepted for {last_good:?}, then 503 with Retry-After, {attempts} attempts; recovered by itself")
}

async fn a_provider_that_hangs() -> String {
    let mock = Mock::new();
    mock.mode(Mode::Hangs);
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let start = now();
        assert_eq!(status(&jwt, &token).await, 503);
        longest = longest.max(now().duration_since(start));
        pass(1).await;
    }
    assert!(longest <= Duration::from_millis(5250), "{longest:?}");
    // With keys, stale ones are used meanwhile.
    mock.mode(Mode::Up);
    pass(31).await;
    assert_eq!(status(&jwt, &token).await, 200);
    mock.mode(Mode::Hangs);
    pass(700).await;
    let start = now();
    assert_eq!(status(&jwt, &token).await, 200);
    assert!(now().duration_since(start) <= Duration::from_millis(5250));
    let start = now();
    for _ in 0..100 {
        assert_eq!(status(&jwt, &token).await, 200);
    }
    assert_eq!(now(), start);
    format!("each request answered within {longest:?}; stale keys then cost no wait")
}

async fn a_key_replaced_under_its_id() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    mock.issuer.replace_key();
    let before = mock.fetches();
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    assert_eq!(mock.fetches() - before, 1);
    let forged: Vec<_> =
        (0..100).map(|_| mock.issuer.token().claim("exp", 99_999_999_999_u64).forged().sign()).collect();
    let before = mock.fetches();
    for _ in 0..6 {
        for token in &forged {
            assert_eq!(status(&jwt, token).await, 401);
        }
        pass(20).await;
    }
    let fetches = mock.fetches() - before;
    // In 120 seconds, after the fetch for the replaced key.
    assert!((2..=3).contains(&fetches), "{fetches}");
    assert_eq!(mock.forced(), fetches + 1);
    format!("accepted after 1 fetch; 600 forged signatures in 2 minutes caused {fetches}")
}

async fn a_withdrawn_key() -> String {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    let (old, kid) = (mock.token(), mock.issuer.kid());
    assert_eq!(status(&jwt, &old).await, 200);
    mock.issuer.rotate();
    mock.issuer.withdraw(&kid);
    let start = now();
    while status(&jwt, &old).await == 200 {
        pass(5).await;
    }
    let after = now().duration_since(start);
    assert!(after <= Duration::from_secs(605), "{after:?}");
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    format!("refused after {after:?} of 600 s, 401")
}
