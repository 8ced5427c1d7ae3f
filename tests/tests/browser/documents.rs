//! Swagger UI of the example `openapi`: logs in and calls guarded operations from the page, as a reader of the document
//! does.

use std::path::Path;
use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;
use jwt_tests::programs::Program;
use serde_json::Value;

use crate::driver::Browser;

/// Only a test that fails waits for this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The security schemes of the document.
const SCHEMES: [&str; 4] =
    ["bearer", "cookie.access_token_cookie", "cookie.refresh_token_cookie", "csrf.x-csrf-token"];

/// Starts the example, and returns it with its address.
fn start() -> (Program, String) {
    let program = Program::start("openapi", &["--port", "0"], None);
    let first = program.line().expect("a first line");
    let address = first.strip_prefix("listening on ").expect("an address").to_owned();
    (program, address)
}

/// Waits for an element.
async fn element(browser: &Browser, selector: &str) -> Element {
    let wait = browser.client.wait().at_most(PATIENCE);
    wait.for_element(Locator::Css(selector)).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
}

async fn click(browser: &Browser, selector: &str) {
    // A page that is still moving puts other elements in front of a button.
    element(browser, selector).await;
    let script = format!("document.querySelector({selector:?}).click(); return true");
    assert_eq!(browser.script(&script).await, true, "{selector}");
}

/// Replaces the text of a field, as keys do. The page waits for more of them until the field loses the focus.
async fn fill(browser: &Browser, selector: &str, text: &str) {
    element(browser, selector).await;
    let script = format!(
        "const field = document.querySelector({selector:?});
         field.focus();
         field.select();
         document.execCommand('insertText', false, {text:?});
         field.dispatchEvent(new FocusEvent('focusout', {{bubbles: true}}));
         return field.value"
    );
    assert_eq!(browser.script(&script).await, text, "{selector}");
}

/// Opens an operation, so that it can be sent.
async fn unfold(browser: &Browser, id: &str) {
    click(browser, &format!("#operations-default-{id} .opblock-summary-control")).await;
    click(browser, &format!("#operations-default-{id} .try-out__btn")).await;
}

/// Sends an operation. Returns the status and the JSON that the page shows.
async fn execute(browser: &Browser, id: &str) -> (String, Value) {
    let block = format!("#operations-default-{id}");
    // The earlier response disappears.
    browser.script(&format!("document.querySelector('{block} .btn-clear')?.click(); return 1")).await;
    click(browser, &format!("{block} .execute")).await;
    let live = format!("{block} .live-responses-table .response");
    let status = element(browser, &format!("{live} .response-col_status")).await;
    // The next line says whether the document has it.
    let status = status.text().await.expect("a status").lines().next().unwrap_or_default().to_owned();
    let body = element(browser, &format!("{live} .highlight-code code")).await.text().await.expect("a body");
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Enters a value for a security scheme into the dialog behind the button "Authorize".
async fn authorize(browser: &Browser, scheme: &str, value: &str) {
    click(browser, ".scheme-container .btn.authorize").await;
    element(browser, ".modal-ux .auth-container").await;
    let script = format!(
        "const all = [...document.querySelectorAll('.modal-ux .auth-container')];
         const one = all.find(one => one.querySelector('h4 code').textContent === {scheme:?});
         one.id = 'wanted'; return all.map(one => one.querySelector('h4 code').textContent)"
    );
    let schemes = browser.script(&script).await;
    assert_eq!(schemes, serde_json::json!(SCHEMES));
    fill(browser, "#wanted input", value).await;
    click(browser, "#wanted .btn.authorize").await;
    click(browser, ".modal-ux .btn-done").await;
}

/// Asserts that the page has loaded nothing from elsewhere.
async fn assert_all_from(browser: &Browser, address: &str) {
    let loaded = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let loaded = browser.script(loaded).await;
    let loaded: Vec<_> = loaded.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    // Another port could begin with the same digits.
    let ours = format!("{address}/");
    let is_ours = |name: &&str| name.starts_with(&ours) || name.starts_with("data:");
    assert!(loaded.len() > 3 && loaded.iter().all(is_ours), "{loaded:?}");
}

#[test]
fn the_page_calls_operations_with_a_bearer_token() {
    let (_program, address) = start();
    Browser::run(async |browser: &Browser| {
        browser.open(&format!("{address}/docs/")).await;
        unfold(browser, "me").await;
        assert_eq!(execute(browser, "me").await.0, "401");
        unfold(browser, "login").await;
        let (status, tokens) = execute(browser, "login").await;
        assert_eq!(status, "200", "{tokens}");
        authorize(browser, "bearer", tokens["access_token"].as_str().expect("a token")).await;
        let (status, me) = execute(browser, "me").await;
        assert_eq!((&*status, &me["name"]), ("200", &"test".into()));
        unfold(browser, "remove").await;
        fill(browser, "#operations-default-remove .parameters input", "7").await;
        let (status, refused) = execute(browser, "remove").await;
        assert_eq!((&*status, &refused["err"]), ("403", &"Token lacks a required scope".into()));
        assert_all_from(browser, &address).await;
    });
}

#[test]
fn the_page_calls_operations_with_a_cookie_and_its_csrf_value() {
    let (_program, address) = start();
    Browser::run(async |browser: &Browser| {
        browser.open(&format!("{address}/docs/")).await;
        unfold(browser, "login").await;
        let credentials = r#"{"username":"test","password":"test","cookies":true}"#;
        fill(browser, "#operations-default-login textarea", credentials).await;
        let (status, body) = execute(browser, "login").await;
        assert_eq!((&*status, &body["login"]), ("200", &true.into()), "{body}");
        click(browser, "#operations-default-login .opblock-summary-control").await;
        // The browser sends the cookie, which is sufficient for reading.
        unfold(browser, "me").await;
        let (status, me) = execute(browser, "me").await;
        assert_eq!((&*status, &me["name"]), ("200", &"test".into()));
        click(browser, "#operations-default-me .opblock-summary-control").await;
        unfold(browser, "add").await;
        let (status, refused) = execute(browser, "add").await;
        assert_eq!((&*status, &refused["err"]), ("401", &"Missing CSRF token".into()));
        authorize(browser, "csrf.x-csrf-token", me["csrf"].as_str().expect("a value")).await;
        let (status, note) = execute(browser, "add").await;
        assert_eq!((&*status, &note["text"]), ("200", &"milk".into()));
        assert_all_from(browser, &address).await;
        screenshot(browser, &address).await;
    });
}

/// Saves what the page says about an operation, for the documentation of `jwt-utoipa`.
async fn screenshot(browser: &Browser, address: &str) {
    browser.client.set_window_size(1000, 1240).await.expect("a window");
    // A new page does not show any token.
    browser.open(&format!("{address}/docs/")).await;
    click(browser, "#operations-default-remove .opblock-summary-control").await;
    element(browser, "#operations-default-remove .responses-table").await;
    let script = "document.querySelector('#operations-default-logout').scrollIntoView(); return 1";
    browser.script(script).await;
    let image = browser.client.screenshot().await.expect("a screenshot");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swagger_ui.png");
    std::fs::write(path, image).expect("a file");
}
