use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use jwt_tower::session::MemorySessions;
use jwt_tower::{Config, JwtLayer, Location, Policy, RequestView};
use tower::{Layer as _, ServiceBuilder, ServiceExt as _, service_fn};

use crate::support::{bearer, builder, get, get_as, manager, send, whoami};

#[tokio::test]
async fn every_method_and_every_form_of_target_is_guarded() {
    let (jwt, called) = (manager(), Arc::<AtomicUsize>::default());
    let counted = called.clone();
    let service = ServiceBuilder::new()
        .layer(JwtLayer::new(&jwt, Policy::access()).unwrap().public_paths(["/health"]).unwrap())
        .service_fn(move |request: Request<Full<Bytes>>| {
            counted.fetch_add(1, Ordering::Relaxed);
            whoami(request)
        });
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE"];
    let targets = ["/", "/a?b", "*", "example.com:443", "http://example.com/a", "http://example.com"];
    for method in methods {
        for target in targets {
            let mut request = get("/");
            *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
            *request.uri_mut() = Uri::try_from(target).unwrap();
            assert_eq!(send(&service, request.clone()).await.0, 401, "{method} {target}");
            request.headers_mut().insert("authorization", bearer(&jwt, "alice").parse().unwrap());
            assert_eq!(send(&service, request).await, (200, "alice".into()), "{method} {target}");
        }
    }
    assert_eq!(called.load(Ordering::Relaxed), methods.len() * targets.len());
}

#[tokio::test]
async fn options_pass_without_an_identity_if_a_setter_that_warns_says_so() {
    let config = Config::default().insecure_exempt_options(true);
    let jwt = builder(config).build().unwrap();
    let service = JwtLayer::new(&jwt, Policy::access()).unwrap().layer(service_fn(whoami::<Full<Bytes>>));
    for mut request in [get("/"), get_as(&jwt, "alice", "/")] {
        *request.method_mut() = Method::OPTIONS;
        assert_eq!(send(&service, request).await, (200, "nobody".into()));
    }
    assert_eq!(send(&service, get("/")).await.0, 401);
}

#[tokio::test]
async fn a_rejected_request_gets_the_response_of_the_manager() {
    let jwt = manager();
    let policy = Policy::access().scopes(&["admin"]);
    let service = JwtLayer::new(&jwt, policy.clone()).unwrap().layer(service_fn(whoami::<Full<Bytes>>));
    let expired = jwt.access_token("alice").expires_at(SystemTime::UNIX_EPOCH).encode().unwrap();
    for authorization in ["", "Bearer forged", &format!("Bearer {expired}"), &bearer(&jwt, "alice")] {
        let mut request = get("/");
        request.headers_mut().insert("authorization", authorization.parse().unwrap());
        let error = jwt.check(&request, &policy).map(|checked| jwt.complete_now(checked).unwrap());
        let error = error.and_then(|outcome| outcome).unwrap_err();
        let expected = jwt.respond(&error, &request, &policy);
        let Ok(response) = service.clone().oneshot(request).await;
        assert_eq!(response.status(), expected.status());
        assert_eq!(response.headers(), expected.headers());
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), expected.into_body());
    }
}

#[tokio::test]
async fn a_function_chooses_the_policy() {
    let jwt = manager();
    let choose = |request: &dyn RequestView| match (request.method(), request.path()) {
        ("GET", _) => Policy::access(),
        _ => Policy::access().scopes(&["write"]),
    };
    let layer = JwtLayer::new(&jwt, choose).unwrap().public_paths(["/version"]).unwrap();
    let service = layer.layer(service_fn(whoami::<Full<Bytes>>));
    assert_eq!(send(&service, get("/version")).await, (200, "nobody".into()));
    assert_eq!(send(&service, get("/orders")).await.0, 401);
    assert_eq!(send(&service, get_as(&jwt, "alice", "/orders")).await, (200, "alice".into()));
    let mut write = get_as(&jwt, "alice", "/orders");
    *write.method_mut() = Method::PUT;
    assert_eq!(send(&service, write).await.0, 403);
    // A public path does not look at tokens, not even at valid ones.
    assert_eq!(send(&service, get_as(&jwt, "alice", "/version")).await, (200, "nobody".into()));
}

#[tokio::test]
async fn handlers_see_what_the_nearest_layer_accepted() {
    let (outer, inner) = (manager(), builder(Config::default().header_name("x-inner")).build().unwrap());
    let service = ServiceBuilder::new()
        .layer(JwtLayer::new(&outer, Policy::access()).unwrap())
        .layer(JwtLayer::new(&inner, Policy::access().optional()).unwrap())
        .service_fn(whoami::<Full<Bytes>>);
    // The inner layer let the request through without a token.
    let mut request = get_as(&outer, "alice", "/");
    assert_eq!(send(&service, request.clone()).await, (200, "nobody".into()));
    request.headers_mut().insert("x-inner", bearer(&inner, "bob").parse().unwrap());
    assert_eq!(send(&service, request.clone()).await, (200, "bob".into()));
    request.headers_mut().remove("authorization");
    assert_eq!(send(&service, request).await.0, 401);
}

