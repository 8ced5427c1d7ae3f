//! The fields that set and remove cookies.

use jwt_core::error::CookieError;
use jwt_core::{Config, JwtManager, Location, SameSite, SetCookies};

use crate::building::assert_told;
use crate::support::{builder, manager, secs};

fn cookies() -> Config {
    Config::default().token_location([Location::Cookie])
}

fn fields(cookies: &SetCookies<'_>) -> Vec<String> {
    let fields = cookies.fields().unwrap();
    assert!(fields.iter().all(http::HeaderValue::is_sensitive));
    fields.iter().map(|field| field.to_str().unwrap().to_owned()).collect()
}

fn csrf(jwt: &JwtManager, token: &str) -> String {
    jwt.decode(token).unwrap().claims()["csrf"].as_str().unwrap().to_owned()
}

#[test]
fn by_default_cookies_are_for_this_host_by_https_and_not_for_scripts() {
    let jwt = manager(cookies());
    let (access, refresh) =
        (jwt.access_token("alice").encode().unwrap(), jwt.refresh_token("alice").encode().unwrap());
    assert_eq!(
        fields(&jwt.access_cookies(&access).and(jwt.refresh_cookies(&refresh))),
        [
            format!("access_token_cookie={access}; HttpOnly; SameSite=Lax; Secure; Path=/"),
            format!("csrf_access_token={}; SameSite=Lax; Secure; Path=/", csrf(&jwt, &access)),
            format!("refresh_token_cookie={refresh}; HttpOnly; SameSite=Lax; Secure; Path=/"),
            format!("csrf_refresh_token={}; SameSite=Lax; Secure; Path=/", csrf(&jwt, &refresh)),
        ]
    );
    let gone = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    let [access, csrf_access] = [
        format!("access_token_cookie=; HttpOnly; SameSite=Lax; Secure; Path=/; {gone}"),
        format!("csrf_access_token=; SameSite=Lax; Secure; Path=/; {gone}"),
    ];
    let all = fields(&jwt.unset_cookies());
    assert_eq!(all[..2], [access, csrf_access]);
    assert_eq!(all[2..], fields(&jwt.unset_refresh_cookies()));
    assert_eq!(all[..2], fields(&jwt.unset_access_cookies()));
}

#[test]
fn every_attribute_is_an_option() {
    let config = cookies()
        .access_cookie_name("a")
        .access_cookie_path("/api")
        .access_csrf_cookie_name("c")
        .access_csrf_cookie_path("/app")
        .cookie_domain("example.com")
        .cookie_same_site(SameSite::None)
        .cookie_partitioned(true)
        .session_cookie(false);
    let jwt = manager(config.clone());
    let token = jwt.access_token("alice").encode().unwrap();
    let csrf = csrf(&jwt, &token);
    let attributes = |path: &str, domain: &str, age: u32| {
        format!("SameSite=None; Partitioned; Secure; Path={path}; Domain={domain}; Max-Age={age}")
    };
    assert_eq!(
        fields(&jwt.access_cookies(&token)),
        [
            format!("a={token}; HttpOnly; {}", attributes("/api", "example.com", 31_540_000)),
            format!("c={csrf}; {}", attributes("/app", "example.com", 31_540_000)),
        ]
    );
    let once = jwt.access_cookies(&token).max_age(secs(60)).domain("api.example.com");
    assert_eq!(fields(&once)[1], format!("c={csrf}; {}", attributes("/app", "api.example.com", 60)));
    let unlimited = jwt.access_cookies(&token).max_age(secs(0));
    assert_eq!(fields(&unlimited), fields(&jwt.access_cookies(&token)));

    let none = manager(config.cookie_same_site(None).cookie_partitioned(false).cookie_secure(false));
    let fields = fields(&none.unset_access_cookies());
    assert!(
        fields.iter().all(|field| !field.contains("SameSite") && !field.contains("Secure")),
        "{fields:?}"
    );
}

