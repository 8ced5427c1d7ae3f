//! Keys that are refreshed, past their time, or seeds, and what requests get meanwhile.

use std::time::Duration;

use jwt_core::keys::KeySet;

use crate::mock::{Mock, Mode, manager, now, pass, sent, settle, status, unknown};

/// The refresh was on its way before the issuer had its new key, so it is not the fetch that the token needs.
#[tokio::test(start_paused = true)]
async fn a_rotation_during_a_refresh_is_seen() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, old) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &old).await, 200);
    pass(545).await;
    mock.mode(Mode::Held);
    mock.cache();
    assert!(jwt.decode(&old).is_ok());
    settle().await;
    assert_eq!((mock.fetches(), mock.answered()), (2, 1));
    mock.issuer.rotate();
    let new = mock.token();
    let waiting: Vec<_> = (0..100).map(|_| sent(&jwt, new.clone())).collect();
    settle().await;
    assert_eq!(login.status().waiting(), 100);
    mock.open();
    for one in waiting {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!((mock.fetches(), mock.forced()), (3, 1));
}

/// The same if the second fetch hangs: the limit is for the request.
#[tokio::test(start_paused = true)]
async fn two_fetches_have_one_limit() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, old) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &old).await, 200);
    pass(545).await;
    mock.mode(Mode::Held);
    assert!(jwt.decode(&old).is_ok());
    settle().await;
    let start = now();
    let request = sent(&jwt, unknown(&mock, 1).remove(0));
    pass(4).await;
    mock.open();
    mock.mode(Mode::Hangs);
    assert_eq!(request.await.unwrap(), 503);
    assert!(now().duration_since(start) <= Duration::from_millis(5250));
    // The second fetch still has time.
    assert_eq!((mock.fetches(), login.status().failures()), (3, 0));
    assert!(jwt.decode(&old).is_ok());
}

/// A cache on the way may have kept the old keys for as long as an idle process.
#[tokio::test(start_paused = true)]
async fn a_rotation_before_the_end_of_a_pause_is_seen() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    mock.cache();
    mock.issuer.rotate();
    pass(700).await;
    assert_eq!(status(&jwt, &mock.token()).await, 200);
    assert_eq!(mock.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_newer_than_its_call() {
    let mock = Mock::new();
    mock.mode(Mode::Held);
    mock.cache();
    let login = mock.builder().build().unwrap();
    let jwt = manager(&[&login]);
    let first = tokio::spawn({
        let login = login.clone();
        async move { login.ready().await }
    });
    settle().await;
    assert_eq!(mock.fetches(), 1);
    mock.issuer.rotate();
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let login = login.clone();
            tokio::spawn(async move { login.refresh().await })
        })
        .collect();
    settle().await;
    mock.open();
    first.await.unwrap().unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(jwt.decode(&mock.token()).is_ok());
    assert_eq!(mock.fetches(), 2);
}

/// After a pause, tokens of unknown keys take all places of those who wait.
#[tokio::test(start_paused = true)]
async fn a_flood_after_a_pause_does_not_stop_known_keys() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, good) = (manager(&[&login]), mock.token());
    assert_eq!(status(&jwt, &good).await, 200);
    pass(700).await;
    mock.mode(Mode::Held);
    let start = now();
    let flood: Vec<_> = unknown(&mock, 1000).into_iter().map(|token| sent(&jwt, token)).collect();
    settle().await;
    assert_eq!(login.status().waiting(), 1000);
    for _ in 0..10 {
        assert_eq!(status(&jwt, &good).await, 200);
    }
    assert!(jwt.decode(&good).is_ok());
    assert_eq!(status(&jwt, &unknown(&mock, 1)[0]).await, 503);
    assert_eq!(now(), start);
    mock.open();
    for one in flood {
        assert_eq!(one.await.unwrap(), 401);
    }
    // After that, the bound is as usual.
    pass(700).await;
    assert!(jwt.decode(&good).is_err());
}

/// An application that only decodes has its keys refreshed as well.
#[tokio::test(start_paused = true)]
async fn decoding_starts_a_fetch() {
    let mock = Mock::new();
    let login = mock.builder().build().unwrap();
    let (jwt, token) = (manager(&[&login]), mock.token());
    for fetches in 1..=3 {
        for _ in 0..10 {
            assert!(jwt.decode(&token).is_err());
        }
        settle().await;
        assert!(jwt.decode(&token).is_ok());
        assert_eq!(mock.fetches(), fetches);
        pass(10_000).await;
    }
    mock.mode(Mode::Down);
    for _ in 0..100 {
        assert!(jwt.decode(&token).is_err());
        settle().await;
    }
    assert_eq!(mock.fetches(), 4);
}

/// A seed is good enough until an attempt has ended, whenever the first request comes.
#[tokio::test(start_paused = true)]
async fn a_seed_costs_no_wait() {
    for (pause, hangs) in [(0, true), (61, true), (3000, true), (61, false)] {
        let mock = Mock::new();
        mock.mode(if hangs { Mode::Hangs } else { Mode::Down });
        let seed = KeySet::from_jwks(mock.issuer.jwks().to_string()).unwrap();
        let login = mock.builder().seed(seed).build().unwrap();
        let (jwt, token) = (manager(&[&login]), mock.token());
        let status_of_keys = login.status();
        assert!(!status_of_keys.is_fresh() && status_of_keys.is_usable());
        pass(pause).await;
        let start = now();
        assert_eq!(status(&jwt, &token).await, 200);
        assert_eq!(now(), start);
        pass(6).await;
        assert_eq!((mock.fetches(), login.status().failures()), (1, 1));
        let start = now();
        assert_eq!(status(&jwt, &token).await, 200);
        assert_eq!(now(), start);
        mock.mode(Mode::Up);
        pass(60).await;
        assert_eq!(status(&jwt, &token).await, 200);
        settle().await;
        assert!(login.status().is_fresh());
    }
}

/// Also if an attempt takes longer than the time between two of them.
#[tokio::test(start_paused = true)]
async fn stale_keys_cost_no_wait() {
    for (cool_down, timeout) in [(1, 5), (2, 5), (30, 60)] {
        let mock = Mock::new();
        let login = mock
            .builder()
            .cool_down(Duration::from_secs(cool_down))
            .timeout(Duration::from_secs(timeout))
            .build()
            .unwrap();
        let (jwt, token) = (manager(&[&login]), mock.token());
        assert_eq!(status(&jwt, &token).await, 200);
        pass(590).await;
        mock.mode(Mode::Hangs);
        assert!(jwt.decode(&token).is_ok());
        pass(timeout + 1).await;
        let before = mock.fetches();
        for _ in 0..300 {
            let start = now();
            assert_eq!(status(&jwt, &token).await, 200, "{cool_down} {timeout}");
            assert_eq!(now(), start, "{cool_down} {timeout}");
            pass(1).await;
        }
        assert!(mock.fetches() > before, "{cool_down} {timeout}");
    }
}
