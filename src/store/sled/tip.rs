//! The segment of sled's log that its newest snapshot ends in: what of it is damaged.
//!
//! sled 0.34 reads that segment again whenever it opens. It takes a damaged message there for the end of the log, writes
//! zeros over all that stands behind it, and does not open because its snapshot speaks of more. So the segment is looked
//! at before sled opens, and a damaged message can be called off, which costs its page alone.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Of sled's default configuration.
const SEGMENT_BYTES: u64 = 512 << 10;
/// What is left of a segment behind a message that ends farther than this from its end is not used.
const MESSAGE_HEADER_BYTES_MAX: usize = 32;
/// A checksum, the segment's sequence number and that of the last stable byte when it was begun.
const SEGMENT_HEADER_BYTES: usize = 20;
/// Kinds of messages: called off, the rest of the segment, and the last one known.
const CANCELED: u8 = 1;
const CAP: u8 = 2;
const KIND_MAX: u8 = 11;

struct Tip {
    /// Where the segment begins in the file.
    at: u64,
    number: u64,
    /// Its header is damaged, without which sled does not find it.
    headless: bool,
    bytes: Vec<u8>,
    /// Messages that begin before this one must be whole.
    end: usize,
}

/// What a message's head says of it, and where it ends.
struct Message {
    kind: u8,
    /// Of its segment.
    number: u64,
    end: usize,
}

/// Whether a message is damaged that the newest snapshot of the database in `path` speaks of.
pub(in crate::store) fn is_damaged(path: &Path) -> io::Result<bool> {
    Ok(Tip::read(path)?.is_some_and(|tip| tip.headless || !tip.holes().is_empty()))
}

/// Calls off the damaged messages that the newest snapshot of the database in `path` speaks of.
pub(in crate::store) fn mend(path: &Path) -> io::Result<()> {
    let Some(tip) = Tip::read(path)? else { return Ok(()) };
    let holes = tip.holes();
    if holes.is_empty() && !tip.headless {
        return Ok(());
    }
    let file = File::options().write(true).open(path.join("db"))?;
    if tip.headless {
        file.write_all_at(&header(tip.number * SEGMENT_BYTES), tip.at)?;
    }
    for hole in holes {
        let at = tip.at + hole.start as u64;
        file.write_all_at(&called_off(&tip.bytes[hole], tip.number), at)?;
    }
    file.sync_all()
}

impl Tip {
    /// Nothing where there is no database, no snapshot, or none that ends within a segment.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let Some(stable) = snapshot(path)? else { return Ok(None) };
        let file = match File::open(path.join("db")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let (number, end) = (stable / SEGMENT_BYTES, stable % SEGMENT_BYTES);
        let segment = usize::try_from(SEGMENT_BYTES).unwrap_or(usize::MAX);
        let end = usize::try_from(end).unwrap_or(segment).min(segment - MESSAGE_HEADER_BYTES_MAX);
        if end <= SEGMENT_HEADER_BYTES {
            return Ok(None);
        }
        let file_bytes = file.metadata()?.len();
        let mut headless = Vec::new();
        let read = |at: u64, headless: bool| -> io::Result<Self> {
            // What a file lacks that was cut off reads as zeros, which are damage.
            let mut bytes = vec![0; segment];
            let there = usize::try_from(file_bytes - at).unwrap_or(segment).min(segment);
            file.read_exact_at(&mut bytes[..there], at)?;
            Ok(Self { at, number, headless, bytes, end })
        };
        for at in (0..file_bytes).step_by(segment) {
            let mut header = [0; SEGMENT_HEADER_BYTES];
            if file.read_exact_at(&mut header, at).is_err() {
                continue;
            }
            match sequence(&header) {
                Some(found) if found == number * SEGMENT_BYTES => return read(at, false).map(Some),
                Some(_) => {}
                None => headless.push(at),
            }
        }
        for at in headless {
            let tip = read(at, true)?;
            if tip.message(SEGMENT_HEADER_BYTES).is_some_and(|first| first.number == number) {
                return Ok(Some(tip));
            }
        }
        Ok(None)
    }

    /// The parts between messages that can be read. Where those of a later segment begin, this one is no longer used.
    fn holes(&self) -> Vec<Range<usize>> {
        let mut holes = Vec::new();
        let mut at = SEGMENT_HEADER_BYTES;
        while at < self.end {
            let next = (at..self.end).find_map(|next| Some((next, self.message(next)?)));
            let reused = next.as_ref().is_some_and(|(_, message)| message.number > self.number);
            if reused {
                break;
            }
            let hole = at..next.as_ref().map_or(self.end, |(next, _)| *next);
            at = match &next {
                Some((_, message)) if message.kind == CAP => self.end,
                Some((_, message)) => message.end,
                None => self.end,
            };
            holes.extend(Some(hole).filter(|hole| !hole.is_empty()));
        }
        holes
    }