#[test]
fn csrf_cookies_are_set_where_they_are_wanted_and_there_is_a_value() {
    for config in [cookies().csrf_in_cookies(false), cookies().cookie_csrf_protect(false)] {
        let jwt = manager(config);
        let token = jwt.access_token("alice").encode().unwrap();
        assert_eq!(fields(&jwt.access_cookies(&token)).len(), 1);
        assert_eq!(fields(&jwt.unset_cookies()).len(), 2);
    }
    let jwt = manager(cookies().csrf_claim(false));
    let token = jwt.access_token("alice").encode().unwrap();
    assert!(matches!(jwt.access_cookies(&token).fields(), Err(CookieError::NoCsrf)));
    for text in ["", "a.b.c", "a.e30.c"] {
        assert!(
            matches!(manager(cookies()).access_cookies(text).fields(), Err(CookieError::NoCsrf)),
            "{text}"
        );
    }
}

#[test]
fn what_a_browser_would_drop_or_misread_is_an_error() {
    let jwt = manager(cookies().csrf_in_cookies(false));
    let name = "access_token_cookie".len();
    assert!(jwt.access_cookies(&"t".repeat(4096 - name)).fields().is_ok());
    let long = "t".repeat(4097 - name);
    assert!(matches!(jwt.access_cookies(&long).fields(), Err(CookieError::TooLarge)));
    for text in ["a b", "a;Domain=evil", "a,b", "a\"b", "a\\b", "a\r\nSet-Cookie: b=c", "é", "a\0"] {
        assert!(matches!(jwt.access_cookies(text).fields(), Err(CookieError::Character)), "{text:?}");
        let domain = jwt.access_cookies("t").domain(text);
        let refused = matches!(domain.fields(), Err(CookieError::Character));
        assert!(refused || !text.contains([';', '\r', '\0', 'é']), "{text:?}");
    }
}

#[test]
fn names_that_promise_something_are_held_to_it() {
    let why = |config: Config| builder(config).build().unwrap_err();
    let host = || cookies().access_cookie_name("__Host-access");
    assert!(builder(host()).build().is_ok());
    for config in
        [host().cookie_secure(false), host().access_cookie_path("/api"), host().cookie_domain("example.com")]
    {
        assert_told(&why(config), "access_cookie_name");
    }
    let secure = cookies().refresh_csrf_cookie_name("__secure-csrf");
    assert!(builder(secure.clone()).build().is_ok());
    assert_told(&why(secure.cookie_secure(false)), "refresh_csrf_cookie_name");
    assert_told(&why(cookies().cookie_partitioned(true).cookie_secure(false)), "cookie_partitioned");
    assert_told(&why(cookies().refresh_cookie_name("access_token_cookie")), "refresh_cookie_name");
    for name in ["", "a b", "a;b", "a=b", "é"] {
        assert_told(&why(cookies().access_cookie_name(name)), "access_cookie_name");
    }
    assert_told(&why(cookies().query_string_name("")), "query_string_name");
    assert_told(&why(cookies().access_csrf_header_name("a b")), "access_csrf_header_name");
}

#[test]
fn a_cookie_shows_nothing_in_debug() {
    let jwt = manager(cookies());
    let token = jwt.access_token("alice").encode().unwrap();
    let cookies = jwt.access_cookies(&token);
    assert!(!format!("{cookies:?}").contains(&token));
    assert!(!format!("{:?}", cookies.fields().unwrap()).contains(&token));
}

#[test]
fn each_call_keeps_its_own_age_and_domain() {
    let jwt = manager(cookies());
    let (access, refresh) =
        (jwt.access_token("alice").encode().unwrap(), jwt.refresh_token("alice").encode().unwrap());
    let hour = jwt.refresh_cookies(&refresh).max_age(secs(3600)).domain("example.com");
    let set = fields(&jwt.access_cookies(&access).max_age(secs(60)).and(hour));
    for field in set {
        let of_access = field.contains("access_token");
        assert_eq!(field.contains("; Max-Age=60"), of_access, "{field}");
        assert_eq!(field.contains("; Max-Age=3600"), !of_access, "{field}");
        assert_eq!(field.contains("; Domain=example.com"), !of_access, "{field}");
    }
    let both = jwt.access_cookies(&access).and(jwt.refresh_cookies(&refresh));
    for field in fields(&both.max_age(std::time::Duration::from_millis(500))) {
        assert!(field.contains("; Max-Age=1"), "half a second must not become zero: {field}");
    }
}

