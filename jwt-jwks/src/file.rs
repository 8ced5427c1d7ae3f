//! Sets of keys in files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use tokio::runtime::Handle;

use crate::error::FetchError;

/// Reads a file of bounded size. On a runtime, another thread reads it, because a network drive can hang.
pub(crate) async fn read(path: &Path, limit: usize) -> Result<Vec<u8>, FetchError> {
    let path = PathBuf::from(path);
    match Handle::try_current() {
        Ok(runtime) => {
            let read = runtime.spawn_blocking(move || read_now(&path, limit));
            read.await.unwrap_or_else(|_| Err(FetchError::stopped()))
        }
        Err(_) => read_now(&path, limit),
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
