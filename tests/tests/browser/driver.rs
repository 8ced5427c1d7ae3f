//! Chromium, driven through its `WebDriver` server.

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use jwt_test_servers::ChromeDriver;
use serde_json::{Map, Value, json};

/// A browser with an empty profile. It ends when the test ends.
pub(crate) struct Browser {
    pub(crate) client: Client,
}

impl Browser {
    /// Runs a test with a new browser.
    pub(crate) fn run<T>(test: impl AsyncFnOnce(&Self) -> T) -> T {
        // Kills the browser on drop, also if the test panics.
        let driver = ChromeDriver::start();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(async { test(&Self::start(&driver).await).await })
    }

    async fn start(driver: &ChromeDriver) -> Self {
        let options = json!({
            "args": [
                // Chromium does not run as root with its sandbox. The tests only open their own pages.
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                format!("--user-data-dir={}", driver.folder().join("profile").display()),
            ],
        });
        let wanted = Map::from_iter([
            ("goog:chromeOptions".to_owned(), options),
            // On a busy machine, a script with many rounds takes longer than the default of 30 seconds.
            ("timeouts".to_owned(), json!({ "script": 90_000 })),
        ]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", driver.port()))
            .await
            .unwrap_or_else(|error| {
                panic!(
                    "chromium does not start, and this test needs it: install the package chromium: {error}"
                )
            });
        Self { client }
    }

    /// Opens a page in the current tab.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
        // On a busy machine, the driver can return while the page before is still there.
        let url = url.parse().expect("a URL");
        self.client.wait().for_url(&url).await.expect("the page");
        // The script has the time limit of all scripts.
        let loaded =
            "while (document.readyState !== 'complete') await new Promise(next => setTimeout(next, 10))";
        self.script(loaded).await;
    }

    /// Uses the back button, which leads to this page.
    pub(crate) async fn back_to(&self, url: &str) {
        // The command of the driver can fail if the page comes from the cache of the browser.
        self.script("setTimeout(() => history.back())").await;
        let url = url.parse().expect("a URL");
        self.client.wait().for_url(&url).await.expect("the page before");
    }

    /// Runs a script in the page. Returns what the promise of its body returns.
    pub(crate) async fn script(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then(done, error => done(String(error)))"
        );
        self.client.execute_async(&script, Vec::new()).await.expect("a script")
    }

    /// Returns the text of the page.
    pub(crate) async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }
}