#[test]
fn a_host_cookie_gets_no_domain_from_a_call_either() {
    let jwt = manager(cookies().access_cookie_name("__Host-access"));
    let token = jwt.access_token("alice").encode().unwrap();
    for set in [jwt.access_cookies(&token), jwt.unset_access_cookies()] {
        assert!(set.fields().is_ok());
        assert!(matches!(set.domain("example.com").fields(), Err(CookieError::Domain)));
    }
}

#[test]
fn domains_and_paths_are_what_browsers_understand() {
    for domain in ["a b", "a;b", "a\r\nb", "http://example.com", "*.example.com", "bücher.example", "a:b"] {
        assert_told(&builder(cookies().cookie_domain(domain)).build().unwrap_err(), "cookie_domain");
    }
    let set = |config: Config| fields(&manager(config).unset_access_cookies()).remove(0);
    for (domain, written) in [("example.com:5000", "example.com"), (".example.com", "example.com")] {
        assert!(set(cookies().cookie_domain(domain)).contains(&format!("; Domain={written};")));
    }
    assert!(!set(cookies().cookie_domain("")).contains("Domain"));
    let path = set(cookies().access_cookie_path("/über uns;x"));
    assert!(path.contains("; Path=/%C3%BCber%20uns%3Bx;"), "{path}");
    // Two cookies can have the same name if their paths differ.
    let config = cookies().access_csrf_cookie_name("csrf").refresh_csrf_cookie_name("csrf");
    assert!(builder(config.clone()).build().is_err());
    assert!(builder(config.refresh_csrf_cookie_path("/refresh")).build().is_ok());
    let other_sites =
        cookies().cookie_same_site(SameSite::None).cookie_secure(false).insecure_same_site_none(true);
    assert!(!set(other_sites).contains("Secure"), "what was switched off stays off");
}

#[test]
fn a_removal_can_be_of_any_scope() {
    let jwt = manager(cookies().cookie_domain("example.com").refresh_cookie_path("/refresh"));
    let token = jwt.refresh_token("alice").encode().unwrap();
    let scopes = |set: SetCookies<'_>| -> Vec<String> {
        let of = |field: String| {
            field.split_once("Secure; ").unwrap().1.split("; Max-Age").next().unwrap().to_owned()
        };
        fields(&set).into_iter().map(of).collect()
    };
    let unset = || jwt.unset_refresh_cookies();
    assert_eq!(scopes(unset()), ["Path=/refresh; Domain=example.com", "Path=/; Domain=example.com"]);
    assert_eq!(scopes(unset().domain("")), ["Path=/refresh", "Path=/"]);
    assert_eq!(scopes(unset().domain("").path("/a")), ["Path=/a"; 2]);
    assert_eq!(scopes(unset().path("/a").domain("b.example")), ["Path=/a; Domain=b.example"; 2]);
    let set = scopes(jwt.refresh_cookies(&token).domain("").path("/a"));
    assert_eq!(set, ["Path=/a; Domain=example.com"; 2]);
    for path in ["", "a", "a/"] {
        assert_eq!(unset().path(path).fields(), Err(CookieError::Path), "{path}");
    }
    assert_eq!(unset().path("/a;Domain=evil.example").fields(), Err(CookieError::Character));
    let host = manager(cookies().refresh_cookie_name("__Host-refresh"));
    assert_eq!(host.unset_refresh_cookies().path("/a").fields(), Err(CookieError::Path));
    assert!(host.unset_refresh_cookies().path("/").fields().is_ok());
}

