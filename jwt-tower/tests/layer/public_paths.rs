use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use jwt_tower::{JwtLayer, Policy};
use tower::{Layer as _, service_fn};

use crate::support::{get, manager, send, whoami};

#[tokio::test]
async fn only_the_exact_raw_path_is_public() {
    let jwt = manager();
    let layer = JwtLayer::new(&jwt, Policy::access()).unwrap();
    let layer = layer.public_paths(["/health", "/a/b", "/caf%C3%A9"]).unwrap();
    let layer = layer.public_paths(["/late"]).unwrap();
    let service = layer.layer(service_fn(whoami::<Full<Bytes>>));
    for public in [
        "/health",
        "/health?",
        "/health?token=x&path=/orders",
        "http://example.com/health",
        "/a/b",
        "/caf%C3%A9",
        "/late",
    ] {
        assert_eq!(send(&service, get(public)).await, (200, "nobody".into()), "{public}");
    }
    for guarded in [
        "/",
        "//",
        "//health",
        "/health/",
        "/health//",
        "/health/.",
        "/health/..",
        "/health/more",
        "/healthy",
        "/Health",
        "/HEALTH",
        "/./health",
        "/../health",
        "/x/../health",
        "/health/../orders",
        "/orders/../health",
        "/%68ealth",
        "/health%2F",
        "/health%2f",
        "/%2Fhealth",
        "/%2e/health",
        "/health%00",
        "/health%20",
        "/health;v=1",
        "/health,",
        "/health\\",
        "/a%2Fb",
        "/a%2fb",
        "/a//b",
        "/a/./b",
        "/a/b/",
        "/a",
        // Some clients do not encode it, although they should.
        "/café",
        "/caf%c3%a9",
        "/orders?/health",
        "/orders/health",
        "*",
        "health:80",
    ] {
        let mut request = get("/");
        *request.uri_mut() = Uri::try_from(guarded).unwrap();
        assert_eq!(send(&service, request).await.0, 401, "{guarded}");
    }
}

#[test]
fn a_path_that_no_request_has_is_an_error() {
    let jwt = manager();
    for path in [
        "",
        "health",
        "*",
        " /health",
        "/health?verbose",
        "/health#top",
        "http://example.com/health",
        "/health ",
        "/my health",
        "/health\n",
        "/health\t",
        "/health\0",
        "/health\u{7f}",
        "/café",
        "/health\u{200b}",
    ] {
        // One bad path among good ones is enough.
        let error = JwtLayer::new(&jwt, Policy::access()).unwrap().public_paths(["/", path]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "public_paths must start with a slash, have neither a query nor a fragment, and contain spaces, control \
             characters, and characters outside of ASCII only in encoded form, such as %20",
            "{path:?}"
        );
    }
    // All other characters can be sent, such as these.
    let visible = "/!\"$%&'()*+,-./09:;<=>@AZ[\\]^_`az{|}~";
    assert!(JwtLayer::new(&jwt, Policy::access()).unwrap().public_paths([visible]).is_ok());
}
