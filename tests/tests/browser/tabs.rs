//! Tabs share cookies, and do not wait for each other.

use fantoccini::wd::WindowHandle;
use jwt_tests::FRAMEWORKS;
use serde_json::{Value, json};

use crate::driver::Browser;
use crate::site::Site;

/// Opens three tabs of the application. The second and the third run `action` whenever the first one says so.
async fn tabs(browser: &Browser, site: &Site, action: &str) -> Vec<WindowHandle> {
    let first = browser.client.window().await.expect("a tab");
    browser.open(&site.app("/")).await;
    let mut all = vec![first];
    for _ in 0..2 {
        let tab = browser.client.new_window(true).await.expect("a tab").handle;
        browser.client.switch_to_window(tab.clone()).await.expect("the tab");
        browser.open(&site.app("/")).await;
        let listen = format!(
            "const channel = new BroadcastChannel('tabs');
             channel.onmessage = async message => {{
                 if (message.data === 'go') channel.postMessage({{status: await ({action})()}});
             }};"
        );
        browser.script(&listen).await;
        all.push(tab);
    }
    browser.client.switch_to_window(all[0].clone()).await.expect("the tab");
    browser
        .script(
            "window.channel = new BroadcastChannel('tabs');
             window.round = async action => {
                 const others = [];
                 const all = new Promise(done => {
                     channel.onmessage = message => {
                         others.push(message.data.status);
                         if (others.length === 2) done();
                     };
                 });
                 channel.postMessage('go');
                 const own = await action();
                 await all;
                 return [own, ...others];
             };",
        )
        .await;
    all
}

#[test]
fn three_tabs_that_refresh_or_post_at_once_are_all_answered() {
    for framework in FRAMEWORKS {
        let site = Site::start(&framework);
        for (others, rounds) in [("refreshes", 60), ("save", 30)] {
            let refused = Browser::run(async |browser: &Browser| {
                tabs(browser, &site, others).await;
                // Each round exchanges the token of a new login, because a token that was just issued is kept.
                let script = format!(
                    "const refused = [];
                     for (let number = 0; number < {rounds}; number++) {{
                         const statuses = [await login(), ...await round(refreshes)];
                         if (statuses.some(status => status !== 200)) refused.push(statuses);
                     }}
                     return refused;"
                );
                browser.script(&script).await
            });
            assert_eq!(refused, json!([]), "{framework:?}, the other tabs {others}");
        }
    }
}

#[test]
fn a_logout_while_another_tab_refreshes_always_logs_out() {
    for framework in FRAMEWORKS {
        let site = Site::start(&framework);
        let outcomes = Browser::run(async |browser: &Browser| {
            tabs(browser, &site, "refresh").await;
            let script = "const outcomes = [];
                 for (let number = 0; number < 15; number++) {
                     const before = await login();
                     const [logout_status] = await round(logout);
                     outcomes.push([before, logout_status, await me()]);
                 }
                 return outcomes;";
            browser.script(script).await
        });
        let expected: Vec<_> = (0..15).map(|_| json!([200, 200, 401])).collect();
        assert_eq!(outcomes, Value::from(expected), "{framework:?}");
    }
}
