//! Durations and sizes as `feeds.toml` writes them.

use chrono::TimeDelta;

const DURATION_UNITS: [(&str, i64); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
const SIZE_UNITS: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
/// A thousand years; what is longer is a slip of the keyboard.
const DURATION_SECONDS_MAX: i64 = 365_000 * 86_400;

/// What to write for a duration.
pub(super) const DURATION_HELP: &str = "write a whole number and a unit: 90s, 15m, 6h or 30d";
/// What to write for a size.
pub(super) const SIZE_HELP: &str = "write a whole number and a unit: 512KiB, 8MiB or 1GiB";

/// `90s`, `15m`, `6h`, `30d`
pub(super) fn duration(text: &str) -> Result<TimeDelta, String> {
    let refuse = || format!("`{text}` is no duration");
    let (unit, seconds) = DURATION_UNITS.iter().find(|(unit, _)| text.ends_with(unit)).ok_or_else(refuse)?;
    let number: i64 = digits(text.strip_suffix(unit).unwrap_or_default()).ok_or_else(refuse)?;
    let total = number.checked_mul(*seconds).filter(|total| *total <= DURATION_SECONDS_MAX);
    total.map(TimeDelta::seconds).ok_or_else(|| format!("`{text}` is longer than a thousand years"))
}

/// `512KiB`, `8MiB`
pub(super) fn size(text: &str) -> Result<usize, String> {
    let refuse = || format!("`{text}` is no size");
    let (unit, bytes) = SIZE_UNITS.iter().find(|(unit, _)| text.ends_with(unit)).ok_or_else(refuse)?;
    let number: i64 = digits(text.strip_suffix(unit).unwrap_or_default()).ok_or_else(refuse)?;
    usize::try_from(number).ok().and_then(|number| number.checked_mul(*bytes)).ok_or_else(refuse)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}
