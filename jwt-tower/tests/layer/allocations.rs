use std::convert::Infallible;
use std::future::{Ready, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use jwt_tower::jwt_core::adapter::{Begin, Memos, Step, begin};
use jwt_tower::session::MemorySessions;
use jwt_tower::{Config, JwtLayer, JwtManager, Policy};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::support::{builder, get, manager};

type Answer = Ready<Result<Response<Full<Bytes>>, Infallible>>;

fn handler(_: Request<Full<Bytes>>) -> Answer {
    ready(Ok(Response::new(Full::default())))
}

/// Counts the allocations of a guard without a future: the check, and what it leaves in the request.
fn by_hand(jwt: &JwtManager, mut request: Request<Full<Bytes>>) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let policy = Policy::access();
    let counted = allocation_counter::measure(|| {
        let Begin::Step(step) = begin(jwt, &request, &policy) else {
            unreachable!("the body does not matter")
        };
        let authenticated = match step {
            Step::Ready(outcome) => outcome.unwrap(),
            Step::Pending(pending) => runtime.block_on(pending.finish()).unwrap(),
        };
        let memos = request.extensions_mut().get_or_insert_default::<Memos>();
        memos.set_current(jwt);
        memos.insert(authenticated.memo().unwrap());
    });
    counted.count_total
}

fn by_layer(jwt: &JwtManager, request: Request<Full<Bytes>>, status: u16) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let layer = JwtLayer::new(jwt, Policy::access()).unwrap().public_paths(["/health"]).unwrap();
    let mut service = layer.layer(service_fn(handler));
    runtime.block_on(service.ready()).unwrap();
    let mut response = None;
    let counted =
        allocation_counter::measure(|| response = Some(runtime.block_on(service.call(request)).unwrap()));
    assert_eq!(response.unwrap().status(), status);
    counted.count_total
}

fn request(token: &str) -> Request<Full<Bytes>> {
    let mut request = get("/");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

#[test]
fn nothing_is_boxed_if_nothing_is_awaited() {
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    assert_eq!(by_layer(&jwt, request(&token), 200), by_hand(&jwt, request(&token)));
    assert_eq!(by_layer(&jwt, get("/health"), 200), 0);
}

#[test]
fn one_future_is_boxed_for_a_store() {
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let pair = runtime.block_on(async { jwt.log_in("alice").await }).unwrap();
    let token = pair.access();
    assert_eq!(by_layer(&jwt, request(token), 200), by_hand(&jwt, request(token)) + 1);
}
