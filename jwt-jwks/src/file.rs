//! Sets of keys in files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use crate::error::FetchError;

/// A file of bounded size, which is read again and again.
pub(crate) struct Bounded {
    path: PathBuf,
    limit: usize,
    is_read: Arc<AtomicBool>,
}

impl Bounded {
    pub(crate) fn new(path: PathBuf, limit: usize) -> Self {
        Self { path, limit, is_read: Arc::default() }
    }

    /// The path for people.
    pub(crate) fn shown(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Reads the file. On a runtime, another thread reads it, because a network drive can hang.
    pub(crate) async fn read(&self) -> Result<Vec<u8>, FetchError> {
        let (path, limit) = (self.path.clone(), self.limit);
        match Handle::try_current() {
            Ok(runtime) => self.alone(&runtime, move || read_now(&path, limit)).await,
            Err(_) => read_now(&path, limit),
        }
    }

    /// Nothing stops a thread that hangs, so there is at most one.
    async fn alone(
        &self,
        runtime: &Handle,
        read: impl FnOnce() -> Result<Vec<u8>, FetchError> + Send + 'static,
    ) -> Result<Vec<u8>, FetchError> {
        if self.is_read.swap(true, Ordering::AcqRel) {
            return Err(FetchError::file(
                &self.shown(),
                "an earlier attempt still waits for the drive: check that it is mounted and responds",
            ));
        }
        let turn = Turn(Arc::clone(&self.is_read));
        let read = runtime.spawn_blocking(move || {
            let _turn = turn;
            read()
        });
        read.await.unwrap_or_else(|_| Err(FetchError::stopped()))
    }
}

/// Ends with the thread, or with a runtime that does not start it anymore.
struct Turn(Arc<AtomicBool>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn read_now(path: &Path, limit: usize) -> Result<Vec<u8>, FetchError> {
    let shown = path.to_string_lossy();
    let io = |error: std::io::Error| {
        FetchError::file(&shown, format_args!("{error}: check the path and the permissions"))
    };
    // A pipe could block forever.
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(FetchError::file(&shown, "it is not a regular file: check the path"));
    }
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    File::open(path).map_err(io)?.take(bound).read_to_end(&mut text).map_err(io)?;
    if text.len() > limit {
        return Err(FetchError::too_large(&shown, limit));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc;

    use futures_util::FutureExt;
    use tokio::runtime::Handle;

    use super::Bounded;
    use crate::error::FetchErrorKind;

    #[tokio::test]
    async fn a_drive_that_hangs_holds_one_thread() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let file = Bounded::new(folder.join("Cargo.toml"), 100_000);
        let (open, gate) = mpsc::channel::<()>();
        let runtime = Handle::current();
        let mut hangs = Box::pin(file.alone(&runtime, move || {
            let _ = gate.recv();
            Ok(b"late".to_vec())
        }));
        // The attempt is given up, and the thread is not.
        assert!(hangs.as_mut().now_or_never().is_none());
        drop(hangs);
        for _ in 0..1000 {
            let error = file.read().await.unwrap_err();
            assert_eq!(error.kind(), FetchErrorKind::File);
            assert!(error.to_string().contains("check that it is mounted"), "{error}");
        }
        drop(open);
        while file.read().await.is_err() {
            tokio::task::yield_now().await;
        }
        assert!(file.read().await.is_ok());
    }
}
