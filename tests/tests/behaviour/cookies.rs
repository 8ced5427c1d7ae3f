//! Cookies on each framework's responses.

use actix_web::HttpResponse;
use axum::response::IntoResponse as _;
use jwt_core::{Config, JwtManager, Location, SetCookies};
use warp::Reply as _;

use crate::support::SECRET;

fn manager() -> JwtManager {
    let config = Config::default().token_location([Location::Cookie]);
    JwtManager::builder(config).secret(SECRET).build().unwrap()
}

type Fields = Vec<(String, String)>;

fn fields<'a, N: ToString>(fields: impl Iterator<Item = (N, &'a [u8])>) -> Fields {
    fields.map(|(name, value)| (name.to_string(), String::from_utf8(value.to_vec()).unwrap())).collect()
}

fn of_http<B>(response: &http::Response<B>) -> Fields {
    fields(response.headers().iter().map(|(name, value)| (name, value.as_bytes())))
}

fn of_actix(response: &HttpResponse) -> Fields {
    fields(response.headers().iter().map(|(name, value)| (name, value.as_bytes())))
}

/// Adds the cookies to a response that already has one field, on each framework, and returns its fields.
fn on_each(cookies: &SetCookies<'_>, name: &'static str, value: &'static str) -> Option<[Fields; 3]> {
    let axum = jwt_axum::with_cookies(cookies, ([(name, value)], "body")).ok()?;
    let actix =
        jwt_actix::with_cookies(cookies, HttpResponse::Ok().insert_header((name, value)).body("body"))
            .ok()?;
    let warp = jwt_warp::with_cookies(cookies, warp::reply::with_header("body", name, value)).ok()?;
    Some([of_http(&axum), of_actix(&actix), of_http(&warp)])
}

fn cookies_of(fields: &Fields) -> Vec<&str> {
    fields.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| &**value).collect()
}

#[test]
fn every_cookie_is_added_to_the_existing_fields() {
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    let cookies = jwt.access_cookies(&token).and(jwt.unset_refresh_cookies());
    let expected: Vec<_> = cookies.fields().unwrap();
    let expected: Vec<_> = expected.iter().map(|field| field.to_str().unwrap()).collect();
    assert_eq!(expected.len(), 4);
    for fields in on_each(&cookies, "set-cookie", "theme=dark").unwrap() {
        assert_eq!(cookies_of(&fields), [&["theme=dark"], &*expected].concat());
        assert!(fields.contains(&("cache-control".into(), "no-store".into())), "{fields:?}");
    }
    for fields in on_each(&cookies, "cache-control", "private").unwrap() {
        let caching: Vec<_> = fields.iter().filter(|(name, _)| name == "cache-control").collect();
        assert_eq!(caching, [&("cache-control".to_owned(), "private".to_owned())]);
    }
}

#[test]
fn a_cookie_that_cannot_be_set_is_a_bare_500_and_no_cookie_at_all() {
    let jwt = manager();
    let token = jwt.access_token("alice").encode().unwrap();
    let long = jwt.access_token("alice").claim("x", "x".repeat(4096)).encode().unwrap();
    let cookies = || jwt.access_cookies(&token).and(jwt.refresh_cookies(&long));
    assert!(on_each(&cookies(), "a", "b").is_none());
    let axum = jwt_axum::with_cookies(&cookies(), "body").unwrap_err().into_response();
    let actix = actix_web::ResponseError::error_response(
        &jwt_actix::with_cookies(&cookies(), HttpResponse::Ok().finish()).unwrap_err(),
    );
    let warp = jwt_warp::with_cookies(&cookies(), "body").err().unwrap().into_response();
    assert_eq!([axum.status().as_u16(), actix.status().as_u16(), warp.status().as_u16()], [500; 3]);
    for fields in [of_http(&axum), of_actix(&actix), of_http(&warp)] {
        assert!(cookies_of(&fields).is_empty(), "{fields:?}");
    }
}
