//! The back button.

use jwt_core::NoStore;
use jwt_tests::FRAMEWORKS;

use crate::driver::Browser;
use crate::site::{SECRET_TEXT, Site};

/// Returns what the back button shows after a logout on another page, and after a logout on the guarded page itself.
async fn shown_after_logout(browser: &Browser, site: &Site) -> [String; 2] {
    browser.open(&site.app("/")).await;
    assert_eq!(browser.script("return await login()").await, 200);
    browser.open(&site.app("/account")).await;
    assert_eq!(browser.text().await, SECRET_TEXT);
    browser.open(&site.app("/")).await;
    assert_eq!(browser.script("return await logout()").await, 200);
    browser.back_to(&site.app("/account")).await;
    let elsewhere = browser.text().await;

    browser.open(&site.app("/")).await;
    assert_eq!(browser.script("return await login()").await, 200);
    browser.open(&site.app("/account?again")).await;
    assert_eq!(browser.text().await, SECRET_TEXT);
    assert_eq!(browser.script("return await logout()").await, 200);
    browser.open(&site.app("/")).await;
    browser.back_to(&site.app("/account?again")).await;
    [elsewhere, browser.text().await]
}

#[test]
fn after_a_logout_the_back_button_shows_nothing() {
    for framework in FRAMEWORKS {
        let site = Site::start(&framework);
        // As other libraries do it, to show that the field is what changes the outcome.
        let stored = Site::with(&framework, |config| config.no_store(NoStore::Never));
        Browser::run(async |browser: &Browser| {
            for shown in shown_after_logout(browser, &site).await {
                assert!(shown.contains("Missing cookie"), "{framework:?} shows {shown}");
            }
            let shown = shown_after_logout(browser, &stored).await;
            assert_eq!(shown, [SECRET_TEXT; 2], "{framework:?}");
        });
    }
}