#[test]
fn cookies_of_former_scopes_are_removed_before_the_new_ones_are_set() {
    // The former path of the refresh cookie was that of the others, so only its own scope has changed.
    let config =
        cookies().refresh_cookie_path("/refresh").former_cookie_scopes([("", "/"), ("example.com", "/")]);
    let jwt = manager(config);
    let token = jwt.refresh_token("alice").encode().unwrap();
    let shown = |set: SetCookies<'_>| -> Vec<String> {
        let of = |field: String| {
            let name = field.split('=').next().unwrap();
            let scope = field.split_once("Secure; ").unwrap().1;
            format!("{name} {scope}").replace("; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "")
        };
        fields(&set).into_iter().map(of).collect()
    };
    let removed = [
        "refresh_token_cookie Path=/; Max-Age=0",
        "refresh_token_cookie Path=/; Domain=example.com; Max-Age=0",
        "csrf_refresh_token Path=/; Domain=example.com; Max-Age=0",
    ];
    let set = ["refresh_token_cookie Path=/refresh", "csrf_refresh_token Path=/"];
    assert_eq!(shown(jwt.refresh_cookies(&token)), [&removed[..], &set].concat());
    let unset = set.map(|field| format!("{field}; Max-Age=0"));
    let all: Vec<_> = removed.map(str::to_owned).into_iter().chain(unset.clone()).collect();
    assert_eq!(shown(jwt.unset_refresh_cookies()), all);
    assert_eq!(shown(jwt.unset_refresh_cookies().domain("")), unset, "this scope alone");
}

#[test]
fn a_former_scope_in_another_case_is_the_current_one() {
    let config = |former: &str| cookies().cookie_domain("example.com").former_cookie_scopes([(former, "/")]);
    for same in ["example.com", "EXAMPLE.com", ".Example.com:443"] {
        assert!(builder(config(same)).build().is_err(), "{same}");
    }
    assert!(builder(config("www.example.com")).build().is_ok());
    // The scope of one cookie alone.
    let config = config("Example.com").refresh_cookie_path("/refresh");
    let jwt = builder(config).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    assert!(fields(&jwt.access_cookies(&token)).iter().all(|field| !field.contains("Max-Age=0")));
}

#[test]
fn cookies_of_a_session_can_last_as_long_as_the_session() {
    use crate::support::{NOW, at, block_on, secs};
    use crate::support_sessions::house;

    const DAY: u64 = 24 * 60 * 60;
    let ages = |fields: Vec<http::HeaderValue>| -> Vec<Option<u64>> {
        let age = |field: &http::HeaderValue| {
            let text = field.to_str().unwrap();
            text.split("; ").find_map(|part| part.strip_prefix("Max-Age="))?.parse().ok()
        };
        fields.iter().map(age).collect()
    };
    let config = || Config::default().token_location([Location::Cookie]).session_expires(secs(7 * DAY));
    for session_cookie in [true, false] {
        let house = house(config().cookie_until_session_end(true).session_cookie(session_cookie));
        let pair = house.log_in("alice");
        assert_eq!(pair.session_ends_at(), at(NOW + 7 * DAY));
        assert_eq!(ages(house.jwt.pair_cookies(&pair).fields().unwrap()), [Some(7 * DAY); 4]);
        // The token is valid for 15 minutes, but its cookie lasts longer. An exchange does not extend the session.
        house.clock.set(at(NOW + DAY));
        let next = house.rotate(pair.refresh()).unwrap();
        assert_eq!(next.session_ends_at(), pair.session_ends_at());
        assert_eq!(ages(house.jwt.pair_cookies(&next).fields().unwrap()), [Some(6 * DAY); 4]);
        // An explicit value wins. A session that has ended is not the same as one without an end.
        assert_eq!(ages(house.jwt.pair_cookies(&next).max_age(secs(5)).fields().unwrap()), [Some(5); 4]);
        house.clock.set(at(NOW + 8 * DAY));
        assert_eq!(ages(house.jwt.pair_cookies(&next).fields().unwrap()), [Some(1); 4]);
        // The cookie of a token without a session has the usual lifetime.
        let alone = house.jwt.access_token("alice").encode().unwrap();
        let year = (!session_cookie).then_some(31_540_000);
        assert_eq!(ages(house.jwt.access_cookies(&alone).fields().unwrap()), [year; 2]);
    }
    let house = house(config());
    let pair = block_on(async { house.jwt.log_in("alice").await }).unwrap();
    assert_eq!(ages(house.jwt.pair_cookies(&pair).fields().unwrap()), [None; 4]);
}
