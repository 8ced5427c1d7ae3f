use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use jwt_tower::{Config, JwtLayer, Policy, resource_metadata};
use tower::{ServiceBuilder, ServiceExt as _};

use crate::support::{builder, get, manager, send, whoami};

#[tokio::test]
async fn the_metadata_is_served_by_a_router_or_by_a_layer() {
    let config = Config::default()
        .resource("https://api.example.com/mcp")
        .authorization_servers(["https://login.example"]);
    let jwt = builder(config).build().unwrap();
    let (metadata, expected) = (resource_metadata(&jwt).unwrap(), jwt.resource_metadata().unwrap());
    let document = String::from_utf8(expected.json().to_vec()).unwrap();
    assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/mcp");
    assert_eq!(send(&metadata, get("/anything")).await, (200, document.clone()));

    let service = ServiceBuilder::new()
        .layer(metadata.clone())
        .layer(JwtLayer::new(&jwt, Policy::access()).unwrap())
        .service_fn(whoami::<Full<Bytes>>);
    assert_eq!(send(&service, get(metadata.path())).await, (200, document));
    for path in ["/", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp/"] {
        assert_eq!(send(&service, get(path)).await.0, 401, "{path}");
    }
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST] {
        let request = Request::builder().method(method.clone()).uri(metadata.path());
        let Ok(response) = service.clone().oneshot(request.body(Full::default()).unwrap()).await;
        let expected = expected.respond(method.as_str());
        assert_eq!((response.status(), response.headers()), (expected.status(), expected.headers()));
    }
}

#[test]
fn a_manager_without_a_resource_has_no_metadata() {
    assert!(resource_metadata(&manager()).is_err());
}
