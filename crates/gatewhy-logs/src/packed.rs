//! Compressed logs, and those in UTF-16, recognised by their first bytes.
use crate::utf16::{self, Order, Utf8};
use std::io::{self, BufRead as _, BufReader, Read};

/// A format of compression, or a way to write letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// `.xz`
    Xz,
    /// `.bz2`
    Bzip2,
    /// UTF-16.
    Utf16(Order),
}

/// zstd's windows are at most 2^23 bytes: what every decoder must be able to hold.
const WINDOW_LOG: u32 = 23;
/// Most bytes of xz's dictionary: its presets up to 7 need no more.
const XZ_DICTIONARY: u64 = 16 << 20;
/// How much packed data is read in one go.
const READ: usize = 64 * 1024;

impl Packed {
    /// The format of a file that begins so.
    pub fn of(first: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Packed); 5] = [
            (b"\x1f\x8b\x08", Packed::Gzip),
            (b"\x28\xb5\x2f\xfd", Packed::Zstd),
            (b"\xfd7zXZ\0", Packed::Xz),
            (b"BZh", Packed::Bzip2),
            // A skippable frame, as pzstd writes.
            (b"\x50\x2a\x4d\x18", Packed::Zstd),
        ];
        let found = MAGIC.iter().find(|(magic, _)| first.starts_with(magic));
        let packed = found.map(|(_, packed)| *packed);
        packed.or_else(|| utf16::order(first).map(Self::Utf16))
    }

    /// Unpacks `file`: all members, one after the other.
    ///
    /// # Errors
    /// When it cannot be read, or unpacking it would take too much memory.
    pub fn open(self, file: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        let mut file = BufReader::with_capacity(READ, file);
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(file)?;
                decoder.window_log_max(WINDOW_LOG)?;
                Box::new(decoder)
            }
            Self::Xz => {
                let needs = dictionary(file.fill_buf()?).unwrap_or(0);
                if needs > XZ_DICTIONARY {
                    let needs = needs >> 20;
                    let why = format!(
                        "unpacking it takes {needs} MiB of memory; use xz -dc FILE | gatewhy logs -"
                    );
                    return Err(io::Error::other(why));
                }
                Box::new(lzma_rust2::XzReader::new(file, true))
            }
            Self::Utf16(order) => Box::new(Utf8::new(file, order)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        })
    }
}

/// The size of the dictionary that the first block of an xz file asks for.
fn dictionary(file: &[u8]) -> Option<u64> {
    const LZMA2: [u8; 2] = [0x21, 1];
    // Behind the stream header: the block header's size, its flags, perhaps two
    // sizes of at most 9 bytes each, then the filters.
    let header = file.get(14..14 + 40)?;
    let at = header.windows(2).position(|pair| pair == LZMA2)?;
    let bits = u32::from(*header.get(at + 2)?);
    if bits > 40 {
        return None;
    }
    Some(u64::from(2 | bits & 1) << (bits / 2 + 11))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const TEXT: &[u8] = b"one\ntwo\n";

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let format = Packed::of(packed).expect("a known format");
        let mut reader = format
            .open(io::Cursor::new(packed.to_vec()))
            .expect("can be opened");
        let mut text = Vec::new();
        reader.read_to_end(&mut text).expect("can be unpacked");
        text
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn all_members_are_unpacked() {
        let twice = [TEXT, TEXT].concat();
        let gz = gzip(TEXT);
        assert_eq!(unpacked(&[gz.clone(), gz].concat()), twice);
        let zst = zstd::bulk::compress(TEXT, 3).expect("memory");
        assert_eq!(unpacked(&[zst.clone(), zst].concat()), twice);
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(TEXT).expect("memory");
        let bz = bz.finish().expect("memory");
        assert_eq!(unpacked(&[bz.clone(), bz].concat()), twice);
        // `printf 'one\ntwo\n' | xz -0`
        let xz: &[u8] = include_bytes!("../tests/packed/small.xz");
        assert_eq!(unpacked(&[xz, xz].concat()), twice);
    }

    #[test]
    fn the_dictionary_of_an_xz_file_is_read_from_its_header() {
        assert_eq!(
            dictionary(include_bytes!("../tests/packed/small.xz")),
            Some(256 << 10)
        );
        assert_eq!(
            dictionary(include_bytes!("../tests/packed/large.xz")),
            Some(64 << 20)
        );
    }
}
