//! Packages as objects of a bucket, for several relays. S3 answers only when an object is durable, and shows it whole or
//! not at all.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStoreExt as _, PutPayload, RetryConfig, WriteMultipart};
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

use super::{Answer, Content, Packages, plain};
use crate::store::StoreError;

/// A part of a large package, in bytes; S3 takes none below 5 MiB but the last, and 10,000 at most.
const PART: usize = 8 * 1024 * 1024;

/// Parts that are on their way at the same time. With the one that is read they are all that is held in memory.
const AHEAD: usize = 2;

/// Where the bucket is.
#[derive(Clone, Debug)]
pub struct Settings {
    pub bucket: String,
    /// `https://…`; Amazon's without it.
    pub endpoint: Option<String>,
    pub region: String,
    /// The key's name; without it the machine's own role is used, as Amazon's machines have one.
    pub access_key: Option<String>,
    /// Holds the key itself.
    pub secret_key_file: Option<PathBuf>,
}

/// A bucket.
#[derive(Debug)]
pub struct S3(AmazonS3);

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        Self::Packages(Box::new(error))
    }
}

impl S3 {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// The key's file cannot be read, or the settings fit no bucket.
    pub fn new(settings: &Settings) -> Result<Self, StoreError> {
        // Installing twice in one process keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(10))
            .with_read_timeout(Duration::from_secs(60))
            // A gigabyte takes as long as it takes; silence is what counts.
            .with_timeout_disabled();
        let retry = RetryConfig { max_retries: 4, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &settings.endpoint {
            // Without TLS only where the operator wrote http.
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        match (&settings.access_key, &settings.secret_key_file) {
            (Some(name), Some(path)) => {
                let secret = Zeroizing::new(std::fs::read_to_string(path)?);
                builder = builder.with_access_key_id(name).with_secret_access_key(secret.trim());
            }
            (None, None) => {}
            // Half of a key must not mean that somebody else's rights are used.
            _ => return Err(io::Error::other("packages.access_key and packages.secret_key_file go together").into()),
        }
        Ok(Self(builder.build()?))
    }

    async fn put(&self, key: &Key, file: &Path) -> Result<(), StoreError> {
        let mut file = tokio::fs::File::open(file).await?;
        if file.metadata().await?.len() <= PART as u64 {
            let mut content = Vec::new();
            file.read_to_end(&mut content).await?;
            self.0.put(key, PutPayload::from(content)).await?;
            return Ok(());
        }
        let mut upload = WriteMultipart::new_with_chunk_size(self.0.put_multipart(key).await?, PART);
        match pour(&mut file, &mut upload).await {
            Ok(()) => Ok(upload.finish().await.map(drop)?),
            Err(error) => {
                // What is left of parts goes away by the bucket's own rule; the cause counts.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }
}

async fn pour(file: &mut tokio::fs::File, upload: &mut WriteMultipart) -> Result<(), StoreError> {
    let mut piece = vec![0; super::PIECE];
    loop {
        let length = file.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        upload.wait_for_capacity(AHEAD).await?;
        upload.put(Bytes::copy_from_slice(&piece[..length]));
    }
}

impl Packages for S3 {
    fn keep<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move { self.put(&Key::from(plain(name)?), file).await })
    }

    fn adopt<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            self.keep(name, file).await?;
            Ok(tokio::fs::remove_file(file).await?)
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> Answer<'a, Content> {
        Box::pin(async move {
            let found = self.0.get(&Key::from(plain(name)?)).await?;
            let stream = found.into_stream().map(|piece| piece.map_err(io::Error::other));
            Ok(Content::Stream(Box::pin(stream)))
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.0.delete(&Key::from(plain(name)?)).await {
                Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => Err(error.into()),
                _ => Ok(()),
            }
        })
    }
}
