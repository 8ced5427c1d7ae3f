//! A logout while another tab refreshes: it must not be rejected, because the user would stay logged in.

use jwt_core::Location;

use crate::Attack;
use crate::b01_tabs_that_refresh::late;
use crate::site::{Device, MINUTE, Setup, Site, set_cookies};

pub(crate) const ATTACK: Attack = Attack {
    name: "B2",
    tried: "60 logouts, each with the CSRF value from before another tab's exchange",
    on: "axum, actix-web, warp; memory",
    run,
};

fn assert_ended(site: &Site, devices: &[&Device]) {
    for device in devices {
        assert_eq!(site.get("/me", device).status, 401);
        assert_eq!(site.post_refresh("/refresh", device).status, 401);
    }
}

fn run() {
    Setup::new().with_tokens_in(Location::Cookie, |site| {
        let other = site.log_in();
        for number in 0..60 {
            let read = site.log_in();
            let mut refreshed = read.clone();
            site.refresh(&mut refreshed);
            // The cookies can be those from before the exchange or those from after it, and they can have expired.
            let cookies = if number % 2 == 0 { &refreshed } else { &read };
            let mut tab = late(cookies, &read);
            if number % 3 == 0 {
                site.clock.advance(16 * MINUTE);
            }
            let answer = if number % 4 < 2 {
                site.post("/logout", &tab)
            } else {
                tab.access.clear();
                site.post_refresh("/logout", &tab)
            };
            assert_eq!(answer.status, 200, "{number}: {}", answer.text());
            assert_eq!(set_cookies(&answer).len(), 4);
            assert_ended(site, &[&read, &refreshed]);
            // A logout that comes twice is not an error either.
            assert_eq!(site.post("/logout", &late(&refreshed, &read)).status, 200);
        }
        assert_eq!(site.post("/logout", &late(&other, &Device::default())).status, 401, "no value");
        assert_eq!(site.post_refresh("/refresh", &other).status, 200);
    });
}
