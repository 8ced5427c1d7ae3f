//! The back button.

use jwt_tests::FRAMEWORKS;

use crate::driver::Browser;
use crate::site::{SECRET_TEXT, Site};

#[test]
fn after_a_logout_the_back_button_shows_nothing() {
    for framework in FRAMEWORKS {
        let site = Site::start(&framework);
        Browser::run(async |browser: &Browser| {
            browser.open(&site.app("/")).await;
            assert_eq!(browser.script("return await login()").await, 200);
            browser.open(&site.app("/account")).await;
            assert_eq!(browser.text().await, SECRET_TEXT);
            browser.open(&site.app("/")).await;
            assert_eq!(browser.script("return await logout()").await, 200);
            browser.client.back().await.expect("the page before");
            let shown = browser.text().await;
            assert!(!shown.contains(SECRET_TEXT), "{framework:?} shows {shown}");
        });
    }
}
