//! The page of the example `websocket`, which opens a socket with its token among the protocols.

use fantoccini::Locator;
use jwt_tests::programs::Program;

use crate::driver::Browser;

/// Starts the example, and returns it with the address of its page.
fn start(options: &[&str]) -> (Program, String) {
    let program = Program::start("websocket", &[&["--port", "0"], options].concat(), None);
    let first = program.line().expect("a first line");
    let address = first.strip_prefix("listening on ").expect("an address").to_owned();
    (program, address)
}

async fn click(browser: &Browser, id: &str) {
    let button = browser.client.find(Locator::Id(id)).await.expect("a button");
    button.click().await.expect("a click");
}

/// Waits until the page shows a line that starts with this, and returns the line.
async fn shown(browser: &Browser, start: &str) -> String {
    let script = format!(
        "const log = document.getElementById('log');
         const found = () => log.textContent.split('\\n').find(line => line.startsWith('{start}'));
         if (!found()) await new Promise(done => {{
             new MutationObserver(() => found() && done()).observe(log, {{childList: true}});
         }});
         return found();"
    );
    browser.script(&script).await.as_str().expect("a line").to_owned()
}

/// Logs in, and opens a socket.
async fn open_socket(browser: &Browser, page: &str) {
    browser.open(page).await;
    click(browser, "login").await;
    assert_eq!(shown(browser, "login").await, "login: 200");
    click(browser, "connect").await;
    assert_eq!(shown(browser, "open").await, "open: bearer");
    assert_eq!(shown(browser, "message").await, "message: hello");
}

#[test]
fn a_page_sees_that_its_token_has_expired() {
    // Only the program's own clock can expire the token.
    let (_program, page) = start(&["--token-lifetime", "3"]);
    Browser::run(async |browser: &Browser| {
        open_socket(browser, &page).await;
        assert_eq!(shown(browser, "closed").await, "closed: 3000 Token has expired");
        // The browser does not show pages the response that rejected a handshake.
        click(browser, "connect").await;
        assert_eq!(shown(browser, "closed: 1006").await, "closed: 1006 ");
    });
}

#[test]
fn a_page_sees_that_another_tab_has_logged_out() {
    let (_program, page) = start(&[]);
    Browser::run(async |browser: &Browser| {
        open_socket(browser, &page).await;
        let first = browser.client.window().await.expect("a tab");
        let second = browser.client.new_window(true).await.expect("a tab").handle;
        browser.client.switch_to_window(second).await.expect("the tab");
        open_socket(browser, &page).await;
        click(browser, "everywhere").await;
        assert_eq!(shown(browser, "logout").await, "logout: 200");
        assert_eq!(shown(browser, "closed").await, "closed: 3000 Token has been revoked");
        browser.client.switch_to_window(first).await.expect("the tab");
        assert_eq!(shown(browser, "closed").await, "closed: 3000 Token has been revoked");
    });
}
