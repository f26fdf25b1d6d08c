//! A buffer that begins where a page of memory does.
//!
//! The kernel copies a file page by page. Some processors (AMD's Zen 3 and 4) copy a
//! page several times slower to a place that is a few bytes behind the start of
//! another one, which is where an allocator puts large buffers.
use std::ops::{Deref, DerefMut};

const PAGE: usize = 4096;

/// Bytes from the start of a page on.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Pages {
    /// Makes it so long. What it holds then is of no meaning.
    pub(crate) fn resize(&mut self, length: usize) {
        let needed = length + PAGE;
        if self.bytes.len() < needed {
            self.bytes = vec![0; needed];
            self.from = self.bytes.as_ptr().align_offset(PAGE).min(PAGE);
        }
        self.to = self.from + length;
    }

    /// Keeps only the first bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.to = self.to.min(self.from + length);
    }
}

impl Deref for Pages {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes.get(self.from..self.to).unwrap_or_default()
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.from..self.to).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_begins_with_a_page() {
        let mut pages = Pages::default();
        assert!(pages.is_empty());
        for length in [10, 5_000, 4_096, 1 << 20, 3] {
            pages.resize(length);
            assert_eq!(pages.len(), length);
            assert_eq!(pages.as_ptr().align_offset(PAGE), 0);
        }
        pages.truncate(2);
        assert_eq!(pages.len(), 2);
    }
}
