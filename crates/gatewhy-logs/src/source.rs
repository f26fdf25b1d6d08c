//! What a user names, as something that can be read.
#[cfg(feature = "object-store")]
use crate::bucket;
use crate::glob;
use crate::packed::Packed;
use crate::scan::Skipped;
use crate::stream::Stream;
use rustix::fs::{FileType, Mode, OFlags};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files that are read of what was named.
const MOST_FILES: usize = 10_000;
/// How deep folders are followed.
const DEEPEST: usize = 16;
/// How much of a file is looked at to tell what it is.
const FIRST: usize = 64 * 1024;

/// A log that is open.
pub(crate) enum Source {
    /// A plain file, that can be read anywhere.
    Plain {
        file: File,
        length: u64,
        first: Vec<u8>,
    },
    /// What is read from front to back, and how large it is on disk.
    Stream(Box<Stream>, u64),
}

/// The files behind what was named: those of folders, too. `-` is standard input.
pub(crate) fn files(named: &[PathBuf], skipped: &mut Vec<Skipped>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in named {
        if remote(path, &mut found, skipped) {
            continue;
        }
        if !glob::is_pattern(path) || path.symlink_metadata().is_ok() {
            one(path, &mut found, skipped);
            continue;
        }
        let fitting = glob::expand(path);
        if fitting.is_empty() {
            skip(skipped, path, "no file fits this pattern");
        }
        for path in fitting {
            one(&path, &mut found, skipped);
        }
    }
    if found.len() > MOST_FILES {
        let rest: Vec<PathBuf> = found.drain(MOST_FILES..).collect();
        if let Some(first) = rest.first() {
            skip(
                skipped,
                first,
                "this one and all behind it: more than 10,000 files",
            );
        }
    }
    found
}

/// Whether `path` is an address of an object store; then its objects are found.
#[cfg(feature = "object-store")]
fn remote(path: &Path, found: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) -> bool {
    if !bucket::is_address(path) {
        return false;
    }
    match bucket::objects(path, MOST_FILES) {
        Ok(objects) if objects.is_empty() => skip(skipped, path, "no object is there"),
        Ok(objects) => found.extend(objects),
        Err(error) => skip(skipped, path, &unlisted(&error)),
    }
    true
}

#[cfg(feature = "object-store")]
fn unlisted(error: &io::Error) -> String {
    format!(
        "it could not be listed (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
         AWS_ENDPOINT in the environment say where and as whom): {error}"
    )
}

/// Whether `path` is an address of an object store, which this build cannot read.
#[cfg(not(feature = "object-store"))]
fn remote(path: &Path, _: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) -> bool {
    let is_address = path.to_str().is_some_and(|text| text.starts_with("s3://"));
    if is_address {
        let why = "this gatewhy was built without object stores; build it with \
            --features object-store, or copy the logs here first";
        skip(skipped, path, why);
    }
    is_address
}

/// A file, or all files of a folder.
fn one(path: &Path, found: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) {
    if !path.is_dir() {
        found.push(path.to_owned());
        return;
    }
    let before = found.len();
    folder(path, 0, found, skipped);
    if found.len() == before {
        skip(skipped, path, "a folder without logs");
    }
}

fn skip(skipped: &mut Vec<Skipped>, path: &Path, why: &str) {
    skipped.push(Skipped {
        path: path.to_owned(),
        why: why.to_owned(),
    });
}

fn folder(path: &Path, depth: usize, found: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) {
    if depth >= DEEPEST || found.len() > MOST_FILES {
        return;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return skip(skipped, path, &error.to_string()),
    };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // Links are not followed: they may lead in a circle.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folder(&entry.path(), depth + 1, found, skipped),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Opens what is at `path`, unless reading it could take for ever.
pub(crate) fn open(path: &Path) -> io::Result<Source> {
    #[cfg(feature = "object-store")]
    if bucket::is_address(path) {
        let object = bucket::Object::open(path)?;
        let size = object.size();
        return told(Box::new(object), Some(size));
    }
    if path.as_os_str() == "-" {
        return stream(Box::new(io::stdin()), None);
    }
    // A FIFO that nobody writes to does not block so.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let meta = rustix::fs::fstat(&file)?;
    let kind = FileType::from_raw_mode(meta.st_mode);
    if kind != FileType::RegularFile {
        return Err(io::Error::other(what_it_is(kind)));
    }
    let length = u64::try_from(meta.st_size).unwrap_or(0);
    let mut first = vec![0; FIRST];
    let read = read_first(&file, &mut first)?;
    first.truncate(read);
    match Packed::of(&first) {
        Some(packed) => stream(packed.open(file)?, Some(length)),
        // Files of /proc and the like tell no length.
        None if length == 0 && read > 0 => stream(Box::new(file), None),
        None => Ok(Source::Plain {
            file,
            length,
            first,
        }),
    }
}

/// A log that is at hand already.
pub(crate) fn text(bytes: &Arc<[u8]>) -> io::Result<Source> {
    stream(Box::new(io::Cursor::new(Arc::clone(bytes))), None)
}

fn read_first(file: &File, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(room) = into.get_mut(done..).filter(|room| !room.is_empty()) {
        match file.read_at(room, done as u64)? {
            0 => break,
            read => done += read,
        }
    }
    Ok(done)
}

/// A pipe may hold packed data as well.
fn stream(reader: Box<dyn io::Read + Send>, size: Option<u64>) -> io::Result<Source> {
    if size.is_some() {
        let stream = Box::new(Stream::new(reader, size));
        return Ok(Source::Stream(stream, size.unwrap_or(0)));
    }
    told(reader, None)
}

/// What a stream is, by its first bytes; `size` where that of what is packed is known.
fn told(mut reader: Box<dyn io::Read + Send>, size: Option<u64>) -> io::Result<Source> {
    let mut first = vec![0; 6];
    let mut done = 0;
    while let Some(room) = first.get_mut(done..).filter(|room| !room.is_empty()) {
        match reader.read(room)? {
            0 => break,
            read => done += read,
        }
    }
    first.truncate(done);
    let packed = Packed::of(&first);
    let whole = io::Cursor::new(first).chain(reader);
    let stream = match packed {
        Some(packed) => Stream::new(packed.open(whole)?, size),
        None => Stream::new(Box::new(whole), size),
    };
    Ok(Source::Stream(Box::new(stream), size.unwrap_or(0)))
}

fn what_it_is(kind: FileType) -> &'static str {
    match kind {
        FileType::Fifo => {
            "a named pipe, not a file; give it on standard input: gatewhy logs - < PIPE"
        }
        FileType::CharacterDevice | FileType::BlockDevice => "a device, not a file",
        FileType::Socket => "a socket, not a file",
        _ => "not a file",
    }
}
