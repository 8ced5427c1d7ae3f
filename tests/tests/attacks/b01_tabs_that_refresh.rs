//! Tabs of one browser that refresh or post at the same moment: a request carries the cookie of another tab's exchange
//! and the CSRF value that its page read before. A request that was sent early arrives last, with a cookie that two other
//! tabs have exchanged.

use std::time::Duration;

use jwt_core::Location;

use crate::Attack;
use crate::site::{Device, MINUTE, Setup, Site};

pub(crate) const ATTACK: Attack = Attack {
    name: "B1",
    tried: "60 rounds of tabs that refresh at once: new cookies with old CSRF values, and old cookies that arrive last",
    on: "axum, actix-web, warp; memory",
    run,
};

const ROUNDS: usize = 60;

/// The cookies of `browser`, and the values that a page read from `earlier` ones.
pub(crate) fn late(browser: &Device, earlier: &Device) -> Device {
    let Device { access_csrf, refresh_csrf, .. } = earlier.clone();
    Device { access_csrf, refresh_csrf, ..browser.clone() }
}

fn round(site: &Site, browser: &mut Device) {
    let read = browser.clone();
    let (mut first, mut second) = (read.clone(), read.clone());
    site.refresh(&mut first);
    // The second tab sent its request before the first one had its response.
    site.refresh(&mut second);
    // The third tab sends its requests afterwards, but its page read the values before.
    for answered in [&first, &second] {
        assert_eq!(site.post("/me", &late(answered, &read)).status, 200);
        // A page that reads the new value just before the browser attaches the old cookie.
        assert_eq!(site.post("/me", &late(&read, answered)).status, 200);
    }
    let mut third = late(&second, &read);
    site.refresh(&mut third);
    assert_eq!(site.post("/me", &late(&third, &read)).status, 200);
    assert_eq!(third.access_csrf, read.access_csrf);
    // The fourth tab sent its request first, and it arrives last.
    let mut fourth = read.clone();
    site.clock.advance(Duration::from_secs(9));
    site.refresh(&mut fourth);
    let id = |device: &Device| site.claims(&device.refresh)["jti"].clone();
    for device in [&second, &third, &fourth] {
        assert_eq!(site.get("/me", device).status, 200);
        assert_eq!(id(device), id(&first));
    }
    assert_ne!(id(&first), id(&read));
    *browser = fourth;
    site.clock.advance(MINUTE);
}

fn run() {
    Setup::new().with_tokens_in(Location::Cookie, |site| {
        let mut browser = site.log_in();
        let first = browser.clone();
        for _ in 0..ROUNDS {
            round(site, &mut browser);
        }
        // The value is not that of other sessions, and not one that logs or lists show.
        let again = site.log_in();
        assert_ne!(again.access_csrf, first.access_csrf);
        assert_eq!(site.post("/me", &late(&again, &first)).status, 401);
        assert_eq!(site.post("/me", &late(&first, &again)).status, 401);
        let id = site.claims(&first.access)["sid"].as_str().unwrap().to_owned();
        assert_ne!(first.access_csrf, id);
        let forged = Device { access_csrf: id, ..first };
        assert_eq!(site.post("/me", &forged).status, 401);
    });
}