#[tokio::test]
async fn what_an_outer_layer_accepted_is_not_what_the_nearest_accepted() {
    let (partners, users) = (manager(), builder(Config::default().header_name("x-inner")).build().unwrap());
    let inner = JwtLayer::new(&users, Policy::access()).unwrap().public_paths(["/public"]).unwrap();
    let service = ServiceBuilder::new()
        .layer(JwtLayer::new(&partners, Policy::access()).unwrap())
        .layer(inner)
        .service_fn(whoami::<Full<Bytes>>);
    assert_eq!(send(&service, get_as(&partners, "partner", "/public")).await, (200, "nobody".into()));
    // The same manager, and a policy that lets requests without a token of its own through.
    let optional = Policy::access().optional().locations(&[Location::Cookie]);
    let service = ServiceBuilder::new()
        .layer(JwtLayer::new(&partners, Policy::access()).unwrap())
        .layer(JwtLayer::new(&partners, optional).unwrap())
        .service_fn(whoami::<Full<Bytes>>);
    assert_eq!(send(&service, get_as(&partners, "partner", "/")).await, (200, "nobody".into()));
}

#[tokio::test]
async fn a_store_is_asked_and_a_revoked_token_rejected() {
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let service = JwtLayer::new(&jwt, Policy::access()).unwrap().layer(service_fn(whoami::<Full<Bytes>>));
    let pair = jwt.log_in("alice").await.unwrap();
    let mut request = get("/");
    request.headers_mut().insert("authorization", format!("Bearer {}", pair.access()).parse().unwrap());
    assert_eq!(send(&service, request.clone()).await, (200, "alice".into()));
    let token = jwt.verify(pair.access(), &Policy::access()).await.unwrap().into_token().unwrap();
    jwt.log_out_everywhere(&token).await.unwrap();
    assert_eq!(send(&service, request).await.0, 401);
}

#[tokio::test]
async fn responses_to_tokens_in_queries_are_not_stored() {
    let config = Config::default().token_location([Location::QueryString, Location::Header]);
    let jwt = builder(config).build().unwrap();
    let service = JwtLayer::new(&jwt, Policy::access()).unwrap().layer(service_fn(whoami::<Full<Bytes>>));
    let token = jwt.access_token("alice").encode().unwrap();
    let Ok(in_query) = service.clone().oneshot(get(&format!("/?jwt={token}"))).await;
    assert_eq!(in_query.headers()["cache-control"], "no-store");
    let Ok(in_header) = service.oneshot(get_as(&jwt, "alice", "/")).await;
    assert!(!in_header.headers().contains_key("cache-control"));
}

#[tokio::test]
async fn the_body_of_the_service_can_stay_as_it_is() {
    let jwt = manager();
    let same = JwtLayer::new(&jwt, Policy::access()).unwrap().same_body();
    let same = same.layer(service_fn(whoami::<Full<Bytes>>));
    let Ok(response) = same.clone().oneshot(get("/")).await;
    let refused: Full<Bytes> = response.into_body();
    let refused = refused.collect().await.unwrap().to_bytes();
    assert_eq!(send(&same, get_as(&jwt, "alice", "/")).await, (200, "alice".into()));

    let create = |body: Bytes| BoxBody::new(Full::new(body));
    let with = JwtLayer::new(&jwt, Policy::access()).unwrap().body_with(create);
    let with = with.layer(service_fn(async |request: Request<Full<Bytes>>| {
        Ok::<_, Infallible>(whoami(request).await?.map(BoxBody::new))
    }));
    let Ok(response) = with.clone().oneshot(get("/")).await;
    let boxed: BoxBody<Bytes, Infallible> = response.into_body();
    assert_eq!(boxed.collect().await.unwrap().to_bytes(), refused);
    assert_eq!(send(&with, get_as(&jwt, "alice", "/")).await, (200, "alice".into()));
}

#[tokio::test]
async fn the_errors_of_the_service_are_kept() {
    #[derive(Debug, PartialEq)]
    struct Broken;
    let jwt = manager();
    let service = JwtLayer::new(&jwt, Policy::access())
        .unwrap()
        .layer(service_fn(async |_: Request<Full<Bytes>>| Err::<Response<Full<Bytes>>, _>(Broken)));
    assert_eq!(service.clone().oneshot(get_as(&jwt, "alice", "/")).await.map(drop), Err(Broken));
    // A rejected request does not reach it.
    assert_eq!(service.oneshot(get("/")).await.unwrap().status(), 401);
}
