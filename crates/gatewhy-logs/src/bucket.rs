//! Logs in an object store: `s3://bucket/prefix` stands for every object below the
//! prefix, as load balancers write them, or for the one object of that very name.
//!
//! Objects are read by parts, so that a connection never waits for us, and each part is
//! asked for with the entity tag of the first: what changes meanwhile is an error, not a
//! wrong count.
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{
    ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig,
};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How an address of an object store begins.
const SCHEME: &str = "s3://";
/// What is read of an object at first, and then at a time: the first part tells what
/// it is, and many objects are open at once.
const FIRST_PART: u64 = 64 * 1024;
const PART: u64 = 4 * 1024 * 1024;
/// How long one answer of the store may take, and all tries for one.
const ONE_ANSWER: Duration = Duration::from_secs(30);
const ALL_TRIES: Duration = Duration::from_mins(1);

/// Whether this is an address of an object store, and not a path.
pub(crate) fn is_address(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.starts_with(SCHEME))
}

/// The objects that an address stands for, at most `most` and one, in order.
pub(crate) fn objects(address: &Path, most: usize) -> io::Result<Vec<PathBuf>> {
    let (bucket, key) = parts_of(address)?;
    let runtime = runtime()?;
    let store = store(&bucket)?;
    // A prefix ends at a slash for the store; an object's own name is no prefix of it.
    if let Ok(meta) = runtime.block_on(store.head(&key)) {
        return Ok(vec![address_of(&bucket, &meta.location)]);
    }
    let mut found = Vec::new();
    let mut listed = store.list(Some(&key));
    while let Some(meta) = runtime.block_on(next(&mut listed)) {
        found.push(address_of(
            &bucket,
            &meta.map_err(|error| failed(&error))?.location,
        ));
        if found.len() > most {
            break;
        }
    }
    found.sort();
    Ok(found)
}

/// The first line of what went wrong: a store answers with whole pages.
fn failed(error: &object_store::Error) -> io::Error {
    let told = error.to_string();
    io::Error::other(told.lines().next().unwrap_or_default().to_owned())
}

/// The next item of a stream.
async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}

fn address_of(bucket: &str, key: &Key) -> PathBuf {
    PathBuf::from(format!("{SCHEME}{bucket}/{key}"))
}

/// The bucket and the key in an address.
fn parts_of(address: &Path) -> io::Result<(String, Key)> {
    let text = address.to_str().and_then(|text| text.strip_prefix(SCHEME));
    let (bucket, key) = text.map_or(("", ""), |text| text.split_once('/').unwrap_or((text, "")));
    if bucket.is_empty() {
        let why = "no bucket in this address; it is s3://BUCKET/PREFIX";
        return Err(io::Error::other(why));
    }
    let key = Key::parse(key.trim_end_matches('/')).map_err(io::Error::other)?;
    Ok((bucket.to_owned(), key))
}

/// The bucket, with what the environment tells of region, keys and end point
/// (`AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT` …).
fn store(bucket: &str) -> io::Result<Arc<dyn ObjectStore>> {
    // An error says only that somebody else has chosen the provider already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: ALL_TRIES,
        ..RetryConfig::default()
    };
    let http = std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value == "true");
    let client = ClientOptions::new()
        .with_timeout(ONE_ANSWER)
        .with_allow_http(http);
    AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retry)
        .with_client_options(client)
        .build()
        .map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        .map_err(|error| failed(&error))
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// An object that is read from front to back.
pub(crate) struct Object {
    runtime: Runtime,
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    /// Offset of the part behind the one at hand.
    next: u64,
    part: io::Cursor<Vec<u8>>,
}

impl Object {
    /// The object at an address.
    pub(crate) fn open(address: &Path) -> io::Result<Self> {
        let (bucket, key) = parts_of(address)?;
        Self::of(store(&bucket)?, &key)
    }

    fn of(store: Arc<dyn ObjectStore>, key: &Key) -> io::Result<Self> {
        let runtime = runtime()?;
        let meta = runtime
            .block_on(store.head(key))
            .map_err(|error| failed(&error))?;
        Ok(Self {
            runtime,
            store,
            meta,
            next: 0,
            part: io::Cursor::default(),
        })
    }

    /// How large it is, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.meta.size
    }

    fn read_part(&mut self) -> io::Result<()> {
        let length = if self.next == 0 { FIRST_PART } else { PART };
        let end = self.meta.size.min(self.next.saturating_add(length));
        let options = GetOptions {
            if_match: self.meta.e_tag.clone(),
            range: Some((self.next..end).into()),
            ..GetOptions::default()
        };
        let bytes = self.runtime.block_on(async {
            let answer = self.store.get_opts(&self.meta.location, options).await?;
            answer.bytes().await
        });
        self.part = io::Cursor::new(bytes.map_err(|error| failed(&error))?.to_vec());
        self.next = end;
        Ok(())
    }
}

impl Read for Object {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.part.get_ref().len() as u64 - self.part.position();
        if left == 0 && self.next < self.meta.size {
            self.read_part()?;
        }
        self.part.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn stored(bytes: &[u8]) -> Object {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let key = Key::from("logs/a.log");
        let put = store.put(&key, bytes.to_vec().into());
        runtime().unwrap().block_on(put).unwrap();
        Object::of(store, &key).unwrap()
    }

    #[test]
    fn an_object_is_read_whole_by_parts() {
        let bytes: Vec<u8> = (0..FIRST_PART + PART + 17)
            .map(|n| (n % 251) as u8)
            .collect();
        let mut object = stored(&bytes);
        assert_eq!(object.size(), bytes.len() as u64);
        let mut read = Vec::new();
        object.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
    }

    #[test]
    fn an_object_that_changes_meanwhile_is_an_error() {
        let mut object = stored(&vec![b'a'; 100_000]);
        let mut first = [0; 10];
        object.read_exact(&mut first).unwrap();
        let put = object
            .store
            .put(&object.meta.location, vec![b'b'; 100_000].into());
        runtime().unwrap().block_on(put).unwrap();
        assert!(object.read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn an_address_names_a_bucket_and_a_prefix() {
        let (bucket, key) = parts_of(Path::new("s3://logs/AWSLogs/1/")).unwrap();
        assert_eq!((bucket.as_str(), key.as_ref()), ("logs", "AWSLogs/1"));
        assert!(parts_of(Path::new("s3:///a")).is_err());
        assert!(is_address(Path::new("s3://logs")) && !is_address(Path::new("s3/logs")));
    }
}
