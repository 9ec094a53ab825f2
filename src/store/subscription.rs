//! Who is told of a feed's changes (W3C WebSub), as it is kept.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// A subscription that its callback has confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The feed's address.
    pub topic: String,
    /// Where the feed is sent.
    pub callback: String,
    /// What each delivery is signed with.
    pub secret: Option<String>,
    /// When it ends unless it is renewed.
    pub until: DateTime<Utc>,
    /// Of the bytes that the subscriber has.
    pub delivered: [u8; 16],
    /// Deliveries in a row that failed.
    pub failures: u32,
    /// Nothing is sent before this moment.
    pub not_before: DateTime<Utc>,
}

/// The form on disk; a later form gets a variant of its own at the end.
#[derive(Serialize, Deserialize)]
enum Record {
    V1 {
        topic: String,
        callback: String,
        secret: Option<String>,
        until_millis: i64,
        delivered: [u8; 16],
        failures: u32,
        not_before_millis: i64,
    },
}

impl Subscription {
    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        let record = Record::V1 {
            topic: self.topic.clone(),
            callback: self.callback.clone(),
            secret: self.secret.clone(),
            until_millis: self.until.timestamp_millis(),
            delivered: self.delivered,
            failures: self.failures,
            not_before_millis: self.not_before.timestamp_millis(),
        };
        postcard::to_stdvec(&record).map_err(|error| StoreError::Io(error.to_string()))
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("a subscription".to_owned());
        let record = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        let Record::V1 { topic, callback, secret, until_millis, delivered, failures, not_before_millis } = record;
        let moment = |millis| DateTime::from_timestamp_millis(millis).ok_or_else(damaged);
        let (until, not_before) = (moment(until_millis)?, moment(not_before_millis)?);
        Ok(Self { topic, callback, secret, until, delivered, failures, not_before })
    }
}
