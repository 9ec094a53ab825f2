//! One rendered feed: its bytes, packed when somebody first asks for them so, and what goes with them.

use std::io::Write;
use std::sync::Arc;

use axum::http::HeaderValue;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::cache::Kind;
use super::conditional::Coding;
use super::past::Digest;
use crate::date::write;
use crate::edition::Before;

/// Brotli's effort, from 0 to 11: 5 packs better than gzip and no slower.
const BROTLI_QUALITY: i32 = 5;
/// For what few will ask for again, speed comes first.
const BROTLI_QUALITY_RARE: i32 = 2;
const BROTLI_WINDOW_BITS: i32 = 22;

/// What is said of a feed's bytes.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) media_type: &'static str,
    /// How long a reader may use them without asking again.
    pub(super) age: HeaderValue,
}

/// A feed as it was written, and what the configuration that it was written by says of it.
pub(super) struct Written {
    pub(super) bytes: Bytes,
    pub(super) label: Label,
    /// Of its items; none where no deltas are given.
    pub(super) items: Vec<Digest>,
    /// What the next one is made from.
    pub(super) before: Before,
}

impl Written {
    pub(super) fn new(bytes: Bytes, label: Label) -> Self {
        Self { bytes, label, items: Vec::new(), before: Before::default() }
    }
}

/// One rendered feed.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    /// By the order of [`Coding::ALL`]; the packed ones from when they were first asked for.
    bodies: [Option<Bytes>; 3],
    etags: [HeaderValue; 3],
    /// Of the plain bytes, without quotes.
    pub(super) hash: String,
    /// When it was first made, to the second; each change of the stamp gives a later one. Nothing for feeds that change
    /// with the clock, of which no such moment tells whether they have changed since.
    pub(super) made: Option<DateTime<Utc>>,
    pub(super) last_modified: Option<HeaderValue>,
    pub(super) label: Label,
    pub(super) items: Arc<[Digest]>,
    pub(super) before: Arc<Before>,
}

impl Rendered {
    pub(super) fn new(Written { bytes, label, items, before }: Written, made: Option<DateTime<Utc>>) -> Self {
        let mut hash = blake3::hash(&bytes).to_hex().to_string();
        hash.truncate(32);
        // Hexadecimal digits and dates are header text.
        let etag = |coding: Coding| HeaderValue::from_str(&coding.etag(&hash)).ok();
        let etags = Coding::ALL.map(|coding| etag(coding).unwrap_or(HeaderValue::from_static("\"\"")));
        let last_modified = made.and_then(|made| HeaderValue::from_str(&write::http(made)).ok());
        let (bodies, items, before) = ([Some(bytes), None, None], items.into(), before.into());
        Self { bodies, etags, hash, made, last_modified, label, items, before }
    }

    /// The same feed with its plain bytes alone.
    pub(super) fn unpacked(&self) -> Self {
        let [plain, ..] = self.bodies.clone();
        Self { bodies: [plain, None, None], ..self.clone() }
    }

    /// The same feed with its bytes in this coding too. One kind of feed is always packed alike, so a tag stands for
    /// the same bytes.
    pub(super) fn pack(&self, coding: Coding, kind: Kind) -> Self {
        let mut feed = self.clone();
        let plain = self.bodies[Coding::Identity as usize].as_deref().unwrap_or_default();
        feed.bodies[coding as usize] = match coding {
            Coding::Identity => return feed,
            Coding::Gzip => Some(exact(gzip(plain, kind))),
            Coding::Brotli => Some(exact(brotli(plain, kind))),
        };
        feed
    }

    pub(super) fn bytes(&self) -> usize {
        self.bodies.iter().flatten().map(Bytes::len).sum::<usize>() + size_of_val(&*self.items) + self.before.bytes()
    }

    /// The bytes; nothing when they were not packed so yet.
    pub(super) fn body(&self, coding: Coding) -> Option<Bytes> {
        self.bodies[coding as usize].clone()
    }

    pub(super) fn etag(&self, coding: Coding) -> HeaderValue {
        self.etags[coding as usize].clone()
    }
}

/// Bytes without the spare room that writing them took.
pub(super) fn exact(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}

fn gzip(plain: &[u8], kind: Kind) -> Vec<u8> {
    let effort = if kind == Kind::Common { flate2::Compression::default() } else { flate2::Compression::fast() };
    // Writing to memory does not fail.
    let mut packer = flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 4), effort);
    packer.write_all(plain).and_then(|()| packer.finish()).unwrap_or_default()
}

fn brotli(plain: &[u8], kind: Kind) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: if kind == Kind::Common { BROTLI_QUALITY } else { BROTLI_QUALITY_RARE },
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(plain.len() / 4);
    // Writing to memory does not fail.
    brotli::BrotliCompress(&mut &*plain, &mut packed, &params).map(|_| packed).unwrap_or_default()
}
