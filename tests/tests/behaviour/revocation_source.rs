//! A store that answers from a copy, and policies that check the source of the copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use jwt_core::session::{
    EndRequest, Ended, IsRevokedRequest, ListRequest, MemorySessions, Revocation, RevokeRequest,
    RotateRequest, Rotation, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest,
    TouchRequest,
};
use jwt_core::{BoxError, JwtManager, Policy, TokenError};
use jwt_tests::{App, Ask, EVERY, Extractor, FRAMEWORKS, Route, Server};

use crate::support::builder;

/// A store whose copy never hears of any change.
#[derive(Default)]
struct Late {
    shared: MemorySessions,
    copy_asked: AtomicUsize,
    source_asked: AtomicUsize,
    source_is_down: AtomicBool,
}

impl Late {
    fn ask_source(&self) -> Result<(), BoxError> {
        self.source_asked.fetch_add(1, Ordering::SeqCst);
        if self.source_is_down.load(Ordering::SeqCst) { Err("out of reach".into()) } else { Ok(()) }
    }

    /// Returns how often the copy and the source were called since the previous call of this method.
    fn asked(&self) -> (usize, usize) {
        (self.copy_asked.swap(0, Ordering::SeqCst), self.source_asked.swap(0, Ordering::SeqCst))
    }
}

impl Revocation for Late {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        if !request.consistency.is_local() {
            self.ask_source()?;
            return self.shared.is_revoked(request).await;
        }
        self.copy_asked.fetch_add(1, Ordering::SeqCst);
        Ok(false)
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.shared.revoke(request).await
    }
}

impl Sessions for Late {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        self.shared.start(request).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        self.shared.rotate(request).await
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        if !request.consistency.is_local() {
            self.ask_source()?;
            return self.shared.state(request).await;
        }
        self.copy_asked.fetch_add(1, Ordering::SeqCst);
        Ok(SessionState::Active)
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.shared.touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        self.shared.end(request).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.shared.list(request).await
    }
}

/// The expected calls on a route, for guards that store their result and for guards that do not, and whether the route
/// notices what only the source knows.
struct Asks {
    path: &'static str,
    with_memo: (usize, usize),
    without: (usize, usize),
    knows: bool,
}

const fn asks(path: &'static str, with_memo: (usize, usize), without: (usize, usize), knows: bool) -> Asks {
    Asks { path, with_memo, without, knows }
}

const ROUTES: [Asks; 9] = [
    asks("/copy", (1, 0), (1, 0), false),
    asks("/source", (0, 1), (0, 1), true),
    asks("/copy/guarded", (1, 0), (1, 0), false),
    asks("/source/guarded", (0, 1), (0, 1), true),
    asks("/source/behind/copy", (1, 1), (1, 1), true),
    asks("/copy/behind/source", (0, 1), (1, 1), true),
    asks("/source/behind/source", (0, 1), (0, 2), true),
    asks("/source/behind/nobody", (0, 1), (0, 1), true),
    asks("/nobody", (0, 0), (0, 0), false),
];

fn routes(jwt: &JwtManager) -> Vec<Route> {
    let (copy, source) = (Policy::access(), Policy::access().revocation_from_source());
    let nobody = Policy::access().revocation_from_source().skip_revocation_check();
    vec![
        Route::get("/copy").extracting(jwt, Extractor::Access),
        Route::get("/source").extracting(jwt, Extractor::AtSource),
        Route::get("/copy/guarded").guarded(jwt, copy.clone()),
        Route::get("/source/guarded").guarded(jwt, source.clone()),
        Route::get("/source/behind/copy").guarded(jwt, copy).extracting(jwt, Extractor::AtSource),
        Route::get("/copy/behind/source").guarded(jwt, source.clone()).extracting(jwt, Extractor::Access),
        Route::get("/source/behind/source").guarded(jwt, source).extracting(jwt, Extractor::AtSource),
        Route::get("/source/behind/nobody").guarded(jwt, nobody.clone()).extracting(jwt, Extractor::AtSource),
        Route::get("/nobody").guarded(jwt, nobody),
    ]
}

/// Runs the test on each framework, and on warp with its layer, and says whether its guards store their result for
/// extractors.
fn on_every(jwt: &JwtManager, test: impl Fn(&Server, bool)) {
    let [.., warp] = FRAMEWORKS;
    for (framework, layered) in EVERY.map(|framework| (framework, false)).into_iter().chain([(warp, true)]) {
        // Only printed if the test fails.
        println!("{framework:?}, a layer: {layered}");
        let app = App { layer: layered.then(|| jwt.clone()), ..App::new(routes(jwt)) };
        test(&framework.serve(app), framework.name != "warp");
    }
}

/// Calls every route with a valid token, with one that only the source knows to be revoked, and with the source out of
/// reach.
fn every_route_checks_what_its_policies_say(
    store: &Late,
    jwt: &JwtManager,
    token: impl Fn() -> String,
    refuse: impl Fn(&str) -> Result<(), TokenError>,
) {
    on_every(jwt, |server, has_memos| {
        let token = token();
        let ask = |path| server.ask(Ask::get(path).bearer(&token));
        store.asked();
        for Asks { path, with_memo, without, .. } in ROUTES {
            assert_eq!(ask(path).status, 200, "{path}");
            assert_eq!(store.asked(), if has_memos { with_memo } else { without }, "{path}");
        }
        store.source_is_down.store(true, Ordering::SeqCst);
        for Asks { path, knows, .. } in ROUTES {
            assert_eq!(ask(path).status, if knows { 503 } else { 200 }, "{path}, the source out of reach");
        }
        store.source_is_down.store(false, Ordering::SeqCst);
        refuse(&token).unwrap();
        for Asks { path, knows, .. } in ROUTES {
            let answer = ask(path);
            if knows {
                assert_eq!(answer.text(), r#"{"msg":"Token has been revoked"}"#, "{path}");
            }
            assert_eq!(answer.status, if knows { 401 } else { 200 }, "{path}, refused");
        }
    });
}

#[test]
fn a_policy_asks_the_source_whether_a_session_is_alive() {
    let store = Arc::new(Late::default());
    let jwt = builder().session_store(Arc::clone(&store)).build().unwrap();
    let log_in = || async { jwt.log_in("alice").await }.now_or_never().unwrap().unwrap().access().to_owned();
    every_route_checks_what_its_policies_say(&store, &jwt, log_in, |token| {
        jwt.log_out(&jwt.decode(token)?).now_or_never().unwrap()
    });
}

#[test]
fn a_policy_asks_the_source_whether_a_token_is_revoked() {
    let store = Arc::new(Late::default());
    let jwt = builder().revocation_store(Arc::clone(&store)).build().unwrap();
    let token = || jwt.access_token("alice").encode().unwrap();
    every_route_checks_what_its_policies_say(&store, &jwt, token, |token| {
        jwt.revoke(token).now_or_never().unwrap()
    });
}

#[test]
fn a_blocklist_has_no_copy_and_is_called_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let jwt = builder()
        .token_in_blocklist_loader(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { false }
        })
        .build()
        .unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    on_every(&jwt, |server, has_memos| {
        for path in ["/source/behind/copy", "/copy/behind/source", "/source/behind/source"] {
            assert_eq!(server.ask(Ask::get(path).bearer(&token)).status, 200, "{path}");
            assert_eq!(asked.swap(0, Ordering::SeqCst), if has_memos { 1 } else { 2 }, "{path}");
        }
    });
}
