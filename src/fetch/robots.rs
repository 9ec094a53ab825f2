//! robots.txt (RFC 9309), read by the `texting_robots` crate, which carries Google's own test cases.

use std::time::Duration;

use texting_robots::Robot;
use url::Url;

/// The name that a robots.txt group must carry to mean this program.
const PRODUCT: &str = "bantin";

/// How long a robots.txt counts (RFC 9309 §2.4).
pub(super) const FRESH: Duration = Duration::from_secs(24 * 3_600);
/// How long an unreachable robots.txt shuts a host before it is asked for again.
pub(super) const RETRY: Duration = Duration::from_secs(600);

/// What a host's robots.txt says.
pub(super) enum Rules {
    /// There is none, so everything may be read.
    None,
    /// It was read.
    Read(Box<Robot>),
    /// It cannot be read, so nothing may be.
    Unreachable(String),
}

impl Rules {
    pub(super) fn read(text: &[u8]) -> Self {
        Robot::new(PRODUCT, text).map_or(Self::None, |robot| Self::Read(Box::new(robot)))
    }

    pub(super) fn allows(&self, url: &Url) -> bool {
        match self {
            Self::None => true,
            Self::Read(robot) => robot.allowed(url.as_str()),
            Self::Unreachable(_) => false,
        }
    }

    /// The Crawl-delay, when one is stated and is a usable number.
    pub(super) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Read(robot) => robot.delay.and_then(|seconds| Duration::try_from_secs_f32(seconds).ok()),
            _ => None,
        }
    }

    pub(super) fn fresh_for(&self) -> Duration {
        if matches!(self, Self::Unreachable(_)) { RETRY } else { FRESH }
    }
}
