//! A body on its way in: unpacked piece by piece, within limits of time and size.

use std::io::{self, Write};
use std::time::Duration;

use flate2::write::{MultiGzDecoder, ZlibDecoder};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::time::Instant;
use url::Url;

use super::{FetchError, Phase, RATIO_FREE_BYTES, RATIO_MAX};

/// What is asked for; [`Unpacker`] reads each of them.
pub(super) const ENCODINGS: &str = "gzip, br, zstd, deflate";
/// Of what a brotli stream holds so much is unpacked at once.
const BROTLI_BUFFER_BYTES: usize = 16 << 10;
/// The largest window that a zstd stream may ask for, as a power of two: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How much of a body is taken, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Unpacked, and packed.
    pub(super) bytes: usize,
    /// What is longer is cut off and no error.
    pub(super) cut: bool,
    /// Between two pieces.
    pub(super) idle: Duration,
    /// When all must be there, and how long that was in all.
    pub(super) deadline: (Instant, Duration),
}

/// Reads a body to its end.
pub(super) async fn read(url: &Url, response: &mut Response, limits: &Limits) -> Result<Vec<u8>, FetchError> {
    let encoding = response.headers().get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let broken = |reason: String| FetchError::Packing { url: url.clone(), reason };
    let mut unpacker = Unpacker::of(encoding.as_deref().unwrap_or_default(), limits.bytes).map_err(broken)?;
    while let Some(chunk) = next(url, response, limits).await? {
        let taken = unpacker.take(&chunk);
        if let Some(over) = unpacker.sink().over {
            if limits.cut {
                return Ok(std::mem::take(&mut unpacker.sink().body));
            }
            return Err(over.error(url, limits.bytes));
        }
        taken.map_err(|error| broken(error.to_string()))?;
    }
    let finished = unpacker.finish();
    match unpacker.sink().over {
        Some(over) if !limits.cut => Err(over.error(url, limits.bytes)),
        None => finished.map_err(|error| broken(error.to_string())).map(|()| std::mem::take(&mut unpacker.sink().body)),
        Some(_) => Ok(std::mem::take(&mut unpacker.sink().body)),
    }
}

async fn next(url: &Url, response: &mut Response, limits: &Limits) -> Result<Option<bytes::Bytes>, FetchError> {
    let (deadline, whole) = limits.deadline;
    let idle = Instant::now() + limits.idle;
    match tokio::time::timeout_at(deadline.min(idle), response.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| super::error::failure(url, &error)),
        Err(_) if idle < deadline => {
            Err(FetchError::Timeout { url: url.clone(), phase: Phase::Idle, limit: limits.idle })
        }
        Err(_) => Err(FetchError::Timeout { url: url.clone(), phase: Phase::Whole, limit: whole }),
    }
}

/// Which limit a body went over.
#[derive(Clone, Copy, Debug)]
enum Over {
    Unpacked,
    Packed,
    Ratio,
}

impl Over {
    fn error(self, url: &Url, max: usize) -> FetchError {
        let url = url.clone();
        match self {
            Self::Unpacked => FetchError::TooLarge { url, max },
            Self::Packed => FetchError::PackedTooLarge { url, max },
            Self::Ratio => FetchError::Bomb { url, max: RATIO_MAX },
        }
    }
}

/// Where unpacked bytes go, until they are too many.
struct Sink {
    body: Vec<u8>,
    packed: usize,
    max: usize,
    over: Option<Over>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.body.len() + bytes.len();
        if length > self.max {
            self.body.extend_from_slice(&bytes[..self.max - self.body.len()]);
            self.over = Some(Over::Unpacked);
        } else if length > RATIO_FREE_BYTES && length / RATIO_MAX > self.packed {
            self.over = Some(Over::Ratio);
        }
        if self.over.is_some() {
            return Err(io::Error::other("the body is too long"));
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Unpacker {
    Plain(Sink),
    Gzip(MultiGzDecoder<Sink>),
    Deflate(ZlibDecoder<Sink>),
    Brotli(Box<brotli::DecompressorWriter<Sink>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Sink>>),
}

impl Unpacker {
    fn of(encoding: &str, max: usize) -> Result<Self, String> {
        let sink = Sink { body: Vec::new(), packed: 0, max, over: None };
        Ok(match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Self::Plain(sink),
            "gzip" | "x-gzip" => Self::Gzip(MultiGzDecoder::new(sink)),
            "deflate" => Self::Deflate(ZlibDecoder::new(sink)),
            "br" => Self::Brotli(Box::new(brotli::DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES))),
            "zstd" => {
                let mut decoder = zstd::stream::write::Decoder::new(sink).map_err(|error| error.to_string())?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|error| error.to_string())?;
                Self::Zstd(Box::new(decoder))
            }
            other => return Err(format!("Content-Encoding {other:?} was not asked for")),
        })
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn take(&mut self, chunk: &[u8]) -> io::Result<()> {
        let packed = !matches!(self, Self::Plain(_));
        let sink = self.sink();
        sink.packed += chunk.len();
        if packed && sink.packed > sink.max {
            sink.over = Some(Over::Packed);
            return Ok(());
        }
        match self {
            Self::Plain(sink) => sink.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
            Self::Deflate(decoder) => decoder.write_all(chunk),
            Self::Brotli(decoder) => decoder.write_all(chunk),
            Self::Zstd(decoder) => decoder.write_all(chunk),
        }
    }

    /// Unpacks what is left; an error when the stream ends too early.
    fn finish(&mut self) -> io::Result<()> {
        if self.sink().packed == 0 {
            return Ok(());
        }
        match self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.do_finish(),
        }
    }
}