    /// The message that begins at a place; nothing where none does, or one that is damaged or was there before.
    fn message(&self, at: usize) -> Option<Message> {
        let (checksum, head) = self.bytes[at..].split_first_chunk()?;
        let (kind, rest) = head.split_first()?;
        let (length, rest) = read_number(rest)?;
        let (number, rest) = read_number(rest)?;
        let (_page, rest) = read_number(rest)?;
        if number < self.number || !(CANCELED..=KIND_MAX).contains(kind) {
            return None;
        }
        let body = rest.get(..usize::try_from(length).ok()?)?;
        let whole = u32::from_le_bytes(*checksum) == checksum_of(&head[..head.len() - rest.len()], body);
        whole.then(|| Message { kind: *kind, number, end: self.bytes.len() - rest.len() + body.len() })
    }
}

/// Up to where in the log the newest snapshot goes; it is in its name.
fn snapshot(path: &Path) -> io::Result<Option<u64>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut newest = None;
    for entry in entries {
        let name = entry?.file_name();
        let stable = name.to_str().and_then(|name| name.strip_prefix("snap."));
        newest = newest.max(stable.and_then(|stable| u64::from_str_radix(stable, 16).ok()));
    }
    Ok(newest)
}

/// The sequence number in a segment's header; nothing where that is damaged.
fn sequence(header: &[u8; SEGMENT_HEADER_BYTES]) -> Option<u64> {
    let (checksum, rest) = header.split_first_chunk()?;
    let whole = u32::from_le_bytes(*checksum) == !crc32fast::hash(rest);
    whole.then(|| rest.first_chunk().map(|number| u64::from_le_bytes(*number) ^ (u64::MAX >> 1))).flatten()
}

/// The header of a segment that begins with a byte of the log, all before which is stable.
fn header(sequence: u64) -> [u8; SEGMENT_HEADER_BYTES] {
    let number = (sequence ^ (u64::MAX >> 1)).to_le_bytes();
    let mut header = [0; SEGMENT_HEADER_BYTES];
    header[4..12].copy_from_slice(&number);
    header[12..].copy_from_slice(&number);
    let checksum = !crc32fast::hash(&header[4..]);
    header[..4].copy_from_slice(&checksum.to_le_bytes());
    header
}

fn checksum_of(head: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(body);
    hasher.update(head);
    !hasher.finalize()
}

/// A message that sled passes over, in the place of others; its body is what stood there.
fn called_off(damaged: &[u8], number: u64) -> Vec<u8> {
    let head = |length: &[u8]| [&[CANCELED], length, &written(number), &[0]].concat();
    let bytes = damaged.len().saturating_sub(size_of::<u32>());
    let short = bytes.saturating_sub(head(&[0]).len()) as u64;
    let long = bytes.saturating_sub(head(&long_number(0)).len()) as u64;
    let head = if short <= ONE_BYTE_MAX { head(&written(short)) } else { head(&long_number(long)) };
    let body = &damaged[(size_of::<u32>() + head.len()).min(damaged.len())..];
    [&checksum_of(&head, body).to_le_bytes(), &head[..], body].concat()
}

const ONE_BYTE_MAX: u64 = 240;
const TWO_BYTES_MAX: u64 = 2_287;
const THREE_BYTES_MAX: u64 = 67_823;

/// A number as sled's `serialization.rs` writes it, in as few bytes as there are.
fn written(number: u64) -> Vec<u8> {
    let split = |number: u64| (number.to_le_bytes()[1], number.to_le_bytes()[0]);
    if number <= ONE_BYTE_MAX {
        vec![split(number).1]
    } else if number <= TWO_BYTES_MAX {
        let (high, low) = split(number - ONE_BYTE_MAX);
        vec![241 + high, low]
    } else if number <= THREE_BYTES_MAX {
        let (high, low) = split(number - TWO_BYTES_MAX - 1);
        vec![249, high, low]
    } else {
        let digits = (8 - u8::try_from(number.leading_zeros() / 8).unwrap_or_default()).max(3);
        let mut bytes = long_number(number)[..=usize::from(digits)].to_vec();
        bytes[0] = 247 + digits;
        bytes
    }
}

/// A number in nine bytes, which sled reads though it would write a small one in fewer.
fn long_number(number: u64) -> [u8; 9] {
    let mut bytes = [255; 9];
    bytes[1..].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// A number, and what stands behind it.
fn read_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let digits = match first {
        0..=240 => 0,
        241..=248 => 1,
        249 => 2,
        longer => usize::from(longer - 247),
    };
    let (digits, rest) = rest.split_at_checked(digits)?;
    let number = match (*first, digits) {
        (249, [high, low]) => TWO_BYTES_MAX + 1 + u64::from(u16::from_be_bytes([*high, *low])),
        (high @ 241..=248, [low]) => ONE_BYTE_MAX + u64::from(u16::from_be_bytes([high - 241, *low])),
        (small, []) => u64::from(small),
        (_, digits) => digits.iter().rev().fold(0, |number, digit| number << 8 | u64::from(*digit)),
    };
    Some((number, rest))
}
