//! Records packed with zstd, and unpacked.

use std::cell::RefCell;

use crate::store::StoreError;

/// Of zstd: the third takes 3 % less room and a sixth more time, the fourth 2 % less and twice the time.
const COMPRESSION_LEVEL: i32 = 1;
/// No record grows past this when it is unpacked.
const RECORD_BYTES_MAX: usize = 128 << 20;

/// Packs records one after the other: making ready for the first one costs more than packing a short one.
pub(in crate::store) struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
    /// The last record, and the same packed: the next one is written in their room.
    written: Vec<u8>,
    packed: Vec<u8>,
}

impl Packer {
    pub(in crate::store) fn new() -> Result<Self, StoreError> {
        let compressor = zstd::bulk::Compressor::new(COMPRESSION_LEVEL);
        let compressor = compressor.map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self { compressor, written: Vec::new(), packed: Vec::new() })
    }

    pub(in crate::store) fn pack(&mut self, record: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(record.len()));
        let packed = self.compressor.compress_to_buffer(record, &mut self.packed);
        packed.map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(self.packed.clone())
    }

    /// Packs a record that is written behind the bytes, none, that are handed in.
    pub(super) fn pack_written(
        &mut self,
        write: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut record = std::mem::take(&mut self.written);
        record.clear();
        let record = write(record)?;
        let packed = self.pack(&record);
        self.written = record;
        packed
    }
}

thread_local! {
    /// Making ready to unpack costs more than unpacking a short record.
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

pub(in crate::store) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let length = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().unwrap_or_default();
    let length = usize::try_from(length).ok().filter(|length| *length <= RECORD_BYTES_MAX);
    let length = length.ok_or_else(|| StoreError::Damaged(format!("a record longer than {RECORD_BYTES_MAX} bytes")))?;
    let record = UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(zstd::bulk::Decompressor::new()?),
        };
        unpacker.decompress(bytes, length)
    });
    record.map_err(|error| StoreError::Damaged(error.to_string()))
}
