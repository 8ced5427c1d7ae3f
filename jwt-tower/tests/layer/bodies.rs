use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full, StreamBody};
use jwt_tower::{
    Config, JwtLayer, JwtManager, Location, Policy, ReadBody, RequestInfo, RequestView, Rule, Token, Verdict,
};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::support::{Endless, bearer, builder, get_as, identity, manager, send, whoami};

/// A manager that looks for tokens in JSON bodies.
fn reading() -> JwtManager {
    let places = [Location::Header, Location::Json];
    builder(Config::default().token_location(places).buffered_body(512)).build().unwrap()
}

/// Lets a token through if the body says its identity.
#[derive(Clone, Copy)]
struct BodyNamesUser;

impl Rule for BodyNamesUser {
    fn check(&self, token: &Token, request: &RequestInfo) -> Verdict {
        let body = request.body().map(|body| body.as_ref().to_vec()).unwrap_or_default();
        if body == token.identity().as_bytes() { Verdict::permit() } else { Verdict::deny() }
    }

    fn body_limit(&self) -> Option<usize> {
        Some(16)
    }
}

#[test]
fn a_layer_that_does_not_read_is_refused_where_bodies_matter() {
    const NEEDS: &str = "JwtLayer does not read bodies, but a token, a CSRF value, or what a rule needs can be in one: \
                         call JwtLayer::buffering instead of new";
    let check = |jwt: &JwtManager, policy: Policy| JwtLayer::new(jwt, policy).map(drop);
    let forms = Config::default().token_location([Location::Cookie]).csrf_check_form(true).buffered_body(512);
    let forms = builder(forms).build().unwrap();
    for (jwt, policy) in [
        (reading(), Policy::access()),
        (forms.clone(), Policy::access()),
        (manager(), Policy::access().with_rule(BodyNamesUser)),
    ] {
        assert_eq!(check(&jwt, policy).unwrap_err().to_string(), NEEDS);
    }
    let choose = |_: &dyn RequestView| Policy::access();
    assert!(JwtLayer::new(&reading(), choose).is_err());
    // These policies look elsewhere.
    assert!(check(&reading(), Policy::access().locations(&[Location::Header])).is_ok());
    assert!(check(&forms, Policy::access().locations(&[Location::Header])).is_ok());
    let unused = builder(Config::default().buffered_body(512)).build().unwrap();
    assert!(check(&unused, Policy::access()).is_ok());
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_read() {
    let jwt = manager();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap().public_paths(["/health"]).unwrap();
    let service = layer.layer(service_fn(whoami::<Endless>));
    let reading = reading();
    let buffering = JwtLayer::buffering(&reading, Policy::access());
    let buffering = buffering.layer(service_fn(whoami::<ReadBody<Endless>>));
    for content_type in ["application/json", "application/grpc", "application/x-www-form-urlencoded"] {
        for (path, authorization, status) in
            [("/", String::new(), 401), ("/", bearer(&jwt, "alice"), 200), ("/health", String::new(), 200)]
        {
            let (body, polled) = Endless::new();
            let request = Request::post(path)
                .header("authorization", authorization)
                .header("content-type", content_type)
                .body(body)
                .unwrap();
            let Ok(response) = service.clone().oneshot(request).await;
            let is_call = content_type == "application/grpc" && status == 401;
            assert_eq!(response.status().as_u16(), if is_call { 200 } else { status });
            assert_eq!(response.headers().contains_key("grpc-status"), is_call);
            assert_eq!(polled.load(Ordering::Relaxed), 0);
        }
        // A layer that reads bodies only reads JSON, and waits for its end.
        let (body, polled) = Endless::new();
        let request = Request::post("/")
            .header("authorization", bearer(&reading, "alice"))
            .header("content-type", content_type)
            .body(body)
            .unwrap();
        let mut answer = by_hand(buffering.clone().oneshot(request));
        let reads = content_type == "application/json";
        assert_eq!(answer.poll().is_pending(), reads, "{content_type}");
        assert_eq!(polled.load(Ordering::Relaxed) > 0, reads, "{content_type}");
    }
}

/// Polls a future by hand.
fn by_hand<F: Future>(future: F) -> Polled<F> {
    Polled(Box::pin(future))
}

struct Polled<F>(std::pin::Pin<Box<F>>);

impl<F: Future> Polled<F> {
    fn poll(&mut self) -> Poll<F::Output> {
        self.0.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }
}

#[tokio::test]
async fn a_dropped_future_drops_the_request_and_never_calls_the_service() {
    let (jwt, called) = (reading(), Arc::<AtomicUsize>::default());
    let counted = called.clone();
    let mut service = JwtLayer::buffering(&jwt, Policy::access()).layer(service_fn(
        move |request: Request<ReadBody<Endless>>| {
            counted.fetch_add(1, Ordering::Relaxed);
            whoami(request)
        },
    ));
    let (body, polled) = Endless::new();
    let request = Request::post("/").header("content-type", "application/json").body(body).unwrap();
    let mut answer = by_hand(service.ready().await.unwrap().call(request));
    assert!(answer.poll().is_pending());
    assert_eq!((polled.load(Ordering::Relaxed), Arc::strong_count(&polled)), (1, 2));
    drop(answer);
    assert_eq!((called.load(Ordering::Relaxed), Arc::strong_count(&polled)), (0, 1));
}

#[tokio::test]
async fn a_buffering_layer_finds_tokens_in_bodies_and_passes_them_on() {
    let jwt = reading();
    let echo = async |request: Request<ReadBody<Full<Bytes>>>| {
        let identity = identity(&request);
        let (hint, body) = (request.body().size_hint().exact(), request.into_body());
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(hint, Some(body.len() as u64));
        let text = format!("{identity}: {}", String::from_utf8_lossy(&body));
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
    };
    let service = JwtLayer::buffering(&jwt, Policy::access()).layer(service_fn(echo));
    let post = |body: String| {
        let request = Request::post("/").header("content-type", "application/json");
        request.body(Full::<Bytes>::from(body)).unwrap()
    };
    let token = jwt.access_token("alice").encode().unwrap();
    let small = format!(r#"{{"access_token":"{token}"}}"#);
    assert!(small.len() <= 512, "{}", small.len());
    assert_eq!(send(&service, post(small.clone())).await, (200, format!("alice: {small}")));
    assert_eq!(send(&service, post("{}".into())).await.0, 401);
    let large = format!(r#"{{"access_token":"{token}","more":"{}"}}"#, "x".repeat(512));
    assert_eq!(send(&service, post(large.clone())).await.0, 413);
    // With a token in the header, the size of the body does not matter, and the service gets all of it.
    let mut request = post(large.clone());
    request.headers_mut().insert("authorization", bearer(&jwt, "bob").parse().unwrap());
    assert_eq!(send(&service, request).await, (200, format!("bob: {large}")));
    // A second token does.
    let mut request = post(small);
    request.headers_mut().insert("authorization", bearer(&jwt, "bob").parse().unwrap());
    assert_eq!(send(&service, request).await.0, 400);
}

#[tokio::test]
async fn a_body_is_read_for_a_rule_after_the_token_was_checked() {
    let jwt = manager();
    let policy = Policy::access().with_rule(BodyNamesUser);
    let endless = JwtLayer::buffering(&jwt, policy.clone()).layer(service_fn(whoami::<ReadBody<Endless>>));
    let (body, polled) = Endless::new();
    let Ok(response) = endless.oneshot(Request::new(body)).await;
    assert_eq!((response.status().as_u16(), polled.load(Ordering::Relaxed)), (401, 0));

    let service =
        JwtLayer::buffering(&jwt, policy.clone()).layer(service_fn(whoami::<ReadBody<Full<Bytes>>>));
    for (body, status) in [("alice", 200), ("bob", 403), ("", 403), ("alice and some more", 413)] {
        let request = get_as(&jwt, "alice", "/").map(|_| Full::from(body));
        assert_eq!(send(&service, request).await.0, status, "{body}");
    }

    // A policy that is chosen later cannot be checked when the layer is created. The rule does not see the body, so it
    // does not permit anything.
    let choose = move |_: &dyn RequestView| policy.clone();
    let unread = JwtLayer::new(&jwt, choose).unwrap().layer(service_fn(whoami::<Full<Bytes>>));
    let request = get_as(&jwt, "alice", "/").map(|_| Full::from("alice"));
    assert_eq!(send(&unread, request).await.0, 500);
}

#[tokio::test]
async fn frames_trailers_and_hints_of_the_service_are_kept() {
    let jwt = manager();
    let frames = async |_: Request<Full<Bytes>>| {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("7"));
        let frames = [Frame::data(Bytes::from("one")), Frame::data("two".into()), Frame::trailers(trailers)];
        let frames = frames.map(Ok::<_, Infallible>);
        Ok::<_, Infallible>(Response::new(StreamBody::new(Frames(frames.into_iter()))))
    };
    let service = JwtLayer::new(&jwt, Policy::access()).unwrap().layer(service_fn(frames));
    let Ok(response) = service.clone().oneshot(get_as(&jwt, "alice", "/")).await;
    assert!(!response.body().is_end_stream());
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "7");
    assert_eq!(collected.to_bytes(), "onetwo");

    let Ok(refused) = service.oneshot(Request::new(Full::default())).await;
    let length = refused.body().size_hint().exact().unwrap();
    let mut body = refused.into_body();
    let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(data.len() as u64, length);
    assert!(body.is_end_stream() && body.frame().await.is_none());
}

/// A stream of frames that are ready.
struct Frames<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Frames<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}
