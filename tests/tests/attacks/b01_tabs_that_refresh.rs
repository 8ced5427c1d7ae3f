//! Tabs of one browser that refresh or post at the same moment: a request carries the cookie of another tab's exchange
//! and the CSRF value that its page read before.

use jwt_core::Location;

use crate::Attack;
use crate::site::{Device, MINUTE, Setup, Site};

pub(crate) const ATTACK: Attack = Attack {
    name: "B1",
    tried: "60 rounds of three tabs: new cookies with the CSRF value from before another tab's exchange",
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
    *browser = third;
    site.clock.pass(MINUTE);
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
